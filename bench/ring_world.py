"""Seeded worlds of voters: 5,000 honest ones with their habits, and attacks by people who want to move an answer."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from uuid import UUID

from django.db import connection

from accounts.models import User
from doctors.models import Doctor
from questions.models import Answer, Question
from voting.networks import digest, period_of

NOW = datetime(2026, 3, 9, 2, 20, tzinfo=UTC)
DAYS = 30
# Attacks lie within what one night looks back on.
DAYS_OF_ATTACKS = 14
KINDS_OF_BROWSERS = 240
VOTE_COLUMNS = (
    *("answer_id", "user_id", "visitor", "value", "version", "voted_at", "state"),
    *("network", "network_before", "browser"),
)
ATTACKS = ("cookie clearing", "fast ring", "slow ring", "down-vote raid", "sock puppets", "a pair of doctors")


@dataclass(slots=True)
class Person:
    """Somebody who votes, honestly or not: where from, with which browser, and as whom."""

    networks: list[str]
    browser: int
    user: int | None = None
    visitor: UUID | None = None
    joined_days_ago: float = 400.0
    clears_cookies: bool = False
    voted_on: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Cast:
    """One vote as it was cast, and by whom in truth: "honest", "viral", or the name of an attack."""

    at: datetime
    answer: int
    value: int
    person: Person
    visitor: UUID | None
    network: str
    truth: str


class World:
    """The people and the votes of one seed. ``write()`` puts all of it into an empty database."""

    def __init__(self, seed: int, *, voters: int = 5000, now: datetime = NOW) -> None:
        self.chance = random.Random(seed)
        self.now = now
        self.voters = voters
        self.votes: list[Cast] = []
        self.people: list[Person] = []
        self.targets: dict[str, set[int]] = {}

    # --- Content -----------------------------------------------------------------------------------------

    def write(self) -> None:
        """Write doctors, questions, answers, accounts and all votes, as they would have come in."""
        self._write_content()
        self._make_honest()
        self._make_attacks()
        self._write_users()
        self.votes.sort(key=lambda vote: vote.at)
        self._write_votes()

    def _write_content(self) -> None:
        doctors, questions = max(20, self.voters // 80), max(60, self.voters // 16)
        made = [Doctor(name=f"Doctor {n}", slug=f"doctor-{n}", import_key=f"id:world-{n}") for n in range(doctors)]
        self.doctors = [doctor.pk for doctor in Doctor.objects.bulk_create(made)]
        asked = [Question(title=f"Question {n}", slug=f"question-{n}", body="Why?") for n in range(questions)]
        self.questions = [question.pk for question in Question.objects.bulk_create(asked)]
        by_fame = _fading(len(self.doctors), 0.6)
        answers = []
        for question in self.questions:
            authors = set(self.chance.choices(self.doctors, cum_weights=by_fame, k=self.chance.choice((1, 2, 3, 4, 6))))
            answers += [
                Answer(question_id=question, doctor_id=doctor, body="So.", external_id=f"world-{question}-{doctor}")
                for doctor in sorted(authors)
            ]
        self.answers_of: dict[int, list[int]] = {question: [] for question in self.questions}
        self.by_doctor: dict[int, list[int]] = {doctor: [] for doctor in self.doctors}
        self.question_of: dict[int, int] = {}
        for answer in Answer.objects.bulk_create(answers):
            self.answers_of[answer.question_id].append(answer.pk)
            self.by_doctor[answer.doctor_id].append(answer.pk)
            self.question_of[answer.pk] = answer.question_id
        self.fame = _fading(len(self.questions), 0.8)

    # --- Honest people -----------------------------------------------------------------------------------

    def _make_honest(self) -> None:
        viral = self.voters * 16 // 100
        for _ in range(self.voters - viral):
            self._live(self._honest_person())
        for _ in range(max(2, self.voters // 800)):
            self._show_around(self.chance.randint(8, 24), f"campus {self.chance.randrange(3)}", kinds=KINDS_OF_BROWSERS)
            self._show_around(self.chance.randint(4, 9), f"office {self.chance.randrange(15)}", kinds=4)
        self._have_a_viral_day(viral)

    def _person(self, networks: list[str], *, account: float, kinds: int = KINDS_OF_BROWSERS) -> Person:
        person = Person(networks, self._browser(kinds))
        if self.chance.random() < account:
            person.joined_days_ago = self.chance.uniform(0, 60) if self.chance.random() < 0.4 else 400
            person.user = -1  # An account, to be written.
        else:
            person.visitor = self._mark()
            person.clears_cookies = self.chance.random() < 0.04
        self.people.append(person)
        return person

    def _honest_person(self) -> Person:
        place = self.chance.random()
        home = f"home {self.chance.randrange(max(200, self.voters // 2))}"
        if place < 0.09:
            networks = [f"campus {self.chance.randrange(3)}"]
        elif place < 0.14:
            networks = [f"office {self.chance.randrange(15)}", home]
        elif place < 0.24:
            networks = [f"mobile {self.chance.randrange(4)}"]
        elif place < 0.34:
            networks = [home, f"mobile {self.chance.randrange(4)}"]
        else:
            networks = [home]
        return self._person(networks, account=0.3)

    def _live(self, person: Person) -> None:
        """Let somebody come by once or more often, read, and vote on what they read."""
        if self.chance.random() < 0.02:
            self._admire(person)
        come_again = 0.5 if person.user else 0.2
        while True:
            at = self._sometime(person)
            for _ in range(1 + (self.chance.random() < 0.3) + (self.chance.random() < 0.1)):
                question = self.chance.choices(self.questions, cum_weights=self.fame)[0]
                self._read(person, question, at, "honest")
                at += timedelta(minutes=self.chance.uniform(1, 9))
            if self.chance.random() > come_again:
                break
        # Somebody at home looks at the same page.
        if self.chance.random() < 0.03:
            other = self._person(person.networks[:1], account=0.3)
            self._read(other, question, max(at, self._begin(other)), "honest")

    def _admire(self, person: Person) -> None:
        """Let somebody find one doctor's answers good, all that they see of them."""
        answers = self.by_doctor[self.chance.choices(self.doctors, cum_weights=_fading(len(self.doctors), 0.6))[0]]
        at = self._sometime(person)
        for answer in self.chance.sample(answers, min(len(answers), self.chance.randint(4, 10))):
            self._cast(person, answer, 1, at, "honest")
            at += timedelta(minutes=self.chance.uniform(1, 2000))

    def _read(self, person: Person, question: int, at: datetime, truth: str) -> None:
        """Let somebody vote on some answers of a question, mostly up."""
        answers = self.answers_of[question]
        liked = _first_ones(self.chance, answers)
        for answer in liked:
            self._cast(person, answer, -1 if self.chance.random() < 0.12 else 1, at, truth)
            at += timedelta(seconds=self.chance.uniform(10, 200))

    def _show_around(self, many: int, network: str, kinds: int) -> None:
        """Let a class or an office look at one question within an hour, all from one network."""
        question = self.chance.choice(self.questions)
        start = self._day_time(self.chance.uniform(1, DAYS - 1))
        for _ in range(many):
            person = self._person([network], account=0.25, kinds=kinds)
            at = start + timedelta(minutes=self.chance.uniform(0, 60))
            self._read(person, question, max(at, self._begin(person)), "honest")

    def _have_a_viral_day(self, many: int) -> None:
        asked = [question for question in self.questions if len(self.answers_of[question]) >= 2]
        question = self.chance.choice(asked)
        start = self._day_time(self.chance.uniform(2, DAYS_OF_ATTACKS - 1))
        campus = f"campus {self.chance.randrange(3)}"
        for _ in range(many):
            person = self._honest_person()
            if self.chance.random() < 0.06:
                person.networks = [campus]
            at = start + timedelta(hours=min(20, self.chance.gammavariate(2, 3)))
            if person.user and self.chance.random() < 0.25:
                person.joined_days_ago = (self.now - at).total_seconds() / 86400 + 0.01
            self._read(person, question, at, "viral")

    # --- Attacks -----------------------------------------------------------------------------------------

    def _make_attacks(self) -> None:
        free = [doctor for doctor in self.doctors if len(self.by_doctor[doctor]) >= 6]
        doctors = self.chance.sample(free, 7)
        self._clear_cookies(doctors[0])
        self._ring_fast(doctors[1])
        self._ring_slowly(doctors[2])
        self._raid(doctors[3])
        self._keep_puppets(doctors[4])
        self._vote_for_each_other(doctors[5], doctors[6])

    def _clear_cookies(self, doctor: int) -> None:
        """One person votes, deletes the cookie, and votes again."""
        answer = self.chance.choice(self.by_doctor[doctor])
        person = Person([self._proxy()], self._browser())
        if self.chance.random() < 0.5:
            person.networks.append(f"mobile {self.chance.randrange(4)}")
        second = self._browser()
        hours, start = self.chance.choice((1, 6, 24, 48)), self._begin_of_attack(2)
        for _ in range(self.chance.randint(20, 60)):
            person.visitor = self._mark()
            clone = Person(person.networks, person.browser, visitor=person.visitor)
            if self.chance.random() < 0.15:
                clone.browser = second
            self._cast(clone, answer, 1, start + timedelta(hours=self.chance.uniform(0, hours)), ATTACKS[0])

    def _ring_fast(self, doctor: int) -> None:
        """Bought votes within hours: new accounts and fresh marks behind a few proxies."""
        answer = self.chance.choice(self.by_doctor[doctor])
        pool = [self._proxy() for _ in range(self.chance.randint(4, 10))]
        start, hours = self._begin_of_attack(1), self.chance.uniform(0.5, 4)
        for _ in range(self.chance.randint(20, 45)):
            person = self._hired(pool, account=0.6, start=start, made_within=5)
            at = start + timedelta(hours=self.chance.uniform(0, hours))
            self._hide(person, at, 0.3)
            self._cast(person, answer, 1, at, ATTACKS[1])

    def _ring_slowly(self, doctor: int) -> None:
        """Bought votes over 14 days, on one answer or a few of one doctor."""
        answers = self.chance.sample(self.by_doctor[doctor], self.chance.randint(1, 3))
        pool = [self._proxy() for _ in range(self.chance.randint(3, 8))]
        start = self.now - timedelta(days=DAYS_OF_ATTACKS)
        for _ in range(self.chance.randint(20, 40)):
            person = self._hired(pool, account=0.7, start=start, made_within=10)
            at = start + timedelta(days=self.chance.uniform(0, DAYS_OF_ATTACKS - 0.2))
            self._hide(person, at, 0.5)
            for answer in answers:
                self._cast(person, answer, 1, at, ATTACKS[2])
                at += timedelta(minutes=self.chance.uniform(1, 30))

    def _raid(self, doctor: int) -> None:
        """People who were sent from elsewhere vote a doctor down: half of them from networks of their own."""
        answers = self.chance.sample(self.by_doctor[doctor], self.chance.randint(1, 5))
        pool = [self._proxy() for _ in range(4)]
        start, hours = self._begin_of_attack(1), self.chance.choice((2, 6, 20))
        for _ in range(self.chance.randint(20, 50)):
            own = self.chance.random() < 0.5
            networks = [f"home {self.chance.randrange(max(200, self.voters // 2))}"] if own else pool
            person = self._hired(networks, account=0.4, start=start, made_within=2)
            at = start + timedelta(hours=self.chance.uniform(0, hours))
            for answer in answers:
                self._cast(person, answer, -1, at, ATTACKS[3])
                at += timedelta(seconds=self.chance.uniform(5, 90))

    def _keep_puppets(self, doctor: int) -> None:
        """A doctor's own accounts, made over months, vote for the doctor from office, home and phone."""
        answers = self.by_doctor[doctor]
        networks = [self._proxy(), self._proxy(), f"mobile {self.chance.randrange(4)}"]
        kinds = [self._browser() for _ in range(3)]
        for _ in range(self.chance.randint(5, 12)):
            person = self._hired(networks, account=1, start=self.now, made_within=120)
            person.browser = self.chance.choice(kinds)
            for answer in answers:
                at = self.now - timedelta(days=self.chance.uniform(0.1, min(DAYS_OF_ATTACKS, person.joined_days_ago)))
                if self.chance.random() < 0.7:
                    self._cast(person, answer, 1, at, ATTACKS[4])
                self._hide(person, at, 0.05)

    def _vote_for_each_other(self, one: int, other: int) -> None:
        """Two doctors vote for each other's answers, and for hardly anything else."""
        for voter, target in ((one, other), (other, one)):
            person = Person([self._proxy()], self._browser(), user=-1 - voter)
            self.people.append(person)
            for answer in self.chance.sample(self.by_doctor[target], 6):
                at = self.now - timedelta(days=self.chance.uniform(0.1, DAYS_OF_ATTACKS))
                self._cast(person, answer, 1, at, ATTACKS[5])
                self._hide(person, at, 0.1)

    def _hired(self, networks: list[str], *, account: float, start: datetime, made_within: float) -> Person:
        person = Person([self.chance.choice(networks)] if made_within < 100 else networks, self._browser())
        if self.chance.random() < account:
            before = (self.now - start).total_seconds() / 86400
            person.joined_days_ago, person.user = before + self.chance.uniform(0.01, made_within), -1
        else:
            person.visitor = self._mark()
        self.people.append(person)
        return person

    def _hide(self, person: Person, at: datetime, how_often: float) -> None:
        """Cast a vote somewhere else, so as to look like others."""
        while self.chance.random() < how_often:
            answer = self.chance.choice(self.answers_of[self.chance.choices(self.questions, cum_weights=self.fame)[0]])
            self._cast(person, answer, 1, at - timedelta(minutes=self.chance.uniform(1, 60)), "cover")

    # --- Rows --------------------------------------------------------------------------------------------

    def _cast(self, person: Person, answer: int, value: int, at: datetime, truth: str) -> None:
        if at > self.now or answer in person.voted_on:
            return
        person.voted_on.add(answer)
        visitor = person.visitor
        if visitor and person.clears_cookies:
            # A new mark for each visit, which is no crime.
            visitor = UUID(int=visitor.int ^ int(at.timestamp() // 3600))
        self.votes.append(Cast(at, answer, value, person, visitor, self.chance.choice(person.networks), truth))

    def _write_users(self) -> None:
        with_account = [person for person in self.people if person.user is not None]
        users = [
            User(
                email=f"voter{n}@world.example",
                pen_name=f"voter_{n}",
                password="!",
                date_joined=self.now - timedelta(days=person.joined_days_ago),
            )
            for n, person in enumerate(with_account)
        ]
        for person, user in zip(with_account, User.objects.bulk_create(users, batch_size=1000), strict=True):
            if person.user is not None and person.user < -1:
                Doctor.objects.filter(pk=-1 - person.user).update(user=user)
            person.user = user.pk

    def _write_votes(self) -> None:
        # Made before: their keys are read on this connection.
        rows = list(self._rows())
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(max(id), 0) FROM voting_answervote")
            first = cursor.fetchone()[0]
            with cursor.copy(f"COPY voting_answervote ({', '.join(VOTE_COLUMNS)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            cursor.execute("SELECT id FROM voting_answervote WHERE id > %s ORDER BY id", [first])
            self.keys = [key for (key,) in cursor.fetchall()]
            cursor.execute("ANALYZE voting_answervote")

    def _rows(self) -> Iterator[tuple]:
        for vote in self.votes:
            period = period_of(vote.at)
            yield (
                *(vote.answer, vote.person.user, vote.visitor, vote.value, 1, vote.at, "counted"),
                *(_digest(vote.network, period), _digest(vote.network, period - 1), vote.person.browser),
            )

    # --- Chance ------------------------------------------------------------------------------------------

    def _mark(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128), version=4)

    def _browser(self, kinds: int = KINDS_OF_BROWSERS) -> int:
        return self.chance.choices(range(kinds), cum_weights=_fading(kinds, 1.0))[0]

    def _proxy(self) -> str:
        return f"proxy {self.chance.getrandbits(40)}"

    def _begin(self, person: Person) -> datetime:
        return self.now - timedelta(days=min(DAYS, person.joined_days_ago))

    def _sometime(self, person: Person) -> datetime:
        """Return a moment since the beginning, or since they joined; at night hardly anybody votes."""
        return max(self._day_time(self.chance.uniform(0, min(DAYS, person.joined_days_ago))), self._begin(person))

    def _day_time(self, days_ago: float) -> datetime:
        at = self.now - timedelta(days=days_ago)
        return at.replace(hour=0, minute=0) + timedelta(hours=self.chance.triangular(6, 24, 19))

    def _begin_of_attack(self, days: float) -> datetime:
        return self.now - timedelta(days=self.chance.uniform(days + 0.2, DAYS_OF_ATTACKS))


@cache
def _fading(many: int, power: float) -> list[float]:
    """Return summed weights of which the first is the greatest, as fame is spread."""
    return list(accumulate((n + 1) ** -power for n in range(many)))


@cache
def _digest(network: str, period: int) -> UUID:
    return digest(network, period)


def _first_ones(chance: random.Random, answers: list[int]) -> list[int]:
    """Return one answer or more, rather the first ones."""
    liked = [answer for place, answer in enumerate(answers) if chance.random() < 0.5 / (1 + place / 2)]
    return liked or [chance.choice(answers)]
