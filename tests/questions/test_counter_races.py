"""Counters of questions, doctors and topics under writes at one moment: exact afterwards, and nobody waits for ever."""

import threading
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from doctors.services import hide_review, restore_review
from questions.models import Answer, Question, QuestionTopic
from questions.services import hide_answer, hide_question, restore_answer, restore_question
from tests.counting import drifted
from tests.crowd import all_at_once
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    DoctorReviewFactory,
    QuestionFactory,
    TopicFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)

WHY = {"reason": "Why.", "moderator": None}


def faults(outcomes: list) -> list:
    return [outcome for outcome in outcomes if isinstance(outcome, Exception)]


def test_30_doctors_answer_one_question_at_once():
    question = QuestionFactory()
    doctors = DoctorFactory.create_batch(30, specialty=None)

    outcomes = all_at_once(
        [partial(AnswerFactory, question=question, doctor=doctor, answered_at=timezone.now()) for doctor in doctors]
    )

    assert faults(outcomes) == []
    question.refresh_from_db()
    assert question.answer_count == 30
    assert drifted() == []


def test_one_doctor_answers_once_however_often_it_is_sent():
    question, doctor = QuestionFactory(), DoctorFactory()

    outcomes = all_at_once([partial(AnswerFactory, question=question, doctor=doctor)] * 12)

    assert len(faults(outcomes)) == 11
    assert drifted() == []


def test_answers_hidden_and_restored_at_once_are_counted():
    question = QuestionFactory()
    answers = AnswerFactory.create_batch(6, question=question)
    hides = [partial(hide_answer, answer.pk, rule=1, **WHY) for answer in answers]
    restores = [partial(restore_answer, answer.pk, **WHY) for answer in reversed(answers)]

    outcomes = all_at_once([*hides, *restores, *hides])

    assert faults(outcomes) == []
    assert drifted() == []


def test_bulk_answers_by_the_same_doctors_in_other_orders_are_counted():
    doctors = DoctorFactory.create_batch(6, specialty=None)

    def write(turn: int) -> None:
        for _ in range(3):
            questions = [QuestionFactory(asker=None) for _ in range(2)]
            order = doctors if turn % 2 else doctors[::-1]
            Answer.objects.bulk_create(
                Answer(question=question, doctor=doctor, body="B", body_html="<p>B</p>")
                for question in questions
                for doctor in order
            )

    outcomes = all_at_once([partial(write, turn) for turn in range(8)])

    assert faults(outcomes) == []
    assert drifted() == []


def test_questions_with_the_same_topics_are_hidden_and_restored_at_once():
    topics = TopicFactory.create_batch(5)
    questions = [QuestionFactory(topics=topics if turn % 2 else topics[::-1]) for turn in range(8)]

    def hide_and_restore(question: Question) -> None:
        for _ in range(3):
            hide_question(question.pk, rule=1, **WHY)
            restore_question(question.pk, **WHY)

    outcomes = all_at_once([partial(hide_and_restore, question) for question in questions])

    assert faults(outcomes) == []
    assert drifted() == []


def test_questions_get_the_same_topics_at_once():
    topics = TopicFactory.create_batch(5)
    questions = QuestionFactory.create_batch(10)

    def add(turn: int) -> None:
        order = topics if turn % 2 else topics[::-1]
        QuestionTopic.objects.bulk_create(QuestionTopic(question=questions[turn], topic=topic) for topic in order)

    outcomes = all_at_once([partial(add, turn) for turn in range(10)])

    assert faults(outcomes) == []
    assert drifted() == []


def test_40_patients_review_one_doctor_at_once():
    doctor, patients = DoctorFactory(), UserFactory.create_batch(40)

    outcomes = all_at_once(
        [
            partial(DoctorReviewFactory, doctor=doctor, patient=patient, rating=1 + place % 5)
            for place, patient in enumerate(patients)
        ]
    )

    assert faults(outcomes) == []
    doctor.refresh_from_db()
    assert (doctor.review_count, doctor.rating) == (40, 3.0)
    assert drifted() == []


def test_reviews_hidden_and_restored_at_once_are_counted():
    doctor = DoctorFactory()
    reviews = DoctorReviewFactory.create_batch(5, doctor=doctor)
    calls = [partial(hide_review, review.pk, rule=1, **WHY) for review in reviews]
    calls += [partial(restore_review, review.pk, **WHY) for review in reversed(reviews)]

    outcomes = all_at_once(calls * 3)

    assert faults(outcomes) == []
    assert drifted() == []


DRIFTS = "the triggers on QuestionTopic read the question's state without its lock"


@pytest.mark.parametrize("change", ["added", "removed"])
def test_a_topic_changed_while_its_question_is_being_hidden_is_counted(change: str):
    """Two transactions that overlap: whoever commits last must have seen the other."""
    topic = TopicFactory()
    question = QuestionFactory(topics=[topic] if change == "removed" else [])
    QuestionFactory.create_batch(2, topics=[topic])
    is_hidden, is_changed = threading.Event(), threading.Event()

    def hide() -> None:
        with transaction.atomic():
            hide_question(question.pk, rule=1, **WHY)
            is_hidden.set()
            is_changed.wait(1)  # The other one may rightly wait for this one's end.

    def change_topic() -> None:
        is_hidden.wait(10)
        if change == "added":
            QuestionTopic.objects.create(question=question, topic=topic)
        else:
            QuestionTopic.objects.filter(question=question).delete()
        is_changed.set()

    outcomes = all_at_once([hide, change_topic])

    assert faults(outcomes) == []
    assert drifted() == []
