"""Accounts and their second factors, what rooms above add to them, and limits that hold across workers."""

import hashlib
import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from accounts.models import User
from accounts.visitors import voter_of

# --- What rooms above add -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AccountLink:
    """One more entry on the page "Your account"."""

    title: str
    words: str
    url_name: str
    is_for: Callable[[User], bool] = lambda user: True


@dataclass(frozen=True, slots=True)
class AccountNotice:
    """Something that a person reads first on "Your account"."""

    title: str
    words: str


# Filled by the rooms above in `AppConfig.ready`.
account_notices: list[Callable[[User], Iterable[AccountNotice]]] = []
account_links: list[AccountLink] = []
# Asked after each sign-in, once every step of it is done; the first address that comes back is where the person goes.
after_sign_in: list[Callable[[HttpRequest, User], str | None]] = []

# --- Accounts -------------------------------------------------------------------------------------------------------


@transaction.atomic
def open_account(*, email: str, pen_name: str, password_hash: str) -> User:
    """Save and return a new person whose address is confirmed. Raises ``IntegrityError`` where one is taken."""
    user = User.objects.create(email=email, pen_name=pen_name, password=password_hash)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


@transaction.atomic
def change_pen_name(*, user: User, pen_name: str) -> None:
    """Give a person another pen name, on all that they wrote. Raises ``IntegrityError`` where it is taken."""
    user.pen_name = pen_name
    user.save(update_fields=["pen_name"])


@transaction.atomic
def forget_other_addresses(*, user: User) -> None:
    """Let a person sign in by the address on their row only; it is confirmed at their next sign-in."""
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"primary": True})


@transaction.atomic
def confirm_address(*, user: User) -> None:
    """Note the address of a person as confirmed, without a code."""
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def end_session(session: UserSession) -> None:
    """End a session at once, wherever it is open."""
    session.end()


# --- The second factor ----------------------------------------------------------------------------------------------


def has_second_factor(request: HttpRequest) -> bool:
    """Tell whether this session was opened, or proved since, by a factor that its person still has."""
    if not request.user.is_authenticated:
        return False
    records = get_authentication_records(request, request.user)
    used = [record.get("id") for record in records if record.get("method") == "mfa"]
    return bool(used) and Authenticator.objects.filter(user=request.user, pk__in=used).exists()


def count_as_used(request: HttpRequest, kind: str) -> None:
    """Note that the newest factor of a kind was used in this session: to set it up, its person has just shown it."""
    factor = Authenticator.objects.filter(user=request.user.pk, type=kind).order_by("pk").last()
    if factor:
        record_authentication(request, factor.user, method="mfa", id=factor.pk, type=factor.type)


def factor_address(user: User, target: str) -> tuple[str, bool]:
    """Return where a person goes who needs a second factor before ``target``, and whether they have one at all."""
    kinds = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    if not kinds:
        return reverse("mfa_index"), False
    by_code = kinds & {Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES}
    proof = reverse("mfa_reauthenticate" if by_code else "mfa_reauthenticate_webauthn")
    return f"{proof}?{urlencode({'next': target})}", True


def set_up_authenticator_app(*, user: User) -> str:
    """Give a person an authenticator app and return its secret, to be typed into one."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


@transaction.atomic
def remove_second_factors(*, user: User) -> int:
    """Take every second factor from a person, who has lost them all, end their sessions, and return how many it was."""
    for session in UserSession.objects.filter(user=user):
        session.end()
    return Authenticator.objects.filter(user=user).delete()[0]


# --- Where to go on -------------------------------------------------------------------------------------------------

# Printable ASCII without the backslash, which browsers read as a slash.
_PATH = re.compile(r"/(?!/)[!-\[\]-~]*")


def is_address_of_ours(address: str) -> bool:
    """Tell whether an address that came with a request is a plain path, which cannot lead off the site."""
    is_plain = len(address) <= 2000 and _PATH.fullmatch(address) is not None
    return is_plain and url_has_allowed_host_and_scheme(address, allowed_hosts=None)


# --- Limits ---------------------------------------------------------------------------------------------------------

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


# An account is cheap to make: up to such an age it has so many votes and marks a day. Old ones have their network's.
VOTES_BY_AGE = ((timedelta(days=1), 30), (timedelta(days=7), 100))
# One browser of a network begins anew, without a mark, for this part of the network's votes at the most.
FIRST_VOTES, FEWEST_FIRST_VOTES = 20, 10
A_DAY = timedelta(days=1)


def seconds_before_a_vote(request: HttpRequest) -> int:
    """Count a vote or a mark for the viewer's account and network; return how many seconds to wait, 0 for none."""
    voter = voter_of(request)
    seconds = 0
    if voter is None:
        seconds = _take_of_newcomer(request)
    elif voter.user_id:
        seconds = _take_of_account(request.user)  # type: ignore[arg-type]
    if seconds or not settings.VOTES_PER_NETWORK:
        return seconds
    return take(scope="vote", who=client_network(request), limit=settings.VOTES_PER_NETWORK, window=A_DAY)


def _take_of_account(user: User) -> int:
    """Count for an account, as long as it is young."""
    age = timezone.now() - user.date_joined
    limit = next((votes for up_to, votes in VOTES_BY_AGE if age < up_to), 0)
    return take(scope="vote by account", who=str(user.pk), limit=limit, window=A_DAY) if limit else 0


def _take_of_newcomer(request: HttpRequest) -> int:
    """Count for one browser of a network that comes without a mark."""
    if not settings.VOTES_PER_NETWORK:
        return 0
    who = f"{client_network(request)} {request.headers.get('User-Agent', '')}"
    limit = max(FEWEST_FIRST_VOTES, settings.VOTES_PER_NETWORK // FIRST_VOTES)
    return take(scope="first vote", who=who, limit=limit, window=A_DAY)


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
