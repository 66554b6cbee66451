"""The audit log: how something comes into it, and how it is proved whole."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Model

from accounts.models import User
from moderation.models import AuditEntry

State = Mapping[str, str | int | bool | list[str] | list[int] | None]

# Written out here once more, so that a function that somebody changed in the database does not vouch for itself.
_FAULTS = """
    SELECT id, number, CASE
        WHEN number IS NULL THEN 'has no place in the chain'
        WHEN number <> coalesce(number_before, 0) + 1 THEN
            'follows number ' || coalesce(number_before, 0) || ': something is missing between them'
        WHEN previous_hash <> coalesce(hash_before, repeat('0', 64)) THEN 'does not follow the entry before it'
        ELSE 'is not what was written'
    END
    FROM (
        SELECT *, lag(number) OVER chain AS number_before, lag(hash) OVER chain AS hash_before,
            encode(sha256(convert_to(jsonb_build_array(
                number, previous_hash, to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
                actor_id, action, subject_kind, subject_id, rule, reason, before, after
            )::text, 'UTF8')), 'hex') AS hash_now
        FROM moderation_auditentry WINDOW chain AS (ORDER BY number)
    ) entry
    WHERE number IS NULL OR number <> coalesce(number_before, 0) + 1
        OR previous_hash <> coalesce(hash_before, repeat('0', 64)) OR hash <> hash_now
    ORDER BY number
    LIMIT %(most)s
"""
MOST_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry: whoever notes it down elsewhere can prove later that nothing before it went away."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


def record(
    action: str,
    *,
    actor: User | None,
    subject: Model | tuple[str, int] | None = None,
    rule: int | None = None,
    reason: str = "",
    before: State | None = None,
    after: State | None = None,
) -> AuditEntry:
    """Write into the audit log that ``actor`` (None: the site itself) did ``action``, such as ``case.claim``.

    It is part of the present transaction. ``before`` and ``after`` hold states, keys and numbers, never what somebody
    wrote; ``reason`` is what a member of staff said in public.
    """
    kind, key = (subject._meta.label_lower, subject.pk) if isinstance(subject, Model) else subject or ("", None)
    return AuditEntry.objects.create(
        action=action,
        actor_id=actor.pk if actor else None,
        subject_kind=kind,
        subject_id=key,
        rule=rule,
        reason=reason,
        before=dict[str, Any](before or {}),
        after=dict[str, Any](after or {}),
    )


def head_of_log() -> Head | None:
    """Return the newest entry of the log, or None where it is empty."""
    newest = AuditEntry.objects.filter(number__isnull=False).order_by("-number").values_list("number", "hash").first()
    return Head(newest[0] or 0, newest[1] or "") if newest else None


def faults_of_log(*, noted: Head | None = None) -> Iterator[str]:
    """Say in a line each what is wrong with the log, the first ones only; ``noted`` is to be in it."""
    if noted and not AuditEntry.objects.filter(number=noted.number, hash=noted.hash).exists():
        yield f"Entry {noted.number} as noted down is not in the log."
    with connection.cursor() as cursor:
        cursor.execute(_FAULTS, {"most": MOST_FAULTS})
        for key, number, words in cursor.fetchall():
            yield f"Entry {number or f'with the key {key}'} {words}."
