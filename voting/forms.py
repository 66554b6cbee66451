"""What a vote consists of."""

from django import forms

from voting.models import REASON_LENGTH


class VoteForm(forms.Form):
    """A vote: +1, -1, or 0 to take it back; and the key of a first vote, where the browser made one."""

    value = forms.TypedChoiceField(choices=[(1, "1"), (-1, "-1"), (0, "0")], coerce=int)
    key = forms.RegexField(r"\A[A-Za-z0-9-]{16,64}\Z", required=False)


class RingForm(forms.Form):
    """Why all votes of a ring are void, or count again."""

    reason = forms.CharField(
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write why, in one sentence."},
        help_text="One sentence, kept with the ring for whoever looks at it later.",
    )
