"""What may be seen and why. Knows none of the rooms above it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from moderation.emergency import FAMILY_LABELS, WITHIN
from moderation.rules import RULES


class Decision(models.Model):
    """What a moderator decided on one thing, by which rule, and the reason that everybody may read.

    The thing is named by room and key, as in ``questions.answer`` and 12: this room knows no table above it.
    """

    class Action(models.TextChoices):
        HIDE = "hide", "hide"
        REMOVE = "remove", "remove"
        PUBLISH = "publish", "publish again"

    action = models.CharField(max_length=12, choices=Action)
    subject_kind = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    rule = models.PositiveSmallIntegerField(null=True, blank=True, choices=[(r.number, r.title) for r in RULES])
    reason = models.CharField(max_length=500, blank=True, help_text="One public sentence, without personal details.")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="decisions"
    )
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-decided_at", "-pk"]
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="decision_by_subject")]
        constraints = [
            models.CheckConstraint(
                condition=Q(action__in=["hide", "remove", "publish"]), name="decision_action_is_known"
            ),
            models.CheckConstraint(
                condition=Q(action="publish") | (Q(rule__isnull=False) & ~Q(reason="")),
                name="decision_against_has_rule_and_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_kind} {self.subject_id}"


class Moderated(models.Model):
    """Something that a person wrote and a moderator may hide."""

    class State(models.TextChoices):
        PUBLISHED = "published", "published"
        HELD = "held", "waits for a moderator"
        HIDDEN = "hidden", "hidden by a moderator"
        REMOVED = "removed", "removed by a moderator"
        WITHDRAWN = "withdrawn", "withdrawn by its author"

    # What was public once and is so no longer: its address answers 410.
    GONE: ClassVar = frozenset({State.HIDDEN, State.REMOVED, State.WITHDRAWN})

    state = models.CharField(max_length=12, choices=State, default=State.PUBLISHED, editable=False)
    decision = models.ForeignKey(
        Decision, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    class Meta:
        abstract = True

    @staticmethod
    def state_constraints(name: str) -> list[models.BaseConstraint]:
        """Return the constraints that each child repeats in its own ``Meta`` (a child's list replaces the parent's)."""
        return [
            models.CheckConstraint(
                condition=~Q(state__in=["hidden", "removed"]) | Q(decision__isnull=False),
                name=f"{name}_hidden_by_a_decision",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["published", "held", "hidden", "removed", "withdrawn"]),
                name=f"{name}_state_is_known",
            ),
        ]

    @property
    def is_gone(self) -> bool:
        """Whether this was public once and is so no longer."""
        return self.state in self.GONE


class ScreenWords(models.Model):
    """A list of phrases that the rules of the emergency screen use by its name, as in ``{CHEST}``."""

    name = models.CharField(max_length=40, help_text="Capital letters, digits and _; a rule writes it as {NAME}.")
    phrases = models.TextField(
        help_text="Parted by commas or lines. A word may be a pattern such as pain(s|ful)?; {NAME} stands for another "
        "list, * for up to three words of any kind. Write without apostrophes: cant, im, dont."
    )
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = "list of words for the screen"
        verbose_name_plural = "lists of words for the screen"
        constraints = [
            models.UniqueConstraint(fields=["name"], name="screen_words_one_of_a_name"),
            models.CheckConstraint(condition=Q(name__regex=r"^[A-Z][A-Z0-9_]*$"), name="screen_words_name_is_plain"),
        ]

    def __str__(self) -> str:
        return self.name


class ScreenRule(models.Model):
    """One rule of the emergency screen: what a text must say, as happening now, to be taken for an emergency."""

    family = models.CharField(max_length=30, choices=list(FAMILY_LABELS.items()))
    name = models.CharField(max_length=80, help_text="A few words for staff.")
    patterns = models.TextField(
        help_text="Each line must be found. A line is one phrase or several parted by commas, of which one suffices."
    )
    unless = models.TextField(blank=True, help_text="Phrases, parted by commas, any of which keeps the rule silent.")
    within = models.CharField(
        max_length=10,
        choices=[(each, each) for each in WITHIN],
        default="sentence",
        help_text="How near together: one clause, one sentence, three sentences (a passage), or the whole text.",
    )
    heeds_negation = models.BooleanField(default=True, help_text="What is denied (“no chest pain”) does not count.")
    heeds_past = models.BooleanField(default=True, help_text="What is past and over (“years ago”) does not count.")
    heeds_supposition = models.BooleanField(
        default=True, help_text="What is only asked about (“what are the signs of”) does not count."
    )
    is_active = models.BooleanField(default=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["family", "pk"]
        verbose_name = "rule of the emergency screen"
        verbose_name_plural = "rules of the emergency screen"
        constraints = [
            models.UniqueConstraint(fields=["family", "name"], name="screen_rule_one_of_a_name"),
            models.CheckConstraint(condition=Q(family__in=list(FAMILY_LABELS)), name="screen_rule_family_is_known"),
            models.CheckConstraint(condition=Q(within__in=list(WITHIN)), name="screen_rule_within_is_known"),
            models.CheckConstraint(condition=~Q(patterns=""), name="screen_rule_asks_for_something"),
        ]

    def __str__(self) -> str:
        return f"{self.get_family_display()}: {self.name}"
