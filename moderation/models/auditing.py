"""The audit log: what staff did, and what the site did by itself. It only grows."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast, Length, Now
from django.db.models.lookups import LessThanOrEqual

from moderation.rules import RULES

# States, keys and numbers fit; what somebody wrote does not belong here.
MOST_OF_A_STATE = 2000


def _is_short(name: str) -> LessThanOrEqual:
    return LessThanOrEqual(Length(Cast(name, models.TextField())), MOST_OF_A_STATE)


class AuditEntry(models.Model):
    """One thing that was done: who, when, what, to what, why, and the states before and after.

    The database sets the time and, as the last act of the transaction, chains the entry to the one before it; it
    refuses every other change. People are named by the number of their account and by nothing else, so an account
    that is erased leaves nothing of its owner here.
    """

    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    # No foreign key: what happens to the account must not change this row. Empty: the site itself.
    actor_id = models.BigIntegerField("who", null=True, editable=False)
    action = models.CharField(max_length=40, editable=False)
    # As in ``questions.answer`` and 12; empty where it was done to no one thing.
    subject_kind = models.CharField(max_length=60, blank=True, editable=False)
    subject_id = models.BigIntegerField(null=True, editable=False)
    rule = models.PositiveSmallIntegerField(null=True, choices=[(r.number, r.title) for r in RULES], editable=False)
    reason = models.CharField(max_length=500, blank=True, editable=False)
    before = models.JSONField(default=dict, editable=False)
    after = models.JSONField(default=dict, editable=False)
    # Empty until the transaction commits.
    number = models.BigIntegerField(null=True, unique=True, editable=False)
    previous_hash = models.CharField(max_length=64, null=True, editable=False)
    hash = models.CharField(max_length=64, null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-pk"]
        # Nobody may add, change or delete.
        default_permissions = ("view",)
        verbose_name = "entry of the audit log"
        verbose_name_plural = "audit log"
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="audit_by_subject"),
            models.Index(fields=["actor_id", "-id"], name="audit_by_actor"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(action__regex=r"^[a-z_]+(\.[a-z_]+)*$"), name="audit_action_is_plain"),
            models.CheckConstraint(condition=_is_short("before") & _is_short("after"), name="audit_states_are_short"),
            models.CheckConstraint(
                condition=Q(subject_id__isnull=True, subject_kind="")
                | (Q(subject_id__isnull=False) & ~Q(subject_kind="")),
                name="audit_subject_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(number__isnull=True, previous_hash__isnull=True, hash__isnull=True)
                | Q(
                    number__isnull=False,
                    previous_hash__isnull=False,
                    hash__isnull=False,
                    number__gt=0,
                    previous_hash__regex=r"^[0-9a-f]{64}$",
                    hash__regex=r"^[0-9a-f]{64}$",
                ),
                name="audit_entry_is_chained_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_kind} {self.subject_id or ''}".strip()
