"""A whole journey of a patient, and then every page, mail, log line and export, searched for who they are."""

import io
import logging
import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from questions.models import Question
from questions.services import announce_answer, hide_question, restore_question
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    DoctorReviewFactory,
    FollowFactory,
    ModeratorFactory,
    TopicFactory,
    UserFactory,
    sign_in,
)
from tests.mailing import delivered
from tests.people import code_for
from tests.reading import Page
from tests.routes import TABLE

pytestmark = pytest.mark.django_db

# Nowhere in the code, the demo or a template: whatever finds one of these found the patient.
NAME = "Wilhelmina Quatermain"
EMAIL = "wilhelmina.quatermain@mail.example"
STREET = "47 Zeppelin Mews"
SECRETS = re.compile("wilhelmina|quatermain|zeppelin mews", re.I)
PASSWORD = "nine amber lanterns drift"


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Hear everything that a log could hold; of the database's own loggers what a site in use writes."""
    caplog.set_level(logging.DEBUG)
    for name in ("django.db.backends", "factory", "faker"):
        caplog.set_level(logging.WARNING, name)
    return caplog


def sent(response: Any) -> dict[str, Any]:
    (form,) = [form["data"] for form in Page(response).forms if "key" in form["data"]]
    return form


def journey(client: Client) -> Question:
    """Write, remove what is personal, join, change, be answered, review, follow: as Wilhelmina would."""
    topic = TopicFactory(slug="ada", name="Knees")
    page = client.get("/questions/ask/")
    form = sent(page) | {"title": "Why does my knee click on stairs?", "topics": topic.slug, "no_names": "on"}
    form["body"] = f"My name is {NAME} and I live at {STREET}. Write to {EMAIL}."
    preview = client.post("/questions/ask/", form)
    clean = client.post("/questions/ask/", {**sent(preview), "redact": "all"})
    kept = re.search(r'name="kept" value="([^"]+)"', clean.content.decode())
    assert kept, "The preview has nothing to go on with."
    assert client.post("/questions/ask/", {**sent(clean), "kept": kept[1]})["Location"] == "/questions/ask/join/"
    joining = {"pen_name": "quiet_harbour", "email": EMAIL, "password": PASSWORD, "birth_year": "1970"}
    client.post("/accounts/signup/", joining)
    client.post("/accounts/signup/code/", {"code": code_for(EMAIL)})
    question = Question.objects.get()
    assert question.asker == User.objects.get(email=EMAIL)
    edit = f"/questions/{question.pk}/edit/"
    changed = sent(client.get(edit)) | {"body": f"{NAME} here again. It clicks.", "no_names": "on"}
    preview = client.post(edit, changed)
    client.post(edit, {**sent(preview), "redact": "all"})
    client.post(edit, {**sent(preview), "body": "It clicks.", "is_redaction": "on"})
    client.post(f"/questions/{question.pk}/follow/", {"how_often": "daily"})
    return Question.objects.get()


def everything_else(question: Question) -> None:
    """What others do around it: answer, follow, review, decide."""
    FollowFactory(user=UserFactory(), question=question)
    answer = AnswerFactory(question=question, doctor=DoctorFactory(slug="ada"))
    announce_answer(answer)
    DoctorReviewFactory(doctor=answer.doctor, patient=question.asker)
    moderator = ModeratorFactory()
    hide_question(question.pk, rule=2, reason="For a while.", moderator=moderator)
    restore_question(question.pk, reason="", moderator=moderator)


def public_addresses(question: Question) -> list[str]:
    parts = {
        "<key:question_id>": str(question.pk),
        "<key:answer_id>": str(question.answers.get().pk),
        "<str:slug>": question.slug,
        "<slug:slug>": "ada",
        "<section>": "questions",
    }
    found = []
    for route, row in TABLE.items():
        address = re.sub(r"<[^>]*>", lambda part: parts.get(part[0], "<>"), route)
        if "GET" in row and "<" not in address:
            found.append(f"/{address}")
    return [*found, "/search/?q=knee", "/questions/?sort=active", "/sitemap-questions.xml"]


def test_nothing_says_who_the_patient_is(log: pytest.LogCaptureFixture):
    patient = Client()
    question = journey(patient)
    everything_else(question)
    addresses = public_addresses(question)
    assert len(addresses) > 50

    for who, client in (("stranger", Client()), ("another patient", Client()), ("staff", Client())):
        if who != "stranger":
            sign_in(client, UserFactory() if who == "another patient" else ModeratorFactory())
        for address in addresses:
            response = client.get(address)
            told = f"{response.getvalue().decode(errors='replace')} {dict(response.headers)}"
            assert not SECRETS.search(told), f"{who} at {address}"

    # Their own pages do know their address, so the search above can find something.
    assert SECRETS.search(patient.get("/accounts/").content.decode())

    for mail in delivered():
        if mail.to != [EMAIL]:
            html = "".join(str(part) for part, _ in mail.alternatives)
            assert not SECRETS.search(f"{mail.subject} {mail.body} {html} {mail.extra_headers}"), mail.to
    assert {tuple(mail.to) for mail in delivered()} > {(EMAIL,)}

    exported = io.StringIO()
    call_command("export_questions", stdout=exported)
    assert "knee" in exported.getvalue()
    assert not SECRETS.search(exported.getvalue())

    assert not SECRETS.search(log.text)
    # What is personal was taken out before it was posted, and nothing kept it: not the history, not a session.
    assert not SECRETS.search(f"{question.title} {question.body} {list(question.edits.values_list('title', 'body'))}")
    assert not [each.pk for each in Session.objects.all() if SECRETS.search(str(each.get_decoded()))]


def test_no_word_of_a_question_comes_into_a_log_or_a_mail(log: pytest.LogCaptureFixture):
    question = journey(Client())
    everything_else(question)
    mails = delivered()

    for words in ("knee", "click", "stairs"):
        assert words not in log.text.lower()
        for mail in mails:
            assert words not in f"{mail.subject} {mail.body}".lower()
