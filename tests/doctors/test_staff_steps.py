"""What staff can and cannot do about a doctor's standing: two of them decide, by the steps of a verification alone."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client

from accounts.models import User
from doctors import services
from doctors.models import FACTS, Doctor, Document, LicenceCheck, Verification
from moderation.services import CleanFile
from questions.models import Answer
from tests.crowd import all_at_once
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    ModeratorFactory,
    UserFactory,
    VerificationFactory,
    sign_in,
    staff_pair,
)
from tests.reading import Page

pytestmark = pytest.mark.django_db


def with_every_right() -> User:
    """Return a member of staff who may do everything in this room, and is no superuser."""
    staff = UserFactory(is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(content_type__app_label="doctors"))
    return staff


@pytest.fixture(params=["every right", "superuser"])
def staff(request: Any) -> Client:
    """Return the browser of one member of staff, with each kind of power that one alone can have."""
    user = with_every_right() if request.param == "every right" else ModeratorFactory()
    return sign_in(Client(), user)


@pytest.fixture
def check() -> LicenceCheck:
    """Return the licence check of a doctor."""
    return DoctorFactory(name="Ada Lindqvist").licence_checks.get()


def row_of(check: LicenceCheck, until: date) -> dict[str, str]:
    """Return a licence check as a form of the admin would send it, with another end."""
    return {
        "authority": check.authority,
        "number": check.number,
        "outcome": check.outcome,
        "checked_on": check.checked_on.isoformat(),
        "valid_during_0": check.valid_during.lower.isoformat(),
        "valid_during_1": until.isoformat(),
        "training": "",
        "source": "",
        "checked_by": "",
    }


def test_nobody_alone_moves_the_end_of_a_licence_on_its_own_page(staff: Client, check: LicenceCheck):
    far = date.today() + timedelta(days=4000)
    page = f"/admin/doctors/licencecheck/{check.pk}"
    typed = {**row_of(check, far), "doctor": check.doctor_id}

    assert staff.get(f"{page}/change/").status_code == 200
    sent = [staff.post(f"{page}/{step}/", typed) for step in ("change", "delete")]
    sent.append(staff.post("/admin/doctors/licencecheck/add/", typed))
    marked = {"action": "delete_selected", "_selected_action": check.pk, "post": "yes"}
    staff.post("/admin/doctors/licencecheck/", marked)

    assert [response.status_code for response in sent] == [403, 403, 403]
    assert LicenceCheck.objects.get().valid_during == check.valid_during


def test_nobody_alone_writes_a_licence_on_the_page_of_its_doctor(staff: Client, check: LicenceCheck):
    doctor, far = check.doctor, date.today() + timedelta(days=4000)
    until = doctor.valid_until
    page = f"/admin/doctors/doctor/{doctor.pk}/change/"
    later = LicenceCheck(doctor=doctor, authority="A", number="1", outcome="active", checked_on=check.checked_on)
    later.valid_during = DateRange(check.valid_during.upper, far)
    rows = {**row_of(check, far), "id": check.pk}, row_of(later, far)
    typed = {f"licence_checks-{place}-{name}": value for place, row in enumerate(rows) for name, value in row.items()}
    counts = {"TOTAL_FORMS": 2, "INITIAL_FORMS": 1, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 9}
    typed |= {f"licence_checks-{name}": count for name, count in counts.items()}
    typed |= {f"credential_periods-{name}": 0 for name in counts}
    typed |= {"name": "Ada Lindqvist-Berg", "slug": doctor.slug, "languages": "", "is_listed": "on"}

    assert staff.post(page, typed).status_code == 302

    # What may be changed there was.
    assert Doctor.objects.get().name == "Ada Lindqvist-Berg"
    assert (LicenceCheck.objects.get().valid_during, Doctor.objects.get().valid_until) == (check.valid_during, until)


def test_a_doctor_with_a_check_is_not_deleted(staff: Client, check: LicenceCheck):
    staff.post(f"/admin/doctors/doctor/{check.doctor_id}/delete/", {"post": "yes"})

    assert Doctor.objects.filter(pk=check.doctor_id).exists()


# --- An approval is for what was seen ------------------------------------------------------------------------


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """Return the folder of private files, empty."""
    settings.PRIVATE_ROOT = tmp_path / "private"
    settings.PRIVATE_ROOT.mkdir()
    return settings.PRIVATE_ROOT


def send_document(verification: Verification) -> Document:
    """Send a document as its applicant."""
    sent = CleanFile(f"%PDF-1.4 {uuid4()}".encode(), "pdf")
    (kept,) = services.add_documents(verification.pk, owner=verification.applicant, shows="licence", files=[sent])
    return kept


def found(verification: Verification) -> Verification:
    """Let staff have found all five facts of an application."""
    for kind in FACTS:
        until = {"outcome": "active", "licence_until": date.today() + timedelta(days=200)} if kind == "licence" else {}
        services.record_fact(
            verification.pk,
            kind=kind,
            holds=True,
            source="A register",
            checked_on=date.today(),
            staff=staff_pair()[0],
            **until,
        )
    return verification


@pytest.mark.parametrize("step", ["a document comes", "a document goes"])
def test_an_approval_falls_with_the_documents_that_it_was_given_on(folder: Path, step: str):
    verification = found(VerificationFactory())
    document = send_document(verification)
    first, second = staff_pair()
    services.approve(verification.pk, staff=first)

    if step == "a document comes":
        send_document(verification)
    else:
        services.delete_document(document.pk, owner=verification.applicant)

    verification.refresh_from_db()
    assert verification.first_approver is None
    assert "an approval from before is void" in verification.events.last().words
    services.approve(verification.pk, staff=second)
    verification.refresh_from_db()
    assert (verification.state, verification.first_approver) == ("applied", second)


def test_a_document_that_was_there_already_leaves_the_approval(folder: Path):
    verification = found(VerificationFactory())
    document = send_document(verification)
    same = CleanFile(services.read_document(document), "pdf")
    first = staff_pair()[0]
    services.approve(verification.pk, staff=first)

    services.add_documents(verification.pk, owner=verification.applicant, shows="licence", files=[same])

    verification.refresh_from_db()
    assert verification.first_approver == first


@pytest.mark.parametrize("change", ["document", "fact", "statement"])
def test_who_approves_from_an_older_page_is_told_to_look_again(folder: Path, change: str):
    verification = found(VerificationFactory())
    staff = sign_in(Client(), ModeratorFactory())
    page = f"/admin/doctors/verification/{verification.pk}"
    seen = Page(staff.get(f"{page}/change/")).all("input", name="seen")[0]["value"]

    if change == "document":
        send_document(verification)
    elif change == "fact":
        verification.facts.filter(kind="identity").update(source="Another register")
    else:
        Verification.objects.filter(pk=verification.pk).update(place="New Alder")
    response = staff.post(f"{page}/approve/", {"seen": seen}, follow=True)

    assert "it changed after you opened the page" in Page(response)
    verification.refresh_from_db()
    assert verification.first_approver is None


def test_an_approval_without_a_page_is_none():
    verification = found(VerificationFactory())

    sign_in(Client(), ModeratorFactory()).post(f"/admin/doctors/verification/{verification.pk}/approve/")

    verification.refresh_from_db()
    assert verification.first_approver is None


def test_nobody_is_approved_whose_account_is_gone():
    verification = found(VerificationFactory())
    verification.applicant.delete()

    with pytest.raises(services.CannotMove, match="erased their account"):
        services.approve(verification.pk, staff=staff_pair()[0])


# --- Each step once ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [services.ask_for_information, services.refuse])
@pytest.mark.django_db(transaction=True)
def test_a_step_taken_eight_times_at_once_is_noted_and_told_once(mails, step: Any):
    verification = VerificationFactory(applicant__confirmed=True)
    staff = staff_pair()

    outcomes = all_at_once(
        [lambda place=place: step(verification.pk, words="Why.", staff=staff[place % 2]) for place in range(8)]
    )

    assert sum(isinstance(outcome, services.CannotMove) for outcome in outcomes) == 7
    assert verification.events.count() == 1
    assert len(mails()) == 1


def test_a_step_taken_again_is_refused_in_words():
    verification = VerificationFactory()
    services.ask_for_information(verification.pk, words="Which board?", staff=staff_pair()[0])
    staff = sign_in(Client(), ModeratorFactory())

    page = f"/admin/doctors/verification/{verification.pk}/step/"
    response = staff.post(page, {"step": "ask", "words": "Which of them?"})

    assert response.status_code == 422
    assert "This step is not open any more" in Page(response)
    assert "Which of them?" in response.content.decode()
    assert verification.events.count() == 1


def test_revoking_asks_once_more_and_carries_the_words():
    answer = AnswerFactory(doctor=DoctorFactory())
    verification = answer.doctor.verifications.get()
    staff = sign_in(Client(enforce_csrf_checks=True), ModeratorFactory())
    page = f"/admin/doctors/verification/{verification.pk}/"
    form = Page(staff.get(f"{page}change/")).form(action=f"{page}step/")

    asked = staff.post(f"{page}step/", {**form, "step": "revoke", "words": "The board\nwrote to us."})

    assert asked.status_code == 200
    assert "1 answer of theirs goes from every page" in Page(asked)
    assert not verification.events.exists()
    assert Answer.objects.visible().exists()
    staff.post(f"{page}step/", Page(asked).form(action=f"{page}step/"))
    verification.refresh_from_db()
    assert verification.state == "revoked"
    assert verification.events.get().words.split() == ["The", "board", "wrote", "to", "us."]
    assert not Answer.objects.visible().exists()


# --- Days ----------------------------------------------------------------------------------------------------

TODAY = date.today()
FAR = TODAY.replace(day=1, year=TODAY.year + 20)
OUT_OF_BOUNDS = {
    ("checked_on", "0001-01-01"): "it cannot be before 1950",
    ("checked_on", "1949-12-31"): "it cannot be before 1950",
    ("checked_on", (TODAY + timedelta(days=1)).isoformat()): "a day to come",
    ("licence_until", "9999-12-31"): "more than 20 years",
    ("licence_until", (FAR + timedelta(days=40)).isoformat()): "more than 20 years",
    ("licence_until", "0001-01-01"): "it cannot be before 1950",
    ("licence_until", ""): "Say on which day it ends.",
}


def licence(**days: str) -> dict[str, str]:
    """Return what staff type of a licence."""
    typed = {"checked_on": TODAY.isoformat(), "licence_until": (TODAY + timedelta(days=300)).isoformat()} | days
    return {
        f"licence-{name}": text for name, text in {"holds": "on", "source": "R", "outcome": "active", **typed}.items()
    }


@pytest.mark.parametrize(("field", "day"), OUT_OF_BOUNDS)
def test_a_day_that_nobody_means_is_refused_in_words(field: str, day: str):
    verification = VerificationFactory()
    staff = sign_in(Client(), ModeratorFactory())

    response = staff.post(f"/admin/doctors/verification/{verification.pk}/facts/licence/", licence(**{field: day}))

    assert response.status_code == 422
    assert OUT_OF_BOUNDS[field, day] in Page(response)
    assert not verification.facts.exists()


@pytest.mark.parametrize(("field", "day"), [("checked_on", "1950-01-01"), ("licence_until", FAR.isoformat())])
def test_the_outermost_days_are_taken(field: str, day: str):
    verification = VerificationFactory()
    staff = sign_in(Client(), ModeratorFactory())

    staff.post(f"/admin/doctors/verification/{verification.pk}/facts/licence/", licence(**{field: day}))

    assert verification.facts.count() == 1
