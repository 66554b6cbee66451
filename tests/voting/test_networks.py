"""What is kept to judge votes by: digests that can be compared for 15 days, are gone after 30, and name no address."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from questions.models import Answer
from tests.crowd import all_at_once
from tests.factories import AnswerFactory, VoteFactory, VoteRingFactory
from voting import networks
from voting.models import AnswerVote, NetworkKey
from voting.networks import PERIOD, Trace, beginning_of, digest, erase_old_networks, period_of, trace_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_key_is_known_yet() -> None:
    networks._secrets.clear()


def request_from(address: str, browser: str = "A browser"):
    return RequestFactory().get("/", REMOTE_ADDR=address, headers={"User-Agent": browser, "Accept-Language": "en"})


def vote(client: Client, answer: Answer, address: str = "192.0.2.77", browser: str = "A browser") -> AnswerVote:
    headers = {"Sec-Fetch-Site": "same-origin", "User-Agent": browser}
    client.post(reverse("voting:cast_vote", args=[answer.pk]), {"value": 1}, headers=headers, REMOTE_ADDR=address)
    return AnswerVote.objects.latest("pk")


def test_a_vote_carries_digests_and_no_address():
    cast = vote(Client(), AnswerFactory())

    assert cast.network
    assert cast.network_before
    assert cast.network != cast.network_before
    assert cast.browser is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT v::text, k::text FROM voting_answervote v CROSS JOIN voting_networkkey k")
        assert "192.0.2" not in str(cursor.fetchall())


def test_one_network_has_one_digest_and_others_have_others():
    answer = AnswerFactory()

    home, next_door, abroad, six = (
        vote(Client(), answer, address).network for address in ("192.0.2.1", "192.0.2.9", "203.0.113.1", "2001:db8::1")
    )

    assert home == next_door
    assert len({home, abroad, six}) == 3


def test_two_browsers_of_a_network_can_be_told_apart():
    answer = AnswerFactory()

    first, again, other = (vote(Client(), answer, browser=name).browser for name in ("One", "One", "Another"))

    assert first == again != other
    assert 0 <= first < 4096


def test_votes_within_15_days_can_be_compared_and_later_ones_cannot(monkeypatch):
    asked, now = request_from("192.0.2.1"), timezone.now()

    def trace_in(days: int) -> Trace:
        monkeypatch.setattr(networks.timezone, "now", lambda: now + timedelta(days=days))
        return trace_of(asked)

    today, soon, late = trace_in(0), trace_in(15), trace_in(31)

    assert today.network == soon.network_before
    assert not {today.network, today.network_before} & {late.network, late.network_before}


def test_the_key_alone_gives_no_digest_back(settings):
    period = period_of(timezone.now())
    before = digest("192.0.2.0/24", period)

    settings.SECRET_KEY = "another" * 10

    assert digest("192.0.2.0/24", period) != before


def test_a_vote_that_is_turned_is_judged_by_where_it_was_turned():
    answer, client = AnswerFactory(), Client()
    first = vote(client, answer, "192.0.2.1")

    headers = {"Sec-Fetch-Site": "same-origin"}
    client.post(
        reverse("voting:cast_vote", args=[answer.pk]), {"value": -1}, headers=headers, REMOTE_ADDR="203.0.113.1"
    )

    assert AnswerVote.objects.get().network not in (None, first.network)


def test_keys_and_digests_are_gone_after_30_days_at_the_latest():
    present = period_of(timezone.now())
    digest("192.0.2.0/24", present - 1)
    old, before, now = (VoteFactory() for _ in range(3))
    for made, period in ((old, present - 2), (before, present - 1), (now, present)):
        NetworkKey.objects.get_or_create(period=period, defaults={"secret": b"x" * 32})
        fields = {"voted_at": beginning_of(period), "network": digest("a", period), "browser": 7}
        AnswerVote.objects.filter(pk=made.pk).update(network_before=digest("a", period - 1), **fields)
    score_stamp = "SELECT xmin FROM questions_answer WHERE id = %s"
    with connection.cursor() as cursor:
        cursor.execute(score_stamp, [old.answer_id])
        stamp = cursor.fetchone()

        assert erase_old_networks() == 3

        cursor.execute(score_stamp, [old.answer_id])
        assert cursor.fetchone() == stamp
    left = [tuple(map(bool, row)) for row in AnswerVote.objects.order_by("pk").values_list("network", "network_before")]
    assert left == [(False, False), (True, False), (True, True)]
    assert [each.browser for each in AnswerVote.objects.order_by("pk")] == [None, 7, 7]
    assert set(NetworkKey.objects.values_list("period", flat=True)) == {present - 1, present}
    assert (timezone.now() - beginning_of(present - 1)) <= 2 * PERIOD
    assert erase_old_networks() == 0


def test_a_vote_taken_back_while_it_is_held_keeps_nothing_of_its_network(client: Client):
    answer = AnswerFactory()
    cast = vote(client, answer)
    VoteRingFactory(doctor=answer.doctor, votes=[cast])

    client.post(reverse("voting:cast_vote", args=[answer.pk]), {"value": 0}, headers={"Sec-Fetch-Site": "same-origin"})

    cast.refresh_from_db()
    assert (cast.value, cast.network, cast.network_before, cast.browser) == (0, None, None, None)


@pytest.mark.django_db(transaction=True)
def test_all_who_need_a_key_at_once_get_the_same(monkeypatch):
    class Forgetful(dict):
        def __contains__(self, key: object) -> bool:
            return False

    monkeypatch.setattr(networks, "_secrets", Forgetful())

    digests = all_at_once([partial(digest, "192.0.2.0/24", 7)] * 12)

    assert len(set(digests)) == 1
    assert NetworkKey.objects.count() == 1
