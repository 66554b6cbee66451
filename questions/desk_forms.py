"""What a doctor types at their desk, and what a patient replies to a doctor who asks back."""

from collections.abc import Sequence
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError

from moderation.services import find_personal, legible, shows_nothing, with_plain_newlines, without_unseen
from questions.models import INQUIRY_LENGTH, REPLY_LENGTH, Decline, HowOften, Topic

MOST_CHOSEN = 50
SUGGESTED = 20


def _plain_helper(*, is_get: bool = False) -> FormHelper:
    """Return a helper of forms whose tag, token and summary of errors the page writes itself."""
    helper = FormHelper()
    helper.form_tag = False
    helper.form_show_errors = False
    helper.disable_csrf = is_get
    return helper


class DeskFilterForm(forms.Form):
    """Which of the waiting questions a doctor wants to see, sent by GET."""

    is_filter = True

    topic = forms.ChoiceField(required=False)
    answered = forms.BooleanField(required=False, label="Also those with answers")
    all = forms.BooleanField(required=False, label="All topics, not only mine")

    def __init__(self, *args: Any, topics: Sequence[Topic], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chooser: dict[str, Any] = self.fields
        chooser["topic"].choices = [("", "Each of them"), *((topic.slug, topic.name) for topic in topics)]
        self.helper = _plain_helper(is_get=True)


def _cleaned(field: forms.Field, typed: str) -> str:
    text = without_unseen(with_plain_newlines(typed)).strip()
    if shows_nothing(text):
        raise ValidationError(field.error_messages["required"])
    return text


class InquiryForm(forms.Form):
    """What a doctor asks the patient back."""

    text = forms.CharField(
        label="What do you need to know?",
        max_length=INQUIRY_LENGTH,
        validators=[legible],
        help_text=f"One or two questions in plain words. Everybody reads them. Up to {INQUIRY_LENGTH} characters.",
        error_messages={
            "required": "Write what you need to know",
            "max_length": f"Shorten it to {INQUIRY_LENGTH} characters",
        },
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = _plain_helper()

    def clean_text(self) -> str:
        """Refuse ways to reach somebody: what is asked here is asked before everybody."""
        text = _cleaned(self.fields["text"], self.cleaned_data["text"])
        if any(finding.must_go for finding in find_personal(text)):
            raise ValidationError("Take out e-mail, telephone, address and profile links: everybody reads this")
        return text


class ReplyForm(forms.Form):
    """What a patient replies to a doctor who asked back. The guard looks at it afterwards, on a page of its own."""

    reply = forms.CharField(
        label="Your reply",
        max_length=REPLY_LENGTH,
        validators=[legible],
        help_text="Everybody reads it. Leave out names and whatever else could point to you or to someone else.",
        error_messages={
            "required": "Write your reply",
            "max_length": "Shorten your reply to 2,000 characters",
        },
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = _plain_helper()

    def clean_reply(self) -> str:
        """Take what was typed without blanks around it."""
        return _cleaned(self.fields["reply"], self.cleaned_data["reply"])


class DeclineForm(forms.Form):
    """Why a doctor does not answer a question."""

    reason = forms.ChoiceField(
        label="What shall the patient know?",
        choices=Decline.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a reason", "invalid_choice": "Choose a reason"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = _plain_helper()


class ChoicesForm(forms.Form):
    """How soon a doctor is told of new questions, and which further topics come to their desk."""

    how_often = forms.ChoiceField(
        label="Tell me by email of new questions on my topics",
        choices=HowOften.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how often", "invalid_choice": "Choose how often"},
    )
    topics = forms.MultipleChoiceField(
        required=False,
        label="Further topics for my desk",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choose topics that are on this page"},
    )
    other_topics = forms.CharField(
        required=False,
        label="Other topics",
        max_length=1000,
        help_text="Their names, separated by commas.",
        error_messages={"max_length": "Name fewer topics at a time"},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, chosen: Sequence[Topic], own: Sequence[Topic], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        busy = Topic.objects.exclude(pk__in=[topic.pk for topic in own]).order_by("-question_count", "pk")[:SUGGESTED]
        self.suggested = {topic.slug: topic for topic in [*chosen, *busy]}
        chooser: dict[str, Any] = self.fields
        chooser["topics"].choices = [(slug, topic.name) for slug, topic in self.suggested.items()]
        self.helper = _plain_helper()

    def clean_other_topics(self) -> list[Topic]:
        """Find each topic that was named; one that is not there is said."""
        typed = self.cleaned_data["other_topics"].replace("\0", "").split(",")
        names = {name.casefold(): name for name in (" ".join(part.split()) for part in typed) if name}
        found = Topic.objects.by_names(names.values())
        if missing := [name for name in names.values() if name.lower() not in found]:
            raise ValidationError(f"There is no topic “{missing[0]}”. See all of them on the page “Topics”")
        return list(found.values())

    def clean(self) -> dict[str, Any]:
        """Bound how many topics are chosen."""
        cleaned = super().clean() or {}
        chosen = [self.suggested[slug] for slug in cleaned.get("topics", [])]
        cleaned["all_topics"] = list(
            {topic.pk: topic for topic in [*chosen, *cleaned.get("other_topics", [])]}.values()
        )
        if len(cleaned["all_topics"]) > MOST_CHOSEN:
            self.add_error("topics", f"Choose up to {MOST_CHOSEN} topics")
        return cleaned
