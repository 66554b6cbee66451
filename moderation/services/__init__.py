"""What rooms above ask of moderation: decisions, what the screen and the guard say of a text, and clean files."""

from moderation.folding import as_latin, says_name, shows_nothing, without_blanks
from moderation.looking_over import BUTTONS, look_over, removes_details, take_out
from moderation.personal import Finding, Piece, apply_redaction, find_personal, marked, redact
from moderation.private_files import PrivateStorage, files_from_before, named_by_fields, serve_privately, serve_released
from moderation.publishing import REASONS, Submission, reasons_to_hold
from moderation.replies import NEUTRAL_WORDINGS, REPLY_FAULTS, Fault, find_reply_faults, marked_faults, reply_reasons
from moderation.screening import current_screen
from moderation.services.audit import Head, faults_of_log, head_of_log, record
from moderation.services.cases import (
    appeal,
    claim_case,
    hold,
    is_standing,
    look_at,
    open_case,
    queue,
    release_case,
    report,
    stand_after_change,
    take_back,
)
from moderation.services.deciding import (
    ChangedError,
    ClosedError,
    OwnError,
    TakenError,
    WithdrawnError,
    close_case,
    decide,
    decide_case,
    erase_removed,
    forget_words,
)
from moderation.services.learning import Resemblance, resemblance_of, resembles, switch_filter, train_filter
from moderation.traps import is_automatic
from moderation.typed import clean_words, legible, with_plain_newlines, without_unseen
from moderation.uploads import CleanFile, Kind, UploadRefused, clean_upload, takes_files

__all__ = [
    "BUTTONS",
    "NEUTRAL_WORDINGS",
    "REASONS",
    "REPLY_FAULTS",
    "ChangedError",
    "CleanFile",
    "ClosedError",
    "Fault",
    "Finding",
    "Head",
    "Kind",
    "OwnError",
    "Piece",
    "PrivateStorage",
    "Resemblance",
    "Submission",
    "TakenError",
    "UploadRefused",
    "WithdrawnError",
    "appeal",
    "apply_redaction",
    "as_latin",
    "claim_case",
    "clean_upload",
    "clean_words",
    "close_case",
    "decide",
    "decide_case",
    "erase_removed",
    "faults_of_log",
    "files_from_before",
    "find_personal",
    "find_reply_faults",
    "forget_words",
    "head_of_log",
    "hold",
    "is_automatic",
    "is_standing",
    "legible",
    "look_at",
    "look_over",
    "marked",
    "marked_faults",
    "named_by_fields",
    "open_case",
    "queue",
    "reasons_to_hold",
    "record",
    "redact",
    "release_case",
    "removes_details",
    "reply_reasons",
    "report",
    "resemblance_of",
    "resembles",
    "says_name",
    "screen_caption",
    "screen_emergency",
    "serve_privately",
    "serve_released",
    "shows_nothing",
    "stand_after_change",
    "switch_filter",
    "take_back",
    "take_out",
    "takes_files",
    "train_filter",
    "with_plain_newlines",
    "without_blanks",
    "without_unseen",
]


def screen_emergency(text: str) -> list[str]:
    """Return the families of emergencies that a text speaks of, in their fixed order; one query a call."""
    return current_screen().families(text)


def screen_caption(text: str) -> list[str]:
    """Return the families of emergencies that a picture's words speak of by the rules alone.

    What the screen learnt it learnt from whole questions: one in three plain captions ("My left eye is red") would
    stop.
    """
    return list(dict.fromkeys(rule.family for rule in current_screen().matches(text)))
