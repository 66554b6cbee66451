"""The one state machine of what people write: which decision leads from which state to which.

It is pure: rows, locks and counters are its callers' business.
"""

from django.db import models


class State(models.TextChoices):
    """How something that a person wrote stands."""

    PUBLISHED = "published", "published"
    HELD = "held", "waits for a moderator"
    HIDDEN = "hidden", "hidden by a moderator"
    CHANGES = "changes", "waits for changes by its author"
    REMOVED = "removed", "removed by a moderator"
    MERGED = "merged", "merged with another question"
    WITHDRAWN = "withdrawn", "withdrawn by its author"


class Action(models.TextChoices):
    """What a moderator decides."""

    PUBLISH = "publish", "publish, or leave as it is"
    HIDE = "hide", "hide"
    REMOVE = "remove", "remove for good"
    ASK = "ask", "ask its author for changes"
    LOCK = "lock", "lock: no more answers"
    UNLOCK = "unlock", "unlock: answers again"
    MERGE = "merge", "merge with another question"


# What was public once and is so no longer: its address answers 410.
GONE = frozenset({State.HIDDEN, State.REMOVED, State.WITHDRAWN})
# Its author may change it, or take it back.
WITH_ITS_AUTHOR = frozenset({State.PUBLISHED, State.HELD, State.CHANGES})
# Only a decision leads here.
BY_DECISION = frozenset({State.HIDDEN, State.CHANGES, State.REMOVED, State.MERGED})
# A decision that its author does not have to put up with: they may appeal.
AGAINST = frozenset({Action.HIDE, Action.REMOVE, Action.ASK, Action.LOCK, Action.MERGE})

_ANYWHERE = (State.PUBLISHED, State.HELD, State.HIDDEN, State.CHANGES, State.REMOVED)
NEXT: dict[Action, dict[State, State]] = {
    # What was merged comes back by it, with the answers that went along.
    Action.PUBLISH: dict.fromkeys((*_ANYWHERE, State.MERGED), State.PUBLISHED),
    Action.HIDE: dict.fromkeys(_ANYWHERE, State.HIDDEN),
    Action.REMOVE: dict.fromkeys(_ANYWHERE, State.REMOVED),
    Action.ASK: dict.fromkeys(_ANYWHERE, State.CHANGES),
    Action.LOCK: {State.PUBLISHED: State.PUBLISHED},
    Action.UNLOCK: {State.PUBLISHED: State.PUBLISHED},
    Action.MERGE: dict.fromkeys((State.PUBLISHED, State.HELD, State.HIDDEN), State.MERGED),
}


class CannotFollow(Exception):
    """This decision does not lead anywhere from the state in which the thing is."""


def after_decision(action: Action, state: State) -> State:
    """Return the state that follows from a decision, or raise ``CannotFollow``."""
    try:
        return NEXT[action][state]
    except KeyError:
        raise CannotFollow(f"{action} does not follow {state}") from None


def after_change(state: State) -> State:
    """Return the state of something that its author changed: what was asked for is looked at once more."""
    return State.HELD if state == State.CHANGES else state


def may_follow(state: State) -> list[Action]:
    """Return what may be decided on something in this state."""
    return [action for action, steps in NEXT.items() if state in steps]
