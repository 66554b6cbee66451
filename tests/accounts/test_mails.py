"""Mails: decided on with the thing that they speak of, made of three parts, turned off with one click, parked."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.mail import BadHeaderError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts import emails
from accounts.emails import find_lost_mails, register_kind, send_again, send_mail, sweep_mails
from accounts.models import Mail, MailChoice, User
from qa_forum.background import defer
from tests.factories import UserFactory
from tests.mail_server import REFUSAL, MailServer
from tests.reading import Page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("letters")]

Run = Callable[..., None]


@pytest.fixture(autouse=True)
def _news_is_a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emails, "_kinds", {})
    register_kind("news", "news of this test")


def code(to: User | str = "person@mail.example", **context: Any) -> Mail:
    words = {"code": "ABC-D2F", "name": "Rowan", **context}
    mail = send_mail(to=to, template="letters/code", context=words, kind="code")
    assert mail is not None
    return mail


def news(to: User, name: str = "Rowan") -> Mail | None:
    return send_mail(to=to, template="letters/news", context={"name": name}, kind="news", essential=False)


def waiting_tasks() -> list[ProcrastinateJob]:
    return list(ProcrastinateJob.objects.filter(task_name=emails.DELIVER, status="todo").order_by("pk"))


def to_real_server(settings: Any, server: MailServer) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 2


# --- With the thing that it speaks of ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_roll_back_sends_nothing(deliver: Run, mailoutbox: list, mails: Callable):
    with transaction.atomic():
        code()
        assert waiting_tasks()
        transaction.set_rollback(True)

    deliver()
    assert (mails(), mailoutbox, waiting_tasks()) == ([], [], [])


@pytest.mark.django_db(transaction=True)
def test_a_commit_sends_once_and_erases_the_words(deliver: Run, mailoutbox: list):
    with transaction.atomic():
        mail = code()

    deliver()
    deliver()
    (sent,) = mailoutbox
    assert (sent.to, sent.subject, sent.extra_headers["Message-ID"]) == (
        ["person@mail.example"],
        "Sorrel: Your code",
        mail.message_id,
    )
    assert "Date" in sent.message()
    mail.refresh_from_db()
    assert (mail.state, mail.text, mail.html, mail.headers, mail.tries) == ("sent", "", "", {}, 1)
    assert mail.sent_at
    assert not ProcrastinateJob.objects.filter(task_name=emails.DELIVER).exists()


@contextmanager
def a_table_that_takes_no_try_of(address: str) -> Iterator[None]:
    """Let the database refuse what the worker writes about a mail, with the whole row in its words."""
    with connection.cursor() as cursor:
        rule = f"CHECK (tries = 0 OR \"to\" <> '{address}')"
        cursor.execute(f"ALTER TABLE accounts_mail ADD CONSTRAINT no_tries {rule}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE accounts_mail DROP CONSTRAINT no_tries")


@pytest.mark.django_db(transaction=True)
def test_what_a_worker_puts_off_goes_back_with_its_transaction_too(settings: Any, deliver: Run):
    """Inside a worker the queue's own app has a connection of its own: what went through that would stay."""
    with MailServer(lambda to: ["451 at the address"]) as server:
        to_real_server(settings, server)
        mail = code()
        with a_table_that_takes_no_try_of("person@mail.example"):
            deliver()
        assert server.faults
    mail.refresh_from_db()
    assert (mail.state, mail.tries) == ("waiting", 0)
    # The task itself, which comes again, and not the next try that it had put into the queue.
    assert [(task.args["tries"], task.attempts) for task in waiting_tasks()] == [(0, 1)]


@pytest.mark.django_db(transaction=True)
def test_a_task_that_comes_twice_sends_once(deliver: Run, mailoutbox: list):
    mail = code()
    for _ in range(3):
        defer(emails.DELIVER, mail_id=mail.pk, tries=0)

    deliver()
    assert len(mailoutbox) == 1


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_another_worker_holds_is_left_to_it(deliver: Run, mailoutbox: list):
    mail = code()
    defer(emails.DELIVER, mail_id=mail.pk, tries=0)
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT FROM accounts_mail FOR UPDATE")
        deliver()
    finally:
        other.rollback()
        other.close()

    assert mailoutbox == []
    mail.refresh_from_db()
    assert mail.state == "waiting"


def test_nothing_of_a_person_goes_into_the_queue():
    code(UserFactory())

    (task,) = waiting_tasks()
    assert set(task.args) == {"mail_id", "tries"}


def test_a_code_goes_before_news():
    news(UserFactory())
    code()

    assert [task.priority for task in waiting_tasks()] == [0, emails.ESSENTIAL_FIRST]


# --- Three parts ------------------------------------------------------------------------------------------------------


def test_a_mail_has_a_subject_a_text_and_html():
    mail = code(name="O'Hara & <b>co</b>")

    assert mail.subject == "Sorrel: Your code"
    assert "Hello O'Hara & <b>co</b>, here is" in mail.text
    assert "\nABC-D2F\n" in mail.text
    assert "O&#x27;Hara &amp; &lt;b&gt;co&lt;/b&gt;, here is" in mail.html
    for part in (mail.text, mail.html):
        assert "You get this mail because" in part
        assert "is general information, and no advice to one person alone." in part
        assert "http://localhost:8000/" in part
        assert "no more mails" not in part
        assert "{" not in part.replace("{ font", "")


@pytest.mark.parametrize("template", ["letters/code", "letters/news"])
def test_a_mail_loads_nothing_and_runs_nothing(template: str):
    user = UserFactory()
    mail = send_mail(to=user, template=template, context={"name": "R", "code": "A1B"}, kind="news", essential=False)

    assert mail is not None
    assert not re.search(r"<(?:img|script|link|iframe|object|form|video|audio|svg|style)\b", mail.html)
    assert not re.search(r"(?:src|background|srcset)\s*=|url\(|@import", mail.html)
    assert all(link.startswith("http://localhost:8000/") for link in re.findall(r'href="([^"]+)"', mail.html))


def test_whoever_sees_a_mail_by_chance_does_not_learn_what_the_site_is_about():
    mail = news(UserFactory())

    assert mail is not None
    for words in (mail.subject, mail.text, mail.html):
        assert not re.search(r"doctor|patient|health|medic|emergency|symptom|illness|treat", words, re.I)


@pytest.mark.parametrize("part", ["subject.txt", "message.txt", "message.html"])
def test_all_three_parts_are_needed(settings: Any, tmp_path: Any, part: str):
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], tmp_path]}]
    for other in {"subject.txt", "message.txt", "message.html"} - {part}:
        (tmp_path / f"half_{other}").write_text("Words")

    with pytest.raises(Exception, match=f"half_{part}"):
        send_mail(to="person@mail.example", template="half", context={}, kind="code")
    assert not Mail.objects.exists()


@pytest.mark.parametrize(
    "name", ["Rowan\nBcc: all@mail.example", "Rowan\r\n\r\nwords", "R\rBcc: x", "R\x0bx", "R\u2028x"]
)
def test_a_second_line_in_the_subject_is_refused(name: str):
    with pytest.raises(BadHeaderError), transaction.atomic():
        news(UserFactory(), name=name)

    assert not Mail.objects.exists()
    assert not waiting_tasks()


def test_a_second_line_in_the_address_is_refused():
    with pytest.raises(IntegrityError, match="mail_headers_are_one_line"), transaction.atomic():
        code("person@mail.example\nBcc: all@mail.example")


# --- Rows -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({"state": "lost"}, "mail_state_is_known"),
        ({"sent_at": timezone.now()}, "mail_is_sent_at_some_time_or_not_sent"),
        ({"state": "sent", "text": "", "html": ""}, "mail_is_sent_at_some_time_or_not_sent"),
        ({"state": "sent", "sent_at": timezone.now(), "html": ""}, "mail_is_erased_once_sent"),
        ({"text": ""}, "mail_is_text_and_html_until_sent"),
        ({"state": "parked", "html": ""}, "mail_is_text_and_html_until_sent"),
        ({"subject": "a\nb"}, "mail_headers_are_one_line"),
        ({"subject": ""}, "mail_headers_are_one_line"),
    ],
)
def test_a_mail_that_cannot_be_is_refused_by_the_database(columns: dict[str, Any], rule: str):
    mail = code()

    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        Mail.objects.filter(pk=mail.pk).update(**columns)


def test_a_person_turns_a_kind_off_once():
    choice = MailChoice.objects.create(user=UserFactory(), kind="news")

    with pytest.raises(IntegrityError, match="one_mail_choice_per_kind"), transaction.atomic():
        MailChoice.objects.create(user=choice.user, kind="news")


def test_mails_go_with_their_person():
    user = UserFactory()
    code(user)

    user.delete()
    assert not Mail.objects.exists()


# --- Turning off ------------------------------------------------------------------------------------------------------


def address_of(mail: Mail | None) -> str:
    assert mail is not None
    return mail.headers["List-Unsubscribe"].strip("<>").removeprefix("http://localhost:8000")


def test_what_is_not_essential_says_how_to_turn_it_off():
    user = UserFactory()
    mail = news(user)

    assert mail is not None
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = f"http://localhost:8000{address_of(mail)}"
    assert re.fullmatch(r"http://localhost:8000/mail/unsubscribe/[\w.-]+/", address)
    assert address in mail.text
    assert f'href="{address}"' in mail.html
    assert user.email not in address and user.pen_name not in address


def test_what_is_essential_cannot_be_turned_off():
    user = UserFactory()
    MailChoice.objects.create(user=user, kind="code")

    assert code(user).headers == {}


def test_one_click_of_a_program_without_cookies_and_token_turns_a_kind_off():
    user, address = UserFactory(), ""
    address = address_of(news(user))

    client = Client(enforce_csrf_checks=True)
    for _ in range(2):
        response = client.post(
            address, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded", secure=False
        )
        assert (response.status_code, dict(response.cookies)) == (200, {})
        assert response["Cache-Control"] == "private, no-store"
    assert "We send you no more news of this test." in Page(response)
    assert [(choice.user, choice.kind) for choice in MailChoice.objects.all()] == [(user, "news")]
    assert news(user) is None
    assert news(UserFactory()) is not None


def test_opening_the_page_changes_nothing_and_its_button_does():
    user = UserFactory()
    address = address_of(news(user))
    client = Client(enforce_csrf_checks=True)

    for method in (client.get, client.head):
        response = method(address)
        assert (response.status_code, dict(response.cookies)) == (200, {})
        assert response["Cache-Control"] == "private, no-store"
    assert not MailChoice.objects.exists()
    page = Page(client.get(address))
    assert "news of this test" in page
    client.post(address, page.form(method="post"))
    assert MailChoice.objects.filter(user=user, kind="news").exists()


def test_other_methods_are_refused(client: Client):
    assert client.put(address_of(news(UserFactory()))).status_code == 405


def test_a_token_that_is_not_ours_is_no_page(client: Client):
    address = address_of(news(UserFactory()))
    token = address.split("/")[-2]
    forged = emails.signing.Signer(key="another key", sep=".", salt="accounts.unsubscribe").sign_object([1, "news"])
    for other in (token[:-1], token[1:], token.swapcase(), forged, "x", "a.b", "%00", "é", "." * 2000):
        for method in (client.get, client.post):
            assert method(f"/mail/unsubscribe/{other}/").status_code in {400, 404}, other
    assert not MailChoice.objects.exists()


def test_a_room_says_what_turning_off_means_in_it(client: Client):
    turned_off: list[User] = []
    register_kind("news", "news of this test", turned_off.append)
    user = UserFactory()

    assert client.post(address_of(news(user))).status_code == 200
    assert turned_off == [user]
    assert not MailChoice.objects.exists()


def test_an_address_works_for_a_kind_that_is_gone_and_for_a_person_who_is(
    client: Client, monkeypatch: pytest.MonkeyPatch
):
    user = UserFactory()
    address = address_of(news(user))
    monkeypatch.setattr(emails, "_kinds", {})

    assert client.post(address).status_code == 200
    assert MailChoice.objects.filter(user=user, kind="news").exists()
    user.delete()
    assert client.post(address).status_code == 200


def test_an_account_that_is_off_gets_nothing_but_what_is_essential():
    user = UserFactory(is_active=False)

    assert news(user) is None
    assert code(user)


def test_a_kind_that_nobody_registered_is_a_mistake():
    with pytest.raises(LookupError, match="digest"):
        send_mail(to=UserFactory(), template="letters/news", context={}, kind="digest", essential=False)


# --- Faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_server_that_is_away_is_tried_with_growing_pauses_and_then_the_mail_is_parked(settings: Any, deliver: Run):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert sorted(settings.MAIL_PAUSES) == settings.MAIL_PAUSES == [30, 120, 600, 3600, 21600]
    mail = code()

    for tries, pause in enumerate(settings.MAIL_PAUSES, start=1):
        deliver(hurry=True)
        mail.refresh_from_db()
        assert (mail.state, mail.tries, mail.fault) == ("waiting", tries, "ConnectionRefusedError")
        (task,) = waiting_tasks()
        seconds = (task.scheduled_at - timezone.now()).total_seconds()
        assert 0.75 * pause < seconds < 1.25 * pause
        deliver()
        mail.refresh_from_db()
        assert mail.tries == tries, "It was tried before its time."
    deliver(hurry=True)
    mail.refresh_from_db()
    assert (mail.state, mail.tries) == ("parked", 6)
    assert "ABC-D2F" in mail.text
    assert not waiting_tasks()


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_was_parked_is_sent_again(settings: Any, deliver: Run):
    with MailServer(lambda to: [REFUSAL]) as refusing:
        to_real_server(settings, refusing)
        mail = code()
        deliver()
    mail.refresh_from_db()
    assert (mail.state, mail.tries, mail.fault) == ("parked", 1, "SMTPRecipientsRefused 550")

    with MailServer() as server:
        to_real_server(settings, server)
        assert send_again(mail.pk)
        assert not send_again(mail.pk)
        deliver()
    mail.refresh_from_db()
    assert (mail.state, mail.fault, server.taken) == ("sent", "", {mail.message_id: 1})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ("451 at the address", "SMTPRecipientsRefused 451"),
        ("hang-up at the address", "SMTPServerDisconnected"),
        ("452 at the text", "SMTPDataError 452"),
        ("hang-up at the text", "SMTPServerDisconnected"),
    ],
)
def test_what_may_pass_is_tried_again(settings: Any, deliver: Run, answer: str, fault: str):
    with MailServer(lambda to: [answer]) as server:
        to_real_server(settings, server)
        mail = code()
        deliver()
        mail.refresh_from_db()
        assert (mail.state, mail.tries) == ("waiting", 1)
        # A server that hangs up says 421 first, where it can.
        assert mail.fault == fault or mail.fault.endswith(" 421")
        assert server.taken == {}
        deliver(hurry=True)
    mail.refresh_from_db()
    assert (mail.state, mail.tries, server.taken) == ("sent", 2, {mail.message_id: 1})


@pytest.mark.django_db(transaction=True)
def test_a_task_of_a_try_that_is_over_makes_no_other(settings: Any, deliver: Run):
    """Its worker was killed between the commit and the end of the task."""
    with MailServer(lambda to: ["451 at the address"] * 9) as server:
        to_real_server(settings, server)
        mail = code()
        deliver()
        defer(emails.DELIVER, mail_id=mail.pk, tries=0)
        deliver()
    mail.refresh_from_db()
    assert (mail.state, mail.tries, server.faults.total()) == ("waiting", 1, 1)
    assert [task.args["tries"] for task in waiting_tasks()] == [1]


@pytest.mark.django_db(transaction=True)
def test_a_text_that_is_refused_for_good_is_parked_at_once(settings: Any, deliver: Run):
    with MailServer(lambda to: ["554 at the text"]) as server:
        to_real_server(settings, server)
        mail = code()
        deliver()
    mail.refresh_from_db()
    assert (mail.state, mail.tries, mail.fault) == ("parked", 1, "SMTPDataError 554")


@pytest.mark.django_db(transaction=True)
def test_a_rude_goodbye_after_the_mail_was_taken_sends_it_no_second_time(
    settings: Any, deliver: Run, monkeypatch: pytest.MonkeyPatch
):
    with MailServer() as server:
        to_real_server(settings, server)

        async def quit_rudely(smtp: Any, *words: str) -> str:
            # Longer than a line may be: Python's own client refuses to read on.
            return f"554 {'x' * 10_000}"

        monkeypatch.setattr(server, "handle_QUIT", quit_rudely, raising=False)
        mail = code()
        deliver()
    mail.refresh_from_db()
    assert (mail.state, server.taken) == ("sent", {mail.message_id: 1})


@pytest.mark.django_db(transaction=True)
def test_what_arrives_carries_the_headers(settings: Any, deliver: Run):
    with MailServer() as server:
        to_real_server(settings, server)
        mail = news(UserFactory())
        address = address_of(mail)
        deliver()

    assert mail is not None
    headers = server.headers[mail.message_id]
    assert headers["List-Unsubscribe"].strip() == f"<http://localhost:8000{address}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["From"] == "Sorrel <no-reply@localhost>"
    assert headers["Content-Type"].startswith("multipart/alternative")
    assert headers["Date"]


@pytest.mark.django_db(transaction=True)
def test_no_log_line_names_an_address_or_a_word(
    settings: Any, deliver: Run, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture
):
    caplog.set_level(logging.DEBUG)
    with MailServer(lambda to: [REFUSAL] if to.startswith("refused") else ["451 at the address"]) as server:
        to_real_server(settings, server)
        for to in ("refused@mail.example", "later@mail.example", "sent@mail.example"):
            code(to, name="Secretname")
        deliver(hurry=True)
        deliver(hurry=True)
        code("broken@mail.example", name="Secretname")
        with a_table_that_takes_no_try_of("broken@mail.example"):
            deliver(hurry=True)

    # The mail server's own log is not ours.
    lines = [f"{each.getMessage()} {each.exc_text}" for each in caplog.records if not each.name.startswith("mail.")]
    assert [line for line in lines if "TaskFailed: IntegrityError at emails.py:" in line]
    text = "\n".join([*lines, *capfd.readouterr()])
    for word in ("mail.example", "Secretname", "ABC-D2F", "Your code"):
        assert word not in text


# --- Looking after ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_lost_its_task_is_found(deliver: Run, mailoutbox: list):
    lost, held, fresh = code("lost@mail.example"), code("held@mail.example"), code("fresh@mail.example")
    long_ago = timezone.now() - emails.LOST_AFTER * 2
    Mail.objects.exclude(pk=fresh.pk).update(created_at=long_ago)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE args->>'mail_id' <> %s", [str(held.pk)])

    assert find_lost_mails() == 1
    assert find_lost_mails() == 0
    deliver()
    assert sorted(sent.to[0] for sent in mailoutbox) == ["held@mail.example", lost.to]


def test_what_is_long_over_is_deleted():
    now = timezone.now()
    kept, old, forgotten, parked, waiting = (code(f"{n}@mail.example") for n in range(5))
    sent = {"state": "sent", "text": "", "html": "", "headers": {}}
    Mail.objects.filter(pk=kept.pk).update(**sent, sent_at=now - emails.SENT_IS_KEPT * 0.9)
    Mail.objects.filter(pk=old.pk).update(**sent, sent_at=now - emails.SENT_IS_KEPT * 1.1)
    Mail.objects.filter(pk=forgotten.pk).update(state="parked", created_at=now - emails.PARKED_IS_KEPT * 1.1)
    Mail.objects.filter(pk=parked.pk).update(state="parked", created_at=now - emails.PARKED_IS_KEPT * 0.9)
    Mail.objects.filter(pk=waiting.pk).update(created_at=now - emails.PARKED_IS_KEPT * 2)

    sweep_mails()
    assert list(Mail.objects.order_by("pk")) == [kept, parked, waiting]


@pytest.mark.django_db(transaction=True)
def test_the_tasks_of_the_clock_run(deliver: Run):
    tasks = {name for name, _ in app.periodic_registry.periodic_tasks}
    assert tasks >= {"accounts.find_lost_mails", "accounts.sweep_mails", "accounts.sweep_queue"}
    for name in tasks:
        defer(name, timestamp=0)

    deliver()
    assert not ProcrastinateJob.objects.filter(task_name__in=tasks).exists()


# --- Staff ------------------------------------------------------------------------------------------------------------


def test_staff_see_how_many_are_parked_and_send_them_again(admin_client: Client):
    parked, waiting = code("parked@mail.example"), code("waiting@mail.example")
    Mail.objects.filter(pk=parked.pk).update(state="parked", fault="SMTPRecipientsRefused 550", tries=1)

    page = Page(admin_client.get("/admin/accounts/mail/"))
    assert "Mails: 1 could not be sent" in page
    assert "parked@mail.example" in page and "SMTPRecipientsRefused 550" in page
    assert "waiting@mail.example" not in page
    assert "ABC-D2F" not in page
    assert "ABC-D2F" not in Page(admin_client.get(f"/admin/accounts/mail/{parked.pk}/change/"))
    assert "waiting@mail.example" not in Page(admin_client.get(f"/admin/accounts/mail/{waiting.pk}/change/"))

    response = admin_client.post(
        "/admin/accounts/mail/",
        {"action": "send_again", "_selected_action": [parked.pk, waiting.pk]},
        follow=True,
    )
    assert "1 mail will be sent again." in Page(response)
    assert "Mails: none is parked" in Page(response)
    assert len(waiting_tasks()) == 3


def test_staff_who_may_only_look_send_nothing_again(client: Client):
    from django.contrib.auth.models import Permission

    person = UserFactory(is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_mail"))
    client.force_login(person)

    assert "Send again" not in Page(client.get("/admin/accounts/mail/"))


# --- The console ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_without_a_mail_server_mails_are_files_and_the_console_tells_the_code(
    settings: Any, tmp_path: Any, deliver: Run, capfd: pytest.CaptureFixture
):
    settings.EMAIL_BACKEND = "qa_forum.mail_files.FileBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    settings.LOCAL_MODE = True
    code("person@mail.example")
    news(UserFactory(email="other@mail.example"))

    deliver()
    first, second = sorted((tmp_path / "mail").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    for path in (first, second):
        assert re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{8}\.eml", path.name)
        assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "mail").stat().st_mode & 0o777 == 0o700
    assert "ABC-D2F" in first.read_text()
    assert capfd.readouterr().out == (
        f"mail to p…@mail.example: {first}\n    Sorrel: Your code: ABC-D2F\nmail to o…@mail.example: {second}\n"
    )


@pytest.mark.django_db(transaction=True)
def test_anywhere_but_on_a_machine_of_ones_own_the_console_is_silent(
    settings: Any, tmp_path: Any, deliver: Run, capfd: pytest.CaptureFixture
):
    settings.EMAIL_BACKEND = "qa_forum.mail_files.FileBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    settings.LOCAL_MODE = False
    code()

    deliver()
    assert len(list((tmp_path / "mail").iterdir())) == 1
    assert capfd.readouterr().out == ""
