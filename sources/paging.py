"""Walks over page-numbered lists: every row once, the end seen, and no endless loop.

Vendors differ in the first page's number, in whether they say how many pages or rows there are, in the page size that
they grant, and in what they answer past the end. The walk believes what an answer states, and where it states nothing
it believes only what cannot be misread.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from sources.errors import SourceError
from sources.schema import Row

# page sizes that servers apply are multiples of five from ten on, so another length is not a size but what was left
SIZE_STEP = 5
SMALLEST_SIZE = 10


@dataclass
class Page:
    """One answer: its rows, and what it says of the list (None where it says nothing)."""

    rows: Sequence[Row]
    last: int | None = None
    total: int | None = None


class PagingIgnored(SourceError):
    """Page two is page one again: the server does not page. A smaller window may fit into one answer."""


class TooLarge(SourceError):
    """The list has more pages than one window should hold."""


@dataclass
class Walk:
    """Reads one list to its end.

    `fetch(number, size)` returns a page, or None when the server says that there is no such page; `size` is None for
    the usual one. `first` are the numbers that page one may have, lowest first. `identify` gives a row's identity.
    `asked` is the page size asked for, None for a list that takes none.

    After iterating, `keys` are the identities received, `totals` what each answer said the list holds, and `base` the
    number of page one, when the walk found it out.
    """

    fetch: Callable[[int, int | None], Page | None]
    identify: Callable[[Row], Hashable]
    first: tuple[int, ...] = (1,)
    asked: int | None = 100
    most_pages: int | None = None
    keys: set[Hashable] = field(default_factory=set)
    totals: list[int] = field(default_factory=list)
    base: int | None = None

    @property
    def total(self) -> int | None:
        """The rows that the list said it holds when the walk began; None when it did not say."""
        return self.totals[0] if self.totals else None

    @property
    def complete(self) -> bool:
        """False when rows that the list counted did not arrive, or rows went away under the walk and hid others."""
        return not self.totals or (len(self.keys) >= self.totals[0] and self.totals[-1] >= self.totals[0])

    def __iter__(self) -> Iterator[Sequence[Row]]:
        """Yield the rows of each page that holds new ones. Raises PagingIgnored, TooLarge."""
        number, page = self._begin()
        opening: set[Hashable] = set()
        fresh = longest = 0
        while page is not None and page.rows:
            if page.total is not None:
                self.totals.append(page.total)
            ids = {self._identity(row) for row in page.rows}
            if not ids <= self.keys:
                opening = opening or ids
                if fresh == 1 and self.base is None and self._is_page_one_again(number, ids):
                    self.base = number
                else:
                    fresh += 1
                if fresh == 2 and self.base is None:
                    self.base = self.first[0] if number == self.first[0] + 1 else self.first[0] + 1
                self.keys |= ids
                yield page.rows
            elif page.last is None:
                if fresh > 1 or ids != opening:
                    return
                # where page one may be number 0 or 1, this may be page one under its other name: the next page tells
                if self.base is not None or len(self.first) == 1 or number > self.first[-1]:
                    self._refuse_if_ignored(page)
                    return
            if self._ends(page, number, longest):
                return
            longest = max(longest, len(page.rows))
            number += 1
            page = self.fetch(number, None)

    def _begin(self) -> tuple[int, Page | None]:
        """The first page that has rows, and its number."""
        for number in self.first:
            page = self.fetch(number, None)
            if page is not None and page.rows:
                if number != self.first[0]:
                    self.base = number
                if self.most_pages and (page.last or 0) > self.most_pages:
                    raise TooLarge(f"the list has {page.last} pages")
                return number, page
            if page is not None and page.total is not None:
                self.totals.append(page.total)
                if page.total == 0:
                    break
        return self.first[-1], None

    def _identity(self, row: Row) -> Hashable:
        """The row's key; the whole row where that is missing or nothing that a key can be."""
        key = self.identify(row)
        return repr(row) if key is None or not isinstance(key, Hashable) else key

    def _is_page_one_again(self, number: int, ids: set[Hashable]) -> bool:
        """Whether a second page with a few new rows is page one under its other name, after a row went away."""
        return len(self.first) > 1 and number == self.first[0] + 1 and 2 * len(ids & self.keys) > len(ids)

    def _ends(self, page: Page, number: int, longest: int) -> bool:
        if page.last is not None:
            return number >= page.last
        if page.total is not None:
            return len(self.keys) >= page.total
        return len(page.rows) < longest or not self._may_be_full(page)

    def _may_be_full(self, page: Page) -> bool:
        length = len(page.rows)
        full = self.asked is not None and length >= self.asked
        return full or (length >= SMALLEST_SIZE and length % SIZE_STEP == 0)

    def _refuse_if_ignored(self, page: Page) -> None:
        """Page two repeats page one: the end of a list of one page, or a server that ignores the page number.

        Where the length leaves that open, the second page of one row less than page one tells: it begins with the last
        row where pages are honoured, and with the first where they are not.
        """
        if page.total is not None:
            ignored = len(self.keys) < page.total
        elif self.asked is None or not self._may_be_full(page):
            ignored = False
        else:
            second = self.fetch(self.first[-1] + 1, len(page.rows) - 1)
            begun = {self._identity(row) for row in page.rows[:-1]}
            ignored = second is None or not second.rows or self._identity(second.rows[0]) in begun
        if ignored:
            raise PagingIgnored(f"page two repeats the {len(page.rows)} rows of page one")
