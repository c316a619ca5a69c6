"""Leadpath's tenants in Dagster: a partition is a shard, and each is synced every hour.

Run it with `dagster dev -f dagster_fleet.py` where `leadpath` is on the PATH and the working directory has `.dlt`.
"""

import subprocess
from collections.abc import Iterator

from dagster import (
    AssetExecutionContext,
    Definitions,
    RunRequest,
    ScheduleEvaluationContext,
    StaticPartitionsDefinition,
    asset,
    define_asset_job,
    schedule,
)

SHARDS = StaticPartitionsDefinition([f"{number}-of-8" for number in range(1, 9)])


@asset(partitions_def=SHARDS, op_tags={"dagster/concurrency_key": "leadpath"})
def tenants(context: AssetExecutionContext) -> None:
    """Every tenant of a shard, synced, built and published. Fails when any failed, after all were tried."""
    shard = context.partition_key.replace("-of-", "/")
    command = ["leadpath", "fleet", "sync", "--jobs", "2", "--shard", shard]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            context.log.info(line.rstrip())
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with exit status {process.returncode}")


sync = define_asset_job("sync", selection=[tenants])


@schedule(job=sync, cron_schedule="17 * * * *", execution_timezone="UTC")
def hourly(context: ScheduleEvaluationContext) -> Iterator[RunRequest]:
    """A run for each shard. A run that is still going on keeps its tenants; the new one passes them by."""
    for shard in SHARDS.get_partition_keys():
        yield RunRequest(partition_key=shard)


definitions = Definitions(assets=[tenants], jobs=[sync], schedules=[hourly])
