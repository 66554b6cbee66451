"""The read API: what it shows, what it hides, how it pages, and that every error is JSON."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import limits
from accounts.visitors import COOKIE, Voter
from qa_forum import errors
from questions.models import Question
from questions.search.vocabulary import count_all_words
from questions.services import hide_answer, hide_question, withdraw_answer
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    DoctorReviewFactory,
    ModeratorFactory,
    QuestionFactory,
    TopicFactory,
    UserFactory,
)
from tests.questions.test_merging import merge
from tests.test_cursors import BROKEN
from voting.services import cast_vote

pytestmark = pytest.mark.django_db

ROOT = "/api/v1/"
LISTS = ["questions/", "doctors/", "doctors/ada/reviews/", "topics/", "questions/{question}/answers/"]
ALL = [*LISTS, "questions/{question}/", "answers/{answer}/", "doctors/ada/", "topics/acne/", "search/?q=swelling"]


@pytest.fixture
def answer() -> Any:
    question = QuestionFactory(topics=[TopicFactory(slug="acne", name="Acne")], asker__email="who@mail.example")
    answer = AnswerFactory(question=question, doctor__slug="ada", doctor__name="Ada Lindqvist")
    DoctorReviewFactory(doctor=answer.doctor, patient__email="other@mail.example")
    return answer


def of(place: str, answer: Any) -> str:
    return ROOT + place.format(question=answer.question_id, answer=answer.pk)


def is_problem(response: Any, status: int) -> bool:
    body = json.loads(response.content)
    return (
        response.status_code == body["status"] == status
        and response["Content-Type"] == "application/problem+json"
        and response["Access-Control-Allow-Origin"] == "*"
        and response["Cache-Control"] == "no-store"
        and not response.cookies
        and {"type", "title", "status", "detail"} <= set(body)
    )


# --- What it shows -----------------------------------------------------------------------------------------


def test_a_question_comes_with_its_published_answers_the_most_helpful_first(client: Client, answer: Any):
    better = AnswerFactory(question=answer.question)
    cast_vote(answer_id=better.pk, voter=Voter(user_id=UserFactory().pk), value=1)
    hidden = AnswerFactory(question=answer.question)
    hide_answer(hidden.pk, rule=1, reason="Why.", moderator=ModeratorFactory())

    told = client.get(of("questions/{question}/", answer)).json()

    assert (told["title"], told["author"]) == (answer.question.title, answer.question.asker.pen_name)
    assert [each["id"] for each in told["answers"]] == [better.pk, answer.pk]
    assert (told["answers"][0]["upvote_count"], told["answers"][0]["score"]) == (1, 1)
    assert told["answers"][1]["author"]["name"] == "Dr Ada Lindqvist"
    assert told["answers"][1]["html"] == answer.body_html
    assert told["topics"] == [{"name": "Acne", "slug": "acne", "url": "http://localhost:8000/topics/acne/"}]


def test_the_list_has_the_sorts_and_the_filter_of_the_page(client: Client):
    topic = TopicFactory(slug="acne")
    old = QuestionFactory(topics=[topic], asked_at=timezone.now() - timedelta(days=3))
    new, other = QuestionFactory(topics=[topic]), QuestionFactory()
    AnswerFactory(question=new)

    def listed(query: str) -> list[int]:
        return [each["id"] for each in client.get(f"{ROOT}questions/?{query}").json()["items"]]

    assert listed("") == [other.pk, new.pk, old.pk]
    assert listed("topic=acne") == [new.pk, old.pk]
    assert listed("sort=helpful") == [new.pk]
    assert listed("sort=unanswered&topic=acne") == [old.pk]


def test_doctors_come_with_figures_and_reviews(client: Client, answer: Any):
    told = client.get(f"{ROOT}doctors/ada/").json()
    (review,) = client.get(f"{ROOT}doctors/ada/reviews/").json()["items"]

    # Below three reviews nobody is shown an average.
    assert (told["rating"], told["review_count"], told["stars"]["5"]) == (None, 1, 1)
    assert (review["rating"], review["title"]) == (5, "Took time to explain")
    assert review["author"].startswith("pen_")


@pytest.mark.parametrize(
    ("query", "found"), [("topic=acne", 1), ("topic=other", 0), ("rating=4", 0), ("place=port", 2)]
)
def test_the_directory_has_the_filters_of_the_page(client: Client, answer: Any, query: str, found: int):
    TopicFactory(slug="other")
    AnswerFactory()

    told = client.get(f"{ROOT}doctors/?{query}").json()

    assert told["count"] == len(told["items"]) == found


def test_search_finds_what_the_page_finds(client: Client, answer: Any):
    (hit,) = client.get(f"{ROOT}search/?q=swelling").json()["items"]

    assert hit["question"]["id"] == answer.question_id
    assert "<mark>swelling</mark>" in hit["title_html"]
    assert client.get(f"{ROOT}search/?q=%20").json()["items"] == []


def test_search_says_which_words_it_searched_for(client: Client, answer: Any):
    count_all_words()

    mended = client.get(f"{ROOT}search/?q=sweling").json()
    exact = client.get(f"{ROOT}search/?q=sweling&exact=true").json()

    assert (mended["searched"], len(mended["items"])) == ("swelling", 1)
    assert (exact["searched"], exact["items"]) == ("sweling", [])


@pytest.mark.parametrize(
    ("query", "found"), [("topic=acne", 1), ("topic=other", 0), ("answered=true", 1), ("answered=false", 0)]
)
def test_search_is_narrowed_as_on_the_page(client: Client, answer: Any, query: str, found: int):
    TopicFactory(slug="other")

    assert len(client.get(f"{ROOT}search/?q=swelling&{query}").json()["items"]) == found
    assert is_problem(client.get(f"{ROOT}search/?q=swelling&topic=none"), 404)


def test_a_search_that_takes_too_long_is_told_as_json(client: Client, answer: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("questions.search.statements.SECONDS", 0.5)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN; LOCK TABLE questions_word IN ACCESS EXCLUSIVE MODE")
        response = client.get(f"{ROOT}search/?q=swelling")
    finally:
        other.close()

    assert is_problem(response, 503)
    assert response.json()["title"] == "The search took too long"
    assert response["Retry-After"] == "10"


@pytest.mark.parametrize("place", ALL)
def test_of_a_patient_nothing_is_told_but_the_pen_name(client: Client, answer: Any, place: str):
    told = client.get(of(place, answer)).content.decode()

    assert "mail.example" not in told
    assert '"email"' not in told
    assert '"asker' not in told


# --- What it hides -----------------------------------------------------------------------------------------


def test_what_is_removed_is_gone_and_what_never_was_is_not_there(client: Client, answer: Any):
    held = QuestionFactory(state="held", held_for=["first"])
    unheld = AnswerFactory(question=held)

    assert is_problem(client.get(f"{ROOT}questions/{held.pk}/"), 404)
    assert is_problem(client.get(f"{ROOT}questions/{held.pk}/answers/"), 404)
    assert is_problem(client.get(f"{ROOT}answers/{unheld.pk}/"), 404)
    assert is_problem(client.get(f"{ROOT}questions/999999/"), 404)

    withdraw_answer(answer.pk, doctor=answer.doctor)
    assert is_problem(client.get(of("answers/{answer}/", answer)), 410)
    assert client.get(of("questions/{question}/", answer)).json()["answers"] == []

    hide_question(answer.question_id, rule=1, reason="Why.", moderator=ModeratorFactory())
    assert is_problem(client.get(of("questions/{question}/", answer)), 410)
    assert is_problem(client.get(of("questions/{question}/answers/", answer)), 410)
    assert client.get(f"{ROOT}questions/").json()["items"] == []


def test_a_moderator_who_looks_sees_no_more_than_a_stranger(admin_client: Client):
    held = QuestionFactory(state="held", held_for=["first"])

    assert is_problem(admin_client.get(f"{ROOT}questions/{held.pk}/"), 404)


def test_a_doctor_who_is_not_listed_is_not_there(client: Client):
    AnswerFactory(doctor=DoctorFactory(slug="ada", is_listed=False))

    assert is_problem(client.get(f"{ROOT}doctors/ada/"), 410)
    assert is_problem(client.get(f"{ROOT}doctors/ada/reviews/"), 410)
    assert is_problem(client.get(f"{ROOT}doctors/nobody/"), 404)
    assert client.get(f"{ROOT}doctors/").json()["items"] == []


def test_a_doctor_whose_check_ended_takes_their_answers_along(client: Client, answer: Any):
    answer.doctor.licence_checks.all().delete()

    assert is_problem(client.get(of("answers/{answer}/", answer)), 404)
    assert client.get(of("questions/{question}/", answer)).json()["answers"] == []


def test_a_merged_question_leads_to_the_other(client: Client):
    kept, merged = QuestionFactory(), QuestionFactory()
    merge(merged, kept)

    assert client.get(f"{ROOT}questions/{merged.pk}/")["Location"] == f"{ROOT}questions/{kept.pk}/"
    moved = client.get(f"{ROOT}questions/{merged.pk}/answers/")
    assert (moved.status_code, moved["Location"]) == (301, f"{ROOT}questions/{kept.pk}/answers/")


# --- Pages of lists ----------------------------------------------------------------------------------------


def test_following_next_meets_every_question_once_and_previous_leads_back(client: Client):
    made = [QuestionFactory().pk for _ in range(45)]

    seen, pages, address = [], [], f"{ROOT}questions/"
    while address:
        pages.append(client.get(address).json())
        seen += [each["id"] for each in pages[-1]["items"]]
        address = (pages[-1]["next"] or "").removeprefix("http://localhost:8000")

    assert seen == made[::-1]
    assert [len(page["items"]) for page in pages] == [20, 20, 5]
    back = client.get(pages[1]["previous"].removeprefix("http://localhost:8000")).json()
    assert (back["items"], back["previous"]) == (pages[0]["items"], None)


def test_the_next_page_keeps_what_was_chosen(client: Client):
    topic = TopicFactory(slug="acne")
    for _ in range(21):
        QuestionFactory(topics=[topic])

    address = client.get(f"{ROOT}questions/?sort=active&topic=acne").json()["next"]

    assert address.startswith("http://localhost:8000/api/v1/questions/?sort=active&topic=acne&after=")


@pytest.mark.parametrize("place", [*LISTS, "search/?q=swelling&"])
def test_a_cursor_that_nobody_here_made_is_refused(client: Client, answer: Any, place: str):
    for broken in BROKEN.values():
        response = client.get(f"{of(place, answer)}{'' if '?' in place else '?'}after={broken}")
        assert response.status_code in (400, 422), broken[:40]
        assert is_problem(response, response.status_code)


# --- Errors ------------------------------------------------------------------------------------------------


def test_every_error_is_json_and_repeats_nothing_of_what_was_sent(client: Client, answer: Any):
    secret = "my_left_knee"
    told = {
        400: client.get(f"{ROOT}questions/?after={secret}"),
        404: client.get(f"{ROOT}topics/{secret}/"),
        405: client.post(f"{ROOT}questions/", {"title": secret}),
        413: client.post(f"{ROOT}questions/", f"{secret}" * 1_000_000, content_type="text/plain"),
        422: client.get(f"{ROOT}questions/?sort={secret}"),
    }

    for status, response in told.items():
        assert is_problem(response, status)
        assert secret not in response.content.decode()
    assert told[405]["Allow"] == "GET, HEAD"
    (fault,) = told[422].json()["errors"]
    assert fault["name"] == "sort"
    assert "'newest'" in fault["message"]


@pytest.mark.parametrize("place", ["nothing/", "questions/0/", "questions/abc/", "doctors/%C3%A4/", "questions/12/x/"])
def test_an_address_that_is_none_is_told_as_json(client: Client, place: str):
    assert is_problem(client.get(ROOT + place), 404)


def test_a_nul_is_told_as_json(client: Client):
    assert is_problem(client.get(f"{ROOT}search/?q=%00"), 400)


@pytest.mark.parametrize(("cause", "status"), [(OperationalError("gone away"), 503), (PermissionDenied("x"), 500)])
def test_a_fault_of_ours_is_told_as_json(cause: Exception, status: int):
    try:
        raise cause
    except type(cause):
        response = errors.server_error(RequestFactory().get(f"{ROOT}questions/"))

    assert is_problem(response, status)
    assert ("Retry-After" in response) == (status == 503)
    assert b"gone away" not in response.content


def test_one_request_too_many_is_told_to_wait(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(limits.LIMITS, "api", (limits.Limit("network", 3, limits.MINUTE),))
    QuestionFactory()

    statuses = [client.get(f"{ROOT}questions/").status_code for _ in range(3)]
    refused = client.get(f"{ROOT}topics/")

    assert statuses == [200, 200, 200]
    assert is_problem(refused, 429)
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert client.get(f"{ROOT}topics/", REMOTE_ADDR="198.51.100.7").status_code == 200
    assert client.get("/questions/").status_code == 200


# --- Keeping and sharing -----------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [*ALL, "openapi.json"])
def test_what_has_not_changed_is_not_sent_again(client: Client, answer: Any, place: str):
    first = client.get(of(place, answer))

    again = client.get(of(place, answer), headers={"If-None-Match": first["ETag"]})

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again["Access-Control-Allow-Origin"] == first["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in again["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("place", ["questions/{question}/", "answers/{answer}/", "questions/{question}/answers/"])
def test_each_change_is_told_at_once(client: Client, answer: Any, place: str):
    def etag() -> str:
        return client.get(of(place, answer))["ETag"]

    tags = [etag()]
    cast_vote(answer_id=answer.pk, voter=Voter(user_id=UserFactory().pk), value=1)
    tags.append(etag())
    type(answer.doctor).objects.filter(pk=answer.doctor_id).update(place="Elsewhere")
    tags.append(etag())

    assert len(set(tags)) == 3


@pytest.mark.parametrize("place", [*ALL, "openapi.json"])
def test_no_cookie_is_read_or_set(answer: Any, place: str):
    mine = Client()
    mine.force_login(UserFactory())
    mine.cookies[COOKIE] = "0123:anything"

    plain, own = Client().get(of(place, answer)), mine.get(of(place, answer))

    assert (own.content, own["ETag"], own["Cache-Control"]) == (plain.content, plain["ETag"], plain["Cache-Control"])
    assert own["Vary"] == plain["Vary"] == "Accept-Encoding"
    assert "Set-Cookie" not in own
    with CaptureQueriesContext(connection) as queries:
        mine.get(of(place, answer))
    assert not [query for query in queries if "session" in query["sql"]]


def test_a_browser_on_another_site_may_read_and_do_no_more(client: Client):
    asked = client.options(
        f"{ROOT}questions/", headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
    )

    assert asked.status_code == 200
    assert asked["Access-Control-Allow-Origin"] == "*"
    assert asked["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert "Access-Control-Allow-Credentials" not in asked
    # No page for people is open to other sites.
    assert "Access-Control-Allow-Origin" not in client.get("/questions/")
    assert "Access-Control-Allow-Origin" not in client.get("/nothing/")


@pytest.mark.parametrize("place", ALL)
def test_head_is_get_without_the_body(client: Client, answer: Any, place: str):
    get, head = client.get(of(place, answer)), client.head(of(place, answer))

    assert (head.status_code, head.content) == (200, b"")
    assert (head["ETag"], head["Content-Length"]) == (get["ETag"], get["Content-Length"])


# --- Cost --------------------------------------------------------------------------------------------------

COSTS = {
    "questions/": 5,
    "questions/?topic=acne&sort=helpful": 6,
    "questions/{question}/": 4,
    "questions/{question}/answers/": 4,
    "answers/{answer}/": 2,
    "doctors/": 4,
    "doctors/?topic=acne": 5,
    "doctors/ada/": 3,
    "doctors/ada/reviews/": 3,
    "topics/": 2,
    "topics/acne/": 2,
    "search/?q=swelling": 18,
}


@pytest.mark.parametrize("place", COSTS)
@pytest.mark.parametrize("rows", [1, 50])
def test_an_endpoint_costs_the_same_number_of_queries_however_much_it_shows(
    client: Client, answer: Any, place: str, rows: int
):
    topic = answer.question.topics.get()
    for _ in range(rows - 1):
        AnswerFactory(question=answer.question)
        AnswerFactory(question=QuestionFactory(topics=[topic, TopicFactory()]))
        DoctorReviewFactory(doctor=answer.doctor)

    with CaptureQueriesContext(connection) as queries:
        assert client.get(of(place, answer)).status_code == 200

    assert len(queries) == COSTS[place], [query["sql"][:90] for query in queries]


# --- Its description ---------------------------------------------------------------------------------------


def test_the_description_names_every_address_with_words_and_examples(client: Client):
    schema = client.get(f"{ROOT}openapi.json").json()

    assert schema["openapi"].startswith("3.")
    assert len(schema["paths"]) == 10
    for operations in schema["paths"].values():
        (operation,) = operations.values()
        assert operation["description"]
        assert {"200", "304", "429", "503"} <= set(operation["responses"])
        for parameter in operation.get("parameters", []):
            told = parameter.get("description") or parameter["schema"].get("description")
            assert told or parameter["in"] == "path" or parameter["name"] == "sort", parameter
    for name, shape in schema["components"]["schemas"].items():
        assert shape["title"] == name
    assert "examples" in schema["components"]["schemas"]["QuestionListed"]["properties"]["title"]


def test_the_page_for_people_names_every_address_and_loads_nothing_from_elsewhere(client: Client):
    page = client.get(ROOT).content.decode()

    for path in client.get(f"{ROOT}openapi.json").json()["paths"]:
        assert path.replace("{", "&#123;") in page or path in page
    assert "<script" not in page.partition("<main")[2].partition("</main")[0]


def test_nothing_that_waits_is_in_any_list(client: Client):
    Question.objects.filter(pk=QuestionFactory(state="held", held_for=["first"]).pk)

    for place in ("questions/", "questions/?sort=active", "questions/?sort=unanswered", "search/?q=swelling"):
        assert client.get(ROOT + place).json()["items"] == []
