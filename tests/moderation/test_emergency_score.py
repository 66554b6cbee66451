"""The shipped screen on the labelled texts, and the time that hostile text takes."""

import json
from collections import Counter

import pytest

from moderation.emergency import FAMILIES, Screen
from moderation.screening import shipped_screen
from tests.moderation.scoring import KINDS, SETS, Score, best_seconds, hostile, score

# What both layers reach and may not fall below: sensitivity, of self-harm, the weakest family, specificity.
FLOORS = {
    "tuning": (0.99, 0.99, 0.98, 0.99),
    "held out": (0.94, 0.98, 0.71, 0.93),
    "fresh held out": (0.96, 0.90, 0.72, 0.87),
}
# What is demanded and not reached; strict, so that a demand that is reached becomes one that is kept.
MISSED = {
    ("held out", "sensitivity"),
    ("held out", "self-harm"),
    ("held out", "weakest family"),
    ("fresh held out", "sensitivity"),
    ("fresh held out", "self-harm"),
    ("fresh held out", "weakest family"),
    ("fresh held out", "specificity"),
}
DEMANDS = (0.97, 0.99, 0.90, 0.90)
WHAT = ("sensitivity", "self-harm", "weakest family", "specificity")


@pytest.fixture(scope="module")
def screen() -> Screen:
    return shipped_screen()


@pytest.fixture(scope="module")
def scores(screen: Screen) -> dict[str, Score]:
    return {name: score(screen, path) for name, path in SETS.items()}


@pytest.fixture(params=SETS)
def scored(request: pytest.FixtureRequest, scores: dict[str, Score]) -> tuple[str, Score]:
    return request.param, scores[request.param]


def test_the_labelled_set_is_as_large_as_it_must_be():
    entries = [json.loads(line) for path in SETS.values() for line in path.read_text().splitlines()]
    counts = Counter(family for entry in entries for family in entry["families"])

    assert all(counts[family] >= 30 for family in FAMILIES)
    assert counts["self_harm"] >= 150
    assert sum(not entry["families"] for entry in entries) >= 600
    assert len({entry["text"] for entry in entries}) == len(entries)


def reached(result: Score) -> tuple[float, float, float, float]:
    weakest = min(share.value for share in result.families.values() if share.count)
    return result.stopped.value, result.self_harm.value, weakest, result.ordinary.value


def test_the_screen_falls_below_no_floor(scored: tuple[str, Score]):
    name, result = scored

    assert all(share >= floor for share, floor in zip(reached(result), FLOORS[name], strict=True)), reached(result)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        pytest.param(
            name,
            what,
            marks=[pytest.mark.xfail(reason="not reached yet", strict=True)] if (name, what) in MISSED else [],
        )
        for name in SETS
        for what in WHAT
    ],
)
def test_what_is_demanded(scores: dict[str, Score], name: str, what: str):
    at = WHAT.index(what)

    assert reached(scores[name])[at] >= DEMANDS[at]


@pytest.mark.parametrize("kind", KINDS)
def test_time_grows_no_faster_than_the_text(screen: Screen, kind: str):
    single, double = hostile(kind, 100_000), hostile(kind, 200_000)

    for _ in range(4):
        if best_seconds(screen, [double], times=3) <= 3 * best_seconds(screen, [single], times=3):
            return
    pytest.fail("Twice the text took more than three times as long.")
