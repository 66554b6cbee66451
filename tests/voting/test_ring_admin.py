"""Rings in the admin: what a moderator sees of one, and the one action that voids or restores it."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from moderation.models import AuditEntry
from questions.models import Answer
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    QuestionFactory,
    UserFactory,
    VoteFactory,
    VoteRingFactory,
    sign_in,
)
from tests.reading import Page
from voting.effect import effect_of, rank_of
from voting.models import AnswerVote, VoteRing
from voting.rings import decide_ring

pytestmark = pytest.mark.django_db

LIST = "/admin/voting/votering/"


@pytest.fixture
def ring() -> VoteRing:
    """Five votes that put the second of two answers first."""
    question = QuestionFactory(title="How long?")
    first = AnswerFactory(question=question, doctor__name="Ada Lovelace")
    second = AnswerFactory(question=question, doctor__name="Grace Hopper")
    VoteFactory.create_batch(2, answer=first)
    votes = VoteFactory.create_batch(5, answer=second)
    return VoteRingFactory(doctor=second.doctor, votes=votes, evidence=["burst", "network"])


def act(client: Client, ring: VoteRing, action: str, **more: str):
    return client.post(LIST, {"action": action, "_selected_action": str(ring.pk), **more})


def score_of(ring: VoteRing) -> int:
    return Answer.objects.get(doctor=ring.doctor).score


def test_the_page_shows_why_and_what_the_votes_do_to_the_order(admin_client: Client, ring: VoteRing):
    page = Page(admin_client.get(f"{LIST}{ring.pk}/change/"))

    assert "many votes at once on one target; shared networks" in page
    assert "Dr Grace Hopper (moves) 5 2 1 +0 +5" in page
    assert "Dr Ada Lovelace (moves) 0 1 2 +2 +2" in page
    assert "Now the answers stand as they do without these votes." in page
    assert "5 votes" in page
    assert not page.all("input", name="_save")


def test_the_rank_that_is_told_is_the_one_that_the_database_computes():
    answer = AnswerFactory(imported_upvote_count=7, imported_downvote_count=2)
    for n in range(9):
        VoteFactory(answer=answer, value=1 if n % 3 else -1)
        VoteFactory(answer=answer, user=UserFactory(), visitor=None, value=-1 if n % 4 else 1)
    answer.refresh_from_db()

    assert rank_of(vars(answer)) == pytest.approx(answer.rank, abs=1e-12)


def test_the_places_are_the_same_before_and_after_the_decision(ring: VoteRing, admin_user):
    before = effect_of(ring)

    decide_ring(ring.pk, state="restored", reason="An office.", moderator=admin_user)

    entry = AuditEntry.objects.get(action="ring.decide")
    assert (entry.actor_id, entry.subject_id, entry.after) == (admin_user.pk, ring.pk, {"state": "restored"})
    ring.refresh_from_db()
    strip = lambda effect: [[(p.answer.pk, p.place_with, p.place_without, p.score_with) for p in q] for q in effect]  # noqa: E731
    assert strip(effect_of(ring)) == strip(before)


@pytest.mark.parametrize(("action", "state", "score"), [("void_chosen", "void", 0), ("restore_chosen", "restored", 5)])
def test_one_action_voids_or_restores_all(
    admin_client: Client, admin_user, ring: VoteRing, action: str, state: str, score: int
):
    asked = act(admin_client, ring, action)
    assert (asked.status_code, VoteRing.objects.get().state) == (200, "held")
    empty = act(admin_client, ring, action, decide="1", reason=" ")
    assert empty.status_code == 422
    assert "Write why, in one sentence." in Page(empty)

    done = act(admin_client, ring, action, decide="1", reason="It was a class of students.")

    assert done.status_code == 302
    ring.refresh_from_db()
    assert (ring.state, ring.reason, ring.decided_by) == (state, "It was a class of students.", admin_user)
    assert ring.decided_at is not None
    assert score_of(ring) == score


def test_the_buttons_of_the_page_lead_to_the_reason(admin_client: Client, ring: VoteRing):
    forms = Page(admin_client.get(f"{LIST}{ring.pk}/change/")).forms

    assert [form["data"]["_selected_action"] for form in forms if "_selected_action" in form["data"]] == [str(ring.pk)]


def test_what_is_void_already_is_not_voided_twice(admin_client: Client, ring: VoteRing):
    act(admin_client, ring, "void_chosen", decide="1", reason="One hand.")

    response = admin_client.post(LIST, {"action": "void_chosen", "_selected_action": str(ring.pk)}, follow=True)

    assert "Nothing to do" in Page(response)


def test_nothing_of_a_ring_or_a_vote_is_written_by_hand(admin_client: Client, ring: VoteRing):
    vote = AnswerVote.objects.filter(ring=ring).first()
    for address in (f"{LIST}{ring.pk}/change/", f"/admin/voting/answervote/{vote.pk}/change/"):
        assert admin_client.post(address, {"state": "restored", "value": "-1"}).status_code == 403
    assert score_of(ring) == 0


def test_who_may_only_look_decides_nothing(client: Client, ring: VoteRing):
    user = UserFactory(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_votering"))
    sign_in(client, user)

    page = Page(client.get(f"{LIST}{ring.pk}/change/"))
    act(client, ring, "restore_chosen", decide="1", reason="Why.")

    assert "Effect on the order of answers" in page
    assert "Restore all votes" not in page
    assert score_of(ring) == 0


def test_nobody_decides_on_votes_for_their_own_answers(client: Client):
    user = UserFactory(is_staff=True, is_superuser=True)
    vote = VoteFactory(answer=AnswerFactory(doctor=DoctorFactory(user=user)))
    ring = VoteRingFactory(doctor=vote.answer.doctor, votes=[vote])
    sign_in(client, user)

    response = client.post(
        LIST,
        {"action": "restore_chosen", "_selected_action": str(ring.pk), "decide": "1", "reason": "Mine."},
        follow=True,
    )

    assert "Somebody else decides on this one" in Page(response)
    ring.refresh_from_db()
    assert ring.state == "held"
