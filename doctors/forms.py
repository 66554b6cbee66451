"""What a reader chooses of the directory."""

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms

from doctors.models import Specialty

RATINGS = [("", "Any"), ("4", "4 and above"), ("4.5", "4.5 and above")]


class DirectoryForm(forms.Form):
    """The filters of the directory, sent by GET. What is not a choice counts as no choice."""

    # All of it may be left out: marking each field as optional would be noise.
    is_filter = True

    specialty = forms.ModelChoiceField(
        Specialty.objects.all(), required=False, to_field_name="slug", empty_label="Any specialty"
    )
    place = forms.CharField(
        required=False,
        max_length=100,
        label="Town or city",
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )
    rating = forms.ChoiceField(required=False, choices=RATINGS, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("rating", "")
        # The page writes the form's tag itself; a form sent by GET carries no token.
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.form_show_errors = False

    @property
    def count_on(self) -> int:
        """How many filters are on."""
        self.is_valid()
        return sum(bool(value) for value in self.cleaned_data.values())
