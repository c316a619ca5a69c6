"""Walks over page-numbered lists: every row once, the end proved, and no endless loop.

Vendors differ in the first page's number, in whether they say how many pages or rows there are, in the page size that
they grant, and in what they answer past the end. Where an answer names the last page or a total, that decides, unless
pages contradict it. Where it names nothing, a list ends with an empty, a repeated or a refused page; how long a page is
says nothing, unless an earlier list of this route was walked to such an end and showed which size the server grants.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sources.errors import SourceError
from sources.rows.table import Row

# empty pages in a row, beside a count that says there is more, after which it is believed no more
MOST_EMPTY = 3
# more rows than any list has, and fewer than 64 bits hold
MOST_COUNTED = 10**15


@dataclass
class Page:
    """One answer: its rows, and what it says of the list (None where it says nothing)."""

    rows: Sequence[Row]
    last: int | None = None
    total: int | None = None


def count_of(stated: Any) -> int | None:
    """How many rows a list says it has, as a number or in digits; None where it says nothing that can be meant."""
    if isinstance(stated, bool) or not isinstance(stated, (int, str)):
        return None
    text = str(stated) if isinstance(stated, str) or 0 <= stated < MOST_COUNTED else ""
    return int(text) if text.isascii() and text.isdigit() and int(text[:20]) < MOST_COUNTED else None


class PagingIgnored(SourceError):
    """Page two is page one again: the server does not page. A smaller window may fit into one answer."""


class TooLarge(SourceError):
    """The list has more pages than one window should hold."""


@dataclass
class Walk:
    """Reads one list to its end.

    `fetch(number, size)` returns a page, or None when the server says that there is no such page; `size` is None for
    the usual one. `first` are the numbers that page one may have, lowest first. `identify` gives a row's identity.
    `asked` is the page size asked for, None for a list that takes none. `granted` is the page size that earlier walks
    of this route showed: None when that is not known, 0 when pages have any length.

    After iterating, `keys` are the identities received, `totals` what each answer said the list holds, `base` the
    number of page one, when the walk found it out, and `granted` what later walks may rely on.
    """

    fetch: Callable[[int, int | None], Page | None]
    identify: Callable[[Row], Hashable]
    first: tuple[int, ...] = (1,)
    asked: int | None = 100
    granted: int | None = None
    most_pages: int | None = None
    keys: set[Hashable] = field(default_factory=set)
    totals: list[int] = field(default_factory=list)
    base: int | None = None
    _lengths: list[int] = field(default_factory=list)

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
        yield from self._pages()
        self._learn()

    def _pages(self) -> Iterator[Sequence[Row]]:
        number, page = self._begin()
        opening: set[Hashable] = set()
        empty = 0
        while page is not None:
            if page.total is not None:
                self.totals.append(page.total)
            if not page.rows:
                empty += 1
                self._base_is_known(number)
                if not self._goes_on(page, number) or (page.last is None and empty > MOST_EMPTY):
                    return
            else:
                empty = 0
                ids = {self._identity(row) for row in page.rows}
                if not ids <= self.keys:
                    opening = opening or ids
                    self._find_base(number, ids)
                    self.keys |= ids
                    self._lengths.append(len(page.rows))
                    yield page.rows
                elif page.last is None and self._repeats(page, number, ids, opening):
                    return
                if self._ends(page, number):
                    return
            number += 1
            page = self.fetch(number, None)
        self._base_is_known(number)

    def _begin(self) -> tuple[int, Page | None]:
        """The first page, and its number: the lowest that the server takes and that has rows."""
        for number in self.first:
            page = self.fetch(number, None)
            if page is not None and page.rows:
                if number != self.first[0]:
                    self.base = number
                if self.most_pages and (page.last or 0) > self.most_pages:
                    raise TooLarge(f"the list has {page.last} pages")
                return number, page
            if page is not None and page.total == 0:
                break
        return self.first[-1], page

    def _identity(self, row: Row) -> Hashable:
        """The row's key; the whole row where that is missing or nothing that a key can be."""
        key = self.identify(row)
        return repr(row) if key is None or not isinstance(key, Hashable) else key

    def _find_base(self, number: int, ids: set[Hashable]) -> None:
        """A second page tells which number page one has."""
        if self.base is not None or not self._lengths:
            return
        lowest = self.first[0]
        if len(self._lengths) == 1 and self._is_page_one_again(number, ids):
            self.base = number
        else:
            self.base = lowest if number == lowest + 1 else lowest + 1

    def _base_is_known(self, number: int) -> None:
        """Past a list of one page: the number before was page one under its other name, or its only one."""
        if self.base is None and self._lengths and number > self.first[0]:
            self.base = min(number - 1, self.first[-1])

    def _is_page_one_again(self, number: int, ids: set[Hashable]) -> bool:
        """Whether a second page with a few new rows is page one under its other name, after a row went away."""
        return len(self.first) > 1 and number == self.first[0] + 1 and 2 * len(ids & self.keys) > len(ids)

    def _repeats(self, page: Page, number: int, ids: set[Hashable], opening: set[Hashable]) -> bool:
        """Whether a page without new rows is the end. Raises PagingIgnored."""
        if len(self._lengths) > 1 or ids != opening:
            return True
        # where page one may be number 0 or 1, this may be page one under its other name: the next page tells
        if self.base is None and len(self.first) > 1 and number <= self.first[-1]:
            return False
        self._refuse_if_ignored(page)
        return True

    def _goes_on(self, page: Page, number: int) -> bool:
        """Whether the list says that rows come after an empty page."""
        if page.last is not None:
            return number < page.last
        return bool(self.totals) and len(self.keys) < self.totals[-1]

    def _ends(self, page: Page, number: int) -> bool:
        """Whether a page with rows is the last one, as far as that is said or known."""
        length = len(page.rows)
        longest = max(self._lengths, default=0)
        # a page as long as any may have another behind it, also where the list is said to end
        full = (self.asked is not None and length >= self.asked) or (len(self._lengths) > 1 and length >= longest)
        if page.last is not None:
            return number >= page.last and not (full and self._goes_on(Page([]), number))
        stated = max(self.totals, default=0)
        if page.total is not None and len(self.keys) <= stated:
            return len(self.keys) == stated and not full
        return self.granted is not None and length < self.granted

    def _learn(self) -> None:
        """What this list shows of the page size: all but its last page were followed by another."""
        followed = self._lengths[:-1]
        if followed and (min(followed) < max(self._lengths) or self.granted == 0):
            self.granted = 0
        elif followed:
            self.granted = max(followed[0], self.granted or 0)

    def _refuse_if_ignored(self, page: Page) -> None:
        """Page two repeats page one: the end of a list of one page, or a server that ignores the page number.

        The second page of one row less than page one tells: it begins with the last row where pages are honoured, and
        with the first where they are not. A route that takes no size, or has shown two pages, is not asked; one that
        gives more than was asked for takes none either: then a repeated page is its end, unless it is full.
        """
        length = len(page.rows)
        counted = page.total is not None and len(self.keys) >= page.total
        if counted or self.asked is None or self.granted or length < 2:
            return
        begun = {self._identity(row) for row in page.rows[:-1]}
        # counted from 0, the page after the second may be page one again, and the second is the one before
        for number in (self.first[-1] + 1, *self.first[1:]):
            second = self.fetch(number, length - 1)
            if second is None or not second.rows or self._identity(second.rows[0]) not in begun:
                return
            given = len(second.rows)
        if given < length or length >= self.asked:
            raise PagingIgnored(f"page two repeats the {len(page.rows)} rows of page one")
