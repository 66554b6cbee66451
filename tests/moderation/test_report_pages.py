"""Reporting, reading what was decided, and appealing, as people do it in the browser."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.test import Client

from moderation.models import Appeal, Report
from moderation.services import appeal
from questions.services import Answered, edit_answer, hide_question
from tests.factories import AnswerFactory, DoctorReviewFactory, ModeratorFactory, QuestionFactory, UserFactory, sign_in
from tests.reading import Page

pytestmark = pytest.mark.django_db

PLACES: dict[str, Callable[[], tuple[Any, str]]] = {
    "question": lambda: (thing := QuestionFactory(), thing.get_absolute_url()),
    "answer": lambda: (thing := AnswerFactory(), thing.question.get_absolute_url()),
    "review": lambda: (thing := DoctorReviewFactory(), thing.doctor.get_absolute_url()),
    "doctor": lambda: (thing := DoctorReviewFactory().doctor, thing.get_absolute_url()),
}
each_kind = pytest.mark.parametrize("noun", list(PLACES))


@each_kind
def test_a_stranger_finds_the_link_and_reports_without_an_account(client: Client, noun: str):
    thing, place = PLACES[noun]()
    address = f"/report/{noun}/{thing.pk}/"
    assert address in Page(client.get(place)).links()

    form = Page(client.get(address))
    response = client.post(address, {"reason": "abuse", "note": "It swears."})

    assert form.all("input", type="radio", name="reason")
    assert response["Location"] == f"{address}?sent"
    assert response.cookies["visitor"]["httponly"]
    assert "Your report is sent" in Page(client.get(response["Location"]))
    report = Report.objects.get()
    assert (report.subject_id, report.reason, report.note, report.reported_by) == (
        thing.pk,
        "abuse",
        "It swears.",
        None,
    )
    assert report.visitor and report.network


@each_kind
@pytest.mark.parametrize("sent", [{}, {"reason": "boring"}, {"reason": "abuse", "note": "x" * 501}])
def test_a_report_without_a_reason_comes_back_as_typed(client: Client, noun: str, sent: dict):
    thing, _ = PLACES[noun]()

    response = client.post(f"/report/{noun}/{thing.pk}/", sent)

    assert response.status_code == 422
    assert Page(response).all("div", role="alert") or "problem" in Page(response)
    assert not Report.objects.exists()


def test_a_form_without_its_token_is_refused():
    client = Client(enforce_csrf_checks=True)

    assert client.post(f"/report/question/{QuestionFactory().pk}/", {"reason": "abuse"}).status_code == 403


def test_the_same_browser_reports_a_thing_once(client: Client):
    question = QuestionFactory()

    for reason in ("abuse", "other"):
        client.post(f"/report/question/{question.pk}/", {"reason": reason})

    assert Report.objects.get().reason == "other"


@pytest.mark.parametrize("is_known", [True, False], ids=["user", "visitor"])
def test_there_is_a_limit_to_the_number(client: Client, is_known: bool):
    if is_known:
        sign_in(client, UserFactory())
    questions = [QuestionFactory() for _ in range(3)]
    told = []

    for number in range(21):
        if not is_known:
            client.cookies.clear()
        told.append(client.post(f"/report/question/{questions[number % 3].pk}/", {"reason": "abuse"}).status_code)

    assert told == [302] * 20 + [429]


def test_what_is_not_there_is_not_reported(client: Client):
    gone = QuestionFactory()
    hide_question(gone.pk, rule=1, reason="Why.", moderator=None)

    assert client.get(f"/report/question/{gone.pk}/").status_code == 410
    assert client.get("/report/question/999/").status_code == 404
    assert client.get(f"/report/topic/{gone.pk}/").status_code == 404


# --- Decisions -------------------------------------------------------------------------------------------------


def test_an_author_reads_what_was_decided_and_appeals(client: Client):
    question = QuestionFactory()
    decision = hide_question(question.pk, rule=4, reason="It names a price.", moderator=ModeratorFactory())
    sign_in(client, question.asker)
    address = f"/decisions/{decision.pk}/"

    assert address in Page(client.get("/questions/mine/")).links()
    assert address in Page(client.get("/decisions/")).links()
    page = Page(client.get(address))
    assert "Rule 4: No advertising" in page and "It names a price." in page
    assert client.post(address, {"text": " "}).status_code == 422
    assert client.post(address, {"text": "It is no price."}).status_code == 302

    assert Appeal.objects.get().text == "It is no price."
    page = Page(client.get(address))
    assert "It is no price." in page and "not decided yet" in page
    assert not page.all("textarea", name="text")
    assert client.post(address, {"text": "Again."}).status_code == 302
    assert Appeal.objects.get().text == "It is no price."


def test_nobody_else_reads_a_decision(client: Client):
    decision = hide_question(QuestionFactory().pk, rule=4, reason="Why.", moderator=ModeratorFactory())

    for person in (UserFactory(), ModeratorFactory()):
        assert sign_in(Client(), person).get(f"/decisions/{decision.pk}/").status_code == 404
    assert client.get(f"/decisions/{decision.pk}/").status_code == 302


# --- The moderator's page --------------------------------------------------------------------------------------


def a_case(**fields: Any) -> Any:
    answer = AnswerFactory(doctor__user=UserFactory(), **fields)
    Client().post(f"/report/answer/{answer.pk}/", {"reason": "unsafe", "note": "It may harm."})
    return answer, Report.objects.get(subject_id=answer.pk).case


def decide(client: Client, case: Any, **said: str) -> Any:
    """Send the form of a case's page as a browser would."""
    step = f"/admin/moderation/case/{case.pk}/decide/"
    shown = Page(client.get(f"/admin/moderation/case/{case.pk}/change/")).forms
    form: dict = next((form["data"] for form in shown if form["attributes"].get("action") == step), {})
    return client.post(step, {**form, **said})


def member(group: str) -> Any:
    user = UserFactory(is_staff=True)
    # Tests that empty the database take the groups along, which a migration made.
    import_module("moderation.migrations.0015_groups").make_groups(apps, None)
    user.groups.add(Group.objects.get(name=group))
    return user


def test_a_moderator_of_the_group_claims_and_decides(client: Client):
    answer, case = a_case(headline="Take ten of them")
    sign_in(client, member("Moderators"))
    page_address, step = f"/admin/moderation/case/{case.pk}/change/", f"/admin/moderation/case/{case.pk}"

    assert page_address in Page(client.get("/admin/moderation/case/")).links()
    page = Page(client.get(page_address))
    assert "Take ten of them" in page and "It may harm." in page
    client.post(f"{step}/claim/")
    again = decide(client, case, action="hide", rule="", reason="")
    assert again.status_code == 422 and "Choose the rule" in Page(again)
    decide(client, case, action="hide", rule="6", reason="It names a dose.")

    answer.refresh_from_db()
    case.refresh_from_db()
    assert (answer.state, answer.decision.reason, case.is_open) == ("hidden", "It names a dose.", False)
    assert "It names a dose." in Page(client.get(page_address))


def test_what_another_one_claimed_is_not_decided(client: Client):
    answer, case = a_case()
    sign_in(Client(), first := member("Moderators"))
    other = sign_in(Client(), first)
    other.post(f"/admin/moderation/case/{case.pk}/claim/")
    sign_in(client, member("Moderators"))

    page = Page(client.get(f"/admin/moderation/case/{case.pk}/change/"))
    assert f"{first} is at it" in page
    decide(client, case, action="hide", rule="6", reason="Why.")

    answer.refresh_from_db()
    assert answer.state == "published"


@pytest.mark.parametrize(("group", "may"), [("Moderators", False), ("Senior moderators", True)])
def test_only_seniors_remove_for_good_and_decide_on_doctors(client: Client, group: str, may: bool):
    answer, case = a_case()
    Client().post(f"/report/doctor/{answer.doctor_id}/", {"reason": "untrue"})
    of_doctor = Report.objects.get(subject_id=answer.doctor_id, subject_kind="doctors.doctor").case
    sign_in(client, member(group))

    decide(client, case, action="remove", rule="6", reason="Why.")
    decide(client, of_doctor, action="hide", rule="7", reason="Why.")

    answer.refresh_from_db()
    answer.doctor.refresh_from_db()
    assert (answer.state == "removed", answer.doctor.is_listed) == (may, not may)


def test_what_changed_since_it_was_read_is_not_decided(client: Client):
    answer, case = a_case(headline="Take ten of them")
    sign_in(client, member("Moderators"))
    step = f"/admin/moderation/case/{case.pk}/decide/"
    form = Page(client.get(f"/admin/moderation/case/{case.pk}/change/")).form(action=step)
    said = Answered("Take two of them", "Other words.", "none")
    edit_answer(answer.pk, doctor=answer.doctor, answered=said)

    page = Page(client.post(step, {**form, "action": "hide", "rule": "6", "reason": "A dose."}, follow=True))

    answer.refresh_from_db()
    assert answer.state == "published"
    assert "It changed since you read it" in page and "Take two of them" in page
    client.post(step, {"action": "hide", "rule": "6", "reason": "A form without the mark of what was read."})
    answer.refresh_from_db()
    assert answer.state == "published"


@pytest.mark.parametrize("step", ["claim", "release", "decide", "close"])
def test_staff_without_the_right_decide_nothing(client: Client, step: str):
    _, case = a_case()
    sign_in(client, UserFactory(is_staff=True))

    assert client.post(f"/admin/moderation/case/{case.pk}/{step}/", {"action": "publish"}).status_code == 403
    assert client.get(f"/admin/moderation/case/{case.pk}/{step}/").status_code == 405
    case.refresh_from_db()
    assert case.is_open and case.claimed_by is None


def test_an_appeal_shows_on_the_case(client: Client):
    question = QuestionFactory()
    decision = hide_question(question.pk, rule=1, reason="An insult.", moderator=ModeratorFactory())
    made = appeal(decision.pk, author=question.asker, text="I was polite.")
    sign_in(client, member("Moderators"))

    page = Page(client.get(f"/admin/moderation/case/{made.case_id}/change/"))

    assert "I was polite." in page and "An insult." in page
