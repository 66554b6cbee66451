"""The tables behind a doctor's verification: what they refuse, whoever writes."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import ProtectedError
from django.utils import timezone

from doctors.models import FACTS, CheckedFact, CredentialPeriod, Doctor, LicenceReminder, Verification
from tests.factories import (
    DoctorFactory,
    DocumentFactory,
    LicenceCheckFactory,
    SpecialtyFactory,
    UserFactory,
    VerificationFactory,
    staff_pair,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 1)


def approved() -> Verification:
    """Return the verification of a doctor who was approved on five facts."""
    return DoctorFactory(user=UserFactory()).verifications.get()


def _set(verification: Verification, **fields: object) -> None:
    """Write past every service, as a mistake of ours would."""
    Verification.objects.filter(pk=verification.pk).update(**fields)


def _approve_bare(facts: int = 0, *, is_found: bool = True) -> None:
    first, second = staff_pair()
    row = VerificationFactory(doctor=DoctorFactory(verified=False))
    kinds = list(FACTS)[:facts]
    for kind in kinds:
        CheckedFact.objects.create(verification=row, kind=kind, holds=is_found, source="A register", checked_by=first)
    _set(
        row,
        state="approved",
        first_approver=first,
        second_approver=second,
        approved_at=timezone.now(),
        licence_until=TODAY,
    )


def _same_in_force(**fields: object) -> None:
    first, second = approved(), approved()
    _set(first, **fields)
    _set(second, **fields)


def _fact(verification: Verification | None = None, **fields: object) -> CheckedFact:
    values = {"kind": "identity", "source": "A register", "checked_by": staff_pair()[0], **fields}
    return CheckedFact.objects.create(verification=verification or VerificationFactory(), **values)


def _period(doctor: Doctor, start: int, end: int | None) -> CredentialPeriod:
    days = DateRange(TODAY + timedelta(start), None if end is None else TODAY + timedelta(end))
    return CredentialPeriod.objects.create(doctor=doctor, credentials="MD", during=days)


def _periods(first: tuple, second: tuple) -> None:
    doctor = DoctorFactory(verified=False)
    _period(doctor, *first)
    _period(doctor, *second)


def _remind_twice() -> None:
    check = LicenceCheckFactory()
    for _ in range(2):
        LicenceReminder.objects.create(licence_check=check, days=30)


def _apply_twice(**fields: object) -> None:
    user = UserFactory()
    VerificationFactory(applicant=user)
    VerificationFactory(applicant=user, **fields)


def _document_twice() -> None:
    for _ in range(2):
        DocumentFactory(path="documents/one")


def _fact_twice() -> None:
    row = VerificationFactory()
    _fact(row)
    _fact(row)


def _own_approval(place: str) -> None:
    row = approved()
    _set(row, **{place: row.applicant})


def _approve_alone() -> None:
    row = approved()
    _set(row, second_approver=row.first_approver)


def _second_for_a_doctor() -> None:
    row = approved()
    VerificationFactory(doctor=row.doctor, state="lapsed")


BROKEN: dict[str, list[Callable[[], object]]] = {
    "verification_state_is_known": [
        lambda: VerificationFactory(state="", doctor=DoctorFactory()),
        lambda: VerificationFactory(state="Applied", doctor=DoctorFactory()),
        lambda: _set(approved(), state="trusted"),
    ],
    "verification_approved_by_two": [
        lambda: _set(approved(), doctor=None),
        lambda: _set(approved(), first_approver=None),
        lambda: _set(approved(), second_approver=None),
        lambda: _set(approved(), approved_at=None),
        lambda: _set(approved(), licence_until=None),
    ],
    "verification_approvers_differ": [_approve_alone],
    "verification_not_approved_by_applicant": [
        lambda: _own_approval("first_approver"),
        lambda: _own_approval("second_approver"),
    ],
    "verification_known_is_of_a_doctor": [
        lambda: VerificationFactory(state="suspended"),
        lambda: VerificationFactory(state="lapsed"),
        lambda: VerificationFactory(state="revoked"),
    ],
    "one_verification_per_doctor": [_second_for_a_doctor],
    "one_verification_at_a_time": [_apply_twice, lambda: _apply_twice(state="needs_information")],
    "one_doctor_per_licence": [
        lambda: _same_in_force(number="AC-4711"),
    ],
    "one_doctor_per_npi": [lambda: _same_in_force(npi="1234567893")],
    "approved_on_five_facts": [
        _approve_bare,
        lambda: _approve_bare(4),
        lambda: _approve_bare(5, is_found=False),
    ],
    "one_fact_of_a_kind": [_fact_twice],
    "checked_fact_kind_is_known": [lambda: _fact(kind="looks"), lambda: _fact(kind="")],
    "checked_fact_has_a_source": [lambda: _fact(source="")],
    "document_format_is_known": [lambda: DocumentFactory(format="svg"), lambda: DocumentFactory(format="")],
    "document_kind_is_known": [lambda: DocumentFactory(shows="cat"), lambda: DocumentFactory(shows="")],
    "doctors_document_path": [_document_twice],
    "one_reminder_per_check_and_days": [_remind_twice],
    "one_credential_period_at_a_time": [
        lambda: _periods((0, 10), (9, 20)),
        lambda: _periods((0, None), (5, None)),
        lambda: _periods((0, 10), (0, 10)),
    ],
    "credential_period_is_a_time": [lambda: _period(DoctorFactory(verified=False), 3, 3)],
}


@pytest.mark.parametrize(
    ("constraint", "write"), [(name, write) for name, writes in BROKEN.items() for write in writes]
)
def test_the_tables_refuse_what_cannot_be(constraint: str, write: Callable[[], object]):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write()


SAME_LICENCE = [
    ("Alder Coast Medical Board", "AC-4711"),
    ("ALDER COAST MEDICAL BOARD", "ac4711"),
    ("Alder  Coast Medical Board.", "AC 47-11"),
    ("Ａlder Coast Medical Board", "ＡＣ－４７１１"),
]


@pytest.mark.parametrize(("authority", "number"), SAME_LICENCE)
def test_a_licence_is_the_same_however_it_was_typed(authority: str, number: str):
    _set(approved(), authority="Alder Coast Medical Board", number="AC-4711")

    with pytest.raises(IntegrityError, match="one_doctor_per_licence"), transaction.atomic():
        _set(approved(), authority=authority, number=number)


def test_the_same_number_of_another_authority_is_another_licence():
    _same_number = {"number": "AC-4711"}
    _set(approved(), authority="Alder Coast Medical Board", **_same_number)
    _set(approved(), authority="Stonewick Chamber of Doctors", **_same_number)


def test_what_ended_stands_in_nobodys_way():
    user = UserFactory()
    for state in ("refused", "refused", "applied"):
        VerificationFactory(applicant=user, state=state, number="AC-1", npi="1234567893")
    doctor = DoctorFactory()
    for _ in range(2):
        VerificationFactory(doctor=doctor, state="revoked", number="AC-2")

    assert user.verifications.count() == 3
    assert doctor.verifications.count() == 3


def test_spans_that_touch_and_spans_of_two_doctors_are_taken():
    one, other = DoctorFactory(verified=False), DoctorFactory(verified=False)
    _period(one, 0, 10)
    _period(one, 10, None)
    _period(other, 5, None)

    assert CredentialPeriod.objects.filter(doctor__in=[one, other]).count() == 3


def test_a_person_who_is_erased_leaves_the_check_and_no_name_of_their_account():
    row = approved()

    row.applicant.delete()

    row.refresh_from_db()
    assert (row.applicant, row.state) == (None, "approved")


def test_who_approved_and_who_looked_cannot_be_erased_from_the_record():
    approved()

    for person in staff_pair():
        with pytest.raises(ProtectedError):
            person.delete()


def test_a_specialty_that_somebody_stated_stays():
    row = VerificationFactory(specialty=SpecialtyFactory())

    with pytest.raises(ProtectedError):
        row.specialty.delete()
