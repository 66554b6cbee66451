"""Writes on questions and answers: one verb, one transaction each."""

from questions.services.answering import (
    Answered,
    StatedFact,
    agree_with,
    edit_answer,
    own_answer,
    post_answer,
    save_answer_draft,
    stated_facts,
    withdraw_answer,
    words_beside,
)
from questions.services.asking import (
    MOST_DRAFTS,
    Asked,
    close_question,
    edit_question,
    open_question,
    post_question,
    save_draft,
    withdraw_question,
    words_beside_question,
)
from questions.services.deciding import hide_answer, hide_question, restore_answer, restore_question
from questions.services.desk import CannotAskBack, choose, decline, inquire, reply_to_inquiry, why_not_inquire
from questions.services.following import announce_answer, announce_question, follow, follow_nothing, tell_digests
from questions.services.old_answers import confirm_answer, recall_topic, remind_of_old_answers
from questions.services.related import refresh_related
from questions.services.topics import accept_proposal

__all__ = [
    "MOST_DRAFTS",
    "Answered",
    "Asked",
    "CannotAskBack",
    "StatedFact",
    "accept_proposal",
    "agree_with",
    "announce_answer",
    "announce_question",
    "choose",
    "close_question",
    "confirm_answer",
    "decline",
    "edit_answer",
    "edit_question",
    "follow",
    "follow_nothing",
    "hide_answer",
    "hide_question",
    "inquire",
    "open_question",
    "own_answer",
    "post_answer",
    "post_question",
    "recall_topic",
    "refresh_related",
    "remind_of_old_answers",
    "reply_to_inquiry",
    "restore_answer",
    "restore_question",
    "save_answer_draft",
    "save_draft",
    "stated_facts",
    "tell_digests",
    "why_not_inquire",
    "withdraw_answer",
    "withdraw_question",
    "words_beside",
    "words_beside_question",
]
