"""Questions, answers, topics and facts in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.postgres.forms import IntegerRangeField, RangeWidget
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import NumericRange
from django.db.models import QuerySet
from django.forms import CharField, Form, ModelChoiceField, ModelForm, NumberInput, RadioSelect, Textarea
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html

from accounts.admin import RoomAdmin, RoomInline
from moderation.admin import ModeratedAdmin
from moderation.staff_pages import OnRecordAdmin
from questions import services
from questions.bodies import render
from questions.models import (
    DOWN_COLUMNS,
    LARGEST_FACT,
    UP_COLUMNS,
    Answer,
    AnswerAgreement,
    AnswerEdit,
    AnswerFact,
    Decline,
    FactKind,
    Inquiry,
    PromptReply,
    Question,
    QuestionEdit,
    QuestionPhoto,
    QuestionTopic,
    Recall,
    SynonymGroup,
    Topic,
    TopicPrompt,
    TopicProposal,
    TopicSynonym,
    question_slug,
)


class FactKindInline(RoomInline):
    model = FactKind


class TopicPromptInline(RoomInline):
    model = TopicPrompt


class RecallForm(Form):
    """Why all answers of a topic go back under review."""

    reason = CharField(
        max_length=300,
        widget=Textarea(attrs={"rows": 3}),
        help_text="One sentence. Everybody reads it beside each answer until its doctor confirms or changes it.",
    )


class MergeForm(Form):
    """Which of some topics stays, and how it is described then."""

    target = ModelChoiceField(Topic.objects.none(), widget=RadioSelect, label="The one that stays", empty_label=None)
    description = CharField(
        required=False,
        widget=Textarea(attrs={"rows": 6}),
        help_text="What it says on top of its page afterwards. Here stand the descriptions of all of them.",
    )

    def __init__(self, *args: Any, topics: QuerySet[Topic], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].queryset = topics
        self.fields["description"].initial = "\n\n".join(filter(None, (topic.description for topic in topics)))


class TopicSynonymInline(RoomInline):
    model = TopicSynonym
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Topic)
class TopicAdmin(RoomAdmin):
    list_display = ("name", "slug", "parent", "synonym_names", "question_count", "review_months")
    list_select_related = ("parent",)
    search_fields = ("name", "slug", "synonyms__name")
    autocomplete_fields = ("parent", "specialties")
    actions = ("recall_chosen", "merge_chosen")
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = ("question_count",)
    inlines = (TopicSynonymInline, FactKindInline, TopicPromptInline)
    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        if change and "name" in form.changed_data:
            services.hold_topic(obj.pk)
        super().save_model(request, obj, form, change)

    @admin.action(description="Put all answers back under review", permissions=["change"])
    def recall_chosen(self, request: HttpRequest, chosen: QuerySet) -> HttpResponse | None:
        """Ask for the reason, then put all answers of the chosen topics back under review."""
        topics = list(chosen.order_by("pk"))
        form = RecallForm(request.POST if "recall" in request.POST else None)
        if form.is_valid():
            for topic in topics:
                services.recall_topic(topic.pk, reason=form.cleaned_data["reason"], staff=request.user)  # type: ignore[arg-type]
            self.message_user(request, f"Under review again: {', '.join(map(str, topics))}.", messages.SUCCESS)
            return None
        page = {"title": "Put all answers back under review", "act": "recall", "topics": topics, "form": form}
        return self._ask(request, "questions/admin_recall.html", page)

    @admin.action(description="Merge into one topic", permissions=["change", "delete"])
    def merge_chosen(self, request: HttpRequest, chosen: QuerySet) -> HttpResponse | None:
        """Ask which of the chosen topics stays, then merge the others with it, all or none."""
        topics = chosen.order_by("name")
        if len(topics) < 2:
            self.message_user(request, "Choose two topics or more.", messages.ERROR)
            return None
        form = MergeForm(request.POST if "merge" in request.POST else None, topics=topics)
        if form.is_valid():
            self._merge(request, list(topics), **form.cleaned_data)
            return None
        page = {"title": "Merge into one topic", "act": "merge", "topics": topics, "form": form}
        return self._ask(request, "questions/admin_merge.html", page)

    def _ask(self, request: HttpRequest, template: str, page: dict[str, Any]) -> HttpResponse:
        """Show what an action asks before it is done."""
        context = {**self.admin_site.each_context(request), "opts": self.opts, **page}
        status = 422 if page["form"].is_bound else 200
        return TemplateResponse(request, template, context, status=status)

    def _merge(self, request: HttpRequest, topics: list[Topic], target: Topic, description: str) -> None:
        others = [topic for topic in topics if topic != target]
        try:
            with transaction.atomic():
                for topic in others:
                    services.merge_topics(topic.pk, target.pk, description=description)
                names = ", ".join(f"{topic.name} ({topic.pk})" for topic in others)
                self.log_change(request, target, f"Merged with {names}.")
        except services.NotMergedError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, f"Merged into {target}: {names}.", messages.SUCCESS)


@admin.register(SynonymGroup)
class SynonymGroupAdmin(RoomAdmin):
    list_display = ("__str__", "note")
    search_fields = ("words", "note")
    readonly_fields = ("keys",)
    show_full_result_count = False


class QuestionTopicInline(RoomInline):
    model = QuestionTopic
    autocomplete_fields = ("topic",)

    # A topic is added or taken away, never turned into another one: so each is counted.
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class BodyAdmin(ModeratedAdmin):
    """Admin of something with a body: what is shown is made anew when the source changes."""

    remade_fields = ("body_html", "edited_at", "slug")

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        obj.body_html = render(obj.body, obj.body_format)
        if change and {"title", "headline", "body", "body_format"} & set(form.changed_data):
            obj.edited_at = timezone.now()
        super().save_model(request, obj, form, change)


class PromptReplyInline(RoomInline):
    model = PromptReply
    autocomplete_fields = ("prompt",)


class OnRecordInline(RoomInline):
    """What came about elsewhere: read here, never changed."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class QuestionEditInline(OnRecordInline):
    """What the asker changed."""

    model = QuestionEdit
    readonly_fields = ("edited_at", "is_redaction", "title", "body", "stated")


class AnswerEditInline(OnRecordInline):
    """What the doctor changed."""

    model = AnswerEdit
    readonly_fields = ("edited_at", "is_substantial", "headline", "body", "body_format", "stated")


class AnswerAgreementInline(OnRecordInline):
    """Who agrees."""

    model = AnswerAgreement
    readonly_fields = ("doctor", "agreed_at")


@admin.register(Question)
class QuestionAdmin(BodyAdmin):
    list_display = ("title", "is_urgent", "shown_asker", "state", "answer_count", "asked_at")
    list_filter = ("is_urgent", "state")
    # What sounded like an emergency stands on top until somebody has looked at it.
    ordering = ("-is_urgent", "-pk")
    actions = (*ModeratedAdmin.actions, "mark_as_looked_at")
    list_select_related = ("asker",)
    search_fields = ("title", "body", "asker__pen_name", "asker_name", "=id", "=external_id")
    autocomplete_fields = ("asker",)
    readonly_fields = (
        *ModeratedAdmin.readonly_fields,
        "edited_at",
        "closed_at",
        "emergencies",
        "answer_count",
        "last_answer_at",
        "active_at",
        "external_id",
        "source_url",
    )
    inlines = (QuestionTopicInline, PromptReplyInline, QuestionEditInline)
    hide = services.hide_question
    restore = services.restore_question

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        obj.slug = question_slug(obj.title)
        super().save_model(request, obj, form, change)

    @admin.action(description="Looked at: no longer urgent", permissions=["change"])
    def mark_as_looked_at(self, request: HttpRequest, chosen: QuerySet) -> None:
        """Take questions down from the top of the list, once somebody has looked at them."""
        urgent = list(chosen.filter(is_urgent=True).order_by("pk").values_list("pk", flat=True))
        for key in urgent:
            services.look_at_question(key, moderator=request.user)  # type: ignore[arg-type]
        self.message_user(request, f"Looked at {len(urgent)}.", messages.SUCCESS)

    @admin.display(description="asker")
    def shown_asker(self, question: Question) -> str:
        return question.shown_asker


@admin.register(QuestionPhoto)
class QuestionPhotoAdmin(OnRecordAdmin):
    """Photos with questions; each is decided in its case, where it is shown."""

    list_display = ("__str__", "question", "position", "state", "alt", "uploaded_at")
    list_filter = ("state",)
    list_select_related = ("question",)
    search_fields = ("alt", "=question__id", "=id")
    fields = (*list_display[1:], "described_at", "format", "width", "height", "size", "seen", "decision", "erased_at")
    readonly_fields = ("seen",)

    @admin.display(description="photo")
    def seen(self, photo: QuestionPhoto) -> str:
        """Lead to the photo itself."""
        return format_html('<a href="{}">See it</a>', photo.get_absolute_url()) if photo.file else "It is erased."


class SpanWidget(RangeWidget):
    """Shows a span by its two ends, both of which belong to it."""

    def decompress(self, value: Any) -> tuple:
        return (value.lower, value.upper - 1) if value else (None, None)


class SpanField(IntegerRangeField):
    """Reads "3" and "6" as 3 to 6: what a doctor means by it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["widget"] = SpanWidget(NumberInput(attrs={"min": 0, "max": LARGEST_FACT}))
        super().__init__(**kwargs)

    def compress(self, values: Any) -> Any:
        low, high = values or (None, None)
        if low is None and high is None:
            return None
        if low is None or high is None or not 0 <= low <= high <= LARGEST_FACT:
            raise ValidationError(f"Type both ends, the smaller one first, from 0 to {LARGEST_FACT}.")
        return NumericRange(low, high + 1, "[)")


class AnswerFactForm(ModelForm):
    span = SpanField(required=False)

    class Meta:
        model = AnswerFact
        fields = ("answer", "kind", "span", "choice")


class AnswerFactInline(RoomInline):
    model = AnswerFact
    form = AnswerFactForm
    autocomplete_fields = ("kind",)


@admin.register(Answer)
class AnswerAdmin(BodyAdmin):
    list_display = ("__str__", "doctor", "question", "state", "score", "answered_at")
    list_filter = ("state", "interest")
    list_select_related = ("doctor", "question")
    search_fields = ("headline", "body", "doctor__name", "question__title", "=id", "=external_id")
    autocomplete_fields = ("question", "doctor")
    readonly_fields = (
        *ModeratedAdmin.readonly_fields,
        "edited_at",
        "confirmed_at",
        "version",
        "earlier_vote_count",
        "set_aside_count",
        *UP_COLUMNS,
        *DOWN_COLUMNS,
        "upvote_count",
        "downvote_count",
        "score",
        "rank",
        "external_id",
    )
    inlines = (AnswerFactInline, AnswerEditInline, AnswerAgreementInline)
    hide = services.hide_answer
    restore = services.restore_answer

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        """Tell followers of an answer that was entered here, as of any other."""
        super().save_model(request, obj, form, change)
        if not change:
            services.announce_answer(obj)


@admin.register(FactKind)
class FactKindAdmin(RoomAdmin):
    list_display = ("label", "topic", "form", "unit", "position")
    list_filter = ("form",)
    list_select_related = ("topic",)
    search_fields = ("label", "key", "topic__name")
    autocomplete_fields = ("topic",)


@admin.register(AnswerFact)
class AnswerFactAdmin(RoomAdmin):
    form = AnswerFactForm
    list_display = ("answer", "kind", "span", "choice")
    list_select_related = ("answer", "kind__topic")
    search_fields = ("answer__headline", "kind__label", "choice")
    autocomplete_fields = ("answer", "kind")
    show_full_result_count = False


@admin.register(TopicPrompt)
class TopicPromptAdmin(RoomAdmin):
    list_display = ("short_label", "label", "topic", "position")
    list_select_related = ("topic",)
    search_fields = ("short_label", "label", "topic__name")
    autocomplete_fields = ("topic",)


@admin.register(TopicProposal)
class TopicProposalAdmin(RoomAdmin):
    """Topics that askers missed. Nobody sees one before it is accepted here."""

    list_display = ("name", "question", "proposed_at")
    list_select_related = ("question",)
    search_fields = ("name",)
    readonly_fields = ("question", "proposed_at")
    actions = ("accept",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description="Accept: make it a topic of its question", permissions=["change"])
    def accept(self, request: HttpRequest, chosen: QuerySet) -> None:
        """Make topics of the chosen proposals, as they are spelt now."""
        topics = [services.accept_proposal(proposal.pk) for proposal in chosen.order_by("pk")]
        self.message_user(request, f"Accepted: {', '.join(topic.name for topic in topics if topic)}.", messages.SUCCESS)


class RecordAdmin(RoomAdmin):
    """What people said to one another: on record as they said it. What is unwanted is deleted."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Inquiry)
class InquiryAdmin(RecordAdmin):
    list_display = ("__str__", "doctor", "text", "reply", "asked_at", "replied_at")
    list_select_related = ("doctor",)
    search_fields = ("text", "reply", "doctor__name", "=question__id")


@admin.register(Decline)
class DeclineAdmin(RecordAdmin):
    list_display = ("question", "doctor", "reason", "declined_at")
    list_filter = ("reason",)
    list_select_related = ("doctor", "question")
    search_fields = ("doctor__name", "question__title", "=question__id")


@admin.register(Recall)
class RecallAdmin(RecordAdmin):
    """Recalls that were made; one made by mistake is deleted, and no answer says it any more."""

    list_display = ("topic", "reason", "made_at", "made_by")
    list_select_related = ("topic", "made_by")
    search_fields = ("topic__name", "reason")
