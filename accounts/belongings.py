"""What a person has here: taken away as a file, shown before they close their account, and erased with it.

Rooms above register what of it is theirs in ``AppConfig.ready``. Why an account's row stays, empty:
``docs/decisions/0015-what-stays-of-a-person.md``.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import models, transaction
from django.utils import timezone

from accounts.devices import device_words
from accounts.emails import send_farewell
from accounts.models import Mail, User
from accounts.standing import keep_out

# What of a person's is signed with their key and stays as it is: the admin's record of what staff changed.
SIGNED = frozenset({"admin.LogEntry"})

# The house's order of locks, for what erasing an account may move: parents before children.
DOCTORS, QUESTIONS, TOPICS, ANSWERS, REVIEWS = range(5)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the preview: what it is, in words, and whether it stays."""

    words: str
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that a person decides when they close their account; the first option is the one that is chosen."""

    key: str
    label: str
    options: Sequence[tuple[str, str]]
    is_for: Callable[[User], bool]


def _nothing(user: User) -> Sequence[Any]:
    return ()


@dataclass(frozen=True, slots=True)
class Belongings:
    """What one room keeps of a person.

    ``export`` returns what goes into their file, as plain JSON, and nothing of other people's that is private.
    ``rows`` names, with the place in the order of locks, what ``erase`` moves; all of it is locked before anything is
    written. ``erase`` acts on rows that are more than the person's own; whatever a foreign key deletes with a person
    is deleted anyway.
    """

    name: str
    export: Callable[[User], Any]
    preview: Callable[[User], Sequence[Line]] = _nothing
    rows: Callable[[User], Iterable[tuple[int, models.QuerySet[Any]]]] = _nothing
    erase: Callable[[User, Mapping[str, str]], None] | None = None
    choices: Sequence[Choice] = field(default=())
    # Tables of which `erase` leaves some rows for a while, though a foreign key would delete them with a person.
    keeps_some_of: frozenset[str] = frozenset()


registry: list[Belongings] = []


class CannotClose(Exception):
    """The account cannot be closed as it stands; the text says why and what to do."""


# --- Taking away ------------------------------------------------------------------------------------------------------


def export(user: User) -> dict[str, Any]:
    """Return all that belongs to a person, as plain JSON."""
    return {
        "made_at": timezone.now().isoformat(),
        "account": _own_account(user),
        **{each.name: each.export(user) for each in registry},
    }


def _own_account(user: User) -> dict[str, Any]:
    """Return what this room keeps of a person: no password, no secret, no key of a session."""
    return {
        "email": user.email,
        "pen_name": user.pen_name,
        "joined_at": user.date_joined.isoformat(),
        "last_signed_in_at": moment(user.last_login),
        "is_staff": user.is_staff,
        "addresses": [
            {"email": each.email, "is_confirmed": each.verified, "is_used": each.primary}
            for each in EmailAddress.objects.filter(user=user).order_by("pk")
        ],
        "second_factors": [
            {"kind": each.type, "added_at": moment(each.created_at), "last_used_at": moment(each.last_used_at)}
            for each in Authenticator.objects.filter(user=user).order_by("pk")
        ],
        "signed_in_on": [
            {
                "device": device_words(each.user_agent),
                "browser_says": each.user_agent,
                "network": each.ip,
                "since": moment(each.created_at),
                "last_seen_at": moment(each.last_seen_at),
            }
            for each in UserSession.objects.filter(user=user).order_by("pk")
        ],
        "mails_turned_off": list(user.mail_choices.order_by("kind").values_list("kind", flat=True)),
        "mails": [
            {"kind": each.kind, "to": each.to, "written_at": moment(each.created_at), "sent_at": moment(each.sent_at)}
            for each in _mails_of(user).order_by("pk")
        ],
    }


def moment(value: Any) -> str | None:
    """Return a date or a time as it stands in the file."""
    return value.isoformat() if value else None


def _mails_of(user: User) -> models.QuerySet[Mail]:
    """Mails to a person, and those that went to an address of theirs without naming them, as codes do.

    An address that was typed and never confirmed may be somebody else's.
    """
    confirmed = EmailAddress.objects.filter(user=user, verified=True).values("email")
    return Mail.objects.filter(models.Q(user=user) | models.Q(to__in=confirmed))


# --- Closing ----------------------------------------------------------------------------------------------------------


def choices_of(user: User) -> list[Choice]:
    """Return what this person decides when they close their account."""
    return [choice for each in registry for choice in each.choices if choice.is_for(user)]


def preview(user: User) -> tuple[list[str], list[str]]:
    """Return in words what goes, and what stays whatever the person chooses."""
    lines = [Line("Your email, your pen name, your password and every device on which you are signed in")]
    lines += [line for each in registry for line in each.preview(user)]
    return [line.words for line in lines if not line.stays], [line.words for line in lines if line.stays]


def what_hinders(user: User) -> str:
    """Return why a person cannot close their account now; nothing where they can."""
    if user.is_staff or user.is_superuser:
        return "You are staff. Ask a colleague to take your staff rights first, then close your account."
    return ""


@transaction.atomic
def close_account(*, user_id: int, choices: Mapping[str, str]) -> None:
    """Erase what a person has here, as they chose, and empty their account; all of it in one commit. Safe to repeat.

    The person's row is locked first, so that nothing of theirs that is being written is missed. ``CannotClose`` where
    they are staff.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if user.erased_at:
        return
    if reason := what_hinders(user):
        raise CannotClose(reason)
    made = {choice.key: _made(choice, choices) for choice in choices_of(user)}
    _lock_rows(user)
    for each in registry:
        if each.erase:
            each.erase(user, made)
    _empty(user)


def _made(choice: Choice, choices: Mapping[str, str]) -> str:
    """Return what was chosen, or the first option."""
    wanted, allowed = choices.get(choice.key, ""), [value for value, _ in choice.options]
    return wanted if wanted in allowed else allowed[0]


def _lock_rows(user: User) -> None:
    """Lock all that will be moved, of whatever room: parents before children, each kind in the order of its keys."""
    keys: dict[tuple[int, type[models.Model]], set[Any]] = defaultdict(set)
    for each in registry:
        for place, rows in each.rows(user):
            keys[place, rows.model].update(rows.order_by().values_list("pk", flat=True))
    for (_, model), wanted in sorted(keys.items(), key=lambda item: (item[0][0], item[0][1]._meta.label)):
        held = model._base_manager.filter(pk__in=wanted).order_by("pk")
        list(held.select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))


def _empty(user: User) -> None:
    """Delete all that a foreign key would delete with this person, and leave a row with nobody in it."""
    address = user.email
    _mails_of(user).delete()
    for session in UserSession.objects.filter(user=user):
        session.end()
    spared = SIGNED.union(*(each.keeps_some_of for each in registry))
    for relation in User._meta.related_objects:
        model: Any = relation.related_model
        if getattr(relation, "on_delete", None) is models.CASCADE and model._meta.label not in spared:
            model._base_manager.filter(**{relation.field.name: user}).delete()
    if user.is_suspended and user.suspended_until:
        keep_out(address, user.suspended_until)
    user.groups.clear()
    user.user_permissions.clear()
    user.email, user.pen_name = f"{user.pk}@{User.NOWHERE}", f"{User.FORMER} {user.pk}"
    user.set_unusable_password()
    user.is_active, user.last_login, user.erased_at = False, None, timezone.now()
    user.save()
    send_farewell(address)
