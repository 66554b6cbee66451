"""What happens in the background in this room."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from voting import networks, rings

LATER = RetryStrategy(max_attempts=6, exponential_wait=5)


@app.periodic(cron="20 2 * * *")
@app.task(name="voting.find_vote_rings", queueing_lock="voting.find_vote_rings", retry=LATER)
def find_vote_rings(timestamp: int) -> None:
    """Set aside votes that seem to be cast by one hand."""
    rings.hold_rings()


@app.periodic(cron="10 0 * * *")
@app.task(name="voting.erase_old_networks", queueing_lock="voting.erase_old_networks", retry=LATER)
def erase_old_networks(timestamp: int) -> None:
    """Throw old keys of networks away, and all that was made by them."""
    networks.erase_old_networks()
