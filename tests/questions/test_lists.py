"""Lists of questions: home, the list in its orders, topics. Each row once, in its place, on one page."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from questions.models import Answer, Question, QuestionTopic, Topic
from questions.services import hide_answer, hide_question, restore_question
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    QuestionFactory,
    SpecialtyFactory,
    TopicFactory,
    UserFactory,
)
from tests.reading import Page, walk

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHY = {"reason": "Why.", "moderator": None}
SORTS = ["newest", "active", "helpful", "unanswered"]


def many_questions(count: int, topic: Topic | None = None) -> list[Question]:
    """Questions of five dates, unknown ones among them, so that most stand beside others of the same date."""
    dates = [NOON, None, NOON - timedelta(days=1), NOON, NOON + timedelta(microseconds=1)]
    questions = Question.objects.bulk_create(
        Question(title=f"Question {n}", slug=f"question-{n}", body_html="<p>Body</p>", asked_at=dates[n % 5])
        for n in range(count)
    )
    if topic:
        QuestionTopic.objects.bulk_create(QuestionTopic(question=question, topic=topic) for question in questions)
    return questions


def answer_some(questions: list[Question]) -> None:
    """Every third one stays silent; ranks and dates come in a few sizes only."""
    doctors = DoctorFactory.create_batch(2, specialty=None)
    Answer.objects.bulk_create(
        Answer(
            question=question,
            doctor=doctor,
            body="B",
            body_html="<p>B</p>",
            answered_at=None if place % 4 == 1 else NOON + timedelta(days=place % 3),
            user_upvote_count=(place + number) % 3,
        )
        for place, question in enumerate(questions)
        if place % 3
        for number, doctor in enumerate(doctors)
    )


def expected(sort: str) -> list[int]:
    """Return the order in plain Python."""
    questions = list(Question.objects.filter(state="published"))
    past, future = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
    if sort == "newest":
        questions.sort(key=lambda q: (q.asked_at or past, q.pk), reverse=True)
    elif sort == "active":
        questions.sort(key=lambda q: (q.active_at or past, q.pk), reverse=True)
    elif sort == "unanswered":
        questions = sorted((q for q in questions if not q.answer_count), key=lambda q: (q.asked_at or future, q.pk))
    else:
        best = {
            q.pk: max(((a.rank, a.pk) for a in q.answers.filter(state="published")), default=None) for q in questions
        }
        questions = sorted((q for q in questions if best[q.pk]), key=lambda q: best[q.pk], reverse=True)
    return [question.pk for question in questions]


def keys(pages: list[Page]) -> list[int]:
    return [int(link.split("/")[2]) for page in pages for link in page.items()]


# --- Paging ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("place", ["/questions/", "/topics/acne/"])
def test_every_question_is_on_one_page_in_its_order_there_and_back(client: Client, sort: str, place: str):
    topic = TopicFactory(slug="acne")
    answer_some(many_questions(95 if sort == "unanswered" else 47, topic))
    QuestionFactory(state="held", topics=[topic])

    there = walk(client, f"{place}?sort={sort}")

    order = expected(sort)
    assert keys(there) == order
    assert [len(page.items()) for page in there] == [min(20, len(order) - start) for start in range(0, len(order), 20)]
    back = walk(client, place + there[-2].links(rel="next")[0], rel="prev")
    assert [page.items() for page in reversed(back)] == [page.items() for page in there]


@pytest.mark.parametrize("sort", SORTS)
def test_pages_by_topic_and_specialty_hold_each_fitting_question_once(client: Client, sort: str):
    topic, specialty = TopicFactory(slug="acne"), SpecialtyFactory(slug="skin")
    questions = many_questions(60, topic)
    answer_some(questions)
    doctor = DoctorFactory(specialty=specialty)
    chosen = questions[::2]
    Answer.objects.bulk_create(
        Answer(question=question, doctor=doctor, body="B", body_html="<p>B</p>") for question in chosen
    )

    found = keys(walk(client, f"/questions/?sort={sort}&topic=acne&specialty=skin"))

    assert found == ([] if sort == "unanswered" else [key for key in expected(sort) if key in {q.pk for q in chosen}])


def test_the_last_page_has_no_next_one_and_the_first_no_previous(client: Client):
    many_questions(40)

    first, second = walk(client, "/questions/")

    assert (first.links(rel="prev"), second.links(rel="next")) == ([], [])
    assert second.links(rel="prev")


def test_exactly_one_page_has_no_pager(client: Client):
    many_questions(20)

    assert not Page(client.get("/questions/")).all("nav", class_="pager")


def test_a_page_goes_on_where_its_last_row_was_even_if_that_is_gone(client: Client):
    questions = many_questions(25)
    first = Page(client.get("/questions/"))
    order = expected("newest")

    Question.objects.filter(pk=order[19]).update(state="withdrawn")
    QuestionFactory(asked_at=timezone.now())

    assert keys([Page(client.get("/questions/" + first.links(rel="next")[0]))]) == order[20:]
    assert len(questions) == 25


def test_paging_keeps_the_choices(client: Client):
    topic = TopicFactory(slug="acne")
    many_questions(25, topic)

    (onward,) = Page(client.get("/questions/?sort=active&topic=acne")).links(rel="next")

    assert "sort=active" in onward
    assert "topic=acne" in onward


def test_the_orders_lead_to_their_first_page(client: Client):
    many_questions(25)
    second = Page(client.get("/questions/" + Page(client.get("/questions/")).links(rel="next")[0]))

    tabs = [link for link in second.links() if "sort=" in link and "rel" not in link]

    assert len([link for link in tabs if "after=" not in link and "before=" not in link]) >= 4


def test_all_topics_are_on_their_pages_by_name(client: Client):
    names = [f"{letter}{n:03}" for n in range(70) for letter in "aÉz"]
    Topic.objects.bulk_create(Topic(name=name, slug=f"t-{place}") for place, name in enumerate(names))

    there = walk(client, "/topics/")

    order = [f"/topics/{slug}/" for slug in Topic.objects.order_by("name", "pk").values_list("slug", flat=True)]
    assert [link for page in there for link in page.items()] == order
    assert len(there) == 3
    back = walk(client, "/topics/" + there[-2].links(rel="next")[0], rel="prev")
    assert [page.items() for page in reversed(back)] == [page.items() for page in there]


# --- What is not listed ----------------------------------------------------------------------------------

PLACES = ["/", "/questions/", "/questions/?sort=active", "/questions/?sort=unanswered", "/topics/acne/"]


@pytest.mark.parametrize("place", PLACES)
def test_a_hidden_question_is_off_every_list_and_comes_back(client: Client, place: str):
    question = QuestionFactory(title="A secret title", topics=[TopicFactory(slug="acne")])
    assert "A secret title" in Page(client.get(place))

    with transaction.atomic():
        hide_question(question.pk, rule=1, **WHY)
    assert "secret" not in client.get(place).content.decode()

    with transaction.atomic():
        restore_question(question.pk, **WHY)
    assert "A secret title" in Page(client.get(place))


@pytest.mark.parametrize("place", ["/", "/questions/?sort=helpful", "/questions/?specialty=skin"])
def test_a_hidden_answer_lifts_its_question_onto_no_list(client: Client, place: str):
    answer = AnswerFactory(doctor__specialty=SpecialtyFactory(slug="skin"))
    url = answer.question.get_absolute_url()
    before = Page(client.get(place)).items().count(url)

    hide_answer(answer.pk, rule=1, **WHY)

    # On the first page it stood under "newest" and "helpful", and stands under "newest" and "waiting" now.
    assert (before, Page(client.get(place)).items().count(url)) == ((2, 2) if place == "/" else (1, 0))


@pytest.mark.parametrize("state", ["held", "withdrawn"])
@pytest.mark.parametrize("place", PLACES)
def test_what_is_not_public_is_on_no_list(client: Client, state: str, place: str):
    QuestionFactory(title="A secret title", state=state, topics=[TopicFactory(slug="acne")])

    assert "secret" not in client.get(place).content.decode()


def test_an_author_finds_their_held_question_on_no_list_either():
    question = QuestionFactory(title="A secret title", state="held")
    client = Client()
    client.force_login(question.asker)

    assert "secret" not in client.get("/questions/").content.decode()


# --- A row -----------------------------------------------------------------------------------------------


def test_a_row_shows_title_extract_topic_asker_date_latest_doctor_and_count(client: Client):
    question = QuestionFactory(
        title="How long?",
        body_html="<p>It began <strong>two</strong> days ago.</p>",
        asker=UserFactory(pen_name="sunny_day"),
        asked_at=NOON,
        topics=[TopicFactory(name="Acne"), TopicFactory(name="Scars")],
    )
    AnswerFactory(question=question, doctor__name="Ada Lovelace", answered_at=NOON)
    AnswerFactory(question=question, doctor__name="Grace Hopper", answered_at=NOON + timedelta(days=1))
    AnswerFactory(question=question, doctor__name="Nobody Known", answered_at=None)

    page = Page(client.get("/questions/"))

    assert "How long? It began two days ago. Acne sunny_day 1 March 2026 Latest: Dr Hopper 3 answers" in page


def test_a_row_without_answers_waits_for_a_doctor(client: Client):
    QuestionFactory()

    assert "Waiting for a doctor" in Page(client.get("/questions/"))


def test_a_row_with_one_answer_counts_in_the_singular(client: Client):
    AnswerFactory()

    assert "1 answer Waiting" not in Page(client.get("/questions/"))
    assert "1 answers" not in Page(client.get("/questions/"))


def test_a_long_body_is_cut_at_a_word(client: Client):
    QuestionFactory(body_html=f"<p>{'swelling ' * 200}</p>")

    page = Page(client.get("/questions/"))

    assert "swelling…" in page
    assert str(page).count("swelling") < 30


# --- Choices ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sort", ["", "best", "NEWEST", "newest ", "-asked_at", "__class__", "\u202e", "a" * 5000, "newest&sort=x"]
)
def test_an_unknown_order_falls_back_to_the_newest(client: Client, sort: str):
    many_questions(5)

    assert keys([Page(client.get("/questions/", {"sort": sort}))]) == expected("newest")


@pytest.mark.parametrize("value", ["unknown", "\u0661", "a" * 5000, "acne%", "' OR 1=1 --", "\u202e"])
@pytest.mark.parametrize("choice", ["topic", "specialty"])
def test_an_unknown_topic_or_specialty_is_not_found(client: Client, choice: str, value: str):
    TopicFactory(slug="acne")

    assert client.get("/questions/", {choice: value}).status_code == 404


def test_an_unknown_topic_page_is_not_found(client: Client):
    assert client.get("/topics/unknown/").status_code == 404


@pytest.mark.parametrize("empty", ["topic=", "specialty=", "topic=&specialty=&sort=&after=&before="])
def test_an_empty_choice_is_no_choice(client: Client, empty: str):
    many_questions(3)

    assert len(Page(client.get(f"/questions/?{empty}")).items()) == 3


def test_the_chooser_offers_topics_and_specialties_and_remembers(client: Client):
    QuestionFactory(topics=[TopicFactory(name="Acne", slug="acne"), TopicFactory(name="Scars", slug="scars")])
    SpecialtyFactory(name="Dermatology", slug="dermatology")

    page = Page(client.get("/questions/?topic=acne&specialty=dermatology&sort=active"))

    assert page.form(action="/questions/") == {"sort": "active", "topic": "acne", "specialty": "dermatology"}


def test_a_page_in_the_middle_is_not_indexed_and_the_first_is(client: Client):
    many_questions(25)

    first, second = walk(client, "/questions/")

    assert first.all("link", rel="canonical")
    assert not first.all("meta", name="robots")
    assert second.all("meta", name="robots", content="noindex, follow")


def test_a_list_by_topic_names_the_topics_page_as_its_own(client: Client):
    TopicFactory(slug="acne")

    (link,) = Page(client.get("/questions/?topic=acne")).all("link", rel="canonical")

    assert link["href"].endswith("/topics/acne/")


# --- Home and topics -------------------------------------------------------------------------------------


def test_home_shows_the_newest_the_waiting_and_the_most_helpful(client: Client):
    answer_some(many_questions(30))

    found = keys([Page(client.get("/"))])

    assert found == expected("newest")[:8] + expected("unanswered")[:3] + expected("helpful")[:4]


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "Unanswered 0"), (2, "Unanswered 2"), (99, "Unanswered 99"), (100, "Unanswered 99+"), (130, "Unanswered 99+")],
)
def test_the_number_of_unanswered_questions_is_counted_up_to_99(client: Client, count: int, words: str):
    many_questions(count)

    assert f"{words} " in Page(client.get("/"))


def test_home_names_the_busiest_topics(client: Client):
    many_questions(2, TopicFactory(name="Acne"))
    many_questions(1, TopicFactory(name="Scars"))
    TopicFactory(name="Empty")

    page = Page(client.get("/"))

    assert "Acne Scars" in page
    assert "Empty" not in page


def test_a_topics_page_shows_description_and_count(client: Client):
    many_questions(2, TopicFactory(name="Acne", slug="acne", description="About spots."))

    assert "Acne About spots. 2 questions" in Page(client.get("/topics/acne/"))


def test_the_list_of_topics_shows_empty_ones_too(client: Client):
    TopicFactory(name="Acne", description="About spots.")

    assert "Acne About spots. 0 questions" in Page(client.get("/topics/"))


# --- An empty site ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("/", "There are no questions yet."),
        ("/questions/", "No question fits."),
        ("/questions/?sort=active", "No question fits."),
        ("/questions/?sort=helpful", "No question fits."),
        ("/questions/?sort=unanswered", "No question fits."),
        ("/topics/", "There are no topics yet."),
        ("/doctors/", "No doctor fits."),
        ("/search/", "Type a few words"),
        ("/search/?q=acne", "Nothing matches these words"),
    ],
)
def test_an_empty_site_says_so(client: Client, place: str, words: str):
    response = client.get(place)

    assert response.status_code == 200
    assert words in Page(response)
