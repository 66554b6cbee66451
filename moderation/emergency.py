"""The emergency screen: which families of emergencies a text speaks of, as happening now.

A text is put into plain words, parted into sentences and clauses, and read once, word by word. What stands after
"no" is kept apart as denied, what stands after "what are the signs of" as supposed, and what belongs to the past as
past; a rule then says which of these it will not hear.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from moderation.wordings import LONGEST_WORD, Automaton, WordingError, Wordings, split_phrases

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


Clause = list[int]


class Screen:
    """Compiled rules, ready to be asked."""

    def __init__(
        self, rules: Iterable[Rule], lists: Mapping[str, str], *, apart: Iterable[str] = (), strict: bool = True
    ) -> None:
        """Compile; ``strict`` refuses a bad rule, otherwise it is left out and named in ``left_out``."""
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
        self._automaton.close(frozenset(apart))

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
        """Return the families that a text speaks of, in their fixed order."""
        found = {rule.family for rule in self.matches(text, all_rules=False)}
        return [family for family in FAMILIES if family in found]

    def matches(self, text: str, *, all_rules: bool = True) -> list[Rule]:
        """Return the rules that a text meets; without ``all_rules`` one for each family suffices."""
        sentences = self._read(plain_words(text))
        everything = 0
        for sentence in sentences:
            for clause in sentence:
                for bits in clause:
                    everything |= bits
        if everything & self._reading[ELSEWHERE]:
            return []
        is_over = bool(everything & self._reading[OVER]) and not everything & self._reading[NOT_OVER]
        units = _Units(sentences)
        matched: list[Rule] = []
        found: set[str] = set()
        for ready in self._rules:
            rule = ready.rule
            if (not all_rules and rule.family in found) or (is_over and rule.heeds_past):
                continue
            if not all(demand & everything for demand in ready.demands):
                continue
            if _meets(ready, units):
                matched.append(rule)
                found.add(rule.family)
        return matched

    def _read(self, words: list[str]) -> list[list[Clause]]:
        """Return the sentences of a text, each as clauses, each as the ends of phrases by the state they stand in."""
        masks = self._masks_of(words)
        reader = _Reader(words, self._reading)
        ends, before_gap, signals = self._automaton.ends, self._automaton.before_gap, reader.signals
        steps: dict[tuple[int, str], tuple[int, int]] = {}
        states, numbers = [0], {0: 0}
        state = scope = 0
        for at, word in enumerate(words):
            pair = masks[word]
            if pair is None:
                state, scope = 0, reader.stop(word, at, scope)
                continue
            step = steps.get((state, word))
            if step is None:
                # What a word does in a state is worked out once: texts repeat themselves.
                bits = _go_on(states[state], pair[1], before_gap, pair[0])
                number = numbers.setdefault(bits, len(states))
                if number == len(states):
                    states.append(bits)
                step = steps[state, word] = number, bits & ends
            state, reached = step
            if reached:
                reader.clause[scope] |= reached
            covering = reader.go_on(pair[1], ends, before_gap) if reader.under_way else 0
            if covering or reached & signals:
                new_scope = reader.heed(reached, covering, scope)
                if new_scope != scope:
                    bits = reader.change(states[state], scope, new_scope)
                    scope, state = new_scope, numbers.setdefault(bits, len(states))
                    if state == len(states):
                        states.append(bits)
        reader.stop(".", len(words), scope)
        return self._with_tense(reader.sentences)

    def _masks_of(self, words: list[str]) -> dict[str, tuple[int, int] | None]:
        automaton = self._automaton
        masks: dict[str, tuple[int, int] | None] = {",": None, ".": None}
        slips = MOST_SLIPS
        for word in set(words) - masks.keys():
            known = automaton.masks(word)
            if known is None and slips and len(word) > 3:
                slips -= 1
                meant = automaton.meant(word)
                known = automaton.masks(meant) if meant else None
            masks[word] = known or automaton.unknown
        return masks

    def _with_tense(self, sentences: list[list[Clause]]) -> list[list[Clause]]:
        """Add the past to the states: a clause is past by its own words, or goes on with one that is."""
        past_bits, present_bits, now_bits = self._reading[PAST], self._reading[PRESENT], self._reading[NOW]
        any_tense = past_bits | present_bits | now_bits
        is_past = False
        told: list[list[Clause]] = []
        for sentence in sentences:
            tenses: list[bool | None] = []
            for clause in sentence:
                every = clause[0] | clause[1] | clause[2] | clause[3]
                if not every & any_tense:
                    tenses.append(None)
                elif every & now_bits:
                    tenses.append(False)
                else:
                    tenses.append(bool(every & past_bits))
            if True in tenses and is_past is False and tenses[0] is None:
                is_past = next(tense for tense in tenses if tense is not None)
            new: list[Clause] = []
            for clause, tense in zip(sentence, tenses, strict=True):
                is_past = is_past if tense is None else tense
                new.append([0, 0, 0, 0, *clause] if is_past else [*clause, 0, 0, 0, 0])
            told.append(new)
        return told


def _go_on(bits: int, rest: int, before_gap: int, first: int) -> int:
    """Take one word into the phrases under way, and into those that it may begin."""
    bits = ((bits << 1) & rest) | first
    if open_gaps := bits & before_gap:
        # The places of a gap may all be passed over at once.
        bits |= open_gaps << 1 | open_gaps << 2 | open_gaps << 3
    return bits


class _Reader:
    """Where the reading of a text stands: the clause, the sentence, and what is denied or supposed."""

    def __init__(self, words: list[str], reading: Mapping[str, int]) -> None:
        self._words = words
        self._reading = reading
        self.clause_starts = reading[CLAUSE_STARTS]
        self.control = 0
        for name in (NEGATION, NOT_NEGATION, NEGATION_ENDS, SUPPOSED, SUPPOSED_ENDS):
            self.control |= reading[name]
        self.signals = self.control | self.clause_starts
        self.sentences: list[list[Clause]] = []
        self._sentence: list[Clause] = []
        self.clause: Clause = [0] * 4
        # Phrases that began in another state than the present one.
        self.under_way: dict[int, int] = {}

    def stop(self, sign: str, at: int, scope: int) -> int:
        """End a clause, or a sentence, and return the state in which the next one begins."""
        self._close_clause()
        self.under_way = {}
        if sign == ",":
            return scope if scope and _is_short_piece(self._words, at + 1) else 0
        if self._sentence:
            self.sentences.append(self._sentence)
            self._sentence = []
        return 0

    def _close_clause(self) -> None:
        if any(self.clause):
            self._sentence.append(self.clause)
            self.clause = [0] * 4

    def go_on(self, rest: int, ends: int, before_gap: int) -> int:
        """Take one more word into the phrases that began in another state; return those that end with it."""
        covering = 0
        for state, before in list(self.under_way.items()):
            bits = _go_on(before, rest, before_gap, 0)
            if not bits:
                del self.under_way[state]
                continue
            self.under_way[state] = bits
            ended = bits & ends
            self.clause[state] |= ended
            if not state & DENIED:
                covering |= ended
        return covering

    def change(self, bits: int, scope: int, new_scope: int) -> int:
        """Put by the phrases that began in one state, and return those that had begun in the other."""
        if bits:
            self.under_way[scope] = self.under_way.get(scope, 0) | bits
        return self.under_way.pop(new_scope, 0)

    def heed(self, reached: int, covering: int, scope: int) -> int:
        """Return the state that holds from the next word on."""
        reached |= covering
        if reached & self.clause_starts:
            self._close_clause()
            scope = 0
        if not reached & self.control:
            # "not breathing" is one phrase: what follows it is not denied by its "not".
            return scope & ~DENIED if covering else scope
        reading = self._reading
        if reached & reading[NEGATION]:
            scope |= DENIED
        if reached & (reading[NOT_NEGATION] | reading[NEGATION_ENDS]):
            scope &= ~DENIED
        if reached & reading[SUPPOSED]:
            scope |= IS_SUPPOSED
        if reached & reading[SUPPOSED_ENDS]:
            scope &= ~IS_SUPPOSED
        return scope


class _Units:
    """The units of a text that rules look at: what was found in each, once for each different one."""

    def __init__(self, sentences: list[list[Clause]]) -> None:
        self._sentences = sentences
        self._kept: dict[tuple[str, tuple[int, ...]], list[tuple[int, int]]] = {}
        self._whole: dict[str, list[Clause]] = {}

    def of(self, within: str, states: tuple[int, ...]) -> list[tuple[int, int]]:
        """Return what each unit says in these states, and what it says at all."""
        key = within, states
        if key not in self._kept:
            different: dict[tuple[int, int], None] = {}
            for unit in self._units(within):
                said = at_all = 0
                for state, bits in enumerate(unit):
                    at_all |= bits
                    if state in states:
                        said |= bits
                if said:
                    different[said, at_all] = None
            self._kept[key] = list(different)
        return self._kept[key]

    def _units(self, within: str) -> list[Clause]:
        if within not in self._whole:
            if within == "clause":
                units = [clause for sentence in self._sentences for clause in sentence]
            elif within == "sentence":
                units = [_together(sentence) for sentence in self._sentences]
            elif within == "passage":
                whole = self._units("sentence")
                units = [_together(whole[at : at + CONTEXT]) for at in range(max(1, len(whole) - CONTEXT + 1))]
            else:
                units = [_together(self._units("sentence"))]
            self._whole[within] = list({tuple(unit): unit for unit in units}.values())
            if within == "sentence":
                # Passages need the order: repeats are dropped only when they are asked for.
                self._whole[within] = units
        return self._whole[within]


def _together(units: Iterable[Clause]) -> Clause:
    whole = [0] * STATES
    for unit in units:
        for state, bits in enumerate(unit):
            if bits:
                whole[state] |= bits
    return whole


def _meets(ready: _Ready, units: _Units) -> bool:
    demands, unless = ready.demands, ready.unless
    for said, at_all in units.of(ready.rule.within, ready.states):
        for demand in demands:
            if not said & demand:
                break
        else:
            if not at_all & unless:
                return True
    return False


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
_ASCII = str.maketrans(
    {
        **{chr(code): " " for code in range(128) if not chr(code).isalnum() and chr(code) not in "'.,<>"},
        ",": _PART, "(": _PART, ")": _PART, ":": _PART, "[": _PART, "]": _PART,
        ";": _STOP, "!": _STOP, "?": _STOP,
        ">": " > ", "<": " < ",
        "%": " percent ", "+": " plus ", "*": "", "_": " ", "`": "'", "&": " and ",
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
        text = _without_markup(text)
    text = _stops(text.translate(_ASCII))
    for written, said in _CONTRACTIONS:
        text = text.replace(written, said)
    words = text.split()
    long = [at for at, word in enumerate(words) if len(word) > LONGEST_WORD]
    for at in long:
        words[at] = words[at][:LONGEST_WORD]
    glued = {word: _unglued(word) for word in set(words) if not word.isalpha() and word not in {",", "."}}
    if glued:
        words = [part for word in words for part in glued.get(word, (word,))]
    return words


def _stops(text: str) -> str:
    """Keep a full stop that ends a sentence; one inside a number or a word is a space."""
    return text.replace(" . ", "\x00").replace(".", " ").replace("\x00", _STOP)


def _without_markup(text: str) -> str:
    """Take tags out; a sign that opens none stays a sign."""
    parts = text.split("<")
    kept = [parts[0]]
    for part in parts[1:]:
        inside, closed, after = part.partition(">")
        is_tag = closed and len(inside) < 200 and (inside[:1].isalpha() or inside[:1] in {"/", "!"})
        kept.append(f" {after}" if is_tag else f" < {part}")
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
