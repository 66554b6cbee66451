"""Who may do what at every address, by the table in ``tests/routes.py``."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.test import Client
from django.urls import URLResolver
from django.utils import timezone

from accounts.emails import unsubscribe_address
from doctors.services import add_documents
from moderation.services import CleanFile
from questions.services import add_photo, hide_question
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    DoctorReviewFactory,
    DraftFactory,
    InquiryFactory,
    ModeratorFactory,
    QuestionFactory,
    TopicFactory,
    UserFactory,
    VerificationFactory,
    sign_in,
)
from tests.routes import ROLES, TABLE, addresses

pytestmark = pytest.mark.django_db

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def test_every_address_has_a_row_and_every_row_an_address():
    assert sorted(TABLE) == sorted(set(addresses()))


def test_every_row_speaks_of_every_role():
    for route, row in TABLE.items():
        assert set(row) <= {"GET", "POST"}, route
        assert all(len(statuses.split()) == len(ROLES) for statuses in row.values()), route


@pytest.fixture
def world(settings: Any, tmp_path: Path) -> dict[str, Any]:
    """Return what the addresses name, all of it the owner's."""
    settings.PRIVATE_ROOT = tmp_path
    owner = UserFactory()
    question = QuestionFactory(asker=owner, topics=[TopicFactory(slug="ada")])
    answer = AnswerFactory(question=question, doctor=DoctorFactory(slug="ada", user=UserFactory()))
    draft = DraftFactory(user=owner)
    (document,) = add_documents(
        VerificationFactory(applicant=owner).pk, owner=owner, shows="licence", files=[CleanFile(b"%PDF-", "pdf")]
    )
    passkey = Authenticator.objects.create(user=UserFactory(), type=Authenticator.Type.WEBAUTHN, data={"name": "Phone"})
    inquiry = InquiryFactory(question=question)
    review = DoctorReviewFactory(doctor=answer.doctor, patient=owner, reply="Thank you.", replied_at=timezone.now())
    picture = CleanFile(b"\x89PNG\r\n\x1a\n" + bytes([0, 0, 0, 1] * 6), "png")
    photo = add_photo(question.pk, asker=owner, file=picture)
    decision = hide_question(QuestionFactory(asker=owner).pk, rule=1, reason="Why.", moderator=UserFactory())
    return {
        "decision": decision,
        "review": review,
        "owner": owner,
        "question": question,
        "answer": answer,
        "draft": draft,
        "passkey": passkey,
        "document": document,
        "inquiry": inquiry,
        "photo": photo,
    }


def address_of(route: str, world: dict[str, Any]) -> str:
    """Return an address of a route at which there is something."""
    question = world["question"]
    examples = {
        "<month:month>": f"{timezone.localdate():%Y-%m}",
        "<slug:noun>/<key:subject_id>": f"answer/{world['answer'].pk}",
        "<key:decision_id>": str(world["decision"].pk),
        "<key:answer_id>": str(world["answer"].pk),
        "<key:inquiry_id>": str(world["inquiry"].pk),
        "<key:photo_id>": str(world["photo"].pk),
        "<key:question_id>": str(question.pk),
        "<key:review_id>": str(world["review"].pk),
        "<str:slug>": question.slug,
        "<str:token>": unsubscribe_address(world["owner"], "following").split("/")[-2],
        "<slug:slug>": "ada",
        "<section>": "questions",
        "<uuid:document>": str(world["document"].pk),
        "<uuid:key>": str(world["draft"].pk),
        "<key:pk>": str(world["passkey"].pk),
    }
    for part, value in examples.items():
        route = route.replace(part, value)
    assert "<" not in route, route
    return f"/{route}"


def client_of(role: str, world: dict[str, Any]) -> Client:
    """Return a browser of somebody in this role; it refuses writes without a token, as real ones do."""
    client = Client(enforce_csrf_checks=True, headers={"Sec-Fetch-Site": "same-origin"})
    people: dict[str, Callable[[], Any]] = {
        "patient": UserFactory,
        "owner": lambda: world["owner"],
        "moderator": ModeratorFactory,
        "doctor": lambda: world["answer"].doctor.user,
    }
    if role in people:
        sign_in(client, people[role](), factor=role in ("moderator", "doctor"))
    return client


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", TABLE)
def test_each_role_is_told_what_the_table_says(route: str, role: str, world: dict[str, Any]):
    row = {method: int(statuses.split()[ROLES.index(role)]) for method, statuses in TABLE[route].items()}
    if "GET" in row:
        row["HEAD"] = row["GET"]
    client, address = client_of(role, world), address_of(route, world)
    client.cookies["csrftoken"] = token = "t" * 32

    told = {}
    for method in METHODS:
        response = client.generic(method, address, headers={"X-CSRFToken": token})
        told[method] = response.status_code
        if response.status_code == 405:
            assert set(response["Allow"].split(", ")) - {"OPTIONS"} == set(row), method

    # The plumbing of Django's own views answers OPTIONS with what is allowed.
    if told["OPTIONS"] == 200:
        told["OPTIONS"] = 405
    assert told == {method: row.get(method, 405) for method in METHODS}


# --- The admin: one rule for all of it -----------------------------------------------------------------------


def admin_routes(patterns: list | None = None, prefix: str = "admin/") -> list[str]:
    """Return every route of the admin, with a key in the place of each part that varies."""
    found = []
    for pattern in patterns if patterns is not None else admin.site.get_urls():
        route = prefix + re.sub(r"<[^>]*>", "1", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            found += admin_routes(pattern.url_patterns, route)
        else:
            found.append(route.replace("^(?P1", "").replace("(?P<url>.*)$", "none"))
    return sorted({re.sub(r"[\^$()?].*", "none", route) for route in found})


# These two lead everybody on: to the site's own sign-in, and to the page where all change their password.
LEADING = {"admin/login/", "admin/logout/", "admin/password_change/", "admin/password_change/done/"}


def test_the_admin_has_as_many_routes_as_its_tables_need():
    assert len(admin_routes()) > 5 * 10


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("route", [route for route in admin_routes() if route not in LEADING])
def test_nobody_but_staff_with_a_second_factor_gets_past_the_door_of_the_admin(route: str, method: str):
    token = {"X-CSRFToken": "t" * 32}
    outsiders = {"stranger": None, "patient": UserFactory(), "staff without the factor": ModeratorFactory()}
    told = {}
    for role, person in outsiders.items():
        client = Client(enforce_csrf_checks=True)
        client.cookies["csrftoken"] = "t" * 32
        if person:
            sign_in(client, person, factor=False)
        response = client.generic(method, f"/{route}", headers=token)
        told[role] = f"{response.status_code} {response.get('Location', '').partition('?')[0]}".strip()

    assert told == {
        "stranger": "302 /accounts/login/",
        "patient": "403",
        "staff without the factor": "302 /accounts/second-factor/",
    }


@pytest.mark.parametrize("route", [route for route in admin_routes() if route not in LEADING])
def test_staff_with_a_second_factor_are_never_sent_to_the_door(route: str):
    client = sign_in(Client(), ModeratorFactory())

    response = client.get(f"/{route}")

    assert not response.get("Location", "").startswith("/accounts/")
    assert response.status_code in (200, 302, 301, 400, 403, 404, 405), route
