"""What else waits for staff, for the first page of the admin. Rooms above add theirs; none is imported."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

# So many are counted; whoever has more has enough to do.
MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """One sort of thing that waits, who may see it (``permission``), and the list of the admin that shows it."""

    one: str
    many: str
    permission: str
    page: str
    chosen: str
    things: Callable[[], QuerySet[Any]]

    @property
    def address(self) -> str:
        """The address of the list with what waits chosen."""
        return reverse(f"admin:{self.page}_changelist") + self.chosen


@dataclass(frozen=True, slots=True)
class Line:
    """How many of a sort wait, in words, and where they are."""

    words: str
    address: str


registry: dict[str, Waiting] = {}


def register_waiting(sort: Waiting) -> None:
    """Add what waits in another room; an app may be made ready more than once."""
    registry[sort.page] = sort


def waiting_for(user: Any) -> list[Line]:
    """Return what waits for this member of staff: one query for each sort that they may see."""
    lines = []
    for sort in registry.values():
        if user.has_perm(sort.permission):
            count = sort.things().order_by()[: MOST_COUNTED + 1].count()
            shown = f"more than {MOST_COUNTED}" if count > MOST_COUNTED else str(count)
            if count:
                lines.append(Line(f"{shown} {sort.one if count == 1 else sort.many}", sort.address))
    return lines
