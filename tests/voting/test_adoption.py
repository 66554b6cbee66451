"""Signing in: a visitor's votes become the account's."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.visitors import COOKIE, Voter
from questions.services import hide_answer
from tests.counting import drifted
from tests.factories import AnswerFactory, DoctorFactory, UserFactory, VoteFactory
from voting.models import AnswerVote
from voting.services import adopt_visitor_votes, cast_vote

UP, DOWN = 1, -1

pytestmark = pytest.mark.django_db


def votes_of(user) -> dict[int, int]:
    return dict(AnswerVote.objects.filter(user=user).values_list("answer_id", "value"))


def test_a_visitors_votes_become_the_accounts():
    user, visitor = UserFactory(), uuid4()
    first, second = VoteFactory(visitor=visitor, value=UP), VoteFactory(visitor=visitor, value=DOWN)

    adopt_visitor_votes(user_id=user.pk, voter=Voter(visitor=visitor))

    assert votes_of(user) == {first.answer_id: UP, second.answer_id: DOWN}
    assert drifted() == []


def test_an_adopted_vote_weighs_as_a_users():
    user, vote = UserFactory(), VoteFactory()
    before = vote.answer
    before.refresh_from_db()

    adopt_visitor_votes(user_id=user.pk, voter=Voter(visitor=vote.visitor))

    after = type(before).objects.get(pk=before.pk)
    assert (after.user_upvote_count, after.visitor_upvote_count, after.score) == (1, 0, before.score)
    assert after.rank > before.rank


def test_where_both_had_voted_the_accounts_vote_stays():
    user, visitor, answer = UserFactory(), uuid4(), AnswerFactory()
    VoteFactory(answer=answer, visitor=visitor, value=UP)
    VoteFactory(answer=answer, user=user, visitor=None, value=DOWN)

    adopt_visitor_votes(user_id=user.pk, voter=Voter(visitor=visitor))

    assert votes_of(user) == {answer.pk: DOWN}
    assert AnswerVote.objects.count() == 1
    assert drifted() == []


def test_a_visitors_vote_on_what_turns_out_their_own_answer_is_dropped():
    user, visitor = UserFactory(), uuid4()
    own, other = AnswerFactory(doctor=DoctorFactory(user=user)), AnswerFactory()
    for answer in (own, other):
        VoteFactory(answer=answer, visitor=visitor)

    adopt_visitor_votes(user_id=user.pk, voter=Voter(visitor=visitor))

    assert votes_of(user) == {other.pk: UP}
    assert AnswerVote.objects.count() == 1
    assert drifted() == []


def test_votes_on_hidden_answers_are_adopted_too():
    user, vote = UserFactory(), VoteFactory()
    hide_answer(answer_id=vote.answer_id, rule=1, reason="An insult.", moderator=None)

    adopt_visitor_votes(user_id=user.pk, voter=Voter(visitor=vote.visitor))

    assert votes_of(user) == {vote.answer_id: UP}


def test_other_visitors_keep_their_votes():
    user, mine, other = UserFactory(), VoteFactory(), VoteFactory()

    adopt_visitor_votes(user_id=user.pk, voter=Voter(visitor=mine.visitor))

    assert AnswerVote.objects.get(visitor=other.visitor).user is None


def test_adopting_twice_changes_nothing():
    user, vote = UserFactory(), VoteFactory()

    for _ in range(2):
        adopt_visitor_votes(user_id=user.pk, voter=Voter(visitor=vote.visitor))

    assert votes_of(user) == {vote.answer_id: UP}
    assert drifted() == []


def test_answers_are_locked_in_the_order_of_their_keys():
    user, visitor = UserFactory(), uuid4()
    for answer in reversed(AnswerFactory.create_batch(3)):
        VoteFactory(answer=answer, visitor=visitor)
    with CaptureQueriesContext(connection) as queries:
        adopt_visitor_votes(user_id=user.pk, voter=Voter(visitor=visitor))

    (lock,) = [query["sql"] for query in queries if "FOR NO KEY UPDATE" in query["sql"]]
    assert lock.startswith('SELECT "questions_answer"."id"')
    assert lock.endswith('ORDER BY 1 ASC FOR NO KEY UPDATE OF "questions_answer"')


def test_signing_in_adopts_the_votes_of_the_browsers_mark():
    client, user, answer = Client(), UserFactory(confirmed=True), AnswerFactory()
    url = reverse("voting:cast_vote", args=[answer.pk])
    client.post(url, {"value": DOWN}, headers={"Sec-Fetch-Site": "same-origin"})

    client.post(reverse("account_login"), {"login": user.email, "password": "correct horse battery"})

    assert votes_of(user) == {answer.pk: DOWN}
    again = client.post(url, {"value": DOWN}, headers={"Sec-Fetch-Site": "same-origin", "Accept": "application/json"})
    assert again.json() == {"answer": answer.pk, "score": -1, "upvotes": 0, "downvotes": 1, "yours": -1}


def test_a_wrong_password_adopts_nothing():
    client, user, answer = Client(), UserFactory(confirmed=True), AnswerFactory()
    client.post(reverse("voting:cast_vote", args=[answer.pk]), {"value": UP}, headers={"Sec-Fetch-Site": "same-origin"})

    client.post(reverse("account_login"), {"login": user.email, "password": "wrong"})

    assert AnswerVote.objects.get().user is None


def test_a_forged_mark_brings_nobody_elses_votes_along():
    client, user, vote = Client(), UserFactory(confirmed=True), VoteFactory()
    client.cookies[COOKIE] = f"{vote.visitor.hex}:forged"

    client.post(reverse("account_login"), {"login": user.email, "password": "correct horse battery"})

    assert votes_of(user) == {}


def test_a_voter_is_a_user_or_a_visitor_never_both():
    with pytest.raises(ValueError, match="a user or a visitor"):
        Voter()
    with pytest.raises(ValueError, match="a user or a visitor"):
        Voter(user_id=1, visitor=uuid4())


def test_a_vote_after_signing_in_replaces_the_adopted_one():
    user, vote = UserFactory(), VoteFactory(value=UP)
    adopt_visitor_votes(user_id=user.pk, voter=Voter(visitor=vote.visitor))

    answer = cast_vote(answer_id=vote.answer_id, voter=Voter(user_id=user.pk), value=DOWN)

    assert (answer.score, AnswerVote.objects.count()) == (-1, 1)
