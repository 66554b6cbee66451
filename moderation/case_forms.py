"""What a moderator says when they decide on a case."""

from typing import Any

from django import forms

from accounts.models import User
from moderation.registry import Kind
from moderation.rules import RULES
from moderation.states import Action, State, may_follow

LARGEST_KEY = 2**63 - 1
# What needs neither a rule nor a reason.
FREE = frozenset({Action.PUBLISH, Action.UNLOCK})


def may_decide_on(kind: Kind, user: User) -> bool:
    """Tell whether somebody may decide on things of a kind."""
    on_doctor = kind.noun != "doctor" or user.has_perm("moderation.decide_on_doctor")
    return user.has_perm("moderation.add_decision") and on_doctor


def actions_for(kind: Kind, state: State, user: User, *, is_locked: bool = False) -> list[Action]:
    """Return what somebody may decide on a thing of a kind in this state."""
    if not may_decide_on(kind, user):
        return []
    unfit = {Action.LOCK if is_locked else Action.UNLOCK}
    if not user.has_perm("moderation.remove_content"):
        unfit.add(Action.REMOVE)
    return [action for action in may_follow(state) if action in kind.actions and action not in unfit]


class DecideForm(forms.Form):
    """A decision, the rule that it stands on, and the reason that the author reads."""

    # The stamp of what was read: see ``Kind.stamp``.
    seen = forms.CharField(widget=forms.HiddenInput, required=False, empty_value=None)
    action = forms.TypedChoiceField(label="Decision", coerce=Action, widget=forms.RadioSelect)
    rule = forms.TypedChoiceField(
        choices=[("", "Choose a rule"), *((rule.number, f"{rule.number}. {rule.title}") for rule in RULES)],
        coerce=int,
        required=False,
        empty_value=None,
    )
    reason = forms.CharField(
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Its author reads this, and where an answer is hidden, everybody. No names, no details of anyone's "
        "health.",
    )
    other = forms.IntegerField(
        label="Merge with question",
        required=False,
        min_value=1,
        max_value=LARGEST_KEY,
        help_text="The number in the address of the question that stays.",
    )

    def __init__(self, *args: Any, actions: list[Action], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chooser: Any = self.fields["action"]
        chooser.choices = [(action.value, action.label) for action in actions]
        if Action.MERGE not in actions:
            del self.fields["other"]

    def clean(self) -> dict[str, Any]:
        """Ask for what the chosen decision needs."""
        cleaned = super().clean() or {}
        action = cleaned.get("action")
        if action and action not in FREE:
            if cleaned.get("rule") is None and "rule" not in self.errors:
                self.add_error("rule", "Choose the rule that this stands on.")
            if not cleaned.get("reason") and "reason" not in self.errors:
                self.add_error("reason", "Write the reason in one sentence.")
        if action == Action.MERGE and not cleaned.get("other") and "other" not in self.errors:
            self.add_error("other", "Write the number of the question that stays.")
        if action != Action.MERGE:
            cleaned["other"] = None
        if action in FREE:
            cleaned["rule"] = None
        return cleaned
