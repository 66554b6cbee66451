"""The second layer of the reply guard: what the words of a sentence weigh together, and those of the whole reply."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import re2

from moderation.reply_words import LISTED

WRITTEN = Path(__file__).with_name("reply_weights.json")
# So many words are weighed; no reply is that long.
MOST_WORDS = 2000
SHORTEST, LONGEST = 3, 60
STEM = 5
# Of a reply as a whole pieces of words are weighed, too, of three to five letters; a blank stands at both ends.
PIECES = (3, 4, 5)
# What is said again says more, but ever less: about 1 + ln(n).
TIMES = (0.0, 1.0, 1.7, 2.1, 2.4)
# Stands for having said anything at all.
ANYTHING = "<anything>"
_WORD = re2.compile(r"[a-z0-9'$%]+")
# What is longer than any sentence is cut.
_SENTENCE = re2.compile(r"[^.!?;\n]{1,400}")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PAST = _words("""
    was were had did came went saw said told gave got took made knew thought felt left kept let met put ran sat sent
    spent spoke stood understood wore wrote brought bought built chose drove fell found held hurt lost paid rang led
    sold shook slept stuck taught threw tore wanted began became broke cut drew forgot grew heard hid laid lay meant
    sought shot showed shut sank spread stole struck swore woke won withdrew wasn't weren't hadn't didn't couldn't
    wouldn't been done seen given taken gone shown written spoken chosen known could would
""")
_NOT_PAST = _words("need indeed feed speed bleed exceed proceed succeed agreed red bed unneeded certified board")
_TAGS = {
    word: name
    for name, listed in {
        "YOU": "you you've you're you'd you'll u",
        "YOUR": "your yours ur",
        "WE": "we i we've i've we'd i'd we're i'm me us my our",
        "THEY": "she he her him his hers they them their",
        "ALL": "any anyone anybody every everyone everybody each all nobody always usually general patients people",
        "MAY": "can may might could should would will must cannot can't",
        "THE": "the this that these those",
        "COUNT": "a an one two three four five six several few",
        "NOT": "not never no didn't wasn't weren't hadn't nor neither",
        "AT": "in on at with of to from by for about after before during",
    }.items()
    for word in listed.split()
}


def tag(word: str) -> str:
    """Return what sort of word it is."""
    if word in _TAGS:
        return _TAGS[word]
    if word in LISTED:
        return LISTED[word]
    if word in _PAST or (word.endswith("ed") and len(word) > 4 and word not in _NOT_PAST):
        return "PAST"
    if word[0].isdigit() or word[0] == "$":
        return "NUMBER"
    return "o"


def features(words: list[str]) -> list[str]:
    """Return the features of a sentence."""
    stems = [word[:STEM] for word in words]
    tags = ["<", *map(tag, words), ">"]
    found = [*stems, *tags[1:-1]]
    found += map(" ".join, pairwise(stems))
    found += map("+".join, pairwise(tags))
    found += map("+".join, zip(tags, tags[1:], tags[2:], strict=False))
    return found


def sentences(low: str) -> Iterator[tuple[int, int, list[str]]]:
    """Yield the sentences that say anything, with their places."""
    left = MOST_WORDS
    for found in _SENTENCE.finditer(low):
        words = _WORD.findall(found[0])[:LONGEST]
        left -= len(words) + 1
        if len(words) >= SHORTEST:
            yield *found.span(), words
        if left <= 0:
            return


def height(words: list[str], weights: dict[str, int]) -> float:
    """Return how high a sentence stands: the sum of what each feature weighs once, by the root of its length."""
    return sum(weights.get(each, 0) for each in set(features(words))) / len(words) ** 0.5


def whole(parts: Iterable[list[str]]) -> dict[str, float]:
    """Return what a reply says as a whole: a vector of length 1 over its features and the pieces of its words."""
    counts: Counter[str] = Counter()
    for words in parts:
        counts.update(features(words))
        counts.update(_pieces(words))
    values = {each: TIMES[min(count, len(TIMES) - 1)] for each, count in counts.items()}
    length = sum(value * value for value in values.values()) ** 0.5
    return {ANYTHING: 1.0} | {each: value / length for each, value in values.items()}


def _pieces(words: list[str]) -> Iterator[str]:
    for word in words:
        between = f" {word} "
        for size in PIECES:
            for at in range(len(between) - size + 1):
                yield "~" + between[at : at + size]


def height_of_whole(parts: Iterable[list[str]], weights: dict[str, int]) -> float:
    """Return how high a whole reply stands."""
    return sum(weights.get(each, 0) * value for each, value in whole(parts).items())


@cache
def shipped() -> dict[str, tuple[dict[str, int], int]]:
    """Return the weights that are shipped, and the threshold to reach: of a ``sentence``, and of the ``whole``."""
    said = json.loads(WRITTEN.read_text())
    return {name: (layer["weights"], layer["threshold"]) for name, layer in said.items()}


def find_evidence(low: str) -> Iterator[tuple[int, int]]:
    """Yield the sentences that stand above the threshold; of a reply that does as a whole, the highest of them."""
    weights, threshold = shipped()["sentence"]
    parts = list(sentences(low))
    heights = [height(words, weights) for _, _, words in parts]
    found = [parts[at][:2] for at, each in enumerate(heights) if each >= threshold]
    if parts and not found:
        weights, threshold = shipped()["whole"]
        if height_of_whole((words for _, _, words in parts), weights) >= threshold:
            found = [parts[heights.index(max(heights))][:2]]
    yield from found
