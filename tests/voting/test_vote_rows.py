"""The table of votes: what it refuses, and what its trigger counts."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.models import User
from questions.models import Answer, Question
from tests.counting import drifted
from tests.factories import AnswerFactory, QuestionFactory, UserFactory, VoteFactory
from voting.models import AnswerVote

UP, DOWN = AnswerVote.Value.UP, AnswerVote.Value.DOWN

pytestmark = pytest.mark.django_db


def counters(answer: Answer) -> tuple[int, int, int, int]:
    answer.refresh_from_db()
    return (
        answer.user_upvote_count,
        answer.user_downvote_count,
        answer.visitor_upvote_count,
        answer.visitor_downvote_count,
    )


def test_a_visitors_vote_and_an_accounts_are_counted_apart():
    answer = AnswerFactory()

    VoteFactory(answer=answer, value=UP)
    VoteFactory(answer=answer, user=UserFactory(), visitor=None, value=DOWN)

    assert counters(answer) == (0, 1, 1, 0)
    assert (answer.upvote_count, answer.downvote_count, answer.score) == (1, 1, 0)


def test_a_vote_written_with_save_is_counted():
    vote = VoteFactory(value=UP)

    vote.value = DOWN
    vote.save()

    assert counters(vote.answer) == (0, 0, 0, 1)


def test_a_vote_that_changes_hands_moves_to_the_accounts_counter():
    vote = VoteFactory(value=UP)

    AnswerVote.objects.filter(pk=vote.pk).update(user=UserFactory(), visitor=None)

    assert counters(vote.answer) == (1, 0, 0, 0)


def test_votes_written_in_bulk_are_counted():
    answers = AnswerFactory.create_batch(3)

    AnswerVote.objects.bulk_create(
        AnswerVote(answer=answer, visitor=uuid4(), value=UP) for answer in answers for _ in range(4)
    )

    assert [counters(answer) for answer in answers] == [(0, 0, 4, 0)] * 3


def test_votes_updated_in_bulk_are_counted():
    answer = AnswerFactory()
    VoteFactory.create_batch(5, answer=answer, value=UP)

    AnswerVote.objects.filter(answer=answer).update(value=DOWN)

    assert counters(answer) == (0, 0, 0, 5)


def test_deleted_votes_are_counted_no_more():
    answer = AnswerFactory()
    VoteFactory.create_batch(3, answer=answer, value=UP)
    VoteFactory.create_batch(2, answer=answer, value=DOWN)

    AnswerVote.objects.filter(answer=answer, value=UP).delete()

    assert counters(answer) == (0, 0, 0, 2)


def test_the_votes_of_a_deleted_account_go_with_it():
    answer, user = AnswerFactory(), UserFactory()
    VoteFactory(answer=answer, user=user, visitor=None, value=UP)

    User.objects.filter(pk=user.pk).delete()

    assert counters(answer) == (0, 0, 0, 0)


def test_a_deleted_question_takes_answers_and_votes_along():
    question, other = QuestionFactory(), AnswerFactory()
    answer = AnswerFactory(question=question)
    VoteFactory(answer=answer)
    VoteFactory(answer=other)

    Question.objects.filter(pk=question.pk).delete()

    assert AnswerVote.objects.count() == 1
    assert drifted() == []


def test_a_vote_never_moves_to_another_answer():
    vote, other = VoteFactory(), AnswerFactory()

    with pytest.raises(DatabaseError, match="stays with its answer"), transaction.atomic():
        AnswerVote.objects.filter(pk=vote.pk).update(answer=other)

    assert drifted() == []


def test_a_rolled_back_vote_is_not_counted():
    answer = AnswerFactory()

    with transaction.atomic():
        VoteFactory(answer=answer)
        transaction.set_rollback(True)

    assert counters(answer) == (0, 0, 0, 0)


def test_imported_votes_are_part_of_the_score_and_survive_votes_made_here():
    answer = AnswerFactory(imported_upvote_count=7, imported_downvote_count=2)

    VoteFactory(answer=answer, value=DOWN)

    answer.refresh_from_db()
    assert (answer.upvote_count, answer.downvote_count, answer.score) == (7, 3, 4)


def test_a_vote_says_what_it_is():
    assert str(AnswerVote(answer_id=12, visitor=UUID(int=1), value=DOWN)) == "-1 on answer 12"


def _twice(**fields: object) -> None:
    answer = AnswerFactory()
    for _ in range(2):
        VoteFactory(answer=answer, **fields)


BROKEN = {
    "vote_by_user_or_visitor": [
        lambda: VoteFactory(visitor=None),
        lambda: VoteFactory(user=UserFactory(), visitor=uuid4()),
    ],
    "vote_is_up_or_down": [lambda: VoteFactory(value=0), lambda: VoteFactory(value=2), lambda: VoteFactory(value=-2)],
    "one_vote_per_user": [lambda: _twice(user=UserFactory(), visitor=None)],
    "one_vote_per_visitor": [lambda: _twice(visitor=UUID(int=5))],
}


@pytest.mark.parametrize(
    ("constraint", "write"), [(name, write) for name, writes in BROKEN.items() for write in writes]
)
def test_the_table_refuses_what_is_no_vote(constraint: str, write: Callable[[], object]):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write()


def test_one_voter_votes_on_many_answers():
    user, visitor = UserFactory(), uuid4()

    for _ in range(3):
        VoteFactory(user=user, visitor=None)
        VoteFactory(visitor=visitor)

    assert AnswerVote.objects.count() == 6
