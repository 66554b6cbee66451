"""The emergency screen: which families of emergencies a text speaks of, as happening now.

A text is put into plain words, parted into sentences and clauses, and read once, word by word. What stands after
"no" is kept apart as denied, what stands after "what are the signs of" as supposed, and what belongs to the past as
past; a rule then says which of these it will not hear.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

from moderation.evidence import Evidence, Heard, Look, Weights
from moderation.wordings import (
    LONGEST_WORD,
    UNKNOWN,
    Automaton,
    Place,
    Word,
    WordingError,
    Wordings,
    go_on,
    split_phrases,
)

FAMILY_LABELS = {
    "chest_pain": "Chest pain",
    "stroke": "Signs of a stroke",
    "anaphylaxis": "Severe allergic reaction",
    "breathing": "Trouble breathing",
    "bleeding": "Heavy bleeding",
    "sepsis": "Signs of sepsis",
    "meningitis": "Signs of meningitis",
    "overdose": "Overdose or poison",
    "head_injury": "Head injury",
    "pregnancy_bleeding": "Bleeding in pregnancy",
    "infant_fever": "Fever in a young baby",
    "torsion": "Sudden pain in a testicle",
    "eye_chemical": "Chemical in the eye",
    "burns": "Serious burn",
    "choking": "Choking",
    "self_harm": "Suicidal thoughts or self-harm",
    "abuse": "Abuse or danger from another person",
    "vision_after_filler": "Vision or skin change after filler",
}
FAMILIES = tuple(FAMILY_LABELS)
WITHIN = ("clause", "sentence", "passage", "text")

# Lists that the reading itself asks for; all other lists are for rules.
NEGATION = "NEGATION"
NOT_NEGATION = "NOT_NEGATION"
NEGATION_ENDS = "NEGATION_ENDS"
SUPPOSED = "SUPPOSED"
SUPPOSED_ENDS = "SUPPOSED_ENDS"
PAST = "PAST"
PRESENT = "PRESENT"
NOW = "NOW"
OVER = "OVER"
NOT_OVER = "NOT_OVER"
CLAUSE_STARTS = "CLAUSE_STARTS"
ELSEWHERE = "ELSEWHERE"
READING_LISTS = (
    NEGATION, NOT_NEGATION, NEGATION_ENDS, SUPPOSED, SUPPOSED_ENDS, PAST, PRESENT, NOW, OVER, NOT_OVER, CLAUSE_STARTS,
    ELSEWHERE,
)  # fmt: skip

DENIED, IS_SUPPOSED, IS_PAST = 1, 2, 4
STATES = 8
# A piece after a comma that is no longer than this goes on with a list: "no fever, rash or headache".
SHORT_PIECE = 3
# So many different unknown words of one text are looked at for slips of the pen; no honest text has more.
MOST_SLIPS = 600
CONTEXT = 3
# So many steps of one text are remembered. One that repeats itself has few, and of others few come again.
MOST_STEPS = 1000


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: each demand must be met, in one unit of the text, by one of its phrases, and nothing in ``unless``."""

    family: str
    name: str
    demands: tuple[str, ...]
    unless: str = ""
    within: str = "sentence"
    heeds_negation: bool = True
    heeds_past: bool = True
    heeds_supposition: bool = True


@dataclass(slots=True)
class _Ready:
    rule: Rule
    demands: tuple[int, ...]
    unless: int
    states: tuple[int, ...]


# What was found in a clause: bits of finds, and the state in which they stand.
Clause = list[tuple[int, int]]


class Screen:
    """Compiled rules, ready to be asked."""

    def __init__(
        self, rules: Iterable[Rule], lists: Mapping[str, str], *, weights: Weights | None = None, strict: bool = True
    ) -> None:
        """Compile; ``strict`` refuses a bad rule, otherwise it is left out and named in ``left_out``.

        ``weights`` are those of the second layer; without them the rules decide alone.
        """
        self._automaton = Automaton(Wordings(lists))
        self.left_out: list[tuple[Rule, str]] = []
        self._rules: list[_Ready] = []
        self._reading = {name: self._add_list(name, lists, strict) for name in READING_LISTS}
        for rule in rules:
            try:
                self._rules.append(self._ready(rule))
            except WordingError as error:
                if strict:
                    raise
                self.left_out.append((rule, str(error)))
        self._asked = _asked(self._rules)
        self._lists = {name: self._add_list(name, lists, strict=False) for name in lists} if weights else {}
        self._evidence = Evidence(weights, self._lists) if weights else None
        self._automaton.close()

    def _add_list(self, name: str, lists: Mapping[str, str], strict: bool) -> int:
        if not split_phrases(lists.get(name, "")):
            return 0
        try:
            return self._automaton.add([f"{{{name}}}"])
        except WordingError:
            if strict:
                raise
            return 0

    def _ready(self, rule: Rule) -> _Ready:
        if rule.family not in FAMILY_LABELS:
            raise WordingError(f"There is no family called {rule.family}.")
        demands = tuple(self._automaton.add(phrases) for line in rule.demands if (phrases := split_phrases(line)))
        if not demands:
            raise WordingError("A rule must ask for at least one word.")
        refused = (
            (DENIED if rule.heeds_negation else 0)
            | (IS_SUPPOSED if rule.heeds_supposition else 0)
            | (IS_PAST if rule.heeds_past else 0)
        )
        states = tuple(state for state in range(STATES) if not state & refused)
        return _Ready(rule, demands, self._automaton.add(split_phrases(rule.unless)), states)

    def families(self, text: str) -> list[str]:
        """Return the families that a text speaks of by either layer, in their fixed order."""
        words = plain_words(text)
        sentences, places = self._read(words)
        found = {rule.family for rule in self._meet(sentences, all_rules=False)}
        if self._evidence:
            found |= self._evidence.families(words, _heard(sentences, places))
        return [family for family in FAMILIES if family in found]

    def evident(self, text: str) -> list[str]:
        """Return the families that the second layer alone names."""
        if not self._evidence:
            return []
        words = plain_words(text)
        found = self._evidence.families(words, _heard(*self._read(words)))
        return [family for family in FAMILIES if family in found]

    def looks(self, text: str) -> dict[str, list[Look]]:
        """Return the passages that the second layer suspects most; for learning only."""
        if not self._evidence:
            return {}
        words = plain_words(text)
        return self._evidence.looks(words, _heard(*self._read(words)))

    def lists_in(self, words: list[str]) -> list[tuple[int, str, int]]:
        """Return the lists found in plain words, each with its place and state; for learning only."""
        names = {find: name for name, find in self._lists.items()}
        found = []
        heard = _heard(*self._read(words))
        for at, (finds, state) in zip(heard.places, heard.found, strict=True):
            rest = finds
            while rest:
                find = rest & -rest
                rest ^= find
                if find in names:
                    found.append((at, names[find], state))
        return found

    def matches(self, text: str) -> list[Rule]:
        """Return the rules that a text meets."""
        return self._meet(self._read(plain_words(text))[0], all_rules=True)

    def _meet(self, sentences: list[list[Clause]], *, all_rules: bool) -> list[Rule]:
        """Return the rules that are met; without ``all_rules`` one for each family suffices."""
        units = _Units(sentences, self._asked)
        everything = units.everything
        if everything & self._reading[ELSEWHERE]:
            return []
        is_over = bool(everything & self._reading[OVER]) and not everything & self._reading[NOT_OVER]
        matched: list[Rule] = []
        found: set[str] = set()
        for ready in self._rules:
            rule = ready.rule
            if (not all_rules and rule.family in found) or (is_over and rule.heeds_past):
                continue
            if not all(demand & everything for demand in ready.demands):
                continue
            if units.meet(ready):
                matched.append(rule)
                found.add(rule.family)
        return matched

    def _read(self, texts: list[str]) -> tuple[list[list[Clause]], list[int]]:
        """Return the sentences of a text, each as its clauses, and the place of each find in them."""
        words = self._words_of(texts)
        reader = _Reader(texts, self._reading)
        signals = reader.signals
        places: tuple[Place, ...] = ()
        scope = 0
        for at, text in enumerate(texts):
            word = words[text]
            if word is None:
                places, scope = (), reader.stop(text, at, scope)
                continue
            finds = word.finds
            if finds:
                reader.clause.append((finds, scope))
                reader.places.append(at)
            if places:
                ended, places = reader.take(places, word)
                places += word.opened
                # What the word finds alone is kept apart: there are few of each, many of both together.
                if ended := ended & ~finds:
                    reader.clause.append((ended, scope))
                    reader.places.append(at)
                    finds |= ended
            else:
                places = word.opened
            covering = reader.go_on(word, at) if reader.under_way else 0
            if covering or finds & signals:
                new_scope = reader.heed(finds, covering, scope)
                if new_scope != scope:
                    places = reader.change(places, scope, new_scope)
                    scope = new_scope
        reader.stop(".", len(texts), scope)
        return self._with_tense(reader.sentences), reader.places

    def _words_of(self, texts: list[str]) -> dict[str, Word | None]:
        """Return what each different word is to the phrases; None for a sign that parts clauses."""
        automaton = self._automaton
        words: dict[str, Word | None] = {",": None, ".": None}
        slips = MOST_SLIPS
        for text in set(texts) - words.keys():
            word = automaton.word(text)
            if word is None and slips and len(text) > 3:
                slips -= 1
                meant = automaton.meant(text)
                word = automaton.word(meant) if meant else None
            words[text] = word or UNKNOWN
        return words

    def _with_tense(self, sentences: list[list[Clause]]) -> list[list[Clause]]:
        """Add the past to the states: a clause is past by its own words, or goes on with one that is."""
        past, now = self._reading[PAST], self._reading[NOW]
        telling = past | self._reading[PRESENT] | now
        is_past = False
        told: list[list[Clause]] = []
        for sentence in sentences:
            tenses: list[bool | None] = []
            for clause in sentence:
                every = 0
                for finds, _ in clause:
                    every |= finds
                tenses.append(bool(every & past and not every & now) if every & telling else None)
            if not is_past and True not in tenses:
                told.append(sentence)
                continue
            if is_past is False and tenses[0] is None:
                is_past = next(tense for tense in tenses if tense is not None)
            new: list[Clause] = []
            for clause, tense in zip(sentence, tenses, strict=True):
                is_past = is_past if tense is None else tense
                new.append([(finds, state | IS_PAST) for finds, state in clause] if is_past else clause)
            told.append(new)
        return told


def _heard(sentences: list[list[Clause]], places: list[int]) -> Heard:
    """Return each find of a text with its place."""
    return Heard(places, list(chain.from_iterable(chain.from_iterable(sentences))))


class _Reader:
    """Where the reading of a text stands: the clause, the sentence, and what is denied or supposed."""

    def __init__(self, texts: list[str], reading: Mapping[str, int]) -> None:
        self._texts = texts
        self._reading = reading
        self.clause_starts = reading[CLAUSE_STARTS]
        self.control = 0
        for name in (NEGATION, NOT_NEGATION, NEGATION_ENDS, SUPPOSED, SUPPOSED_ENDS):
            self.control |= reading[name]
        self.signals = self.control | self.clause_starts
        self.sentences: list[list[Clause]] = []
        self._sentence: list[Clause] = []
        self.clause: Clause = []
        # Where in the text each find of all clauses stands.
        self.places: list[int] = []
        # Phrases that began in another state than the present one.
        self.under_way: dict[int, tuple[Place, ...]] = {}
        self._steps: dict[tuple[tuple[Place, ...], Word], tuple[int, tuple[Place, ...]]] = {}

    def stop(self, sign: str, at: int, scope: int) -> int:
        """End a clause, or a sentence, and return the state in which the next one begins."""
        if self.clause:
            self._sentence.append(self.clause)
            self.clause = []
        if self.under_way:
            self.under_way = {}
        if sign == ",":
            return scope if scope and _is_short_piece(self._texts, at + 1) else 0
        if self._sentence:
            self.sentences.append(self._sentence)
            self._sentence = []
        return 0

    def go_on(self, word: Word, at: int) -> int:
        """Take one more word into the phrases that began in another state; return those that end with it."""
        covering = 0
        for state, before in list(self.under_way.items()):
            finds, places = self.take(before, word)
            if places:
                self.under_way[state] = places
            else:
                del self.under_way[state]
            if finds:
                self.clause.append((finds, state))
                self.places.append(at)
                if not state & DENIED:
                    covering |= finds
        return covering

    def take(self, places: tuple[Place, ...], word: Word) -> tuple[int, tuple[Place, ...]]:
        """Take one word into phrases under way, once for each different step: texts repeat themselves."""
        if len(self._steps) == MOST_STEPS:
            return go_on(places, word)
        step = places, word
        taken = self._steps.get(step)
        if taken is None:
            taken = self._steps[step] = go_on(places, word)
        return taken

    def change(self, places: tuple[Place, ...], scope: int, new_scope: int) -> tuple[Place, ...]:
        """Put by the phrases that began in one state, and return those that had begun in the other."""
        if places:
            put_by = self.under_way.get(scope)
            self.under_way[scope] = tuple(dict.fromkeys(put_by + places)) if put_by else places
        return self.under_way.pop(new_scope, ())

    def heed(self, finds: int, covering: int, scope: int) -> int:
        """Return the state that holds from the next word on."""
        finds |= covering
        if finds & self.clause_starts:
            if self.clause:
                self._sentence.append(self.clause)
                self.clause = []
            scope = 0
        if not finds & self.control:
            # "not breathing" is one phrase: what follows it is not denied by its "not".
            return scope & ~DENIED if covering else scope
        reading = self._reading
        if finds & reading[NEGATION]:
            scope |= DENIED
        if finds & (reading[NOT_NEGATION] | reading[NEGATION_ENDS]):
            scope &= ~DENIED
        if finds & reading[SUPPOSED]:
            scope |= IS_SUPPOSED
        if finds & reading[SUPPOSED_ENDS]:
            scope &= ~IS_SUPPOSED
        return scope


def _asked(rules: Iterable[_Ready]) -> dict[str, int]:
    """Return all that rules ask for within each kind of unit; a passage is made of sentences."""
    asked = dict.fromkeys(WITHIN, 0)
    for ready in rules:
        within = "sentence" if ready.rule.within == "passage" else ready.rule.within
        asked[within] |= ready.unless
        for demand in ready.demands:
            asked[within] |= demand
    return asked


class _Units:
    """The units of a text that rules look at, as numbers with a bit for each unit: those where something was found."""

    def __init__(self, sentences: list[list[Clause]], asked: Mapping[str, int]) -> None:
        self._sentences = sentences
        # The finds that any rule asks for within each kind of unit; others need not be looked at.
        self._asked = asked
        self._where: dict[str, list[dict[int, int]]] = {}
        self.everything = 0
        for finds, _ in {found for sentence in sentences for clause in sentence for found in clause}:
            self.everything |= finds

    def meet(self, ready: _Ready) -> bool:
        """Whether one unit has all that a rule demands, in states that it heeds, and nothing that it refuses."""
        within = ready.rule.within
        units = self._with(within, ready.demands[0], ready.states)
        for demand in ready.demands[1:]:
            units &= self._with(within, demand, ready.states)
        if units and ready.unless:
            units &= ~self._with(within, ready.unless, range(STATES))
        return bool(units)

    def _with(self, within: str, find: int, states: Iterable[int]) -> int:
        if within == "passage":
            # A passage is so many sentences one after the other.
            units = self._with("sentence", find, states)
            for _ in range(CONTEXT - 1):
                units |= units >> 1
            return units & ((1 << max(1, len(self._sentences) - CONTEXT + 1)) - 1)
        where = self._where.get(within) or self._where.setdefault(within, self._find(within, self._asked[within]))
        units = 0
        for state in states:
            units |= where[state].get(find, 0)
        return units

    def _units(self, within: str) -> Iterable[Iterable[tuple[int, int]]]:
        if within == "clause":
            # One clause is as good as another that says the same.
            return dict.fromkeys(tuple(clause) for sentence in self._sentences for clause in sentence)
        sentences = [list(chain.from_iterable(sentence)) for sentence in self._sentences]
        return sentences if within == "sentence" else [list(chain.from_iterable(sentences))]

    def _find(self, within: str, asked: int) -> list[dict[int, int]]:
        """Return for each state where each find stands that is asked for."""
        together: dict[tuple[int, int], int] = {}
        for place, unit in enumerate(self._units(within)):
            bit = 1 << place
            for finds, state in unit:
                if kept := finds & asked:
                    found = kept, state
                    together[found] = together.get(found, 0) | bit
        where: list[dict[int, int]] = [{} for _ in range(STATES)]
        for (finds, state), units in together.items():
            of_state = where[state]
            rest = finds
            while rest:
                find = rest & -rest
                of_state[find] = of_state.get(find, 0) | units
                rest ^= find
        return where


def _is_short_piece(words: list[str], start: int) -> bool:
    """Whether the piece up to the next comma or end is so short that a list goes on with it."""
    for at in range(start, min(start + SHORT_PIECE + 2, len(words))):
        if words[at] in {",", "."}:
            return at - start <= SHORT_PIECE
        if words[at] in {"i", "my", "he", "she", "his", "her", "it", "im", "is", "are", "now", "just", "only", "but"}:
            return False
    return len(words) - start <= SHORT_PIECE


# --- Plain words -----------------------------------------------------------------------------------------

_PART, _STOP = " , ", " . "
_SAID = {",": _PART, ";": _STOP, "<": " < ", ">": " > ", "%": " percent ", "+": " plus ", "&": " and "}
# One sign for one: only so is a text of many signs translated fast.
_ASCII = str.maketrans(
    {
        **{chr(code): " " for code in range(128) if not chr(code).isalnum() and chr(code) not in {"'", ".", *_SAID}},
        **dict.fromkeys("():[]", ","),
        **dict.fromkeys("!?", ";"),
        "*": None, "`": "'",
    }
)  # fmt: skip
_UNICODE = {
    **dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u02bc\u2032\u00b4\uff07"), "'"),
    **dict.fromkeys(map(ord, "\u2013\u2014\u2015\u2026\u2022\u2028\u2029\u3002\uff0c\u3001\u00b7\u25cf\u2192"), ", "),
    **dict.fromkeys(map(ord, "\u201c\u201d\u201e\u00ab\u00bb\u2012\u2010\u2011\u2212\u00b0"), " "),
    # Letters of other scripts that look like ours.
    **dict(zip(map(ord, "аеорсухіѕјԁһӏѵ"), "aeopcyxisjdhlv", strict=True)),
    **dict(zip(map(ord, "αεορυκντι"), "aeopuknti", strict=True)),
}
_CONTRACTIONS = (("n't", "nt"), ("'m ", "m "), ("'ve ", "ve "), ("'s ", " "), ("s' ", "s "), ("'re ", " are "),
                 ("'ll ", " will "), ("'d ", " would "), ("'", " "))  # fmt: skip


class _Spoken(dict[int, str | int | None]):
    """What each character beyond ASCII is read as; marks above letters and what is not seen are nothing."""

    def __missing__(self, code: int) -> str | int | None:
        if code < 128:
            return code
        kind = unicodedata.category(chr(code))
        said: str | int | None = code
        if kind in {"Mn", "Me", "Cf", "Cs", "Cc"}:
            said = None
        elif kind[0] in "ZPS" or kind == "Co":
            said = " "
        return said


def plain_words(text: str) -> list[str]:
    """Return the words of a text in small letters; ``,`` stands where a clause may end, ``.`` where a sentence does."""
    if not text.isascii():
        text = text.translate(_Spoken(_UNICODE))
        text = unicodedata.normalize("NFKD", text).translate(_Spoken(_UNICODE))
    text = text.casefold().replace("\r", "\n").replace("\n\n", _STOP).replace("\n", _PART)
    text = f"{text} ".replace("...", _PART).replace(". ", _STOP).replace(" - ", _PART).replace("--", _PART)
    if "<" in text:
        text = _without_markup(_without_runs(text, "<"))
    text = text.translate(_ASCII)
    for sign, said in _SAID.items():
        text = text.replace(sign, said)
    text = _stops(text)
    if "'" in text:
        for written, said in _CONTRACTIONS:
            text = text.replace(written, said)
    words = text.split()
    if max(map(len, words), default=0) > LONGEST_WORD:
        words = [word[:LONGEST_WORD] for word in words]
    glued = {word: _unglued(word) for word in set(words) if not word.isalpha() and word not in {",", "."}}
    if glued:
        words = [part for word in words for part in glued.get(word, (word,))]
    return words


def _stops(text: str) -> str:
    """Keep a full stop that ends a sentence; one inside a number or a word is a space."""
    return text.replace(" . ", "\x00").replace(".", " ").replace("\x00", _STOP)


def _without_runs(text: str, sign: str) -> str:
    """Leave one of each run of a sign."""
    while sign + sign in text:
        text = text.replace(sign + sign, sign)
    return text


def _without_markup(text: str) -> str:
    """Take tags out; a sign that opens none stays a sign."""
    parts = text.split("<")
    kept = [parts[0]]
    for part in parts[1:]:
        inside, closed, after = part.partition(">")
        is_tag = closed and len(inside) < 200 and (inside[:1].isalpha() or inside[:1] in {"/", "!"})
        kept.append(f" {after}" if is_tag else f"<{part}")
    return "".join(kept)


_LEET = str.maketrans("013457", "oleast")


def _unglued(word: str) -> tuple[str, ...]:
    """Part digits from letters ("30mins"); digits inside a word are the letters they look like ("su1cide")."""
    if word.isdecimal():
        return (word,)
    if word[0].isalpha() and word[-1].isalpha() and sum(map(str.isdecimal, word)) <= 2 and len(word) > 3:
        return (word.translate(_LEET),)
    parts: list[str] = []
    for letter in word:
        if parts and parts[-1][-1].isdecimal() == letter.isdecimal():
            parts[-1] += letter
        else:
            parts.append(letter)
    return tuple(parts)
