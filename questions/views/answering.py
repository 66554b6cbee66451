"""Answering: a doctor writes, looks at it once more, posts; changes, withdraws; agrees with a colleague."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.services import take
from doctors.access import doctor_only
from doctors.models import Doctor
from qa_forum.errors import Gone, hands_back, too_many
from qa_forum.keyset import Place, page_of, turn
from qa_forum.versions import read_only
from questions.answer_forms import AnswerForm, content_of_answer, initial_of_answer
from questions.bodies import plain
from questions.bodies import render as to_html
from questions.differences import Work, differences
from questions.models import DRAFT_CHARACTERS, Answer, AnswerDraft, AnswerEdit, BodyFormat, Question
from questions.services import (
    agree_with,
    edit_answer,
    own_answer,
    save_answer_draft,
    says_the_same,
    stated_facts,
    words_beside,
)
from questions.services import (
    post_answer as post,
)
from questions.services import (
    withdraw_answer as take_back,
)
from questions.views.desk import FORM, doctor_of, may_write, open_question
from questions.views.mine import EDITS_ON_A_PAGE, LATEST

ANSWERS_PER_DAY = 50
CHANGES_PER_DAY = 100
AGREEMENTS_PER_DAY = 300
DAY = timedelta(days=1)
HANDED_BACK = {"headline": "Headline", "body": "Your answer"}
# What a button says; never carried on.
BUTTONS = ("csrfmiddlewaretoken", "preview", "back", "save")


def _form(request: HttpRequest, question: Question, data: QueryDict | None, **kwargs: Any) -> AnswerForm:
    return AnswerForm(data, question=question, doctor=doctor_of(request), **kwargs)


def _show_form(
    request: HttpRequest, question: Question, form: AnswerForm, *, answer: Answer | None = None, status: int = 200
) -> HttpResponse:
    """Show the form of an answer, new or to be changed."""
    context = {
        "question": question,
        "form": form,
        "answer": answer,
        "action": _action(question, answer),
        "cancel": answer.get_absolute_url() if answer else question.get_absolute_url(),
    }
    return render(request, "questions/post_answer.html", context, status=status)


def _action(question: Question, answer: Answer | None) -> str:
    return (
        reverse("questions:edit_answer", args=[answer.pk])
        if answer
        else reverse("questions:post_answer", args=[question.pk])
    )


def _walk(
    request: HttpRequest, question: Question, answer: Answer | None, finish: Callable[[AnswerForm], HttpResponse]
) -> HttpResponse:
    """Take a form that was sent one step on: back to it, to the preview, or to its end."""
    data = request.POST
    if "back" in data:
        return _show_form(request, question, _form(request, question, None, initial=data.dict()), answer=answer)
    form = _form(request, question, data)
    if not form.is_valid():
        return _show_form(request, question, form, answer=answer, status=422)
    if "preview" in data:
        return _show_preview(request, question, form, answer)
    return finish(form)


def _show_preview(request: HttpRequest, question: Question, form: AnswerForm, answer: Answer | None) -> HttpResponse:
    """Show the answer as it would stand on the page; the words wait in it."""
    answered, doctor = form.answered, doctor_of(request)
    shown = Answer(
        question=question,
        doctor=doctor,
        headline=answered.headline,
        body_html=to_html(answered.body, BodyFormat.MARKDOWN),
        interest=answered.interest,
        interest_words=answered.interest_words,
    )
    carried = [(name, value) for name in request.POST if name not in BUTTONS for value in request.POST.getlist(name)]
    context = {
        "question": question,
        "answer": shown,
        "doctor": doctor,
        "facts": answered.facts,
        "carried": carried,
        "action": _action(question, answer),
        "button": "Save changes" if answer else "Post answer",
    }
    return render(request, "questions/preview_answer.html", context)


@hands_back(HANDED_BACK)
@require_http_methods(FORM)
@doctor_only
@may_write
def post_answer(request: HttpRequest, question_id: int) -> HttpResponse:
    """Answer a question. Whoever answered it already is shown their answer, or asked to change it."""
    question, doctor = open_question(question_id), doctor_of(request)
    answer = own_answer(question, doctor)
    if answer and answer.state != Answer.State.WITHDRAWN:
        return _meet_own_answer(request, question, answer)
    if not question.can_be_answered_by(doctor):
        raise PermissionDenied
    if request.method != "POST":
        draft = AnswerDraft.objects.filter(doctor=doctor, question=question).first()
        return _show_form(request, question, _form(request, question, None, initial=draft.content if draft else None))
    if "save" in request.POST:
        return _save(request, question)
    return _walk(request, question, None, lambda form: _finish_posting(request, question, form))


def _meet_own_answer(request: HttpRequest, question: Question, answer: Answer) -> HttpResponse:
    """Lead to the answer that is there: sent twice it is one, and other words come back as a change of it."""
    sent = _form(request, question, request.POST)
    if request.method != "POST" or (sent.is_valid() and says_the_same(answer, sent.answered)):
        return redirect(answer)
    if not answer.can_be_edited_by(doctor_of(request)):
        raise PermissionDenied
    messages.warning(request, "You answered this already. Your new words are below: save them as a change.")
    form = _form(request, question, None, initial=content_of_answer(request.POST))
    return _show_form(request, question, form, answer=answer, status=422)


def _finish_posting(request: HttpRequest, question: Question, form: AnswerForm) -> HttpResponse:
    doctor = doctor_of(request)
    if seconds := take(scope="answer", who=str(doctor.pk), limit=ANSWERS_PER_DAY, window=DAY):
        save_answer_draft(doctor=doctor, question=question, content=content_of_answer(request.POST))
        return too_many(request, seconds)
    answer = post(question.pk, doctor=doctor, answered=form.answered)
    answer.question = question
    if not says_the_same(answer, form.answered):
        # Another window was quicker: theirs stands.
        return _meet_own_answer(request, question, answer)
    if answer.state == Answer.State.HELD:
        messages.info(request, "Your answer waits for a moderator. You read why below.")
        return redirect("questions:desk_answers")
    messages.success(request, "Your answer is posted.")
    return HttpResponseRedirect(answer.get_absolute_url())


def _save(request: HttpRequest, question: Question) -> HttpResponse:
    """Keep what was typed and go to one's drafts."""
    if fault := _store(request, question):
        form = _form(request, question, request.POST)
        form.add_error(None, fault)
        return _show_form(request, question, form, status=422)
    messages.success(request, "Your draft is saved.")
    return redirect("questions:desk_drafts")


def _store(request: HttpRequest, question: Question) -> str:
    """Keep what was typed; return nothing, or in words why it could not be kept."""
    content = content_of_answer(request.POST)
    if len(str(content)) > DRAFT_CHARACTERS // 2:
        return "Shorten your answer to 10,000 characters, then save it."
    save_answer_draft(doctor=doctor_of(request), question=question, content=content)
    return ""


@require_POST
@doctor_only
@may_write
def keep_answer_draft(request: HttpRequest, question_id: int) -> HttpResponse:
    """Keep what was typed so far, without leaving the page."""
    question, doctor = open_question(question_id), doctor_of(request)
    if not question.can_be_answered_by(doctor):
        raise PermissionDenied
    fault = "You posted it meanwhile." if own_answer(question, doctor) else _store(request, question)
    return render(request, "questions/_draft_state.html", {"fault": fault})


@require_POST
@doctor_only
def delete_answer_draft(request: HttpRequest, question_id: int) -> HttpResponse:
    """Delete one's draft on a question; deleting it twice is the same."""
    AnswerDraft.objects.filter(doctor=doctor_of(request), question=question_id).delete()
    messages.success(request, "The draft is deleted.")
    return redirect("questions:desk_drafts")


# --- Changing ------------------------------------------------------------------------------------------------


def _own_answer(answer_id: int, doctor: Doctor) -> Answer:
    """Return an answer of this doctor; somebody else's is 404."""
    answers = Answer.objects.select_related("question", "doctor").defer("search", "question__search")
    answer = get_object_or_404(answers, pk=answer_id, doctor=doctor)
    if answer.question.state != Question.State.PUBLISHED:
        raise Gone if answer.question.is_gone else Http404
    return answer


@hands_back(HANDED_BACK)
@require_http_methods(FORM)
@doctor_only
@may_write
def change_answer(request: HttpRequest, answer_id: int) -> HttpResponse:
    """Change one's own answer."""
    answer = _own_answer(answer_id, doctor_of(request))
    if not answer.can_be_edited_by(doctor_of(request)):
        raise PermissionDenied
    if request.method != "POST":
        form = _form(request, answer.question, None, initial=initial_of_answer(answer))
        return _show_form(request, answer.question, form, answer=answer)
    return _walk(request, answer.question, answer, lambda form: _finish_changing(request, answer, form))


def _finish_changing(request: HttpRequest, answer: Answer, form: AnswerForm) -> HttpResponse:
    doctor = doctor_of(request)
    if seconds := take(scope="change answer", who=str(doctor.pk), limit=CHANGES_PER_DAY, window=DAY):
        return too_many(request, seconds)
    changed = edit_answer(answer.pk, doctor=doctor, answered=form.answered)
    if changed.state == Answer.State.HELD:
        messages.info(request, "Your changes wait for a moderator. Until then only you can see the answer.")
    else:
        messages.success(request, "Your changes are saved.")
    return HttpResponseRedirect(answer.get_absolute_url())


@require_http_methods(FORM)
@doctor_only
def withdraw_answer(request: HttpRequest, answer_id: int) -> HttpResponse:
    """Ask whether the answer shall go, then take it back."""
    doctor = doctor_of(request)
    answer = _own_answer(answer_id, doctor)
    if request.method == "POST":
        take_back(answer.pk, doctor=doctor)
        messages.success(request, "Your answer is withdrawn. Nobody but moderators can read it.")
        return redirect("questions:desk_answers")
    if not answer.can_be_withdrawn_by(doctor):
        raise PermissionDenied
    return render(request, "questions/withdraw_answer.html", {"answer": answer})


@read_only
def answer_history(request: HttpRequest, answer_id: int) -> HttpResponse:
    """Show what an answer said before, for everybody who may read the answer."""
    answers = Answer.objects.select_related("question", "doctor").defer("search", "question__search")
    answer = get_object_or_404(answers, pk=answer_id)
    if not answer.is_visible and not getattr(request.user, "is_staff", False):
        raise Gone if answer.is_gone or answer.question.is_gone else Http404
    place = Place.read(request.GET, LATEST)
    page = page_of(list(turn(answer.edits.all(), LATEST, place, size=EDITS_ON_A_PAGE)), place, size=EDITS_ON_A_PAGE)
    # What an edit led to is what the next newer one found.
    newer = answer.edits.filter(pk__gt=page.rows[0].pk).order_by("pk")[:1] if page.rows else []
    after: Answer | AnswerEdit = next(iter(newer), answer)
    changes, work, text_after = [], Work(), _text(after)
    for edit in page.rows:
        text = _text(edit)
        beside = after.stated if isinstance(after, AnswerEdit) else words_beside(after, stated_facts(after))
        pairs = [(edit.headline, after.headline), (text, text_after), (edit.stated, beside)]
        changes.append({"edit": edit, "differences": [differences(was, now, work) for was, now in pairs]})
        after, text_after = edit, text
    return render(request, "questions/answer_history.html", {"answer": answer, "changes": changes, "page": page})


def _text(version: Answer | AnswerEdit) -> str:
    """Return the words of a version as a reader saw them, without signs and tags."""
    return plain(to_html(version.body, version.body_format))


# --- Agreeing ------------------------------------------------------------------------------------------------


@require_POST
@doctor_only
@may_write
def agree(request: HttpRequest, answer_id: int) -> HttpResponse:
    """Agree with a colleague's answer, or no longer: ``value`` is 1 or 0."""
    doctor = doctor_of(request)
    answers = Answer.objects.select_related("question", "doctor").defer("search", "question__search")
    answer = get_object_or_404(answers.visible(), pk=answer_id)
    if not answer.can_be_agreed_with_by(doctor):
        raise PermissionDenied
    if seconds := take(scope="agree", who=str(doctor.pk), limit=AGREEMENTS_PER_DAY, window=DAY):
        return too_many(request, seconds)
    seen = request.POST.get("version", "")
    version = int(seen) if seen.isdecimal() and len(seen) < 9 else 0
    if not agree_with(answer.pk, doctor=doctor, is_agreed=request.POST.get("value") != "0", version=version):
        messages.warning(request, "The answer was changed after you opened the page. Read it, then agree.")
    return HttpResponseRedirect(answer.get_absolute_url())
