"""The reference views: as little Django as does the same work, under the same server, settings and middleware."""

from uuid import uuid4

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from qa_forum.prepared import run_prepared
from qa_forum.urls import handler400, handler403, handler404, handler500
from qa_forum.urls import urlpatterns as site
from voting.networks import trace_of
from voting.services import _set_vote


def trivial(request: HttpRequest, queries: int, size: int) -> HttpResponse:
    """Run so many trivial queries and return so many bytes."""
    for _ in range(queries):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    response = HttpResponse(b"x" * size)
    response["Cache-Control"] = "no-store"
    return response


@csrf_exempt
def bare_vote(request: HttpRequest, answer_id: int) -> HttpResponse:
    """Run the one statement of a vote and send the browser on."""
    values = {"answer": answer_id, "voter": uuid4(), "value": int(request.POST["value"])}
    values |= trace_of(request)._asdict()
    run_prepared(_set_vote("visitor"), values)
    return HttpResponseRedirect("/", status=303)


urlpatterns = [
    *site,
    path("bench/<int:queries>/<int:size>/", trivial),
    path("bench/vote/<int:answer_id>/", bare_vote),
]
__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
