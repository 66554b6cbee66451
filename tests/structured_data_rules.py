"""What search engines document of the structured data that pages carry: which properties, of which types.

Each rule gives, for a type, its properties with a check of the value and how much it is wanted: ``required`` without
which a page is refused, ``recommended`` where the site knows it. ``faults`` says what breaks them; ``unseen`` what a
page tells to machines and not to people.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from tests.reading import Page

Check = Callable[[Any], bool]


def is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def is_url(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"https?://[^\s]+", value))


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_rating(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value <= 5


def is_date(value: Any) -> bool:
    """A day, or a moment with its offset."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return "T" not in value or moment.tzinfo is not None


def one(*types: str) -> Check:
    return lambda value: isinstance(value, dict) and value.get("@type") in types


def many(*types: str) -> Check:
    return lambda value: isinstance(value, list) and bool(value) and all(one(*types)(each) for each in value)


AUTHOR = {"name": (is_text, "required"), "url": (is_url, "recommended")}
RULES: dict[str, dict[str, tuple[Check, str]]] = {
    "QAPage": {"mainEntity": (one("Question"), "required")},
    "Question": {
        "name": (is_text, "required"),
        "answerCount": (is_count, "required"),
        "text": (is_text, "recommended"),
        "url": (is_url, "recommended"),
        "author": (one("Person"), "recommended"),
        "dateCreated": (is_date, "recommended"),
        # Either of the two is required where there are answers: see `faults`.
        "suggestedAnswer": (many("Answer"), "recommended"),
    },
    "Answer": {
        "text": (is_text, "required"),
        "name": (is_text, "optional"),
        "url": (is_url, "recommended"),
        "upvoteCount": (is_count, "recommended"),
        "downvoteCount": (is_count, "optional"),
        "author": (one("Physician", "Person"), "recommended"),
        "dateCreated": (is_date, "recommended"),
    },
    "Person": AUTHOR,
    "Physician": {
        **AUTHOR,
        "medicalSpecialty": (is_text, "recommended"),
        "address": (one("PostalAddress"), "recommended"),
        "aggregateRating": (one("AggregateRating"), "recommended"),
        "review": (many("Review"), "recommended"),
    },
    "PostalAddress": {"addressLocality": (is_text, "required")},
    "AggregateRating": {
        "ratingValue": (is_rating, "required"),
        "reviewCount": (is_count, "required"),
        "bestRating": (is_rating, "recommended"),
        "worstRating": (is_rating, "recommended"),
    },
    "Review": {
        "author": (one("Person"), "required"),
        "reviewRating": (one("Rating"), "required"),
        "reviewBody": (is_text, "recommended"),
        "name": (is_text, "optional"),
        "datePublished": (is_date, "recommended"),
    },
    "Rating": {
        "ratingValue": (is_rating, "required"),
        "bestRating": (is_rating, "recommended"),
        "worstRating": (is_rating, "recommended"),
    },
    "CollectionPage": {
        "name": (is_text, "required"),
        "url": (is_url, "required"),
        "description": (is_text, "recommended"),
        "breadcrumb": (one("BreadcrumbList"), "recommended"),
        "mainEntity": (one("ItemList"), "recommended"),
    },
    "BreadcrumbList": {"itemListElement": (many("ListItem"), "required")},
    "ItemList": {"itemListElement": (lambda value: value == [] or many("ListItem")(value), "required")},
    "ListItem": {
        "position": (lambda value: is_count(value) and value > 0, "required"),
        "name": (is_text, "required"),
        "item": (is_url, "optional"),
        "url": (is_url, "optional"),
    },
    "WebSite": {
        "name": (is_text, "required"),
        "url": (is_url, "required"),
        "potentialAction": (one("SearchAction"), "recommended"),
    },
    "SearchAction": {
        "target": (one("EntryPoint"), "required"),
        "query-input": (lambda value: bool(re.fullmatch(r"required name=\w+", str(value))), "required"),
    },
    "EntryPoint": {"urlTemplate": (lambda value: is_url(value) and "{" in value, "required")},
}


def entities(data: Any) -> Iterator[dict[str, Any]]:
    """Yield every typed thing in the data, whatever it lies in."""
    for value in data if isinstance(data, list) else [data]:
        if isinstance(value, dict):
            yield value
            for inner in value.values():
                yield from entities(inner)


def faults(data: dict[str, Any], *, is_full: bool = False) -> list[str]:
    """Return what breaks the rules; ``is_full``: of an example where all is known, recommended properties are due, too.

    Of authors only the name is due: a patient has no page, and a doctor's own page tells more than an answer's does.
    """
    found = [] if data.get("@context") == "https://schema.org" else ["no @context"]
    for entity in entities(data):
        kind = entity.get("@type", "")
        rules = RULES.get(kind)
        if rules is None:
            found.append(f"unknown type {kind!r}")
            continue
        found += [f"{kind}.{name} is not known" for name in entity if name not in rules and name[0] != "@"]
        found += [
            f"{kind}.{name} is {entity[name]!r}"
            for name in rules
            if name in entity and not rules[name][0](entity[name])
        ]
        found += [f"{kind}.{name} is required" for name in rules if rules[name][1] == "required" and name not in entity]
        if is_full and kind not in {"Person", "Physician"}:
            wanted = [name for name in rules if rules[name][1] == "recommended"]
            found += [f"{kind}.{name} is recommended" for name in wanted if name not in entity]
        if kind == "Question" and entity.get("answerCount") != len(entity.get("suggestedAnswer", [])):
            found.append("Question.answerCount is not the number of its answers")
    return found


TOLD_IN_WORDS = {"name", "text", "reviewBody", "description", "addressLocality", "medicalSpecialty"}


def unseen(data: dict[str, Any], page: Page) -> list[str]:
    """Return the words that the data tell and that no reader sees on the page."""
    words = [
        (f"{entity['@type']}.{name}", entity[name])
        for entity in entities(data)
        for name in sorted(TOLD_IN_WORDS & set(entity))
        if not (entity["@type"] == "Question" and name == "text" and entity["text"] == entity["name"])
    ]
    return [f"{where}: {text}" for where, text in words if text not in page]
