"""The endpoints of the read API, and how each of them is opened to every program."""

from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import F, Prefetch
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponsePermanentRedirect,
)
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Query
from ninja.errors import ValidationError

from accounts.limits import count_try
from api import shapes
from doctors import lists as directory
from doctors.models import Doctor, DoctorReview, Specialty
from qa_forum.addresses import address_of
from qa_forum.errors import OPEN_TO_ALL, Gone, problem, show_error
from qa_forum.keyset import Order, Page, Place, page_of, turn
from qa_forum.versions import same_for_all
from questions.lists import HELPFUL, ORDERS, PAGE_SIZE, list_questions
from questions.models import Answer, Question, Topic
from questions.search import QUERY_LENGTH, Filters, Results, SearchTooSlow, search

TOPICS_ON_A_PAGE = 100
BY_NAME = Order("name", "Name", F("name"), str, descending=False)
READING = {"GET", "HEAD"}
# What a browser asks for before it sends If-None-Match from another site.
PREFLIGHT = {"Access-Control-Allow-Methods": "GET, HEAD", "Access-Control-Allow-Headers": "If-None-Match"}

DESCRIPTION = """\
Everything that is public here, to be read by programs: questions, doctors’ answers, doctors with their reviews, topics,
and search. Nothing is written through it. It needs no key, sets no cookie and reads none.

Lists come in pages: follow `next` until it is null. A cursor is opaque; one that was not made here answers 400.

Each answer carries an `ETag`: send it back as `If-None-Match`, and what has not changed answers 304 without a body.
What is removed is gone with the same commit: ask again before you show what you have kept.

At most 300 requests a minute from one network; beyond that the answer is 429 with `Retry-After` in seconds.

What doctors write is general information and no advice on one person. Show it with the doctor’s name, and with a link
to the question.
"""

api = NinjaAPI(
    title=f"{settings.SITE_NAME} read API",
    version="1",
    description=DESCRIPTION,
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
)


@api.exception_handler(Http404)
def _not_here(request: HttpRequest, error: Exception) -> HttpResponse:
    return show_error(request, 404)


@api.exception_handler(ValidationError)
def _does_not_fit(request: HttpRequest, error: ValidationError) -> HttpResponse:
    # The name and the rule alone: what was sent may be a patient's words.
    faults = [{"name": str(fault["loc"][-1]), "message": _rule(fault)} for fault in error.errors]
    return problem(422, errors=faults)


@api.exception_handler(Exception)
def _goes_on(request: HttpRequest, error: Exception) -> HttpResponse:
    raise error  # The site's own handlers tell 400, 410, 429 and 503.


def _rule(fault: dict[str, Any]) -> str:
    """Return what a value must be, without the value."""
    limits = fault.get("ctx") or {}
    allowed = limits.get("expected") or limits.get("ge") or limits.get("le") or limits.get("max_length")
    return f"{fault['type']}: {allowed}" if allowed is not None else str(fault["type"])


def open_to_all(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let any program read: counted by network, from every site, whatever cookie came with it."""

    @csrf_exempt
    @same_for_all(OPEN_TO_ALL)
    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            return HttpResponse(headers={"Allow": "GET, HEAD, OPTIONS", **PREFLIGHT})
        if request.method not in READING:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        count_try(request, "api", "")
        asked, request.method = request.method, "GET"
        try:
            return view(request, *args, **kwargs)
        finally:
            request.method = asked

    return opened


def responses(shown: Any, *statuses: int) -> dict[Any, Any]:
    """Return what an endpoint may answer, for its documentation: a shape, nothing anew, or a problem."""
    return {200: shown, 304: None, **dict.fromkeys([*statuses, 400, 429, 503], shapes.Problem)}


Cursor = Annotated[str, Query(description="A cursor out of `next` or `previous`.", max_length=2000)]
WORDS = 'The words; "quoted" words stand together, and a minus before a word leaves it out.'
TopicSlug = Annotated[str, Query(description="The slug of a topic.", max_length=120)]


def _links(request: HttpRequest, page: Any, **chosen: Any) -> dict[str, str | None]:
    """Return the addresses of the pages beside one, with what was chosen and a cursor."""
    plain = {name: value for name, value in chosen.items() if value}
    base = shapes.site(request.path)

    def link(way: str, cursor: str) -> str | None:
        return f"{base}?{urlencode({**plain, way: cursor})}" if cursor else None

    return {"next": link("after", page.after), "previous": link("before", getattr(page, "before", ""))}


def _place(after: str, before: str) -> dict[str, str]:
    return {"after": after, "before": before}


# --- Questions ---------------------------------------------------------------------------------------------


@api.get(
    "questions/",
    response=responses(shapes.Questions, 404, 422),
    tags=["Questions"],
    url_name="questions",
    summary="List questions",
)
def list_of_questions(
    request: HttpRequest,
    sort: Annotated[
        Literal["newest", "active", "helpful", "unanswered"],
        Query(description="active: newest answer or edit; helpful: best answer; unanswered: oldest first."),
    ] = "newest",
    topic: TopicSlug = "",
    specialty: Annotated[str, Query(description="The slug of an answer's doctor's specialty.", max_length=80)] = "",
    after: Cursor = "",
    before: Cursor = "",
) -> Any:
    """Published questions, in the orders and with the filters of the site's own list."""
    listed = list_questions(
        ORDERS[sort],
        _place(after, before),
        topic=Topic.objects.at_or_404(topic) if topic else None,
        specialty=get_object_or_404(Specialty, slug=specialty) if specialty else None,
    )
    items = [shapes.question_listed(question) for question in listed.fetch()]
    return shapes.listing(items, _links(request, listed, sort=sort, topic=topic, specialty=specialty))


def _find_question(question_id: int) -> Question:
    """Return a public question, or one that leads on to another; say 404 or 410 for every other. Two queries."""
    topics = Prefetch("topics", Topic.objects.only("name", "slug").order_by("question_topics__id"))
    questions = Question.objects.select_related("asker").prefetch_related(topics).defer("search", "body")
    question = get_object_or_404(questions, pk=question_id)
    if question.state == Question.State.PUBLISHED or question.duplicate_of_id:
        return question
    raise Gone if question.is_gone else Http404


@api.get(
    "questions/{key:question_id}/",
    response=responses(shapes.QuestionShown, 404, 410),
    tags=["Questions"],
    url_name="question",
    summary="Read a question with its answers",
)
def one_question(request: HttpRequest, question_id: int) -> Any:
    """One question with all its published answers. A question that was merged leads to the other one with 301."""
    question = _find_question(question_id)
    if question.duplicate_of_id:
        return HttpResponsePermanentRedirect(address_of("api:question", question.duplicate_of_id))
    answers = Answer.objects.visible().filter(question=question).with_doctor().order_by("-rank", "-pk")
    return shapes.question_shown(question, list(answers))


@api.get(
    "questions/{key:question_id}/answers/",
    response=responses(shapes.Answers, 404, 410, 422),
    tags=["Answers"],
    url_name="answers",
    summary="List the answers of a question",
)
def answers_of_question(request: HttpRequest, question_id: int, after: Cursor = "", before: Cursor = "") -> Any:
    """The published answers of a question, the most helpful first. A merged question leads on with 301."""
    question = _find_question(question_id)
    if question.duplicate_of_id:
        return HttpResponsePermanentRedirect(address_of("api:answers", question.duplicate_of_id))
    place = Place.read(_place(after, before), HELPFUL)
    answers = Answer.objects.visible().filter(question=question).with_doctor()
    page: Page[Answer] = page_of(list(turn(answers, HELPFUL, place, size=PAGE_SIZE)), place, size=PAGE_SIZE)
    return shapes.listing([shapes.answer_shown(each, question) for each in page.rows], _links(request, page))


@api.get(
    "answers/{key:answer_id}/",
    response=responses(shapes.AnswerShown, 404, 410),
    tags=["Answers"],
    url_name="answer",
    summary="Read an answer",
)
def one_answer(request: HttpRequest, answer_id: int) -> Any:
    """One published answer, with its doctor."""
    answer = get_object_or_404(Answer.objects.with_doctor().with_question(), pk=answer_id)
    if not answer.is_visible:
        raise Gone if answer.is_gone or answer.question.is_gone else Http404
    return shapes.answer_shown(answer, answer.question)


# --- Doctors -----------------------------------------------------------------------------------------------


@api.get(
    "doctors/",
    response=responses(shapes.Doctors, 404, 422),
    tags=["Doctors"],
    url_name="doctors",
    summary="List doctors",
)
def list_of_doctors(
    request: HttpRequest,
    sort: Annotated[
        Literal["rating", "answers", "name"],
        Query(description="rating: best, weighed by how many reviews; answers: most answers; name: by the alphabet."),
    ] = "rating",
    specialty: Annotated[str, Query(description="The slug of a specialty.", max_length=80)] = "",
    place: Annotated[str, Query(description="A part of the name of a town or city.", max_length=100)] = "",
    language: Annotated[
        str, Query(description="A language by its ISO 639 code, such as sv.", pattern="^([a-z]{2,3})?$")
    ] = "",
    rating: Annotated[
        float | None, Query(description="The least average; of three reviews or more.", ge=1, le=5)
    ] = None,
    topic: TopicSlug = "",
    after: Cursor = "",
    before: Cursor = "",
) -> Any:
    """The directory: doctors whose answers everybody may read."""
    doctors = directory.directory(
        specialty=get_object_or_404(Specialty, slug=specialty) if specialty else None,
        place=place,
        language=language,
        rating=rating,
        topic=Topic.objects.at_or_404(topic).slug if topic else "",
    )
    page = directory.list_doctors(doctors, directory.ORDERS[sort], _place(after, before))
    directory.add_topics(page.rows)
    links = _links(
        request, page, sort=sort, specialty=specialty, place=place, language=language, rating=rating, topic=topic
    )
    return shapes.listing([shapes.doctor_listed(each) for each in page.rows], links, count=doctors.count())


def _find_doctor(slug: str) -> Doctor:
    return Doctor.objects.select_related("specialty").at_address(slug)


@api.get(
    "doctors/{slug:slug}/",
    response=responses(shapes.DoctorShown, 404, 410),
    tags=["Doctors"],
    url_name="doctor",
    summary="Read a doctor's profile",
)
def one_doctor(request: HttpRequest, slug: str) -> Any:
    """One doctor: who they are, and how many reviews gave how many stars."""
    doctor = _find_doctor(slug)
    directory.add_topics([doctor])
    return shapes.doctor_shown(doctor)


@api.get(
    "doctors/{slug:slug}/reviews/",
    response=responses(shapes.Reviews, 404, 410, 422),
    tags=["Doctors"],
    url_name="reviews",
    summary="List the reviews of a doctor",
)
def reviews_of_doctor(
    request: HttpRequest,
    slug: str,
    sort: Literal["newest", "helpful", "highest", "lowest"] = "newest",
    after: Cursor = "",
    before: Cursor = "",
) -> Any:
    """The published reviews of a doctor, each under its patient's pen name, with the doctor's reply."""
    doctor = _find_doctor(slug)
    reviews = DoctorReview.objects.visible().filter(doctor=doctor)
    page = directory.list_reviews(reviews, directory.REVIEW_ORDERS[sort], _place(after, before))
    for review in page.rows:
        review.doctor = doctor
    return shapes.listing([shapes.review_shown(each) for each in page.rows], _links(request, page, sort=sort))


# --- Topics and search -------------------------------------------------------------------------------------


@api.get("topics/", response=responses(shapes.Topics, 422), tags=["Topics"], url_name="topics", summary="List topics")
def list_of_topics(request: HttpRequest, after: Cursor = "", before: Cursor = "") -> Any:
    """All topics by name."""
    place = Place.read(_place(after, before), BY_NAME)
    rows = list(turn(Topic.objects.select_related("parent"), BY_NAME, place, size=TOPICS_ON_A_PAGE))
    page = page_of(rows, place, size=TOPICS_ON_A_PAGE)
    return shapes.listing([shapes.topic_shown(topic) for topic in page.rows], _links(request, page))


@api.get(
    "topics/{slug:slug}/",
    response=responses(shapes.TopicShown, 404),
    tags=["Topics"],
    url_name="topic",
    summary="Read a topic",
)
def one_topic(request: HttpRequest, slug: str) -> Any:
    """One topic; its questions are `questions/?topic=` with its slug. A synonym leads to it with 301."""
    topic = Topic.objects.select_related("parent").at_or_404(slug)
    if topic.slug != slug:
        return HttpResponsePermanentRedirect(address_of("api:topic", topic.slug))
    return shapes.topic_shown(topic)


@api.get(
    "search/",
    response=responses(shapes.FoundPage, 404, 422),
    tags=["Search"],
    url_name="search",
    summary="Search questions and answers",
)
def find(
    request: HttpRequest,
    q: Annotated[str, Query(description=WORDS, max_length=QUERY_LENGTH)],
    topic: TopicSlug = "",
    answered: Annotated[bool | None, Query(description="Only questions with an answer, or only those without.")] = None,
    exact: Annotated[bool, Query(description="Never mend the spelling.")] = False,
    after: Cursor = "",
) -> Any:
    """Questions that match, in their own words or in an answer's, best first. What was searched for is not kept."""
    words = " ".join(q.split())
    narrowed = Filters(topic=Topic.objects.at_or_404(topic).pk if topic else None, answered=answered)
    try:
        results = search(words, narrowed, after, is_exact=exact) if words else Results([], "")
    except SearchTooSlow:
        return _too_slow()
    items = [
        {
            "question": shapes.question_listed(hit.question),
            "title_html": hit.title,
            "extract_html": hit.extract,
            "answer_id": hit.answer and hit.answer.pk,
        }
        for hit in results.hits
    ]
    links = _links(request, results, q=words, topic=topic, answered=_asked_as(answered), exact=_asked_as(exact or None))
    return {"searched": results.words, **shapes.listing(items, links)}


def _asked_as(flag: bool | None) -> str:
    """Return a flag as an address has it; empty: it was not asked for."""
    return "" if flag is None else str(flag).lower()


def _too_slow() -> HttpResponse:
    """Say that a search was cut off. Never 504: the site itself is well."""
    response = problem(503, title="The search took too long", detail="Try fewer or rarer words.")
    response["Retry-After"] = "10"
    return response
