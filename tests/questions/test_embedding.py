"""One answer in a frame on another site: what it shows, who may frame it, and that nothing else may be framed."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.visitors import COOKIE, Voter
from questions.services import hide_answer, hide_question, withdraw_answer
from tests.factories import AnswerFactory, DoctorReviewFactory, ModeratorFactory, QuestionFactory, UserFactory
from tests.reading import Page
from tests.test_errors import ROUTES, example
from voting.services import cast_vote

pytestmark = pytest.mark.django_db

EMBED = "embed/answers/<key:answer_id>/"


@pytest.fixture
def answer() -> Any:
    return AnswerFactory(doctor__name="Ada Lindqvist", doctor__credentials="MD, FACS", doctor__place="Port Alder")


def frame(answer: Any) -> str:
    return f"/embed/answers/{answer.pk}/"


def test_a_frame_shows_the_answer_its_doctor_and_a_way_to_the_question(client: Client, answer: Any):
    for _ in range(3):
        DoctorReviewFactory(doctor=answer.doctor, rating=4)
    cast_vote(answer_id=answer.pk, voter=Voter(user_id=UserFactory().pk), value=1)

    page = Page(client.get(frame(answer)))

    for words in (
        answer.headline,
        answer.question.title,
        "Most swelling goes in a week.",
        "Dr Ada Lindqvist",
        "MD, FACS",
        answer.doctor.specialty.name,
        "Port Alder",
        "4.0 out of 5, 3 reviews",
        "1 found this helpful, 0 did not",
        "They do not replace advice from a doctor who has examined you.",
    ):
        assert words in page, words
    (link,) = [each for name, each in page.tags if name == "a"]
    assert link["href"] == f"{settings.SITE_URL}{answer.get_absolute_url()}"
    assert (link["target"], link["rel"]) == ("_top", "noopener")


def test_a_frame_has_no_script_no_form_and_loads_one_small_file(client: Client, answer: Any):
    response = client.get(frame(answer))
    text = response.content.decode()

    assert not re.search(r"<(?:script|form|img|iframe|button|input|svg)\b", text)
    assert re.findall(r'<link rel="stylesheet" href="([^"]+)"', text) == ["/static/embed.css"]
    assert len(text) < 4000


def test_a_frame_reads_and_sets_no_cookie(answer: Any):
    mine = Client()
    mine.force_login(UserFactory())
    mine.cookies[COOKIE] = "0123:anything"

    plain, own = Client().get(frame(answer)), mine.get(frame(answer))

    assert (own.content, own["ETag"], own["Cache-Control"]) == (plain.content, plain["ETag"], plain["Cache-Control"])
    assert own["Vary"] == "Accept-Encoding"
    assert not own.cookies


def test_a_frame_costs_one_query(client: Client, answer: Any):
    with CaptureQueriesContext(connection) as queries:
        client.get(frame(answer))

    assert len(queries) == 1


def test_a_frame_is_told_of_each_change_at_once(client: Client, answer: Any):
    first = client.get(frame(answer))
    same = client.get(frame(answer), headers={"If-None-Match": first["ETag"]})
    cast_vote(answer_id=answer.pk, voter=Voter(user_id=UserFactory().pk), value=-1)
    changed = client.get(frame(answer), headers={"If-None-Match": first["ETag"]})

    assert (same.status_code, same.content) == (304, b"")
    # What a browser keeps takes the headers of the 304: they allow the frame, too.
    assert same["Content-Security-Policy"] == first["Content-Security-Policy"]
    assert changed.status_code == 200


def test_only_what_everybody_may_read_is_framed(client: Client, answer: Any):
    held = AnswerFactory(question=QuestionFactory(state="held", held_for=["first"]))
    hidden = AnswerFactory()
    hide_answer(hidden.pk, rule=1, reason="Why.", moderator=ModeratorFactory())
    with_its_question = AnswerFactory()
    hide_question(with_its_question.question_id, rule=1, reason="Why.", moderator=ModeratorFactory())
    withdraw_answer(answer.pk, doctor=answer.doctor)

    for gone in (answer, hidden, with_its_question):
        response = client.get(frame(gone))
        assert response.status_code == 410
        assert "Most swelling" not in response.content.decode()
        # The frame of whoever shows it says so.
        assert "frame-ancestors *" in response["Content-Security-Policy"]
    assert client.get(frame(held)).status_code == 404
    assert client.get("/embed/answers/999999/").status_code == 404


def test_an_answer_whose_doctors_check_ended_is_not_framed(client: Client, answer: Any):
    answer.doctor.licence_checks.all().delete()

    assert client.get(frame(answer)).status_code == 404


@pytest.mark.parametrize("route", ROUTES)
def test_nothing_else_may_be_framed(client: Client, route: str):
    response = client.get(example(route))

    policy = response["Content-Security-Policy"]
    assert ("frame-ancestors *" in policy) == (route == EMBED)
    assert ("frame-ancestors 'none'" in policy) == (route != EMBED)
    assert ("X-Frame-Options" in response) is False
    if route == EMBED:
        assert "script-src" not in policy and "default-src 'none'" in policy


@pytest.mark.parametrize("address", ["/admin/", "/admin/login/", "/nothing/", "/healthz/live"])
def test_nor_may_the_admin_or_an_error(client: Client, address: str):
    assert "frame-ancestors *" not in client.get(address).get("Content-Security-Policy", "")


def test_each_answer_offers_its_frame_to_be_copied(client: Client, answer: Any):
    text = client.get(answer.question.get_absolute_url()).content.decode()

    assert f'&lt;iframe src="{settings.SITE_URL}{frame(answer)}" title="Answer by Dr Ada Lindqvist"' in text
    assert 'loading="lazy" sandbox="allow-top-navigation-by-user-activation"' in text


def test_a_name_cannot_leave_the_attribute_that_is_copied(client: Client, answer: Any):
    type(answer.doctor).objects.filter(pk=answer.doctor_id).update(name='Ada" onload="x')

    text = client.get(answer.question.get_absolute_url()).content.decode()

    # Escaped once for this page and once for the page that it is copied to.
    assert 'title="Answer by Dr Ada&amp;quot; onload=&amp;quot;x"' in text
