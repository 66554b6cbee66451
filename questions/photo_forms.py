"""What an asker sends with a photo: the file, and what it shows."""

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms

from moderation.forms import CleanPhotoField
from moderation.services import clean_words, legible
from questions.models import ALT_LENGTH


class DescribeForm(forms.Form):
    """What a photo shows. The guard looks at it afterwards, on a page of its own."""

    alt = forms.CharField(
        label="What the photo shows",
        max_length=ALT_LENGTH,
        validators=[legible],
        help_text="One sentence for people who cannot see it, such as “Red patches on the inside of my left arm, third "
        f"day”. Everybody reads it. Up to {ALT_LENGTH} characters.",
        error_messages={
            "required": "Say in one sentence what the photo shows",
            "max_length": f"Shorten what the photo shows to {ALT_LENGTH} characters",
        },
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.form_show_errors = False

    def clean_alt(self) -> str:
        """Take one line without blanks around it."""
        return clean_words(self.fields["alt"], " ".join(self.cleaned_data["alt"].split()))


class JudgedLater(forms.CharField):
    """Words that are needed, and judged by another form."""

    def clean(self, value: Any) -> str:
        """Take whatever was typed."""
        return str(value or "")


class PhotoForm(forms.Form):
    """A photo. What it shows is typed beside it and judged once the photo is kept, so that nobody chooses it twice."""

    photo = CleanPhotoField(label="Photo", error_messages={"required": "Choose a photo"})
    alt = JudgedLater(
        label=DescribeForm.base_fields["alt"].label,
        help_text=DescribeForm.base_fields["alt"].help_text,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": ALT_LENGTH}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.form_show_errors = False
