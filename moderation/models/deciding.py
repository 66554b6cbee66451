"""Decisions, what every thing that is decided on has in common, and appeals."""

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from moderation import states
from moderation.publishing import REASONS
from moderation.rules import BY_NUMBER, RULES, Rule

if TYPE_CHECKING:
    from accounts.models import User

APPEAL_WITHIN = timedelta(days=30)
APPEAL_LENGTH = 2000


class DecisionQuerySet(models.QuerySet["Decision"]):
    def about(self, kind: str, key: int) -> "DecisionQuerySet":
        """Decisions on one thing, the newest first."""
        return self.filter(subject_kind=kind, subject_id=key)

    def by_people(self) -> "DecisionQuerySet":
        """Decisions that a moderator made."""
        return self.filter(decided_by__isnull=False)


class Decision(models.Model):
    """What a moderator decided on one thing, by which rule, and the reason that its author reads.

    The thing is named by room and key, as in ``questions.answer`` and 12: this room knows no table above it.
    """

    Action = states.Action

    action = models.CharField(max_length=12, choices=Action)
    subject_kind = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    rule = models.PositiveSmallIntegerField(null=True, blank=True, choices=[(r.number, r.title) for r in RULES])
    reason = models.CharField(max_length=500, blank=True, help_text="One public sentence, without personal details.")
    # Where it was merged with another question: that one's key.
    target_id = models.BigIntegerField(null=True, blank=True)
    state_before = models.CharField(max_length=12, choices=states.State, blank=True)
    case = models.ForeignKey(
        "moderation.Case", on_delete=models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    # Whose thing it is: they read the decision, and may appeal.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="decisions_on"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="decisions"
    )
    decided_at = models.DateTimeField(default=timezone.now)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-decided_at", "-pk"]
        permissions: ClassVar = [
            ("remove_content", "Can remove something for good"),
            ("decide_on_doctor", "Can decide on doctors"),
        ]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="decision_by_subject"),
            models.Index(fields=["author", "-id"], name="decision_by_author"),
            models.Index(F("decided_at"), name="decision_by_date"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(action__in=states.Action.values), name="decision_action_is_known"),
            models.CheckConstraint(
                condition=Q(action__in=["publish", "unlock"]) | (Q(rule__isnull=False) & ~Q(reason="")),
                name="decision_against_has_rule_and_reason",
            ),
            models.CheckConstraint(
                condition=Q(action="merge", target_id__isnull=False) | (~Q(action="merge") & Q(target_id__isnull=True)),
                name="decision_to_merge_names_the_other",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_kind} {self.subject_id}"

    @property
    def rule_words(self) -> Rule | None:
        """The rule that it stands on, with its title."""
        return BY_NUMBER.get(self.rule) if self.rule else None

    def can_be_read_by(self, user: "User") -> bool:
        """Its author reads it, and nobody else but staff."""
        return self.author_id == user.pk

    def can_be_appealed_by(self, user: "User") -> bool:
        """The author appeals once, in time, against what a moderator decided against them."""
        return (
            self.author_id == user.pk
            and self.action in states.AGAINST
            and timezone.now() < self.decided_at + APPEAL_WITHIN
            and not hasattr(self, "appeal")
            # Nobody appeals against what an appeal led to.
            and not hasattr(self, "ends_appeal")
        )

    @property
    def appeal_until(self) -> object:
        """When the time for an appeal is over."""
        return self.decided_at + APPEAL_WITHIN


class Moderated(models.Model):
    """Something that a person wrote and a moderator may hide."""

    State = states.State
    GONE: ClassVar = states.GONE

    state = models.CharField(max_length=12, choices=State, default=State.PUBLISHED, editable=False)
    # Why it waits for a moderator, as its author reads it; see ``moderation.publishing.REASONS``.
    held_for = ArrayField(models.CharField(max_length=20), default=list, blank=True, editable=False)
    # The last decision on it.
    decision = models.ForeignKey(
        Decision, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    # When the words of what was removed went for good.
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def waits_because(self) -> list[str]:
        """Why it waits for a moderator, in sentences; none where it does not."""
        return [REASONS[reason] for reason in self.held_for] if self.state == self.State.HELD else []

    @staticmethod
    def state_constraints(name: str, *, without: tuple[str, ...] = (states.State.MERGED,)) -> list:
        """Return the constraints that each child repeats in its own ``Meta`` (a child's list replaces the parent's).

        ``without`` are the states that this kind never has.
        """
        return [
            models.CheckConstraint(
                condition=~Q(state__in=sorted(states.BY_DECISION)) | Q(decision__isnull=False),
                name=f"{name}_hidden_by_a_decision",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state for state in states.State.values if state not in without]),
                name=f"{name}_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(state="removed"), name=f"{name}_erased_once_removed"
            ),
        ]

    @property
    def is_gone(self) -> bool:
        """Whether this was public once and is so no longer."""
        return self.state in self.GONE


class AppealQuerySet(models.QuerySet["Appeal"]):
    def open(self) -> "AppealQuerySet":
        """Those that nobody has decided yet."""
        return self.filter(outcome="")


class Appeal(models.Model):
    """The author asks once that somebody else looks at a decision again."""

    class Outcome(models.TextChoices):
        OPEN = "", "not decided yet"
        UPHELD = "upheld", "the decision stands"
        CHANGED = "changed", "the decision was changed"

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="appeal")
    case = models.ForeignKey("moderation.Case", on_delete=models.PROTECT, related_name="appeals")
    appellant = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="appeals"
    )
    text = models.CharField(max_length=APPEAL_LENGTH, blank=True)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    first_moderator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", editable=False
    )
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True, default=Outcome.OPEN, editable=False)
    ended_by = models.OneToOneField(
        Decision, on_delete=models.PROTECT, null=True, related_name="ends_appeal", editable=False
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", editable=False
    )
    decided_at = models.DateTimeField(null=True, editable=False)

    objects = AppealQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        # The rows come and go with decisions.
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", ended_by__isnull=True, decided_at__isnull=True)
                | Q(outcome__in=["upheld", "changed"], ended_by__isnull=False, decided_at__isnull=False),
                name="appeal_ends_with_a_decision",
            ),
            models.CheckConstraint(condition=~Q(text="") | ~Q(outcome=""), name="appeal_has_a_text"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | Q(first_moderator__isnull=True)
                | ~Q(decided_by=F("first_moderator")),
                name="appeal_is_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"Appeal {self.pk} against decision {self.decision_id}"

    def can_be_decided_by(self, moderator: "User | None") -> bool:
        """Another one than the first decides, and not its author."""
        return moderator is not None and moderator.pk not in (self.first_moderator_id, self.appellant_id)
