"""Whether and when a review is shown does not depend on its rating: nothing that decides can see it."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Mail
from doctors.models import DoctorReview
from doctors.services import Reviewed, restore_review, review_doctor
from moderation.services import Submission, reasons_to_hold
from tests.factories import DoctorFactory, DoctorReviewFactory, NewcomerFactory, UserFactory

pytestmark = pytest.mark.django_db

SAME = "She listened for half an hour, and drew what she would do before anything was done."
words = st.one_of(
    st.just(SAME),
    st.sampled_from(["See www.example.com for more.", "https://scars.example and a lot of other words"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200),
)


def shown_as(rating: int, *, title: str, body: str, treatment: str, days: int) -> tuple[Any, ...]:
    """Write a review in a world that is rolled back, and return all that was decided on it."""
    with transaction.atomic():
        DoctorReviewFactory(body=SAME)
        doctor = DoctorFactory(user=UserFactory())
        patient = UserFactory(date_joined=timezone.now() - timedelta(days))
        review = review_doctor(doctor.pk, patient=patient, reviewed=Reviewed(rating, title, body, treatment))
        first = (review.state, review.held_for, Mail.objects.filter(user=doctor.user).count())
        again = review_doctor(doctor.pk, patient=patient, reviewed=Reviewed(rating, title, f"{body} {SAME}", treatment))
        transaction.set_rollback(True)
    return first, (again.state, again.held_for)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(title=words, body=words, treatment=words, days=st.sampled_from([0, 29, 31, 4000]))
def test_the_same_is_decided_for_every_rating(title: str, body: str, treatment: str, days: int):
    said = {"title": title[:120], "body": body, "treatment": treatment[:120], "days": days}

    decided = [shown_as(rating, **said) for rating in range(1, 6)]

    assert decided.count(decided[0]) == 5


def test_what_decides_is_told_words_and_an_accounts_age_only():
    assert {field.name for field in fields(Submission)} == {
        *("texts", "author_joined", "is_first", "is_automatic", "repeats", "compared", "was_taken_down"),
        *("own_names", "own_places", "own_texts", "resemblance"),
    }


def test_a_rating_that_changes_alone_moves_nothing_but_the_figures():
    doctor, patient = DoctorFactory(), NewcomerFactory()
    linked = Reviewed(5, "Look", "More at www.example.com and elsewhere.")
    held = review_doctor(doctor.pk, patient=patient, reviewed=linked)
    assert held.held_for == ["link"]
    restore_review(held.pk, reason="Harmless.", moderator=None)

    again = review_doctor(
        doctor.pk, patient=patient, reviewed=Reviewed(1, "Look", "More at www.example.com and elsewhere.")
    )

    assert (again.state, again.rating) == (DoctorReview.State.PUBLISHED, 1)


def test_an_old_account_may_name_an_address_and_nobody_repeats_another():
    old, new = timezone.now() - timedelta(400), timezone.now()

    assert reasons_to_hold(Submission(["www.example.com"], old), at=timezone.now()) == []
    assert reasons_to_hold(Submission(["www.example.com"], new), at=timezone.now()) == ["link"]
    assert reasons_to_hold(Submission([SAME], old, repeats=1, compared=SAME), at=timezone.now()) == ["repeated"]
    assert reasons_to_hold(Submission(["Very good."], old, repeats=9, compared="Very good."), at=timezone.now()) == []
