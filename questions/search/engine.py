"""Which questions match, best first: a bounded number of candidates, then a careful look at the best of them.

A word that very many texts have is never ranked in full. Its candidates are the questions with it in their title, the
newest ones and the most helpful answers that have it, each found by walking an index until there are enough.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from questions.search.filters import Filters
from questions.search.statements import Clock
from questions.search.terms import Terms, rarest_together, together, without_places

# So many of each kind are candidates; so many of these are looked at with all their answers.
CANDIDATES = 1500
RANKED = 200
ANSWERS_OF_EACH = 15
# So many texts have the rarest words together that candidates have one of.
RARE = 6000
# Where more would be looked at than this, by what the vocabulary says, candidates come in the order of an index.
COMMON = 20_000
# So many rows of an index are walked at most.
WALKED = 8_000
# Weights of ts_rank for D, C, B and A: body, topics and title of a question; body and headline of an answer.
QUESTION_WEIGHTS = "{0.1, 0.3, 0.6, 1.0}"
ANSWER_WEIGHTS = "{0.3, 0.3, 0.6, 0.6}"
# How much the parts of a score weigh beside the words of the question itself.
ANSWERS, TITLE_FIT, CLOSENESS, ANSWER_RANK, FRESHNESS = 0.6, 0.25, 0.4, 0.04, 0.002
# Of what a query says, so much must be covered by a question with its answers where not every word must be.
LEAST_COVER = 0.25
COVER_POWER = 1.5

# An index knows words and no places: all rows with the words of a phrase are read, so their number is bounded, too.
_RARE_QUESTIONS = """
    SELECT q.id, q.search, NULL::bigint AS answer FROM (
        SELECT * FROM questions_question WHERE search @@ %(loose)s::tsquery AND state = 'published' LIMIT %(looked_at)s
    ) q WHERE q.search @@ %(query)s::tsquery{filters} LIMIT %(candidates)s
"""
# The title's own index: few titles have what many texts have.
_TITLES = """
    SELECT q.id, q.search, NULL::bigint AS answer FROM (
        SELECT * FROM questions_question
        WHERE to_tsvector('english'::regconfig, COALESCE(search_fold(title), '')) @@ %(loose)s::tsquery
            AND state = 'published' LIMIT %(walked)s
    ) q WHERE q.search @@ %(query)s::tsquery{filters} LIMIT %(candidates)s
"""
_MIDDLING_QUESTIONS = f"({_TITLES}) UNION ALL ({_RARE_QUESTIONS})"
_COMMON_QUESTIONS = f"""
    ({_TITLES})
    UNION ALL
    (SELECT q.id, q.search, NULL::bigint FROM (
        SELECT * FROM questions_question WHERE state = 'published'
        ORDER BY coalesce(asked_at, '1000-01-01 00:00:00+00') DESC, id DESC LIMIT %(walked)s
    ) q WHERE q.search @@ %(query)s::tsquery{{filters}} LIMIT %(candidates)s)
"""
_RARE_ANSWERS = """
    SELECT a.question_id, a.search, a.id FROM (
        SELECT * FROM questions_answer WHERE search @@ %(loose)s::tsquery AND state = 'published' LIMIT %(looked_at)s
    ) a WHERE a.search @@ %(query)s::tsquery{of_question} LIMIT %(candidates)s
"""
_COMMON_ANSWERS = """
    SELECT a.question_id, a.search, a.id FROM (
        SELECT * FROM questions_answer WHERE state = 'published' ORDER BY rank DESC, id DESC LIMIT %(walked)s
    ) a WHERE a.search @@ %(query)s::tsquery{of_question} LIMIT %(candidates)s
"""
_OF_QUESTION = " AND EXISTS (SELECT FROM questions_question q WHERE q.id = a.question_id{filters})"
_FIND = """
    WITH terms AS MATERIALIZED (
        SELECT * FROM unnest(%(terms)s::text[]::tsquery[], %(weights)s::float8[])
            WITH ORDINALITY AS t (query, weight, place)
    ), in_questions AS ({questions}), in_answers AS ({answers}),
    matches AS (
        SELECT m.id, m.answer, (SELECT sum(weight) FROM terms WHERE m.search @@ query)
            + ts_rank('{question_weights}', m.search, %(any)s::tsquery) AS score
        FROM (SELECT * FROM in_questions UNION ALL SELECT * FROM in_answers) m
    ), best AS (
        SELECT id, max(score) + 0.3 * coalesce(max(score) FILTER (WHERE answer IS NOT NULL), 0) AS score
        FROM matches GROUP BY id ORDER BY 2 DESC, 1 DESC LIMIT %(ranked)s
    ), chosen AS MATERIALIZED (
        SELECT q.id, q.search, q.asked_at, q.title FROM best
        JOIN questions_question q ON q.id = best.id WHERE q.state = 'published'{filters}
            AND coalesce(NOT q.search @@ %(excluded)s::tsquery, true)
    ), answers AS MATERIALIZED (
        SELECT a.* FROM chosen CROSS JOIN LATERAL (
            SELECT a.id, a.question_id, a.search, a.rank FROM questions_answer a
            JOIN doctors_doctor d ON d.id = a.doctor_id AND d.valid_until > CURRENT_DATE
            WHERE a.question_id = chosen.id AND a.state = 'published'
                AND coalesce(NOT a.search @@ %(excluded)s::tsquery, true)
            ORDER BY a.rank DESC, a.id DESC LIMIT %(answers_of_each)s
        ) a
    ), in_each AS (
        SELECT a.question_id, a.id, t.place, t.weight,
            CASE WHEN a.search @@ t.query THEN ts_rank('{answer_weights}', a.search, t.query) ELSE 0 END AS found
        FROM answers a CROSS JOIN terms t
    ), of_answers AS (
        SELECT question_id, place, max(found) AS found FROM in_each GROUP BY 1, 2
    ), best_answers AS (
        SELECT DISTINCT ON (question_id) question_id, id, rank, found FROM (
            SELECT id, sum(found * weight) AS found FROM in_each GROUP BY id
        ) summed JOIN answers USING (id) WHERE found > 0 ORDER BY question_id, found DESC, rank DESC, id DESC
    ), of_questions AS (
        SELECT c.id, sum(t.weight * (own.found + {answers_weight} * coalesce(o.found, 0))) AS found,
            coalesce(sum(t.weight) FILTER (WHERE own.found + coalesce(o.found, 0) > 0), 0) AS covered,
            sum(t.weight * own.found) AS own,
            count(*) FILTER (WHERE ts_filter(c.search, '{{a}}') @@ t.query) AS in_title
        FROM chosen c CROSS JOIN terms t
        CROSS JOIN LATERAL (
            -- A rank alone takes the words of a phrase wherever they stand.
            SELECT CASE WHEN c.search @@ t.query THEN ts_rank('{question_weights}', c.search, t.query)
                ELSE 0 END AS found
        ) own
        LEFT JOIN of_answers o ON o.question_id = c.id AND o.place = t.place
        GROUP BY c.id
    ), scored AS (
        SELECT c.id, b.id AS answer, o.found AS words, o.covered / %(total)s AS cover, o.own, b.found AS answered,
            round((
                o.found / %(total)s * power(o.covered / %(total)s, {cover_power})
                + {title_fit} * o.in_title::float8 / greatest(length(ts_filter(c.search, '{{a}}')), o.in_title, 1)
                + {closeness} * ts_rank_cd('{question_weights}', c.search, %(near)s::tsquery, 32)
                + {answer_rank} * coalesce(b.rank, 0)
                + {freshness} * extract(epoch FROM coalesce(c.asked_at, '2000-01-01') - '2000-01-01'::timestamptz)
                    / 31556952
            )::numeric, 6)::float8 AS score
        FROM of_questions o JOIN chosen c ON c.id = o.id LEFT JOIN best_answers b ON b.question_id = o.id
    )
    SELECT id, score, CASE WHEN answered >= {answer_shown} * own THEN answer END, cover FROM scored
    WHERE cover >= %(least)s ORDER BY score DESC, id DESC
"""


@dataclass(frozen=True, slots=True)
class Found:
    """One question that matches: its score, its best answer (where that says more than it does), what is covered."""

    question: int
    score: float
    answer: int | None
    cover: float


def find_all_terms(clock: Clock, terms: Terms, filters: Filters) -> list[Found]:
    """Return questions that have every term in their own words or in one answer, best first. Two queries."""
    expected = together([term.count for term in terms.terms], terms.document_count)
    return _find(clock, terms, filters, query=terms.all_of_them, expected=expected, least=0)


def find_some_terms(clock: Clock, terms: Terms, filters: Filters, least: float = LEAST_COVER) -> list[Found]:
    """Return questions that have the telling terms, those that cover most first. Two queries."""
    telling = rarest_together(terms.terms, RARE)
    expected = sum(term.count for term in telling)
    return _find(clock, terms, filters, query=terms.any_of(telling), expected=expected, least=least)


def _find(clock: Clock, terms: Terms, filters: Filters, *, query: str, expected: float, least: float) -> list[Found]:
    values: Mapping[str, Any] = {
        "query": terms.without_excluded(query),
        "loose": without_places(query),
        "looked_at": COMMON,
        "terms": [term.query for term in terms.terms],
        "weights": [term.weight for term in terms.terms],
        "total": sum(term.weight for term in terms.terms) or 1.0,
        "any": terms.any_of(terms.terms),
        "near": " & ".join(f"({term.query})" for term in terms.terms),
        "excluded": " | ".join(f"({each})" for each in terms.excluded) or None,
        "least": least,
        "candidates": CANDIDATES,
        "ranked": RANKED,
        "walked": WALKED,
        "answers_of_each": ANSWERS_OF_EACH,
        **filters.values,
    }
    return [Found(*row) for row in clock.run(statement(filters, expected), values)]


def statement(filters: Filters, expected: float) -> str:
    """Return the SQL of a search that so many texts would be looked at for."""
    narrowed, is_common = filters.conditions, expected > COMMON
    middling = _MIDDLING_QUESTIONS if expected > CANDIDATES else _RARE_QUESTIONS
    questions = (_COMMON_QUESTIONS if is_common else middling).format(filters=narrowed)
    of_question = _OF_QUESTION.format(filters=narrowed) if narrowed else ""
    answers = (_COMMON_ANSWERS if is_common else _RARE_ANSWERS).format(of_question=of_question)
    return _FIND.format(
        questions=questions,
        answers=answers,
        filters=narrowed,
        question_weights=QUESTION_WEIGHTS,
        answer_weights=ANSWER_WEIGHTS,
        answers_weight=ANSWERS,
        cover_power=COVER_POWER,
        title_fit=TITLE_FIT,
        closeness=CLOSENESS,
        answer_rank=ANSWER_RANK,
        freshness=FRESHNESS,
        answer_shown=0.5,
    )
