"""Plain search over questions and answers in PostgreSQL's own full-text search."""

from dataclasses import dataclass

from django.db import connection
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from qa_forum.keyset import decode, encode
from questions.bodies import plain
from questions.models import Answer, Question

PAGE_SIZE = 20
QUERY_LENGTH = 300
# Never rank all the matches of a common word: so many of each kind are candidates.
CANDIDATES = 1000
EXTRACTED_CHARACTERS = 20_000

_FIND = """
    WITH query AS MATERIALIZED (SELECT websearch_to_tsquery('english', %(words)s) AS words),
    in_questions AS (
        SELECT id, 2 * ts_rank(search, words) AS rank, NULL::bigint AS answer
        FROM questions_question, query WHERE search @@ words AND state = 'published' LIMIT %(candidates)s
    ), in_answers AS (
        SELECT a.question_id AS id, ts_rank(a.search, words) AS rank, a.id AS answer
        FROM query, questions_answer a JOIN questions_question q ON q.id = a.question_id AND q.state = 'published'
        WHERE a.search @@ words AND a.state = 'published' LIMIT %(candidates)s
    ), found AS (
        SELECT id, round(sum(rank)::numeric, 6)::float8 AS rank,
            (array_agg(answer ORDER BY rank DESC) FILTER (WHERE answer IS NOT NULL))[1] AS answer
        FROM (SELECT * FROM in_questions UNION ALL SELECT * FROM in_answers) matches GROUP BY id
    )
    SELECT id, rank, answer FROM found
    WHERE %(rank)s::float8 IS NULL OR (rank, id) < (%(rank)s, %(key)s)
    ORDER BY rank DESC, id DESC LIMIT %(limit)s
"""
# Marks that no text carries: they become <mark> after the text is escaped.
_START, _STOP = "\ue000", "\ue001"
_HIGHLIGHT = """
    SELECT ts_headline('english', extract, websearch_to_tsquery('english', %(words)s), %(options)s)
    FROM unnest(%(extracts)s::text[]) WITH ORDINALITY AS given (extract, place) ORDER BY place
"""
_SHORT = f"StartSel={_START}, StopSel={_STOP}, MinWords=18, MaxWords=36"
_WHOLE = f"StartSel={_START}, StopSel={_STOP}, HighlightAll=true"


@dataclass(frozen=True, slots=True)
class Hit:
    """One question that was found: its title and an extract with the words marked, and whose words they are."""

    question: Question
    title: SafeString
    extract: SafeString
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class Results:
    """One page of what was found, and the cursor to the next one (empty: there is none)."""

    hits: list[Hit]
    after: str


def search(words: str, cursor: str = "") -> Results:
    """Return the questions that match, in their own words or in an answer's, best first. At most six queries."""
    words = words[:QUERY_LENGTH]
    rank, key = decode(cursor, float) if cursor else (None, None)
    with connection.cursor() as db:
        db.execute(
            _FIND,
            {"words": words, "candidates": CANDIDATES, "rank": rank, "key": key, "limit": PAGE_SIZE + 1},
        )
        rows = db.fetchall()
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    after = encode(rows[-1][1], rows[-1][0]) if more else ""
    return Results(_hits(words, [(question, answer) for question, _, answer in rows]), after)


def _hits(words: str, found: list[tuple[int, int | None]]) -> list[Hit]:
    questions = Question.objects.visible().with_lists().defer("search").in_bulk([key for key, _ in found])
    answers = Answer.objects.visible().select_related("doctor").defer("search")
    answers_by_key = answers.in_bulk([answer for _, answer in found if answer])
    rows = [(questions[key], answers_by_key.get(answer or 0)) for key, answer in found if key in questions]
    titles = _highlight(words, [question.title for question, _ in rows], _WHOLE)
    bodies = [(answer or question).body_html[: 2 * EXTRACTED_CHARACTERS] for question, answer in rows]
    extracts = _highlight(words, [plain(body)[:EXTRACTED_CHARACTERS] for body in bodies], _SHORT)
    return [Hit(*row) for row in zip((q for q, _ in rows), titles, extracts, (a for _, a in rows), strict=True)]


def _highlight(words: str, texts: list[str], options: str) -> list[SafeString]:
    """Return the texts, or extracts of them, escaped and with the words of the search marked."""
    if not texts:
        return []
    clean = [text.replace(_START, "").replace(_STOP, "") for text in texts]
    with connection.cursor() as db:
        db.execute(_HIGHLIGHT, {"words": words, "options": options, "extracts": clean})
        return [_mark(_with_ellipses(extract, text)) for (extract,), text in zip(db.fetchall(), clean, strict=True)]


def _with_ellipses(extract: str, text: str) -> str:
    """Show where an extract leaves words out."""
    words = extract.replace(_START, "").replace(_STOP, "").strip()
    before = "" if text.lstrip().startswith(words) else "… "
    after = "" if text.rstrip().endswith(words) else " …"
    return f"{before}{extract.strip()}{after}"


def _mark(extract: str) -> SafeString:
    marked = str(escape(extract)).replace(_START, "<mark>").replace(_STOP, "</mark>")
    return mark_safe(marked)  # noqa: S308 (escaped above; the only markup is ours)
