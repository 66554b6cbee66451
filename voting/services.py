"""Voting: one statement for each vote."""

from functools import cache

from django.core.exceptions import PermissionDenied
from django.db import transaction
from psycopg import sql

from accounts.visitors import Voter
from qa_forum.errors import Gone
from qa_forum.versions import fetch_prepared
from questions.models import Answer
from voting.models import AnswerVote

_ANSWER = -1


@cache
def _votable(column: str) -> str:
    """Return the SQL of "this answer, if the voter may vote on it, locked", made once from ``visible()``.

    The lock comes before the vote is written, as everywhere in the house: parents before children.
    """
    answers = Answer.objects.visible().filter(pk=_ANSWER)
    statement, values = answers.order_by().values("id").query.sql_with_params()
    for value in values:
        placeholder = "%(answer)s" if value == _ANSWER else sql.Literal(value).as_string()
        statement = statement.replace("%s", placeholder, 1)
    if column == "user_id":
        statement += """ AND NOT EXISTS (
            SELECT FROM doctors_doctor own WHERE own.id = questions_answer.doctor_id AND own.user_id = %(voter)s)"""
    return f"{statement} FOR NO KEY UPDATE OF questions_answer"


@cache
def _set_vote(column: str) -> str:
    """Return the one statement of a vote; setting the same value again writes nothing."""
    return f"""
        WITH answer AS ({_votable(column)})
        INSERT INTO voting_answervote AS held (answer_id, {column}, value)
        SELECT id, %(voter)s, %(value)s FROM answer
        ON CONFLICT (answer_id, {column}) WHERE {column} IS NOT NULL
        DO UPDATE SET value = excluded.value, voted_at = now() WHERE held.value <> excluded.value
        RETURNING 1
    """


@cache
def _take_vote_back(column: str) -> str:
    """Return the one statement that takes a vote back."""
    return f"""
        WITH answer AS ({_votable(column)})
        DELETE FROM voting_answervote USING answer
        WHERE answer_id = answer.id AND {column} = %(voter)s
        RETURNING 1
    """


def cast_vote(*, answer_id: int, voter: Voter, value: int) -> Answer:
    """Set this voter's vote on an answer to ``value`` (+1, -1, or 0 to take it back) and return the answer.

    Setting the same value twice leaves one vote, so a repeated click is harmless. The counters follow by a trigger in
    the same statement; the answer is read after it, so its score is the true one.
    """
    column = "user_id" if voter.user_id is not None else "visitor"
    statement = _set_vote(column) if value else _take_vote_back(column)
    values = {"answer": answer_id, "voter": voter.user_id if voter.visitor is None else voter.visitor, "value": value}
    fetch_prepared(statement, values)
    return _read_voted(answer_id, voter)


def read_answer(answer_id: int, voter: Voter | None) -> Answer:
    """Return an answer with its tally for a viewer, or raise ``DoesNotExist`` or ``Gone``."""
    answers = Answer.objects.select_related("question", "doctor").with_viewer_vote(voter)
    answer = answers.only(
        "state",
        "score",
        "upvote_count",
        "downvote_count",
        "question__slug",
        "question__state",
        "doctor__name",
        "doctor__user_id",
    ).get(pk=answer_id)
    if answer.is_gone or answer.question.is_gone:
        raise Gone
    if not answer.is_visible:
        raise Answer.DoesNotExist
    return answer


def _read_voted(answer_id: int, voter: Voter) -> Answer:
    answer = read_answer(answer_id, voter)
    if not answer.can_be_voted_on_by(voter):
        raise PermissionDenied
    return answer


@transaction.atomic
def adopt_visitor_votes(*, user_id: int, voter: Voter) -> None:
    """Move a visitor's votes to the account that they signed in to; where both had voted, the account's stays."""
    votes = AnswerVote.objects.of(voter)
    # Locked in the order of their keys, so that two sign-ins never wait for each other.
    answers = Answer.objects.filter(pk__in=votes.values("answer")).order_by("pk")
    locked = list(answers.select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))
    votes = votes.filter(answer__in=locked)
    votes.filter(answer__votes__user=user_id).delete()
    votes.filter(answer__doctor__user=user_id).delete()
    votes.update(user=user_id, visitor=None)
