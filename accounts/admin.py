"""Accounts in the admin."""

from collections.abc import Sequence
from typing import Any, ClassVar

from allauth.account import admin as _account_admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa import admin as _factor_admin  # noqa: F401
from allauth.mfa.models import Authenticator
from allauth.usersessions import admin as _session_admin  # noqa: F401
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.forms import UserChangeForm as BaseUserChangeForm
from django.db import IntegrityError, models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from procrastinate.contrib.django import admin as _queue_admin  # noqa: F401
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.emails import send_again
from accounts.models import Limit, Mail, MailChoice, User
from accounts.services import forget_other_addresses


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


class _LowerCaseEmail:
    def clean_email(self) -> str:
        """Return the address as addresses are kept: in lower case."""
        return self.cleaned_data["email"].lower()


class UserCreationForm(_LowerCaseEmail, AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "pen_name")


class UserChangeForm(_LowerCaseEmail, BaseUserChangeForm):
    """Django's own, of our accounts."""


@admin.register(User)
class UserAdmin(BaseUserAdmin):
    form = UserChangeForm
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

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """With another address, the old one opens the account no longer."""
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data:
            forget_other_addresses(user=obj)


@admin.register(Limit)
class LimitAdmin(admin.ModelAdmin):
    list_display = ("key", "count", "resets_at")
    search_fields = ("key",)
    readonly_fields = ("key", "count", "resets_at")
    ordering = ("-resets_at",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


# Secrets, sessions and addresses are their owner's business: allauth's own pages about them are closed. Its modules are
# named here so that they are loaded, and register, before.
for model in (EmailAddress, Authenticator, UserSession):
    admin.site.unregister(model)


# The queue's own pages let whoever may look also cancel and abort. It is loaded above, so that it registers before.
admin.site.unregister(ProcrastinateJob)


@admin.register(Mail)
class MailAdmin(admin.ModelAdmin):
    """Mails that could not be sent. Of any other mail, staff see that it is there and not to whom it goes."""

    list_display = ("id", "kind", "state", "parked_to", "parked_subject", "fault", "tries", "created_at", "sent_at")
    list_filter = ("state", "kind")
    search_fields = ("=to",)
    search_help_text = "A whole address."
    fields = list_display
    ordering = ("-id",)
    show_full_result_count = False
    actions = ("send_again",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Mail | None = None) -> bool:
        return False

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Tell whether somebody may put parked mails into the queue again."""
        return request.user.has_perm("accounts.change_mail")

    @admin.display(description="to")
    def parked_to(self, mail: Mail) -> str:
        """Return the address of a mail that could not be sent."""
        return mail.to if mail.state == Mail.State.PARKED else "–"

    @admin.display(description="subject")
    def parked_subject(self, mail: Mail) -> str:
        """Return the subject of a mail that could not be sent."""
        return mail.subject if mail.state == Mail.State.PARKED else "–"

    @admin.action(description="Send again", permissions=["send"])
    def send_again(self, request: HttpRequest, mails: models.QuerySet[Mail]) -> None:
        """Put the parked ones among the chosen mails into the queue again."""
        count = sum(send_again(mail.pk) for mail in mails.only("pk"))
        self.message_user(request, f"{count} mail{'' if count == 1 else 's'} will be sent again.", messages.SUCCESS)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Say above the list how many mails are parked."""
        count = Mail.objects.filter(state=Mail.State.PARKED).count()
        title = f"Mails: {count} could not be sent" if count else "Mails: none is parked"
        return super().changelist_view(request, {"title": title, **(extra_context or {})})


@admin.register(MailChoice)
class MailChoiceAdmin(admin.ModelAdmin):
    """Who wants no more mails of a kind; deleting the row turns them on again."""

    list_display = ("user", "kind")
    list_filter = ("kind",)
    list_select_related = ("user",)
    search_fields = ("user__pen_name",)
    readonly_fields = ("user", "kind")
    ordering = ("-id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
