"""What happens to votes that seem to be cast by one hand: held, void or restored, always a whole ring at once."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from moderation.services import record
from questions.models import Answer
from voting.evidence import FOUND, LOOKS_BACK, QUITE_UNUSUAL, RATHER_UNUSUAL, STEPS, UNUSUAL
from voting.models import AnswerVote, VoteRing
from voting.networks import beginning_of, period_of

# Fewer votes are no ring.
LEAST_VOTES = 4
# What a decision makes of the ring's votes.
BECOMES = {VoteRing.State.VOID: AnswerVote.State.VOID, VoteRing.State.RESTORED: AnswerVote.State.COUNTED}


@dataclass(frozen=True, slots=True)
class Found:
    """Votes of one value on one doctor's answers, and why they seem to be cast by one hand."""

    doctor_id: int
    value: int
    votes: Collection[int]
    evidence: frozenset[str] = field(default_factory=frozenset)


@transaction.atomic
def hold_votes(found: Found) -> VoteRing | None:
    """Set these votes aside until a moderator decides, and return their ring, or None where none of them counts.

    They join the ring that waits for the same doctor and value already. Votes that a moderator decided on stay as they
    are. Safe to repeat.
    """
    ring = _waiting_ring(found)
    votes = AnswerVote.objects.counted().filter(
        pk__in=found.votes, ring=None, value=found.value, answer__doctor=found.doctor_id
    )
    _lock_answers(votes.values_list("answer", flat=True))
    held = AnswerVote.objects.filter(pk__in=list(votes.values_list("pk", flat=True))).update(
        state=AnswerVote.State.HELD, ring=ring
    )
    if not held:
        if not ring.size:
            ring.delete()
            return None
        return ring
    ring.size += held
    ring.evidence = sorted({*ring.evidence, *found.evidence})
    ring.grown_at = timezone.now()
    ring.save(update_fields=["size", "evidence", "grown_at"])
    return ring


def _waiting_ring(found: Found) -> VoteRing:
    """Return the ring that waits for this doctor and value, locked; a new one where there is none."""
    while True:
        try:
            return VoteRing.objects.select_for_update(no_key=True).get_or_create(
                doctor_id=found.doctor_id,
                value=found.value,
                state=VoteRing.State.HELD,
                defaults={"evidence": sorted(found.evidence)},
            )[0]
        except IntegrityError as error:
            # Somebody else's was there at the insert, and decided on or dropped before it could be read.
            if "one_waiting_ring_per_target" not in str(error):
                raise


@transaction.atomic
def decide_ring(ring_id: int, *, state: str, reason: str, moderator: User) -> VoteRing:
    """Void or restore all votes of a ring; counters and the order of answers follow in the same commit.

    Either may be turned into the other later. What voters took back meanwhile goes for good when a ring is restored.
    """
    ring = VoteRing.objects.select_for_update(no_key=True, of=("self",)).select_related("doctor").get(pk=ring_id)
    if not ring.can_be_decided_by(moderator):
        raise PermissionDenied
    _lock_answers(ring.votes.values_list("answer", flat=True))
    if state == VoteRing.State.RESTORED:
        ring.votes.filter(value=0).delete()
    ring.votes.update(state=BECOMES[VoteRing.State(state)])
    before = {"state": ring.state}
    ring.state, ring.reason, ring.decided_by, ring.decided_at = state, reason, moderator, timezone.now()
    ring.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    record("ring.decide", actor=moderator, subject=ring, reason=reason, before=before, after={"state": state})
    return ring


def _lock_answers(keys: QuerySet) -> None:
    """Lock answers before their votes, in the order of their keys, as everywhere in the house."""
    answers = Answer.objects.filter(pk__in=keys).order_by("pk")
    list(answers.select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))


def find_rings(*, now: datetime | None = None) -> Iterator[Found]:
    """Yield the votes of the last days that seem to be cast by one hand, for each doctor and value.

    Everything is counted in the database; here one ring at a time comes in. Runs in a transaction of its own, and reads
    only: ``hold_votes`` sets aside.
    """
    now = now or timezone.now()
    values: dict[str, Any] = {
        "now": now,
        "since": now - LOOKS_BACK,
        "period": beginning_of(period_of(now)),
        "unusual": UNUSUAL,
        "quite": QUITE_UNUSUAL,
        "rather": RATHER_UNUSUAL,
        "least": LEAST_VOTES,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        # Planning for just-in-time compilation costs more than these statements gain by it.
        cursor.execute("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'")
        for step in STEPS:
            cursor.execute(step, values if "%(" in step else None)
        with connection.chunked_cursor() as found:
            found.execute(FOUND, values)
            for doctor, value, votes, evidence in found:
                yield Found(doctor, value, votes, frozenset(evidence))


def hold_rings() -> list[VoteRing]:
    """Set aside all votes that seem to be cast by one hand, and return the rings that were found or grew.

    Each ring is a transaction of its own: whoever votes meanwhile waits for one ring, not for all.
    """
    return [ring for found in list(find_rings()) if (ring := hold_votes(found))]
