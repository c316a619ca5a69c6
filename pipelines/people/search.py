"""Looking for what is left of somebody: in every column of every table, and in the bytes of every file."""

import mmap
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import idna
import phonenumbers

from pipelines.texts.marks import EMAIL, PHONE, Mark, digests_of
from pipelines.warehouse.files import quoted
from pipelines.warehouse.forgotten import Forgotten

PARQUET = ".parquet"
# of tables: what a view shows is theirs
COLUMNS = """
select schema_name || '.' || table_name, column_name
from duckdb_columns() semi join (from duckdb_tables() where database_name = 'looked') using (schema_name, table_name)
where database_name = 'looked' and not internal
order by all
"""
AT = rb"(?:@|%(?:25)?40|\\u0040|&#0*64;|&#[xX]0*40;|&commat;|\xef\xbc\xa0)"
BETWEEN = rb"[ ()./\-]{0,3}"
# nothing of a longer address or domain stands before and after
BEFORE, AFTER = rb"(?<![\w+.-])", rb"(?![\w-]|\.\w)"
OF_PART = rb"(?<![\w-])"


@dataclass
class Found:
    """What was searched, and where something of them is: sentences without what was found."""

    columns: int = 0
    tables: int = 0
    files: int = 0
    size: int = 0
    remains: list[str] = field(default_factory=list)

    @property
    def searched(self) -> str:
        """What was looked through, in words."""
        return (
            f"{self.columns:,} columns of {self.tables:,} tables, and {self.size:,} bytes of {self.files:,} files"
            " (also as UTF-16, percent-encoded and JSON-escaped text)"
        )


def search(places: Iterable[Path], marks: frozenset[Mark]) -> Found:
    """Look through these files, and every file of these folders. What cannot be read counts as a remainder."""
    sought = Forgotten(None)
    sought.add(marks)
    found = Found()
    patterns = [pattern for mark in marks for pattern in _patterns(mark)]
    for place in places:
        folder = place if place.is_dir() else place.parent
        for file in sorted(path for path in [place, *place.rglob("*")] if path.is_file()):
            found.files += 1
            found.size += file.stat().st_size
            try:
                _in_file(file, folder, sought, patterns, found)
            except (OSError, duckdb.Error) as error:
                found.remains.append(f"{file} cannot be read ({str(error).splitlines()[0]})")
    return found


@dataclass(frozen=True)
class _Pattern:
    """What to look for in bytes: with nothing of a longer word round it, and without regard to that."""

    apart: re.Pattern[bytes]
    anywhere: re.Pattern[bytes]


def _in_file(file: Path, folder: Path, sought: Forgotten, patterns: list[_Pattern], found: Found) -> None:
    named = str(file.relative_to(folder)).encode()
    is_database = file.suffix in (".duckdb", PARQUET) or _begins(file) == b"DUCK"
    # two values may stand side by side in a database's block, with nothing between
    alike = set(_in_tables(file, sought, patterns, found)) if is_database else set(patterns)
    with file.open("rb") as opened:
        # an empty file cannot be mapped
        content = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) if file.stat().st_size else b""
        for pattern in patterns:
            shape = pattern.apart if pattern in alike else pattern.anywhere
            if shape.search(content) or pattern.apart.search(named):
                found.remains.append(f"{file} (its {'name' if pattern.apart.search(named) else 'bytes'})")
                break


def _begins(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(12)[8:]


def _in_tables(file: Path, sought: Forgotten, patterns: list[_Pattern], found: Found) -> list[_Pattern]:
    """Look at every value; the patterns that also others' values hold, as a part of a longer word."""
    alike: list[_Pattern] = []
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        if file.suffix == PARQUET:
            con.execute(f"attach ':memory:' as looked; create table looked.exported as from '{quoted(file)}'")
        else:
            con.execute(f"attach '{quoted(file)}' as looked (read_only)")
        columns = con.execute(COLUMNS).fetchall()
        found.tables += len({table for table, _ in columns})
        for table, column in columns:
            found.columns += 1
            values = con.execute(
                f'select distinct "{column}"::varchar from looked.{table} where regexp_matches("{column}"::varchar, ?)',
                [sought.signs()],
            ).fetchall()
            theirs = sum(bool(sought.kinds_in(value)) for (value,) in values)
            if theirs:
                found.remains.append(f"{file}: {theirs:,} values of {table}.{column}")
            text = b"\0".join(value.encode() for (value,) in values)
            alike += [pattern for pattern in patterns if pattern.anywhere.search(text)]
    return alike


def _patterns(mark: Mark) -> list[_Pattern]:
    made = []
    for before, text, after in _shapes(mark):
        made.append(_Pattern(re.compile(before + text + after, re.IGNORECASE), re.compile(text, re.IGNORECASE)))
    for spelling in _spellings(mark):
        for encoding in ("utf-16-le", "utf-16-be"):
            wide = re.compile(re.escape(spelling.encode(encoding)), re.IGNORECASE)
            made.append(_Pattern(wide, wide))
    return made


def _spellings(mark: Mark) -> list[str]:
    if mark.kind == PHONE:
        number = phonenumbers.parse(mark.value)
        national = phonenumbers.national_significant_number(number)
        return [f"{number.country_code}{national}", f"0{national}"]
    head, _, host = mark.value.rpartition("@")
    try:
        readable = idna.decode(host)
    except idna.IDNAError:
        readable = host
    prefix = f"{head}@" if head else ""
    return sorted({f"{prefix}{host}", f"{prefix}{readable}"})


def _shapes(mark: Mark) -> list[tuple[bytes, bytes, bytes]]:
    if mark.kind == PHONE:
        # a digit before or after makes it another number
        digits = [BETWEEN.join(re.escape(digit.encode()) for digit in text) for text in _spellings(mark)]
        return [(rb"(?<![\d.])", text, rb"(?![\d])") for text in digits]
    if mark.kind == EMAIL:
        halves = [spelling.partition("@") for spelling in _spellings(mark)]
        shapes = [(BEFORE, re.escape(a.encode()) + AT + re.escape(b.encode()), AFTER) for a, _, b in halves]
        return shapes + [(rb"", digest.value.encode(), rb"") for digest in digests_of(mark.value)]
    return [(OF_PART, re.escape(text.encode()), AFTER) for text in _spellings(mark)]
