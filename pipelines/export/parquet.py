"""A publication as Parquet: one file a mart, in a set of its own, which a manifest names when it is whole."""

import uuid
from pathlib import Path

from pipelines.destination import FILE, Destination
from pipelines.export.places import MARK, Bucket, Folder
from pipelines.export.snapshot import Snapshot, Table
from pipelines.warehouse.files import quoted


def place(to: Destination, scratch: Path) -> Folder | Bucket:
    """Where the sets of a destination stand."""
    return Folder(to.folder) if to.kind == FILE else Bucket(to, scratch)


def write(published: Snapshot, there: Folder | Bucket) -> dict[str, int]:
    """Write a set, point the manifest to it, then remove older ones; the rows of each mart.

    The set before stays until the next export, for who has just read the old manifest; but not where it holds people
    who may no longer be in it.
    """
    before = there.manifest()
    name = f"set-{published.published_at:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:6]}"
    tables = {}
    with there.writing(name) as folder:
        for table in published.tables:
            file = folder / f"{table.name}.parquet"
            rows = published.con.execute(_copy(table, file)).fetchall()[0][0]
            tables[table.name] = {"file": f"{name}/{file.name}", "rows": rows, "bytes": file.stat().st_size}
    previous = before.get("set") if before.get("people") == published.people else None
    there.point(
        {
            MARK: 1,
            "run_id": published.run_id,
            "published_at": published.published_at.isoformat().replace("+00:00", "Z"),
            "report_timezone": published.report_timezone,
            "people": published.people,
            "set": name,
            "previous": previous,
            "tables": tables,
        }
    )
    try:
        for old in there.sets():
            if old not in (name, previous):
                there.remove(old)
    except OSError:
        # the next export tries again, but nobody may believe that they are gone
        if before and not previous:
            raise
    return {table: found["rows"] for table, found in tables.items()}


def _copy(table: Table, file: Path) -> str:
    # JSON is text: polars reads Parquet's own JSON as bytes. Times are UTC by their type.
    listed = ", ".join(
        f'cast("{column.name}" as varchar) as "{column.name}"' if column.type == "json" else f'"{column.name}"'
        for column in table.columns
    )
    return f"copy (select {listed} from marts.{table.name}) to '{quoted(file)}' (format parquet, compression zstd)"
