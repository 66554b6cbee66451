"""``find_vote_rings``: what it sets aside and what it leaves alone, on rows; and a small world of both."""

import io
import random
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import User
from bench.ring_world import ATTACKS, World
from bench.rings import judge
from moderation.models import Case
from questions.models import Answer, Question
from tests.counting import drifted
from tests.crowd import all_at_once
from tests.factories import AnswerFactory, DoctorFactory, QuestionFactory, UserFactory
from voting.demo import Demo
from voting.effect import effect_of
from voting.models import AnswerVote, VoteRing
from voting.networks import period_of
from voting.rings import find_rings, hold_rings
from voting.tasks import erase_old_networks, find_vote_rings

pytestmark = pytest.mark.django_db

chance = random.Random(7)


def network(name: str) -> UUID:
    return UUID(int=random.Random(name).getrandbits(128))


def made_vote(answer: Answer, name: str, *, hours_ago: float = 30, browser: int | None = None, **fields) -> AnswerVote:
    at = timezone.now() - timedelta(hours=hours_ago)
    return AnswerVote(
        **{"answer": answer, "value": 1, "voted_at": at, "visitor": None if "user" in fields else uuid4(), **fields},
        network=network(f"{name} {period_of(at)}"),
        network_before=network(f"{name} {period_of(at) - 1}"),
        browser=chance.randrange(4096) if browser is None else browser,
    )


def vote(answer: Answer, name: str, **fields) -> AnswerVote:
    """Write a vote from a network, some hours ago; a visitor's, unless a user is given."""
    made = made_vote(answer, name, **fields)
    made.save()
    return made


@pytest.fixture
def answer() -> Answer:
    """An answer among others, on a site where people vote all the time."""
    question = QuestionFactory()
    answers = [AnswerFactory(question=question, doctor=DoctorFactory(import_key=f"id:{n}")) for n in range(20)]
    AnswerVote.objects.bulk_create(
        made_vote(answers[n % 20], f"home {n % 400}", hours_ago=1 + n * 0.7, value=-1 if n % 8 == 0 else 1)
        for n in range(480)
    )
    return answers[0]


def held() -> set[AnswerVote]:
    return set(AnswerVote.objects.filter(state="held"))


# --- What is found ---------------------------------------------------------------------------------------


def test_where_people_vote_as_they_do_nothing_is_found(answer: Answer):
    assert hold_rings() == []


def test_one_browser_that_clears_its_cookies(answer: Answer):
    wanted = {vote(answer, "den", hours_ago=20 + n / 3, browser=9) for n in range(12)}

    (ring,) = hold_rings()

    assert held() == wanted
    assert "browser" in ring.evidence
    assert (ring.doctor, ring.value, ring.size) == (answer.doctor, 1, 12)
    assert drifted() == []


def test_new_accounts_that_come_within_an_hour(answer: Answer):
    joined = timezone.now() - timedelta(2)
    wanted = {
        vote(answer, f"proxy {n % 5}", hours_ago=20 + n / 20, user=UserFactory(date_joined=joined)) for n in range(20)
    }

    (ring,) = hold_rings()

    assert wanted <= held()
    assert {"burst", "new"} <= set(ring.evidence)


def test_a_slow_ring_behind_a_few_networks(answer: Answer):
    wanted = {vote(answer, f"proxy {n % 4}", hours_ago=10 + n * 13) for n in range(24)}

    (ring,) = hold_rings()

    assert wanted <= held()
    assert "network" in ring.evidence


def test_a_raid_of_votes_against(answer: Answer):
    wanted = {vote(answer, f"far {n}", hours_ago=20 + n / 10, value=-1) for n in range(25)}

    (ring,) = hold_rings()

    assert wanted <= held()
    assert (ring.value, ring.doctor) == (-1, answer.doctor)


def test_puppets_that_vote_for_one_doctor_again_and_again(answer: Answer):
    answers = [AnswerFactory(doctor=answer.doctor) for _ in range(6)]
    puppets = [UserFactory(date_joined=timezone.now() - timedelta(90)) for _ in range(5)]
    wanted = {
        vote(each, "practice", hours_ago=5 + n * 11, user=puppet)
        for puppet in puppets
        for n, each in enumerate(answers)
    }

    (ring,) = hold_rings()

    assert held() == wanted
    assert "devoted" in ring.evidence


def test_a_pair_that_votes_for_each_other(answer: Answer):
    pair = [DoctorFactory(user=UserFactory()) for _ in range(2)]
    theirs = {each: [AnswerFactory(doctor=each) for _ in range(5)] for each in pair}
    for giver, taker in (pair, pair[::-1]):
        for n, each in enumerate(theirs[taker]):
            vote(each, f"practice {giver.pk}", hours_ago=9 + n * 30, user=giver.user)

    rings = hold_rings()

    assert [(ring.doctor, ring.evidence, ring.size) for ring in rings] == [(each, ["pair"], 5) for each in pair]


def test_one_doctor_who_admires_another_is_no_pair(answer: Answer):
    doctor = DoctorFactory(user=UserFactory())
    for n in range(5):
        vote(AnswerFactory(doctor=answer.doctor), "practice", hours_ago=9 + n * 30, user=doctor.user)

    assert hold_rings() == []


# --- What is left alone ----------------------------------------------------------------------------------


def test_a_day_on_which_everybody_votes_for_one_answer(answer: Answer):
    for n in range(300):
        vote(answer, f"viral {n % 250}", hours_ago=26 + chance.uniform(0, 10), value=-1 if n % 12 == 0 else 1)

    assert hold_rings() == []


@pytest.mark.parametrize(("place", "many", "browsers"), [("campus", 25, 60), ("office", 9, 4)])
def test_many_who_share_one_network(answer: Answer, place: str, many: int, browsers: int):
    for n in range(many):
        vote(answer, place, hours_ago=20 + n / many, browser=n % browsers)

    assert hold_rings() == []


def test_votes_without_a_network_are_judged_by_the_rest(answer: Answer):
    AnswerVote.objects.update(network=None, network_before=None, browser=None)

    assert hold_rings() == []


def test_what_a_moderator_restored_is_no_evidence(answer: Answer):
    for n in range(12):
        vote(answer, "den", hours_ago=20 + n / 3, browser=9)
    (ring,) = hold_rings()
    ring.votes.update(state="counted")
    VoteRing.objects.update(state="restored", reason="A class.", decided_at=timezone.now())

    assert hold_rings() == []


def test_votes_older_than_15_days_are_not_looked_at(answer: Answer):
    for n in range(12):
        vote(answer, "den", hours_ago=24 * 15 + 1 + n / 3, browser=9)

    assert hold_rings() == []


# --- Runs ------------------------------------------------------------------------------------------------


def test_a_second_run_finds_only_what_is_new(answer: Answer):
    for n in range(12):
        vote(answer, "den", hours_ago=20 + n / 3, browser=9)
    (ring,) = hold_rings()
    assert hold_rings() == []

    late = vote(answer, "den", hours_ago=1, browser=9)

    assert hold_rings() == [ring]
    assert late in held()
    assert VoteRing.objects.get().size == 13


def test_the_command_tells_first_and_holds_then(answer: Answer):
    for n in range(12):
        vote(answer, "den", hours_ago=20 + n / 3, browser=9)
    out = io.StringIO()

    call_command("find_vote_rings", "--dry-run", stdout=out)
    assert f"doctor {answer.doctor_id}, +1: 12 votes" in out.getvalue()
    assert "one browser that clears its cookies" in out.getvalue()
    assert not VoteRing.objects.exists()

    call_command("find_vote_rings", stdout=out)
    assert out.getvalue().endswith("1 rings wait for a moderator.\n")
    assert len(held()) == 12


def test_the_night_looks_for_rings_and_throws_keys_away(answer: Answer):
    for n in range(12):
        vote(answer, "den", hours_ago=20 + n / 3, browser=9)
    find_vote_rings(timestamp=0)
    AnswerVote.objects.update(voted_at=timezone.now() - timedelta(31))
    erase_old_networks(timestamp=0)

    assert len(held()) == 12
    assert not AnswerVote.objects.exclude(network=None, network_before=None, browser=None).exists()


def test_a_search_leaves_no_table_behind(answer: Answer):
    assert list(find_rings()) == list(find_rings())


@pytest.mark.django_db(transaction=True)
def test_two_searches_at_once_hold_each_vote_once():
    answers = AnswerFactory.create_batch(3)
    for n in range(60):
        vote(answers[n % 3], f"home {n}", hours_ago=1 + n * 5)
    for n in range(12):
        vote(answers[0], "den", hours_ago=20 + n / 3, browser=9)

    outcomes = all_at_once([partial(hold_rings)] * 3)

    assert not [each for each in outcomes if isinstance(each, Exception)]
    assert VoteRing.objects.get().size == len(held()) == 12
    assert drifted() == []


# --- A world ---------------------------------------------------------------------------------------------


def test_in_a_small_world_attacks_are_caught_and_honest_people_left_alone():
    """The long form, with figures: ``make drill``."""
    world = World(42, voters=1500)
    world.write()

    outcome = judge(world)

    assert User.objects.count() > 300
    assert {attack: outcome.held_share(attack) >= 90 for attack in ATTACKS} == dict.fromkeys(ATTACKS, True)
    assert outcome.held_share("honest") <= 2
    assert outcome.held_share("viral") <= 3
    assert drifted() == []


def test_the_demo_has_one_ring_for_a_moderator_to_find():
    Demo().write()

    ring = VoteRing.objects.get()
    voted = Answer.objects.get(votes__ring=ring, votes__id=ring.votes.earliest("pk").pk)

    assert (ring.state, ring.size, voted.set_aside_count) == ("held", 12, 12)
    assert any(place.moves for places in effect_of(ring) for place in places)
    assert hold_rings() == []
    assert drifted() == []


def test_the_demo_has_a_question_that_waits_and_an_answer_that_was_reported():
    Demo().write()

    question = Question.objects.get(state="held")
    assert question.held_for == ["link"]
    causes = {case.cause: case for case in Case.objects.open()}
    assert (causes["held"].subject_id, causes["held"].subject_kind) == (question.pk, "questions.question")
    reported = Answer.objects.get(pk=causes["reports"].subject_id)
    assert (reported.state, causes["reports"].report_count) == ("published", 3)
