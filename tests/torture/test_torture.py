"""A small share of the torture, and that each part of it would see what is wrong."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pipelines.build import publish
from sources.walks.pages import Walk
from tests.torture.different import Different
from tests.torture.kills import Kills, repeated
from tests.torture.readers import Readers
from tests.torture.schedules import Schedules


@pytest.fixture(scope="module")
def schedules() -> Iterator[Schedules]:
    with pytest.MonkeyPatch.context() as patch, Schedules() as several:
        patch.setenv("RUNTIME__REQUEST_BACKOFF_FACTOR", "0")
        yield several


def test_lists_that_move_come_to_rest_in_the_raw_tables(schedules: Schedules) -> None:
    for seed in range(15):
        schedules.run(seed)
    assert schedules.syncs > 30


def test_what_a_walk_forgets_is_seen(schedules: Schedules, monkeypatch: pytest.MonkeyPatch) -> None:
    whole: Callable[[Walk], Iterator[Any]] = Walk.__iter__

    def without_the_last(self: Walk) -> Iterator[Any]:
        for page in whole(self):
            yield page[:-1] if len(page) == 3 else page

    monkeypatch.setattr(Walk, "__iter__", without_the_last)
    with pytest.raises(Different, match=r"lacks|has it|After a week|after a week"):
        for seed in range(12):
            schedules.run(seed)


def test_commands_that_are_killed_come_to_the_same() -> None:
    with Kills(["sync --no-build"]) as kills:
        seed = 0
        while kills.survived.total() < 4:
            kills.run(seed, 3)
            seed += 1


def test_windows_that_are_asked_for_again_are_counted() -> None:
    place = ("snitcher", "/sessions")
    repeated({place: {"a", "b"}}, {place: {"b", "c"}}, {}, "once")
    repeated({place: {"a", "b"}}, {place: {"a", "b"}}, {place: {"a"}}, "the newest")
    with pytest.raises(Different, match="asked again"):
        repeated({place: {"a", "b"}}, {place: {"a", "b"}}, {}, "twice")


def test_readers_beside_publications_see_one_of_them_whole() -> None:
    with Readers(2) as readers:
        for _ in range(3):
            readers.publish()
        readers.end()
    assert readers.reads >= 4


def test_a_torn_publication_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(publish.OPS, "runs", "select * from raw.ops.runs limit 1")
    with Readers(1) as readers:
        readers.publish()
        with pytest.raises(Different, match="torn"):
            readers.end()
