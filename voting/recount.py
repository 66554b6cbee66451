"""Recomputes the vote counters of answers from the votes."""

from collections.abc import Iterator

from questions.models import Answer
from questions.recount import Counted, Difference

_COLUMNS = {
    "user_upvote_count": "user_id IS NOT NULL AND value = 1 AND state = 'counted'",
    "user_downvote_count": "user_id IS NOT NULL AND value = -1 AND state = 'counted'",
    "visitor_upvote_count": "visitor IS NOT NULL AND value = 1 AND state = 'counted'",
    "visitor_downvote_count": "visitor IS NOT NULL AND value = -1 AND state = 'counted'",
    "set_aside_count": "state <> 'counted' AND value <> 0",
}
_counts = ", ".join(f"count(*) FILTER (WHERE {condition}) AS {column}" for column, condition in _COLUMNS.items())

VERSIONS = Counted(
    Answer,
    ("earlier_vote_count",),
    """
    SELECT answer_id AS id, count(*) FILTER (WHERE v.version < a.version AND v.state = 'counted') AS earlier_vote_count
    FROM voting_answervote v JOIN questions_answer a ON a.id = v.answer_id
    WHERE answer_id BETWEEN %(first)s AND %(last)s GROUP BY answer_id
    """,
)
VOTES = Counted(
    Answer,
    tuple(_COLUMNS),
    f"""
    SELECT answer_id AS id, {_counts} FROM voting_answervote
    WHERE answer_id BETWEEN %(first)s AND %(last)s GROUP BY answer_id
    """,
)


def recount_votes(*, mend: bool = False) -> Iterator[Difference]:
    """Yield each vote counter of an answer that is not what the votes say."""
    yield from VOTES.recount(mend=mend)
    yield from VERSIONS.recount(mend=mend)
