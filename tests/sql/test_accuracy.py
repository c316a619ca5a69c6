"""Links of whole worlds against their truth: nearly all of what can be told is found, and nothing is joined wrongly."""

import pytest

from benchmarks.accuracy import WORLDS, score

# every kind of dirt at once, each as far as its own world turns it up
ALL_DIRT = {kind: share for _, dirt in WORLDS for kind, share in dirt.items()}


@pytest.mark.parametrize("seed", [21, 22])
def test_dirty_worlds_are_matched(seed: int) -> None:
    found = score(seed, companies=40, days=21, dirt=ALL_DIRT)

    assert found.joined == []
    assert found.links.total() > 200
    assert found.precision >= 0.99, found.wrong[:10]
    assert found.recall >= 0.95, found.missed[:20]
    assert found.short() == [], (found.wrong[:10], found.missed[:20])
    assert found.kinds["tellable"]["smartlook visitor"] > 30
