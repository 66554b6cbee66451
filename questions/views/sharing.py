"""The picture that other sites show beside a link to a question: see ``questions.share_images``."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from qa_forum.errors import Gone
from qa_forum.versions import digest, read_only, versioned
from questions.models import Answer, Question
from questions.share_images import share_image


def _shown(question_id: int) -> tuple[str, int] | None:
    """Return a visible question's title and how many doctors answered it. Two queries."""
    title = Question.objects.visible().filter(pk=question_id).values_list("title", flat=True).first()
    if title is None:
        return None
    return title, Answer.objects.visible().filter(question=question_id).values("doctor").distinct().count()


def _version(request: HttpRequest, question_id: int) -> str | None:
    shown = _shown(question_id)
    return shown and digest(shown)


@versioned(_version)
@read_only
def question_image(request: HttpRequest, question_id: int) -> HttpResponse:
    """Draw the picture of a question that everybody may read; of what is gone there is none."""
    shown = _shown(question_id)
    if shown is None:
        question = get_object_or_404(Question.objects.only("state"), pk=question_id)
        raise Gone if question.is_gone else Http404
    return HttpResponse(share_image(*shown), content_type="image/png")
