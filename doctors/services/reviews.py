"""Writes on reviews of doctors: one verb, one transaction each."""

from django.db import transaction

from accounts.models import User
from doctors.models import Doctor, DoctorReview
from moderation.models import Decision
from moderation.services import decide


def _lock_review(review_id: int) -> DoctorReview:
    """Lock a review after its doctor, in the house's order, and return it."""
    doctor_id = DoctorReview.objects.values_list("doctor_id", flat=True).get(pk=review_id)
    Doctor.objects.select_for_update(no_key=True).only("pk").get(pk=doctor_id)
    return DoctorReview.objects.select_for_update(no_key=True).get(pk=review_id)


@transaction.atomic
def hide_review(review_id: int, *, rule: int, reason: str, moderator: User | None) -> Decision:
    """Hide a review by a rule; the doctor's figures follow in the same commit."""
    return decide(_lock_review(review_id), action=Decision.Action.HIDE, rule=rule, reason=reason, moderator=moderator)


@transaction.atomic
def restore_review(review_id: int, *, reason: str, moderator: User | None) -> Decision:
    """Publish a hidden review again."""
    return decide(
        _lock_review(review_id), action=Decision.Action.PUBLISH, rule=None, reason=reason, moderator=moderator
    )
