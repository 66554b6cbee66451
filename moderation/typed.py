"""What people typed, as it is kept: line ends of this house, nothing unseen that steers, nothing that was not read."""

import unicodedata

from django import forms
from django.core.exceptions import ValidationError

from moderation.folding import shows_nothing

# Signs that turn the direction of what follows, also of what others wrote, and blanks without width.
_UNSEEN = dict.fromkeys(
    [0x061C, *range(0x200E, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200B, 0xFEFF]
)


def with_plain_newlines(text: str) -> str:
    """Return a text with the line ends of this house; browsers send others."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def without_unseen(text: str) -> str:
    """Return a text without signs that steer it unseen; joiners stay, scripts and emoji need them."""
    return text.translate(_UNSEEN)


def legible(text: str) -> None:
    """Refuse a text in which a sign could not be read: dropping it could turn the sense, as of a dose."""
    if any(unicodedata.category(sign) == "Cs" or sign == "\ufffd" for sign in text):
        raise ValidationError("Replace each “\ufffd”: the sign that stood there could not be read", code="illegible")


def clean_words(field: forms.Field, typed: str) -> str:
    """Return the words of a field as they are kept; what shows nothing is refused where the field is required."""
    text = without_unseen(with_plain_newlines(typed)).strip()
    if shows_nothing(text):
        if field.required:
            raise ValidationError(field.error_messages["required"], code="required")
        return ""
    return text
