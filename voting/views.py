"""Voting over HTTP."""

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http import HttpRequest as PlainRequest
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django_htmx.middleware import HtmxDetails

from accounts.services import seconds_before_a_vote
from accounts.visitors import Voter, is_from_our_page, mark_visitor, visitor_of, voter_of
from qa_forum.errors import too_many
from questions.models import Answer
from voting import services
from voting.forms import VoteForm
from voting.networks import trace_of


class HttpRequest(PlainRequest):
    """A request as the middlewares leave it."""

    htmx: HtmxDetails


# No token by design: the proof of `is_from_our_page` stands in for it.
@csrf_exempt
@require_POST
def cast_vote(request: HttpRequest, answer_id: int) -> HttpResponse:
    """Set the viewer's vote on an answer; anyone may."""
    if not is_from_our_page(request):
        raise PermissionDenied
    form = VoteForm(request.POST)
    if not form.is_valid():
        raise BadRequest("A vote is 1, -1 or 0.")
    value = form.cleaned_data["value"]
    known = voter_of(request)
    voter = known or Voter.new_visitor(form.cleaned_data["key"])
    try:
        if value and (seconds := seconds_before_a_vote(request)):
            return _refuse(request, answer_id, known, seconds)
        answer = services.cast_vote(answer_id=answer_id, voter=voter, value=value, trace=trace_of(request))
    except Answer.DoesNotExist:
        raise Http404 from None
    response = _respond(request, answer)
    # Set on the vote, never on a read; taking back nothing leaves no mark.
    if voter.visitor and (value or known) and visitor_of(request) != voter.visitor:
        mark_visitor(response, voter.visitor)
    return response


def _wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def _respond(request: HttpRequest, answer: Answer) -> HttpResponse:
    """Return JSON, the vote's fragment, or the way back to the answer: whatever the client asked for."""
    if _wants_json(request):
        return JsonResponse(
            {
                "answer": answer.pk,
                "score": answer.score,
                "upvotes": answer.upvote_count,
                "downvotes": answer.downvote_count,
                "yours": answer.viewer_vote or 0,
            }
        )
    if request.htmx:
        return render(request, "voting/_vote.html", {"answer": answer, "is_swapped": True})
    return HttpResponseRedirect(answer.get_absolute_url(), status=303)


def _refuse(request: HttpRequest, answer_id: int, known: Voter | None, seconds: int) -> HttpResponse:
    """Answer 429 with the time to wait, in the form that the client can show."""
    if not request.htmx:
        return too_many(request, seconds)
    context = {"answer": services.read_answer(answer_id, known), "is_over_limit": True}
    response = render(request, "voting/_vote.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response
