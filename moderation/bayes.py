"""How much a text resembles what moderators took down: a small Bayes filter. It is pure: counts in, a score out.

Each word counts once for each text. With d of D texts that were taken down and k of K that were left, Laplace's rule of
succession gives P(word | down) = (d + 1) / (D + 2) and P(word | kept) = (k + 1) / (K + 2), and the word's weight is

    w = P(word | down) / (P(word | down) + P(word | kept))

as in Paul Graham, "A Plan for Spam" (2002), with both kinds taken for equally likely: whether many or few things were
taken down so far says nothing about the next text. The weights of the n most telling words are combined as in Gary
Robinson, "A Statistical Approach to the Spam Problem" (Linux Journal 107, 2003), by Fisher's method, C being the
survival function of the chi-square distribution:

    H = C(-2 * sum(ln w), 2n)    S = C(-2 * sum(ln(1 - w)), 2n)    score = (1 + H - S) / 2

0: like what was left, 1: like what was taken down, about 0.5: it cannot tell.
"""

import math
import re
from collections.abc import Iterable, Mapping

from moderation.folding import as_latin, fold

# No figures: a number may be somebody's.
_WORD = re.compile(r"\b[^\W\d_]{3,24}\b")
# Words that say hardly anything are left out, and so is the rest of a long text.
LEAST_TELLING_WEIGHT = 0.1
MOST_WORDS = 40
# A few words are too few to judge by.
FEWEST_WORDS = 5
CANNOT_TELL = 0.5


def words_in(texts: Iterable[str]) -> set[str]:
    """Return the different words of a text, as a reader sees them, without figures."""
    return set(_WORD.findall(as_latin(fold("\n".join(texts))[0]).casefold()))


def weight(down: int, kept: int, *, of_down: int, of_kept: int) -> float:
    """Return the weight of a word that is in ``down`` of the texts taken down and in ``kept`` of those left."""
    if_down, if_kept = (down + 1) / (of_down + 2), (kept + 1) / (of_kept + 2)
    return if_down / (if_down + if_kept)


def telling(weights: Mapping[str, float]) -> list[tuple[str, float]]:
    """Return the words that say most, with their weights, the most telling first."""
    found = [(word, each) for word, each in weights.items() if abs(each - CANNOT_TELL) >= LEAST_TELLING_WEIGHT]
    return sorted(found, key=lambda pair: (-abs(pair[1] - CANNOT_TELL), pair[0]))[:MOST_WORDS]


def score(weights: Mapping[str, float]) -> float:
    """Return how much a text of words with these weights resembles what was taken down, between 0 and 1."""
    chosen = [each for _, each in telling(weights)]
    if len(chosen) < FEWEST_WORDS:
        return CANNOT_TELL
    high = _chance(-2 * math.fsum(math.log(each) for each in chosen), len(chosen))
    low = _chance(-2 * math.fsum(math.log1p(-each) for each in chosen), len(chosen))
    return (1 + high - low) / 2


def _chance(chi_square: float, half_degrees: int) -> float:
    """Return how likely a chi-square value is at least so large, with an even number of degrees of freedom."""
    half = chi_square / 2
    term = total = math.exp(-half)
    for number in range(1, half_degrees):
        term *= half / number
        total += term
    return min(total, 1.0)
