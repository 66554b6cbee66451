"""Casting a vote: one voter has one vote on an answer, whatever happens."""

from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied

from accounts.visitors import Voter
from qa_forum.errors import Gone
from questions.interchange import LARGEST_COUNT
from questions.models import Answer, Question
from questions.services import hide_answer, hide_question
from tests.factories import AnswerFactory, DoctorFactory, QuestionFactory, UserFactory, VoteFactory
from voting.models import AnswerVote
from voting.services import cast_vote, read_answer

UP, DOWN, BACK = 1, -1, 0

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["user", "visitor"])
def voter(request: pytest.FixtureRequest) -> Voter:
    return Voter(user_id=UserFactory().pk) if request.param == "user" else Voter(visitor=uuid4())


def test_a_vote_is_counted_and_returned_with_the_true_score(voter: Voter):
    answer = AnswerFactory(imported_upvote_count=3)

    returned = cast_vote(answer_id=answer.pk, voter=voter, value=UP)

    assert (returned.score, returned.upvote_count, returned.viewer_vote) == (4, 4, UP)
    assert AnswerVote.objects.of(voter).get().value == UP


def test_a_changed_vote_is_counted_once(voter: Voter):
    answer = AnswerFactory()

    cast_vote(answer_id=answer.pk, voter=voter, value=UP)
    returned = cast_vote(answer_id=answer.pk, voter=voter, value=DOWN)

    assert (returned.upvote_count, returned.downvote_count, returned.score) == (0, 1, -1)


def test_a_vote_taken_back_leaves_nothing(voter: Voter):
    answer = AnswerFactory()

    cast_vote(answer_id=answer.pk, voter=voter, value=DOWN)
    returned = cast_vote(answer_id=answer.pk, voter=voter, value=BACK)

    assert (returned.score, returned.viewer_vote) == (0, None)
    assert not AnswerVote.objects.exists()


@pytest.mark.parametrize("value", [UP, DOWN, BACK])
def test_a_repeated_vote_changes_nothing(voter: Voter, value: int):
    answer = AnswerFactory()

    first = cast_vote(answer_id=answer.pk, voter=voter, value=value)
    again = cast_vote(answer_id=answer.pk, voter=voter, value=value)

    assert (again.score, again.viewer_vote) == (first.score, first.viewer_vote)
    assert AnswerVote.objects.count() == abs(value)


def test_a_repeated_vote_keeps_its_time():
    answer, voter = AnswerFactory(), Voter(visitor=uuid4())
    cast_vote(answer_id=answer.pk, voter=voter, value=UP)
    before = AnswerVote.objects.get().voted_at

    cast_vote(answer_id=answer.pk, voter=voter, value=UP)

    assert AnswerVote.objects.get().voted_at == before


def test_taking_back_leaves_other_voters_alone(voter: Voter):
    answer = AnswerFactory()
    VoteFactory.create_batch(2, answer=answer)
    VoteFactory(answer=answer, user=UserFactory(), visitor=None)

    returned = cast_vote(answer_id=answer.pk, voter=voter, value=BACK)

    assert returned.score == 3


def test_a_voter_votes_on_each_answer_by_itself(voter: Voter):
    first, second = AnswerFactory(), AnswerFactory()

    cast_vote(answer_id=first.pk, voter=voter, value=UP)
    cast_vote(answer_id=second.pk, voter=voter, value=DOWN)

    assert (read_answer(first.pk, voter).viewer_vote, read_answer(second.pk, voter).viewer_vote) == (UP, DOWN)


@pytest.mark.parametrize("value", [UP, DOWN, BACK])
def test_nobody_votes_on_their_own_answer(value: int):
    user = UserFactory()
    answer = AnswerFactory(doctor=DoctorFactory(user=user))

    with pytest.raises(PermissionDenied):
        cast_vote(answer_id=answer.pk, voter=Voter(user_id=user.pk), value=value)

    assert not AnswerVote.objects.exists()


def test_a_doctor_votes_on_a_colleagues_answer():
    colleague = DoctorFactory(user=UserFactory())
    answer = AnswerFactory(doctor=DoctorFactory(user=UserFactory()))

    assert cast_vote(answer_id=answer.pk, voter=Voter(user_id=colleague.user_id), value=UP).score == 1


@pytest.mark.parametrize("state", ["hidden", "removed"])
def test_an_answer_against_which_was_decided_takes_no_vote(voter: Voter, state: str):
    answer = AnswerFactory()
    hide_answer(answer_id=answer.pk, rule=1, reason="An insult.", moderator=None)
    Answer.objects.filter(pk=answer.pk).update(state=state)

    with pytest.raises(Gone):
        cast_vote(answer_id=answer.pk, voter=voter, value=UP)

    assert not AnswerVote.objects.exists()


def test_a_withdrawn_answer_takes_no_vote(voter: Voter):
    answer = AnswerFactory(state="withdrawn")

    with pytest.raises(Gone):
        cast_vote(answer_id=answer.pk, voter=voter, value=UP)

    assert not AnswerVote.objects.exists()


def test_an_answer_of_a_hidden_question_takes_no_vote(voter: Voter):
    answer = AnswerFactory()
    hide_question(answer.question_id, rule=1, reason="An insult.", moderator=None)

    with pytest.raises(Gone):
        cast_vote(answer_id=answer.pk, voter=voter, value=UP)

    assert not AnswerVote.objects.exists()


@pytest.mark.parametrize("held", ["answer", "question"])
def test_what_was_never_public_takes_no_vote(voter: Voter, held: str):
    answer = AnswerFactory(
        state="held" if held == "answer" else "published",
        question=QuestionFactory(state="held" if held == "question" else "published"),
    )

    with pytest.raises(Answer.DoesNotExist):
        cast_vote(answer_id=answer.pk, voter=voter, value=UP)

    assert not AnswerVote.objects.exists()


def test_an_unknown_answer_takes_no_vote(voter: Voter):
    with pytest.raises(Answer.DoesNotExist):
        cast_vote(answer_id=10**17, voter=voter, value=UP)


def test_votes_cast_before_an_answer_was_hidden_are_kept_for_its_return(voter: Voter):
    answer = AnswerFactory()
    cast_vote(answer_id=answer.pk, voter=voter, value=UP)

    hide_answer(answer_id=answer.pk, rule=1, reason="An insult.", moderator=None)

    answer.refresh_from_db()
    assert answer.score == 1


def test_a_vote_leaves_the_questions_dates_alone(voter: Voter):
    """A vote is no activity: the list "Active" speaks of answers and edits."""
    answer = AnswerFactory()
    before = Question.objects.values("active_at", "last_answer_at").get(pk=answer.question_id)

    cast_vote(answer_id=answer.pk, voter=voter, value=UP)

    assert Question.objects.values("active_at", "last_answer_at").get(pk=answer.question_id) == before


@pytest.mark.parametrize(("column", "value"), [("imported_upvote_count", UP), ("imported_downvote_count", DOWN)])
def test_an_answer_with_as_many_votes_as_a_file_may_bring_takes_one_more(voter: Voter, column: str, value: int):
    answer = AnswerFactory(**{column: LARGEST_COUNT})

    returned = cast_vote(answer_id=answer.pk, voter=voter, value=value)

    assert returned.score == value * (LARGEST_COUNT + 1)


@pytest.mark.parametrize("value", [UP, BACK])
def test_a_vote_is_one_statement_and_one_reading(voter: Voter, value: int, django_assert_num_queries):
    answer = AnswerFactory()

    with django_assert_num_queries(2):
        cast_vote(answer_id=answer.pk, voter=voter, value=value)
