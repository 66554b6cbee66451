"""The second layer of the emergency screen: words that, weighed together, speak of an emergency though no rule does.

What is weighed are words, their stems, pairs of neighbouring stems, pairs with one word between them, and the lists of
the rules that were found in the text, each as it stands there (denied, supposed, past). Each has a weight for
emergencies of any kind, for self-harm, and for each family; `python -m tests.moderation.weigh_words` learns them from
the labelled texts. A passage speaks of an emergency when the sum of its weights is above a threshold, which grows with
the square root of its length, as chance does.

The sums of several scales are kept in one integer, some bits for each, so that a text is added up once.
"""

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from heapq import nlargest
from itertools import accumulate, chain, pairwise, repeat
from math import sqrt
from operator import add, sub
from pathlib import Path

WRITTEN = Path(__file__).parent / "emergency_weights.json"
# The list of words by which staff turn this layer off ("off"), or make it stricter by so many hundredths ("50").
SWITCH = "EVIDENCE"
EVERY, SELF_HARM = "every", "self_harm"

STEM = 5
# A text is cut into pieces: at the end of a sentence once there are so many words, and after so many anyway.
FEWEST_WORDS = 5
# One word tells nothing.
NOTHING_SAID = 1
SHORTEST_PIECE, LONGEST_PIECE = 6, 20
# So many pieces one after the other are weighed together: a long ordinary text says many things. Fewer of them may be
# enough, that what stands beside hides nothing, where they stand higher by so much.
PASSAGE = 6
MARGIN = 700
# So far back a pair of words is one that was said already: the longest passage.
RECENT = PASSAGE * LONGEST_PIECE
ONE = 1000
# Bits for each scale in a sum. Weights are thousandths; those of a whole passage stay far below 2 ** 27.
BITS = 28
SIGNS = frozenset({",", "."})

# The scales that stop a text, the general one in the upper bits; the others only give it its names.
STOPPING = (SELF_HARM, EVERY)
SELF_HARM_STOPS, EVERY_STOPS = 1 << (BITS - 1), 1 << (2 * BITS - 1)
ANY_STOPS = SELF_HARM_STOPS | EVERY_STOPS
# So many passages of a text that is stopped are looked at for the names of families.
MOST_NAMED = 20
# So many different finds are remembered, from one text to the next.
MOST_KNOWN = 20_000
# Families are named with the highest where they come so near to it.
NEAR = 600

Passage = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Heard:
    """What a screen found in a text: the place of each find, and its bits with the state in which they stand."""

    places: Sequence[int]
    found: Sequence[tuple[int, int]]

    def part(self, start: int, end: int) -> "Heard":
        """Return what was found between two places."""
        first, last = bisect_left(self.places, start), bisect_left(self.places, end)
        return Heard([at - start for at in self.places[first:last]], self.found[first:last])


class SwitchError(ValueError):
    """The list `EVIDENCE` says neither "off" nor a number; the message is for staff."""


def length_root(count: int) -> float:
    """Return what the weights of so many words are measured by; few words are weighed as if they were some more."""
    return sqrt(max(count, FEWEST_WORDS))


def cut(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Return where each piece of a text ends, and how many words are in it."""
    count = 0
    for at, word in enumerate(words, 1):
        if word == ".":
            if count < SHORTEST_PIECE:
                continue
        elif word == ",":
            continue
        else:
            count += 1
            if count < LONGEST_PIECE:
                continue
        yield at, count
        count = 0
    if count:
        yield len(words), count


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned: for each scale its bias and threshold in thousandths, for each feature its weights by scale.

    Features are written ``word``, ``stem*``, ``stem stem``, ``stem _ stem`` and ``{LIST}0``, the last digit the state.
    """

    biases: Mapping[str, int]
    thresholds: Mapping[str, int]
    features: Mapping[str, Mapping[str, int]]

    def stricter(self, hundredths: int) -> "Weights":
        """Return the same with higher thresholds for stopping a text."""
        higher = {scale: self.thresholds[scale] + 10 * hundredths for scale in (EVERY, SELF_HARM)}
        return replace(self, thresholds={**self.thresholds, **higher})


class _Table:
    """What each feature weighs on some scales, all of them in one integer with some bits for each."""

    def __init__(self, weights: Weights, scales: Sequence[str], finds: Mapping[str, int]) -> None:
        self.scales = scales
        self._words: dict[str, int] = {}
        self._stems: dict[str, int] = {}
        self._pairs: dict[tuple[str, str], int] = {}
        self._skips: dict[tuple[str, str], int] = {}
        self._finds: dict[tuple[int, int], int] = {}
        for feature, by_scale in weights.features.items():
            if packed := sum(by_scale.get(scale, 0) << (BITS * at) for at, scale in enumerate(scales)):
                self._sort(feature, packed, finds)
        # What finds together weigh, for those met so far: bits of the rules, nothing of what a patient wrote.
        self._known: dict[tuple[int, int], int] = {}
        self._mask = 0
        for find, _ in self._finds:
            self._mask |= find

    def _sort(self, feature: str, packed: int, finds: Mapping[str, int]) -> None:
        if feature[0] == "{":
            if find := finds.get(feature[1:-2]):
                self._finds[find, int(feature[-1])] = packed
        elif " _ " in feature:
            first, _, second = feature.split(" ")
            self._skips[first, second] = packed
        elif " " in feature:
            first, second = feature.split(" ")
            self._pairs[first, second] = packed
        elif feature[-1] == "*":
            self._stems[feature[:-1]] = packed
        else:
            self._words[feature] = packed

    def weigh(self, words: Sequence[str], heard: Heard) -> list[int]:
        """Return what each word weighs, with the pairs that end in it and the lists that were found there."""
        own, stems = self._words, self._stems
        stem_of = {word: word[:STEM] for word in set(words)}
        alone = {word: own.get(word, 0) + stems.get(stem, 0) for word, stem in stem_of.items()}
        stemmed = [stem_of[word] for word in words]
        none = repeat(0)
        pairs = chain((0,), map(self._pairs.get, pairwise(stemmed), none))
        skips = chain((0, 0), map(self._skips.get, zip(stemmed, stemmed[2:], strict=False), none))
        weights = list(map(add, map(add, map(alone.__getitem__, words), pairs), skips))
        known = self._known
        for at, found in zip(heard.places, heard.found, strict=True):
            weight = known.get(found)
            if weight is None:
                weight = self._weight_of_finds(*found)
                if len(known) < MOST_KNOWN:
                    known[found] = weight
            weights[at] += weight
        for at in repeated(words):
            weights[at] = 0
        return weights

    def _weight_of_finds(self, finds: int, state: int) -> int:
        weight = 0
        finds &= self._mask
        while finds:
            find = finds & -finds
            weight += self._finds.get((find, state), 0)
            finds ^= find
        return weight

    def unpacked(self, total: int) -> dict[str, int]:
        """Return a sum by scale."""
        total += sum(1 << (BITS * at + BITS - 1) for at in range(len(self.scales)))
        return {scale: (total >> (BITS * at)) % (1 << BITS) - (1 << (BITS - 1)) for at, scale in enumerate(self.scales)}


class Evidence:
    """Weights, ready to be asked about texts that a screen has read."""

    def __init__(self, weights: Weights, finds: Mapping[str, int]) -> None:
        """Take the weights, and the bit by which the screen finds each list of words."""
        self._weights = weights
        self._stops = _Table(weights, STOPPING, finds)
        self._names = _Table(weights, [scale for scale in weights.biases if scale not in STOPPING], finds)
        lengths = range(PASSAGE * LONGEST_PIECE + 1)
        self._offsets = {margin: [self._offset(length, margin) for length in lengths] for margin in (0, MARGIN)}

    def _offset(self, length: int, margin: int) -> int:
        """Return what makes the top bit of a scale stand where so many words are so far above its threshold."""
        root, half = length_root(length), 1 << (BITS - 1)
        short = [self._weights.biases[scale] - self._weights.thresholds[scale] - margin for scale in STOPPING]
        return sum((half + round(root * each)) << (BITS * at) for at, each in enumerate(short))

    def families(self, words: Sequence[str], heard: Heard) -> set[str]:
        """Return the families that plain words speak of, in any passage of them."""
        text = _Weighed(words, self._stops.weigh(words, heard))
        above: dict[int, Passage] = {}
        for length, margin in text.lengths():
            offsets = self._offsets[margin]
            for passage, (total, count) in text.passages(length):
                height = total + offsets[count]
                if height & ANY_STOPS and count > NOTHING_SAID:
                    above[height] = passage
        if not above:
            return set()
        found = {SELF_HARM} if any(height & SELF_HARM_STOPS for height in above) else set()
        # The general scale has the upper bits.
        for height in nlargest(MOST_NAMED, (height for height in above if height & EVERY_STOPS)):
            start, end = above[height]
            found |= self._named(words[start:end], heard.part(start, end), bool(found))
        return found

    def _named(self, words: Sequence[str], heard: Heard, is_named: bool) -> set[str]:
        """Return the families that a passage speaks of most; where none is above its threshold, and no name is known
        yet, the nearest one."""
        told = self._names.unpacked(sum(self._names.weigh(words, heard)))
        root = length_root(sum(word not in SIGNS for word in words))
        biases, thresholds = self._weights.biases, self._weights.thresholds
        heights = {scale: total / root + biases[scale] for scale, total in told.items()}
        highest = max(heights, key=lambda scale: heights[scale])
        named = {
            scale
            for scale, height in heights.items()
            if height > thresholds[scale] and height > heights[highest] - NEAR
        }
        return named if named or is_named else {highest}

    def sums(self, words: Sequence[str], heard: Heard) -> dict[str, float]:
        """Return how high the highest passage stands on each stopping scale, without thresholds; for learning only."""
        text = _Weighed(words, self._stops.weigh(words, heard))
        highest = dict.fromkeys(STOPPING, -float(ONE))
        for length, margin in text.lengths():
            for _, (total, count) in text.passages(length):
                for scale, weight in self._stops.unpacked(total).items():
                    height = weight / length_root(count) + self._weights.biases[scale] - margin
                    highest[scale] = max(highest[scale], height / ONE)
        return highest


class _Weighed:
    """A text by its pieces: where each ends, how many words and how much weight there are up to there."""

    def __init__(self, words: Sequence[str], weights: Iterable[int]) -> None:
        ends = [(0, 0), *cut(words)]
        totals = [0, *accumulate(weights)]
        self._ends = [at for at, _ in ends]
        self._counts = list(accumulate(count for _, count in ends))
        self._totals = [totals[at] for at in self._ends]

    def lengths(self) -> Iterator[tuple[int, int]]:
        """Return how many pieces are weighed together, and how much higher so many must stand."""
        longest = min(PASSAGE, len(self._ends) - 1)
        return ((length, 0 if length == longest else MARGIN) for length in range(1, longest + 1))

    def passages(self, length: int) -> Iterator[tuple[Passage, tuple[int, int]]]:
        """Return the passages of so many pieces: where each is, its weight and its number of words."""
        totals, counts, ends = self._totals, self._counts, self._ends
        sums = zip(map(sub, totals[length:], totals), map(sub, counts[length:], counts), strict=False)
        return zip(zip(ends, ends[length:], strict=False), sums, strict=False)


def repeated(words: Sequence[str]) -> Iterator[int]:
    """Yield the places of words that were said within the same passage before, after the same word.

    Whoever says one thing a hundred times has said one thing: its weight would grow past every threshold.
    """
    last: dict[tuple[str, str], int] = {}
    for at, pair in enumerate(pairwise(words), 1):
        if at - last.get(pair, -RECENT) < RECENT:
            yield at
        last[pair] = at


def features(words: Sequence[str], lists: Iterable[tuple[int, str, int]]) -> list[tuple[int, str]]:
    """Return the features of a text with their places, as they are weighed; for learning only."""
    stems = [word[:STEM] for word in words]
    found = [(at, word) for at, word in enumerate(words) if word not in SIGNS]
    found += [(at, f"{word[:STEM]}*") for at, word in found]
    found += [(at, f"{first} {second}") for at, (first, second) in enumerate(pairwise(stems), 1)]
    found += [(at, f"{first} _ {second}") for at, (first, second) in enumerate(zip(stems, stems[2:], strict=False), 2)]
    return found + [(at, f"{{{name}}}{state}") for at, name, state in lists]


def read_weights(text: str) -> Weights:
    """Return the weights that a file tells: after each feature the number of a scale and a weight, in turn."""
    said = json.loads(text)
    scales = list(said["biases"])
    return Weights(
        said["biases"],
        said["thresholds"],
        {
            feature: {scales[scale]: weight for scale, weight in zip(flat[::2], flat[1::2], strict=True)}
            for feature, flat in said["features"].items()
        },
    )


@cache
def shipped_weights() -> Weights:
    """Return the weights that are shipped."""
    return read_weights(WRITTEN.read_text())


def weights_by(switch: str) -> Weights | None:
    """Return the weights as the list `EVIDENCE` wants them: off, stricter, or (without a word) as shipped."""
    said = switch.strip().casefold()
    if not said:
        return shipped_weights()
    if said == "off":
        return None
    if not said.isdecimal() or len(said) > 4:
        raise SwitchError("Write off, or by how many hundredths the second layer is to be stricter, such as 50.")
    return shipped_weights().stricter(int(said))
