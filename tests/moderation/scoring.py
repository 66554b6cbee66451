"""How well the emergency screen does on the labelled texts: counts, shares and their intervals."""

import json
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from math import sqrt
from pathlib import Path

from moderation.emergency import FAMILIES, Screen
from moderation.emergency_rules import LISTS
from moderation.wordings import GAP, split_phrases, written_out

DATA = Path(__file__).parent.parent / "data"
SETS = {
    "tuning": DATA / "emergency_tuning.jsonl",
    "held out": DATA / "emergency_held_out.jsonl",
    "fresh held out": DATA / "emergency_fresh_held_out.jsonl",
}


@dataclass
class Share:
    """So many of so many, with the Wilson interval at 95 %."""

    found: int = 0
    count: int = 0

    def add(self, is_found: bool) -> None:
        self.count += 1
        self.found += is_found

    @property
    def value(self) -> float:
        return self.found / self.count if self.count else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        if not self.count:
            return 0.0, 1.0
        z, n, p = 1.96, self.count, self.value
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return middle - half, middle + half

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.found:4} of {self.count:4}  {self.value:6.1%}  ({low:.1%} to {high:.1%})"


@dataclass
class Score:
    """``stopped``: emergencies that any family stops; ``ordinary``: the others, which pass."""

    families: dict[str, Share] = field(default_factory=lambda: {family: Share() for family in FAMILIES})
    stopped: Share = field(default_factory=Share)
    self_harm: Share = field(default_factory=Share)
    ordinary: Share = field(default_factory=Share)

    def __str__(self) -> str:
        lines = [f"  {family:22} {share}" for family, share in self.families.items()]
        return "\n".join(
            [
                *lines,
                f"  {'sensitivity':22} {self.stopped}",
                f"  {'of self-harm':22} {self.self_harm}",
                f"  {'specificity':22} {self.ordinary}",
            ]
        )


def score(screen: Screen, path: Path) -> Score:
    """Return how a screen does on a file of labelled texts."""
    result = Score()
    for line in path.read_text().splitlines():
        entry = json.loads(line)
        found = screen.families(entry["text"])
        if not entry["families"]:
            result.ordinary.add(not found)
            continue
        result.stopped.add(bool(found))
        if "self_harm" in entry["families"]:
            result.self_harm.add(bool(found))
        for family in entry["families"]:
            result.families[family].add(family in found)
    return result


HOSTILE = {
    "near matches": "chest pain no ",
    "zero-width characters": "c\u200bh\u200best pain ",
    "one word": "a",
    "line ends": "\n",
    "short clauses": "chest\npain\n",
    "short words": "and i want to ",
    "markup": "<b>",
    "signs": "<",
    "numbers with units": "20mg ",
    "denials": "not not breathing ",
    "marks above letters": "e\u0301",
}


# Words of the rules in any order, and what stands between them: no text has more phrases that begin and go nowhere.
AT_RANDOM = {
    "words at random": (" ",),
    "words and signs": (" ", " ", " ", ", ", ". "),
    "a word a clause": ("\n",),
    "a word a sentence": (". ",),
}
KINDS = (*HOSTILE, *AT_RANDOM)


def hostile(kind: str, size: int) -> str:
    """Return about so many bytes of a kind: a piece over and over, or words of the rules, the same at each call."""
    if kind in HOSTILE:
        piece = HOSTILE[kind]
        return piece * (size // len(piece.encode()))
    chance = random.Random(0)
    words = rule_words()
    count = size // 5
    return "".join(chance.choice(words) + chance.choice(AT_RANDOM[kind]) for _ in range(count))[:size]


@lru_cache
def rule_words() -> list[str]:
    """Return the words that the shipped lists are written in."""
    patterns = {
        pattern
        for phrases in LISTS.values()
        for phrase in split_phrases(phrases)
        for pattern in phrase.split()
        if pattern != GAP and "{" not in pattern
    }
    return sorted({word for pattern in patterns for word in written_out(pattern)})


def best_seconds(screen: Screen, texts: Iterable[str], times: int = 5) -> float:
    """Return the best time of several for screening the texts."""
    texts = list(texts)
    best = float("inf")
    for _ in range(times):
        start = time.process_time()
        for text in texts:
            screen.families(text)
        best = min(best, time.process_time() - start)
    return best
