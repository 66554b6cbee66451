"""What a moderator says with a decision, and what staff write for the emergency screen."""

from typing import Any

from django import forms

from moderation.emergency import Screen
from moderation.emergency_rules import ORDINARY
from moderation.models import ScreenRule, ScreenWords
from moderation.rules import RULES
from moderation.screening import current_lists, current_rules, rule_of
from moderation.wordings import WordingError, Wordings


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


class ScreenRuleForm(forms.ModelForm):
    """A rule that can be compiled together with all others, and that does not stop what everybody writes."""

    class Meta:
        model = ScreenRule
        fields = (
            "family", "name", "patterns", "unless", "within", "heeds_negation", "heeds_past", "heeds_supposition",
            "is_active", "note",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            rule = rule_of(ScreenRule(**cleaned))
            try:
                alone = Screen([rule], current_lists())
                Screen([*current_rules(self.instance.pk), rule], current_lists(), strict=False)
            except WordingError as error:
                raise forms.ValidationError(str(error)) from None
            _refuse_what_stops_everybody(alone)
        return cleaned


def _refuse_what_stops_everybody(screen: Screen) -> None:
    stopped = sum(1 for text in ORDINARY if screen.families(text))
    if stopped > len(ORDINARY) // 4:
        raise forms.ValidationError(
            f"This rule would stop {stopped} of {len(ORDINARY)} ordinary questions. Ask for more words in it."
        )


class ScreenWordsForm(forms.ModelForm):
    """A list of words with which every rule that uses it still compiles."""

    class Meta:
        model = ScreenWords
        fields = ("name", "phrases", "note")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            lists = current_lists() | {cleaned["name"]: cleaned["phrases"]}
            try:
                Wordings(lists).write_out_list(cleaned["name"])
                screen = Screen(current_rules(), lists)
            except WordingError as error:
                raise forms.ValidationError(str(error)) from None
            _refuse_what_stops_everybody(screen)
        return cleaned


class TryTextForm(forms.Form):
    """A text to try the rules on; it is neither kept nor logged."""

    text = forms.CharField(max_length=100_000, widget=forms.Textarea(attrs={"rows": 4, "cols": 80}))
