"""Joining: adults only, by a code from a mail; until it comes back nothing is stored among the accounts."""

import logging
from datetime import date

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import joining
from accounts.models import Limit, User
from tests.factories import UserFactory
from tests.people import PASSWORD, TYPED, code_in_last_mail, join
from tests.reading import Page

JOIN, CODE = "/accounts/signup/", "/accounts/signup/code/"

pytestmark = pytest.mark.django_db


def test_a_stranger_joins(client: Client, mailoutbox):
    form = Page(client.get(JOIN)).forms[1]["data"]
    response = client.post(JOIN, {**form, **TYPED, "email": "Ada@Mail.example"})

    assert (response.status_code, response["Location"]) == (302, CODE)
    assert not User.objects.exists()
    assert [mail.to for mail in mailoutbox] == [["ada@mail.example"]]
    assert "It works for 15 minutes." in mailoutbox[0].body
    assert "ada@mail.example" in Page(client.get(CODE))

    response = client.post(CODE, {"code": f" {code_in_last_mail().lower().replace('-', ' ')} "})

    assert (response.status_code, response["Location"]) == (302, "/")
    user = User.objects.get()
    assert (user.email, user.pen_name, user.is_staff) == ("ada@mail.example", "quiet_harbour", False)
    assert user.check_password(PASSWORD)
    assert EmailAddress.objects.get().verified
    assert client.get("/accounts/").status_code == 200
    assert joining.SESSION_KEY not in client.session


def test_what_a_stranger_wrote_before_and_where_they_wanted_to_go_outlive_it(client: Client):
    session = client.session
    session["draft"] = "what I wanted to ask"
    session.save()

    client.post(JOIN, TYPED, query_params={"next": "/topics/"})
    assert client.get(CODE, {"next": "/topics/"}).status_code == 200
    response = client.post(CODE, {"code": code_in_last_mail()}, query_params={"next": "/topics/"})

    assert response["Location"] == "/topics/"
    assert client.session["draft"] == "what I wanted to ask"


WRONG = {
    "pen_name": [
        ("", "Enter a pen name"),
        ("a", "Use 2 to 40 letters"),
        ("two words", "Use 2 to 40 letters"),
        ("a" * 41, "Use at most 40 characters"),
        ("TAKEN", "Someone already uses “TAKEN”. Try another"),
    ],
    "email": [
        ("", "Enter your email"),
        ("no address", "Enter an email such as name@example.org"),
        (f"{'a' * 250}@mail.example", "Enter an email such as name@example.org"),
    ],
    "password": [
        ("", "Enter a password"),
        ("short words", "Use at least 12 characters for your password"),
        ("123456789012345", "Use letters in your password, not only digits"),
        ("quiet_harbour1", "Choose a password that is less like your email and pen name"),
        ("1qaz2wsx3edc", "Choose another password, many people use this one"),
    ],
    "birth_year": [
        ("", "Enter the year in which you were born"),
        ("long ago", "Enter a year such as 1980"),
        ("1899", "Enter a year such as 1980"),
        (str(date.today().year + 1), "Enter a year such as 1980"),
        ("-1980", "Enter a year such as 1980"),
        ("1980.5", "Enter a year such as 1980"),
    ],
}
ONE_WRONG = [(name, value, words) for name, cases in WRONG.items() for value, words in cases]


@pytest.mark.parametrize(("name", "value", "words"), ONE_WRONG)
def test_each_mistake_is_named_and_all_that_was_typed_stays(client: Client, name: str, value: str, words: str):
    UserFactory(pen_name="taken")
    typed = {**TYPED, name: value}

    response = client.post(JOIN, typed)
    page = Page(response)

    assert response.status_code == 422
    assert words in page
    assert f"#id_{name}" in page.links()
    assert page.all("input", name=name, aria_invalid="true")
    assert response.content.index(b'role="alert"') < response.content.index(b"<h1")
    assert page.all("div", role="alert", autofocus="")
    for each in ("pen_name", "email", "birth_year"):
        assert page.all("input", name=each)[0].get("value", "") == typed[each]
    assert not page.all("input", name="password")[0].get("value")
    assert not User.objects.filter(email=TYPED["email"]).exists()


def test_all_mistakes_at_once_are_all_named(client: Client):
    response = client.post(JOIN, {"pen_name": "two words", "email": "none", "password": "short", "birth_year": "soon"})
    page = Page(response)

    assert response.status_code == 422
    assert "There are 4 problems to fix" in page
    assert {f"#id_{name}" for name in WRONG} <= set(page.links())
    assert page.all("input", name="pen_name", value="two words")


def test_an_empty_form_names_every_field(client: Client):
    assert "There are 4 problems to fix" in Page(client.post(JOIN, {}))


@pytest.mark.parametrize("years", [0, 5, 17, 18])
def test_who_may_be_a_child_is_refused_and_nothing_is_stored(client: Client, mailoutbox, years: int):
    response = client.post(JOIN, {**TYPED, "birth_year": str(date.today().year - years)})

    assert response.status_code == 403
    assert "We cannot open an account for you" in Page(response)
    assert TYPED["email"] not in response.content.decode()
    assert not Session.objects.exists()
    assert not mailoutbox
    assert not User.objects.exists()
    # What is counted is the network, not the person.
    assert [limit.key.partition(":")[0] for limit in Limit.objects.all()] == ["sign-up by network"]
    assert set(client.cookies) <= {"csrftoken"}


@pytest.mark.parametrize("years", [19, 20, 90])
def test_an_adult_is_admitted(client: Client, years: int):
    assert client.post(JOIN, {**TYPED, "birth_year": str(date.today().year - years)})["Location"] == CODE


def test_the_year_of_birth_is_kept_nowhere(client: Client):
    user = join(client, birth_year="1937")

    assert "1937" not in str(User.objects.filter(pk=user.pk).values().get())
    assert "1937" not in str([Session.objects.get().get_decoded()])


def test_a_wrong_code_may_be_tried_a_few_times_and_then_a_new_one_is_needed(client: Client, settings):
    client.post(JOIN, TYPED)
    right = code_in_last_mail()

    for _ in range(settings.WRONG_CODES - 1):
        response = client.post(CODE, {"code": "BBBB-BBBB"})
        assert response.status_code == 422
        assert "Enter the code as it stands in the email" in Page(response)
        assert Page(response).all("input", name="code", value="BBBB-BBBB")
    assert client.post(CODE, {"code": "BBBB-BBBB"})["Location"] == JOIN
    assert client.post(CODE, {"code": right})["Location"] == JOIN
    assert not User.objects.exists()


def test_an_empty_code_is_told_and_not_held_against_anybody(client: Client, settings):
    client.post(JOIN, TYPED)
    for _ in range(settings.WRONG_CODES + 1):
        assert "Enter the code from the email" in Page(client.post(CODE, {"code": ""}))

    assert client.post(CODE, {"code": code_in_last_mail()})["Location"] == "/"


def test_a_code_is_good_for_a_quarter_of_an_hour(client: Client, settings):
    client.post(JOIN, TYPED)
    session = client.session
    session[joining.SESSION_KEY]["begun_at"] -= settings.CODE_SECONDS + 1
    session.save()

    response = client.post(CODE, {"code": code_in_last_mail()})

    assert response["Location"] == JOIN
    assert "no longer good" in Page(client.get(JOIN))
    assert joining.SESSION_KEY not in client.session


def test_a_new_code_makes_the_old_one_void(client: Client, mailoutbox):
    client.post(JOIN, TYPED)
    first = code_in_last_mail()
    assert client.post(CODE, {"again": "1"})["Location"] == CODE

    assert len(mailoutbox) == 2
    assert client.post(CODE, {"code": first}).status_code == 422
    assert client.post(CODE, {"code": code_in_last_mail()})["Location"] == "/"


def test_who_goes_back_finds_what_was_typed(client: Client):
    client.post(JOIN, TYPED)

    page = Page(client.get(JOIN))

    assert page.all("input", name="pen_name", value="quiet_harbour")
    assert page.all("input", name="email", value="ada@mail.example")
    assert not page.all("input", name="password")[0].get("value")


def test_the_code_of_one_browser_opens_nothing_in_another(client: Client):
    client.post(JOIN, TYPED)

    assert Client().post(CODE, {"code": code_in_last_mail()})["Location"] == JOIN
    assert not User.objects.exists()


def test_a_pen_name_that_was_taken_meanwhile_is_asked_for_again(client: Client):
    client.post(JOIN, TYPED)
    UserFactory(pen_name="Quiet_Harbour")

    assert client.post(CODE, {"code": code_in_last_mail()})["Location"] == JOIN
    assert "Someone took your pen name meanwhile" in Page(client.get(JOIN))
    assert User.objects.count() == 1


def test_who_confirms_in_two_browsers_has_one_account(client: Client):
    other = Client()
    client.post(JOIN, TYPED)
    mine = code_in_last_mail()
    other.post(JOIN, {**TYPED, "pen_name": "another"})

    assert other.post(CODE, {"code": code_in_last_mail()})["Location"] == "/"
    assert client.post(CODE, {"code": mine})["Location"] == "/accounts/login/"
    assert User.objects.get().pen_name == "another"


def test_the_same_form_sent_twice_makes_one_account(client: Client):
    client.post(JOIN, TYPED)
    client.post(JOIN, TYPED)
    code = code_in_last_mail()

    assert [client.post(CODE, {"code": code}).status_code for _ in range(2)] == [302, 302]
    assert User.objects.count() == 1


def test_the_forms_need_their_token():
    client = Client(enforce_csrf_checks=True)

    assert client.post(JOIN, TYPED).status_code == 403
    token = Page(client.get(JOIN)).forms[1]["data"]["csrfmiddlewaretoken"]
    assert client.post(JOIN, {**TYPED, "csrfmiddlewaretoken": token})["Location"] == CODE
    assert client.post(CODE, {"code": code_in_last_mail()}).status_code == 403
    token = Page(client.get(CODE)).forms[1]["data"]["csrfmiddlewaretoken"]
    assert client.post(CODE, {"code": code_in_last_mail(), "csrfmiddlewaretoken": token})["Location"] == "/"


def test_so_many_may_join_from_one_network():
    statuses = [
        Client().post(JOIN, {**TYPED, "email": f"a{n}@mail.example", "pen_name": f"pen_{n}"}).status_code
        for n in range(32)
    ]

    assert (statuses.count(302), statuses[-2:]) == (30, [429, 429])


def test_one_address_gets_so_many_mails(client: Client, mailoutbox):
    for _ in range(7):
        client.post(JOIN, TYPED)

    assert len(mailoutbox) == 5


# --- Nobody learns who has an account -----------------------------------------------------------------------


def seen(response) -> tuple:
    """What a client sees of a response, but for what is random in it."""
    page = Page(response)
    tokens = {tag["value"] for tag in page.all("input", name="csrfmiddlewaretoken")}
    body = response.content.decode()
    for token in tokens:
        body = body.replace(token, "TOKEN")
    headers = {name: value for name, value in response.headers.items() if name not in {"Expires", "Last-Modified"}}
    cookies = {
        name: {key: value for key, value in cookie.items() if key != "expires"}
        for name, cookie in response.cookies.items()
    }
    return response.status_code, body, headers, cookies


def both_ways(steps: list[tuple[str, str, dict]]) -> tuple[list, list, int, int]:
    """Take the same steps with a known and an unknown address; return what was seen, and the queries."""
    outcomes, costs = [], []
    for who in ("known", "other"):
        client, found = Client(), []
        with CaptureQueriesContext(connection) as queries:
            for method, address, typed in steps:
                response = getattr(client, method)(address, {k: v.replace("WHO", who) for k, v in typed.items()})
                status, body, headers, cookies = seen(response)
                found.append((status, body.replace(f"{who}@", "WHO@"), headers, cookies))
        outcomes.append(found)
        costs.append(len(queries))
    return outcomes[0], outcomes[1], costs[0], costs[1]


WAYS = {
    "signing in": [
        ("get", "/accounts/login/", {}),
        ("post", "/accounts/login/", {"login": "WHO@mail.example", "password": "not the password"}),
        ("post", "/accounts/login/", {"login": "WHO@mail.example", "password": ""}),
    ],
    "joining": [
        ("get", JOIN, {}),
        ("post", JOIN, {**TYPED, "email": "WHO@mail.example"}),
        ("get", CODE, {}),
        ("post", CODE, {"code": "BBBB-BBBB"}),
        ("post", CODE, {"again": "1"}),
        ("get", CODE, {}),
        *[("post", CODE, {"code": "BBBB-BBBB"})] * 5,
        ("get", JOIN, {}),
    ],
    "joining, then signing in with the same password": [
        ("post", JOIN, {**TYPED, "email": "WHO@mail.example", "password": "entirely other words"}),
        ("post", "/accounts/login/", {"login": "WHO@mail.example", "password": "entirely other words"}),
    ],
    "a password that was forgotten": [
        ("get", "/accounts/password/reset/", {}),
        ("post", "/accounts/password/reset/", {"email": "WHO@mail.example"}),
        ("get", "/accounts/password/reset/code/", {}),
        ("post", "/accounts/password/reset/code/", {"code": ""}),
        *[("post", "/accounts/password/reset/code/", {"code": "BBBB-BBBB"})] * 5,
        ("get", "/accounts/login/", {}),
    ],
}


@pytest.mark.parametrize("way", WAYS)
def test_known_and_unknown_addresses_see_the_same_at_every_step(way: str, mailoutbox):
    UserFactory(email="known@mail.example", confirmed=True)

    known, unknown, cost_of_known, cost_of_unknown = both_ways(WAYS[way])

    for step, (one, other) in enumerate(zip(known, unknown, strict=True)):
        assert one == other, f"step {step} of {way}"
    assert abs(cost_of_known - cost_of_unknown) <= 3
    # As many mails to the one as to the other.
    assert len({sum(mail.to == [f"{who}@mail.example"] for mail in mailoutbox) for who in ("known", "other")}) == 1


@pytest.mark.parametrize("way", ["signing in", "joining", "a password that was forgotten"])
def test_known_and_unknown_addresses_cost_the_same_work(way: str, monkeypatch):
    """A password is turned into its digest, which is what takes time, as often for the one as for the other."""
    from django.contrib.auth.hashers import MD5PasswordHasher

    UserFactory(email="known@mail.example", confirmed=True)
    work, encode = [], MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args, **kwargs: work.append(1) or encode(*args, **kwargs))
    counts = []
    for who in ("known", "other"):
        client, before = Client(), len(work)
        for method, address, typed in WAYS[way]:
            getattr(client, method)(address, {key: value.replace("WHO", who) for key, value in typed.items()})
        counts.append(len(work) - before)

    assert counts[0] == counts[1]


def test_the_owner_of_a_known_address_is_told_by_mail(client: Client, mailoutbox):
    UserFactory(email="ada@mail.example", pen_name="ada", confirmed=True)

    client.post(JOIN, TYPED)

    (mail,) = mailoutbox
    assert mail.subject == "Sorrel: You already have an account"
    assert reverse("account_reset_password") in mail.body
    assert "quiet_harbour" not in mail.body


def test_no_line_of_the_log_names_anybody(client: Client, caplog):
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("django.db.backends").setLevel(logging.WARNING)
        join(client)
        client.post("/accounts/logout/")
        client.post("/accounts/login/", {"login": TYPED["email"], "password": "wrong"})
        client.post("/accounts/password/reset/", {"email": TYPED["email"]})

    told = " ".join(record.getMessage() for record in caplog.records)
    assert TYPED["email"] not in told
    assert "127.0.0.1" not in told
