"""What happens to every request: strangers' pages are kept and served, everybody else's are their own."""

import gzip

import brotli
import pytest
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.visitors import COOKIE
from qa_forum.middleware import _encoding
from tests.factories import AnswerFactory, DoctorFactory, ModeratorFactory, QuestionFactory, TopicFactory, UserFactory
from tests.reading import Page

pytestmark = pytest.mark.django_db

PUBLIC = "public, max-age=0, s-maxage=0, must-revalidate"
PRIVATE = "private, no-store"


@pytest.fixture
def url() -> str:
    return AnswerFactory(question__topics=[TopicFactory(slug="acne")], doctor__slug="ada").question.get_absolute_url()


KEPT = [
    "question",
    "/",
    "/questions/",
    "/questions/?sort=helpful",
    "/topics/",
    "/topics/acne/",
    "/doctors/",
    "/doctors/ada/",
    "/doctors/ada/answers/",
]
UNKEPT = [
    "/api/v1/",
    "/search/",
    "/search/?q=swelling",
    "/about/votes/",
    "/about/doctors/",
    "/about/rules/",
    "/about/numbers/",
    "/about/privacy/",
    "/about/accessibility/",
    "/about/contact/",
    "/robots.txt",
    "/sitemap.xml",
    "/.well-known/security.txt",
]


def visitor() -> Client:
    client = Client()
    client.cookies[COOKIE] = "0123:anything"
    return client


def signed_in() -> Client:
    client = Client()
    client.force_login(UserFactory(pen_name="me_myself"))
    return client


def with_ended_session() -> Client:
    client = Client()
    client.cookies["sessionid"] = "0123456789abcdefghijklmnopqrstuv"
    return client


# --- Strangers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [*KEPT, *UNKEPT])
def test_a_strangers_page_says_that_anybody_may_keep_it_and_must_ask(client: Client, url: str, place: str):
    response = client.get(url if place == "question" else place)

    assert response.status_code == 200
    assert response["Cache-Control"] == PUBLIC
    assert response["Vary"] == "Accept-Encoding, Cookie"
    assert response["ETag"].startswith('W/"')
    assert int(response["Content-Length"]) == len(response.content)


@pytest.mark.parametrize("place", [*KEPT, *UNKEPT])
def test_a_strangers_page_sets_no_cookie_and_carries_no_token(client: Client, url: str, place: str):
    for _ in range(2):
        response = client.get(url if place == "question" else place)
        assert not response.cookies
        assert "Set-Cookie" not in response
        assert b"csrfmiddlewaretoken" not in response.content
    assert not client.cookies


@pytest.mark.parametrize("place", [*KEPT, *UNKEPT])
def test_reading_writes_nothing(client: Client, url: str, place: str):
    with CaptureQueriesContext(connection) as queries:
        client.get(url if place == "question" else place)

    verbs = {query["sql"].split()[0].upper() for query in queries}
    # A search limits its time in a transaction of its own, which is a savepoint inside that of a test.
    assert verbs <= {"SELECT", "WITH", "DECLARE"} | ({"SAVEPOINT", "RELEASE"} if "/search/" in place else set())


@pytest.mark.parametrize("place", [*KEPT, *UNKEPT])
def test_whoever_has_the_page_is_told_that_it_is_the_same(client: Client, url: str, place: str):
    place = url if place == "question" else place
    first = client.get(place)

    again = client.get(place, headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert again["Cache-Control"] == PUBLIC
    assert again["Vary"] == "Accept-Encoding, Cookie"
    assert not again.cookies


@pytest.mark.parametrize(
    ("pattern", "status"),
    [
        ("W/{0}", 304),
        ("{0}", 304),
        ('"other", W/{0}', 304),
        ('W/"other",{0}, "third"', 304),
        ("*", 304),
        (" * ", 304),
        ('"other"', 200),
        ('W/"other"', 200),
        ("", 200),
        ("rubbish", 200),
        ('"', 200),
        (",,,", 200),
        ('"unclosed', 200),
        ("{1}", 200),
        ("\u0661", 200),
        ("W/" * 2000, 200),
    ],
)
def test_every_way_of_asking_whether_it_changed(client: Client, url: str, pattern: str, status: int):
    tag = client.get(url)["ETag"].removeprefix("W/")

    response = client.get(url, headers={"If-None-Match": pattern.format(tag, tag.strip('"'))})

    assert response.status_code == status


def test_a_page_that_is_not_there_is_never_the_same(client: Client):
    for headers in ({"If-None-Match": "*"}, {"If-None-Match": 'W/"x"'}):
        assert client.get("/questions/999/", headers=headers).status_code == 404


# --- Kept bytes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", KEPT)
def test_the_second_stranger_gets_the_same_bytes(client: Client, url: str, place: str):
    place = url if place == "question" else place
    first = client.get(place)

    second = Client().get(place)

    assert second.content == first.content
    assert second["ETag"] == first["ETag"]


def test_a_kept_page_costs_one_query(client: Client, url: str):
    client.get(url)

    for headers in ({}, {"Accept-Encoding": "br"}, {"If-None-Match": "*"}):
        with CaptureQueriesContext(connection) as queries:
            client.get(url, headers=headers)
        assert len(queries) == 1


def _mark_kept_bytes(encoding: str) -> None:
    """Write over what is kept in one encoding, so that one can see where a page came from."""
    (key,) = [key for key in _kept_keys() if key.rpartition(":")[2] == encoding]
    version, content_type, _ = cache.get(key)
    cache.set(key, (version, content_type, b"from the kept bytes"))


def _kept_keys() -> list[str]:
    """Return the keys of kept pages; parts of pages are kept beside them."""
    return [key.partition("page:")[1] + key.partition("page:")[2] for key in cache._cache if "page:" in key]


@pytest.mark.parametrize("encoding", ["", "gzip", "br"])
def test_a_page_is_rendered_once_and_compressed_once(client: Client, url: str, encoding: str):
    headers = {"Accept-Encoding": encoding}
    client.get(url, headers=headers)

    _mark_kept_bytes(encoding)

    for _ in range(2):
        response = client.get(url, headers=headers)
        assert response.content == b"from the kept bytes"
        assert response.get("Content-Encoding", "") == encoding
        assert int(response["Content-Length"]) == len(response.content)


def test_one_encoding_more_does_not_drop_the_others(client: Client, url: str):
    for encoding in ("br", "gzip", "", "br"):
        client.get(url, headers={"Accept-Encoding": encoding})

    assert {key.rpartition(":")[2] for key in _kept_keys()} == {"", "gzip", "br"}
    assert len({key.rpartition(":")[0] for key in _kept_keys()}) == 1


def test_each_address_is_kept_by_itself(client: Client, url: str):
    other = AnswerFactory().question.get_absolute_url()
    pages = [client.get(address) for address in (url, other, f"{url}?sort=newest", "/questions/")]

    again = [Client().get(address) for address in (url, other, f"{url}?sort=newest", "/questions/")]

    assert [page.content for page in again] == [page.content for page in pages]
    assert len(_kept_keys()) == 4


@pytest.mark.parametrize("place", UNKEPT)
def test_what_has_no_version_is_not_kept(client: Client, place: str):
    client.get(place)

    assert _kept_keys() == []


# --- Encodings -------------------------------------------------------------------------------------------

DECODE = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("br", "br"),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0.5", "br"),
        ("BR", "br"),
        ("gzip, br;q=0", "gzip"),
        ("gzip, br; q=0.0", "gzip"),
        ("gzip, br;q=0.000", "gzip"),
        ("gzip, br ; q = 0", "gzip"),
        ("gzip;q=0, br;q=0", ""),
        ("gzip;q=0.001", "gzip"),
        ("identity", ""),
        ("identity;q=0", ""),
        ("deflate, zstd", ""),
        ("*", ""),
        ("", ""),
        ("brotli", ""),
        ("xbr, gzipped", ""),
        (";;;,,,q=0", ""),
    ],
)
def test_the_page_comes_in_the_best_encoding_that_the_client_takes(
    client: Client, url: str, accepted: str, encoding: str
):
    plain = Client().get(url, headers={"Accept-Encoding": "identity"}).content

    for _ in range(2):  # Compressed now, and kept compressed then.
        response = client.get(url, headers={"Accept-Encoding": accepted})
        assert response.get("Content-Encoding", "") == encoding
        assert DECODE[encoding](response.content) == plain
        assert int(response["Content-Length"]) == len(response.content)


@pytest.mark.parametrize("place", UNKEPT)
def test_what_is_not_kept_is_compressed_too(client: Client, place: str):
    response = client.get(place, headers={"Accept-Encoding": "br"})

    assert response["Content-Encoding"] == "br"
    assert brotli.decompress(response.content)


@pytest.mark.usefixtures("url")
def test_what_is_streamed_is_compressed_while_it_is_written(client: Client):
    plain = client.get("/sitemap-questions.xml")
    packed = client.get("/sitemap-questions.xml", headers={"Accept-Encoding": "br, gzip"})

    assert plain.streaming and "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.getvalue()) == plain.getvalue()
    assert {each["Cache-Control"] for each in (plain, packed)} == {PUBLIC}
    assert {each["Vary"] for each in (plain, packed)} == {"Accept-Encoding, Cookie"}
    assert b"csrfmiddlewaretoken" not in plain.getvalue() and not plain.cookies


@given(st.text(max_size=80))
def test_no_header_breaks_the_choice_of_an_encoding(accepted: str):
    assert _encoding(accepted) in {"", "br", "gzip"}


@pytest.mark.parametrize("place", ["question", "/questions/", "/about/votes/", "/search/", "/sitemap.xml"])
@pytest.mark.parametrize("encoding", ["", "br"])
def test_head_says_what_get_would_send_and_sends_nothing(client: Client, url: str, place: str, encoding: str):
    place = url if place == "question" else place
    headers = {"Accept-Encoding": encoding}
    # Once before anything is kept, once after.
    first, get, second = (
        client.head(place, headers=headers),
        client.get(place, headers=headers),
        client.head(place, headers=headers),
    )

    for head in (first, second):
        assert (head.status_code, head.content) == (200, b"")
        for name in ("ETag", "Content-Length", "Content-Type", "Cache-Control", "Vary"):
            assert head[name] == get[name]
        assert head.get("Content-Encoding") == get.get("Content-Encoding")


def test_the_first_head_keeps_the_whole_page(client: Client, url: str):
    client.head(url)

    assert Page(client.get(url)).all("article")


# --- Everybody else --------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [visitor, signed_in, with_ended_session])
@pytest.mark.parametrize("place", [*KEPT, "/search/", "/about/votes/"])
def test_whoever_has_a_mark_or_a_session_gets_a_page_that_nobody_may_keep(url: str, place: str, make):
    place = url if place == "question" else place
    kept = Client().get(place)["ETag"]

    response = make().get(place, headers={"If-None-Match": kept})

    assert response.status_code == 200
    assert response["Cache-Control"] == PRIVATE
    assert "Cookie" in response["Vary"]
    assert "ETag" not in response


@pytest.mark.parametrize("make", [visitor, signed_in, with_ended_session])
def test_a_viewers_page_never_becomes_the_kept_one(url: str, make):
    answer_id = AnswerFactory(question_id=url.split("/")[2]).pk
    viewer = make()
    vote = reverse("voting:cast_vote", args=[answer_id])
    viewer.post(vote, {"value": 1}, headers={"Sec-Fetch-Site": "same-origin"})
    assert Page(viewer.get(url)).all("button", aria_pressed="true")

    response = Client().get(url)

    assert not Page(response).all("button", aria_pressed="true")
    assert b"me_myself" not in response.content


@pytest.mark.parametrize("make", [visitor, signed_in, with_ended_session])
def test_the_kept_page_is_never_served_to_a_viewer(client: Client, url: str, make):
    client.get(url)
    _mark_kept_bytes("")

    assert b"from the kept bytes" not in make().get(url).content


def test_other_cookies_make_no_viewer(url: str):
    client = Client()
    client.cookies["csrftoken"] = "a" * 32
    client.cookies["theme"] = "dark"

    response = client.get(url)

    assert response["Cache-Control"] == PUBLIC
    assert response.content == Client().get(url).content


def test_staff_see_the_same_page_as_anybody_and_no_link_to_the_admin(url: str):
    client = Client()
    client.force_login(ModeratorFactory())

    mine, theirs = Page(client.get(url)).links(), Page(Client().get(url)).links()
    assert [link for link in mine if link != "/accounts/"] == [link for link in theirs if link != "/accounts/login/"]


def test_the_admin_is_kept_by_nobody(admin_client: Client):
    for address in ("/admin/", "/admin/questions/answer/", "/admin/login/", "/admin/jsi18n/"):
        response = admin_client.get(address)
        assert "no-store" in response["Cache-Control"]
        assert "public" not in response["Cache-Control"]


@pytest.mark.parametrize("name", ["login", "signup", "password/reset"])
def test_a_page_with_a_token_is_kept_by_nobody_whatever_cookies_come(client: Client, name: str):
    for _ in range(2):  # The second time the token's cookie is there already, and none is set.
        response = client.get(f"/accounts/{name}/")
        assert "csrfmiddlewaretoken" in response.content.decode()
        assert response["Cache-Control"] == "private, no-store"
        assert "Cookie" in response["Vary"]
        assert "ETag" not in response


# --- Errors and redirects --------------------------------------------------------------------------------


def test_an_error_for_strangers_sets_no_cookie_and_is_asked_for_again(client: Client, url: str):
    addresses = {
        "/nowhere/": 404,
        "/questions/999999/": 404,
        "/questions/?after=x": 400,
        "/questions/?topic=x": 404,
        url[:-2]: 301,
    }

    for address, status in addresses.items():
        response = client.get(address)
        assert response.status_code == status
        assert not response.cookies
        assert response["Cache-Control"] in (PUBLIC, "no-store")
        assert b"csrf" not in response.content


def test_an_error_for_a_viewer_is_theirs(url: str):
    assert signed_in().get("/nowhere/")["Cache-Control"] == PRIVATE


def test_an_error_never_becomes_the_kept_page(client: Client):
    question = QuestionFactory(state="held")
    assert client.get(question.get_absolute_url()).status_code == 404

    type(question).objects.update(state="published")

    assert client.get(question.get_absolute_url()).status_code == 200


# --- Headers of every reply ------------------------------------------------------------------------------


def replies(client: Client, url: str) -> dict[str, HttpResponse]:
    return {
        "fresh": client.get(url),
        "kept": client.get(url),
        "not modified": client.get(url, headers={"If-None-Match": "*"}),
        "compressed": client.get(url, headers={"Accept-Encoding": "br"}),
        "not found": client.get("/nowhere/"),
        "bad": client.get("/%00"),
        "too large": client.post("/search/", b"x" * 2_000_000, content_type="text/plain"),
        "wrong method": client.put(url),
        "text": client.get("/robots.txt"),
        "vote": client.post(
            f"/answers/{AnswerFactory().pk}/vote/", {"value": 1}, headers={"Sec-Fetch-Site": "same-origin"}
        ),
        "viewer": signed_in().get(url),
    }


def test_every_reply_carries_the_rules_of_safety(client: Client, url: str):
    for name, response in replies(client, url).items():
        policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'", name
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == policy["img-src"] == "'self'", (
            name
        )
        assert policy["form-action"] == "'self'", name
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'", name
        assert "unsafe" not in response["Content-Security-Policy"], name
        assert response["X-Content-Type-Options"] == "nosniff", name
        assert response["Referrer-Policy"] == "same-origin", name
        assert response["Cross-Origin-Opener-Policy"] == "same-origin", name


def test_no_reply_says_what_serves_it(client: Client, url: str):
    for response in replies(client, url).values():
        assert not {"Server", "X-Powered-By"} & set(response.headers)


def test_a_page_of_a_doctor_and_a_question_are_never_mixed_up(client: Client):
    """One path, two sets of kept bytes would be: the address is the whole of the key."""
    doctor, topic = DoctorFactory(slug="acne"), TopicFactory(slug="acne")

    pages = [client.get(row.get_absolute_url()) for row in (doctor, topic) for _ in range(2)]

    assert [doctor.name in Page(page) for page in pages] == [True, True, False, False]
