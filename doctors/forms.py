"""What a reader chooses of the directory, and what an applicant states."""

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError

from doctors.languages import CHOICES
from doctors.lists import topic_name, topics_to_choose
from doctors.models import MOST_DOCUMENTS, Doctor, Document, Specialty, Verification
from doctors.services import STATED
from doctors.stated import (
    credentials_fault,
    fold,
    has_unseen,
    is_address,
    is_npi,
    is_number,
    mixes_in_a_word,
    name_fault,
    names_of,
)
from moderation.forms import CleanFilesField

SLUG_LENGTH = 120
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
    language = forms.ChoiceField(required=False, choices=[("", "Any language"), *CHOICES], label="Speaks")
    topic = forms.ChoiceField(required=False, label="Answers in topic")
    rating = forms.ChoiceField(required=False, choices=RATINGS, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topic"].choices = self._topics()  # type: ignore[attr-defined]
        self.initial.setdefault("rating", "")
        # The page writes the form's tag itself; a form sent by GET carries no token.
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.form_show_errors = False

    def _topics(self) -> list[tuple[str, str]]:
        """Return the topics to choose from: the busiest ones, and the one of the address. At most two queries."""
        topics, slug = topics_to_choose(), str(self.data.get("topic", ""))[:SLUG_LENGTH]
        if slug and slug not in dict(topics) and (name := topic_name(slug)):
            topics = [*topics, (slug, name)]
        return [("", "Any topic"), *topics]

    @property
    def topic_name(self) -> str:
        """The name of the chosen topic; empty where none is chosen. The form is cleaned."""
        return dict(self.fields["topic"].choices).get(self.cleaned_data.get("topic") or "-", "")  # type: ignore[attr-defined]

    @property
    def count_on(self) -> int:
        """How many filters are on."""
        self.is_valid()
        return sum(bool(value) for value in self.cleaned_data.values())


MOST_LANGUAGES = 12
LANGUAGE_LENGTH = 60


class StatedField(forms.CharField):
    """One line that an applicant states; comes out folded, without a sign that nobody sees."""

    def __init__(self, what: str, *, required: bool | str, max_length: int, autocomplete: str = "off", **kwargs: Any):
        self.what = what
        words = {
            "required": required if isinstance(required, str) else "",
            "max_length": f"Shorten {what} to {max_length} characters",
            "null_characters_not_allowed": f"Type {what} again: it holds a sign that nobody can see",
        }
        super().__init__(
            required=bool(required),
            max_length=max_length,
            error_messages=words,
            widget=forms.TextInput(attrs={"autocomplete": autocomplete}),
            **kwargs,
        )

    def clean(self, value: Any) -> str:
        """Fold what fits, and refuse what is not drawn."""
        text = super().clean(value)
        if has_unseen(text) or has_unseen(fold(text)):
            raise ValidationError(f"Type {self.what} again: it holds a sign that nobody can see", code="unseen")
        folded = fold(text)
        # One sign may stand for several: what fitted as typed may be longer now.
        if len(folded) > (self.max_length or 0):
            raise ValidationError(self.error_messages["max_length"], code="max_length")
        return folded


class LanguagesField(StatedField):
    """The languages that a doctor speaks with patients, separated by commas; comes out as a list, each once."""

    def __init__(self) -> None:
        super().__init__(
            "your languages",
            required="Enter a language that you speak with patients",
            max_length=400,
            help_text="Those that you speak with patients, separated by commas.",
        )

    def clean(self, value: Any) -> list[str]:  # type: ignore[override]
        """Take what may be the names of languages."""
        names = names_of(super().clean(value))
        if not names:
            raise ValidationError("Enter a language that you speak with patients")
        if len(names) > MOST_LANGUAGES or any(len(name) > LANGUAGE_LENGTH for name in names):
            raise ValidationError(f"Name up to {MOST_LANGUAGES} languages, separated by commas")
        if any(not name[0].isalpha() or any(map(str.isdigit, name)) or is_address(name) for name in names):
            raise ValidationError("Write the names of languages, separated by commas")
        if any(mixes_in_a_word(name) for name in names):
            raise ValidationError("Write each language in one alphabet")
        return names


class OwnLanguagesForm(forms.Form):
    """The languages of a doctor who has joined, changed by themselves."""

    languages = LanguagesField()


class ApplicationForm(forms.Form):
    """What somebody states who wants to answer here as a doctor.

    Whether a number is that of somebody who is here already, nothing here tells: staff see it.
    """

    name = StatedField(
        "your name",
        required="Enter your name",
        max_length=100,
        autocomplete="name",
        help_text="Your full name as your licence has it, without titles. Everybody will see it.",
    )
    credentials = StatedField(
        "your credentials",
        required="Enter your credentials, such as MD, FACS",
        max_length=100,
        autocomplete="honorific-suffix",
        help_text="The letters after your name, such as MD, FACS.",
    )
    specialty = forms.ModelChoiceField(
        Specialty.objects.order_by("name"),
        empty_label="Choose one",
        help_text="The one that you were trained in. Is yours missing? Choose the nearest.",
        error_messages={
            "required": "Choose your specialty",
            "invalid_choice": "Choose your specialty from the list",
        },
    )
    place = StatedField(
        "your town or city",
        label="Town or city",
        required="Enter the town or city where you work",
        max_length=100,
        autocomplete="address-level2",
        help_text="Where you work.",
    )
    practice = StatedField(
        "the name of your practice",
        label="Practice or clinic",
        required=False,
        max_length=120,
        autocomplete="organization",
    )
    languages = LanguagesField()
    authority = StatedField(
        "the name of the body that issued your licence",
        label="Who issued your licence",
        required="Enter the body that issued your licence",
        max_length=160,
        help_text="The board, council or chamber, with its state or country.",
    )
    number = StatedField(
        "your licence number",
        label="Licence number",
        required="Enter your licence number",
        max_length=80,
        help_text="With the letters and digits that your licence shows.",
    )
    npi = StatedField(
        "your NPI",
        label="NPI",
        required=False,
        max_length=40,
        help_text="Only if you practise in the United States: 10 digits.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.form_show_errors = False
        self.fields["npi"].widget.attrs["inputmode"] = "numeric"

    def clean_name(self) -> str:
        """Refuse what no name holds, and letters that pass for others."""
        return _without(name_fault, self.cleaned_data["name"])

    def clean_credentials(self) -> str:
        """Refuse what no credentials hold."""
        return _without(credentials_fault, self.cleaned_data["credentials"])

    def clean_place(self) -> str:
        """Take the name of a place."""
        return self._plain("place", "Enter a town or city, without a web or email address")

    def clean_practice(self) -> str:
        """Take the name of a practice: it stands on the profile, which leads nowhere else."""
        return self._plain("practice", "Name your practice without a web or email address")

    def clean_authority(self) -> str:
        """Take the name of a body that issues licences."""
        return self._plain("authority", "Name the body that issued your licence without a web or email address")

    def clean_number(self) -> str:
        """Take a number in Latin letters and western digits: two ways to type one number are one number."""
        number = self.cleaned_data["number"]
        if not is_number(number):
            raise ValidationError("Write your licence number with the letters A to Z, digits, blanks and dashes only")
        return number

    def clean_npi(self) -> str:
        """Refuse what fails its own check digit."""
        npi = self.cleaned_data["npi"].replace(" ", "").replace("-", "")
        if npi and not is_npi(npi):
            raise ValidationError("Check your NPI: these are not the 10 digits of one. Leave it empty if you have none")
        return npi

    def _plain(self, name: str, words: str) -> str:
        text = self.cleaned_data[name]
        if text and not any(map(str.isalpha, text)):
            raise ValidationError(f"Write {self.fields[name].what} in letters")  # type: ignore[attr-defined]
        if is_address(text):
            raise ValidationError(words)
        if mixes_in_a_word(text):
            raise ValidationError("Write each word in one alphabet: some letters are of another one that looks alike")
        return text


class DocumentsForm(forms.Form):
    """Files that an applicant sends, and what they show."""

    shows = forms.ChoiceField(
        label="What do they show?",
        choices=[
            (Document.Kind.IDENTITY, "Who you are, such as a passport or an identity card"),
            (Document.Kind.LICENCE, "Your licence"),
            (Document.Kind.TRAINING, "Your specialist training"),
            (Document.Kind.OTHER, "Something else that helps"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the files show", "invalid_choice": "Choose what the files show"},
    )
    documents = CleanFilesField(
        most=MOST_DOCUMENTS,
        label="Files",
        help_text=f"PDF, JPEG, PNG or WebP, each at most 8 MB, at most {MOST_DOCUMENTS} documents in all. "
        "We keep a fresh copy of what each shows, and nothing of what hides in it.",
        error_messages={"required": "Choose a file"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.form_show_errors = False


def _without(fault_of: Any, text: str) -> str:
    if fault := fault_of(text):
        raise ValidationError(fault)
    return text


def initial_of(source: Doctor | Verification) -> dict[str, Any]:
    """Return what is known of a doctor as the form would have it typed."""
    known = {name: getattr(source, name) for name in STATED if hasattr(source, name)}
    return known | {"languages": ", ".join(source.languages)}
