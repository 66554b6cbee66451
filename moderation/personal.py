"""The personal data guard: what in a text says who somebody is or how to reach them."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

import re2

from moderation.folding import fold
from moderation.personal_names import find_names, name_before
from moderation.personal_numbers import (
    date_after_name,
    find_birth_dates,
    find_codes,
    find_labelled,
    find_phones,
    find_shaped,
)
from moderation.personal_places import find_addresses, find_emails, find_profiles

LABELS = {
    "email": "email",
    "phone": "phone number",
    "address": "address",
    "record_number": "record number",
    "insurance_number": "insurance number",
    "birth_date": "date of birth",
    "name": "name",
    "profile_link": "profile",
    "id_number": "ID number",
}
CONTACT_DETAILS = frozenset({"email", "phone", "address", "profile_link"})
# Where two findings overlap, the kind that leaves least doubt wins, then the longer one.
_SURE = {
    "email": 9, "profile_link": 8, "birth_date": 7, "id_number": 6, "insurance_number": 6, "record_number": 6,
    "phone": 5, "address": 4, "name": 3,
}  # fmt: skip
_REMOVED = re2.compile(r"\[(?:" + "|".join(LABELS.values()) + r") removed\]")
# Taking one thing out can bring another to light. Each round finds less; texts written by people need two.
_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """One personal detail: its kind and where it stands in the text, in code points."""

    kind: str
    start: int
    end: int

    @property
    def must_go(self) -> bool:
        """Tell whether this says how to reach somebody; such details are not published."""
        return self.kind in CONTACT_DETAILS

    @property
    def label(self) -> str:
        return LABELS[self.kind]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text: plain words, or one finding."""

    text: str
    finding: Finding | None = None

    @property
    def value(self) -> str:
        """Return how a form names the finding: KIND:START:END."""
        return f"{self.finding.kind}:{self.finding.start}:{self.finding.end}" if self.finding else ""


def find_personal(text: str) -> list[Finding]:
    """Return the personal details in ``text``, in their order, none overlapping another.

    Invisible signs, wide digits and odd dashes hide nothing; places are those of ``text`` as given.
    """
    folded, places = fold(text)
    findings: list[Finding] = []
    at: list[int] | range = places
    for _ in range(_ROUNDS):
        found = _find_once(folded)
        if not found:
            break
        findings += (Finding(each.kind, at[each.start], at[each.end - 1] + 1) for each in found)
        folded, at = _without(folded, at, found)
    return sorted(findings, key=lambda each: each.start)


def _find_once(text: str) -> list[Finding]:
    """Return what is found in one reading of a folded text."""
    sure = [
        *(Finding("email", *span) for span in find_emails(text)),
        *(Finding("profile_link", *span) for span in find_profiles(text)),
        *(Finding("birth_date", *span) for span in find_birth_dates(text)),
        *(Finding(*labelled) for labelled in find_labelled(text)),
        *(Finding(*shaped) for shaped in find_shaped(text)),
        *(Finding("phone", *span) for span in find_phones(text)),
        *(Finding("address", *span) for span in find_addresses(text)),
    ]
    names = [Finding("name", *span) for span in find_names(text)]
    names += [Finding("name", *span) for each in sure if (span := name_before(text, each.start))]
    dates = [Finding("birth_date", *span) for each in names if (span := date_after_name(text, each.end))]
    codes = [Finding(*code) for code in find_codes(text)]
    removed = [found.span() for found in _REMOVED.finditer(text)]
    plain = _best(sure + names + dates, removed)
    # A code that only stands near a telling word is taken last.
    return sorted(plain + _best(codes, removed + [(each.start, each.end) for each in plain]), key=lambda one: one.start)


def _best(findings: Iterable[Finding], taken: list[tuple[int, int]]) -> list[Finding]:
    """Return the surest of the findings, without overlaps and without what lies in ``taken``."""
    spans = sorted(taken)
    kept = []
    for each in sorted(set(findings), key=lambda one: (-_SURE[one.kind], one.start - one.end, one.start)):
        place = bisect_right(spans, (each.start, each.end))
        clear_before = place == 0 or spans[place - 1][1] <= each.start
        clear_after = place == len(spans) or spans[place][0] >= each.end
        if each.start < each.end and clear_before and clear_after:
            spans.insert(place, (each.start, each.end))
            kept.append(each)
    return sorted(kept, key=lambda one: one.start)


def _without(text: str, places: list[int] | range, findings: list[Finding]) -> tuple[str, list[int]]:
    """Return ``text`` with each finding replaced by its words, and the places that go with it."""
    signs: list[str] = []
    kept: list[int] = []
    last = 0
    for each in findings:
        words = f"[{each.label} removed]"
        signs += (text[last : each.start], words)
        kept += places[last : each.start]
        kept += [places[each.start]] * len(words)
        last = each.end
    signs.append(text[last:])
    kept += places[last:]
    return "".join(signs), kept


def redact(text: str, findings: Iterable[Finding]) -> str:
    """Return ``text`` with each finding replaced by words in brackets, which are never found again."""
    signs: list[str] = []
    last = 0
    for each in sorted(findings, key=lambda one: one.start):
        signs += (text[last : each.start], f"[{each.label} removed]")
        last = each.end
    return "".join([*signs, text[last:]])


def apply_redaction(text: str, kind: str, start: int, end: int) -> str:
    """Return ``text`` without that one finding; a click on a page that has grown old changes nothing."""
    finding = Finding(kind, start, end)
    return redact(text, [finding]) if finding in find_personal(text) else text


def marked(text: str, findings: Iterable[Finding]) -> list[Piece]:
    """Return the text in pieces, each plain or one finding, in their order."""
    pieces = []
    last = 0
    for each in sorted(findings, key=lambda one: one.start):
        if last < each.start:
            pieces.append(Piece(text[last : each.start]))
        pieces.append(Piece(text[each.start : each.end], each))
        last = each.end
    if last < len(text):
        pieces.append(Piece(text[last:]))
    return pieces
