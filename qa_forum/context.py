"""What every template may read: the site's own names, and whether the viewer is signed in."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the site's name and address, and whether somebody is signed in.

    The last is asked only where a session came along: a stranger's page costs no look at sessions.
    """
    return {
        "SITE_NAME": settings.SITE_NAME,
        "SITE_URL": settings.SITE_URL,
        "is_signed_in": SimpleLazyObject(lambda: _is_signed_in(request)),
    }


def _is_signed_in(request: HttpRequest) -> bool:
    # A page of an early fault is made before anybody looked who asks.
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not hasattr(request, "user"):
        return False
    return request.user.is_authenticated
