"""What happens to every request before and after its view."""

import gzip
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import brotli
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags, quote_etag
from django.utils.text import compress_sequence

from accounts.visitors import COOKIE
from qa_forum.errors import Gone, show_error
from qa_forum.versions import digest, release
from qa_forum.views import live, ready

GetResponse = Callable[[HttpRequest], HttpResponseBase]

PUBLIC = "public, max-age=0, s-maxage=0, must-revalidate"
PRIVATE = "private, no-store"
KEEP_FOR = 60 * 60 * 24
KEPT_PARAMETERS = {"sort", "topic", "specialty", "language", "after", "before", "stars", "rating"}
CHUNK = 64 * 1024
THROWN_AWAY = 64 * 1024 * 1024


class Health:
    """Answer whether the site is well, before anything asks which host was meant: probes name none of ours."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.pages = {"/healthz/live": live, "/healthz/ready": ready}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        page = self.pages.get(request.path_info)
        return page(request) if page else self.get_response(request)


class RefuseNonsense:
    """Refuse what no browser sends, before anything reads it: a NUL, another charset, a body past every limit."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        query, length = request.META.get("QUERY_STRING", ""), request.META.get("CONTENT_LENGTH") or "0"
        # A quoted cookie may spell a NUL, and a charset may name a codec that makes one, or that is none of text.
        if any("\0" in text for text in (request.path_info, query.replace("%00", "\0"), *request.COOKIES.values())):
            return show_error(request, 400)
        if (request.encoding or "utf-8").lower() not in {"utf-8", "utf8"}:
            return show_error(request, 400)
        if not (length.isascii() and length.isdigit() and len(length) < 20):
            return show_error(request, 400)
        if int(length) > _body_limit(request, int(length)):
            _throw_away_body(request)
            return show_error(request, 413)
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:  # type: ignore[attr-defined]
            page = show_error(request, 405)
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer 410 for what is gone."""
        return show_error(request, 410) if isinstance(exception, Gone) else None


def _body_limit(request: HttpRequest, length: int) -> int:
    """Return how large a body may be: a view that takes files says so by its attribute ``body_limit``."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if length <= limit or request.method != "POST":
        return limit
    try:
        return getattr(resolve(request.path_info).func, "body_limit", limit)
    except Resolver404:
        return limit


def _throw_away_body(request: HttpRequest) -> None:
    """Read a body that is refused, up to a bound: many clients see our words only once they have sent all of theirs."""
    for _ in range(THROWN_AWAY // CHUNK):
        if not request.read(CHUNK):
            return


class StrangersPages:
    """Serve a page to strangers as kept bytes for as long as its version holds.

    A stranger is a viewer without a session and without a visitor mark: nothing of theirs is on the page, so one copy
    serves all. A view says how it is versioned by its attribute ``version``; the version is asked of the database at
    each request, so the page is always fresh. Everybody else gets a page of their own that nobody may keep.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._finished(request)
        for name, value in (_headers_for_all(request) or {}).items():
            response.setdefault(name, value)
        return response

    def _finished(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if getattr(response, "is_kept", False):
            return response
        if request.method not in ("GET", "HEAD") or not _is_stranger(request) or response.cookies:
            _keep_private(response)
        elif response.status_code == 200 and not response.streaming and "Cache-Control" not in response:
            return _serve_stranger(request, cast(HttpResponse, response))
        elif "Cache-Control" not in response:
            response["Cache-Control"] = "no-store" if response.status_code >= 500 else PUBLIC
            if response.streaming and response.status_code == 200:
                _stream_to_stranger(request, cast(StreamingHttpResponse, response))
        return response

    def process_view(self, request: HttpRequest, view: Any, args: tuple, kwargs: dict) -> HttpResponse | None:
        """Answer from kept bytes, or with 304, where the page's version says that nothing changed."""
        request.headers_for_all = getattr(view, "headers_for_all", None)  # type: ignore[attr-defined]
        version_of = getattr(view, "version", None)
        # Any other parameter would make one more page to keep, and push out those that people read.
        if not KEPT_PARAMETERS.issuperset(request.GET):
            return None
        if version_of is None or request.method not in ("GET", "HEAD") or not _is_stranger(request):
            return None
        version = version_of(request, *args, **kwargs)
        if version is None:
            return None
        request.page_version = f"{version}-{release()}"  # type: ignore[attr-defined]
        if _is_same(request, request.page_version):  # type: ignore[attr-defined]
            return _finish(request, HttpResponseNotModified(), request.page_version)  # type: ignore[attr-defined]
        kept = _Kept.find(request)
        return kept.respond(request) if kept else None


class _Kept:
    """The bytes of one page in one encoding; each encoding is kept apart, so that no more is read than is sent."""

    def __init__(self, key: str, encoding: str, version: str, content_type: str, body: bytes) -> None:
        self.key, self.encoding = key, encoding
        self.version, self.content_type, self.body = version, content_type, body

    @classmethod
    def find(cls, request: HttpRequest) -> "_Kept | None":
        """Return what is kept of this address where it is of the present version."""
        key, encoding = _page_key(request), _asked_encoding(request)
        version = request.page_version  # type: ignore[attr-defined]
        found = cache.get(key + encoding)
        if found and found[0] == version:
            return cls(key, encoding, *found)
        plain = cache.get(key) if encoding else None
        return cls(key, "", *plain).encode(encoding).keep() if plain and plain[0] == version else None

    @classmethod
    def make(cls, request: HttpRequest, response: HttpResponse, version: str) -> "_Kept":
        """Take over the page that was just rendered."""
        return cls(_page_key(request), "", version, response["Content-Type"], response.content)

    def encode(self, encoding: str) -> "_Kept":
        """Return the page in an encoding."""
        return _Kept(self.key, encoding, self.version, self.content_type, _compress(self.body, encoding))

    def keep(self) -> "_Kept":
        """Keep the page for whoever asks next."""
        cache.set(self.key + self.encoding, (self.version, self.content_type, self.body), KEEP_FOR)
        return self

    def respond(self, request: HttpRequest) -> HttpResponse:
        """Return the page as it is."""
        response = HttpResponse(b"" if request.method == "HEAD" else self.body, content_type=self.content_type)
        response["Content-Length"] = str(len(self.body))
        if self.encoding:
            response["Content-Encoding"] = self.encoding
        return _finish(request, response, self.version)


def _page_key(request: HttpRequest) -> str:
    return f"page:{digest([request.get_full_path()])}:"


def _asked_encoding(request: HttpRequest) -> str:
    return _encoding(request.META.get("HTTP_ACCEPT_ENCODING", ""))


def _serve_stranger(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Turn what a view rendered into a page for all strangers; keep it where it has a version."""
    encoding = _asked_encoding(request)
    version = getattr(request, "page_version", None)
    if version:
        page = _Kept.make(request, response, version).keep()
        return _carry_over(response, (page.encode(encoding).keep() if encoding else page).respond(request))
    # Without a version the page is rendered each time, but a client that has it need not load it again.
    version = digest([response.content])
    if _is_same(request, version):
        return _finish(request, HttpResponseNotModified(), version)
    page = _Kept.make(request, response, version)
    return _carry_over(response, (page.encode(encoding) if encoding else page).respond(request))


def _stream_to_stranger(request: HttpRequest, response: StreamingHttpResponse) -> None:
    """Compress while it is written: what nobody has in one piece has no version, and is neither kept nor compared."""
    response["Vary"] = "Accept-Encoding, Cookie"
    if not response.is_async and "gzip" in _encodings(request.META.get("HTTP_ACCEPT_ENCODING", "")):
        response.streaming_content = compress_sequence(cast(Iterator[bytes], response.streaming_content))
        response["Content-Encoding"] = "gzip"


def _carry_over(rendered: HttpResponse, response: HttpResponse) -> HttpResponse:
    """Keep what other middlewares left on the rendered response."""
    for name, value in rendered.items():
        response.setdefault(name, value)
    return response


def _headers_for_all(request: HttpRequest) -> Mapping[str, str] | None:
    """Return what the view of a page that is one for everybody says beside it; None for every other page."""
    return getattr(request, "headers_for_all", None)


def _is_stranger(request: HttpRequest) -> bool:
    if _headers_for_all(request) is not None:
        return True
    return settings.SESSION_COOKIE_NAME not in request.COOKIES and COOKIE not in request.COOKIES


def _is_same(request: HttpRequest, version: str) -> bool:
    known = [tag.removeprefix("W/") for tag in parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))]
    return quote_etag(version) in known or "*" in known


def _finish(request: HttpRequest, response: HttpResponse, version: str) -> HttpResponse:
    response["ETag"] = f"W/{quote_etag(version)}"
    response["Cache-Control"] = PUBLIC
    response["Vary"] = "Accept-Encoding, Cookie" if _headers_for_all(request) is None else "Accept-Encoding"
    response.is_kept = True  # type: ignore[attr-defined]
    return response


def _keep_private(response: HttpResponseBase) -> None:
    if "Cache-Control" not in response:
        response["Cache-Control"] = PRIVATE
    patch_vary_headers(response, ["Cookie"])


def _encoding(accepted: str) -> str:
    """Return ``br``, ``gzip`` or nothing, whichever is the best that the client takes."""
    names = _encodings(accepted)
    return "br" if "br" in names else "gzip" if "gzip" in names else ""


def _encodings(accepted: str) -> set[str]:
    """Return the names of the encodings that the client takes."""
    names = set()
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        if weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}:
            names.add(name.strip())
    return names


def _compress(body: bytes, encoding: str) -> bytes:
    """Compress once for many readers: a middle level costs a millisecond or two and gains most of the size."""
    if encoding == "br":
        return brotli.compress(body, mode=brotli.MODE_TEXT, quality=6)
    return gzip.compress(body, compresslevel=6, mtime=0)
