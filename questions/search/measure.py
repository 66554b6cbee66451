"""How good the search is, by judgements: recall at 10, mean reciprocal rank, and nDCG at 10."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2

from django.db import connection

from questions.search.filters import Filters
from questions.search.fusion import fuse
from questions.search.meaning import find_by_meaning
from questions.search.pages import find
from questions.search.statements import within

LOOKED_AT = 10

# What a search is held against: PostgreSQL's own query and rank over questions and answers, and nothing of ours.
_PLAIN = """
    WITH query AS MATERIALIZED (SELECT websearch_to_tsquery('english', %(words)s) AS words)
    SELECT id FROM (
        SELECT id, ts_rank(search, words) AS rank FROM questions_question, query
        WHERE search @@ words AND state = 'published'
        UNION ALL
        SELECT question_id, ts_rank(search, words) FROM questions_answer, query
        WHERE search @@ words AND state = 'published'
    ) matches GROUP BY id ORDER BY max(rank) DESC, id DESC LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """A query, and how relevant each question is to it: its key, and a grade above 0."""

    query: str
    relevant: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over all queries, from 0 to 1."""

    recall: float
    mrr: float
    ndcg: float


Ranking = Callable[[str], "list[int] | None"]


def by_plain(words: str) -> list[int]:
    """Return what PostgreSQL finds without our help, best first."""
    with connection.cursor() as cursor:
        cursor.execute(_PLAIN, {"words": words.replace("\0", " "), "most": LOOKED_AT})
        return [key for (key,) in cursor.fetchall()]


def by_words(words: str) -> list[int]:
    """Return what the search finds by words alone, best first."""
    return _by_words(words)[:LOOKED_AT]


def by_meaning(words: str) -> list[int] | None:
    """Return what the search finds by meaning alone; None where it cannot."""
    found = find_by_meaning(words, Filters())
    return None if found is None else [key for key, _ in found[:LOOKED_AT]]


def by_both(words: str) -> list[int] | None:
    """Return what the search finds by words and meaning together; None where it has words alone."""
    meaning = find_by_meaning(words, Filters())
    return None if meaning is None else fuse(_by_words(words), [key for key, _ in meaning])[:LOOKED_AT]


def _by_words(words: str) -> list[int]:
    with within() as clock:
        return [each.question for each in find(clock, words, Filters())[2]]


def measure(judged: Sequence[Judged], ranking: Ranking) -> Figures | None:
    """Return the means over all queries, or None where the ranking is not available."""
    each = []
    for one in judged:
        found = ranking(one.query)
        if found is None:
            return None
        each.append((_recall(found, one.relevant), _reciprocal_rank(found, one.relevant), _ndcg(found, one.relevant)))
    sums = [sum(values) for values in zip(*each, strict=True)] if each else [0.0] * 3
    return Figures(*(value / max(len(each), 1) for value in sums))


def _recall(found: Sequence[int], relevant: Mapping[int, float]) -> float:
    return len(set(found) & set(relevant)) / min(len(relevant), LOOKED_AT)


def _reciprocal_rank(found: Sequence[int], relevant: Mapping[int, float]) -> float:
    return next((1 / place for place, key in enumerate(found, 1) if key in relevant), 0.0)


def _ndcg(found: Sequence[int], relevant: Mapping[int, float]) -> float:
    """Järvelin and Kekäläinen, ACM TOIS 20 (2002) 422-446, with gains of 2^grade − 1."""
    best = sorted(relevant.values(), reverse=True)[:LOOKED_AT]
    return _gain(relevant.get(key, 0) for key in found) / _gain(best)


def _gain(grades: Iterable[float]) -> float:
    return sum((2**grade - 1) / log2(place + 1) for place, grade in enumerate(grades, 1))
