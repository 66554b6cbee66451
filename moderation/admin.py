"""Decisions in the admin, and the page on which a moderator makes them."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.admin import RoomAdmin
from moderation.forms import HideForm, RestoreForm
from moderation.models import Decision, Moderated


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


class ModeratedAdmin(RoomAdmin):
    """Admin of something that a moderator may hide and publish again, each with a reason.

    ``hide`` and ``restore`` are the room's services; they take the lock and write the decision.
    """

    actions = ("hide_chosen", "restore_chosen")
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
            for thing in things:
                service(thing.pk, moderator=request.user, **form.cleaned_data)
            self.message_user(request, f"Decided on {len(things)}.", messages.SUCCESS)
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

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is unwanted is hidden; deleting would take the record with it."""
        return False
