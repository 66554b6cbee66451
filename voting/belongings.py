"""A person's votes: in their file, and gone with their account."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet

from accounts.belongings import ANSWERS, Belongings, Line, moment
from accounts.models import User
from questions.models import Answer


def export(user: User) -> list[dict[str, Any]]:
    """Return what a person voted on, and how."""
    votes = user.votes.select_related("answer").order_by("pk")
    return [
        {"answer": each.answer_id, "value": each.value, "version": each.version, "voted_at": moment(each.voted_at)}
        for each in votes
    ]


def preview(user: User) -> Sequence[Line]:
    """Say how many votes go."""
    number = user.votes.count()
    words = f"{number} vote{'s' if number > 1 else ''} on answers, which no longer count"
    return [Line(words)] if number else []


def rows(user: User) -> Iterable[tuple[int, QuerySet[Any]]]:
    """Name the answers whose counters move."""
    yield ANSWERS, Answer.objects.filter(votes__user=user)


# The votes go with the account's row, and a trigger counts them out.
BELONGINGS = Belongings("votes", export, preview, rows)
