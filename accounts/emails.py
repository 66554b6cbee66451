"""Mails: decided on in the transaction of the thing that they speak of, sent by the worker afterwards.

A mail is a row, and a task that names the row: a roll-back takes both back, and no mail is lost with a process.
"""

import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.utils import make_msgid
from random import uniform
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import Mail, MailChoice, User
from qa_forum.background import defer

DELIVER = "accounts.deliver_mail"
# A mail server that says no with such a number will say so tomorrow too.
REFUSED_FOR_GOOD = range(500, 600)
SENT_LAST = timedelta(days=30)

_signer = signing.Signer(salt="accounts.unsubscribe")

# --- Kinds ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of mail that is not essential: what it is called, and what to do for somebody who wants none."""

    label: str
    unsubscribe: Callable[[User], None]


# Filled by the rooms above in `AppConfig.ready`.
_kinds: dict[str, Kind] = {}


def register_kind(key: str, label: str, unsubscribe: Callable[[User], None]) -> None:
    """Name a kind of mail that people may turn off, and how that is done."""
    _kinds[key] = Kind(label, unsubscribe)


# --- Deciding -------------------------------------------------------------------------------------------------------


@transaction.atomic
def send_mail(
    *, to: User | str, template: str, context: dict[str, Any], kind: str, essential: bool = True
) -> Mail | None:
    """Write a mail and put it into the queue, all within the present transaction.

    Made of ``TEMPLATE_subject.txt``, ``TEMPLATE_message.txt`` and ``TEMPLATE_message.html``. What is not essential goes
    to nobody who turned it off or whose account is off (None), and can be turned off with one click (RFC 8058).
    """
    user, address = (to, to.email) if isinstance(to, User) else (None, to)
    headers: dict[str, str] = {}
    context = {**context, "SITE_NAME": settings.SITE_NAME, "SITE_URL": settings.SITE_URL}
    if not essential:
        if user is None or not user.is_active or MailChoice.objects.filter(user=user, kind=kind).exists():
            return None
        context["unsubscribe_url"] = unsubscribe_address(user, kind)
        headers = {
            "List-Unsubscribe": f"<{context['unsubscribe_url']}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    mail = Mail.objects.create(
        to=address,
        user=user,
        kind=kind,
        # One line, whatever stands in the template or in a name.
        subject=" ".join(render_to_string(f"{template}_subject.txt", context).split())[:200],
        text=render_to_string(f"{template}_message.txt", context),
        html=render_to_string(f"{template}_message.html", context),
        headers=headers,
        message_id=make_msgid(domain=urlsplit(settings.SITE_URL).hostname or "localhost"),
    )
    defer(DELIVER, mail_id=mail.pk)
    return mail


# --- Turning off ----------------------------------------------------------------------------------------------------


def unsubscribe_address(user: User, kind: str) -> str:
    """Return the address that turns a kind of mail off for a person: signed, without a word about them."""
    token = _signer.sign_object([user.pk, kind])
    return f"{settings.SITE_URL}{reverse('unsubscribe', args=[token])}"


def read_unsubscribe(token: str) -> tuple[User, str] | None:
    """Return whom and what a token of ours speaks of, or None."""
    try:
        user_id, kind = _signer.unsign_object(token)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    user = User.objects.filter(pk=user_id).first()
    return (user, kind) if user else None


def kind_label(kind: str) -> str:
    """Return what a kind of mail is called on its page."""
    return _kinds[kind].label if kind in _kinds else "these mails"


@transaction.atomic
def unsubscribe(user: User, kind: str) -> None:
    """Turn a kind of mail off for a person. Safe to repeat."""
    if kind in _kinds:
        _kinds[kind].unsubscribe(user)
    else:
        MailChoice.objects.get_or_create(user=user, kind=kind)


# --- Delivering -----------------------------------------------------------------------------------------------------


@transaction.atomic
def deliver_mail(mail_id: int) -> None:
    """Send a mail that waits, and forget its words; where that fails, try again later, and in the end set it aside.

    The row is held meanwhile, so that no two workers send it. A process that dies between sending and committing leaves
    it waiting: it is sent once more, under the same Message-ID.
    """
    waiting = Mail.objects.select_for_update(skip_locked=True).filter(state=Mail.State.WAITING)
    mail = waiting.filter(pk=mail_id).first()
    if mail is None:
        return
    mail.tries += 1
    try:
        _message(mail).send()
    except (smtplib.SMTPException, OSError) as error:
        _note_fault(mail, error)
    else:
        mail.state, mail.sent_at, mail.text, mail.html, mail.fault = Mail.State.SENT, timezone.now(), "", "", ""
        mail.headers = {}
    mail.save()


def _message(mail: Mail) -> EmailMultiAlternatives:
    headers = {**mail.headers, "Message-ID": mail.message_id}
    message = EmailMultiAlternatives(mail.subject, mail.text, to=[mail.to], headers=headers)
    message.attach_alternative(mail.html, "text/html")
    return message


def _note_fault(mail: Mail, error: Exception) -> None:
    """Put a mail that could not be sent back into the queue for later, or set it aside where staff see it."""
    code = _code_of(error)
    mail.fault = f"{type(error).__name__} {code or ''}".strip()
    pauses = settings.MAIL_PAUSES
    # A wrong password or a server that greets with a no is ours to mend: that is tried again.
    is_final = code in REFUSED_FOR_GOOD and isinstance(error, (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError))
    if is_final or mail.tries > len(pauses):
        mail.state = Mail.State.PARKED
        return
    # Not all at the same moment, where many wait for the same server.
    defer(DELIVER, pause=pauses[mail.tries - 1] * uniform(0.8, 1.2), mail_id=mail.pk)  # noqa: S311


def _code_of(error: Exception) -> int | None:
    """Return the number by which a mail server refused."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()))[0] if error.recipients else None
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else None


@transaction.atomic
def send_again(mail_id: int) -> bool:
    """Put a mail that was set aside into the queue once more; tell whether it was one."""
    mail = Mail.objects.select_for_update().filter(pk=mail_id, state=Mail.State.PARKED).first()
    if mail is None:
        return False
    mail.state, mail.tries = Mail.State.WAITING, 0
    mail.save(update_fields=["state", "tries"])
    defer(DELIVER, mail_id=mail.pk)
    return True


def sweep_mails() -> None:
    """Drop what is left of mails that were sent long ago."""
    Mail.objects.filter(state=Mail.State.SENT, sent_at__lt=timezone.now() - SENT_LAST).delete()
