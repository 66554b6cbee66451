"""Looking after an account: pen name, address, password, and where one is signed in."""

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import get_resolver

from accounts.devices import device_words
from accounts.forms import PenNameForm
from accounts.models import User
from accounts.services import AccountLink, account_links
from accounts.views import AccountPage
from tests.factories import QuestionFactory, UserFactory, set_up_authenticator_app
from tests.people import PASSWORD, code_in_last_mail, prove
from tests.reading import Page

LOGIN, HOME = "/accounts/login/", "/accounts/"
EMAIL, EMAIL_CODE = "/accounts/email/", "/accounts/email/code/"
RESET, RESET_CODE, RESET_NEW = (f"/accounts/password/reset/{step}" for step in ("", "code/", "new/"))
CHANGE, SESSIONS = "/accounts/password/change/", "/accounts/sessions/"
NEW = "entirely other words"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return UserFactory(email="ada@mail.example", pen_name="ada", confirmed=True)


def enter(person: User, password: str = PASSWORD, **extra: str) -> Client:
    """Return a browser in which the person just signed in."""
    client = Client(**extra)
    assert client.post(LOGIN, {"login": person.email, "password": password})["Location"] == "/"
    return client


@pytest.mark.parametrize("address", [HOME, EMAIL, CHANGE, SESSIONS, "/accounts/second-factor/"])
def test_a_stranger_is_asked_to_sign_in(client: Client, address: str):
    response = client.get(address)

    assert (response.status_code, response["Location"]) == (302, f"{LOGIN}?next={address}")
    assert client.post(address).status_code == (302 if "factor" not in address else 405)


@pytest.mark.parametrize("address", [HOME, CHANGE, SESSIONS])
def test_each_form_needs_its_token(person: User, address: str):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)

    assert client.post(address, {"pen_name": "bo"}).status_code == 403


def test_a_page_of_an_account_is_for_its_owners_eyes(person: User):
    client = enter(person)

    for address in (HOME, CHANGE, SESSIONS, "/accounts/second-factor/", "/accounts/logout/"):
        response = client.get(address)
        assert response["Cache-Control"] == "private, no-store"
        assert b'name="robots" content="noindex"' in response.content


# --- Pen name ---------------------------------------------------------------------------------------------


def test_a_new_pen_name_stands_on_what_the_person_wrote(person: User):
    url = QuestionFactory(asker=person).get_absolute_url()
    assert "ada" in Page(Client().get(url))

    assert enter(person).post(HOME, {"pen_name": "quiet_harbour"})["Location"] == HOME

    page = Page(Client().get(url))
    assert "quiet_harbour" in page
    assert person.email not in page


@pytest.mark.parametrize(
    ("pen_name", "words"),
    [
        ("", "Enter a pen name"),
        ("two words", "Use 2 to 40 letters"),
        ("BO", "Someone already uses “BO”. Try another"),
    ],
)
def test_a_pen_name_that_cannot_be_is_told_and_stays(person: User, pen_name: str, words: str):
    UserFactory(pen_name="bo")

    response = enter(person).post(HOME, {"pen_name": pen_name})

    assert response.status_code == 422
    assert words in Page(response)
    assert Page(response).all("input", name="pen_name")[0].get("value", "") == pen_name
    person.refresh_from_db()
    assert person.pen_name == "ada"


def test_ones_own_pen_name_may_be_written_otherwise_and_saved_twice(person: User):
    client = enter(person)

    assert [client.post(HOME, {"pen_name": "Ada"}).status_code for _ in range(2)] == [302, 302]


def test_a_pen_name_that_is_taken_at_the_same_moment_is_told(person: User, monkeypatch):
    UserFactory(pen_name="bo")
    monkeypatch.setattr(PenNameForm, "clean_pen_name", lambda form: form.cleaned_data["pen_name"])

    response = enter(person).post(HOME, {"pen_name": "bo"})

    assert (response.status_code, "Someone already uses" in Page(response)) == (422, True)


def test_a_pen_name_is_not_changed_all_day(person: User):
    client = enter(person)

    statuses = [client.post(HOME, {"pen_name": f"ada{n}"}).status_code for n in range(12)]

    assert statuses == [302] * 10 + [429] * 2


def test_rooms_above_add_their_entries(person: User, monkeypatch):
    link = AccountLink(title="What we tell you about", words="By email or on the site.", url_name="about_privacy")
    monkeypatch.setattr("accounts.views.account_links", [*account_links, link])

    page = Page(enter(person).get(HOME))

    assert "What we tell you about" in page
    assert "/about/privacy/" in page.links()


# --- Address ----------------------------------------------------------------------------------------------


def test_a_new_address_counts_once_its_code_came_back(person: User, mailoutbox):
    client = enter(person)
    prove(client)

    assert client.post(EMAIL, {"email": "New@mail.example"})["Location"] == EMAIL_CODE
    assert mailoutbox[-1].to == ["new@mail.example"]
    person.refresh_from_db()
    assert person.email == "ada@mail.example"
    assert "new@mail.example" in Page(client.get(EMAIL_CODE))
    response = client.post(EMAIL_CODE, {"code": "BBBB-BBBB"})
    assert (response.status_code, "Enter the code as it stands in the email" in Page(response)) == (422, True)
    code = code_in_last_mail()
    assert client.post(EMAIL_CODE, {"code": code})["Location"] == HOME

    person.refresh_from_db()
    assert person.email == "new@mail.example"
    assert [(row.email, row.verified) for row in EmailAddress.objects.all()] == [("new@mail.example", True)]
    assert (mailoutbox[-1].to, mailoutbox[-1].subject) == (["ada@mail.example"], "Sorrel: Your email was changed")
    assert "new@mail.example" not in mailoutbox[-1].body
    assert Client().post(LOGIN, {"login": "ada@mail.example", "password": PASSWORD}).status_code == 422
    assert Client().post(LOGIN, {"login": "new@mail.example", "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("", "Enter your new email"),
        ("none", "Enter an email such as name@example.org"),
        ("ADA@mail.example", "Enter another email, this is the one that you use now"),
    ],
)
def test_an_address_that_cannot_be_is_told_and_stays(person: User, email: str, words: str):
    client = enter(person)
    prove(client)

    response = client.post(EMAIL, {"email": email})

    assert response.status_code == 422
    assert words in Page(response)
    assert Page(response).all("input", name="email")[0].get("value", "") == email


def test_the_address_of_somebody_else_looks_like_any_other_and_cannot_be_had(person: User, mailoutbox):
    UserFactory(email="bo@mail.example", confirmed=True)
    pages = []
    for email in ("bo@mail.example", "nobody@mail.example"):
        client = enter(person)
        prove(client)
        response = client.post(EMAIL, {"email": email})
        body = Page(client.get(EMAIL_CODE))
        pages.append((response.status_code, response["Location"], str(body).replace(email, "")))
        if email == "bo@mail.example":
            response = client.post(EMAIL_CODE, {"code": code_in_last_mail()})
            assert response.status_code == 422
            assert "this one belongs to another account" in Page(response)

    assert pages[0] == pages[1]
    person.refresh_from_db()
    assert person.email == "ada@mail.example"


def test_a_new_code_for_an_address_may_be_asked_for(person: User, mailoutbox):
    client = enter(person)
    prove(client)
    client.post(EMAIL, {"email": "new@mail.example"})
    first = code_in_last_mail()

    assert client.post(EMAIL_CODE, {"action": "resend"})["Location"] == EMAIL_CODE

    assert len(mailoutbox) == 2
    assert client.post(EMAIL_CODE, {"code": first}).status_code == 422
    assert client.post(EMAIL_CODE, {"code": code_in_last_mail()})["Location"] == HOME


def test_without_a_code_that_waits_there_is_no_page_for_it(client: Client, person: User):
    assert client.get(EMAIL_CODE)["Location"] == LOGIN
    assert enter(person).get(EMAIL_CODE)["Location"] == EMAIL


# --- Password ---------------------------------------------------------------------------------------------


def test_a_new_password_ends_every_other_session(person: User, mailoutbox):
    here, there = enter(person), enter(person)

    assert here.post(CHANGE, {"oldpassword": PASSWORD, "password1": NEW})["Location"] == HOME

    assert "Your password is changed." in Page(here.get(HOME))
    assert there.get(HOME).status_code == 302
    assert mailoutbox[-1].subject == "Sorrel: Your password was changed"
    assert Client().post(LOGIN, {"login": person.email, "password": PASSWORD}).status_code == 422
    enter(person, NEW)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"oldpassword": "", "password1": NEW}, ["Enter the password that you use now"]),
        ({"oldpassword": "wrong", "password1": NEW}, ["Enter the password that you use now"]),
        ({"oldpassword": PASSWORD, "password1": ""}, ["Enter a new password"]),
        ({"oldpassword": PASSWORD, "password1": "short"}, ["Use at least 12 characters for your password"]),
        ({"oldpassword": "", "password1": ""}, ["Enter the password that you use now", "Enter a new password"]),
    ],
)
def test_a_password_that_cannot_be_is_told_and_not_shown(person: User, typed: dict, words: list[str]):
    response = enter(person).post(CHANGE, typed)
    page = Page(response)

    assert response.status_code == 422
    assert all(each in page for each in words)
    assert not [field for field in page.all("input", type="password") if field.get("value")]


def test_who_has_a_passkey_and_no_password_gets_one_by_mail(client: Client, person: User):
    person.set_unusable_password()
    person.save()
    client.force_login(person)

    assert client.get(CHANGE)["Location"] == RESET


def test_a_forgotten_password_is_chosen_anew_by_a_code(client: Client, person: User, mailoutbox):
    there = enter(person)
    session = client.session
    session["draft"] = "what I wanted to ask"
    session.save()

    assert client.post(RESET, {"email": "ADA@mail.example"}, query_params={"next": "/topics/"}).status_code == 302
    assert client.get(RESET_NEW)["Location"] == RESET_CODE
    code = code_in_last_mail()
    response = client.post(RESET_CODE, {"code": code}, query_params={"next": "/topics/"})
    assert response["Location"] == f"{RESET_NEW}?next=%2Ftopics%2F"
    assert client.get(RESET_NEW).status_code == 200
    for typed, words in (({"password1": ""}, "Enter a new password"), ({"password1": "short"}, "at least 12")):
        response = client.post(RESET_NEW, typed)
        assert (response.status_code, words in Page(response)) == (422, True)
    client.post(RESET_NEW, {"password1": NEW})

    assert client.get(HOME).status_code == 200
    assert client.session["draft"] == "what I wanted to ask"
    assert there.get(HOME).status_code == 302
    assert [mail.subject for mail in mailoutbox] == [
        "Sorrel: Your code for a new password",
        "Sorrel: Your password was changed",
    ]
    assert client.get(RESET_NEW)["Location"] == RESET


@pytest.mark.parametrize(("email", "words"), [("", "Enter your email"), ("none", "Enter an email such as")])
def test_an_address_that_is_none_is_told(client: Client, email: str, words: str):
    response = client.post(RESET, {"email": email})

    assert (response.status_code, words in Page(response)) == (422, True)


def test_a_code_for_a_new_password_is_tried_a_few_times_only(client: Client, person: User, settings):
    client.post(RESET, {"email": person.email})
    right = code_in_last_mail()
    for _ in range(settings.WRONG_CODES - 1):
        assert client.post(RESET_CODE, {"code": "BBBB-BBBB"}).status_code == 422
    assert client.post(RESET_CODE, {"code": "BBBB-BBBB"})["Location"] == LOGIN
    assert "That was too often" in Page(client.get(LOGIN))

    assert client.post(RESET_CODE, {"code": right})["Location"] == LOGIN
    assert person.check_password(PASSWORD)


def test_codes_cannot_be_guessed_in_many_browsers(person: User):
    statuses = []
    for _ in range(4):
        client = Client()
        client.post(RESET, {"email": person.email})
        statuses += [client.post(RESET_CODE, {"code": "BBBB-BBBB"}).status_code for _ in range(3)]

    assert statuses == [422] * 10 + [429] * 2


def test_one_address_gets_so_many_codes(person: User, mailoutbox):
    statuses = [Client().post(RESET, {"email": person.email}).status_code for _ in range(7)]

    assert statuses == [302] * 5 + [429] * 2
    assert len(mailoutbox) == 5


# --- Sessions ---------------------------------------------------------------------------------------------


def test_a_session_is_ended_at_once_from_another(person: User):
    here, there = enter(person), enter(person, HTTP_USER_AGENT=FIREFOX)
    page = Page(here.get(SESSIONS))
    assert "Firefox on Windows" in page
    other = UserSession.objects.get(user_agent=FIREFOX)

    assert here.post(SESSIONS, {"session": str(other.pk)})["Location"] == SESSIONS

    assert there.get(HOME)["Location"] == f"{LOGIN}?next={HOME}"
    assert here.get(HOME).status_code == 200
    assert "Firefox on Windows" not in Page(here.get(SESSIONS))


def test_all_others_are_ended_together(person: User):
    here, others = enter(person), [enter(person) for _ in range(3)]

    here.post(SESSIONS, {"others": "1"})

    assert {client.get(HOME).status_code for client in others} == {302}
    assert here.get(HOME).status_code == 200
    assert "Sign out everywhere else" not in Page(here.get(SESSIONS))


def test_ending_ones_own_session_signs_out_here(person: User):
    client = enter(person)
    mine = UserSession.objects.get()

    assert client.post(SESSIONS, {"session": str(mine.pk)})["Location"] == "/"
    assert client.get(HOME).status_code == 302


def test_signing_out_leaves_nothing_of_the_session(person: User):
    client = enter(person)
    assert UserSession.objects.exists()

    client.post("/accounts/logout/")

    assert not UserSession.objects.exists()


def test_the_session_of_somebody_else_is_not_there(person: User):
    theirs = enter(UserFactory(confirmed=True))
    other = UserSession.objects.get()
    client = enter(person)

    for key in (str(other.pk), "0", "", "x", "-1", "9" * 40, "\u0661"):
        assert client.post(SESSIONS, {"session": key}).status_code == 404
    assert theirs.get(HOME).status_code == 200
    assert client.post(SESSIONS, {}).status_code == 404


def test_of_a_session_the_network_is_kept_and_not_the_address(person: User, settings):
    enter(person, REMOTE_ADDR="203.0.113.77")
    enter(person, REMOTE_ADDR="2001:db8:1:2::3")
    enter(person, REMOTE_ADDR="")

    networks = set(UserSession.objects.values_list("ip", flat=True))

    assert networks == {"203.0.113.0", "2001:db8:1::", "0.0.0.0"}


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1",
            "Safari on an iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/130.0 Mobile Safari/537.36", "Chrome on an Android device"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/130 Safari/537 Edg/130", "Edge on a Mac"),
        ("", "A browser on a device that we do not know"),
        ("<script>", "A browser on a device that we do not know"),
    ],
)
def test_devices_are_named_in_plain_words(says: str, words: str):
    assert device_words(says) == words


def test_an_address_appears_on_no_page_but_its_owners(person: User):
    set_up_authenticator_app(user=person)
    url = QuestionFactory(asker=person).get_absolute_url()
    other = UserFactory(confirmed=True)

    for client in (Client(), enter(other)):
        for address in (url, "/", "/questions/", "/search/?q=swelling", "/sitemap-questions.xml"):
            assert person.email not in client.get(address).getvalue().decode()


def test_every_page_of_accounts_is_our_own():
    (ours,) = [each for each in get_resolver().url_patterns if str(each.pattern) == "accounts/"]
    classes = [pattern.callback.view_class for pattern in ours.url_patterns]

    assert all(issubclass(each, AccountPage) for each in classes)
    assert {name.partition("/")[0] for each in classes if (name := getattr(each, "template_name", ""))} == {"accounts"}
