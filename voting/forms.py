"""What a vote consists of."""

from django import forms


class VoteForm(forms.Form):
    """A vote: +1, -1, or 0 to take it back; and the key of a first vote, where the browser made one."""

    value = forms.TypedChoiceField(choices=[(1, "1"), (-1, "-1"), (0, "0")], coerce=int)
    key = forms.RegexField(r"\A[A-Za-z0-9-]{16,64}\Z", required=False)
