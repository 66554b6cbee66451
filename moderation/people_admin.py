"""What moderators do about people, in the admin: sanctions, hiding all by one person, and what is kept as evidence."""

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from accounts.admin import RoomAdmin
from accounts.models import User
from moderation.disputes import erasers
from moderation.forms import BecauseForm, HideEverythingForm, SanctionForm
from moderation.models import HiddenThing, Hiding, Hold, Sanction
from moderation.services import people, record


class AboutPeopleAdmin(RoomAdmin):
    """Admin of decisions about people: made by a form of its own, taken back by an action, and changed by nobody."""

    show_full_result_count = False
    add_form_template = "moderation/admin_person.html"
    new_form: type[forms.Form]
    back_words: str

    def make(self, person: User, moderator: User, words: dict[str, Any]) -> str:
        """Decide, and return what is said of it."""
        raise NotImplementedError

    def take_back(self, thing: Any, moderator: User, reason: str) -> None:
        """Take one decision back."""
        raise NotImplementedError

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Ask about whom, why and for how long, and decide."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form: Any = self.new_form(request.POST or None, initial={"pen_name": request.GET.get("pen_name", "")})
        form.moderator = moderator = cast(User, request.user)
        if form.is_valid():
            words = {name: value for name, value in form.cleaned_data.items() if name not in ("pen_name", "days")}
            self.message_user(request, self.make(form.person, moderator, words), messages.SUCCESS)
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": f"Add {self.opts.verbose_name}",
            "form": form,
            "opts": self.opts,
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "moderation/admin_person.html", context, status=status)

    @admin.action(description="Take back, with a reason", permissions=["take_back"])
    def take_chosen_back(self, request: HttpRequest, chosen: QuerySet) -> HttpResponse | None:
        """Ask for a reason, then take back what was chosen and still holds."""
        things = list(chosen.order_by("pk"))
        form = BecauseForm(request.POST if "decide" in request.POST else None)
        if form.is_valid():
            self._take_back(request, things, form.cleaned_data["reason"])
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "Take back",
            "things": things,
            "form": form,
            "action": request.POST["action"],
            "opts": self.opts,
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "moderation/admin_decide.html", context, status=status)

    def _take_back(self, request: HttpRequest, things: list[Any], reason: str) -> None:
        moderator, refused = cast(User, request.user), 0
        for thing in things:
            try:
                self.take_back(thing, moderator, reason)
            except PermissionDenied:
                refused += 1
        self.message_user(request, f"Taken back: {len(things) - refused}.", messages.SUCCESS)
        if refused:
            self.message_user(request, f"Not yours to take back: {refused}.", messages.WARNING)

    def has_take_back_permission(self, request: HttpRequest) -> bool:
        """Tell whether somebody may take decisions of this kind back."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Sanction)
class SanctionAdmin(AboutPeopleAdmin):
    list_display = ("user", "kind", "rule", "reason", "starts_at", "ends_at", "imposed_by", "lifted_at")
    list_filter = ("kind", "rule")
    list_select_related = ("user", "imposed_by")
    search_fields = ("user__pen_name", "reason")
    actions = ("take_chosen_back",)
    new_form = SanctionForm

    def make(self, person: User, moderator: User, words: dict[str, Any]) -> str:
        """Warn, limit or suspend."""
        imposed = people.sanction(person.pk, moderator=moderator, **words)
        return f"{imposed.get_kind_display().capitalize()}: decided, and {person} is written to."

    def take_back(self, thing: Sanction, moderator: User, reason: str) -> None:
        """Lift."""
        people.lift(thing.pk, reason=reason, moderator=moderator)


class HiddenThingInline(admin.TabularInline):
    model = HiddenThing
    fields = readonly_fields = ("decision", "restored_at")
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("decision")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Hiding)
class HidingAdmin(AboutPeopleAdmin):
    list_display = ("user", "rule", "reason", "hidden_at", "hidden_by", "undone_at")
    list_filter = ("rule",)
    list_select_related = ("user", "hidden_by")
    search_fields = ("user__pen_name", "reason")
    actions = ("take_chosen_back",)
    inlines = (HiddenThingInline,)
    new_form = HideEverythingForm

    def make(self, person: User, moderator: User, words: dict[str, Any]) -> str:
        """Hide all that a person published."""
        hiding = people.hide_everything(person.pk, moderator=moderator, **words)
        return f"Hidden: {hiding.things.count()}. Take it back, and exactly these come back."

    def take_back(self, thing: Hiding, moderator: User, reason: str) -> None:
        """Publish again exactly what was hidden."""
        people.undo_hiding(thing.pk, reason=reason, moderator=moderator)


class HoldForm(forms.ModelForm):
    """A thing that is there, and until when it is kept."""

    subject_kind = forms.ChoiceField(choices=lambda: [("", "Choose what"), *((kind, kind) for kind in sorted(erasers))])

    class Meta:
        model = Hold
        fields = ("subject_kind", "subject_id", "reason", "kept_until")

    def clean(self) -> dict[str, Any]:
        """Refuse a key under which there is nothing."""
        cleaned = super().clean() or {}
        kind, key = cleaned.get("subject_kind"), cleaned.get("subject_id")
        if kind and key is not None and not apps.get_model(kind)._base_manager.filter(pk=key).exists():
            self.add_error("subject_id", "There is no such thing: copy its number from its own page.")
        return cleaned


@admin.register(Hold)
class HoldAdmin(RoomAdmin):
    """What is kept as evidence; to let it go, set the date to today."""

    form = HoldForm
    list_display = ("subject_kind", "subject_id", "kept_until", "reason", "erases", "held_by", "held_at")
    list_filter = ("subject_kind", "erases")
    list_select_related = ("held_by",)
    search_fields = ("reason", "=subject_id")
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: Hold | None = None) -> tuple[str, ...]:
        """Once it is held, the thing stays the same."""
        return ("subject_kind", "subject_id", "erases", "held_by", "held_at") if obj else ()

    def save_model(self, request: HttpRequest, obj: Hold, form: Any, change: bool) -> None:
        """Note who holds it, in the row and in the log."""
        if not change:
            obj.held_by = cast(User, request.user)
        super().save_model(request, obj, form, change)
        about, after = (obj.subject_kind, obj.subject_id), {"kept_until": obj.kept_until.isoformat()}
        record("evidence.hold", actor=cast(User, request.user), subject=about, after=after)

    def get_form(
        self, request: HttpRequest, obj: Hold | None = None, *args: Any, **kwargs: Any
    ) -> type[forms.ModelForm]:
        """Without the field that only a new row has."""
        if obj is None:
            return super().get_form(request, obj, *args, **kwargs)
        plain: Callable[..., type[forms.ModelForm]] = super().get_form
        return plain(request, obj, *args, **{**kwargs, "form": forms.ModelForm})

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
