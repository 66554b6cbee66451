"""Voting: one statement for each vote."""

from functools import cache
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import models, transaction

from accounts.visitors import Voter
from qa_forum.errors import Gone
from qa_forum.prepared import Prepared, run_prepared
from questions.models import NAMED_OF_DOCTORS, Answer
from voting.models import AnswerVote
from voting.networks import Trace

_VISIBLE_ANSWER = Prepared(
    lambda answer: Answer.objects.visible().filter(pk=answer).order_by().only("pk", "version"), answer=-1
)


def _votable(column: str) -> str:
    """Return the SQL of "this answer, if the voter may vote on it, locked".

    The lock comes before the vote is written, as everywhere in the house: parents before children.
    """
    own = "questions_answer.doctor_id IN (SELECT id FROM doctors_doctor WHERE user_id = %(voter)s)"
    not_own = f"AND NOT ({own})" if column == "user_id" else ""
    return f"{_VISIBLE_ANSWER.statement} {not_own} FOR NO KEY UPDATE OF questions_answer"


@cache
def _set_vote(column: str) -> str:
    """Return the one statement of a vote; setting the same value again writes nothing.

    A vote for an earlier version of the answer becomes one for the present version. One that is held or void may be
    turned, and stays what it is.
    """
    return f"""
        WITH answer AS ({_votable(column)})
        INSERT INTO voting_answervote AS held
            (answer_id, {column}, value, version, network, network_before, browser)
        SELECT id, %(voter)s, %(value)s, version,
            %(network)s::uuid, %(network_before)s::uuid, %(browser)s::smallint FROM answer
        ON CONFLICT (answer_id, {column}) WHERE {column} IS NOT NULL
        DO UPDATE SET value = excluded.value, version = excluded.version, voted_at = now(),
            network = excluded.network, network_before = excluded.network_before, browser = excluded.browser
        WHERE (held.value, held.version) <> (excluded.value, excluded.version)
        RETURNING 1
    """


@cache
def _take_vote_back(column: str) -> str:
    """Return the one statement that takes a vote back.

    Of one that is held or void the row stays, without a value: who could delete it could cast it anew and be counted.
    """
    return f"""
        WITH answer AS ({_votable(column)}),
        emptied AS (
            UPDATE voting_answervote SET value = 0, network = NULL, network_before = NULL, browser = NULL FROM answer
            WHERE answer_id = answer.id AND {column} = %(voter)s
                AND voting_answervote.state <> 'counted' AND value <> 0
        )
        DELETE FROM voting_answervote USING answer
        WHERE answer_id = answer.id AND {column} = %(voter)s AND voting_answervote.state = 'counted'
        RETURNING 1
    """


def cast_vote(*, answer_id: int, voter: Voter, value: int, trace: Trace = Trace()) -> Answer:  # noqa: B008
    """Set this voter's vote on an answer to ``value`` (+1, -1, or 0 to take it back) and return the answer.

    Setting the same value twice leaves one vote, so a repeated click is harmless. The counters follow by a trigger in
    the same statement; the answer is read after it, so its score is the true one. A vote that is held or void may be
    turned and taken back like any other, and counts no more for it.
    """
    column = "user_id" if voter.user_id is not None else "visitor"
    statement = _set_vote(column) if value else _take_vote_back(column)
    values = {"answer": answer_id, "voter": voter.kind_and_key[1], "value": value} | trace._asdict()
    run_prepared(statement, values)
    answer = read_answer(answer_id, voter)
    if answer.viewer_vote and not value:
        # It was set aside between the beginning of our statement and the lock: the next one sees it as it is.
        run_prepared(statement, values)
        answer = read_answer(answer_id, voter)
    if not answer.can_be_voted_on_by(voter):
        raise PermissionDenied
    return answer


def _with_tally(answer: int, voter: Voter | None) -> models.QuerySet[Answer]:
    """Return an answer with what its vote fragment and its address need."""
    shown = (
        "state",
        "version",
        "earlier_vote_count",
        "set_aside_count",
        "imported_upvote_count",
        "imported_downvote_count",
        "score",
        "upvote_count",
        "downvote_count",
        "question__slug",
        "question__state",
        "doctor__valid_until",
    )
    answers = Answer.objects.filter(pk=answer).select_related("question", "doctor").with_viewer_vote(voter)
    return answers.only(*shown, *NAMED_OF_DOCTORS).order_by()


_TALLY_FOR = {
    "stranger": Prepared(lambda answer: _with_tally(answer, None), answer=-1),
    "user": Prepared(lambda answer, voter: _with_tally(answer, Voter(user_id=voter)), answer=-1, voter=-2),
    "visitor": Prepared(lambda answer, voter: _with_tally(answer, Voter(visitor=voter)), answer=-1, voter=UUID(int=0)),
}


def read_answer(answer_id: int, voter: Voter | None) -> Answer:
    """Return an answer with its tally for a viewer, or raise ``DoesNotExist`` or ``Gone``."""
    kind, key = voter.kind_and_key if voter else ("stranger", None)
    for answer in _TALLY_FOR[kind].fetch(answer=answer_id, voter=key):
        if answer.is_visible:
            return answer
        if answer.is_gone or answer.question.is_gone:
            raise Gone
    raise Answer.DoesNotExist


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
