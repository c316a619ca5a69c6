"""Lines of the operator's list that do nothing, because no record is as they say, with what comes near."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import duckdb
import idna

from pipelines.build.read_texts import columns_of
from pipelines.lists.files import Lists, Row, own_rows, read_lists
from pipelines.settings import Settings
from pipelines.texts.domains import read_domain
from pipelines.texts.ids import entity_id
from pipelines.warehouse.files import Warehouse
from sources.rows.table import Text

LIST = "company_overrides"

# Where records name a domain, under any column. Not what is built, in which the list itself names domains.
NAMING = f"""
    select lower(r::varchar) as record from raw_snitcher.organisations as r
    union all
    select lower(r::varchar) from raw_snitcher.organisation_websites as r
    union all
    select lower(url) from raw_snitcher.workspaces
    union all
    select lower(coalesce(fields, properties)::varchar) from raw_snitcher.session_events
    where event_type = 'form_submit' or fields is not null
    union all
    select lower(r::varchar) from raw_snapcall.calls as r
    union all
    select lower(r::varchar) from raw_smartlook.visitors as r
    union all
    select lower(r::varchar) from raw_usersnap.feedbacks as r
    union all
    select lower(r::varchar) from raw_snapcrm.leads as r
    union all
    select lower(payload::varchar) from raw_snapcrm.pushes
    union all
    {" union all ".join(f"select lower({column}::text) from {table}" for table, column in columns_of(Text.ADDRESS))}
"""
# what looks like a host; a number with a point does not
HOST = r"[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*\.\p{L}[\p{L}\p{N}-]+"
HOSTS = f"select distinct unnest(regexp_extract_all(record, ?)) from ({NAMING}) as naming"

NEAR_RECORD = """
    select entity_id from marts.company_links where vendor = ? and entity_type = ?
        and jaro_winkler_similarity(lower(entity_id), lower(?)) > 0.8
    order by jaro_winkler_similarity(lower(entity_id), lower(?)) desc, entity_id limit 1
"""
NEAR_DOMAIN = """
    select domain from marts.dim_companies
    where domain != $domain and jaro_winkler_similarity(domain, $domain) > 0.9
    order by jaro_winkler_similarity(domain, $domain) desc, domain
"""


def before_work(settings: Settings) -> list[str]:
    """Lines that do nothing by what is loaded and published already. The caller holds the lock.

    Raises ListError: a list cannot be used as it is.
    """
    lists = read_lists(settings.config_dir)
    warehouse = Warehouse(settings.data_dir)
    if not warehouse.raw.exists():
        return []
    try:
        return _idle(warehouse, warehouse.built, settings, lists)
    except duckdb.Error:
        return []  # a file that cannot be read, or another version's: the work itself says so


def after_build(warehouse: Warehouse, candidate: Path, settings: Settings, lists: Lists) -> list[str]:
    """Lines about records and domains that what is loaded and built does not know."""
    return _idle(warehouse, candidate, settings, lists)


def _idle(warehouse: Warehouse, built: Path, settings: Settings, lists: Lists) -> list[str]:
    lines = own_rows(LIST, settings.config_dir)
    if not lines:
        return []
    said: list[str] = []
    with warehouse.turn() as raw:
        unknown = _unknown_domains(raw, lines, settings, lists)
    marts = duckdb.connect(str(built), read_only=True) if built.exists() else None
    try:
        for number, line in lines:
            if line["action"] in ("link", "unlink") and marts:
                said += _about_record(marts, line, number)
            for name in ("domain", "other_domain"):
                domain = unknown.get(str(line[name]))
                near = _near(marts, domain, set(unknown.values())) if domain and marts else ""
                # a record may be given to a company that nothing else knows
                if domain and (near or line["action"] in ("same", "different")):
                    does = "makes a company of it" if line["action"] == "link" else "does nothing"
                    said.append(f"{LIST}.csv: no record names {domain}, so the line {does}. See line {number}.{near}")
    finally:
        if marts:
            marts.close()
    return said


def _about_record(marts: duckdb.DuckDBPyConnection, line: Row, number: int) -> Iterator[str]:
    record = [line["vendor"], line["entity_type"], entity_id(str(line["entity_type"]), str(line["entity_id"]))]
    query = "select 1 from marts.company_links where vendor = ? and entity_type = ? and entity_id = ?"
    if marts.execute(query, record).fetchone():
        return
    near = marts.execute(NEAR_RECORD, [*record, record[2]]).fetchone()
    hint = f" Did you mean {near[0]}?" if near else ""
    yield (
        f"{LIST}.csv: no {record[1]} {record[2]} of {record[0]} is known, so the line does nothing."
        f" See line {number}.{hint}"
    )


def _unknown_domains(
    raw: duckdb.DuckDBPyConnection, lines: Sequence[tuple[int, Row]], settings: Settings, lists: Lists
) -> dict[str, str]:
    """The domains of the lines that no record names, as written, with the company's; none before the first load."""
    written = {str(line[name]) for _, line in lines for name in ("domain", "other_domain") if line[name]}
    if not written:
        return {}
    hosts = {host for (host,) in raw.execute(HOSTS, [HOST]).fetchall()}
    if not hosts:
        return {}
    known = {tail for host in hosts | set(settings.own.own_domains) for tail in _tails(host)}
    asked = {text: _company_domain(text, lists) for text in written}
    return {text: domain for text, domain in asked.items() if not known & _spellings(domain)}


def _company_domain(text: str, lists: Lists) -> str:
    named = read_domain(text, lists)
    return (named.company_domain or named.host) if named else text


def _tails(host: str) -> Iterator[str]:
    while host:
        yield host
        host = host.partition(".")[2]


def _spellings(domain: str) -> set[str]:
    with suppress(idna.IDNAError):
        return {domain, idna.decode(domain)}
    return {domain}


def _near(marts: duckdb.DuckDBPyConnection, domain: str, unknown: set[str]) -> str:
    # a domain that only the list names has a company too
    found = [name for (name,) in marts.execute(NEAR_DOMAIN, {"domain": domain}).fetchall() if name not in unknown]
    return f" Did you mean {found[0]}?" if found else ""
