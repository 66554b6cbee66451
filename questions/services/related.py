"""Which questions stand beside a question."""

from django.db import connection

from questions.models import Question, Vocabulary
from questions.search.fusion import fuse
from questions.search.likeness import find_alike
from questions.search.statements import SearchTooSlow

RELATED = 4
# So many of the newest questions of each topic are candidates: the work stays the same however large a topic grows.
CANDIDATES_PER_TOPIC = 30

# So many of each kind are weighed against each other; those alike in words are so to this part.
WEIGHED, LEAST_ALIKE = 8, 0.6
# So many questions of an import at one go: other work of the same worker does not wait long.
NEW_AT_ONCE = 500

_BY_TOPICS = """
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
    )
"""
_REFRESH_RELATED = (
    _BY_TOPICS
    + """, lists AS (
        SELECT question_id, array_agg(related ORDER BY place) AS ids FROM ranked WHERE place <= %(related)s GROUP BY 1
    )
    UPDATE questions_question q SET related_ids = coalesce(lists.ids, '{}')
    FROM unnest(%(questions)s::bigint[]) AS asked (id) LEFT JOIN lists ON lists.question_id = asked.id
    WHERE q.id = asked.id AND q.related_ids IS DISTINCT FROM coalesce(lists.ids, '{}')
"""
)
_SHARING_TOPICS = _BY_TOPICS + "SELECT related FROM ranked WHERE place <= %(related)s ORDER BY place"


def refresh_related(question_ids: list[int]) -> None:
    """Find anew which questions stand beside these: those that share most topics, answered ones first."""
    with connection.cursor() as cursor:
        cursor.execute(
            _REFRESH_RELATED,
            {"questions": question_ids, "candidates": CANDIDATES_PER_TOPIC, "related": RELATED},
        )


def relate(question_id: int) -> None:
    """Find anew what stands beside one question: what shares its topics, and what asks much the same.

    It is a task's work: nobody who reads or asks waits for it. What is hidden later falls away where it is read.
    """
    question = Question.objects.filter(pk=question_id).only("title", "related_ids").first()
    if question is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _SHARING_TOPICS,
            {"questions": [question_id], "candidates": CANDIDATES_PER_TOPIC, "related": WEIGHED},
        )
        by_topics = [key for (key,) in cursor.fetchall()]
    try:
        by_words = find_alike(question.title, besides=question_id, most=WEIGHED, least=LEAST_ALIKE)
    except SearchTooSlow:
        by_words = []
    related = fuse(by_topics, by_words)[:RELATED]
    if related != question.related_ids:
        Question.objects.filter(pk=question_id).update(related_ids=related)


def relate_new(at_once: int = NEW_AT_ONCE) -> int:
    """Find what stands beside questions that are new since the last time, so many at once, and return how many."""
    vocabulary, _ = Vocabulary.objects.get_or_create(pk=1)
    new = Question.objects.visible().filter(pk__gt=vocabulary.related_key).order_by("pk")[:at_once]
    keys = list(new.values_list("pk", flat=True))
    for key in keys:
        relate(key)
    if keys:
        Vocabulary.objects.filter(related_key__lt=keys[-1]).update(related_key=keys[-1])
    return len(keys)
