"""What search engines are told about: published content only, each with the day of its last true change.

A section is cut by keys, never by an offset: file N holds the keys from ``(N - 1) * SIZE + 1`` to ``N * SIZE``. So it
has at most as many addresses as the protocol allows, costs one walk over the primary key, and keeps its addresses.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from django.db.models import F, Max, OuterRef, QuerySet, Subquery
from django.urls import reverse

from doctors.models import Doctor
from questions.models import BEFORE_ALL, Answer, Question, Topic

SIZE = 50_000
_OPEN = '<?xml version="1.0" encoding="UTF-8"?>\n<{} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'


def _questions() -> QuerySet[Any]:
    """Answered questions: what waits for a doctor is asked not to be indexed."""
    answered = Question.objects.visible().filter(answer_count__gt=0)
    return answered.only("slug", "active_at").annotate(changed_at=F("active_at"))


def _topics() -> QuerySet[Any]:
    return Topic.objects.filter(question_count__gt=0).only("slug")


def _doctors() -> QuerySet[Any]:
    newest = Answer.objects.visible().filter(doctor=OuterRef("pk"), answered_at__isnull=False)
    latest = newest.order_by("-answered_at").values("answered_at")[:1]
    return Doctor.objects.visible().standing().only("slug").annotate(changed_at=Subquery(latest))


SECTIONS: dict[str, Callable[[], QuerySet[Any]]] = {"questions": _questions, "topics": _topics, "doctors": _doctors}
_ABOUT = ("votes", "doctors", "rules", "privacy", "accessibility", "contact")
PAGES = (
    *("home", "questions:question_list", "questions:topic_list", "doctors:doctor_list"),
    *(f"about_{name}" for name in _ABOUT),
)


def _entry(tag: str, path: str, changed_at: datetime | None) -> str:
    changed = f"<lastmod>{changed_at.isoformat(timespec='seconds')}</lastmod>" if changed_at else ""
    return f"<{tag}><loc>{escape(settings.SITE_URL + path)}</loc>{changed}</{tag}>\n"


def index() -> str:
    """Return the index of all files that have something in them. Six queries, whatever the size."""
    parts = [_OPEN.format("sitemapindex"), _entry("sitemap", reverse("sitemap", args=["pages"]), None)]
    for section, rows in SECTIONS.items():
        address, changes = reverse("sitemap", args=[section]), _changes(section)
        for number in _numbers(rows()):
            path = address if number == 1 else f"{address}?p={number}"
            parts.append(_entry("sitemap", path, changes.get(number)))
    return "".join([*parts, "</sitemapindex>\n"])


def _changes(section: str) -> dict[int, datetime]:
    """Return the last change of each file of questions; of the others a file's own entries tell."""
    if section != "questions":
        return {}
    files = _questions().order_by().values(number=(F("pk") - 1) / SIZE + 1).annotate(newest=Max("active_at"))
    return {each["number"]: each["newest"] for each in files if each["newest"]}


def _numbers(rows: QuerySet[Any]) -> range:
    """Return the numbers of a section's files: the first is there even where it is empty."""
    last = rows.order_by("-pk").values_list("pk", flat=True).first() or 1
    return range(1, (last - 1) // SIZE + 2)


def section(name: str, number: int) -> str | None:
    """Return one file of a section, or None where there is none. Two queries."""
    if name == "pages":
        return _file(_entry("url", reverse(page), None) for page in PAGES) if number == 1 else None
    if name not in SECTIONS or number not in _numbers(SECTIONS[name]()):
        return None
    rows = SECTIONS[name]().filter(pk__gt=(number - 1) * SIZE, pk__lte=number * SIZE).order_by("pk")
    return _file(_rows(rows))


def _rows(rows: QuerySet[Any]) -> Iterator[str]:
    for row in rows.iterator(chunk_size=2000):
        changed_at = getattr(row, "changed_at", None)
        yield _entry("url", row.get_absolute_url(), changed_at if changed_at and changed_at > BEFORE_ALL else None)


def _file(entries: Iterator[str]) -> str:
    return "".join([_OPEN.format("urlset"), *entries, "</urlset>\n"])
