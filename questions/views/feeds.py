"""The feeds: see ``questions.feeds``. Versioned like pages, so a reader that has the newest gets 304."""

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse

from doctors.models import Doctor
from qa_forum.versions import RowVersion, digest, read_only, versioned
from questions.feeds import ENTRIES, Feed, feed_of_answers, feed_of_questions, newest_answers
from questions.lists import ACTIVE, Listed, list_questions, stamps, stamps_of
from questions.models import Question, Topic


def _say(feed: str) -> HttpResponse:
    return HttpResponse(feed, content_type=Feed.content_type)


def _listed(topic: Topic | None = None) -> Listed:
    return list_questions(ACTIVE, {}, topic=topic, size=ENTRIES)


def _fetch(listed: Listed) -> list[Question]:
    """Return the questions, each with the whole doctor of its newest answer. Four queries."""
    questions = listed.fetch()
    answers = [answer for question in questions for answer in question.newest_answers]  # type: ignore[attr-defined]
    doctors = Doctor.objects.in_bulk({answer.doctor_id for answer in answers})
    for answer in answers:
        answer.doctor = doctors[answer.doctor_id]
    return questions


def _questions_version(request: HttpRequest) -> str | None:
    listed = _listed()
    return digest([listed.keys, stamps(listed.keys)])


@versioned(_questions_version)
@read_only
def question_feed(request: HttpRequest) -> HttpResponse:
    """All questions, the latest asked, changed or answered first."""
    pages = reverse("questions:question_list"), reverse("questions:question_feed")
    return _say(feed_of_questions(_fetch(_listed()), "Questions", *pages))


def _topic_version(request: HttpRequest, slug: str) -> str | None:
    topic = Topic.objects.filter(slug=slug).first()
    if topic is None:
        return None
    listed = _listed(topic)
    return digest([listed.keys, stamps(listed.keys), stamps_of([topic])])


@versioned(_topic_version)
@read_only
def topic_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """The questions of one topic. A synonym leads there."""
    topic = Topic.objects.at_or_404(slug)
    if topic.slug != slug:
        return HttpResponsePermanentRedirect(reverse("questions:topic_feed", args=[topic.slug]))
    pages = topic.get_absolute_url(), reverse("questions:topic_feed", args=[slug])
    return _say(feed_of_questions(_fetch(_listed(topic)), topic.name, *pages))


def _doctor_version(request: HttpRequest, slug: str) -> str | None:
    doctor = Doctor.objects.visible().filter(slug=slug).values_list("pk", RowVersion("name")).first()
    if doctor is None:
        return None
    answers = newest_answers(Doctor(pk=doctor[0])).values_list(
        "pk", RowVersion("headline"), RowVersion("question__title")
    )
    return digest([doctor, list(answers)])


@versioned(_doctor_version)
@read_only
def doctor_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """The answers of one doctor."""
    doctor = Doctor.objects.at_address(slug)
    return _say(feed_of_answers(doctor, list(newest_answers(doctor)), reverse("questions:doctor_feed", args=[slug])))
