"""The door of the admin: staff only, and only with a second factor used in this session."""

from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.logout import logout
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from accounts.services import factor_address, has_second_factor, is_address_of_ours


class StaffSite(AdminSite):
    """Django's admin behind the site's own sign-in."""

    site_header = "Moderation"
    site_title = "Moderation"
    index_title = "What people wrote, and who they are"

    def has_permission(self, request: HttpRequest) -> bool:
        """Tell whether the viewer is staff and proved it by a second factor."""
        return super().has_permission(request) and has_second_factor(request)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """Stand before every view of the admin, the small ones for scripts among them."""
        guarded = super().admin_view(view, cacheable)

        def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return guarded(request, *args, **kwargs) if self.has_permission(request) else show_the_way(request)

        # What Django's decorators noted about the view, such as that it checks the token.
        door.__dict__.update(guarded.__dict__)
        return door

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead to the site's own sign-in; there is no other."""
        wanted = request.GET.get("next", "")
        target = wanted if is_address_of_ours(wanted) else reverse("admin:index")
        return redirect(target) if self.has_permission(request) else show_the_way(request, target)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """End the session."""
        logout(request)
        return redirect("home")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Lead to the page where everybody changes their password."""
        return redirect("account_change_password")


@never_cache
def show_the_way(request: HttpRequest, target: str = "") -> HttpResponse:
    """Send whoever may not enter to what is missing, or refuse with 403 who never may."""
    target = target or request.get_full_path()
    if not request.user.is_authenticated:
        return redirect_to_login(target)
    if not request.user.is_staff:
        raise PermissionDenied
    address, has_one = factor_address(request.user, target)
    if not has_one:
        messages.warning(request, "Staff pages need a second factor. Set up a passkey or an app first, then come back.")
    return redirect(address)
