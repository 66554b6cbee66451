from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class VotingConfig(AppConfig):
    name = "voting"

    def ready(self) -> None:
        from accounts.belongings import registry
        from moderation.numbers import register_numbers
        from moderation.waiting import register_waiting
        from voting.belongings import BELONGINGS
        from voting.numbers import tables_of
        from voting.waiting import RINGS

        registry.append(BELONGINGS)
        register_numbers(tables_of)
        register_waiting(RINGS)
        user_logged_in.connect(adopt_visitor_votes, dispatch_uid="voting.adopt_visitor_votes")


def adopt_visitor_votes(*, request: Any, user: Any, **_: Any) -> None:
    """Take the votes of the visitor who just signed in over to their account, and their marks on reviews."""
    from accounts.visitors import Voter, visitor_of
    from doctors.services import adopt_visitor_marks
    from voting import services

    visitor = visitor_of(request) if request is not None else None
    # A vote of somebody who may not vote does not gain an account's weight.
    if visitor and not user.is_suspended:
        services.adopt_visitor_votes(user_id=user.pk, voter=Voter(visitor=visitor))
        adopt_visitor_marks(user_id=user.pk, voter=Voter(visitor=visitor))
