"""The queue as moderators read it: what they look for, one page of it, and what is known of each case at a glance."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import BadRequest
from django.http import QueryDict

from accounts.models import User
from moderation.case_forms import may_decide_on
from moderation.models import Appeal, Case, Decision, Report
from moderation.models.casework import CaseQuerySet
from moderation.registry import Described, Kind, kind_of, kinds
from moderation.states import State
from qa_forum.keyset import decode, encode

ON_A_PAGE = 50
EXCERPT = 160
AGES = {"1": "more than a day", "3": "more than 3 days", "7": "more than a week", "30": "more than 30 days"}
STANDINGS = {"free": "open, free to take", "mine": "claimed by me", "closed": "closed"}


def _abouts() -> list[Any]:
    rooms: dict[str, list[Kind]] = defaultdict(list)
    for kind in kinds():
        rooms[kind.model._meta.app_label].append(kind)
    return [
        ("", "anything"),
        *(
            (room.capitalize(), [(room, f"all of {room}"), *((kind.label, kind.noun) for kind in members)])
            for room, members in rooms.items()
        ),
    ]


def _any(choices: Iterable[tuple[Any, str]], nothing: str) -> list[tuple[str, str]]:
    return [("", nothing), *((str(value), label) for value, label in choices)]


class QueueForm(forms.Form):
    """What a moderator looks for. It stands in the address, so that a list can be kept as a bookmark."""

    q = forms.CharField(label="Words", max_length=200, required=False, widget=forms.TextInput({"type": "search"}))
    state = forms.ChoiceField(label="State", choices=_any(STANDINGS.items(), "open"), required=False)
    about = forms.ChoiceField(label="About", choices=_abouts, required=False)
    urgency = forms.ChoiceField(label="Urgency", choices=_any(Case.Urgency.choices, "any"), required=False)
    cause = forms.ChoiceField(label="Cause", choices=_any(Case.Cause.choices, "any"), required=False)
    reason = forms.ChoiceField(label="Reason", choices=_any(Report.Reason.choices, "any"), required=False)
    age = forms.ChoiceField(label="Waiting", choices=_any(AGES.items(), "any time"), required=False)

    @property
    def chosen(self) -> dict[str, str]:
        """What was chosen and is understood, in the order of the fields; what is not is left out."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def address(self) -> str:
        """What was chosen, as it stands in an address."""
        return urlencode(self.chosen)

    @staticmethod
    def as_parameter(address: str) -> str:
        """Return an address of the queue as the one parameter that the pages of its cases carry."""
        return urlencode({"queue": address})


def chosen_in(query: str) -> dict[str, str]:
    """Return what was chosen, from the part of an address that ``QueueForm.address`` made."""
    return QueueForm(QueryDict(query[:2000])).chosen


def cases_for(chosen: Mapping[str, str], moderator: User) -> CaseQuerySet:
    """Return the cases that a moderator looks for."""
    cases = _standing(chosen.get("state", ""), moderator)
    if about := chosen.get("about"):
        cases = cases.of_kind(about) if "." in about else cases.in_room(about)
    if urgency := chosen.get("urgency"):
        cases = cases.filter(urgency=int(urgency))
    if cause := chosen.get("cause"):
        cases = cases.filter(cause=cause)
    if reason := chosen.get("reason"):
        cases = cases.with_reason(reason)
    if age := chosen.get("age"):
        cases = cases.older_than(timedelta(days=int(age)))
    if words := chosen.get("q", "").strip():
        cases = cases.matching(words)
    return cases


def _standing(state: str, moderator: User) -> CaseQuerySet:
    cases = Case.objects.all()
    if state == "closed":
        return cases.filter(closed_at__isnull=False)
    if state == "mine":
        return cases.open().filter(claimed_by=moderator)
    return to_take(cases, moderator) if state == "free" else cases.open()


def to_take(cases: CaseQuerySet, moderator: User) -> CaseQuerySet:
    """Return those of open cases that a moderator may take and decide on."""
    others = [kind.label for kind in kinds() if not may_decide_on(kind, moderator)]
    free = cases.open().free_for(moderator)
    return free.exclude(subject_kind__in=others) if others else free


def next_case(chosen: Mapping[str, str], moderator: User, *, behind: Case | None = None) -> Case | None:
    """Return the case to take next: emergencies first, then what stands behind a case, then what stands before it."""
    wanted = {name: value for name, value in chosen.items() if name != "state" or value == "mine"}
    cases = to_take(cases_for(wanted, moderator), moderator).in_order()
    if behind is None:
        return cases.first()
    cases = cases.exclude(pk=behind.pk)
    same = cases.filter(urgency=behind.urgency).opened_after(behind.opened_at, behind.pk)
    later = cases.filter(urgency__lt=behind.urgency)
    emergencies = cases.filter(urgency=Case.Urgency.EMERGENCY)
    return emergencies.first() or same.first() or later.first() or cases.first()


# --- One page --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One case at a glance. In an appeal the names are masked."""

    case: Case
    noun: str
    said: Described | None
    state: State | None
    is_taken: bool

    @property
    def title(self) -> str:
        """What it is about, in a line."""
        return (self.said.title if self.said else "") or f"{self.noun} {self.case.subject_id}"

    @property
    def excerpt(self) -> str:
        """The beginning of what it says."""
        words = " ".join(" ".join(text for _, text in self.said.texts).split()) if self.said else ""
        return words if len(words) <= EXCERPT else f"{words[:EXCERPT].rpartition(' ')[0] or words[:EXCERPT]} …"


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Some cases in the order of the queue, and the cursor behind them (empty: there are no more)."""

    lines: Sequence[Line]
    after: str


def page_of(chosen: Mapping[str, str], moderator: User, *, after: str = "") -> QueuePage:
    """Return one page of what a moderator looks for. The number of queries is bounded, whatever there is.

    ``BadRequest`` where the cursor was made by nobody here.
    """
    cases = cases_for(chosen, moderator).select_related("claimed_by").defer("words")
    fetch = _closed if chosen.get("state") == "closed" else _waiting
    found = fetch(cases, after)
    more = len(found) > ON_A_PAGE
    found = found[:ON_A_PAGE]
    is_closed = chosen.get("state") == "closed"
    return QueuePage(
        lines_of(found, moderator), (_closed_cursor if is_closed else cursor_of)(found[-1]) if more else ""
    )


def _waiting(cases: CaseQuerySet, after: str) -> list[Case]:
    """Return what comes behind a cursor: the rest of its urgency first, for which the index is read from its place."""
    cases = cases.in_order()
    if not after:
        return list(cases[: ON_A_PAGE + 1])
    urgency, _, place = after.partition(".")
    if urgency not in ("0", "1", "2"):
        raise BadRequest("This page of the list does not exist.")
    opened_at, key = decode(place, datetime)
    found = list(cases.filter(urgency=int(urgency)).opened_after(opened_at, key)[: ON_A_PAGE + 1])
    if len(found) <= ON_A_PAGE and urgency != "0":
        found += cases.filter(urgency__lt=int(urgency))[: ON_A_PAGE + 1 - len(found)]
    return found


def cursor_of(case: Case) -> str:
    """Return the cursor of an open case."""
    return f"{case.urgency}.{encode(case.opened_at, case.pk)}"


def _closed(cases: CaseQuerySet, after: str) -> list[Case]:
    if after:
        cases = cases.closed_before(*decode(after, datetime))
    return list(cases.order_by("-closed_at", "-pk")[: ON_A_PAGE + 1])


def _closed_cursor(case: Case) -> str:
    return encode(case.closed_at, case.pk)


def lines_of(cases: Sequence[Case], moderator: User) -> list[Line]:
    """Return what is known of cases at a glance: one query for each kind of thing, and those that it needs beside.

    Where a case waits for an appeal, names are masked.
    """
    keys: dict[str, list[int]] = defaultdict(list)
    for case in cases:
        keys[case.subject_kind].append(case.subject_id)
    things = {label: kind_of(label).many().in_bulk(found) for label, found in keys.items()}
    appealed = set(Appeal.objects.open().filter(case__in=cases).values_list("case_id", flat=True))
    return [
        _line(case, things[case.subject_kind].get(case.subject_id), moderator, is_masked=case.pk in appealed)
        for case in cases
    ]


def _line(case: Case, thing: Any, moderator: User, *, is_masked: bool) -> Line:
    kind = kind_of(case.subject_kind)
    said = kind.describe(thing) if thing else None
    if said and is_masked:
        said = said.masked
    state = kind.state_of(thing) if thing else None
    return Line(case, kind.noun, said, state, case.is_claimed_by_another(moderator))


# --- What a case may be compared with --------------------------------------------------------------------------------

COMPARED = 5
# So many of the newest cases are looked at for the same reasons.
MOST_LOOKED_AT = 5000


@dataclass(frozen=True, slots=True)
class Similar:
    """Another case that may help to decide this one, why it is here, and what was decided there."""

    line: Line
    why: str
    decision: Decision | None


def similar_to(case: Case, moderator: User, *, is_masked: bool) -> list[Similar]:
    """Return a few other cases: of the same author, with like words, for the same reasons; each once.

    Where the author must not count, those of the same author are left out, also where they are found by words.
    """
    found: dict[Case, str] = {}
    for why, cases in _groups(case, is_masked=is_masked):
        for other in cases:
            found.setdefault(other, why)
    decided = _last_decisions(found)
    lines = lines_of(list(found), moderator)
    return [Similar(line, found[line.case], decided.get(line.case.pk)) for line in lines]


def _groups(case: Case, *, is_masked: bool) -> Iterable[tuple[str, Iterable[Case]]]:
    others = Case.objects.exclude(pk=case.pk).select_related("claimed_by").defer("words")
    if case.author_id and not is_masked:
        yield "same author", others.filter(author=case.author_id).order_by("-pk")[:COMPARED]
    if is_masked and case.author_id:
        others = others.exclude(author=case.author_id)
    yield "like words", others.filter(pk__in=Case.objects.like_in_words(case))[:COMPARED]
    if case.reasons:
        same = others.newest(MOST_LOOKED_AT).of_kind(case.subject_kind).filter(reasons__contains=case.reasons)
        yield "same reasons", same.order_by("-pk")[:COMPARED]


def _last_decisions(cases: Iterable[Case]) -> dict[int, Decision]:
    decisions = Decision.objects.filter(case__in=list(cases)).order_by("pk")
    return {decision.case_id: decision for decision in decisions if decision.case_id}
