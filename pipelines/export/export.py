"""`leadpath export`: the published marts, brought to a destination; by hand, and after each publication by setting."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pipelines.destination import POSTGRES, Destination, destination
from pipelines.export.snapshot import ExportFailed, Snapshot, snapshot
from pipelines.failures import ended
from pipelines.runs.lock import Held, exclusive
from pipelines.settings import Settings
from sources.errors import Mistaken

SETTING = "LEADPATH_EXPORT_URL"


class Undriven(Mistaken):
    """The driver of the destination is not installed."""


@dataclass(frozen=True)
class Exported:
    """Where the marts of which publication went, and the rows of each; none where it had been there already."""

    to: Destination
    run_id: str
    rows: dict[str, int] = field(default_factory=dict)


def export(settings: Settings, to: Destination, *, again: bool = True) -> Exported:
    """Bring the marts of the newest publication to a destination, whole, or leave what is there as it is.

    Without `again`, does nothing where this publication is there. Raises ExportFailed, also while another export of
    this data directory runs, Undriven or Unpublished.
    """
    internal = settings.data_dir / "internal"
    with snapshot(settings.data_dir / "leadpath.duckdb") as published, _alone(internal), _scratch(internal) as scratch:
        try:
            write = _into_postgres if to.kind == POSTGRES else _as_parquet
            return Exported(to, published.run_id, write(published, to, scratch, again=again))
        except (OSError, ValueError, duckdb.Error) as error:
            words = to.redact(str(error).strip().splitlines()[0])
            raise ExportFailed(_sentence(to, words)) from error


def export_by_setting(settings: Settings) -> Exported | None:
    """What LEADPATH_EXPORT_URL asks for after a publication; None where it is not set. Raises as `export` does."""
    url = settings.own.export_url.get_secret_value()
    return export(settings, destination(url), again=False) if url else None


def _as_parquet(published: Snapshot, to: Destination, scratch: Path, *, again: bool) -> dict[str, int]:
    from pipelines.export import parquet

    there = parquet.place(to, scratch)
    if not again and there.manifest().get("run_id") == published.run_id:
        return {}
    return parquet.write(published, there)


def _into_postgres(published: Snapshot, to: Destination, scratch: Path, *, again: bool) -> dict[str, int]:
    try:
        import psycopg

        from pipelines.export import postgres
    except ImportError as error:
        raise Undriven(
            "Postgres needs a driver that is not installed. Run: python -m pip install 'psycopg[binary]'"
        ) from error
    try:
        con, schema = postgres.connect(to)
        with con:
            if not again and postgres.published_before(con, schema) == published.run_id:
                return {}
            return postgres.write(published, con, schema, scratch)
    except (psycopg.Error, UnicodeError) as error:
        words = " ".join(line.strip() for line in to.redact(str(error)).splitlines() if line.strip())
        raise ExportFailed(_sentence(to, words)) from error


def _sentence(to: Destination, words: str) -> str:
    return (
        f"The export to {to.shown} was not made: {ended(words)} What was exported before is as it was; mend that, then"
        " run leadpath export."
    )


@contextmanager
def _alone(internal: Path) -> Iterator[None]:
    try:
        with exclusive(internal / "export.lock", "leadpath export"):
            yield
    except Held as error:
        raise ExportFailed(f"Not exported: {str(error).replace('the warehouse', 'what is to be exported')}.") from error


@contextmanager
def _scratch(internal: Path) -> Iterator[Path]:
    """A folder for files on their way. What a killed run left in it, personal data perhaps, is removed first."""
    folder = internal / "export"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
