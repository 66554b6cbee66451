"""What a person looks after: their own questions, and what they follow."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import F, Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from qa_forum.errors import Gone
from qa_forum.keyset import Order, Place, page_of, turn
from qa_forum.versions import read_only
from questions.differences import Difference, Work, differences
from questions.forms import FollowForm
from questions.models import Decline, Draft, Follow, HowOften, Inquiry, Question, QuestionEdit, Topic
from questions.services import (
    close_question,
    follow,
    follow_nothing,
    open_question,
    withdraw_question,
    words_beside_question,
)
from questions.views.asking import own_question, signed_in

PAGE_SIZE = 20
LATEST = Order("latest", "Latest", F("id"), int)
FOLLOWS_ON_A_PAGE = 50
# Each is compared word by word.
EDITS_ON_A_PAGE = 10


# --- One's own questions -------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD"])
@login_required
def my_questions(request: HttpRequest) -> HttpResponse:
    """Everything that one asked, each with its state, and the drafts."""
    place = Place.read(request.GET, LATEST)
    own = Question.objects.filter(asker=signed_in(request)).select_related("decision").defer("search", "body")
    own = own.prefetch_related(
        Prefetch("declines", Decline.objects.standing().select_related("doctor")),
        Prefetch("inquiries", Inquiry.objects.filter(replied_at=None).select_related("doctor"), to_attr="asked_back"),
    )
    rows = turn(own, LATEST, place, size=PAGE_SIZE)
    context = {
        "page": page_of(list(rows), place, size=PAGE_SIZE),
        "drafts": [] if place.key else list(Draft.objects.filter(user=signed_in(request))),
    }
    return render(request, "questions/my_questions.html", context)


@require_POST
@login_required
def close(request: HttpRequest, question_id: int) -> HttpResponse:
    """Close one's question with thanks."""
    question = close_question(own_question(request, question_id).pk, asker=signed_in(request))
    messages.success(request, "Your question is closed. You can open it again at any time.")
    return redirect(question)


@require_POST
@login_required
def reopen(request: HttpRequest, question_id: int) -> HttpResponse:
    """Open one's closed question again."""
    question = open_question(own_question(request, question_id).pk, asker=signed_in(request))
    messages.success(request, "Your question is open again.")
    return redirect(question)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def withdraw(request: HttpRequest, question_id: int) -> HttpResponse:
    """Ask whether the question shall go, then take it back."""
    question = own_question(request, question_id)
    if request.method == "POST":
        withdraw_question(question.pk, asker=signed_in(request))
        messages.success(request, "Your question is withdrawn. Nobody but you and moderators can read it.")
        return redirect("questions:my_questions")
    if not question.can_be_withdrawn_by(request.user):
        raise PermissionDenied
    return render(request, "questions/withdraw.html", {"question": question})


@read_only
def history(request: HttpRequest, question_id: int) -> HttpResponse:
    """Show what a question said before, for everybody who may read the question."""
    question = get_object_or_404(Question.objects.select_related("asker").defer("search"), pk=question_id)
    if not question.can_be_seen_by(request.user):
        raise Gone if question.is_gone else Http404
    place = Place.read(request.GET, LATEST)
    page = page_of(list(turn(question.edits.all(), LATEST, place, size=EDITS_ON_A_PAGE)), place, size=EDITS_ON_A_PAGE)
    # What an edit led to is what the next newer one found.
    newer = question.edits.filter(pk__gt=page.rows[0].pk).order_by("pk")[:1] if page.rows else []
    after: Question | QuestionEdit = next(iter(newer), question)
    changes, work = [], Work()
    for edit in page.rows:
        changes.append({"edit": edit, "differences": _differences(edit, after, work)})
        after = edit
    return render(request, "questions/history.html", {"question": question, "changes": changes, "page": page})


def _differences(before: QuestionEdit, after: Question | QuestionEdit, work: Work) -> list[Difference] | None:
    """Return what changed in title and body, or None where one side was erased."""
    if before.title is None or before.body is None or after.title is None or after.body is None:
        return None
    pairs = [(before.title, after.title), (before.body, after.body)]
    # An edit from before these were kept says nothing of them.
    if before.stated:
        beside = after.stated if isinstance(after, QuestionEdit) else words_beside_question(after)
        pairs += [(before.stated, beside)] if beside else []
    return [differences(was, now, work) for was, now in pairs]


# --- Following -----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def follow_question(request: HttpRequest, question_id: int) -> HttpResponse:
    """Choose how soon to be told of new answers to a question."""
    question = get_object_or_404(Question.objects.defer("search"), pk=question_id)
    if not question.can_be_seen_by(request.user):
        raise Gone if question.is_gone else Http404
    return _follow(request, question=question)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def follow_topic(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose how soon to be told of new questions on a topic."""
    return _follow(request, topic=Topic.objects.at_or_404(slug))


def _follow(request: HttpRequest, *, question: Question | None = None, topic: Topic | None = None) -> HttpResponse:
    followed = Follow.objects.filter(user=signed_in(request), question=question, topic=topic).first()
    initial = {"how_often": followed.how_often if followed else HowOften.AT_ONCE}
    form = FollowForm(request.POST or None, initial=initial)
    thing = question or topic
    if request.method == "POST" and form.is_valid() and thing:
        chosen = HowOften(form.cleaned_data["how_often"])
        follow(user=signed_in(request), question=question, topic=topic, how_often=chosen)
        messages.success(request, "Your choice is saved.")
        return redirect(thing)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "thing": thing, "question": question, "is_followed": followed is not None}
    return render(request, "questions/follow.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def following(request: HttpRequest) -> HttpResponse:
    """Show everything that one follows, with a choice for each, newest first."""
    place = Place.read(request.GET, LATEST)
    rows = Follow.objects.filter(user=signed_in(request)).shown().select_related("question", "topic")
    rows = rows.defer("question__search")
    page = page_of(list(turn(rows, LATEST, place, size=FOLLOWS_ON_A_PAGE)), place, size=FOLLOWS_ON_A_PAGE)
    if request.method == "POST" and "none" in request.POST:
        follow_nothing(signed_in(request))
        messages.success(request, "All of these mails are turned off.")
        return redirect("questions:following")
    if request.method == "POST":
        return _save_choices(request, page.rows)
    context = {"page": page, "choices": HowOften.choices}
    return render(request, "questions/following.html", context)


def _save_choices(request: HttpRequest, rows: list[Follow]) -> HttpResponse:
    """Save the choice of each row that came with a known one; whatever else came changes nothing."""
    for row in rows:
        chosen = request.POST.get(f"follow_{row.pk}", "")
        if chosen in HowOften.values and chosen != row.how_often:
            follow(user=row.user, question=row.question, topic=row.topic, how_often=HowOften(chosen))
    messages.success(request, "Your choices are saved.")
    return redirect(request.get_full_path())
