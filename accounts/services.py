"""Limits that hold across workers."""

import hashlib
import ipaddress
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

# Each try sweeps up two windows that are long over, so that the table stays as small as the day's traffic.
TAKE = """
    WITH swept AS (
        DELETE FROM accounts_limit WHERE key IN (
            SELECT key FROM accounts_limit WHERE resets_at < clock_timestamp() - interval '1 hour' AND key <> %(key)s
            ORDER BY resets_at LIMIT 2 FOR UPDATE SKIP LOCKED
        )
    )
    INSERT INTO accounts_limit AS held (key, count, resets_at)
    VALUES (%(key)s, 1, clock_timestamp() + make_interval(secs => %(window)s))
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN held.resets_at <= clock_timestamp() THEN 1 ELSE held.count + 1 END,
        resets_at = CASE WHEN held.resets_at <= clock_timestamp() THEN excluded.resets_at ELSE held.resets_at END
    RETURNING count, ceil(extract(epoch FROM resets_at - clock_timestamp()))
"""


def take(*, scope: str, who: str, limit: int, window: timedelta) -> int:
    """Count one try and return 0 where it is allowed, else the seconds to wait.

    One atomic statement: of any number of tries at once, exactly ``limit`` pass in a window.
    """
    digest = salted_hmac("accounts.limit", f"{scope}:{who}", algorithm="sha256").hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"key": f"{scope}:{digest}", "window": window.total_seconds()})
        count, seconds = cursor.fetchone()
    return 0 if count <= limit else max(1, int(seconds))


def client_address(request: HttpRequest) -> str:
    """Return the address of the client, as seen by the outermost proxy of ours.

    With ``TRUSTED_PROXIES = n`` the n-th last entry of ``X-Forwarded-For`` was written by our own proxy; all before
    it can be forged. Without proxies the header is not read at all. A text that is no address counts as the peer's.
    """
    peer = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if len(hops) >= settings.TRUSTED_PROXIES:
            try:
                return str(ipaddress.ip_address(hops[-settings.TRUSTED_PROXIES]))
            except ValueError:
                return peer
    return peer


def client_network(request: HttpRequest) -> str:
    """Return the network that the client's address belongs to: /24 for IPv4, /48 for IPv6."""
    address = client_address(request)
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return hashlib.sha256(address.encode(errors="replace")).hexdigest()
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    prefix = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network(f"{parsed}/{prefix}", strict=False))
