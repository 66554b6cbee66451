"""The tables of doctors: what they refuse, what they compute, and what the trigger on reviews counts."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from doctors.models import STARS, Doctor, DoctorReview, LicenceCheck, Specialty
from qa_forum.versions import RowVersion
from questions.interchange import LARGEST_COUNT
from tests.counting import drifted
from tests.factories import DoctorFactory, DoctorReviewFactory, LicenceCheckFactory, SpecialtyFactory, UserFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 1)


def _twice(make: Callable[..., object], **fields: object) -> None:
    for _ in range(2):
        make(**fields)


def _check(doctor: Doctor, start: int, end: int | None) -> LicenceCheck:
    days = DateRange(TODAY + timedelta(start), None if end is None else TODAY + timedelta(end))
    return LicenceCheckFactory(doctor=doctor, checked_on=TODAY, valid_during=days)


def _overlap(first: tuple, second: tuple) -> None:
    doctor = DoctorFactory(licence=False)
    _check(doctor, *first)
    _check(doctor, *second)


BROKEN = {
    "imported_rating_between_1_and_5": [
        lambda: DoctorFactory(imported_rating=0.99),
        lambda: DoctorFactory(imported_rating=5.01),
        lambda: DoctorFactory(imported_rating=float("nan")),
        lambda: DoctorFactory(imported_rating=float("inf")),
    ],
    "doctor_has_a_name": [lambda: DoctorFactory(name="")],
    "doctors_doctor_slug": [lambda: _twice(DoctorFactory, slug="ada")],
    "doctors_doctor_import_key": [lambda: _twice(DoctorFactory, import_key="id:1")],
    "doctors_doctor_user_id": [lambda: _twice(DoctorFactory, user=UserFactory())],
    "doctors_specialty_name": [lambda: _twice(SpecialtyFactory, name="Dermatology")],
    "doctors_specialty_slug": [lambda: _twice(SpecialtyFactory, slug="dermatology")],
    "one_licence_check_at_a_time": [
        lambda: _overlap((0, 10), (9, 20)),
        lambda: _overlap((0, 10), (0, 10)),
        lambda: _overlap((5, 6), (0, 10)),
        lambda: _overlap((0, None), (100, 200)),
    ],
    "licence_outcome_is_known": [lambda: LicenceCheckFactory(outcome="perhaps")],
    "one_review_per_patient_and_doctor": [
        lambda: _twice(DoctorReviewFactory, doctor=DoctorFactory(), patient=UserFactory())
    ],
    "review_rating_between_1_and_5": [lambda: DoctorReviewFactory(rating=0), lambda: DoctorReviewFactory(rating=6)],
    "reply_has_a_text": [
        lambda: DoctorReviewFactory(reply="Thank you.", replied_at=None),
        lambda: DoctorReviewFactory(reply="", replied_at=timezone.now()),
    ],
    "review_hidden_by_a_decision": [
        lambda: DoctorReviewFactory(state="hidden"),
        lambda: DoctorReviewFactory(state="removed"),
    ],
    "review_state_is_known": [lambda: DoctorReviewFactory(state=""), lambda: DoctorReviewFactory(state="gone")],
}


@pytest.mark.parametrize(
    ("constraint", "write"), [(name, write) for name, writes in BROKEN.items() for write in writes]
)
def test_the_tables_refuse_what_cannot_be(constraint: str, write: Callable[[], object]):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write()


@pytest.mark.parametrize("column", [*STARS.values(), "imported_review_count", "answer_count"])
def test_no_counter_is_ever_negative(column: str):
    doctor = DoctorFactory()

    with pytest.raises(IntegrityError, match=f"{column}_check"), transaction.atomic():
        Doctor.objects.filter(pk=doctor.pk).update(**{column: -1})


def test_checks_that_touch_and_checks_of_two_doctors_are_taken():
    doctor = DoctorFactory(licence=False)

    _check(doctor, 0, 10)
    _check(doctor, 10, 20)
    _check(DoctorFactory(licence=False), 0, 10)

    assert LicenceCheck.objects.count() == 3


def test_a_specialty_in_use_is_not_deleted():
    doctor = DoctorFactory()

    with pytest.raises(IntegrityError, match="protected"), transaction.atomic():
        doctor.specialty.delete()


def test_a_doctor_outlives_the_account():
    doctor = DoctorFactory(user=UserFactory())

    doctor.user.delete()

    doctor.refresh_from_db()
    assert doctor.user is None


# --- Generated columns -----------------------------------------------------------------------------------


def reference(stars: dict[int, int], imported_rating: float | None, imported: int) -> tuple[int, float | None, float]:
    """Return the number of reviews, the plain mean and the Bayesian one: 7 phantom reviews of 3.5 stars."""
    local = sum(stars.values())
    rated = local + (imported if imported_rating is not None else 0)
    total = sum(number * count for number, count in stars.items()) + (imported_rating or 0) * imported
    return local + imported, total / rated if rated else None, (total + 7 * 3.5) / (rated + 7)


counts = st.one_of(st.integers(0, 5), st.integers(0, 50_000_000))


@given(
    stars=st.fixed_dictionaries(dict.fromkeys(STARS, counts)),
    imported_rating=st.none() | st.floats(1, 5, allow_nan=False),
    imported=counts,
)
def test_rating_and_order_are_the_means(stars: dict[int, int], imported_rating: float | None, imported: int):
    with transaction.atomic():
        doctor = DoctorFactory(
            specialty=None,
            imported_rating=imported_rating,
            imported_review_count=imported,
            **{STARS[number]: count for number, count in stars.items()},
        )
        transaction.set_rollback(True)

    count, mean, order = reference(stars, imported_rating, imported)
    assert (doctor.review_count, doctor.local_review_count) == (count, sum(stars.values()))
    assert doctor.rating == (None if mean is None else pytest.approx(mean, abs=1e-12, rel=1e-14))
    assert doctor.rating_order == pytest.approx(order, abs=1e-12, rel=1e-14)
    assert 1 <= doctor.rating_order <= 5


def test_one_review_of_five_stars_does_not_beat_ninety_of_four_and_a_half():
    lucky, proven = DoctorFactory(five_star_count=1), DoctorFactory(imported_rating=4.5, imported_review_count=90)

    assert lucky.rating > proven.rating
    assert lucky.rating_order < proven.rating_order


def test_a_doctor_without_reviews_has_no_mean_and_stands_in_the_middle():
    doctor = DoctorFactory()

    assert (doctor.review_count, doctor.rating, doctor.rating_order) == (0, None, 3.5)


def test_imported_reviews_without_a_rating_are_counted_and_weigh_nothing():
    doctor = DoctorFactory(imported_review_count=40)
    DoctorReviewFactory(doctor=doctor, rating=2)

    doctor.refresh_from_db()

    assert (doctor.review_count, doctor.rating) == (41, 2.0)


def test_a_doctor_with_as_many_reviews_as_a_file_may_bring_takes_one_more():
    doctor = DoctorFactory(imported_rating=5, imported_review_count=LARGEST_COUNT)

    DoctorReviewFactory(doctor=doctor)

    doctor.refresh_from_db()
    assert doctor.review_count == LARGEST_COUNT + 1


@pytest.mark.parametrize(("reviews", "shown"), [(0, None), (1, None), (2, None), (3, 4.0), (4, 4.0)])
def test_an_average_is_shown_from_three_reviews_on(reviews: int, shown: float | None):
    assert DoctorFactory(four_star_count=reviews).shown_rating == shown


# --- What moves the stars --------------------------------------------------------------------------------


def stars_of(doctor: Doctor) -> list[int]:
    doctor.refresh_from_db()
    return [getattr(doctor, column) for column in STARS.values()]


def test_a_published_review_is_counted():
    review = DoctorReviewFactory(rating=4)

    assert stars_of(review.doctor) == [0, 0, 0, 1, 0]


@pytest.mark.parametrize("state", ["held", "withdrawn"])
def test_a_review_that_nobody_sees_is_not_counted(state: str):
    assert stars_of(DoctorReviewFactory(state=state).doctor) == [0, 0, 0, 0, 0]


def test_a_changed_rating_moves_one_star_over():
    review = DoctorReviewFactory(rating=1)

    DoctorReview.objects.filter(pk=review.pk).update(rating=5)

    assert stars_of(review.doctor) == [0, 0, 0, 0, 1]


def test_an_edited_text_moves_nothing():
    review = DoctorReviewFactory(rating=3)

    DoctorReview.objects.filter(pk=review.pk).update(body="Other words.")

    assert stars_of(review.doctor) == [0, 0, 1, 0, 0]


def test_an_edited_text_leaves_the_doctors_row_alone():
    """It would wait for the doctor's lock with the review's in hand: against the house's order, so for a deadlock."""
    review = DoctorReviewFactory(rating=3)
    before = Doctor.objects.values_list(RowVersion("name")).get(pk=review.doctor_id)

    with transaction.atomic():
        review.body = "Other words."
        review.save()

    assert Doctor.objects.values_list(RowVersion("name")).get(pk=review.doctor_id) == before


@pytest.mark.parametrize(("before", "after", "count"), [("held", "published", 1), ("published", "withdrawn", 0)])
def test_a_review_is_counted_while_it_is_published(before: str, after: str, count: int):
    review = DoctorReviewFactory(rating=2, state=before)

    DoctorReview.objects.filter(pk=review.pk).update(state=after)

    assert stars_of(review.doctor) == [0, count, 0, 0, 0]


def test_a_review_that_moves_to_another_doctor_is_counted_there():
    review, other = DoctorReviewFactory(rating=2), DoctorFactory()

    DoctorReview.objects.filter(pk=review.pk).update(doctor=other, rating=3)

    assert (stars_of(review.doctor), stars_of(other)) == ([0] * 5, [0, 0, 1, 0, 0])


def test_reviews_in_bulk_are_counted_and_deleted_ones_no_more():
    doctor = DoctorFactory()
    patients = UserFactory.create_batch(5)
    DoctorReview.objects.bulk_create(
        DoctorReview(doctor=doctor, patient=patient, rating=rating, title="T", body="B")
        for rating, patient in enumerate(patients, 1)
    )
    assert stars_of(doctor) == [1, 1, 1, 1, 1]

    DoctorReview.objects.filter(rating__lt=4).delete()

    assert stars_of(doctor) == [0, 0, 0, 1, 1]


def test_the_reviews_of_a_deleted_account_are_counted_no_more():
    review = DoctorReviewFactory(rating=5)

    review.patient.delete()

    assert stars_of(review.doctor) == [0] * 5


def test_a_deleted_doctor_takes_reviews_and_checks_along():
    doctor = DoctorFactory(licence=False)
    DoctorReviewFactory.create_batch(2, doctor=doctor)
    _check(doctor, 0, 10)
    DoctorReviewFactory(doctor__licence=False)

    doctor.delete()

    assert (DoctorReview.objects.count(), LicenceCheck.objects.count()) == (1, 0)
    assert drifted() == []


# --- Licence checks --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "start", "end", "valid"),
    [
        ("active", -1, 1, True),
        ("active", 0, 1, True),
        ("limited", -1, 1, True),
        ("active", -400, None, True),
        ("inactive", -1, 1, False),
        ("active", -2, 0, False),
        ("active", 1, 2, False),
    ],
)
def test_a_check_holds_from_its_first_day_to_the_day_when_it_must_be_made_again(
    outcome: str, start: int, end: int | None, valid: bool
):
    today = timezone.now().date()
    doctor = DoctorFactory(licence=False)
    days = DateRange(today + timedelta(start), None if end is None else today + timedelta(end))
    LicenceCheckFactory(doctor=doctor, outcome=outcome, valid_during=days)

    assert Doctor.objects.with_valid_check().get(pk=doctor.pk).has_valid_check is valid
    assert LicenceCheck.objects.valid().exists() is valid


# --- Names -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "title_name", "short_name", "initials"),
    [
        ("Ada Lovelace", "Dr Ada Lovelace", "Dr Lovelace", "AL"),
        ("Dr. Karamanoukian", "Dr. Karamanoukian", "Dr. Karamanoukian", "K"),
        ("Dr Ada King Lovelace", "Dr Ada King Lovelace", "Dr Ada King Lovelace", "AL"),
        ("Prof. Ada Lovelace", "Prof. Ada Lovelace", "Prof. Ada Lovelace", "PL"),
        ("Unnamed doctor", "Unnamed doctor", "Unnamed doctor", "UD"),
        ("Drake Stone", "Dr Drake Stone", "Dr Stone", "DS"),
        ("Plato", "Dr Plato", "Dr Plato", "P"),
        ("李 小龍", "Dr 李 小龍", "Dr 小龍", "李小"),
    ],
)
def test_a_doctor_is_named_with_one_title(name: str, title_name: str, short_name: str, initials: str):
    doctor = Doctor(name=name)

    assert (doctor.title_name, doctor.short_name, doctor.initials) == (title_name, short_name, initials)
    assert str(doctor) == title_name


@given(st.text(min_size=1, max_size=50))
@example(" ")
@example("Dr ")
@example("Dr.")
@example("\u200b")
def test_every_name_can_be_shown(name: str):
    doctor = Doctor(name=name)

    assert doctor.title_name
    assert doctor.short_name
    assert len(doctor.initials) <= 4  # Two letters; a few, such as ß, are two when they are capitals.


def test_rows_say_what_they_are():
    review = DoctorReviewFactory(rating=4, doctor__name="Ada Lovelace")
    check = LicenceCheckFactory(doctor__name="Ada Lovelace", checked_on=TODAY)

    assert str(review) == f"Review {review.pk} of Dr Ada Lovelace"
    assert str(check) == "Dr Ada Lovelace: active, no limits on practice on 2026-03-01"
    assert str(Specialty(name="Dermatology")) == "Dermatology"
