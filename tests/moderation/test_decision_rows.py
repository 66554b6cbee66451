"""The table of decisions: what it refuses, and that it stays."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from moderation.models import Decision, Moderated
from moderation.rules import BY_NUMBER, RULES
from questions.services import hide_answer
from tests.factories import AnswerFactory, ModeratorFactory

pytestmark = pytest.mark.django_db


def decision(**fields: object) -> Decision:
    return Decision.objects.create(
        **{"action": "hide", "subject_kind": "questions.answer", "subject_id": 1, "rule": 1, "reason": "Why.", **fields}
    )


@pytest.mark.parametrize(
    "write",
    [
        lambda: decision(rule=None),
        lambda: decision(reason=""),
        lambda: decision(rule=None, reason=""),
        lambda: decision(action="remove", rule=None),
        lambda: decision(action="remove", reason=""),
    ],
)
def test_a_decision_against_something_has_a_rule_and_a_reason(write: Callable[[], object]):
    with pytest.raises(IntegrityError, match="decision_against_has_rule_and_reason"), transaction.atomic():
        write()


def test_a_decision_is_one_of_a_few():
    with pytest.raises(IntegrityError, match="decision_action_is_known"), transaction.atomic():
        decision(action="scold")


def test_publishing_again_needs_neither():
    assert decision(action="publish", rule=None, reason="").pk


def test_a_decision_outlives_the_moderator():
    moderator = ModeratorFactory()
    made = decision(decided_by=moderator)

    moderator.delete()

    made.refresh_from_db()
    assert made.decided_by is None


def test_a_decision_on_a_thing_that_is_still_there_is_not_deleted():
    answer = AnswerFactory()
    made = hide_answer(answer_id=answer.pk, rule=1, reason="An insult.", moderator=None)

    with pytest.raises(ProtectedError):
        made.delete()


def test_the_newest_decision_comes_first():
    older, newer = decision(), decision()

    assert list(Decision.objects.all()) == [newer, older]


def test_a_decision_says_what_it_is():
    assert str(decision(subject_id=12)) == "hide questions.answer 12"


def test_the_numbers_of_the_rules_are_theirs_for_good():
    """Decisions quote them: a rule may be added at the end, none may change its number."""
    assert [(rule.number, rule.title) for rule in RULES] == [
        (1, "Be kind"),
        (2, "Keep people private"),
        (3, "Write what you can stand for"),
        (4, "No advertising"),
        (5, "Stay with the question"),
        (6, "Do no harm"),
        (7, "One person, one voice"),
        (8, "Use your own words"),
    ]
    assert {number: BY_NUMBER[number].number for number in BY_NUMBER} == {number: number for number in BY_NUMBER}


def test_gone_is_what_was_public_and_is_so_no_longer():
    assert {state for state in Moderated.State if state in Moderated.GONE} == {"hidden", "removed", "withdrawn"}
