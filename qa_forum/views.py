"""Pages of the project itself: health, and what machines ask for."""

from datetime import timedelta

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from qa_forum.versions import read_only


def _say(words: str, status: int = 200) -> HttpResponse:
    response = HttpResponse(f"{words}\n", content_type="text/plain; charset=utf-8", status=status)
    response["Cache-Control"] = "no-store"
    return response


@read_only
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return _say("ok")


@read_only
def ready(request: HttpRequest) -> HttpResponse:
    """The process can reach its database, too."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return _say("the database is away", 503)
    return _say("ok")


@read_only
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers may read."""
    return render(request, "robots.txt", {"site_url": settings.SITE_URL}, content_type="text/plain; charset=utf-8")


@read_only
def security(request: HttpRequest) -> HttpResponse:
    """Whom to tell about a weakness: RFC 9116."""
    # A day at midnight, so that the text stays the same for a day.
    expires = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=180)
    context = {"site_url": settings.SITE_URL, "contact_email": settings.CONTACT_EMAIL, "expires": expires.isoformat()}
    return render(request, "security.txt", context, content_type="text/plain; charset=utf-8")
