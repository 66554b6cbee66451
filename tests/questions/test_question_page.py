"""The question page: in each state, to each kind of reader."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from moderation.models import Moderated
from questions.models import Answer, Question
from questions.services import hide_answer, hide_question, refresh_related, restore_question
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    DoctorReviewFactory,
    ModeratorFactory,
    QuestionFactory,
    TopicFactory,
    UserFactory,
)
from tests.reading import Page

pytestmark = pytest.mark.django_db

WHY = {"rule": 6, "reason": "It promises a result.", "moderator": None}
STATES = ["held", "hidden", "removed", "withdrawn"]


def put_into(question: Question, state: str) -> None:
    """Put a question into a state the way it would get there."""
    if state in ("hidden", "removed"):
        hide_question(question.pk, **WHY)
    Question.objects.filter(pk=question.pk).update(state=state)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


# --- Addresses -------------------------------------------------------------------------------------------


def test_a_question_is_found_at_its_address(client: Client):
    question = QuestionFactory(title="How long does it last?")

    response = client.get(question.get_absolute_url())

    assert response.status_code == 200
    assert "How long does it last?" in Page(response)
    assert response["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    "tail",
    ["", "other/", "HOW-LONG/", "%20/", "%FF/", "%E2%80%AE/", "how-long-/", "-/", "x" * 500 + "/", "how-long%0a/"],
)
def test_a_wrong_or_missing_slug_leads_to_the_right_one(client: Client, tail: str):
    question = QuestionFactory(slug="how-long")

    response = client.get(f"/questions/{question.pk}/{tail}")

    assert (response.status_code, response["Location"]) == (301, f"/questions/{question.pk}/how-long/")


def test_a_missing_slash_leads_on(client: Client):
    question = QuestionFactory()

    response = client.get(question.get_absolute_url().rstrip("/"))

    assert (response.status_code, response["Location"]) == (301, question.get_absolute_url())


def test_an_old_address_leads_on_after_the_title_changed(client: Client):
    question = QuestionFactory(slug="old")
    old = question.get_absolute_url()
    client.get(old)

    Question.objects.filter(pk=question.pk).update(slug="new")

    assert client.get(old)["Location"] == f"/questions/{question.pk}/new/"


@pytest.mark.parametrize(
    "key", ["0", "00", "-1", "1e3", "9" * 18, "9" * 19, "9" * 300, "\u0661", "abc", "%20", "1.0", "1,2", "0x1"]
)
def test_an_unknown_question_is_not_found(client: Client, key: str):
    assert client.get(f"/questions/{key}/").status_code == 404
    assert client.get(f"/questions/{key}/slug/").status_code == 404
    assert client.get(f"/answers/{key}/").status_code == 404


@pytest.mark.parametrize(("state", "status"), [("held", 404), ("hidden", 410), ("removed", 410), ("withdrawn", 410)])
@pytest.mark.parametrize("tail", ["{slug}/", "", "wrong/"])
def test_a_stranger_does_not_see_it(client: Client, state: str, status: int, tail: str):
    """Nor learns its title from where a wrong address leads."""
    question = QuestionFactory(title="A secret title", slug="a-secret-title")
    put_into(question, state)

    response = client.get(f"/questions/{question.pk}/{tail.format(slug=question.slug)}")

    assert response.status_code == status
    assert "secret" not in response.content.decode()
    assert "Location" not in response


@pytest.mark.parametrize(("state", "status"), [("held", 404), ("hidden", 410), ("removed", 410), ("withdrawn", 410)])
def test_another_person_who_is_signed_in_does_not_see_it_either(state: str, status: int):
    question = QuestionFactory()
    put_into(question, state)

    assert signed_in(UserFactory()).get(question.get_absolute_url()).status_code == status


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("who", ["author", "staff"])
def test_author_and_staff_see_it_with_its_state(state: str, who: str):
    question = QuestionFactory(title="A secret title")
    put_into(question, state)
    client = signed_in(question.asker if who == "author" else ModeratorFactory())

    response = client.get(question.get_absolute_url())

    page = Page(response)
    assert response.status_code == 200
    assert "A secret title" in page
    assert f"State: {Moderated.State(state).label}." in page
    assert page.all("meta", name="robots", content="noindex")
    assert response["Cache-Control"] == "private, no-store"


def test_the_author_reads_why_it_was_hidden():
    question = QuestionFactory()
    put_into(question, "hidden")

    assert WHY["reason"] in Page(signed_in(question.asker).get(question.get_absolute_url()))


def test_the_author_of_an_unpublished_question_finds_the_right_slug():
    question = QuestionFactory(slug="right")
    put_into(question, "held")

    assert signed_in(question.asker).get(f"/questions/{question.pk}/wrong/")["Location"].endswith("/right/")


@pytest.mark.parametrize("state", STATES)
def test_published_answers_of_an_unpublished_question_are_not_called_hidden(state: str):
    """What its author sees of it must be true: nobody decided anything against the answers."""
    question = QuestionFactory()
    AnswerFactory(question=question, headline="It goes in a week")
    put_into(question, state)

    page = Page(signed_in(question.asker).get(question.get_absolute_url()))

    assert "A moderator hid one answer" not in page


def test_a_restored_question_is_back_at_its_address(client: Client):
    question = QuestionFactory()
    hide_question(question.pk, **WHY)
    assert client.get(question.get_absolute_url()).status_code == 410

    restore_question(question.pk, reason="", moderator=None)

    assert client.get(question.get_absolute_url()).status_code == 200


# --- What it shows ---------------------------------------------------------------------------------------


def test_a_question_without_answers_says_so_and_is_not_indexed(client: Client):
    page = Page(client.get(QuestionFactory().get_absolute_url()))

    assert "Waiting for a doctor" in page
    assert "No doctor has answered yet." in page
    assert "Doctor answers (0)" in page
    assert page.all("meta", name="robots", content="noindex")


def test_an_answered_question_is_indexed(client: Client):
    page = Page(client.get(AnswerFactory().question.get_absolute_url()))

    assert not page.all("meta", name="robots")


def test_the_page_names_asker_date_topics_and_count(client: Client):
    topics = [TopicFactory(name="Acne"), TopicFactory(name="Scars")]
    question = QuestionFactory(
        topics=topics, asker=UserFactory(pen_name="sunny_day"), asked_at=datetime(2026, 11, 8, 23, 59, tzinfo=UTC)
    )
    AnswerFactory.create_batch(2, question=question)

    page = Page(client.get(question.get_absolute_url()))

    assert "Asked by sunny_day on 8 November 2026. 2 doctors answered" in page
    assert "Doctor answers (2)" in page
    assert {topic.get_absolute_url() for topic in topics} <= set(page.links())
    assert page.all("time", datetime="2026-11-08")


def test_an_unknown_date_and_asker_are_left_out(client: Client):
    question = QuestionFactory(asker=None, asked_at=None)

    page = Page(client.get(question.get_absolute_url()))

    assert "Asked. Waiting for a doctor" in page
    assert not page.all("time")


def test_an_imported_asker_is_a_name(client: Client):
    question = QuestionFactory(asker=None, asker_name="Sunny Day")

    assert "Asked by Sunny Day" in Page(client.get(question.get_absolute_url()))


def test_two_answers_of_one_imported_doctor_are_one_doctor(client: Client):
    question, doctor = QuestionFactory(), DoctorFactory()
    for number in range(2):
        AnswerFactory(question=question, doctor=doctor, external_id=f"seed:1-{number}")

    page = Page(client.get(question.get_absolute_url()))

    assert "1 doctor answered" in page
    assert "Doctor answers (2)" in page


@pytest.mark.parametrize(
    ("up", "down", "score"), [(4, 0, "+4"), (0, 0, "+0"), (2, 2, "+0"), (0, 1, "\u22121"), (0, 1200, "\u22121200")]
)
def test_the_score_has_its_sign(client: Client, up: int, down: int, score: str):
    answer = AnswerFactory(imported_upvote_count=up, imported_downvote_count=down)

    assert f"Score: {score} Not helpful" in Page(client.get(answer.question.get_absolute_url()))


def test_each_answer_has_a_permalink_and_a_heading(client: Client):
    answer = AnswerFactory(headline="It goes in a week")

    page = Page(client.get(answer.question.get_absolute_url()))

    (article,) = page.all("article", class_="answer")
    assert article["id"] == f"answer-{answer.pk}"
    assert page.all("h3", id=article["aria-labelledby"])
    assert f"#answer-{answer.pk}" in page.links()


def test_an_answer_without_a_headline_is_named_by_its_doctor(client: Client):
    answer = AnswerFactory(headline="", doctor__name="Ada Lovelace")

    assert "Answer by Dr Ada Lovelace" in Page(client.get(answer.question.get_absolute_url()))


def test_the_card_names_the_doctor(client: Client):
    doctor = DoctorFactory(
        name="Ada Lovelace", credentials="MD, FACS", specialty__name="Dermatology", place="Port Alder"
    )
    answer = AnswerFactory(doctor=doctor)

    page = Page(client.get(answer.question.get_absolute_url()))

    assert "Dr Ada Lovelace, MD, FACS" in page
    assert "Dermatology, Port Alder" in page
    assert "No reviews yet" in page
    assert doctor.get_absolute_url() in page.links()


@pytest.mark.parametrize(("reviews", "words"), [(1, "1 review"), (2, "2 reviews"), (3, "4 out of 5 (3 reviews)")])
def test_the_card_shows_an_average_from_three_reviews_on(client: Client, reviews: int, words: str):
    answer = AnswerFactory()
    DoctorReviewFactory.create_batch(reviews, doctor=answer.doctor, rating=4)

    page = Page(client.get(answer.question.get_absolute_url()))

    assert words in page
    assert ("out of 5" in page) is (reviews == 3)


def test_the_mark_stands_where_a_check_holds(client: Client):
    answer = AnswerFactory()

    assert "Licence checked" in Page(client.get(answer.question.get_absolute_url()))


def test_an_imported_doctor_is_marked_as_such(client: Client):
    answer = AnswerFactory(doctor__import_key="id:1")

    page = Page(client.get(answer.question.get_absolute_url()))

    assert "Imported, not checked here" in page
    assert "Licence checked" not in page


@pytest.mark.parametrize(
    ("interest", "words", "expected"),
    [
        ("none", "", "Interest: Dr Lovelace has none to state."),
        ("offers", "", "Interest: Dr Lovelace offers this treatment."),
        ("owns_device", "", "Interest: Dr Lovelace owns the device."),
        ("paid", "", "Interest: Dr Lovelace is paid for it."),
        ("offers", "offers this at her clinic", "Interest: Dr Lovelace offers this at her clinic."),
    ],
)
def test_a_stated_interest_is_a_sentence(client: Client, interest: str, words: str, expected: str):
    answer = AnswerFactory(doctor__name="Ada Lovelace", interest=interest, interest_words=words)

    assert expected in Page(client.get(answer.question.get_absolute_url()))


def test_an_unstated_interest_is_not_shown(client: Client):
    assert "Interest" not in Page(client.get(AnswerFactory().question.get_absolute_url()))


def test_the_disclaimer_and_the_emergency_line_are_beside_the_answers(client: Client):
    page = Page(client.get(AnswerFactory().question.get_absolute_url()))

    assert "General information, not medical advice" in page
    assert "Call your local emergency number now: 112, 911 or 999." in page


# --- Answers that are not there --------------------------------------------------------------------------


def test_the_place_of_a_hidden_answer_is_kept_and_its_words_are_gone(client: Client):
    answer = AnswerFactory(headline="A secret headline", body="Secret words.", doctor__name="Secret Name")
    hide_answer(answer.pk, **WHY)

    response = client.get(answer.question.get_absolute_url())

    page = Page(response)
    today = timezone.now().date()
    assert re.search(rf"A moderator hid one answer on {today.day} \w+ {today.year}\.", str(page))
    assert f"{WHY['reason']} Rule 6" in page
    assert page.all("div", id=f"answer-{answer.pk}")
    assert "secret" not in response.content.decode().lower()
    assert "Doctor answers (0)" in page
    assert not page.all("form", class_="vote")


@pytest.mark.parametrize("state", ["held", "withdrawn"])
def test_a_held_or_withdrawn_answer_leaves_no_trace(client: Client, state: str):
    answer = AnswerFactory(headline="A secret headline", body="Secret words.", doctor__name="Secret Name", state=state)

    response = client.get(answer.question.get_absolute_url())

    assert "secret" not in response.content.decode().lower()
    assert f"answer-{answer.pk}" not in response.content.decode()
    assert "No doctor has answered yet." in Page(response)


def test_a_removed_answer_leaves_no_trace(client: Client):
    answer = AnswerFactory(headline="A secret headline")
    hide_answer(answer.pk, **WHY)
    Answer.objects.update(state="removed")

    assert f"answer-{answer.pk}" not in client.get(answer.question.get_absolute_url()).content.decode()


# --- Order -----------------------------------------------------------------------------------------------


def order_of(client: Client, question: Question, sort: str = "") -> list[int]:
    page = Page(client.get(question.get_absolute_url(), {"sort": sort} if sort else {}))
    return [int(tag["id"].removeprefix("answer-")) for tag in page.all("article", class_="answer")]


def test_the_most_helpful_answer_comes_first(client: Client):
    question = QuestionFactory()
    worst, best, middle = (
        AnswerFactory(question=question, **votes)
        for votes in ({"user_downvote_count": 3}, {"user_upvote_count": 30}, {"visitor_upvote_count": 30})
    )

    assert order_of(client, question) == [best.pk, middle.pk, worst.pk]
    assert order_of(client, question, "helpful") == [best.pk, middle.pk, worst.pk]


def test_answers_sort_by_date_with_unknown_ones_last(client: Client):
    question, now = QuestionFactory(), timezone.now()
    dates = [now, None, now - timedelta(days=2), now, None]
    first, unknown, oldest, tie, unknown_too = (AnswerFactory(question=question, answered_at=date) for date in dates)

    assert order_of(client, question, "newest") == [tie.pk, first.pk, oldest.pk, unknown_too.pk, unknown.pk]
    assert order_of(client, question, "oldest") == [oldest.pk, first.pk, tie.pk, unknown_too.pk, unknown.pk]


@pytest.mark.parametrize("sort", ["", "best", "NEWEST", "newest'", "\u202e", "a" * 5000])
def test_an_unknown_order_falls_back(client: Client, sort: str):
    question = QuestionFactory()
    low, high = AnswerFactory(question=question), AnswerFactory(question=question, user_upvote_count=5)

    assert order_of(client, question, sort) == [high.pk, low.pk]


def test_one_answer_needs_no_choice_of_order(client: Client):
    question = AnswerFactory().question
    assert "Sort by" not in Page(client.get(question.get_absolute_url()))

    with_two = AnswerFactory(question=QuestionFactory()).question
    AnswerFactory(question=with_two)
    assert "Sort by" in Page(client.get(with_two.get_absolute_url()))


# --- Related ---------------------------------------------------------------------------------------------


def related_on(client: Client, question: Question) -> list[str]:
    own = question.get_absolute_url()
    links = Page(client.get(own)).links()
    return [link for link in links if re.match(r"/questions/\d", link) and link != own and "/follow/" not in link]


def test_questions_that_share_most_topics_stand_beside(client: Client):
    first, second = TopicFactory.create_batch(2)
    question = QuestionFactory(topics=[first, second])
    one, both, other = (QuestionFactory(topics=topics) for topics in ([first], [first, second], [TopicFactory()]))
    refresh_related([question.pk])

    assert related_on(client, question) == [both.get_absolute_url(), one.get_absolute_url()]
    assert other.get_absolute_url() not in related_on(client, question)


def test_answered_questions_come_before_others(client: Client):
    topic = TopicFactory()
    question, silent, answered = QuestionFactory.create_batch(3, topics=[topic])
    AnswerFactory(question=answered)
    refresh_related([question.pk])

    assert related_on(client, question) == [answered.get_absolute_url(), silent.get_absolute_url()]


def test_at_most_four_are_related(client: Client):
    questions = QuestionFactory.create_batch(8, topics=[TopicFactory()])
    refresh_related([questions[0].pk])

    assert len(related_on(client, questions[0])) == 4


@pytest.mark.parametrize("state", STATES)
def test_an_unpublished_question_stands_beside_none(client: Client, state: str):
    question, other = QuestionFactory.create_batch(2, topics=[TopicFactory()])
    refresh_related([question.pk])
    put_into(other, state)

    assert related_on(client, question) == []


def test_refreshing_again_and_refreshing_nothing_change_nothing(client: Client):
    question, other = QuestionFactory.create_batch(2, topics=[TopicFactory()])

    for _ in range(2):
        refresh_related([question.pk, 10**15])
    refresh_related([])

    assert related_on(client, question) == [other.get_absolute_url()]


def test_a_question_that_lost_its_topics_has_none_beside(client: Client):
    question, _ = QuestionFactory.create_batch(2, topics=[TopicFactory()])
    refresh_related([question.pk])

    question.topics.clear()
    refresh_related([question.pk])

    assert related_on(client, question) == []


# --- /answers/ID/ ----------------------------------------------------------------------------------------


def test_an_answers_address_leads_to_its_place(client: Client):
    answer = AnswerFactory()

    response = client.get(reverse("questions:answer_detail", args=[answer.pk]))

    assert (response.status_code, response["Location"]) == (302, answer.get_absolute_url())


@pytest.mark.parametrize(("state", "status"), [("held", 404), ("withdrawn", 410), ("hidden", 410), ("removed", 410)])
def test_the_address_of_an_answer_that_is_not_there(client: Client, state: str, status: int):
    answer = AnswerFactory()
    if status == 410:
        hide_answer(answer.pk, **WHY)
    Answer.objects.update(state=state)

    response = client.get(reverse("questions:answer_detail", args=[answer.pk]))

    assert response.status_code == status
    assert "Location" not in response


@pytest.mark.parametrize(("state", "status"), [("held", 404), ("withdrawn", 410), ("hidden", 410), ("removed", 410)])
def test_the_address_of_an_answer_whose_question_is_not_there(client: Client, state: str, status: int):
    answer = AnswerFactory()
    put_into(answer.question, state)

    assert client.get(reverse("questions:answer_detail", args=[answer.pk])).status_code == status


@pytest.mark.parametrize("state", ["held", "hidden"])
def test_staff_are_led_to_an_answer_in_each_state(state: str):
    answer = AnswerFactory()
    if state == "hidden":
        hide_answer(answer.pk, **WHY)
    Answer.objects.update(state=state)

    response = signed_in(ModeratorFactory()).get(reverse("questions:answer_detail", args=[answer.pk]))

    assert response.status_code == 302
