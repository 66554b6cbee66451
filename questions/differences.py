"""What changed between two texts, for people: word by word."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

# How many pairs of equal words may be looked at: repeats make comparing slow beyond all measure.
MOST_PAIRS = 30_000

# A word with the space behind it: so a change of several words is one piece.
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


# A text of which a larger part changed says something else, as far as a reader who voted on it can know.
SUBSTANCE = 0.1
# So many pairs of words are looked at for slips; a text with more of them was rewritten.
MOST_SLIPS = 1_000
# Few letters, all of the sense.
_TELLING = frozenset(
    [
        *("no", "not", "never", "none", "nothing", "cannot", "without", "nor", "neither", "dont", "doesnt"),
        *("isnt", "arent", "wont", "cant", "shouldnt", "mustnt", "always", "only", "all", "must", "stop"),
        *("avoid", "safe", "unsafe", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
        *("ten", "twelve", "once", "twice", "half", "hours", "days", "weeks", "months", "years"),
    ]
)


def is_substantial(before: str, after: str) -> bool:
    """Tell whether a text changed in substance: in numbers, in words that turn the sense, or in more than a tenth.

    Case, signs, white space, the order of words and slips of a letter or two are no substance.
    """
    was, now = Counter(_bare_words(before)), Counter(_bare_words(after))
    gone, came = list((was - now).elements()), list((now - was).elements())
    if any(word in _TELLING or any(map(str.isdigit, word)) for word in gone + came):
        return True
    mended = _mended(gone, came)
    changed = len(gone) + len(came) - 2 * mended
    # A word in the place of another is one change, not two.
    return (changed + 1) // 2 > SUBSTANCE * max(was.total(), 1)


def _bare_words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold().replace("'", "").replace("\u2019", ""))


def _mended(gone: list[str], came: list[str]) -> int:
    """Return how many words only lost or gained a letter or two."""
    if len(gone) * len(came) > MOST_SLIPS:
        return 0
    left, mended = list(came), 0
    for word in gone:
        close = next((other for other in left if _is_slip(word, other)), None)
        if close is not None:
            left.remove(close)
            mended += 1
    return mended


def _is_slip(word: str, other: str) -> bool:
    longest = max(len(word), len(other))
    return longest > 3 and SequenceMatcher(None, word, other, autojunk=False).ratio() >= 1 - 2 / longest
