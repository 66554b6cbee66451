"""One answer in a frame on somebody else's page: the only address of the site that others may frame."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from qa_forum.versions import read_only, same_for_all
from questions.models import Answer

# No script, no form, no picture from anywhere. A frame in a sandbox has no origin of its own: the site is named, too.
FRAMED = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'self' {settings.SITE_URL}; img-src 'self' {settings.SITE_URL}; "
        "form-action 'none'; base-uri 'none'; frame-ancestors *"
    ),
    "Cross-Origin-Resource-Policy": "cross-origin",
    # People are to find the answer beside its question.
    "X-Robots-Tag": "noindex",
}


@same_for_all(FRAMED)
@read_only
def embed_answer(request: HttpRequest, answer_id: int) -> HttpResponse:
    """One published answer with its doctor, its votes as numbers, and a way to its question. One query."""
    answer = Answer.objects.with_doctor().with_question().filter(pk=answer_id).first()
    if answer and answer.is_visible:
        return render(request, "questions/embed.html", {"answer": answer})
    status = 410 if answer and (answer.is_gone or answer.question.is_gone) else 404
    return render(request, "questions/embed_gone.html", {"is_gone": status == 410}, status=status)
