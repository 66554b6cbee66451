"""Long drills: `make drill`. Each ends in its figures; the suite holds a short form of each."""

import os
import random
import signal
import threading
import time
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import DatabaseError, connection, connections

from accounts.models import User
from accounts.visitors import Voter
from qa_forum import embedded_postgres
from questions.models import Answer
from tests.counting import drifted
from tests.factories import AnswerFactory
from voting.models import AnswerVote
from voting.services import adopt_visitor_votes, cast_vote

THREADS = 16
STORM_SECONDS = 60
CRASHES = 10

pytestmark = [pytest.mark.drill, pytest.mark.django_db(transaction=True)]


class Voting(threading.Thread):
    """Votes as fast as it can until told to stop, and remembers what each reply confirmed."""

    def __init__(self, answers: list[int], voters: list[Voter], stop: threading.Event, seed: int) -> None:
        super().__init__()
        self.answers, self.voters, self.stop, self.chance = answers, voters, stop, random.Random(seed)
        self.confirmed: dict[tuple[int, Voter], int] = {}
        self.unsure: set[tuple[int, Voter]] = set()
        self.count = 0

    def run(self) -> None:
        while not self.stop.is_set():
            key = self.chance.choice(self.answers), self.chance.choice(self.voters)
            value = self.chance.choice([1, 1, -1, 0])
            try:
                cast_vote(answer_id=key[0], voter=key[1], value=value)
            except (DatabaseError, psycopg.Error):
                # The server died in the middle: the vote may or may not have been committed.
                self.unsure.add(key)
                connections.close_all()
                time.sleep(0.2)
            else:
                self.unsure.discard(key)
                self.confirmed[key] = value
                self.count += 1
        connections.close_all()


def start_voting(answers: list[Answer], stop: threading.Event) -> list[Voting]:
    """Start threads whose voters are their own, so that each knows what its last vote was."""
    users = User.objects.bulk_create(
        User(email=f"drill{n}@mail.example", pen_name=f"drill_{n}", password="!") for n in range(THREADS * 5)
    )
    threads = []
    for n in range(THREADS):
        voters = [Voter(user_id=user.pk) for user in users[n * 5 : n * 5 + 5]]
        voters += [Voter(visitor=uuid4()) for _ in range(5)]
        threads.append(Voting([answer.pk for answer in answers], voters, stop, seed=n))
    for thread in threads:
        thread.start()
    return threads


def lost_votes(threads: list[Voting]) -> list[tuple[int, Voter]]:
    """Return the confirmed votes that the database does not hold as confirmed."""
    held: dict[tuple[int, int | UUID | None], int] = {
        (vote.answer_id, vote.user_id or vote.visitor): vote.value for vote in AnswerVote.objects.all()
    }
    return [
        key
        for thread in threads
        for key, value in thread.confirmed.items()
        if key not in thread.unsure and held.get((key[0], key[1].kind_and_key[1]), 0) != value
    ]


def test_a_storm_of_votes_is_counted_exactly():
    answers = [AnswerFactory() for _ in range(5)]
    stop = threading.Event()
    threads = start_voting(answers, stop)
    deadline, signed_in = time.monotonic() + STORM_SECONDS, 0
    while time.monotonic() < deadline:
        # Somebody signs in with votes as a visitor, in the middle of it all.
        visitor = Voter(visitor=uuid4())
        user = User.objects.create(email=f"in{signed_in}@mail.example", pen_name=f"in_{signed_in}", password="!")
        for answer in answers:
            cast_vote(answer_id=answer.pk, voter=visitor, value=1)
        adopt_visitor_votes(user_id=user.pk, voter=visitor)
        signed_in += 1
    stop.set()
    for thread in threads:
        thread.join(60)

    assert lost_votes(threads) == []
    assert drifted() == []
    votes = sum(thread.count for thread in threads)
    print(f"\nstorm: {votes} votes by {THREADS} threads in {STORM_SECONDS} s, {signed_in} sign-ins, 0 lost, 0 drifted")


@pytest.mark.skipif(not embedded_postgres.is_used(), reason="kills the server: only the embedded one is ours to kill")
def test_a_crash_of_the_server_loses_no_confirmed_vote(caplog: pytest.LogCaptureFixture):
    caplog.set_level("ERROR", "psycopg.pool")  # It warns of each connection that is cut off here on purpose.
    answers = [AnswerFactory() for _ in range(5)]
    stop = threading.Event()
    threads = start_voting(answers, stop)
    for _ in range(CRASHES):
        time.sleep(1)
        os.kill(postmaster(), signal.SIGKILL)
        embedded_postgres.ensure_running()
    time.sleep(1)
    stop.set()
    for thread in threads:
        thread.join(60)
    connection.close()

    assert lost_votes(threads) == []
    assert drifted() == []
    votes, unsure = sum(thread.count for thread in threads), sum(len(thread.unsure) for thread in threads)
    print(f"\ncrash: {CRASHES} kills among {votes} confirmed votes, 0 lost, 0 drifted, {unsure} cut off unconfirmed")


def postmaster() -> int:
    """Return the process id of the embedded server."""
    return int((embedded_postgres.data_dir() / "postmaster.pid").read_text().split()[0])
