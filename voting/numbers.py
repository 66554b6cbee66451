"""What everybody may read of votes that were set aside, month by month."""

from collections.abc import Sequence

from django.db.models import Count, Sum

from moderation.numbers import Span, Table
from voting.models import VoteRing


def tables_of(span: Span) -> Sequence[Table]:
    """Return the table of a month: votes by what became of the rings that were found in it."""
    found = VoteRing.objects.filter(span.of("found_at")).order_by().values("state")
    counts = {row["state"]: row for row in found.annotate(rings=Count("pk"), total=Sum("size"))}
    words = {
        VoteRing.State.HELD: "Set aside, a moderator has yet to decide",
        VoteRing.State.VOID: "Set aside for good",
        VoteRing.State.RESTORED: "Set aside, then counted again",
    }
    rows = [
        (label, counts[state]["total"], counts[state]["rings"]) if state in counts else (label, 0, 0)
        for state, label in words.items()
    ]
    return [Table("Votes set aside", ("", "Votes", "Groups of votes"), rows)]
