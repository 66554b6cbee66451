"""What staff type about a doctor's verification."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from doctors.models import FACTS, CheckedFact, Verification

STEPS = {
    "ask": "Ask the applicant for information",
    "refuse": "Refuse",
    "suspend": "Suspend: answers go from every page",
    "revoke": "Revoke for good: answers go from every page",
}
# Which steps are open in which state.
OPEN_STEPS = {
    Verification.State.APPLIED: ("ask", "refuse"),
    Verification.State.NEEDS_INFORMATION: ("refuse",),
    Verification.State.APPROVED: ("suspend", "revoke"),
    Verification.State.SUSPENDED: ("revoke",),
    Verification.State.LAPSED: ("revoke",),
}


# A year past these was mistyped: nothing was looked up before, and no licence is given for longer.
EARLIEST = date(1950, 1, 1)
MOST_YEARS_AHEAD = 20


class FactForm(forms.Form):
    """What was found of one of the five facts; of the licence also whether it is active, and until when."""

    holds = forms.BooleanField(required=False, label="Confirmed")
    source = forms.CharField(
        max_length=255,
        label="Source",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="Where it was looked up. Everybody reads this on the profile: no personal details.",
        error_messages={"required": "Say where it was looked up."},
    )
    checked_on = forms.DateField(
        label="Looked up on",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Say on which day it was looked up.", "invalid": "Type a day as 2026-03-31."},
    )

    def __init__(self, data: Any = None, *, kind: str, verification: Verification) -> None:
        self.kind, self.label, self.verification = kind, FACTS[kind], verification
        self.fact = verification.facts.filter(kind=kind).first()
        super().__init__(data, prefix=kind, initial=_found(self.fact))
        if kind == "licence":
            fields: dict[str, Any] = self.fields
            fields["outcome"] = forms.ChoiceField(
                label="The licence is",
                choices=[("active", "active"), ("limited", "active, with limits on practice")],
                error_messages={"required": "Say whether it is active.", "invalid_choice": "Choose one of the two."},
            )
            fields["licence_until"] = forms.DateField(
                label="It ends on",
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                error_messages={"required": "Say on which day it ends.", "invalid": "Type a day as 2026-03-31."},
            )
            self.initial["outcome"] = verification.outcome
            self.initial["licence_until"] = verification.licence_until

    def clean_checked_on(self) -> Any:
        """Refuse a day that is still to come, and a year that nobody means."""
        day = self.cleaned_data["checked_on"]
        if day > timezone.localdate():
            raise forms.ValidationError("It cannot have been looked up on a day to come.")
        return _not_too_early(day)

    def clean_licence_until(self) -> Any:
        """Refuse a year that nobody means; a licence that has ended may be noted."""
        day = self.cleaned_data["licence_until"]
        today = timezone.localdate()
        # Not every 29th of February has one so many years before.
        if (day.year - MOST_YEARS_AHEAD, day.month, day.day) > (today.year, today.month, today.day):
            raise forms.ValidationError(
                f"Look at the year: no licence is given for more than {MOST_YEARS_AHEAD} years."
            )
        return _not_too_early(day)


def _not_too_early(day: date) -> date:
    if day < EARLIEST:
        raise forms.ValidationError(f"Look at the year: it cannot be before {EARLIEST.year}.")
    return day


def _found(fact: CheckedFact | None) -> dict[str, Any]:
    if fact is None:
        return {"checked_on": timezone.localdate()}
    return {"holds": fact.holds, "source": fact.source, "checked_on": fact.checked_on}


class StepForm(forms.Form):
    """One step of a verification, with the words that go to the applicant."""

    step = forms.ChoiceField(
        choices=[],
        error_messages={
            "required": "Choose a step.",
            "invalid_choice": "This step is not open any more: look at the state above.",
        },
    )
    words = forms.CharField(
        max_length=1000,
        label="Words to the applicant",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What you found, and what they can do. They read it on the page of their application.",
        error_messages={"required": "Tell the applicant why."},
    )

    def __init__(self, data: Any = None, *, verification: Verification) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        state = Verification.State(verification.state)
        fields["step"].choices = [(step, STEPS[step]) for step in OPEN_STEPS.get(state, ())]
