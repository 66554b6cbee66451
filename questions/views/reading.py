"""Reading: lists, topics, a question with its answers, search."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, Func, OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render

from accounts.visitors import Voter, voter_of
from doctors.models import Doctor, Specialty, today
from qa_forum.errors import Gone
from qa_forum.keyset import Order, Page, Place, page_of, turn
from qa_forum.prepared import Prepared
from qa_forum.structured_data import to_script
from qa_forum.versions import digest, read_only, versioned
from questions.bodies import plain, shorten
from questions.facts import glance
from questions.forms import ListForm, SearchForm
from questions.lists import HELPFUL, NEWEST, ORDERS, UNANSWERED, Listed, count_of, list_questions, stamps, stamps_of
from questions.models import (
    BEFORE_ALL,
    Answer,
    AnswerAgreement,
    Decline,
    Inquiry,
    PromptReply,
    Question,
    QuestionEdit,
    QuestionPhoto,
    QuestionTopic,
    Topic,
)
from questions.search import SearchTooSlow
from questions.search import search as search_questions
from questions.structured_data import question_page, topic_page, website
from questions.topics import summarize
from questions.versions import question_version, summary_stamp

TOPICS_ON_HOME = 12
TOPICS_TO_CHOOSE = 50
TOPICS_ON_A_PAGE = 100


def _busiest_topics(count: int) -> list[Topic]:
    return list(Topic.objects.filter(question_count__gt=0).order_by("-question_count", "pk")[:count])


def _unanswered_count() -> str:
    return count_of(Question.objects.visible().filter(answer_count=0))


def _home_lists() -> list[Listed]:
    return [list_questions(order, {}, size=size) for order, size in ((NEWEST, 8), (UNANSWERED, 3), (HELPFUL, 4))]


def _home_version(request: HttpRequest) -> str | None:
    shown = _home_lists()
    topics = stamps_of(_busiest_topics(TOPICS_ON_HOME))
    keys = [key for part in shown for key in part.keys]
    return digest([topics, _unanswered_count(), [part.keys for part in shown], stamps(keys)])


@versioned(_home_version)
@read_only
def home(request: HttpRequest) -> HttpResponse:
    """The first page: newest, unanswered and most helpful questions, and the topics."""
    newest, unanswered, helpful = _home_lists()
    context = {
        "newest": newest.fetch(),
        "unanswered": unanswered.fetch(),
        "helpful": helpful.fetch(),
        "unanswered_count": _unanswered_count(),
        "topics": _busiest_topics(TOPICS_ON_HOME),
        "structured_data": to_script(website()),
    }
    return render(request, "questions/home.html", context)


# --- Lists -----------------------------------------------------------------------------------------------


def _chosen(request: HttpRequest) -> tuple[Order, Topic | None, Specialty | None]:
    """Return the order and the filters of a list's address; an unknown order falls back to the newest."""
    topic, specialty = request.GET.get("topic"), request.GET.get("specialty")
    return (
        ORDERS.get(request.GET.get("sort", ""), NEWEST),
        Topic.objects.at_or_404(topic) if topic else None,
        get_object_or_404(Specialty, slug=specialty) if specialty else None,
    )


def _list_version(request: HttpRequest) -> str | None:
    order, topic, specialty = _chosen(request)
    listed = list_questions(order, request.GET, topic=topic, specialty=specialty)
    chooser = stamps_of(_busiest_topics(TOPICS_TO_CHOOSE)), list(Specialty.objects.values_list("slug", "name"))
    return digest([listed, stamps(listed.keys), topic and stamps_of([topic]), chooser, _unanswered_count()])


@versioned(_list_version)
@read_only
def question_list(request: HttpRequest) -> HttpResponse:
    """All questions in one of four orders, by topic and by specialty of an answer's doctor."""
    order, topic, specialty = _chosen(request)
    listed = list_questions(order, request.GET, topic=topic, specialty=specialty)
    topics = _busiest_topics(TOPICS_TO_CHOOSE)
    context = {
        "questions": listed.fetch(),
        "listed": listed,
        "order": order,
        "orders": ORDERS.values(),
        "topic": topic,
        "specialty": specialty,
        "topics": topics,
        "unanswered_count": _unanswered_count(),
        "form": ListForm(request.GET, topics=topics, topic=topic),
        "is_first_page": not (request.GET.get("after") or request.GET.get("before")),
    }
    return render(request, "questions/question_list.html", context)


def _topic_version(request: HttpRequest, slug: str) -> str | None:
    topic = Topic.objects.select_related("parent").filter(slug=slug).first()
    if topic is None:
        return None
    listed = list_questions(ORDERS.get(request.GET.get("sort", ""), NEWEST), request.GET, topic=topic)
    return digest([listed, stamps(listed.keys), stamps_of([topic]), summary_stamp(topic, is_front=_is_front(request))])


def _is_front(request: HttpRequest) -> bool:
    """Whether a page of a topic is the one that it begins with."""
    return not request.GET.keys() & {"sort", "after", "before"}


@versioned(_topic_version)
@read_only
def topic_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One topic: what it is about, what doctors say in it, and its questions. A synonym leads there."""
    topic = Topic.objects.at_or_404(slug)
    if topic.slug != slug:
        query = request.META.get("QUERY_STRING", "")
        return HttpResponsePermanentRedirect(topic.get_absolute_url() + (f"?{query}" if query else ""))
    summary = summarize(topic, is_front=_is_front(request))
    order = ORDERS.get(request.GET.get("sort", ""), NEWEST)
    listed = list_questions(order, request.GET, topic=topic)
    questions = listed.fetch()
    context = {
        "topic": topic,
        "summary": summary,
        "structured_data": to_script(topic_page(topic, summary.way, questions)),
        "questions": questions,
        "listed": listed,
        "order": order,
        "orders": ORDERS.values(),
        "is_first_page": not (request.GET.get("after") or request.GET.get("before")),
    }
    return render(request, "questions/topic_detail.html", context)


BY_NAME = Order("name", "Name", F("name"), str, descending=False)


def _topic_page(request: HttpRequest) -> Page[Topic]:
    place = Place.read(request.GET, BY_NAME)
    topics = Topic.objects.select_related("parent")
    return page_of(list(turn(topics, BY_NAME, place, size=TOPICS_ON_A_PAGE)), place, size=TOPICS_ON_A_PAGE)


def _topics_version(request: HttpRequest) -> str | None:
    page = _topic_page(request)
    return digest(
        [stamps_of(page.rows), [topic.parent and topic.parent.name for topic in page.rows], page.after, page.before]
    )


@versioned(_topics_version)
@read_only
def topic_list(request: HttpRequest) -> HttpResponse:
    """All topics by name."""
    return render(request, "questions/topic_list.html", {"page": _topic_page(request)})


# --- One question ----------------------------------------------------------------------------------------


SHOWN_OF_QUESTIONS = (
    *("state", "title", "slug", "body_html", "asker_name", "asked_at", "edited_at", "closed_at", "source_url"),
    *("related_ids", "answer_count", "asker__pen_name", "decision__reason", "decision__action", "decision__rule"),
    *("locked_at", "duplicate_of__slug"),
)


def _with_page(question: int) -> QuerySet[Question]:
    """Return a question with what its page shows of it: asker, decision and topics."""
    topics = QuestionTopic.objects.filter(question=OuterRef("pk")).order_by("pk")
    topic_links = ArraySubquery(topics.values(json=JSONObject(name="topic__name", slug="topic__slug")))
    replies = PromptReply.objects.filter(question=OuterRef("pk")).order_by("prompt__position", "prompt")
    photos = QuestionPhoto.objects.released().filter(question=OuterRef("pk")).order_by("position")
    questions = (
        Question.objects.filter(pk=question)
        .select_related("asker", "decision", "duplicate_of")
        .annotate(
            topic_links=topic_links,
            said=ArraySubquery(replies.values(json=JSONObject(label="prompt__short_label", text="text"))),
            photos_shown=ArraySubquery(
                photos.values(json=JSONObject(pk="pk", alt="alt", width="width", height="height"))
            ),
            asked_back=ArraySubquery(_asked_back()),
            has_history=Exists(QuestionEdit.objects.filter(question=OuterRef("pk"))),
        )
    )
    return questions.only(*SHOWN_OF_QUESTIONS).order_by()


_OF_INQUIRY = ("pk", "text", "reply", "asked_at", "replied_at")
_OF_ITS_DOCTOR = ("name", "slug", "is_listed", "import_key", "user_id")


def _asked_back() -> QuerySet[Inquiry, Any]:
    """Return what doctors who stand today asked back, each with its reply, the oldest first."""
    inquiries = Inquiry.objects.filter(question=OuterRef("pk"), doctor__valid_until__gt=today()).order_by("pk")
    shown = {name: name for name in _OF_INQUIRY} | {f"of_{name}": f"doctor__{name}" for name in _OF_ITS_DOCTOR}
    return inquiries.values(json=JSONObject(**shown))


def _inquiries_of(question: Question) -> list[Inquiry]:
    """Return what came with a question as rows, with their doctors. No query."""
    inquiries = []
    for each in question.asked_back:  # type: ignore[attr-defined]
        doctor = Doctor(**{name: each[f"of_{name}"] for name in _OF_ITS_DOCTOR})
        inquiry = Inquiry(**{name: each[name] for name in _OF_INQUIRY}, doctor=doctor, question=question)
        for name in ("asked_at", "replied_at"):
            setattr(inquiry, name, each[name] and datetime.fromisoformat(each[name]))
        inquiries.append(inquiry)
    return inquiries


def _declines_of(question: Question) -> list[Decline]:
    """Return why doctors do not answer a question, for its asker alone. One query."""
    return list(question.declines.standing().select_related("doctor"))


def _own_replies(question: Question) -> list[Inquiry]:
    """Return what the asker replied to doctors who stand no more, for its asker alone. One query."""
    gone = question.inquiries.filter(replied_at__isnull=False).exclude(doctor__valid_until__gt=today())
    return list(gone.only("reply", "replied_at", "question").order_by("pk"))


def _can_answer(doctor: Doctor, question: Question, answers: list[Answer]) -> bool:
    return question.can_be_answered_by(doctor) and doctor.pk not in {answer.doctor_id for answer in answers}


def _agreed_with(doctor: Doctor, question: Question) -> set[int]:
    """Return which answers of a page this doctor agrees with. One query, for doctors alone."""
    own = AnswerAgreement.objects.filter(doctor=doctor, answer__question=question)
    return set(own.values_list("answer_id", flat=True))


def _with_cards(question: int, voter: Voter | None) -> QuerySet[Answer]:
    """Return the answers of a page, best first, each with its doctor's card and the viewer's vote."""
    answers = Answer.objects.filter(question=question).shown_on_page().with_doctor().with_viewer_vote(voter)
    return answers.order_by("-rank", "-pk")


def _with_related(question: int) -> QuerySet[Question]:
    named = Question.objects.filter(pk=question).values(key=Func(F("related_ids"), function="unnest"))
    return Question.objects.visible().filter(pk__in=named).only("title", "slug", "answer_count").order_by()


# The page that nearly every reader opens: put together once, planned once.
_PAGE = Prepared(_with_page, question=-1)
_RELATED = Prepared(_with_related, question=-1)
_ANSWERS_FOR = {
    "stranger": Prepared(lambda question: _with_cards(question, None), question=-1),
    "user": Prepared(lambda question, voter: _with_cards(question, Voter(user_id=voter)), question=-1, voter=-2),
    "visitor": Prepared(
        lambda question, voter: _with_cards(question, Voter(visitor=voter)), question=-1, voter=UUID(int=0)
    ),
}


def _find_question(request: HttpRequest, question_id: int) -> Question:
    """Return a question that the viewer may see, or one that leads on, or say 404 or 410. One query."""
    for question in _PAGE.fetch(question=question_id):
        if question.duplicate_of_id:
            return question
        if question.can_be_seen_by(request.user):
            return question
        if question.is_gone:
            raise Gone
    raise Http404


def _find_answers(question: Question, voter: Voter | None, sort: str) -> list[Answer]:
    """Return the answers of a page in the chosen order. One query."""
    kind, key = voter.kind_and_key if voter else ("stranger", None)
    answers = _ANSWERS_FOR[kind].fetch(question=question.pk, voter=key)
    if sort in ("newest", "oldest"):
        # An unknown date comes last either way.
        dated = [answer for answer in answers if answer.answered_at]
        dated.sort(key=lambda answer: (answer.answered_at or BEFORE_ALL, answer.pk), reverse=sort == "newest")
        answers = dated + [answer for answer in answers if not answer.answered_at]
    for answer in answers:
        answer.question = question
    return answers


def _find_related(question: Question) -> list[Question]:
    """Return the visible questions beside this one, most related first. One query."""
    related = {other.pk: other for other in _RELATED.fetch(question=question.pk)}
    return [related[key] for key in question.related_ids if key in related]


ANSWER_SORTS = {"helpful": "Most helpful", "newest": "Newest", "oldest": "Oldest"}


@versioned(question_version)
@read_only
def question_detail(request: HttpRequest, question_id: int, slug: str = "") -> HttpResponse:
    """One question, its answers, and what the doctors say together. Four queries, however many answers."""
    question = _find_question(request, question_id)
    if question.duplicate_of:
        return HttpResponsePermanentRedirect(question.duplicate_of.get_absolute_url())
    if slug != question.slug:
        return HttpResponsePermanentRedirect(question.get_absolute_url())
    sort, voter = request.GET.get("sort", ""), voter_of(request)
    answers = _find_answers(question, voter, sort)
    visible = [answer for answer in answers if answer.state == Answer.State.PUBLISHED]
    doctor_count = len({answer.doctor_id for answer in visible})
    # A stranger is nobody: their page is the same for all.
    viewer_doctor = getattr(request.user, "doctor", None) if voter and voter.user_id else None
    is_askers = bool(voter and voter.user_id and question.is_of(request.user))
    context = {
        "question": question,
        "asker": request.user if is_askers else None,
        "can_add_photos": is_askers and question.can_take_photos_of(request.user),
        "viewer_doctor": viewer_doctor,
        "can_answer": bool(viewer_doctor and _can_answer(viewer_doctor, question, answers)),
        "agreed": _agreed_with(viewer_doctor, question) if viewer_doctor else [],
        "inquiries": _inquiries_of(question),
        "declines": _declines_of(question) if is_askers else [],
        "own_replies": _own_replies(question) if is_askers else [],
        "answers": answers,
        # One stamp for all answers as this viewer sees them: where nothing of it changed, nothing is rendered again.
        "answers_stamp": digest((answer.stamp, answer.viewer_vote) for answer in answers),
        "answer_count": len(visible),
        "doctor_count": doctor_count,
        "glance": glance(visible),
        "related": _find_related(question),
        "sort": sort if sort in ANSWER_SORTS else "helpful",
        "sorts": ANSWER_SORTS,
        "description": _description(question, visible),
        "structured_data": to_script(question_page(question, visible)),
    }
    return render(request, "questions/question_detail.html", context)


def _description(question: Question, answers: list[Answer]) -> str:
    """Return what a search engine shows below the title: the best headline, or the patient's first words."""
    words = next((answer.headline for answer in answers if answer.headline), "") or plain(question.body_html)
    return shorten(words or question.title, 155)


@read_only
def answer_detail(request: HttpRequest, answer_id: int) -> HttpResponse:
    """Lead to an answer's place on its question's page."""
    answer = get_object_or_404(Answer.objects.select_related("question", "doctor").only(*_ADDRESS), pk=answer_id)
    if answer.is_visible or getattr(request.user, "is_staff", False):
        return HttpResponseRedirect(answer.get_absolute_url())
    if answer.is_gone or answer.question.is_gone:
        raise Gone
    raise Http404


_ADDRESS = ("state", "question__slug", "question__state", "doctor__valid_until")


@read_only
def search(request: HttpRequest) -> HttpResponse:
    """Questions whose own words or whose answers match, with doctors and topics of that name."""
    words = " ".join(request.GET.get("q", "").split())
    form = SearchForm(request.GET, topics=_busiest_topics(TOPICS_TO_CHOOSE))
    context: dict[str, Any] = {"words": words, "form": form, "results": None}
    try:
        if words:
            context["results"] = search_questions(
                words, form.filters, request.GET.get("after", ""), is_exact="exact" in request.GET
            )
    except SearchTooSlow:
        return render(request, "questions/search.html", {**context, "is_too_slow": True}, status=503)
    return render(request, "questions/search.html", context)
