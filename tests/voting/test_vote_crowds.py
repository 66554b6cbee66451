"""Many votes at one moment, on a real database: the counts are exact afterwards."""

from functools import partial
from itertools import product
from random import Random
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.visitors import Voter
from questions.models import Answer
from questions.services import hide_answer
from tests.counting import drifted
from tests.crowd import all_at_once
from tests.factories import AnswerFactory, UserFactory
from voting.models import AnswerVote
from voting.services import adopt_visitor_votes, cast_vote

UP, DOWN, BACK = 1, -1, 0

pytestmark = pytest.mark.django_db(transaction=True)


def faults(outcomes: list) -> list:
    return [outcome for outcome in outcomes if isinstance(outcome, Exception)]


def some_voters(count: int) -> list[Voter]:
    """Half of them users, half visitors."""
    users = User.objects.bulk_create(
        User(email=f"crowd{n}@mail.example", pen_name=f"crowd_{n}", password="!") for n in range(count // 2)
    )
    return [Voter(user_id=user.pk) for user in users] + [Voter(visitor=uuid4()) for _ in range(count - count // 2)]


def test_64_voters_at_once_are_64_votes():
    answer = AnswerFactory()

    outcomes = all_at_once(
        [partial(cast_vote, answer_id=answer.pk, voter=voter, value=UP) for voter in some_voters(64)]
    )

    assert faults(outcomes) == []
    answer.refresh_from_db()
    assert (answer.user_upvote_count, answer.visitor_upvote_count, answer.score) == (32, 32, 64)
    # Each was told a score that was true at some moment: every step from 1 to 64 was seen by somebody or passed by.
    assert max(outcome.score for outcome in outcomes) == 64
    assert all(outcome.viewer_vote == UP for outcome in outcomes)


@pytest.mark.parametrize("kind", ["user", "visitor"])
def test_50_times_the_same_vote_at_once_is_one_vote(kind: str):
    answer = AnswerFactory()
    voter = Voter(user_id=UserFactory().pk) if kind == "user" else Voter(visitor=uuid4())

    outcomes = all_at_once([partial(cast_vote, answer_id=answer.pk, voter=voter, value=UP)] * 50)

    assert faults(outcomes) == []
    answer.refresh_from_db()
    assert (AnswerVote.objects.count(), answer.score) == (1, 1)


def test_50_requests_at_once_with_one_mark_are_one_vote():
    answer, first = AnswerFactory(), Client(headers={"Sec-Fetch-Site": "same-origin"})
    url = reverse("voting:cast_vote", args=[answer.pk])
    first.post(url, {"value": BACK})
    first.post(url, {"value": UP})
    mark = first.cookies["visitor"].value

    def vote_again():
        client = Client(headers={"Sec-Fetch-Site": "same-origin"})
        client.cookies["visitor"] = mark
        return client.post(url, {"value": DOWN}).status_code

    assert all_at_once([vote_again] * 50) == [303] * 50
    answer.refresh_from_db()
    assert (AnswerVote.objects.count(), answer.score) == (1, -1)


def test_50_first_requests_at_once_with_one_key_are_one_vote():
    answer = AnswerFactory()
    url = reverse("voting:cast_vote", args=[answer.pk])

    def vote():
        client = Client(headers={"Sec-Fetch-Site": "same-origin"})
        return client.post(url, {"value": UP, "key": "0123456789abcdef0123456789abcdef"}).status_code

    assert all_at_once([vote] * 50) == [303] * 50
    answer.refresh_from_db()
    assert (AnswerVote.objects.count(), answer.score) == (1, 1)


def test_a_storm_of_changing_votes_leaves_true_counts():
    answers, voters = AnswerFactory.create_batch(2), some_voters(8)
    chance = Random(7)
    calls = [
        partial(cast_vote, answer_id=answer.pk, voter=voter, value=value)
        for answer, voter, value in product(answers, voters, [UP, DOWN, BACK, UP])
    ]
    chance.shuffle(calls)

    outcomes = all_at_once(calls)

    assert faults(outcomes) == []
    assert drifted() == []
    assert AnswerVote.objects.count() <= len(answers) * len(voters)


def test_an_answer_hidden_in_the_middle_of_votes_has_true_counts():
    answer, voters = AnswerFactory(), some_voters(24)
    hide = partial(hide_answer, answer_id=answer.pk, rule=1, reason="An insult.", moderator=None)
    calls = [partial(cast_vote, answer_id=answer.pk, voter=voter, value=UP) for voter in voters]

    outcomes = all_at_once([*calls[:12], hide, *calls[12:]])

    counted = sum(isinstance(outcome, Answer) for outcome in outcomes)
    answer.refresh_from_db()
    # A vote that was written just before the answer was hidden is refused in words and still kept.
    assert counted <= answer.score == AnswerVote.objects.count()
    assert {type(fault).__name__ for fault in faults(outcomes)} <= {"Gone"}
    assert drifted() == []


def test_votes_during_a_sign_in_are_all_kept_and_counted():
    answers = AnswerFactory.create_batch(6)
    user, visitor, others = UserFactory(), Voter(visitor=uuid4()), some_voters(4)
    account = Voter(user_id=user.pk)
    for answer in answers:
        cast_vote(answer_id=answer.pk, voter=visitor, value=UP)
    adopt = partial(adopt_visitor_votes, user_id=user.pk, voter=visitor)
    of_account = [partial(cast_vote, answer_id=answer.pk, voter=account, value=DOWN) for answer in answers]
    of_others = [
        partial(cast_vote, answer_id=answer.pk, voter=voter, value=UP) for answer in answers for voter in others
    ]

    outcomes = all_at_once([adopt, *of_account, adopt, *reversed(of_others), adopt])

    assert faults(outcomes) == []
    assert drifted() == []
    # The account voted itself: its own vote stands, whichever came first.
    assert list(AnswerVote.objects.of(account).values_list("value", flat=True)) == [DOWN] * 6
    assert not AnswerVote.objects.of(visitor).exists()


def test_two_sign_ins_over_the_same_answers_never_wait_for_each_other():
    answers = AnswerFactory.create_batch(8)
    pairs = [(UserFactory(), Voter(visitor=uuid4())) for _ in range(6)]
    for place, (_, visitor) in enumerate(pairs):
        for answer in answers if place % 2 else reversed(answers):
            cast_vote(answer_id=answer.pk, voter=visitor, value=UP)

    outcomes = all_at_once([partial(adopt_visitor_votes, user_id=user.pk, voter=voter) for user, voter in pairs])

    assert faults(outcomes) == []
    assert drifted() == []
    assert AnswerVote.objects.filter(user=None).count() == 0
