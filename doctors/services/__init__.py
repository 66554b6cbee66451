"""Writes on doctors: one verb, one transaction each."""

from doctors.services.calendar import REMINDED_BEFORE, lapse_licences, remind_of_licences
from doctors.services.documents import add_documents, delete_document, delete_file, read_document
from doctors.services.reviews import hide_review, restore_review
from doctors.services.verification import (
    STATED,
    CannotMove,
    apply,
    approve,
    ask_for_information,
    can_be_claimed,
    change_application,
    lapse,
    oddities_of,
    record_fact,
    refuse,
    revoke,
    set_credentials,
    suspend,
    what_is_missing,
)

__all__ = [
    "REMINDED_BEFORE",
    "STATED",
    "CannotMove",
    "add_documents",
    "apply",
    "approve",
    "ask_for_information",
    "can_be_claimed",
    "change_application",
    "delete_document",
    "delete_file",
    "hide_review",
    "lapse",
    "lapse_licences",
    "oddities_of",
    "read_document",
    "record_fact",
    "refuse",
    "remind_of_licences",
    "restore_review",
    "revoke",
    "set_credentials",
    "suspend",
    "what_is_missing",
]
