"""What staff write for the emergency screen."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from moderation.emergency import FAMILY_LABELS, WITHIN


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
