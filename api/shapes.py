"""What the API shows of rows: the same as the pages do, under the same words, and of patients the pen name alone."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from ninja import Field, Schema

from doctors.models import STARS, Doctor, DoctorReview
from questions.bodies import plain
from questions.models import Answer, Question, Topic


def site(path: str) -> str:
    """Return the whole address of a path."""
    return settings.SITE_URL + path


class TopicLink(Schema):
    name: str = Field(examples=["Acne scars"])
    slug: str = Field(examples=["acne-scars"])
    url: str = Field(description="Its page for people.")


class TopicShown(TopicLink):
    description: str = Field(description="What it is about; empty where nobody wrote it down.")
    synonyms: list[str] = Field(description="Other names that lead to it.", examples=[["Pockmarks"]])
    parent: TopicLink | None = Field(description="The wider topic that it is part of.")
    question_count: int = Field(examples=[12])


class AuthorShown(Schema):
    """A doctor as an answer's card shows them."""

    name: str = Field(examples=["Dr Ada Lindqvist"])
    slug: str | None = Field(description="Names the doctor here; null where the profile is not shown.")
    url: str | None = Field(description="The profile for people; null where it is not shown.")
    credentials: str = Field(examples=["MD, FACS"])
    medical_specialty: str | None = Field(examples=["Dermatology"])
    place: str = Field(examples=["Uppsala"])
    rating: float | None = Field(
        description="The mean of all reviews, 1 to 5; null below three reviews.", examples=[4.8]
    )
    review_count: int = Field(examples=[95])
    licence_checked: bool = Field(description="Whether our check of the licence holds today.")


class DoctorListed(AuthorShown):
    answer_count: int = Field(description="Published answers.", examples=[31])
    writes_about: list[str] = Field(description="The topics of most of their answers.")


class DoctorShown(DoctorListed):
    practice: str
    languages: list[str] = Field(description="As the doctor names them.", examples=[["English", "Svenska"]])
    language_codes: list[str] = Field(description="Those that have one in ISO 639.", examples=[["en", "sv"]])
    interests_stated: str = Field(description="What the doctor sells or is paid for, in their own words.")
    stars: dict[str, int] = Field(
        description="How many reviews written here gave so many stars.",
        examples=[{"1": 0, "2": 0, "3": 1, "4": 4, "5": 12}],
    )


class ReviewShown(Schema):
    id: int
    url: str
    author: str = Field(description="The patient's pen name.", examples=["quiet_heron"])
    rating: int = Field(ge=1, le=5)
    title: str
    text: str
    written_at: datetime
    edited_at: datetime | None
    visit_month: date | None = Field(description="The first day of the month of the visit.")
    verified: bool = Field(description="Whether we know that the two had to do with each other.")
    helpful_count: int
    reply: str = Field(description="What the doctor replied; empty where there is no reply.")
    replied_at: datetime | None


class AnswerShown(Schema):
    id: int = Field(examples=[34])
    url: str = Field(description="Its place on the question's page.")
    embed_url: str = Field(description="The same answer to be shown in a frame.")
    question_id: int = Field(examples=[12])
    headline: str = Field(description="Empty where the doctor gave none.")
    html: str = Field(description="The text as cleaned markup: paragraphs, lists, quotes, emphasis, links.")
    text: str = Field(description="The same without markup.")
    answered_at: datetime | None = Field(description="Null where nobody knows.")
    edited_at: datetime | None
    upvote_count: int = Field(examples=[12])
    downvote_count: int = Field(examples=[1])
    score: int = Field(description="Upvotes minus downvotes.", examples=[11])
    interest: str = Field(description="What the doctor states of an interest of their own; empty where not asked.")
    author: AuthorShown
    author_was: str = Field(description="What the doctor was on the day of the answer, where that differs from today.")


class QuestionListed(Schema):
    id: int = Field(examples=[12])
    url: str = Field(description="Its page for people.")
    title: str = Field(examples=["Why does my knee click on stairs?"])
    author: str = Field(description="The patient's pen name; empty where there is none.", examples=["quiet_heron"])
    asked_at: datetime | None = Field(description="Null where nobody knows.")
    edited_at: datetime | None
    topics: list[TopicLink]
    answer_count: int = Field(description="Published answers.", examples=[3])


class QuestionShown(QuestionListed):
    html: str
    text: str
    is_closed: bool = Field(description="Whether the patient has what they need.")
    answers: list[AnswerShown] = Field(description="All published answers, the most helpful first.")


class Found(Schema):
    """A question that was found, and where: in its own words or in an answer's."""

    question: QuestionListed
    title_html: str = Field(description="The title, escaped, with the words of the search in <mark>.")
    extract_html: str = Field(description="The words around, escaped, with the words of the search in <mark>.")
    answer_id: int | None = Field(description="The answer that the extract is of; null where it is the question's.")


class Problem(Schema):
    """What went wrong, as RFC 9457 has it. It never repeats what was sent."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["There is nothing here"])
    status: int = Field(examples=[404])
    detail: str
    errors: list[dict[str, str]] = Field([], description="Of 422: each value that does not fit, and what it must be.")


class Listing(Schema):
    """A page of a list. Follow ``next`` until it is null; nothing else tells where a list ends."""

    next: str | None = Field(description="The next page; null on the last one.")
    previous: str | None = Field(description="The page before; null on the first one.")


class Questions(Listing):
    items: list[QuestionListed]


class Answers(Listing):
    items: list[AnswerShown]


class Doctors(Listing):
    count: int = Field(description="How many doctors fit, on all pages together.")
    items: list[DoctorListed]


class Reviews(Listing):
    items: list[ReviewShown]


class Topics(Listing):
    items: list[TopicShown]


class FoundPage(Listing):
    searched: str = Field(
        description="The words that were searched for: those asked, or where these find little, mended."
    )
    items: list[Found]


# --- From rows ---------------------------------------------------------------------------------------------


def topic_link(topic: Topic) -> dict[str, Any]:
    """Return a topic as others name it."""
    return {"name": topic.name, "slug": topic.slug, "url": site(topic.get_absolute_url())}


def topic_shown(topic: Topic) -> dict[str, Any]:
    """Return a topic; the wider one is loaded."""
    return topic_link(topic) | {
        "description": topic.description,
        "synonyms": topic.synonyms_named,
        "parent": topic_link(topic.parent) if topic.parent else None,
        "question_count": topic.question_count,
    }


def author_shown(doctor: Doctor) -> dict[str, Any]:
    """Return a doctor as a card shows them; the specialty is loaded."""
    return {
        "name": doctor.title_name,
        "slug": doctor.slug if doctor.is_listed else None,
        "url": site(doctor.get_absolute_url()) if doctor.is_listed else None,
        "credentials": doctor.credentials,
        "medical_specialty": doctor.specialty.name if doctor.specialty else None,
        "place": doctor.place,
        "rating": doctor.shown_rating and round(doctor.shown_rating, 2),
        "review_count": doctor.review_count,
        "licence_checked": doctor.is_checked,
    }


def doctor_listed(doctor: Any) -> dict[str, Any]:
    """Return a doctor as the directory shows them; ``writes_about`` is set."""
    return author_shown(doctor) | {"answer_count": doctor.answer_count, "writes_about": doctor.writes_about}


def doctor_shown(doctor: Any) -> dict[str, Any]:
    """Return a doctor as the profile shows them."""
    return doctor_listed(doctor) | {
        "practice": doctor.practice,
        "languages": doctor.languages,
        "language_codes": doctor.language_codes,
        "interests_stated": doctor.interests_stated,
        "stars": {str(stars): getattr(doctor, column) for stars, column in STARS.items()},
    }


def review_shown(review: DoctorReview) -> dict[str, Any]:
    """Return a review; its doctor and patient are loaded."""
    return {
        "id": review.pk,
        "url": site(review.get_absolute_url()),
        "author": review.patient.pen_name,
        "rating": review.rating,
        "title": review.title,
        "text": review.body,
        "written_at": review.written_at,
        "edited_at": review.edited_at,
        "visit_month": review.visit_month,
        "verified": review.is_verified,
        "helpful_count": review.helpful_count,
        "reply": review.reply,
        "replied_at": review.replied_at,
    }


def answer_shown(answer: Answer, question: Question) -> dict[str, Any]:
    """Return an answer of a question, read by ``with_doctor()``."""
    return {
        "id": answer.pk,
        "url": site(f"{question.get_absolute_url()}#answer-{answer.pk}"),
        "embed_url": site(answer.embed_address),
        "question_id": question.pk,
        "headline": answer.headline,
        "html": answer.body_html,
        "text": plain(answer.body_html),
        "answered_at": answer.answered_at,
        "edited_at": answer.edited_at,
        "upvote_count": answer.upvote_count,
        "downvote_count": answer.downvote_count,
        "score": answer.score,
        "interest": answer.interest_sentence if answer.interest else "",
        "author": author_shown(answer.doctor),
        "author_was": answer.author_was,
    }


def question_listed(question: Question) -> dict[str, Any]:
    """Return a question as a list shows it; asker and topics are loaded."""
    return {
        "id": question.pk,
        "url": site(question.get_absolute_url()),
        "title": question.title,
        "author": question.shown_asker,
        "asked_at": question.asked_at,
        "edited_at": question.edited_at,
        "topics": [topic_link(topic) for topic in question.topics.all()],
        "answer_count": question.answer_count,
    }


def question_shown(question: Question, answers: list[Answer]) -> dict[str, Any]:
    """Return a question with its published answers."""
    return question_listed(question) | {
        "html": question.body_html,
        "text": plain(question.body_html),
        "is_closed": question.closed_at is not None,
        "answers": [answer_shown(answer, question) for answer in answers],
    }


def listing(items: list[dict[str, Any]], links: Mapping[str, str | None], **more: Any) -> dict[str, Any]:
    """Return a page of a list with the links to its neighbours."""
    return {"items": items, **links, **more}
