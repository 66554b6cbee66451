"""What a moderator says with a decision."""

from django import forms

from moderation.rules import RULES


class HideForm(forms.Form):
    """Why something is hidden: a rule by its number, and one public sentence."""

    rule = forms.TypedChoiceField(
        choices=[("", "Choose a rule"), *((rule.number, f"{rule.number}. {rule.title}") for rule in RULES)], coerce=int
    )
    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Everybody reads this in place of the text. No names, no details of anyone's health.",
    )


class RestoreForm(forms.Form):
    """Why something is published again."""

    reason = forms.CharField(max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}))
