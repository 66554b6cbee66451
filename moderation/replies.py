"""The reply guard: what in a doctor's public reply tells that somebody was a patient, or what passed between them."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import compress
from typing import Any

import re2

from moderation import reply_words as words
from moderation.folding import bare
from moderation.personal_words import GIVEN, GIVEN_IN_CAPITALS
from moderation.reply_evidence import find_evidence

# The kinds in the order in which a doctor reads them, each with what is the matter and what to write instead.
REPLY_FAULTS = {
    "patient": "This says, or lets readers work out, that the writer was your patient. Write how your practice works "
    "with everyone, and offer a talk in private.",
    "dates": "This names when something happened. Leave out days, dates and spans of time, and write what you do now.",
    "treatment": "This tells of a treatment, or of somebody's body or health. Leave it out, or write what holds for "
    "anybody.",
    "payment": "This tells what somebody paid, owes or got back. Leave it out, and say who in your office answers "
    "questions about bills.",
    "person": "This says who the writer is, or gives a hint. Greet without a name, and leave out family, work, age and "
    "numbers.",
}
KINDS = tuple(REPLY_FAULTS)

# Texts that a doctor may take as they are; each tells nothing of anybody.
NEUTRAL_WORDINGS = (
    "Thank you for taking the time to write. We read every review and talk about it as a team. The law keeps us from "
    "saying in public who has or has not been a patient. We would be glad to listen in private: the telephone number "
    "on this page reaches our office.",
    "Thank you for your feedback. We are not able to answer in public about anything that concerns one person, and "
    "that protects everyone who comes to us. Our practice manager would like to hear more and can be reached on the "
    "number on this page.",
    "Thank you for these kind words. They mean a lot to the whole team.",
)

# A text with more places to weigh than this is no reply; the guard stops it without reading on.
MOST_PLACES = 400
# So many letters that stand apart are put together; nobody spells out more.
MOST_APART = 2000
# A name of fewer letters stands in too many words.
SHORTEST_NAME = 3
# The longest stretch that is marked.
LONGEST = 120


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that a reply may not say: its kind and where it stands in the text, in code points."""

    kind: str
    start: int
    end: int


def find_reply_faults(text: str, *, names: Iterable[str] = ()) -> list[Fault]:
    """Return what the reply may not say, in the order of the text; ``names`` are those that the reviewer goes by.

    No two faults of one kind overlap; places are those of ``text`` as given.
    """
    reading = Reading(text)
    found = [*by_phrases(reading), *_named(reading.cased, names)]
    # What phrases have found needs no second opinion.
    if not found:
        found = [("patient", start, end) for start, end in find_evidence(reading.left.decode())]
    at = reading.places
    return [Fault(kind, at[start], at[end - 1] + 1) for kind, start, end in _apart(found)]


def reply_reasons(text: str, *, names: Iterable[str] = ()) -> list[str]:
    """Return the kinds of fault in a reply, sorted."""
    return sorted({fault.kind for fault in find_reply_faults(text, names=names)})


@dataclass(frozen=True, slots=True)
class FaultPiece:
    """A part of a reply as it is shown again: plain, or with what is the matter with it."""

    text: str
    fault: Fault | None = None


def marked_faults(text: str, faults: Iterable[Fault]) -> list[FaultPiece]:
    """Return the text in pieces, each plain or one fault, in their order; of two that overlap, the first."""
    pieces, last = [], 0
    for each in sorted(faults, key=lambda fault: fault.start):
        if each.start < last:
            continue
        pieces += [FaultPiece(text[last : each.start]), FaultPiece(text[each.start : each.end], each)]
        last = each.end
    return [piece for piece in [*pieces, FaultPiece(text[last:])] if piece.text]


Found = tuple[str, int, int]


def _apart(found: Iterable[Found]) -> Iterator[Found]:
    """Yield in order, those of one kind that overlap as the first of them."""
    ends: dict[str, int] = {}
    for kind, start, end in sorted(found, key=lambda one: (one[1], one[2], one[0])):
        if start >= ends.get(kind, 0):
            ends[kind] = end
            yield kind, start, end


# --- Reading ---------------------------------------------------------------------------------------------

_SPACED = re.compile(r"(?<![A-Za-z0-9])(?:[A-Za-z0-9$@]([ ._*\-]))(?:[A-Za-z0-9$@]\1){1,}[A-Za-z0-9$@](?![A-Za-z0-9])")
_LEET = str.maketrans("013457@$!", "oieastasi")
_IN_WORD = re.compile(r"(?<=[A-Za-z])(?:11|[013457@$!]{1,2})(?=[A-Za-z])")
# Full stops that end no sentence, and markup, become blanks.
_NO_STOP = re.compile(
    r"(?i)(?<=\b[ds]r)\.|(?<=\bmr)\.|(?<=\bms)\.|(?<=\bmrs)\.|(?<=\bst)\.|(?<=\bno)\.(?= ?\d)"
    r"|\.(?=[A-Za-z0-9])|\.(?=\.)|(?<=\.\.)\.|<[^<>]{0,80}>"
)


class Reading:
    """A text as the guard reads it, in letters of ASCII, each sign with its place in the text as given.

    ``cased`` has its capitals; ``said`` is it in small letters, and ``left`` what is left without what is harmless.
    """

    def __init__(self, text: str) -> None:
        cased, self.places = bare(text)
        if _SPACED.search(cased):
            cased, self.places = _joined(cased, self.places)
        cased = _IN_WORD.sub(lambda found: found[0].replace("11", "ll").translate(_LEET), cased)
        self.cased = _NO_STOP.sub(lambda found: " " * len(found[0]), cased.replace("#", " "))
        self.said = self.cased.lower().encode()
        self.left = words.HARMLESS.sub(lambda found: b"#" * len(found[0]), self.said)


def _joined(cased: str, places: list[int] | range) -> tuple[str, list[int]]:
    """Put letters that stand apart together, into words that the guard knows."""
    kept = bytearray(b"\1") * len(cased)
    budget = MOST_APART
    for run in _SPACED.finditer(cased):
        letters = cased[run.start() : run.end() : 2].lower().translate(_LEET)
        kept[run.start() + 1 : run.end() : 2] = bytes(len(letters) - 1)
        for end in _word_ends(letters[:budget]):
            kept[run.start() + 2 * end - 1] = 1
        budget = max(0, budget - len(letters))
    return "".join(compress(cased, kept)), list(compress(places, kept))


def _word_ends(letters: str) -> Iterator[int]:
    """Yield where words begin or end in letters without blanks: of the known words the longest first."""
    at = 0
    while at < len(letters):
        size = next((size for size in range(14, 1, -1) if letters[at : at + size] in words.KNOWN), 0)
        if size:
            yield from (end for end in (at, at + size) if 0 < end < len(letters))
        at += size or 1


def by_phrases(reading: Reading) -> Iterator[Found]:
    """Yield what phrases find, and names."""
    yield from _spans("patient", words.TELLING, reading.said)
    for kind, pattern in (
        ("patient", words.PATIENT),
        ("treatment", words.TREATMENT),
        ("payment", words.PAYMENT),
        ("person", words.PERSON),
    ):
        yield from _spans(kind, pattern, reading.left)
    sentences = _Sentences(reading)
    yield from sentences.weighed("dates", words.DATES, sentences.is_of_a_case)
    yield from sentences.weighed("treatment", words.TREATMENT_ALONE, sentences.is_about_somebody)
    yield from sentences.weighed("payment", words.MONEY_ALONE, sentences.is_about_somebody)
    yield from sentences.weighed("payment", words.AMOUNT, sentences.is_of_a_case)
    yield from _greeted(reading.cased)


def _spans(kind: str, pattern: Any, low: bytes) -> Iterator[Found]:
    for count, found in enumerate(pattern.finditer(low)):
        if count == MOST_PLACES:
            return
        start, end = found.span()
        yield kind, start, min(end, start + LONGEST)


class _Sentences:
    """The sentences of a text, asked what they speak of only where something stands in them."""

    def __init__(self, reading: Reading) -> None:
        self._said = reading.said
        self._left = reading.left
        self._seen: dict[tuple[int, int], tuple[bool, bool]] = {}

    def _around(self, start: int, end: int) -> tuple[int, int]:
        begin = max(self._left.rfind(stop, 0, start) for stop in (b".", b"!", b"?")) + 1
        ends = [at for stop in (b".", b"!", b"?") if (at := self._left.find(stop, end)) >= 0]
        return begin, min(ends, default=len(self._left))

    def is_of_a_case(self, start: int, end: int) -> bool:
        """Tell whether the sentence is not about the practice, its rules or anybody, or is about somebody after all."""
        is_general, is_somebodys = self._speaks_of(start, end)
        return not is_general or is_somebodys

    def is_about_somebody(self, start: int, end: int) -> bool:
        """Tell whether the sentence speaks of one person and of no rule."""
        is_general, is_somebodys = self._speaks_of(start, end)
        return is_somebodys and not is_general

    def _speaks_of(self, start: int, end: int) -> tuple[bool, bool]:
        begin, stop = around = self._around(start, end)
        if around not in self._seen:
            self._seen[around] = (
                bool(words.IN_GENERAL.search(self._said[begin:stop])),
                bool(words.SOMEBODY.search(self._left[begin:stop])),
            )
        return self._seen[around]

    def weighed(self, kind: str, pattern: Any, counts: Callable[[int, int], bool]) -> Iterator[Found]:
        """Yield what tells of somebody by the sentence in which it stands; too much to weigh is stopped."""
        for count, found in enumerate(pattern.finditer(self._left)):
            start, end = found.span()
            if count == MOST_PLACES:
                yield kind, start, end
                return
            if counts(start, end):
                yield kind, start, end


# --- Names -----------------------------------------------------------------------------------------------

_GREETING = re2.compile(
    r"(?i:\b(?:hi|hello|hey|dear|thanks|thank you|thank you so much|thanks so much|sorry|good (?:morning|afternoon"
    r"|evening|day)|greetings|welcome back|welcome))[ ,]+([A-Z][a-z'-]+)"
)
_VOCATIVE = re2.compile(
    r"(?:^|[.!?\n]\s*|, ?)([A-Z][a-z'-]+)"
    r"(?:[!.?]|, (?:we|I|thank|thanks|it|you|your|this|our|the|please|as|sorry|so|what|that|first)\b)"
)
_DID = re2.compile(
    r"\b([A-Z][a-z]+)(?: [A-Z]\.?| [A-Z][a-z]+)?(?:'s (?:chart|file|record|visit|appointment|treatment|mother|daughter"
    r"|case|results?|surgery|procedure|care|consultation|balance|account)| (?:was|had|came|signed|received|paid|visited"
    r"|refused|declined|agreed|chose|told us|asked for|called|missed|never|did)\b)"
)
_TO = re2.compile(r"\b(?:to|with|for|treated|saw|told|remember|met|seeing|treating|helping|about) ([A-Z][a-z]+)\b")
_TITLED = re2.compile(r"\b(?:Mr|Mrs|Ms|Miss|Mx|Mister)[ .]+([A-Z][A-Za-z'-]*)")
_OF_THE_HOUSE = re2.compile(
    r"(?:Dr|Doctor|Nurse|manager|coordinator|receptionist|[Aa]sk for|[Cc]all|[Cc]ontact|[Ss]peak (?:to|with)|[Rr]each"
    r"|[Ee]mail|[Tt]alk (?:to|with)|[Rr]egards|[Ss]incerely|[Bb]est|[Ww]armly|[Yy]ours|wishes|assistant|hygienist"
    r"|colleague|partner|named)[,:]?\s+(?:(?:Mr|Mrs|Ms|Miss|Mx)[ .]+)?\z"
)


# Somebody of the house, by what they are or what they do there; "Mr" and "Mrs" are also said of surgeons.
_ROLE_BEFORE = re2.compile(
    r"(?:[Oo]mbuds\w+|[Oo]fficer|[Aa]ccountant|[Mm]anager|[Ss]ecretary|[Hh]ead|[Cc]hair\w*|[Dd]irector|[Ss]urgeon"
    r"|[Ll]ead|[Aa]dvocate|(?:handled|checked|answered|led|run|reviewed|read) by),?\s+(?:Mr|Mrs|Ms|Miss|Mx)[ .]+\z"
)
_AT_WORK = re2.compile(
    r"^[ ,]*(?:[A-Z][a-z'-]+[ ,]+)?(?:who )?(?:operates|replies|handles|answers|lectures|manages|sees patients)\b"
)


def _is_of_staff(cased: str, start: int, end: int) -> bool:
    return bool(_ROLE_BEFORE.search(cased[max(0, start - 40) : start]) or _AT_WORK.match(cased[end : end + 60]))


def _greeted(cased: str) -> Iterator[Found]:
    """Yield given names by which somebody is spoken to or of."""
    for pattern, known in ((_GREETING, False), (_VOCATIVE, True), (_DID, True), (_TO, True), (_TITLED, False)):
        for count, found in enumerate(pattern.finditer(cased)):
            start, end = found.span(1)
            if count == MOST_PLACES:
                yield "person", start, end
                return
            name = found[1].lower().removesuffix("'s")
            if name in words.NO_NAME or (known and name not in GIVEN and name not in GIVEN_IN_CAPITALS):
                continue
            if pattern is not _GREETING and _OF_THE_HOUSE.search(cased[max(0, start - 30) : start]):
                continue
            if pattern is _TITLED and _is_of_staff(cased, start, end):
                continue
            yield "person", start, end


def _named(cased: str, names: Iterable[str]) -> Iterator[Found]:
    """Yield the places where one of the names stands."""
    low = cased.lower()
    for name in names:
        parts = re.findall(r"[a-z0-9]+", bare(name)[0].lower())
        if sum(map(len, parts)) < SHORTEST_NAME:
            continue
        pattern = re2.compile(r"\b" + r"[^a-z0-9]*".join(parts) + r"\b")
        for found in pattern.finditer(low):
            yield "person", *found.span()
