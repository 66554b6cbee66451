"""Strangers' pages are kept, and yet true: after any change the next request shows it, under another ETag."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange, NumericRange
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.visitors import Voter
from doctors.models import (
    CheckedFact,
    CredentialPeriod,
    Doctor,
    DoctorReview,
    HelpfulMark,
    LicenceCheck,
    Specialty,
    Verification,
)
from doctors.services import hide_review, restore_review
from moderation.models import Case, Decision
from moderation.services import decide, hold
from moderation.states import Action
from questions.models import (
    Answer,
    AnswerAgreement,
    AnswerFact,
    FactKind,
    Inquiry,
    PromptReply,
    Question,
    QuestionPhoto,
    QuestionTopic,
    Recall,
    Topic,
    TopicDoctor,
    TopicPrompt,
    TopicSynonym,
)
from questions.services import (
    close_question,
    hide_answer,
    hide_question,
    refresh_related,
    remove_photo,
    restore_answer,
    restore_question,
)
from questions.services.deciding import lock_answer, lock_question
from questions.services.photos import lock_photo
from tests.factories import (
    AnswerFactFactory,
    AnswerFactory,
    DoctorFactory,
    DoctorReviewFactory,
    FactKindFactory,
    InquiryFactory,
    LicenceCheckFactory,
    QuestionFactory,
    QuestionPhotoFactory,
    SpecialtyFactory,
    TopicFactory,
    TopicPromptFactory,
    UserFactory,
    VoteFactory,
    VoteRingFactory,
)
from tests.reading import Page
from voting.models import AnswerVote
from voting.services import cast_vote

pytestmark = pytest.mark.django_db

WHY = {"reason": "It promises a result.", "moderator": None}
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def days(start: int, end: int | None) -> DateRange:
    today = timezone.now().date()
    return DateRange(today + timedelta(start), None if end is None else today + timedelta(end))


@pytest.fixture
def w() -> SimpleNamespace:
    """One of everything that a page can show."""
    acne, scars = TopicFactory(name="Acne", slug="acne"), TopicFactory(name="Scars", slug="scars")
    skin = SpecialtyFactory(name="Skin medicine", slug="skin")
    asker = UserFactory(pen_name="sunny_day")
    ada = DoctorFactory(name="Ada Lovelace", slug="ada", specialty=skin, place="Port Alder", credentials="MD")
    grace = DoctorFactory(name="Grace Hopper", slug="grace", specialty=skin, import_key="id:1")
    question = QuestionFactory(title="How long?", topics=[acne], asker=asker, asked_at=NOON)
    first = AnswerFactory(question=question, doctor=ada, headline="A week", answered_at=NOON + timedelta(days=2))
    second = AnswerFactory(question=question, doctor=grace, headline="Two weeks", answered_at=NOON)
    hidden = AnswerFactory(question=question, headline="Secret", doctor__name="Nobody Known")
    hide_answer(hidden.pk, rule=6, **WHY)
    kind = FactKindFactory(topic=acne, label="Sessions")
    choice = FactKindFactory(topic=acne, label="Sure?", form="choice", choices={"yes": "Surely", "no": "Hardly"})
    fact = AnswerFactFactory(answer=first, kind=kind, span=NumericRange(3, 6, "[]"))
    AnswerFactFactory(answer=second, kind=choice, span=None, choice="yes")
    prompt = TopicPromptFactory(topic=acne, short_label="Skin type")
    reply = PromptReply.objects.create(question=question, prompt=prompt, text="Dry")
    inquiry = InquiryFactory(
        question=question, doctor__name="Mary Seacole", doctor__is_listed=False, text="Do you smoke?"
    )
    photo = QuestionPhotoFactory(question=question, released=True, alt="Red patches on an arm")
    QuestionPhotoFactory(question=question, position=2, alt="Nobody sees this")
    recall = acne.recalls.create(reason="Old guidance.", made_at=NOON + timedelta(hours=1))
    related = QuestionFactory(title="Is it sore?", slug="is-it-sore", topics=[acne], asked_at=NOON - timedelta(days=9))
    refresh_related([question.pk])
    patient = UserFactory(pen_name="rainy_day")
    review = DoctorReviewFactory(doctor=ada, patient=patient, rating=5, title="Kind")
    for rating in (5, 4):
        DoctorReviewFactory(doctor=ada, rating=rating)
    vote = VoteFactory(answer=first)
    check = LicenceCheckFactory(doctor=grace, valid_during=days(-400, -40), number="AC-OLD")
    # Approved, but without a licence that was found: nothing of hers is public yet.
    rosa = DoctorFactory(name="Rosa Late", slug="rosa", specialty=skin, credentials="MD", licence=False)
    third = AnswerFactory(question=question, doctor=rosa, headline="Three weeks", answered_at=NOON + timedelta(days=3))
    verification = ada.verifications.get()
    # Who writes nothing here, and agrees or will.
    linus, anita = (DoctorFactory(name=name, is_listed=False) for name in ("Linus Quiet", "Anita Quiet"))
    AnswerAgreement.objects.create(answer=first, doctor=anita)
    return SimpleNamespace(**locals())


PAGES = {
    "question": lambda w: Question.objects.get(pk=w.question.pk).get_absolute_url(),
    "newest answers": lambda w: f"{Question.objects.get(pk=w.question.pk).get_absolute_url()}?sort=newest",
    "home": lambda w: "/",
    "list": lambda w: "/questions/",
    "helpful": lambda w: "/questions/?sort=helpful",
    "unanswered": lambda w: "/questions/?sort=unanswered",
    "by specialty": lambda w: "/questions/?specialty=skin",
    "topic": lambda w: "/topics/acne/",
    "topics": lambda w: "/topics/",
    "directory": lambda w: "/doctors/",
    "by name": lambda w: "/doctors/?sort=name",
    "profile": lambda w: "/doctors/ada/",
    "imported profile": lambda w: "/doctors/grace/",
    "new profile": lambda w: "/doctors/rosa/",
    "feed": lambda w: "/feeds/questions.atom",
    "feed of a topic": lambda w: "/feeds/topics/acne.atom",
    "feed of a doctor": lambda w: "/feeds/doctors/ada.atom",
    "picture": lambda w: f"/questions/{w.question.pk}/share.png",
}
ROWS = ["home", "list", "helpful", "by specialty", "topic"]
DIRECTORY = ["directory", "by name"]


def set_(row, **values: object) -> None:
    type(row).objects.filter(pk=row.pk).update(**values)


def vote(w: SimpleNamespace, value: int = 1, whose: Voter | None = None) -> None:
    cast_vote(answer_id=w.second.pk, voter=whose or Voter(visitor=uuid4()), value=value)


# Each change: where it shows, what it does, the words that come and the words that go (either may be none).
CHANGES: list[tuple[str, list[str], Callable, str, str]] = [
    ("a vote", ["question"], vote, "Score: +1 Not helpful: answer by Grace Hopper", ""),
    ("a vote down", ["question"], lambda w: vote(w, -1), "Score: \u22121", ""),
    ("a user's vote", ["question"], lambda w: vote(w, -1, Voter(user_id=w.patient.pk)), "Score: \u22121", ""),
    ("a vote on the profile", ["profile"], lambda w: VoteFactory(answer=w.first), "+2 score", "+1 score"),
    (
        "a vote taken back",
        ["question"],
        lambda w: w.vote.delete(),
        "Score: +0 Not helpful: answer by Dr Ada",
        "Score: +1",
    ),
    (
        "votes set aside",
        ["question"],
        lambda w: VoteRingFactory(doctor=w.ada, votes=[w.vote]),
        "1 vote set aside",
        "Score: +1",
    ),
    (
        "votes set aside on the profile",
        ["profile"],
        lambda w: VoteRingFactory(doctor=w.ada, votes=[w.vote]),
        "",
        "+1 score",
    ),
    ("a vote turned", ["question"], lambda w: set_(w.vote, value=-1), "Score: \u22121", "Score: +1"),
    ("an answer's text", ["question"], lambda w: set_(w.first, body_html="<p>Other words.</p>"), "Other words.", ""),
    (
        "a headline",
        ["question", "profile", "feed of a doctor"],
        lambda w: set_(w.first, headline="A month"),
        "A month",
        "A week",
    ),
    ("an interest", ["question"], lambda w: set_(w.first, interest="paid"), "Dr Lovelace is paid for it.", ""),
    (
        "an answer's date",
        ["question", "profile"],
        lambda w: set_(w.first, answered_at=datetime(2020, 5, 7, tzinfo=UTC)),
        "7 May 2020",
        "3 March 2026",
    ),
    (
        "a question's text",
        ["question", *ROWS],
        lambda w: set_(w.question, body_html="<p>Other words.</p>"),
        "Other words.",
        "",
    ),
    (
        "a title",
        ["question", "profile", *ROWS, "feed", "feed of a topic"],
        lambda w: set_(w.question, title="How short?"),
        "How short?",
        "How long?",
    ),
    ("a title on its picture", ["picture"], lambda w: set_(w.question, title="How short?"), "", ""),
    ("an answer hidden on the picture", ["picture"], lambda w: hide_answer(w.first.pk, rule=1, **WHY), "", ""),
    (
        "a question hidden in feeds",
        ["feed", "feed of a topic"],
        lambda w: hide_question(w.question.pk, rule=1, **WHY),
        "",
        "How long?",
    ),
    (
        "an answer hidden in the feed",
        ["feed of a doctor"],
        lambda w: hide_answer(w.first.pk, rule=1, **WHY),
        "",
        "A week",
    ),
    (
        "a new question in feeds",
        ["feed", "feed of a topic"],
        lambda w: QuestionFactory(title="Is it new?", topics=[w.acne]),
        "Is it new?",
        "",
    ),
    (
        "a question's date",
        ["question"],
        lambda w: set_(w.question, asked_at=datetime(2020, 5, 7, tzinfo=UTC)),
        "7 May 2020",
        "sunny_day on 1 March 2026",
    ),
    ("a reply to a prompt", ["question"], lambda w: set_(w.reply, text="Oily"), "Skin type Oily", "Skin type Dry"),
    ("a prompt", ["question"], lambda w: set_(w.prompt, short_label="Skin kind"), "Skin kind Dry", "Skin type"),
    ("a photo's words", ["question"], lambda w: set_(w.photo, alt="Brown spots"), "Brown spots", "Red patches"),
    (
        "a photo more",
        ["question"],
        lambda w: QuestionPhoto.objects.filter(state="held").update(state="published", decision=w.photo.decision),
        "2 photos",
        "1 photo",
    ),
    (
        "a photo hidden",
        ["question"],
        lambda w: decide(lock_photo(w.photo.pk), action=Action.HIDE, rule=1, **WHY),
        "",
        "1 photo",
    ),
    ("a photo that goes", ["question"], lambda w: remove_photo(w.photo.pk, asker=w.asker), "", "1 photo"),
    ("a reply that goes", ["question"], lambda w: w.reply.delete(), "", "Skin type"),
    (
        "a question that is closed",
        ["question"],
        lambda w: close_question(w.question.pk, asker=w.asker),
        "Closed with thanks",
        "",
    ),
    ("a pen name", ["question", *ROWS], lambda w: set_(w.asker, pen_name="windy_day"), "windy_day", "sunny_day"),
    ("an account that goes", ["question", *ROWS], lambda w: w.asker.delete(), "", "sunny_day"),
    ("a patient's pen name", ["profile"], lambda w: set_(w.patient, pen_name="windy_day"), "windy_day", "rainy_day"),
    (
        "a doctor's name",
        ["question", "profile", *DIRECTORY],
        lambda w: set_(w.ada, name="Ada King"),
        "Dr Ada King",
        "Lovelace",
    ),
    ("the latest doctor's name", ROWS, lambda w: set_(w.ada, name="Ada King"), "Latest: Dr King", "Lovelace"),
    ("credentials", ["question", "profile", *DIRECTORY], lambda w: set_(w.ada, credentials="MD, PhD"), "MD, PhD", ""),
    ("a place", ["question", "profile", *DIRECTORY], lambda w: set_(w.ada, place="Port Birch"), "Port Birch", ""),
    (
        "another specialty",
        ["question", "profile", *DIRECTORY],
        lambda w: set_(w.ada, specialty=SpecialtyFactory(name="Heart medicine")),
        "Heart medicine",
        "",
    ),
    (
        "a specialty's name",
        ["question", "profile", *DIRECTORY, "list"],
        lambda w: set_(w.skin, name="Dermatology"),
        "Dermatology",
        "Skin medicine",
    ),
    (
        "a specialty that goes",
        ["question"],
        lambda w: Doctor.objects.update(specialty=None),
        "",
        "Skin medicine",
    ),
    ("a practice", ["profile"], lambda w: set_(w.ada, practice="Alder Clinic"), "Alder Clinic", ""),
    ("languages", ["profile"], lambda w: set_(w.ada, languages=["Polish"]), "Polish", ""),
    ("stated interests", ["profile"], lambda w: set_(w.ada, interests_stated="Sells creams"), "Sells creams", ""),
    (
        "a claimed profile",
        ["question", "imported profile", *DIRECTORY],
        lambda w: set_(w.grace, user=w.patient),
        "",
        "Imported, not checked here",
    ),
    ("a doctor who is listed no more", DIRECTORY, lambda w: set_(w.ada, is_listed=False), "2 doctors", "Lovelace"),
    ("a new doctor", DIRECTORY, lambda w: DoctorFactory(name="Rosalind Franklin"), "Rosalind Franklin", "3 doctors"),
    (
        "a review",
        ["question", "profile", *DIRECTORY],
        lambda w: DoctorReviewFactory(doctor=w.ada, rating=1),
        "3.8 out of 5 (4 reviews)",
        "4.7 out of 5",
    ),
    (
        "a mark on a review",
        ["profile"],
        lambda w: HelpfulMark.objects.create(review=w.review, user=w.patient),
        "1 person found this helpful",
        "",
    ),
    (
        "a hidden review",
        ["profile"],
        lambda w: hide_review(w.review.pk, rule=1, **WHY),
        "2 reviews: too few for an average",
        "4.7 out of 5",
    ),
    (
        "a hidden review elsewhere",
        ["question", *DIRECTORY],
        lambda w: hide_review(w.review.pk, rule=1, **WHY),
        "2 reviews",
        "4.7 out of 5",
    ),
    (
        "a changed rating",
        ["question", "profile", *DIRECTORY],
        lambda w: set_(w.review, rating=1),
        "3.3 out of 5",
        "4.7 out of 5",
    ),
    ("a review's words", ["profile"], lambda w: set_(w.review, title="Unkind"), "Unkind", ""),
    ("a reply", ["profile"], lambda w: set_(w.review, reply="Thank you.", replied_at=NOON), "Dr Lovelace replied", ""),
    (
        "an imported rating",
        ["question", *DIRECTORY],
        lambda w: set_(w.grace, imported_rating=2.5, imported_review_count=9),
        "2.5 out of 5 (9 reviews)",
        "",
    ),
    ("a licence check brings answers", ["question"], lambda w: LicenceCheckFactory(doctor=w.rosa), "Three weeks", ""),
    ("a licence check brings the mark", ["new profile"], lambda w: LicenceCheckFactory(doctor=w.rosa), "Three", ""),
    (
        "a licence check in the directory",
        DIRECTORY,
        lambda w: LicenceCheckFactory(doctor=w.rosa),
        "Rosa Late",
        "",
    ),
    *(
        (name, ["question", "profile"], change, "", "A week")
        for name, change in (
            ("a check that ran out", lambda w: w.ada.licence_checks.update(valid_during=days(-400, 0))),
            ("a check that found no licence", lambda w: w.ada.licence_checks.update(outcome="inactive")),
            ("a check that goes", lambda w: w.ada.licence_checks.all().delete()),
            ("a doctor suspended", lambda w: set_(w.verification, state="suspended")),
            ("a doctor revoked", lambda w: set_(w.verification, state="revoked")),
            ("a claim that was revoked", lambda w: w.verification.delete()),
        )
    ),
    (
        "a colleague who agrees",
        ["question"],
        lambda w: AnswerAgreement.objects.create(answer=w.first, doctor=w.linus),
        "2 other doctors agree",
        "1 other doctor agrees",
    ),
    (
        "a colleague who stands no more",
        ["question"],
        lambda w: w.anita.licence_checks.all().delete(),
        "",
        "1 other doctor agrees",
    ),
    (
        "what the author was",
        ["question"],
        lambda w: CredentialPeriod.objects.create(doctor=w.ada, credentials="BSc", during=days(-2000, -1)),
        "Written as BSc",
        "",
    ),
    ("an earlier version", ["question"], lambda w: set_(w.first, version=2, earlier_vote_count=1), "1 vote for an", ""),
    ("an author who stands no more", ROWS, lambda w: set_(w.verification, state="revoked"), "", "Dr Lovelace"),
    ("a suspension", ["profile"], lambda w: set_(w.verification, state="suspended"), "suspended", ""),
    (
        "a fact that was found",
        ["profile"],
        lambda w: w.verification.facts.update(source="A second look"),
        "A second look",
        "",
    ),
    ("a check's number", ["imported profile"], lambda w: set_(w.check, number="AC-NEW"), "AC-NEW", "AC-OLD"),
    ("an old check that goes", ["imported profile"], lambda w: w.check.delete(), "", "AC-OLD"),
    (
        "a fact",
        ["question"],
        lambda w: AnswerFactFactory(answer=w.second, kind=w.kind, span=NumericRange(5, 8, "[]")),
        "3 to 8: 2 of 2 doctors",
        "3 to 6",
    ),
    ("a fact's span", ["question"], lambda w: set_(w.fact, span=NumericRange(4, 5, "[]")), "Sessions 4 to 5", "3 to 6"),
    ("a fact that goes", ["question"], lambda w: w.fact.delete(), "", "Sessions"),
    ("a kind's label", ["question"], lambda w: set_(w.kind, label="Visits"), "Visits 3 to 6", "Sessions"),
    (
        "a kind's words",
        ["question"],
        lambda w: set_(w.choice, choices={"yes": "Certainly", "no": "No"}),
        "Certainly",
        "Surely",
    ),
    ("a kind's form", ["question"], lambda w: set_(w.kind, form="days"), "3 to 6 days", ""),
    ("a topic's name", ["question", "topics", "topic", *ROWS], lambda w: set_(w.acne, name="Spots"), "Spots", ""),
    ("a topic added", ["question"], lambda w: w.question.topics.add(w.scars), "Scars", ""),
    ("a topic removed", ["question"], lambda w: w.question.topics.remove(w.acne), "", "Acne"),
    (
        "a topic of a row changed",
        ["list"],
        lambda w: (w.question.topics.remove(w.acne), w.question.topics.add(w.scars)),
        "Scars sunny_day",
        "Acne sunny_day",
    ),
    (
        "a topic's description",
        ["topic", "topics"],
        lambda w: set_(w.acne, description="About spots."),
        "About spots.",
        "",
    ),
    (
        "a question more on a topic",
        ["topic", "topics"],
        lambda w: QuestionFactory(topics=[w.acne]),
        "3 questions",
        "2 questions",
    ),
    ("a new topic", ["topics"], lambda w: TopicFactory(name="Burns"), "Burns", ""),
    (
        "a topic that got its first question",
        ["home", "list"],
        lambda w: QuestionFactory(topics=[w.scars]),
        "Acne Scars All topics",
        "",
    ),
    ("a topic's address", ["question", "topics", "list"], lambda w: set_(w.acne, slug="spots"), "", ""),
    (
        "a related question's title",
        ["question"],
        lambda w: set_(w.related, title="Does it itch?"),
        "Does it itch?",
        "Is it sore?",
    ),
    ("a related question's address", ["question"], lambda w: set_(w.related, slug="other"), "", ""),
    (
        "a related question hidden",
        ["question", "topic", "unanswered", "home"],
        lambda w: hide_question(w.related.pk, rule=1, **WHY),
        "",
        "Is it sore?",
    ),
    (
        "a related question answered",
        ["question"],
        lambda w: AnswerFactory(question=w.related),
        "Is it sore? 1 answer",
        "Is it sore? Waiting",
    ),
    ("no related question any more", ["question"], lambda w: set_(w.question, related_ids=[]), "", "Is it sore?"),
    (
        "a question answered for the first time",
        ["home", "list", "helpful"],
        lambda w: AnswerFactory(question=w.related),
        "1 answer",
        "",
    ),
    (
        "a question of a topic answered for the first time",
        ["topic"],
        lambda w: AnswerFactory(question=w.related, doctor__name="Zoe Zadie"),
        "Zoe Zadie",
        "",
    ),
    ("a synonym of a topic", ["topic"], lambda w: w.acne.synonyms.create(name="Zits", slug="zits"), "Zits", ""),
    ("a wider topic", ["topic", "topics"], lambda w: set_(w.acne, parent=TopicFactory(name="Hull")), "Hull", ""),
    ("a part of a topic", ["topic"], lambda w: TopicFactory(name="Stern", parent=w.acne), "Stern", ""),
    (
        "a question that waits no more",
        ["unanswered"],
        lambda w: AnswerFactory(question=w.related),
        "Unanswered 0",
        "Is it sore?",
    ),
    ("a new question", ["home", "list", "unanswered"], lambda w: QuestionFactory(title="Is it new?"), "Is it new?", ""),
    (
        "a question withdrawn",
        ["home", "list", "unanswered", "topic"],
        lambda w: set_(w.related, state="withdrawn"),
        "",
        "Is it sore?",
    ),
    (
        "a question deleted",
        ["home", "list", "unanswered", "topic", "question"],
        lambda w: w.related.delete(),
        "",
        "Is it sore?",
    ),
    (
        "an answer hidden",
        ["question"],
        lambda w: hide_answer(w.first.pk, rule=1, **WHY),
        "Doctor answers (1)",
        "A week",
    ),
    (
        "an answer hidden elsewhere",
        ["profile"],
        lambda w: hide_answer(w.first.pk, rule=1, **WHY),
        "No answers yet.",
        "A week",
    ),
    (
        "the latest answer hidden",
        ROWS,
        lambda w: hide_answer(w.first.pk, rule=1, **WHY),
        "Latest: Grace Hopper 1 answer",
        "Lovelace",
    ),
    ("an answer withdrawn", ["question", "profile"], lambda w: set_(w.first, state="withdrawn"), "", "A week"),
    ("an answer restored", ["question"], lambda w: restore_answer(w.hidden.pk, **WHY), "Secret", "A moderator hid"),
    ("a new answer", ["question"], lambda w: AnswerFactory(question=w.question, headline="A year"), "A year", ""),
    ("an answer deleted", ["question", "profile"], lambda w: w.first.delete(), "", "A week"),
    (
        "a later answer",
        ROWS,
        lambda w: set_(w.second, answered_at=NOON + timedelta(days=9)),
        "Latest: Grace Hopper",
        "Latest: Dr Lovelace",
    ),
    (
        "the reason of a decision",
        ["question"],
        lambda w: Decision.objects.update(reason="Another reason."),
        "Another reason.",
        "promises",
    ),
    ("the rule of a decision", ["question"], lambda w: Decision.objects.update(rule=4), "Rule 4", "Rule 6"),
    (
        "the date of a decision",
        ["question"],
        lambda w: Decision.objects.update(decided_at=NOON),
        "one answer on 1 March 2026",
        "",
    ),
    (
        "the question of an answer hidden",
        ["profile"],
        lambda w: hide_question(w.question.pk, rule=1, **WHY),
        "No answers yet.",
        "A week",
    ),
    (
        "writes about another topic",
        ["profile", *DIRECTORY],
        lambda w: (w.question.topics.remove(w.acne), w.question.topics.add(w.scars)),
        "Scars",
        "",
    ),
    (
        "something asked back",
        ["question"],
        lambda w: InquiryFactory(question=w.question, doctor=w.ada, text="Since when?"),
        "Dr Ada Lovelace asks: Since when?",
        "",
    ),
    (
        "a reply to what was asked back",
        ["question"],
        lambda w: set_(w.inquiry, reply="Since spring.", replied_at=NOON),
        "Since spring.",
        "Not replied yet",
    ),
    ("an inquiry that goes", ["question"], lambda w: w.inquiry.delete(), "", "Do you smoke?"),
    (
        "whoever asked back renamed",
        ["question"],
        lambda w: set_(w.inquiry.doctor, name="Rosalind Franklin"),
        "Dr Rosalind Franklin asks:",
        "Dr Mary Seacole asks:",
    ),
    (
        "a recall",
        ["question"],
        lambda w: w.acne.recalls.create(reason="New guidance."),
        "New guidance.",
        "Old guidance.",
    ),
    ("a recall that goes", ["question"], lambda w: w.recall.delete(), "", "Old guidance."),
    (
        "a recalled answer confirmed",
        ["question"],
        lambda w: set_(w.second, confirmed_at=NOON + timedelta(days=1)),
        "Last confirmed on 2 March 2026",
        "Old guidance.",
    ),
    (
        "an answer older than its review time",
        ["question"],
        lambda w: set_(w.first, answered_at=datetime(2020, 5, 7, tzinfo=UTC)),
        "Not confirmed since it was written on 7 May 2020",
        "",
    ),
    (
        "a shorter review time",
        ["question"],
        lambda w: set_(w.acne, review_months=1),
        "Not confirmed since it was written on",
        "",
    ),
    (
        "a question locked",
        ["question"],
        lambda w: decide(lock_question(w.question.pk), action=Action.LOCK, rule=5, **WHY),
        "A moderator locked this question",
        "",
    ),
    (
        "a question merged with another",
        ["home", "list", "unanswered", "topic"],
        lambda w: decide(
            lock_question(w.related.pk, w.question.pk), action=Action.MERGE, rule=5, other=w.question.pk, **WHY
        ),
        "",
        "Is it sore?",
    ),
    (
        "an answer that waits for its doctor's changes",
        ["question", "profile"],
        lambda w: decide(lock_answer(w.first.pk), action=Action.ASK, rule=6, **WHY),
        "",
        "A week",
    ),
    (
        "an answer that many reported",
        ["question", "profile"],
        lambda w: hold(lock_answer(w.first.pk), why="reports", cause=Case.Cause.REPORTS),
        "",
        "A week",
    ),
    (
        "the order of answers by date",
        ["newest answers"],
        lambda w: set_(w.second, answered_at=NOON + timedelta(days=9)),
        "10 March 2026",
        "",
    ),
]


@pytest.mark.parametrize(
    ("place", "change", "gained", "lost"),
    [
        pytest.param(place, change, gained, lost, id=f"{name} on {place}")
        for name, places, change, gained, lost in CHANGES
        for place in places
    ],
)
def test_a_change_shows_at_the_next_request(
    client: Client, w: SimpleNamespace, place: str, change: Callable, gained: str, lost: str
):
    url = PAGES[place](w)
    before = client.get(url)
    assert client.get(url, headers={"If-None-Match": before["ETag"]}).status_code == 304

    with transaction.atomic():  # A transaction of its own, as each change has: PostgreSQL stamps its rows.
        change(w)

    after = client.get(url, headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert after["ETag"] != before["ETag"]
    assert after.content != before.content
    if gained:
        assert gained in Page(after)
        assert gained not in Page(before)
    if lost:
        assert lost in Page(before)
        assert lost not in Page(after)


@pytest.mark.parametrize("viewer", ["visitor", "user"])
@pytest.mark.parametrize(
    ("change", "gained", "lost"),
    [
        pytest.param(change, gained, lost, id=name)
        for name, places, change, gained, lost in CHANGES
        if "question" in places
    ],
)
def test_a_change_shows_on_the_page_of_a_viewer_too(
    client: Client, w: SimpleNamespace, viewer: str, change: Callable, gained: str, lost: str
):
    """Theirs is never kept as a whole, but its parts are."""
    if viewer == "user":
        client.force_login(UserFactory())
    else:
        client.cookies["visitor"] = "nobody:known"
    url = PAGES["question"](w)
    before = client.get(url)
    Client().get(url)

    with transaction.atomic():
        change(w)

    after = Page(client.get(PAGES["question"](w)))
    if gained:
        assert gained in after
        assert gained not in Page(before)
    if lost:
        assert lost in Page(before)
        assert lost not in after


@pytest.mark.parametrize("place", list(PAGES))
def test_without_a_change_a_page_stays_the_same(client: Client, w: SimpleNamespace, place: str):
    url = PAGES[place](w)
    before = client.get(url)

    with transaction.atomic():  # Something that no page shows.
        UserFactory()
        User.objects.filter(pk=UserFactory().pk).update(pen_name="nobody")
        Decision.objects.create(action="publish", subject_kind="questions.answer", subject_id=1)

    after = client.get(url)
    assert (after["ETag"], after.content) == (before["ETag"], before.content)


@pytest.mark.parametrize(
    "move", [hide_question, lambda key, **why: Question.objects.filter(pk=key).update(state="withdrawn")]
)
def test_a_question_that_goes_is_gone_though_its_page_is_kept(client: Client, w: SimpleNamespace, move: Callable):
    url = PAGES["question"](w)
    kept = client.get(url)["ETag"]

    with transaction.atomic():
        move(w.question.pk, rule=1, **WHY)

    for headers in ({}, {"If-None-Match": kept}, {"If-None-Match": "*"}):
        assert client.get(url, headers=headers).status_code == 410


def test_a_restored_question_is_shown_anew(client: Client, w: SimpleNamespace):
    url = PAGES["question"](w)
    before = client.get(url)
    with transaction.atomic():
        hide_question(w.question.pk, rule=1, **WHY)
    client.get(url)

    with transaction.atomic():
        restore_question(w.question.pk, **WHY)

    after = client.get(url)
    assert after.status_code == 200
    assert after["ETag"] != before["ETag"]


def test_a_doctor_who_is_listed_no_more_has_no_page_though_it_is_kept(client: Client, w: SimpleNamespace):
    client.get("/doctors/ada/")

    set_(w.ada, is_listed=False)

    assert client.get("/doctors/ada/").status_code == 410


def test_a_restored_review_counts_again_on_the_kept_page(client: Client, w: SimpleNamespace):
    for step in (lambda: hide_review(w.review.pk, rule=1, **WHY), lambda: restore_review(w.review.pk, **WHY)):
        with transaction.atomic():
            step()
        client.get("/doctors/ada/")

    assert "4.7 out of 5 (3 reviews)" in Page(client.get("/doctors/ada/"))


# --- Time passes, nothing is written ---------------------------------------------------------------------


@contextmanager
def another_day() -> Iterator[date]:
    """Move the database's clock by a day for this connection: forward, or back where no zone is a day ahead yet.

    ``current_date`` follows the session's time zone; the function that Django asks is put in front of PostgreSQL's own.
    """
    today = datetime.now(UTC)
    zone, step = ("Pacific/Kiritimati", 1) if today.hour >= 10 else ("Etc/GMT+12", -1)
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA IF NOT EXISTS another_day")
        cursor.execute(
            "CREATE OR REPLACE FUNCTION another_day.statement_timestamp() RETURNS timestamptz STABLE LANGUAGE sql"
            f" AS $$ SELECT pg_catalog.statement_timestamp() + interval '{step} day' $$"
        )
        cursor.execute("SET search_path = another_day, public, pg_catalog")
        cursor.execute(f"SET TIME ZONE '{zone}'")
        try:
            yield today.date() + timedelta(days=step)
        finally:
            cursor.execute("SET TIME ZONE 'UTC'")
            cursor.execute("RESET search_path")
            cursor.execute("DROP SCHEMA another_day CASCADE")


@pytest.mark.parametrize("place", ["question", "profile", "directory", "list"])
def test_a_check_that_runs_out_with_the_day_shows_though_no_row_changed(client: Client, w: SimpleNamespace, place: str):
    """The database's clock stands on the day on which the check holds, then on the next one."""
    with another_day() as other:
        pass
    today = datetime.now(UTC).date()
    first, second = (nullcontext, another_day) if other > today else (another_day, nullcontext)
    day = min(today, other)
    url = PAGES[place](w)
    mark = {"directory": "about Acne Licence checked", "profile": "Licence checked"}.get(
        place, "Dr Ada Lovelace" if place == "question" else "Dr Lovelace"
    )

    with first():
        w.ada.licence_checks.update(valid_during=DateRange(day, day + timedelta(days=1)))
        before = client.get(url)
    with second():
        after = client.get(url, headers={"If-None-Match": before["ETag"]})

    assert mark in Page(before)
    assert after.status_code == 200
    assert mark not in Page(after)


@pytest.mark.parametrize("is_signed_in", [False, True])
def test_an_answer_that_falls_due_with_the_day_says_so_though_no_row_changed(
    client: Client, w: SimpleNamespace, is_signed_in: bool
):
    today = datetime.now(UTC)
    with another_day() as other:
        later = max(today.date(), other)
    # At an hour that is of the same day in the time zone of the other one.
    hour = 5 if other == later else 20
    written = datetime(later.year - 2, later.month, min(later.day, 28), hour, tzinfo=UTC)
    Answer.objects.update(confirmed_at=today)
    set_(w.first, confirmed_at=None, answered_at=written)
    set_(w.acne, review_months=24)
    if is_signed_in:
        client.force_login(UserFactory())
    url, words = PAGES["question"](w), "Not confirmed since it was written on"

    now = client.get(url)
    with another_day():
        then = client.get(url, headers={"If-None-Match": now.get("ETag", "")})

    before, after = (now, then) if other == later else (then, now)
    assert (now.status_code, then.status_code) == (200, 200)
    assert words in Page(after)
    assert (words in Page(before)) is (later.day > 28)


# --- What staff save in the admin ------------------------------------------------------------------------


def save_in_admin(staff: Client, row, **values: object) -> None:
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    form = Page(staff.get(url)).form(id=f"{row._meta.model_name}_form")
    response = staff.post(url, {**form, **values})
    assert response.status_code == 302, Page(response)


@pytest.mark.parametrize(
    ("row", "values", "place", "words"),
    [
        ("first", {"body": "Words of the admin."}, "question", "Words of the admin."),
        ("first", {"headline": "Of the admin"}, "question", "Of the admin"),
        ("question", {"body": "Words of the admin."}, "question", "Words of the admin."),
        ("question", {"title": "Asked by the admin"}, "list", "Asked by the admin"),
        ("asker", {"pen_name": "admin_day"}, "question", "admin_day"),
        ("ada", {"name": "Ada Admin"}, "question", "Dr Ada Admin"),
        ("ada", {"name": "Ada Admin"}, "directory", "Dr Ada Admin"),
        ("skin", {"name": "Admin medicine"}, "question", "Admin medicine"),
        ("acne", {"name": "Adminitis"}, "question", "Adminitis"),
        ("kind", {"label": "Admin sessions"}, "question", "Admin sessions"),
        ("fact", {"span_1": "8"}, "question", "3 to 8"),
    ],
)
def test_what_is_saved_in_the_admin_shows_at_the_next_request(
    client: Client, admin_client: Client, w: SimpleNamespace, row: str, values: dict, place: str, words: str
):
    before = client.get(PAGES[place](w))

    save_in_admin(admin_client, getattr(w, row), **values)

    after = client.get(PAGES[place](w))
    assert words not in Page(before)
    assert words in Page(after)
    assert after["ETag"] != before["ETag"]


@pytest.mark.django_db(transaction=True)
def test_a_vote_over_http_shows_at_the_next_strangers_request():
    """Once with true commits, without a transaction around the test."""
    answer, stranger = AnswerFactory(), Client()
    url = answer.question.get_absolute_url()
    seen = [stranger.get(url)]

    for value in (1, -1):
        Client().post(
            reverse("voting:cast_vote", args=[answer.pk]), {"value": value}, headers={"Sec-Fetch-Site": "same-origin"}
        )
        seen.append(stranger.get(url))

    assert [next(score for score in ("Score: +0", "Score: +1") if score in Page(page)) for page in seen] == [
        "Score: +0",
        "Score: +1",
        "Score: +0",
    ]
    assert len({page["ETag"] for page in seen}) == 3


def test_every_table_that_a_page_shows_is_among_the_changes_above():
    """A new table needs its own line there."""
    named = {Answer, AnswerFact, AnswerVote, Decision, Doctor, DoctorReview, FactKind, LicenceCheck, Question}
    named |= {CheckedFact, Verification, PromptReply, QuestionTopic, Specialty, Topic, TopicPrompt, User}
    named |= {AnswerAgreement, CredentialPeriod, HelpfulMark, Inquiry, QuestionPhoto, Recall}
    named |= {TopicDoctor, TopicSynonym}
    ours = {
        m
        for label in ("voting", "questions", "doctors", "moderation", "accounts")
        for m in apps.get_app_config(label).get_models()
        if not m._meta.proxy
    }

    # What no stranger's page shows: the history has a page of its own, without a version.
    unseen = {"Limit", "Mail", "MailChoice", "Draft", "Follow", "Notice", "QuestionEdit", "TopicProposal"}
    unseen |= {"AnswerDraft", "AnswerEdit", "Desk", "Decline", "Document", "LicenceReminder", "VerificationEvent"}
    unseen |= {"AuditEntry", "Report", "Case", "Appeal", "ReviewEdit", "VisitCode", "MonthOfNumbers"}
    # A hiding shows by the states of what it hid.
    unseen |= {"Sanction", "Hiding", "HiddenThing", "Hold"}
    # Of a ring only its votes show, by the counters of their answers.
    # Why something waits is read by its author and by moderators.
    unseen |= {"BayesFilter", "BayesToken"}
    # What the search stands on.
    unseen |= {"Meaning", "SynonymGroup", "Vocabulary", "Word"}
    unseen |= {"VoteRing", "NetworkKey", "Sanction", "Hiding", "HiddenThing", "Hold"}
    assert {model.__name__ for model in ours - named} == unseen | {"ScreenRule", "ScreenWords"}
