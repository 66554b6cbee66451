"""The door of the admin: every address of it asks for staff, and for a second factor used in this session."""

import re
from collections.abc import Callable, Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from accounts.models import User
from accounts.services import has_second_factor, set_up_authenticator_app
from tests.factories import ModeratorFactory, UserFactory, sign_in
from tests.people import PASSWORD, code_of
from tests.reading import Page

pytestmark = pytest.mark.django_db


def routes(patterns: list, prefix: str) -> Iterator[str]:
    for pattern in patterns:
        route = prefix + re.sub(r"\(\?P<url>\.\*\)\$$", "nowhere/", str(pattern.pattern)).lstrip("^")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            # Some routes are expressions with a group, as of the lists of apps.
            route = re.sub(r"\(\?P<app_label>([^|)]*)[^)]*\)", r"\1", route).rstrip("$")
            yield "/" + re.sub(r"<(?:\w+:)?\w+>", "1", route)


(ADMIN,) = [each for each in get_resolver().url_patterns if str(each.pattern) == "admin/"]
ADDRESSES = sorted(set(routes(ADMIN.url_patterns, "admin/")))
DOORS = [address for address in ADDRESSES if address != "/admin/login/"]
METHODS = ["get", "post"]


def stranger(client: Client) -> None:
    """Nobody is signed in."""


def patient(client: Client) -> None:
    sign_in(client, UserFactory())


def staff_without_a_factor(client: Client) -> None:
    client.force_login(ModeratorFactory())


def staff_with_a_factor_not_used(client: Client) -> None:
    user = ModeratorFactory()
    set_up_authenticator_app(user=user)
    client.force_login(user)


def staff_with_a_factor_that_is_gone(client: Client) -> None:
    user = ModeratorFactory()
    sign_in(client, user)
    Authenticator.objects.filter(user=user).delete()
    set_up_authenticator_app(user=user)


def test_every_address_of_the_admin_is_tried():
    assert len(ADDRESSES) > 5 * len(admin.site._registry)
    for name in ("index", "login", "logout", "password_change", "jsi18n", "autocomplete"):
        assert reverse(f"admin:{name}") in ADDRESSES


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("who", "status", "place"),
    [
        (stranger, 302, "/accounts/login/?next="),
        (patient, 403, None),
        (staff_without_a_factor, 302, "/accounts/second-factor/"),
        (staff_with_a_factor_not_used, 302, "/accounts/second-factor/reauthenticate/?next="),
        (staff_with_a_factor_that_is_gone, 302, "/accounts/second-factor/reauthenticate/?next="),
    ],
)
def test_whoever_lacks_something_is_shown_the_way_at_every_address(
    client: Client, who: Callable, status: int, place: str | None, method: str
):
    who(client)

    for address in DOORS:
        response = getattr(client, method)(address)
        assert response.status_code == status, address
        assert place is None or response["Location"].startswith(place), address
        assert "no-store" in response["Cache-Control"] or status == 403


def test_staff_with_their_factor_come_in_everywhere(admin_client: Client):
    for address in DOORS:
        if not address.endswith(("logout/", "nowhere/")):
            response = admin_client.get(address)
            assert response.status_code < 500, address
            place = response.get("Location", "")
            assert address == "/admin/password_change/" or not place.startswith("/accounts/"), address
    assert admin_client.get("/admin/").status_code == 200
    assert admin_client.get("/admin/jsi18n/").status_code == 200
    assert admin_client.post("/admin/logout/")["Location"] == "/"
    assert admin_client.get("/admin/")["Location"] == "/accounts/login/?next=/admin/"


def test_the_admins_own_sign_in_is_closed(client: Client):
    staff = ModeratorFactory(confirmed=True)

    for response in (
        client.get("/admin/login/", {"next": "/admin/accounts/"}),
        client.post("/admin/login/?next=/admin/accounts/", {"username": staff.email, "password": PASSWORD}),
    ):
        assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/admin/accounts/")
    assert "_auth_user_id" not in client.session


def test_the_admins_page_of_passwords_leads_to_our_own(admin_client: Client):
    assert admin_client.get("/admin/password_change/")["Location"] == "/accounts/password/change/"


def test_the_first_member_of_staff_finds_the_way_in(client: Client, mailoutbox):
    """As the README says: made at the console, confirmed by mail, a factor set up, inside."""
    User.objects.create_superuser("Boss@mail.example", "boss", PASSWORD)

    assert client.get("/admin/")["Location"] == "/accounts/login/?next=/admin/"
    response = client.post("/accounts/login/?next=/admin/", {"login": "boss@mail.example", "password": PASSWORD})
    assert response["Location"] == "/accounts/email/code/"
    code = mailoutbox[-1].body.split("\n\n")[1]
    assert client.post("/accounts/email/code/", {"code": code})["Location"] == "/admin/"
    assert client.get("/admin/")["Location"] == "/accounts/second-factor/"
    assert "Staff pages need a second factor" in Page(client.get("/accounts/second-factor/"))
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.get("/accounts/second-factor/app/")
    secret = client.session["mfa.totp.secret"]
    assert client.post("/accounts/second-factor/app/", {"code": code_of(secret)})["Location"].endswith("/codes/")
    assert client.get("/admin/").status_code == 200


def test_a_proof_of_one_person_is_none_for_the_next_in_the_same_browser(client: Client):
    sign_in(client, ModeratorFactory())
    kept = {key: value for key, value in client.session.items() if key.startswith("account_authentication")}
    client.logout()
    client.force_login(ModeratorFactory())
    session = client.session
    session.update(kept)
    session.save()

    assert client.get("/admin/").status_code == 302


def test_who_is_no_longer_staff_is_out_at_once(client: Client):
    user = ModeratorFactory()
    sign_in(client, user)
    assert client.get("/admin/").status_code == 200

    User.objects.filter(pk=user.pk).update(is_staff=False)

    assert client.get("/admin/").status_code == 403


def test_a_stranger_has_no_second_factor(rf):
    request = rf.get("/")
    request.user = AnonymousUser()

    assert not has_second_factor(request)


def test_with_another_address_the_old_one_opens_the_account_no_longer(admin_client: Client, mailoutbox):
    person = UserFactory(email="old@mail.example", confirmed=True)
    form = Page(admin_client.get(f"/admin/accounts/user/{person.pk}/change/")).form(id="user_form")

    response = admin_client.post(
        f"/admin/accounts/user/{person.pk}/change/", {**form, "email": "New@mail.example", "_save": "Save"}
    )

    assert response.status_code == 302
    person.refresh_from_db()
    assert person.email == "new@mail.example"
    assert Client().post("/accounts/login/", {"login": "old@mail.example", "password": PASSWORD}).status_code == 422
    response = Client().post("/accounts/login/", {"login": "new@mail.example", "password": PASSWORD})
    assert response["Location"] == "/accounts/email/code/"


def test_secrets_sessions_and_addresses_have_no_page_in_the_admin():
    assert not {model._meta.app_label for model in admin.site._registry} & {"account", "mfa", "usersessions"}
