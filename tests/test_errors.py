"""Bad input and bad days: each has its page, tells nothing inside, and nothing answers 500."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.test import Client, RequestFactory
from django.urls import resolve
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from qa_forum import errors
from questions.services import hide_question
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    DoctorReviewFactory,
    InquiryFactory,
    ModeratorFactory,
    QuestionFactory,
    QuestionPhotoFactory,
    SpecialtyFactory,
    TopicFactory,
)
from tests.reading import Page
from tests.routes import addresses

REPOSITORY = Path(settings.BASE_DIR)
EMERGENCY = "112, 911 or 999"


# --- Every address ---------------------------------------------------------------------------------------


EXAMPLES = {
    "<slug:noun>/<key:subject_id>": "answer/{answer}",
    "<key:decision_id>": "7",
    "<month:month>": f"{timezone.localdate():%Y-%m}",
    "<key:answer_id>": "{answer}",
    "<key:question_id>": "{question}",
    "<key:inquiry_id>": "{inquiry}",
    "<key:photo_id>": "{photo}",
    "<key:review_id>": "{review}",
    "<str:slug>": "{slug}",
    "<slug:slug>": "ada",
    "<section>": "questions",
    "<key:pk>": "7",
    "<str:token>": "none",
    "<uuid:document>": "0b9f7f0e-6f0e-4f8e-9a3c-1d2e3f405060",
    "<uuid:key>": "0b9f7f0e-6f0e-4f8e-9a3c-1d2e3f405060",
}
ROUTES = sorted(set(addresses()))


def example(route: str) -> str:
    """Return an address of a route at which there is something."""
    answer = AnswerFactory(doctor=DoctorFactory(slug="ada"), question__topics=[TopicFactory(slug="ada")])
    inquiry = InquiryFactory(question=answer.question).pk
    for part, value in EXAMPLES.items():
        route = route.replace(part, value)
    review = DoctorReviewFactory(doctor=answer.doctor).pk
    question = answer.question
    photo = QuestionPhotoFactory(question=question).pk
    return "/" + route.format(
        review=review, answer=answer.pk, question=question.pk, slug=question.slug, inquiry=inquiry, photo=photo
    )


def test_every_route_has_an_example():
    assert not [route for route in ROUTES if "<" in route and not any(part in route for part in EXAMPLES)]
    assert len(ROUTES) >= 20


@pytest.mark.django_db
@pytest.mark.parametrize("route", ROUTES)
def test_a_nul_in_an_address_is_refused(client: Client, route: str):
    address = example(route)

    for bad in (f"{address}%00", f"{address}?a=%00", f"{address}?%00=b", f"{address}?q=a%00b&sort=x"):
        assert client.get(bad).status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("route", ROUTES)
def test_bytes_that_are_no_text_break_no_address(client: Client, route: str):
    address = example(route)

    for bad in ("%FF", "%C3%28", "%ED%A0%80", "%F0%28%8C%28", "%80%80", "\xff"):
        for request in (f"{address}{bad}", f"{address}{bad}/", f"/{bad}{address}"):
            assert client.get(request).status_code in (301, 404, 405), request
        asked = client.get(address, QUERY_STRING=f"q={bad}&sort={bad}&{bad}={bad}")
        is_hidden = "<str:token>" in route or route.endswith(("<uuid:document>/", "<key:photo_id>/"))
        # The API names a value that does not fit; a page takes it for no choice.
        fine = (200, 422) if route.startswith("api/") else (200, 301, 302, 405)
        assert asked.status_code in ((404,) if is_hidden else fine)


@pytest.mark.django_db
@pytest.mark.parametrize("route", ROUTES)
def test_a_body_past_every_limit_is_refused(client: Client, route: str):
    address = example(route)
    # A view that takes files says how much of them.
    body = b"value=1&x=" + b"x" * max(10_000_000, getattr(resolve(address).func, "body_limit", 0))

    response = client.post(
        address, body, content_type="application/x-www-form-urlencoded", headers={"Sec-Fetch-Site": "same-origin"}
    )

    assert response.status_code == 413
    assert "That was too much at once" in Page(response)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "length", ["-1", "abc", "1e3", "0x10", "1.0", " 5", "\u00b2", "\u0661", "9" * 5000, "+5", "5,5"]
)
def test_a_length_that_is_none_is_refused(client: Client, length: str):
    assert client.get("/about/votes/", CONTENT_LENGTH=length).status_code in (400, 413)


@pytest.mark.django_db
def test_a_body_just_below_the_limit_is_read_and_judged(client: Client):
    answer = AnswerFactory()
    body = b"value=1&x=" + b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE - 10)

    response = client.post(
        f"/answers/{answer.pk}/vote/",
        body,
        content_type="application/x-www-form-urlencoded",
        headers={"Sec-Fetch-Site": "same-origin"},
    )

    assert response.status_code == 303


# --- Pages of errors -------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    ["/nowhere/", "/questions/x/", "/admin2/", "/.env", "/wp-login.php", "/questions/1/a/b/", "/" + "a" * 8000],
)
def test_an_unknown_address_is_not_found(client: Client, address: str):
    response = client.get(address)

    assert response.status_code == 404
    assert "We cannot find that page" in Page(response)
    assert EMERGENCY in Page(response)


@pytest.mark.django_db
def test_each_error_has_its_page_in_plain_words(client: Client):
    gone = QuestionFactory()
    hide_question(gone.pk, rule=1, reason="Why.", moderator=None)
    answer = AnswerFactory()
    pages = {
        400: client.get("/questions/?after=x"),
        403: client.post(f"/answers/{answer.pk}/vote/", {"value": 1}),
        404: client.get("/nowhere/"),
        405: client.get(f"/answers/{answer.pk}/vote/"),
        410: client.get(gone.get_absolute_url()),
        413: client.post("/search/", b"x" * 2_000_000, content_type="text/plain"),
    }

    for status, response in pages.items():
        page = Page(response)
        assert response.status_code == status
        assert response["Content-Type"] == "text/html; charset=utf-8"
        assert page.all("h1"), status
        assert page.all("meta", name="robots", content="noindex"), status
        assert EMERGENCY in page, status
        assert not response.cookies
        assert not page.all("input", name="csrfmiddlewaretoken")


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_in_plain_words():
    client = Client(enforce_csrf_checks=True)

    response = client.post("/accounts/login/", {"login": "a@mail.example", "password": "b"})

    assert response.status_code == 403
    assert "You cannot do that here" in Page(response)
    assert "CSRF" not in Page(response)


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "", "a b", "[::1", "\u0661"])
def test_a_foreign_host_is_refused(client: Client, host: str):
    response = client.get("/questions/", HTTP_HOST=host)

    assert response.status_code == 400
    assert "evil" not in response.content.decode()


@pytest.mark.django_db
def test_the_health_pages_answer_whatever_the_host(client: Client):
    """A probe calls the machine by its number."""
    for address in ("/healthz/live", "/healthz/ready"):
        assert client.get(address, HTTP_HOST="10.0.0.7:8000").status_code == 200


def test_a_fault_of_ours_shows_a_page_without_what_is_inside():
    request = RequestFactory().get("/questions/")

    try:
        raise RuntimeError("a secret of the patient")
    except RuntimeError:
        response = errors.server_error(request)

    assert response.status_code == 500
    assert b"secret" not in response.content
    assert b"Traceback" not in response.content
    assert EMERGENCY in Page(response)


@pytest.mark.parametrize("cause", [OperationalError("server closed the connection"), PermissionDenied("x")])
def test_only_an_outage_is_called_one(cause: Exception):
    """Also where it is wrapped in another error."""
    try:
        try:
            raise cause
        except Exception as error:
            raise RuntimeError("while rendering") from error
    except RuntimeError:
        response = errors.server_error(RequestFactory().get("/"))

    assert response.status_code == (503 if isinstance(cause, OperationalError) else 500)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second."),
        (2, "2 seconds."),
        (59, "59 seconds."),
        (60, "1 minute."),
        (61, "2 minutes."),
        (3599, "60 minutes."),
        (3600, "1 hour."),
        (3601, "2 hours."),
        (86_400, "24 hours."),
    ],
)
def test_a_time_to_wait_is_said_as_people_say_it_and_never_too_short(seconds: int, words: str):
    response = errors.too_many(RequestFactory().get("/"), seconds)

    assert (response.status_code, response["Retry-After"]) == (429, str(seconds))
    assert f"Try again in {words}" in Page(response)


# --- A database that is away -----------------------------------------------------------------------------

AWAY = """
import json, os, sys, warnings
warnings.simplefilter("ignore")
import django
django.setup()
from django.test import Client
from django.conf import settings
from tests.reading import Page

settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
settings.DATABASES["default"]["OPTIONS"]["pool"]["timeout"] = 0.4
settings.ALLOWED_HOSTS = ["testserver"]
client = Client(raise_request_exception=False, headers={"Sec-Fetch-Site": "same-origin"})
told = {}
for method, address in json.loads(sys.argv[1]):
    if "edit" in address:
        client.cookies["sessionid"] = "s" * 32
    typed = "key=k1&title=Why+does+it+itch%3F&body=It+%3Cb%3Eitches%3C%2Fb%3E%0D%0Aat+night"
    body = typed if "questions" in address else "value=1"
    response = client.generic(method, address, body, content_type="application/x-www-form-urlencoded")
    told[f"{method} {address}"] = [response.status_code, dict(response.headers), response.content.decode()]
print(json.dumps(told))
"""
ASKED = [
    ("GET", "/healthz/live"),
    ("GET", "/healthz/ready"),
    ("GET", "/"),
    ("GET", "/questions/1/slug/"),
    ("GET", "/answers/1/"),
    ("GET", "/doctors/ada/"),
    ("GET", "/search/?q=acne"),
    ("GET", "/sitemap-questions.xml"),
    ("POST", "/answers/1/vote/"),
    ("POST", "/accounts/login/"),
    ("GET", "/about/votes/"),
    ("GET", "/nowhere/"),
    ("POST", "/questions/ask/"),
    ("POST", "/questions/1/edit/"),
    ("GET", "/questions/ask/"),
]


# One process asks for all of them: its waiting for a database takes seconds.
in_one_worker = pytest.mark.xdist_group("away")


@pytest.fixture(scope="module")
def away() -> dict:
    """What a site says whose database is away, asked in a process of its own."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "qa_forum.settings",
        "DATABASE_URL": "postgres://secret_user:secret_word@127.0.0.1:1/secret_base",
        "SECRET_KEY": "abcdefghijklmnopqrstuvwxyz-0123456789-ABCDEFGHIJ",
        "PYTHONPATH": str(REPOSITORY),
    }
    done = subprocess.run(
        [sys.executable, "-c", AWAY, json.dumps(ASKED)],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.strip().rsplit("\n", 1)[-1])
    told["log"] = done.stderr
    return told


@pytest.mark.parametrize("asked", [" ".join(each) for each in ASKED[2:9]])
@in_one_worker
def test_a_database_that_is_away_is_said_to_be_back_soon(away: dict, asked: str):
    status, headers, content = away[asked]

    assert status == 503
    assert headers["Retry-After"] == "30"
    assert headers["Cache-Control"] in ("no-store", "private, no-store")
    assert "Set-Cookie" not in headers
    assert "We will be back soon" in content
    assert EMERGENCY in content
    assert not [word for word in ("secret", "Traceback", "psycopg", "SELECT", "127.0.0.1") if word in content]


@pytest.mark.parametrize("address", ["/questions/ask/", "/questions/1/edit/"])
@in_one_worker
def test_a_question_that_meets_an_outage_is_handed_back(away: dict, address: str):
    status, headers, content = away[f"POST {address}"]

    assert status == 503
    assert headers["Cache-Control"] == "private, no-store"
    assert EMERGENCY in content
    assert "It &lt;b&gt;itches&lt;/b&gt;" in content
    assert "Why does it itch?" in content
    assert f'action="{address}"' in content
    assert 'name="key" value="k1"' in content
    assert 'name="csrfmiddlewaretoken"' in content
    assert "itch" not in away["log"]


@in_one_worker
def test_without_its_database_the_process_is_alive_and_not_ready(away: dict):
    assert away["GET /healthz/live"][0] == 200
    assert away["GET /healthz/ready"][0] == 503
    assert "secret" not in away["GET /healthz/ready"][2]


@in_one_worker
def test_what_needs_no_database_is_served_without_one(away: dict):
    assert away["GET /about/votes/"][0] == 200
    assert away["GET /nowhere/"][0] == 404


@in_one_worker
def test_an_outage_is_no_reason_to_log_what_was_sent(away: dict):
    assert "secret_word" not in away["log"]
    assert "q=acne" not in away["log"]


# --- Any input -------------------------------------------------------------------------------------------

PLACES = [
    "/",
    "/questions/",
    "/questions/{question}/{slug}/",
    "/topics/",
    "/topics/acne/",
    "/doctors/",
    "/doctors/ada/",
    "/search/",
    "/about/rules/",
    "/about/numbers/",
    "/feeds/questions.atom",
    "/feeds/topics/acne.atom",
    "/feeds/doctors/ada.atom",
    "/sitemap.xml",
    "/sitemap-doctors.xml",
    "/robots.txt",
]
NAMES = ["sort", "topic", "specialty", "after", "before", "q", "place", "rating", "stars", "p", "page"]
KNOWN = [
    "newest",
    "active",
    "helpful",
    "unanswered",
    "answers",
    "rating",
    "name",
    "oldest",
    "acne",
    "skin",
    "4",
    "4.5",
    "5",
    "1",
    "0",
    "-1",
    "",
    "WzEsIDFd",
    "WzAuNSwgMV0",
    "WyJhIiwgMV0",
    "swelling",
]

text = st.text(max_size=40).map(lambda words: words.encode(errors="replace").decode().replace("\0", ""))
parameters = st.lists(st.tuples(st.sampled_from(NAMES) | text, st.sampled_from(KNOWN) | text), max_size=5)
header = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60)
HEADERS = [
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "If-None-Match",
    "If-Modified-Since",
    "Range",
    "Content-Type",
    "Cookie",
    "Referer",
    "Origin",
    "Sec-Fetch-Site",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "HX-Request",
    "HX-Current-URL",
    "X-Requested-With",
    "User-Agent",
]


@pytest.fixture
def site(db: None) -> list[str]:
    answer = AnswerFactory(question__topics=[TopicFactory(slug="acne")], doctor__slug="ada")
    type(answer.doctor).objects.update(specialty=SpecialtyFactory(slug="skin"))
    return [place.format(question=answer.question_id, slug=answer.question.slug) for place in PLACES]


@given(place=st.integers(0, len(PLACES) - 1), query=parameters)
@hypothesis_settings(max_examples=150)
def test_no_parameters_break_a_page(site: list[str], place: int, query: list[tuple[str, str]]):
    from urllib.parse import urlencode

    response = Client(raise_request_exception=False).get(site[place], QUERY_STRING=urlencode(query))

    assert response.status_code in (200, 400, 404)


@given(place=st.integers(0, len(PLACES) - 1), query=st.binary(max_size=60))
@hypothesis_settings(max_examples=100)
def test_no_bytes_for_a_query_break_a_page(site: list[str], place: int, query: bytes):
    raw = query.replace(b"\0", b"").decode("latin-1")

    response = Client(raise_request_exception=False).get(site[place], QUERY_STRING=raw)

    assert response.status_code in (200, 400, 404)


@given(place=st.integers(0, len(PLACES) - 1), headers=st.dictionaries(st.sampled_from(HEADERS), header, max_size=4))
@hypothesis_settings(max_examples=150)
def test_no_headers_break_a_page(site: list[str], place: int, headers: dict[str, str]):
    response = Client(raise_request_exception=False).get(site[place], headers=headers)

    assert response.status_code in (200, 304, 400)


@given(words=st.binary(max_size=40))
@hypothesis_settings(max_examples=60)
def test_no_address_breaks_the_site(site: list[str], words: bytes):
    from urllib.parse import quote

    response = Client(raise_request_exception=False).get("/" + quote(words.replace(b"\0", b"")))

    assert response.status_code in (200, 301, 302, 400, 404)


@given(
    body=st.binary(max_size=100),
    kind=st.sampled_from(
        ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json", "text/plain", ""]
    ),
)
@hypothesis_settings(max_examples=80)
def test_no_body_breaks_a_vote(site: list[str], body: bytes, kind: str):
    from questions.models import Answer

    client = Client(raise_request_exception=False, headers={"Sec-Fetch-Site": "same-origin"})

    response = client.post(f"/answers/{Answer.objects.get().pk}/vote/", body, content_type=kind)

    assert response.status_code in (303, 400)


CHARSETS = ["utf-7", "utf-16", "utf-32", "unicode_escape", "raw_unicode_escape", "latin-1", "nothing", "\u00e9"]


@pytest.mark.django_db
@pytest.mark.parametrize("charset", CHARSETS)
def test_no_charset_smuggles_a_nul(charset: str):
    """Some codecs write a NUL in other letters."""
    client = Client(raise_request_exception=False)
    answer = AnswerFactory()

    for address, query in (("/search/", "q=+AAA-"), ("/questions/", "topic=%5Cx00"), ("/doctors/", "place=\\x00&x=ab")):
        response = client.get(address, QUERY_STRING=query, CONTENT_TYPE=f"text/html; charset={charset}")
        assert response.status_code in (200, 400, 404), query
    response = client.generic(
        "POST",
        f"/answers/{answer.pk}/vote/",
        b"value=1",
        content_type=f"application/x-www-form-urlencoded; charset={charset}",
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert response.status_code in (303, 400)


CODECS = [
    *(f"text/plain; charset={codec}" for codec in ("hex", "base64", "rot13", "zlib", "punycode", "undefined")),
    "text/plain; CharSet = hex",
    'text/plain; charset="hex"',
    "text/plain;charset=utf-8;charset=hex",
    "text/plain; charset*=utf-8''hex",
    "text/plain; charset*=hex",
    'text/plain; x="; charset=y"; charset=hex',
    "; charset=hex",
    "charset=hex",
]


@pytest.mark.django_db
@pytest.mark.parametrize("content_type", CODECS)
def test_a_charset_that_is_a_codec_of_something_else_breaks_nothing(content_type: str):
    """Asked of the application itself, as a server does: the test client has a way of its own."""
    from qa_forum.wsgi import application

    environ = RequestFactory().get("/about/votes/?q=ab").environ
    environ["CONTENT_TYPE"] = content_type
    told: list[str] = []

    b"".join(application(environ, lambda status, headers, *rest: told.append(status)))

    assert told[0][:3] in ("200", "400")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["sessionid", "visitor", "csrftoken", "messages", "other"])
@pytest.mark.parametrize(
    "value", ['"\\000aaaaaaaaaaaa"', '"\\377"', "\xff\xfe", "a" * 8000, '"', "\\", "{}", '"\\012\\015Set-Cookie: x=y"']
)
def test_no_cookie_breaks_a_page(name: str, value: str):
    """A quoted cookie may spell any byte, a NUL too."""
    client = Client(raise_request_exception=False)
    answer = AnswerFactory()
    url = answer.question.get_absolute_url()

    for method, address in (
        ("GET", url),
        ("GET", "/questions/"),
        ("GET", "/admin/"),
        ("POST", f"/answers/{answer.pk}/vote/"),
    ):
        response = client.generic(
            method,
            address,
            "value=1",
            content_type="application/x-www-form-urlencoded",
            HTTP_COOKIE=f"{name}={value}",
            headers={"Sec-Fetch-Site": "same-origin"},
        )
        assert response.status_code in (200, 302, 303, 400), address


@pytest.mark.django_db
def test_a_raw_nul_in_a_query_is_refused(client: Client):
    """No server passes one on; ours would not mind."""
    assert client.get("/search/", QUERY_STRING="q=a\0b").status_code == 400


@pytest.mark.django_db
def test_a_signed_in_moderator_gets_the_same_errors(site: list[str]):
    client = Client(raise_request_exception=False)
    client.force_login(ModeratorFactory())

    for bad in ("?after=x", "?before=x", "?topic=x", "?q=%FF"):
        for place in site:
            assert client.get(place + bad).status_code in (200, 400, 404)
