"""Writes on questions and answers: one verb, one transaction each."""

from django.db import connection, transaction

from accounts.models import User
from doctors.models import Doctor
from moderation.models import Decision
from moderation.services import decide
from questions.models import Answer, Question

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


def _lock_answer(answer_id: int) -> Answer:
    """Lock an answer after its doctor and its question, in the house's order, and return it."""
    doctor_id, question_id = Answer.objects.values_list("doctor_id", "question_id").get(pk=answer_id)
    Doctor.objects.select_for_update(no_key=True).only("pk").get(pk=doctor_id)
    Question.objects.select_for_update(no_key=True).only("pk").get(pk=question_id)
    return Answer.objects.select_for_update(no_key=True).get(pk=answer_id)


@transaction.atomic
def hide_answer(answer_id: int, *, rule: int, reason: str, moderator: User | None) -> Decision:
    """Hide an answer by a rule: its text goes from every page with this commit, its place and the reason stay."""
    return decide(_lock_answer(answer_id), action=Decision.Action.HIDE, rule=rule, reason=reason, moderator=moderator)


@transaction.atomic
def restore_answer(answer_id: int, *, reason: str, moderator: User | None) -> Decision:
    """Publish a hidden answer again."""
    return decide(
        _lock_answer(answer_id), action=Decision.Action.PUBLISH, rule=None, reason=reason, moderator=moderator
    )


def _lock_question(question_id: int) -> Question:
    """Lock a question after the doctors who answered it, whose figures it moves, and return it."""
    answered = Doctor.objects.filter(answers__question=question_id).values("pk")
    list(Doctor.objects.filter(pk__in=answered).order_by("pk").select_for_update(no_key=True).only("pk"))
    return Question.objects.select_for_update(no_key=True).get(pk=question_id)


@transaction.atomic
def hide_question(question_id: int, *, rule: int, reason: str, moderator: User | None) -> Decision:
    """Hide a question with all its answers: its address answers 410."""
    return decide(
        _lock_question(question_id), action=Decision.Action.HIDE, rule=rule, reason=reason, moderator=moderator
    )


@transaction.atomic
def restore_question(question_id: int, *, reason: str, moderator: User | None) -> Decision:
    """Publish a hidden question again."""
    return decide(
        _lock_question(question_id), action=Decision.Action.PUBLISH, rule=None, reason=reason, moderator=moderator
    )
