"""What a ring's votes do to the order of answers: with them and without."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from questions.models import DOWN_COLUMNS, UP_COLUMNS, VISITOR_WEIGHT, WILSON_Z, Answer
from voting.models import AnswerVote, VoteRing

MOST_QUESTIONS = 50


@dataclass(frozen=True, slots=True)
class Place:
    """One answer of a question that a ring voted on: its place and score with and without the ring's votes."""

    answer: Answer
    votes: int
    place_without: int
    place_with: int
    score_without: int
    score_with: int

    @property
    def moves(self) -> bool:
        """Whether the ring's votes change its place."""
        return self.place_without != self.place_with


def effect_of(ring: VoteRing) -> list[list[Place]]:
    """Return, for each question that the ring voted on, the places of its answers in the order without these votes."""
    moved = _moved_by(ring)
    counted = ring.state == VoteRing.State.RESTORED
    keys = Answer.objects.filter(pk__in=moved).order_by("question").values_list("question", flat=True).distinct()
    answers = Answer.objects.shown_on_page().filter(question__in=list(keys[:MOST_QUESTIONS]))
    by_question: dict[int, list[Answer]] = defaultdict(list)
    for answer in answers.select_related("doctor", "question").defer("body", "body_html", "search"):
        by_question[answer.question_id].append(answer)
    return [_places(found, moved, sign=-1 if counted else 1) for found in by_question.values()]


def rank_of(counters: Mapping[str, int]) -> float:
    """Return ``Answer.rank`` for these counters; the database computes it for those that are stored."""
    up, down = (
        1 + sum(counters[column] * (VISITOR_WEIGHT if "visitor" in column else 1) for column in columns)
        for columns in (UP_COLUMNS, DOWN_COLUMNS)
    )
    n, zz = up + down, WILSON_Z**2
    return (up + zz / 2 - WILSON_Z * sqrt(up * down / n + zz / 4)) / (n + zz)


def _moved_by(ring: VoteRing) -> dict[int, dict[str, int]]:
    """Return by how much the ring's votes move, or would move, each counter of each answer."""
    moved: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    votes = AnswerVote.objects.filter(ring=ring).exclude(value=0).values_list("answer", "user", "value")
    for answer, user, value in votes.iterator():
        moved[answer][f"{'visitor' if user is None else 'user'}_{'up' if value == 1 else 'down'}vote_count"] += 1
    return moved


def _places(answers: list[Answer], moved: Mapping[int, Mapping[str, int]], *, sign: int) -> list[Place]:
    """Return the places of one question's answers; ``sign`` is -1 where the ring's votes are counted at present."""
    now = {a.pk: {column: getattr(a, column) for column in (*UP_COLUMNS, *DOWN_COLUMNS)} for a in answers}
    turned = {
        key: {column: count + sign * moved.get(key, {}).get(column, 0) for column, count in counters.items()}
        for key, counters in now.items()
    }
    with_them, without = (now, turned) if sign < 0 else (turned, now)
    places = []
    first, second = _order(without), _order(with_them)
    for answer in answers:
        votes = sum(moved.get(answer.pk, {}).values())
        scores = (_score(without[answer.pk]), _score(with_them[answer.pk]))
        places.append(Place(answer, votes, first[answer.pk], second[answer.pk], *scores))
    return sorted(places, key=lambda place: place.place_without)


def _order(counters: Mapping[int, Mapping[str, int]]) -> dict[int, int]:
    """Return the place of each answer as its page orders them: by rank, then the later one first."""
    ordered = sorted(counters, key=lambda key: (-rank_of(counters[key]), -key))
    return {key: place for place, key in enumerate(ordered, 1)}


def _score(counters: Mapping[str, int]) -> int:
    return sum(counters[column] for column in UP_COLUMNS) - sum(counters[column] for column in DOWN_COLUMNS)
