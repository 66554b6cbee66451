"""VOTES_PER_NETWORK: so many votes a day from one network, exactly."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.models import Limit
from questions.models import Answer
from questions.services import hide_answer
from tests.crowd import all_at_once
from tests.factories import AnswerFactory, UserFactory
from tests.reading import Page
from voting.models import AnswerVote

PROOF = {"Sec-Fetch-Site": "same-origin"}
HTMX = {**PROOF, "HX-Request": "true"}


def vote(client: Client, answer: Answer, value: int = 1, headers: dict = PROOF, **extra: str) -> HttpResponse:
    return client.post(reverse("voting:cast_vote", args=[answer.pk]), {"value": value}, headers=headers, **extra)


@pytest.mark.django_db(transaction=True)
def test_of_many_votes_at_once_exactly_so_many_pass(settings):
    settings.VOTES_PER_NETWORK = 8
    answer = AnswerFactory()

    outcomes = all_at_once([lambda: vote(Client(), answer).status_code] * 24)

    assert sorted(outcomes) == [303] * 8 + [429] * 16
    answer.refresh_from_db()
    assert (answer.score, AnswerVote.objects.count()) == (8, 8)


@pytest.mark.django_db
def test_0_means_no_limit(settings):
    settings.VOTES_PER_NETWORK = 0
    answer = AnswerFactory()

    assert {vote(Client(), answer).status_code for _ in range(30)} == {303}
    assert not Limit.objects.exists()


@pytest.mark.django_db
def test_over_the_limit_the_reply_says_when_to_try_again(settings, client: Client):
    settings.VOTES_PER_NETWORK = 1
    answer = AnswerFactory()
    vote(Client(), answer)

    response = vote(client, answer)

    assert response.status_code == 429
    assert 86_000 < int(response["Retry-After"]) <= 86_400
    assert "Try again in 24 hours" in Page(response)
    assert not response.cookies
    assert "Cache-Control" in response
    assert "public" not in response["Cache-Control"]


@pytest.mark.django_db
def test_over_the_limit_htmx_gets_the_buttons_with_the_true_score_and_a_note(settings, client: Client):
    settings.VOTES_PER_NETWORK = 1
    answer = AnswerFactory()
    vote(client, answer, -1)

    response = vote(client, answer, 1, HTMX)

    page = Page(response)
    assert (response.status_code, int(response["Retry-After"]) > 0) == (429, True)
    assert "Score: \u22121" in page
    assert "Your vote was not counted" in page
    assert page.all("p", role="alert")
    assert [tag["aria-pressed"] for tag in page.all("button")] == ["false", "true"]


@pytest.mark.django_db
def test_over_the_limit_a_hidden_answer_is_still_gone_and_an_unknown_one_not_found(settings, client: Client):
    settings.VOTES_PER_NETWORK = 1
    hidden, held = AnswerFactory(), AnswerFactory(state="held")
    hide_answer(answer_id=hidden.pk, rule=1, reason="An insult.", moderator=None)
    vote(client, AnswerFactory())

    assert vote(client, hidden, 1, HTMX).status_code == 410
    assert vote(client, held, 1, HTMX).status_code == 404


@pytest.mark.django_db
def test_taking_a_vote_back_is_never_limited(settings, client: Client):
    settings.VOTES_PER_NETWORK = 1
    answer = AnswerFactory()
    vote(client, answer)

    responses = [vote(client, answer, 0).status_code for _ in range(5)]

    assert responses == [303] * 5
    assert not AnswerVote.objects.exists()


@pytest.mark.django_db
def test_each_network_has_its_own_limit(settings):
    settings.VOTES_PER_NETWORK = 1
    answer = AnswerFactory()

    statuses = [
        vote(Client(), answer, REMOTE_ADDR=address).status_code
        for address in (
            "192.0.2.1",
            "192.0.2.200",
            "198.51.100.1",
            "2001:db8:1::1",
            "2001:db8:1:ffff::1",
            "2001:db8:2::1",
        )
    ]

    assert statuses == [303, 429, 303, 303, 429, 303]


@pytest.mark.django_db
def test_a_forged_header_opens_no_new_network(settings):
    settings.VOTES_PER_NETWORK = 1
    answer = AnswerFactory()

    statuses = [
        vote(Client(), answer, headers={**PROOF, "X-Forwarded-For": f"203.0.{n}.1"}).status_code for n in range(3)
    ]

    assert statuses == [303, 429, 429]


@pytest.mark.django_db
def test_what_is_refused_for_want_of_proof_uses_nothing_up(settings, client: Client):
    settings.VOTES_PER_NETWORK = 1
    answer = AnswerFactory()

    vote(client, answer, headers={})
    vote(client, answer, 7)

    assert vote(client, answer).status_code == 303


@pytest.mark.django_db
def test_the_limit_stores_no_address(settings, client: Client):
    settings.VOTES_PER_NETWORK = 1
    vote(client, AnswerFactory(), REMOTE_ADDR="192.0.2.77")

    assert not [limit for limit in Limit.objects.all() if "192.0.2" in limit.key]


@pytest.mark.django_db
def test_tomorrow_the_network_votes_again(settings):
    settings.VOTES_PER_NETWORK = 1
    answer = AnswerFactory()
    vote(Client(), answer)
    Limit.objects.update(resets_at=F("resets_at") - timedelta(days=1))

    assert vote(Client(), answer).status_code == 303


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "most"), [(0, 3), (3, 5), (30, 8)])
def test_a_young_account_has_fewer_votes_a_day(monkeypatch, client: Client, days: int, most: int):
    monkeypatch.setattr(services, "VOTES_BY_AGE", ((timedelta(days=1), 3), (timedelta(days=7), 5)))
    answer = AnswerFactory()
    client.force_login(UserFactory(date_joined=timezone.now() - timedelta(days=days)))

    statuses = [vote(client, answer, 1 - 2 * (n % 2)).status_code for n in range(8)]

    assert statuses == [303] * most + [429] * (8 - most)


@pytest.mark.django_db
def test_one_browser_that_begins_anew_each_time_is_stopped_before_its_network(settings):
    settings.VOTES_PER_NETWORK = 240
    answer = AnswerFactory()

    statuses = [
        vote(Client(), answer, headers={**PROOF, "User-Agent": name}).status_code for name in ["One"] * 14 + ["Other"]
    ]

    assert statuses == [303] * 12 + [429] * 2 + [303]
    known = Client()
    vote(known, answer, headers={**PROOF, "User-Agent": "Known"})
    assert {vote(known, answer, -1, {**PROOF, "User-Agent": "One"}).status_code for _ in range(5)} == {303}
