"""What the filter learned, word by word, and its switch."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from accounts.models import User
from moderation.models import BayesFilter, BayesToken
from moderation.models.learning import FEWEST_DECIDED, FEWEST_THINGS
from moderation.publishing import HELD_FROM
from moderation.services import switch_filter, train_filter
from moderation.staff_pages import OnRecordAdmin


@admin.register(BayesToken)
class BayesTokenAdmin(OnRecordAdmin):
    """The words of the filter with their weights, and whether it is on."""

    list_display = ("word", "shown_weight", "down_count", "kept_count")
    search_fields = ("word__startswith",)
    change_list_template = "moderation/admin_filter.html"

    @admin.display(description="weight", ordering="weight")
    def shown_weight(self, token: BayesToken) -> str:
        """Show a weight as a share, with the bar that moderators know from the case."""
        return f"{token.weight:.2f}"

    def get_urls(self) -> list[URLPattern]:
        steps = {"switch": self.switch, "train": self.train}
        own = [
            path(f"{name}/", self.admin_site.admin_view(require_POST(view)), name=f"moderation_bayestoken_{name}")
            for name, view in steps.items()
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        context = {
            "title": "Words of the filter",
            "learned": BayesFilter.objects.first() or BayesFilter(),
            "may_switch": self._may_switch(request),
            "fewest_decided": FEWEST_DECIDED,
            "fewest_things": FEWEST_THINGS,
            "held_from": HELD_FROM,
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def _may_switch(self, request: HttpRequest) -> bool:
        return request.user.has_perm("moderation.change_bayesfilter")

    def _done(self, request: HttpRequest, call: Any, words: str) -> HttpResponse:
        if not self._may_switch(request):
            raise PermissionDenied
        call(cast(User, request.user))
        self.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:moderation_bayestoken_changelist"))

    def switch(self, request: HttpRequest) -> HttpResponse:
        """Turn the filter on or off."""
        is_on = request.POST.get("on") == "1"
        words = "The filter is on." if is_on else "The filter is off: it holds nothing."
        return self._done(request, lambda moderator: switch_filter(is_on=is_on, moderator=moderator), words)

    def train(self, request: HttpRequest) -> HttpResponse:
        """Learn from all decisions now, not only tonight."""
        return self._done(request, lambda moderator: train_filter(moderator=moderator), "The filter learned anew.")
