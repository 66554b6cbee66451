"""How good the search is, by judgements: recall at 10, mean reciprocal rank, and nDCG at 10."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from math import log2
from random import Random
from statistics import fmean

from django.db import connection

from questions.search.filters import Filters
from questions.search.meaning import find_by_meaning, why_not
from questions.search.pages import find, with_meaning
from questions.search.statements import within

LOOKED_AT = 10
DRAWS = 10_000

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
    """Of one query, or the means over several; from 0 to 1."""

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
    with within() as clock:
        found = find_by_meaning(clock, words, Filters())
    return None if found is None else [each.question for each in found[:LOOKED_AT]]


def by_both(words: str) -> list[int] | None:
    """Return what the search finds by words and meaning together; None where it has words alone."""
    if why_not():
        return None
    with within() as clock:
        searched, terms, found = find(clock, words, Filters())
        joined = with_meaning(clock, searched, terms, Filters(), found)
    return [each.question for each in joined[:LOOKED_AT]]


def _by_words(words: str) -> list[int]:
    with within() as clock:
        return [each.question for each in find(clock, words, Filters())[2]]


def measure_each(judged: Sequence[Judged], ranking: Ranking) -> list[Figures] | None:
    """Return the figures of each query; None where the ranking is not available."""
    each = []
    for one in judged:
        found = ranking(one.query)
        if found is None:
            return None
        rank = _reciprocal_rank(found, one.relevant)
        each.append(Figures(_recall(found, one.relevant), rank, _ndcg(found, one.relevant)))
    return each


def mean(each: Sequence[Figures]) -> Figures:
    """Return the means over all queries."""
    sums = [sum(values) for values in zip(*map(astuple, each), strict=True)] if each else [0.0] * 3
    return Figures(*(value / max(len(each), 1) for value in sums))


def gain(of: Sequence[Figures], over: Sequence[Figures]) -> tuple[float, float, float]:
    """Return by how much nDCG is higher in the mean, and the interval of 95 % around that.

    Percentiles of a paired bootstrap over the queries: B. Efron, R. Tibshirani, An Introduction to the Bootstrap, 1993,
    chapter 13. The same numbers each time.
    """
    each = [mine.ndcg - theirs.ndcg for mine, theirs in zip(of, over, strict=True)]
    dice = Random(DRAWS)  # noqa: S311
    means = sorted(fmean(dice.choices(each, k=len(each))) for _ in range(DRAWS))
    return fmean(each), means[DRAWS // 40], means[-DRAWS // 40 - 1]


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
