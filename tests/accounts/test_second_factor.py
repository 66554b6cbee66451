"""Apps that show codes, recovery codes and passkeys: set up, used once, stored unreadable, removed."""

import json
from functools import partial
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory

from accounts.limits import LIMITS
from accounts.models import User
from accounts.services import has_second_factor, set_up_authenticator_app
from tests.crowd import all_at_once
from tests.factories import UserFactory, sign_in
from tests.people import PASSWORD, app_code, code_of, prove
from tests.reading import Page

LOGIN, STEP = "/accounts/login/", "/accounts/second-factor/sign-in/"
APP, CODES = "/accounts/second-factor/app/", "/accounts/second-factor/codes/"
INDEX = "/accounts/second-factor/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return UserFactory(email="ada@mail.example", confirmed=True)


@pytest.fixture
def guarded(person: User) -> User:
    """A person with an app and recovery codes."""
    set_up_authenticator_app(user=person)
    RecoveryCodes.activate(person)
    return person


def first_step(user: User, client: Client | None = None) -> Client:
    client = client or Client()
    assert client.post(LOGIN, {"login": user.email, "password": PASSWORD})["Location"] == STEP
    return client


def factor_is_used(client: Client, user: User) -> bool:
    """Tell whether a client's session counts as opened with a second factor."""
    request = RequestFactory().get("/")
    request.user, request.session = user, client.session
    return has_second_factor(request)


def test_the_whole_way_of_an_app_and_recovery_codes(
    client: Client, person: User, mailoutbox, django_capture_on_commit_callbacks
):
    client.post(LOGIN, {"login": person.email, "password": PASSWORD})
    assert client.get(APP)["Location"] == "/accounts/reauthenticate/?next=%2Faccounts%2Fsecond-factor%2Fapp%2F"
    prove(client)
    page = client.get(APP)
    assert b"<svg" in page.content and b"data:" not in page.content
    secret = client.session["mfa.totp.secret"]
    assert secret in Page(page)

    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(APP, {"code": code_of(secret)})["Location"] == CODES

    page = Page(client.get(CODES))
    codes = [code for code in str(page).split() if code.isdigit() and len(code) == 8]
    assert len(codes) == 10
    assert [line for line in client.get(f"{CODES}file/").content.decode().split() if line.isdigit()] == codes
    assert [mail.subject for mail in mailoutbox] == ["Sorrel: An app was set up"]
    other = first_step(person)
    assert other.get("/accounts/").status_code == 302
    assert other.post(STEP, {"code": app_code(person, 1)})["Location"] == "/"
    assert other.get("/accounts/").status_code == 200
    # Each recovery code opens once.
    assert first_step(person).post(STEP, {"code": codes[3]})["Location"] == "/"
    assert first_step(person).post(STEP, {"code": codes[3]}).status_code == 422
    assert "9 of 10 are left" in Page(client.get(CODES))


def test_a_code_opens_once_in_any_process(guarded: User):
    code = app_code(guarded)
    assert first_step(guarded).post(STEP, {"code": code})["Location"] == "/"
    cache.clear()  # As another process would see it.

    assert first_step(guarded).post(STEP, {"code": f" {code[:3]} {code[3:]} "}).status_code == 422


@pytest.mark.django_db(transaction=True)
def test_of_many_who_send_the_same_code_at_once_one_comes_in():
    person = UserFactory(confirmed=True)
    set_up_authenticator_app(user=person)
    clients, code = [first_step(person) for _ in range(6)], app_code(person)

    responses = all_at_once([partial(client.post, STEP, {"code": code}) for client in clients])

    assert sorted(response.status_code for response in responses) == [302, 422, 422, 422, 422, 422]


@pytest.mark.parametrize(("code", "words"), [("", "Enter a code"), ("000", "Enter the code that your app shows now")])
def test_a_wrong_code_is_told(guarded: User, code: str, words: str):
    client = first_step(guarded)

    response = client.post(STEP, {"code": code})

    assert response.status_code == 422
    assert words in Page(response)
    assert b"<title>Error: " in response.content
    assert response.content.index(b'role="alert"') < response.content.index(b"<h1")
    assert client.get("/accounts/").status_code == 302


def test_codes_cannot_be_guessed(guarded: User):
    statuses = [first_step(guarded).post(STEP, {"code": f"{n:06}"}).status_code for n in range(10)]

    assert set(statuses) <= {422, 302}
    client = Client()
    client.post(LOGIN, {"login": guarded.email, "password": PASSWORD}, REMOTE_ADDR="203.0.113.1")
    response = client.post(STEP, {"code": app_code(guarded, 1)}, REMOTE_ADDR="203.0.113.1")
    assert response.status_code == 429
    assert LIMITS["second factor"][0].tries == 10


def test_the_second_step_needs_the_first_and_may_be_left(client: Client, guarded: User):
    assert client.get(STEP)["Location"] == LOGIN
    first_step(guarded, client)
    assert client.get(LOGIN)["Location"] == STEP

    client.post("/accounts/logout/", {"next": LOGIN})

    assert client.get(LOGIN).status_code == 200
    assert client.get(STEP)["Location"] == LOGIN


def test_after_a_forgotten_password_the_second_step_comes_all_the_same(client: Client, guarded: User, mailoutbox):
    client.post("/accounts/password/reset/", {"email": guarded.email})
    code = mailoutbox[-1].body.split("\n\n")[1]
    client.post("/accounts/password/reset/code/", {"code": code})

    response = client.post("/accounts/password/reset/new/", {"password1": "entirely other words"})

    assert response["Location"] == STEP
    assert client.get("/accounts/").status_code == 302


def test_secrets_are_stored_unreadable(client: Client, person: User, settings):
    secret = set_up_authenticator_app(user=person)
    RecoveryCodes.activate(person)
    codes = RecoveryCodes.activate(person).generate_codes()
    stored = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))

    assert secret not in stored
    assert not [code for code in codes if code in stored]
    # With another key no code fits; with the old one beside it all do.
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-key-" * 5
    assert not Authenticator.objects.get(type="totp").wrap().validate_code(code_of(secret))
    assert not Authenticator.objects.get(type="recovery_codes").wrap().validate_code(codes[0])
    settings.SECRET_KEY_FALLBACKS = [old]
    assert Authenticator.objects.get(type="totp").wrap().validate_code(code_of(secret))


def test_an_app_is_set_up_with_the_code_it_shows(client: Client, person: User):
    client.force_login(person)
    prove(client)
    client.get(APP)
    secret = client.session["mfa.totp.secret"]

    for code, words in (("", "Enter the code that your app shows"), ("12", "Enter the code that your app shows now")):
        response = client.post(APP, {"code": code})
        assert response.status_code == 422
        assert words in Page(response)
        assert secret in Page(response)
    assert not Authenticator.objects.exists()


def test_a_factor_that_was_just_set_up_is_not_asked_for_again(client: Client, person: User):
    client.force_login(person)
    prove(client)
    client.get(APP)
    assert not factor_is_used(client, person)

    client.post(APP, {"code": code_of(client.session["mfa.totp.secret"])})

    assert factor_is_used(client, person)
    # Of another session of theirs it says nothing.
    other = Client()
    other.force_login(person)
    assert not factor_is_used(other, person)


def test_an_app_is_removed_with_its_recovery_codes(client: Client, guarded: User, mailoutbox):
    client.force_login(guarded)
    prove(client)
    assert "Remove app" in Page(client.get(INDEX))

    assert client.get(f"{APP}remove/").status_code == 200
    assert client.post(f"{APP}remove/")["Location"] == INDEX

    assert not Authenticator.objects.exists()
    assert mailoutbox[-1].subject == "Sorrel: Your app was removed"
    assert "Your app is removed." in Page(client.get(INDEX))
    assert client.get(f"{APP}remove/").status_code == 404


def test_new_recovery_codes_void_the_old_ones(client: Client, guarded: User):
    old = RecoveryCodes.activate(guarded).generate_codes()
    client.force_login(guarded)
    prove(client)

    assert "You have 10 codes that still work" in Page(client.get(f"{CODES}new/"))
    assert client.post(f"{CODES}new/")["Location"] == CODES

    assert first_step(guarded).post(STEP, {"code": old[0]}).status_code == 422
    assert old[0] not in Page(client.get(CODES))


def test_without_a_factor_there_are_no_recovery_codes(client: Client, person: User):
    client.force_login(person)
    prove(client)

    assert client.get(CODES).status_code == 404
    assert client.get(f"{CODES}file/").status_code == 404
    response = client.post(f"{CODES}new/")
    assert response.status_code == 422
    assert "Set up a passkey or an app first" in Page(response)


GUARDED = [APP, f"{APP}remove/", CODES, f"{CODES}new/", f"{CODES}file/", "/accounts/passkeys/add/", "/accounts/email/"]


@pytest.mark.parametrize("address", GUARDED)
def test_weighty_pages_ask_a_stranger_to_sign_in_and_a_person_for_a_proof(guarded: User, address: str):
    client = Client()
    assert client.get(address)["Location"] == f"{LOGIN}?next={address}"
    client.force_login(guarded)
    if address == APP:
        assert client.get(address)["Location"].startswith(f"/accounts/reauthenticate/?next={'%2F'}accounts")
        return
    response = client.get(address)

    assert response["Location"].startswith("/accounts/reauthenticate/?next=")
    assert response["Cache-Control"] == "private, no-store"


def test_a_wrong_password_is_no_proof(client: Client, person: User):
    client.force_login(person)

    response = client.post("/accounts/reauthenticate/?next=/accounts/email/", {"password": "wrong"})
    assert response.status_code == 422
    assert "Enter the password of this account" in Page(response)
    assert "Enter your password" in Page(client.post("/accounts/reauthenticate/", {"password": ""}))
    for _ in range(10):
        response = client.post("/accounts/reauthenticate/", {"password": "wrong"})
    assert response.status_code == 429


# --- Passkeys (a real device signs in tests/browser) ----------------------------------------------------------

NO_CREDENTIALS = ["", "x", "null", "1", "[]", "[1]", "{}", '"a"', '{"id": 1}', '{"response": 1}', '{"response": {}}']
NO_CREDENTIALS += [
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "e30", "userHandle": "Mg"}}',
    json.dumps(
        {
            "id": "AA",
            "rawId": "AA",
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": "e30",
                "authenticatorData": "AA",
                "attestationObject": "AA",
                "signature": "AA",
                "userHandle": "99999999999999999999999999999999999999",
            },
        }
    ),
    "{" * 5000,
]


@pytest.mark.parametrize("credential", NO_CREDENTIALS)
def test_what_no_device_would_send_is_a_failed_try(person: User, credential: str):
    stranger, signed_in = Client(), Client()
    assert "publicKey" in stranger.get("/accounts/passkeys/sign-in/").json()
    response = stranger.post("/accounts/passkeys/sign-in/", {"credential": credential, "next": "/topics/"})
    assert response["Location"] == f"{LOGIN}?next=%2Ftopics%2F"
    assert "Try your passkey again" in Page(stranger.get(LOGIN))

    signed_in.force_login(person)
    prove(signed_in)
    assert signed_in.get("/accounts/passkeys/add/").status_code == 200
    response = signed_in.post("/accounts/passkeys/add/", {"name": "my <phone>", "credential": credential})

    assert response.status_code == 422
    assert "Try your passkey again" in Page(response)
    assert Page(response).all("input", name="name", value="my <phone>")
    assert not Authenticator.objects.exists()


def passkey_of(user: User) -> Authenticator:
    """A row as a passkey leaves it, with no device behind it."""
    return Authenticator.objects.create(user=user, type="webauthn", data={"name": "my phone", "credential": {}})


def test_a_passkey_is_renamed_and_removed_by_its_owner_only(client: Client, person: User):
    mine, theirs = passkey_of(person), passkey_of(UserFactory())
    client.force_login(person)
    prove(client)

    for key in (theirs.pk, 10**17):
        assert client.get(f"/accounts/passkeys/{key}/name/").status_code == 404
        assert client.post(f"/accounts/passkeys/{key}/name/", {"name": "x"}).status_code == 404
        assert client.post(f"/accounts/passkeys/{key}/remove/").status_code == 404
    address = f"/accounts/passkeys/{mine.pk}/name/"
    assert client.get(address).status_code == 200
    for name, words in (("", "Enter a name"), ("a" * 61, "Use at most 60 characters")):
        response = client.post(address, {"name": name})
        assert (response.status_code, words in Page(response)) == (422, True)
    assert client.post(address, {"name": "work key"})["Location"] == INDEX
    assert "work key" in Page(client.get(INDEX))
    assert client.get(f"/accounts/passkeys/{mine.pk}/remove/").status_code == 200
    assert client.post(f"/accounts/passkeys/{mine.pk}/remove/")["Location"] == INDEX
    assert list(Authenticator.objects.all()) == [theirs]


def test_so_many_tries_with_passkeys_come_from_one_network():
    statuses = [Client().post("/accounts/passkeys/sign-in/", {"credential": "{}"}).status_code for _ in range(62)]

    assert (statuses.count(302), statuses.count(429)) == (60, 2)


# --- Lost -----------------------------------------------------------------------------------------------------


def test_staff_at_the_console_help_who_lost_everything(guarded: User):
    client, out = Client(), StringIO()
    client.post(LOGIN, {"login": guarded.email, "password": PASSWORD})
    client.post(STEP, {"code": app_code(guarded)})
    assert client.get("/accounts/").status_code == 200

    call_command("remove_second_factor", "ADA@mail.example", stdout=out)

    assert "Removed 2" in out.getvalue()
    assert client.get("/accounts/").status_code == 302
    assert Client().post(LOGIN, {"login": guarded.email, "password": PASSWORD})["Location"] == "/"
    with pytest.raises(CommandError, match="no account"):
        call_command("remove_second_factor", "nobody@mail.example")


def test_who_has_a_factor_finds_what_they_have(client: Client, guarded: User):
    passkey_of(guarded)
    sign_in(client, guarded)

    page = Page(client.get(INDEX))

    assert all(words in page for words in ("my phone", "Set up another passkey", "Remove app", "See recovery codes"))
    assert "On: a password alone does not open your account." in Page(client.get("/accounts/"))


def test_a_mail_that_cannot_be_sent_leaves_everything_as_it_was(client: Client, guarded: User, monkeypatch):
    """The thing and the mail that speaks of it are one transaction."""
    client.force_login(guarded)
    prove(client)
    monkeypatch.setattr("accounts.adapter.send_mail", lambda **mail: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        client.post(f"{APP}remove/")
    with pytest.raises(ZeroDivisionError):
        client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": "entirely other words"})

    guarded.refresh_from_db()
    assert guarded.check_password(PASSWORD)
    assert Authenticator.objects.filter(user=guarded).count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_set_up_sent_twice_at_once_makes_one_app():
    person = UserFactory(confirmed=True)
    client = Client()
    client.force_login(person)
    prove(client)
    client.get(APP)
    code = code_of(client.session["mfa.totp.secret"])
    twins = [Client() for _ in range(4)]
    for twin in twins:
        twin.cookies = client.cookies

    responses = all_at_once([partial(twin.post, APP, {"code": code}) for twin in twins])

    assert {response.status_code for response in responses} == {302}
    assert Authenticator.objects.filter(user=person, type="totp").count() == 1


@pytest.mark.parametrize("credential", ["[" * 5_000, '{"a":' * 5_000, "[]", "null", "{}"])
def test_a_passkey_that_no_device_makes_is_a_failed_try(client: Client, credential: str):
    response = client.post("/accounts/passkeys/sign-in/", {"credential": credential})

    assert (response.status_code, response["Location"]) == (302, "/accounts/login/")
