"""The second layer of the emergency screen: words that, weighed together, speak of an emergency though no rule does.

What is weighed are words, their stems, pairs of neighbouring stems, pairs with one word between them, and the lists of
the rules that were found in the text, each as it stands there (denied, supposed, past). Each has a weight for
emergencies of any kind, for self-harm, and for each family; `python -m tests.moderation.weigh_words` learns them from
the labelled texts. A passage whose sum of weights is above a low threshold, which grows with the square root of its
length, as chance does, is suspect. The highest suspects are judged by how high they stand on the scales of all
families, and by the products of these heights: what speaks of an emergency beside one family is idle beside another.

The sums of several scales are kept in one integer, some bits for each, so that a text is added up once.
"""

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from heapq import nlargest
from itertools import accumulate, chain, pairwise, repeat
from math import log, sqrt
from operator import add, mul, sub
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

# The scales that make a passage suspect and that judge it, the general one in the upper bits.
STOPPING = (SELF_HARM, EVERY)
SELF_HARM_STOPS, EVERY_STOPS = 1 << (BITS - 1), 1 << (2 * BITS - 1)
ANY_STOPS = SELF_HARM_STOPS | EVERY_STOPS
LOWER = (1 << BITS) - 1
# A passage is suspect above these heights; which of them is the highest depends on that, so they are not learned.
DOUBTS = {EVERY: -500, SELF_HARM: -700}
# So many suspects that stand apart are judged on each scale, of so many that are the highest.
MOST_JUDGED, MOST_SUSPECT = 8, 500
# So many different finds are remembered, from one text to the next.
MOST_KNOWN = 20_000
# Families are named with the highest where they come so near to it.
NEAR = 600

# Where the words of a passage start and end.
Passage = tuple[int, int]
# How high a passage stands, its first piece and how many pieces it has.
Suspect = tuple[int, int, int]


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
    """What was learned: for each scale its bias in thousandths, for each feature its weights by scale, and thresholds.

    Features are written ``word``, ``stem*``, ``stem stem``, ``stem _ stem`` and ``{LIST}0``, the last digit the state.
    """

    biases: Mapping[str, int]
    features: Mapping[str, Mapping[str, int]]
    # What suspects are judged by, how high they must stand then, and how high on a family's scale to be given its name.
    judges: Mapping[str, Sequence[float]] = field(default_factory=dict)
    thresholds: Mapping[str, int] = field(default_factory=dict)
    named: Mapping[str, int] = field(default_factory=dict)

    def stricter(self, hundredths: int) -> "Weights":
        """Return the same with higher thresholds for stopping a text."""
        return replace(self, thresholds={scale: each + 10 * hundredths for scale, each in self.thresholds.items()})


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
        stemmed = list(map(stem_of.__getitem__, words))
        none = repeat(0)
        pairs = map(self._pairs.get, pairwise(stemmed), none)
        skips = map(self._skips.get, zip(stemmed, stemmed[2:], strict=False), none)
        weights = list(map(add, map(add, map(alone.__getitem__, words), chain((0,), pairs)), chain((0, 0), skips)))
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


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A suspect passage: how high it stands on every scale, and what it is judged by."""

    heights: Mapping[str, float]
    inputs: tuple[float, ...]


class Judge:
    """Weights of the inputs, and of the product of each two of them."""

    def __init__(self, numbers: Sequence[float]) -> None:
        """Take the bias, then for each input its weight and those of its products with itself and the later ones."""
        self._bias, *rest = numbers
        self._rows: list[tuple[float, list[float]]] = []
        # So many numbers are so many inputs.
        size = round((sqrt(8 * len(rest) + 9) - 3) / 2)
        while rest:
            self._rows.append((rest[0], rest[1 : size + 1]))
            rest, size = rest[size + 1 :], size - 1

    def of(self, inputs: Sequence[float]) -> float:
        """Return how high inputs stand."""
        total = self._bias
        for at, (own, products) in enumerate(self._rows):
            total += inputs[at] * (own + sum(map(mul, products, inputs[at:])))
        return total


def products(inputs: Sequence[float]) -> list[float]:
    """Return what a judge weighs, in the order of its numbers; for learning only."""
    found: list[float] = []
    for at, each in enumerate(inputs):
        found += [each, *(each * other for other in inputs[at:])]
    return found


class Evidence:
    """Weights, ready to be asked about texts that a screen has read."""

    def __init__(self, weights: Weights, finds: Mapping[str, int]) -> None:
        """Take the weights, and the bit by which the screen finds each list of words."""
        self._weights = weights
        self._stops = _Table(weights, STOPPING, finds)
        self._scales = _Table(weights, list(weights.biases), finds)
        self._judges = {scale: Judge(numbers) for scale, numbers in weights.judges.items()}
        lengths = range(PASSAGE * LONGEST_PIECE + 1)
        self._offsets = {margin: [self._offset(length, margin) for length in lengths] for margin in (0, MARGIN)}

    def _offset(self, length: int, margin: int) -> int:
        """Return what makes the top bit of a scale stand where so many words are so far above its doubts."""
        root, half = length_root(length), 1 << (BITS - 1)
        short = [self._weights.biases[scale] - DOUBTS[scale] - margin for scale in STOPPING]
        return sum((half + round(root * each)) << (BITS * at) for at, each in enumerate(short))

    def families(self, words: Sequence[str], heard: Heard) -> set[str]:
        """Return the families that plain words speak of, in any passage of them."""
        thresholds = self._weights.thresholds
        found: set[str] = set()
        for look in dict.fromkeys(chain.from_iterable(self.looks(words, heard).values())):
            judged = {scale: ONE * judge.of(look.inputs) for scale, judge in self._judges.items()}
            if judged[SELF_HARM] > thresholds[SELF_HARM]:
                found.add(SELF_HARM)
            if judged[EVERY] > thresholds[EVERY]:
                found |= self._named(look, bool(found))
        return found

    def _named(self, look: Look, is_named: bool) -> set[str]:
        """Return the families that a passage speaks of most; where none is above its threshold, and no name is known
        yet, the nearest one."""
        heights = {scale: round(ONE * height) for scale, height in look.heights.items() if scale != EVERY}
        highest = max(heights, key=lambda scale: heights[scale])
        least = self._weights.named
        named = {
            scale for scale, height in heights.items() if height > least[scale] and height > heights[highest] - NEAR
        }
        return named if named or is_named else {highest}

    def looks(self, words: Sequence[str], heard: Heard) -> dict[str, list[Look]]:
        """Return for each stopping scale the highest suspects that stand apart, the highest first."""
        text = _Weighed(words, self._stops.weigh(words, heard))
        suspects: list[Suspect] = []
        for length, margin in text.lengths():
            heights = text.heights(length, self._offsets[margin])
            suspects += [(height, at, length) for at, height in enumerate(heights) if height & ANY_STOPS]
        found: dict[Passage, Look] = {}
        looks: dict[str, list[Look]] = {EVERY: [], SELF_HARM: []}
        for scale, highest in (
            (EVERY, nlargest(MOST_SUSPECT, (each for each in suspects if each[0] & EVERY_STOPS))),
            (SELF_HARM, nlargest(MOST_SUSPECT, (each for each in suspects if each[0] & SELF_HARM_STOPS), key=_lower)),
        ):
            for at, length in _apart(highest):
                count, passage = text.count(at, length), text.passage(at, length)
                if count <= NOTHING_SAID:
                    continue
                if passage not in found:
                    found[passage] = self._look(words, heard, passage, count, text.is_part(length))
                looks[scale].append(found[passage])
        return looks

    def _look(self, words: Sequence[str], heard: Heard, passage: Passage, count: int, is_part: bool) -> Look:
        start, end = passage
        told = self._scales.unpacked(sum(self._scales.weigh(words[start:end], heard.part(start, end))))
        root, biases = length_root(count), self._weights.biases
        heights = {scale: (weight / root + biases[scale]) / ONE for scale, weight in told.items()}
        return Look(heights, (*heights.values(), log(max(count, FEWEST_WORDS) / LONGEST_PIECE), float(is_part)))


def _lower(suspect: Suspect) -> int:
    """Return how high a suspect stands on the scale of the lower bits."""
    return suspect[0] & LOWER


def _apart(suspects: Iterable[Suspect]) -> list[tuple[int, int]]:
    """Return the first of the suspects that share no piece: where each begins, and how many pieces it has."""
    chosen: list[tuple[int, int]] = []
    for _, at, length in suspects:
        if all(at + length <= other or at >= other + its for other, its in chosen):
            chosen.append((at, length))
            if len(chosen) == MOST_JUDGED:
                break
    return chosen


class _Weighed:
    """A text by its pieces: where each ends, how many words and how much weight there are up to there."""

    def __init__(self, words: Sequence[str], weights: Iterable[int]) -> None:
        ends = [(0, 0), *cut(words)]
        totals = [0, *accumulate(weights)]
        self._ends = [at for at, _ in ends]
        self._counts = list(accumulate(count for _, count in ends))
        self._totals = [totals[at] for at in self._ends]
        self._longest = min(PASSAGE, len(ends) - 1)

    def lengths(self) -> Iterator[tuple[int, int]]:
        """Return how many pieces are weighed together, and how much higher so many must stand."""
        return ((length, MARGIN if self.is_part(length) else 0) for length in range(1, self._longest + 1))

    def is_part(self, length: int) -> bool:
        """Whether more pieces than so many could be weighed together."""
        return length < self._longest

    def heights(self, length: int, offsets: Sequence[int]) -> list[int]:
        """Return the sums of all passages of so many pieces, each with what is added for its number of words."""
        totals, counts = self._totals, self._counts
        said = map(offsets.__getitem__, map(sub, counts[length:], counts))
        return list(map(add, map(sub, totals[length:], totals), said))

    def passage(self, at: int, length: int) -> Passage:
        """Return where the words of a passage start and end."""
        return self._ends[at], self._ends[at + length]

    def count(self, at: int, length: int) -> int:
        """Return the number of words of a passage."""
        return self._counts[at + length] - self._counts[at]


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
    features = {
        feature: {scales[scale]: weight for scale, weight in zip(flat[::2], flat[1::2], strict=True)}
        for feature, flat in said.pop("features").items()
    }
    return Weights(features=features, **said)


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
