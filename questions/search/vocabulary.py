"""The site's own words: which there are, and how many texts have each."""

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

# Texts of each kind that one run of the task counts.
AT_ONCE = 20_000
# Where all are counted: each run writes nearly every word once.
ALL_AT_ONCE = 250_000
COUNTED_CHARACTERS = 20_000

_MAKE = """
    INSERT INTO questions_vocabulary (id, question_key, answer_key, related_key, document_count, version)
    VALUES (1, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING
"""
_HOLD = "SELECT question_key, answer_key FROM questions_vocabulary WHERE id = 1 FOR UPDATE"
_NEW_QUESTIONS = """
    SELECT id, concat_ws(' ', title, topic_names, left(body, %(characters)s)) AS text FROM questions_question
    WHERE state = 'published' AND id > %(key)s ORDER BY id LIMIT %(at_once)s
"""
_NEW_ANSWERS = """
    SELECT id, concat_ws(' ', headline, left(body, %(characters)s)) AS text FROM questions_answer
    WHERE state = 'published' AND id > %(key)s ORDER BY id LIMIT %(at_once)s
"""
# Names of what is no text; each counts as one.
_NAMES = """
    SELECT 0::bigint AS id, name AS text FROM questions_topic
    UNION ALL SELECT 0, name FROM doctors_specialty
    UNION ALL SELECT 0, concat_ws(' ', name, place) FROM doctors_doctor WHERE is_listed
    UNION ALL SELECT 0, array_to_string(words, ' ') FROM questions_synonymgroup
"""
_COUNT = """
    WITH texts AS MATERIALIZED ({texts}), counted AS (
        SELECT lexeme AS word, count(*) AS count FROM texts, unnest(to_tsvector('simple', search_fold(text)))
        WHERE lexeme ~ '^[[:alpha:]]{{2,30}}$' GROUP BY lexeme
    ), written AS (
        INSERT INTO questions_word AS known (word, stem, count)
        SELECT word, coalesce((ts_lexize('english_stem', word))[1], ''), count FROM counted ORDER BY word
        ON CONFLICT (word) DO UPDATE SET count = known.count + excluded.count
    )
    SELECT coalesce(max(id), 0), count(*) FROM texts
"""
_NOTE = """
    UPDATE questions_vocabulary SET question_key = greatest(question_key, %(question)s),
        answer_key = greatest(answer_key, %(answer)s), document_count = document_count + %(added)s,
        version = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
    WHERE id = 1
"""
_EMPTY = """
    DELETE FROM questions_word;
    UPDATE questions_vocabulary SET question_key = 0, answer_key = 0, document_count = 0,
        version = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
    WHERE id = 1
"""


@transaction.atomic
def count_new_words(at_once: int = AT_ONCE) -> int:
    """Count the words of texts that are new since the last time, and return how many texts these are."""
    with connection.cursor() as cursor:
        cursor.execute(_MAKE)
        cursor.execute(_HOLD)
        question_key, answer_key = cursor.fetchone()
        last_question, questions = _count(cursor, _NEW_QUESTIONS, question_key, at_once)
        last_answer, answers = _count(cursor, _NEW_ANSWERS, answer_key, at_once)
        if added := questions + answers:
            cursor.execute(_NOTE, {"question": last_question, "answer": last_answer, "added": added})
    return added


@transaction.atomic
def count_all_words() -> int:
    """Count all words anew, so that those of what is gone go, too; searches read the former ones until it is done."""
    with connection.cursor() as cursor:
        cursor.execute(_MAKE)
        cursor.execute(_HOLD)
        cursor.execute(_EMPTY)
        cursor.execute(_COUNT.format(texts=_NAMES), {})
    total = 0
    while added := count_new_words(ALL_AT_ONCE):
        total += added
    return total


def _count(cursor: CursorWrapper, texts: str, key: int, at_once: int) -> tuple[int, int]:
    values = {"key": key, "at_once": at_once, "characters": COUNTED_CHARACTERS}
    cursor.execute(_COUNT.format(texts=texts), values)
    return cursor.fetchone()
