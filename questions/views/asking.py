"""Asking: the way from the first word to the posted question, and whatever stops on it for a good reason.

Each step is a plain form that carries everything typed so far, so nothing is lost and no script is needed: the
emergency screen, what the form refuses, similar questions, the personal data guard, joining, posting.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.limits import OverLimit
from accounts.models import User
from accounts.services import client_network, take
from moderation.services import (
    is_automatic,
    look_over,
    removes_details,
    screen_emergency,
    take_out,
    with_plain_newlines,
)
from qa_forum.errors import hands_back, too_many, wait_words
from questions.forms import AskForm, EditForm, content_of, data_of, initial_of, screened_text
from questions.models import DRAFT_CHARACTERS, Draft, Question, Topic
from questions.services import MOST_DRAFTS, edit_question, post_question, save_draft
from questions.similar import find_similar

QUESTIONS_PER_DAY = 10
CHANGES_PER_DAY = 60
KEPT_PER_NETWORK = 50
LOOKS_PER_NETWORK = 1200
LOOKS_WINDOW = timedelta(minutes=10)
DAY = timedelta(days=1)
WAITING = "waiting_questions"
# In what is kept of a question: that it was sent as programs send forms.
SENT_BY_PROGRAM = "sent_by_program"
MOST_WAITING = 5
# What a button says, and what a step adds; never carried on.
BUTTONS = ("csrfmiddlewaretoken", "redact", "kept", "back", "save")
HANDED_BACK = {"title": "Your question", "body": "The details"}

Finish = Callable[[AskForm, list[str]], HttpResponse]


@dataclass(frozen=True, slots=True)
class Way:
    """What differs between asking and changing: where the form goes, what its button says, what comes at the end."""

    form_class: type[AskForm]
    action: str
    cancel: str
    heading: str
    button: str
    finish: Finish
    question: Question | None = None


# --- The way, for asking and for changing --------------------------------------------------------------------


def _walk(request: HttpRequest, way: Way) -> HttpResponse:
    """Take a form that was sent one step on: return the page that stands in the way, or finish."""
    data = request.POST.copy()
    if _key_of(request) is None:
        data["key"] = str(uuid4())
    for name in ("title", "body"):
        if name in data:
            data[name] = with_plain_newlines(data.get(name) or "")
    if "back" in data:
        return _show_form(request, way, _as_typed(way.form_class, data))
    if "redact" in data:
        _apply_redaction(data)
    families = screen_emergency(screened_text(data))
    if not set(families) <= set(data.get("not_now", "").split()):
        return _show_emergency(request, way, data, families)
    similar = [] if way.question else find_similar(data.get("title", ""))
    # Sent twice at one moment: what the first one made is no question that was asked before.
    similar = [question for question in similar if str(question.form_key) != data.get("key")]
    form = way.form_class(data, similar=similar)
    if not form.is_valid():
        return _show_form(request, way, form, similar=similar, status=422)
    if _is_unseen(data, similar, form):
        return _show_form(request, way, form, similar=similar, is_step=True)
    return _show_personal(request, way, data, form) or way.finish(form, families)


def _as_typed(form_class: type[AskForm], data: QueryDict) -> AskForm:
    """Return the form with what was typed, without a word on what is missing."""
    typed: dict[str, Any] = {name: data.getlist(name) if name == "topics" else data[name] for name in data}
    return form_class(initial={**typed, "key": data.get("key") or uuid4()})


def _show_form(
    request: HttpRequest,
    way: Way,
    form: AskForm,
    *,
    similar: list[Question] | None = None,
    is_step: bool = False,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """Show the form. ``is_step`` says that it is shown once more for what stands below the title or the topics."""
    context |= {
        "form": form,
        "way": way,
        "similar": similar or [],
        "is_step": is_step,
        "seen": request.POST.getlist("seen"),
        "not_now": request.POST.get("not_now", ""),
        "prompts": [form[f"reply_{prompt.pk}"] for prompt in form.prompts],
        "prompt_keys": [prompt.pk for prompt in form.prompts],
    }
    return render(request, "questions/ask.html", context, status=status)


def _is_unseen(data: QueryDict, similar: list[Question], form: AskForm) -> bool:
    """Tell whether there is a similar question, or a short question of a topic, that was not on the page yet."""
    seen = set(data.getlist("seen"))
    shown = {f"q{question.pk}" for question in similar} | {f"p{prompt.pk}" for prompt in form.prompts}
    return not shown <= seen


def _carried(data: QueryDict) -> list[tuple[str, str]]:
    return [(name, value) for name in data if name not in BUTTONS for value in data.getlist(name)]


# --- The emergency screen ------------------------------------------------------------------------------------


def _show_emergency(request: HttpRequest, way: Way, data: QueryDict, families: list[str]) -> HttpResponse:
    """Show the number to call before anything else; the words wait in the page."""
    confirmed = " ".join(sorted({*families, *data.get("not_now", "").split()}))
    carried = [(name, value) for name, value in _carried(data) if name != "not_now"]
    context = {
        "way": way,
        "families": families,
        "is_only_self_harm": families == ["self_harm"],
        "confirmed": confirmed,
        "carried": carried,
    }
    return render(request, "questions/emergency.html", context)


# --- The personal data guard ---------------------------------------------------------------------------------


def _apply_redaction(data: QueryDict) -> None:
    """Take out of the words what a button of the preview names."""
    words = [name for name in data if name in ("title", "body", "other_topics") or name.startswith("reply_")]
    take_out(data, words)
    _drop_empty_topics(data)


def _drop_empty_topics(data: QueryDict) -> None:
    """Propose no topic that says only that something was removed."""
    names = (data.get("other_topics") or "").split(",")
    data["other_topics"] = ",".join(name for name in names if " removed]" not in name)


def _show_personal(request: HttpRequest, way: Way, data: QueryDict, form: AskForm) -> HttpResponse | None:
    """Show what looks like a personal detail, each with a button; None where nothing does or all of it may stay."""
    labels = {name: str(form.fields[name].label) for name in form.guarded}
    context = look_over(data, form.guarded, labels)
    if context is None:
        return None
    data.setlist("topics", [topic.slug for topic in form.cleaned_data["topics"]])
    context |= {"way": way, "carried": _carried(data)}
    return render(request, "moderation/preview.html", context, status=422 if context["was_refused"] else 200)


# --- Asking --------------------------------------------------------------------------------------------------


def _asking(request: HttpRequest) -> Way:
    return Way(
        form_class=AskForm,
        action=reverse("questions:ask"),
        cancel=reverse("questions:question_list"),
        heading="Ask a question",
        button="Post question",
        finish=lambda form, families: _finish_asking(request, form, families),
    )


@hands_back(HANDED_BACK)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask a question. Somebody without an account writes first and joins afterwards."""
    way = _asking(request)
    if request.method != "POST":
        topic = Topic.objects.at(request.GET.get("topic", "").replace("\0", ""))
        initial = {"key": uuid4(), "topics": [topic.slug] if topic else []}
        return _show_form(request, way, AskForm(initial=initial))
    if posted := _already_posted(request):
        return posted
    if "save" in request.POST and request.user.is_authenticated:
        return _save(request)
    return _walk(request, way)


def _already_posted(request: HttpRequest) -> HttpResponse | None:
    """Return the page of the question that this very form made before: whoever sends it twice sees it twice.

    With other words in it, as after going back in the browser, the words are kept as a draft of another question.
    """
    key = _key_of(request)
    if key is None or not request.user.is_authenticated:
        return None
    posted = Question.objects.filter(form_key=key, asker=request.user).first()
    if posted is None or _says_the_same(posted, request.POST):
        return redirect(posted) if posted else None
    if not _fits(content_of(request.POST)):
        return None
    save_draft(key=uuid4(), user=signed_in(request), content=content_of(request.POST))
    messages.warning(request, "That question is posted already. What you wrote now is kept as a draft of another one.")
    return redirect("questions:my_questions")


def _says_the_same(question: Question, data: Mapping[str, Any]) -> bool:
    title, body = " ".join(str(data.get("title", "")).split()), str(data.get("body", ""))
    return (title, with_plain_newlines(body).strip()) == (question.title, question.body)


def _finish_asking(request: HttpRequest, form: AskForm, families: list[str]) -> HttpResponse:
    """Post the question, or keep it for whoever has no account yet."""
    key = form.cleaned_data["key"]
    if not request.user.is_authenticated:
        return _keep_for_joining(request, form, key)
    seconds = take(scope="ask", who=str(request.user.pk), limit=QUESTIONS_PER_DAY, window=DAY)
    if seconds:
        # The last one of the day, pressed twice.
        if posted := _already_posted(request):
            return posted
        draft = save_draft(key=key, user=request.user, content=content_of(request.POST))
        why = f"One person may ask {QUESTIONS_PER_DAY} questions a day."
        return _over_limit(request, form, seconds, why, is_kept=draft is not None)
    automatic = is_automatic(request.POST)
    question = post_question(
        asker=request.user, key=key, asked=form.asked, emergencies=families, is_automatic=automatic
    )
    _say_posted(request, question)
    return redirect(question)


def _say_posted(request: HttpRequest, question: Question) -> None:
    if question.state == Question.State.HELD:
        messages.info(request, "Your question waits for a moderator. Until then only you can see it.")
    else:
        messages.success(request, "Your question is posted. We write to you when a doctor answers.")


def _over_limit(request: HttpRequest, form: AskForm, seconds: int, why: str, *, is_kept: bool = False) -> HttpResponse:
    wait = wait_words(timedelta(seconds=seconds))
    response = _show_form(request, _asking(request), form, status=429, wait=wait, why=why, is_kept=is_kept)
    response["Retry-After"] = str(seconds)
    return response


def _keep_for_joining(request: HttpRequest, form: AskForm, key: UUID) -> HttpResponse:
    """Keep the question on the server; the session of this browser knows its key through joining and sign-in."""
    seconds = take(scope="ask network", who=client_network(request), limit=KEPT_PER_NETWORK, window=DAY)
    if seconds:
        why = "So many questions came from your network today that this one was not taken."
        return _over_limit(request, form, seconds, why)
    content = content_of(cast(QueryDict, form.data))
    if is_automatic(request.POST):
        content[SENT_BY_PROGRAM] = True
    draft = save_draft(key=key, user=None, content=content, is_ready=True)
    if draft is None:
        raise PermissionDenied
    earlier = [each for each in request.session.get(WAITING, []) if each != str(draft.key)]
    request.session[WAITING] = [*earlier, str(draft.key)][-MOST_WAITING:]
    return redirect("questions:join")


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Say that the question is kept, and how it gets posted; or delete it, where somebody thinks better of it."""
    drafts = _waiting(request)
    if request.method == "POST":
        Draft.objects.filter(key__in=[draft.key for draft in drafts]).delete()
        request.session.pop(WAITING, None)
        return redirect("home")
    if not drafts:
        return redirect("questions:ask")
    return render(request, "questions/join.html", {"title": drafts[-1].content.get("title", "")})


def _waiting(request: HttpRequest) -> list[Draft]:
    """Return what this browser wrote before its person signed in, the latest last."""
    keys = request.session.get(WAITING, [])
    found = {str(draft.key): draft for draft in Draft.objects.filter(key__in=keys, user=None, is_ready=True)}
    return [found[key] for key in keys if key in found]


def post_waiting(request: HttpRequest, user: User) -> str | None:
    """Post the question that this browser wrote before its person signed in; return where it stands, or None.

    Of several the latest is posted, and the others become drafts; so does what can no longer be posted as it is.
    """
    drafts = _waiting(request)
    request.session.pop(WAITING, None)
    if not drafts:
        return None
    for earlier in drafts[:-1]:
        save_draft(key=earlier.key, user=user, content=earlier.content)
    draft = drafts[-1]
    form = AskForm(data_of(draft.key, draft.content))
    posted = Question.objects.filter(form_key=draft.key, asker=user).first()
    if posted and _says_the_same(posted, draft.content):
        return posted.get_absolute_url()
    if posted or not form.is_valid() or take(scope="ask", who=str(user.pk), limit=QUESTIONS_PER_DAY, window=DAY):
        save_draft(key=uuid4() if posted else draft.key, user=user, content=draft.content)
        messages.warning(request, "Your question is kept as a draft. Look through it once more, then post it.")
        return reverse("questions:my_questions")
    families = screen_emergency(screened_text(form.data))
    try:
        question = post_question(
            asker=user,
            key=draft.key,
            asked=form.asked,
            emergencies=families,
            is_automatic=bool(draft.content.get(SENT_BY_PROGRAM)),
        )
    except OverLimit:
        save_draft(key=draft.key, user=user, content=draft.content)
        messages.warning(request, "Your question is kept as a draft: you have posted as much as you may today.")
        return reverse("questions:my_questions")
    _say_posted(request, question)
    return question.get_absolute_url()


def _too_many_looks(request: HttpRequest) -> HttpResponse | None:
    """Refuse parts of the page to a network that asks for more than a room full of people types."""
    seconds = take(scope="look", who=client_network(request), limit=LOOKS_PER_NETWORK, window=LOOKS_WINDOW)
    if not seconds:
        return None
    # The form goes on without it: posting shows the same once more.
    return HttpResponse(status=429, headers={"Retry-After": str(seconds)})


@require_POST
def similar(request: HttpRequest) -> HttpResponse:
    """Return the questions that are like the title typed so far, for the page that is being filled in."""
    if refused := _too_many_looks(request):
        return refused
    found = find_similar(request.POST.get("title", ""))
    return render(request, "questions/_similar.html", {"similar": found})


@require_POST
def prompts(request: HttpRequest) -> HttpResponse:
    """Return the short questions of the topics chosen so far, with what was replied already."""
    if refused := _too_many_looks(request):
        return refused
    form = _as_typed(AskForm, request.POST)
    context = {
        "prompts": [form[f"reply_{prompt.pk}"] for prompt in form.prompts],
        "prompt_keys": [prompt.pk for prompt in form.prompts],
    }
    return render(request, "questions/_prompts.html", context)


# --- Drafts --------------------------------------------------------------------------------------------------


def _key_of(request: HttpRequest) -> UUID | None:
    """Return the key of the form that was sent, or None where it is none."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return None


def _save(request: HttpRequest) -> HttpResponse:
    """Keep what was typed and go to the list of one's questions."""
    fault = _store(request)
    if not fault:
        messages.success(request, "Your draft is saved.")
        return redirect("questions:my_questions")
    form = AskForm(request.POST)
    form.add_error(None, fault)
    return _show_form(request, _asking(request), form, status=422)


def _store(request: HttpRequest) -> str:
    """Keep what was typed, and return nothing, or in words why it could not be kept."""
    key, content = _key_of(request), content_of(request.POST)
    if not request.user.is_authenticated:
        return "Sign in again, then save it."
    if key is None:
        return "Load the page again, then save it."
    if Question.objects.filter(form_key=key).exists():
        return ""  # Posted meanwhile, in another window.
    if not _fits(content):
        return "Shorten the details to 10,000 characters, then save them."
    if save_draft(key=key, user=signed_in(request), content=content) is None:
        return f"You have {MOST_DRAFTS} drafts. Delete one on “My questions” first, then save this one."
    return ""


def _fits(content: Mapping[str, Any]) -> bool:
    return len(str(content)) <= DRAFT_CHARACTERS // 2


def signed_in(request: HttpRequest) -> User:
    """Return whoever is signed in; a stranger has no business here."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


@require_POST
def keep_draft(request: HttpRequest) -> HttpResponse:
    """Keep what was typed so far, without leaving the page."""
    return render(request, "questions/_draft_state.html", {"fault": _store(request)})


@require_http_methods(["GET", "HEAD"])
@login_required
def open_draft(request: HttpRequest, key: UUID) -> HttpResponse:
    """Go on with a draft."""
    draft = get_object_or_404(Draft, key=key, user=signed_in(request))
    return _show_form(request, _asking(request), _as_typed(AskForm, data_of(draft.key, draft.content)))


@require_POST
@login_required
def delete_draft(request: HttpRequest, key: UUID) -> HttpResponse:
    """Delete a draft; deleting it twice is the same."""
    Draft.objects.filter(key=key, user=signed_in(request)).delete()
    messages.success(request, "The draft is deleted.")
    return redirect("questions:my_questions")


# --- Changing ------------------------------------------------------------------------------------------------


@hands_back(HANDED_BACK)
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: HttpRequest, question_id: int) -> HttpResponse:
    """Change one's own question."""
    question = own_question(request, question_id)
    if not question.can_be_edited_by(request.user):
        raise PermissionDenied
    way = Way(
        form_class=EditForm,
        action=reverse("questions:edit_question", args=[question.pk]),
        cancel=question.get_absolute_url(),
        heading="Change your question",
        button="Save changes",
        finish=lambda form, families: _finish_editing(request, question, form, families),
        question=question,
    )
    if request.method != "POST":
        return _show_form(request, way, EditForm(initial=initial_of(question)))
    return _walk(request, way)


def own_question(request: HttpRequest, question_id: int) -> Question:
    """Return a question of whoever is signed in; somebody else's is 404."""
    question = get_object_or_404(Question.objects.defer("search"), pk=question_id)
    if not question.is_of(request.user):
        raise Http404
    return question


def _finish_editing(request: HttpRequest, question: Question, form: AskForm, families: list[str]) -> HttpResponse:
    """Save the change. What the guard found in the old words and no longer finds was a personal detail."""
    seconds = take(scope="change", who=str(signed_in(request).pk), limit=CHANGES_PER_DAY, window=DAY)
    if seconds:
        return too_many(request, seconds)
    changed = edit_question(
        question.pk,
        editor=signed_in(request),
        asked=form.asked,
        is_redaction=form.cleaned_data["is_redaction"] or _removes_details(question, form),
        emergencies=families,
        is_automatic=is_automatic(request.POST),
    )
    if changed.state == Question.State.HELD:
        messages.info(request, "Your changes wait for a moderator. Until then only you can see the question.")
    else:
        messages.success(request, "Your changes are saved.")
    return HttpResponseRedirect(changed.get_absolute_url())


def _removes_details(question: Question, form: AskForm) -> bool:
    replies = question.prompt_replies.values_list("text", flat=True)
    old = "\n".join([question.title, question.body, *replies])
    return removes_details(old, "\n".join([form.asked.title, form.asked.body, *form.asked.replies.values()]))
