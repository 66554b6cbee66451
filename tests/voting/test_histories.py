"""Random histories over every table that is counted: afterwards each counter equals its rows.

Here, in the uppermost room, because they touch all of them.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.visitors import Voter
from doctors.models import Doctor, DoctorReview
from doctors.services import hide_review, restore_review
from qa_forum.errors import Gone
from questions.models import Answer, Question, QuestionTopic
from questions.services import hide_answer, hide_question, restore_answer, restore_question
from tests.counting import drifted
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    DoctorReviewFactory,
    ModeratorFactory,
    QuestionFactory,
    TopicFactory,
    UserFactory,
    VoteFactory,
)
from voting.models import AnswerVote, VoteRing
from voting.rings import Found, decide_ring, hold_votes
from voting.services import adopt_visitor_votes, cast_vote

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHY = {"reason": "Why.", "moderator": None}


def world() -> SimpleNamespace:
    """A small one, so that random steps often meet on the same row."""
    users = UserFactory.create_batch(3)
    return SimpleNamespace(
        users=users,
        moderator=ModeratorFactory(),
        topics=TopicFactory.create_batch(2),
        doctors=[DoctorFactory(specialty=None, user=users[0]), DoctorFactory(specialty=None)],
        questions=QuestionFactory.create_batch(2, asker=users[1]),
    )


def pick(rows: list, number: int):
    return rows[number % len(rows)] if rows else None


def voter(w: SimpleNamespace, a: int) -> Voter:
    return Voter(user_id=w.users[a % 3].pk) if a % 2 else Voter(visitor=UUID(int=1 + a % 3))


def vote(w: SimpleNamespace, a: int, b: int) -> None:
    if answer := pick(list(Answer.objects.order_by("pk")), a):
        cast_vote(answer_id=answer.pk, voter=voter(w, b), value=b % 3 - 1)


def adopt(w: SimpleNamespace, a: int, b: int) -> None:
    adopt_visitor_votes(user_id=w.users[a % 3].pk, voter=Voter(visitor=UUID(int=1 + b % 3)))


def vote_in_bulk(w: SimpleNamespace, a: int, b: int) -> None:
    answers = Answer.objects.order_by("pk")[: a % 3]
    AnswerVote.objects.bulk_create(AnswerVote(answer=answer, visitor=UUID(int=100 + b), value=1) for answer in answers)


def turn_votes(w: SimpleNamespace, a: int, b: int) -> None:
    AnswerVote.objects.exclude(value=0).filter(pk__gt=a % 7).update(value=1 if b % 2 else -1)


def delete_votes(w: SimpleNamespace, a: int, b: int) -> None:
    AnswerVote.objects.filter(value=1 if a % 2 else -1).delete()


def hold(w: SimpleNamespace, a: int, b: int) -> None:
    votes = AnswerVote.objects.filter(answer__doctor=pick(w.doctors, a)).values_list("pk", flat=True)
    hold_votes(Found(pick(w.doctors, a).pk, 1 if b % 3 else -1, list(votes), frozenset({"burst"})))


def decide(w: SimpleNamespace, a: int, b: int) -> None:
    if ring := pick(list(VoteRing.objects.order_by("pk")), a):
        decide_ring(ring.pk, state="void" if b % 2 else "restored", reason="Why.", moderator=w.moderator)


def answer(w: SimpleNamespace, a: int, b: int) -> None:
    state = ["published", "held", "withdrawn", "published"][b % 4]
    date = NOON + timedelta(days=a) if b % 5 else None
    made = AnswerFactory(question=pick(w.questions, a), doctor=pick(w.doctors, b), state=state, answered_at=date)
    VoteFactory(answer=made)


def change_answers(w: SimpleNamespace, a: int, b: int) -> None:
    states = ["published", "held", "withdrawn"]
    Answer.objects.exclude(state="hidden").filter(doctor=pick(w.doctors, a)).update(
        state=states[b % 3], answered_at=NOON + timedelta(days=b) if b % 2 else None
    )


def move_answers(w: SimpleNamespace, a: int, b: int) -> None:
    Answer.objects.filter(question=pick(w.questions, a)).update(question=pick(w.questions, b))


def give_answers_away(w: SimpleNamespace, a: int, b: int) -> None:
    Answer.objects.filter(doctor=pick(w.doctors, a)).update(doctor=pick(w.doctors, b))


def hide_or_restore_answer(w: SimpleNamespace, a: int, b: int) -> None:
    if found := pick(list(Answer.objects.order_by("pk")), a):
        hide_answer(found.pk, rule=1, **WHY) if b % 2 else restore_answer(found.pk, **WHY)


def delete_answer(w: SimpleNamespace, a: int, b: int) -> None:
    if found := pick(list(Answer.objects.order_by("pk")), a):
        found.delete()


def hide_or_restore_question(w: SimpleNamespace, a: int, b: int) -> None:
    question = pick(w.questions, a)
    hide_question(question.pk, rule=1, **WHY) if b % 2 else restore_question(question.pk, **WHY)


def change_questions(w: SimpleNamespace, a: int, b: int) -> None:
    Question.objects.exclude(state="hidden").update(state=["published", "held", "withdrawn"][b % 3])


def delete_question(w: SimpleNamespace, a: int, b: int) -> None:
    pick(w.questions, a).delete()
    w.questions = [*Question.objects.order_by("pk"), QuestionFactory(asker=None)]


def add_topics(w: SimpleNamespace, a: int, b: int) -> None:
    links = [QuestionTopic(question=q, topic=pick(w.topics, a)) for q in w.questions[: 1 + b % 2]]
    QuestionTopic.objects.bulk_create(links, ignore_conflicts=True)


def remove_topics(w: SimpleNamespace, a: int, b: int) -> None:
    QuestionTopic.objects.filter(topic=pick(w.topics, a)).delete()


def review(w: SimpleNamespace, a: int, b: int) -> None:
    state = "published" if a % 3 else "held"
    DoctorReviewFactory(doctor=pick(w.doctors, a), patient=pick(w.users, b), rating=1 + a % 5, state=state)


def change_reviews(w: SimpleNamespace, a: int, b: int) -> None:
    DoctorReview.objects.filter(patient=pick(w.users, a)).update(rating=1 + b % 5)


def move_review(w: SimpleNamespace, a: int, b: int) -> None:
    DoctorReview.objects.filter(patient=pick(w.users, a)).update(doctor=pick(w.doctors, b))


def hide_or_restore_review(w: SimpleNamespace, a: int, b: int) -> None:
    if found := pick(list(DoctorReview.objects.order_by("pk")), a):
        hide_review(found.pk, rule=1, **WHY) if b % 2 else restore_review(found.pk, **WHY)


def delete_account(w: SimpleNamespace, a: int, b: int) -> None:
    pick(w.users, a).delete()
    w.users[a % 3] = UserFactory()


def roll_back(w: SimpleNamespace, a: int, b: int) -> None:
    with transaction.atomic():
        answer(w, a, b)
        vote(w, a, b)
        transaction.set_rollback(True)


STEPS: list[Callable] = [
    *(vote, vote, vote, adopt, vote_in_bulk, turn_votes, delete_votes, hold, hold, decide),
    *(answer, answer, change_answers, move_answers, give_answers_away, hide_or_restore_answer, delete_answer),
    *(hide_or_restore_question, change_questions, delete_question, add_topics, remove_topics),
    *(review, change_reviews, move_review, hide_or_restore_review, delete_account, roll_back),
]
REFUSED = (IntegrityError, PermissionDenied, Gone, Answer.DoesNotExist)


def take_step(w: SimpleNamespace, step: Callable, a: int, b: int) -> None:
    """Do it, or be refused as a whole."""
    with suppress(*REFUSED), transaction.atomic():
        step(w, a, b)


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 11), st.integers(0, 11)), min_size=5, max_size=30))
def test_after_any_history_each_counter_equals_its_rows(steps: list[tuple[Callable, int, int]]):
    with transaction.atomic():
        w = world()
        for step, a, b in steps:
            take_step(w, step, a, b)
        wrong = drifted()
        transaction.set_rollback(True)

    assert wrong == []


def test_the_reference_notices_a_counter_that_is_wrong():
    """Otherwise the test above would prove nothing."""
    doctor = AnswerFactory().doctor
    Doctor.objects.filter(pk=doctor.pk).update(answer_count=5, two_star_count=1)

    assert drifted() == [
        f"doctor {doctor.pk}: answer_count is 5, has 1",
        f"doctor {doctor.pk}: two_star_count is 1, has 0",
    ]
