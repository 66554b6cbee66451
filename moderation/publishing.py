"""Whether something new is shown at once or waits for a moderator first.

What is judged is a ``Submission``: words, and how its author stands here. It has no rating, nor a way to one, so no
review can wait, or be shown sooner, because of its stars.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.conf import settings

from moderation.folding import as_latin, fold, says_name
from moderation.personal import find_personal

NEW_ACCOUNT = timedelta(days=30)
# A text that others wrote word for word. Shorter ones ("Very good, thank you") are alike by chance.
LEAST_REPEATED = 60
# Answers of one doctor that say nearly the same: so many others may, one more waits.
MOST_ALIKE = 3
# The share of runs of words that two texts have in common from which on one is taken for a copy of the other.
COPY = 0.6
RUN = 4
# A text waits where the filter that learns from decisions scores it above this.
HELD_FROM = 0.99

# What its author reads while it waits.
REASONS = {
    "first": "It is the first that you post here. A moderator reads it once, then your next ones show at once.",
    "link": "It has a web address in it, and your account is new.",
    "contact": "It has a telephone number, an address or a link in it.",
    "promotion": "It names your practice, your place or an offer. Your card says who and where you are.",
    "boilerplate": "It says nearly the same as several of your other answers.",
    "repeated": "Somebody else wrote the same words before.",
    "again": "It has the words of something that a moderator took down.",
    "resembles": "Its words resemble posts that moderators took down. A moderator reads it before others do.",
    "automatic": "It was sent in a way that programs send forms.",
    "photo": "A moderator looks at each photo before others can see it.",
    "reports": "Several people reported it.",
    "changed": "You changed it, and a moderator has to look at it again.",
}

# Each begins where no sign of an address stands before, and is bounded: the time grows with the length alone.
_LINK = re.compile(
    r"https?:|\bwww\.|(?<![\w-])[\w-]{1,63}\.(?:com|net|org|info|shop|online|site|biz|io|ru|co)\b", re.IGNORECASE
)
_HOST = re.compile(r"(?<![\w.-])((?:[\w-]{1,63}\.){1,8}[a-z]{2,24})\b", re.IGNORECASE)
# A noun each: nobody is held who "would not discount" something, or whose "rates of infection are 2 percent".
_OFFER = re.compile(
    r"\b(?:free (?:consult\w*|quote)|special offer|book (?:now|online|your)"
    r"|(?:an?|the|our|my|special|any|big|percent|offers?|offering|gives?|giving|with) discounts?\b(?! (?:the|that)\b)"
    r"|discounts (?:for|on|are|available)|discounted (?:price|rate|fee)s?|discount codes?"
    r"|(?:call|ring|visit) (?:us|my|our)"
    r"|(?:my|our|i|we) (?:prices?|fees?|charges?)\b[^.\n]{0,40}?\d"
    r"|(?:my|our) rates?\b(?! of\b)[^.\n]{0,40}?[$€£] ?\d"
    r"|(?:my|our) (?:clinic|practice|office|hospital|centre|center|team) (?:offers?|provides?|speciali[sz]\w+))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Submission:
    """What is known of a text when it is decided whether it is shown: never the rating that it goes with."""

    texts: Sequence[str]
    author_joined: datetime
    is_first: bool = False
    is_automatic: bool = False
    # How many other people wrote the same words before, in ``compared``.
    repeats: int = 0
    compared: str = ""
    # Whether a moderator took the same words down.
    was_taken_down: bool = False
    # What its author would advertise, the practice; None where it advertises nobody.
    own_names: Sequence[str] | None = None
    # Where they work: "Bath" is a place after "in" and with a capital alone.
    own_places: Sequence[str] = ()
    # What else its author wrote to other questions; None where it is not compared.
    own_texts: Iterable[str] = ()
    # What the filter that learns from decisions says of it, between 0 and 1; see ``moderation.bayes``.
    resemblance: float = 0.0

    @property
    def text(self) -> str:
        """All its words, as a reader sees them."""
        return fold("\n".join(self.texts))[0]


def reasons_to_hold(submission: Submission, *, at: datetime, shown: Submission | None = None) -> list[str]:
    """Return why a text waits for a moderator, as keys of ``REASONS``; none: it is shown at once.

    ``shown`` is what readers see of it already: what stands in it is no reason once more, what is new beside it is.
    """
    had = _signs(shown, at) if shown else {}
    return [reason for reason, signs in _signs(submission, at).items() if signs - had.get(reason, set())]


def _signs(submission: Submission, at: datetime) -> dict[str, set[str]]:
    """Return by reason what speaks for it in a text; what is not in its words speaks by the reason's name."""
    text, is_new = submission.text, at - submission.author_joined < NEW_ACCOUNT
    flags = {
        "first": submission.is_first and settings.FIRST_POSTS_WAIT,
        "boilerplate": count_alike(text, submission.own_texts) > MOST_ALIKE,
        "repeated": submission.repeats and len(submission.compared) >= LEAST_REPEATED,
        "again": submission.was_taken_down,
        "resembles": submission.resemblance > HELD_FROM,
        # Whoever is known here may type as quickly as they like.
        "automatic": submission.is_automatic and is_new,
    }
    words = {"link": _addresses(text) if is_new else set()}
    if submission.own_names is not None:
        words |= {"contact": _contacts(text), "promotion": _promotions(text, submission)}
    return {reason: words.get(reason, {reason} if flags.get(reason) else set()) for reason in REASONS}


def _addresses(text: str) -> set[str]:
    return {word.casefold() for word in text.split() if _LINK.search(word)}


def _contacts(text: str) -> set[str]:
    return {text[each.start : each.end].casefold() for each in find_personal(text) if each.must_go}


def _promotions(text: str, submission: Submission) -> set[str]:
    names = [name for name in submission.own_names or () if len(name) > 2]
    named = {name for name in names if _names(text, name) or _links_to(text, name)}
    places = {place for place in submission.own_places if _lies_in(text, place) or _links_to(text, place)}
    return {offer.group().casefold() for offer in _OFFER.finditer(text)} | named | places


# Of such words alone a name is no name unless it is written as one: "a dental clinic" is any.
_GENERIC = frozenset(
    [
        *("a", "and", "at", "care", "center", "centre", "clinic", "cosmetic", "dental", "dentist", "dermatology"),
        *("doctors", "eye", "family", "general", "group", "health", "hospital", "laser", "medical", "medicine", "of"),
        *("office", "orthopedic", "practice", "private", "skin", "smile", "specialists", "surgery", "the", "women"),
    ]
)


def _names(text: str, name: str) -> bool:
    if set(re.findall(r"[a-z]+", as_latin(name).casefold())) <= _GENERIC:
        return re.search(rf"\b{re.escape(name)}\b", as_latin(text)) is not None and not name.islower()
    return says_name(text, name)


def _lies_in(text: str, place: str) -> bool:
    """Tell whether a place is named: one of several words anywhere, one that may be a word where it is a place."""
    if len(place.split()) > 1:
        return says_name(text, place)
    named = rf"\b(?:[Ii]n|[Nn]ear|[Aa]round|[Ff]rom|[Tt]o|[Aa]t|[Oo]f) {re.escape(place)}\b"
    return len(place) > 2 and re.search(named, as_latin(text)) is not None


def _links_to(text: str, name: str) -> bool:
    """Tell whether a web address is made of a name: of two of its words that stand together, or of all its letters."""
    words = re.findall(r"[a-z]+", as_latin(name).casefold())
    made = {"".join(pair) for pair in pairwise(words)} | {"".join(words)}
    hosts = [re.sub(r"[^a-z]", "", host.casefold()) for host in _HOST.findall(text)]
    return any(each in host for host in hosts for each in made if len(each) > 5)


def count_alike(text: str, others: Iterable[str]) -> int:
    """Return how many of ``others`` share at least ``COPY`` of their runs of words with ``text`` (Jaccard index)."""
    runs = _runs(text)
    return sum(1 for other in others if _share(runs, _runs(other)) >= COPY) if runs else 0


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", as_latin(text).casefold())
    return {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}


def _share(one: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0
