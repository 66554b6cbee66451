"""Cases: what people report, what the site finds by itself, and who works on it."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import User
from accounts.standing import hold_writer
from accounts.visitors import Voter
from moderation.emails import send_held
from moderation.models import Appeal, Case, Decision, Report
from moderation.registry import Kind, kind_of, peer_of
from moderation.services.audit import record
from moderation.services.deciding import ClosedError, OwnError, TakenError, close, lock_open_case
from moderation.states import AGAINST, Action, State, after_change
from qa_forum.errors import Gone

# So many who have nothing to do with one another hide something until a decision.
REPORTS_THAT_HOLD = 5
# Or so many checked doctors of different practices who call it unsafe.
PEERS_THAT_HOLD = 2
NOT_LATER = frozenset({Report.Reason.UNSAFE, Report.Reason.PRIVATE})
MOST_WORDS = 20_000

Cause, Urgency = Case.Cause, Case.Urgency


@transaction.atomic
def open_case(thing: Any, *, cause: Case.Cause, urgency: Case.Urgency = Case.Urgency.ORDINARY) -> Case:
    """Open a case about ``thing``, or join the one that is open; it becomes more urgent, never less.

    The caller holds the lock on the row, or has just made it.
    """
    kind = kind_of(thing)
    case = lock_open_case(thing)
    if case is None:
        said = kind.describe(thing)
        return Case.objects.create(
            subject_kind=kind.label,
            subject_id=thing.pk,
            cause=cause,
            urgency=urgency,
            author=kind.author_of(thing),
            words="\n".join(filter(None, (said.title, said.author, said.beside)))[:MOST_WORDS],
        )
    if urgency > case.urgency:
        case.urgency = urgency
        case.save(update_fields=["urgency"])
    return case


@transaction.atomic
def hold(thing: Any, *, why: str, cause: Case.Cause, urgency: Case.Urgency = Case.Urgency.SOON) -> Case:
    """Take something public out of sight until a moderator decides, and open its case.

    ``why`` is a key of ``moderation.publishing.REASONS``, which its author reads. The row is locked.
    """
    kind = kind_of(thing)
    case = open_case(thing, cause=cause, urgency=urgency)
    if thing.state == State.PUBLISHED:
        thing.state, thing.held_for = State.HELD, sorted({*thing.held_for, why})
        thing.save(update_fields=["state", "held_for"])
        now = {"state": "held", "why": why}
        record("hold", actor=None, subject=(kind.label, thing.pk), before={"state": "published"}, after=now)
        if author := kind.author_of(thing):
            send_held(author)
    return case


# What a change by its author does not settle: a moderator has to look.
_STICKY = ("reports", "changed", "automatic", "again")


def stand_after_change(thing: Any, reasons: Sequence[str]) -> dict[str, Any]:
    """Return state and ``held_for`` of something that its author posts, changes, or posts again.

    ``reasons`` are those of ``moderation.publishing``. What was reported, or is changed as a moderator asked, waits
    besides: neither a change nor taking it back and posting it again gets around that. Call ``queue`` once it is saved.
    """
    why, state = list(reasons), State(thing.state)
    if state == State.HELD:
        why += [each for each in thing.held_for if each in _STICKY]
    elif thing.pk and (after_change(state) != state or (state == State.WITHDRAWN and _is_looked_into(thing))):
        why.append("changed")
    return {"held_for": why, "state": State.HELD if why else State.PUBLISHED}


def _is_looked_into(thing: Any) -> bool:
    if thing.decision_id and thing.decision.action == Action.ASK:
        return True
    causes = [Cause.REPORTS, Cause.CHANGED, Cause.APPEAL]
    return Case.objects.open().about(kind_of(thing).label, thing.pk).filter(cause__in=causes).exists()


def queue(thing: Any, *, is_urgent: bool = False) -> None:
    """Let moderators find something that was just saved, where it waits for them or sounds like an emergency.

    Where it only waited to be shown, and its author took away what it waited for, its case is over.
    """
    if is_urgent:
        open_case(thing, cause=Cause.EMERGENCY, urgency=Urgency.EMERGENCY)
    elif thing.state == State.HELD:
        open_case(thing, cause=Cause.CHANGED if "changed" in thing.held_for else Cause.HELD, urgency=Urgency.SOON)
    elif thing.state == State.PUBLISHED:
        _close_what_only_waited(thing)


def _close_what_only_waited(thing: Any) -> None:
    case = lock_open_case(thing)
    if case and case.cause == Cause.HELD and not case.report_count and case.urgency != Urgency.EMERGENCY:
        close(case)
        record("case.released", actor=None, subject=(kind_of(thing).label, thing.pk), after={"state": "published"})


# --- Reports ---------------------------------------------------------------------------------------------------


@transaction.atomic
def report(kind: Kind, key: int, *, by: Voter, reason: Report.Reason, note: str, network: str = "") -> Report:
    """Keep what somebody says against a thing; said again it replaces what they said before.

    It joins the thing's open case. Many independent ones hide a question or an answer until a decision, and nothing
    else: see ``is_enough``. ``network`` is where it came from, of which only a digest for this case is kept.
    """
    hold_writer(by.user_id)
    thing = kind.lock(key)
    if not kind.is_public(thing):
        raise Gone if getattr(thing, "is_gone", False) else ObjectDoesNotExist
    author = kind.author_of(thing)
    if author and by.user_id == author.pk:
        raise PermissionDenied
    urgency = Urgency.SOON if reason in NOT_LATER else Urgency.ORDINARY
    case = open_case(thing, cause=Cause.REPORTS, urgency=urgency)
    said, _ = Report.objects.update_or_create(
        case=case,
        reported_by_id=by.user_id,
        visitor=by.visitor,
        defaults={
            "subject_kind": kind.label,
            "subject_id": key,
            "reason": reason,
            "note": note,
            "network": _network_in(case, network),
        },
    )
    _count(case, note)
    if kind.is_held_by_reports and not _was_looked_at(kind, thing) and is_enough(case):
        hold(thing, why="reports", cause=Cause.REPORTS)
    return said


def _network_in(case: Case, network: str) -> str:
    """Return a digest that tells networks apart within one case and nowhere else."""
    return salted_hmac(f"moderation.report.{case.pk}", network, algorithm="sha256").hexdigest()[:32] if network else ""


def _count(case: Case, note: str) -> None:
    case.reasons = sorted(set(case.reports.values_list("reason", flat=True)))
    case.report_count = case.reports.count()
    if note and note not in case.words:
        case.words = f"{case.words}\n{note}"[:MOST_WORDS]
    case.save(update_fields=["reasons", "report_count", "words"])


def is_enough(case: Case) -> bool:
    """Tell whether reports hide a thing until a decision: five from different networks, or two checked doctors."""
    reports = list(case.reports.select_related("reported_by"))
    sources = {each.network or f"{each.reported_by_id} {each.visitor}" for each in reports}
    if len(sources) >= REPORTS_THAT_HOLD:
        return True
    unsafe = [each.reported_by for each in reports if each.reason == Report.Reason.UNSAFE and each.reported_by]
    return len({peer for user in unsafe if (peer := peer_of(user)) is not None}) >= PEERS_THAT_HOLD


def _was_looked_at(kind: Kind, thing: Any) -> bool:
    """Tell whether a moderator left it as it stands: then reports alone hide it no more."""
    left = Decision.objects.about(kind.label, thing.pk).by_people().filter(action=Action.PUBLISH)
    changed = kind.changed_at(thing)
    return (left.filter(decided_at__gt=changed) if changed else left).exists()


# --- Who works on it -------------------------------------------------------------------------------------------


@transaction.atomic
def claim_case(case_id: int, *, moderator: User) -> Case:
    """Take a case for oneself for an hour, so that nobody does it twice; again, for another hour.

    ``ClosedError``, ``TakenError`` or ``OwnError`` where it cannot be.
    """
    case = Case.objects.select_for_update(no_key=True).get(pk=case_id)
    if not case.is_open:
        raise ClosedError
    if case.is_claimed_by_another(moderator):
        raise TakenError
    appeal = case.appeals.open().first()
    if moderator.pk == case.author_id or (appeal and not appeal.can_be_decided_by(moderator)):
        raise OwnError
    is_new = case.claimed_by_id != moderator.pk
    case.claimed_by, case.claimed_at = moderator, timezone.now()
    case.save(update_fields=["claimed_by", "claimed_at"])
    if is_new:
        record("case.claim", actor=moderator, subject=case)
    return case


def take_over_case(thing: Any, *, moderator: User) -> None:
    """Take the case of a thing from whoever is at it, for what is decided about its author as a whole.

    The row is locked. Nothing where nobody else is at it.
    """
    case = lock_open_case(thing)
    if case and case.is_claimed_by_another(moderator):
        before = {"claimed_by": case.claimed_by_id}
        case.claimed_by, case.claimed_at = moderator, timezone.now()
        case.save(update_fields=["claimed_by", "claimed_at"])
        record("case.take_over", actor=moderator, subject=case, before=before)


@transaction.atomic
def release_case(case_id: int, *, moderator: User) -> None:
    """Give a case back to the queue; nothing where it is not one's own."""
    case = Case.objects.select_for_update(no_key=True).get(pk=case_id)
    if case.claimed_by_id != moderator.pk or not case.is_open:
        return
    case.claimed_by, case.claimed_at = None, None
    case.save(update_fields=["claimed_by", "claimed_at"])
    record("case.release", actor=moderator, subject=case)


def look_at(thing: Any, *, moderator: User) -> None:
    """Close the case of what only sounded like an emergency, once a moderator has looked; the row is locked."""
    case = lock_open_case(thing)
    if case and case.cause == Cause.EMERGENCY and not case.report_count and thing.state != State.HELD:
        close(case)
        record("case.looked_at", actor=moderator, subject=(kind_of(thing).label, thing.pk))


def take_back(thing: Any, *, author: User) -> None:
    """Close the case of what its author took back before anybody spoke against it; the row is locked."""
    case = lock_open_case(thing)
    if case and not case.report_count and not case.appeals.open().exists():
        close(case)
        record("case.taken_back", actor=author, subject=(kind_of(thing).label, thing.pk))


# --- Appeals ---------------------------------------------------------------------------------------------------


@transaction.atomic
def appeal(decision_id: int, *, author: User, text: str) -> Appeal:
    """Let the author ask once that another moderator looks at a decision; sent again it is the one that is there."""
    decision = Decision.objects.get(pk=decision_id)
    kind = kind_of(decision.subject_kind)
    thing = kind.lock(decision.subject_id)
    there = Appeal.objects.filter(decision=decision, appellant=author).first()
    if there:
        return there
    if not decision.can_be_appealed_by(author) or not is_standing(decision) or kind.state_of(thing) == State.WITHDRAWN:
        raise PermissionDenied
    case = open_case(thing, cause=Cause.APPEAL, urgency=Urgency.SOON)
    # Whoever decided first cannot keep it from the one who decides now.
    mine = case.claimed_by_id is not None and case.claimed_by_id == decision.decided_by_id
    case.cause = Cause.APPEAL
    case.claimed_by, case.claimed_at = (None, None) if mine else (case.claimed_by, case.claimed_at)
    case.save(update_fields=["cause", "claimed_by", "claimed_at"])
    made = Appeal.objects.create(
        decision=decision, case=case, appellant=author, text=text, first_moderator=decision.decided_by
    )
    record("appeal", actor=author, subject=(kind.label, thing.pk), after={"decision": decision.pk})
    return made


def is_standing(decision: Decision) -> bool:
    """Tell whether a decision is the last one on its thing."""
    later = Decision.objects.about(decision.subject_kind, decision.subject_id).filter(pk__gt=decision.pk)
    return decision.action in AGAINST and not later.exists()
