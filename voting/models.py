"""Anyone's vote on an answer."""

from typing import ClassVar, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from accounts.visitors import Voter
from doctors.models import Doctor
from questions.models import Answer

REASON_LENGTH = 500


class NetworkKey(models.Model):
    """The secret under which networks are digested for a while. With it goes all that was made by it.

    Of any two votes within ``PERIOD`` of each other, both carry a digest under one key: see ``voting.networks``.
    """

    # Counted in whole periods since the first day of 1970.
    period = models.PositiveIntegerField(unique=True)
    secret = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        # Never the secret: this may come into a log.
        return f"Key of period {self.period}"


class VoteRing(models.Model):
    """Votes that seem to be cast by one hand: found by ``find_vote_rings``, set aside until a moderator decides."""

    class State(models.TextChoices):
        HELD = "held", "held: waits for a moderator"
        VOID = "void", "void"
        RESTORED = "restored", "restored"

    class Evidence(models.TextChoices):
        BURST = "burst", "many votes at once on one target"
        NETWORK = "network", "shared networks"
        NEW = "new", "new accounts and marks"
        PAIR = "pair", "a pair that votes for each other"
        BROWSER = "browser", "one browser that clears its cookies"
        DEVOTED = "devoted", "voters who vote for nobody else"

    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="vote_rings", editable=False)
    value = models.SmallIntegerField(editable=False)
    state = models.CharField(max_length=8, choices=State, default=State.HELD, editable=False)
    evidence: "ArrayField[list[str], list[str]]" = ArrayField(
        models.CharField(max_length=8, choices=Evidence), editable=False
    )
    # How many votes were ever set aside with it; some may be gone with their account.
    size = models.PositiveIntegerField(default=0, editable=False)
    found_at = models.DateTimeField(default=timezone.now, editable=False)
    grown_at = models.DateTimeField(default=timezone.now, editable=False)
    reason = models.CharField(max_length=REASON_LENGTH, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["held", "void", "restored"]), name="ring_state_is_known"),
            models.CheckConstraint(condition=Q(value__in=[1, -1]), name="ring_is_up_or_down"),
            models.CheckConstraint(condition=Q(evidence__len__gt=0), name="ring_has_evidence"),
            models.CheckConstraint(
                condition=Q(state="held") | (Q(decided_at__isnull=False) & ~Q(reason="")),
                name="ring_decided_has_date_and_reason",
            ),
            models.UniqueConstraint(
                fields=["doctor", "value"], condition=Q(state="held"), name="one_waiting_ring_per_target"
            ),
        ]
        indexes = [models.Index(fields=["doctor", "value"], name="ring_by_target")]

    def __str__(self) -> str:
        return f"Ring {self.pk}: {self.size} votes {self.value:+d} on {self.doctor}"

    def can_be_decided_by(self, staff: User) -> bool:
        """Staff decide, but nobody on votes for themselves."""
        return staff.is_staff and staff.pk != self.doctor.user_id


class AnswerVoteQuerySet(models.QuerySet["AnswerVote"]):
    def of(self, voter: Voter) -> Self:
        """Votes of one voter."""
        if voter.user_id is not None:
            return self.filter(user_id=voter.user_id)
        return self.filter(visitor=voter.visitor)

    def counted(self) -> Self:
        """Votes that count: neither held nor void."""
        return self.filter(state=AnswerVote.State.COUNTED)

    def set_aside(self) -> Self:
        """Votes that are held or void, and that their voters did not take back."""
        return self.exclude(state=AnswerVote.State.COUNTED).exclude(value=0)


def _moved(column: str, whose: str, value: int) -> str:
    """Return the assignment that moves one counter by what NEW adds and OLD leaves."""
    return (
        f"{column} = {column}"
        f" + coalesce((NEW.state = 'counted' AND NEW.{whose} IS NOT NULL AND NEW.value = {value})::int, 0)"
        f" - coalesce((OLD.state = 'counted' AND OLD.{whose} IS NOT NULL AND OLD.value = {value})::int, 0)"
    )


class AnswerVote(models.Model):
    """One voter's vote on one answer. A voter is a user or a visitor, never both.

    Only counted votes move the counters. One that is held or void, and that its voter took back, stays with value 0, so
    that casting it anew does not make it count.
    """

    class Value(models.IntegerChoices):
        UP = 1, "helpful"
        DOWN = -1, "not helpful"

    class State(models.TextChoices):
        COUNTED = "counted", "counted"
        HELD = "held", "held"
        VOID = "void", "void"

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="votes")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="votes"
    )
    visitor = models.UUIDField(null=True, blank=True)
    value = models.SmallIntegerField(choices=Value)
    # The version of the answer that the vote is for.
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    voted_at = models.DateTimeField(default=timezone.now, db_default=Now(), editable=False)
    state = models.CharField(
        max_length=7, choices=State, default=State.COUNTED, db_default=State.COUNTED, editable=False
    )
    # The ring that it was found in; one that was restored stays with its ring, and is not judged again.
    ring = models.ForeignKey(
        VoteRing, on_delete=models.RESTRICT, null=True, blank=True, related_name="votes", editable=False, db_index=False
    )
    # Digests of the voter's network under the present key and the one before, and a few bits of a digest of how the
    # browser calls itself; all erased with their keys. No address is stored.
    network = models.UUIDField(null=True, blank=True, editable=False)
    network_before = models.UUIDField(null=True, blank=True, editable=False)
    browser = models.SmallIntegerField(null=True, blank=True, editable=False)

    objects = AnswerVoteQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True) ^ Q(visitor__isnull=True), name="vote_by_user_or_visitor"
            ),
            models.CheckConstraint(
                condition=Q(value__in=[1, -1]) | (Q(value=0) & ~Q(state="counted")), name="vote_is_up_or_down"
            ),
            models.CheckConstraint(condition=Q(state__in=["counted", "held", "void"]), name="vote_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="counted") | Q(ring__isnull=False), name="vote_set_aside_belongs_to_a_ring"
            ),
            models.UniqueConstraint(
                fields=["answer", "user"], condition=Q(user__isnull=False), name="one_vote_per_user"
            ),
            models.UniqueConstraint(
                fields=["answer", "visitor"], condition=Q(visitor__isnull=False), name="one_vote_per_visitor"
            ),
        ]
        indexes = [
            models.Index(fields=["visitor"], condition=Q(visitor__isnull=False), name="vote_by_visitor"),
            models.Index(fields=["voted_at"], name="vote_by_date"),
            models.Index(fields=["ring"], condition=Q(ring__isnull=False), name="vote_by_ring"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="count_vote",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=f"""
                    IF TG_OP = 'UPDATE' AND NEW.answer_id <> OLD.answer_id THEN
                        RAISE EXCEPTION 'a vote stays with its answer';
                    END IF;
                    -- What was kept to judge votes is erased without a word to the answer.
                    IF TG_OP = 'UPDATE' AND (NEW.user_id, NEW.visitor, NEW.value, NEW.version, NEW.state)
                        IS NOT DISTINCT FROM (OLD.user_id, OLD.visitor, OLD.value, OLD.version, OLD.state) THEN
                        RETURN NULL;
                    END IF;
                    UPDATE questions_answer SET
                        {_moved("user_upvote_count", "user_id", 1)},
                        {_moved("user_downvote_count", "user_id", -1)},
                        {_moved("visitor_upvote_count", "visitor", 1)},
                        {_moved("visitor_downvote_count", "visitor", -1)},
                        earlier_vote_count = earlier_vote_count
                        + coalesce((NEW.state = 'counted' AND NEW.version < questions_answer.version)::int, 0)
                        - coalesce((OLD.state = 'counted' AND OLD.version < questions_answer.version)::int, 0),
                        set_aside_count = set_aside_count
                        + coalesce((NEW.state <> 'counted' AND NEW.value <> 0)::int, 0)
                        - coalesce((OLD.state <> 'counted' AND OLD.value <> 0)::int, 0)
                    WHERE id = coalesce(NEW.answer_id, OLD.answer_id);
                    RETURN NULL;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.value:+d} on answer {self.answer_id}"
