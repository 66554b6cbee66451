from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class VotingConfig(AppConfig):
    name = "voting"

    def ready(self) -> None:
        user_logged_in.connect(adopt_visitor_votes, dispatch_uid="voting.adopt_visitor_votes")


def adopt_visitor_votes(*, request: Any, user: Any, **_: Any) -> None:
    """Take the votes of the visitor who just signed in over to their account."""
    from accounts.visitors import Voter, visitor_of
    from voting import services

    visitor = visitor_of(request) if request is not None else None
    if visitor:
        services.adopt_visitor_votes(user_id=user.pk, voter=Voter(visitor=visitor))
