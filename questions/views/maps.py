"""The sitemap: see ``questions.sitemaps``."""

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse

from qa_forum.versions import read_only
from questions import sitemaps

XML = "application/xml"


@read_only
def sitemap_index(request: HttpRequest) -> HttpResponse:
    """Name the files of the map."""
    return HttpResponse(sitemaps.index(), content_type=XML)


@read_only
def sitemap(request: HttpRequest, section: str) -> StreamingHttpResponse:
    """Hand out one file of the map while it is read, ``?p=`` being its number."""
    number = request.GET.get("p", "1")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise Http404
    made = sitemaps.section(section, int(number))
    if made is None:
        raise Http404
    return StreamingHttpResponse(made, content_type=XML)
