"""What every template may read: the site's own names, and whether the viewer is signed in, and as a doctor."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the site's name and address, and whether somebody is signed in, and as a doctor.

    The last two are asked only where a session came along: a stranger's page costs no look at sessions.
    """
    return {
        "SITE_NAME": settings.SITE_NAME,
        "SITE_URL": settings.SITE_URL,
        "is_signed_in": SimpleLazyObject(lambda: _is_signed_in(request)),
        "is_doctor": SimpleLazyObject(lambda: _is_signed_in(request) and hasattr(request.user, "doctor")),
    }


def _is_signed_in(request: HttpRequest) -> bool:
    # A page of an early fault is made before anybody looked who asks.
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not hasattr(request, "user"):
        return False
    return request.user.is_authenticated
