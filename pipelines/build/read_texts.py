"""Texts in raw that Python reads for SQL: addresses, hosts with letters beyond ASCII, names with character references.

`con` is that of `write_reference`, with its macros.
"""

import html
from collections.abc import Iterator
from importlib.metadata import version

import duckdb
import idna
import pyarrow as pa

from pipelines.texts.addresses import ENTITY, READER, read_contact
from pipelines.texts.domains import HOST
from pipelines.vendors import TABLES
from sources.rows.table import Text

# Every text in raw that may hold an address, as staging asks for it. Documents are read whole: which of their members
# is meant is for Python to say.
ADDRESSES = """
with texts as (
    {addresses}
    union
    select case when json_valid(payload) then clean(json_extract_string(payload, '$.email')) end as text
    from raw.raw_snapcrm.pushes
    union
    select typed_text from build.reference.typed_texts where maps_to = 'email'
)
select text from texts
where regexp_matches(text, '[@＠﹫]|%40|&#|&commat;|\\\\u0040')
except
select address_text from build.reference.addresses
"""

# Every text in raw with a character reference that is published or compared as a name.
ESCAPED = """
with texts as (
    {names}
    union
    select typed_text from build.reference.typed_texts where maps_to not in ('phone', 'email', 'website')
)
select text from texts where text like '%&%;%'
"""


def written(text: Text, where: str = "true") -> str:
    """A query for all texts of a kind that vendors' tables declare, of the rows that fit, as `text`."""
    return "\n    union all\n    ".join(
        f"select clean({column}::text) as text from raw.{table} where {where}" for table, column in columns_of(text)
    )


def columns_of(text: Text) -> Iterator[tuple[str, str]]:
    """The columns that vendors' tables declare as texts of a kind: `raw_usersnap.feedbacks`, `email`."""
    for vendor, tables in TABLES.items():
        for table in tables:
            yield from ((f"raw_{vendor}.{table.name}", name) for name, what in table.texts.items() if what is text)


def add_addresses(con: duckdb.DuckDBPyConnection, since: str) -> None:
    """Read the texts that are new in raw, or that another version of the reader has read."""
    reader = f"{READER}, idna {version('idna')}"
    con.execute(
        """create table if not exists build.reference.addresses
        (address_text text, email text, is_named boolean, read_by text)"""
    )
    earlier = con.execute("select 1 from build.reference.addresses where read_by != ? limit 1", [reader]).fetchone()
    con.execute("delete from build.reference.addresses where read_by != ?", [reader])
    is_new = "true" if earlier or not since else f"_dlt_load_id > '{since}'"
    new = con.execute(ADDRESSES.format(addresses=written(Text.ADDRESS, is_new))).fetchall()
    read = [(text, *read_contact(text), reader) for (text,) in new]
    columns = list(zip(*read, strict=True)) or [()] * 4
    kinds = {"address_text": pa.string(), "email": pa.string(), "is_named": pa.bool_(), "read_by": pa.string()}
    rows = pa.table([pa.array(column, kind) for column, kind in zip(columns, kinds.values(), strict=True)], list(kinds))
    con.from_arrow(rows).insert_into("build.reference.addresses")


def unescaped(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """Texts with character references (`&amp;`, `&#39;`) and what they stand for, each decoded once."""
    texts = [text for (text,) in con.execute(ESCAPED.format(names=written(Text.NAME))).fetchall()]
    plain = [ENTITY.sub(lambda entity: html.unescape(entity[0]), text).strip() or None for text in texts]
    return pa.table({"escaped_text": pa.array(texts, pa.string()), "plain_text": pa.array(plain, pa.string())})


def idn_hosts(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """Hosts with letters beyond ASCII (`host_text`) and as DNS has them (`host`; NULL when it cannot have them)."""
    found = con.execute(
        f"""
        with texts as (
            {written(Text.HOST)}
            union all select site from build.reference.own_domains
            union all select typed_text from build.reference.typed_texts where maps_to = 'website'
        )
        select distinct rtrim(regexp_extract(lower(clean(text)), ?, 1), '.') as host_text
        from texts
        -- characters and bytes differ in number where a text is not ASCII
        where length(text) != strlen(text)
        order by host_text
    """,
        [HOST],
    ).fetchall()
    hosts = [host for (host,) in found if not host.isascii()]
    return pa.table({"host_text": pa.array(hosts, pa.string()), "host": pa.array(map(_ascii, hosts), pa.string())})


def _ascii(host: str) -> str | None:
    try:
        return idna.encode(host, uts46=True).decode().lower()
    except idna.IDNAError:
        return None
