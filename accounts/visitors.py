"""The signed visitor mark, and who a vote belongs to."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

COOKIE = "visitor"
# The longest that browsers keep a cookie.
MAX_AGE = 60 * 60 * 24 * 400

_signer = signing.Signer(salt="accounts.visitor")


@dataclass(frozen=True, slots=True)
class Voter:
    """Whoever votes: a user or a visitor, never both."""

    user_id: int | None = None
    visitor: UUID | None = None

    def __post_init__(self) -> None:
        if (self.user_id is None) == (self.visitor is None):
            raise ValueError("A voter is a user or a visitor.")

    @property
    def kind_and_key(self) -> tuple[str, int | UUID | None]:
        """Which of the two this is, and its key."""
        return ("visitor", self.visitor) if self.visitor else ("user", self.user_id)

    @classmethod
    def new_visitor(cls, key: str = "") -> Self:
        """Return a visitor who was not here before.

        With a ``key`` that the browser made, the same key gives the same visitor: a first vote that is sent again
        because its reply was lost is still one vote.
        """
        if key:
            digest = salted_hmac("accounts.visitor.key", key, algorithm="sha256").digest()
            return cls(visitor=UUID(bytes=digest[:16], version=4))
        return cls(visitor=uuid4())


def visitor_of(request: HttpRequest) -> UUID | None:
    """Return the visitor of a mark that we signed, or None."""
    value = request.COOKIES.get(COOKIE)
    if not value:
        return None
    try:
        return UUID(_signer.unsign(value))
    except (signing.BadSignature, ValueError):
        return None


def voter_of(request: HttpRequest) -> Voter | None:
    """Return who would vote in this request, or None for a stranger. The session is read only where there is one."""
    if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
        return Voter(user_id=request.user.pk)
    visitor = visitor_of(request)
    return Voter(visitor=visitor) if visitor else None


def mark_visitor(response: HttpResponseBase, visitor: UUID) -> None:
    """Give the visitor a mark that outlives this visit and every restart of the site."""
    response.set_cookie(
        COOKIE,
        _signer.sign(visitor.hex),
        max_age=MAX_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def is_from_our_page(request: HttpRequest) -> bool:
    """Tell whether a page of this site sent the request.

    Browsers say so in ``Sec-Fetch-Site``; over plain http with a host name, and in old ones, the ``Origin`` or else the
    ``Referer`` names our own host. Pages of strangers are shared, so they can carry no token.
    """
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer") or ""
    try:
        parts = urlsplit(origin)
        return parts.scheme == request.scheme and parts.netloc == request.get_host()
    except ValueError:
        return False
