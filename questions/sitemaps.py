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
from django.db.models.functions import Greatest
from django.urls import reverse

from doctors.models import Doctor, DoctorReview
from questions.models import BEFORE_ALL, Answer, Question, QuestionTopic, Topic, TopicDoctor

SIZE = 50_000
# Keys looked at by one query: a file is written in pieces, between which neither a cursor nor a transaction stays open.
PIECE = 2_000
_OPEN = '<?xml version="1.0" encoding="UTF-8"?>\n<{} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'


def _questions() -> QuerySet[Any]:
    """Answered questions: what waits for a doctor is asked not to be indexed."""
    answered = Question.objects.visible().filter(answer_count__gt=0)
    return answered.only("slug", "active_at").annotate(changed_at=F("active_at"))


def _topics() -> QuerySet[Any]:
    # Both are read from the front of an index: a topic may have more questions than a map has addresses.
    links = QuestionTopic.objects.filter(topic=OuterRef("pk"), question__state=Question.State.PUBLISHED)
    answered = (
        TopicDoctor.objects.filter(topic=OuterRef("pk")).order_by().values("topic").annotate(at=Max("last_answer_at"))
    )
    latest = Subquery(links.order_by("-question").values("question__asked_at")[:1]), Subquery(answered.values("at"))
    return Topic.objects.filter(question_count__gt=0).only("slug").annotate(changed_at=Greatest(*latest))


def _doctors() -> QuerySet[Any]:
    answers = Answer.objects.visible().filter(doctor=OuterRef("pk"), answered_at__isnull=False)
    reviews = DoctorReview.objects.visible().filter(doctor=OuterRef("pk"))
    latest = (
        Subquery(answers.order_by("-answered_at").values("answered_at")[:1]),
        Subquery(reviews.order_by("-written_at").values("written_at")[:1]),
    )
    # PostgreSQL's GREATEST leaves out what is unknown.
    return Doctor.objects.visible().standing().only("slug").annotate(changed_at=Greatest(*latest))


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
    """Return the last change of each file of a section, by the file's number."""
    rows = SECTIONS[section]().order_by()
    if "changed_at" not in rows.query.annotations:
        return {}
    files = rows.values(number=(F("pk") - 1) / SIZE + 1).annotate(newest=Max("changed_at"))
    return {each["number"]: each["newest"] for each in files if _known(each["newest"])}


def _known(moment: datetime | None) -> datetime | None:
    """Return a moment where it is one: what came without a day stands before all others."""
    return moment if moment and moment > BEFORE_ALL else None


def _numbers(rows: QuerySet[Any]) -> range:
    """Return the numbers of a section's files: the first is there even where it is empty."""
    last = rows.order_by("-pk").values_list("pk", flat=True).first() or 1
    return range(1, (last - 1) // SIZE + 2)


def section(name: str, number: int) -> Iterator[str] | None:
    """Return the pieces of one file of a section, or None where there is none.

    One query now, and one for each piece of `PIECE` keys when it is asked for.
    """
    if name == "pages":
        return _file(_entry("url", reverse(page), None) for page in PAGES) if number == 1 else None
    if name not in SECTIONS or number not in _numbers(SECTIONS[name]()):
        return None
    return _file(_pieces(SECTIONS[name]().order_by("pk"), (number - 1) * SIZE, number * SIZE))


def _pieces(rows: QuerySet[Any], after: int, last: int) -> Iterator[str]:
    """Return the entries of the keys above ``after`` up to ``last``, some thousands at once."""
    for start in range(after, last, PIECE):
        piece = rows.filter(pk__gt=start, pk__lte=min(start + PIECE, last))
        yield "".join(_row(row) for row in piece)


def _row(row: Any) -> str:
    return _entry("url", row.get_absolute_url(), _known(getattr(row, "changed_at", None)))


def _file(pieces: Iterator[str]) -> Iterator[str]:
    yield _OPEN.format("urlset")
    yield from pieces
    yield "</urlset>\n"
