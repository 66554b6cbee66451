"""What a person reported, and what was decided about them: in their file. It stays, without a name, when they go."""

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.belongings import Belongings, Line, moment
from accounts.models import User
from moderation.models import Appeal, Case


def export(user: User) -> dict[str, Any]:
    """Return what a person reported, and what moderators decided about them."""
    return {
        "reports": [
            {
                "of": f"{each.subject_kind} {each.subject_id}",
                "reason": each.get_reason_display(),
                "note": each.note,
                "reported_at": moment(each.reported_at),
            }
            for each in user.reports.order_by("pk")
        ],
        "decided_about_you": [
            {
                "kind": each.kind,
                "rule": each.rule,
                "reason": each.reason,
                "from": moment(each.starts_at),
                "until": moment(each.ends_at),
                "lifted_at": moment(each.lifted_at),
                "lifted_because": each.lifted_because,
            }
            for each in user.sanctions.order_by("pk")
        ],
        "all_of_yours_hidden": [
            {
                "rule": each.rule,
                "reason": each.reason,
                "hidden_at": moment(each.hidden_at),
                "undone_at": moment(each.undone_at),
                "undone_because": each.undone_because,
            }
            for each in user.hidings.order_by("pk")
        ],
        "decided_on_yours": [
            {
                "of": f"{each.subject_kind} {each.subject_id}",
                "decided": each.get_action_display(),
                "rule": each.rule,
                "reason": each.reason,
                "decided_at": moment(each.decided_at),
            }
            for each in user.decisions_on.order_by("pk")
        ],
        "appeals": [
            {"text": each.text, "made_at": moment(each.made_at), "outcome": each.get_outcome_display()}
            for each in user.appeals.order_by("pk")
        ],
    }


def preview(user: User) -> Sequence[Line]:
    """Say how many reports stay, without a name."""
    number = user.reports.count()
    words = f"{number} report{'s' if number > 1 else ''} that you sent us, without your name"
    lines = [Line(words, stays=True)] if number else []
    if user.sanctions.exists():
        lines.append(Line("What moderators decided about your account, without your name", stays=True))
    return lines


def erase(user: User, choices: Mapping[str, str]) -> None:
    """Take away what cases that are over quote of a person; what is open is evidence until it is decided."""
    Case.objects.filter(author=user, closed_at__isnull=False).update(words="")
    Appeal.objects.filter(appellant=user).exclude(outcome="").update(text="")


BELONGINGS = Belongings("moderation", export, preview, erase=erase)
