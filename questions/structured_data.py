"""schema.org JSON-LD of a question page: the same content that a person sees."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.urls import reverse

from doctors.models import Doctor
from questions.bodies import plain
from questions.models import Answer, Question, Topic


def question_page(question: Question, answers: Iterable[Answer]) -> dict[str, Any]:
    """Return the ``QAPage`` of a question and its visible answers."""
    url = settings.SITE_URL + question.get_absolute_url()
    suggested = [_answer(answer, url) for answer in answers]
    return {
        "@context": "https://schema.org",
        "@type": "QAPage",
        "mainEntity": _known(
            {
                "@type": "Question",
                "name": question.title,
                "text": plain(question.body_html) or question.title,
                "url": url,
                "answerCount": len(suggested),
                "dateCreated": question.asked_at and question.asked_at.isoformat(),
                "author": {"@type": "Person", "name": question.shown_asker} if question.shown_asker else None,
                "suggestedAnswer": suggested or None,
            }
        ),
    }


def website() -> dict[str, Any]:
    """Return the ``WebSite`` of the first page, with the address of its search."""
    search = f"{settings.SITE_URL}{reverse('questions:search')}?q={{words}}"
    return {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": settings.SITE_NAME,
        "url": f"{settings.SITE_URL}/",
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": search},
            "query-input": "required name=words",
        },
    }


def topic_page(topic: Topic, wider: Iterable[Topic], questions: Iterable[Question]) -> dict[str, Any]:
    """Return the ``CollectionPage`` of a topic: the way to it, and the questions that the page shows."""
    url = settings.SITE_URL + topic.get_absolute_url()
    above = [(each.name, settings.SITE_URL + each.get_absolute_url()) for each in wider]
    way = [("Topics", settings.SITE_URL + reverse("questions:topic_list")), *above, (topic.name, url)]
    listed = [(question.title, settings.SITE_URL + question.get_absolute_url()) for question in questions]
    return _known(
        {
            "@context": "https://schema.org",
            "@type": "CollectionPage",
            "name": topic.name,
            "alternateName": topic.synonyms_named or None,
            "description": topic.description or None,
            "url": url,
            "breadcrumb": {"@type": "BreadcrumbList", "itemListElement": [*_items(way, "item")]},
            "mainEntity": {"@type": "ItemList", "itemListElement": [*_items(listed, "url")]},
        }
    )


def _items(named: Iterable[tuple[str, str]], address: str) -> Iterator[dict[str, Any]]:
    for position, (name, url) in enumerate(named, 1):
        yield {"@type": "ListItem", "position": position, "name": name, address: url}


def _answer(answer: Answer, page_url: str) -> dict[str, Any]:
    return _known(
        {
            "@type": "Answer",
            "name": answer.headline or None,
            "text": plain(answer.body_html),
            "url": f"{page_url}#answer-{answer.pk}",
            "upvoteCount": answer.upvote_count,
            "downvoteCount": answer.downvote_count,
            "dateCreated": answer.answered_at and answer.answered_at.isoformat(),
            "author": author(answer.doctor),
        }
    )


def author(doctor: Doctor) -> dict[str, Any]:
    """Return an answer's author: a ``Physician`` whose licence was checked here or who states a specialty."""
    return {
        "@type": "Physician" if doctor.specialty or doctor.credentials else "Person",
        "name": doctor.title_name,
        "url": settings.SITE_URL + doctor.get_absolute_url(),
    }


def _known(properties: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is unknown: schema.org has no null."""
    return {name: value for name, value in properties.items() if value is not None}
