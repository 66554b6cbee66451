"""What rooms above have that moderators decide on. Each registers its kinds in ``AppConfig.ready``; none is imported.

A thing is named by the label of its model and its key, as in ``questions.answer`` and 12.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet

from accounts.models import User
from moderation.models import Decision, Report
from moderation.states import Action, State
from qa_forum.versions import digest

NAME_MASK = "[name]"


@dataclass(frozen=True, slots=True)
class Described:
    """What a moderator reads of a thing. Never a rating: nobody decides by stars."""

    title: str
    texts: Sequence[tuple[str, str]]
    # The pen name, or the doctor's name.
    author: str
    address: str
    # Names by which a doctor could be known, for who must not know whom it is about.
    names: Sequence[str] = ()
    # The address of what it shows, where that is a picture.
    picture: str = ""
    # Where it stands: the title of an answer's question, the name of a review's doctor.
    beside: str = ""

    @property
    def masked(self) -> "Described":
        """The same without a name, for a decision in which the name must not count."""
        return replace(
            self,
            title=self.mask(self.title),
            texts=[(label, self.mask(text)) for label, text in self.texts],
            author=NAME_MASK,
            beside=self.mask(self.beside),
            address="",
            names=(),
        )

    def mask(self, text: str) -> str:
        """Return another text without those names: what the thing said before, or the reason of a decision."""
        names = sorted({name for name in self.names if len(name) > 1}, key=len, reverse=True)
        pattern = "|".join(rf"\b{re.escape(name)}\b" for name in names)
        return re.sub(pattern, NAME_MASK, text, flags=re.IGNORECASE) if names else text


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a thing said until its author changed it; no words where the change took something private away."""

    until: datetime
    text: str


def _no_edits(thing: Any) -> Sequence[Earlier]:
    return ()


def _state_of(thing: Any) -> State:
    return State(thing.state)


def put(thing: Any, state: State, decision: Decision) -> None:
    """Write the state that a decision led to; the row is locked. Counters follow by the triggers of its table."""
    thing.state, thing.decision, thing.held_for = state, decision, []
    thing.save(update_fields=["state", "decision", "held_for"])


def _nothing(thing: Any, before: State, decision: Decision) -> None:
    """Nothing else follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of thing that people report and moderators decide on."""

    model: type[Model]
    # In words and in addresses, such as ``answer``.
    noun: str
    actions: frozenset[Action]
    reasons: Sequence[Report.Reason]
    # Return the thing with its row locked, after its parents in the house's order; ``DoesNotExist`` where there is
    # none. A second key is that of the thing that it is to be merged with.
    lock: Callable[..., Any]
    # All things of the kind with what ``describe`` reads, so that many cost no more queries than one.
    many: Callable[[], QuerySet]
    describe: Callable[[Any], Described]
    author_of: Callable[[Any], User | None]
    # Whether everybody may read it now.
    is_public: Callable[[Any], bool]
    # Take its words away for good, also from its history; saves.
    erase: Callable[[Any], None] | None = None
    # When its author last changed what it says, and what it said before, the newest first.
    changed_at: Callable[[Any], datetime | None]
    edits: Callable[[Any], Sequence[Earlier]] = _no_edits
    # What its author wrote and nobody else, for the filter that learns from decisions; None: it does not learn from it.
    own_words: Callable[[Any], Sequence[str]] | None = None
    # Where its author reads how it stands: the name of an address.
    own_page: str
    # Whether many reports hide it until a decision.
    is_held_by_reports: bool = False
    state_of: Callable[[Any], State] = _state_of
    put: Callable[[Any, State, Decision], None] = put
    # What else follows a decision, in the same transaction.
    after: Callable[[Any, State, Decision], None] = _nothing

    @property
    def label(self) -> str:
        """The name under which decisions, cases and reports know it."""
        return self.model._meta.label_lower

    def stamp(self, thing: Any) -> str:
        """Return what stands for how a thing reads and stands now: other words or another decision, another stamp."""
        said = self.describe(thing)
        return digest([self.state_of(thing), getattr(thing, "decision_id", None), said.title, *said.texts])


_kinds: dict[str, Kind] = {}
_peer_of: list[Callable[[User], str | None]] = []


def register_kind(kind: Kind) -> None:
    """Let moderators decide on things of a kind."""
    _kinds[kind.label] = kind


def register_peers(peer_of: Callable[[User], str | None]) -> None:
    """Say who is checked to judge what is unsafe, by what keeps two of them apart: the practice; None: not checked."""
    _peer_of.append(peer_of)


def kinds() -> Sequence[Kind]:
    """Return all kinds, in the order in which they were registered."""
    return tuple(_kinds.values())


def kind_of(thing: Model | str) -> Kind:
    """Return the kind of a thing, or of a label; ``LookupError`` where no room registered it."""
    label = thing if isinstance(thing, str) else thing._meta.concrete_model._meta.label_lower  # type: ignore[union-attr]
    return _kinds[label]


def kind_by_noun(noun: str) -> Kind | None:
    """Return the kind that an address names."""
    return next((kind for kind in _kinds.values() if kind.noun == noun), None)


def peer_of(user: User) -> str | None:
    """Return what keeps a checked doctor apart from another one, or None for whoever is none."""
    return next((key for each in _peer_of if (key := each(user)) is not None), None)
