"""Demo content: invented people and places, so that every element of every page is seen on a first visit."""

import json
import random
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange, NumericRange
from django.utils import timezone
from django.utils.text import slugify

from accounts.models import User
from accounts.services import confirm_address, set_up_authenticator_app
from accounts.visitors import Voter
from doctors.models import FACTS, Doctor, DoctorReview, LicenceCheck, Specialty, Verification
from doctors.services import lapse, set_credentials
from moderation.models import Report
from moderation.registry import kind_of
from moderation.services import report
from questions.bodies import render
from questions.models import (
    Answer,
    AnswerFact,
    FactKind,
    PromptReply,
    Question,
    QuestionTopic,
    Topic,
    TopicPrompt,
    TopicSynonym,
    question_slug,
)
from questions.search.vocabulary import count_all_words
from questions.services import Asked, hide_answer, post_question, refresh_related
from voting.models import AnswerVote
from voting.networks import digest, period_of
from voting.rings import hold_rings

FOLDER = Path(__file__).resolve().parent.parent / "questions" / "demo"
# Of the demo's votes so many in a hundred come from accounts, the rest from visitors.
USERS_AMONG_VOTERS = 30
# One voter of the demo votes as if they were so many; the network is one that examples are made of.
RING_VOTES, RING_NETWORK = 12, "192.0.2.0/24"


# What a moderator works on.
ROOMS_OF_MODERATORS = ["voting", "questions", "doctors", "moderation"]


@dataclass(frozen=True)
class DemoAccount:
    """One account of the demo that somebody can sign in with."""

    who: str
    email: str
    password: str
    app_secret: str = ""

    def __str__(self) -> str:
        """Return the lines by which the owner of the machine learns of it."""
        lines = f"Demo {self.who}: {self.email}\nPassword: {self.password}\n"
        return lines + (f"Key for an authenticator app: {self.app_secret}\n" if self.app_secret else "")


def is_empty() -> bool:
    """Tell whether the database holds nothing that a person wrote or imported."""
    return not (Question.objects.exists() or Doctor.objects.exists())


class Demo:
    """Writes the demo content. Each run writes the same, but for dates, which count back from today."""

    def __init__(self) -> None:
        self.now = timezone.now().replace(minute=0, second=0, microsecond=0)
        self.chance = random.Random(1)  # noqa: S311 (hours of the day and who voted, no secret)
        self.voting = random.Random(2)  # noqa: S311
        self.topics: dict[str, Topic] = {}
        self.kinds: dict[tuple[int, str], FactKind] = {}
        self.doctors: dict[str, Doctor] = {}
        self.patients: dict[str, User] = {}
        self.doctor_user = self._make_user("demo_doctor")
        self.moderator = self._make_user("demo_moderator", is_staff=True)
        self.admin = self._make_user("demo_admin", is_staff=True, is_superuser=True)

    @transaction.atomic
    def write(self) -> list[DemoAccount]:
        """Write everything and return the accounts that somebody can sign in with."""
        self._write_topics(_read("topics"))
        self._write_doctors(_read("doctors"))
        self._write_questions(_read("questions"))
        self._write_ring()
        self._write_cases(_read("cases"))
        count_all_words()
        refresh_related(list(Question.objects.values_list("pk", flat=True)))
        in_rooms = Permission.objects.filter(content_type__app_label__in=ROOMS_OF_MODERATORS)
        self.moderator.user_permissions.set(in_rooms)
        return [
            self._open("administrator", self.admin, with_app=True),
            self._open("moderator", self.moderator, with_app=True),
            self._open("patient", self._patient("demo_patient")),
            self._open("doctor", self.doctor_user, with_app=True),
        ]

    def _open(self, who: str, user: User, *, with_app: bool = False) -> DemoAccount:
        """Give an account a password, a confirmed address and, for staff, a second factor."""
        password = secrets.token_urlsafe(12)
        user.set_password(password)
        user.save(update_fields=["password"])
        confirm_address(user=user)
        return DemoAccount(who, user.email, password, set_up_authenticator_app(user=user) if with_app else "")

    def _ago(self, days: float) -> datetime:
        return self.now - timedelta(days=days, hours=self.chance.uniform(0.1, 12))

    def _day(self, days: float) -> date:
        return (self.now - timedelta(days=days)).date()

    def _make_user(self, pen_name: str, **fields: Any) -> User:
        # Nobody of the demo is new here: what they post in it shows at once.
        joined = self.now - timedelta(days=900)
        return User.objects.create_user(f"{pen_name}@demo.example", pen_name, None, date_joined=joined, **fields)

    def _patient(self, pen_name: str) -> User:
        if pen_name not in self.patients:
            self.patients[pen_name] = self._make_user(pen_name)
        return self.patients[pen_name]

    def _write_topics(self, topics: list[dict]) -> None:
        self._write_each_topic(topics)
        for each in topics:
            if each["parent"]:
                Topic.objects.filter(slug=each["slug"]).update(parent=self.topics[each["parent"]])

    def _write_each_topic(self, topics: Iterable[dict]) -> None:
        for each in topics:
            topic = Topic.objects.create(name=each["name"], slug=each["slug"], description=each["description"])
            topic.specialties.set(_specialty(name) for name in each["specialties"])
            synonyms = [TopicSynonym(topic=topic, name=name, slug=slugify(name)) for name in each["synonyms"]]
            TopicSynonym.objects.bulk_create(synonyms)
            self.topics[each["slug"]] = topic
            for position, kind in enumerate(each["fact_kinds"]):
                choices = {choice["key"]: choice["label"] for choice in kind.get("choices", [])}
                self.kinds[topic.pk, kind["key"]] = FactKind.objects.create(
                    topic=topic,
                    key=kind["key"],
                    label=kind["label"],
                    form=kind["form"],
                    unit=kind.get("unit", ""),
                    choices=choices,
                    position=position,
                )
            for position, prompt in enumerate(each.get("prompts", [])):
                TopicPrompt.objects.create(topic=topic, position=position, **prompt)

    def _write_doctors(self, doctors: Iterable[dict]) -> None:
        for each in doctors:
            specialty = _specialty(each["specialty"])
            doctor = Doctor.objects.create(
                name=each["name"],
                slug=each["key"],
                credentials=each["credentials"],
                specialty=specialty,
                place=each["place"],
                practice=each["practice"],
                languages=each["languages"],
                interests_stated=each["interests_stated"],
                imported_rating=each["imported_rating"],
                imported_review_count=each["imported_review_count"],
                import_key=None if each["licence"] else f"id:demo-{each['key']}",
            )
            self.doctors[each["key"]] = doctor
            if each["licence"]:
                self._write_check(doctor, each["licence"])
                self._verify(doctor, each["licence"])
            for review in each["reviews"]:
                self._write_review(doctor, review)

    def _write_check(self, doctor: Doctor, licence: dict) -> None:
        checked = self._day(licence["checked_days_ago"])
        LicenceCheck.objects.create(
            doctor=doctor,
            authority=licence["authority"],
            number=licence["number"],
            outcome=licence["outcome"],
            training=licence["training"],
            source="Demo content: nothing was looked up.",
            checked_on=checked,
            valid_during=DateRange(checked, checked + timedelta(days=licence["valid_days"])),
            checked_by=self.moderator,
        )

    def _verify(self, doctor: Doctor, licence: dict) -> None:
        """Let the demo's two members of staff have approved a doctor when the licence was checked."""
        checked = self._day(licence["checked_days_ago"])
        set_credentials(
            doctor, credentials=doctor.credentials, specialty_id=doctor.specialty_id, since=date(2010, 1, 1)
        )
        if not Doctor.objects.filter(user=self.doctor_user).exists():
            doctor.user = self.doctor_user
            doctor.save(update_fields=["user"])
        verification = Verification.objects.create(
            doctor=doctor,
            applicant=doctor.user,
            authority=licence["authority"],
            number=licence["number"],
            outcome=licence["outcome"],
            licence_until=checked + timedelta(days=licence["valid_days"]),
            first_approver=self.moderator,
            second_approver=self.admin,
            approved_at=self.now - timedelta(days=licence["checked_days_ago"]),
            **{name: getattr(doctor, name) for name in ("name", "credentials", "specialty", "place", "practice")},
        )
        for kind in FACTS:
            verification.facts.create(
                kind=kind,
                holds=True,
                source="Demo content: nothing was looked up",
                checked_on=checked,
                checked_by=self.moderator,
            )
        verification.state = Verification.State.APPROVED
        verification.save(update_fields=["state"])
        lapse(verification.pk)

    def _write_review(self, doctor: Doctor, review: dict) -> None:
        reply = review["reply"]
        DoctorReview.objects.create(
            doctor=doctor,
            patient=self._patient(review["pen_name"]),
            rating=review["rating"],
            title=review["title"],
            body=review["body"],
            treatment=review["treatment"],
            interaction=review.get("interaction", DoctorReview.Interaction.NONE),
            visit_month=self._day(30.4 * review["visit_months_ago"]).replace(day=1),
            written_at=self._ago(review["written_days_ago"]),
            reply=reply["body"] if reply else "",
            replied_at=self._ago(reply["days_ago"]) if reply else None,
        )

    def _write_questions(self, questions: Iterable[dict]) -> None:
        # Oldest first, so that keys run with the dates as they would have.
        for each in sorted(questions, key=lambda question: -question["asked_days_ago"]):
            asked_at = self._ago(each["asked_days_ago"])
            question = Question.objects.create(
                title=each["title"],
                slug=question_slug(each["title"]),
                body=each["body"],
                body_html=render(each["body"], "text"),
                asker=self._patient(each["pen_name"]),
                asked_at=asked_at,
            )
            topics = [self.topics[slug] for slug in each["topics"]]
            QuestionTopic.objects.bulk_create(QuestionTopic(question=question, topic=topic) for topic in topics)
            for prompt in TopicPrompt.objects.filter(topic__in=topics):
                if text := each.get("replies", {}).get(prompt.short_label):
                    PromptReply.objects.create(question=question, prompt=prompt, text=text)
            for answer in each["answers"]:
                self._write_answer(question, topics, answer, asked_at)

    def _write_answer(self, question: Question, topics: list[Topic], each: dict, asked_at: datetime) -> None:
        body_format = each.get("body_format", "text")
        answer = Answer.objects.create(
            question=question,
            doctor=self.doctors[each["doctor"]],
            headline=each["headline"],
            body=each["body"],
            body_format=body_format,
            body_html=render(each["body"], body_format),
            answered_at=max(self._ago(each["answered_days_ago"]), asked_at + timedelta(hours=1)),
            interest=each["interest"]["kind"],
            interest_words=each["interest"]["words"],
        )
        self._write_votes(answer, each["up"], each["down"])
        for fact in each.get("facts") or []:
            self._write_fact(answer, topics, fact)
        if hidden := each.get("hidden"):
            decision = hide_answer(
                answer_id=answer.pk, rule=hidden["rule"], reason=hidden["reason"], moderator=self.moderator
            )
            decision.decided_at = self._ago(hidden["days_ago"])
            decision.save(update_fields=["decided_at"])

    def _write_votes(self, answer: Answer, up: int, down: int) -> None:
        days = (self.now - (answer.answered_at or self.now)).total_seconds() / 86400
        patients = self.chance.sample(sorted(self.patients.values(), key=lambda p: p.pk), len(self.patients))
        for value in [1] * up + [-1] * down:
            at = self.now - timedelta(days=self.voting.uniform(0, days))
            if patients and self.chance.randrange(100) < USERS_AMONG_VOTERS:
                AnswerVote.objects.create(answer=answer, user=patients.pop(), value=value, voted_at=at)
            else:
                visitor = UUID(int=self.chance.getrandbits(128), version=4)
                AnswerVote.objects.create(answer=answer, visitor=visitor, value=value, voted_at=at)

    def _write_ring(self) -> None:
        """Let somebody have voted one answer up again and again, from one network, clearing the cookies each time."""
        answer = (
            Answer.objects.visible()
            .filter(question__answer_count__gte=3)
            .order_by("-question__answer_count", "question", "rank")[:1]
            .get()
        )
        for number in range(RING_VOTES):
            at = self.now - timedelta(days=2, minutes=9 * number)
            period = period_of(at)
            AnswerVote.objects.create(
                answer=answer,
                visitor=UUID(int=self.voting.getrandbits(128), version=4),
                value=AnswerVote.Value.UP,
                voted_at=at,
                network=digest(RING_NETWORK, period),
                network_before=digest(RING_NETWORK, period - 1),
                browser=7,
            )
        hold_rings()

    def _write_cases(self, cases: dict) -> None:
        """Let a question wait and an answer be reported, so that a moderator finds something to decide."""
        held = cases["held"]
        newcomer = self._make_user(held["pen_name"])
        newcomer.date_joined = self._ago(2)
        newcomer.save(update_fields=["date_joined"])
        topics = [self.topics[slug] for slug in held["topics"]]
        post_question(asker=newcomer, key=uuid4(), asked=Asked(held["title"], held["body"], topics))
        answer = Answer.objects.visible().get(headline=cases["reported"])
        for number, said in enumerate(cases["reports"]):
            report(
                kind_of(Answer._meta.label_lower),
                answer.pk,
                by=Voter(visitor=uuid4()),
                reason=Report.Reason(said["reason"]),
                note=said["note"],
                network=f"198.51.100.{number}/32",
            )

    def _write_fact(self, answer: Answer, topics: list[Topic], fact: dict) -> None:
        kind = next(self.kinds[topic.pk, fact["kind"]] for topic in topics if (topic.pk, fact["kind"]) in self.kinds)
        span = NumericRange(fact["low"], fact["high"], "[]") if "low" in fact else None
        AnswerFact.objects.create(answer=answer, kind=kind, span=span, choice=fact.get("choice", ""))


def _specialty(name: str) -> Specialty:
    return Specialty.objects.get_or_create(name=name, defaults={"slug": slugify(name)})[0]


def _read(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
