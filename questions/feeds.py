"""Atom feeds (RFC 4287): the newest of what everybody may read, of all, of a topic and of a doctor."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.feedgenerator import Atom1Feed

from doctors.models import Doctor
from questions.bodies import extract, plain, shorten
from questions.models import Answer, Question

ENTRIES = 30
SUMMARY_LENGTH = 400
UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
# What XML 1.0 cannot carry in any spelling.
_unspeakable = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Feed(Atom1Feed):
    """Django's Atom with contributors, and with a date that does not move while nothing changes."""

    content_type = "application/atom+xml; charset=utf-8"

    def latest_post_date(self) -> datetime:
        """Return the latest change of an entry; without entries a day that stays the same."""
        return max((item["updateddate"] for item in self.items), default=UNDATED)

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        """Add the doctors who answered, as contributors to what a patient wrote."""
        super().add_item_elements(handler, item)
        for doctor in item["contributors"]:
            handler.startElement("contributor", {})
            handler.addQuickElement("name", _clean(named(doctor)))
            handler.addQuickElement("uri", settings.SITE_URL + doctor.get_absolute_url())
            handler.endElement("contributor")


def named(doctor: Doctor) -> str:
    """Return the name that a doctor answers under, with the credentials where there are any."""
    return f"{doctor.title_name}, {doctor.credentials}" if doctor.credentials else doctor.title_name


def _clean(text: str) -> str:
    return _unspeakable.sub("", text)


def _empty(title: str, page: str, feed: str) -> Feed:
    """Return a feed without entries; ``page`` and ``feed`` are paths."""
    site = settings.SITE_URL
    return Feed(
        title=_clean(f"{title} - {settings.SITE_NAME}"),
        link=site + page,
        description=None,
        language="en",
        feed_url=site + feed,
        feed_guid=site + feed,
        # Whoever asks without a name leaves an entry without an author: then this one stands for it.
        author_name=_clean(settings.SITE_NAME),
    )


def feed_of_questions(questions: Sequence[Question], title: str, page: str, feed: str) -> str:
    """Return the feed of questions that came ``with_lists()``; the author is the asker's pen name. No query."""
    made = _empty(title, page, feed)
    for question in questions:
        if question.active_at is None:
            continue
        made.add_item(
            title=_clean(question.title),
            link=settings.SITE_URL + question.get_absolute_url(),
            # The slug follows the title; the key stays.
            unique_id=f"{settings.SITE_URL}/questions/{question.pk}/",
            description=_clean(extract(question.body_html, SUMMARY_LENGTH) or question.title),
            author_name=_clean(question.shown_asker) or None,
            pubdate=question.asked_at,
            updateddate=question.active_at,
            categories=[_clean(topic.name) for topic in question.topics.all()],
            contributors=[answer.doctor for answer in question.newest_answers],  # type: ignore[attr-defined]
        )
    return made.writeString("utf-8")


def newest_answers(doctor: Doctor) -> QuerySet[Answer]:
    """Return the dated answers of a doctor that everybody may read, the newest first."""
    answers = Answer.objects.visible().filter(doctor=doctor, answered_at__isnull=False)
    return answers.select_related("question").order_by("-answered_at", "-pk")[:ENTRIES]


def feed_of_answers(doctor: Doctor, answers: Sequence[Answer], feed: str) -> str:
    """Return the feed of a doctor's answers; the author is the doctor. No query."""
    page = doctor.get_absolute_url()
    made = _empty(f"Answers by {named(doctor)}", page, feed)
    for answer in answers:
        written = answer.answered_at or UNDATED
        made.add_item(
            title=_clean(answer.headline or answer.question.title),
            link=settings.SITE_URL + answer.get_absolute_url(),
            unique_id=f"{settings.SITE_URL}/answers/{answer.pk}/",
            description=_clean(shorten(plain(answer.body_html), SUMMARY_LENGTH)),
            author_name=_clean(named(doctor)),
            author_link=settings.SITE_URL + page,
            pubdate=written,
            updateddate=max(written, answer.edited_at or written),
            contributors=[],
        )
    return made.writeString("utf-8")
