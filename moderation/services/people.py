"""What moderators do about people: warn, limit, suspend, lift; hide all that somebody published, and undo exactly that.

Locks: the person's row first, then whatever the rooms lock for each thing.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import AccountNotice
from accounts.standing import LIMITED_POSTS
from moderation import emails
from moderation.accounts_content import Content, contents
from moderation.models import HiddenThing, Hiding, Moderated, Sanction
from moderation.rules import RULES
from moderation.services.audit import record
from moderation.services.cases import take_over_case
from moderation.services.deciding import OwnError, TakenError

WARNING_IS_SHOWN = timedelta(days=90)
TITLES: dict[str, str] = {
    Sanction.Kind.WARNING: "A moderator warned you",
    Sanction.Kind.LIMIT: f"You may post {LIMITED_POSTS} times a day",
    Sanction.Kind.SUSPENSION: "Your account is suspended: you may read and not write",
}


def may_act_on(moderator: User, person: User) -> bool:
    """Tell whether a moderator may decide about a person: never about themselves, about staff only as a superuser."""
    if not (moderator.is_active and moderator.is_staff) or moderator.is_suspended:
        return False
    if moderator.pk == person.pk or person.erased_at:
        return False
    return moderator.is_superuser or not (person.is_staff or person.is_superuser)


def _hold(user_id: int, moderator: User) -> User:
    """Lock a person's row, so that what they are writing is finished or not begun, and ask whether one may."""
    person = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if not may_act_on(moderator, person):
        raise PermissionDenied
    return person


# --- Sanctions --------------------------------------------------------------------------------------------------------


@transaction.atomic
def sanction(
    user_id: int, *, kind: str, rule: int, reason: str, moderator: User, ends_at: datetime | None = None
) -> Sanction:
    """Warn, limit or suspend a person and write to them; from this commit on, nothing that they send is done.

    What they sent before is finished first: whoever writes holds the row that this waits for.
    """
    person = _hold(user_id, moderator)
    imposed = Sanction.objects.create(
        user=person, kind=kind, rule=rule, reason=reason, ends_at=ends_at, imposed_by=moderator
    )
    after = {"kind": kind, "ends_at": ends_at.isoformat() if ends_at else None}
    record("person.sanction", actor=moderator, subject=person, rule=rule, reason=reason, after=after)
    emails.send_about_account(person)
    return imposed


@transaction.atomic
def lift(sanction_id: int, *, reason: str, moderator: User) -> Sanction:
    """End a sanction before its time; one that does not run any more is left as it is."""
    user_id = Sanction.objects.values_list("user_id", flat=True).get(pk=sanction_id)
    person = _hold(user_id, moderator)
    lifted = Sanction.objects.select_for_update(of=("self",)).get(pk=sanction_id)
    if not lifted.is_running:
        return lifted
    lifted.lifted_at, lifted.lifted_by, lifted.lifted_because = timezone.now(), moderator, reason
    lifted.save(update_fields=["lifted_at", "lifted_by", "lifted_because"])
    record(
        "person.lift", actor=moderator, subject=person, rule=lifted.rule, reason=reason, before={"kind": lifted.kind}
    )
    emails.send_about_account(person)
    return lifted


def notices_of(person: User) -> Iterable[AccountNotice]:
    """Return what a person reads on their account's page of what was decided about them, the newest first."""
    warned = Sanction.objects.filter(kind=Sanction.Kind.WARNING, starts_at__gt=timezone.now() - WARNING_IS_SHOWN)
    for each in (Sanction.objects.running() | warned).filter(user=person).order_by("-pk"):
        until = f" until {each.ends_at:%-d %B %Y, %H:%M} UTC" if each.ends_at else ""
        yield AccountNotice(TITLES[each.kind] + until, f"{each.reason} ({_quoted(each.rule)})")
    for hiding in Hiding.objects.filter(user=person, undone_at=None):
        yield AccountNotice("All that you published is hidden", f"{hiding.reason} ({_quoted(hiding.rule)})")


def _quoted(rule: int) -> str:
    return next(f"Rule {each.number}: {each.title}" for each in RULES if each.number == rule)


# --- All that a person published --------------------------------------------------------------------------------------


def hide_everything(user_id: int, *, rule: int, reason: str, moderator: User) -> Hiding:
    """Hide all that a person published, and remember what that was.

    Each thing is a transaction of its own, with the room's own locks. Where this was broken off, or the person
    published more since, calling it again goes on with the same hiding. Who may still write can publish more: suspend
    them first.
    """
    hiding = _open_hiding(user_id, rule=rule, reason=reason, moderator=moderator)
    for content in contents.values():
        for key in list(content.published_by(hiding.user)):
            _hide_one(hiding, content, key, moderator)
    return hiding


@transaction.atomic
def _open_hiding(user_id: int, *, rule: int, reason: str, moderator: User) -> Hiding:
    person = _hold(user_id, moderator)
    hiding, is_new = Hiding.objects.get_or_create(
        user=person, undone_at=None, defaults={"rule": rule, "reason": reason, "hidden_by": moderator}
    )
    if is_new:
        record("person.hide_all", actor=moderator, subject=person, rule=rule, reason=reason)
        emails.send_about_account(person)
    return hiding


@transaction.atomic
def _hide_one(hiding: Hiding, content: Content, key: int, moderator: User) -> None:
    thing = content.lock(key)
    # Hidden or taken back meanwhile: that stays as it is.
    if thing is None or thing.state != Moderated.State.PUBLISHED:
        return
    if not Hiding.objects.select_for_update(of=("self",)).filter(pk=hiding.pk, undone_at=None).exists():
        return
    # Who keeps one case must not keep one thing of many in sight.
    take_over_case(thing, moderator=moderator)
    decision = content.hide(key, rule=hiding.rule, reason=hiding.reason, moderator=moderator)
    HiddenThing.objects.create(hiding=hiding, decision=decision)


def undo_hiding(hiding_id: int, *, reason: str, moderator: User) -> int:
    """Publish again exactly what a hiding hid, and return how much; safe to repeat.

    What was hidden before it for another cause, decided anew since, or taken back by its author, stays as it is.
    """
    hiding = _close_hiding(hiding_id, reason=reason, moderator=moderator)
    waiting = hiding.things.filter(restored_at=None).values_list("pk", flat=True)
    return sum(_restore_one(key, moderator, hiding.undone_because) for key in list(waiting))


@transaction.atomic
def _close_hiding(hiding_id: int, *, reason: str, moderator: User) -> Hiding:
    user_id = Hiding.objects.values_list("user_id", flat=True).get(pk=hiding_id)
    person = _hold(user_id, moderator)
    hiding = Hiding.objects.select_for_update(of=("self",)).get(pk=hiding_id)
    if hiding.undone_at is None:
        hiding.undone_at, hiding.undone_by, hiding.undone_because = timezone.now(), moderator, reason
        hiding.save(update_fields=["undone_at", "undone_by", "undone_because"])
        record("person.unhide_all", actor=moderator, subject=person, rule=hiding.rule, reason=reason)
        emails.send_about_account(person)
    return hiding


@transaction.atomic
def _restore_one(hidden_id: int, moderator: User, reason: str) -> bool:
    decision = HiddenThing.objects.select_related("decision").get(pk=hidden_id).decision
    content = contents[decision.subject_kind]
    thing = content.lock(decision.subject_id)
    hidden = HiddenThing.objects.select_for_update().get(pk=hidden_id)
    is_as_left = thing is not None and thing.state == Moderated.State.HIDDEN and thing.decision_id == decision.pk
    if hidden.restored_at or not is_as_left:
        return False
    try:
        content.restore(decision.subject_id, reason=reason, moderator=moderator)
    except (OwnError, TakenError):
        # Its author appealed, or a moderator is at it: they decide.
        return False
    hidden.restored_at = timezone.now()
    hidden.save(update_fields=["restored_at"])
    return True
