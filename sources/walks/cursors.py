"""Walks over cursor-paged lists: every row once, the end seen, and a new start where a cursor leads nowhere.

A list goes on as long as an answer names a next page, however short or empty the answer is. A cursor lives only inside
a walk. One that the vendor no longer knows, or that leads in a circle, starts the walk again from page one, a few times
at most.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from sources.errors import SourceError, VendorUnavailable
from sources.rows.table import Row
from sources.walks.pages import MOST_EMPTY

STARTS = 4


@dataclass
class CursorPage:
    """One answer: its rows, the cursor of the next page (None: none is named), and its stated total.

    `more` says that the list goes on although no next page is named: then it cannot be read to its end.
    """

    rows: Sequence[Row]
    next: Hashable | None
    total: int | None = None
    more: bool = False


class StaleCursor(SourceError):
    """The vendor does not know the cursor any more, or it leads back to rows that were read."""


@dataclass
class CursorWalk:
    """Reads one list to its end; rows of an earlier start come again after a new one.

    `fetch(cursor)` returns a page, the first for None, and raises StaleCursor. `name` is for the error message. After
    iterating, `keys` are the identities received since the last start, `total` what its first page said the list holds.
    """

    fetch: Callable[[Hashable | None], CursorPage]
    identify: Callable[[Row], Hashable]
    name: str
    keys: set[Hashable] = field(default_factory=set)
    total: int | None = None

    @property
    def complete(self) -> bool:
        """Whether all rows that the list counted arrived; True where it does not count."""
        return self.total is None or len(self.keys) >= self.total

    def __iter__(self) -> Iterator[Sequence[Row]]:
        """Yield the rows of each page. Raises VendorUnavailable when no start reached the end."""
        before: set[Hashable] | None = None
        for start in range(1, STARTS + 1):
            try:
                yield from self._walk()
            except StaleCursor as error:
                if start == STARTS:
                    raise VendorUnavailable(f"{self.name}: {error}, in each of {STARTS} walks.") from error
            else:
                # a list that holds the same rows again is miscounted: another walk brings no more
                if self.complete or self.keys == before:
                    return
                before = set(self.keys)

    def _walk(self) -> Iterator[Sequence[Row]]:
        self.keys.clear()
        page = self.fetch(None)
        self.total = page.total
        cursor: Hashable | None = None
        followed: set[Hashable] = set()
        before: set[Hashable] = set()
        empty = 0
        while True:
            ids = {self.identify(row) for row in page.rows}
            if ids and ids == before:
                # one form of the end: the last page's cursor leads to the last page
                self._end_or_circle()
                return
            self.keys |= ids
            empty = 0 if ids else empty + 1
            if ids:
                yield page.rows
            if page.next is None or empty > MOST_EMPTY:
                if page.more or page.next is not None:
                    self.total = max(self.total or 0, len(self.keys) + 1)
                return
            if page.next == cursor or page.next in followed:
                self._end_or_circle(certain=page.next == cursor)
                return
            before, cursor = ids or before, page.next
            followed.add(cursor)
            page = self.fetch(cursor)

    def _end_or_circle(self, *, certain: bool = True) -> None:
        """A cursor that leads to its own page ends a list that does not count, any other is a circle."""
        if not self.complete or (self.total is None and not certain):
            raise StaleCursor("a cursor led back to rows that were read")
