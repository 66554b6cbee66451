"""What a doctor types as an answer: the words, their own interest, and facts of the question's topics."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError

from doctors.models import Doctor
from moderation.services import (
    as_latin,
    find_personal,
    legible,
    says_name,
    shows_nothing,
    with_plain_newlines,
    without_unseen,
)
from questions.bodies import plain, render
from questions.models import LARGEST_FACT, Answer, BodyFormat, FactKind, Question
from questions.services import Answered, StatedFact, stated_facts

HEADLINE_LENGTH = 140
BODY_LENGTH = 10_000
INTEREST_LENGTH = 200
FACT = "fact_"
PLACE_IN_HEADLINE = "Leave your name, place and practice out of the headline. They stand on your card"

# "Williamsville, NY", and the name of a house: what a headline that advertises ends in.
_city_and_state = re.compile(r"\b[A-Z][\w'’.-]+(?: [A-Z][\w'’.-]+)*, [A-Z]{2}\b")
_practice = re.compile(
    r"\b(?!Your |This |Every |Each |Which |Some |The )[A-Z][\w'’&-]{2,} (?:[A-Z][\w'’&-]+ )*"
    r"(?:Clinics?|Cent(?:re|er)|Hospital|Institute|Medspa)\b"
)
# Words of a practice's name that are common in headlines, too.
_common = frozenset(
    [
        *("the", "and", "for", "skin", "care", "clinic", "clinics", "centre", "center", "hospital"),
        *("practice", "institute", "surgery", "medical", "health", "dental", "laser", "plastic", "cosmetic"),
        *("dermatology", "family", "doctors", "doctor", "group", "associates", "street", "saint"),
    ]
)


def names_a_place(headline: str, doctor: Doctor) -> bool:
    """Tell whether a headline names a town with its state, a practice, or the doctor's own name, town or practice.

    However it is spelt: letters that look alike, accents, digits and hyphens make no difference.
    """
    plain = as_latin(headline)
    if _city_and_state.search(plain) or _practice.search(plain):
        return True
    parts = [part.strip() for part in re.split(r"[,/()]", f"{doctor.place},{doctor.practice}")]
    own = [part for part in parts if len(part) > 3]
    # Of a practice's name each telling word alone, such as a founder's.
    own += [word for word in re.findall(r"\w+", doctor.practice) if len(word) > 3 and word.casefold() not in _common]
    own += [word for word in re.findall(r"\w+", doctor.name)[-1:] if len(word) > 3]
    return any(says_name(headline, name) for name in own)


class AnswerForm(forms.Form):
    """An answer as a doctor types it; it comes back as typed with every error.

    Each kind of fact that a topic of the question asks for is a field, or two for the ends of a range, named by its
    key.
    """

    headline = forms.CharField(
        max_length=HEADLINE_LENGTH,
        validators=[legible],
        help_text=f"Your answer in one line. Up to {HEADLINE_LENGTH} characters, without your place or practice.",
        error_messages={
            "required": "Write a headline: your answer in one line",
            "max_length": f"Shorten the headline to {HEADLINE_LENGTH} characters",
        },
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    body = forms.CharField(
        label="Your answer",
        max_length=BODY_LENGTH,
        validators=[legible],
        help_text="Plain words. An empty line begins a paragraph, “- ” a list, **two stars** make words strong, and "
        "[words](https://…) make a link.",
        error_messages={"required": "Write your answer", "max_length": "Shorten your answer to 10,000 characters"},
        widget=forms.Textarea(attrs={"rows": 12}),
    )
    interest = forms.ChoiceField(
        label="Your own interest",
        help_text="Whether you gain from what this is about. It stands below your answer.",
        choices=[
            (Answer.Interest.OFFERS, "I offer this treatment"),
            (Answer.Interest.OWNS_DEVICE, "I own the device"),
            (Answer.Interest.PAID, "I am paid for it"),
            (Answer.Interest.NONE, "None of these"),
        ],
        error_messages={"required": "Say what your interest is, or that there is none", "invalid_choice": "Choose one"},
        widget=forms.RadioSelect,
    )
    interest_words = forms.CharField(
        required=False,
        label="In your words",
        max_length=INTEREST_LENGTH,
        validators=[legible],
        help_text="As it goes on after your name: “offers this treatment at her clinic”.",
        error_messages={"max_length": f"Shorten the words on your interest to {INTEREST_LENGTH} characters"},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, question: Question, doctor: Doctor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.doctor = doctor
        self.kinds = list(kinds_of(question))
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.form_show_errors = False
        for kind in self.kinds:
            self.fields.update(_fields_of(kind))

    @property
    def fact_fields(self) -> list[dict[str, Any]]:
        """The fields of facts by their kinds: one of a choice, two for the ends of a range."""
        return [
            {
                "kind": kind,
                "is_choice": kind.form == FactKind.Form.CHOICE,
                "fields": [self[name] for name in _fields_of(kind)],
            }
            for kind in self.kinds
        ]

    def clean_headline(self) -> str:
        """Refuse what a headline is not for: a place, a practice, a way to reach somebody."""
        headline = " ".join(without_unseen(self.cleaned_data["headline"]).split())
        if shows_nothing(headline):
            raise ValidationError("Write a headline: your answer in one line")
        if names_a_place(headline, self.doctor):
            raise ValidationError(PLACE_IN_HEADLINE)
        return _without_contacts(headline, "headline")

    def clean_body(self) -> str:
        """Refuse ways to reach somebody, and a body that shows nothing."""
        body = without_unseen(with_plain_newlines(self.cleaned_data["body"])).strip()
        if shows_nothing(plain(render(body, BodyFormat.MARKDOWN))):
            raise ValidationError("Write your answer")
        return _without_contacts(body, "answer")

    def clean_interest_words(self) -> str:
        """Refuse ways to reach somebody here, too."""
        words = " ".join(without_unseen(self.cleaned_data["interest_words"]).split()).rstrip(".")
        return "" if shows_nothing(words) else _without_contacts(words, "words on your interest")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for kind in self.kinds:
            if kind.form == FactKind.Form.CHOICE:
                continue
            low, high = (cleaned.get(f"{FACT}{kind.pk}_{end}") for end in ("low", "high"))
            if low is None and high is not None and f"{FACT}{kind.pk}_low" not in self.errors:
                self.add_error(f"{FACT}{kind.pk}_low", f"Enter the smaller number of “{kind.label}”, too")
            if low is not None and high is not None and low > high:
                self.add_error(f"{FACT}{kind.pk}_high", f"Write the smaller number of “{kind.label}” first")
        return cleaned

    @property
    def answered(self) -> Answered:
        """What is answered, of a form that is valid."""
        cleaned = self.cleaned_data
        return Answered(
            headline=cleaned["headline"],
            body=cleaned["body"],
            interest=cleaned["interest"],
            interest_words=cleaned["interest_words"],
            facts=[fact for kind in self.kinds if (fact := _stated(kind, cleaned))],
        )


def kinds_of(question: Question) -> Iterable[FactKind]:
    """Return the kinds of facts that the topics of a question ask for, in the order of the box."""
    return FactKind.objects.filter(topic__question_topics__question=question).order_by("position", "pk")


def _without_contacts(text: str, where: str) -> str:
    found = sorted({finding.label.lower() for finding in find_personal(text) if finding.must_go})
    if found:
        raise ValidationError(f"Take out of the {where} how to reach somebody: {', '.join(found)}", code="contact")
    return text


def _fields_of(kind: FactKind) -> dict[str, forms.Field]:
    name = f"{FACT}{kind.pk}"
    if kind.form == FactKind.Form.CHOICE:
        words = kind.choices if isinstance(kind.choices, dict) else {}
        return {
            name: forms.ChoiceField(
                required=False,
                label=kind.label,
                choices=[("", "I would rather not say"), *((key[:60], str(text)) for key, text in words.items())],
                error_messages={"invalid_choice": f"Choose one of the words for “{kind.label}”"},
                widget=forms.RadioSelect,
            )
        }
    return {f"{name}_low": _number_field(kind, "From"), f"{name}_high": _number_field(kind, "To")}


class CountField(forms.IntegerField):
    """A count in plain digits. Python reads more as a number than people do: ``1_000``, ``+5``, ``1.0``."""

    def to_python(self, value: Any) -> int | None:
        """Return the number, where only digits were typed."""
        typed = str(value).strip() if value is not None else ""
        if typed and not re.fullmatch(r"[0-9]{1,9}", typed):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


def _number_field(kind: FactKind, label: str) -> CountField:
    words = f"Write “{kind.label}” as a whole number from 0 to {LARGEST_FACT:,}"
    return CountField(
        required=False,
        label=label,
        min_value=0,
        max_value=LARGEST_FACT,
        error_messages={"invalid": words, "min_value": words, "max_value": words},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


def _stated(kind: FactKind, cleaned: Mapping[str, Any]) -> StatedFact | None:
    name = f"{FACT}{kind.pk}"
    if kind.form == FactKind.Form.CHOICE:
        return StatedFact(kind, choice=cleaned[name]) if cleaned.get(name) else None
    low, high = cleaned.get(f"{name}_low"), cleaned.get(f"{name}_high")
    return None if low is None else StatedFact(kind, low, low if high is None else high)


def initial_of_answer(answer: Answer) -> dict[str, Any]:
    """Return an answer as the form would have it typed; what came as HTML comes as its text."""
    body = plain(answer.body_html) if answer.body_format == BodyFormat.HTML else answer.body
    initial: dict[str, Any] = {
        "headline": answer.headline,
        "body": body,
        "interest": answer.interest,
        "interest_words": answer.interest_words,
    }
    for fact in stated_facts(answer):
        name = f"{FACT}{fact.kind.pk}"
        if fact.choice:
            initial[name] = fact.choice
        else:
            initial |= {f"{name}_low": fact.low, f"{name}_high": fact.high}
    return initial


def content_of_answer(data: Mapping[str, str]) -> dict[str, str]:
    """Return what a draft keeps of a form that was sent: its words as typed, complete or not."""
    names = [name for name in data if name in AnswerForm.base_fields or name.startswith(FACT)]
    return {name: str(data[name]).replace("\0", "")[: 4 * BODY_LENGTH] for name in names[:60] if data[name]}
