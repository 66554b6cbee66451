"""Text that would be markup: on every page, in every field, it is shown and never run."""

from datetime import date
from types import SimpleNamespace
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange, NumericRange
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.visitors import Voter
from doctors.models import CredentialPeriod, Doctor
from moderation.models import Decision, Report
from moderation.registry import kind_of
from moderation.services import report
from questions.bodies import render
from questions.models import AnswerDraft, AnswerEdit, BodyFormat, Inquiry, PromptReply, QuestionEdit
from questions.services import hide_answer, refresh_related
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
    sign_in,
)
from tests.reading import Page

pytestmark = pytest.mark.django_db

EVIL = """<script>evil()</script><img src=x onerror=evil()>"'`{{ 7|add:7 }}{% now "Y" %}&lt;b&gt;swelling"""
SHORT = """<b onclick=evil()>"'&amp;"""
# None of our own pages holds one of these.
TAGS = {"img", "iframe", "object", "embed", "base", "style", "math", "template"}


@pytest.fixture
def w() -> SimpleNamespace:
    """Rows whose every text is hostile, as an import or a hole in a form could write them."""
    asker = UserFactory(pen_name=SHORT)
    acne = TopicFactory(name=EVIL, slug="acne", description=EVIL)
    acne.synonyms.create(name=f"{EVIL} too", slug="acne-too")
    skin = SpecialtyFactory(name=EVIL, slug="skin")
    ada = DoctorFactory(
        name=EVIL,
        slug="ada",
        specialty=skin,
        place=EVIL,
        credentials=EVIL,
        practice=EVIL,
        languages=[SHORT],
        interests_stated=EVIL,
        licence=False,
    )
    LicenceCheckFactory(doctor=ada, authority=EVIL, number=SHORT, training=EVIL, source=EVIL)
    ada.verifications.get().facts.update(source=EVIL)
    CredentialPeriod.objects.create(doctor=ada, credentials=EVIL, during=DateRange(date(2000, 1, 1), None))
    question = QuestionFactory(title=EVIL, slug="slug", body=EVIL, asker=asker, topics=[acne])
    answer = AnswerFactory(
        question=question, doctor=ada, headline=EVIL, body=EVIL, interest="paid", interest_words=EVIL
    )
    hidden = AnswerFactory(question=question)
    hide_answer(hidden.pk, rule=1, reason=EVIL, moderator=None)
    choice = FactKindFactory(topic=acne, label=SHORT, form="choice", unit=SHORT, choices={"x": EVIL})
    AnswerFactFactory(answer=answer, kind=choice, span=None, choice="x")
    AnswerFactFactory(answer=answer, kind=FactKindFactory(topic=acne, label=SHORT), span=NumericRange(1, 3))
    review = DoctorReviewFactory(
        doctor=ada, patient=asker, title=EVIL, body=EVIL, treatment=EVIL, reply=EVIL, replied_at=timezone.now()
    )
    review.edits.create(rating=5, title=EVIL, body=f"{EVIL} before", treatment=EVIL)
    PromptReply.objects.create(
        question=question, prompt=TopicPromptFactory(topic=acne, label=EVIL, short_label=SHORT), text=EVIL[:100]
    )
    InquiryFactory(question=question, doctor=ada, text=EVIL, reply=EVIL, replied_at=timezone.now())
    acne.recalls.create(reason=EVIL)
    QuestionPhotoFactory(question=question, released=True, alt=EVIL)
    QuestionEdit.objects.create(question=question, title=EVIL, body=f"{EVIL} before", stated=f"Topics: {EVIL}, x")
    AnswerEdit.objects.create(
        answer=answer, headline=EVIL, body=f"{EVIL} before", stated=f"Interest: {EVIL}", is_substantial=True
    )
    other = QuestionFactory(title=EVIL, slug="other", asker=None, asker_name=EVIL, topics=[acne], body=EVIL)
    refresh_related([question.pk])
    return SimpleNamespace(question=question, other=other, answer=answer, review=review)


def is_harmless(response: HttpResponse) -> None:
    """Fail where the hostile text became markup, an attribute or a script, or was run as a template."""
    page, content = Page(response), response.content.decode()
    assert response.status_code == 200
    assert "evil()" in content, "The text is not on this page: the test tests nothing."
    photos = [attributes for tag, attributes in page.tags if tag == "img" and attributes["src"].startswith("/photos/")]
    assert all(set(photo) == {"src", "width", "height", "alt", "loading", "decoding"} for photo in photos)
    # The frame of an answer opens its links outside of itself, by a tag of ours.
    ours = {"target": "_top"}
    assert [tag for tag, found in page.tags if tag in TAGS and found != ours] == ["img"] * len(photos)
    assert not [(tag, name) for tag, attributes in page.tags for name in attributes if name.startswith("on")]
    for script in page.all("script"):
        assert script.get("type") == "application/ld+json" or script.get("src", "").startswith("/static/")
    # Neither of its template tags was run.
    assert "{% now" in content
    assert "{{ 7|add:7 }}" in content


PAGES = [
    "/",
    "/questions/",
    "/questions/?sort=active&topic=acne&specialty=skin",
    "/questions/?sort=helpful",
    "/questions/?sort=unanswered",
    "/topics/",
    "/topics/acne/",
    "/doctors/",
    "/doctors/?specialty=skin",
    "/doctors/ada/",
    "/search/?q=swelling",
    "{question}",
    "{other}",
    "{history}",
    "{answer_history}",
    "{review_history}",
    "/embed/answers/{answer}/",
    "/doctors/ada/answers/?topic=acne",
]


@pytest.mark.parametrize("place", PAGES)
def test_hostile_text_is_shown_and_never_run(client: Client, w: SimpleNamespace, place: str):
    address = place.format(
        answer=w.answer.pk,
        question=w.question.get_absolute_url(),
        other=w.other.get_absolute_url(),
        history=f"/questions/{w.question.pk}/history/",
        answer_history=f"/answers/{w.answer.pk}/history/",
        review_history=f"/doctors/reviews/{w.review.pk}/history/",
    )

    is_harmless(client.get(address))


DESK = [
    "/desk/?all=on&answered=on",
    "/desk/waiting/",
    "/desk/drafts/",
    "/desk/answers/",
    "/desk/reviews/",
    "/desk/choices/",
    "/questions/{other}/inquire/",
    "/questions/{other}/decline/",
    "{question}",
]


@pytest.mark.parametrize("place", DESK)
def test_hostile_text_is_not_run_on_the_desk_of_a_doctor(client: Client, w: SimpleNamespace, place: str):
    doctor = w.answer.doctor
    Doctor.objects.filter(pk=doctor.pk).update(user=UserFactory())
    doctor.refresh_from_db()
    w.other.question_topics.get().topic.specialties.add(doctor.specialty)
    AnswerDraft.objects.create(doctor=doctor, question=w.other)
    inquiry = InquiryFactory(question=QuestionFactory(title=EVIL, topics=[]), doctor=doctor, text=EVIL)
    Inquiry.objects.filter(pk=inquiry.pk).update(reply=EVIL, replied_at=timezone.now())

    address = place.format(other=w.other.pk, question=w.question.get_absolute_url())
    is_harmless(sign_in(client, doctor.user).get(address))


def test_hostile_text_is_not_run_where_the_patient_replies(client: Client, w: SimpleNamespace):
    inquiry = InquiryFactory(question=w.question, doctor__name=EVIL, text=EVIL)
    w.question.declines.create(doctor=DoctorFactory(name=EVIL), reason="field")
    client.force_login(w.question.asker)

    for address in (f"/inquiries/{inquiry.pk}/reply/", "/questions/mine/", w.question.get_absolute_url()):
        is_harmless(client.get(address))


@pytest.mark.parametrize(
    "query",
    [
        "/search/?q={0}",
        "/questions/?sort={0}",
        "/doctors/?place={0}",
        "/doctors/?rating={0}",
        "/doctors/?sort={0}&x={0}&{0}=1",
    ],
)
def test_hostile_parameters_are_shown_and_never_run(client: Client, w: SimpleNamespace, query: str):
    is_harmless(client.get(query.format(quote(EVIL))))


def test_the_author_of_a_hidden_question_reads_hostile_reasons_unharmed(client: Client, w: SimpleNamespace):
    decision = Decision.objects.get(action="hide")
    type(w.question).objects.filter(pk=w.question.pk).update(state="hidden", decision=decision)
    client.force_login(w.question.asker)

    is_harmless(client.get(w.question.get_absolute_url()))


ADMIN = [
    "/admin/questions/question/",
    "/admin/questions/answer/",
    "/admin/questions/topic/",
    "/admin/doctors/doctor/",
    "/admin/doctors/doctorreview/",
    "/admin/moderation/decision/",
]


@pytest.mark.parametrize("place", ADMIN)
def test_hostile_text_is_not_run_in_the_admin(admin_client: Client, w: SimpleNamespace, place: str):
    is_unrun(Page(admin_client.get(place)))


def test_hostile_text_is_not_run_in_the_queue_and_on_a_case(admin_client: Client, w: SimpleNamespace):
    for thing in (w.question, w.answer):
        voter, reason = Voter(visitor=uuid4()), Report.Reason.OTHER
        case = report(kind_of(thing), thing.pk, by=voter, reason=reason, note=EVIL, network="").case

        for place in (f"{case.pk}/change/", "", f"?q={quote(EVIL)}&state={quote(EVIL)}"):
            is_unrun(Page(admin_client.get(f"/admin/moderation/case/{place}")))


def is_unrun(page: Page) -> None:
    assert "evil()" in page
    assert not [tag for tag, attributes in page.tags if attributes.get("onerror") or attributes.get("onclick")]
    assert not [tag for tag in page.all("script") if "src" not in tag and tag.get("type") != "application/json"]


@pytest.mark.parametrize("body_format", BodyFormat.values)
@pytest.mark.parametrize(
    "body",
    [
        EVIL,
        "[x](javascript:evil())",
        "[x](JaVaScRiPt:evil())",
        "[x](data:text/html;base64,ZXZpbA==)",
        '<a href="javascript:evil()" onclick="evil()">x</a>',
        '<a href="//evil.example">x</a><a href="/relative">y</a>',
        "![x](https://evil.example/a.png)",
        '<img src="https://evil.example/a.png">',
        "<svg onload=evil()><p>x</p></svg>",
        "<p style='background:url(//evil.example)'>x</p>",
        "<form action=//evil.example><input name=password></form>x",
        "<iframe src=//evil.example>x</iframe>x",
        "<math><mi//xlink:href='data:x,<script>evil()</script>'>x",
        '<p id="answers" class="vote">x</p>',
        "<noscript><p title='</noscript><img src=x onerror=evil()>'>x",
        "<template><script>evil()</script></template>x",
        "x\u2028y\u202e<z>",
    ],
)
def test_a_body_never_brings_markup_of_its_own(client: Client, body: str, body_format: str):
    html = render(body, body_format) or "<p>x</p>"
    answer = AnswerFactory(body=body, body_format=body_format, body_html=html)

    page = Page(client.get(answer.question.get_absolute_url()))

    assert not [
        tag for tag, _ in page.tags if tag in {"img", "iframe", "input", "object", "embed", "math", "style"}
    ] or [tag["name"] for tag in page.all("input")] == ["q"]
    assert not page.all("img")
    assert not [
        attributes for _, attributes in page.tags if {"onclick", "onerror", "onload", "style"} & set(attributes)
    ]
    for link in page.links():
        assert link.startswith(("/", "#", "?", "http://", "https://"))
        assert not link.startswith("//")
    for tag in page.all("a"):
        if tag.get("href", "").startswith("http"):
            assert tag["rel"] == "ugc nofollow noopener"
    assert len(page.all("h2", id="answers")) == 1
    assert not page.all("p", id="answers")


def test_every_text_column_of_the_rooms_is_named_here_or_never_shown():
    """A new column of text needs a hostile value above, or a reason to stand in this list."""
    unseen = {
        "accounts.User": {"password", "email"},
        "accounts.Limit": {"key"},
        "accounts.Mail": {"to", "kind", "subject", "text", "html", "message_id", "state", "fault"},
        "accounts.MailChoice": {"kind"},
        "voting.AnswerVote": {"state"},
        "voting.VoteRing": {"state", "reason"},
        "moderation.ScreenRule": {"family", "name", "patterns", "within", "unless", "note"},
        "moderation.ScreenWords": {"name", "phrases", "note"},
        "questions.Follow": {"how_often"},
        "questions.Notice": {"how_often"},
        "questions.Decline": {"reason"},
        "questions.Desk": {"how_often"},
        "questions.TopicPrompt": {"label"},
        "questions.TopicProposal": {"name"},
        "doctors.Doctor": {"import_key"},
        "doctors.LicenceCheck": {"outcome"},
        # Only staff and the applicant read what was stated; the profile shows what was found.
        "doctors.Verification": {
            *("state", "name", "credentials", "place", "practice", "authority", "number", "npi", "outcome"),
        },
        "doctors.VerificationEvent": {"state", "words"},
        "doctors.CheckedFact": {"kind"},
        "doctors.Document": {"shows", "path", "format"},
        "questions.AnswerEdit": {"body_format"},
        "questions.Question": {"body_format", "external_id", "source_url", "state", "body_html", "topic_names"},
        # Only staff read a note; the words of the site are letters alone.
        "questions.SynonymGroup": {"note"},
        "questions.Word": {"word", "stem"},
        # The name of a model, and numbers.
        "questions.Meaning": {"model"},
        "questions.Answer": {"body_format", "external_id", "state", "interest", "body_html"},
        "questions.FactKind": {"form"},
        "questions.QuestionPhoto": {"format", "fingerprint", "state"},
        "questions.AnswerFact": {"choice"},
        "doctors.DoctorReview": {"state", "interaction"},
        # Only its digest is kept, and the doctor reads the code once.
        "doctors.VisitCode": {"digest"},
        # The admin escapes all that it shows.
        # Moderators, and of a decision and an appeal their author, read these.
        "moderation.Report": {"subject_kind", "reason", "note", "network"},
        "moderation.Case": {"subject_kind", "cause", "words"},
        "moderation.Appeal": {"text", "outcome"},
        "moderation.AuditEntry": {"action", "subject_kind", "reason", "previous_hash", "hash"},
        # Letters alone.
        "moderation.BayesToken": {"word"},
        "moderation.Sanction": {"kind", "reason", "lifted_because"},
        "moderation.Hiding": {"reason", "undone_because"},
        "moderation.Hold": {"subject_kind", "reason"},
        "moderation.Decision": {"action", "subject_kind", "state_before"},
    }
    shown = {
        "accounts.User": {"pen_name"},
        "doctors.Specialty": {"name"},
        "doctors.Doctor": {"name", "credentials", "place", "practice", "interests_stated", "specialty_name"},
        "doctors.LicenceCheck": {"authority", "number", "training", "source"},
        "doctors.CheckedFact": {"source"},
        "doctors.CredentialPeriod": {"credentials"},
        "questions.AnswerEdit": {"headline", "body", "stated"},
        "doctors.DoctorReview": {"title", "body", "treatment", "reply"},
        "doctors.ReviewEdit": {"title", "body", "treatment"},
        "questions.Topic": {"name", "description", "synonym_names"},
        "questions.TopicSynonym": {"name"},
        "questions.Question": {"title", "body", "asker_name"},
        "questions.Answer": {"headline", "body", "interest_words"},
        "questions.FactKind": {"label", "unit"},
        "moderation.Decision": {"reason"},
        "questions.TopicPrompt": {"short_label"},
        "questions.PromptReply": {"text"},
        "questions.QuestionPhoto": {"alt"},
        "questions.QuestionEdit": {"title", "body", "stated"},
        "questions.Inquiry": {"text", "reply"},
        "questions.Recall": {"reason"},
    }
    rooms = ("voting", "questions", "doctors", "moderation", "accounts")
    for model in (model for room in rooms for model in apps.get_app_config(room).get_models() if not model._meta.proxy):
        label = model._meta.label
        columns = {
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField) and not isinstance(field, models.SlugField)
        }
        assert columns == unseen.get(label, set()) | shown.get(label, set()), label


@pytest.mark.parametrize(
    "source_url",
    [
        "javascript://evil.example/%0aevil()",
        "JavaScript://evil.example",
        "data://evil.example/,x",
        "http://[",
        "http://[x]/",
        "//evil.example",
    ],
)
def test_an_address_of_origin_that_is_none_of_the_web_is_no_link(client: Client, source_url: str):
    question = QuestionFactory(source_url=source_url)

    page = Page(client.get(question.get_absolute_url()))

    assert source_url not in page.links()
