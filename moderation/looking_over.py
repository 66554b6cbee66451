"""The page between a form and what it posts: what looks like a personal detail, each with a button that removes it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict

from moderation.personal import Finding, apply_redaction, find_personal, marked, redact
from qa_forum.versions import digest

# What a button says, and what a step adds; never carried on.
# Twice what the longest field takes: signs that count for nothing come off later.
MOST_CHARACTERS = 40_000
BUTTONS = ("csrfmiddlewaretoken", "redact", "kept", "back")


def take_out(data: QueryDict, names: Sequence[str], *, known: Sequence[str] = (), most: int = MOST_CHARACTERS) -> None:
    """Take out of the texts at ``names`` what a button of the page chose; one of an older page changes nothing.

    What is longer than ``most`` is longer than any form takes, and is left to it to refuse.
    """
    chosen = data.get("redact") or ""
    if chosen == "all":
        for name in names:
            if (text := data.get(name)) and len(text) <= most:
                data[name] = redact(text, find_details(text, known))
        return
    parts = chosen.split(":")
    if len(parts) != 4 or not all(part.isdecimal() and len(part) < 8 for part in parts[2:]):
        return
    name, kind, start, end = parts
    if name in names and len(data.get(name) or "") <= most:
        data[name] = apply_redaction(data.get(name) or "", kind, int(start), int(end))


def look_over(
    data: QueryDict, texts: Mapping[str, str], labels: Mapping[str, str], *, known: Sequence[str] = ()
) -> dict[str, Any] | None:
    """Return the context of ``moderation/preview.html``, or None where nothing is found or all of it may stay.

    ``texts`` are the cleaned words by the names of their fields; they go back into ``data``, so that a place in them is
    the same when they come again. ``known`` are names that everybody may read here, such as the reviewed doctor's.
    """
    found = {name: find_details(text, known) for name, text in texts.items()}
    must_go = sorted({finding.kind for findings in found.values() for finding in findings if finding.must_go})
    stamp = digest(sorted(texts.items()))
    is_chosen = data.get("kept") == stamp and "redact" not in data
    if (not any(found.values()) and "redact" not in data) or (is_chosen and not must_go):
        return None
    for name, text in texts.items():
        data[name] = text
    return {
        "fields": [
            {"name": name, "label": labels[name], "pieces": marked(text, found[name])} for name, text in texts.items()
        ],
        "finding_count": sum(map(len, found.values())),
        "must_go": must_go,
        "stamp": stamp,
        "was_refused": is_chosen,
    }


def find_details(text: str, known: Sequence[str] = ()) -> list[Finding]:
    """Return the personal details of a text but for names that are ``known`` to everybody."""
    words = {word for name in known for word in _words(name)}
    return [
        finding
        for finding in find_personal(text)
        if finding.kind != "name" or not set(_words(text[finding.start : finding.end])) <= words | TITLES
    ]


TITLES = frozenset(["dr", "doctor", "prof", "professor", "mr", "mrs", "ms", "s"])


def _words(name: str) -> list[str]:
    return "".join(sign if sign.isalnum() else " " for sign in name.casefold()).split()


def removes_details(before: str, after: str) -> bool:
    """Tell whether a personal detail stood in the old words and no longer stands in the new ones."""
    return bool(_details(before) - _details(after))


def _details(text: str) -> Counter[tuple[str, str]]:
    return Counter((each.kind, text[each.start : each.end].casefold()) for each in find_personal(text))
