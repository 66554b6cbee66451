"""What rooms above ask of moderation: decisions, what the screen and the guard say of a text, and clean files."""

from django.core.exceptions import PermissionDenied

from accounts.models import User
from moderation.models import Decision, Moderated
from moderation.personal import Finding, Piece, apply_redaction, find_personal, marked, redact
from moderation.private_files import PrivateStorage, serve_privately
from moderation.screening import current_screen
from moderation.uploads import CleanFile, Kind, UploadRefused, clean_upload, takes_files

__all__ = [
    "CleanFile",
    "Finding",
    "Kind",
    "Piece",
    "PrivateStorage",
    "UploadRefused",
    "WithdrawnError",
    "apply_redaction",
    "clean_upload",
    "decide",
    "find_personal",
    "marked",
    "redact",
    "screen_emergency",
    "serve_privately",
    "takes_files",
]


class WithdrawnError(PermissionDenied):
    """What its author withdrew is decided on no more."""


def decide(
    thing: Moderated, *, action: Decision.Action, rule: int | None, reason: str, moderator: User | None
) -> Decision:
    """Write a decision on ``thing`` and put it into the state that follows; ``WithdrawnError`` where it is gone.

    The caller holds the lock on the row and a transaction.
    """
    # Its author took it back: nobody publishes it again, not even by way of hiding it first.
    if thing.state == Moderated.State.WITHDRAWN:
        raise WithdrawnError
    state = {
        Decision.Action.HIDE: Moderated.State.HIDDEN,
        Decision.Action.REMOVE: Moderated.State.REMOVED,
        Decision.Action.PUBLISH: Moderated.State.PUBLISHED,
    }[action]
    decision = Decision.objects.create(
        action=action,
        subject_kind=thing._meta.label_lower,
        subject_id=thing.pk,
        rule=rule,
        reason=reason,
        decided_by=moderator,
    )
    thing.state = state
    thing.decision = decision
    thing.save(update_fields=["state", "decision"])
    return decision


def screen_emergency(text: str) -> list[str]:
    """Return the families of emergencies that a text speaks of, in their fixed order; one query a call."""
    return current_screen().families(text)
