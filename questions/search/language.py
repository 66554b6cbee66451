"""What somebody typed: words, phrases in quotation marks, words to leave out, and `or` between two."""

import re
from dataclasses import dataclass

QUERY_LENGTH = 300
MOST_UNITS = 40
_TOKEN = re.compile(r'(-?)"([^"]*)"?|(\S+)')
_AROUND = re.compile(r"^[^\w]+|[^\w]+$")
_QUOTES = str.maketrans("“”„«»", '"""""')


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing to be found: a word or a phrase, or one of several."""

    texts: tuple[str, ...]
    is_phrase: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it is one word as it was typed, which may be part of a name or misspelt."""
        return len(self.texts) == 1 and not self.is_phrase


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for: units to be found, and texts that nothing found may have."""

    units: tuple[Unit, ...]
    excluded: tuple[str, ...] = ()


def bare(word: str) -> str:
    """Return a word without the signs around it."""
    return _AROUND.sub("", word)


def parse(words: str) -> Query:
    """Read a query. There are no faults: what means nothing is left out."""
    units: list[Unit] = []
    excluded: list[str] = []
    joins = False
    for token in _TOKEN.finditer(words.translate(_QUOTES)[:QUERY_LENGTH]):
        minus, phrase, word = token.groups()
        if word and word.casefold() == "or" and units:
            joins = True
            continue
        is_phrase = word is None
        text = phrase if word is None else bare(word)
        if not any(sign.isalnum() for sign in text):
            continue
        if minus or (word or "").startswith("-"):
            excluded.append(text)
        elif joins:
            units[-1] = Unit((*units[-1].texts, text), units[-1].is_phrase or is_phrase)
        else:
            units.append(Unit((text,), is_phrase))
        joins = False
    return Query(tuple(units[:MOST_UNITS]), tuple(excluded[:MOST_UNITS]))
