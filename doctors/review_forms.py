"""What a patient says of a doctor, as they type it."""

from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils import timezone

from doctors.models import REVIEW_LENGTH, REVIEW_TITLE_LENGTH, TREATMENT_LENGTH, DoctorReview
from doctors.services import Reviewed
from moderation.services import clean_words, legible

RATINGS = [(1, "Poor"), (2, "Fair"), (3, "OK"), (4, "Good"), (5, "Great")]
# Who waits longer than this remembers little.
MONTHS_BACK = 60
TEXTS = ("title", "body", "treatment")


def month_choices(today: date) -> list[tuple[str, str]]:
    """Return the months that a visit may have been in, the newest first."""
    months = [date(today.year - (back - today.month + 12) // 12, (today.month - 1 - back) % 12 + 1, 1)
              for back in range(MONTHS_BACK)]  # fmt: skip
    return [(month.strftime("%Y-%m"), f"{month:%B} {month.year}") for month in months]


class ReviewForm(forms.Form):
    """A review. Nothing is chosen beforehand, and nothing of it is lost: it comes back as typed with every error."""

    rating = forms.TypedChoiceField(
        label="Your rating",
        choices=RATINGS,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a rating from 1 to 5", "invalid_choice": "Choose a rating from 1 to 5"},
    )
    title = forms.CharField(
        label="Sum it up in a few words",
        max_length=REVIEW_TITLE_LENGTH,
        validators=[legible],
        error_messages={
            "required": "Sum it up in a few words",
            "max_length": f"Shorten the summary to {REVIEW_TITLE_LENGTH} characters",
        },
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    body = forms.CharField(
        label="Your experience",
        max_length=REVIEW_LENGTH,
        validators=[legible],
        help_text="What went well, and what could be better? Everybody reads it: leave out your name, the names of "
        "staff and of other patients.",
        error_messages={
            "required": "Write what your experience was",
            "max_length": f"Shorten your words to {REVIEW_LENGTH} characters",
        },
        widget=forms.Textarea(attrs={"rows": 7}),
    )
    treatment = forms.CharField(
        label="What it was about",
        required=False,
        max_length=TREATMENT_LENGTH,
        validators=[legible],
        help_text="A treatment or a reason, such as “skin check”. Everybody reads it.",
        error_messages={"max_length": f"Shorten it to {TREATMENT_LENGTH} characters"},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    visit_month = forms.ChoiceField(
        label="When you were there",
        required=False,
        error_messages={"invalid_choice": "Choose a month from the list"},
    )
    code = forms.CharField(
        label="Visit code",
        required=False,
        max_length=40,
        help_text="If the doctor gave you one on paper. It marks your review as verified; the doctor cannot see who "
        "used it.",
        error_messages={"max_length": "A visit code has 12 letters and digits"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    own = forms.BooleanField(
        label="This is my own experience. I have no tie to this doctor, and nobody paid me or gave me anything for it.",
        error_messages={"required": "Confirm that this is your own experience"},
    )

    def __init__(self, *args: Any, review: DoctorReview | None = None, **kwargs: Any) -> None:
        if review is not None:
            kwargs["initial"] = _initial_of(review) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        months = month_choices(timezone.localdate())
        if review and review.visit_month and f"{review.visit_month:%Y-%m}" not in dict(months):
            # It was in the list when it was chosen.
            months.append((f"{review.visit_month:%Y-%m}", f"{review.visit_month:%B} {review.visit_month.year}"))
        chooser: dict[str, Any] = self.fields
        chooser["visit_month"].choices = [("", "I would rather not say"), *months]
        if review and review.interaction == DoctorReview.Interaction.CODE:
            del self.fields["code"]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.form_show_errors = False

    def clean_title(self) -> str:
        """Take what was typed on one line."""
        return " ".join(clean_words(self.fields["title"], self.cleaned_data["title"]).split())

    def clean_body(self) -> str:
        """Take what was typed without blanks around it."""
        return clean_words(self.fields["body"], self.cleaned_data["body"])

    def clean_treatment(self) -> str:
        """Take what was typed on one line."""
        return " ".join(clean_words(self.fields["treatment"], self.cleaned_data["treatment"]).split())

    @property
    def texts(self) -> dict[str, str]:
        """The words that everybody will read, by field."""
        return {name: self.cleaned_data[name] for name in TEXTS}

    @property
    def reviewed(self) -> Reviewed:
        """What a valid form says."""
        month = self.cleaned_data["visit_month"]
        return Reviewed(
            rating=self.cleaned_data["rating"],
            visit_month=date.fromisoformat(f"{month}-01") if month else None,
            **self.texts,
        )


def _initial_of(review: DoctorReview) -> dict[str, Any]:
    return {
        "rating": review.rating,
        "title": review.title,
        "body": review.body,
        "treatment": review.treatment,
        "visit_month": f"{review.visit_month:%Y-%m}" if review.visit_month else "",
    }
