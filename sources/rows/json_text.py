"""JSON text of a vendor's values, which any reader takes, and what is said of those that have none."""

import json
import math
import re
from typing import Any

import orjson

SURROGATE = re.compile("[\ud800-\udfff]")
HALF, NO_NUMBER = "holds half of a surrogate pair", "holds a number that JSON does not have"
# deeper than anything that means something, and no reader takes as much
DEEPEST = 200


class Mended(ValueError):
    """A value of which all but a small part fits: `value` is stored, and what came is a misfit all the same."""

    def __init__(self, value: str, reason: str) -> None:
        super().__init__(reason)
        self.value = value


def dump(value: Any) -> str:
    """JSON text of any value that a parser gave us; lone surrogates, huge numbers and deep nests included."""
    try:
        text = _plain(value)
        if "null" not in text or _finite(value):
            return text
    except TypeError:
        pass
    try:
        return json.dumps(value, default=str, ensure_ascii=True)
    except RecursionError:
        return '"nested too deeply to be written"'


def _plain(value: Any) -> str:
    """JSON text; a number that is none is null there. Raises TypeError where orjson cannot write the value."""
    return orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATETIME, default=str).decode()


def _finite(value: Any) -> bool:
    level = [value]
    while level:
        if any(isinstance(each, float) and not math.isfinite(each) for each in level):
            return False
        level = _inside(level)
    return True


def _inside(level: list[Any]) -> list[Any]:
    """What the lists and objects among these hold."""
    inner = [each for each in level if isinstance(each, (dict, list))]
    return [below for each in inner for below in (each.values() if isinstance(each, dict) else each)]


def json_of(value: Any) -> str:
    """JSON text that any reader takes. Half of a surrogate pair is no text, and a nest has a bottom."""
    try:
        text = _plain(value)
    except TypeError:
        return _oddly(value)
    if "null" in text and not _finite(value):
        raise Mended(text, NO_NUMBER)
    return text


def _oddly(value: Any) -> str:
    """JSON text of what orjson refuses."""
    finite = _finite(value)
    try:
        text = json.dumps(value if finite else _nulled(value), default=str, ensure_ascii=False, allow_nan=False)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if SURROGATE.search(text):
        raise ValueError(HALF)
    if len(re.findall(r"[\[{]", text)) > DEEPEST and _depth(value) > DEEPEST:
        raise ValueError("nested too deeply")
    if not finite:
        raise Mended(text, NO_NUMBER)
    return text


def _nulled(value: Any) -> Any:
    """The value with null for each number that JSON does not have."""
    if isinstance(value, dict):
        return {name: _nulled(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_nulled(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = _inside(level)
    return depth
