"""Leadpath's tenants in Airflow 3: a mapped task for each of eight shards, every hour.

`leadpath` must be on the PATH of the workers, and LEADPATH_HOME the folder that has `.dlt` and `tenants`. A worker
keeps the data of its shards: give shards to workers by queue, or put the data directory on a volume that all share.
"""

import os
from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG(
    dag_id="leadpath_fleet",
    schedule="17 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 0, "execution_timeout": timedelta(hours=2)},
):
    BashOperator.partial(
        task_id="sync",
        cwd=os.environ.get("LEADPATH_HOME", "/opt/leadpath"),
        append_env=True,
        max_active_tis_per_dagrun=4,
    ).expand(bash_command=[f"exec leadpath fleet sync --jobs 2 --shard {number}/8" for number in range(1, 9)])
