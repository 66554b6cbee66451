"""The documents of an application: sent and deleted by its owner, opened by its owner and by staff."""

from datetime import timedelta
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from accounts.services import has_second_factor, take
from doctors import services
from doctors.forms import DocumentsForm
from doctors.models import MOST_DOCUMENTS, Document
from doctors.views.applying import latest_of, show_standing, signed_in
from moderation.services import Kind, serve_privately, takes_files
from qa_forum.versions import read_only

FILES_PER_DAY = 20
DAY = timedelta(days=1)


@takes_files(MOST_DOCUMENTS)
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add_documents(request: HttpRequest) -> HttpResponse:
    """Keep the files that were sent, all of them or none."""
    if request.method != "POST":
        return redirect("doctors:application")
    verification = latest_of(request)
    if verification is None or not verification.can_be_changed_by(request.user):
        raise Http404
    # Counted before they are opened: that is what costs.
    for _ in request.FILES.getlist("documents")[:MOST_DOCUMENTS]:
        if seconds := take(scope="document", who=str(signed_in(request).pk), limit=FILES_PER_DAY, window=DAY):
            return show_standing(request, verification, wait=seconds)
    form = DocumentsForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            services.add_documents(
                verification.pk,
                owner=signed_in(request),
                shows=form.cleaned_data["shows"],
                files=form.cleaned_data["documents"],
            )
        except ValidationError as error:
            form.add_error("documents", error)
        else:
            messages.success(request, "Your documents are added. Only our staff and you can open them.")
            return redirect("doctors:application")
    return show_standing(request, verification, form)


@read_only
def document(request: HttpRequest, document: UUID) -> HttpResponse:
    """Hand a document to its owner or to staff; to all others it is not there."""
    found = get_object_or_404(Document.objects.select_related("verification"), pk=document)
    if not found.can_be_opened_by(request.user, has_factor=has_second_factor(request)):
        raise Http404
    content = services.read_document(found)
    if content is None:
        raise Http404
    return serve_privately(content, cast(Kind, found.format), name=f"{found.get_shows_display()} document")


@require_POST
@login_required
def delete_document(request: HttpRequest, document: UUID) -> HttpResponse:
    """Delete a document of one's own."""
    services.delete_document(document, owner=signed_in(request))
    messages.success(request, "The document is deleted.")
    return redirect("doctors:application")
