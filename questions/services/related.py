"""Which questions stand beside a question."""

from django.db import connection

RELATED = 4
# So many of the newest questions of each topic are candidates: the work stays the same however large a topic grows.
CANDIDATES_PER_TOPIC = 30

_REFRESH_RELATED = """
    WITH found AS (
        SELECT mine.question_id, other.question_id AS related, count(*) AS topics
        FROM questions_questiontopic mine
        CROSS JOIN LATERAL (
            SELECT question_id FROM questions_questiontopic
            WHERE topic_id = mine.topic_id AND question_id <> mine.question_id
            ORDER BY question_id DESC LIMIT %(candidates)s
        ) other
        WHERE mine.question_id = ANY(%(questions)s)
        GROUP BY mine.question_id, other.question_id
    ), ranked AS (
        SELECT found.question_id, found.related, row_number() OVER (
            PARTITION BY found.question_id ORDER BY found.topics DESC, least(q.answer_count, 5) DESC, found.related DESC
        ) AS place
        FROM found JOIN questions_question q ON q.id = found.related AND q.state = 'published'
    ), lists AS (
        SELECT question_id, array_agg(related ORDER BY place) AS ids FROM ranked WHERE place <= %(related)s GROUP BY 1
    )
    UPDATE questions_question q SET related_ids = coalesce(lists.ids, '{}')
    FROM unnest(%(questions)s::bigint[]) AS asked (id) LEFT JOIN lists ON lists.question_id = asked.id
    WHERE q.id = asked.id AND q.related_ids IS DISTINCT FROM coalesce(lists.ids, '{}')
"""


def refresh_related(question_ids: list[int]) -> None:
    """Find anew which questions stand beside these: those that share most topics, answered ones first."""
    with connection.cursor() as cursor:
        cursor.execute(
            _REFRESH_RELATED,
            {"questions": question_ids, "candidates": CANDIDATES_PER_TOPIC, "related": RELATED},
        )
