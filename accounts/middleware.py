"""What a suspended person's browser is told: you may read, and nothing that you send is done."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from accounts.limits import OverLimit
from accounts.models import User
from qa_forum.errors import handed_back, show_error, too_many

READING = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class SuspendedWriteNothing:
    """Refuse every write of a suspended person with 403 and the words until when, whatever the page and the client.

    Open to them stays what a view says by ``open_to_suspended``: signing out, proving who they are, ending sessions,
    another password, appeals, and closing their account. Reading needs no leave.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: tuple, kwargs: dict) -> HttpResponse | None:
        """Look at who writes before the view does; the session is read only where there is one."""
        if request.method in READING or settings.SESSION_COOKIE_NAME not in request.COOKIES or _is_open(view):
            return None
        user = request.user
        return refuse(request, user) if isinstance(user, User) and user.is_suspended else None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer 429 for a post that is one too many."""
        return too_many(request, exception.seconds) if isinstance(exception, OverLimit) else None


def _is_open(view: Any) -> bool:
    return bool(getattr(getattr(view, "view_class", view), "open_to_suspended", False))


def refuse(request: HttpRequest, user: User) -> HttpResponse:
    """Say until when somebody is suspended and how to object; a script that swaps a part of a page is led there."""
    response = show_error(request, 403, suspended_until=user.suspended_until, **handed_back(request))
    if request.headers.get("HX-Request"):
        response["HX-Redirect"] = reverse("account_home")
    return response
