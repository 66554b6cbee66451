"""Photos of a question: its asker adds, describes and removes them; everybody sees what a moderator released."""

from datetime import timedelta
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.services import has_second_factor, take
from moderation.services import (
    Kind,
    look_over,
    screen_caption,
    serve_privately,
    serve_released,
    take_out,
    takes_files,
    with_plain_newlines,
    without_unseen,
)
from qa_forum.errors import Gone, hands_back, too_many, wait_words
from qa_forum.versions import read_only
from questions import services
from questions.forms import LOOKED_AT
from questions.models import MOST_PHOTOS, Question, QuestionPhoto
from questions.photo_forms import DescribeForm, PhotoForm
from questions.views.asking import own_question, signed_in
from questions.views.inquiries import ShortWay

PHOTOS_PER_DAY = 20
DESCRIPTIONS_PER_DAY = 60
DAY = timedelta(days=1)
HANDED_BACK = {"alt": "What the photo shows"}
CARRIED = ("alt", "not_now")


# --- Seeing ---------------------------------------------------------------------------------------------------


@read_only
def photo(request: HttpRequest, photo_id: int) -> HttpResponse:
    """Hand a photo to whoever may see it; to all others it is gone, or was never there."""
    found = get_object_or_404(QuestionPhoto.objects.select_related("question").defer("question__search"), pk=photo_id)
    kind, name = cast(Kind, found.format), f"Photo {found.pk}"
    if found.is_visible:
        return serve_released(request, lambda: _read(found), kind, name, found.fingerprint)
    if found.file and found.can_be_opened_by(request.user, has_factor=has_second_factor(request)):
        return serve_privately(_read(found), kind, name)
    raise Gone if found.is_gone or found.question.is_gone else Http404


def _read(found: QuestionPhoto) -> bytes:
    content = services.read_photo(found)
    if content is None:
        raise Http404
    return content


# --- Adding ---------------------------------------------------------------------------------------------------


@hands_back(HANDED_BACK)
@takes_files(1)
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def photos(request: HttpRequest, question_id: int) -> HttpResponse:
    """Show the photos of one's own question, and take one more."""
    question = own_question(request, question_id)
    if request.method != "POST":
        return _show(request, question)
    if not question.can_take_photos_of(request.user):
        raise PermissionDenied
    # Counted before it is opened: that is what costs.
    if request.FILES and (
        seconds := take(scope="photo", who=str(signed_in(request).pk), limit=PHOTOS_PER_DAY, window=DAY)
    ):
        return _too_many_photos(request, question, seconds)
    form = PhotoForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            added = services.add_photo(question.pk, asker=signed_in(request), file=form.cleaned_data["photo"])
        except ValidationError as error:
            form.add_error("photo", error)
        else:
            return _walk(request, added, is_new=True)
    return _show(request, question, form=form, status=422)


def _too_many_photos(request: HttpRequest, question: Question, seconds: int) -> HttpResponse:
    form = PhotoForm(initial={"alt": request.POST.get("alt", "")})
    wait = wait_words(timedelta(seconds=seconds))
    response = _show(request, question, form=form, status=429, wait=wait)
    response["Retry-After"] = str(seconds)
    return response


def _show(
    request: HttpRequest,
    question: Question,
    *,
    form: PhotoForm | None = None,
    described: tuple[QuestionPhoto, DescribeForm] | None = None,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """Show the page, with ``described`` in the place of the form of one photo."""
    rows = list(question.photos.kept().select_related("decision").order_by("position"))
    typed = {described[0].pk: described[1]} if described else {}
    can_add = question.can_take_photos_of(request.user) and len(rows) < MOST_PHOTOS
    for row in rows:
        row.question = question
    context |= {
        "question": question,
        "photos": [
            (row, typed.get(row.pk) or _form_of(row, request), row.can_be_removed_by(request.user)) for row in rows
        ],
        "form": (form or PhotoForm()) if can_add or form else None,
        "faulty": form or (described and described[1]),
        "places_left": MOST_PHOTOS - len(rows),
        "most": MOST_PHOTOS,
        "can_add": can_add,
        "not_now": request.POST.get("not_now", ""),
    }
    return render(request, "questions/photos.html", context, status=status)


def _form_of(row: QuestionPhoto, request: HttpRequest, data: Any = None, **initial: str) -> DescribeForm | None:
    if not row.can_be_described_by(request.user):
        return None
    return DescribeForm(data, initial={"alt": row.alt, **initial}, auto_id=f"photo-{row.pk}-%s")


# --- Describing -----------------------------------------------------------------------------------------------


@hands_back(HANDED_BACK)
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def describe_photo(request: HttpRequest, photo_id: int) -> HttpResponse:
    """Say what a photo of one's own question shows."""
    found = _own_photo(request, photo_id)
    if request.method != "POST":
        return redirect("questions:photos", found.question_id)
    return _walk(request, found)


def _own_photo(request: HttpRequest, photo_id: int) -> QuestionPhoto:
    """Return a photo of whoever is signed in; somebody else's is 404."""
    photos = QuestionPhoto.objects.select_related("question").defer("question__search")
    found = get_object_or_404(photos, pk=photo_id)
    if not found.question.is_of(request.user):
        raise Http404
    return found


def _walk(request: HttpRequest, found: QuestionPhoto, *, is_new: bool = False) -> HttpResponse:
    """Take what was typed one step on: the emergency screen, what the form refuses, the guard, saving."""
    data = request.POST.copy()
    data["alt"] = without_unseen(with_plain_newlines(data.get("alt") or ""))
    if "back" in data:
        form = _form_of(found, request, alt=str(data.get("alt") or ""))
        return _show(request, found.question, described=(found, form) if form else None)
    if "redact" in data:
        take_out(data, ["alt"])
    # Before anything is refused.
    families = screen_caption((data.get("alt") or "")[:LOOKED_AT])
    way = ShortWay(reverse("questions:describe_photo", args=[found.pk]), button="Save")
    if not set(families) <= set((data.get("not_now") or "").split()):
        return _show_emergency(request, way, data, families)
    form = _form_of(found, request, data)
    if form is None:
        raise PermissionDenied
    if not form.is_valid():
        return _show(request, found.question, described=(found, form), status=422, is_new=is_new)
    alt = form.cleaned_data["alt"]
    return _show_personal(request, way, data, alt) or _finish(request, found, alt, families)


def _show_emergency(request: HttpRequest, way: ShortWay, data: QueryDict, families: list[str]) -> HttpResponse:
    """Show the number to call before anything else; the words wait in the page, and the photo is kept."""
    context = {
        "way": way,
        "families": families,
        "is_only_self_harm": families == ["self_harm"],
        "confirmed": " ".join(sorted({*families, *(data.get("not_now") or "").split()})),
        "carried": [("alt", data.get("alt") or "")],
    }
    return render(request, "questions/emergency.html", context)


def _show_personal(request: HttpRequest, way: ShortWay, data: QueryDict, alt: str) -> HttpResponse | None:
    """Show what looks like a personal detail, each with a button; None where nothing does or all of it may stay."""
    context = look_over(data, {"alt": alt}, HANDED_BACK)
    if context is None:
        return None
    context |= {"way": way, "carried": [(name, data.get(name) or "") for name in CARRIED if name in data]}
    return render(request, "moderation/preview.html", context, status=422 if context["was_refused"] else 200)


def _finish(request: HttpRequest, found: QuestionPhoto, alt: str, families: list[str]) -> HttpResponse:
    user = signed_in(request)
    if seconds := take(scope="photo words", who=str(user.pk), limit=DESCRIPTIONS_PER_DAY, window=DAY):
        return too_many(request, seconds)
    saved = services.describe_photo(found.pk, asker=user, alt=alt, emergencies=families)
    if saved.state == QuestionPhoto.State.PUBLISHED:
        messages.success(request, "What the photo shows is saved.")
    else:
        messages.success(
            request, "The photo is saved. Only you and moderators see it until a moderator has released it."
        )
    return redirect("questions:photos", found.question_id)


@require_POST
@login_required
def remove_photo(request: HttpRequest, photo_id: int) -> HttpResponse:
    """Take a photo of one's own away for good."""
    found = _own_photo(request, photo_id)
    services.remove_photo(found.pk, asker=signed_in(request))
    messages.success(request, "The photo is removed.")
    return redirect("questions:photos", found.question_id)
