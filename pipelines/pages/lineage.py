"""Where the columns of the marts come from: model by model from the SQL, field by field where names tell."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipelines.build.state import SQL
from pipelines.vendors import TABLES

# a name, or its beginning and end where several models are meant
REF = re.compile(r"\bref\(\s*'(\w+)'(?:\s*~\s*\w+\s*~\s*'(\w+)')?\s*\)")
SOURCE = re.compile(r"\bsource\(\s*'raw_(\w+)'\s*,\s*'(\w+)'\s*\)")
MACRO = re.compile(r"{%-?\s*macro (\w+)\(.*?%}(.*?){%-?\s*endmacro", re.DOTALL)
CALL = re.compile(r"\b(\w+)\(")
# the last column of a grain: before it stands whose id it is
GRAIN = re.compile(r"Grain: (?:\w+, )*(\w+)\.")
# a line of a staging model that makes a column of something
MADE = re.compile(r"^\s*(?P<of>.*?)(?:\bas )?(?P<name>\w+),?$")


@dataclass(frozen=True)
class Lineage:
    """The models by what they read: other models, and raw tables as (vendor, table)."""

    reads: Mapping[str, frozenset[str]]
    raw: Mapping[str, frozenset[tuple[str, str]]]
    # of a staging model: its columns with the vendor's fields in each, and the column that tells its rows apart
    made: Mapping[str, Mapping[str, tuple[str, ...]]]
    grains: Mapping[str, str]

    def rings(self, model: str) -> Iterator[list[str]]:
        """The model, the models that it reads, those that these read, and so on: each once."""
        seen, ring = {model}, [model]
        while ring:
            yield ring
            ring = sorted({found for each in ring for found in self.reads.get(each, ())} - seen)
            seen |= set(ring)

    def raw_tables(self, model: str) -> list[str]:
        """The raw tables of which the model is made, at any distance: `snapcall.calls`."""
        return sorted({".".join(table) for ring in self.rings(model) for each in ring for table in self.raw[each]})

    def fields(self, model: str, key: str, column: str) -> list[str]:
        """The vendors' fields in a column (`snapcall.calls.status`), of staging models whose grain is its key."""
        own = [
            each for ring in self.rings(model) for each in ring if self.grains.get(each) == key.replace("_key", "_id")
        ]
        return sorted(
            f"{'.'.join(_own_table(each))}.{name}" for each in own for name in self.made[each].get(column, ())
        )


def lineage() -> Lineage:
    """Read from the SQL of the models; nothing is run."""
    macros = dict(
        found for file in sorted((SQL / "macros").glob("*.sql")) for found in MACRO.findall(file.read_text("utf-8"))
    )
    plain = {file.stem: file.read_text("utf-8") for file in sorted((SQL / "models").rglob("*.sql"))}
    # a staging model reads its own raw table, also where a macro of it looks up others
    texts = {name: text if name.startswith("stg_") else _with_macros(text, macros) for name, text in plain.items()}
    raw = {name: frozenset((vendor, table) for vendor, table in SOURCE.findall(text)) for name, text in texts.items()}
    staging = {name: text for name, text in texts.items() if _own_table(name) in raw[name]}
    return Lineage(
        {name: frozenset(_referred(text, texts.keys())) for name, text in texts.items()},
        raw,
        {name: _made(text, _own_table(name)) for name, text in staging.items()},
        {name: found[1] for name, text in staging.items() if (found := GRAIN.search(text))},
    )


def _referred(text: str, models: Iterable[str]) -> Iterator[str]:
    found = REF.findall(text)
    for model in models:
        if any((model.startswith(name) and model.endswith(end)) if end else model == name for name, end in found):
            yield model


def _with_macros(text: str, macros: Mapping[str, str]) -> str:
    """The text with the bodies of the macros that it calls after it, and of those that they call."""
    left = dict(macros)
    parts = [text]
    for part in parts:
        called = [name for name in CALL.findall(part) if name in left]
        parts += [left.pop(name) for name in dict.fromkeys(called)]
    return "\n".join(parts)


def _own_table(model: str) -> tuple[str, str]:
    """The raw table of which a staging model is named."""
    vendor, _, table = model.removeprefix("stg_").partition("__")
    return vendor, table


def _made(text: str, own: tuple[str, str]) -> dict[str, tuple[str, ...]]:
    vendor, table = own
    known = {column for each in TABLES.get(vendor, ()) if each.name == table for column in each.columns}
    made: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        if not line.lstrip().startswith("--") and (found := MADE.match(line)):
            words = set(re.findall(r"\w+", found["of"] or found["name"]))
            if fields := tuple(sorted(words & known)):
                made.setdefault(found["name"], fields)
    return made
