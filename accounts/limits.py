"""How often somebody may try what can be guessed, sent or flooded: one table, counted exactly across workers."""

import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest

from accounts.services import client_network, take

MINUTE, QUARTER, HOUR, DAY = timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)


class OverLimit(Exception):
    """Somebody tried too often; ``seconds`` says how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Limit:
    """So many tries in a window, counted by network, by name, or by both together."""

    by: str
    tries: int
    window: timedelta


# The narrow limit stands first: what it refuses does not count towards the wide one of the name, so that nobody can
# shut another person out from one network alone. A name is what was typed, whether or not it belongs to anybody.
LIMITS: dict[str, tuple[Limit, ...]] = {
    "sign-in": (Limit("both", 10, QUARTER), Limit("network", 60, QUARTER), Limit("name", 100, HOUR)),
    "passkey": (Limit("network", 60, QUARTER),),
    "sign-up": (Limit("network", 60, HOUR),),
    # Counted once it is clear that the person may join: of who may not, nothing is kept, not even a digest.
    "joining": (Limit("both", 5, HOUR), Limit("network", 30, HOUR), Limit("name", 10, HOUR)),
    "code": (Limit("both", 10, QUARTER), Limit("network", 60, QUARTER), Limit("name", 100, HOUR)),
    "resend": (Limit("both", 5, HOUR), Limit("network", 30, HOUR), Limit("name", 10, HOUR)),
    "reset": (Limit("both", 5, HOUR), Limit("network", 30, HOUR), Limit("name", 10, HOUR)),
    # Who gets here has given the right password already: the account alone counts.
    "second factor": (Limit("name", 10, QUARTER),),
    "proof": (Limit("name", 10, QUARTER),),
    "new email": (Limit("name", 5, HOUR),),
    "new password": (Limit("name", 10, HOUR),),
    "pen name": (Limit("name", 10, DAY),),
    "closing": (Limit("name", 10, HOUR),),
    "own data": (Limit("name", 20, HOUR),),
    # Programs that read; whoever reads all of it stays below five a second.
    "api": (Limit("network", 300, MINUTE),),
}


def count_try(request: HttpRequest, what: str, name: str) -> None:
    """Count one try, whoever is right; raise ``OverLimit`` where it is one too many."""
    network = client_network(request)
    name = unicodedata.normalize("NFKC", name).strip().upper()
    who = {"network": network, "name": name, "both": f"{network} {name}"}
    for limit in LIMITS[what]:
        seconds = take(scope=f"{what} by {limit.by}", who=who[limit.by], limit=limit.tries, window=limit.window)
        if seconds:
            raise OverLimit(seconds)
