"""What changed between two texts, for people: word by word."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

# A word with the space behind it: so a change of several words is one piece.
# How many pairs of equal words may be looked at: repeats make comparing slow beyond all measure.
MOST_PAIRS = 100_000

_word = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that stayed (``kept``), came (``added``) or went (``removed``)."""

    kind: str
    words: str


def differences(old: str, new: str) -> list[Piece]:
    """Return the pieces of both texts in reading order; the kept and the added ones make up the new text."""
    for parts in (_words, _lines):
        before, after = parts(old), parts(new)
        if _pairs(before, after) <= MOST_PAIRS:
            matcher = SequenceMatcher(None, before, after, autojunk=False)
            return [piece for code in matcher.get_opcodes() for piece in _pieces(code, before, after)]
    return [piece for piece in (Piece("removed", old), Piece("added", new)) if piece.words]


def _words(text: str) -> list[str]:
    return _word.findall(text)


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _pairs(before: list[str], after: list[str]) -> int:
    """Return how many pairs of equal parts there are: what the comparison has to look at."""
    counts = Counter(after)
    return sum(count * counts[part] for part, count in Counter(before).items())


def _pieces(code: tuple[str, int, int, int, int], before: list[str], after: list[str]) -> Iterator[Piece]:
    tag, start, end, new_start, new_end = code
    if tag == "equal":
        yield Piece("kept", "".join(before[start:end]))
        return
    if end > start:
        yield Piece("removed", "".join(before[start:end]))
    if new_end > new_start:
        yield Piece("added", "".join(after[new_start:new_end]))
