"""Rows for tests, each valid by itself. A factory writes the row; triggers count it as they would anywhere."""

import time
from datetime import date, timedelta
from uuid import uuid4

import factory
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.backends.postgresql.psycopg_any import DateRange, NumericRange
from django.test import Client
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import User
from accounts.services import confirm_address, set_up_authenticator_app
from doctors.models import FACTS, CheckedFact, Doctor, DoctorReview, Document, LicenceCheck, Specialty, Verification
from moderation.models import Decision
from questions.bodies import render
from questions.models import (
    Answer,
    AnswerFact,
    Draft,
    FactKind,
    Follow,
    Inquiry,
    Question,
    QuestionPhoto,
    QuestionTopic,
    Topic,
    TopicPrompt,
)
from voting.models import AnswerVote, VoteRing


def lettered(n: int) -> str:
    """Spell a number in letters, so that no figure looked for on a page is found in a name."""
    return str(n).translate(str.maketrans("0123456789", "abcdefghij"))


def sign_in(client: Client, user: User, *, factor: bool = True) -> Client:
    """Sign a person in at once, and by a second factor, which the admin asks for; return the client."""
    client.force_login(user)
    # Whoever signs in has confirmed the address.
    if not EmailAddress.objects.filter(user=user).exists():
        confirm_address(user=user)
    if factor:
        app = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP)
        if not app.exists():
            set_up_authenticator_app(user=user)
        session = client.session
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [
            {"method": "mfa", "at": time.time(), "id": app.get().pk, "type": "totp"}
        ]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
    return client


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@mail.example")
    pen_name = factory.Sequence(lambda n: f"pen_{n}")
    password = factory.django.Password("correct horse battery")
    date_joined = factory.LazyFunction(lambda: timezone.now() - timedelta(days=400))

    @factory.post_generation
    def confirmed(self, create: bool, extracted: bool | None, **kwargs: object) -> None:
        if extracted:
            confirm_address(user=self)


class NewcomerFactory(UserFactory):
    """Whose account is new, so that what they post is looked at more closely."""

    date_joined = factory.LazyFunction(timezone.now)


class ModeratorFactory(UserFactory):
    is_staff = True
    is_superuser = True


class SpecialtyFactory(DjangoModelFactory):
    class Meta:
        model = Specialty

    name = factory.Sequence(lambda n: f"Specialty {n}")
    slug = factory.Sequence(lambda n: f"specialty-{n}")


def staff_pair() -> tuple[User, User]:
    """Return two members of staff, who approve doctors; each test has the same two."""
    first, second = (
        User.objects.get_or_create(
            email=f"approver{number}@staff.example", defaults={"pen_name": f"approver_{number}", "is_staff": True}
        )[0]
        for number in (1, 2)
    )
    return first, second


def verify(doctor: Doctor) -> Verification:
    """Let two members of staff have approved a doctor on five facts; their licence check is made apart."""
    first, second = staff_pair()
    verification = Verification.objects.create(
        doctor=doctor,
        applicant=doctor.user,
        name=doctor.name,
        credentials=doctor.credentials or "MD",
        specialty=doctor.specialty or SpecialtyFactory(),
        place=doctor.place or "Port Alder",
        authority="Alder Coast Medical Board",
        number=f"AC-{doctor.pk}",
        outcome="active",
        licence_until=date.today() + timedelta(days=335),
    )
    CheckedFact.objects.bulk_create(
        CheckedFact(
            verification=verification, kind=kind, holds=True, source="The board's own register", checked_by=first
        )
        for kind in FACTS
    )
    Verification.objects.filter(pk=verification.pk).update(
        state="approved", first_approver=first, second_approver=second, approved_at=timezone.now()
    )
    return verification


class VerificationFactory(DjangoModelFactory):
    """An application that waits for staff."""

    class Meta:
        model = Verification

    applicant = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"Ada Applicant{'abcdefghij'[n % 10]}")
    credentials = "MD"
    specialty = factory.SubFactory(SpecialtyFactory)
    place = "Port Alder"
    languages = factory.LazyFunction(lambda: ["English"])
    authority = "Alder Coast Medical Board"
    number = factory.Sequence(lambda n: f"AP-{n}")


class DocumentFactory(DjangoModelFactory):
    """The row of a document; its file is made where a test needs one."""

    class Meta:
        model = Document

    verification = factory.SubFactory(VerificationFactory)
    shows = Document.Kind.LICENCE
    path = factory.LazyFunction(lambda: f"documents/{uuid4().hex}")
    format = "pdf"
    size = 1000


class DoctorFactory(DjangoModelFactory):
    """A doctor with a valid check; ``verified=False`` for none, ``licence=False`` for all of it but a licence check."""

    class Meta:
        model = Doctor
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Ada Doctor{lettered(n)}ova")
    slug = factory.Sequence(lambda n: f"ada-{n}")
    credentials = "MD"
    specialty = factory.SubFactory(SpecialtyFactory)
    place = "Port Alder"

    @factory.post_generation
    def verified(self, create: bool, extracted: bool | None, **kwargs: object) -> None:
        if self.import_key is None and extracted is not False:
            verify(self)

    @factory.post_generation
    def licence(self, create: bool, extracted: bool | None, **kwargs: object) -> None:
        if self.import_key is None and extracted is not False:
            LicenceCheckFactory(doctor=self)
        # The database says until when they stand.
        self.refresh_from_db(fields=["valid_until"])


class LicenceCheckFactory(DjangoModelFactory):
    class Meta:
        model = LicenceCheck

    doctor = factory.SubFactory(DoctorFactory, licence=False)
    authority = "Alder Coast Medical Board"
    number = factory.Sequence(lambda n: f"AC-{n}")
    outcome = LicenceCheck.Outcome.ACTIVE
    checked_on = factory.LazyFunction(lambda: date.today() - timedelta(days=30))
    valid_during = factory.LazyAttribute(lambda c: DateRange(c.checked_on, c.checked_on + timedelta(days=365)))


class DoctorReviewFactory(DjangoModelFactory):
    class Meta:
        model = DoctorReview

    doctor = factory.SubFactory(DoctorFactory)
    patient = factory.SubFactory(UserFactory)
    rating = 5
    title = "Took time to explain"
    body = "I understood what would happen next."
    told_at = factory.LazyAttribute(lambda r: None if getattr(r, "state", "") == "held" else timezone.now())


class TopicFactory(DjangoModelFactory):
    class Meta:
        model = Topic

    name = factory.Sequence(lambda n: f"Topic {n}")
    slug = factory.Sequence(lambda n: f"topic-{n}")


class QuestionFactory(DjangoModelFactory):
    class Meta:
        model = Question
        skip_postgeneration_save = True

    title = factory.Sequence(lambda n: f"How long does swelling {n} last?")
    slug = factory.Sequence(lambda n: f"how-long-does-swelling-{n}-last")
    body = "It began two days ago.\n\nIs that usual?"
    body_html = factory.LazyAttribute(lambda q: render(q.body, "text"))
    asker = factory.SubFactory(UserFactory)

    @factory.post_generation
    def topics(self, create: bool, extracted: list[Topic] | None, **kwargs: object) -> None:
        for topic in extracted or []:
            QuestionTopic.objects.create(question=self, topic=topic)


def publishing() -> Decision:
    """Return a decision that something is shown."""
    return Decision.objects.create(action="publish", subject_kind="questions.questionphoto", subject_id=0)


class QuestionPhotoFactory(DjangoModelFactory):
    """The row of a photo that waits, or with ``released=True`` of one that all see; without its file."""

    class Meta:
        model = QuestionPhoto

    class Params:
        released = factory.Trait(state="published", decision=factory.LazyFunction(publishing), held_for=())

    question = factory.SubFactory(QuestionFactory)
    position = 1
    state = "held"
    held_for = ("photo",)
    file = factory.LazyFunction(lambda: f"photos/{uuid4().hex}")
    fingerprint = factory.LazyFunction(lambda: uuid4().hex * 2)
    format = "png"
    width, height, size = 40, 30, 100
    alt = "Red patches"


class AnswerFactory(DjangoModelFactory):
    class Meta:
        model = Answer

    question = factory.SubFactory(QuestionFactory)
    doctor = factory.SubFactory(DoctorFactory)
    headline = factory.Sequence(lambda n: f"It often settles by itself {n}")
    body = "Most swelling goes in a week.\n\nSee a doctor where it grows."
    body_html = factory.LazyAttribute(lambda a: render(a.body, "text"))


class FactKindFactory(DjangoModelFactory):
    class Meta:
        model = FactKind

    topic = factory.SubFactory(TopicFactory)
    key = factory.Sequence(lambda n: f"kind-{n}")
    label = "Sessions"
    form = FactKind.Form.RANGE


class AnswerFactFactory(DjangoModelFactory):
    class Meta:
        model = AnswerFact

    answer = factory.SubFactory(AnswerFactory)
    kind = factory.SubFactory(FactKindFactory)
    span = factory.LazyFunction(lambda: NumericRange(3, 6, "[]"))


class TopicPromptFactory(DjangoModelFactory):
    class Meta:
        model = TopicPrompt

    topic = factory.SubFactory(TopicFactory)
    label = factory.Sequence(lambda n: f"What is your skin type {n}?")
    short_label = factory.Sequence(lambda n: f"Skin type {n}")
    choices = factory.LazyFunction(lambda: ["Dry", "Oily"])


class DraftFactory(DjangoModelFactory):
    class Meta:
        model = Draft

    user = factory.SubFactory(UserFactory)
    content = factory.LazyFunction(lambda: {"title": "Is this half a question"})


class FollowFactory(DjangoModelFactory):
    """Somebody follows a question; pass ``topic`` and ``question=None`` for a topic."""

    class Meta:
        model = Follow

    user = factory.SubFactory(UserFactory)
    question = factory.SubFactory(QuestionFactory)


class InquiryFactory(DjangoModelFactory):
    """A doctor with an account asked the patient something back."""

    class Meta:
        model = Inquiry

    question = factory.SubFactory(QuestionFactory)
    doctor = factory.SubFactory(DoctorFactory, user=factory.SubFactory(UserFactory))
    text = "Since when, and do you take anything for it?"


class VoteFactory(DjangoModelFactory):
    """A visitor's vote; pass ``user`` and ``visitor=None`` for an account's."""

    class Meta:
        model = AnswerVote

    answer = factory.SubFactory(AnswerFactory)
    visitor = factory.LazyFunction(uuid4)
    value = AnswerVote.Value.UP


class VoteRingFactory(DjangoModelFactory):
    """A ring that waits for a moderator; ``votes`` are set aside with it."""

    class Meta:
        model = VoteRing
        skip_postgeneration_save = True

    doctor = factory.SubFactory(DoctorFactory)
    value = AnswerVote.Value.UP
    evidence = factory.LazyFunction(lambda: [VoteRing.Evidence.BURST])

    @factory.post_generation
    def votes(self, create: bool, votes: list[AnswerVote] | None, **kwargs: object) -> None:
        for vote in votes or []:
            AnswerVote.objects.filter(pk=vote.pk).update(state="held", ring=self)
        VoteRing.objects.filter(pk=self.pk).update(size=len(votes or []))
