"""What everybody may read of reviews that were taken down, month by month: by their stars, and by the rule."""

from collections import Counter
from collections.abc import Sequence

from doctors.models import DoctorReview
from moderation.models import Decision
from moderation.numbers import Span, Table
from moderation.rules import BY_NUMBER
from moderation.states import Action

STARS = (5, 4, 3, 2, 1)


def tables_of(span: Span) -> Sequence[Table]:
    """Return the table of a month. Who decides sees no stars; here everybody sees whether they made a difference."""
    decided = Decision.objects.by_people().filter(
        span.of("decided_at"),
        subject_kind=DoctorReview._meta.label_lower,
        action__in=[Action.HIDE, Action.REMOVE, Action.ASK],
    )
    taken = list(decided.values_list("subject_id", "rule"))
    stars = dict(DoctorReview.objects.filter(pk__in={key for key, _ in taken}).values_list("pk", "rating"))
    counts = Counter((rule, stars[key]) for key, rule in taken if key in stars)
    rows = [
        (f"{rule.number}. {rule.title}", *(counts[rule.number, star] for star in STARS)) for rule in BY_NUMBER.values()
    ]
    head = ("Rule", *(f"{star} star{'' if star == 1 else 's'}" for star in STARS))
    written = DoctorReview.objects.visible().filter(span.of("written_at")).order_by().values_list("rating")
    shown = Counter(rating for (rating,) in written)
    return [
        Table("Reviews taken down, by their stars", head, rows),
        Table("Reviews written and shown", ("", *head[1:]), [("Reviews", *(shown[s] for s in STARS))]),
    ]
