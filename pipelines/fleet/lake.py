"""What every tenant published, as Parquet files in one lake that any engine reads, with a manifest.

Each tenant is exported to `tenant=NAME` as `leadpath export` does it. The manifest of the lake says which files of all
of them count, and is replaced last: who reads by it sees whole publications alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from pipelines.destination import Destination
from pipelines.export.export import export
from pipelines.export.parquet import place
from pipelines.export.places import MARK, Bucket, Folder
from pipelines.fleet.seen import Seen
from pipelines.runs.catalog import Catalog, catalog_of
from pipelines.runs.lock import exclusive
from pipelines.settings import TENANT, Settings, load
from pipelines.tenants import PART, part
from sources.errors import LeadpathError


def export_all(
    settings: Settings, names: Sequence[str], lake: Destination, environment: Mapping[str, str]
) -> tuple[dict[str, int], dict[str, str]]:
    """Export tenants that published something new; the rows of each of these, and why which other was not exported.

    Tenants of other hosts keep what they have in the lake; one whose folder is gone there leaves the manifest. Raises
    ExportFailed, CatalogFailed, or Held where another process exports to the lake.
    """
    exported: dict[str, int] = {}
    failed: dict[str, str] = {}
    catalog = catalog_of(settings)
    homes = catalog.homes() if catalog else {}
    with _alone(settings, catalog):
        for name in names:
            if Seen.of(settings.root, name, homes.get(name)).is_elsewhere:
                continue
            try:
                own = load({**environment, TENANT: name})
                if rows := export(own, lake.inside(part(name)), again=False).rows:
                    exported[name] = sum(rows.values())
            except LeadpathError as error:
                failed[name] = str(error)
        there = place(lake, settings.root)
        before, now = there.manifest(), _manifest(lake, there)
        if now != before and (before or now["tenants"]):
            there.point(now)
    return exported, failed


@contextmanager
def _alone(settings: Settings, catalog: Catalog | None) -> Iterator[None]:
    file = settings.root / "internal" / "lake.lock"
    with exclusive(file, "leadpath fleet export"), catalog.alone("lake") if catalog else nullcontext():
        yield


def _manifest(lake: Destination, there: Folder | Bucket) -> dict[str, Any]:
    """Which publication of each tenant is in the lake, and the files of each mart, from the lake."""
    tenants: dict[str, Any] = {}
    marts: dict[str, list[str]] = {}
    for folder in (name for name in there.names() if name.startswith(PART)):
        held = place(lake.inside(folder), Path()).manifest()
        if not held:
            continue
        tenants[folder.removeprefix(PART)] = {name: held[name] for name in ("run_id", "published_at")} | {
            "rows": {mart: one["rows"] for mart, one in held["tables"].items()}
        }
        for mart, one in held["tables"].items():
            marts.setdefault(mart, []).append(f"{folder}/{one['file']}")
    return {MARK: 1, "tenants": tenants, "marts": dict(sorted(marts.items()))}
