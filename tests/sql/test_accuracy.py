"""Links of whole worlds against their truth: nearly all of what can be told is found, and nothing is joined wrongly."""

from benchmarks.accuracy import FEW, WORLDS, Score, score

# every kind of dirt at once, each as far as its own world turns it up
ALL_DIRT = {kind: share for _, dirt in WORLDS for kind, share in dirt.items()}


def test_dirty_worlds_are_matched() -> None:
    found = Score()
    for seed in (21, 22):
        found.add(score(seed, companies=40, days=21, dirt=ALL_DIRT))

    assert found.joined == []
    assert found.words.links.total() > 400
    assert found.precision >= 0.99, found.wrong[:10]
    assert found.recall >= 0.95, found.missed[:20]
    # of some kinds one world has so few that one record decides: the promise is over both
    assert found.kinds.short(FEW) == [], (found.wrong[:10], found.missed[:20])
    assert found.kinds.tellable["smartlook visitor"] > 30
