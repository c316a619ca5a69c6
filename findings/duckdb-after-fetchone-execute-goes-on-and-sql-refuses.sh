#!/bin/sh
# duckdb 2.0.0 (Python) with pyarrow 26.0.1: after `fetchone()` a connection takes `execute()`, and refuses `sql()` and
# `register()`, although the one row that there was has been fetched.
#
# A result counts as unfinished until a fetch has brought no row. `execute()`, `begin()` and `commit()` give it up
# without a word; `sql()` and `register()` raise ResourceInUseException. So code that reads a single value goes on or
# stops by which method comes next. `fetchall()` finishes the result. Seen:
#   fetchone, then execute: goes on
#   fetchone, then begin: goes on
#   fetchone, then sql: ResourceInUseException
#   fetchone, then register: ResourceInUseException
#   fetchall, then any of the four: goes on
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0 pyarrow==26.0.1
"$folder/venv/bin/python" - > "$folder/seen" 2> "$folder/errors" <<'PYTHON'
import duckdb
import pyarrow

NEXT = {
    "execute": lambda con: con.execute("select 2"),
    "begin": lambda con: con.begin(),
    "sql": lambda con: con.sql("select 2").fetchall(),
    "register": lambda con: con.register("rows", pyarrow.table({"i": [1]})),
}
for fetch in ("fetchone", "fetchall"):
    for name, step in NEXT.items():
        con = duckdb.connect()
        getattr(con.execute("select 1"), fetch)()
        try:
            step(con)
            print(f"{fetch}, then {name}: goes on")
        except duckdb.Error as error:
            print(f"{fetch}, then {name}: {type(error).__name__}")
PYTHON
cat "$folder/seen"
diff "$folder/seen" - <<'WANTED'
fetchone, then execute: goes on
fetchone, then begin: goes on
fetchone, then sql: ResourceInUseException
fetchone, then register: ResourceInUseException
fetchall, then execute: goes on
fetchall, then begin: goes on
fetchall, then sql: goes on
fetchall, then register: goes on
WANTED
