"""Impostors: applications by people who are not who they say, each with what stops it.

Four things stop them: the form, the database, the approval (``what_is_missing``), and people, who are warned of what
only they can judge (``oddities_of``).
"""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from doctors.forms import ApplicationForm
from doctors.models import FACTS, Doctor, HelpfulMark, Verification
from doctors.services import (
    CannotMove,
    apply,
    approve,
    change_application,
    oddities_of,
    record_fact,
    revoke,
    what_is_missing,
)
from tests.factories import AnswerFactory, DoctorFactory, DoctorReviewFactory, SpecialtyFactory, UserFactory, staff_pair
from tests.reading import Page

pytestmark = pytest.mark.django_db

TYPED = {
    "name": "Ada Lindqvist",
    "credentials": "MD",
    "place": "Port Alder",
    "languages": "English",
    "authority": "Alder Coast Medical Board",
    "number": "AC-4711",
    "npi": "",
}
NEXT_YEAR = timezone.localdate() + timedelta(365)


def typed(**other: Any) -> dict[str, Any]:
    """Return what an honest applicant types."""
    return {**TYPED, "specialty": str(SpecialtyFactory().pk), **other}


def applied(applicant: User | None = None, claimed: Doctor | None = None, **other: Any) -> Verification:
    """Return an application that came through the form."""
    form = ApplicationForm(typed(**other))
    assert form.is_valid(), form.errors
    return apply(applicant=applicant or UserFactory(), stated=form.cleaned_data, claimed=claimed)


def found(
    verification: Verification,
    *,
    but: dict[str, bool | None] | None = None,
    until: date | None = NEXT_YEAR,
    outcome: str = "active",
) -> None:
    """Let staff have looked up all five facts; ``but`` says which did not hold, or was not looked up (None)."""
    checks: dict[str, bool | None] = {**dict.fromkeys(FACTS, True), **(but or {})}
    for kind, holds in checks.items():
        if holds is not None:
            record_fact(
                verification.pk,
                kind=kind,
                holds=holds,
                source="The register",
                checked_on=timezone.localdate(),
                staff=staff_pair()[0],
                **({"outcome": outcome, "licence_until": until} if kind == "licence" else {}),
            )
    verification.refresh_from_db()


def approve_twice(verification: Verification) -> Verification:
    for person in staff_pair():
        verification = approve(verification.pk, staff=person)
    return verification


def known(**other: Any) -> Verification:
    """Return a doctor's verification that went all the way."""
    row = applied(**other)
    found(row)
    return approve_twice(row)


def warned(verification: Verification) -> str:
    """Return what staff are warned of."""
    return " ".join(oddity.text for oddity in oddities_of(verification))


def stopped(verification: Verification) -> str:
    """Return why nobody can approve; each of the two is told."""
    told = set()
    for person in staff_pair():
        with pytest.raises(CannotMove) as refused:
            approve(verification.pk, staff=person)
        told.add(" ".join(refused.value.messages))
    verification.refresh_from_db()
    assert (verification.state, verification.first_approver) == ("applied", None)
    (words,) = told
    return words


def test_an_honest_doctor_gets_in():
    row = known()

    assert row.state == "approved"
    assert not oddities_of(row)
    assert row.doctor.name == "Ada Lindqvist"


# --- Stopped by the form -------------------------------------------------------------------------------------

# Cyrillic and Greek letters that look Latin; signs that nobody sees, or that turn the direction.
FORGED = {
    "a Cyrillic a in a Latin name": ({"name": "Аda Lindqvist"}, "name", "one alphabet"),
    "a Greek omicron in a Latin name": ({"name": "Ada Jοnes"}, "name", "one alphabet"),
    "one word of a name in another script": ({"name": "Ada Петрова"}, "name", "one alphabet"),
    "a Latin letter in a Cyrillic name": ({"name": "Жaнна"}, "name", "one alphabet"),
    "an IPA letter that looks like an a": ({"name": "Adɑ Lindqvist"}, "name", "one alphabet"),
    "small capitals": ({"name": "ᴀᴅᴀ Lindqvist"}, "name", "one alphabet"),
    "a click that looks like an l": ({"name": "Ada ǀindqvist"}, "name", "one alphabet"),
    "an armenian letter": ({"name": "Ada Տmith"}, "name", "one alphabet"),
    "a digit one for an l": ({"name": "Ada 1indqvist"}, "name", "letters"),
    "a zero-width space": ({"name": "Ada Lind\u200bqvist"}, "name", "a sign that nobody can see"),
    "a zero-width joiner": ({"name": "Ada Lind\u200dqvist"}, "name", "a sign that nobody can see"),
    "a soft hyphen": ({"name": "Ada Lind\u00adqvist"}, "name", "a sign that nobody can see"),
    "a byte order mark": ({"name": "Ada \ufeffLindqvist"}, "name", "a sign that nobody can see"),
    "a filler that counts as a letter": ({"name": "Ada Lindqvist\u3164"}, "name", "a sign that nobody can see"),
    "a combining joiner": ({"name": "Ada Lind\u034fqvist"}, "name", "a sign that nobody can see"),
    "a variation selector": ({"name": "Ada Lindqvist\ufe0f"}, "name", "a sign that nobody can see"),
    "a tag character": ({"name": "Ada Lindqvist\U000e0041"}, "name", "a sign that nobody can see"),
    "right-to-left override": ({"name": "\u202etsivqdniL adA"}, "name", "a sign that nobody can see"),
    "an isolate": ({"name": "\u2067Ada\u2069 Lindqvist"}, "name", "a sign that nobody can see"),
    "marks heaped on a letter": ({"name": "Ada\u0331\u0332\u0333\u0334 L"}, "name", "letters"),
    "a name that is an email address": ({"name": "ada@clinic.example"}, "name", "letters"),
    "a name that is a web address": ({"name": "www.ada.example"}, "name", "no address"),
    "a name that is a host": ({"name": "ada.example"}, "name", "no address"),
    "a name with a link": ({"name": "Ada https://ada.example"}, "name", "letters"),
    "a name with a mark of ours": ({"name": "Ada Lindqvist ✓"}, "name", "letters"),
    "a look-alike in the credentials": ({"credentials": "МD"}, "credentials", "one alphabet"),
    "credentials with the seal": ({"credentials": "MD ✔ checked"}, "credentials", "letters"),
    "an NPI with a wrong check digit": ({"npi": "1234567890"}, "npi", "Check your NPI"),
    "an NPI with two digits swapped": ({"npi": "1234567839"}, "npi", "Check your NPI"),
    "an NPI of eleven digits": ({"npi": "12345678930"}, "npi", "Check your NPI"),
    "letters of another script in the number": ({"number": "АС-4711"}, "number", "A to Z"),
    "a zero-width space in the number": ({"number": "AC-47\u200b11"}, "number", "a sign that nobody can see"),
    "a look-alike in the authority": ({"authority": "Alder Coаst Medical Board"}, "authority", "one alphabet"),
}


@pytest.mark.parametrize("trick", FORGED)
def test_the_form_stops(trick: str):
    changed, field, words = FORGED[trick]

    form = ApplicationForm(typed(**changed))

    assert list(form.errors) == [field]
    assert words in " ".join(form.errors[field])


# --- A number that is another's ------------------------------------------------------------------------------

SAME_NUMBER = ["AC-4711", "ac4711", "AC 47 11", "A-C-4-7-1-1", "ＡＣ－４７１１", "AC–٤٧١١", " AC\u00a04711 "]


@pytest.mark.parametrize("number", SAME_NUMBER)
def test_the_number_of_a_doctor_who_is_here_stops_the_approval_however_it_is_typed(number: str):
    known()
    impostor = applied(name="Eve Nobody", number=number)
    found(impostor)

    assert "The licence number is that of Ada Lindqvist, who is here already." in stopped(impostor)


def test_the_applicant_is_not_told_that_a_number_is_known(client: Client):
    known(npi="1234567893")
    specialty, told = SpecialtyFactory(), []
    for number, npi in (("AC-4711", "1234567893"), ("AC-9999", "1111111112")):
        client.force_login(UserFactory())
        form = typed(number=number, npi=npi, specialty=str(specialty.pk))
        response = client.post("/doctors/application/", form, follow=True)
        told.append((response.status_code, str(Page(response)).replace(number, "").replace(npi, "")))

    assert told[0] == told[1]
    assert "We are checking it" in told[0][1]


def test_the_database_refuses_the_same_number_even_past_every_service():
    known()
    impostor = applied(name="Eve Nobody")
    found(impostor)
    first, second = staff_pair()

    with pytest.raises(IntegrityError, match="one_doctor_per_licence"), transaction.atomic():
        Verification.objects.filter(pk=impostor.pk).update(
            state="approved",
            doctor=DoctorFactory(verified=False),
            first_approver=first,
            second_approver=second,
            approved_at=timezone.now(),
        )


def test_the_npi_of_somebody_else_stops_the_approval():
    known(npi="1234567893")
    impostor = applied(name="Eve Nobody", number="AC-9", npi="1234-567-893")
    found(impostor)

    assert "The NPI is that of Ada Lindqvist, who is here already." in stopped(impostor)


def test_two_who_wait_with_one_number_are_told_to_staff_and_only_one_gets_in():
    first, second = applied(), applied(name="Eve Nobody")
    assert "Another application with the same licence number waits." in warned(first)
    assert "Another application with the same licence number waits." in warned(second)
    for row in (first, second):
        found(row)

    approve_twice(first)

    assert "The licence number is that of Ada Lindqvist" in stopped(second)


def test_a_number_whose_check_was_taken_back_before_is_told_to_staff():
    revoke(known().pk, words="The board struck the name off.", staff=staff_pair()[0])

    again = applied(name="Ada Lindqvist-Nobody")

    assert "The same licence number was revoked before, for Ada Lindqvist." in warned(again)


def test_a_real_number_with_another_name_fails_at_its_authority():
    impostor = applied(name="Eve Nobody")
    found(impostor, but={"identity": False})

    assert "Identity: not confirmed." in stopped(impostor)


# --- Claims of another's profile -----------------------------------------------------------------------------


@pytest.fixture
def imported() -> Doctor:
    """Return an imported profile with an answer."""
    doctor = DoctorFactory(import_key="id:1", name="Dr. Ada Import")
    AnswerFactory(doctor=doctor)
    return doctor


def test_a_claim_under_another_name_is_told_to_staff(imported: Doctor):
    claim = applied(name="Eve Nobody", claimed=imported)

    assert "The claimed profile is of “Dr. Ada Import”, the application of “Eve Nobody”." in warned(claim)
    assert not warned(applied(name="Ada Import", number="AC-5", claimed=imported))


def test_a_claim_in_letters_that_look_the_same_is_another_name(imported: Doctor):
    claim = applied(name="Аԁа Імрогт", claimed=imported)

    assert "The claimed profile is of" in warned(claim)


def test_a_claim_changes_nothing_on_the_profile_until_two_approve(imported: Doctor):
    claim = applied(name="Eve Nobody", claimed=imported)
    found(claim)
    approve(claim.pk, staff=staff_pair()[0])

    imported.refresh_from_db()
    assert (imported.name, imported.user, imported.is_standing) == ("Dr. Ada Import", None, True)


def test_a_profile_that_has_its_doctor_cannot_be_claimed(imported: Doctor):
    known(name="Ada Import", claimed=imported)
    imported.refresh_from_db()

    with pytest.raises(PermissionDenied):
        applied(name="Ada Import", number="AC-5", claimed=imported)


def test_of_two_claims_one_gets_the_profile(imported: Doctor):
    owner, impostor = applied(name="Ada Import", claimed=imported), applied(number="AC-5", claimed=imported)
    for row in (owner, impostor):
        found(row)
    approve_twice(owner)

    assert "The profile belongs to Ada Import, who is here already." in stopped(impostor)
    imported.refresh_from_db()
    assert imported.user == owner.applicant


def test_who_has_a_profile_gets_no_second_one_by_a_claim(imported: Doctor):
    person = UserFactory()
    revoke(known(applicant=person).pk, words="Struck off.", staff=staff_pair()[0])

    claim = applied(person, name="Ada Import", number="AC-5", claimed=imported)
    found(claim)

    assert "The applicant has a profile here already: “Ada Lindqvist”." in stopped(claim)


# --- What was found ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FACTS)
@pytest.mark.parametrize("holds", [None, False])
def test_a_fact_that_was_not_found_stops_the_approval(kind: str, holds: bool | None):
    row = applied()
    found(row, but={kind: holds})

    assert f"{FACTS[kind]}: not confirmed." in stopped(row)


@pytest.mark.parametrize("days", [0, -1, -400])
def test_a_licence_that_ended_or_ends_today_stops_the_approval(days: int):
    row = applied()
    found(row, until=timezone.localdate() + timedelta(days))

    assert "Licence: it has ended." in stopped(row)


def test_a_licence_without_an_end_or_an_outcome_stops_the_approval():
    for missing in ({"until": None}, {"outcome": ""}):
        row = applied(number=f"AC-{len(missing)}{'until' in missing:d}")
        found(row, **missing)

        assert "Licence: say whether it is active, and on which day it ends." in stopped(row)


def test_a_licence_that_ended_between_the_approvals_stops_the_second():
    row = applied()
    found(row)
    approve(row.pk, staff=staff_pair()[0])
    Verification.objects.filter(pk=row.pk).update(licence_until=timezone.localdate())

    with pytest.raises(CannotMove, match="it has ended"):
        approve(row.pk, staff=staff_pair()[1])
    assert not Doctor.objects.exists()


def test_a_number_that_is_swapped_after_the_facts_were_found_voids_them_and_the_first_approval():
    row = applied()
    found(row)
    approve(row.pk, staff=staff_pair()[0])

    change_application(row.pk, applicant=row.applicant, stated={"number": "AC-1"})

    row.refresh_from_db()
    assert row.first_approver is None
    assert len(what_is_missing(row)) == len(FACTS) + 1


def test_nothing_can_be_swapped_once_it_is_approved():
    row = known()

    for stated in ({"name": "Eve Nobody"}, {"number": "AC-1"}):
        with pytest.raises(PermissionDenied):
            change_application(row.pk, applicant=row.applicant, stated=stated)


# --- Who approves --------------------------------------------------------------------------------------------


def test_staff_do_not_approve_themselves_or_find_facts_about_themselves():
    own = staff_pair()[1]
    row = applied(own)
    found(row)
    approve(row.pk, staff=staff_pair()[0])

    with pytest.raises(PermissionDenied):
        approve(row.pk, staff=own)
    with pytest.raises(PermissionDenied):
        record_fact(row.pk, kind="identity", holds=True, source="Me", checked_on=timezone.localdate(), staff=own)
    assert not Doctor.objects.exists()


def test_one_member_of_staff_does_not_approve_twice():
    row = applied()
    found(row)
    approve(row.pk, staff=staff_pair()[0])

    with pytest.raises(PermissionDenied):
        approve(row.pk, staff=staff_pair()[0])
    row.refresh_from_db()
    assert (row.state, row.second_approver) == ("applied", None)


def test_nobody_but_staff_approves_or_finds_facts():
    row, friend = applied(), UserFactory()
    found(row)

    with pytest.raises(PermissionDenied):
        approve(row.pk, staff=friend)
    with pytest.raises(PermissionDenied):
        record_fact(row.pk, kind="identity", holds=True, source="Me", checked_on=timezone.localdate(), staff=friend)


def test_a_second_application_of_one_person_is_the_first_one():
    person = UserFactory()
    first = applied(person)

    second = applied(person, name="Eve Nobody", number="AC-5")

    assert second == first
    assert Verification.objects.get().name == "Ada Lindqvist"


def test_somebody_else_cannot_change_an_application():
    row = applied()

    with pytest.raises(PermissionDenied):
        change_application(row.pk, applicant=UserFactory(), stated={"name": "Eve Nobody"})


def test_whose_check_was_taken_back_begins_anew_with_every_fact():
    person = UserFactory()
    revoke(known(applicant=person).pk, words="Struck off.", staff=staff_pair()[0])

    again = applied(person, name="Ada Lindqvist")

    assert again.state == "applied"
    assert "was revoked before" in warned(again)
    assert len(what_is_missing(again)) == len(FACTS) + 1


def test_who_is_approved_again_gets_their_own_profile_back():
    person = UserFactory()
    first = revoke(known(applicant=person).pk, words="Struck off.", staff=staff_pair()[0])

    again = applied(person, name="Ada Lindqvist-Holm")
    found(again)
    again = approve_twice(again)

    assert again.doctor == first.doctor
    assert (Doctor.objects.count(), again.doctor.name) == (1, "Ada Lindqvist-Holm")
    again.doctor.refresh_from_db()
    assert again.doctor.is_standing


def test_whoever_gets_a_profile_keeps_no_review_of_it_and_no_mark_on_one(imported: Doctor):
    applicant = UserFactory()
    own = DoctorReviewFactory(doctor=imported, patient=applicant, rating=5)
    hidden = DoctorReviewFactory(doctor=imported, rating=1)
    HelpfulMark.objects.create(review=hidden, user=applicant)
    elsewhere = HelpfulMark.objects.create(review=DoctorReviewFactory(), user=applicant)

    known(applicant=applicant, claimed=imported, name="Ada Import")

    imported.refresh_from_db()
    own.refresh_from_db()
    assert (imported.user, own.state, imported.five_star_count) == (applicant, "withdrawn", 0)
    assert list(HelpfulMark.objects.filter(user=applicant)) == [elsewhere]
