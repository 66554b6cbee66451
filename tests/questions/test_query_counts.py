"""A page costs the same number of queries however much it shows."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import NumericRange
from django.test import Client
from django.test.utils import CaptureQueriesContext

from questions.models import Inquiry, Question
from questions.services import hide_answer, refresh_related
from tests.factories import (
    AnswerFactFactory,
    AnswerFactory,
    DoctorFactory,
    DoctorReviewFactory,
    FactKindFactory,
    InquiryFactory,
    ModeratorFactory,
    QuestionFactory,
    SpecialtyFactory,
    TopicFactory,
    UserFactory,
    VoteFactory,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def queries(client: Client, address: str) -> int:
    """Return how many queries a fresh rendering costs, the one for its version among them."""
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200
    return len(captured)


def stranger() -> Client:
    return Client()


def visitor() -> Client:
    client = Client()
    client.post(f"/answers/{AnswerFactory().pk}/vote/", {"value": 1}, headers={"Sec-Fetch-Site": "same-origin"})
    return client


def signed_in() -> Client:
    client = Client()
    client.force_login(UserFactory())
    return client


def staff() -> Client:
    client = Client()
    client.force_login(ModeratorFactory())
    return client


def full_answers(question: Question, count: int, imported: bool = False) -> None:
    """Answers with all that a card may hold: checks, reviews, facts, votes; one of them hidden."""
    kind = FactKindFactory(topic=question.topics.first())
    for n in range(count):
        doctor = DoctorFactory(import_key=f"id:{question.pk}-{n}" if imported else None)
        answer = AnswerFactory(question=question, doctor=doctor, interest="paid")
        AnswerFactFactory(answer=answer, kind=kind, span=NumericRange(n, n + 2, "[]"))
        VoteFactory(answer=answer)
        inquiry = InquiryFactory(question=question)
        Inquiry.objects.filter(pk=inquiry.pk).update(reply="Since spring.", replied_at=NOON)
    question.topics.first().recalls.create(reason="New guidance.")
    hidden = AnswerFactory(question=question)
    hide_answer(hidden.pk, rule=1, reason="Why.", moderator=None)


def full_question(answers: int, imported: bool = False) -> str:
    topics = TopicFactory.create_batch(3)
    question = QuestionFactory(topics=topics)
    QuestionFactory.create_batch(4, topics=topics[:1])
    full_answers(question, answers, imported)
    refresh_related([question.pk])
    return question.get_absolute_url()


def test_a_strangers_question_page_costs_five_queries_for_1_and_for_50_answers():
    one, fifty = full_question(1), full_question(50)

    counts = [queries(stranger(), one), queries(stranger(), fifty)]

    assert counts[0] == counts[1] <= 5


def test_a_bare_question_costs_no_more():
    assert queries(stranger(), QuestionFactory(asker=None).get_absolute_url()) <= 5


def test_imported_doctors_cost_no_more():
    assert queries(stranger(), full_question(10, imported=True)) <= 5


@pytest.mark.parametrize("make", [visitor, signed_in, staff])
def test_a_viewers_question_page_costs_the_same_for_1_and_for_20_answers(make: Callable[[], Client]):
    client, one, twenty = make(), full_question(1), full_question(20)
    queries(client, one)  # Statements are put together at first use.

    counts = [queries(client, one), queries(client, twenty)]

    assert counts[0] == counts[1]
    assert counts[0] <= 7


def test_each_order_of_the_answers_costs_the_same():
    url = full_question(5)

    assert len({queries(stranger(), f"{url}?sort={sort}") for sort in ("helpful", "newest", "oldest")}) == 1


def test_the_askers_own_page_and_list_cost_the_same_for_1_and_for_20_of_everything():
    asker = UserFactory()
    question = QuestionFactory(asker=asker, topics=TopicFactory.create_batch(2))
    client, counts = Client(), []
    client.force_login(asker)
    client.get(question.get_absolute_url())  # Statements are put together at first use.

    for more in (1, 19):
        for _ in range(more):
            for each in (question, QuestionFactory(asker=asker)):
                InquiryFactory(question=each)
                each.declines.create(doctor=DoctorFactory(), reason="field")
                AnswerFactory(question=each)
        counts.append([queries(client, address) for address in (question.get_absolute_url(), "/questions/mine/")])

    assert counts[0] == counts[1]
    assert max(counts[0]) <= 9


def rows(numbers: range, imported: bool) -> None:
    """One of everything that lists show for each number."""
    specialty = SpecialtyFactory()
    for n in numbers:
        topics = TopicFactory.create_batch(2)
        question = QuestionFactory(topics=topics, asked_at=NOON + timedelta(days=n), title="A swelling")
        key = f"id:{n}" if imported else None
        doctor = DoctorFactory(specialty=specialty, import_key=key)
        AnswerFactory(question=question, doctor=doctor, body="A swelling")
        DoctorReviewFactory(doctor=doctor)
        QuestionFactory(topics=topics, asked_at=None)


LISTS = [
    "/",
    "/questions/",
    "/questions/?sort=active",
    "/questions/?sort=helpful",
    "/questions/?sort=unanswered",
    "/topics/",
    "/doctors/",
    "/doctors/?sort=rating",
    "/doctors/?sort=name",
    "/search/?q=swelling",
    "/sitemap.xml",
    "/sitemap-questions.xml",
    "/sitemap-topics.xml",
    "/sitemap-doctors.xml",
]


@pytest.mark.parametrize("imported", [False, True], ids=["", "imported"])
@pytest.mark.parametrize("make", [stranger, signed_in])
def test_every_list_costs_the_same_for_1_and_for_20_rows(make: Callable[[], Client], imported: bool):
    client = make()
    rows(range(1), imported)
    few = {address: queries(client, address) for address in LISTS}

    rows(range(1, 20), imported)
    many = {address: queries(client, address) for address in LISTS}

    assert many == few
    assert max(many.values()) <= 26


def test_a_topics_page_costs_the_same_for_1_and_for_20_questions():
    topic = TopicFactory()
    counts = []

    for more in (1, 19):
        for _ in range(more):
            AnswerFactory(question=QuestionFactory(topics=[topic, TopicFactory()]))
        counts.append(queries(stranger(), topic.get_absolute_url()))

    assert counts[0] == counts[1]


def test_a_profile_costs_the_same_for_1_and_for_20_reviews_and_answers():
    doctor = DoctorFactory()
    counts = []

    for more in (1, 19):
        for _ in range(more):
            AnswerFactory(doctor=doctor, question=QuestionFactory(topics=[TopicFactory()]))
            DoctorReviewFactory(doctor=doctor)
        counts.append(queries(stranger(), doctor.get_absolute_url()))

    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    "headers", [{}, {"HX-Request": "true"}, {"Accept": "application/json"}], ids=["plain", "htmx", "json"]
)
@pytest.mark.parametrize("imported", [False, True], ids=["", "imported"])
def test_a_vote_costs_two_queries_in_each_form(headers: dict, imported: bool):
    answer = AnswerFactory(doctor__import_key="id:1" if imported else None)
    client = visitor()

    with CaptureQueriesContext(connection) as captured:
        client.post(f"/answers/{answer.pk}/vote/", {"value": 1}, headers={"Sec-Fetch-Site": "same-origin", **headers})

    assert len(captured) == 2
