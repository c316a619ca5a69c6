"""Reference tables that SQL cannot make itself: public suffixes, E.164 numbers, addresses, hosts, the reviewed lists.

They are written into the schema `reference` of the build file before dbt starts, which reads them as sources.
"""

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from importlib.resources import files

import duckdb
import idna
import pyarrow as pa

from pipelines.build.read_texts import add_addresses, idn_hosts, unescaped
from pipelines.lists.files import REVIEWED, Lists, lists_hash
from pipelines.texts import phones
from pipelines.texts.addresses import READER
from pipelines.vendors import TABLES
from sources.rows.table import Phone, Table

# their data decide values that an increment keeps; DuckDB has data of time zones and letters of its own
LIBRARIES = ("publicsuffixlist", "phonenumbers", "tzdata", "idna", "duckdb")

# Text and countries as staging reads them: what is looked up there has to be found under the same name.
MACROS = """
create or replace temp macro clean(value) as nullif(
    trim(value, chr(32) || chr(9) || chr(10) || chr(13) || chr(160) || chr(8203) || chr(65279)), ''
);
create or replace temp macro region(country) as case
    when country = 'UK' then 'GB'
    when regexp_full_match(country, '[A-Z]{2}') and country not in ('XX', 'ZZ') then country
    else 'ZZ'
end;
create or replace temp macro field_word(name) as regexp_replace(
    regexp_replace(strip_accents(lower(name)), '[^\\p{L}\\p{N}]', '', 'g'), '[0-9]+$', ''
);
create or replace temp macro field_leaf(name) as
    field_word(regexp_extract(name, '(?:\\[|^\\d+-\\d+/)([^\\[\\]/]+)\\]?(?:\\[\\])?\\s*$', 1));
create or replace temp macro pairs(value) as case json_type(value)
    when 'ARRAY' then from_json(value, '[{"name": "VARCHAR", "value": "JSON"}]')
    when 'OBJECT' then list_transform(json_keys(value), lambda name: {
        'name': name, 'value': json_extract(value, '/' || replace(replace(name, '~', '~0'), '/', '~1'))
    })
end;
create or replace temp macro line(value) as clean(case json_type(value)
    when 'ARRAY' then array_to_string(from_json(value, '["VARCHAR"]'), ', ')
    else json_extract_string(value, '$')
end);
"""

# What people typed into fields for numbers, addresses and websites, and texts with a character reference (`&amp;`),
# of the loads that are not read yet. What was read of rows that went away since does no harm: more may be known than
# anything asks for.
TYPED_TEXTS = """
insert into build.reference.typed_texts
with fields as (
    select workspace_uuid, session_uuid, unnest(coalesce(pairs(fields), pairs(properties))) as field
    from raw.raw_snitcher.session_events
    where (event_type = 'form_submit' or fields is not null) and {is_new}
),
typed as (
    select workspace_uuid, session_uuid, line(field.value) as typed_text,
        field_word(field.name) as word, field_leaf(field.name) as leaf
    from fields
)
select distinct typed.workspace_uuid, typed.session_uuid, known.maps_to, typed.typed_text
from typed
inner join build.reference.form_fields as known on known.field_name in (typed.word, typed.leaf)
where (known.maps_to in ('phone', 'email', 'website') or typed.typed_text like '%&%;%') and typed.typed_text is not null
"""

# Every number in raw with each country that it may be read as of: those that staging asks for are among them.
NUMBERS = """
with pairs(number_text, region) as (
    {numbers}
    union
    select typed.typed_text, unnest(['ZZ', region(upper(clean(sessions.location_country))),
        region(upper(clean(organisations.address_country)))])
    from build.reference.typed_texts as typed
    left join raw.raw_snitcher.sessions as sessions
        on typed.workspace_uuid = sessions.workspace_uuid and typed.session_uuid = sessions.uuid
    left join raw.raw_snitcher.organisations as organisations
        on lower(clean(sessions.organisation_uuid)) = lower(organisations.uuid)
    where typed.maps_to = 'phone'
    union
    select case when json_valid(payload) then clean(json_extract_string(payload, '$.phone')) end, 'ZZ'
    from raw.raw_snapcrm.pushes
)
select number_text, region from pairs where number_text is not null
except
select number_text, region from build.reference.phone_numbers
"""


PHONE_COLUMNS = """
select column_name from duckdb_columns()
where database_name = 'build' and schema_name = 'reference' and table_name = 'phone_numbers'
"""


def write_reference(
    con: duckdb.DuckDBPyConnection, lists: Lists, *, own_domains: Sequence[str] = (), since: str = ""
) -> str:
    """Write every reference table, and return the hash of what they were made from.

    `con` has the raw file attached as catalog `raw` and the build file, for writing, as catalog `build`. Phone numbers
    and addresses that an earlier call read are kept. With `since`, the load up to which an earlier call with the same
    lists read the rows, those are not read again. The hash covers the lists, the own domains (those of the tracked
    sites included) and the versions of the libraries and of the reader of addresses: when it changes, increments no
    longer fit and everything has to be built again.
    """
    con.execute("create schema if not exists build.reference")
    con.execute(MACROS)
    for reviewed in REVIEWED:
        columns = {name: pa.bool_() if name == "is_answered" else pa.string() for name in reviewed.columns}
        rows = pa.Table.from_pylist(lists[reviewed.name], schema=pa.schema(list(columns.items())))
        _replace(con, reviewed.name, rows)
    _replace(con, "public_suffixes", public_suffixes())
    _replace(con, "time_zones", time_zones())
    own = _own_domains(con, own_domains)
    _replace(con, "own_domains", own)
    _add_typed_texts(con, since)
    add_addresses(con, since)
    _replace(con, "idn_hosts", idn_hosts(con))
    _replace(con, "unescaped", unescaped(con))
    _add_phone_numbers(con)
    versions = [READER, phones.READER, *(f"{library} {version(library)}" for library in LIBRARIES)]
    stated = [f"{row['origin']} {row['site']}" for row in own.to_pylist()]
    return lists_hash(lists, *versions, *stated)


def public_suffixes() -> pa.Table:
    """The rules of the public suffix list, private section included, as a table to join the tails of a host with.

    A rule applies to a host that ends with `suffix` (of `matched_labels` labels); the host's public suffix then has
    `suffix_labels` labels. An exception beats every rule, else the rule with most `suffix_labels` wins; without any,
    the last label is the suffix. The wildcard `*.ck` is (`ck`, 1, 2), and the exception `!www.ck` is (`www.ck`, 2, 1).
    """
    rows = [
        {
            "suffix": suffix,
            "matched_labels": suffix.count(".") + 1,
            "suffix_labels": suffix.count(".") + 1 + (mark == "*") - (mark == "!"),
            "is_exception": mark == "!",
            "section": section,
        }
        for mark, suffix, section in sorted(set(_suffix_rules()))
    ]
    kinds = [pa.string(), pa.int32(), pa.int32(), pa.bool_(), pa.string()]
    names = ["suffix", "matched_labels", "suffix_labels", "is_exception", "section"]
    return pa.Table.from_pylist(rows, schema=pa.schema(list(zip(names, kinds, strict=True))))


def _suffix_rules() -> Iterator[tuple[str, str, str]]:
    """Mark (`*`, `!` or nothing), suffix in ASCII, and section (icann or private) of each rule."""
    section = "icann"
    bundled = files("publicsuffixlist") / "public_suffix_list.dat"
    for line in bundled.read_text(encoding="utf-8").splitlines():
        if "===BEGIN PRIVATE DOMAINS===" in line:
            section = "private"
        rule = line.split(maxsplit=1)[0] if line.strip() else "//"
        if rule.startswith("//"):
            continue
        mark = rule[0] if rule[0] in "*!" else ""
        suffix = rule.removeprefix("*.").removeprefix("!")
        ascii_suffix = suffix if suffix.isascii() else idna.encode(suffix, uts46=True).decode()
        yield mark, ascii_suffix, section
        if mark == "*":
            # the list's own test data has a wildcard's base as a suffix too, listed or not
            yield "", ascii_suffix, section


def time_zones() -> pa.Table:
    """`time_zone` and the `region` (ISO 3166 alpha-2) whose local time it is, old names of zones included."""
    zoneinfo = files("tzdata") / "zoneinfo"
    lines = [line.split("\t") for line in (zoneinfo / "zone.tab").read_text().splitlines() if line[:1] != "#"]
    regions = {zone: region for region, _, zone, *_ in lines}
    links = [line.split() for line in (zoneinfo / "tzdata.zi").read_text().splitlines() if line.startswith("L ")]
    old = {alias: regions[zone] for _, zone, alias in links if zone in regions and alias not in regions}
    named = sorted({**regions, **old}.items())
    return pa.table({"time_zone": [zone for zone, _ in named], "region": [region for _, region in named]})


def _add_typed_texts(con: duckdb.DuckDBPyConnection, since: str) -> None:
    columns = "workspace_uuid text, session_uuid text, maps_to text, typed_text text"
    how = "create table if not exists" if since else "create or replace table"
    con.execute(f"{how} build.reference.typed_texts ({columns})")
    con.execute(TYPED_TEXTS.format(is_new="_dlt_load_id > ?" if since else "true"), [since] if since else [])


def _add_phone_numbers(con: duckdb.DuckDBPyConnection) -> None:
    """Read the (number, region) pairs that are new in raw, or that another version of the library has read."""
    library = f"{phones.READER}, phonenumbers {version('phonenumbers')}"
    if "is_personal" not in [name for name, *_ in con.execute(PHONE_COLUMNS).fetchall()]:
        con.execute("drop table if exists build.reference.phone_numbers")
    con.execute(
        """create table if not exists build.reference.phone_numbers
        (number_text text, region text, e164 text, extension text, is_personal boolean, read_by text)"""
    )
    con.execute("delete from build.reference.phone_numbers where read_by != ?", [library])
    declared = " union ".join(
        _numbers(vendor, table, column, what)
        for vendor, tables in TABLES.items()
        for table in tables
        for column, what in table.texts.items()
        if isinstance(what, Phone)
    )
    new = con.execute(NUMBERS.format(numbers=declared)).fetchall()
    read = [(number, region, phones.read_phone(number, region)) for number, region in new]
    rows = pa.table(
        {
            "number_text": pa.array([number for number, _, _ in read], pa.string()),
            "region": pa.array([region for _, region, _ in read], pa.string()),
            "e164": pa.array([phone.e164 for *_, phone in read], pa.string()),
            "extension": pa.array([phone.extension for *_, phone in read], pa.string()),
            "is_personal": pa.array([phone.is_personal for *_, phone in read], pa.bool_()),
            "read_by": pa.array([library] * len(read), pa.string()),
        }
    )
    con.from_arrow(rows).insert_into("build.reference.phone_numbers")


def _numbers(vendor: str, table: Table, column: str, phone: Phone) -> str:
    """A query for the numbers in a column of a raw table, each with the country that staging reads it as one of."""
    joins, place, region = "", "rows", "'ZZ'"
    if phone.of:
        place, (key,) = "places", phone.of.key
        known = ", ".join(f"clean(rows.{name})" for name in phone.by)
        joins = f" left join raw.raw_{vendor}.{phone.of.name} as places on coalesce({known}) = clean(places.{key})"
    if phone.zone:
        joins += f" left join build.reference.time_zones as zones on clean({place}.{phone.zone}) = zones.time_zone"
        region = "coalesce(zones.region, 'ZZ')"
    if phone.country:
        region = f"region(upper(clean({place}.{phone.country})))"
    return f"select clean(rows.{column}::text), {region} from raw.raw_{vendor}.{table.name} as rows{joins}"


def _own_domains(con: duckdb.DuckDBPyConnection, own_domains: Sequence[str]) -> pa.Table:
    """What is our own, as written: `site` (domain or URL) and `origin` (setting, or the workspace that tracks it)."""
    tracked = con.execute(
        "select uuid, url from raw.raw_snitcher.workspaces where clean(url) is not null order by uuid, url"
    ).fetchall()
    rows = [(site.strip(), "setting") for site in own_domains if site.strip()]
    rows += [(url, f"workspace {uuid}") for uuid, url in tracked]
    return pa.table(
        {
            "site": pa.array([site for site, _ in rows], pa.string()),
            "origin": pa.array([origin for _, origin in rows], pa.string()),
        }
    )


def _replace(con: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    con.execute(f"drop table if exists build.reference.{name}")
    con.from_arrow(rows).create(f"build.reference.{name}")
