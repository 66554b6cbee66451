"""What moderators decide about questions and answers: one verb, one transaction each."""

from collections.abc import Iterable

from django.db import transaction

from accounts.models import User
from doctors.models import Doctor
from moderation.models import Decision
from moderation.services import decide
from questions.models import Answer, Question, Topic


def lock_answer(answer_id: int) -> Answer:
    """Lock an answer after its doctor and its question, in the house's order, and return it."""
    doctor_id, question_id = Answer.objects.values_list("doctor_id", "question_id").get(pk=answer_id)
    Doctor.objects.select_for_update(no_key=True).only("pk").get(pk=doctor_id)
    Question.objects.select_for_update(no_key=True).only("pk").get(pk=question_id)
    return Answer.objects.select_for_update(no_key=True).get(pk=answer_id)


@transaction.atomic
def hide_answer(answer_id: int, *, rule: int, reason: str, moderator: User | None) -> Decision:
    """Hide an answer by a rule: its text goes from every page with this commit, its place and the reason stay."""
    return decide(lock_answer(answer_id), action=Decision.Action.HIDE, rule=rule, reason=reason, moderator=moderator)


@transaction.atomic
def restore_answer(answer_id: int, *, reason: str, moderator: User | None) -> Decision:
    """Publish a hidden answer again."""
    return decide(lock_answer(answer_id), action=Decision.Action.PUBLISH, rule=None, reason=reason, moderator=moderator)


def lock_question(question_id: int) -> Question:
    """Lock a question after the doctors who answered it, whose figures it moves, and return it."""
    answered = Doctor.objects.filter(answers__question=question_id).values("pk")
    list(Doctor.objects.filter(pk__in=answered).order_by("pk").select_for_update(no_key=True).only("pk"))
    question = Question.objects.select_for_update(no_key=True).get(pk=question_id)
    lock_topics(question.question_topics.values_list("topic_id", flat=True))
    return question


def lock_topics(keys: Iterable[int]) -> None:
    """Lock topics whose counters are about to move, after their question and in the order of their keys."""
    list(Topic.objects.filter(pk__in=list(keys)).order_by("pk").select_for_update(no_key=True).only("pk"))


@transaction.atomic
def hide_question(question_id: int, *, rule: int, reason: str, moderator: User | None) -> Decision:
    """Hide a question with all its answers: its address answers 410."""
    return decide(
        lock_question(question_id), action=Decision.Action.HIDE, rule=rule, reason=reason, moderator=moderator
    )


@transaction.atomic
def restore_question(question_id: int, *, reason: str, moderator: User | None) -> Decision:
    """Publish a hidden question again."""
    return decide(
        lock_question(question_id), action=Decision.Action.PUBLISH, rule=None, reason=reason, moderator=moderator
    )
