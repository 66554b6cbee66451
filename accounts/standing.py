"""Who may write today: a suspended person nothing, a limited one a little.

Moderation decides on it, in the room above; a trigger on its sanctions keeps ``User.suspended_until`` and
``User.limited_until``. Every request that writes meets ``accounts.middleware``; what posts a text also holds its
writer's row by ``hold_writer``, so that no post that began before a suspension is finished after it.
"""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.limits import OverLimit
from accounts.models import Limit, User
from accounts.services import take

# Of somebody who is limited: questions, answers, reviews and replies together.
LIMITED_POSTS, LIMITED_WINDOW = 2, timedelta(days=1)


class Suspended(PermissionDenied):
    """Somebody wrote who may not write at present."""


def hold_writer(user_id: int | None) -> None:
    """Hold the row of whoever writes until the transaction ends; refuse who is suspended or gone.

    It is the first lock of all, before Doctor, Question and Answer. Nobody is no account, as of an imported doctor.
    """
    if user_id is None:
        return
    users = User.objects.select_for_update(no_key=True).only("is_active", "suspended_until")
    user = users.get(pk=user_id)
    if not user.is_active or user.is_suspended:
        raise Suspended


def count_post(user_id: int | None) -> None:
    """Count a post of somebody who is limited; raise ``OverLimit`` where it is one too many for today."""
    if user_id is None or not User.objects.filter(pk=user_id, limited_until__gt=timezone.now()).exists():
        return
    if seconds := take(scope="limited post", who=str(user_id), limit=LIMITED_POSTS, window=LIMITED_WINDOW):
        raise OverLimit(seconds)


# --- Coming back by closing the account -------------------------------------------------------------------------------


def keep_out(address: str, until: datetime) -> None:
    """Let nobody join with an address before a suspension ends that its last person left; only a digest is kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_limit AS held (key, count, resets_at) VALUES (%s, 1, %s)"
            " ON CONFLICT (key) DO UPDATE SET resets_at = greatest(held.resets_at, excluded.resets_at)",
            [_key_of(address), until],
        )


def kept_out_until(address: str) -> datetime | None:
    """Return until when nobody may join with an address; None where anybody may."""
    kept = Limit.objects.filter(key=_key_of(address), resets_at__gt=timezone.now())
    return kept.values_list("resets_at", flat=True).first()


def _key_of(address: str) -> str:
    return "kept out:" + salted_hmac("accounts.kept_out", address.casefold(), algorithm="sha256").hexdigest()
