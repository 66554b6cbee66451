"""What is kept for a while although its author's account is closed: things that somebody has reported, or staff hold.

Rooms above say in ``AppConfig.ready`` how a thing of theirs is erased; a task does it each night, on its date.
"""

from collections.abc import Callable, Collection
from datetime import timedelta

from django.db import models, transaction
from django.utils import timezone

from moderation.models import Decision, Hold, Report

# Long enough for an appeal and a court's letter; the page on privacy says so.
KEPT_FOR = timedelta(days=180)
ACCOUNT_CLOSED = "Reported, and its author's account is closed."

# How a thing of a kind is erased once nobody needs it any more: by its key, within a transaction, safe to repeat.
erasers: dict[str, Callable[[int], None]] = {}


def disputed(kind: str, keys: Collection[int]) -> set[int]:
    """Return those of some things that a report speaks of on which nobody decided since, or that are held today."""
    later = Decision.objects.filter(
        subject_kind=models.OuterRef("subject_kind"),
        subject_id=models.OuterRef("subject_id"),
        decided_at__gt=models.OuterRef("reported_at"),
    )
    reported = Report.objects.filter(~models.Exists(later), subject_kind=kind, subject_id__in=keys)
    held = Hold.objects.filter(subject_kind=kind, subject_id__in=keys, kept_until__gt=timezone.localdate())
    return set(reported.values_list("subject_id", flat=True)) | set(held.values_list("subject_id", flat=True))


def keep(kind: str, key: int, *, reason: str = ACCOUNT_CLOSED) -> Hold:
    """Keep a thing whose author's account is being closed, or who takes it away, until its date; one of staff stays."""
    until = timezone.localdate() + KEPT_FOR
    hold, is_new = Hold.objects.get_or_create(
        subject_kind=kind,
        subject_id=key,
        defaults={"reason": reason, "kept_until": until, "erases": True},
    )
    if not is_new and not hold.erases:
        hold.erases = True
        hold.save(update_fields=["erases"])
    return hold


def erase_what_is_over() -> int:
    """Erase what was kept until today, each thing in a transaction of its own; return how many. Safe to repeat."""
    over = Hold.objects.filter(erases=True, kept_until__lte=timezone.localdate())
    return sum(_erase(key) for key in list(over.values_list("pk", flat=True)))


@transaction.atomic
def _erase(key: int) -> bool:
    hold = Hold.objects.select_for_update().filter(pk=key, erases=True, kept_until__lte=timezone.localdate()).first()
    if hold is None:
        return False
    erasers[hold.subject_kind](hold.subject_id)
    # Of a thing that is gone, what was said against it tells nobody anything, and may repeat its words.
    Report.objects.filter(subject_kind=hold.subject_kind, subject_id=hold.subject_id).update(note="")
    hold.delete()
    return True
