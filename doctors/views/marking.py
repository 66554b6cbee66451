"""Anybody's mark that a review helped them."""

from django import forms
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http import HttpRequest as PlainRequest
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django_htmx.middleware import HtmxDetails

from accounts.services import seconds_before_a_vote
from accounts.visitors import Voter, is_from_our_page, mark_visitor, visitor_of, voter_of
from doctors import services
from doctors.models import DoctorReview
from qa_forum.errors import too_many


class HttpRequest(PlainRequest):
    """A request as the middlewares leave it."""

    htmx: HtmxDetails


class MarkForm(forms.Form):
    """A mark, or 0 to take it back; and the key of a first one, where the browser made one."""

    value = forms.TypedChoiceField(choices=[(1, "1"), (0, "0")], coerce=int)
    key = forms.RegexField(r"\A[A-Za-z0-9-]{16,64}\Z", required=False)


# No token by design, as with votes: the proof of `is_from_our_page` stands in for it.
@csrf_exempt
@require_POST
def mark_review(request: HttpRequest, review_id: int) -> HttpResponse:
    """Set or take back the viewer's mark on a review; anyone may mark."""
    if not is_from_our_page(request):
        raise PermissionDenied
    form = MarkForm(request.POST)
    if not form.is_valid():
        raise BadRequest("A mark is 1 or 0.")
    value = form.cleaned_data["value"]
    known = voter_of(request)
    voter = known or Voter.new_visitor(form.cleaned_data["key"])
    if value and (seconds := seconds_before_a_vote(request)):
        return _refuse(request, review_id, seconds)
    try:
        review = services.mark_review(review_id, voter=voter, is_helpful=bool(value))
    except DoctorReview.DoesNotExist:
        raise Http404 from None
    review.viewer_mark = bool(value)
    response = _respond(request, review)
    # Set on the mark, never on a read; taking back nothing leaves no mark.
    if voter.visitor and (value or known) and visitor_of(request) != voter.visitor:
        mark_visitor(response, voter.visitor)
    return response


def _respond(request: HttpRequest, review: DoctorReview) -> HttpResponse:
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        return JsonResponse({"review": review.pk, "helpful": review.helpful_count, "yours": int(review.viewer_mark)})
    if request.htmx:
        return render(request, "doctors/_helpful.html", {"review": review})
    return HttpResponseRedirect(review.get_absolute_url(), status=303)


def _refuse(request: HttpRequest, review_id: int, seconds: int) -> HttpResponse:
    """Answer 429 with the time to wait, in the form that the client can show."""
    if not request.htmx:
        return too_many(request, seconds)
    review = DoctorReview.objects.visible().with_viewer_mark(voter_of(request)).filter(pk=review_id).first()
    if review is None:
        raise Http404
    response = render(request, "doctors/_helpful.html", {"review": review, "is_over_limit": True}, status=429)
    response["Retry-After"] = str(seconds)
    return response
