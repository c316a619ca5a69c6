"""Smartlook's cursors: opaque, short-lived, and stable over the list as it was when the walk began (sheet, section 6).

Each first page opens a walk: the ids that its list held at that moment. A cursor names a walk and a place in it, so
that pages neither repeat nor skip a row while the world moves on; rows that are deleted meanwhile are left out.
"""

import base64
import binascii
import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# walks beyond this many are forgotten, oldest first: a cursor is a temporary value
KEPT_WALKS = 5000
PLACES = 10_000_000


class StaleCursor(ValueError):
    """The cursor is unknown, too old, used up, or belongs to another list."""


@dataclass(frozen=True)
class CursorRules:
    """What the documents leave open about cursors.

    Attributes:
        end: What the last page has in place of a next cursor: `absent`, `null`, `empty` (an empty string), `empty_page`
            (a cursor as ever, which leads to an empty page) or `repeat` (a cursor that leads to the last page again).
        life: How long a walk lasts, by the sandbox's clock or the real one; None for as long as the server lives.
        single_use: Whether a cursor is answered once only.
    """

    end: str
    life: timedelta | None
    single_use: bool


@dataclass(frozen=True)
class Page:
    """One page of ids out of those of its walk. `after` and `before` are cursor numbers, None where no page follows."""

    ids: tuple[str, ...]
    walk: tuple[str, ...]
    before: int | None
    after: int | None


@dataclass
class _Walk:
    scope: str
    ids: tuple[str, ...]
    opened: tuple[datetime, ...]
    used: set[int]


class Cursors:
    """All walks of one vendor. Methods may be called from several threads."""

    def __init__(self) -> None:
        self._walks: OrderedDict[int, _Walk] = OrderedDict()
        self._opened = 0
        self._lock = threading.Lock()

    def page(
        self,
        scope: str,
        ids: Sequence[str],
        *,
        after: str | None,
        before: str | None,
        limit: int,
        rules: CursorRules,
        clocks: tuple[datetime, ...],
    ) -> Page:
        """The page of a list that a request asks for.

        Args:
            scope: What the cursor is bound to: token, route, and on a search the body.
            ids: The list as it is now; a first page opens a walk over it, others have one.
            after: Cursor whose following rows are wanted.
            before: Cursor whose preceding rows are wanted.
            limit: Rows of the page, at least 1.
            rules: The switches about cursors.
            clocks: The times by which a walk ages; it ends when one of them has moved on by `rules.life`.

        Raises:
            StaleCursor: The cursor cannot be answered (any more).
        """
        with self._lock:
            if after is not None:
                number, walk, start = self._resolve(after, scope, rules, clocks)
            elif before is not None:
                number, walk, stop = self._resolve(before, scope, rules, clocks)
                start, limit = max(0, stop - limit), min(limit, stop)
            else:
                number, walk = self._open(scope, tuple(ids), clocks)
                start = 0
        stop = min(start + limit, len(walk.ids))
        return Page(
            ids=walk.ids[start:stop],
            walk=walk.ids,
            before=number * PLACES + start if start else None,
            after=self._after(number, walk, start, stop, rules),
        )

    @staticmethod
    def _after(number: int, walk: _Walk, start: int, stop: int, rules: CursorRules) -> int | None:
        first = number * PLACES
        if stop < len(walk.ids):
            return first + stop
        if rules.end == "repeat":
            return first + start
        return first + stop if rules.end == "empty_page" and start < stop else None

    def _open(self, scope: str, ids: tuple[str, ...], clocks: tuple[datetime, ...]) -> tuple[int, _Walk]:
        self._opened += 1
        walk = _Walk(scope, ids, clocks, set())
        self._walks[self._opened] = walk
        if len(self._walks) > KEPT_WALKS:
            self._walks.popitem(last=False)
        return self._opened, walk

    def _resolve(
        self, text: str, scope: str, rules: CursorRules, clocks: tuple[datetime, ...]
    ) -> tuple[int, _Walk, int]:
        number, place = divmod(_decode(text), PLACES)
        walk = self._walks.get(number)
        if walk is None or walk.scope != scope or place > len(walk.ids):
            raise StaleCursor("the cursor does not belong to this list")
        if rules.life is not None:
            for opened, now in zip(walk.opened, clocks, strict=True):
                if now - opened >= rules.life:
                    raise StaleCursor("the cursor has expired")
        if rules.single_use:
            if place in walk.used:
                raise StaleCursor("the cursor was used already")
            walk.used.add(place)
        return number, walk, place


def cursor_text(cursor: int) -> str:
    """A cursor as links and queries have it: base64, with its padding, as in the vendor's example."""
    return base64.urlsafe_b64encode(f"{cursor:x}~".encode()).decode()


def cursor_value(cursor: int, form: str) -> object:
    """A cursor as `pagination` has it: `text`, or where a route declares any value, `number` or `list`."""
    if form == "number":
        return cursor
    return [cursor_text(cursor)] if form == "list" else cursor_text(cursor)


def _decode(text: str) -> int:
    try:
        if text.isdecimal():
            return int(text)
        if text.startswith("["):
            text = str(json.loads(text)[0])
        code = base64.urlsafe_b64decode(text.encode()).decode()
        return int(code.removesuffix("~"), 16)
    except (binascii.Error, UnicodeError, ValueError, LookupError, TypeError):
        raise StaleCursor("the cursor is malformed") from None
