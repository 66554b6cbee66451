"""Votes that are held or void: they do not count, casting them anew frees none, and they come back whole."""

from collections.abc import Callable
from functools import partial
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.visitors import Voter
from questions.models import Answer
from tests.counting import drifted
from tests.crowd import all_at_once
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    ModeratorFactory,
    QuestionFactory,
    UserFactory,
    VoteFactory,
    VoteRingFactory,
)
from tests.reading import Page
from voting.models import AnswerVote, NetworkKey, VoteRing
from voting.recount import recount_votes
from voting.rings import Found, decide_ring, hold_votes
from voting.services import adopt_visitor_votes, cast_vote

UP, DOWN = 1, -1
HELD, VOID, COUNTED = AnswerVote.State.HELD, AnswerVote.State.VOID, AnswerVote.State.COUNTED

pytestmark = pytest.mark.django_db


def hold(*votes: AnswerVote, evidence: str = "burst") -> VoteRing | None:
    return hold_votes(Found(votes[0].answer.doctor_id, votes[0].value, [v.pk for v in votes], frozenset({evidence})))


def decide(ring: VoteRing | None, state: str, **more: object) -> VoteRing:
    assert ring is not None
    return decide_ring(ring.pk, **{"state": state, "reason": "Why.", "moderator": ModeratorFactory(), **more})


def tally(answer: Answer) -> tuple[int, int]:
    answer.refresh_from_db()
    return answer.score, answer.set_aside_count


# --- Counters and order ----------------------------------------------------------------------------------


def test_held_votes_do_not_count_and_are_told():
    answer = AnswerFactory()
    votes = VoteFactory.create_batch(3, answer=answer)
    VoteFactory(answer=answer, user=UserFactory(), visitor=None)

    ring = hold(*votes)

    assert tally(answer) == (1, 3)
    assert (ring.size, ring.evidence, ring.state) == (3, ["burst"], "held")
    assert drifted() == []


def test_the_order_follows_with_the_same_commit():
    question = QuestionFactory()
    first, second = AnswerFactory.create_batch(2, question=question)
    VoteFactory(answer=first)
    votes = VoteFactory.create_batch(5, answer=second)

    ring = hold(*votes)
    assert list(question.answers.order_by("-rank", "-pk")) == [first, second]

    decide(ring, "restored")
    assert list(question.answers.order_by("-rank", "-pk")) == [second, first]


def test_a_void_ring_stays_out_and_a_restored_one_counts_as_before():
    answer = AnswerFactory()
    votes = VoteFactory.create_batch(3, answer=answer, value=DOWN)
    ring = hold(*votes)

    decide(ring, "void")
    assert tally(answer) == (0, 3)

    ring = decide(ring, "restored", reason="An office.")
    assert tally(answer) == (-3, 0)
    assert (ring.state, ring.reason, ring.decided_by.is_staff, ring.size) == ("restored", "An office.", True, 3)

    decide(ring, "void")
    assert tally(answer) == (0, 3)
    assert drifted() == []


def test_votes_for_an_earlier_version_are_told_only_where_they_count():
    answer = AnswerFactory(version=1)
    votes = VoteFactory.create_batch(4, answer=answer)
    hold(*votes[:3])
    Answer.objects.filter(pk=answer.pk).update(version=2, earlier_vote_count=answer.votes.counted().count())

    assert drifted() == []
    assert list(recount_votes()) == []


def test_recount_replays_the_states():
    answer = AnswerFactory()
    votes = VoteFactory.create_batch(4, answer=answer)
    hold(*votes[:3])
    Answer.objects.update(set_aside_count=9, visitor_upvote_count=4)

    assert {d.column for d in recount_votes(mend=True)} == {"set_aside_count", "visitor_upvote_count"}
    assert tally(answer) == (1, 3)


def test_what_a_moderator_decided_is_not_held_again():
    answer = AnswerFactory()
    votes = VoteFactory.create_batch(3, answer=answer)
    decide(hold(*votes), "restored")

    assert hold(*votes) is None
    assert tally(answer) == (3, 0)
    assert VoteRing.objects.count() == 1


def test_more_of_the_same_joins_the_ring_that_waits():
    answer = AnswerFactory()
    first = hold(*VoteFactory.create_batch(3, answer=answer))

    more = VoteFactory.create_batch(2, answer=AnswerFactory(doctor=answer.doctor))
    second = hold(*more, evidence="network")

    assert (second, second.size, second.evidence) == (first, 5, ["burst", "network"])
    assert hold(*more) == first
    assert VoteRing.objects.get().size == 5


def test_only_votes_of_the_rings_doctor_and_value_are_held():
    answer = AnswerFactory()
    wanted, other, down = VoteFactory(answer=answer), VoteFactory(), VoteFactory(answer=answer, value=DOWN)

    hold(wanted, other, down)

    assert list(AnswerVote.objects.filter(state=HELD)) == [wanted]


# --- What its voter may do -------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["held", "void"])
def test_casting_anew_frees_no_vote(state: str):
    answer, user = AnswerFactory(), UserFactory()
    vote = VoteFactory(answer=answer, user=user, visitor=None)
    ring = hold(vote)
    if state == "void":
        decide(ring, "void")
    voter = Voter(user_id=user.pk)

    for value in (UP, DOWN, UP, 0, UP, 0, 0, UP):
        shown = cast_vote(answer_id=answer.pk, voter=voter, value=value)
        assert (shown.viewer_vote or 0) == value
        assert (shown.score, shown.set_aside_count) == (0, abs(value))

    vote.refresh_from_db()
    assert (vote.state, vote.value, vote.ring) == (state, UP, ring)
    assert drifted() == []


def test_what_was_taken_back_does_not_come_back_with_its_ring():
    answer = AnswerFactory()
    votes = VoteFactory.create_batch(3, answer=answer)
    ring = hold(*votes)

    cast_vote(answer_id=answer.pk, voter=Voter(visitor=votes[0].visitor), value=0)
    assert tally(answer) == (0, 2)

    decide(ring, "restored")
    assert tally(answer) == (2, 0)
    assert set(AnswerVote.objects.all()) == set(votes[1:])


def test_a_restored_vote_is_taken_back_like_any_other():
    vote = VoteFactory()
    decide(hold(vote), "restored")

    cast_vote(answer_id=vote.answer_id, voter=Voter(visitor=vote.visitor), value=0)

    assert not AnswerVote.objects.exists()


def test_signing_in_frees_no_vote():
    answer, user, visitor = AnswerFactory(), UserFactory(), uuid4()
    ring = hold(VoteFactory(answer=answer, visitor=visitor))

    adopt_visitor_votes(user_id=user.pk, voter=Voter(visitor=visitor))

    vote = AnswerVote.objects.get()
    assert (vote.user, vote.state, vote.ring) == (user, HELD, ring)
    assert tally(answer) == (0, 1)


def test_an_accounts_void_vote_outlives_a_visitors():
    answer, user, visitor = AnswerFactory(), UserFactory(), uuid4()
    decide(hold(VoteFactory(answer=answer, user=user, visitor=None)), "void")
    VoteFactory(answer=answer, visitor=visitor)

    adopt_visitor_votes(user_id=user.pk, voter=Voter(visitor=visitor))

    assert AnswerVote.objects.get().state == VOID
    assert tally(answer) == (0, 1)


def test_votes_of_an_account_that_goes_leave_the_ring_and_its_size():
    user = UserFactory()
    ring = hold(VoteFactory(user=user, visitor=None))

    user.delete()

    ring.refresh_from_db()
    assert (ring.size, ring.votes.count()) == (1, 0)


def test_a_doctor_who_goes_takes_answers_votes_and_rings_along():
    vote = VoteFactory(answer=AnswerFactory(doctor=DoctorFactory(verified=False, licence=False)))
    hold(vote)

    vote.answer.doctor.answers.all().delete()
    vote.answer.doctor.delete()

    assert not VoteRing.objects.exists()


# --- Who decides -----------------------------------------------------------------------------------------


def test_only_staff_decide_and_nobody_on_votes_for_themselves():
    staff = ModeratorFactory()
    ring = hold(VoteFactory(answer=AnswerFactory(doctor=DoctorFactory(user=staff))))

    for nobody in (UserFactory(), staff):
        with pytest.raises(PermissionDenied):
            decide(ring, "restored", moderator=nobody)

    ring.refresh_from_db()
    assert ring.state == "held"


# --- What readers see ------------------------------------------------------------------------------------


def test_the_page_says_how_many_are_set_aside(client: Client):
    answer = AnswerFactory()
    address = answer.question.get_absolute_url()
    assert "hidden" in Page(client.get(address)).all("p", id=f"aside-{answer.pk}")[0]

    hold(*VoteFactory.create_batch(12, answer=answer))

    assert "12 votes set aside." in Page(client.get(address))


def test_the_reply_to_a_vote_says_it_too(client: Client):
    answer, user = AnswerFactory(), UserFactory()
    client.force_login(user)
    hold(VoteFactory(answer=answer, user=user, visitor=None))
    headers = {"Sec-Fetch-Site": "same-origin", "HX-Request": "true"}

    page = Page(client.post(reverse("voting:cast_vote", args=[answer.pk]), {"value": -1}, headers=headers))

    assert "1 vote set aside." in page
    assert "Score: +0" in page


# --- At once ---------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_votes_that_are_cast_while_a_ring_is_held_and_decided_are_all_counted_right():
    answers = AnswerFactory.create_batch(3, doctor=DoctorFactory(import_key="id:1"))
    votes = [VoteFactory(answer=answers[n % 3]) for n in range(12)]
    moderator = ModeratorFactory()

    def turn(vote: AnswerVote) -> None:
        for value in (DOWN, 0, UP, 0, UP):
            cast_vote(answer_id=vote.answer_id, voter=Voter(visitor=vote.visitor), value=value)

    def work() -> None:
        for state in ("void", "restored"):
            if ring := hold(*votes):
                decide_ring(ring.pk, state=state, reason="Why.", moderator=moderator)

    def adopt(vote: AnswerVote) -> None:
        adopt_visitor_votes(user_id=moderator.pk, voter=Voter(visitor=vote.visitor))

    calls = [*(partial(turn, vote) for vote in votes), work, work, partial(adopt, votes[0]), partial(adopt, votes[1])]
    outcomes = all_at_once(calls)

    assert outcomes == [None] * len(calls)
    assert drifted() == []
    assert list(recount_votes()) == []


@pytest.mark.django_db(transaction=True)
def test_two_who_find_the_same_hold_it_once():
    votes = VoteFactory.create_batch(1)
    votes += VoteFactory.create_batch(5, answer=votes[0].answer)

    outcomes = all_at_once([partial(hold, *votes)] * 8)

    assert not [each for each in outcomes if isinstance(each, Exception)]
    assert VoteRing.objects.get().size == 6


# --- The tables ------------------------------------------------------------------------------------------


def test_a_ring_and_a_key_say_what_they_are():
    ring = VoteRingFactory(doctor__name="Ada Lovelace", doctor__credentials="MD")

    assert str(ring) == f"Ring {ring.pk}: 0 votes +1 on {ring.doctor}"
    assert str(NetworkKey(period=12, secret=b"x")) == "Key of period 12"


BROKEN: dict[str, Callable[[], object]] = {
    "vote_is_up_or_down": lambda: VoteFactory(value=0),
    "vote_state_is_known": lambda: VoteFactory(state="lost", ring=VoteRingFactory()),
    "vote_set_aside_belongs_to_a_ring": lambda: VoteFactory(state="held"),
    "ring_state_is_known": lambda: VoteRingFactory(state="lost", decided_at=timezone.now(), reason="Why."),
    "ring_is_up_or_down": lambda: VoteRingFactory(value=0),
    "ring_has_evidence": lambda: VoteRingFactory(evidence=[]),
    "ring_decided_has_date_and_reason": lambda: VoteRingFactory(state="void"),
    "one_waiting_ring_per_target": lambda: VoteRingFactory.create_batch(2, doctor=DoctorFactory()),
}


@pytest.mark.parametrize("constraint", BROKEN)
def test_the_tables_refuse_what_is_no_ring(constraint: str):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        BROKEN[constraint]()
