"""Plain search: what it finds, what it never finds, and that no words break it."""

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from questions.models import Answer, Question
from questions.search import CANDIDATES, PAGE_SIZE, search
from questions.services import hide_answer, hide_question
from tests.factories import AnswerFactory, QuestionFactory, TopicFactory
from tests.reading import Page, walk

pytestmark = pytest.mark.django_db

WHY = {"rule": 1, "reason": "Why.", "moderator": None}


def found(words: str) -> list[Question]:
    return [hit.question for hit in search(words).hits]


def test_a_question_is_found_by_its_title_its_body_and_its_answers():
    title = QuestionFactory(title="Is a melanoma dangerous?")
    body = QuestionFactory(body="My sister had a melanoma.")
    headline = AnswerFactory(headline="A melanoma is cut out").question
    answer = AnswerFactory(body="Ask for a melanoma screening.").question
    QuestionFactory(title="Something else")

    assert set(found("melanoma")) == {title, body, headline, answer}


def test_the_title_weighs_most():
    body = QuestionFactory(body="My sister had a melanoma once.")
    title = QuestionFactory(title="Is a melanoma dangerous?")

    assert found("melanoma") == [title, body]


def test_a_question_that_matches_in_many_places_is_found_once():
    question = QuestionFactory(title="Melanoma", body="melanoma melanoma")
    AnswerFactory.create_batch(3, question=question, body="melanoma")

    assert found("melanoma") == [question]


def test_words_are_found_in_other_forms():
    question = QuestionFactory(title="Does swelling hurt?")

    assert found("swellings hurting") == [question]


def test_quotes_minus_and_or_are_understood():
    acne, scar = QuestionFactory(title="deep acne scars"), QuestionFactory(title="scars of deep cuts")

    assert found('"acne scars"') == [acne]
    assert found("scars -acne") == [scar]
    assert set(found("acne or cuts")) == {acne, scar}


def test_the_extract_is_of_the_best_answer_and_names_its_doctor(client: Client):
    answer = AnswerFactory(
        body="Melanoma is cut out.", body_html="<p>Melanoma is cut out.</p>", doctor__name="Ada Lovelace"
    )

    page = Page(client.get("/search/?q=melanoma"))

    assert "Dr Lovelace: “Melanoma is cut out.”" in page
    assert page.items() == [answer.question.get_absolute_url()]
    assert page.all("mark")


@pytest.mark.parametrize("state", ["held", "withdrawn"])
def test_what_is_not_public_is_never_found(state: str):
    QuestionFactory(title="melanoma", state=state)
    AnswerFactory(body="melanoma", question=QuestionFactory(state=state))
    AnswerFactory(body="melanoma", state=state)

    assert found("melanoma") == []


def test_what_was_hidden_is_never_found():
    question, answer = QuestionFactory(title="melanoma"), AnswerFactory(headline="melanoma")
    below = AnswerFactory(body="melanoma")

    hide_question(question.pk, **WHY)
    hide_answer(answer.pk, **WHY)
    hide_question(below.question_id, **WHY)

    assert found("melanoma") == []


def test_a_hidden_answer_lends_no_words_to_the_extract_of_its_question(client: Client):
    answer = AnswerFactory(body="melanoma secret", body_html="<p>melanoma secret</p>", question__title="melanoma")
    hide_answer(answer.pk, **WHY)

    response = client.get("/search/?q=melanoma")

    assert Page(response).items() == [answer.question.get_absolute_url()]
    assert "secret" not in response.content.decode()


def test_an_edited_text_is_found_by_its_new_words_only():
    question = QuestionFactory(title="melanoma")

    Question.objects.filter(pk=question.pk).update(title="eczema")

    assert (found("melanoma"), found("eczema")) == ([], [question])


def test_every_match_is_on_one_page_best_first(client: Client):
    Question.objects.bulk_create(
        Question(title="melanoma" if n % 3 else "melanoma melanoma", slug="m", body_html="<p>B</p>") for n in range(45)
    )

    pages = walk(client, "/search/?q=melanoma")

    links = [link for page in pages for link in page.items()]
    assert [len(page.items()) for page in pages] == [PAGE_SIZE, PAGE_SIZE, 5]
    assert len(set(links)) == 45
    ranks = [search("melanoma").hits[0].question.title, Question.objects.get(pk=links[-1].split("/")[2]).title]
    assert ranks == ["melanoma melanoma", "melanoma"]


def test_a_common_word_ranks_so_many_at_most():
    """More would make exactly the common words slow."""
    Question.objects.bulk_create(Question(title="melanoma", slug="m") for _ in range(CANDIDATES + 10))

    assert len(found("melanoma")) == PAGE_SIZE


def test_a_very_long_text_is_searched_without_fault():
    """A vector of PostgreSQL holds a megabyte: more words than that must not refuse the row."""
    words = " ".join(f"word{n}" for n in range(150_000))
    question = QuestionFactory(body=f"melanoma {words}", body_html="<p>B</p>")
    answer = AnswerFactory(body=f"eczema {words}", body_html="<p>B</p>")

    assert (found("melanoma"), found("eczema")) == ([question], [answer.question])


def test_the_search_runs_the_same_number_of_queries_for_one_and_for_twenty(django_assert_max_num_queries):
    for _ in range(20):
        AnswerFactory(body="melanoma", question=QuestionFactory(topics=[TopicFactory()]))

    with django_assert_max_num_queries(26):
        assert len(found("melanoma")) == 20


# --- Words that are none ---------------------------------------------------------------------------------

ODD = {
    "nothing": "",
    "a blank": " ",
    "many blanks": " \t\r\n\u00a0 ",
    "one letter": "a",
    "10,000 letters": "a" * 10_000,
    "10,000 words": "acne " * 2_000,
    "stop words": "the of and is",
    "operators": "& | ! <-> - or OR AND",
    "minus alone": "-",
    "minus and quote": '-"',
    "an unclosed quote": '"acne scars',
    "quotes only": '""""',
    "brackets": "((((((acne",
    "emoji": "\U0001f600\U0001f469\u200d\U0001f52c",
    "right to left": "\u05d0\u05d1\u05d2 \u202e acne",
    "markup": "<script>alert(1)</script>",
    "an entity": "&lt;b&gt; &amp;",
    "a format": "%s %(words)s {0} ${x}",
    "sql": "'; DROP TABLE questions_question; --",
    "a weight": "acne:A*",
    "a backslash": "\\",
    "controls": "\x01\x02\x1b",
    "our own marks": "\ue000acne\ue001",
    "a noncharacter": "\ufffe\uffff",
    "a combining storm": "e" + "\u0301" * 500,
    "a url": "https://evil.example/?a=b&c=d#e",
}


@pytest.mark.parametrize("words", ODD.values(), ids=ODD.keys())
def test_no_words_break_the_search(client: Client, words: str):
    AnswerFactory(question__title="acne scars", body="acne")

    response = client.get("/search/", {"q": words})

    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


@pytest.mark.parametrize(
    "query", ["q=%FF", "q=%C3%28", "q=%ED%A0%80", "q=%", "q=%G1", "q", "q=a&q=b", "=", "&&&", "q[]=x", "%FF=%FE"]
)
def test_no_address_breaks_the_search(client: Client, query: str):
    assert client.get("/search/", QUERY_STRING=query).status_code == 200


def test_invalid_utf_8_becomes_a_replacement_sign(client: Client):
    assert "Results for “\ufffd”" in Page(client.get("/search/", QUERY_STRING="q=%FF"))


@given(st.text(max_size=60))
def test_any_words_give_a_result(words: str):
    words = words.replace("\0", "").encode(errors="replace").decode()

    assert search(words).hits == [] or search(words).hits


@given(st.text(st.sampled_from("ab\"-|&!()<>:*\\'or \t"), max_size=30))
def test_any_operators_give_a_result(words: str):
    assert isinstance(search(words).hits, list)


def test_the_form_keeps_the_words(client: Client):
    page = Page(client.get("/search/", {"q": 'a "b" <c>'}))

    assert page.form(action="/search/", role="search") == {"q": 'a "b" <c>'}


def test_blanks_around_and_between_words_do_not_count(client: Client):
    assert "Results for “acne scars”" in Page(client.get("/search/", {"q": "  acne \n\t scars "}))


def test_results_are_never_indexed(client: Client):
    assert Page(client.get("/search/?q=acne")).all("meta", name="robots", content="noindex, follow")


def test_marks_in_a_text_do_not_come_through(client: Client):
    """The signs that stand for <mark> in the extract carry no meaning in anybody's text."""
    QuestionFactory(
        title="melanoma \ue000<b>\ue001", body="melanoma \ue000", body_html="<p>melanoma \ue000&lt;i&gt;\ue001</p>"
    )

    content = client.get("/search/?q=melanoma").content.decode()

    assert "\ue000" not in content
    assert "<b>" not in content
    assert "<i>" not in content


def test_search_says_nothing_of_a_doctor_who_answered_invisibly(client: Client):
    AnswerFactory(body="melanoma", state="held", doctor__name="Secret Name", question__title="melanoma")

    assert "Secret" not in client.get("/search/?q=melanoma").content.decode()
    assert Answer.objects.count() == 1
