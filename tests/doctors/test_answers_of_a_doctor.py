"""All that a doctor answered: its pages, its topics, what is on it and what is not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from questions.models import Answer
from questions.services import hide_answer
from tests.factories import AnswerFactory, DoctorFactory, QuestionFactory, TopicFactory
from tests.reading import Page, walk

pytestmark = pytest.mark.django_db

PLACE = "/doctors/ada/answers/"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def ada() -> Any:
    return DoctorFactory(slug="ada", name="Ada Lindqvist")


def test_every_answer_is_on_one_page_the_newest_first_and_an_unknown_date_last(client: Client, ada: Any):
    for n in range(45):
        # Few moments, so that ties are common.
        AnswerFactory(doctor=ada, answered_at=NOON + timedelta(days=n // 7) if n % 9 else None)
    AnswerFactory()

    pages = walk(client, PLACE)

    answers = list(Answer.objects.filter(doctor=ada).select_related("question"))
    answers.sort(key=lambda each: (each.answered_at or datetime(1, 1, 1, tzinfo=UTC), each.pk), reverse=True)
    assert [link for page in pages for link in page.items()] == [each.get_absolute_url() for each in answers]
    assert [len(page.items()) for page in pages] == [20, 20, 5]


def test_topics_are_told_with_their_answers_and_narrow_the_list(client: Client, ada: Any):
    acne, scars = TopicFactory(name="Acne", slug="acne"), TopicFactory(name="Scars", slug="scars")
    one = AnswerFactory(doctor=ada, question=QuestionFactory(topics=[acne, scars]))
    two = AnswerFactory(doctor=ada, question=QuestionFactory(topics=[acne]))
    hidden = AnswerFactory(doctor=ada, question=QuestionFactory(topics=[scars]))
    hide_answer(hidden.pk, rule=1, reason="Why.", moderator=None)

    for address in ("/doctors/ada/", PLACE):
        page = Page(client.get(address))
        assert "Acne (2 answers)" in page and "Scars (1 answer)" in page
        assert f"{PLACE}?topic=scars" in page.links()
    narrowed = Page(client.get(f"{PLACE}?topic=scars"))

    assert narrowed.items() == [one.get_absolute_url()]
    assert "/doctors/?topic=scars" in narrowed.links()
    assert set(Page(client.get(f"{PLACE}?topic=none")).items()) == {one.get_absolute_url(), two.get_absolute_url()}


def test_the_profile_leads_to_all_answers_where_there_are_more(client: Client, ada: Any):
    for _ in range(10):
        AnswerFactory(doctor=ada)
    assert PLACE not in Page(client.get("/doctors/ada/")).links()

    AnswerFactory(doctor=ada)

    assert PLACE in Page(client.get("/doctors/ada/")).links()
    assert "All 11 answers" in Page(client.get("/doctors/ada/"))


@pytest.mark.django_db(transaction=True)
def test_each_change_is_told_at_once(client: Client, ada: Any):
    answer = AnswerFactory(doctor=ada, question=QuestionFactory(topics=[TopicFactory(name="Acne")]))
    assert answer.headline in Page(client.get(PLACE))

    Answer.objects.filter(pk=answer.pk).update(headline="Another headline")
    assert "Another headline" in Page(client.get(PLACE))
    type(ada).objects.filter(pk=ada.pk).update(name="Ada Other")
    assert "Answers by Dr Ada Other" in Page(client.get(PLACE))
    hide_answer(answer.pk, rule=1, reason="Why.", moderator=None)
    assert "No answers yet." in Page(client.get(PLACE))


def test_a_doctor_who_is_not_listed_or_has_no_check_shows_no_answer(client: Client, ada: Any):
    AnswerFactory(doctor=ada)
    ada.licence_checks.all().delete()
    assert Page(client.get(PLACE)).items() == []

    type(ada).objects.filter(pk=ada.pk).update(is_listed=False)
    assert client.get(PLACE).status_code == 410


@pytest.mark.parametrize("rows", [1, 50])
def test_it_costs_the_same_number_of_queries_however_many_answers(client: Client, ada: Any, rows: int):
    for _ in range(rows):
        AnswerFactory(doctor=ada, question=QuestionFactory(topics=[TopicFactory()]))

    with CaptureQueriesContext(connection) as queries:
        assert client.get(PLACE).status_code == 200

    assert len(queries) == 8, [query["sql"][:80] + query["sql"][-60:] for query in queries]


def test_only_the_whole_list_is_for_search_engines(client: Client, ada: Any):
    noindex = b'<meta name="robots" content="noindex, follow">'

    assert noindex not in client.get(PLACE).content
    assert noindex in client.get(f"{PLACE}?topic=acne").content
