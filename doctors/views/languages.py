"""A doctor's own languages: the one part of a profile that changes without anybody looking something up."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from doctors.access import doctor_only
from doctors.forms import OwnLanguagesForm
from doctors.models import Doctor
from doctors.services import state_languages
from qa_forum.errors import hands_back


@hands_back({"languages": "Your languages"})
@require_http_methods(["GET", "HEAD", "POST"])
@doctor_only
def own_languages(request: HttpRequest) -> HttpResponse:
    """Change the languages that one's profile names and the directory asks for."""
    doctor: Doctor = cast(Any, request).doctor
    is_sent = request.method == "POST"
    form = OwnLanguagesForm(request.POST if is_sent else None, initial={"languages": ", ".join(doctor.languages)})
    if is_sent and form.is_valid():
        state_languages(doctor.pk, names=form.cleaned_data["languages"])
        messages.success(request, "Your languages are saved.")
        return redirect("doctors:own_languages")
    return render(
        request, "doctors/own_languages.html", {"form": form, "doctor": doctor}, status=422 if is_sent else 200
    )
