"""What moderators do about people, and what is kept of somebody who is gone."""

from datetime import timedelta
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from moderation.models.deciding import Decision
from moderation.rules import RULES

# Whoever must stay away for longer is suspended again: nobody is forgotten in a suspension without an end.
LONGEST_SANCTION = timedelta(days=366)
_RULE_CHOICES = [(rule.number, rule.title) for rule in RULES]

_MOVE_STANDING = """
    UPDATE accounts_user person SET
        suspended_until = (
            SELECT max(ends_at) FROM moderation_sanction
            WHERE user_id = person.id AND kind = 'suspension' AND lifted_at IS NULL
        ),
        limited_until = (
            SELECT max(ends_at) FROM moderation_sanction
            WHERE user_id = person.id AND kind = 'limit' AND lifted_at IS NULL
        )
    WHERE person.id IN (NEW.user_id, OLD.user_id);
    RETURN NULL;
"""


class SanctionQuerySet(models.QuerySet["Sanction"]):
    def running(self) -> "SanctionQuerySet":
        """Those that hold now; a warning is said once, and never runs."""
        return self.filter(ends_at__gt=timezone.now(), lifted_at=None)


class Sanction(models.Model):
    """What a moderator decided about a person: a warning, fewer posts a day, or reading only, until a moment.

    A trigger carries what follows to the person's row, where each write looks: see ``accounts.standing``.
    """

    class Kind(models.TextChoices):
        WARNING = "warning", "warning"
        LIMIT = "limit", "fewer posts a day"
        SUSPENSION = "suspension", "suspension"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sanctions")
    kind = models.CharField(max_length=10, choices=Kind)
    rule = models.PositiveSmallIntegerField(choices=_RULE_CHOICES)
    reason = models.CharField(max_length=500, help_text="The person reads this on the page of their account.")
    starts_at = models.DateTimeField(default=timezone.now, editable=False)
    ends_at = models.DateTimeField(null=True, blank=True, help_text="UTC. A warning has no end.")
    imposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True, editable=False)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    lifted_because = models.CharField(max_length=500, blank=True, editable=False)

    objects = SanctionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name = "sanction of a person"
        verbose_name_plural = "sanctions of people"
        indexes = [models.Index(fields=["user", "kind", "ends_at"], name="sanction_by_person")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["warning", "limit", "suspension"]), name="sanction_is_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="sanction_has_a_reason"),
            models.CheckConstraint(
                condition=Q(kind="warning", ends_at__isnull=True) | (~Q(kind="warning") & Q(ends_at__isnull=False)),
                name="sanction_has_an_end_unless_a_warning",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True)
                | Q(ends_at__gt=F("starts_at"), ends_at__lte=F("starts_at") + LONGEST_SANCTION),
                name="sanction_ends_within_a_year",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_because="")
                | (Q(lifted_at__isnull=False) & ~Q(lifted_because="") & ~Q(kind="warning")),
                name="sanction_is_lifted_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(imposed_by__isnull=True) | ~Q(imposed_by=F("user")), name="sanction_is_not_of_oneself"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="sanction_moves_standing",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=_MOVE_STANDING,
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def is_running(self) -> bool:
        """Whether it holds now."""
        return self.lifted_at is None and self.ends_at is not None and self.ends_at > timezone.now()


class Hiding(models.Model):
    """All that one person had published was hidden in one go; what exactly stands in ``HiddenThing``."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="hidings")
    rule = models.PositiveSmallIntegerField(choices=_RULE_CHOICES)
    reason = models.CharField(max_length=500, help_text="Everybody reads this in place of each text.")
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    hidden_at = models.DateTimeField(default=timezone.now, editable=False)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True, editable=False)
    undone_because = models.CharField(max_length=500, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name = "hiding of all by a person"
        verbose_name_plural = "hidings of all by a person"
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(undone_at__isnull=True), name="one_hiding_of_a_person_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="hiding_has_a_reason"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_because="")
                | (Q(undone_at__isnull=False) & ~Q(undone_because="")),
                name="hiding_is_undone_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Hiding {self.pk}"


class HiddenThing(models.Model):
    """One thing that a hiding hid, and by which decision: undoing publishes it only while that decision stands."""

    hiding = models.ForeignKey(Hiding, on_delete=models.CASCADE, related_name="things")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="+")
    restored_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.decision.subject_kind} {self.decision.subject_id}"


class Hold(models.Model):
    """A thing that is kept until a date because somebody may still need it as evidence.

    The thing is named by room and key, as a decision names it. Where its author has closed their account, nobody but
    staff can read it, and it is erased on that date.
    """

    subject_kind = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    reason = models.CharField(max_length=300, help_text="Why it is kept, for staff.")
    kept_until = models.DateField()
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    held_at = models.DateTimeField(default=timezone.now, editable=False)
    erases = models.BooleanField(default=False, editable=False, help_text="Its author's account is closed.")

    class Meta:
        ordering: ClassVar = ["kept_until", "pk"]
        verbose_name = "thing kept as evidence"
        verbose_name_plural = "things kept as evidence"
        constraints = [
            models.UniqueConstraint(fields=["subject_kind", "subject_id"], name="one_hold_per_thing"),
            models.CheckConstraint(condition=~Q(reason=""), name="hold_has_a_reason"),
        ]
        indexes = [models.Index(fields=["kept_until"], condition=Q(erases=True), name="hold_to_be_erased")]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id} until {self.kept_until}"
