"""How the queue stands: figures for the first page of the admin, and the places of its drawings. Three queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils import timezone

from moderation.models import Case
from moderation.states import AGAINST

DAYS = 30
AGES = ("less than a day", "1 to 3 days", "3 to 7 days", "more than a week")
# Both are read from the index of the queue alone.
_OPEN = """
    SELECT urgency, count(*),
        count(*) FILTER (WHERE opened_at > %(now)s - interval '1 day'),
        count(*) FILTER (WHERE opened_at <= %(now)s - interval '1 day' AND opened_at > %(now)s - interval '3 days'),
        count(*) FILTER (WHERE opened_at <= %(now)s - interval '3 days' AND opened_at > %(now)s - interval '7 days'),
        count(*) FILTER (WHERE opened_at <= %(now)s - interval '7 days')
    FROM moderation_case WHERE closed_at IS NULL GROUP BY urgency
"""
_AGES = """
    SELECT min(opened_at), percentile_disc(0.5) WITHIN GROUP (ORDER BY opened_at)
    FROM moderation_case WHERE closed_at IS NULL
"""
_DECISIONS = """
    SELECT (decided_at AT TIME ZONE 'UTC')::date, count(*), count(*) FILTER (WHERE action = ANY(%(against)s))
    FROM moderation_decision WHERE decided_at >= %(since)s AND decided_by_id IS NOT NULL GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """Open cases of one urgency and one age, and how long their bar is."""

    age: str
    count: int
    width: float


@dataclass(frozen=True, slots=True)
class Urgency:
    """Open cases of one urgency."""

    label: str
    key: int
    count: int
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Day:
    """What moderators decided on one day, and where its bar stands: what was left below, what was against above."""

    day: date
    left: int
    against: int
    x: float
    left_y: float
    left_height: float
    against_y: float
    against_height: float


@dataclass(frozen=True, slots=True)
class Figures:
    """How the queue stands now."""

    count: int
    median: timedelta | None
    oldest: timedelta | None
    by_urgency: Sequence[Urgency]
    days: Sequence[Day]
    # The number at the upper edge of the drawing of days.
    most_a_day: int

    @property
    def decided(self) -> int:
        """How many decisions the drawing of days shows."""
        return sum(day.left + day.against for day in self.days)

    @property
    def busiest(self) -> Day | None:
        """The day with the most decisions, where there was any."""
        return max(self.days, key=lambda day: day.left + day.against) if self.decided else None


# A cell of the drawing by age, and the drawing by day.
CELL = 100
WIDTH, HEIGHT, GAP = 600, 120, 4


def figures_now() -> Figures:
    """Return how the queue stands, and what was decided in the last 30 days."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, {"now": now})
        opened = {urgency: (count, tuple(ages)) for urgency, count, *ages in cursor.fetchall()}
        cursor.execute(_AGES)
        first, middle = cursor.fetchone()
        since = datetime.combine(now.date() - timedelta(days=DAYS - 1), datetime.min.time(), tzinfo=now.tzinfo)
        cursor.execute(_DECISIONS, {"since": since, "against": sorted(AGAINST)})
        decided = {day: (count - against, against) for day, count, against in cursor.fetchall()}
    days = [since.date() + timedelta(days=number) for number in range(DAYS)]
    counts = [(day, *decided.get(day, (0, 0))) for day in days]
    top = round_up(max(left + against for _, left, against in counts))
    return Figures(
        count=sum(count for count, _ in opened.values()),
        median=now - middle if middle else None,
        oldest=now - first if first else None,
        by_urgency=_by_urgency(opened),
        days=bars(counts, top),
        most_a_day=top,
    )


def _by_urgency(opened: dict[int, tuple[int, tuple[int, ...]]]) -> list[Urgency]:
    most = max((count for _, ages in opened.values() for count in ages), default=0)
    found = []
    for urgency in sorted(Case.Urgency, reverse=True):
        count, ages = opened.get(urgency, (0, (0,) * len(AGES)))
        cells = [Cell(age, each, length(each, most)) for age, each in zip(AGES, ages, strict=True)]
        found.append(Urgency(urgency.label, urgency.value, count, cells))
    return found


def length(count: int, most: int) -> float:
    """Return how long the bar of a count is beside the longest; one that is there at all can be seen."""
    return round(max(CELL * count / most, 2), 1) if count else 0


def bars(counts: Sequence[tuple[date, int, int]], top: int) -> list[Day]:
    """Return the bars of days, from left to right, ``top`` being the height of the drawing."""
    step = WIDTH / len(counts)
    found = []
    for number, (day, left, against) in enumerate(counts):
        low, high = HEIGHT * left / top, HEIGHT * against / top
        found.append(
            Day(
                day,
                left,
                against,
                x=round(number * step + GAP / 2, 1),
                left_y=round(HEIGHT - low, 1),
                left_height=round(low, 1),
                against_y=round(HEIGHT - low - high, 1),
                against_height=round(high, 1),
            )
        )
    return found


def round_up(most: int) -> int:
    """Return a round number at least as large, for the upper edge of a drawing: 1, 2 or 5 with noughts behind it."""
    edge = 10 ** max(len(str(most)) - 1, 0)
    return next(factor * edge for factor in (1, 2, 5, 10) if factor * edge >= most)
