"""The tables of reviews: what they refuse, and figures that are true after many at once and after any history."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.visitors import Voter
from doctors.models import Doctor, DoctorReview, HelpfulMark, ReviewEdit, VisitCode
from doctors.services import (
    CodeRefused,
    Reviewed,
    hide_review,
    make_visit_codes,
    mark_review,
    restore_review,
    review_doctor,
    withdraw_review,
)
from moderation.services import WithdrawnError
from questions.recount import recount_questions
from tests.counting import drifted
from tests.crowd import all_at_once
from tests.factories import DoctorFactory, DoctorReviewFactory, UserFactory

pytestmark = pytest.mark.django_db


def _edit(**fields: Any) -> ReviewEdit:
    words = {"rating": 3, "title": "a", "body": "b", "treatment": "", **fields}
    return ReviewEdit.objects.create(review=DoctorReviewFactory(), **words)


def _mark(**fields: Any) -> HelpfulMark:
    return HelpfulMark.objects.create(**{"review": DoctorReviewFactory(), **fields})


def _twice(make: Callable[..., object], **fields: Any) -> None:
    for _ in range(2):
        make(**fields)


def _code(**fields: Any) -> VisitCode:
    return VisitCode.objects.create(**{"doctor": DoctorFactory(), "digest": "0" * 64, **fields})


BROKEN = {
    "review_has_title_and_text": [lambda: DoctorReviewFactory(title=""), lambda: DoctorReviewFactory(body="")],
    "review_visit_month_is_a_first_day": [lambda: DoctorReviewFactory(visit_month=date(2026, 3, 2))],
    "review_interaction_is_known": [lambda: DoctorReviewFactory(interaction="hearsay")],
    "reply_is_edited_after_it_was_written": [
        lambda: DoctorReviewFactory(
            reply="Thanks", replied_at=timezone.now(), reply_edited_at=timezone.now() - timedelta(1)
        ),
    ],
    "review_redaction_keeps_no_text": [lambda: _edit(is_redaction=True)],
    "review_edit_text_is_whole_or_gone": [
        lambda: _edit(title=None),
        lambda: _edit(body=None),
        lambda: _edit(treatment=None),
    ],
    "review_edit_rating_between_1_and_5": [lambda: _edit(rating=0), lambda: _edit(rating=6)],
    "mark_by_user_or_visitor": [
        _mark,
        lambda: _mark(user=UserFactory(), visitor=Voter.new_visitor().visitor),
    ],
    "one_mark_per_user": [lambda: _twice(_mark, review=DoctorReviewFactory(), user=UserFactory())],
    "one_mark_per_visitor": [lambda: _twice(_mark, review=DoctorReviewFactory(), visitor=Voter.new_visitor().visitor)],
    "visit_code_is_a_digest": [lambda: _code(digest="ABCD-EFGH-JKMN")],
    "doctors_visitcode_digest": [lambda: _twice(_code)],
    "visit_code_is_used_in_time": [lambda: _code(ends_on=date(2026, 3, 1), used_on=date(2026, 3, 1))],
}


@pytest.mark.parametrize(("constraint", "write"), [(name, each) for name, writes in BROKEN.items() for each in writes])
def test_the_database_refuses(constraint: str, write: Callable[[], object]):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write()


def test_a_mark_stays_with_its_review():
    mark = _mark(user=UserFactory())

    with pytest.raises(ProgrammingError, match="stays with its review"), transaction.atomic():
        HelpfulMark.objects.filter(pk=mark.pk).update(review=DoctorReviewFactory())


@pytest.mark.django_db(transaction=True)
def test_64_patients_review_one_doctor_at_once():
    doctor, patients = DoctorFactory(), UserFactory.create_batch(64)

    def write(place: int) -> Callable[[], DoctorReview]:
        said = Reviewed(rating=place % 5 + 1, title=f"Visit {place}", body=f"What I think, number {place}.")
        return lambda: review_doctor(doctor.pk, patient=patients[place], reviewed=said)

    outcomes = all_at_once([write(place) for place in range(64)])

    assert [each for each in outcomes if isinstance(each, Exception)] == []
    doctor.refresh_from_db()
    assert [getattr(doctor, f"{name}_star_count") for name in ("one", "two", "three", "four", "five")] == [
        13, 13, 13, 13, 12,
    ]  # fmt: skip
    assert drifted() == []


@pytest.mark.django_db(transaction=True)
def test_one_patient_who_sends_the_same_64_times_at_once_has_one_review():
    doctor, patient = DoctorFactory(), UserFactory()
    said = Reviewed(rating=4, title="Good", body="I would go again at any time.")

    outcomes = all_at_once([lambda: review_doctor(doctor.pk, patient=patient, reviewed=said)] * 64)

    assert {each.pk for each in outcomes} == {DoctorReview.objects.get().pk}
    doctor.refresh_from_db()
    assert (doctor.local_review_count, ReviewEdit.objects.count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_a_code_that_64_people_send_at_once_verifies_one_of_them():
    doctor, patients = DoctorFactory(), UserFactory.create_batch(64)
    (code,) = make_visit_codes(doctor=doctor, number=1)
    said = Reviewed(rating=4, title="Good", body="I would go again at any time.")

    outcomes = all_at_once(
        [lambda each=each: review_doctor(doctor.pk, patient=each, reviewed=said, code=code) for each in patients]
    )

    assert sum(isinstance(each, CodeRefused) for each in outcomes) == 63
    assert DoctorReview.objects.get().interaction == "code"


@pytest.mark.django_db(transaction=True)
def test_64_marks_at_once_are_64_and_the_same_mark_64_times_is_one():
    review, same = DoctorReviewFactory(), Voter.new_visitor()
    different = [lambda: mark_review(review.pk, voter=Voter.new_visitor(), is_helpful=True)] * 63

    all_at_once([*different, lambda: mark_review(review.pk, voter=same, is_helpful=True)])
    all_at_once([lambda: mark_review(review.pk, voter=same, is_helpful=True)] * 64)

    review.refresh_from_db()
    assert (review.helpful_count, review.helpful_marks.count()) == (64, 64)


class ReviewHistory(RuleBasedStateMachine):
    """Patients, a doctor and a moderator in any order; after each step the figures are those of the rows."""

    @initialize()
    def begin(self) -> None:
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.doctors = DoctorFactory.create_batch(2)
        self.patients = UserFactory.create_batch(3)

    @rule(patient=st.integers(0, 2), doctor=st.integers(0, 1), rating=st.integers(1, 5), redacts=st.booleans())
    def write(self, patient: int, doctor: int, rating: int, redacts: bool) -> None:
        said = Reviewed(rating=rating, title="What I think", body=f"A visit that I would call a {rating}.")
        target = self.doctors[doctor].pk
        self._try(review_doctor, target, patient=self.patients[patient], reviewed=said, is_redaction=redacts)

    @rule(place=st.integers(0, 5))
    def withdraw(self, place: int) -> None:
        if review := self._review(place):
            self._try(withdraw_review, review.pk, patient=review.patient)

    @rule(place=st.integers(0, 5))
    def hide(self, place: int) -> None:
        if review := self._review(place):
            self._try(hide_review, review.pk, rule=1, reason="It names somebody.", moderator=None)

    @rule(place=st.integers(0, 5))
    def restore(self, place: int) -> None:
        if review := self._review(place):
            self._try(restore_review, review.pk, reason="", moderator=None)

    @rule(place=st.integers(0, 5), is_helpful=st.booleans(), patient=st.integers(0, 2))
    def mark(self, place: int, is_helpful: bool, patient: int) -> None:
        review = self._review(place)
        if review and review.is_visible:
            voter = Voter(user_id=self.patients[patient].pk)
            self._try(mark_review, review.pk, voter=voter, is_helpful=is_helpful)

    @rule(place=st.integers(0, 5))
    def delete(self, place: int) -> None:
        if review := self._review(place):
            review.delete()

    def teardown(self) -> None:
        if hasattr(self, "savepoint"):
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    @staticmethod
    def _review(place: int) -> DoctorReview | None:
        reviews = list(DoctorReview.objects.order_by("pk"))
        return reviews[place] if place < len(reviews) else None

    @staticmethod
    def _try(step: Callable[..., object], *args: object, **fields: object) -> None:
        try:
            step(*args, **fields)
        except (PermissionDenied, WithdrawnError):
            return

    @invariant()
    def figures_are_those_of_the_rows(self) -> None:
        assert drifted() == []
        assert list(recount_questions()) == []
        for doctor in Doctor.objects.all():
            ratings = list(doctor.reviews.visible().values_list("rating", flat=True))
            assert doctor.local_review_count == len(ratings)
            assert doctor.rating == (pytest.approx(sum(ratings) / len(ratings)) if ratings else None)
            assert doctor.rating_order == pytest.approx((sum(ratings) + 7 * 3.5) / (len(ratings) + 7))
        for review in DoctorReview.objects.all():
            assert review.helpful_count == review.helpful_marks.count()


def test_any_history_leaves_true_figures():
    run_state_machine_as_test(
        ReviewHistory, settings=settings(max_examples=25, stateful_step_count=20, derandomize=True, deadline=None)
    )
