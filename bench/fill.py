"""A large database of invented words, whose frequencies, topics and doctors are as uneven as real ones."""

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate, chain

from django.db import connection, connections
from psycopg import sql

from doctors.models import Doctor, Specialty
from questions.models import Answer, Question, Topic

TOPICS, DOCTORS, SPECIALTIES, WORDS = 200, 2000, 40, 50_000
WORDS_OF_A_TITLE, WORDS_OF_A_QUESTION, WORDS_OF_AN_ANSWER = 9, 25, 50
# So many answers has each question of twenty: 3.5 on average.
ANSWERS = (0, 4, 1, 2, 3, 7, 2, 5, 3, 1, 10, 2, 4, 0, 3, 6, 1, 9, 4, 3)
BEFORE = [0, *accumulate(ANSWERS)]
BATCH = 5_000
AT_ONCE = 2
RELATED = 4
FIRST_DAY, DAYS = datetime(2015, 1, 1, tzinfo=UTC), 3900
# The commonest words stand in a third of all answers; without this they would stand in each.
FLATTENED = 10
TABLES = ("questions_question", "questions_answer", "questions_questiontopic")
_syllables = [consonant + vowel for consonant in "bdfgklmnprtv" for vowel in "aeiou"]

_QUESTION = (
    *("id", "state", "title", "slug", "body", "body_format", "body_html", "asker_name", "asked_at", "source_url"),
    *("related_ids", "answer_count", "last_answer_at", "topic_names"),
)
_ANSWER = (
    *("id", "question_id", "doctor_id", "state", "headline", "body", "body_format", "body_html", "answered_at"),
    *("interest", "interest_words", "imported_upvote_count", "imported_downvote_count"),
    *("user_upvote_count", "user_downvote_count", "visitor_upvote_count", "visitor_downvote_count"),
)
_TOPIC = ("question_id", "topic_id")

_TOPICS = """
    INSERT INTO questions_topic (id, name, slug, description, question_count)
    SELECT n, 'Topic ' || n, 'topic-' || n, '', 0 FROM generate_series(1, %s) n
"""
_SPECIALTIES = """
    INSERT INTO doctors_specialty (id, name, slug)
    SELECT n, 'Specialty ' || n, 'specialty-' || n FROM generate_series(1, %s) n
"""
_DOCTORS = """
    INSERT INTO doctors_doctor (
        id, import_key, name, slug, credentials, specialty_id, place, practice, languages, interests_stated, is_listed,
        imported_rating, imported_review_count, answer_count,
        one_star_count, two_star_count, three_star_count, four_star_count, five_star_count
    )
    SELECT n, 'id:bench-' || n, 'Ada Doctor' || n, 'ada-' || n, 'MD', 1 + n %% %s, 'Place ' || n %% 300, '',
        '{}', '', true,
        1 + 4 * random(), (random() * 200)::int, 0, 0, 0, 0, 0, 0
    FROM generate_series(1, %s) n
"""
_RECOUNT = """
    UPDATE doctors_doctor d SET answer_count = n
        FROM (SELECT doctor_id, count(*) AS n FROM questions_answer GROUP BY 1) counted WHERE d.id = doctor_id;
    UPDATE questions_topic t SET question_count = n
        FROM (SELECT topic_id, count(*) AS n FROM questions_questiontopic GROUP BY 1) counted WHERE t.id = topic_id;
    INSERT INTO questions_topicdoctor (topic_id, doctor_id, answer_count, last_answer_at)
        SELECT topic_id, doctor_id, count(*), max(answered_at)
        FROM questions_questiontopic JOIN questions_answer USING (question_id) GROUP BY 1, 2
"""
_INDEXES = """
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
    WHERE i.indrelid::regclass::text = ANY(%s)
        AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""


def word(rank: int) -> str:
    """Return the invented word of a rank, 1 for the commonest."""
    number, letters = rank * 7919 % 60**3, ""
    for _ in range(3):
        number, place = divmod(number, 60)
        letters += _syllables[place]
    return letters


def fill(questions: int, say: Callable[[str], None]) -> float:
    """Write so many questions and three and a half times as many answers, and return the seconds it took."""
    start = time.monotonic()
    _set_defaults()
    with connection.cursor() as cursor:
        cursor.execute(_TOPICS, [TOPICS])
        cursor.execute(_SPECIALTIES, [SPECIALTIES])
        cursor.execute(_DOCTORS, [SPECIALTIES, DOCTORS])
    with _without_triggers(), _without_indexes(say):
        _write_in_batches(questions, say)
    with connection.cursor() as cursor:
        cursor.execute(_RECOUNT)
        say("vacuum and analyze")
        cursor.execute("VACUUM (ANALYZE)")
    return time.monotonic() - start


def _set_defaults() -> None:
    """Let the database fill in what a model fills in otherwise: columns that are none of the benchmark's business."""
    models = (Topic, Specialty, Doctor, Question, Answer)
    fields = [(model, field) for model in models for field in model._meta.concrete_fields]
    with connection.cursor() as cursor:
        for model, field in fields:
            if not (field.null or field.primary_key or field.generated or field.remote_field):
                value = field.get_db_prep_save(field.get_default(), connection)
                statement = sql.SQL("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {}").format(
                    sql.Identifier(model._meta.db_table), sql.Identifier(field.column), sql.Literal(value)
                )
                cursor.execute(statement)


def _write_in_batches(questions: int, say: Callable[[str], None]) -> None:
    """Write several batches at once: each waits for the server most of the time."""
    start, every = time.monotonic(), max(BATCH, questions // 20)
    batches = [range(first, min(first + BATCH, questions + 1)) for first in range(1, questions + 1, BATCH)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for batch in pool.map(_write_batch, batches):
            if batch[-1] % every < BATCH:
                say(f"{batch[-1]:,} of {questions:,} questions after {time.monotonic() - start:,.0f} s")


def _write_batch(batch: range) -> range:
    chance = random.Random(batch.start)
    topics = {question: _topics_of(chance) for question in batch}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")
            _copy(cursor, "questions_question", _QUESTION, _questions(batch, topics, chance))
            _copy(cursor, "questions_questiontopic", _TOPIC, ((q, t) for q in batch for t in topics[q]))
            _copy(cursor, "questions_answer", _ANSWER, chain.from_iterable(_answers(q, chance) for q in batch))
    finally:
        connections.close_all()
    return batch


def _copy(cursor: object, table: str, columns: tuple[str, ...], rows: Iterator[tuple]) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with cursor.copy(statement) as copy:  # type: ignore[attr-defined]
        for row in rows:
            copy.write_row(row)


def _questions(batch: range, topics: dict[int, list[int]], chance: random.Random) -> Iterator[tuple]:
    recent: dict[int, list[int]] = {}
    for key in batch:
        title = _words(chance, WORDS_OF_A_TITLE)
        body = _words(chance, WORDS_OF_A_QUESTION)
        beside = [other for topic in topics[key] for other in recent.get(topic, [])[-RELATED:]]
        for topic in topics[key]:
            recent.setdefault(topic, []).append(key)
        count = ANSWERS[key % len(ANSWERS)]
        asked_at = _asked_at(key)
        last = asked_at + timedelta(days=count) if count else None
        yield (
            *(key, "published", f"{title.capitalize()}?", title.replace(" ", "-")[:80], body, "text", f"<p>{body}</p>"),
            *(f"reader{key % 9973}", asked_at, "", list(dict.fromkeys(beside))[:RELATED], count, last),
            ", ".join(f"Topic {topic}" for topic in topics[key]),
        )


def _answers(question: int, chance: random.Random) -> Iterator[tuple]:
    count = ANSWERS[question % len(ANSWERS)]
    turn, place = divmod(question, len(ANSWERS))
    doctors: dict[int, None] = {}
    while len(doctors) < count:  # One answer by each.
        doctors[chance.choices(_doctor_keys(), cum_weights=_weights(DOCTORS, 20))[0]] = None
    for number, doctor in enumerate(doctors, 1):
        body = _words(chance, WORDS_OF_AN_ANSWER)
        up, down = int(chance.paretovariate(1.2)) - 1, int(chance.random() * 3)
        yield (
            *(turn * BEFORE[-1] + BEFORE[place] + number, question, doctor, "published"),
            *(body[:60], body, "text", f"<p>{body}</p>", _asked_at(question) + timedelta(days=number)),
            *("", "", min(up, 5000), down, 0, 0, 0, 0),
        )


def _asked_at(question: int) -> datetime:
    """Return a moment that rises with the key, as it does on a site that lives."""
    return FIRST_DAY + timedelta(days=DAYS) * (question / (question + 200_000))


def _topics_of(chance: random.Random) -> list[int]:
    drawn = chance.choices(range(1, TOPICS + 1), cum_weights=_weights(TOPICS, 0), k=chance.choice((1, 1, 2, 3)))
    return list(dict.fromkeys(drawn))


def _words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choices(_vocabulary(), cum_weights=_weights(WORDS, FLATTENED), k=count))


@cache
def _vocabulary() -> list[str]:
    return [word(rank) for rank in range(1, WORDS + 1)]


@cache
def _doctor_keys() -> range:
    return range(1, DOCTORS + 1)


@cache
def _weights(count: int, flattened: int) -> list[float]:
    """Return the summed weights of Zipf's law, flattened at its head after Mandelbrot."""
    return list(accumulate(1 / (rank + flattened) for rank in range(1, count + 1)))


@contextmanager
def _without_triggers() -> Iterator[None]:
    """Load without triggers: every counter is given with its row, or counted once at the end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        # Those of foreign keys are for a superuser to leave out.
        which = "ALL" if cursor.fetchone()[0] else "USER"
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {which}")
        yield
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {which}")


@contextmanager
def _without_indexes(say: Callable[[str], None]) -> Iterator[None]:
    """Make the indexes after the rows: several times as fast."""
    with connection.cursor() as cursor:
        cursor.execute(_INDEXES, [list(TABLES)])
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        cursor.execute("SET maintenance_work_mem = '512MB'")
        for name, definition in indexes:
            start = time.monotonic()
            cursor.execute(definition)
            if (seconds := time.monotonic() - start) > 1:
                say(f"index {name} in {seconds:,.0f} s")


def sizes() -> list[tuple[str, str, str]]:
    """Return the largest indexes and the tables they belong to, with their sizes."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT i.indexrelid::regclass::text, pg_size_pretty(pg_relation_size(i.indexrelid)),
                i.indrelid::regclass || ' ' || pg_size_pretty(pg_table_size(i.indrelid))
            FROM pg_index i JOIN pg_stat_user_tables t ON t.relid = i.indrelid
            ORDER BY pg_relation_size(i.indexrelid) DESC LIMIT 14
        """)
        return cursor.fetchall()
