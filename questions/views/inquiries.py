"""What a patient replies to a doctor who asks back: the same steps as for a question, each carrying the words on."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.services import take
from moderation.services import look_over, screen_emergency, take_out, with_plain_newlines, without_unseen
from qa_forum.errors import hands_back, too_many
from questions.desk_forms import ReplyForm
from questions.forms import LOOKED_AT
from questions.models import Inquiry
from questions.services import reply_to_inquiry
from questions.views.asking import signed_in

REPLIES_PER_DAY = 60
CARRIED = ("reply", "not_now")
SENT = "Your reply is sent. The doctor who asked is told of it."


@dataclass(frozen=True, slots=True)
class ShortWay:
    """Where the pages of the emergency screen and the guard send a short text on, and what the last button says."""

    action: str
    button: str = "Send reply"


@hands_back({"reply": "Your reply"})
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def reply(request: HttpRequest, inquiry_id: int) -> HttpResponse:
    """Reply to what a doctor asked about one's own question."""
    inquiry = _own_inquiry(request, inquiry_id)
    if request.method != "POST":
        is_open = inquiry.can_be_replied_to_by(request.user)
        return _show_form(request, inquiry, ReplyForm()) if is_open else _meet_own_reply(request, inquiry, "")
    data = request.POST.copy()
    data["reply"] = without_unseen(with_plain_newlines(data.get("reply") or ""))
    if "back" in data:
        return _show_form(request, inquiry, ReplyForm(initial={"reply": data["reply"]}))
    if "redact" in data:
        take_out(data, ["reply"])
    # Before anything is refused.
    families = screen_emergency(_typed(data)[:LOOKED_AT])
    way = ShortWay(reverse("questions:reply", args=[inquiry.pk]))
    if not set(families) <= set(data.get("not_now", "").split()):
        return _show_emergency(request, way, data, families)
    if not inquiry.can_be_replied_to_by(request.user):
        return _meet_own_reply(request, inquiry, _typed(data).strip())
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


def _meet_own_reply(request: HttpRequest, inquiry: Inquiry, typed: str) -> HttpResponse:
    """Say that there is nothing to reply any more; words that are not taken come back, to be used elsewhere."""
    if inquiry.reply and typed == inquiry.reply:
        messages.success(request, SENT)
    elif typed:
        return render(request, "questions/replied.html", {"inquiry": inquiry, "typed": typed}, status=422)
    else:
        messages.info(request, "There is nothing to reply any more.")
    return redirect(inquiry.question)


def _show_form(request: HttpRequest, inquiry: Inquiry, form: ReplyForm, status: int = 200) -> HttpResponse:
    context = {"inquiry": inquiry, "form": form, "not_now": request.POST.get("not_now", "")}
    return render(request, "questions/reply.html", context, status=status)


def _carried(data: QueryDict, *names: str) -> list[tuple[str, str]]:
    return [(name, data.get(name) or "") for name in names if name in data]


def _typed(data: QueryDict) -> str:
    return data.get("reply") or ""


def _show_emergency(request: HttpRequest, way: ShortWay, data: QueryDict, families: list[str]) -> HttpResponse:
    """Show the number to call before anything else; the words wait in the page."""
    context = {
        "way": way,
        "families": families,
        "is_only_self_harm": families == ["self_harm"],
        "confirmed": " ".join(sorted({*families, *data.get("not_now", "").split()})),
        "carried": _carried(data, "reply"),
    }
    return render(request, "questions/emergency.html", context)


def _show_personal(request: HttpRequest, way: ShortWay, data: QueryDict, text: str) -> HttpResponse | None:
    """Show what looks like a personal detail, each with a button; None where nothing does or all of it may stay."""
    context = look_over(data, {"reply": text}, {"reply": "Your reply"})
    if context is None:
        return None
    context |= {"way": way, "carried": _carried(data, *CARRIED)}
    return render(request, "moderation/preview.html", context, status=422 if context["was_refused"] else 200)


def _finish(request: HttpRequest, inquiry: Inquiry, text: str, families: list[str]) -> HttpResponse:
    user = signed_in(request)
    if seconds := take(scope="reply", who=str(user.pk), limit=REPLIES_PER_DAY, window=timedelta(days=1)):
        return too_many(request, seconds)
    # Another window may have been quicker: its words stand.
    replied = reply_to_inquiry(inquiry.pk, asker=user, reply=text, emergencies=families)
    return _meet_own_reply(request, replied, text)
