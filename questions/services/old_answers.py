"""Old answers: a doctor's word that one is still their view, the reminder to give it, and recalls by staff."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from doctors.models import Doctor
from questions import emails
from questions.models import Answer, Desk, Recall, Topic
from questions.services.deciding import lock_answer

REMINDED_AGAIN_AFTER = timedelta(days=30)
# The same words sent twice, by a second press or a page that was loaded again, are one recall.
SAME_RECALL = timedelta(hours=1)


@transaction.atomic
def confirm_answer(answer_id: int, *, doctor: Doctor) -> Answer:
    """Note that a doctor stands by their answer today. Safe to repeat."""
    answer = lock_answer(answer_id)
    author = Doctor.objects.checked().filter(pk=doctor.pk).first()
    if author is None or not answer.can_be_confirmed_by(author):
        raise PermissionDenied
    answer.confirmed_at = timezone.now()
    answer.save(update_fields=["confirmed_at"])
    return answer


def remind_of_old_answers() -> None:
    """Write to each doctor who may answer and whose answers wait for their word, once in 30 days."""
    waiting = Doctor.objects.checked().filter(user__isnull=False, pk__in=_due().values("doctor"))
    for doctor_id in list(waiting.order_by("pk").values_list("pk", flat=True)):
        _remind(doctor_id)


def _due() -> QuerySet[Answer]:
    return Answer.objects.visible().due_for_review()


@transaction.atomic
def _remind(doctor_id: int) -> None:
    Desk.objects.get_or_create(doctor_id=doctor_id)
    desk = Desk.objects.select_for_update(of=("self",)).select_related("doctor__user").get(doctor=doctor_id)
    if desk.reminded_at and desk.reminded_at > timezone.now() - REMINDED_AGAIN_AFTER:
        return
    desk.reminded_at = timezone.now()
    desk.save(update_fields=["reminded_at"])
    if desk.doctor.user:
        emails.send_old_answers(desk.doctor.user)


@transaction.atomic
def recall_topic(topic_id: int, *, reason: str, staff: User) -> Recall:
    """Put all answers of a topic back under review, and write once to each doctor who has one there.

    Each answer says so until its doctor confirms or changes it. Sent twice it is one recall.
    """
    topic = Topic.objects.select_for_update(no_key=True).get(pk=topic_id)
    recent = topic.recalls.filter(reason=reason, made_at__gt=timezone.now() - SAME_RECALL)
    if made := recent.first():
        return made
    recall = Recall.objects.create(topic=topic, reason=reason, made_by=staff)
    answers = Answer.objects.visible().filter(question__question_topics__topic=topic)
    for user in User.objects.filter(doctor__in=answers.values("doctor")).order_by("pk"):
        emails.send_recall(user)
    return recall
