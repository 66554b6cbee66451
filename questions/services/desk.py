"""A doctor's desk: what they chose for it, what they ask a patient back, and what they pass on."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import take
from accounts.standing import count_post, hold_writer
from doctors.models import Doctor
from questions import emails
from questions.models import Answer, Decline, Desk, HowOften, Inquiry, Notice, Question, Topic


class CannotAskBack(ValidationError):
    """The question is not open to it as it stands; says why, for the doctor."""


@transaction.atomic
def choose(*, doctor: Doctor, how_often: HowOften, topics: Iterable[Topic]) -> Desk:
    """Save what a doctor chose for their desk. Safe to repeat."""
    desk, _ = Desk.objects.update_or_create(doctor=doctor, defaults={"how_often": how_often})
    desk.topics.set(topics)
    if how_often == HowOften.NEVER and doctor.user:
        _forget_news(doctor.user)
    return desk


@transaction.atomic
def tell_nothing(user: User) -> None:
    """Turn mails about new questions for a doctor's desk off, as one click in any of them does."""
    doctor = Doctor.objects.filter(user=user).first()
    if doctor:
        Desk.objects.update_or_create(doctor=doctor, defaults={"how_often": HowOften.NEVER})
    _forget_news(user)


def _forget_news(user: User) -> None:
    Notice.objects.filter(user=user, told_at=None, is_for_desk=True).delete()


# --- Asking back ---------------------------------------------------------------------------------------------


@transaction.atomic
def inquire(question_id: int, *, doctor: Doctor, text: str) -> Inquiry:
    """Ask the patient something back: the question waits for them, and leaves the desks of other doctors.

    The same text sent twice is one inquiry. ``CannotAskBack`` says in words why it is not the moment for one.
    """
    hold_writer(doctor.user_id)
    lock_writer(doctor)
    question = Question.objects.select_for_update(no_key=True).get(pk=question_id)
    if asked := question.inquiries.filter(doctor=doctor, text=text).first():
        return asked
    if why := why_not_inquire(question, doctor):
        raise CannotAskBack(why)
    count_post(doctor.user_id)
    inquiry = Inquiry.objects.create(question=question, doctor=doctor, text=text)
    # Whoever asks has not passed on it.
    question.declines.filter(doctor=doctor).delete()
    if question.asker:
        emails.send_inquiry(question.asker, inquiry)
    return inquiry


def why_not_inquire(question: Question, doctor: Doctor) -> str:
    """Return in words why this doctor cannot ask back just now; nothing where they can."""
    if not question.takes_answers:
        return "This question is closed."
    if question.asker is None:
        return "Nobody could reply: the asker has no account here."
    if question.is_of(doctor.user):
        return "You asked this question yourself."
    if Answer.objects.filter(question=question, doctor=doctor).exists():
        return "You answered this question already."
    if question.inquiries.filter(doctor=doctor, replied_at=None).exists():
        return "You asked already. Wait for the patient’s reply."
    if question.inquiries.holding().exclude(doctor=doctor).exists():
        return "Another doctor asked this patient something first. The question comes back to your desk afterwards."
    return ""


@transaction.atomic
def reply_to_inquiry(inquiry_id: int, *, asker: User, reply: str, emergencies: Sequence[str] = ()) -> Inquiry:
    """Give the patient's reply: the question is back with the doctor who asked, and they are told.

    Sent twice it is one reply; the first one stays. What the emergency screen found is for moderators to look at.
    """
    hold_writer(asker.pk)
    question_id = Inquiry.objects.values_list("question_id", flat=True).get(pk=inquiry_id)
    question = Question.objects.select_for_update(no_key=True).get(pk=question_id)
    inquiry = Inquiry.objects.select_for_update(of=("self",)).select_related("doctor__user").get(pk=inquiry_id)
    if inquiry.replied_at and question.is_of(asker):
        return inquiry
    inquiry.question = question
    if not inquiry.can_be_replied_to_by(asker):
        raise PermissionDenied
    count_post(asker.pk)
    inquiry.reply, inquiry.replied_at = reply, timezone.now()
    inquiry.save(update_fields=["reply", "replied_at"])
    if emergencies:
        question.emergencies = sorted({*question.emergencies, *emergencies})
        question.is_urgent = True
        question.save(update_fields=["emergencies", "is_urgent"])
    if inquiry.doctor.user:
        emails.send_reply(inquiry.doctor.user)
    return inquiry


# --- Passing on ----------------------------------------------------------------------------------------------


@transaction.atomic
def decline(question_id: int, *, doctor: Doctor, reason: Decline.Reason) -> Decline:
    """Decline a question and tell its asker why; it leaves this doctor's desk. Another reason takes its place.

    What the doctor asked and nobody replied to yet is not asked any more. An answer takes the decline back.
    """
    lock_writer(doctor)
    question = Question.objects.select_for_update(no_key=True).get(pk=question_id)
    if not question.takes_answers or Answer.objects.filter(question=question, doctor=doctor).exists():
        raise PermissionDenied
    question.inquiries.filter(doctor=doctor, replied_at=None).delete()
    is_news = not question.declines.filter(reason=reason).exists()
    declined, _ = Decline.objects.update_or_create(question=question, doctor=doctor, defaults={"reason": reason})
    # Many doctors may say the same: the patient is written to for what is news to them.
    if is_news and question.asker and _may_be_written_to(question.asker, question):
        emails.send_declined(question.asker, question)
    return declined


def _may_be_written_to(asker: User, question: Question) -> bool:
    """Tell whether a decline may become a mail: by the asker's choice, and not as often as reasons change."""
    if question.follows.filter(user=asker, how_often=HowOften.NEVER).exists():
        return False
    return not take(scope="declined mail", who=str(question.pk), limit=len(Decline.Reason), window=timedelta(days=1))


def lock_writer(doctor: Doctor) -> None:
    """Hold the row of a doctor who may write today; refuse whoever may not."""
    if not Doctor.objects.checked().select_for_update(no_key=True, of=("self",)).filter(pk=doctor.pk).exists():
        raise PermissionDenied
