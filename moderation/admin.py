"""Decisions in the admin, and the page on which a moderator makes them."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.debug import sensitive_post_parameters

from accounts.admin import RoomAdmin
from accounts.models import User
from moderation import case_admin as _case_admin  # noqa: F401
from moderation import learning_admin as _learning_admin  # noqa: F401
from moderation import people_admin as _people_admin  # noqa: F401
from moderation.emergency import FAMILY_LABELS
from moderation.forms import HideForm, RestoreForm, ScreenRuleForm, ScreenWordsForm, TryTextForm
from moderation.models import Appeal, AuditEntry, Decision, Moderated, MonthOfNumbers, Report, ScreenRule, ScreenWords
from moderation.registry import kind_of
from moderation.screening import current_screen
from moderation.services import ChangedError, OwnError, TakenError, WithdrawnError
from moderation.staff_pages import OnRecordAdmin
from moderation.states import CannotFollow

WAITING_OR_HIDDEN = (Moderated.State.HELD, Moderated.State.HIDDEN)
SHOWN_OR_WAITING = (Moderated.State.PUBLISHED, Moderated.State.HELD)


@admin.register(Decision)
class DecisionAdmin(OnRecordAdmin):
    list_display = ("subject_kind", "subject_id", "action", "rule", "reason", "decided_by", "decided_at")
    list_filter = ("action", "rule", "subject_kind")
    list_select_related = ("decided_by",)
    search_fields = ("reason", "=subject_id")
    date_hierarchy = "decided_at"


@admin.register(AuditEntry)
class AuditEntryAdmin(OnRecordAdmin):
    """Who did what, when and why; the database keeps everybody from changing it, whoever they are."""

    list_display = ("number", "recorded_at", "who", "action", "subject_kind", "subject_id", "rule", "reason")
    list_filter = ("action", "subject_kind", "rule")
    search_fields = ("=subject_id", "=actor_id", "reason")
    date_hierarchy = "recorded_at"
    fields = (*list_display, "before", "after", "previous_hash", "hash")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Add the pen names of accounts that are still there."""
        names = User.objects.filter(pk=OuterRef("actor_id")).values("pen_name")
        return super().get_queryset(request).annotate(actor_name=Subquery(names))

    @admin.display(description="who", ordering="actor_id")
    def who(self, entry: AuditEntry) -> str:
        """Name an account by its pen name, or by its number where it is gone."""
        if entry.actor_id is None:
            return "the site"
        return entry.actor_name or f"account {entry.actor_id}"


@admin.register(MonthOfNumbers)
class MonthOfNumbersAdmin(OnRecordAdmin):
    """The public numbers of months that are over, as they were kept."""

    list_display = ("month", "counted_at")
    fields = ("month", "tables", "counted_at")


@admin.register(Appeal)
class AppealAdmin(OnRecordAdmin):
    """Appeals of authors; each is decided in its case."""

    list_display = ("__str__", "outcome", "made_at", "decided_by", "decided_at")
    list_filter = ("outcome",)
    list_select_related = ("decided_by",)
    search_fields = ("=decision__subject_id",)
    fields = ("decision", "case", "text", "made_at", "outcome", "decided_by", "decided_at")


@admin.register(Report)
class ReportAdmin(OnRecordAdmin):
    """What people say against something; the decision is made on the thing itself."""

    list_display = ("reason", "subject", "note", "reported_by", "reported_at")
    list_filter = ("reason", "subject_kind")
    list_select_related = ("reported_by",)
    search_fields = ("note", "=subject_id")
    date_hierarchy = "reported_at"

    @admin.display(description="about")
    def subject(self, report: Report) -> str:
        """Lead to the thing's own page in the admin."""
        app, _, model = report.subject_kind.partition(".")
        address = reverse(f"admin:{app}_{model}_change", args=[report.subject_id])
        return format_html('<a href="{}">{} {}</a>', address, model, report.subject_id)


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

    @admin.action(description="Hide, with a rule and a reason", permissions=["decide"])
    def hide_chosen(self, request: HttpRequest, chosen: QuerySet) -> HttpResponse | None:
        """Ask for the rule and the reason, then hide what was chosen and is public, or waits."""
        return self._decide(request, chosen.filter(state__in=SHOWN_OR_WAITING), HideForm, type(self).hide)

    @admin.action(description="Publish", permissions=["decide"])
    def restore_chosen(self, request: HttpRequest, chosen: QuerySet) -> HttpResponse | None:
        """Ask for a reason, then publish what was chosen and is hidden, or waits."""
        return self._decide(request, chosen.filter(state__in=WAITING_OR_HIDDEN), RestoreForm, type(self).restore)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Tell whether somebody may decide on what others wrote."""
        return request.user.has_perm("moderation.add_decision")

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
            "things": [_chosen(thing) for thing in things],
            "form": form,
            "action": request.POST["action"],
            "opts": self.opts,
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "moderation/admin_decide.html", context, status=status)

    def _decide_on(
        self, request: HttpRequest, things: list[Any], service: Callable[..., Decision], words: dict[str, Any]
    ) -> None:
        withdrawn = others = changed = 0
        for thing in things:
            try:
                with transaction.atomic():
                    _refuse_unread(thing, request.POST.get(f"seen_{thing.pk}", ""))
                    service(thing.pk, moderator=request.user, **words)
            except ChangedError:
                changed += 1
            except WithdrawnError:
                withdrawn += 1
            except (OwnError, TakenError, CannotFollow):
                others += 1
        done = len(things) - withdrawn - others - changed
        self.message_user(request, f"Decided on {done}.", messages.SUCCESS)
        if changed:
            words_of_it = f"Changed since you read them, so nothing was decided on them: {changed}. Look again."
            self.message_user(request, words_of_it, messages.WARNING)
        if withdrawn:
            self.message_user(request, f"Withdrawn by their authors meanwhile: {withdrawn}.", messages.WARNING)
        if others:
            self.message_user(request, f"For another moderator, or as it was before: {others}.", messages.WARNING)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is unwanted is hidden; deleting would take the record with it."""
        return False


def _chosen(thing: Any) -> dict[str, Any]:
    """Return what a moderator reads of a thing before they decide on it, and the stamp of that."""
    kind = kind_of(thing)
    return {"thing": thing, "said": kind.describe(thing), "stamp": kind.stamp(thing)}


def _refuse_unread(thing: Any, seen: str) -> None:
    """Lock a thing; ``ChangedError`` where it is no longer what the moderator read."""
    kind = kind_of(thing)
    if kind.stamp(kind.lock(thing.pk)) != seen:
        raise ChangedError
