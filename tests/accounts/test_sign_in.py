"""The admin's sign-in: for staff only, and not too often."""

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from accounts.admin import SIGN_IN_WINDOW, SIGN_INS_PER_NAME, SIGN_INS_PER_NETWORK
from accounts.models import Limit
from tests.factories import ModeratorFactory, UserFactory
from tests.reading import Page

LOGIN = "/admin/login/"

pytestmark = pytest.mark.django_db


def sign_in(username: str, password: str = "wrong", address: str = "192.0.2.1", client: Client | None = None):
    return (client or Client()).post(LOGIN, {"username": username, "password": password}, REMOTE_ADDR=address)


def test_staff_sign_in_with_address_and_password(client: Client):
    moderator = ModeratorFactory()

    form = Page(client.get(LOGIN)).form(id="login-form")
    words = {"username": moderator.email.upper(), "password": "correct horse battery"}
    response = client.post(LOGIN, {**form, **words})

    assert (response.status_code, response["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200


def test_a_person_who_is_no_staff_does_not_come_in(client: Client):
    person = UserFactory()

    sign_in(person.email, "correct horse battery", client=client)

    assert client.get("/admin/").status_code == 302


def test_a_stranger_is_sent_to_the_sign_in(client: Client):
    response = client.get("/admin/questions/answer/")

    assert (response.status_code, response["Location"]) == (302, "/admin/login/?next=/admin/questions/answer/")


def test_after_so_many_tries_a_name_must_wait_wherever_they_come_from(client: Client):
    statuses = [sign_in("ada@mail.example", address=f"198.51.{n}.1").status_code for n in range(SIGN_INS_PER_NAME + 2)]

    assert statuses == [200] * SIGN_INS_PER_NAME + [429] * 2


def test_a_name_is_counted_in_any_case_and_with_blanks():
    for n in range(SIGN_INS_PER_NAME):
        sign_in(f"{'  ' * (n % 2)}ADA@mail.Example" if n % 3 else "ada@mail.example", address=f"198.51.{n}.1")

    assert sign_in("ada@MAIL.example ", address="203.0.113.1").status_code == 429


def test_after_so_many_tries_a_network_must_wait_whoever_is_named():
    statuses = [sign_in(f"person{n}@mail.example").status_code for n in range(SIGN_INS_PER_NETWORK + 2)]

    assert statuses == [200] * SIGN_INS_PER_NETWORK + [429] * 2


def test_over_the_limit_the_right_password_does_not_help_either(client: Client):
    moderator = ModeratorFactory()
    for n in range(SIGN_INS_PER_NAME):
        sign_in(moderator.email, address=f"198.51.{n}.1")

    response = sign_in(moderator.email, "correct horse battery", "203.0.113.1", client)

    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= SIGN_IN_WINDOW.total_seconds()
    assert "Try again in 15 minutes" in Page(response)
    assert client.get("/admin/").status_code == 302


def test_after_the_window_the_person_comes_in(client: Client):
    moderator = ModeratorFactory()
    for n in range(SIGN_INS_PER_NAME + 1):
        sign_in(moderator.email, address=f"198.51.{n}.1")
    Limit.objects.update(resets_at=F("resets_at") - SIGN_IN_WINDOW)

    assert sign_in(moderator.email, "correct horse battery", client=client).status_code == 302


def test_opening_the_sign_in_is_not_counted(client: Client):
    for _ in range(SIGN_INS_PER_NETWORK + 5):
        client.get(LOGIN)

    assert not Limit.objects.exists()


def test_the_form_needs_its_token():
    client = Client(enforce_csrf_checks=True)
    moderator = ModeratorFactory()

    refused = sign_in(moderator.email, "correct horse battery", client=client)
    form = Page(client.get(LOGIN)).form(id="login-form")
    taken = client.post(LOGIN, {**form, "username": moderator.email, "password": "correct horse battery"})

    assert (refused.status_code, taken.status_code) == (403, 302)


@pytest.mark.parametrize("username", ["", "\0", "a" * 10_000, "\U0001f600", "%", "'; --", "\u202e"])
def test_a_name_that_is_none_is_a_wrong_name(username: str):
    response = sign_in(username)

    assert response.status_code == 200
    assert b"correct" in response.content or b"required" in response.content or b"Null" in response.content


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "\thttps://evil.example",
    ],
)
def test_signing_in_never_leads_off_the_site(client: Client, target: str):
    moderator = ModeratorFactory()

    response = client.post(
        f"{LOGIN}?next=/admin/", {"username": moderator.email, "password": "correct horse battery", "next": target}
    )

    assert response.status_code == 302
    assert response["Location"] == "/accounts/profile/"


def test_a_person_who_signs_in_gets_a_session_that_nobody_could_have_planted(client: Client):
    moderator = ModeratorFactory()
    client.cookies["sessionid"] = "planted0123456789planted01234567"

    sign_in(moderator.email, "correct horse battery", client=client)

    assert client.get("/admin/").status_code == 200
    assert client.cookies["sessionid"].value != "planted0123456789planted01234567"


def test_signing_out_ends_the_session(client: Client):
    sign_in(ModeratorFactory().email, "correct horse battery", client=client)

    client.post(reverse("admin:logout"))

    assert client.get("/admin/").status_code == 302
