"""What of this room waits for staff."""

from moderation.waiting import Waiting
from voting.models import VoteRing

RINGS = Waiting(
    one="ring of votes is set aside and waits for a decision",
    many="rings of votes are set aside and wait for a decision",
    permission="voting.view_votering",
    page="voting_votering",
    chosen="?state__exact=held",
    things=lambda: VoteRing.objects.filter(state=VoteRing.State.HELD),
)
