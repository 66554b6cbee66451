"""What patients say of doctors."""

from typing import ClassVar, Self

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from doctors.models.profile import STARS, Doctor
from moderation.models import Moderated


class DoctorReviewQuerySet(models.QuerySet["DoctorReview"]):
    def visible(self) -> Self:
        """Reviews that everybody may read."""
        return self.filter(state=Moderated.State.PUBLISHED)


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
    """What one patient says of one doctor, and the doctor's reply."""

    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="reviews")
    patient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="doctor_reviews")
    rating = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    title = models.CharField(max_length=120)
    body = models.TextField(max_length=5000)
    treatment = models.CharField(max_length=120, blank=True)
    visit_month = models.DateField(null=True, blank=True, help_text="The first day of the month of the visit.")
    written_at = models.DateTimeField(default=timezone.now)
    reply = models.TextField(max_length=3000, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)

    objects = DoctorReviewQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-written_at", "-pk"]
        indexes = [models.Index(fields=["doctor", "-written_at", "-id"], name="review_by_doctor")]
        constraints = [
            *Moderated.state_constraints("review"),
            models.UniqueConstraint(fields=["doctor", "patient"], name="one_review_per_patient_and_doctor"),
            models.CheckConstraint(condition=Q(rating__range=(1, 5)), name="review_rating_between_1_and_5"),
            models.CheckConstraint(
                condition=Q(reply="", replied_at__isnull=True) | (~Q(reply="") & Q(replied_at__isnull=False)),
                name="reply_has_a_text",
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
        return f"{self.rating} of 5 for {self.doctor}"
