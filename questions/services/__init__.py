"""Writes on questions and answers: one verb, one transaction each."""

from questions.services.asking import (
    MOST_DRAFTS,
    Asked,
    close_question,
    edit_question,
    open_question,
    post_question,
    save_draft,
    withdraw_question,
)
from questions.services.deciding import hide_answer, hide_question, restore_answer, restore_question
from questions.services.following import announce_answer, announce_question, follow, follow_nothing, tell_digests
from questions.services.related import refresh_related
from questions.services.topics import accept_proposal

__all__ = [
    "MOST_DRAFTS",
    "Asked",
    "accept_proposal",
    "announce_answer",
    "announce_question",
    "close_question",
    "edit_question",
    "follow",
    "follow_nothing",
    "hide_answer",
    "hide_question",
    "open_question",
    "post_question",
    "refresh_related",
    "restore_answer",
    "restore_question",
    "save_draft",
    "tell_digests",
    "withdraw_question",
]
