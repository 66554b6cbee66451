"""Decisions in the admin, and the page on which a moderator makes them."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from accounts.admin import RoomAdmin
from moderation.emergency import FAMILY_LABELS
from moderation.forms import HideForm, RestoreForm, ScreenRuleForm, ScreenWordsForm, TryTextForm
from moderation.models import Decision, Moderated, ScreenRule, ScreenWords
from moderation.screening import current_screen
from moderation.services import WithdrawnError


@admin.register(Decision)
class DecisionAdmin(RoomAdmin):
    list_display = ("subject_kind", "subject_id", "action", "rule", "reason", "decided_by", "decided_at")
    list_filter = ("action", "rule", "subject_kind")
    list_select_related = ("decided_by",)
    search_fields = ("reason", "=subject_id")
    date_hierarchy = "decided_at"
    show_full_result_count = False

    # A decision is made on the thing that it is about, and then stays on record.
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ScreenRule)
class ScreenRuleAdmin(RoomAdmin):
    """Rules of the emergency screen, and a box to try a text on them."""

    form = ScreenRuleForm
    list_display = ("family", "name", "within", "is_active", "note")
    list_display_links = ("name",)
    list_filter = ("family", "is_active")
    search_fields = ("name", "patterns", "unless", "note")
    show_full_result_count = False
    change_list_template = "moderation/admin_screen_rules.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.try_text)
        return [path("try/", view, name="moderation_screenrule_try"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        box = TryTextForm() if self.has_change_permission(request) else None
        return super().changelist_view(request, {**(extra_context or {}), "box": box})

    @method_decorator(sensitive_post_parameters("text"))
    def try_text(self, request: HttpRequest) -> HttpResponse:
        """Show which rules a text meets; the text comes by POST, and is neither kept nor logged."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        form = TryTextForm(request.POST or None)
        matched = None
        if form.is_valid():
            text, screen = form.cleaned_data["text"], current_screen()
            matched = [(FAMILY_LABELS[rule.family], rule.name) for rule in screen.matches(text)]
            matched += [(FAMILY_LABELS[family], "no rule: its words together") for family in screen.evident(text)]
        context = {
            **self.admin_site.each_context(request),
            "title": "Try a text",
            "form": form,
            "matched": matched,
            "opts": self.opts,
        }
        status = 422 if form.is_bound and not form.is_valid() else 200
        return TemplateResponse(request, "moderation/admin_try_text.html", context, status=status)


@admin.register(ScreenWords)
class ScreenWordsAdmin(RoomAdmin):
    form = ScreenWordsForm
    list_display = ("name", "phrases", "note")
    search_fields = ("name", "phrases", "note")
    show_full_result_count = False


class ModeratedAdmin(RoomAdmin):
    """Admin of something that a moderator may hide and publish again, each with a reason.

    ``hide`` and ``restore`` are the room's services; they take the lock and write the decision.
    """

    actions: tuple[str, ...] = ("hide_chosen", "restore_chosen")
    readonly_fields: ClassVar[tuple] = ("state", "decision")
    show_full_result_count = False
    hide: Callable[..., Decision]
    restore: Callable[..., Decision]

    @admin.action(description="Hide, with a rule and a reason", permissions=["change"])
    def hide_chosen(self, request: HttpRequest, chosen: QuerySet) -> HttpResponse | None:
        """Ask for the rule and the reason, then hide what was chosen and is public."""
        return self._decide(request, chosen.filter(state=Moderated.State.PUBLISHED), HideForm, type(self).hide)

    @admin.action(description="Publish again", permissions=["change"])
    def restore_chosen(self, request: HttpRequest, chosen: QuerySet) -> HttpResponse | None:
        """Ask for a reason, then publish what was chosen and is hidden."""
        return self._decide(request, chosen.filter(state=Moderated.State.HIDDEN), RestoreForm, type(self).restore)

    def _decide(
        self, request: HttpRequest, chosen: QuerySet, form_class: type[forms.Form], service: Callable[..., Decision]
    ) -> HttpResponse | None:
        things = list(chosen.order_by("pk"))
        if not things:
            self.message_user(request, "Nothing to do: none of them is in the state for it.", messages.WARNING)
            return None
        form = form_class(request.POST if "decide" in request.POST else None)
        if form.is_valid():
            self._decide_on(request, things, service, form.cleaned_data)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "Decide",
            "things": things,
            "form": form,
            "action": request.POST["action"],
            "opts": self.opts,
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "moderation/admin_decide.html", context, status=status)

    def _decide_on(
        self, request: HttpRequest, things: list[Any], service: Callable[..., Decision], words: dict[str, Any]
    ) -> None:
        withdrawn = 0
        for thing in things:
            try:
                service(thing.pk, moderator=request.user, **words)
            except WithdrawnError:
                withdrawn += 1
        self.message_user(request, f"Decided on {len(things) - withdrawn}.", messages.SUCCESS)
        if withdrawn:
            self.message_user(request, f"Withdrawn by their authors meanwhile: {withdrawn}.", messages.WARNING)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is unwanted is hidden; deleting would take the record with it."""
        return False
