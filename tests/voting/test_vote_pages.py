"""Voting over HTTP: the proof, the values, and the three forms of the reply."""

from urllib.parse import urlencode

import pytest
from django.core import signing
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.visitors import COOKIE
from questions.models import Answer
from questions.services import hide_answer, hide_question
from tests.factories import AnswerFactory, DoctorFactory, QuestionFactory, UserFactory, VoteFactory
from tests.reading import Page
from voting.models import AnswerVote

PROOF = {"Sec-Fetch-Site": "same-origin"}
HTMX = {**PROOF, "HX-Request": "true"}
JSON = {**PROOF, "Accept": "application/json"}

pytestmark = pytest.mark.django_db


def vote(
    client: Client, answer: Answer | int, value: object = 1, headers: dict = PROOF, **data: object
) -> HttpResponse:
    key = answer if isinstance(answer, int) else answer.pk
    return client.post(reverse("voting:cast_vote", args=[key]), {"value": value, **data}, headers=headers)


@pytest.fixture
def visitor() -> Client:
    """Somebody who has voted before, so has a mark."""
    client = Client()
    vote(client, AnswerFactory())
    AnswerVote.objects.all().delete()
    return client


# --- The three replies -----------------------------------------------------------------------------------


def test_a_plain_form_leads_back_to_the_answer(client: Client):
    answer = AnswerFactory()

    response = vote(client, answer)

    assert (response.status_code, response["Location"]) == (
        303,
        f"{answer.question.get_absolute_url()}#answer-{answer.pk}",
    )
    answer.refresh_from_db()
    assert answer.score == 1


@pytest.mark.parametrize(
    ("value", "up", "down", "score"),
    [
        (1, ("true", "0"), ("false", "-1"), "+4"),
        (-1, ("false", "1"), ("true", "0"), "+2"),
        (0, ("false", "1"), ("false", "-1"), "+3"),
    ],
)
def test_htmx_gets_the_buttons_with_the_viewers_vote_and_the_score(
    visitor: Client, value: int, up: tuple, down: tuple, score: str
):
    answer = AnswerFactory(imported_upvote_count=3)

    page = Page(vote(visitor, answer, value, HTMX))

    first, second = page.all("button", name="value")
    assert (first["aria-pressed"], first["value"]) == up
    assert (second["aria-pressed"], second["value"]) == down
    assert f"Score: {score}" in page
    assert not page.all("html")


def test_a_negative_score_has_a_true_minus_sign(client: Client):
    assert "Score: \u22121" in Page(vote(client, AnswerFactory(), -1, HTMX))


def test_the_fragment_sends_its_buttons_to_the_same_address(client: Client):
    answer = AnswerFactory()

    (form,) = Page(vote(client, answer, 1, HTMX)).all("form")

    url = reverse("voting:cast_vote", args=[answer.pk])
    assert (form["action"], form["hx-post"], form["method"]) == (url, url, "post")


def test_json_has_exactly_the_promised_keys(client: Client):
    answer = AnswerFactory(imported_upvote_count=3, imported_downvote_count=1)

    response = vote(client, answer, -1, JSON)

    assert response["Content-Type"] == "application/json"
    assert response.json() == {"answer": answer.pk, "score": 1, "upvotes": 3, "downvotes": 2, "yours": -1}


def test_json_says_0_after_a_vote_was_taken_back(visitor: Client):
    answer = AnswerFactory()
    vote(visitor, answer)

    assert vote(visitor, answer, 0, JSON).json()["yours"] == 0


@pytest.mark.parametrize(
    "accept", ["*/*", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html, application/json;q=0.1", ""]
)
def test_a_browser_never_gets_json(client: Client, accept: str):
    assert vote(client, AnswerFactory(), headers={**PROOF, "Accept": accept}).status_code == 303


def test_no_reply_to_a_vote_may_be_kept(client: Client):
    for headers in (PROOF, HTMX, JSON):
        response = vote(client, AnswerFactory(), headers=headers)
        assert response["Cache-Control"] == "private, no-store"
        assert "ETag" not in response


# --- Who votes -------------------------------------------------------------------------------------------


def test_a_visitor_changes_and_takes_back_over_several_requests(client: Client):
    answer = AnswerFactory()

    scores = [vote(client, answer, value, JSON).json()["score"] for value in (1, -1, -1, 0, 0, 1)]

    assert scores == [1, -1, -1, 0, 0, 1]
    assert AnswerVote.objects.count() == 1


def test_a_visitor_keeps_one_mark(client: Client):
    vote(client, AnswerFactory())
    mark = client.cookies[COOKIE].value

    response = vote(client, AnswerFactory())

    assert COOKIE not in response.cookies
    assert client.cookies[COOKIE].value == mark
    assert AnswerVote.objects.values("visitor").distinct().count() == 1


def test_the_mark_is_out_of_reach_of_scripts_and_outlives_the_visit(client: Client):
    mark = vote(client, AnswerFactory()).cookies[COOKIE]

    assert mark["httponly"]
    assert mark["samesite"] == "Lax"
    assert mark["path"] == "/"
    assert int(mark["max-age"]) == 400 * 24 * 3600


def test_the_mark_names_the_vote_to_nobody_else(client: Client):
    """What the cookie holds is random: no address, no account, no time."""
    vote(client, AnswerFactory())

    held, _, signature = client.cookies[COOKIE].value.partition(":")

    assert held == AnswerVote.objects.get().visitor.hex
    assert signature


def test_a_visitor_is_known_after_a_restart(client: Client):
    answer = AnswerFactory()
    vote(client, answer)

    again = Client()
    again.cookies[COOKIE] = client.cookies[COOKIE].value
    response = vote(again, answer, -1, JSON)

    assert response.json() == {"answer": answer.pk, "score": -1, "upvotes": 0, "downvotes": 1, "yours": -1}


def forged_marks() -> list[str]:
    visitor = "0123456789abcdef0123456789abcdef"
    return [
        visitor,
        f"{visitor}:",
        f"{visitor}:AAAA",
        ":",
        "x" * 5000,
        signing.Signer(key="another-secret-key-of-somebody-else", salt="accounts.visitor").sign(visitor),
        signing.Signer(salt="another.purpose").sign(visitor),
        signing.Signer(salt="accounts.visitor").sign("not-a-uuid"),
        signing.Signer(salt="accounts.visitor").sign(visitor)[:-1],
        signing.Signer(salt="accounts.visitor").sign(visitor).replace("0", "1", 1),
    ]


@pytest.mark.parametrize("number", range(10))
def test_whoever_brings_a_mark_that_is_not_ours_is_a_stranger(client: Client, number: int):
    client.cookies[COOKIE] = forged_marks()[number]

    response = vote(client, AnswerFactory())

    assert response.status_code == 303
    assert COOKIE in response.cookies
    assert AnswerVote.objects.get().visitor.hex != "0123456789abcdef0123456789abcdef"


def test_a_true_mark_is_taken(client: Client):
    """The other half of the test above: the same words, signed by us, do count."""
    client.cookies[COOKIE] = signing.Signer(salt="accounts.visitor").sign("0123456789abcdef0123456789abcdef")

    vote(client, AnswerFactory())

    assert AnswerVote.objects.get().visitor.hex == "0123456789abcdef0123456789abcdef"


def test_a_person_who_is_signed_in_votes_with_the_account(client: Client):
    answer, user = AnswerFactory(), UserFactory()
    client.force_login(user)

    response = vote(client, answer)

    assert AnswerVote.objects.get().user == user
    assert COOKIE not in response.cookies


def test_the_account_comes_before_the_mark(visitor: Client):
    user = UserFactory()
    visitor.force_login(user)

    vote(visitor, AnswerFactory())

    assert AnswerVote.objects.get().user == user


def test_a_session_that_ended_votes_as_the_visitor(visitor: Client):
    visitor.cookies["sessionid"] = "0123456789abcdefghijklmnopqrstuv"

    assert vote(visitor, AnswerFactory()).status_code == 303
    assert AnswerVote.objects.get().user is None


def test_taking_back_nothing_leaves_no_mark_on_a_stranger(client: Client):
    response = vote(client, AnswerFactory(), 0)

    assert response.status_code == 303
    assert not response.cookies
    assert not AnswerVote.objects.exists()


def test_a_key_makes_a_first_vote_that_is_sent_again_one_vote():
    answer, key = AnswerFactory(), "f" * 32
    # The reply to the first one was lost, and its cookie with it.
    vote(Client(), answer, 1, key=key)

    response = vote(Client(), answer, 1, JSON, key=key)

    assert response.json()["score"] == 1
    assert AnswerVote.objects.count() == 1


def test_another_key_is_another_visitor():
    answer = AnswerFactory()

    vote(Client(), answer, key="a" * 32)
    vote(Client(), answer, key="b" * 32)

    assert AnswerVote.objects.count() == 2


def test_a_key_tells_nobody_the_mark():
    """Whoever knows a key does not know the visitor that is made of it: that takes the secret."""
    vote(Client(), AnswerFactory(), key="0123456789abcdef0123456789abcdef")

    assert AnswerVote.objects.get().visitor.hex != "0123456789abcdef0123456789abcdef"


def test_a_known_visitor_stays_the_same_whatever_the_key(visitor: Client):
    vote(visitor, AnswerFactory(), key="a" * 32)
    vote(visitor, AnswerFactory(), key="b" * 32)

    assert AnswerVote.objects.values("visitor").distinct().count() == 1


@pytest.mark.parametrize(
    "key", ["short", "a" * 65, "a" * 15 + " ", "é" * 16, "a" * 16 + "\n", "\0" * 16, "'; DROP TABLE x;--"]
)
def test_a_key_that_no_browser_made_is_refused(client: Client, key: str):
    assert vote(client, AnswerFactory(), key=key).status_code == 400
    assert not AnswerVote.objects.exists()


# --- Who may not, and what is not there ------------------------------------------------------------------


@pytest.mark.parametrize("headers", [PROOF, HTMX, JSON])
def test_nobody_votes_on_their_own_answer(client: Client, headers: dict):
    user = UserFactory()
    answer = AnswerFactory(doctor=DoctorFactory(user=user))
    client.force_login(user)

    assert vote(client, answer, 1, headers).status_code == 403
    assert not AnswerVote.objects.exists()


@pytest.mark.parametrize("headers", [PROOF, HTMX, JSON])
def test_a_hidden_answer_is_gone(client: Client, headers: dict):
    answer = AnswerFactory()
    hide_answer(answer_id=answer.pk, rule=1, reason="An insult.", moderator=None)

    response = vote(client, answer, 1, headers)

    assert response.status_code == 410
    assert not response.cookies


def test_an_answer_of_a_hidden_question_is_gone(client: Client):
    answer = AnswerFactory()
    hide_question(answer.question_id, rule=1, reason="An insult.", moderator=None)

    assert vote(client, answer).status_code == 410


def test_a_withdrawn_answer_is_gone(client: Client):
    assert vote(client, AnswerFactory(state="withdrawn")).status_code == 410


@pytest.mark.parametrize("value", [1, 0])
def test_a_held_answer_is_not_found(client: Client, value: int):
    response = vote(client, AnswerFactory(state="held"), value)

    assert response.status_code == 404
    assert not response.cookies


def test_an_answer_of_a_held_question_is_not_found(client: Client):
    assert vote(client, AnswerFactory(question=QuestionFactory(state="held"))).status_code == 404


@pytest.mark.parametrize("value", [1, 0, -1])
def test_an_unknown_answer_is_not_found(client: Client, value: int):
    assert vote(client, 10**17, value).status_code == 404


@pytest.mark.parametrize(
    "key",
    [
        "0",
        "00",
        "01",
        "-1",
        "+1",
        "1.0",
        "1e3",
        "9" * 18,
        "9" * 19,
        "9" * 400,
        "\u0661",
        "\uff11",
        "%20",
        "1%00",
        "abc",
    ],
)
def test_an_address_that_names_no_answer_is_not_found(client: Client, key: str):
    answer = AnswerFactory()
    assert str(answer.pk) != key

    response = client.post(f"/answers/{key}/vote/", {"value": 1}, headers=PROOF)

    assert response.status_code == (400 if "%00" in key else 404)


# --- What is no vote -------------------------------------------------------------------------------------

NO_VOTES = [
    "7",
    "2",
    "-2",
    "",
    " ",
    "1 ",
    " 1",
    "+1",
    "01",
    "1.0",
    "1e0",
    "-1.0",
    "true",
    "None",
    "one",
    "\u0661",
    "\uff11",
    "\u22121",
    "--1",
    "1\0",
    "\0",
    "1\n",
    "9" * 5000,
    "1;",
    "[1]",
    "\U0001f44d",
    "\u202e1",
]


@pytest.mark.parametrize("value", NO_VOTES)
def test_what_is_no_vote_is_refused(client: Client, value: str):
    response = vote(client, AnswerFactory(), value)

    assert response.status_code == 400
    assert not response.cookies
    assert not AnswerVote.objects.exists()


def test_a_request_without_a_value_is_refused(client: Client):
    url = reverse("voting:cast_vote", args=[AnswerFactory().pk])

    assert client.post(url, headers=PROOF).status_code == 400


def test_a_value_in_the_address_is_no_vote(client: Client):
    url = reverse("voting:cast_vote", args=[AnswerFactory().pk])

    assert client.post(f"{url}?value=1", headers=PROOF).status_code == 400
    assert not AnswerVote.objects.exists()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"value=1", "text/plain"),
        (b'{"value": 1}', "application/json"),
        (b"value=1", "application/x-www-form-urlencoded; charset=utf-16"),
        (b"value=1", "multipart/form-data"),
        (b"--x\r\nContent-Disposition: form-data", "multipart/form-data; boundary=x"),
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
        (b"value=%ff", "application/x-www-form-urlencoded"),
        (b"value=%00", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % n for n in range(2000)), "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_no_form_is_refused(client: Client, body: bytes, content_type: str):
    url = reverse("voting:cast_vote", args=[AnswerFactory().pk])

    assert client.post(url, body, content_type=content_type, headers=PROOF).status_code == 400
    assert not AnswerVote.objects.exists()


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options", "trace"])
def test_only_a_post_is_a_vote(client: Client, method: str):
    url = reverse("voting:cast_vote", args=[AnswerFactory().pk])

    response = getattr(client, method)(url, headers=PROOF)

    assert (response.status_code, response["Allow"]) == (405, "POST")


# --- The proof -------------------------------------------------------------------------------------------

OURS = "http://testserver"

PROOFS = {
    "fetch metadata": {"Sec-Fetch-Site": "same-origin"},
    "fetch metadata before a foreign origin": {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    "fetch metadata before a null origin": {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    "origin": {"Origin": OURS},
    "origin before a foreign referer": {"Origin": OURS, "Referer": "https://evil.example/"},
    "referer": {"Referer": f"{OURS}/questions/1/x/?sort=newest"},
    "referer of the bare host": {"Referer": OURS},
}
NO_PROOFS = {
    "nothing": {},
    "cross-site": {"Sec-Fetch-Site": "cross-site"},
    "same-site": {"Sec-Fetch-Site": "same-site"},
    "none": {"Sec-Fetch-Site": "none"},
    "empty": {"Sec-Fetch-Site": ""},
    "another case": {"Sec-Fetch-Site": "Same-Origin"},
    "two values": {"Sec-Fetch-Site": "same-origin, cross-site"},
    "cross-site with our origin": {"Sec-Fetch-Site": "cross-site", "Origin": OURS},
    "cross-site with our referer": {"Sec-Fetch-Site": "cross-site", "Referer": OURS},
    "null": {"Origin": "null"},
    "null with our referer": {"Origin": "null", "Referer": f"{OURS}/"},
    "foreign origin": {"Origin": "https://evil.example"},
    "foreign origin with our referer": {"Origin": "https://evil.example", "Referer": f"{OURS}/"},
    "another port": {"Origin": f"{OURS}:8080"},
    "another scheme": {"Origin": "https://testserver"},
    "our name below another": {"Origin": f"{OURS}.evil.example"},
    "our name above another": {"Origin": "http://evil.testserver"},
    "our name as a user": {"Origin": f"{OURS}@evil.example"},
    "another one as a user of ours": {"Origin": "http://evil.example@testserver"},
    "our name as a path": {"Origin": "http://evil.example/testserver"},
    "no scheme": {"Origin": "//testserver"},
    "a bare name": {"Origin": "testserver"},
    "half a bracket": {"Origin": "http://["},
    "a host that is none": {"Origin": "http://[::1"},
    "two origins": {"Origin": f"{OURS} https://evil.example"},
    "a list of origins": {"Origin": f"{OURS}, https://evil.example"},
    "foreign referer": {"Referer": "https://evil.example/http://testserver/"},
    "referer of another port": {"Referer": f"{OURS}:8080/"},
    "referer of another scheme": {"Referer": "https://testserver/"},
    "an odd referer": {"Referer": "about:blank"},
}


@pytest.mark.parametrize("headers", PROOFS.values(), ids=PROOFS.keys())
def test_a_request_of_our_own_page_is_taken_without_a_token(headers: dict):
    client, answer = Client(enforce_csrf_checks=True), AnswerFactory()

    assert vote(client, answer, headers=headers).status_code == 303
    answer.refresh_from_db()
    assert answer.score == 1


@pytest.mark.parametrize("headers", NO_PROOFS.values(), ids=NO_PROOFS.keys())
def test_a_request_without_proof_is_refused(headers: dict):
    client, answer = Client(enforce_csrf_checks=True), AnswerFactory()

    response = vote(client, answer, headers=headers)

    assert response.status_code == 403
    assert not response.cookies
    assert not AnswerVote.objects.exists()


def test_a_person_who_is_signed_in_needs_the_proof_as_well():
    client = Client()
    client.force_login(UserFactory())

    assert vote(client, AnswerFactory(), headers={"Origin": "https://evil.example"}).status_code == 403
    assert not AnswerVote.objects.exists()


def test_a_page_opened_as_a_stranger_stays_good_after_signing_in():
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory())

    assert vote(client, AnswerFactory()).status_code == 303


def test_the_proof_over_https_names_https():
    client = Client(enforce_csrf_checks=True)
    url = reverse("voting:cast_vote", args=[AnswerFactory().pk])

    refused = client.post(url, {"value": 1}, headers={"Origin": "http://testserver"}, secure=True)
    taken = client.post(url, {"value": 1}, headers={"Origin": "https://testserver"}, secure=True)

    assert (refused.status_code, taken.status_code) == (403, 303)


def test_the_proof_names_the_port_where_there_is_one():
    client, answer = Client(enforce_csrf_checks=True, HTTP_HOST="testserver:8000"), AnswerFactory()

    refused = vote(client, answer, headers={"Origin": OURS})
    taken = vote(client, answer, headers={"Origin": f"{OURS}:8000"})

    assert (refused.status_code, taken.status_code) == (403, 303)


# --- The way without JavaScript --------------------------------------------------------------------------


def test_the_buttons_of_a_page_vote_change_and_take_back(client: Client):
    """What a browser without scripts does: press, follow, press again."""
    answer = AnswerFactory()
    url = answer.question.get_absolute_url()
    scores = []

    for place in (0, 1, 1, 0, 0):
        button = Page(client.get(url)).all("button", name="value")[place]
        vote(client, answer, button["value"])
        answer.refresh_from_db()
        scores.append(answer.score)

    assert scores == [1, -1, 0, 1, 0]


def test_a_viewer_sees_their_own_vote_and_nobody_elses(visitor: Client):
    answer = AnswerFactory()
    other = AnswerFactory(question=answer.question)
    VoteFactory(answer=other)
    vote(visitor, answer, -1)

    page = Page(visitor.get(answer.question.get_absolute_url()))

    pressed = {tag["id"] for tag in page.all("button", name="value", aria_pressed="true")}
    assert pressed == {f"down-{answer.pk}"}


def test_the_admin_lists_votes_and_lets_nobody_write_them(admin_client: Client):
    made = VoteFactory()
    base = reverse("admin:voting_answervote_changelist")

    assert admin_client.get(base).status_code == 200
    assert admin_client.get(f"{base}add/").status_code == 403
    assert admin_client.post(f"{base}{made.pk}/change/", {"value": -1}).status_code == 403
    assert admin_client.post(f"{base}{made.pk}/delete/", {"post": "yes"}).status_code == 403
    assert AnswerVote.objects.get().value == 1


def test_an_urlencoded_vote_is_read_like_a_multipart_one(client: Client):
    answer = AnswerFactory()
    url = reverse("voting:cast_vote", args=[answer.pk])

    response = client.post(
        url, urlencode({"value": 1}), content_type="application/x-www-form-urlencoded", headers=PROOF
    )

    assert response.status_code == 303
    answer.refresh_from_db()
    assert answer.score == 1
