"""What a reader chooses of a list, and what an asker types."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import QueryDict
from django.urls import reverse_lazy
from django.utils.functional import cached_property

from doctors.models import Specialty
from moderation.services import legible, shows_nothing, with_plain_newlines, without_blanks, without_unseen
from questions.models import (
    PROMPT_REPLY_LENGTH,
    TOPIC_NAME_LENGTH,
    Follow,
    HowOften,
    Question,
    Topic,
    TopicPrompt,
    TopicSynonym,
)
from questions.search.filters import PLACE_LENGTH, Filters
from questions.services import Asked


class ListForm(forms.Form):
    """The filters of the list of questions, sent by GET."""

    # All of it may be left out: marking each field as optional would be noise.
    is_filter = True

    topic = forms.ChoiceField(required=False)
    specialty = forms.ChoiceField(required=False, label="Answered by")

    def __init__(self, *args: Any, topics: Sequence[Topic], topic: Topic | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = {choice.slug: choice.name for choice in topics}
        if topic:
            choices.setdefault(topic.slug, topic.name)
        by_name = sorted(choices.items(), key=lambda choice: choice[1].casefold())
        chooser: dict[str, Any] = self.fields
        chooser["topic"].choices = [("", "All topics"), *by_name]
        specialties = Specialty.objects.values_list("slug", "name")
        chooser["specialty"].choices = [("", "Any specialty"), *specialties]
        # The page writes the form's tag itself; a form sent by GET carries no token.
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.form_show_errors = False


ANSWERED = {"": "Any", "yes": "By a doctor", "no": "Not yet"}


class TopicField(forms.ModelChoiceField):
    """A topic by its slug, or by that of a synonym."""

    def to_python(self, value: Any) -> Topic | None:
        if value and isinstance(value, str) and (topic := Topic.objects.at(value)):
            return topic
        return super().to_python(value)


class SearchForm(forms.Form):
    """What a search is narrowed to, sent by GET. What is not a choice counts as no choice."""

    # All of it may be left out: marking each field as optional would be noise.
    is_filter = True

    topic = TopicField(Topic.objects.none(), required=False, to_field_name="slug", empty_label="Any topic")
    specialty = forms.ModelChoiceField(
        Specialty.objects.all(),
        required=False,
        to_field_name="slug",
        empty_label="Any specialty",
        label="Answered by",
    )
    place = forms.CharField(required=False, max_length=PLACE_LENGTH, label="Town or city of the doctor")
    answered = forms.ChoiceField(required=False, choices=ANSWERED)
    since = forms.DateField(required=False, label="Asked from", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label="Asked until", widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, topics: Sequence[Topic], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        # Any topic may be asked for; the ones to choose from are few, and the one that is asked for.
        fields["topic"].queryset = Topic.objects.only("name", "slug")
        chosen = self.chosen.get("topic")
        offered = {topic.slug: topic.name for topic in [*topics, *([chosen] if chosen else [])]}
        by_name = sorted(offered.items(), key=lambda choice: choice[1].casefold())
        fields["topic"].widget.choices = [("", "Any topic"), *by_name]
        # The page writes the form's tag itself; a form sent by GET carries no token.
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.form_show_errors = False

    @property
    def chosen(self) -> dict[str, Any]:
        """The filters that are on."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def filters(self) -> Filters:
        """What was chosen, for the search."""
        chosen = self.chosen
        return Filters(
            topic=chosen["topic"].pk if "topic" in chosen else None,
            specialty=chosen["specialty"].pk if "specialty" in chosen else None,
            place=chosen.get("place", ""),
            answered={"yes": True, "no": False}.get(chosen.get("answered", "")),
            since=chosen.get("since"),
            until=chosen.get("until"),
        )


ASKED_TITLE_LENGTH = 140
ASKED_BODY_LENGTH = 10_000
MOST_TOPICS = 5
SUGGESTED_TOPICS = 12
FEWEST_WORDS = 3
# What is read of the words for a first look, before anything is refused for its length.
LOOKED_AT = 100_000
REPLY = "reply_"
SLUG_CHARACTERS = 120


def _asks(url_name: str, target: str, trigger: str) -> dict[str, Any]:
    """Return the attributes of a control that fetches a part of the page for what was typed; without script, none."""
    return {
        "autocomplete": "off",
        "hx-post": reverse_lazy(url_name),
        "hx-trigger": trigger,
        "hx-target": target,
        "hx-include": "closest form",
        "hx-sync": "this:replace",
    }


PROMPTS = _asks("questions:prompts", "#prompts", "change")


class TopicsField(forms.MultipleChoiceField):
    """Topics by their slugs: each that exists may be chosen, whichever were suggested.

    One is needed, but it may be one that is named in words.
    """

    def validate(self, value: Any) -> None:
        """Leave it to the form, which looks all slugs up at once."""


class AskForm(forms.Form):
    """A question as a patient types it. Nothing of it is lost: it comes back as typed with every error.

    The replies to the short questions of the chosen topics are fields of their own, named by the prompt's key.
    """

    key = forms.UUIDField(widget=forms.HiddenInput)
    title = forms.CharField(
        label="Your question",
        max_length=ASKED_TITLE_LENGTH,
        validators=[legible],
        help_text=f"One sentence, as you would ask it in the room. Up to {ASKED_TITLE_LENGTH} characters.",
        error_messages={
            "required": "Write your question",
            "max_length": f"Shorten your question to {ASKED_TITLE_LENGTH} characters",
        },
        widget=forms.TextInput(attrs=_asks("questions:similar", "#similar", "input changed delay:600ms")),
    )
    body = forms.CharField(
        label="The details",
        max_length=ASKED_BODY_LENGTH,
        validators=[legible],
        help_text="When it began, what you have tried, and what you want to know.",
        error_messages={
            "required": "Write the details: when it began, and what you want to know",
            "max_length": "Shorten the details to 10,000 characters",
        },
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    topics = TopicsField(
        label="Topics",
        help_text="They decide which doctors see your question. Choose up to 5.",
        widget=forms.CheckboxSelectMultiple(attrs=PROMPTS),
    )
    other_topics = forms.CharField(
        required=False,
        label="Other topics",
        max_length=6 * TOPIC_NAME_LENGTH,
        validators=[legible],
        help_text="Separated by commas. A topic that we do not have yet is looked at by a moderator first.",
        error_messages={"max_length": "Shorten the names of the other topics"},
        widget=forms.TextInput(attrs=PROMPTS),
    )
    no_names = forms.BooleanField(
        label="I have left out names and other personal details, mine and other people’s.",
        error_messages={"required": "Confirm that you left out personal details"},
    )

    def __init__(self, *args: Any, similar: Sequence[Question] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.form_show_errors = False
        fields: dict[str, Any] = self.fields
        fields["topics"].choices = self._choices(similar)
        for prompt in self.prompts:
            fields[f"{REPLY}{prompt.pk}"] = _prompt_field(prompt)
        self.order_fields(["key", "title", "body", "topics", "other_topics", *self._reply_names, "no_names"])

    @property
    def _reply_names(self) -> list[str]:
        return [f"{REPLY}{prompt.pk}" for prompt in self.prompts]

    @cached_property
    def typed_topics(self) -> list[str]:
        """The slugs that were ticked, whether or not they exist."""
        given: Any = self.data if self.is_bound else self.initial
        ticked = given.getlist("topics") if isinstance(given, QueryDict) else given.get("topics", [])
        return [slug for slug in ticked if isinstance(slug, str)][: 4 * MOST_TOPICS]

    @cached_property
    def named_topics(self) -> tuple[list[Topic], list[str]]:
        """The topics that were named in words and exist, and the names of those that do not."""
        given: Any = self.data if self.is_bound else self.initial
        names: dict[str, str] = {}
        for part in str(given.get("other_topics", ""))[:LOOKED_AT].replace("\0", "").split(",")[: 4 * MOST_TOPICS]:
            if not shows_nothing(name := " ".join(part.split())):
                names.setdefault(name.casefold(), name)
        found = Topic.objects.by_names(names.values()) if names else {}
        known = [found[name.lower()] for name in names.values() if name.lower() in found]
        return list(dict.fromkeys(known)), [name for name in names.values() if name.lower() not in found]

    @cached_property
    def chosen_topics(self) -> list[Topic]:
        """The topics that exist, of those ticked and those named, each once and in that order."""
        slugs = _clean(self.typed_topics)
        ticked = {topic.slug: topic for topic in Topic.objects.filter(slug__in=slugs)}
        # A draft may know a topic by the name that it had before it was merged.
        if missing := set(slugs) - ticked.keys():
            synonyms = TopicSynonym.objects.filter(slug__in=missing).select_related("topic")
            ticked |= {synonym.slug: synonym.topic for synonym in synonyms}
        in_order = [ticked[slug] for slug in self.typed_topics if slug in ticked]
        return list(dict.fromkeys([*in_order, *self.named_topics[0]]))

    @cached_property
    def prompts(self) -> list[TopicPrompt]:
        """The short questions of the chosen topics."""
        topics = [topic.pk for topic in self.chosen_topics]
        found = TopicPrompt.objects.filter(topic__in=topics).select_related("topic")
        return sorted(found, key=lambda prompt: (topics.index(prompt.topic_id), prompt.position, prompt.pk))

    def _choices(self, similar: Sequence[Question]) -> list[tuple[str, str]]:
        """Return the topics to tick: those chosen, those of similar questions, and the busiest."""
        of_similar = Topic.objects.filter(question_topics__question__in=[question.pk for question in similar])
        near = of_similar.annotate(times=Count("pk")).order_by("-times", "pk")[:SUGGESTED_TOPICS] if similar else []
        busy = Topic.objects.filter(question_count__gt=0).order_by("-question_count", "pk")[:SUGGESTED_TOPICS]
        ticked = [topic for topic in self.chosen_topics if topic.slug in self.typed_topics]
        suggested = dict.fromkeys([*ticked, *near, *busy])
        return [(topic.slug, topic.name) for topic in list(suggested)[: max(SUGGESTED_TOPICS, len(ticked))]]

    def clean_title(self) -> str:
        """Ask for a sentence: two words are what a search takes, not what a doctor can answer."""
        title = " ".join(without_unseen(self.cleaned_data["title"]).split())
        if shows_nothing(title):
            raise ValidationError("Write your question")
        if len([word for word in without_blanks(title).split() if _says_something(word)]) < FEWEST_WORDS:
            raise ValidationError(
                "Write your question as one full sentence, for example “Why does my knee click on stairs?”"
            )
        return title

    def clean_body(self) -> str:
        """Take the details with the line ends of this house, and without what nobody sees."""
        body = without_unseen(with_plain_newlines(self.cleaned_data["body"])).strip()
        if not _says_something(without_blanks(body)):
            raise ValidationError("Write the details: when it began, and what you want to know")
        return body

    def clean_topics(self) -> list[Topic]:
        """Take the topics that exist, ticked or named, up to five with those that are proposed."""
        count = len(self.chosen_topics) + len(self.named_topics[1])
        if not count:
            raise ValidationError("Choose a topic")
        if count > MOST_TOPICS:
            raise ValidationError(f"Choose up to {MOST_TOPICS} topics; these are {count}")
        return self.chosen_topics

    def clean_other_topics(self) -> list[str]:
        """Take the names of topics that do not exist yet."""
        proposals = self.named_topics[1]
        if any(len(name) > TOPIC_NAME_LENGTH for name in proposals):
            raise ValidationError(f"Shorten each other topic to {TOPIC_NAME_LENGTH} characters")
        return proposals

    @property
    def asked(self) -> Asked:
        """What is asked, of a form that is valid."""
        replies = {prompt.pk: self.cleaned_data[f"{REPLY}{prompt.pk}"] for prompt in self.prompts}
        return Asked(
            title=self.cleaned_data["title"],
            body=self.cleaned_data["body"],
            topics=self.cleaned_data["topics"],
            proposals=self.cleaned_data["other_topics"],
            replies={key: " ".join(text.split()) for key, text in replies.items() if not shows_nothing(text)},
        )

    @property
    def guarded(self) -> dict[str, str]:
        """The texts that everybody will read, by the field they stand in, of a form that is valid."""
        replies = [prompt for prompt in self.prompts if not prompt.choices]
        texts = {name: self.cleaned_data[name] for name in ("title", "body")}
        texts["other_topics"] = ", ".join(self.cleaned_data["other_topics"])
        texts |= {f"{REPLY}{prompt.pk}": self.cleaned_data[f"{REPLY}{prompt.pk}"] for prompt in replies}
        return {name: text for name, text in texts.items() if text}


def _says_something(text: str) -> bool:
    return any(sign.isalnum() for sign in text)


def screened_text(data: Mapping[str, Any]) -> str:
    """Return all words of a form as typed, for the emergency screen, which comes before anything is refused."""
    names = ["title", "body", "other_topics", *sorted(name for name in data if name.startswith(REPLY))]
    return "\n".join(str(data.get(name) or "") for name in names)[:LOOKED_AT]


def content_of(data: QueryDict) -> dict[str, Any]:
    """Return what a draft keeps of a form that was sent: its words as typed, complete or not."""
    plain = {name: _without_nul(data.get(name, "")) for name in ("title", "body", "other_topics", "no_names")}
    replies = [name for name in sorted(data) if name.startswith(REPLY) and name.removeprefix(REPLY).isdecimal()]
    # Longer than any that the form takes: nobody typed it there.
    plain |= {name: _without_nul(data.get(name, ""))[: 10 * PROMPT_REPLY_LENGTH] for name in replies[:40]}
    kept: dict[str, Any] = {name: text for name, text in plain.items() if text}
    if topics := [slug[:SLUG_CHARACTERS] for slug in _clean(data.getlist("topics"))]:
        kept["topics"] = topics
    return kept


def data_of(key: UUID, content: Mapping[str, Any]) -> QueryDict:
    """Return a draft as the form would send it."""
    data = QueryDict(mutable=True)
    for name, value in {**content, "key": str(key)}.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def initial_of(question: Question) -> dict[str, Any]:
    """Return a question as the form would have it typed."""
    replies = {f"{REPLY}{reply.prompt_id}": reply.text for reply in question.prompt_replies.all()}
    topics = [link.topic.slug for link in question.question_topics.select_related("topic").order_by("pk")]
    proposals = ", ".join(question.topic_proposals.order_by("pk").values_list("name", flat=True))
    return {
        "key": uuid4(),
        "title": question.title,
        "body": question.body,
        "topics": topics,
        "other_topics": proposals,
        **replies,
    }


def _clean(slugs: Iterable[str]) -> list[str]:
    return [slug for slug in slugs if "\0" not in slug][: 4 * MOST_TOPICS]


def _without_nul(text: str) -> str:
    return text.replace("\0", "")


def _prompt_field(prompt: TopicPrompt) -> forms.Field:
    if not prompt.choices:
        return forms.CharField(
            required=False,
            label=prompt.label,
            max_length=PROMPT_REPLY_LENGTH,
            validators=[legible],
            error_messages={"max_length": f"Shorten “{prompt.short_label}” to {PROMPT_REPLY_LENGTH} characters"},
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )
    words = [str(choice)[:PROMPT_REPLY_LENGTH] for choice in prompt.choices]
    return forms.ChoiceField(
        required=False,
        label=prompt.label,
        choices=[("", "I would rather not say"), *((word, word) for word in words)],
        error_messages={"invalid_choice": f"Choose one of the words for “{prompt.short_label}”"},
        widget=forms.Select,
    )


class EditForm(AskForm):
    """A question that its asker changes."""

    is_redaction = forms.BooleanField(
        required=False,
        label="I removed personal details: delete the words from before.",
        help_text="Otherwise everybody can read in the history what the question said before.",
    )


class FollowForm(forms.ModelForm):
    """How soon to be told of what one follows."""

    how_often = forms.ChoiceField(
        label="Tell me by email",
        choices=HowOften.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how often", "invalid_choice": "Choose how often"},
    )

    class Meta:
        model = Follow
        fields = ("how_often",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.form_show_errors = False
