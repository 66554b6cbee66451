"""What changed between two texts, for people: word by word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

# A word with the space behind it: so a change of several words is one piece.
_word = re.compile(r"\S+\s*|\s+")
# Comparing grows with the square of the words: past this, paragraphs are compared whole.
MOST_WORDS = 3000


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that stayed (``kept``), came (``added``) or went (``removed``)."""

    kind: str
    words: str


def differences(old: str, new: str) -> list[Piece]:
    """Return the pieces of both texts in reading order; the kept and the added ones make up the new text."""
    before, after = _parts(old, new)
    matcher = SequenceMatcher(None, before, after, autojunk=len(before) > 500)
    return [piece for code in matcher.get_opcodes() for piece in _pieces(code, before, after)]


def _parts(old: str, new: str) -> tuple[list[str], list[str]]:
    before, after = _word.findall(old), _word.findall(new)
    if len(before) + len(after) > MOST_WORDS:
        return old.splitlines(keepends=True), new.splitlines(keepends=True)
    return before, after


def _pieces(code: tuple[str, int, int, int, int], before: list[str], after: list[str]) -> Iterator[Piece]:
    tag, start, end, new_start, new_end = code
    if tag == "equal":
        yield Piece("kept", "".join(before[start:end]))
        return
    if end > start:
        yield Piece("removed", "".join(before[start:end]))
    if new_end > new_start:
        yield Piece("added", "".join(after[new_start:new_end]))
