"""Mails: decided on with the thing they speak of, sent by the worker, never lost, turned off with one click."""

import logging
import re
import smtplib
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as django_mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.emails import deliver_mail, register_kind, send_again, send_mail, sweep_mails, unsubscribe_address
from accounts.models import Mail, MailChoice, User
from qa_forum.mail_files import FileBackend
from tests.factories import ModeratorFactory, UserFactory, sign_in
from tests.mailing import Faulty, work
from tests.reading import Page

pytestmark = pytest.mark.django_db

TEMPLATE = "account/email/email_confirmation_signup"


def written(to: User | str = "ada@mail.example", **other: Any) -> Mail:
    """Return a mail that waits."""
    mail = send_mail(to=to, template=TEMPLATE, context={"code": "ABCD-EFGH"}, kind="account", **other)
    assert mail
    return mail


def due_in() -> list[float]:
    """Return in how many seconds each waiting task is due."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM scheduled_at - clock_timestamp()) FROM procrastinate_jobs"
            " WHERE status = 'todo' AND scheduled_at IS NOT NULL ORDER BY id"
        )
        return [float(seconds) for (seconds,) in cursor.fetchall()]


def hurry() -> None:
    """Let every task be due."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")


# --- Rows ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"state": "lost"}, "mail_state_is_known"),
        ({"state": "sent"}, "mail_is_sent_and_forgotten_or_not_sent"),
        ({"state": "sent", "sent_at": timezone.now()}, "mail_is_sent_and_forgotten_or_not_sent"),
        ({"state": "waiting", "sent_at": timezone.now()}, "mail_is_sent_and_forgotten_or_not_sent"),
    ],
)
def test_what_is_never_true_of_a_mail(fields: dict[str, Any], constraint: str):
    mail = written()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Mail.objects.filter(pk=mail.pk).update(**fields)


def test_a_choice_stands_once():
    user = UserFactory()
    MailChoice.objects.create(user=user, kind="news")

    with pytest.raises(IntegrityError, match="one_mail_choice_per_kind"), transaction.atomic():
        MailChoice.objects.create(user=user, kind="news")


# --- Sending -------------------------------------------------------------------------------------------------


def test_a_mail_is_text_and_html_and_forgotten_once_it_is_sent(mailoutbox):
    mail = written()

    (message,) = list(mailoutbox)

    assert (message.to, message.subject) == (["ada@mail.example"], "Sorrel: Your code")
    assert "ABCD-EFGH" in message.body
    html, kind = message.alternatives[0]
    assert kind == "text/html"
    assert "ABCD-EFGH" in html
    mail.refresh_from_db()
    assert (mail.state, mail.text, mail.html, mail.tries) == ("sent", "", "", 1)
    assert mail.sent_at


def test_what_is_rolled_back_is_never_sent(mailoutbox):
    with transaction.atomic():
        written()
        transaction.set_rollback(True)

    assert list(mailoutbox) == []
    assert not Mail.objects.exists()


def test_a_task_that_is_done_twice_sends_once(mailoutbox):
    mail = written()

    for _ in range(3):
        deliver_mail(mail.pk)

    assert len(mailoutbox) == 1


def test_nothing_in_a_mail_comes_from_elsewhere_or_runs():
    folder = Path(__file__).resolve().parent.parent.parent / "templates"
    mails = [path for path in folder.rglob("*.html") if "email" in path.parts or "mail" in path.parts]

    assert len(mails) > 8
    for path in mails:
        text = path.read_text()
        assert not re.search(r"<(img|script|link|iframe|style)\b|url\(|http(?!s?://)?:", text), path


def test_every_mail_has_all_three_parts():
    folder = Path(__file__).resolve().parent.parent.parent / "templates"
    stems = {
        re.sub(r"_(subject\.txt|message\.txt|message\.html)$", "", str(path)) for path in folder.rglob("*_message.*")
    }

    for stem in stems:
        for part in ("_subject.txt", "_message.txt", "_message.html"):
            assert Path(stem + part).exists(), stem + part


def test_a_subject_stays_one_line(settings):
    settings.SITE_NAME = "Sorrel\nBcc: everybody@mail.example"

    assert written().subject == "Sorrel Bcc: everybody@mail.example: Your code"


def test_a_mail_has_one_name_however_often_it_is_sent(mailoutbox):
    mail = written()
    deliver_mail(mail.pk)
    # As if the worker had ended before it could say that it was done.
    Mail.objects.filter(pk=mail.pk).update(state="waiting", sent_at=None)
    deliver_mail(mail.pk)

    assert len(mailoutbox) == 2
    assert {message.extra_headers["Message-ID"] for message in mailoutbox} == {mail.message_id}


# --- A mail server with faults -------------------------------------------------------------------------------

AGAIN = {
    "hang-up": smtplib.SMTPServerDisconnected("gone"),
    "refused": ConnectionRefusedError("no"),
    "slow": TimeoutError("slow"),
    "full": smtplib.SMTPRecipientsRefused({"ada@mail.example": (452, b"later")}),
    "busy": smtplib.SMTPDataError(451, b"later"),
    "wrong password": smtplib.SMTPAuthenticationError(535, b"no"),
}
NEVER = {
    "unknown": smtplib.SMTPRecipientsRefused({"ada@mail.example": (550, b"no such person")}),
    "unwanted": smtplib.SMTPDataError(554, b"no"),
}


@pytest.fixture
def faulty(settings) -> Callable[[list[Exception]], None]:
    """Return a function that says how the mail server answers next."""
    settings.EMAIL_BACKEND = "tests.mailing.Faulty"

    def set_faults(faults: list[Exception]) -> None:
        Faulty.faults = list(faults)

    return set_faults


@pytest.mark.parametrize("name", AGAIN)
def test_a_fault_that_may_pass_is_tried_again_later(name: str, faulty):
    faulty([AGAIN[name]])
    mail = written()
    work()

    mail.refresh_from_db()
    assert (mail.state, mail.tries) == ("waiting", 1)
    assert mail.fault.startswith(type(AGAIN[name]).__name__)
    assert 20 < due_in()[0] < 40
    hurry()
    work()
    mail.refresh_from_db()
    assert (mail.state, mail.tries, mail.fault) == ("sent", 2, "")
    assert len(django_mail.outbox) == 1


def test_pauses_grow_and_in_the_end_a_mail_is_set_aside(faulty, settings):
    faulty([ConnectionRefusedError("no")] * 20)
    mail = written()
    pauses = []
    for _ in range(6):
        work()
        pauses += due_in()
        hurry()
    work()

    mail.refresh_from_db()
    assert mail.state == "parked"
    assert len(pauses) == len(settings.MAIL_PAUSES)
    assert pauses == sorted(pauses)
    assert due_in() == []


@pytest.mark.parametrize("name", NEVER)
def test_what_is_refused_for_good_is_set_aside_at_once(name: str, faulty):
    faulty([NEVER[name]])
    mail = written()
    work()

    mail.refresh_from_db()
    assert mail.state == "parked"
    assert mail.fault in ("SMTPRecipientsRefused 550", "SMTPDataError 554")
    assert due_in() == []


def test_what_was_set_aside_is_sent_again_by_staff(faulty):
    faulty([NEVER["unknown"]])
    mail = written()
    work()
    client = sign_in(Client(), ModeratorFactory())
    page = Page(client.get("/admin/accounts/mail/?state__exact=parked"))
    assert "SMTPRecipientsRefused 550" in page
    assert "ABCD-EFGH" not in page

    client.post("/admin/accounts/mail/", {"action": "send_again", "_selected_action": [mail.pk]})
    work()

    mail.refresh_from_db()
    assert mail.state == "sent"
    assert send_again(mail.pk) is False


def test_staff_cannot_read_or_write_a_mail():
    mail, client = written(), sign_in(Client(), ModeratorFactory())

    page = client.get(f"/admin/accounts/mail/{mail.pk}/change/")

    assert "ABCD-EFGH" not in page.content.decode()
    assert client.post(f"/admin/accounts/mail/{mail.pk}/change/", {"to": "x@y.example"}).status_code == 403
    assert client.get("/admin/accounts/mail/add/").status_code == 403


def test_no_line_of_the_log_says_to_whom_or_what(faulty, caplog):
    caplog.set_level(logging.INFO)
    faulty([AGAIN["full"], NEVER["unknown"]])
    written()
    work()
    hurry()
    work()

    assert "ada@mail.example" not in caplog.text
    assert "ABCD-EFGH" not in caplog.text
    assert "Your code" not in caplog.text


# --- Files ---------------------------------------------------------------------------------------------------


def test_without_a_mail_server_mails_are_files_and_announced(tmp_path: Path, capsys, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH, settings.LOCAL_MODE = (
        "qa_forum.mail_files.FileBackend",
        str(tmp_path / "mail"),
        True,
    )
    written()
    work()

    (path,) = (tmp_path / "mail").iterdir()
    message = message_from_bytes(path.read_bytes())
    assert message["To"] == "ada@mail.example"
    assert path.stat().st_mode & 0o777 == 0o600
    said = capsys.readouterr().out
    assert said == f"Mail to a…@mail.example: {path} (code ABCD-EFGH)\n"


def test_a_site_for_all_does_not_say_the_code_on_its_console(tmp_path: Path, capsys, settings):
    settings.EMAIL_BACKEND, settings.LOCAL_MODE = "qa_forum.mail_files.FileBackend", False
    settings.EMAIL_FILE_PATH = str(tmp_path)
    written()
    work()

    assert "ABCD" not in capsys.readouterr().out
    assert FileBackend().folder == tmp_path


# --- Turning off ---------------------------------------------------------------------------------------------


def path_of(address: str) -> str:
    return "/" + address.split("/", 3)[3]


def test_one_click_turns_a_kind_off_without_cookie_or_token():
    user = UserFactory()
    address = path_of(unsubscribe_address(user, "hints"))
    client = Client(enforce_csrf_checks=True)

    looked = client.get(address)
    assert looked.status_code == 200
    assert not MailChoice.objects.exists()
    assert user.email not in looked.content.decode()
    assert looked["Cache-Control"] == "private, no-store"

    for _ in range(2):
        response = client.post(address, {"List-Unsubscribe": "One-Click"})
        assert response.status_code == 200
        assert "Set-Cookie" not in response

    assert MailChoice.objects.get().user == user
    assert send_mail(to=user, template=TEMPLATE, context={}, kind="hints", essential=False) is None
    assert send_mail(to=user, template=TEMPLATE, context={}, kind="other", essential=False)
    assert send_mail(to=user, template=TEMPLATE, context={}, kind="account")


def test_a_room_may_say_what_turning_off_means(monkeypatch):
    turned_off: list[User] = []
    monkeypatch.setattr("accounts.emails._kinds", {})
    register_kind("tips", "tips", turned_off.append)
    user = UserFactory()

    Client().post(path_of(unsubscribe_address(user, "tips")))

    assert turned_off == [user]


def test_a_mail_that_may_be_turned_off_says_how():
    user = UserFactory()

    mail = send_mail(to=user, template=TEMPLATE, context={}, kind="hints", essential=False)

    assert mail
    assert mail.headers["List-Unsubscribe"].startswith("<http")
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert user.email not in mail.headers["List-Unsubscribe"]


def test_an_essential_mail_is_not_turned_off():
    assert written(to=UserFactory()).headers == {}


@pytest.mark.parametrize("token", ["none", "a:b:c", "%", "x" * 500])
def test_a_token_that_is_none_is_not_found(token: str):
    assert Client().post(f"/mail/unsubscribe/{token}/").status_code == 404


def test_a_token_of_somebody_who_left_is_not_found():
    user = UserFactory()
    address = path_of(unsubscribe_address(user, "hints"))
    user.delete()

    assert Client().post(address).status_code == 404


def test_nobody_whose_account_is_off_gets_what_is_not_essential():
    user = UserFactory(is_active=False)

    assert send_mail(to=user, template=TEMPLATE, context={}, kind="hints", essential=False) is None


def test_what_was_sent_long_ago_is_swept_up(mailoutbox):
    old, new = written(), written()
    len(mailoutbox)
    Mail.objects.filter(pk=old.pk).update(sent_at=timezone.now() - timedelta(days=31))

    sweep_mails()

    assert list(Mail.objects.all()) == [new]
