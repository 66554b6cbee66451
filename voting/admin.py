"""Votes in the admin, to be read and never written; and rings of votes, which are decided on as a whole."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.admin import RoomAdmin
from voting.effect import effect_of
from voting.forms import RingForm
from voting.models import AnswerVote, VoteRing
from voting.rings import decide_ring

VOTES_SHOWN = 100


class OnRecordAdmin(RoomAdmin):
    """What people did is read here: nothing is added, changed or deleted by hand."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AnswerVote)
class AnswerVoteAdmin(OnRecordAdmin):
    list_display = ("answer", "value", "state", "user", "visitor", "voted_at")
    list_filter = ("value", "state")
    list_select_related = ("answer", "user")
    search_fields = ("=answer__id", "user__pen_name", "=visitor", "=ring__id")
    # Digests say nothing to anybody who reads them.
    exclude = ("network", "network_before", "browser")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(VoteRing)
class VoteRingAdmin(OnRecordAdmin):
    """Clusters of votes that seem to be cast by one hand, each with what its votes do to the order of answers."""

    list_display = ("pk", "doctor", "value", "size", "kinds", "state", "found_at", "grown_at")
    list_filter = ("state", "value")
    list_select_related = ("doctor",)
    search_fields = ("=id", "doctor__name")
    date_hierarchy = "found_at"
    fields = (
        *("doctor", "value", "size", "kinds", "found_at", "grown_at"),
        *("state", "reason", "decided_by", "decided_at"),
    )
    readonly_fields = fields
    actions = ("void_chosen", "restore_chosen")
    change_form_template = "voting/admin_ring.html"

    @admin.display(description="evidence")
    def kinds(self, ring: VoteRing) -> str:
        """Say in words why its votes were set aside."""
        return "; ".join(VoteRing.Evidence(kind).label for kind in ring.evidence)

    @admin.action(description="Void all votes of the ring", permissions=["change"])
    def void_chosen(self, request: HttpRequest, chosen: QuerySet[VoteRing]) -> HttpResponse | None:
        """Ask for the reason, then void all votes of what was chosen."""
        return self._decide(request, chosen, VoteRing.State.VOID)

    @admin.action(description="Restore all votes of the ring", permissions=["change"])
    def restore_chosen(self, request: HttpRequest, chosen: QuerySet[VoteRing]) -> HttpResponse | None:
        """Ask for the reason, then let all votes of what was chosen count again."""
        return self._decide(request, chosen, VoteRing.State.RESTORED)

    def _decide(self, request: HttpRequest, chosen: QuerySet[VoteRing], state: str) -> HttpResponse | None:
        rings = list(chosen.exclude(state=state).select_related("doctor").order_by("pk"))
        if not rings:
            self.message_user(request, "Nothing to do: each is in that state already.", messages.WARNING)
            return None
        form = RingForm(request.POST if "decide" in request.POST else None)
        if form.is_valid():
            self._decide_each(request, rings, state, form.cleaned_data["reason"])
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "Void all votes" if state == VoteRing.State.VOID else "Restore all votes",
            "things": rings,
            "form": form,
            "action": request.POST["action"],
            "opts": self.opts,
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "moderation/admin_decide.html", context, status=status)

    def _decide_each(self, request: HttpRequest, rings: list[VoteRing], state: str, reason: str) -> None:
        decided = 0
        for ring in rings:
            try:
                decide_ring(ring.pk, state=state, reason=reason, moderator=request.user)  # type: ignore[arg-type]
                decided += 1
            except PermissionDenied:
                self.message_user(request, f"Somebody else decides on this one: {ring}.", messages.WARNING)
        if decided:
            self.message_user(request, f"Decided on {decided}.", messages.SUCCESS)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the ring with its votes and what they do to the order; it is decided on by the buttons below."""
        if request.method == "POST":
            raise PermissionDenied
        ring = self.get_object(request, object_id)
        shown = {} if ring is None else self._votes_of(ring)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **shown})

    def _votes_of(self, ring: VoteRing) -> dict[str, Any]:
        votes = ring.votes.select_related("answer__question", "user").order_by("voted_at", "pk")
        return {
            "effect": effect_of(ring),
            "votes": list(votes.defer("answer__body", "answer__body_html", "answer__search")[:VOTES_SHOWN]),
            "vote_count": ring.votes.count(),
            "show_save": False,
            "show_save_and_continue": False,
        }
