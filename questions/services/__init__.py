"""Writes on questions and answers: one verb, one transaction each."""

from questions.services.answering import (
    Answered,
    StatedFact,
    agree_with,
    edit_answer,
    own_answer,
    post_answer,
    save_answer_draft,
    says_the_same,
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
from questions.services.deciding import hide_answer, hide_question, look_at_question, restore_answer, restore_question
from questions.services.desk import CannotAskBack, choose, decline, inquire, reply_to_inquiry, why_not_inquire
from questions.services.following import announce_answer, announce_question, follow, follow_nothing, tell_digests
from questions.services.merging_topics import NotMergedError, merge_topics
from questions.services.old_answers import confirm_answer, recall_topic, remind_of_old_answers
from questions.services.photos import add_photo, describe_photo, read_photo, remove_photo
from questions.services.related import refresh_related
from questions.services.topics import accept_proposal, hold_topic

__all__ = [
    "MOST_DRAFTS",
    "Answered",
    "Asked",
    "CannotAskBack",
    "NotMergedError",
    "StatedFact",
    "accept_proposal",
    "add_photo",
    "agree_with",
    "announce_answer",
    "announce_question",
    "choose",
    "close_question",
    "confirm_answer",
    "decline",
    "describe_photo",
    "edit_answer",
    "edit_question",
    "follow",
    "follow_nothing",
    "hide_answer",
    "hide_question",
    "hold_topic",
    "inquire",
    "look_at_question",
    "merge_topics",
    "open_question",
    "own_answer",
    "post_answer",
    "post_question",
    "read_photo",
    "recall_topic",
    "refresh_related",
    "remind_of_old_answers",
    "remove_photo",
    "reply_to_inquiry",
    "restore_answer",
    "restore_question",
    "save_answer_draft",
    "save_draft",
    "says_the_same",
    "stated_facts",
    "tell_digests",
    "why_not_inquire",
    "withdraw_answer",
    "withdraw_question",
    "words_beside",
    "words_beside_question",
]
