"""What is kept of a voter's network and browser: digests that can be compared for a while, and never read back.

Time runs in periods of 15 days, each with a key of its own, made when it is first used. A vote carries the digest of
its network under the key of its period and under the one before. So any two votes within 15 days of each other can be
compared under one key, and each key, with all that it made, is gone when it is 30 days old: at the end of the period
after its own.
"""

import secrets
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.services import client_network
from voting.models import AnswerVote, NetworkKey

PERIOD = timedelta(days=15)
# So few that many browsers share one: enough to tell a crowd from one browser, too little to follow anybody.
KINDS_OF_BROWSERS = 4096

_secrets: dict[int, bytes] = {}


class Trace(NamedTuple):
    """What is kept with a vote to judge it by."""

    network: UUID | None = None
    network_before: UUID | None = None
    browser: int | None = None


def period_of(moment: datetime) -> int:
    """Return the number of the period that a moment lies in."""
    return int(moment.timestamp() // PERIOD.total_seconds())


def beginning_of(period: int) -> datetime:
    """Return when a period begins."""
    return datetime.fromtimestamp(period * PERIOD.total_seconds(), tz=UTC)


def trace_of(request: HttpRequest) -> Trace:
    """Return what is kept of the network and the browser that a request came from."""
    period, network = period_of(timezone.now()), client_network(request)
    return Trace(digest(network, period), digest(network, period - 1), _kind_of_browser(request))


def digest(network: str, period: int) -> UUID:
    """Return a network's digest under the key of a period.

    The site's own secret takes part: who has the database alone cannot try all networks on it.
    """
    secret = f"{settings.SECRET_KEY}{_secret_of(period).hex()}"
    return UUID(bytes=salted_hmac("voting.network", network, secret=secret, algorithm="sha256").digest()[:16])


def _kind_of_browser(request: HttpRequest) -> int:
    says = "\n".join(request.headers.get(name, "") for name in ("User-Agent", "Accept-Language"))
    number = salted_hmac("voting.browser", says, algorithm="sha256").digest()[:4]
    return int.from_bytes(number) % KINDS_OF_BROWSERS


def _secret_of(period: int) -> bytes:
    """Return the key of a period, as every worker of the site finds it; the first who needs it makes it."""
    if period not in _secrets:
        made = NetworkKey(period=period, secret=secrets.token_bytes(32))
        NetworkKey.objects.bulk_create([made], ignore_conflicts=True)
        for old in [each for each in _secrets if each < period - 2]:
            _secrets.pop(old, None)
        _secrets[period] = bytes(NetworkKey.objects.get(period=period).secret)
    return _secrets[period]


def erase_old_networks() -> int:
    """Throw old keys away, erase all that was made by them, and return from how many votes something went.

    The key of a period is used until the end of the next one, and no longer kept than that. Votes of the present period
    keep all that they carry, those of the one before keep their own period's digest.
    """
    present = period_of(timezone.now())
    NetworkKey.objects.filter(period__lt=present - 1).delete()
    for old in [each for each in _secrets if each < present - 1]:
        _secrets.pop(old, None)
    votes = AnswerVote.objects.filter(voted_at__lt=beginning_of(present))
    erased = votes.filter(network_before__isnull=False).update(network_before=None)
    votes = votes.filter(voted_at__lt=beginning_of(present - 1)).filter(network__isnull=False)
    return erased + votes.update(network=None, browser=None)
