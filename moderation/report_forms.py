"""What people tell the moderators: that something should not stand, or that a decision was wrong."""

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms

from moderation.models import APPEAL_LENGTH, NOTE_LENGTH
from moderation.registry import Kind
from moderation.services import clean_words, legible


def _plain_helper() -> FormHelper:
    helper = FormHelper()
    helper.form_tag = False
    helper.form_show_errors = False
    return helper


class ReportForm(forms.Form):
    """Why somebody thinks that something should not stand."""

    reason = forms.ChoiceField(
        label="What is the matter with it?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what is the matter", "invalid_choice": "Choose one of the reasons"},
    )
    note = forms.CharField(
        label="What should the moderators know?",
        required=False,
        max_length=NOTE_LENGTH,
        help_text=f"Only moderators read it. Up to {NOTE_LENGTH} characters.",
        error_messages={"max_length": f"Shorten it to {NOTE_LENGTH} characters"},
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chooser: Any = self.fields["reason"]
        chooser.choices = [(reason.value, reason.label) for reason in kind.reasons]
        self.helper = _plain_helper()


class AppealForm(forms.Form):
    """Why an author thinks that a decision was wrong."""

    text = forms.CharField(
        label="Why should another moderator look at it again?",
        max_length=APPEAL_LENGTH,
        validators=[legible],
        help_text=f"Up to {APPEAL_LENGTH} characters. Only moderators read it.",
        error_messages={
            "required": "Write why another moderator should look at it",
            "max_length": f"Shorten it to {APPEAL_LENGTH} characters",
        },
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = _plain_helper()

    def clean_text(self) -> str:
        """Take what was typed without blanks around it."""
        return clean_words(self.fields["text"], self.cleaned_data["text"])
