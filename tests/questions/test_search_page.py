"""The page of a search: filters, paging, what it says where it finds little, and where it is cut off."""

import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from doctors.models import Doctor
from qa_forum.embedded_postgres import data_dir
from questions.models import Question, SynonymGroup
from questions.search import Filters, SearchTooSlow, search
from questions.search.language import Query, Unit, parse
from questions.search.terms import read_terms
from questions.search.vocabulary import count_all_words
from tests.factories import AnswerFactory, DoctorFactory, QuestionFactory, SpecialtyFactory, TopicFactory
from tests.reading import Page, walk

pytestmark = pytest.mark.django_db

SECRET = "zwilhelminaz"


def listed(client: Client, **query: str) -> list[str]:
    return Page(client.get("/search/", query)).items()


# --- Filters ---------------------------------------------------------------------------------------------


@pytest.fixture
def melanomas() -> dict[str, Question]:
    topic = TopicFactory(name="Moles", slug="moles")
    skin = SpecialtyFactory(name="Dermatology", slug="dermatology")
    doctor = DoctorFactory(specialty=skin, place="Málaga, Spain")
    old, new = datetime(2020, 5, 1, 12, tzinfo=UTC), datetime(2024, 5, 1, 12, tzinfo=UTC)
    answered = QuestionFactory(title="Is a melanoma dangerous?", asked_at=old, topics=[topic])
    AnswerFactory(question=answered, doctor=doctor)
    elsewhere = QuestionFactory(title="Can a melanoma be cut out?", asked_at=old)
    AnswerFactory(question=elsewhere, doctor=DoctorFactory(place="Oslo"))
    waiting = QuestionFactory(title="Melanoma or mole?", asked_at=new)
    return {"answered": answered, "elsewhere": elsewhere, "waiting": waiting}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, {"answered", "elsewhere", "waiting"}),
        ({"topic": "moles"}, {"answered"}),
        ({"specialty": "dermatology"}, {"answered"}),
        ({"place": "malaga"}, {"answered"}),
        ({"place": "%"}, set()),
        ({"answered": "yes"}, {"answered", "elsewhere"}),
        ({"answered": "no"}, {"waiting"}),
        ({"since": "2024-05-01"}, {"waiting"}),
        ({"until": "2020-05-01"}, {"answered", "elsewhere"}),
        ({"since": "2020-05-02", "until": "2024-04-30"}, set()),
        ({"topic": "moles", "answered": "no"}, set()),
        # What is no choice counts as none.
        (
            {"topic": "nothing", "specialty": "\u202e", "since": "yesterday", "until": "9999-12-31", "answered": "x"},
            None,
        ),
    ],
)
def test_a_search_is_narrowed(client: Client, melanomas: dict[str, Question], query: dict, names: set[str] | None):
    expected = set(melanomas) if names is None else names

    found = listed(client, q="melanoma", **query)

    assert set(found) == {melanomas[name].get_absolute_url() for name in expected}


def test_the_form_keeps_words_and_filters(client: Client, melanomas: dict[str, Question]):
    page = Page(client.get("/search/", {"q": "melanoma", "topic": "moles", "since": "2019-01-01"}))

    form = page.form(**{"aria-label": "Filter results"})
    assert (form["q"], form["topic"], form["since"]) == ("melanoma", "moles", "2019-01-01")


def test_a_doctor_who_stands_no_more_narrows_nothing(melanomas: dict[str, Question]):
    doctor = Doctor.objects.get(place="Málaga, Spain")
    Doctor.objects.filter(pk=doctor.pk).update(import_key=None)
    doctor.verifications.update(state="revoked") if hasattr(doctor, "verifications") else None

    hits = search("melanoma", Filters(specialty=doctor.specialty_id)).hits

    assert bool(hits) == Doctor.objects.standing().filter(pk=doctor.pk).exists()


# --- What a query says -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "query"),
    [
        ("acne scars", Query((Unit(("acne",)), Unit(("scars",))))),
        ('"acne scars" -laser', Query((Unit(("acne scars",), True),), ("laser",))),
        ("acne or rosacea", Query((Unit(("acne", "rosacea")),))),
        ("“acne scars", Query((Unit(("acne scars",), True),))),
        ('-"deep scars" x', Query((Unit(("x",)),), ("deep scars",))),
        ("or acne or", Query((Unit(("or",)), Unit(("acne",))))),
        ("(acne), scars?", Query((Unit(("acne",)), Unit(("scars",))))),
        ("- -- & | ! ()", Query(())),
    ],
)
def test_a_query_is_read(words: str, query: Query):
    assert parse(words) == query


def test_what_was_excluded_is_in_no_words_of_the_question():
    QuestionFactory(title="A melanoma", body="It began with laser.")
    kept = AnswerFactory(question__title="A melanoma", headline="laser", body="Not with laser").question

    assert [hit.question for hit in search("melanoma -laser").hits] == [kept]


def test_a_whole_sentence_finds_what_has_most_of_its_telling_words():
    wanted = AnswerFactory(
        question__title="Knee clicks", body="A meniscus that was trimmed may click on stairs."
    ).question
    QuestionFactory(title="Something else", body="What should I do, and is that how it should be?")
    QuestionFactory.create_batch(3, title="Is my operation next week?")
    count_all_words()

    words = "hello doctor my meniscus was trimmed last year and now it clicks, what should i do please"

    assert search(words).hits[0].question == wanted


def test_the_newest_and_the_most_helpful_of_a_common_word_are_candidates():
    """Where the vocabulary says that a word is common, indexes are walked instead of gathering every match."""
    QuestionFactory.create_batch(3, title="A melanoma")
    AnswerFactory(body="A melanoma again")
    count_all_words()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE questions_word SET count = 1000000 WHERE word = 'melanoma'")
        cursor.execute("UPDATE questions_vocabulary SET document_count = 4000000, version = version + 1")

    assert len(search("melanoma").hits) == 4


def test_only_stop_words_ask_for_nothing(client: Client):
    QuestionFactory(title="The of and is")

    assert read_terms(parse("the of and is")).terms == ()
    assert "Nothing matches these words" in Page(client.get("/search/", {"q": "the of and is"}))


def test_synonyms_of_staff_count_at_once():
    question = QuestionFactory(title="My flibbertitis is back")
    SynonymGroup.objects.create(words=["flibbertitis", "gubbins of the toe"])

    assert [hit.question for hit in search("gubbins of the toe").hits] == [question]


# --- States ----------------------------------------------------------------------------------------------


def test_nothing_found_leads_on(client: Client):
    page = Page(client.get("/search/", {"q": "qqqqqqqq"}))

    assert {"/questions/ask/", "/topics/", "/doctors/"} <= set(page.links())


def test_topics_and_doctors_stand_on_the_first_page_only(client: Client):
    topic, doctor = TopicFactory(name="Melanoma"), DoctorFactory(name="Ada Melanoma")
    Question.objects.bulk_create(Question(title=f"melanoma {n}", slug="m") for n in range(25))

    first, second = walk(client, "/search/?q=melanoma")

    assert {topic.get_absolute_url(), doctor.get_absolute_url()} <= set(first.links())
    assert not {topic.get_absolute_url(), doctor.get_absolute_url()} & set(second.links())
    assert len(second.items()) == 5


@pytest.mark.parametrize("cursor", ["x", "W10", "a" * 3000, "WyJhIiwgMV0"])
def test_a_cursor_of_nobody_is_a_bad_request(client: Client, cursor: str):
    assert client.get("/search/", {"q": "melanoma", "after": cursor}).status_code == 400


def test_a_search_costs_so_many_queries_at_most(client: Client):
    for _ in range(3):
        AnswerFactory(body="melanoma", question=QuestionFactory(topics=[TopicFactory()]))
    count_all_words()
    costs = []
    for words in ("melanoma", "melanomma", "melanoma qqqq zzzz", '"melanoma"', "heart attack melanoma -x or y"):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get("/search/", {"q": words, "topic": "x", "place": "y"})
        costs.append(len(captured))

    assert max(costs) <= 26


# --- Cut off ---------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_search_that_takes_too_long_is_a_page_and_no_line_of_a_log(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("questions.search.statements.SECONDS", 0.5)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN; LOCK TABLE questions_synonymgroup, questions_word IN ACCESS EXCLUSIVE MODE")
        with caplog.at_level(logging.DEBUG):
            response = Client().get("/search/", {"q": f"{SECRET} melanoma"})
    finally:
        other.close()

    assert response.status_code == 503
    assert "This search took too long" in Page(response)
    ours = [record for record in caplog.records if not record.name.startswith("django.db")]
    assert not [record for record in ours if SECRET in record.getMessage()]
    log = data_dir() / "log"
    assert not isinstance(log, Path) or not log.exists() or SECRET not in log.read_text(errors="replace")


@pytest.mark.django_db(transaction=True)
def test_what_a_search_set_for_itself_is_over_with_it():
    QuestionFactory(title="melanoma")
    search("melanoma")

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('enable_seqscan')")
        assert cursor.fetchone()[1] == "on"


def test_a_search_inside_a_transaction_leaves_its_settings_as_they_were():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('enable_seqscan')")
        before = cursor.fetchone()
        search("melanoma")
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('enable_seqscan')")
        assert cursor.fetchone() == before


def test_the_error_of_a_search_that_was_cut_off_has_no_words():
    assert SECRET not in str(SearchTooSlow())
