"""A doctor's desk: what lies on it, for whom, in which order; choices, mails for new questions, medians."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Mail
from questions import desk as lying
from questions.models import AnswerAgreement, AnswerDraft, Desk, HowOften, Notice, Question
from questions.services import choose, tell_digests
from questions.services.desk import tell_nothing
from questions.services.following import tell_of_question
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    DoctorReviewFactory,
    FollowFactory,
    InquiryFactory,
    QuestionFactory,
    SpecialtyFactory,
    TopicFactory,
    UserFactory,
    VoteFactory,
    sign_in,
)
from tests.reading import Page, walk

pytestmark = pytest.mark.django_db

PAGES = [
    "/desk/",
    "/desk/?all=on&answered=on",
    "/desk/waiting/",
    "/desk/drafts/",
    "/desk/answers/",
    "/desk/reviews/",
    "/desk/choices/",
]


@pytest.fixture
def topic() -> Any:
    return TopicFactory(slug="noses")


@pytest.fixture
def doctor(topic: Any) -> Any:
    """A doctor to whose desk one topic comes by their specialty."""
    doctor = DoctorFactory(user=UserFactory(), specialty=SpecialtyFactory())
    topic.specialties.add(doctor.specialty)
    return doctor


@pytest.fixture
def at_desk(doctor: Any) -> Client:
    return sign_in(Client(), doctor.user)


def asked(days_ago: float, *topics: Any, **fields: Any) -> Question:
    return QuestionFactory(topics=list(topics), asked_at=timezone.now() - timedelta(days=days_ago), **fields)


def mails() -> list[str]:
    return list(Mail.objects.order_by("pk").values_list("to", flat=True))


# --- Who comes in --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_the_desk_is_for_doctors_with_a_second_factor(doctor: Any, page: str):
    client = Client()
    assert client.get(page)["Location"].startswith("/accounts/login/")

    sign_in(client, UserFactory())
    assert client.get(page).status_code == 403

    alone = sign_in(Client(), DoctorFactory(user=UserFactory()).user, factor=False)
    assert alone.get(page)["Location"].startswith("/accounts/second-factor/")

    assert sign_in(Client(), doctor.user).get(page).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_a_doctor_without_a_valid_check_reads_why_nothing_can_be_written(page: str):
    client = sign_in(Client(), DoctorFactory(user=UserFactory(), verified=False).user)

    shown = Page(client.get(page))

    assert "You cannot answer just now" in shown
    assert "/doctors/application/" in shown.links()


def test_the_header_leads_doctors_and_nobody_else_to_their_desk(at_desk: Client):
    assert "/desk/" in Page(at_desk.get("/")).links()
    assert "/desk/" in Page(at_desk.get("/accounts/")).links()
    for client in (Client(), sign_in(Client(), UserFactory())):
        assert "/desk/" not in Page(client.get("/")).links()
    assert "/desk/" not in Page(sign_in(Client(), UserFactory()).get("/accounts/")).links()


def test_a_strangers_page_asks_nothing_of_a_session(client: Client):
    response = client.get("/")

    assert "sessionid" not in response.cookies
    assert "public" in response["Cache-Control"]


# --- What waits ----------------------------------------------------------------------------------------------


def test_what_waits_longest_comes_first(at_desk: Client, topic: Any):
    young, old, middle = asked(1, topic), asked(9, topic), asked(5, topic)

    items = Page(at_desk.get("/desk/")).items()

    assert items == [each.get_absolute_url() for each in (old, middle, young)]


def test_only_what_this_doctor_might_answer_is_there(at_desk: Client, doctor: Any, topic: Any):
    here = asked(1, topic)
    asked(1, TopicFactory())
    asked(1, topic, state="withdrawn")
    asked(1, topic, closed_at=timezone.now())
    asked(1, topic, asker=doctor.user)
    AnswerFactory(question=asked(1, topic))
    AnswerFactory(question=asked(1, topic), doctor=doctor, state="withdrawn")
    asked(1, topic).declines.create(doctor=doctor, reason="field")
    InquiryFactory(question=asked(1, topic))
    InquiryFactory(question=asked(1, topic), doctor=doctor)
    unseen = AnswerFactory(question=asked(0.5, topic), doctor=DoctorFactory(verified=False)).question

    page = Page(at_desk.get("/desk/"))

    assert page.items() == [here.get_absolute_url(), unseen.get_absolute_url()]
    assert "Unanswered 2" in page


def test_filters_show_more(at_desk: Client, topic: Any):
    here, elsewhere = asked(3, topic), asked(2, TopicFactory(slug="ears"))
    answered = AnswerFactory(question=asked(1, topic)).question

    def found(query: str) -> list[str]:
        return Page(at_desk.get(f"/desk/?{query}")).items()

    assert found("answered=on") == [here.get_absolute_url(), answered.get_absolute_url()]
    assert found("all=on") == [here.get_absolute_url(), elsewhere.get_absolute_url()]
    assert found("topic=ears") == [elsewhere.get_absolute_url()]
    assert found("topic=ears&answered=on&all=on") == [elsewhere.get_absolute_url()]
    assert at_desk.get("/desk/?topic=none").status_code == 404
    assert at_desk.get("/desk/?after=nonsense").status_code == 400


def test_chosen_topics_come_to_the_desk_too(at_desk: Client, doctor: Any, topic: Any):
    ears = TopicFactory()
    question = asked(1, ears)
    choose(doctor=doctor, how_often=HowOften.DAILY, topics=[ears])

    assert Page(at_desk.get("/desk/")).items() == [question.get_absolute_url()]


def test_a_question_on_two_topics_of_the_desk_is_there_once(at_desk: Client, doctor: Any, topic: Any):
    ears = TopicFactory()
    ears.specialties.add(doctor.specialty)
    choose(doctor=doctor, how_often=HowOften.DAILY, topics=[ears, topic])
    question = asked(1, ears, topic)

    assert Page(at_desk.get("/desk/")).items() == [question.get_absolute_url()]


def test_a_doctor_without_a_specialty_has_an_empty_desk_and_is_told_how_to_fill_it():
    TopicFactory(question_count=0)
    QuestionFactory(topics=[TopicFactory()])
    client = sign_in(Client(), DoctorFactory(user=UserFactory(), specialty=None).user)

    page = Page(client.get("/desk/"))

    assert page.items() == []
    assert "No topic comes to your desk yet" in page


def test_every_page_of_the_list_is_reached_and_nothing_comes_twice(at_desk: Client, topic: Any):
    questions = [asked(60 - n, topic) for n in range(45)]

    pages = walk(at_desk, "/desk/")

    assert [item for page in pages for item in page.items()] == [each.get_absolute_url() for each in questions]
    assert len(pages) == 3


# --- The other tabs ------------------------------------------------------------------------------------------


def test_drafts_answers_and_reviews_are_the_doctors_own(at_desk: Client, doctor: Any, topic: Any):
    draft = AnswerDraft.objects.create(doctor=doctor, question=asked(1, topic, title="Is a draft a start?"))
    AnswerDraft.objects.create(doctor=doctor, question=asked(1, topic, title="Is it gone?", state="withdrawn"))
    AnswerDraft.objects.create(doctor=DoctorFactory(), question=asked(1, topic, title="Whose is it?"))
    answer = AnswerFactory(doctor=doctor, headline="Ice helps")
    VoteFactory(answer=answer)
    AnswerAgreement.objects.create(answer=answer, doctor=DoctorFactory())
    AnswerFactory(doctor=doctor, headline="Taken back", state="withdrawn")
    AnswerFactory(headline="Of another")
    DoctorReviewFactory(doctor=doctor, title="Took time")
    DoctorReviewFactory(doctor=doctor, title="Unseen", state="withdrawn")
    DoctorReviewFactory(title="About another")

    drafts, answers, reviews = (Page(at_desk.get(f"/desk/{name}/")) for name in ("drafts", "answers", "reviews"))

    assert drafts.items() == [draft.question.get_absolute_url()]
    assert f"/questions/{draft.question_id}/answers/" in drafts.links()
    assert "+1 score, 1 doctor agrees" in answers
    assert "Ice helps" in answers and "Taken back" in answers and "Of another" not in answers
    assert "Took time" in reviews and "Unseen" not in reviews and "About another" not in reviews
    for page in (drafts, answers, reviews):
        assert "Drafts 1 My answers 2 My reviews 1" in page


def test_many_are_counted_as_many(at_desk: Client, topic: Any):
    QuestionFactory.create_batch(101, topics=[topic])

    assert "Unanswered 99+" in Page(at_desk.get("/desk/drafts/"))


# --- Choices -------------------------------------------------------------------------------------------------


def test_choices_are_saved_and_shown_again(at_desk: Client, doctor: Any):
    ears, eyes = TopicFactory(slug="ears"), TopicFactory(slug="eyes", name="Eyes, both")
    eyes.name = "Eyes"
    eyes.save()
    page = Page(at_desk.get("/desk/choices/"))
    assert page.form(method="post")["how_often"] == "daily"

    for _ in range(2):
        typed = {"how_often": "weekly", "topics": ["ears"], "other_topics": " EYES ,"}
        assert at_desk.post("/desk/choices/", typed).status_code == 302

    desk = Desk.objects.get()
    assert (desk.doctor, desk.how_often, set(desk.topics.all())) == (doctor, "weekly", {ears, eyes})
    form = Page(at_desk.get("/desk/choices/")).form(method="post")
    assert (form["how_often"], sorted(form["topics"])) == ("weekly", ["ears", "eyes"])

    at_desk.post("/desk/choices/", {"how_often": "weekly"})
    assert not desk.topics.exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "Choose how often"),
        ({"how_often": "hourly"}, "Choose how often"),
        ({"how_often": "daily", "topics": ["none"]}, "Choose topics that are on this page"),
        ({"how_often": "daily", "other_topics": "Elbows"}, "There is no topic “Elbows”"),
        ({"how_often": "daily", "other_topics": "x" * 1001}, "Name fewer topics at a time"),
        ({"how_often": "daily", "other_topics": ",".join(f"Many {n}" for n in range(51))}, "Choose up to 50 topics"),
    ],
)
def test_bad_choices_are_refused_and_kept(at_desk: Client, typed: dict, words: str):
    for n in range(51):
        TopicFactory(name=f"Many {n}")

    response = at_desk.post("/desk/choices/", typed)

    assert (response.status_code, words in Page(response)) == (422, True)
    assert not Desk.objects.exists()
    assert Page(response).form(method="post")["other_topics"] == typed.get("other_topics", "")


def test_choices_need_a_token(doctor: Any):
    strict = sign_in(Client(enforce_csrf_checks=True), doctor.user)

    assert strict.post("/desk/choices/", {"how_often": "never"}).status_code == 403
    form = Page(strict.get("/desk/choices/")).form(method="post")
    assert strict.post("/desk/choices/", {**form, "how_often": "never"}).status_code == 302


# --- Mail for new questions ----------------------------------------------------------------------------------


def test_a_new_question_of_the_specialty_is_told_once_a_day_unless_chosen_otherwise(doctor: Any, topic: Any):
    question = QuestionFactory(topics=[topic])

    for _ in range(2):
        tell_of_question(question.pk)
    assert mails() == []

    for _ in range(2):
        tell_digests(HowOften.DAILY)
    assert mails() == [doctor.user.email]


@pytest.mark.parametrize("how_often", HowOften.values)
def test_doctors_are_told_as_soon_as_they_chose(doctor: Any, topic: Any, how_often: str):
    choose(doctor=doctor, how_often=HowOften(how_often), topics=[])

    tell_of_question(QuestionFactory(topics=[topic]).pk)

    assert mails() == ([doctor.user.email] if how_often == "at_once" else [])
    assert list(Notice.objects.values_list("how_often", "is_for_desk")) == (
        [] if how_often == "never" else [(how_often, True)]
    )


def test_chosen_topics_are_told_of_too(doctor: Any):
    ears = TopicFactory()
    choose(doctor=doctor, how_often=HowOften.AT_ONCE, topics=[ears])

    tell_of_question(QuestionFactory(topics=[ears, TopicFactory()]).pk)

    assert mails() == [doctor.user.email]


def test_who_is_not_concerned_is_not_told(doctor: Any, topic: Any):
    specialty = doctor.specialty
    DoctorFactory(specialty=specialty, user=UserFactory(), verified=False)
    DoctorFactory(specialty=specialty, import_key="id:1")
    DoctorFactory(user=UserFactory())
    Desk.objects.create(doctor=doctor, how_often="at_once")

    tell_of_question(QuestionFactory(topics=[topic], asker=doctor.user).pk)
    tell_of_question(QuestionFactory(topics=[TopicFactory()]).pk)

    assert not Notice.objects.exists()
    assert mails() == []


@pytest.mark.parametrize(("desk", "follow", "by_desk"), [("at_once", "weekly", True), ("weekly", "at_once", False)])
def test_desk_and_followed_topic_tell_once_and_soon(doctor: Any, topic: Any, desk: str, follow: str, by_desk: bool):
    FollowFactory(user=doctor.user, question=None, topic=topic, how_often=follow)
    choose(doctor=doctor, how_often=HowOften(desk), topics=[topic])

    tell_of_question(QuestionFactory(topics=[topic]).pk)
    tell_digests(HowOften.WEEKLY)

    assert mails() == [doctor.user.email]
    assert list(Notice.objects.values_list("how_often", "is_for_desk")) == [("at_once", by_desk)]


def test_the_mail_says_no_word_of_it_and_one_click_turns_it_off(doctor: Any, topic: Any):
    choose(doctor=doctor, how_often=HowOften.AT_ONCE, topics=[])
    question = QuestionFactory(topics=[topic], title="Why does my botched nose whistle?")
    tell_of_question(question.pk)
    FollowFactory(user=doctor.user, question=question)

    mail = Mail.objects.get()
    written = f"{mail.subject} {mail.text} {mail.html}".lower()
    assert not [word for word in ("botched", "nose", "whistle") if word in written]
    assert f"/questions/{question.pk}/" in mail.text
    address = re.search(r"<https?://[^/]+(/[^>]+)>", mail.headers["List-Unsubscribe"])
    assert address
    response = Client(enforce_csrf_checks=True).post(address[1], {"List-Unsubscribe": "One-Click"})

    assert response.status_code == 200
    assert Desk.objects.get().how_often == "never"
    assert doctor.user.follows.get().how_often == "at_once"
    tell_of_question(QuestionFactory(topics=[topic]).pk)
    assert len(mails()) == 1


def test_news_of_desk_and_followed_things_are_two_mails_each_with_its_own_off(doctor: Any, topic: Any):
    ears = TopicFactory()
    FollowFactory(user=doctor.user, question=None, topic=ears, how_often="daily")
    tell_of_question(QuestionFactory(topics=[ears]).pk)
    tell_of_question(QuestionFactory(topics=[topic]).pk)

    tell_digests(HowOften.DAILY)

    assert sorted(Mail.objects.values_list("kind", flat=True)) == ["desk", "following"]


def test_turning_the_desks_mail_off_leaves_other_news_and_takes_waiting_ones(doctor: Any, topic: Any):
    ears = TopicFactory()
    FollowFactory(user=doctor.user, question=None, topic=ears, how_often="daily")
    for each in (ears, topic):
        tell_of_question(QuestionFactory(topics=[each]).pk)

    for _ in range(2):
        tell_nothing(doctor.user)
    tell_digests(HowOften.DAILY)

    assert list(Mail.objects.values_list("kind", flat=True)) == ["following"]


# --- Medians -------------------------------------------------------------------------------------------------


def answered_after(hours: float, **fields: Any) -> Any:
    asked_at = timezone.now() - timedelta(days=fields.pop("days_ago", 30))
    question = QuestionFactory(asked_at=asked_at, **fields.pop("question", {}))
    return AnswerFactory(question=question, answered_at=asked_at + timedelta(hours=hours), **fields)


def test_medians_are_of_first_answers_of_the_last_year(doctor: Any):
    for hours in (2, 3, 4, 50, 60):
        first = answered_after(hours)
        AnswerFactory(question=first.question, answered_at=first.answered_at + timedelta(hours=20), doctor=doctor)
    answered_after(500, days_ago=400)
    answered_after(500, question={"external_id": "old:1"})
    answered_after(500, state="withdrawn")
    answered_after(500, doctor=DoctorFactory(verified=False))

    site, own = lying.site_median(), lying.own_median(doctor)

    assert (site.words, site.count) == ("4 hours", 5)
    assert (own.words, own.count) == ("24 hours", 5)


def test_of_few_answers_nothing_is_said(at_desk: Client):
    for hours in (2, 3, 4, 5):
        answered_after(hours)

    assert lying.site_median().words == ""
    assert "You Too few to say This site Too few to say" in Page(at_desk.get("/desk/"))


@pytest.mark.parametrize(
    ("hours", "words"),
    [(0.2, "less than an hour"), (1, "1 hour"), (47, "47 hours"), (60, "2 days"), (24 * 9, "9 days")],
)
def test_a_median_reads_as_people_say_it(hours: float, words: str):
    for _ in range(5):
        answered_after(hours)

    assert lying.site_median().words == words


# --- What it costs -------------------------------------------------------------------------------------------


def rows(doctor: Any, topic: Any, count: int) -> None:
    """So much of everything that lies on a desk."""
    for _ in range(count):
        QuestionFactory(topics=[topic, TopicFactory()])
        AnswerFactory(question=QuestionFactory(topics=[topic]))
        replied = InquiryFactory(doctor=doctor)
        type(replied).objects.filter(pk=replied.pk).update(reply="Since spring.", replied_at=timezone.now())
        InquiryFactory(doctor=doctor)
        AnswerDraft.objects.create(doctor=doctor, question=QuestionFactory())
        AnswerFactory(doctor=doctor, answered_at=timezone.now() - timedelta(days=900))
        DoctorReviewFactory(doctor=doctor)
        TopicFactory().specialties.add(doctor.specialty)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_the_desk_costs_the_same_for_1_and_for_15_rows(at_desk: Client, doctor: Any, topic: Any, page: str):
    counts = []
    for more in (1, 14):
        rows(doctor, topic, more)
        at_desk.get("/desk/")  # The site's median is kept for a while.
        with CaptureQueriesContext(connection) as captured:
            assert at_desk.get(page).status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[1] <= 24
