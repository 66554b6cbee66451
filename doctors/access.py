"""The door of what only doctors do: a doctor's own account, with a second factor used in this session."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.models import User
from accounts.services import factor_address, has_second_factor
from doctors.models import Doctor, Verification

# Where doctors work: a page of the room above.
DESK = "/desk/"

View = Callable[..., HttpResponse]


def doctor_only(view: View) -> View:
    """Let a view be entered by doctors who proved a second factor; ``request.doctor`` is theirs.

    A stranger is led to the sign-in, a doctor without the factor to it; somebody whose application waits is
    led to that, and anybody else is refused with 403. Whether the
    doctor's check holds today is asked by what they do there: without one they read and cannot write.
    """

    @wraps(view)
    def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        doctor = Doctor.objects.with_valid_check().filter(user=request.user.pk).first()
        if doctor is None:
            return _meet_applicant(request)
        if not has_second_factor(request):
            return _show_the_way(request)
        request.doctor = doctor  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return enter


def _meet_applicant(request: HttpRequest) -> HttpResponse:
    """Lead somebody whose application waits to it; anybody else is refused."""
    waits = Verification.objects.filter(applicant=request.user.pk).exclude(state__in=Verification.ENDED)
    if request.method not in ("GET", "HEAD") or not waits.exists():
        raise PermissionDenied
    messages.info(request, "That page opens once you are approved. Your application is below.")
    return redirect("doctors:application")


def _show_the_way(request: HttpRequest) -> HttpResponse:
    # What was sent waits for nobody: after the proof the person comes back to a page that can be read.
    target = request.get_full_path() if request.method in ("GET", "HEAD") else DESK
    address, has_one = factor_address(cast(User, request.user), target)
    if not has_one:
        messages.warning(request, "Doctors need a second factor. Set up a passkey or an app first, then come back.")
    return redirect(address)
