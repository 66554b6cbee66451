"""Error pages: plain words, nothing of what is inside."""

import json
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import psycopg
import psycopg_pool
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import Resolver404, resolve

RETRY_AFTER_OUTAGE = 30

# Where machines read: their errors are problem details (RFC 9457), never pages, and never hold what was sent.
MACHINES = "/api/"
OPEN_TO_ALL = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Retry-After",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
PROBLEMS = {
    400: ("This cannot be read", "The address or the cursor is not one that was made here."),
    403: ("This is not allowed", "Nothing here may be done with this request."),
    404: ("There is nothing here", "It never was public, or the address is wrong."),
    405: ("Only reading is possible", "Send GET or HEAD."),
    410: ("This was removed", "It was public once and is no longer shown."),
    413: ("That was too much at once", "Send less."),
    422: ("A value does not fit", "The list of errors names each value and what it must be."),
    429: ("That was too often", "Wait as many seconds as Retry-After says."),
    500: ("Something broke here", "It is our fault. Try again later."),
    503: ("The database is away", "Try again after as many seconds as Retry-After says."),
}


class Gone(Exception):
    """What was public once and is so no longer: answered with 410."""


def show_error(request: HttpRequest, status: int, **context: object) -> HttpResponse:
    """Return the page that says in plain words what went wrong; to machines the same as JSON."""
    if request.path_info.startswith(MACHINES):
        return problem(status)
    return render(request, f"{status}.html", context, status=status)


def problem(status: int, **members: Any) -> HttpResponse:
    """Return what went wrong as problem details, with further members such as ``errors``; open to every site."""
    title, detail = PROBLEMS[status]
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **members}
    headers = {"Cache-Control": "no-store", **OPEN_TO_ALL}
    response = HttpResponse(json.dumps(body), content_type="application/problem+json", status=status, headers=headers)
    # Nothing of it depends on who asks.
    response.is_kept = True  # type: ignore[attr-defined]
    return response


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """Return the page for somebody over a limit, with the time to wait."""
    words = wait_words(timedelta(seconds=seconds))
    response = show_error(request, 429, retry_words=words, **handed_back(request))
    response["Retry-After"] = str(seconds)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400, or 413 where Django found the body too large while reading it."""
    return show_error(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403, with the words of a form that hands them back."""
    return show_error(request, 403, **handed_back(request))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404."""
    return show_error(request, 404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 where a form's token is missing or wrong, as after signing in elsewhere; the words come back."""
    return show_error(request, 403, **handed_back(request))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 where it is the database that is away. Both pages need no database and no session."""
    is_outage = _is_outage(sys.exc_info()[1])
    if request.path_info.startswith(MACHINES):
        response = problem(503 if is_outage else 500)
        if is_outage:
            response["Retry-After"] = str(RETRY_AFTER_OUTAGE)
        return response
    if is_outage:
        context = {"SITE_NAME": settings.SITE_NAME, **handed_back(request)}
        response = render(None, "503.html", context, status=503)
        response["Retry-After"] = str(RETRY_AFTER_OUTAGE)
        return response
    return render(None, "500.html", {"SITE_NAME": settings.SITE_NAME}, status=500)


def hands_back(fields: Mapping[str, str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Say which texts of a form, by name and label, a view's 403 and 503 pages show again: nobody types them twice."""

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        view.hands_back = fields  # type: ignore[attr-defined]
        return view

    return mark


def handed_back(request: HttpRequest) -> dict[str, Any]:
    """Return what was typed into a form whose view hands it back, and what is needed to send it once more."""
    try:
        fields = getattr(resolve(request.path_info).func, "hands_back", None)
    except Resolver404:
        fields = None
    if request.method != "POST" or not fields:
        return {}
    texts = [(name, label, request.POST.get(name, "")) for name, label in fields.items()]
    others = [(name, value) for name in request.POST for value in request.POST.getlist(name)]
    return {
        "texts": [text for text in texts if text[2]],
        "others": [(name, value) for name, value in others if name not in {*fields, "csrfmiddlewaretoken"}],
        "action": request.path,
        # The token is made of the cookie alone.
        "token": get_token(request),
    }


def _is_outage(error: BaseException | None) -> bool:
    """Tell whether the database could not be reached or went away, looking through chained errors."""
    while error is not None:
        if isinstance(error, (psycopg_pool.PoolTimeout, psycopg_pool.PoolClosed, InterfaceError)):
            return True
        if isinstance(error, (OperationalError, psycopg.OperationalError)):
            return True
        if isinstance(error, DatabaseError) and "connection" in str(error):
            return True
        error = error.__cause__
    return False


def wait_words(wait: timedelta) -> str:
    """Return a time to wait as people say it."""
    seconds = int(wait.total_seconds())
    for unit, length in (("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = -(-seconds // length)
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds} second{'s' if seconds != 1 else ''}"
