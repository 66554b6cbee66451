"""What everybody does here: report something, and read and appeal against what was decided on one's own."""

from datetime import date, timedelta
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.services import client_network, take
from accounts.visitors import Voter, mark_visitor, voter_of
from moderation.models import Decision, Report
from moderation.numbers import months, tables_of, this_month
from moderation.registry import Kind, kind_by_noun, kind_of
from moderation.report_forms import AppealForm, ReportForm
from moderation.services import appeal, is_standing, report
from qa_forum.errors import Gone, hands_back, too_many
from qa_forum.versions import read_only

FORM = ["GET", "HEAD", "POST"]
DAY = timedelta(days=1)
REPORTS_PER_DAY = 20
DECISIONS_ON_A_PAGE = 50


@read_only
def numbers(request: HttpRequest, month: date | None = None) -> HttpResponse:
    """Show everybody what was reported and decided in a month; without one, in the present."""
    there = months()
    if month and month not in there:
        raise Http404
    shown = month or there[0]
    context = {"month": shown, "months": there, "tables": tables_of(shown), "is_over": shown < this_month()}
    return render(request, "moderation/numbers.html", context)


@hands_back({"note": "What should the moderators know?"})
@never_cache
@require_http_methods(FORM)
def report_thing(request: HttpRequest, noun: str, subject_id: int) -> HttpResponse:
    """Tell the moderators of something, with an account or without one."""
    kind = kind_by_noun(noun)
    if kind is None:
        raise Http404
    if "sent" in request.GET and request.method != "POST":
        return render(request, "moderation/reported.html", {"kind": kind})
    thing = _public_thing(kind, subject_id)
    form = ReportForm(request.POST if request.method == "POST" else None, kind=kind)
    if form.is_valid():
        return _send(request, kind, subject_id, form)
    context = {"kind": kind, "said": kind.describe(thing), "form": form}
    return render(request, "moderation/report.html", context, status=422 if form.is_bound else 200)


def _public_thing(kind: Kind, key: int) -> Any:
    thing = get_object_or_404(kind.model, pk=key)
    if kind.is_public(thing):
        return thing
    raise Gone if getattr(thing, "is_gone", False) else Http404


def _send(request: HttpRequest, kind: Kind, key: int, form: ReportForm) -> HttpResponse:
    known, network = voter_of(request), client_network(request)
    voter = known or Voter.new_visitor()
    # A visitor can have a new mark at any time, but not a new network.
    who = f"user {voter.user_id}" if voter.user_id else f"network {network}"
    if seconds := take(scope="report", who=who, limit=REPORTS_PER_DAY, window=DAY):
        return too_many(request, seconds)
    reason = Report.Reason(form.cleaned_data["reason"])
    try:
        report(kind, key, by=voter, reason=reason, note=form.cleaned_data["note"], network=network)
    except ObjectDoesNotExist:
        # Hidden a moment ago, by the reports of others or by a moderator.
        raise Http404 from None
    response = redirect(f"{reverse('moderation:report', args=[kind.noun, key])}?sent")
    if known is None and voter.visitor:
        mark_visitor(response, voter.visitor)
    return response


@require_http_methods(["GET", "HEAD"])
@login_required
def my_decisions(request: HttpRequest) -> HttpResponse:
    """List what moderators decided on what one wrote, the newest first."""
    own = Decision.objects.filter(author=cast(User, request.user)).select_related("appeal", "ends_appeal")
    decisions = list(own.order_by("-pk")[:DECISIONS_ON_A_PAGE])
    context = {"decisions": [(each, kind_of(each.subject_kind)) for each in decisions]}
    return render(request, "moderation/my_decisions.html", context)


@hands_back({"text": "Why should another moderator look at it again?"})
@require_http_methods(FORM)
@login_required
def decision(request: HttpRequest, decision_id: int) -> HttpResponse:
    """Show an author what was decided on something of theirs, and take their one appeal."""
    author = cast(User, request.user)
    found = Decision.objects.filter(author=author).select_related("appeal", "ends_appeal")
    made = get_object_or_404(found, pk=decision_id)
    may_appeal = made.can_be_appealed_by(author) and is_standing(made)
    form = AppealForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and not may_appeal:
        messages.info(request, "Nothing was sent: this decision takes no appeal any more.")
        return redirect("moderation:decision", made.pk)
    if form.is_valid():
        try:
            appeal(made.pk, author=author, text=form.cleaned_data["text"])
        except PermissionDenied:
            messages.info(request, "Nothing was sent: this decision takes no appeal any more.")
        else:
            messages.success(request, "Your appeal is sent. Another moderator decides.")
        return redirect("moderation:decision", made.pk)
    context = {"decision": made, "kind": kind_of(made.subject_kind), "form": form if may_appeal else None}
    return render(request, "moderation/decision.html", context, status=422 if form.is_bound else 200)
