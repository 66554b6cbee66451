"""Decisions: one way for all of them, whoever asks for one; and the erasing of what was removed."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from moderation.emails import send_decided
from moderation.models import Appeal, Case, Decision, Hold, Report
from moderation.registry import Kind, kind_of, kinds
from moderation.services.audit import record
from moderation.states import Action, CannotFollow, State, after_decision

# So long the words of what was removed stay readable for moderators and for an appeal.
REMOVED_IS_KEPT = timedelta(days=90)
# And so long moderators find a case that is over by its words.
WORDS_ARE_KEPT = timedelta(days=180)


class WithdrawnError(PermissionDenied):
    """What its author withdrew is decided on no more."""


class TakenError(PermissionDenied):
    """Another moderator is at this case now."""


class ClosedError(PermissionDenied):
    """This case was decided already."""


class ChangedError(PermissionDenied):
    """It is no longer what the moderator read: its author changed it, or somebody decided meanwhile."""


class OwnError(PermissionDenied):
    """Nobody decides on what they wrote themselves, nor on an appeal against themselves."""


def lock_open_case(thing: Any) -> Case | None:
    """Return the open case of a thing, locked; its row is locked already, so nobody opens one meanwhile."""
    label = kind_of(thing).label
    return Case.objects.open().about(label, thing.pk).select_for_update(no_key=True).first()


@transaction.atomic
def decide(
    thing: Any,
    *,
    action: Action,
    rule: int | None,
    reason: str,
    moderator: User | None,
    other: int | None = None,
    seen: str | None = None,
) -> Decision:
    """Decide on ``thing``: put it into the state that follows, close its case, note it and tell its author.

    The caller holds the lock on the row (``Kind.lock``) and a transaction. ``other`` is what it is merged with, and
    ``seen`` the stamp of what the moderator read (``Kind.stamp``). ``ChangedError``, ``WithdrawnError``,
    ``TakenError``, ``OwnError`` or ``CannotFollow`` where it cannot be; nothing is written then.
    """
    kind = kind_of(thing)
    if seen is not None and seen != kind.stamp(thing):
        raise ChangedError
    before = kind.state_of(thing)
    # Its author took it back: nobody publishes it again, not even by way of hiding it first.
    if before == State.WITHDRAWN:
        raise WithdrawnError
    after = after_decision(action, before)
    if action not in kind.actions or getattr(thing, "erased_at", None):
        raise CannotFollow(f"{action} does not follow for this {kind.noun}")
    author, case = kind.author_of(thing), lock_open_case(thing)
    appeal = case.appeals.open().select_for_update(no_key=True).first() if case else None
    _refuse(moderator, author, appeal)
    if case and moderator and case.is_claimed_by_another(moderator):
        raise TakenError
    decision = Decision.objects.create(
        action=action,
        subject_kind=kind.label,
        subject_id=thing.pk,
        rule=rule,
        reason=reason,
        target_id=other,
        state_before=before,
        case=case,
        author=author,
        decided_by=moderator,
    )
    kind.put(thing, after, decision)
    kind.after(thing, before, decision)
    if appeal:
        _end_appeal(appeal, decision, is_same=before == after and action != Action.UNLOCK)
    if case:
        close(case)
    outcome: dict[str, str | int] = {"state": after.value, "decision": decision.pk}
    record(
        f"decide.{action.value}",
        actor=moderator,
        subject=(kind.label, thing.pk),
        rule=rule,
        reason=reason,
        before={"state": before.value},
        after=outcome | ({"merged_with": other} if other else {}),
    )
    if author and (appeal or before != after or action in (Action.LOCK, Action.UNLOCK)):
        send_decided(author, decision)
    return decision


def _refuse(moderator: User | None, author: User | None, appeal: Appeal | None) -> None:
    if moderator and author and moderator.pk == author.pk:
        raise OwnError
    if appeal and not appeal.can_be_decided_by(moderator):
        raise OwnError


def _end_appeal(appeal: Appeal, decision: Decision, *, is_same: bool) -> None:
    appeal.outcome = Appeal.Outcome.UPHELD if is_same else Appeal.Outcome.CHANGED
    appeal.ended_by, appeal.decided_by, appeal.decided_at = decision, decision.decided_by, timezone.now()
    appeal.save(update_fields=["outcome", "ended_by", "decided_by", "decided_at"])


def close(case: Case) -> None:
    """Close a case that is locked; the networks of its reports are of no more use."""
    case.closed_at = timezone.now()
    case.save(update_fields=["closed_at"])
    case.reports.exclude(network="").update(network="")


@transaction.atomic
def decide_case(
    case_id: int,
    *,
    action: Action,
    rule: int | None,
    reason: str,
    moderator: User,
    other: int | None = None,
    seen: str | None = None,
) -> Decision:
    """Decide on the thing of a case; ``ClosedError`` or ``TakenError`` where somebody else was faster, or is at it."""
    subject = Case.objects.only("subject_kind", "subject_id").get(pk=case_id)
    kind = kind_of(subject.subject_kind)
    thing = kind.lock(subject.subject_id, other) if other else kind.lock(subject.subject_id)
    case = lock_open_case(thing)
    if case is None or case.pk != case_id:
        raise ClosedError
    return decide(thing, action=action, rule=rule, reason=reason, moderator=moderator, other=other, seen=seen)


@transaction.atomic
def close_case(case_id: int, *, moderator: User) -> None:
    """Close a case on which nothing is left to decide: its author withdrew the thing, or it is there no more."""
    subject = Case.objects.only("subject_kind", "subject_id").get(pk=case_id)
    kind = kind_of(subject.subject_kind)
    try:
        state = kind.state_of(kind.lock(subject.subject_id)).value
    except ObjectDoesNotExist:
        state = "gone"
    case = Case.objects.select_for_update(no_key=True).get(pk=case_id)
    if not case.is_open:
        raise ClosedError
    if case.is_claimed_by_another(moderator):
        raise TakenError
    if state not in ("gone", State.WITHDRAWN.value):
        raise CannotFollow("It waits for a decision.")
    close(case)
    record("case.close", actor=moderator, subject=(kind.label, case.subject_id), after={"state": state})


# --- Erasing ---------------------------------------------------------------------------------------------------


def erase_removed() -> int:
    """Take away for good the words of what was removed long ago and is under no appeal; return how many."""
    return sum(_erase(kind, key) for kind in kinds() if kind.erase for key in _due(kind))


def forget_words() -> int:
    """Take the words out of cases that were closed long ago; return how many."""
    over = Case.objects.filter(closed_at__lt=timezone.now() - WORDS_ARE_KEPT).exclude(words="")
    return over.update(words="")


def _due(kind: Kind) -> list[int]:
    before = timezone.now() - REMOVED_IS_KEPT
    due = kind.model._default_manager.filter(
        state=State.REMOVED, erased_at__isnull=True, decision__decided_at__lt=before
    )
    return list(due.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _erase(kind: Kind, key: int) -> bool:
    thing = kind.lock(key)
    # It may have been decided on once more meanwhile.
    is_due = thing.state == State.REMOVED and thing.decision.decided_at < timezone.now() - REMOVED_IS_KEPT
    is_held = Hold.objects.filter(subject_kind=kind.label, subject_id=key, kept_until__gt=timezone.localdate()).exists()
    if not is_due or is_held or thing.erased_at or lock_open_case(thing) or kind.erase is None:
        return False
    thing.erased_at = timezone.now()
    kind.erase(thing)
    # What was said about it may quote it.
    cases = Case.objects.about(kind.label, key)
    Report.objects.filter(case__in=cases).update(note="")
    Appeal.objects.filter(case__in=cases).update(text="")
    cases.update(words="")
    record("erase", actor=None, subject=(kind.label, key))
    return True
