"""What a query means to the database: its words as lexemes, with synonyms, and how rare each is."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import log

from questions.search.language import Query, Unit
from questions.search.statements import run

# Names of things have up to so many words.
LONGEST_NAME = 4
MOST_TERMS = 14
# Of the texts that have the rarest word of a phrase, about so many have the phrase.
PHRASES = 0.1
_FOLLOWED_BY = re.compile(r"<(?:-|\d+)>")
_LEXEME = re.compile(r"'((?:[^'\\]|''|\\.)*)'")

# Each text as a phrase of lexemes, and its plain letters.
_READ = """
    SELECT phraseto_tsquery('english', search_fold(given.text))::text, lower(search_fold(given.text))
    FROM unnest(%(texts)s::text[]) WITH ORDINALITY AS given (text, place) ORDER BY place
"""
_SYNONYMS = "SELECT keys FROM questions_synonymgroup WHERE keys && %(keys)s::text[] ORDER BY id"
_FREQUENCIES = """
    SELECT 'all', version::text, document_count FROM questions_vocabulary
    UNION ALL
    SELECT 'stem', stem, sum(count)::bigint FROM questions_word WHERE stem = ANY(%(stems)s::text[]) GROUP BY stem
    UNION ALL
    SELECT 'word', word, count FROM questions_word WHERE word = ANY(%(words)s::text[])
"""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to be found: a query of the database's own form, and how telling it is.

    ``count`` texts are looked at for it: those with all the words of a phrase, wherever these stand.
    """

    query: str
    count: int
    weight: float


@dataclass(frozen=True, slots=True)
class Counts:
    """How many texts have each stem and each word, of how many; and which version of the vocabulary says so."""

    documents: int = 0
    version: int = 0
    stems: dict[str, int] = field(default_factory=dict)
    words: dict[str, int] = field(default_factory=dict)

    def of(self, stem: str) -> int:
        """Return how many texts have a stem."""
        return self.stems.get(stem, 0)


@dataclass(frozen=True, slots=True)
class Terms:
    """All terms of a query, the rarest of them first, and what must not be there."""

    terms: tuple[Term, ...]
    excluded: tuple[str, ...]
    vocabulary: "Counts"
    # Words as they were typed, that no text has, each with its plain letters.
    unknown: dict[str, str]

    @property
    def document_count(self) -> int:
        """How many texts there are."""
        return self.vocabulary.documents

    @property
    def all_of_them(self) -> str:
        """The query that asks for every term."""
        return " & ".join(f"({term.query})" for term in self.terms)

    def any_of(self, terms: Iterable[Term]) -> str:
        """Return the query that asks for one of some terms."""
        return " | ".join(f"({term.query})" for term in terms)

    def without_excluded(self, query: str) -> str:
        """Return a query that leaves out what must not be there."""
        return " & ".join([f"({query})", *(f"!({excluded})" for excluded in self.excluded)])


def read_terms(query: Query) -> Terms:
    """Return what a query asks for. Three queries; none where it asks for nothing."""
    if not query.units:
        return Terms((), (), Counts(), {})
    names = _names(query.units)
    texts = [text for unit in query.units for text in unit.texts]
    every = list(dict.fromkeys([*texts, *names.values(), *query.excluded]))
    rows = run(_READ, {"texts": every})
    read = {text: key for text, (key, _) in zip(every, rows, strict=True)}
    plain = {text: folded for text, (_, folded) in zip(every, rows, strict=True)}
    keys = [read[text] for text in (*texts, *names.values()) if read[text]]
    synonyms = _synonyms(keys)
    found = list(_found(query.units, names, read, synonyms))
    lexemes = {lexeme for queries in found for each in queries for lexeme in lexemes_of(each)}
    typed = {text: plain[text] for unit in query.units if not unit.is_phrase for text in unit.texts}
    counts = _counts(lexemes, typed.values())
    terms: dict[str, Term] = {}
    documents = counts.documents
    for queries in found:
        looked_at = sum(together([counts.of(lexeme) for lexeme in lexemes_of(each)], documents) for each in queries)
        weight = weight_of(max(_count_of(each, counts) for each in queries), documents)
        text = " | ".join(f"({each})" for each in queries)
        terms.setdefault(text, Term(text, round(looked_at), weight))
    rarest = sorted(terms.values(), key=lambda term: term.count)[:MOST_TERMS]
    excluded = tuple(read[text] for text in query.excluded if read[text])
    unknown = {text: word for text, word in typed.items() if counts.documents and word not in counts.words}
    return Terms(tuple(rarest), excluded, counts, unknown)


def without_places(query: str) -> str:
    """Return a query for which the words of a phrase may stand anywhere."""
    return _FOLLOWED_BY.sub("&", query)


def weight_of(count: int, document_count: int) -> float:
    """Return how telling a word is that so many of all documents have (S. Robertson's inverse document frequency)."""
    total = max(document_count, count, 1)
    return log(1 + (total - count + 0.5) / (count + 0.5))


def rarest_together(terms: Sequence[Term], most: int) -> list[Term]:
    """Return the rarest terms, as many as so many texts have together; one at least. Terms come rarest first."""
    chosen: list[Term] = []
    count = 0
    for term in terms:
        count += term.count
        if chosen and count > most:
            break
        chosen.append(term)
    return chosen


def together(counts: Sequence[int], document_count: int) -> float:
    """Return about how many texts have all of some words: each further one narrows less, as words go together."""
    total = max(document_count, *counts, 1) if counts else 1
    expected = float(total) if counts else 0.0
    for place, count in enumerate(sorted(counts)):
        expected *= (count / total) ** (0.5**place)
    return expected


def lexemes_of(query: str) -> list[str]:
    """Return the lexemes of a query of the database's own form."""
    return [re.sub(r"\\(.)", r"\1", lexeme.replace("''", "'")) for lexeme in _LEXEME.findall(query)]


def _count_of(query: str, counts: Counts) -> int:
    """Return about how many texts match a word or a phrase: a phrase is in a part of those with its rarest word."""
    each = [counts.of(lexeme) for lexeme in lexemes_of(query)]
    return min(each, default=0) if len(each) < 2 else round(PHRASES * min(each))


def _names(units: Sequence[Unit]) -> dict[tuple[int, int], str]:
    """Return neighbouring plain words as texts, by their first place and how many they are."""
    names = {}
    for start in range(len(units)):
        for count in range(2, LONGEST_NAME + 1):
            span = units[start : start + count]
            if len(span) < count or not all(unit.is_plain for unit in span):
                break
            names[start, count] = " ".join(unit.texts[0] for unit in span)
    return names


def _synonyms(keys: Sequence[str]) -> dict[str, list[str]]:
    """Return, for each key that stands in a group, all keys of its groups. One query."""
    others: dict[str, list[str]] = {}
    for (group,) in run(_SYNONYMS, {"keys": list(keys)}) if keys else []:
        for key in group:
            others[key] = list(dict.fromkeys([*others.get(key, []), *group]))
    return {key: others[key] for key in keys if key in others}


def _counts(lexemes: Iterable[str], words: Iterable[str]) -> Counts:
    """Return how common stems and words are. One query."""
    documents, version = 0, 0
    stems: dict[str, int] = {}
    known: dict[str, int] = {}
    for kind, name, count in run(_FREQUENCIES, {"stems": sorted(lexemes), "words": sorted(set(words))}):
        if kind == "all":
            documents, version = count, int(name)
        else:
            (stems if kind == "stem" else known)[name] = int(count)
    return Counts(documents, version, stems, known)


def _found(
    units: Sequence[Unit],
    names: dict[tuple[int, int], str],
    read: dict[str, str],
    synonyms: dict[str, list[str]],
) -> Iterable[list[str]]:
    """Yield for each term the queries that stand for it: its own words first, then synonyms."""
    start = 0
    while start < len(units):
        for count in range(LONGEST_NAME, 1, -1):
            name = names.get((start, count), "")
            if name and read[name] in synonyms:
                words = [unit.texts[0] for unit in units[start : start + count]]
                # Words that were not put in quotation marks need not stand together.
                own = " & ".join(read[word] for word in words if read[word])
                others = [key for key in synonyms[read[name]] if key != read[name]]
                yield [own, *others]
                start += count
                break
        else:
            unit = units[start]
            start += 1
            queries = [read[text] for text in unit.texts if read[text]]
            extended = [key for query in queries for key in (query, *synonyms.get(query, []))]
            if queries:
                yield list(dict.fromkeys(extended))
