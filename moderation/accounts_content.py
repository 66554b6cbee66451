"""What a person has published, of whatever room: rooms above say in ``AppConfig.ready`` how it is found and hidden."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from accounts.models import User
from moderation.models import Decision, Moderated


@dataclass(frozen=True, slots=True)
class Content:
    """One kind of things that people publish.

    ``published_by`` returns keys. ``hide`` and ``restore`` are the room's services: they take the room's locks and
    return the decision. ``lock`` takes the same locks and returns the thing, or None where it is gone.
    """

    kind: str
    published_by: Callable[[User], Iterable[int]]
    lock: Callable[[int], Moderated | None]
    hide: Callable[..., Decision]
    restore: Callable[..., Decision]


# By kind, as in ``questions.answer``.
contents: dict[str, Content] = {}


def register(content: Content) -> None:
    """Add a kind of things; called by the rooms above."""
    contents[content.kind] = content
