"""The mails of this room. None says what somebody wrote: only what was decided, by which rule, and where to read it."""

from accounts.emails import send_mail
from accounts.models import User
from moderation.models import Decision

KIND = "moderation"


def send_decided(user: User, decision: Decision) -> None:
    """Tell the author of something what was decided on it, and why: nobody turns this off."""
    context = {"decision": decision, "rule": decision.rule_words, "is_against": decision.rule is not None}
    send_mail(to=user, template="moderation/mail/decided", context=context, kind=KIND)


def send_held(user: User) -> None:
    """Tell the author of something that it waits until a moderator has looked at it."""
    send_mail(to=user, template="moderation/mail/held", context={}, kind=KIND)


def send_about_account(person: User) -> None:
    """Tell a person that a moderator decided something about their account, or took it back."""
    if person.is_active:
        send_mail(to=person, template="moderation/mail/about_account", context={}, kind=KIND)
