"""Phrases as staff write them, turned into one tree of words.

A phrase is words with spaces between. A word is a regular expression of RE2 (``pain(s|ful)?``, ``bleed\\w*``),
``{NAME}`` stands for any phrase of the list of that name, and ``*`` for up to three words of any kind. Which patterns
a word matches is asked of one ``re2.Set``, once for each different word. Phrases that begin alike share a beginning,
and only those are followed that some words of the text have begun: a phrase stays under way for no more words than it
has places, so that the time grows with the number of words.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import re2

# A phrase that would be written out in more ways than this is refused, and so is a set with more places in all.
MOST_WAYS = 4000
MOST_PLACES = 40_000
LONGEST_PATTERN = 400
LONGEST_WORD = 40
SET_MEMORY = 64 << 20
SHORTEST_SLIP, LONGEST_SLIP = 5, 16
GAP = "*"
GAP_WORDS = 3

Element = frozenset[str]
Sequence = tuple[Element, ...]
ANY: Element = frozenset()
_NAME = re2.compile(r"\{([A-Z][A-Z0-9_]*)\}")


class WordingError(ValueError):
    """A phrase that cannot be used; its words are for staff to read."""


def split_phrases(text: str) -> list[str]:
    """Return the phrases of a line or a list: commas and line ends part them."""
    return [" ".join(phrase.split()) for line in text.splitlines() for phrase in line.split(",") if phrase.strip()]


def check_word(word: str) -> None:
    """Refuse a word that RE2 does not take, or that matches anything at all."""
    if len(word) > LONGEST_PATTERN:
        raise WordingError(f"A word is longer than {LONGEST_PATTERN} characters. Split it.")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        compiled = re2.compile(word, options)
    except re2.error:
        raise WordingError(f"“{word}” is not a pattern that can be used. Check its brackets.") from None
    if any(compiled.fullmatch(anything) for anything in ("", "qzxjv")):
        raise WordingError(f"“{word}” matches almost any word. Write the words that you mean.")


class Wordings:
    """Lists of phrases by name, written out as sequences of words."""

    def __init__(self, lists: Mapping[str, str]) -> None:
        self._lists = lists
        self._written: dict[str, list[Sequence]] = {}
        self._open: list[str] = []

    def write_out(self, phrase: str) -> list[Sequence]:
        """Return every way to write a phrase."""
        ways = list(dict.fromkeys(_without_outer_gaps(way) for way in self._ways(phrase)))
        if () in ways:
            raise WordingError(f"“{phrase}” needs a word that must be there.")
        return ways

    def _ways(self, phrase: str) -> list[Sequence]:
        ways: list[Sequence] = [()]
        for part in _cut(phrase, " "):
            options = self._options(part)
            if len(ways) * len(options) > MOST_WAYS:
                raise WordingError(f"“{phrase}” can be written in more than {MOST_WAYS} ways. Split it.")
            ways = [(*way, *option) for way, option in itertools.product(ways, options)]
        return ways

    def _options(self, part: str) -> list[Sequence]:
        if part == GAP:
            return [(ANY,) * GAP_WORDS]
        if name := _NAME.fullmatch(part):
            return self.write_out_list(name[1])
        if _is_group(part, "?"):
            return [(), *self._options(part[:-1])]
        if _is_group(part) and (" " in part or "{" in part):
            ways = [way for branch in _cut(part[1:-1], "|") for way in self._ways(branch)]
            return _with_one_for_single_words(ways)
        check_word(part)
        return [(frozenset({part}),)]

    def write_out_list(self, name: str) -> list[Sequence]:
        """Return every way to write a list, the single words of it as one."""
        if name in self._written:
            return self._written[name]
        if name not in self._lists:
            raise WordingError(f"There is no list of words called {name}.")
        if name in self._open:
            raise WordingError(f"The list {name} stands in itself: {' → '.join([*self._open, name])}.")
        self._open.append(name)
        try:
            ways = [way for phrase in split_phrases(self._lists[name]) for way in self.write_out(phrase)]
        finally:
            self._open.pop()
        if not ways:
            raise WordingError(f"The list {name} is empty.")
        self._written[name] = _with_one_for_single_words(ways)
        return self._written[name]


def _with_one_for_single_words(ways: list[Sequence]) -> list[Sequence]:
    single = frozenset().union(*(way[0] for way in ways if len(way) == 1))
    longer = dict.fromkeys(way for way in ways if len(way) != 1)
    return [*([(single,)] if single else []), *longer]


def _without_outer_gaps(way: Sequence) -> Sequence:
    start, end = 0, len(way)
    while start < end and way[start] is ANY:
        start += 1
    while end > start and way[end - 1] is ANY:
        end -= 1
    return way[start:end]


def _cut(phrase: str, sign: str) -> list[str]:
    """Cut at a sign that stands outside of brackets."""
    parts, depth = [""], 0
    for letter in phrase:
        depth += (letter == "(") - (letter == ")")
        if letter == sign and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part for part in parts if part]


def _is_group(part: str, end: str = "") -> bool:
    """Whether brackets go round the whole of a part."""
    if not (part.startswith("(") and part.endswith(f"){end}")):
        return False
    inside = part[1 : len(part) - 1 - len(end)]
    depth = 0
    for letter in inside:
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            return False
    return True


@dataclass(slots=True, eq=False)
class Node:
    """Where some words of some phrases have been read: which words go on, and which finds end here."""

    on: dict[int, "Node"] = field(default_factory=dict)
    on_with_any: "Node | None" = None
    is_gap: bool = False
    finds: int = 0
    # What is under way once this has been reached; nothing where no phrase goes on.
    opened: "Place | None" = None


@dataclass(slots=True, eq=False)
class Place:
    """Phrases under way: the elements that take them on, and what they become after any other word."""

    asks: frozenset[int]
    on: dict[int, list[Node]]
    after_any: "Place | None"


@dataclass(slots=True, eq=False)
class Word:
    """What a word is to the phrases: the elements that it matches, what it finds alone and what it opens."""

    elements: frozenset[int] = frozenset()
    finds: int = 0
    opened: tuple[Place, ...] = ()


UNKNOWN = Word()


class Automaton:
    """All phrases of all rules, in one tree; a find is one bit for all phrases that were added together."""

    def __init__(self, wordings: Wordings) -> None:
        self._wordings = wordings
        self._finds: dict[tuple[str, ...], int] = {}
        self._root = Node()
        self._nodes = [self._root]
        self._elements: dict[Element, int] = {}

    def add(self, phrases: Iterable[str]) -> int:
        """Add phrases and return the bit that tells that one of them was found; 0 for no phrases."""
        key = tuple(phrases)
        if not key or key in self._finds:
            return self._finds.get(key, 0)
        ways = [way for phrase in key for way in self._wordings.write_out(phrase)]
        find = self._finds[key] = 1 << len(self._finds)
        for way in ways:
            self._add_way(way, find)
        if len(self._nodes) > MOST_PLACES:
            raise WordingError("The rules are too large in all. Take away what is not needed.")
        return find

    def _add_way(self, way: Sequence, find: int) -> None:
        node = self._root
        for element in way:
            if element is ANY:
                follower = node.on_with_any = node.on_with_any or self._node(is_gap=True)
            else:
                number = self._elements.setdefault(element, len(self._elements))
                follower = node.on.get(number) or node.on.setdefault(number, self._node())
            node = follower
        node.finds |= find

    def _node(self, *, is_gap: bool = False) -> Node:
        node = Node(is_gap=is_gap)
        self._nodes.append(node)
        return node

    def close(self) -> None:
        """Compile what was added."""
        matching: dict[str, list[int]] = {}
        for element, number in self._elements.items():
            for pattern in element:
                matching.setdefault(pattern, []).append(number)
        options = re2.Options()
        options.max_mem = SET_MEMORY
        options.log_errors = False
        self._patterns = list(matching)
        self._elements_of = list(matching.values())
        self._set = re2.Set.FullMatchSet(options)
        for pattern in self._patterns:
            self._set.Add(pattern)
        # This one is always found: where it is not, the set ran out of memory and each pattern is asked alone.
        self._always = self._set.Add("(?s).*")
        self._set.Compile()
        for node in self._nodes[1:]:
            node.opened = _place(_with_gap(node))
        self._slips = _slips(self._patterns)
        self._known: dict[str, Word] = {}
        self._alike: dict[frozenset[int], Word] = {}

    def word(self, text: str) -> Word | None:
        """Return what a word is to the phrases; None for a word in no phrase."""
        known = self._known.get(text)
        if known is not None:
            return known
        found = self._set.Match(text)
        if self._always not in found:
            found = [at for at, pattern in enumerate(self._patterns) if re2.fullmatch(pattern, text)]
        elements = frozenset(number for at in found if at != self._always for number in self._elements_of[at])
        if not elements:
            return None
        word = self._alike.get(elements) or self._alike.setdefault(elements, self._word_of(elements))
        # Only words of the rules are remembered, never what is a patient's own.
        if len(self._known) < MOST_PLACES:
            self._known[text] = word
        return word

    def _word_of(self, elements: frozenset[int]) -> Word:
        begun = [self._root.on[element] for element in sorted(elements) if element in self._root.on]
        finds = 0
        for node in begun:
            finds |= node.finds
        opened = _place([each for node in begun for each in _with_gap(node)])
        return Word(elements, finds, (opened,) if opened else ())

    def meant(self, word: str) -> str | None:
        """Return the word of a rule that an unknown one stands for: one slip of the pen away, or two and one sound."""
        word = "".join(letter for letter, run in itertools.groupby(word) for _ in range(min(len(list(run)), 2)))
        if self.word(word):
            return word
        if not SHORTEST_SLIP <= len(word) <= LONGEST_SLIP:
            return None
        near = dict.fromkeys(meant for rest in _without_one(word) for meant in self._slips.get(rest, ()))
        for meant in near:
            if _is_one_slip(word, meant):
                return meant
        # A letter too many and another too few: "throte".
        sound = sound_of(word) if near else ""
        return next((meant for meant in near if sound_of(meant) == sound), None)


def go_on(places: Iterable[Place], word: Word) -> tuple[int, tuple[Place, ...]]:
    """Take one word into the phrases under way: return what is found with it, and what is under way then."""
    finds, elements = 0, word.elements
    after: list[Place] = []
    for place in places:
        if place.after_any is not None:
            after.append(place.after_any)
        if not place.asks.isdisjoint(elements):
            for element in place.asks & elements:
                for node in place.on[element]:
                    finds |= node.finds
                    if node.opened is not None:
                        after.append(node.opened)
    return finds, tuple(dict.fromkeys(after) if len(after) > 1 else after)


def _with_gap(node: Node) -> list[Node]:
    """Return a node and, where a gap follows it, the gap's own, which may be passed over at once."""
    nodes = [node]
    while len(nodes) <= GAP_WORDS and not node.is_gap and (follower := nodes[-1].on_with_any):
        nodes.append(follower)
    return nodes


def _place(nodes: Iterable[Node]) -> Place | None:
    """Return the nodes as one place, which asks for what any of them asks for."""
    on: dict[int, list[Node]] = {}
    later: dict[Node, None] = {}
    for node in dict.fromkeys(nodes):
        for element, follower in node.on.items():
            on.setdefault(element, []).append(follower)
        if node.on_with_any:
            later[node.on_with_any] = None
    return Place(frozenset(on), on, _place(later)) if on or later else None


def _without_one(word: str) -> Iterator[str]:
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def _is_one_slip(word: str, meant: str) -> bool:
    """Whether one letter is missing, added, wrong, or two neighbours are swapped; the first letter counts."""
    if word[0] != meant[0]:
        return False
    if abs(len(word) - len(meant)) == 1:
        return True
    differ = [at for at, (ours, theirs) in enumerate(zip(word, meant, strict=False)) if ours != theirs]
    if len(differ) == 1:
        return True
    return (
        len(differ) == 2
        and differ[1] == differ[0] + 1
        and word[differ[0]] == meant[differ[1]]
        and (word[differ[1]] == meant[differ[0]])
    )


def _slips(patterns: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the words of the patterns by what is left of them without one letter, or none."""
    slips: dict[str, tuple[str, ...]] = {}
    for word in sorted({word for pattern in patterns for word in written_out(pattern)}):
        if SHORTEST_SLIP <= len(word) <= LONGEST_SLIP and word.isalpha():
            for rest in dict.fromkeys(_without_one(word)):
                slips[rest] = (*slips.get(rest, ()), word)
    return slips


_SOUNDS = (("ough", "of"), ("augh", "o"), ("igh", "i"), ("ph", "f"), ("ck", "k"), ("wh", "w"), ("kn", "n"), ("wr", "r"),
           ("sc", "s"), ("ce", "s"), ("ci", "s"), ("cy", "s"), ("tion", "shn"), ("x", "ks"), ("q", "k"), ("c", "k"),
           ("z", "s"), ("ed", "d"))  # fmt: skip
_VOWELS = str.maketrans("", "", "aeiouyhw")


def sound_of(word: str) -> str:
    """Return how a word sounds, roughly: its first letter and its consonants, as in "throte" and "throat"."""
    if word.endswith("in"):
        word += "g"
    for written, said in _SOUNDS:
        word = word.replace(written, said)
    consonants = word[1:].translate(_VOWELS)
    return word[:1] + "".join(letter for letter, _ in itertools.groupby(consonants))


def written_out(pattern: str) -> list[str]:
    """Return the words that a pattern of letters, ``(a|b)`` and ``?`` stands for; nothing for any other pattern."""
    try:
        words, rest = _branches(pattern)
    except ValueError:
        return []
    return words if not rest and len(words) <= 64 else []


def _branches(rest: str) -> tuple[list[str], str]:
    every: list[str] = []
    while True:
        words = [""]
        while rest and rest[0] not in "|)":
            if rest[0] == "(":
                options, rest = _branches(rest[1:])
                if not rest:
                    raise ValueError
                rest = rest[1:]
            elif rest[0].isalnum():
                options, rest = [rest[0]], rest[1:]
            else:
                raise ValueError
            if rest[:1] == "?":
                options, rest = [*options, ""], rest[1:]
            words = [word + option for word in words for option in options]
            if len(words) > 256:
                raise ValueError
        every += words
        if rest[:1] != "|":
            return every, rest
        rest = rest[1:]
