"""A publication in Postgres: its marts as tables of one schema, exchanged in one transaction, with keys and comments.

Rows are taken out and put in, tables stay: views on them, rights and indexes of others are kept, and readers see the
publication before until the transaction ends. A table whose columns changed is made again.
"""

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from pipelines.destination import Destination
from pipelines.export.snapshot import ExportFailed, Snapshot, Table
from pipelines.warehouse.files import quoted

TYPES = {
    "varchar": "text",
    "double": "double precision",
    "varchar[]": "text[]",
    # not jsonb, which refuses a character that JSON may have
    "json": "json",
}
BYTES = 1 << 20


def connect(to: Destination) -> tuple[psycopg.Connection[Any], str]:
    """A connection, and the schema to write into: `schema` of the URL, else marts. Raises psycopg.Error."""
    parts = urlsplit(to.url)
    options = {"connect_timeout": "30", "application_name": "leadpath", **dict(parse_qsl(parts.query))}
    schema = options.pop("schema", "marts")
    url = urlunsplit(parts._replace(scheme="postgresql", query=urlencode(options, quote_via=quote)))
    return psycopg.connect(url, autocommit=True, client_encoding="utf8"), schema


def published_before(con: psycopg.Connection[Any], schema: str) -> str | None:
    """The run whose publication stands there; None when there is none."""
    found = con.execute(
        "select obj_description(to_regnamespace(quote_ident(%s))::oid, 'pg_namespace')", [schema]
    ).fetchone()
    words = str(found[0] or "").split() if found else []
    return words[2] if words[:2] == ["Leadpath", "run"] else None


def write(published: Snapshot, con: psycopg.Connection[Any], schema: str, scratch: Path) -> dict[str, int]:
    """Put the publication in the place of what is there; the rows of each mart.

    Raises ExportFailed where the schema holds other people's tables, and psycopg.Error.
    """
    say = partial(_say, con)
    rows = {}
    with con.transaction():
        # who reads a table that has to be changed is waited for, but not for ever
        con.execute("set local lock_timeout = '60s'")
        # two exports at a time would wait for each other's rows
        con.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"leadpath {schema}"])
        _refuse_others(con, schema, published.tables)
        if con.execute("select to_regnamespace(quote_ident(%s)) is null", [schema]).fetchone() == (True,):
            say("create schema {}", schema)
        for table in published.tables:
            _shape(published, con, schema, table)
            rows[table.name] = _fill(published, con, schema, table, scratch / f"{table.name}.csv")
        words = f"Leadpath run {published.run_id} published at {published.published_at:%Y-%m-%d %H:%M:%S} UTC"
        say("comment on schema {} is %s", schema, words=words)
    # what was taken out leaves its place, and the planner has to know what is there
    with suppress(psycopg.Error):
        for table in published.tables:
            say("vacuum (analyze) {}.{}", schema, table.name)
    return rows


def _shape(published: Snapshot, con: psycopg.Connection[Any], schema: str, table: Table) -> None:
    """Leave an empty table with the columns, key and comments of a mart; what is so already is not touched.

    To change a table keeps its readers waiting until the transaction ends.
    """
    say = partial(_say, con)
    columns, comments = _columns(con, schema, table)
    if columns != [(each.name, _type(each.type)) for each in table.columns]:
        say("drop table if exists {}.{}", schema, table.name)
        listed = sql.SQL(", ").join(
            sql.SQL("{} " + _type(each.type)).format(sql.Identifier(each.name)) for each in table.columns
        )
        con.execute(sql.SQL("create table {}.{} ({})").format(*_place(schema, table), listed))
        comments = []
    else:
        say("delete from {}.{}", schema, table.name)
    wanted = list(table.key) if published.has_key(table) else []
    if (there := _key(con, schema, table)) != wanted:
        name = f"{table.name}_pkey"
        if there:
            say("alter table {}.{} drop constraint {}", schema, table.name, name)
        if wanted:
            places = ", ".join("{}" for _ in wanted)
            say(f"alter table {{}}.{{}} add constraint {{}} primary key ({places})", schema, table.name, name, *wanted)
    if comments != [table.comment, *(each.comment for each in table.columns)]:
        say("comment on table {}.{} is %s", schema, table.name, words=table.comment)
        for each in table.columns:
            say("comment on column {}.{}.{} is %s", schema, table.name, each.name, words=each.comment)


def _say(con: psycopg.Connection[Any], text: str, *names: str, words: str | None = None) -> None:
    """Run a statement in which `{}` stands for names, and `%s` for a text."""
    query = sql.SQL(text.replace("%s", "{}"))
    values = [sql.Literal(words)] if "%s" in text else []
    con.execute(query.format(*(sql.Identifier(name) for name in names), *values))


def _type(kind: str) -> str:
    return TYPES.get(kind, kind)


def _place(schema: str, table: Table) -> tuple[sql.Identifier, sql.Identifier]:
    return sql.Identifier(schema), sql.Identifier(table.name)


def _refuse_others(con: psycopg.Connection[Any], schema: str, tables: list[Table]) -> None:
    there = con.execute(
        "select relname from pg_class where relnamespace = to_regnamespace(quote_ident(%s)) and relname = any(%s)"
        " and relkind <> 'i' order by relname",
        [schema, [table.name for table in tables]],
    ).fetchall()
    if there and published_before(con, schema) is None:
        raise ExportFailed(
            f"The schema {schema} holds {there[0][0]}, which is none of Leadpath's. Name another schema at the end of"
            " the URL: ?schema=leadpath"
        )


def _columns(con: psycopg.Connection[Any], schema: str, table: Table) -> tuple[list[tuple[str, str]], list[str | None]]:
    """The columns of the table that is there with their types, and its comments: its own, then each column's."""
    found = con.execute(
        "select attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum),"
        " obj_description(attrelid, 'pg_class') from pg_attribute join pg_class on attrelid = pg_class.oid"
        " where relnamespace = to_regnamespace(quote_ident(%s)) and relname = %s and relkind = 'r'"
        " and attnum > 0 and not attisdropped order by attnum",
        [schema, table.name],
    ).fetchall()
    own = [words for *_, words in found[:1]]
    return [(name, kind) for name, kind, *_ in found], own + [words for _, _, words, _ in found]


def _key(con: psycopg.Connection[Any], schema: str, table: Table) -> list[str]:
    """The columns of the primary key of the table that is there."""
    found = con.execute(
        "select attname from pg_constraint join pg_class on conrelid = pg_class.oid"
        " cross join unnest(conkey) with ordinality as part (number, place)"
        " join pg_attribute on attrelid = conrelid and attnum = part.number"
        " where relnamespace = to_regnamespace(quote_ident(%s)) and relname = %s and contype = 'p' order by part.place",
        [schema, table.name],
    ).fetchall()
    return [name for (name,) in found]


def _fill(published: Snapshot, con: psycopg.Connection[Any], schema: str, table: Table, file: Path) -> int:
    """Copy the rows of a mart by way of a file, which costs a tenth of what rows in Python do."""
    listed = ", ".join(_value(column.name, column.type) for column in table.columns)
    try:
        ((count,),) = published.con.execute(
            f"copy (select {listed} from marts.{table.name}) to '{quoted(file)}' (format csv, header false)"
        ).fetchall()
        text = sql.SQL("copy {}.{} from stdin (format csv)").format(*_place(schema, table))
        with file.open("rb") as rows, con.cursor().copy(text) as copy:
            while part := rows.read(BYTES):
                copy.write(part)
    finally:
        file.unlink(missing_ok=True)
    return int(count)


def _value(name: str, kind: str) -> str:
    """A column as Postgres reads it: no zero bytes in text, and its own form of a list."""
    if kind == "varchar":
        return f"""replace("{name}", chr(0), '') as "{name}\""""
    if kind == "varchar[]":
        element = r"""'"' || replace(replace(replace(x, chr(0), ''), '\', '\\'), '"', '\"') || '"'"""
        elements = f"list_transform(\"{name}\", lambda x: coalesce({element}, 'NULL'))"
        return f"""'{{' || array_to_string({elements}, ',') || '}}' as "{name}\""""
    if kind == "json":
        return f'cast("{name}" as varchar) as "{name}"'
    return f'"{name}"'
