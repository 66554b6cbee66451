"""A doctor changes the languages that their profile names."""

from typing import Any

import pytest
from django.test import Client

from doctors.models import Doctor
from tests.factories import DoctorFactory, UserFactory, sign_in
from tests.reading import Page

pytestmark = pytest.mark.django_db

PLACE = "/doctors/languages/"


@pytest.fixture
def doctor() -> Any:
    return DoctorFactory(slug="ada", user=UserFactory(), languages=["English"])


def stated(doctor: Doctor) -> tuple[list[str], list[str]]:
    doctor.refresh_from_db()
    return doctor.languages, doctor.language_codes


def test_a_doctor_states_languages_and_is_found_by_them(client: Client, doctor: Any):
    sign_in(client, doctor.user)

    for _ in range(2):
        response = client.post(PLACE, {"languages": "English, svenska, ENGLISH"}, follow=True)
        assert response.redirect_chain == [(PLACE, 302)]
        assert stated(doctor) == (["English", "svenska"], ["en", "sv"])

    assert "Your languages are saved." in Page(response)
    assert 'value="English, svenska"' in response.content.decode()
    assert Page(Client().get("/doctors/?language=sv")).items() == ["/doctors/ada/"]
    assert "English, svenska" in Page(Client().get("/doctors/ada/"))


@pytest.mark.parametrize("typed", ["", " , ", "English, 2", "a" * 61, ",".join("abcdefghijklm"), "www.place.example"])
def test_what_is_no_language_is_refused_and_changes_nothing(client: Client, doctor: Any, typed: str):
    response = sign_in(client, doctor.user).post(PLACE, {"languages": typed})

    assert response.status_code == 422
    assert "There is 1 problem to fix" in Page(response)
    assert stated(doctor) == (["English"], ["en"])


def test_strangers_and_patients_change_nothing(client: Client, doctor: Any):
    assert client.post(PLACE, {"languages": "Polish"}).status_code == 302
    assert sign_in(client, UserFactory()).post(PLACE, {"languages": "Polish"}).status_code == 403
    assert stated(doctor) == (["English"], ["en"])


def test_it_asks_for_a_token(doctor: Any):
    client = sign_in(Client(enforce_csrf_checks=True), doctor.user)

    assert client.post(PLACE, {"languages": "Polish"}).status_code == 403
    page = Page(client.get(PLACE))
    (form,) = [form["data"] for form in page.forms if "languages" in form["data"]]
    assert client.post(PLACE, form | {"languages": "Polish"}).status_code == 302
    assert stated(doctor) == (["Polish"], ["pl"])
