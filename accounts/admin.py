"""Accounts in the admin, and the limit on signing in there."""

import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.models import Limit, User
from accounts.services import client_network, take
from qa_forum.errors import too_many

SIGN_INS_PER_NETWORK = 20
SIGN_INS_PER_NAME = 10
SIGN_IN_WINDOW = timedelta(minutes=15)


class AutocompleteByKey(AutocompleteSelect):
    """Django's own chooser asks the database for whatever came as a key; here only a number is asked for."""

    def optgroups(self, name: str, value: Sequence[str], attrs: dict | None = None) -> list:
        return super().optgroups(name, [key for key in value if str(key).isdecimal() and len(str(key)) < 19], attrs)


class RoomAdmin(admin.ModelAdmin):
    """What the admin of every table of ours shares."""

    # What a subclass makes anew from the fields that were typed.
    remade_fields: ClassVar[tuple[str, ...]] = ()

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Say in words what only the database could see: two answers of one doctor, two checks at one time."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except IntegrityError as error:
            rule = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or "a rule of the database"
            words = f"Nothing was saved, it would break this rule: {rule.replace('_', ' ')}."
            self.message_user(request, words, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write only what was changed: the counters and the state may have moved since the form was opened."""
        if not change:
            obj.save()
            return
        columns = {field.name for field in obj._meta.concrete_fields if not field.primary_key}
        obj.save(update_fields=sorted({*form.changed_data, *self.remade_fields} & columns))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_foreignkey(db_field, request, **_by_key(self, db_field), **kwargs)


class RoomInline(admin.TabularInline):
    """The same for rows that stand inside another row's page."""

    extra = 0

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_foreignkey(db_field, request, **_by_key(self, db_field), **kwargs)


def _by_key(model_admin: Any, db_field: Any) -> dict[str, Any]:
    if db_field.name not in model_admin.autocomplete_fields:
        return {}
    return {"widget": AutocompleteByKey(db_field, model_admin.admin_site)}


class UserCreationForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "pen_name")


@admin.register(User)
class UserAdmin(BaseUserAdmin):
    add_form = UserCreationForm
    list_display = ("pen_name", "email", "is_staff", "is_active", "date_joined")
    list_filter = ("is_staff", "is_active")
    search_fields = ("pen_name", "email")
    ordering = ("-pk",)
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("email", "pen_name", "password")}),
        ("May do", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("email", "pen_name", "usable_password", "password1", "password2")}),
    )


@admin.register(Limit)
class LimitAdmin(admin.ModelAdmin):
    list_display = ("key", "count", "resets_at")
    search_fields = ("key",)
    readonly_fields = ("key", "count", "resets_at")
    ordering = ("-resets_at",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


def limited_sign_in(sign_in):  # type: ignore[no-untyped-def]
    """Wrap the admin's sign-in: tries are counted for the network and for the name, whoever is right."""

    def login(request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        if request.method == "POST":
            seconds = take(
                scope="sign-in network", who=client_network(request), limit=SIGN_INS_PER_NETWORK, window=SIGN_IN_WINDOW
            ) or take(
                scope="sign-in name",
                who=unicodedata.normalize("NFKC", request.POST.get("username", "")).strip().upper(),
                limit=SIGN_INS_PER_NAME,
                window=SIGN_IN_WINDOW,
            )
            if seconds:
                return too_many(request, seconds)
        return sign_in(request, extra_context)

    return login


admin.site.login = limited_sign_in(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = "Moderation"
admin.site.site_title = "Moderation"
admin.site.index_title = "What people wrote, and who they are"
