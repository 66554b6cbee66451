"""What moderation came to, month by month, as everybody may read it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone


class MonthOfNumbers(models.Model):
    """The numbers of a month that is over, as they were when it ended: what is erased later does not change them.

    ``tables`` is a list of ``{"title", "head", "rows"}``; of each row the first cell is its name.
    """

    month = models.DateField(unique=True)
    tables = models.JSONField(default=list)
    counted_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["-month"]
        # The rows come by themselves.
        default_permissions = ("view",)
        verbose_name = "month of numbers"
        verbose_name_plural = "months of numbers"
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="month_is_named_by_its_first_day"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
