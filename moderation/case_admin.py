"""Cases in the admin: the queue, and the page on which a moderator claims a case and decides it."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from accounts.models import User
from moderation.case_forms import DecideForm, may_decide_on
from moderation.case_page import about, actions_on, thing_of
from moderation.case_queue import QueueForm, chosen_in, next_case, page_of
from moderation.models import Case
from moderation.registry import kind_of
from moderation.services import (
    ChangedError,
    ClosedError,
    OwnError,
    TakenError,
    WithdrawnError,
    claim_case,
    close_case,
    decide_case,
    release_case,
)
from moderation.staff_pages import OnRecordAdmin
from moderation.states import CannotFollow

REFUSALS: dict[type[Exception], str] = {
    ClosedError: "Somebody decided this case already.",
    TakenError: "Another moderator has claimed this case.",
    ChangedError: "It changed since you read it. Read it again, then decide.",
    OwnError: "This one is for another moderator: it is your own, or an appeal against you.",
    WithdrawnError: "Its author took it back. There is nothing to decide: close the case.",
    CannotFollow: "That decision does not follow from how it stands now.",
    ObjectDoesNotExist: "It is not there any more. There is nothing to decide: close the case.",
}
# Two moderators who press at once find the same case; who comes second takes the one behind it.
TRIES = 5


@admin.register(Case)
class CaseAdmin(OnRecordAdmin):
    """The queue: emergencies first, then the oldest."""

    list_display = ("__str__", "urgency", "cause", "opened_at", "claimed_by")

    def get_urls(self) -> list[URLPattern]:
        steps = {"claim": self.claim, "release": self.release, "decide": self.decide, "close": self.close}
        own = [
            path(
                f"<path:case_id>/{name}/",
                self.admin_site.admin_view(require_POST(view)),
                name=f"moderation_case_{name}",
            )
            for name, view in steps.items()
        ]
        take = path("take/", self.admin_site.admin_view(require_POST(self.take)), name="moderation_case_take")
        following = path("<path:case_id>/next/", self.admin_site.admin_view(self.go_on), name="moderation_case_next")
        return [take, following, *own, *super().get_urls()]

    # --- The queue ---------------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show one page of the queue, of what was chosen."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = QueueForm(request.GET)
        chosen = form.chosen
        context = {
            **self.admin_site.each_context(request),
            "title": "Cases",
            "opts": self.opts,
            "cl": {"opts": self.opts},
            "form": form,
            "chosen": chosen,
            "address": form.address,
            "page": page_of(chosen, _staff(request), after=request.GET.get("after", "")),
            "is_first": "after" not in request.GET,
            "may_decide": request.user.has_perm("moderation.add_decision"),
        }
        return TemplateResponse(request, "moderation/admin_queue.html", context)

    def take(self, request: HttpRequest) -> HttpResponse:
        """Claim the case that comes first of what was chosen, and open it."""
        self._may_decide_or_refuse(request)
        chosen = chosen_in(request.POST.get("queue", ""))
        for _ in range(TRIES):
            case = next_case(chosen, _staff(request))
            if case is None:
                break
            try:
                claim_case(case.pk, moderator=_staff(request))
            except (ClosedError, TakenError, OwnError):
                continue
            return self._to_case(request, case)
        self.message_user(request, "No case waits that you could take.", messages.INFO)
        return self._to_queue(request)

    def go_on(self, request: HttpRequest, case_id: str) -> HttpResponse:
        """Go to the case behind this one."""
        self._may_decide_or_refuse(request)
        return self._to_next(request, _case(case_id))

    def _may_decide_or_refuse(self, request: HttpRequest) -> None:
        if not (self.has_view_permission(request) and request.user.has_perm("moderation.add_decision")):
            raise PermissionDenied

    # --- One case ----------------------------------------------------------------------------------------------

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show a case."""
        case = self.get_object(request, object_id) if self.has_view_permission(request) else None
        if request.method != "GET" or case is None:
            # Django's own says what is the matter.
            return super().change_view(request, object_id, form_url, extra_context)
        return self._shown(request, case)

    def _shown(self, request: HttpRequest, case: Case, form: DecideForm | None = None) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            **about(case, _staff(request), form),
            "opts": self.opts,
            "address": _queue_of(request),
        }
        return TemplateResponse(request, "moderation/admin_case.html", context, status=422 if form else 200)

    def _step(self, request: HttpRequest, case_id: str, call: Any, done: str, *, is_over: bool = False) -> HttpResponse:
        """Do one thing with a case; what cannot be is said on its page. Where it is over, go to the next one."""
        case = _case(case_id)
        if not may_decide_on(kind_of(case.subject_kind), _staff(request)):
            raise PermissionDenied
        try:
            call(case)
        except tuple(REFUSALS) as error:
            words = next(words for refused, words in REFUSALS.items() if isinstance(error, refused))
            self.message_user(request, words, messages.ERROR)
            return self._to_case(request, case)
        self.message_user(request, done, messages.SUCCESS)
        return self._to_next(request, case) if is_over else self._to_case(request, case)

    def _to_case(self, request: HttpRequest, case: Case) -> HttpResponse:
        return HttpResponseRedirect(_with(reverse("admin:moderation_case_change", args=[case.pk]), request))

    def _to_queue(self, request: HttpRequest) -> HttpResponse:
        address = _queue_of(request)
        return HttpResponseRedirect(reverse("admin:moderation_case_changelist") + (f"?{address}" if address else ""))

    def _to_next(self, request: HttpRequest, case: Case) -> HttpResponse:
        following = next_case(chosen_in(_queue_of(request)), _staff(request), behind=case)
        if following:
            return self._to_case(request, following)
        self.message_user(request, "No other case waits that you could take.", messages.INFO)
        return self._to_queue(request)

    def claim(self, request: HttpRequest, case_id: str) -> HttpResponse:
        """Take a case, so that nobody else does it at the same time."""
        done = "This case is yours for an hour."
        return self._step(request, case_id, lambda case: claim_case(case.pk, moderator=_staff(request)), done)

    def release(self, request: HttpRequest, case_id: str) -> HttpResponse:
        """Give a case back."""
        done = "Others can claim this case now."
        return self._step(request, case_id, lambda case: release_case(case.pk, moderator=_staff(request)), done)

    def close(self, request: HttpRequest, case_id: str) -> HttpResponse:
        """Close a case on which nothing is left to decide."""

        def do(case: Case) -> None:
            close_case(case.pk, moderator=_staff(request))

        return self._step(request, case_id, do, f"Case {case_id} is closed.", is_over=True)

    def decide(self, request: HttpRequest, case_id: str) -> HttpResponse:
        """Decide a case, with the rule and the reason, and go on to the next."""
        case = _case(case_id)
        kind, thing = thing_of(case)
        form = DecideForm(request.POST, actions=actions_on(kind, thing, _staff(request)) if thing else [])
        if case.is_open and thing and may_decide_on(kind, _staff(request)) and not form.is_valid():
            return self._shown(request, case, form)

        def do(case: Case) -> None:
            form.full_clean()
            # In between it may have come to a state in which this cannot be chosen.
            said = form.cleaned_data
            if "action" not in said:
                raise ClosedError if not case.is_open else CannotFollow
            with transaction.atomic():
                decide_case(
                    case.pk, action=said["action"], rule=said["rule"], reason=said["reason"],
                    other=said.get("other"), moderator=_staff(request), seen=said["seen"] or "",
                )  # fmt: skip

        return self._step(request, case_id, do, f"Case {case_id} is decided.", is_over=True)


def _staff(request: HttpRequest) -> User:
    return cast(User, request.user)


def _case(case_id: str) -> Case:
    return get_object_or_404(Case, pk=case_id if case_id.isdecimal() and len(case_id) < 19 else 0)


def _queue_of(request: HttpRequest) -> str:
    """Return what was chosen in the queue from which somebody came here, as it stands in an address."""
    sent = request.POST if request.method == "POST" else request.GET
    return QueueForm(chosen_in(sent.get("queue", ""))).address


def _with(address: str, request: HttpRequest) -> str:
    chosen = _queue_of(request)
    return f"{address}?{QueueForm.as_parameter(chosen)}" if chosen else address
