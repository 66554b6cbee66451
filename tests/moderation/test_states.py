"""The state machine alone, and random histories of real things under it."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from moderation.models import AuditEntry, Case, Decision
from moderation.registry import kind_of
from moderation.services import WithdrawnError, decide, faults_of_log, open_case
from moderation.states import (
    AGAINST,
    BY_DECISION,
    GONE,
    NEXT,
    Action,
    CannotFollow,
    State,
    after_change,
    after_decision,
    may_follow,
)
from questions.models import Question
from tests.counting import drifted
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    DoctorReviewFactory,
    ModeratorFactory,
    QuestionFactory,
    QuestionPhotoFactory,
)

TABLE = {
    # publish, hide, remove, ask, lock, unlock, merge
    "published": "published hidden removed changes published published merged",
    "held": "published hidden removed changes - - merged",
    "hidden": "published hidden removed changes - - merged",
    "changes": "published hidden removed changes - - -",
    "removed": "published hidden removed changes - - -",
    "merged": "published - - - - - -",
    "withdrawn": "- - - - - - -",
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("action", Action)
def test_each_decision_leads_where_the_table_says(action: Action, state: State):
    expected = TABLE[state].split()[list(Action).index(action)]

    if expected == "-":
        with pytest.raises(CannotFollow):
            after_decision(action, state)
        assert action not in may_follow(state)
    else:
        assert after_decision(action, state) == expected
        assert action in may_follow(state)


def test_only_what_was_asked_for_is_looked_at_once_more_when_it_is_changed():
    assert {state: after_change(state) for state in State} == {
        state: State.HELD if state == State.CHANGES else state for state in State
    }


def test_the_sets_of_states_are_what_they_say():
    assert set(NEXT) == set(Action)
    assert {State.HIDDEN, State.REMOVED, State.WITHDRAWN} == GONE
    assert {end for action in AGAINST for end in NEXT[action].values()} - {State.PUBLISHED} == BY_DECISION


MAKE = {"question": QuestionFactory, "answer": AnswerFactory, "review": DoctorReviewFactory, "doctor": DoctorFactory}
MAKE["photo"] = lambda: QuestionPhotoFactory(released=True)
steps = st.lists(st.sampled_from([*Action, "withdraw", "report"]), max_size=8)


@pytest.mark.django_db
@pytest.mark.parametrize("noun", list(MAKE))
@given(history=steps)
def test_whatever_moderators_do_state_record_and_figures_agree(noun: str, history: list):
    with transaction.atomic():
        thing, other, moderator = MAKE[noun](), AnswerFactory().question, ModeratorFactory()
        kind = kind_of(thing)
        for step in history:
            thing = kind.lock(thing.pk, other.pk) if noun == "question" else kind.lock(thing.pk)
            before, count = kind.state_of(thing), Decision.objects.about(kind.label, thing.pk).count()
            expected = do(step, thing, other, moderator)
            thing = kind.model._default_manager.get(pk=thing.pk)
            assert kind.state_of(thing) == (expected or before), step
            decisions = Decision.objects.about(kind.label, thing.pk)
            assert decisions.count() == count + bool(expected and step in Action)
            if expected and step in Action:
                assert not Case.objects.open().about(kind.label, thing.pk)
            assert kind.is_public(thing) == (kind.state_of(thing) == State.PUBLISHED)
            assert drifted() == []
        connection.check_constraints()
        made = AuditEntry.objects.filter(action__startswith="decide.", subject_kind=kind.label, subject_id=thing.pk)
        assert made.count() == Decision.objects.about(kind.label, thing.pk).count()
        assert list(faults_of_log()) == []
        transaction.set_rollback(True)


def do(step: Any, thing: Any, other: Question, moderator: Any) -> State | None:
    """Do one step in a transaction of its own; return the state to which it leads, or None where it is refused."""
    kind = kind_of(thing)
    before = kind.state_of(thing)
    if step == "withdraw":
        if not hasattr(thing, "state"):
            return None
        place = {"position": None} if hasattr(thing, "position") else {}
        mine = type(thing).objects.filter(pk=thing.pk, state__in=["published", "held", "changes"])
        mine.update(state="withdrawn", **place)
        return State.WITHDRAWN if before in ("published", "held", "changes") else None
    if step == "report":
        open_case(thing, cause=Case.Cause.REPORTS)
        return before
    words = {"rule": None, "reason": ""} if step in (Action.PUBLISH, Action.UNLOCK) else {"rule": 6, "reason": "Why."}
    into = other.pk if step == Action.MERGE else None
    try:
        with transaction.atomic():
            decide(thing, action=step, moderator=moderator, other=into, **words)
    except (CannotFollow, WithdrawnError, PermissionDenied):
        assert step not in kind.actions or before == State.WITHDRAWN or step not in may_follow(before)
        return None
    return after_decision(step, before)
