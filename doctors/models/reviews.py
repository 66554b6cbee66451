"""What patients say of doctors: reviews, their history, marks of help, and the codes that prove a visit."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, OuterRef, Q
from django.db.models.functions import MD5, Lower, Now
from django.utils import timezone

from accounts.visitors import Voter
from doctors.models.profile import STARS, Doctor
from moderation.models import Moderated
from moderation.states import WITH_ITS_AUTHOR

if TYPE_CHECKING:
    from accounts.models import User

REVIEW_TITLE_LENGTH = 120
REVIEW_LENGTH = 5000
REPLY_LENGTH = 3000
TREATMENT_LENGTH = 120
CODE_HOLDS_FOR = timedelta(days=365)


class DoctorReviewQuerySet(models.QuerySet["DoctorReview"]):
    def visible(self) -> Self:
        """Reviews that everybody may read."""
        return self.filter(state=Moderated.State.PUBLISHED)

    def taken_down(self) -> Self:
        """Those that a moderator keeps from readers."""
        return self.filter(state__in=[Moderated.State.HIDDEN, Moderated.State.REMOVED])

    def saying_the_same(self, body: str) -> Self:
        """Reviews whose text is this one, in any case."""
        return self.annotate(words=MD5(Lower("body"))).filter(words=MD5(Lower(models.Value(body))))

    def with_viewer_mark(self, voter: Voter | None) -> Self:
        """Add ``viewer_mark``: whether this viewer marked the review as helpful."""
        if voter is None:
            return self.annotate(viewer_mark=models.Value(value=False))
        marks = HelpfulMark.objects.of(voter).filter(review=OuterRef("pk"))
        return self.annotate(viewer_mark=models.Exists(marks))


def _shift(columns: dict[int, str]) -> str:
    """Return the assignments that move one review from OLD's rating to NEW's."""
    return ", ".join(
        f"{column} = {column}"
        f" + coalesce((NEW.state = 'published' AND NEW.rating = {stars} AND NEW.doctor_id = doctors_doctor.id)::int, 0)"
        f" - coalesce((OLD.state = 'published' AND OLD.rating = {stars} AND OLD.doctor_id = doctors_doctor.id)::int, 0)"
        for stars, column in columns.items()
    )


_COUNT_REVIEW = f"""
    UPDATE doctors_doctor SET {_shift(STARS)}
    WHERE id IN (NEW.doctor_id, OLD.doctor_id);
    RETURN NULL;
"""


class DoctorReview(Moderated):
    """What one patient says of one doctor, and the doctor's reply.

    Whether and when it is shown is decided in ``moderation.publishing``, which cannot see its rating.
    """

    class Interaction(models.TextChoices):
        """How we know that the two had to do with each other."""

        NONE = "none", "not verified"
        ANSWER = "answer", "the doctor answered a question of theirs here"
        CODE = "code", "the doctor gave them a visit code"

    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="reviews")
    # When the doctor was written to about it: once, when it is first shown.
    told_at = models.DateTimeField(null=True, editable=False)
    patient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="doctor_reviews")
    rating = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    title = models.CharField(max_length=REVIEW_TITLE_LENGTH)
    body = models.TextField(max_length=REVIEW_LENGTH)
    treatment = models.CharField(max_length=TREATMENT_LENGTH, blank=True)
    visit_month = models.DateField(null=True, blank=True, help_text="The first day of the month of the visit.")
    interaction = models.CharField(max_length=8, choices=Interaction, default=Interaction.NONE, editable=False)
    written_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Moved by a trigger on HelpfulMark.
    helpful_count = models.PositiveIntegerField(default=0, editable=False)
    reply = models.TextField(max_length=REPLY_LENGTH, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    reply_edited_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = DoctorReviewQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-written_at", "-pk"]
        indexes = [
            models.Index(fields=["doctor", "-written_at", "-id"], name="review_by_doctor"),
            models.Index(fields=["doctor", "-helpful_count", "-id"], name="review_by_help"),
            models.Index(fields=["doctor", "-rating", "-id"], name="review_by_rating"),
            models.Index(MD5(Lower("body")), name="review_by_words"),
            # The public numbers of a month are read from it alone.
            models.Index(
                fields=["written_at"], include=["rating"], condition=Q(state="published"), name="review_by_date"
            ),
        ]
        constraints = [
            *Moderated.state_constraints("review"),
            models.UniqueConstraint(fields=["doctor", "patient"], name="one_review_per_patient_and_doctor"),
            models.CheckConstraint(condition=Q(rating__range=(1, 5)), name="review_rating_between_1_and_5"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(body=""), name="review_has_title_and_text"),
            models.CheckConstraint(
                condition=Q(visit_month__isnull=True) | Q(visit_month__day=1), name="review_visit_month_is_a_first_day"
            ),
            models.CheckConstraint(
                condition=Q(interaction__in=["none", "answer", "code"]), name="review_interaction_is_known"
            ),
            models.CheckConstraint(
                condition=Q(reply="", replied_at__isnull=True) | (~Q(reply="") & Q(replied_at__isnull=False)),
                name="reply_has_a_text",
            ),
            models.CheckConstraint(
                condition=Q(reply_edited_at__isnull=True) | Q(reply_edited_at__gte=F("replied_at")),
                name="reply_is_edited_after_it_was_written",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="count_review",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Delete,
                func=_COUNT_REVIEW,
            ),
            pgtrigger.Trigger(
                name="count_review_changed",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                # An edited text moves no star, and leaves the doctor's row and its stamp alone.
                condition=pgtrigger.AnyChange("state", "rating", "doctor"),
                func=_COUNT_REVIEW,
            ),
        ]

    def __str__(self) -> str:
        # No stars: staff who decide on a review do not see them.
        return f"Review {self.pk} of {self.doctor}"

    def get_absolute_url(self) -> str:
        return f"{self.doctor.get_absolute_url()}#review-{self.pk}"

    @property
    def is_replied_to_before(self) -> bool:
        """Whether the reply answers what the review said before its last change."""
        replied = self.reply_edited_at or self.replied_at
        return bool(self.reply and replied and self.edited_at and self.edited_at > replied)

    @property
    def read_version(self) -> str:
        """What stands for the words that a doctor has before them while replying."""
        return self.edited_at.isoformat() if self.edited_at else ""

    # Set by `with_viewer_mark()`.
    viewer_mark: bool

    @property
    def is_visible(self) -> bool:
        """Whether everybody may read this review."""
        return self.state == self.State.PUBLISHED

    @property
    def is_verified(self) -> bool:
        """Whether we know that the patient and the doctor had to do with each other."""
        return self.interaction != self.Interaction.NONE

    def can_be_edited_by(self, user: "User") -> bool:
        """Only its author changes it, and not while a moderator's decision stands against it."""
        return user.pk == self.patient_id and self.state not in {self.State.HIDDEN, self.State.REMOVED}

    def can_be_withdrawn_by(self, user: "User") -> bool:
        """Its author may take it back while it is shown or waits, for a moderator or for them."""
        return user.pk == self.patient_id and self.state in WITH_ITS_AUTHOR

    def can_be_replied_to_by(self, doctor: Doctor) -> bool:
        """Only the doctor whom everybody reads it of."""
        return doctor.pk == self.doctor_id and self.is_visible

    def can_be_marked_by(self, voter: Voter) -> bool:
        """Anybody who reads it may find it helpful but its author and its doctor."""
        return self.is_visible and (
            voter.user_id is None or voter.user_id not in (self.patient_id, self.doctor.user_id)
        )


class ReviewEdit(models.Model):
    """One change of a review by its patient: when, and what it said before. Everybody may read it.

    Where personal details were removed, the words from before are gone, here and in all earlier edits; the rating
    from before stays.
    """

    review = models.ForeignKey(DoctorReview, on_delete=models.CASCADE, related_name="edits")
    edited_at = models.DateTimeField(default=timezone.now)
    is_redaction = models.BooleanField(default=False)
    rating = models.PositiveSmallIntegerField()
    # As they were before this edit; null: erased with personal details.
    title = models.CharField(max_length=REVIEW_TITLE_LENGTH, null=True)
    body = models.TextField(null=True)
    treatment = models.CharField(max_length=TREATMENT_LENGTH, null=True)
    visit_month = models.DateField(null=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_redaction=False) | Q(title__isnull=True, body__isnull=True, treatment__isnull=True),
                name="review_redaction_keeps_no_text",
            ),
            models.CheckConstraint(
                condition=Q(title__isnull=True, body__isnull=True, treatment__isnull=True)
                | Q(title__isnull=False, body__isnull=False, treatment__isnull=False),
                name="review_edit_text_is_whole_or_gone",
            ),
            models.CheckConstraint(condition=Q(rating__range=(1, 5)), name="review_edit_rating_between_1_and_5"),
        ]

    def __str__(self) -> str:
        return f"Edit {self.pk} of review {self.review_id}"


class HelpfulMarkQuerySet(models.QuerySet["HelpfulMark"]):
    def of(self, voter: Voter) -> Self:
        """Marks of one voter."""
        if voter.user_id is not None:
            return self.filter(user_id=voter.user_id)
        return self.filter(visitor=voter.visitor)


class HelpfulMark(models.Model):
    """One reader found one review helpful. A voter is a user or a visitor, never both."""

    review = models.ForeignKey(DoctorReview, on_delete=models.CASCADE, related_name="helpful_marks")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="helpful_marks"
    )
    visitor = models.UUIDField(null=True, blank=True)
    marked_at = models.DateTimeField(default=timezone.now, db_default=Now(), editable=False)

    objects = HelpfulMarkQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True) ^ Q(visitor__isnull=True), name="mark_by_user_or_visitor"
            ),
            models.UniqueConstraint(
                fields=["review", "user"], condition=Q(user__isnull=False), name="one_mark_per_user"
            ),
            models.UniqueConstraint(
                fields=["review", "visitor"], condition=Q(visitor__isnull=False), name="one_mark_per_visitor"
            ),
        ]
        indexes = [models.Index(fields=["visitor"], condition=Q(visitor__isnull=False), name="mark_by_visitor")]
        triggers = [
            pgtrigger.Trigger(
                name="count_mark",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Delete,
                func="""
                    UPDATE doctors_doctorreview SET helpful_count = helpful_count
                        + (NEW.id IS NOT NULL)::int - (OLD.id IS NOT NULL)::int
                    WHERE id = coalesce(NEW.review_id, OLD.review_id);
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="keep_mark",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("review"),
                func="RAISE EXCEPTION 'a mark stays with its review';",
            ),
        ]

    def __str__(self) -> str:
        return f"Mark on review {self.review_id}"


def _code_ends() -> date:
    return timezone.localdate() + CODE_HOLDS_FOR


class VisitCode(models.Model):
    """A code on paper that a doctor hands to a patient: whoever types it was there. Good once.

    Only a digest is kept, and no line from the code to the review: the doctor cannot find out who wrote it.
    """

    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="visit_codes")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    ends_on = models.DateField(default=_code_ends, editable=False)
    used_on = models.DateField(null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes = [models.Index(fields=["doctor", "ends_on"], condition=Q(used_on__isnull=True), name="code_unused")]
        constraints = [
            models.CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="visit_code_is_a_digest"),
            models.CheckConstraint(
                condition=Q(used_on__isnull=True) | Q(used_on__lt=F("ends_on")), name="visit_code_is_used_in_time"
            ),
        ]

    def __str__(self) -> str:
        return f"Visit code {self.pk}"
