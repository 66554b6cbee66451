"""Writes on reviews of doctors: one verb, one transaction each, the doctor's row locked first."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.standing import count_post, hold_writer
from accounts.visitors import Voter
from doctors.emails import send_changed_review, send_new_review, send_review_reply
from doctors.models import Doctor, DoctorReview, HelpfulMark, ReviewEdit, VisitCode
from moderation.models import Decision
from moderation.services import Submission, decide, queue, reasons_to_hold, stand_after_change
from moderation.states import Action
from qa_forum.errors import Gone

CODES_ON_A_SHEET = 24
# Sheets that nobody handed out are made good by the end of the year for which they hold.
MOST_UNUSED_CODES = 480
# Without I, L, O, U, 0 and 1, which are misread on paper; twelve of them are 58 bits.
CODE_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a patient says of a doctor."""

    rating: int
    title: str
    body: str
    treatment: str = ""
    visit_month: date | None = None

    @property
    def texts(self) -> Sequence[str]:
        """The words, for whoever judges them."""
        return (self.title, self.body, self.treatment)


class CodeRefused(ValidationError):
    """A visit code that was never made, was made by another doctor, has ended, or is used."""

    def __init__(self) -> None:
        super().__init__("This code is not one of this doctor's, or it is used already. Check each letter.")


class ReviewChanged(ValidationError):
    """The review says something else by now than what the doctor read."""

    def __init__(self) -> None:
        super().__init__("The review was changed since you read it. Read it again, then send your reply.")


class TooManyCodes(ValidationError):
    """More unused codes than anybody hands out."""


# --- What patients do ------------------------------------------------------------------------------------------


@transaction.atomic
def review_doctor(
    doctor_id: int,
    *,
    patient: User,
    reviewed: Reviewed,
    code: str = "",
    is_redaction: bool = False,
    is_automatic: bool = False,
) -> DoctorReview:
    """Write a patient's review of a doctor, or change the one that is there; the same again changes nothing.

    The doctor's row stays locked until the end, so the figures follow in the same commit. A review that its author
    took back comes again with the new words. ``CodeRefused`` where a code is given that does not prove a visit.
    """
    hold_writer(patient.pk)
    doctor = Doctor.objects.select_for_update(no_key=True).get(pk=doctor_id)
    if not doctor.can_be_reviewed_by(patient):
        raise PermissionDenied
    review = DoctorReview.objects.select_for_update(no_key=True).filter(doctor=doctor, patient=patient).first()
    if review is None:
        review = DoctorReview(doctor=doctor, patient=patient)
    elif not review.can_be_edited_by(patient):
        raise PermissionDenied
    if review.state == DoctorReview.State.WITHDRAWN or not review.pk:
        review.written_at = timezone.now()
        count_post(patient.pk)
    _verify(review, code)
    if not _write(review, reviewed, is_redaction=is_redaction, is_automatic=is_automatic):
        return review
    tell_doctor(review)
    return review


def tell_doctor(review: DoctorReview) -> None:
    """Tell the doctor once of a review that is shown, whenever that comes to be; the row is locked."""
    if review.is_visible and review.told_at is None:
        review.told_at = timezone.now()
        review.save(update_fields=["told_at"])
        send_new_review(review)


def _write(review: DoctorReview, reviewed: Reviewed, *, is_redaction: bool, is_automatic: bool) -> bool:
    """Put the words and the rating into a review with the state that follows; return whether anything changed."""
    before = Reviewed(review.rating, review.title, review.body, review.treatment, review.visit_month)
    is_back = review.state == DoctorReview.State.WITHDRAWN
    changed = before != reviewed
    was_answered = bool(review.reply) and not review.is_replied_to_before
    if is_back:
        # What was withdrawn stays so: no history brings it back.
        review.edits.all().delete()
        review.edited_at = None
    elif review.pk and (changed or is_redaction):
        _keep_history(review, is_redaction=is_redaction)
        review.edited_at = timezone.now()
    for name in ("rating", "title", "body", "treatment", "visit_month"):
        setattr(review, name, getattr(reviewed, name))
    if is_back:
        # It answered other words, which nobody reads any more.
        review.reply, review.replied_at, review.reply_edited_at = "", None, None
    # A rating that changes alone is no reason to look at the words again: a released review stays released.
    if not review.pk or is_back or before.texts != reviewed.texts:
        is_same_body = bool(review.pk) and not is_back and before.body == reviewed.body
        _judge(review, is_automatic=is_automatic, is_same_body=is_same_body)
    review.save()
    queue(review)
    if was_answered and review.is_visible and review.is_replied_to_before:
        send_changed_review(review)
    return changed or is_redaction or is_back


def _judge(review: DoctorReview, *, is_automatic: bool, is_same_body: bool) -> None:
    """Show the review, or let it wait: by its words and its author, never by its stars."""
    same = DoctorReview.objects.saying_the_same(review.body).exclude(pk=review.pk)
    # Whoever copies a review later does not hold the first.
    others = same.none() if is_same_body else same.visible().exclude(patient=review.patient_id)
    submission = Submission(
        texts=(review.title, review.body, review.treatment),
        author_joined=review.patient.date_joined,
        is_first=not DoctorReview.objects.visible().filter(patient=review.patient_id).exists(),
        is_automatic=is_automatic,
        repeats=others.count(),
        compared=review.body,
        was_taken_down=same.taken_down().exists(),
    )
    for name, value in stand_after_change(review, reasons_to_hold(submission, at=timezone.now())).items():
        setattr(review, name, value)


def _keep_history(review: DoctorReview, *, is_redaction: bool) -> None:
    before = DoctorReview.objects.get(pk=review.pk)
    words = {} if is_redaction else {"title": before.title, "body": before.body, "treatment": before.treatment}
    if is_redaction:
        review.edits.update(title=None, body=None, treatment=None)
    if before.state != DoctorReview.State.PUBLISHED:
        # Nobody read these words: a history would publish what waits for a moderator.
        return
    ReviewEdit.objects.create(
        review=review, is_redaction=is_redaction, rating=before.rating, visit_month=before.visit_month, **words
    )


def _verify(review: DoctorReview, code: str) -> None:
    """Note how we know of the two: by an answer, or by a code, which is used up.

    What is known needs no second proof: a form that is sent twice neither loses a code nor is refused for it.
    """
    if review.is_verified:
        return
    if code:
        _use_code(review.doctor_id, code)
        review.interaction = DoctorReview.Interaction.CODE
    elif _has_answered(review.doctor, review.patient):
        review.interaction = DoctorReview.Interaction.ANSWER


def _has_answered(doctor: Doctor, patient: User) -> bool:
    # The answers' room is above this one: it is read by the reverse relation.
    return doctor.answers.visible().filter(question__asker=patient).exists()


@transaction.atomic
def note_answer(*, doctor: Doctor, patient: User) -> None:
    """Note on a patient's review that its doctor answered a question of theirs, where nothing is known of the two."""
    unknown = DoctorReview.objects.filter(doctor=doctor, patient=patient, interaction=DoctorReview.Interaction.NONE)
    unknown.update(interaction=DoctorReview.Interaction.ANSWER)


@transaction.atomic
def withdraw_review(review_id: int, *, patient: User) -> DoctorReview:
    """Take a review back; the figures follow in the same commit. Again, it changes nothing."""
    review = lock_review(review_id)
    if review.state == DoctorReview.State.WITHDRAWN and review.patient_id == patient.pk:
        return review
    if not review.can_be_withdrawn_by(patient):
        raise PermissionDenied
    review.state, review.held_for = DoctorReview.State.WITHDRAWN, []
    review.save(update_fields=["state", "held_for"])
    return review


# --- What doctors do -------------------------------------------------------------------------------------------


@transaction.atomic
def reply_to_review(review_id: int, *, doctor: Doctor, text: str, version: str | None = None) -> DoctorReview:
    """Write the doctor's one reply to a review, or change it. The patient is told of the first only.

    ``version`` is that of the words that the doctor read: ``ReviewChanged`` where there are others by now.
    """
    hold_writer(doctor.user_id)
    review = lock_review(review_id)
    if not review.can_be_replied_to_by(doctor):
        raise PermissionDenied
    if version is not None and version != review.read_version:
        raise ReviewChanged
    if review.reply == text and not review.is_replied_to_before:
        return review
    now = timezone.now()
    if is_first := not review.reply:
        count_post(doctor.user_id)
        review.replied_at = now
    else:
        review.reply_edited_at = now
    review.reply = text
    review.save(update_fields=["reply", "replied_at", "reply_edited_at"])
    if is_first:
        send_review_reply(review)
    return review


@transaction.atomic
def withdraw_reply(review_id: int, *, doctor: Doctor) -> DoctorReview:
    """Take the doctor's reply back; without one it changes nothing."""
    review = lock_review(review_id)
    if review.doctor_id != doctor.pk:
        raise PermissionDenied
    review.reply, review.replied_at, review.reply_edited_at = "", None, None
    review.save(update_fields=["reply", "replied_at", "reply_edited_at"])
    return review


@transaction.atomic
def make_visit_codes(*, doctor: Doctor, number: int = CODES_ON_A_SHEET) -> list[str]:
    """Make codes for a doctor's patients and return them as they are printed; nobody can read them again."""
    Doctor.objects.select_for_update(no_key=True).only("pk").get(pk=doctor.pk)
    unused = doctor.visit_codes.filter(used_on__isnull=True, ends_on__gt=timezone.localdate()).count()
    if unused + number > MOST_UNUSED_CODES:
        raise TooManyCodes(f"You have {unused} unused codes. Hand those out first.")
    codes = ["".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH)) for _ in range(number)]
    # In another order than they are printed: the rows' numbers would tell which of them was used.
    shuffled = secrets.SystemRandom().sample(codes, len(codes))
    VisitCode.objects.bulk_create(VisitCode(doctor=doctor, digest=_digest(doctor.pk, code)) for code in shuffled)
    return ["-".join(code[place : place + 4] for place in range(0, CODE_LENGTH, 4)) for code in codes]


def _use_code(doctor_id: int, code: str) -> None:
    """Use up a code of this doctor, or raise ``CodeRefused``; the doctor's row is locked."""
    today = timezone.localdate()
    unused = VisitCode.objects.filter(
        doctor=doctor_id, digest=_digest(doctor_id, code), used_on__isnull=True, ends_on__gt=today
    )
    if not unused.update(used_on=today):
        raise CodeRefused


def _digest(doctor_id: int, code: str) -> str:
    """Return what is kept of a code: typed with or without dashes, in any case."""
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    return hashlib.sha256(f"visit code {doctor_id} {plain}".encode()).hexdigest()


# --- What readers do -------------------------------------------------------------------------------------------


@transaction.atomic
def mark_review(review_id: int, *, voter: Voter, is_helpful: bool) -> DoctorReview:
    """Set or take back one reader's mark on a review; the same again changes nothing."""
    review = (
        DoctorReview.objects.select_for_update(no_key=True, of=("self",)).select_related("doctor").get(pk=review_id)
    )
    if review.is_gone:
        raise Gone
    if not review.is_visible:
        raise DoctorReview.DoesNotExist
    if not review.can_be_marked_by(voter):
        raise PermissionDenied
    if is_helpful:
        HelpfulMark.objects.bulk_create(
            [HelpfulMark(review=review, user_id=voter.user_id, visitor=voter.visitor)], ignore_conflicts=True
        )
    else:
        HelpfulMark.objects.of(voter).filter(review=review).delete()
    review.refresh_from_db(fields=["helpful_count"])
    return review


@transaction.atomic
def adopt_visitor_marks(*, user_id: int, voter: Voter) -> None:
    """Move a visitor's marks to the account that they signed in to; where both had marked, the account's stays."""
    marks = HelpfulMark.objects.of(voter)
    reviews = DoctorReview.objects.filter(pk__in=marks.values("review")).order_by("pk")
    locked = list(reviews.select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))
    marks = marks.filter(review__in=locked)
    marks.filter(review__helpful_marks__user=user_id).delete()
    marks.filter(review__patient=user_id).delete()
    marks.filter(review__doctor__user=user_id).delete()
    marks.update(user=user_id, visitor=None)


# --- What moderators do ----------------------------------------------------------------------------------------


def lock_doctor(doctor_id: int) -> Doctor:
    """Lock a doctor and return them."""
    return Doctor.objects.select_for_update(no_key=True).get(pk=doctor_id)


def lock_review(review_id: int) -> DoctorReview:
    """Lock a review after its doctor, in the house's order, and return it."""
    doctor_id = DoctorReview.objects.values_list("doctor_id", flat=True).get(pk=review_id)
    Doctor.objects.select_for_update(no_key=True).only("pk").get(pk=doctor_id)
    return DoctorReview.objects.select_for_update(no_key=True, of=("self",)).select_related("doctor").get(pk=review_id)


@transaction.atomic
def hide_review(review_id: int, *, rule: int, reason: str, moderator: User | None) -> Decision:
    """Hide a review by a rule; the doctor's figures follow in the same commit."""
    return decide(lock_review(review_id), action=Action.HIDE, rule=rule, reason=reason, moderator=moderator)


@transaction.atomic
def restore_review(review_id: int, *, reason: str, moderator: User | None) -> Decision:
    """Publish a hidden or a waiting review; of one that waited until now the doctor is told."""
    return decide(lock_review(review_id), action=Action.PUBLISH, rule=None, reason=reason, moderator=moderator)


def erase_review(review: DoctorReview) -> None:
    """Take the words of a removed review away for good, those from before, and the reply to them."""
    review.title, review.body, review.treatment, review.visit_month = "Removed", "Removed.", "", None
    review.reply, review.replied_at, review.reply_edited_at = "", None, None
    review.save()
    review.edits.all().delete()
