"""Joining as a doctor: what is asked, the form, and how one's application stands."""

from datetime import timedelta
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.services import factor_address, take
from doctors.access import DESK
from doctors.forms import ApplicationForm, DocumentsForm, initial_of
from doctors.models import MOST_DOCUMENTS, Doctor, Verification
from doctors.services import apply, can_be_claimed, change_application
from qa_forum.errors import hands_back, wait_words
from qa_forum.versions import read_only

APPLICATIONS_PER_DAY = 10
DAY = timedelta(days=1)
HANDED_BACK = {
    "name": "Name",
    "credentials": "Credentials",
    "place": "Town or city",
    "practice": "Practice or clinic",
    "languages": "Languages",
    "authority": "Who issued your licence",
    "number": "Licence number",
    "npi": "NPI",
}


@read_only
def join(request: HttpRequest) -> HttpResponse:
    """Say what is asked of a doctor and why, and what happens next."""
    return render(request, "doctors/join.html")


@hands_back(HANDED_BACK)
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def application(request: HttpRequest) -> HttpResponse:
    """Apply, change what was stated, or see how one's application stands."""
    latest = latest_of(request)
    going = latest if latest and latest.state not in Verification.ENDED else None
    if request.method == "POST":
        form = ApplicationForm(request.POST)
        return _take(request, form, going) if form.is_valid() else _show_form(request, form, going, status=422)
    wants_form = "form" in request.GET and (going is None or going.can_be_changed_by(request.user))
    if latest is None or wants_form:
        return _show_form(request, ApplicationForm(initial=initial_of(latest) if latest else None), going)
    return show_standing(request, latest)


@hands_back(HANDED_BACK)
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def claim(request: HttpRequest, slug: str) -> HttpResponse:
    """Say that an imported profile is one's own, by the same application."""
    doctor = get_object_or_404(Doctor.objects.visible(), slug=slug)
    if not can_be_claimed(doctor):
        raise PermissionDenied
    latest = latest_of(request)
    if latest and latest.state not in Verification.ENDED:
        # Sent twice, it is here already; of another profile, there is one application at a time.
        if latest.doctor_id != doctor.pk:
            messages.warning(request, "You have an application already. A new one can be made once it is decided.")
        return redirect("doctors:application")
    if request.method != "POST":
        return _show_form(request, ApplicationForm(initial=initial_of(doctor)), claimed=doctor)
    form = ApplicationForm(request.POST)
    if not form.is_valid():
        return _show_form(request, form, claimed=doctor, status=422)
    return _take(request, form, claimed=doctor)


def latest_of(request: HttpRequest) -> Verification | None:
    """Return one's newest application: all before it are over."""
    return Verification.objects.filter(applicant=signed_in(request)).select_related("specialty", "doctor").first()


def signed_in(request: HttpRequest) -> User:
    """Return whoever is signed in; the door of the view let nobody else in."""
    return cast(User, request.user)


def _take(
    request: HttpRequest, form: ApplicationForm, going: Verification | None = None, *, claimed: Doctor | None = None
) -> HttpResponse:
    """Apply or change, and show how it stands."""
    applicant = signed_in(request)
    if going and not going.can_be_changed_by(applicant):
        raise PermissionDenied
    if seconds := take(scope="application", who=str(applicant.pk), limit=APPLICATIONS_PER_DAY, window=DAY):
        response = _show_form(request, form, going, claimed=claimed, wait=seconds, status=429)
        response["Retry-After"] = str(seconds)
        return response
    if going:
        change_application(going.pk, applicant=applicant, stated=form.cleaned_data)
        messages.success(request, "Your application is changed.")
    else:
        apply(applicant=applicant, stated=form.cleaned_data, claimed=claimed)
        messages.success(request, "Your application is sent. Now add documents that show what you stated.")
    return redirect("doctors:application")


def _show_form(
    request: HttpRequest,
    form: ApplicationForm,
    going: Verification | None = None,
    *,
    claimed: Doctor | None = None,
    wait: int = 0,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "going": going,
        "claimed": claimed,
        "wait": wait_words(timedelta(seconds=wait)) if wait else "",
        "limit": APPLICATIONS_PER_DAY,
    }
    return render(request, "doctors/apply.html", context, status=status)


def show_standing(
    request: HttpRequest, verification: Verification, form: DocumentsForm | None = None, *, wait: int = 0
) -> HttpResponse:
    """Show how an application stands, with the form for documents while it may be changed."""
    # A first approval is between members of staff: it moves nothing yet.
    events = list(verification.events.filter(~Q(state=Verification.State.APPLIED) | Q(by=verification.applicant)))
    said = [event.words for event in events if event.words and event.state == verification.state]
    documents = list(verification.documents.all())
    is_open = verification.can_be_changed_by(request.user)
    context = {
        "verification": verification,
        "is_open": is_open,
        "is_over": verification.state in Verification.ENDED,
        "events": events,
        "words": said[-1] if said else "",
        "documents": documents,
        "form": form or (DocumentsForm() if is_open and len(documents) < MOST_DOCUMENTS else None),
        "wait": wait_words(timedelta(seconds=wait)) if wait else "",
        "next_step": _next_step(request) if verification.state == Verification.State.APPROVED else None,
    }
    status = 429 if wait else 422 if form else 200
    response = render(request, "doctors/application.html", context, status=status)
    if wait:
        response["Retry-After"] = str(wait)
    return response


def _next_step(request: HttpRequest) -> dict[str, str]:
    """Return where an approved doctor goes now: to the desk, or first to the second factor that it asks for."""
    address, has_one = factor_address(signed_in(request), DESK)
    if has_one:
        return {"address": DESK, "words": "Go to my desk"}
    return {"address": address, "words": "Set up your second factor"}
