"""What the search for rings catches of attacks, what it holds of honest votes, and what is left in the order."""

import os
import re
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from django.db import connection

from bench.ring_world import ATTACKS, Cast, World
from bench.rows import Row, table
from doctors.models import Doctor
from questions.models import Answer, Question
from voting.effect import rank_of
from voting.models import AnswerVote
from voting.rings import find_rings, hold_votes

TABLES = "voting_answervote, voting_votering, questions_answer, questions_question, doctors_doctor, accounts_user"


@dataclass(slots=True)
class Outcome:
    """What came of one world: votes and held votes of each kind, and the seconds of one search."""

    votes: Counter = field(default_factory=Counter)
    held: Counter = field(default_factory=Counter)
    seconds: float = 0.0
    # Questions whose first answer is another one than honest votes alone would put there: with all votes, after it.
    moved: tuple[int, int] = (0, 0)

    def held_share(self, *truths: str) -> float:
        """Return which part of the votes of these kinds was held, in percent."""
        return 100 * sum(self.held[truth] for truth in truths) / max(1, sum(self.votes[truth] for truth in truths))


def empty() -> None:
    """Make room for the next world."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES} CASCADE")


def judge(world: World, *, nights: int = 1) -> Outcome:
    """Search a world that is written, on its last nights one after the other, and count what was held."""
    outcome = Outcome(Counter(vote.truth for vote in world.votes))
    start = time.monotonic()
    for night in reversed(range(nights)):
        for found in list(find_rings(now=world.now - timedelta(days=night))):
            hold_votes(found)
    outcome.seconds = (time.monotonic() - start) / nights
    held = set(AnswerVote.objects.filter(state="held").values_list("pk", flat=True))
    outcome.moved = _damage(world, set()), _damage(world, held)
    outcome.held = Counter(vote.truth for vote, key in zip(world.votes, world.keys, strict=True) if key in held)
    return outcome


def _damage(world: World, held: set[int]) -> int:
    """Count questions whose first answer is another one than honest votes alone would put there."""
    honest, counted = Tally(), Tally()
    for vote, key in zip(world.votes, world.keys, strict=True):
        if vote.truth in ("honest", "viral"):
            honest.add(vote)
        if key not in held:
            counted.add(vote)
    return sum(
        honest.first_of(answers) != counted.first_of(answers) for answers in world.answers_of.values() if answers
    )


class Tally:
    """The counters of answers, as some of the votes would make them."""

    def __init__(self) -> None:
        self.counters: dict[int, Counter] = {}

    def add(self, vote: Cast) -> None:
        """Count one vote."""
        who, way = ("visitor" if vote.person.user is None else "user"), ("up" if vote.value == 1 else "down")
        self.counters.setdefault(vote.answer, Counter())[f"{who}_{way}vote_count"] += 1

    def first_of(self, answers: list[int]) -> int:
        """Return the answer that stands first."""
        return max(answers, key=lambda answer: (rank_of(self.counters.get(answer, Counter())), answer))


def outcomes(seeds: Iterable[int], *, voters: int = 5000, nights: int = 1) -> dict[int, Outcome]:
    """Return what comes of each seed's world, one after the other in the same tables."""
    judged = {}
    for seed in seeds:
        empty()
        world = World(seed, voters=voters)
        world.write()
        judged[seed] = judge(world, nights=nights)
    return judged


# --- Size ------------------------------------------------------------------------------------------------------------

# A third of the votes come from some thousand networks that many share, the others from homes.
SIZED_DOCTORS, SIZED_QUESTIONS, SIZED_ANSWERS = 2_000, 30_000, 100_000
_SIZED_VOTES = """
    INSERT INTO voting_answervote
        (answer_id, visitor, value, version, voted_at, state, network, network_before, browser)
    SELECT answer_id, md5('v' || n %% (%(votes)s / 3))::uuid, CASE WHEN n %% 8 = 0 THEN -1 ELSE 1 END, 1,
        now() - make_interval(secs => 1290000 * random()), 'counted',
        md5('n' || net)::uuid, md5('n' || net)::uuid, (240 * power(random(), 3))::int
    FROM (
        SELECT n, (%(first)s + floor(%(answers)s * power(random(), 2)))::bigint AS answer_id,
            CASE WHEN n %% 3 = 0 THEN n %% 997 ELSE 1000 + n %% 150000 END AS net
        FROM generate_series(1, %(votes)s) n
    ) chosen
    ON CONFLICT DO NOTHING
"""


def fill_votes(votes: int) -> int:
    """Write so many votes of the last 15 days, and what they are for; return how many there are."""
    empty()
    doctors = Doctor.objects.bulk_create(
        Doctor(name=f"Doctor {n}", slug=f"doctor-{n}", import_key=f"id:{n}") for n in range(SIZED_DOCTORS)
    )
    asked = [Question(title=f"Question {n}", slug=f"question-{n}", body="Why?") for n in range(SIZED_QUESTIONS)]
    questions = Question.objects.bulk_create(asked, batch_size=5000)
    answers = (
        Answer(
            question=questions[n % SIZED_QUESTIONS],
            doctor=doctors[n * 7 % SIZED_DOCTORS],
            body="So.",
            external_id=f"sized-{n}",
        )
        for n in range(SIZED_ANSWERS)
    )
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE questions_answer DISABLE TRIGGER USER")
        first = min(answer.pk for answer in Answer.objects.bulk_create(answers, batch_size=5000))
        cursor.execute("ALTER TABLE questions_answer ENABLE TRIGGER USER")
        cursor.execute("ALTER TABLE voting_answervote DISABLE TRIGGER USER")
        cursor.execute(_SIZED_VOTES, {"votes": votes, "first": first, "answers": SIZED_ANSWERS})
        cursor.execute("ALTER TABLE voting_answervote ENABLE TRIGGER USER")
        cursor.execute("VACUUM (ANALYZE)")
    return AnswerVote.objects.count()


def measure_search(votes: int = 1_000_000) -> Row:
    """Search so many votes, and tell the seconds, and by how much this process and the server's grew meanwhile."""
    there = fill_votes(votes)
    before, start = _megabytes(os.getpid()), time.monotonic()
    server = connection.connection.info.backend_pid
    server_before = _megabytes(server)
    found = sum(1 for _ in find_rings())
    seconds = time.monotonic() - start
    grown, server_grown = _megabytes(os.getpid()) - before, _megabytes(server) - server_before
    return Row(
        f"10 find_vote_rings over {there:,} votes of 15 days",
        f"{seconds:.1f} s, {found} found; +{grown} MB here, +{server_grown} MB in the database's process",
        asked="less than 60 s, flat memory",
        met="met" if seconds < 60 else "not met",
    )


def _megabytes(process: int) -> int:
    """Return how much memory a process has used at the most, where the machine tells."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) // 1024  # type: ignore[index]


# --- Figures ---------------------------------------------------------------------------------------------------------


def ring_table(judged: dict[int, Outcome]) -> str:
    """Return how much of each attack was caught and of honest votes held, in all worlds and in the worst of them."""
    rows = [_row(f"caught: {attack}", judged, (attack,), at_least=95) for attack in ATTACKS]
    rows.append(_row("held: honest votes, the viral day with them", judged, ("honest", "viral"), at_most=1))
    rows.append(_row("held: votes of the viral day", judged, ("viral",), at_most=2))
    moved = [outcome.moved for outcome in judged.values()]
    rows += [
        (
            "questions whose first answer is the attackers' doing: with their votes",
            str(sum(m[0] for m in moved)),
            "",
            "",
            "",
        ),
        ("… after the search", str(sum(m[1] for m in moved)), "", "", ""),
    ]
    return table(("what", "all worlds", "worst world", "asked", "met"), rows)


def _row(
    what: str, judged: dict[int, Outcome], truths: tuple[str, ...], *, at_least: float = 0, at_most: float = 100
) -> tuple[str, str, str, str, str]:
    votes = sum(outcome.votes[truth] for outcome in judged.values() for truth in truths)
    share = 100 * sum(outcome.held[truth] for outcome in judged.values() for truth in truths) / max(1, votes)
    shares = [outcome.held_share(*truths) for outcome in judged.values()]
    worst = min(shares) if at_least else max(shares)
    asked = f"at least {at_least} %" if at_least else f"at most {at_most} %"
    return (
        what,
        f"{share:.2f} % of {votes:,}",
        f"{worst:.1f} %",
        asked,
        "met" if at_least <= share <= at_most else "not met",
    )
