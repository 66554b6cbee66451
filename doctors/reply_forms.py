"""What a doctor replies to a review, and what somebody says against one."""

from collections.abc import Sequence
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError

from doctors.models import REPLY_LENGTH
from moderation.services import clean_words, find_reply_faults, legible


def _plain_helper() -> FormHelper:
    """Return a helper of forms whose tag, token and summary of errors the page writes itself."""
    helper = FormHelper()
    helper.form_tag = False
    helper.form_show_errors = False
    return helper


class ReviewReplyForm(forms.Form):
    """A doctor's public reply, which must not say that anybody was a patient."""

    reply = forms.CharField(
        label="Your reply",
        max_length=REPLY_LENGTH,
        validators=[legible],
        help_text=f"Everybody reads it. Up to {REPLY_LENGTH} characters.",
        error_messages={"required": "Write your reply", "max_length": f"Shorten it to {REPLY_LENGTH} characters"},
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def __init__(self, *args: Any, names: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = names
        self.words, self.faults = "", list[Any]()
        self.helper = _plain_helper()

    def clean_reply(self) -> str:
        """Refuse what health privacy rules forbid a doctor to say in public; the page marks where."""
        text = clean_words(self.fields["reply"], self.cleaned_data["reply"])
        self.words, self.faults = text, find_reply_faults(text, names=self.names)
        if self.faults:
            raise ValidationError("Change or take out what we marked: it tells readers about a patient")
        return text
