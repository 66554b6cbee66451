"""Mails: decided on in the transaction of the thing that they speak of, sent by a worker afterwards.

A mail is a row, and a task that names the row: a roll-back takes both back, and no process takes one with it when it
dies. Why: ``docs/decisions/0008-outbox.md``.
"""

import smtplib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email.utils import make_msgid
from random import uniform
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import BadHeaderError, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template import Context, Template
from django.template.loader import get_template, render_to_string
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import Mail, MailChoice, User
from qa_forum.background import defer

DELIVER = "accounts.deliver_mail"
# Somebody waits for a code, and nobody for a digest.
ESSENTIAL_FIRST = 10
# A mail that waits for so long without a task of its own has lost it.
LOST_AFTER = timedelta(minutes=10)
SENT_IS_KEPT = timedelta(days=30)
# The last mail to somebody whose account is closed: once it is over, not even the address stays.
FAREWELL = "farewell"
PARKED_IS_KEPT = timedelta(days=90)

_signer = signing.Signer(sep=".", salt="accounts.unsubscribe")

# --- Kinds of mail that people may turn off ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of mail is called on the page that turns it off, and how that is done."""

    label: str
    unsubscribe: Callable[[User], None] | None


_kinds: dict[str, Kind] = {}


def register_kind(key: str, label: str, unsubscribe: Callable[[User], None] | None = None) -> None:
    """Name a kind of mail that is not essential; called by the rooms above in ``AppConfig.ready``.

    ``label`` goes on in "We send you no more …". ``unsubscribe`` does what "no more" means in that room; without it the
    choice is kept here, and ``send_mail`` heeds it.
    """
    _kinds[key] = Kind(label, unsubscribe)


def label_of(kind: str) -> str:
    """Return what a kind of mail is called, also where no room sends it any more."""
    return _kinds[kind].label if kind in _kinds else "mails of this kind"


# --- Writing ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def send_mail(
    *, to: User | str, template: str, context: dict[str, Any], kind: str, essential: bool = True
) -> Mail | None:
    """Write a mail and put it into the queue, both within the present transaction.

    It is made of ``TEMPLATE_subject.txt``, ``TEMPLATE_message.txt`` and ``TEMPLATE_message.html``. A mail that is not
    essential is of a registered kind, goes to nobody who turned that off or whose account is off (the answer is None),
    and can be turned off with one click (RFC 8058).
    """
    headers: dict[str, str] = {}
    words = {**context, "SITE_NAME": settings.SITE_NAME, "SITE_URL": settings.SITE_URL, "unsubscribe_url": ""}
    if not essential:
        if kind not in _kinds:
            raise LookupError(f"Register the kind of mail first: {kind}")
        if not isinstance(to, User) or not _is_wanted(to, kind):
            return None
        words["unsubscribe_url"] = unsubscribe_address(to, kind)
        headers["List-Unsubscribe"] = f"<{words['unsubscribe_url']}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = Mail.objects.create(
        to=to.email if isinstance(to, User) else to,
        user=to if isinstance(to, User) else None,
        kind=kind,
        subject=_one_line(_render_text(f"{template}_subject.txt", words)),
        text=_render_text(f"{template}_message.txt", words) + "\n",
        html=render_to_string(f"{template}_message.html", words).strip() + "\n",
        headers=headers,
        message_id=make_msgid(domain=urlsplit(settings.SITE_URL).hostname or "localhost"),
    )
    _put_into_queue(mail, priority=ESSENTIAL_FIRST if essential else 0)
    return mail


def send_farewell(address: str) -> None:
    """Tell an address that its account is closed; nothing of this mail is kept once it was tried."""
    send_mail(to=address, template="accounts/mail/account_closed", context={}, kind=FAREWELL)


def _is_wanted(user: User, kind: str) -> bool:
    return user.is_active and not user.mail_choices.filter(kind=kind).exists()


def _render_text(name: str, words: dict[str, Any]) -> str:
    """Render a template of plain text, in which nothing is escaped, whatever its author forgot to say."""
    template = cast(Template, get_template(name).template)  # type: ignore[attr-defined]
    return template.render(Context(words, autoescape=False)).strip()


def _one_line(subject: str) -> str:
    """Return a subject that is one line; a second one could be a header of somebody else's making."""
    if len(subject.splitlines()) != 1:
        raise BadHeaderError("The subject of a mail is one line.")
    return subject


def _put_into_queue(mail: Mail, *, priority: int = 0, pause: timedelta | None = None) -> None:
    # The number of tries goes along: a task that comes twice finds that the mail has moved on.
    defer(DELIVER, mail_id=mail.pk, tries=mail.tries, priority=priority, pause=pause)


# --- Turning off ------------------------------------------------------------------------------------------------------


def unsubscribe_address(user: User, kind: str) -> str:
    """Return the address that turns a kind of mail off for a person: signed, good for ever, without a word on them."""
    return f"{settings.SITE_URL}{reverse('unsubscribe', args=[_signer.sign_object([user.pk, kind])])}"


def read_token(token: str) -> tuple[int, str] | None:
    """Return the key of the person and the kind that a token of ours names, or None."""
    try:
        user_id, kind = _signer.unsign_object(token)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return user_id, kind


@transaction.atomic
def unsubscribe(*, user_id: int, kind: str) -> None:
    """Turn a kind of mail off for a person. Safe to repeat, and harmless for somebody who is gone."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return
    turn_off = _kinds[kind].unsubscribe if kind in _kinds else None
    if turn_off:
        turn_off(user)
    else:
        MailChoice.objects.get_or_create(user=user, kind=kind)


# --- Delivering -------------------------------------------------------------------------------------------------------


@transaction.atomic
def deliver_mail(*, mail_id: int, tries: int) -> None:
    """Send a mail that waits and was tried so often, and erase its words; where that fails, try later or park it.

    The row is held meanwhile, so that no two workers send it. A process that dies after the mail server took the mail
    and before the commit leaves it waiting: it is sent once more, under the same Message-ID.
    """
    waiting = Mail.objects.select_for_update(skip_locked=True).filter(state=Mail.State.WAITING, tries=tries)
    mail = waiting.filter(pk=mail_id).first()
    if mail is None:
        return
    mail.tries += 1
    # Outside the `try`: a setting that is wrong is no fault of the mail, and parks none.
    connection = get_connection()
    try:
        _hand_over(mail, connection)
    except Exception as error:
        _note_fault(mail, error)
    else:
        mail.state, mail.sent_at, mail.fault = Mail.State.SENT, timezone.now(), ""
        mail.text, mail.html, mail.headers = "", "", {}
    if mail.kind == FAREWELL and mail.state != Mail.State.WAITING:
        mail.delete()
    else:
        mail.save()


def _hand_over(mail: Mail, connection: BaseEmailBackend) -> None:
    """Give a mail to the mail server, on a connection of its own; return once it was taken."""
    # Mail programs that answer for somebody who is away keep silent to this.
    headers = {**mail.headers, "Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"}
    message = EmailMultiAlternatives(mail.subject, mail.text, to=[mail.to], headers=headers)
    message.attach_alternative(mail.html, "text/html")
    try:
        connection.open()
        connection.send_messages([message])
    finally:
        # Whatever goes wrong with the goodbye, a mail that was taken was taken.
        with suppress(OSError):
            connection.close()


def _note_fault(mail: Mail, error: Exception) -> None:
    """Note what went wrong, by class and number alone, and plan the next try or park the mail."""
    code = _code_of(error)
    mail.fault = f"{type(error).__name__} {code or ''}".strip()[:80]
    if _is_final(error, code) or mail.tries > len(settings.MAIL_PAUSES):
        mail.state = Mail.State.PARKED
        return
    # Not all at the same moment, where many wait for the same server.
    seconds = settings.MAIL_PAUSES[mail.tries - 1] * uniform(0.8, 1.2)  # noqa: S311
    _put_into_queue(mail, pause=timedelta(seconds=seconds))


def _code_of(error: Exception) -> int | None:
    """Return the number by which a mail server refused."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next((code for code, _ in error.recipients.values()), None)
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else None


def _is_final(error: Exception, code: int | None) -> bool:
    """Tell whether the same mail would fail in the same way again."""
    if isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError):
        return code is not None and code >= 500
    # Any other no of the server (a wrong password, a sender that it does not know) is ours to mend meanwhile.
    return not isinstance(error, OSError)


# --- Looking after ----------------------------------------------------------------------------------------------------


@transaction.atomic
def send_again(mail_id: int) -> bool:
    """Put a parked mail into the queue once more, from its first try on; tell whether it was parked."""
    mail = Mail.objects.select_for_update().filter(pk=mail_id, state=Mail.State.PARKED).first()
    if mail is None:
        return False
    mail.state, mail.tries = Mail.State.WAITING, 0
    mail.save(update_fields=["state", "tries"])
    _put_into_queue(mail)
    return True


@transaction.atomic
def find_lost_mails() -> int:
    """Put mails into the queue that wait without a task, as after one was cancelled; return how many."""
    tasks = ProcrastinateJob.objects.filter(task_name=DELIVER, status__in=["todo", "doing"])
    waiting = Mail.objects.filter(state=Mail.State.WAITING, created_at__lt=timezone.now() - LOST_AFTER)
    # In this order: a task that ends in between has put the next one into the queue before.
    held = set(tasks.values_list("args__mail_id", flat=True))
    lost = [mail for mail in waiting.only("pk", "tries") if mail.pk not in held]
    for mail in lost:
        _put_into_queue(mail)
    return len(lost)


def sweep_mails() -> None:
    """Delete what is left of mails that were sent long ago, and parked ones that nobody sent again."""
    now = timezone.now()
    Mail.objects.filter(state=Mail.State.SENT, sent_at__lt=now - SENT_IS_KEPT).delete()
    Mail.objects.filter(state=Mail.State.PARKED, created_at__lt=now - PARKED_IS_KEPT).delete()
