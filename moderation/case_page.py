"""What a moderator reads on the page of one case. The number of queries is the same for every case of a kind."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from accounts.models import User
from moderation.case_forms import DecideForm, actions_for, may_decide_on
from moderation.case_queue import similar_to
from moderation.models import AuditEntry, Case, Decision
from moderation.registry import NAME_MASK, Described, Kind, kind_of
from moderation.services import resemblance_of
from moderation.states import State

# So much of each list, the newest first.
REPORTS, DECISIONS, ENTRIES = 30, 20, 30
ACTIONS = {
    "hold": "was taken out of sight until a decision",
    "case.claim": "claimed the case",
    "case.release": "gave the case back",
    "case.take_over": "took the case over, to decide on all by this author",
    "case.close": "closed the case: nothing was left to decide",
    "case.looked_at": "looked at what sounded like an emergency",
    "case.released": "closed the case: its author took away what it waited for",
    "appeal": "appealed",
    "erase": "erased the words of what was removed",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to what a case is about."""

    at: datetime
    who: str
    what: str
    words: str = ""
    is_edit: bool = False


def thing_of(case: Case) -> tuple[Kind, Any]:
    """Return what a case is about, with its kind; None where it is not there any more."""
    kind = kind_of(case.subject_kind)
    return kind, kind.many().filter(pk=case.subject_id).first()


def actions_on(kind: Kind, thing: Any, user: User) -> list:
    """Return what somebody may decide on a thing as it stands."""
    return actions_for(kind, kind.state_of(thing), user, is_locked=bool(getattr(thing, "locked_at", None)))


def about(case: Case, moderator: User, form: DecideForm | None = None) -> dict[str, Any]:
    """Return all that the page of a case shows to one moderator. In an appeal no name is in it."""
    kind, thing = thing_of(case)
    appeal = case.appeals.open().select_related("decision", "appellant").first()
    plain = kind.describe(thing) if thing else None
    said = plain.masked if plain and appeal else plain
    if form is None:
        actions = actions_on(kind, thing, moderator) if case.is_open and thing else []
        form = DecideForm(actions=actions, initial={"seen": kind.stamp(thing)}) if actions else None
    # What stands in other texts is masked by the names that the thing itself knows.
    mask = plain if plain and appeal else None
    return {
        "case": case,
        "kind": kind,
        "said": said,
        "state": kind.state_of(thing) if thing else None,
        "waits_because": getattr(thing, "waits_because", []),
        "waits_for_nothing": thing is None or kind.state_of(thing) == State.WITHDRAWN,
        "appeal": appeal,
        "appeal_words": _masked(appeal.text, mask) if appeal else "",
        "appeal_against": _masked(appeal.decision.reason, mask) if appeal else "",
        "is_masked": appeal is not None,
        "is_own": case.author_id == moderator.pk or bool(appeal and not appeal.can_be_decided_by(moderator)),
        "is_taken": case.is_claimed_by_another(moderator),
        "is_mine": case.claimed_by_id == moderator.pk,
        "may_decide": may_decide_on(kind, moderator),
        "reports": _reports(case, mask),
        "events": _events(case, kind, thing, mask),
        "by_author": [] if appeal else _by_author(case),
        "similar": similar_to(case, moderator, is_masked=appeal is not None),
        "resemblance": resemblance_of(kind.own_words(thing)) if thing and kind.own_words and not appeal else None,
        "decide_form": form,
        "title": f"Case {case.pk}: {kind.noun}",
    }


def _masked(text: str, mask: Described | None) -> str:
    return mask.mask(text) if mask else text


def _reports(case: Case, mask: Described | None) -> list[dict[str, Any]]:
    reports = case.reports.select_related("reported_by").order_by("-pk")[:REPORTS]
    return [
        {
            "at": each.reported_at,
            "who": each.reported_by.pen_name if each.reported_by else "a visitor",
            "reason": each.get_reason_display(),
            "note": _masked(each.note, mask),
        }
        for each in reports
    ]


def _by_author(case: Case) -> list[Decision]:
    if case.author_id is None:
        return []
    others = Decision.objects.filter(author=case.author_id).exclude(
        subject_kind=case.subject_kind, subject_id=case.subject_id
    )
    return list(others.order_by("-pk")[:DECISIONS])


# --- History ---------------------------------------------------------------------------------------------------------


def _events(case: Case, kind: Kind, thing: Any, mask: Described | None) -> list[Event]:
    """Return what happened to a thing, the newest first: decisions, changes by its author, and the audit log."""
    decisions = Decision.objects.about(kind.label, case.subject_id).select_related("decided_by").order_by("-pk")
    events = [_decided(each, mask) for each in decisions[:DECISIONS]]
    events += [
        Event(
            each.until, "Its author", "changed it. Before:", _masked(each.text, mask) or "kept no words", is_edit=True
        )
        for each in (kind.edits(thing) if thing else ())
    ]
    events += _logged(case, kind, mask)
    return sorted(events, key=lambda event: event.at, reverse=True)


def _decided(decision: Decision, mask: Described | None) -> Event:
    rule = f" Rule {decision.rule}." if decision.rule else ""
    who = decision.decided_by.pen_name if decision.decided_by else "The site"
    what = f"decided: {decision.get_action_display()}.{rule}"
    return Event(decision.decided_at, who, what, _masked(decision.reason, mask))


def _logged(case: Case, kind: Kind, mask: Described | None) -> Iterable[Event]:
    on_it = Q(subject_kind=kind.label, subject_id=case.subject_id)
    on_case = Q(subject_kind=case._meta.label_lower, subject_id=case.pk)
    # Decisions stand there with more words.
    entries = list(
        AuditEntry.objects.filter(on_it | on_case).exclude(action__startswith="decide.").order_by("-pk")[:ENTRIES]
    )
    names = dict(User.objects.filter(pk__in={each.actor_id for each in entries}).values_list("pk", "pen_name"))
    for each in entries:
        who = names.get(each.actor_id, f"Account {each.actor_id}") if each.actor_id else "The site"
        if mask and each.actor_id == case.author_id:
            who = NAME_MASK
        yield Event(each.recorded_at, who, f"{ACTIONS.get(each.action, each.action)}.", _masked(each.reason, mask))
