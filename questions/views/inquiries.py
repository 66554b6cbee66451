"""What a patient replies to a doctor who asks back: the same steps as for a question, each carrying the words on."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.services import take
from moderation.services import apply_redaction, find_personal, marked, redact, screen_emergency
from qa_forum.errors import hands_back, too_many
from qa_forum.versions import digest
from questions.desk_forms import ReplyForm
from questions.forms import LOOKED_AT, with_plain_newlines, without_unseen
from questions.models import Inquiry
from questions.services import reply_to_inquiry
from questions.views.asking import signed_in

REPLIES_PER_DAY = 60
CARRIED = ("reply", "not_now")


@dataclass(frozen=True, slots=True)
class ReplyWay:
    """Where the pages of the emergency screen and the guard send a reply on, and what the last button says."""

    action: str
    button: str = "Send reply"


@hands_back({"reply": "Your reply"})
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def reply(request: HttpRequest, inquiry_id: int) -> HttpResponse:
    """Reply to what a doctor asked about one's own question."""
    inquiry = _own_inquiry(request, inquiry_id)
    if not inquiry.can_be_replied_to_by(request.user):
        messages.info(request, "There is nothing to reply any more.")
        return redirect(inquiry.question)
    if request.method != "POST":
        return _show_form(request, inquiry, ReplyForm())
    data = request.POST.copy()
    data["reply"] = without_unseen(with_plain_newlines(data.get("reply") or ""))
    if "back" in data:
        return _show_form(request, inquiry, ReplyForm(initial={"reply": data["reply"]}))
    if "redact" in data:
        _apply_redaction(data)
    families = screen_emergency(_typed(data)[:LOOKED_AT])
    way = ReplyWay(reverse("questions:reply", args=[inquiry.pk]))
    if not set(families) <= set(data.get("not_now", "").split()):
        return _show_emergency(request, way, data, families)
    form = ReplyForm(data)
    if not form.is_valid():
        return _show_form(request, inquiry, form, status=422)
    text = form.cleaned_data["reply"]
    return _show_personal(request, way, data, text) or _finish(request, inquiry, text, families)


def _own_inquiry(request: HttpRequest, inquiry_id: int) -> Inquiry:
    """Return what was asked about a question of whoever is signed in; somebody else's is 404."""
    inquiries = Inquiry.objects.select_related("question__asker", "doctor").defer("question__search")
    inquiry = get_object_or_404(inquiries, pk=inquiry_id)
    if not inquiry.question.is_of(request.user):
        raise Http404
    return inquiry


def _show_form(request: HttpRequest, inquiry: Inquiry, form: ReplyForm, status: int = 200) -> HttpResponse:
    context = {"inquiry": inquiry, "form": form, "not_now": request.POST.get("not_now", "")}
    return render(request, "questions/reply.html", context, status=status)


def _carried(data: QueryDict, *names: str) -> list[tuple[str, str]]:
    return [(name, data.get(name) or "") for name in names if name in data]


def _typed(data: QueryDict) -> str:
    return data.get("reply") or ""


def _show_emergency(request: HttpRequest, way: ReplyWay, data: QueryDict, families: list[str]) -> HttpResponse:
    """Show the number to call before anything else; the words wait in the page."""
    context = {
        "way": way,
        "families": families,
        "is_only_self_harm": families == ["self_harm"],
        "confirmed": " ".join(sorted({*families, *data.get("not_now", "").split()})),
        "carried": _carried(data, "reply"),
    }
    return render(request, "questions/emergency.html", context)


def _apply_redaction(data: QueryDict) -> None:
    """Take out of the words what a button of the preview names; a button of an older preview changes nothing."""
    text, chosen = _typed(data), data.get("redact") or ""
    if chosen == "all":
        data["reply"] = redact(text, find_personal(text))
        return
    name, _, rest = chosen.partition(":")
    kind, _, place = rest.partition(":")
    start, _, end = place.partition(":")
    if name == "reply" and all(part.isdecimal() and len(part) < 8 for part in (start, end)):
        data["reply"] = apply_redaction(text, kind, int(start), int(end))


def _show_personal(request: HttpRequest, way: ReplyWay, data: QueryDict, text: str) -> HttpResponse | None:
    """Show what looks like a personal detail, each with a button; None where nothing does or all of it may stay."""
    found = find_personal(text)
    must_go = sorted({finding.kind for finding in found if finding.must_go})
    stamp = digest([text])
    is_chosen = data.get("kept") == stamp and "redact" not in data
    if (not found and "redact" not in data) or (is_chosen and not must_go):
        return None
    # The words as they are marked: cleaned, so that a place in them is the same when they come back.
    data["reply"] = text
    context: dict[str, Any] = {
        "way": way,
        "carried": _carried(data, *CARRIED),
        "fields": [{"name": "reply", "label": "Your reply", "pieces": marked(text, found)}],
        "finding_count": len(found),
        "must_go": must_go,
        "stamp": stamp,
        "was_refused": is_chosen,
    }
    return render(request, "questions/preview.html", context, status=422 if is_chosen else 200)


def _finish(request: HttpRequest, inquiry: Inquiry, text: str, families: list[str]) -> HttpResponse:
    user = signed_in(request)
    if seconds := take(scope="reply", who=str(user.pk), limit=REPLIES_PER_DAY, window=timedelta(days=1)):
        return too_many(request, seconds)
    reply_to_inquiry(inquiry.pk, asker=user, reply=text, emergencies=families)
    messages.success(request, "Your reply is sent. The doctor who asked is told of it.")
    return redirect(inquiry.question)
