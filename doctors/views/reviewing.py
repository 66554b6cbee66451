"""What a patient does about their reviews: write, change, withdraw, and see how each stands."""

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from allauth.account.models import EmailAddress
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.services import take
from doctors.models import Doctor, DoctorReview
from doctors.review_forms import TEXTS, ReviewForm
from doctors.services import CodeRefused, review_doctor, withdraw_review
from moderation.services import BUTTONS, is_automatic, look_over, removes_details, take_out, with_plain_newlines
from qa_forum.errors import hands_back, too_many

FORM = ["GET", "HEAD", "POST"]
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
REVIEWS_PER_DAY = 10
CODES_PER_HOUR = 10
# What somebody typed whose session had ended, until they signed in again.
WAITING = "waiting_review"
KEPT_CHARACTERS = 10_000


@dataclass(frozen=True, slots=True)
class ReviewWay:
    """What the page of personal details says of this form."""

    action: str
    button: str


@hands_back({"title": "Sum it up in a few words", "body": "Your experience", "treatment": "What it was about"})
@require_http_methods(FORM)
def review(request: HttpRequest, slug: str) -> HttpResponse:
    """Write a review of a doctor, or change the one that is there."""
    doctor = get_object_or_404(Doctor.objects.visible(), slug=slug)
    if not request.user.is_authenticated:
        _keep_words(request, doctor)
        return redirect_to_login(request.get_full_path())
    patient = request.user
    before = DoctorReview.objects.filter(doctor=doctor, patient=patient).select_related("decision").first()
    if refusal := _refusal(doctor, patient, before):
        return render(request, "doctors/no_review.html", {"doctor": doctor, "refusal": refusal}, status=403)
    if request.method != "POST":
        form = ReviewForm(review=before, initial=_kept_words(request, doctor))
        return _show_form(request, doctor, before, form)
    return _walk(request, doctor, patient, before)


def _refusal(doctor: Doctor, patient: User, before: DoctorReview | None) -> str:
    """Return in one word why this person cannot review this doctor, or nothing."""
    if not doctor.can_be_reviewed_by(patient):
        return "own" if doctor.user_id == patient.pk else "colleague"
    if before and not before.can_be_edited_by(patient):
        return "decided"
    return "" if EmailAddress.objects.filter(user=patient, verified=True).exists() else "unverified"


def _keep_words(request: HttpRequest, doctor: Doctor) -> None:
    """Keep what was typed by somebody whose session ended, until they sign in."""
    words = {name: request.POST[name][:KEPT_CHARACTERS] for name in (*TEXTS, "rating", "visit_month", "code")
             if name in request.POST}  # fmt: skip
    if any(words.values()):
        request.session[WAITING] = {"doctor": doctor.pk, **words}


def _kept_words(request: HttpRequest, doctor: Doctor) -> dict[str, str]:
    kept = request.session.get(WAITING) or {}
    if kept.get("doctor") != doctor.pk:
        return {}
    if request.method == "GET":
        # A page that only asks for the headers has no form into which they come.
        del request.session[WAITING]
    return {name: value for name, value in kept.items() if name != "doctor"}


def _walk(request: HttpRequest, doctor: Doctor, patient: User, before: DoctorReview | None) -> HttpResponse:
    """Take a form that was sent one step on: return the page that stands in the way, or finish."""
    data = request.POST.copy()
    for name in TEXTS:
        if name in data:
            data[name] = with_plain_newlines(data.get(name) or "")
    if "back" in data:
        typed = {name: data.get(name) for name in data}
        return _show_form(request, doctor, before, ReviewForm(review=before, initial=typed))
    known = [doctor.name, doctor.practice, doctor.place]
    if "redact" in data:
        take_out(data, TEXTS, known=known)
    form = ReviewForm(data, review=before)
    if not form.is_valid():
        return _show_form(request, doctor, before, form)
    labels = {name: str(form.fields[name].label) for name in TEXTS}
    context = look_over(data, form.texts, labels, known=known)
    if context is None:
        return _finish(request, doctor, patient, before, form)
    way = ReviewWay(reverse("doctors:review_doctor", args=[doctor.slug]), "Change review" if before else "Post review")
    carried = [(name, data.get(name) or "") for name in data if name not in BUTTONS]
    context |= {"way": way, "carried": carried}
    return render(request, "moderation/preview.html", context, status=422 if context["was_refused"] else 200)


def _show_form(request: HttpRequest, doctor: Doctor, before: DoctorReview | None, form: ReviewForm) -> HttpResponse:
    context = {"doctor": doctor, "review": before, "form": form}
    return render(request, "doctors/review.html", context, status=422 if form.is_bound else 200)


def _finish(
    request: HttpRequest, doctor: Doctor, patient: User, before: DoctorReview | None, form: ReviewForm
) -> HttpResponse:
    code = form.cleaned_data.get("code", "").strip()
    seconds = take(scope="review", who=str(patient.pk), limit=REVIEWS_PER_DAY, window=DAY)
    if code and not seconds:
        seconds = take(scope="visit_code", who=str(patient.pk), limit=CODES_PER_HOUR, window=HOUR)
    if seconds:
        return too_many(request, seconds)
    try:
        review = review_doctor(
            doctor.pk,
            patient=patient,
            reviewed=form.reviewed,
            code=code,
            is_redaction=_is_redaction(before, form),
            is_automatic=is_automatic(request.POST),
        )
    except CodeRefused as refusal:
        form.add_error("code", refusal)
        return _show_form(request, doctor, before, form)
    if review.is_visible:
        messages.success(request, "Your review is changed." if before else "Your review is posted.")
        return redirect(review)
    messages.info(request, "Your review waits for a moderator. You read why below.")
    return redirect("doctors:my_reviews")


def _is_redaction(before: DoctorReview | None, form: ReviewForm) -> bool:
    """Tell whether a personal detail that stood in the review is no longer in it: then its history keeps no words."""
    if before is None:
        return False
    said = form.reviewed
    return removes_details(f"{before.title}\n{before.body}\n{before.treatment}", "\n".join(said.texts))


@require_http_methods(["GET", "HEAD"])
@login_required
def my_reviews(request: HttpRequest) -> HttpResponse:
    """List what one said of doctors, with its state and their replies."""
    own = DoctorReview.objects.filter(patient=cast(User, request.user)).select_related("doctor", "decision")
    return render(request, "doctors/my_reviews.html", {"reviews": own.order_by("-written_at", "-pk")})


@require_http_methods(FORM)
@login_required
def withdraw(request: HttpRequest, review_id: int) -> HttpResponse:
    """Ask whether a review shall go, and take it back."""
    patient = cast(User, request.user)
    review = get_object_or_404(DoctorReview.objects.select_related("doctor"), pk=review_id, patient=patient)
    if not review.can_be_withdrawn_by(patient):
        messages.info(request, "There is nothing to withdraw: this review is not shown.")
        return redirect("doctors:my_reviews")
    if request.method == "POST":
        withdraw_review(review.pk, patient=patient)
        messages.success(request, "Your review is withdrawn.")
        return redirect("doctors:my_reviews")
    return render(request, "doctors/withdraw_review.html", {"review": review})
