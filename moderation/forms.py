"""What a moderator says with a decision, what staff write for the emergency screen, and fields for files."""

import time
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from accounts.models import User
from moderation.emergency import Screen
from moderation.emergency_rules import ORDINARY
from moderation.evidence import SWITCH, SwitchError, weights_by
from moderation.models import Sanction, ScreenRule, ScreenWords
from moderation.models.people import LONGEST_SANCTION
from moderation.rules import RULES
from moderation.screening import current_lists, current_rules, rule_of
from moderation.services.people import may_act_on
from moderation.uploads import CONTENT_TYPES, LONGEST_SIDE, PHOTOS, WORDS, CleanFile, UploadRefused, clean_upload
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
        if not self.errors and cleaned["name"] == SWITCH:
            try:
                weights_by(cleaned["phrases"])
            except SwitchError as error:
                raise forms.ValidationError(str(error)) from None
        elif not self.errors:
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


FILE_HELP = (
    "PDF, JPEG, PNG or WebP, at most 8 MB. We keep a fresh copy of what it shows, and nothing of what hides in it."
)
# All files of a form are opened while its sender waits, and nginx waits for 30 seconds.
SECONDS_FOR_ALL = 20.0


class CleanFileField(forms.FileField):
    """A document or a photo: its value is a ``CleanFile``. The view needs ``takes_files(1)``."""

    widget = forms.FileInput
    default_error_messages = {"empty": WORDS["empty"], "invalid": WORDS["broken"], "missing": WORDS["broken"]}

    def __init__(self, *, help_text: str = FILE_HELP, **kwargs: Any) -> None:
        super().__init__(help_text=help_text, **kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Let the browser offer files of our kinds only; a phone then makes a JPEG of its own kind."""
        return {**super().widget_attrs(widget), "accept": ",".join(CONTENT_TYPES.values())}

    def to_python(self, data: UploadedFile | None) -> CleanFile | None:  # type: ignore[override]
        """Return the file written anew, or None where none came."""
        file = super().to_python(data)
        return self.clean_file(file) if file else None

    def clean_file(self, file: Any) -> CleanFile:
        """Return the file written anew."""
        return clean_upload(file)


PHOTO_HELP = (
    "JPEG, PNG or WebP, at most 8 MB. We keep a fresh and smaller copy of what it shows, without the place and the "
    "time at which it was taken."
)
PHOTO_WORDS = {
    "empty": "The photo is empty. Choose it again, or choose another one.",
    "bytes": "The photo is larger than 8 MB. Make it smaller, then choose it again.",
    "kind": "This is not a photo we can take. Save it as JPEG, PNG or WebP, then choose it again.",
    "broken": "We could not open the photo: a part of it is missing or damaged. Choose it again, or another one.",
    "heavy": "The photo takes too much work to open. Save it anew, then choose it again.",
}


class CleanPhotoField(CleanFileField):
    """A photo: a ``CleanFile`` that every browser shows, no larger than a screen. The view needs ``takes_files(1)``."""

    default_error_messages = {**PHOTO_WORDS, "invalid": PHOTO_WORDS["broken"], "missing": PHOTO_WORDS["broken"]}

    def __init__(self, *, help_text: str = PHOTO_HELP, **kwargs: Any) -> None:
        super().__init__(help_text=help_text, **kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Let the browser offer photos only."""
        return {**super().widget_attrs(widget), "accept": ",".join(CONTENT_TYPES[kind] for kind in sorted(PHOTOS))}

    def clean_file(self, file: Any) -> CleanFile:
        """Return the photo written anew, or refuse it in words for a photo."""
        try:
            return clean_upload(file, kinds=PHOTOS, longest=LONGEST_SIDE)
        except UploadRefused as error:
            raise forms.ValidationError(PHOTO_WORDS.get(str(error.code), error.message), code=error.code) from None


class FilesInput(forms.FileInput):
    """A control in which several files can be chosen."""

    allow_multiple_selected = True


class CleanFilesField(CleanFileField):
    """Several of them at once: its value is a list. The view needs ``takes_files(most)``."""

    widget = FilesInput

    def __init__(self, *, most: int = 5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most = most

    def clean(self, data: Any, initial: Any = None) -> list[CleanFile]:
        """Return the files written anew; what is wrong with one is told with its place among them."""
        files = [file for file in data or [] if file]
        if not files:
            super().clean(None, initial)
            return []
        if len(files) > self.most:
            raise forms.ValidationError(f"Send at most {self.most} files at once.", code="files")
        cleaned, faults, until = [], [], time.monotonic() + SECONDS_FOR_ALL
        for number, file in enumerate(files, 1):
            try:
                if time.monotonic() > until:
                    raise UploadRefused("many")
                cleaned.append(super().clean(file, initial))
            except forms.ValidationError as error:
                faults += [f"File {number}: {text}" if len(files) > 1 else text for text in error.messages]
        if faults:
            raise forms.ValidationError(faults)
        return cleaned


class PersonForm(forms.Form):
    """Whom a decision is about, by the only name that moderators know people by."""

    pen_name = forms.CharField(max_length=40, label="Pen name")
    rule = HideForm.base_fields["rule"]

    def clean_pen_name(self) -> str:
        """Find the person; ``self.person`` is theirs."""
        name = self.cleaned_data["pen_name"].strip()
        person = User.objects.filter(pen_name__iexact=name, erased_at=None).first()
        if person is None:
            raise forms.ValidationError("Nobody here has this pen name. Copy it from what they wrote.")
        if self.moderator is None or not may_act_on(self.moderator, person):
            raise forms.ValidationError("You cannot decide about this person: ask a colleague with more rights.")
        self.person = person
        return name

    moderator: User | None = None
    person: User


class SanctionForm(PersonForm):
    """A warning, fewer posts a day or reading only, and until when."""

    kind = forms.ChoiceField(choices=[("", "Choose what"), *Sanction.Kind.choices])
    days = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=LONGEST_SANCTION.days - 1,
        label="For so many days",
        help_text="From now. A warning has no end: leave this empty.",
    )
    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The person reads this. Say what they did, and what to do otherwise.",
    )
    field_order = ("pen_name", "kind", "days", "rule", "reason")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        is_warning = cleaned.get("kind") == Sanction.Kind.WARNING
        if cleaned.get("kind") and not is_warning and not cleaned.get("days") and "days" not in self.errors:
            self.add_error("days", "Enter for how many days: each sanction but a warning has an end.")
        cleaned["ends_at"] = None if is_warning or not cleaned.get("days") else _in_days(cleaned["days"])
        return cleaned


def _in_days(days: int) -> datetime:
    return timezone.now() + timedelta(days=days)


class HideEverythingForm(PersonForm):
    """The rule and the sentence that stand in place of all that a person published."""

    reason = HideForm.base_fields["reason"]


class BecauseForm(forms.Form):
    """Why something is taken back."""

    reason = forms.CharField(
        max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text="It stays on record beside it."
    )
