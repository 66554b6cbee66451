"""Questions, answers, topics and facts in the admin."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import slugify

from moderation.admin import ModeratedAdmin
from questions import services
from questions.bodies import render
from questions.models import (
    DOWN_COLUMNS,
    UP_COLUMNS,
    Answer,
    AnswerFact,
    FactKind,
    Question,
    QuestionTopic,
    Topic,
)


class FactKindInline(admin.TabularInline):
    model = FactKind
    extra = 0


@admin.register(Topic)
class TopicAdmin(admin.ModelAdmin):
    list_display = ("name", "slug", "question_count")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = ("question_count",)
    inlines = (FactKindInline,)
    show_full_result_count = False


class QuestionTopicInline(admin.TabularInline):
    model = QuestionTopic
    extra = 0
    autocomplete_fields = ("topic",)

    # A topic is added or taken away, never turned into another one: so each is counted.
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class BodyAdmin(ModeratedAdmin):
    """Admin of something with a body: what is shown is made anew when the source changes."""

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        obj.body_html = render(obj.body, obj.body_format)
        if change and {"title", "headline", "body", "body_format"} & set(form.changed_data):
            obj.edited_at = timezone.now()
        super().save_model(request, obj, form, change)


@admin.register(Question)
class QuestionAdmin(BodyAdmin):
    list_display = ("title", "shown_asker", "state", "answer_count", "asked_at")
    list_filter = ("state",)
    list_select_related = ("asker",)
    search_fields = ("title", "body", "asker__pen_name", "asker_name", "=id", "=external_id")
    autocomplete_fields = ("asker",)
    readonly_fields = (
        *ModeratedAdmin.readonly_fields,
        "edited_at",
        "answer_count",
        "last_answer_at",
        "active_at",
        "external_id",
        "source_url",
    )
    inlines = (QuestionTopicInline,)
    hide = services.hide_question
    restore = services.restore_question

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        obj.slug = slugify(obj.title)[:80].strip("-") or "question"
        super().save_model(request, obj, form, change)

    @admin.display(description="asker")
    def shown_asker(self, question: Question) -> str:
        return question.shown_asker


class AnswerFactInline(admin.TabularInline):
    model = AnswerFact
    extra = 0
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
        *UP_COLUMNS,
        *DOWN_COLUMNS,
        "upvote_count",
        "downvote_count",
        "score",
        "rank",
        "external_id",
    )
    inlines = (AnswerFactInline,)
    hide = services.hide_answer
    restore = services.restore_answer


@admin.register(FactKind)
class FactKindAdmin(admin.ModelAdmin):
    list_display = ("label", "topic", "form", "unit", "position")
    list_filter = ("form",)
    list_select_related = ("topic",)
    search_fields = ("label", "key", "topic__name")
    autocomplete_fields = ("topic",)


@admin.register(AnswerFact)
class AnswerFactAdmin(admin.ModelAdmin):
    list_display = ("answer", "kind", "span", "choice")
    list_select_related = ("answer", "kind__topic")
    search_fields = ("answer__headline", "kind__label", "choice")
    autocomplete_fields = ("answer", "kind")
    show_full_result_count = False
