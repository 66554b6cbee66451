"""Signing in and out: by address and password, not too often, and never off the site."""

from functools import partial

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from accounts.limits import DAY, LIMITS
from accounts.models import Limit
from accounts.services import after_sign_in, set_up_authenticator_app
from tests.crowd import all_at_once
from tests.factories import UserFactory
from tests.people import PASSWORD, app_code
from tests.reading import Page

LOGIN = "/accounts/login/"
STRICT, NETWORK, NAME = LIMITS["sign-in"]

pytestmark = pytest.mark.django_db


def sign_in(email: str, password: str = "wrong", address: str = "192.0.2.1", client: Client | None = None, **typed):
    return (client or Client()).post(LOGIN, {"login": email, "password": password, **typed}, REMOTE_ADDR=address)


@pytest.fixture
def person():
    return UserFactory(email="ada@mail.example", confirmed=True)


def test_a_person_signs_in_with_address_and_password(client: Client, person):
    form = Page(client.get(LOGIN)).forms[1]["data"]

    response = client.post(LOGIN, {**form, "login": "ADA@mail.Example ", "password": PASSWORD})

    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.get("/accounts/").status_code == 200
    assert "Your account" in Page(client.get("/"))


def test_a_session_ends_with_the_browser_unless_it_is_to_be_kept(person):
    passing, kept = Client(), Client()
    sign_in(person.email, PASSWORD, client=passing)
    sign_in(person.email, PASSWORD, client=kept, remember="on")

    assert passing.cookies["sessionid"]["max-age"] == ""
    assert kept.cookies["sessionid"]["max-age"] == 60 * 60 * 24 * 14


def test_a_wrong_password_is_told_first_and_the_address_stays(client: Client, person):
    response = sign_in(person.email, client=client)
    page = Page(response)

    assert response.status_code == 422
    assert "That email and password do not match. Try again, or reset your password" in page
    assert page.all("div", role="alert", autofocus="")
    assert page.all("input", name="login", value=person.email)
    assert not page.all("input", name="password")[0].get("value")
    assert b"<title>Error: Sign in" in response.content


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"login": "", "password": "x"}, ["Enter your email"]),
        ({"login": "no address", "password": "x"}, ["Enter an email such as name@example.org"]),
        ({"login": "ada@mail.example", "password": ""}, ["Enter your password"]),
        ({"login": "", "password": ""}, ["Enter your email", "Enter your password"]),
    ],
)
def test_each_mistake_is_named_alone_and_with_all_others(client: Client, typed: dict, words: list[str]):
    response = client.post(LOGIN, typed)
    page = Page(response)

    assert response.status_code == 422
    assert [link for link in page.links() if link.startswith("#id_")] and all(each in page for each in words)
    assert page.all("input", name="login")[0].get("value", "") == typed["login"]


def test_an_account_that_is_turned_off_is_told_to_its_owner_alone(client: Client):
    person = UserFactory(is_active=False, confirmed=True)

    assert sign_in(person.email).status_code == 422
    response = sign_in(person.email, PASSWORD, client=client)

    assert response["Location"] == "/accounts/inactive/"
    assert "turned off" in Page(client.get("/accounts/inactive/"))
    assert "_auth_user_id" not in client.session


def test_after_so_many_tries_a_name_must_wait_in_one_network():
    statuses = [sign_in("ada@mail.example").status_code for _ in range(STRICT.tries + 2)]

    assert statuses == [422] * STRICT.tries + [429] * 2


def test_a_stranger_cannot_shut_a_person_out_from_one_network(person):
    for _ in range(STRICT.tries * 3):
        sign_in(person.email)

    assert sign_in(person.email, PASSWORD, "203.0.113.1").status_code == 302


def test_a_name_is_counted_in_any_case_and_with_blanks():
    for n in range(STRICT.tries):
        sign_in(f"{'  ' * (n % 2)}ADA@mail.Example" if n % 3 else "ada@mail.example")

    assert sign_in("ada@MAIL.example ").status_code == 429


def test_after_so_many_tries_a_network_must_wait_whoever_is_named():
    statuses = [sign_in(f"person{n}@mail.example").status_code for n in range(NETWORK.tries + 2)]

    assert statuses == [422] * NETWORK.tries + [429] * 2


def test_after_very_many_tries_a_name_must_wait_wherever_they_come_from():
    for n in range(NAME.tries):
        sign_in("ada@mail.example", address=f"198.51.{n}.1")

    assert sign_in("ada@mail.example", address="203.0.113.1").status_code == 429


def test_over_the_limit_the_right_password_does_not_help_either(client: Client, person):
    for _ in range(STRICT.tries):
        sign_in(person.email)

    response = sign_in(person.email, PASSWORD, client=client)

    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= STRICT.window.total_seconds()
    assert "Try again in 15 minutes" in Page(response)
    assert client.get("/accounts/").status_code == 302


def test_after_the_window_the_person_comes_in(client: Client, person):
    for _ in range(STRICT.tries + 1):
        sign_in(person.email)
    Limit.objects.update(resets_at=F("resets_at") - DAY)

    assert sign_in(person.email, PASSWORD, client=client).status_code == 302


def test_opening_the_sign_in_is_not_counted(client: Client):
    for _ in range(STRICT.tries + 5):
        client.get(LOGIN)

    assert not Limit.objects.exists()


def test_a_header_does_not_make_another_network():
    for n in range(STRICT.tries):
        Client().post(LOGIN, {"login": "a@b.example", "password": "x"}, headers={"X-Forwarded-For": f"198.51.{n}.1"})

    response = Client().post(LOGIN, {"login": "a@b.example", "password": "x"}, headers={"X-Forwarded-For": "1.2.3.4"})
    assert response.status_code == 429


@pytest.mark.django_db(transaction=True)
def test_of_many_tries_at_once_exactly_the_limit_is_judged():
    statuses = [each.status_code for each in all_at_once([partial(sign_in, "ada@mail.example")] * 40)]

    assert (statuses.count(422), statuses.count(429)) == (STRICT.tries, 40 - STRICT.tries)


def test_the_form_needs_its_token(person):
    client = Client(enforce_csrf_checks=True)

    refused = sign_in(person.email, PASSWORD, client=client)
    token = Page(client.get(LOGIN)).forms[1]["data"]["csrfmiddlewaretoken"]
    taken = sign_in(person.email, PASSWORD, client=client, csrfmiddlewaretoken=token)

    assert (refused.status_code, taken.status_code) == (403, 302)


@pytest.mark.parametrize("email", ["", "\0", "a" * 10_000, "\U0001f600", "%", "'; --", "\u202e", "a@b@c.example"])
def test_a_name_that_is_none_is_a_wrong_name(email: str):
    assert sign_in(email).status_code == 422


def test_a_person_who_signs_in_gets_a_session_that_nobody_could_have_planted(client: Client, person):
    client.cookies["sessionid"] = "planted0123456789planted01234567"

    sign_in(person.email, PASSWORD, client=client)

    assert client.get("/accounts/").status_code == 200
    assert client.cookies["sessionid"].value != "planted0123456789planted01234567"


def test_who_is_signed_in_is_led_on(client: Client, person):
    client.force_login(person)

    assert client.get(LOGIN, {"next": "/topics/"})["Location"] == "/topics/"


def test_signing_out_is_asked_and_ends_the_session(client: Client, person):
    client.force_login(person)

    assert client.get("/accounts/logout/").status_code == 200
    assert client.get("/accounts/").status_code == 200
    assert client.post("/accounts/logout/")["Location"] == "/"
    assert client.get("/accounts/")["Location"] == "/accounts/login/?next=/accounts/"


def test_an_address_that_staff_typed_is_confirmed_at_the_first_sign_in(client: Client, mailoutbox):
    person = UserFactory()

    assert sign_in(person.email, PASSWORD, client=client)["Location"] == "/accounts/email/code/"
    assert client.get("/accounts/")["Location"].startswith(LOGIN)
    code = mailoutbox[-1].body.split("\n\n")[1]
    assert client.post("/accounts/email/code/", {"code": "BCDF-GHJK"}).status_code == 422
    assert client.post("/accounts/email/code/", {"code": code})["Location"] == "/"
    assert client.get("/accounts/").status_code == 200


# --- Rooms above ------------------------------------------------------------------------------------------


@pytest.fixture
def acts(monkeypatch):
    """The registry, empty for one test."""
    kept = list(after_sign_in)
    after_sign_in.clear()
    yield after_sign_in
    after_sign_in[:] = kept


def test_a_room_above_acts_after_the_last_step_and_may_say_where_to_go(client: Client, person, acts):
    seen = []
    acts += [lambda request, user: seen.append((user, request.session["draft"])), lambda request, user: "/topics/"]
    set_up_authenticator_app(user=person)
    session = client.session
    session["draft"] = "what a stranger wrote"
    session.save()

    sign_in(person.email, PASSWORD, client=client)
    assert seen == []
    response = client.post("/accounts/second-factor/sign-in/", {"code": app_code(person)})

    assert response["Location"] == "/topics/"
    assert seen == [(person, "what a stranger wrote")]


def test_where_no_room_says_so_the_person_goes_where_they_wanted(client: Client, person, acts):
    acts.append(lambda request, user: None)

    response = client.post(f"{LOGIN}?next=/doctors/", {"login": person.email, "password": PASSWORD})

    assert response["Location"] == "/doctors/"


# --- Where to go on ---------------------------------------------------------------------------------------

HOSTILE = [
    "https://evil.example/",
    "http://evil.example",
    "HTTPS://EVIL.EXAMPLE/",
    "hTTps:/evil.example",
    "https:evil.example",
    "http:evil.example",
    "http:/evil.example",
    "http:///evil.example",
    "https:///evil.example",
    "https:////evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/////evil.example/%2e%2e",
    "//evil.example:80",
    "//evil.example.",
    "//EVIL.example/..;/",
    "//user:word@evil.example",
    "//testserver@evil.example",
    "//testserver:80@evil.example",
    "https://testserver@evil.example",
    "https://testserver.evil.example",
    "https://evil.example#testserver",
    "https://evil.example?testserver",
    "https://evil.example\\@testserver",
    "https://[::1]/",
    "https://2130706433/",
    "http://testserver:8443/",
    "http://testserver./",
    "http://testserver/",
    "\\\\evil.example",
    "\\/\\/evil.example",
    "/\\evil.example",
    "/\\/evil.example",
    "\\/evil.example",
    "/\\\\evil.example",
    "/a\\..\\..\\evil.example",
    "\thttps://evil.example",
    " https://evil.example",
    " //evil.example",
    "\n//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "/ /evil.example",
    "/\r\nLocation: https://evil.example",
    "/\r\nSet-Cookie: a=b",
    "ht\ttps://evil.example",
    "https:\n//evil.example",
    "\x01https://evil.example",
    "\x1f//evil.example",
    "\u00a0//evil.example",
    "\u2028//evil.example",
    "/\u2215evil.example",
    "\u2215\u2215evil.example",
    "\uff0f\uff0fevil.example",
    "/\uff0fevil.example",
    "/\u3002evil.example",
    "//evil\u3002example",
    "\ufeff//evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    " javascript:alert(1)",
    "javascript://testserver/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "ftp://evil.example/",
    "ws://evil.example/",
    "mailto:a@evil.example",
    "blob:https://evil.example/1",
    "evil.example",
    "www.evil.example/path",
    "@evil.example",
    ":80@evil.example",
    "?next=//evil.example",
    "#//evil.example",
    "..//evil.example",
    "%2f%2fevil.example",
    "%5c%5cevil.example",
    "https%3a%2f%2fevil.example",
    "/" + "a" * 3000,
]


def test_there_are_sixty_hostile_forms_and_more():
    assert len(set(HOSTILE)) == len(HOSTILE) >= 60


@pytest.mark.parametrize("target", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_that_comes_as_next_leads_off_the_site(target: str):
    """On every page that follows it: in the address and in the form, with what scripts and proxies say beside it."""
    person = UserFactory(confirmed=True)
    headers = {"HX-Request": "true", "HX-Current-URL": "https://evil.example/", "Referer": "https://evil.example/"}
    headers |= {"X-Forwarded-Host": "evil.example", "X-Original-URL": "//evil.example"}
    typed = {"login": person.email, "password": PASSWORD}
    signed_in = Client()
    signed_in.force_login(person)
    going = [
        Client().post(LOGIN, typed, query_params={"next": target}, headers=headers),
        Client().post(LOGIN, {**typed, "next": target}, headers=headers),
        signed_in.get(LOGIN, {"next": target}, headers=headers),
        signed_in.get("/accounts/signup/", {"next": target}, headers=headers),
        signed_in.post("/accounts/reauthenticate/", {"password": PASSWORD}, query_params={"next": target}),
        signed_in.get("/admin/login/", {"next": target}),
        signed_in.post("/accounts/logout/", {"next": target}, headers=headers),
        Client().get("/admin/login/", {"next": target}),
    ]

    for response in going:
        if response.status_code == 403:  # The admin refuses this person.
            continue
        assert response.status_code == 302
        place = response["Location"]
        assert place in {"/", "/accounts/login/?next=/admin/"}, place
        assert not {name for name in response.headers if name.startswith("HX-")}
    for page in (LOGIN, "/accounts/signup/", "/accounts/password/reset/"):
        assert "evil" not in Client().get(page, {"next": target}).content.decode()


@pytest.mark.parametrize("target", ["/", "/topics/", "/questions/?sort=newest&after=abc", "/search/?q=a%20b", "/a/#b"])
def test_a_path_of_ours_is_followed(client: Client, person, target: str):
    response = client.post(LOGIN, {"login": person.email, "password": PASSWORD, "next": target})

    assert response["Location"] == target


def test_where_to_go_is_carried_from_page_to_page(client: Client):
    page = Page(client.get(LOGIN, {"next": "/topics/?a=b&c=d"}))

    assert f"{reverse('account_signup')}?next=/topics/%3Fa%3Db%26c%3Dd" in page.links()
