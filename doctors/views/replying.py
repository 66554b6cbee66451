"""What doctors do about reviews: reply, report, and hand out codes that prove a visit."""

from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.services import take
from doctors.access import doctor_only
from doctors.models import Doctor, DoctorReview
from doctors.reply_forms import ReviewReplyForm
from doctors.services import (
    CODES_ON_A_SHEET,
    ReviewChanged,
    TooManyCodes,
    make_visit_codes,
    reply_to_review,
    withdraw_reply,
)
from moderation.services import NEUTRAL_WORDINGS, REPLY_FAULTS, marked_faults
from qa_forum.errors import Gone, hands_back, too_many

FORM = ["GET", "HEAD", "POST"]
DAY = timedelta(days=1)
REPLIES_PER_DAY = 60
DESK_OF_REVIEWS = "/desk/reviews/"


def _doctor_of(request: HttpRequest) -> Doctor:
    """Return the doctor whom ``doctor_only`` let in."""
    return cast(Any, request).doctor


def _own_review(request: HttpRequest, review_id: int) -> DoctorReview:
    """Return a review of this doctor that everybody may read; of others it is 404, and what is gone is 410."""
    reviews = DoctorReview.objects.select_related("doctor", "patient")
    review = get_object_or_404(reviews, pk=review_id, doctor=_doctor_of(request))
    if review.is_visible:
        return review
    raise Gone if review.is_gone else Http404


# --- Replies ---------------------------------------------------------------------------------------------------


@hands_back({"reply": "Your reply"})
@require_http_methods(FORM)
@doctor_only
def reply(request: HttpRequest, review_id: int) -> HttpResponse:
    """Reply to a review, or change one's reply; what privacy rules forbid is refused, with a wording that is safe."""
    review, doctor = _own_review(request, review_id), _doctor_of(request)
    if not doctor.has_valid_check:
        return render(request, "questions/no_check.html", status=403)
    form = ReviewReplyForm(
        _with_wording(request) if request.method == "POST" else None,
        initial={"reply": review.reply},
        names=[review.patient.pen_name],
    )
    if "wording" in request.POST:
        return _show_reply(request, review, form)
    if request.method == "POST" and form.is_valid():
        if seconds := take(scope="review_reply", who=str(doctor.pk), limit=REPLIES_PER_DAY, window=DAY):
            return too_many(request, seconds)
        try:
            version = request.POST.get("version", "")
            reply_to_review(review.pk, doctor=doctor, text=form.cleaned_data["reply"], version=version)
        except ReviewChanged as changed:
            form.add_error("reply", changed)
            return _show_reply(request, review, form, status=422)
        messages.success(request, "Your reply stands under the review.")
        return redirect(review)
    return _show_reply(request, review, form, status=422 if form.is_bound else 200)


def _with_wording(request: HttpRequest) -> Any:
    """Return what was sent, with the neutral wording that a button chose in place of the words."""
    chosen = request.POST.get("wording", "")
    if chosen not in {str(place) for place in range(len(NEUTRAL_WORDINGS))}:
        return request.POST
    data = request.POST.copy()
    data["reply"] = NEUTRAL_WORDINGS[int(chosen)]
    return data


def _show_reply(request: HttpRequest, review: DoctorReview, form: ReviewReplyForm, status: int = 200) -> HttpResponse:
    faults = form.faults if form.is_bound and form.errors else []
    context = {
        "review": review,
        "form": form,
        "pieces": marked_faults(form.words, faults) if faults else [],
        "faults": [REPLY_FAULTS[kind] for kind in dict.fromkeys(fault.kind for fault in faults)],
        "wordings": list(enumerate(NEUTRAL_WORDINGS)),
    }
    return render(request, "doctors/reply.html", context, status=status)


@require_http_methods(FORM)
@doctor_only
def withdraw_own_reply(request: HttpRequest, review_id: int) -> HttpResponse:
    """Ask whether one's reply shall go, and take it back."""
    # Also one to a review that waits or is hidden: a reply is its doctor's own.
    review = get_object_or_404(DoctorReview.objects.select_related("doctor"), pk=review_id, doctor=_doctor_of(request))
    if not review.reply:
        messages.info(request, "There is no reply of yours to this review.")
        return redirect(DESK_OF_REVIEWS)
    if request.method == "POST":
        withdraw_reply(review.pk, doctor=_doctor_of(request))
        messages.success(request, "Your reply is taken back.")
        return redirect(DESK_OF_REVIEWS)
    return render(request, "doctors/withdraw_reply.html", {"review": review})


# --- Visit codes -----------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(FORM)
@doctor_only
def visit_codes(request: HttpRequest) -> HttpResponse:
    """Make a sheet of codes to print. It is shown once: only digests are kept."""
    doctor = _doctor_of(request)
    if not doctor.has_valid_check:
        return render(request, "questions/no_check.html", status=403)
    context: dict[str, Any] = {"doctor": doctor, "number": CODES_ON_A_SHEET, "form_key": uuid4()}
    status = 200
    if request.method == "POST":
        # A sheet that is sent for again by a reload would make codes that nobody sees.
        if _is_sent_again(request, doctor):
            messages.warning(request, "That sheet was made already. Its codes cannot be shown again: make a new one.")
            return redirect("doctors:visit_codes")
        try:
            context |= {"codes": make_visit_codes(doctor=doctor), "made_on": timezone.localdate()}
        except TooManyCodes as refusal:
            context["refusal"], status = " ".join(refusal.messages), 422
    context["unused"] = doctor.visit_codes.filter(used_on__isnull=True, ends_on__gt=timezone.localdate()).count()
    return render(request, "doctors/visit_codes.html", context, status=status)


def _is_sent_again(request: HttpRequest, doctor: Doctor) -> bool:
    key = request.POST.get("form_key", "")[:64]
    return bool(take(scope="visit_codes", who=f"{doctor.pk} {key}", limit=1, window=DAY))
