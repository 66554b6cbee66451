"""What the filter learned from decisions: counts of words, and nothing that says who wrote them."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

# A word is kept where so many decided things of so many people have it: fewer could give away a person.
FEWEST_THINGS = 5
# With fewer decided things of either class the filter says nothing.
FEWEST_DECIDED = 200


class BayesFilter(models.Model):
    """The filter itself, one row: whether it may hold anything, and from how much it learned."""

    is_on = models.BooleanField(default=True)
    # Decided things whose words it learned: taken down, and left as they were.
    down_count = models.PositiveIntegerField(default=0, editable=False)
    kept_count = models.PositiveIntegerField(default=0, editable=False)
    trained_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        default_permissions = ("view", "change")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="there_is_one_bayes_filter")]

    def __str__(self) -> str:
        return "The filter"

    @property
    def knows_enough(self) -> bool:
        """Whether it learned from enough of both classes."""
        return min(self.down_count, self.kept_count) >= FEWEST_DECIDED


class BayesToken(models.Model):
    """One word: how many texts of each class have it, and what that weighs. See ``moderation.bayes``."""

    word = models.CharField(max_length=24, unique=True, editable=False)
    down_count = models.PositiveIntegerField("taken down", editable=False)
    kept_count = models.PositiveIntegerField("left", editable=False)
    weight = models.FloatField(editable=False)

    class Meta:
        ordering: ClassVar = ["-weight", "word"]
        default_permissions = ("view",)
        verbose_name = "word of the filter"
        verbose_name_plural = "words of the filter"
        indexes = [models.Index(F("weight").desc(), F("word"), name="bayes_token_by_weight")]
        constraints = [
            models.CheckConstraint(condition=Q(word__regex=r"^[^0-9\s]{3,24}$"), name="bayes_token_has_no_figures"),
            models.CheckConstraint(
                condition=Q(down_count__gte=FEWEST_THINGS - F("kept_count")), name="bayes_token_is_of_many_things"
            ),
            models.CheckConstraint(condition=Q(weight__gt=0, weight__lt=1), name="bayes_token_weighs_something"),
        ]

    def __str__(self) -> str:
        return f"Word {self.pk} of the filter"
