"""schema.org JSON-LD of a question page: the same content that a person sees."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from doctors.models import Doctor
from questions.bodies import plain
from questions.models import Answer, Question


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
