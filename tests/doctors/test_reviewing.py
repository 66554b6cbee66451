"""Reviews as rows: who may, what follows, and that the figures are true after each step."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts.visitors import Voter
from doctors.models import DoctorReview, HelpfulMark, VisitCode
from doctors.services import (
    CodeRefused,
    Reviewed,
    adopt_visitor_marks,
    hide_review,
    make_visit_codes,
    mark_review,
    reply_to_review,
    review_doctor,
    withdraw_review,
)
from tests.factories import AnswerFactory, DoctorFactory, DoctorReviewFactory, QuestionFactory, UserFactory

pytestmark = pytest.mark.django_db

KIND = Reviewed(rating=5, title="Kind and clear", body="She explained every step and never hurried me.")
SHORT = Reviewed(rating=2, title="Hurried", body="I waited an hour and was out again in five minutes.")


def test_a_review_moves_the_figures_in_the_same_commit():
    doctor, patient = DoctorFactory(), UserFactory()

    review = review_doctor(doctor.pk, patient=patient, reviewed=KIND)

    doctor.refresh_from_db()
    assert (review.state, doctor.five_star_count, doctor.local_review_count) == ("published", 1, 1)


def test_an_edited_review_keeps_what_it_said_before():
    doctor, patient = DoctorFactory(), UserFactory()
    review_doctor(doctor.pk, patient=patient, reviewed=KIND)

    review = review_doctor(doctor.pk, patient=patient, reviewed=SHORT)

    doctor.refresh_from_db()
    edit = review.edits.get()
    assert (edit.rating, edit.title, edit.body) == (KIND.rating, KIND.title, KIND.body)
    assert (doctor.five_star_count, doctor.two_star_count, doctor.local_review_count) == (0, 1, 1)


def test_the_same_review_sent_twice_is_one_without_a_history():
    doctor, patient = DoctorFactory(), UserFactory()

    first = review_doctor(doctor.pk, patient=patient, reviewed=KIND)
    second = review_doctor(doctor.pk, patient=patient, reviewed=KIND)

    assert (first.pk, second.edits.count(), second.edited_at) == (second.pk, 0, None)


def test_a_redaction_takes_the_words_out_of_all_the_history():
    doctor, patient = DoctorFactory(), UserFactory()
    review_doctor(doctor.pk, patient=patient, reviewed=SHORT)
    review_doctor(doctor.pk, patient=patient, reviewed=KIND)

    review = review_doctor(doctor.pk, patient=patient, reviewed=SHORT, is_redaction=True)

    assert list(review.edits.values_list("title", "body", "rating")) == [(None, None, 5), (None, None, 2)]


def test_a_withdrawn_review_counts_no_more_and_comes_back_with_new_words():
    doctor, patient = DoctorFactory(), UserFactory()
    review = review_doctor(doctor.pk, patient=patient, reviewed=KIND)

    withdraw_review(review.pk, patient=patient)
    doctor.refresh_from_db()
    assert doctor.local_review_count == 0

    again = review_doctor(doctor.pk, patient=patient, reviewed=SHORT)
    doctor.refresh_from_db()
    assert (again.pk, again.state, doctor.two_star_count) == (review.pk, "published", 1)


def test_what_a_moderator_took_down_its_author_cannot_change():
    review = DoctorReviewFactory()
    hide_review(review.pk, rule=2, reason="It names somebody.", moderator=None)

    with pytest.raises(PermissionDenied):
        review_doctor(review.doctor_id, patient=review.patient, reviewed=SHORT)
    with pytest.raises(PermissionDenied):
        withdraw_review(review.pk, patient=review.patient)


def test_a_doctor_cannot_review_themselves():
    doctor = DoctorFactory(user=UserFactory())

    with pytest.raises(PermissionDenied):
        review_doctor(doctor.pk, patient=doctor.user, reviewed=KIND)


@pytest.mark.parametrize("practice", ["Harbour Skin Clinic", "HARBOUR  skin-clinic", "Harbóur Skin Clinic"])
def test_people_of_the_same_practice_cannot_review_each_other(practice):
    doctor = DoctorFactory(practice="Harbour Skin Clinic")
    colleague = DoctorFactory(user=UserFactory(), practice=practice)

    with pytest.raises(PermissionDenied):
        review_doctor(doctor.pk, patient=colleague.user, reviewed=KIND)


def test_doctors_without_a_practice_do_not_share_one():
    doctor, other = DoctorFactory(practice=""), DoctorFactory(user=UserFactory(), practice="")

    assert review_doctor(doctor.pk, patient=other.user, reviewed=KIND).is_visible


def test_an_answer_to_their_question_verifies_a_review():
    question, doctor = QuestionFactory(asker=UserFactory()), DoctorFactory()
    AnswerFactory(question=question, doctor=doctor)

    review = review_doctor(doctor.pk, patient=question.asker, reviewed=KIND)

    assert review.interaction == DoctorReview.Interaction.ANSWER


def test_a_visit_code_verifies_one_review_only():
    doctor = DoctorFactory()
    code, other = make_visit_codes(doctor=doctor, number=2)

    review = review_doctor(doctor.pk, patient=UserFactory(), reviewed=KIND, code=code.lower().replace("-", " "))
    assert review.interaction == DoctorReview.Interaction.CODE
    with pytest.raises(CodeRefused):
        review_doctor(doctor.pk, patient=UserFactory(), reviewed=KIND, code=code)
    with pytest.raises(CodeRefused):
        review_doctor(DoctorFactory().pk, patient=UserFactory(), reviewed=KIND, code=other)
    assert (DoctorReview.objects.count(), VisitCode.objects.filter(used_on=None).count()) == (1, 1)


def test_the_same_form_with_a_code_sent_twice_verifies_once_and_is_not_refused():
    doctor, patient = DoctorFactory(), UserFactory()
    code, other = make_visit_codes(doctor=doctor, number=2)

    for each in (code, code, other):
        review = review_doctor(doctor.pk, patient=patient, reviewed=KIND, code=each)

    assert review.interaction == DoctorReview.Interaction.CODE
    assert VisitCode.objects.filter(used_on=None).count() == 1


def test_a_code_is_kept_as_a_digest_only():
    (code,) = make_visit_codes(doctor=DoctorFactory(), number=1)

    assert code.replace("-", "") not in str(VisitCode.objects.values().get())


def test_a_mark_counts_once_and_can_be_taken_back():
    review, voter = DoctorReviewFactory(), Voter.new_visitor()

    mark_review(review.pk, voter=voter, is_helpful=True)
    assert mark_review(review.pk, voter=voter, is_helpful=True).helpful_count == 1
    assert mark_review(review.pk, voter=voter, is_helpful=False).helpful_count == 0


def test_neither_author_nor_doctor_marks_a_review():
    review = DoctorReviewFactory(doctor=DoctorFactory(user=UserFactory()))

    for user in (review.patient, review.doctor.user):
        with pytest.raises(PermissionDenied):
            mark_review(review.pk, voter=Voter(user_id=user.pk), is_helpful=True)


def test_a_visitors_marks_become_the_accounts_and_count_once():
    (review, other), voter, user = DoctorReviewFactory.create_batch(2), Voter.new_visitor(), UserFactory()
    for each in (review, other):
        mark_review(each.pk, voter=voter, is_helpful=True)
    mark_review(review.pk, voter=Voter(user_id=user.pk), is_helpful=True)

    adopt_visitor_marks(user_id=user.pk, voter=voter)

    assert sorted(HelpfulMark.objects.values_list("review", "user", "visitor")) == sorted(
        [(review.pk, user.pk, None), (other.pk, user.pk, None)]
    )
    assert list(DoctorReview.objects.order_by("pk").values_list("helpful_count", flat=True)) == [1, 1]


def test_only_the_doctor_replies_and_may_change_the_reply():
    review = DoctorReviewFactory()

    with pytest.raises(PermissionDenied):
        reply_to_review(review.pk, doctor=DoctorFactory(), text="Thank you.")
    reply_to_review(review.pk, doctor=review.doctor, text="Thank you.")
    changed = reply_to_review(review.pk, doctor=review.doctor, text="Thank you for your time.")

    assert changed.reply == "Thank you for your time."
    assert changed.reply_edited_at >= changed.replied_at
