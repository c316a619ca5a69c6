"""Walks against every way in which a page-numbered list may be served."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.rows.table import Row
from sources.walks.pages import MOST_EMPTY, Page, PagingIgnored, TooLarge, Walk

PAST_THE_END = ["empty", "repeat_last", "not_found"]
PAGE_ZERO = ["first", "refused", "empty"]


def served(
    rows: int, *, base: int, size: int, end: str, zero: str = "first", total: bool = False, last: bool = False
) -> Callable[[int, int | None], Page | None]:
    """A list of `rows` rows as a server of that kind pages it; it counts its requests in `asked`."""
    data = [{"id": number} for number in range(rows)]
    cap = size

    def fetch(number: int, asked_size: int | None) -> Page | None:
        size = min(asked_size or cap, cap)
        pages = max(-(-rows // size), 1)
        fetch.asked += 1  # type: ignore[attr-defined]  # a counter on the function keeps the test short
        assert fetch.asked < 3 * pages + 10, "the walk does not end"  # type: ignore[attr-defined]  # as above
        index = number - base
        if index < 0:
            if zero == "refused":
                return None
            if zero == "empty":
                return Page([])
            index = 0
        if index >= pages:
            if end == "not_found":
                return None
            index = pages - 1 if end == "repeat_last" else index
        part = data[index * size : (index + 1) * size]
        return Page(part, last=pages if last else None, total=rows if total else None)

    fetch.asked = 0  # type: ignore[attr-defined]  # as above
    return fetch


@given(
    rows=st.integers(0, 70),
    base=st.sampled_from([0, 1]),
    size=st.sampled_from([1, 3, 7, 10, 12, 15, 50, 64]),
    end=st.sampled_from(PAST_THE_END),
    zero=st.sampled_from(PAGE_ZERO),
    total=st.booleans(),
)
def test_every_row_arrives_whatever_the_server_does(
    rows: int, base: int, size: int, end: str, zero: str, total: bool
) -> None:
    walk = Walk(
        served(rows, base=base, size=size, end=end, zero=zero, total=total),
        identify=lambda row: row["id"],
        first=(0, 1),
        asked=100,
    )
    received = [row["id"] for page in walk for row in page]
    assert sorted(set(received)) == list(range(rows))
    assert walk.complete


@given(
    lengths=st.lists(st.integers(0, 12), min_size=1, max_size=8),
    says=st.sampled_from(["nothing", "last", "total", "more", "less"]),
    end=st.sampled_from(PAST_THE_END),
    granted=st.sampled_from([None, 0]),
)
def test_a_short_or_an_empty_page_is_no_end(lengths: list[int], says: str, end: str, granted: int | None) -> None:
    """Pages of any length: all rows arrive, or the walk says that it is not complete."""
    numbers = iter(range(sum(lengths)))
    pages = [[{"id": next(numbers)} for _ in range(length)] for length in lengths]
    rows = sum(lengths)
    total = {"total": rows, "more": rows + 2, "less": max(rows - 3, 0)}.get(says)
    asked = 0

    def fetch(number: int, size: int | None) -> Page | None:
        nonlocal asked
        asked += 1
        assert asked < 3 * len(pages) + 10, "the walk does not end"
        if size:
            every = [row for page in pages for row in page]
            return Page(every[(number - 1) * size : number * size])
        if number > len(pages):
            if end == "not_found":
                return None
            return Page(pages[-1] if end == "repeat_last" else [], len(pages) if says == "last" else None, total)
        return Page(pages[number - 1], len(pages) if says == "last" else None, total)

    walk = Walk(fetch, identify=lambda row: row["id"], asked=12, granted=granted)
    received = {row["id"] for page in walk for row in page}

    whole = set(range(rows))
    if says == "nothing":
        # an empty page ends a list that says nothing
        whole = {row["id"] for page in pages[: lengths.index(0) if 0 in lengths else None] for row in page}
    if says == "less":
        # a count is believed until a page goes beyond it
        assert received == whole or len(received) == total or 0 in lengths
    else:
        assert received == whole or not walk.complete


@given(rows=st.integers(0, 100), size=st.sampled_from([1, 15, 25, 100]))
def test_a_stated_last_page_is_believed_whatever_the_page_length(rows: int, size: int) -> None:
    fetch = served(rows, base=1, size=size, end="empty", total=True, last=True)
    walk = Walk(fetch, identify=lambda row: row["id"], asked=1000)
    assert sorted(row["id"] for page in walk for row in page) == list(range(rows))
    assert fetch.asked == max(-(-rows // size), 1)  # type: ignore[attr-defined]  # as above


def read(fetch: Callable[[int, int | None], Page | None], granted: int | None = None) -> tuple[int, Walk]:
    """How many rows a list gives, and the walk."""
    walk = Walk(fetch, identify=lambda row: row["id"], granted=granted)
    return len({row["id"] for page in walk for row in page}), walk


def test_what_a_server_grants_is_learnt_at_the_price_of_one_request() -> None:
    first = served(37, base=1, size=15, end="empty")
    count, walk = read(first)
    assert (count, walk.granted, first.asked) == (37, 15, 4)  # type: ignore[attr-defined]  # as above

    second = served(37, base=1, size=15, end="empty")
    count, walk = read(second, walk.granted)
    assert (count, walk.granted, second.asked) == (37, 15, 3)  # type: ignore[attr-defined]  # as above


def test_a_short_page_in_the_middle_shows_that_lengths_say_nothing() -> None:
    lengths = [10, 9, 7]
    pages = [[{"id": 10 * page + row} for row in range(length)] for page, length in enumerate(lengths)]
    count, walk = read(lambda number, size: Page(pages[number - 1] if number <= 3 else []))
    assert (count, walk.granted) == (26, 0)

    # and nothing that comes later changes that
    count, walk = read(lambda number, size: Page(pages[0] if number == 1 else []), walk.granted)
    assert (count, walk.granted) == (10, 0)


def test_a_total_that_a_page_contradicts_is_not_believed() -> None:
    fetch = served(26, base=1, size=10, end="empty")
    capped = Walk(
        lambda number, size: Page((fetch(number, size) or Page([])).rows, total=20), identify=lambda row: row["id"]
    )
    assert len({row["id"] for page in capped for row in page}) == 26
    assert capped.total == 20


def test_an_empty_page_beside_a_larger_total_is_asked_beyond() -> None:
    pages: dict[int, list[Row]] = {1: [{"id": 1}, {"id": 2}], 3: [{"id": 3}]}
    walk = Walk(lambda number, size: Page(pages.get(number, []), total=3), identify=lambda row: row["id"])
    assert [row["id"] for page in walk for row in page] == [1, 2, 3]
    assert walk.complete

    asked = []

    def fetch(number: int, size: int | None) -> Page:
        asked.append(number)
        return Page(pages.get(number, []), total=9)

    short = Walk(fetch, identify=lambda row: row["id"])
    assert len([row for page in short for row in page]) == 3
    assert (short.complete, len(asked)) == (False, 3 + MOST_EMPTY + 1)


def test_a_server_that_ignores_the_page_is_found_out() -> None:
    rows = [{"id": number} for number in range(100)]
    walk = Walk(lambda number, size: Page(rows), identify=lambda row: row["id"], first=(0, 1))
    with pytest.raises(PagingIgnored):
        list(walk)


@pytest.mark.parametrize("count", [10, 20, 25, 50, 100])
def test_a_server_that_ignores_the_page_and_caps_the_rows_is_found_out(count: int) -> None:
    rows = [{"id": number} for number in range(count)]
    walk = Walk(lambda number, size: Page(rows[: size or count]), identify=lambda row: row["id"], first=(0, 1))
    with pytest.raises(PagingIgnored):
        list(walk)


def test_a_list_of_too_many_pages_is_not_begun() -> None:
    walk = Walk(lambda number, size: Page([{"id": 1}], last=400), identify=lambda row: row["id"], most_pages=300)
    with pytest.raises(TooLarge):
        list(walk)


@given(rows=st.integers(11, 60), gone=st.integers(0, 9), after=st.integers(1, 3))
def test_a_row_removed_under_the_walk_is_noticed(rows: int, gone: int, after: int) -> None:
    data = [{"id": number} for number in range(rows)]

    def fetch(number: int, size: int | None) -> Page:
        if number == after + 1 and len(data) == rows:
            data.pop(gone)
        return Page(data[(number - 1) * 10 : number * 10], last=-(-len(data) // 10), total=len(data))

    walk = Walk(fetch, identify=lambda row: row["id"], asked=10)
    received = {row["id"] for page in walk for row in page}
    assert received == set(range(rows)) or not walk.complete


def test_a_row_removed_between_both_names_of_page_one_does_not_mislead() -> None:
    data = [{"id": number} for number in range(35)]
    asked = []

    def fetch(number: int, size: int | None) -> Page:
        asked.append(number)
        if len(asked) == 2:
            data.pop(0)
        index = max(number - 1, 0)
        return Page(data[index * 10 : index * 10 + 10], total=len(data))

    walk = Walk(fetch, identify=lambda row: row["id"], first=(0, 1), asked=100)
    assert {row["id"] for page in walk for row in page} == set(range(35))
    assert (walk.base, walk.complete, asked) == (1, False, [0, 1, 2, 3, 4])


def test_rows_without_a_usable_key_are_told_apart_by_their_content() -> None:
    rows: list[dict[str, Any]] = [{"id": None, "n": 1}, {"id": ["a"], "n": 2}, {"id": ["a"], "n": 3}, {"n": 4}]
    walk = Walk(lambda number, size: Page(rows, total=4), identify=lambda row: row.get("id"))
    assert [row["n"] for page in walk for row in page] == [1, 2, 3, 4]
    assert (len(walk.keys), walk.complete) == (4, True)
