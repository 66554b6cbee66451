"""A doctor's desk, and what doctors do there about questions: ask back, decline, confirm what is old."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.services import take
from doctors.access import doctor_only
from doctors.models import Doctor
from qa_forum.errors import Gone, handed_back, hands_back, too_many
from qa_forum.keyset import Order, Place, page_of, turn
from questions import desk as lying
from questions.desk_forms import ChoicesForm, DeclineForm, DeskFilterForm, InquiryForm
from questions.lists import count_of
from questions.models import Answer, Decline, HowOften, Question, Topic
from questions.services import CannotAskBack, choose, confirm_answer, decline, inquire, why_not_inquire

PAGE_SIZE = 20
LATEST = Order("latest", "Latest", F("id"), int)
INQUIRIES_PER_DAY = 60
# Beyond these on one page, the oldest are answered first.
MOST_INQUIRIES = 50
READ = ["GET", "HEAD"]
FORM = ["GET", "HEAD", "POST"]


def doctor_of(request: HttpRequest) -> Doctor:
    """Return the doctor whom ``doctor_only`` let in."""
    return cast(Any, request).doctor


def may_write(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Tell a doctor without a valid check why they cannot do this, with 403 and the words that they typed."""

    @wraps(view)
    def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not doctor_of(request).has_valid_check:
            return render(request, "questions/no_check.html", handed_back(request), status=403)
        return view(request, *args, **kwargs)

    return enter


# --- The desk ------------------------------------------------------------------------------------------------


def _show(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """Show a page of the desk below the tabs, each with its count."""
    doctor = doctor_of(request)
    here = request.resolver_match.view_name if request.resolver_match else ""
    context["doctor"] = doctor
    context["tabs"] = [
        {"url_name": url_name, "words": words, "count": count_of(*rows), "is_here": url_name == here}
        for url_name, words, rows in _tabs(doctor)
    ]
    context["in_choices"] = here == "questions:desk_choices"
    return render(request, template, context, status=status)


def _tabs(doctor: Doctor) -> list[tuple[str, str, list[QuerySet[Any]]]]:
    """Return the tabs with their words and what they count."""
    own_topics = lying.topics_of(doctor).values("pk")
    return [
        ("questions:desk", "Unanswered", [lying.waiting_questions(doctor, own_topics)]),
        ("questions:desk_waiting", "Waits for me", [lying.replied_inquiries(doctor), lying.answers_to_confirm(doctor)]),
        ("questions:desk_drafts", "Drafts", [lying.own_drafts(doctor)]),
        ("questions:desk_answers", "My answers", [lying.own_answers(doctor)]),
        ("questions:desk_reviews", "My reviews", [lying.own_reviews(doctor)]),
    ]


def _page(request: HttpRequest, rows: QuerySet[Any], order: Order = LATEST) -> Any:
    place = Place.read(request.GET, order)
    return page_of(list(turn(rows, order, place, size=PAGE_SIZE)), place, size=PAGE_SIZE)


@require_http_methods(READ)
@doctor_only
def desk(request: HttpRequest) -> HttpResponse:
    """Questions that this doctor might answer, oldest first."""
    doctor = doctor_of(request)
    own = list(lying.topics_of(doctor))
    chosen = _chosen_topic(request)
    form = DeskFilterForm(request.GET, topics=[*own, *([chosen] if chosen and chosen not in own else [])])
    wanted = [chosen.pk] if chosen else None if request.GET.get("all") else [topic.pk for topic in own]
    rows = lying.waiting_questions(doctor, wanted, with_answered=bool(request.GET.get("answered")))
    context = {
        "page": _page(request, rows.with_lists().defer("search", "related_ids", "body"), lying.OLDEST),
        "form": form,
        "own_topics": own,
        "is_filtered": any(request.GET.get(name) for name in ("topic", "all", "answered")),
        "site_median": lying.site_median(),
        "own_median": lying.own_median(doctor),
    }
    return _show(request, "questions/desk_unanswered.html", **context)


def _chosen_topic(request: HttpRequest) -> Topic | None:
    slug = request.GET.get("topic", "")
    return Topic.objects.at_or_404(slug) if slug else None


@require_http_methods(READ)
@doctor_only
def waiting(request: HttpRequest) -> HttpResponse:
    """What waits for a word of this doctor: patients who replied, and old answers of theirs."""
    doctor = doctor_of(request)
    context = {
        "replied": list(lying.replied_inquiries(doctor)[:MOST_INQUIRIES]),
        "unreplied": list(lying.unreplied_inquiries(doctor)[:MOST_INQUIRIES]),
        "page": _page(request, lying.answers_to_confirm(doctor)),
    }
    return _show(request, "questions/desk_waiting.html", **context)


@require_http_methods(READ)
@doctor_only
def drafts(request: HttpRequest) -> HttpResponse:
    """Answers that this doctor did not post yet."""
    return _show(request, "questions/desk_drafts.html", page=_page(request, lying.own_drafts(doctor_of(request))))


@require_http_methods(READ)
@doctor_only
def answers(request: HttpRequest) -> HttpResponse:
    """Everything that this doctor answered, with what others make of it."""
    return _show(request, "questions/desk_answers.html", page=_page(request, lying.own_answers(doctor_of(request))))


@require_http_methods(READ)
@doctor_only
def reviews(request: HttpRequest) -> HttpResponse:
    """What patients say of this doctor."""
    return _show(request, "questions/desk_reviews.html", page=_page(request, lying.own_reviews(doctor_of(request))))


@require_http_methods(FORM)
@doctor_only
def choices(request: HttpRequest) -> HttpResponse:
    """Choose how soon to be told of new questions, and further topics."""
    doctor = doctor_of(request)
    own, present = list(lying.of_specialty(doctor).order_by("name")), lying.chosen_by(doctor)
    chosen = list(Topic.objects.filter(desks=doctor.pk).order_by("name"))
    initial = {"how_often": present.how_often, "topics": [topic.slug for topic in chosen]}
    form = ChoicesForm(request.POST if request.method == "POST" else None, chosen=chosen, own=own, initial=initial)
    if request.method == "POST" and form.is_valid():
        how_often = HowOften(form.cleaned_data["how_often"])
        choose(doctor=doctor, how_often=how_often, topics=form.cleaned_data["all_topics"])
        messages.success(request, "Your choices are saved.")
        return redirect("questions:desk_choices")
    status = 422 if request.method == "POST" else 200
    return _show(request, "questions/desk_choices.html", form=form, specialty_topics=own, status=status)


# --- What doctors do about a question ------------------------------------------------------------------------


def open_question(question_id: int) -> Question:
    """Return a question that everybody may read, or say 404 or 410."""
    questions = Question.objects.select_related("asker").defer("search", "related_ids")
    question = get_object_or_404(questions, pk=question_id)
    if question.state == Question.State.PUBLISHED:
        return question
    raise Gone if question.is_gone else Http404


@hands_back({"text": "What do you need to know?"})
@require_http_methods(FORM)
@doctor_only
@may_write
def inquire_question(request: HttpRequest, question_id: int) -> HttpResponse:
    """Ask the patient something back."""
    question, doctor = open_question(question_id), doctor_of(request)
    form = InquiryForm(request.POST if request.method == "POST" else None)
    why_not = why_not_inquire(question, doctor)
    if request.method == "POST" and form.is_valid():
        if seconds := take(scope="inquire", who=str(doctor.pk), limit=INQUIRIES_PER_DAY, window=timedelta(days=1)):
            return too_many(request, seconds)
        try:
            inquire(question.pk, doctor=doctor, text=form.cleaned_data["text"])
        except CannotAskBack as refusal:
            why_not = " ".join(refusal.messages)
        else:
            messages.success(request, "Your question is with the patient. We write to you when they reply.")
            return redirect(question)
    context = {"question": question, "form": form, "why_not": why_not}
    return render(request, "questions/inquire.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(FORM)
@doctor_only
@may_write
def decline_question(request: HttpRequest, question_id: int) -> HttpResponse:
    """Decline a question, and tell the patient why."""
    question, doctor = open_question(question_id), doctor_of(request)
    if not question.takes_answers or question.answers.filter(doctor=doctor).exists():
        messages.info(request, "There is nothing to decline: the question is closed, or you have answered it.")
        return redirect(question)
    before = question.declines.filter(doctor=doctor).first()
    form = DeclineForm(request.POST if request.method == "POST" else None, initial={"reason": before and before.reason})
    if form.is_valid():
        decline(question.pk, doctor=doctor, reason=Decline.Reason(form.cleaned_data["reason"]))
        messages.success(request, "The patient can read why. The question is off your desk.")
        return redirect("questions:desk")
    context = {"question": question, "form": form, "is_changed": before is not None}
    return render(request, "questions/decline.html", context, status=422 if form.is_bound else 200)


@require_POST
@doctor_only
@may_write
def confirm(request: HttpRequest, answer_id: int) -> HttpResponse:
    """Say that an old answer of one's own is still one's view."""
    answer = get_object_or_404(Answer.objects.only("pk"), pk=answer_id, doctor=doctor_of(request))
    confirm_answer(answer.pk, doctor=doctor_of(request))
    messages.success(request, "Your answer is confirmed. Its page says so from today.")
    return redirect("questions:desk_waiting")
