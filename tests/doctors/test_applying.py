"""Joining as a doctor: the pages, the form, and what happens to what was typed."""

from typing import Any

import pytest
from django.test import Client

from doctors.models import Doctor, Verification
from doctors.services import ask_for_information, record_fact, refuse
from questions.interchange import _free_slugs
from tests.crowd import all_at_once
from tests.factories import (
    DoctorFactory,
    SpecialtyFactory,
    UserFactory,
    VerificationFactory,
    sign_in,
    staff_pair,
)
from tests.reading import Page

pytestmark = pytest.mark.django_db

APPLICATION = "/doctors/application/"
TYPED = {
    "name": "Ada Lindqvist-O’Hara",
    "credentials": "MD, Ph.D.",
    "place": "Port Alder",
    "practice": "Harbour Skin Clinic",
    "languages": "English, svenska, english",
    "authority": "Alder Coast Medical Board",
    "number": "AC-4711",
    "npi": "1234567893",
}


def typed(**other: Any) -> dict[str, Any]:
    """Return a form that is all right."""
    return {**TYPED, "specialty": str(SpecialtyFactory().pk), **other}


def sent(response: Any) -> dict[str, Any]:
    """Return what a browser would send of the page's form."""
    (form,) = [form["data"] for form in Page(response).forms if "credentials" in form["data"]]
    return form


@pytest.fixture
def applicant(client: Client) -> Any:
    """Return whoever is signed in to ``client``, without a second factor."""
    user = UserFactory()
    client.force_login(user)
    return user


# --- The page that says what is asked ------------------------------------------------------------------------


def test_a_stranger_reads_what_is_asked_and_is_led_to_an_account_and_back(client: Client):
    page = Page(client.get("/doctors/join/"))

    assert "What we ask, and why" in page
    assert "/accounts/signup/?next=/doctors/application/" in page.links()
    assert "/accounts/login/?next=/doctors/application/" in page.links()
    assert APPLICATION not in page.links()


def test_a_person_is_led_to_their_application(client: Client, applicant: Any):
    assert APPLICATION in Page(client.get("/doctors/join/")).links()


def test_every_page_leads_a_doctor_to_it(client: Client):
    for address in ("/", "/accounts/signup/"):
        assert "/doctors/join/" in Page(client.get(address)).links()


def test_the_account_leads_to_the_application(client: Client, applicant: Any):
    assert APPLICATION in Page(client.get("/accounts/")).links()


@pytest.mark.parametrize("slug", ["join", "application", "claim", "documents", "desk"])
def test_no_doctor_stands_where_a_page_stands(slug: str):
    assert _free_slugs(Doctor, {"id:1": slug.title()}, "doctor") == {"id:1": f"{slug}-2"}


# --- Applying ------------------------------------------------------------------------------------------------


def test_an_application_is_taken_and_its_page_says_how_it_stands(client: Client, applicant: Any):
    form = typed()

    response = client.post(APPLICATION, form)

    row = Verification.objects.get()
    assert (response.status_code, response["Location"]) == (302, APPLICATION)
    assert (row.applicant, row.state, row.doctor) == (applicant, "applied", None)
    assert (row.name, row.credentials) == ("Ada Lindqvist-O'Hara", "MD, Ph.D.")
    assert row.languages == ["English", "svenska"]
    assert (row.number, row.npi, row.specialty_id) == ("AC-4711", "1234567893", int(form["specialty"]))
    page = Page(client.get(APPLICATION))
    assert "We are checking it" in page
    assert "Harbour Skin Clinic" in page
    assert not Doctor.objects.exists()


def test_nobody_else_sees_it(client: Client, applicant: Any):
    VerificationFactory(name="Somebody Else")

    assert "Somebody Else" not in Page(client.get(APPLICATION))
    assert sent(client.get(APPLICATION))["name"] == ""


def test_a_stranger_is_led_to_the_sign_in(client: Client):
    for address in (APPLICATION, f"/doctors/{DoctorFactory(import_key='id:1').slug}/claim/"):
        for response in (client.get(address), client.post(address, typed())):
            assert response.status_code == 302
            assert response["Location"] == f"/accounts/login/?next={address}"
    assert not Verification.objects.exists()


def test_sent_twice_it_is_one_and_what_was_found_stays(client: Client, applicant: Any):
    form = typed()
    client.post(APPLICATION, form)
    row = Verification.objects.get()
    _find_identity(row)

    client.post(APPLICATION, form)

    assert Verification.objects.get() == row
    assert row.facts.count() == 1
    assert row.events.count() == 1


def test_a_change_makes_staff_look_again(client: Client, applicant: Any):
    form = typed()
    client.post(APPLICATION, form)
    row = Verification.objects.get()
    _find_identity(row)

    client.post(APPLICATION, {**form, "number": "AC-4712"})

    row.refresh_from_db()
    assert (row.number, row.state, row.facts.count()) == ("AC-4712", "applied", 0)


def _find_identity(row: Verification) -> None:
    staff = staff_pair()[0]
    record_fact(row.pk, kind="identity", holds=True, source="Passport", checked_on=row.applied_at.date(), staff=staff)


def test_the_form_for_a_change_comes_filled_in(client: Client, applicant: Any):
    form = typed()
    client.post(APPLICATION, form)

    shown = sent(client.get(f"{APPLICATION}?form"))

    assert {name: shown[name] for name in form} == form | {
        "languages": "English, svenska",
        "name": "Ada Lindqvist-O'Hara",
    }


def test_what_staff_ask_for_is_said_and_sending_it_again_answers_it(client: Client, applicant: Any):
    form = typed()
    client.post(APPLICATION, form)
    row = Verification.objects.get()
    ask_for_information(row.pk, words="Send a copy of <your> licence.", staff=staff_pair()[0])

    page = Page(client.get(APPLICATION))
    assert "We need to know more" in page
    assert "Send a copy of <your> licence." in page
    client.post(APPLICATION, form)

    row.refresh_from_db()
    assert row.state == "applied"


def test_after_a_refusal_another_application_may_be_made(client: Client, applicant: Any):
    client.post(APPLICATION, typed())
    refuse(Verification.objects.get().pk, words="The board does not know this number.", staff=staff_pair()[0])

    page = Page(client.get(APPLICATION))
    assert "The board does not know this number." in page
    assert f"{APPLICATION}?form" in page.links()
    client.post(APPLICATION, typed(number="AC-1"))

    assert sorted(Verification.objects.values_list("state", "number")) == [("applied", "AC-1"), ("refused", "AC-4711")]


@pytest.mark.parametrize("state", ["approved", "suspended", "lapsed", "revoked"])
def test_a_known_doctor_reads_how_they_stand_and_changes_nothing_here(client: Client, applicant: Any, state: str):
    doctor = DoctorFactory(user=applicant, name="Ada Known")
    doctor.verifications.update(state=state)

    assert client.get(APPLICATION).status_code == 200
    assert client.get(f"{APPLICATION}?form").status_code == 200
    if state != "revoked":
        response = client.post(APPLICATION, typed(practice="Kept <words>"))
        assert response.status_code == 403
        assert "Kept &lt;words&gt;" in response.content.decode()
        assert Verification.objects.get().name == "Ada Known"


def test_applying_needs_the_forms_token():
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory())

    refused = client.post(APPLICATION, typed())
    assert refused.status_code == 403
    assert "Harbour Skin Clinic" in refused.content.decode()

    token = sent(client.get(APPLICATION))["csrfmiddlewaretoken"]
    assert client.post(APPLICATION, typed(csrfmiddlewaretoken=token)).status_code == 302


def test_the_pages_are_nobody_elses(client: Client, applicant: Any):
    assert client.get(APPLICATION)["Cache-Control"] == "private, no-store"


def test_only_what_is_stated_reaches_the_row(client: Client, applicant: Any):
    other = UserFactory()
    client.post(APPLICATION, typed(state="approved", applicant=other.pk, first_approver=other.pk, outcome="active"))

    row = Verification.objects.get()
    assert (row.state, row.applicant, row.first_approver, row.outcome) == ("applied", applicant, None, "")


def test_an_eleventh_application_of_a_day_waits_and_its_words_are_kept(client: Client, applicant: Any):
    form = typed()
    for number in range(10):
        assert client.post(APPLICATION, {**form, "number": f"AC-{number}"}).status_code == 302

    response = client.post(APPLICATION, {**form, "number": "AC-11"})

    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert sent(response)["number"] == "AC-11"
    assert Verification.objects.get().number == "AC-9"


@pytest.mark.django_db(transaction=True)
def test_of_eight_at_once_there_is_one():
    user, form = UserFactory(), typed()

    def post() -> int:
        client = Client()
        client.force_login(user)
        return client.post(APPLICATION, form).status_code

    assert all_at_once([post] * 8) == [302] * 8
    assert Verification.objects.get().events.count() == 1


# --- What is refused -----------------------------------------------------------------------------------------

REFUSED = {
    "no name": ({"name": " "}, "Enter your name"),
    "a long name": ({"name": "Ada " * 30}, "Shorten your name to 100 characters"),
    "digits in a name": ({"name": "Ada L1ndqvist"}, "Write your name with letters"),
    "a name of a sign": ({"name": "-"}, "Write your name in letters"),
    "no credentials": ({"credentials": ""}, "Enter your credentials"),
    "credentials with an address": ({"credentials": "MD ada.example"}, "without a web or email address"),
    "credentials of digits": ({"credentials": "MD 2"}, "Write your credentials with letters"),
    "no specialty": ({"specialty": ""}, "Choose your specialty"),
    "a forged specialty": ({"specialty": "999999999999999999999"}, "Choose your specialty from the list"),
    "a specialty with a NUL": ({"specialty": "1\0"}, "Null characters are not allowed"),
    "no place": ({"place": ""}, "Enter the town or city"),
    "a place of signs": ({"place": "..."}, "in letters"),
    "a practice that is a shop window": ({"practice": "Best www.skin.example"}, "Name your practice without"),
    "no languages": ({"languages": " , "}, "Enter a language"),
    "too many languages": ({"languages": ",".join("abcdefghijklm")}, "Name up to 12 languages"),
    "a long language": ({"languages": "a" * 61}, "Name up to 12 languages"),
    "languages that are none": ({"languages": "English, 2"}, "Write the names of languages"),
    "no authority": ({"authority": ""}, "Enter the body that issued your licence"),
    "a look-alike in the authority": ({"authority": "Αlder Coast"}, "Write each word in one alphabet"),
    "no number": ({"number": ""}, "Enter your licence number"),
    "a number without a digit": ({"number": "none"}, "Write your licence number with"),
    "a number in other letters": ({"number": "АС-4711"}, "Write your licence number with"),
    "an NPI with a wrong check digit": ({"npi": "1234567890"}, "Check your NPI"),
    "a short NPI": ({"npi": "123456789"}, "Check your NPI"),
    "a NUL": ({"place": "Port\0Alder"}, "it holds a sign that nobody can see"),
    "a tag that is not drawn": ({"practice": "Harbour\u200bSkin"}, "it holds a sign that nobody can see"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_each_error_comes_back_first_and_nothing_is_lost(client: Client, applicant: Any, fault: str):
    changed, words = REFUSED[fault]
    form = typed(**({"practice": 'Keep "me" & <this>'} | changed))

    response = client.post(APPLICATION, form)

    page = response.content.decode()
    assert response.status_code == 422
    assert "There is 1 problem to fix" in page
    assert words in page
    assert page.index('class="errors') < page.index('<form class="form part')
    assert "<title>Error: Apply as a doctor" in page
    assert not Verification.objects.exists()
    shown = sent(response)
    for name in {*form} - {"specialty"} - ({"place"} if fault == "a NUL" else set()):
        assert shown[name] == form[name], name


def test_all_errors_at_once_are_told_at_once(client: Client, applicant: Any):
    response = client.post(APPLICATION, dict.fromkeys(TYPED, "\u202e1"))

    page = response.content.decode()
    assert response.status_code == 422
    assert "There are 9 problems to fix" in page
    assert list(sent(response).values()).count("\u202e1") == len(TYPED)


@pytest.mark.parametrize(
    "name",
    [
        "Ada",
        "Ngũgĩ wa Thiong'o",
        "J. R. Ó Conaill",
        "J.R. Smith",
        "Nguyễn Thị Ánh",
        "Жанна Ивановна",
        "Ελένη Παππά",
        "山田 花子",
        "山田 はなこ",
        "김 민준",
        "नेहा शर्मा",
        "נועה כהן",
        "ليلى حداد",
        "Gökçe Işık",
        "Müller-Lüdenscheidt",
        "สมชาย ใจดี",
        "Ｗｉｄｅ Ada",
    ],
)
def test_names_of_all_the_world_are_names(client: Client, applicant: Any, name: str):
    assert client.post(APPLICATION, typed(name=name)).status_code == 302


@pytest.mark.parametrize(
    ("number", "kept"),
    [("ＡＣ－４７１１", "AC-4711"), ("AC ٤٧١١", "AC 4711"), (" ac  4711 ", "ac 4711"), ("AC–1", "AC-1")],
)
def test_a_number_is_kept_in_western_digits(client: Client, applicant: Any, number: str, kept: str):
    client.post(APPLICATION, typed(number=number, npi="１２３４-567-893"))

    assert (Verification.objects.get().number, Verification.objects.get().npi) == (kept, "1234567893")


# --- Claiming ------------------------------------------------------------------------------------------------


@pytest.fixture
def imported() -> Doctor:
    """Return a doctor who came with an import."""
    return DoctorFactory(import_key="id:1", slug="ada-imported", name="Dr. Ada Import", place="Stonewick")


CLAIM = "/doctors/ada-imported/claim/"


def test_an_imported_profile_asks_whether_it_is_you(client: Client, imported: Doctor):
    assert CLAIM in Page(client.get(imported.get_absolute_url())).links()
    assert not [link for link in Page(client.get(DoctorFactory().get_absolute_url())).links() if "claim" in link]


def test_a_claim_is_an_application_with_the_profile_filled_in(client: Client, applicant: Any, imported: Doctor):
    shown = sent(client.get(CLAIM))
    assert (shown["name"], shown["place"], shown["specialty"]) == (
        "Dr. Ada Import",
        "Stonewick",
        str(imported.specialty_id),
    )

    response = client.post(CLAIM, typed(name="Ada Import"))

    row = Verification.objects.get()
    assert response["Location"] == APPLICATION
    assert (row.doctor, row.is_claim, row.applicant) == (imported, True, applicant)
    imported.refresh_from_db()
    assert (imported.name, imported.user, imported.is_imported) == ("Dr. Ada Import", None, True)


def test_a_claim_sent_twice_is_one(client: Client, applicant: Any, imported: Doctor):
    form = typed()

    for _ in range(2):
        assert client.post(CLAIM, form)["Location"] == APPLICATION

    assert Verification.objects.get().events.count() == 1


def test_bad_input_in_a_claim_comes_back(client: Client, applicant: Any, imported: Doctor):
    response = client.post(CLAIM, typed(name="Ada 2", practice="Keep me"))

    assert response.status_code == 422
    assert sent(response)["practice"] == "Keep me"
    assert "<title>Error: Claim this profile" in response.content.decode()
    assert not Verification.objects.exists()


def test_a_claim_needs_the_forms_token(imported: Doctor):
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory())

    assert client.post(CLAIM, typed()).status_code == 403
    token = sent(client.get(CLAIM))["csrfmiddlewaretoken"]
    assert client.post(CLAIM, typed(csrfmiddlewaretoken=token)).status_code == 302


def test_who_has_an_application_already_cannot_claim_beside_it(client: Client, applicant: Any, imported: Doctor):
    VerificationFactory(applicant=applicant)

    response = client.post(CLAIM, typed())

    assert response["Location"] == APPLICATION
    assert "You have an application already" in Page(client.get(APPLICATION))
    assert Verification.objects.get().doctor is None


def test_a_claim_that_waits_is_named_on_the_page_of_the_application(client: Client, applicant: Any, imported: Doctor):
    client.post(CLAIM, typed())

    page = Page(client.get(APPLICATION))

    assert "Profile that you claim Dr. Ada Import" in page
    assert imported.get_absolute_url() in page.links()


@pytest.mark.parametrize("who", ["its claimant", "another applicant", "a doctor"])
def test_a_profile_is_not_offered_to_who_has_one_or_has_asked_for_one(client: Client, imported: Doctor, who: str):
    user = UserFactory()
    if who == "a doctor":
        DoctorFactory(user=user)
    else:
        VerificationFactory(applicant=user, doctor=imported if who == "its claimant" else None)
    client.force_login(user)

    page = Page(client.get(imported.get_absolute_url()))

    assert CLAIM not in page.links()
    assert ("You say that this profile is yours" in page) == (who == "its claimant")
    # What is kept for strangers is for everybody who has none.
    for other in (Client(), Client()):
        assert CLAIM in Page(other.get(imported.get_absolute_url())).links()
    client.force_login(UserFactory())
    assert CLAIM in Page(client.get(imported.get_absolute_url())).links()


def test_after_a_refusal_the_profile_is_offered_again(client: Client, applicant: Any, imported: Doctor):
    VerificationFactory(applicant=applicant, doctor=imported, state="refused")

    assert CLAIM in Page(client.get(imported.get_absolute_url())).links()


@pytest.mark.parametrize("page", ["/desk/", "/desk/drafts/"])
def test_whose_application_waits_is_led_to_it_from_the_desk(client: Client, applicant: Any, page: str):
    assert client.get(page).status_code == 403
    VerificationFactory(applicant=applicant)

    shown = client.get(page, follow=True)

    assert shown.redirect_chain == [(APPLICATION, 302)]
    assert "That page opens once you are approved" in Page(shown)
    assert client.post("/desk/choices/").status_code == 403


def test_who_is_approved_is_led_to_the_desk_and_first_to_the_factor(client: Client):
    doctor = DoctorFactory(user=UserFactory())
    client.force_login(doctor.user)
    assert Page(client.get(APPLICATION)).all("a", class_="btn", href="/accounts/second-factor/")

    sign_in(client, doctor.user)

    page = Page(client.get(APPLICATION))
    assert page.all("a", class_="btn", href="/desk/")
    assert "Go to my desk" in page


def test_what_is_not_imported_or_claimed_already_or_hidden_cannot_be_claimed(client: Client, applicant: Any):
    joined, taken = DoctorFactory(), DoctorFactory(import_key="id:2", user=UserFactory())
    hidden = DoctorFactory(import_key="id:3", is_listed=False)

    told = [client.get(f"/doctors/{each.slug}/claim/").status_code for each in (joined, taken, hidden)]
    told += [client.post(f"/doctors/{each.slug}/claim/", typed()).status_code for each in (joined, taken, hidden)]

    assert told == [403, 403, 404] * 2
    assert client.get("/doctors/nobody/claim/").status_code == 404
    assert not Verification.objects.filter(applicant=applicant).exists()
