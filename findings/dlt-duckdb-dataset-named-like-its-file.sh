#!/bin/sh
# dlt 1.31.0 with duckdb 2.0.0: a dataset that has the name of the DuckDB file cannot be loaded.
#
# DuckDB names an opened file's catalog by the file's stem. dlt creates and addresses the dataset's schema without a
# catalog, and where both have one name DuckDB refuses it as ambiguous. The same pipeline loads into any other file
# name. The first name that comes to mind for both is the same. Seen:
#   visits.duckdb, dataset visits: Binder Error: Ambiguous reference to catalog or schema "visits"
#   lake.duckdb, dataset visits: 1 row
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check dlt==1.31.0 duckdb==2.0.0 'sqlglot<=30.21'
cd "$folder"
export RUNTIME__DLTHUB_TELEMETRY=false RUNTIME__LOG_LEVEL=CRITICAL DLT_DATA_DIR="$folder/dlt"
"$folder/venv/bin/python" - > seen 2> errors <<'PYTHON'
import re

import dlt
import duckdb

for stem in ("visits", "lake"):
    pipeline = dlt.pipeline(
        f"into_{stem}", destination=dlt.destinations.duckdb(f"{stem}.duckdb"), dataset_name="visits"
    )
    try:
        pipeline.run([{"id": 1}], table_name="visit")
    except Exception as error:
        found = re.search(r'Binder Error: Ambiguous reference to catalog or schema "\w+"', str(error))
        result = found.group() if found else str(error)
    else:
        with duckdb.connect(f"{stem}.duckdb", read_only=True) as con:
            result = f"{con.execute('select count(*) from visits.visit').fetchone()[0]} row"
    print(f"{stem}.duckdb, dataset visits: {result}")
PYTHON
cat seen
diff seen - <<'WANTED'
visits.duckdb, dataset visits: Binder Error: Ambiguous reference to catalog or schema "visits"
lake.duckdb, dataset visits: 1 row
WANTED
