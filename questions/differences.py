"""What changed between two texts, for people: word by word."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

# Comparing looks at pairs of equal words, over and over as it goes into ever smaller parts; repeats make that slow
# beyond all measure. So many pairs may be looked at for two texts, and for all texts of one page.
MOST_STEPS = 400_000
MOST_STEPS_OF_A_PAGE = 2_000_000

# A word with the space behind it: so a change of several words is one piece.
_word = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that stayed (``kept``), came (``added``) or went (``removed``)."""

    kind: str
    words: str


class Difference(list[Piece]):
    """The pieces of two texts; ``is_compared`` is off where they were too different to compare, and stand whole."""

    is_compared = True


class TooMuch(Exception):
    """The steps that may be spent on comparing are spent."""


@dataclass(slots=True)
class Work:
    """How many steps one page may still spend on comparing."""

    left: int = MOST_STEPS_OF_A_PAGE

    def spend(self, steps: int) -> None:
        """Take steps from what is left; ``TooMuch`` where there are not as many."""
        if steps > self.left:
            raise TooMuch
        self.left -= steps


class _Matcher(SequenceMatcher[str]):
    """Pays for each look at the texts before it is taken."""

    def __init__(self, before: list[str], after: list[str], work: Work) -> None:
        # Reading the words is work, too.
        work.spend(len(before) + len(after))
        super().__init__(None, before, after, autojunk=False)
        self.work, self.before = work, before

    def find_longest_match(self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> Any:
        """Find it, where the work is not done: the search goes through each place of each word."""
        places: dict[str, list[int]] = self.b2j  # type: ignore[attr-defined]
        self.work.spend(sum(1 + len(places.get(word, [])) for word in self.before[alo:ahi]))
        return super().find_longest_match(alo, ahi, blo, bhi)


def differences(old: str, new: str, work: Work | None = None) -> Difference:
    """Return the pieces of both texts in reading order; the kept and the added ones make up the new text.

    All texts of a page share one ``work``. Where it is spent, or the texts are made to be slow to compare, the old one
    comes whole, then the new one.
    """
    if old == new:
        return Difference([Piece("kept", new)] if new else [])
    work = work or Work()
    for parts in (_words, _lines):
        own = Work(min(MOST_STEPS, work.left))
        work.left -= own.left
        try:
            before, after = parts(old), parts(new)
            codes = _Matcher(before, after, own).get_opcodes()
            found = Difference(piece for code in codes for piece in _pieces(code, before, after))
            # By lines, texts of one line each are as whole as ever.
            found.is_compared = parts is _words or any(piece.kind == "kept" for piece in found)
            return found
        except TooMuch:
            continue
        finally:
            work.left += own.left
    whole = Difference(piece for piece in (Piece("removed", old), Piece("added", new)) if piece.words)
    whole.is_compared = False
    return whole


def _words(text: str) -> list[str]:
    return _word.findall(text)


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


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
