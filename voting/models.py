"""Anyone's vote on an answer."""

from typing import ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.visitors import Voter
from questions.models import Answer


class AnswerVoteQuerySet(models.QuerySet["AnswerVote"]):
    def of(self, voter: Voter) -> Self:
        """Votes of one voter."""
        if voter.user_id is not None:
            return self.filter(user_id=voter.user_id)
        return self.filter(visitor=voter.visitor)


def _moved(column: str, whose: str, value: int) -> str:
    """Return the assignment that moves one counter by what NEW adds and OLD leaves."""
    return (
        f"{column} = {column}"
        f" + coalesce((NEW.{whose} IS NOT NULL AND NEW.value = {value})::int, 0)"
        f" - coalesce((OLD.{whose} IS NOT NULL AND OLD.value = {value})::int, 0)"
    )


class AnswerVote(models.Model):
    """One voter's vote on one answer. A voter is a user or a visitor, never both."""

    class Value(models.IntegerChoices):
        UP = 1, "helpful"
        DOWN = -1, "not helpful"

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="votes")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="votes"
    )
    visitor = models.UUIDField(null=True, blank=True)
    value = models.SmallIntegerField(choices=Value)
    # The version of the answer that the vote is for.
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    voted_at = models.DateTimeField(default=timezone.now, db_default=Now(), editable=False)

    objects = AnswerVoteQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True) ^ Q(visitor__isnull=True), name="vote_by_user_or_visitor"
            ),
            models.CheckConstraint(condition=Q(value__in=[1, -1]), name="vote_is_up_or_down"),
            models.UniqueConstraint(
                fields=["answer", "user"], condition=Q(user__isnull=False), name="one_vote_per_user"
            ),
            models.UniqueConstraint(
                fields=["answer", "visitor"], condition=Q(visitor__isnull=False), name="one_vote_per_visitor"
            ),
        ]
        indexes = [models.Index(fields=["visitor"], condition=Q(visitor__isnull=False), name="vote_by_visitor")]
        triggers = [
            pgtrigger.Trigger(
                name="count_vote",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=f"""
                    IF TG_OP = 'UPDATE' AND NEW.answer_id <> OLD.answer_id THEN
                        RAISE EXCEPTION 'a vote stays with its answer';
                    END IF;
                    UPDATE questions_answer SET
                        {_moved("user_upvote_count", "user_id", 1)},
                        {_moved("user_downvote_count", "user_id", -1)},
                        {_moved("visitor_upvote_count", "visitor", 1)},
                        {_moved("visitor_downvote_count", "visitor", -1)},
                        earlier_vote_count = earlier_vote_count
                        + coalesce((NEW.version < questions_answer.version)::int, 0)
                        - coalesce((OLD.version < questions_answer.version)::int, 0)
                    WHERE id = coalesce(NEW.answer_id, OLD.answer_id);
                    RETURN NULL;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.value:+d} on answer {self.answer_id}"
