"""The numbers of a month that everybody may read: what was reported, what was decided and by which rule.

Rooms above add tables of their own with ``register_numbers``; none is imported.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Min, Q
from django.utils import timezone

from moderation.models import Appeal, Case, Decision, MonthOfNumbers, Report
from moderation.rules import BY_NUMBER
from moderation.states import Action, State

# What takes something from readers, in the order in which it is named.
TAKEN = (Action.HIDE, Action.REMOVE, Action.ASK, Action.LOCK, Action.MERGE)
WORDS = {
    Action.HIDE: "Hidden",
    Action.REMOVE: "Removed",
    Action.ASK: "Sent back",
    Action.LOCK: "Locked",
    Action.MERGE: "Merged",
}


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its title, the heads of its columns, and its rows, of which the first cell is the name."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Span:
    """A month of the site's own time: from its first moment to that of the next."""

    month: date

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """The first moment, and the first that no longer belongs to it."""
        return _first_moment(self.month), _first_moment(next_month(self.month))

    def of(self, column: str) -> Q:
        """Rows of this month by a column of times."""
        begins, ends = self.bounds
        return Q(**{f"{column}__gte": begins, f"{column}__lt": ends})


_more: list[Callable[[Span], Sequence[Table]]] = []


def register_numbers(tables_of: Callable[[Span], Sequence[Table]]) -> None:
    """Add tables of another room to each month."""
    # An app may be made ready more than once.
    if tables_of not in _more:
        _more.append(tables_of)


def _first_moment(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def next_month(month: date) -> date:
    """Return the first day of the month after."""
    return (month + timedelta(days=31)).replace(day=1)


def this_month() -> date:
    """Return the first day of the present month."""
    return timezone.localdate().replace(day=1)


def months() -> list[date]:
    """Return the first days of all months of which there are numbers, the latest first; always the present one."""
    firsts = [
        Case.objects.aggregate(at=Min("opened_at"))["at"],
        Decision.objects.by_people().aggregate(at=Min("decided_at"))["at"],
    ]
    days = [timezone.localdate(at) for at in firsts if at]
    days += [each for each in [MonthOfNumbers.objects.aggregate(at=Min("month"))["at"]] if each]
    month, found = min(days, default=this_month()).replace(day=1), []
    while month <= this_month():
        found.append(month)
        month = next_month(month)
    return found[::-1]


def tables_of(month: date) -> list[dict[str, Any]]:
    """Return the tables of a month: as they were kept when it ended, or as they stand now."""
    kept = MonthOfNumbers.objects.filter(month=month).first()
    return kept.tables if kept else count_month(month)


def keep_months() -> int:
    """Keep the numbers of all months that are over and not kept yet; return how many."""
    kept = set(MonthOfNumbers.objects.values_list("month", flat=True))
    due = [month for month in months() if month < this_month() and month not in kept]
    rows = [MonthOfNumbers(month=month, tables=count_month(month)) for month in due]
    return len(MonthOfNumbers.objects.bulk_create(rows, ignore_conflicts=True))


def count_month(month: date) -> list[dict[str, Any]]:
    """Count the tables of a month from the rows."""
    span = Span(month)
    tables = [_cases(span), _reports(span), _decisions(span), *(table for more in _more for table in more(span))]
    return [{**asdict(table), "head": list(table.head), "rows": [list(row) for row in table.rows]} for table in tables]


class Median(Aggregate):
    """The middle of the values, or between the two in the middle."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"


def _cases(span: Span) -> Table:
    took = ExpressionWrapper(F("closed_at") - F("opened_at"), output_field=DurationField())
    closed = Case.objects.filter(span.of("closed_at"))
    appeals = Appeal.objects.filter(span.of("decided_at"))
    back = Decision.objects.by_people().filter(
        span.of("decided_at"), action=Action.PUBLISH, state_before__in=[State.HIDDEN, State.REMOVED, State.CHANGES]
    )
    rows = [
        ("Cases opened", Case.objects.filter(span.of("opened_at")).count()),
        ("Cases closed", closed.count()),
        ("Time until a case was closed, the middle one", length_of_time(closed.aggregate(at=Median(took))["at"])),
        ("Appeals decided", appeals.count()),
        ("Appeals that changed the decision", appeals.filter(outcome=Appeal.Outcome.CHANGED).count()),
        ("Decisions taken back without an appeal", back.filter(ends_appeal__isnull=True).count()),
    ]
    return Table("Cases", ("", "In this month"), rows)


def length_of_time(took: timedelta | None) -> str:
    """Return a length of time in words, or that there was none."""
    if took is None:
        return "none was closed"
    hours = took.total_seconds() / 3600
    if hours < 1:
        return "less than an hour"
    number, unit = (round(hours), "hour") if hours < 48 else (round(hours / 24), "day")
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _reports(span: Span) -> Table:
    found = Report.objects.filter(span.of("reported_at")).order_by().values_list("reason").annotate(n=Count("pk"))
    counts = dict(found)
    return Table("Reports", ("What was said", "Reports"), [(r.label, counts.get(r.value, 0)) for r in Report.Reason])


def _decisions(span: Span) -> Table:
    found = (
        Decision.objects.by_people()
        .filter(span.of("decided_at"), action__in=TAKEN)
        .order_by()
        .values_list("rule", "action")
        .annotate(n=Count("pk"))
    )
    counts = {(rule, action): n for rule, action, n in found}
    rows = [
        (f"{rule.number}. {rule.title}", *(counts.get((rule.number, action.value), 0) for action in TAKEN))
        for rule in BY_NUMBER.values()
    ]
    return Table("Decisions by rule", ("Rule", *(WORDS[action] for action in TAKEN)), rows)
