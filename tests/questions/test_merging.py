"""Merging and locking questions: the one leads to the other, with its answers and followers, and never in a chain."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client

from moderation.models import Decision
from moderation.services import decide
from moderation.states import Action, CannotFollow
from questions.models import Answer, Follow, Question
from questions.services import hide_question, post_answer, restore_question, withdraw_question
from questions.services.answering import Answered
from questions.services.deciding import lock_question
from tests.counting import drifted
from tests.crowd import all_at_once
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    FollowFactory,
    QuestionFactory,
    TopicFactory,
    UserFactory,
    sign_in,
)
from tests.reading import Page

pytestmark = pytest.mark.django_db
WHY = {"rule": 5, "reason": "It was asked before."}


@transaction.atomic
def merge(question: Question, into: Question, moderator: Any = None) -> Decision:
    locked = lock_question(question.pk, into.pk)
    return decide(locked, action=Action.MERGE, other=into.pk, moderator=moderator, **WHY)


@transaction.atomic
def act(question: Question, action: Action) -> Decision:
    words = {"rule": None, "reason": ""} if action in (Action.PUBLISH, Action.UNLOCK) else WHY
    return decide(lock_question(question.pk), action=action, moderator=None, **words)


def test_the_address_of_a_merged_question_leads_to_the_other(client: Client):
    first, second = QuestionFactory(topics=[TopicFactory()]), QuestionFactory()

    merge(first, second)

    for address in (first.get_absolute_url(), f"/questions/{first.pk}/"):
        response = client.get(address)
        assert (response.status_code, response["Location"]) == (301, second.get_absolute_url())
    assert sign_in(Client(), first.asker).get(first.get_absolute_url()).status_code == 301
    for surface in ("/", "/questions/", "/sitemap-questions.xml", "/search/?q=swelling"):
        assert f"/questions/{first.pk}/" not in client.get(surface).getvalue().decode(), surface
    assert drifted() == []


def test_answers_and_followers_go_along(client: Client):
    first, second = QuestionFactory(), QuestionFactory()
    answer, own = AnswerFactory(question=first, headline="A week"), AnswerFactory(question=second)
    hidden = AnswerFactory(question=first, state="held")
    FollowFactory(user=(reader := UserFactory()), question=first)
    FollowFactory(user=reader, question=second)
    FollowFactory(question=first)

    merge(first, second)

    assert set(second.answers.all()) == {answer, own, hidden}
    assert Answer.objects.get(pk=answer.pk).moved_from == first
    assert Follow.objects.filter(question=second).count() == 2
    assert "A week" in Page(client.get(second.get_absolute_url()))
    assert client.get(f"/answers/{answer.pk}/")["Location"] == f"{second.get_absolute_url()}#answer-{answer.pk}"
    assert drifted() == []


def test_a_doctor_who_answered_both_has_both_and_writes_no_third():
    doctor = DoctorFactory(user=UserFactory())
    first, second = (AnswerFactory(doctor=doctor).question for _ in range(2))

    merge(first, second)

    assert second.answers.filter(doctor=doctor).count() == 2
    post_answer(second.pk, doctor=doctor, answered=Answered("Again", "Again.", "none"))
    assert Answer.objects.count() == 2


def test_a_question_that_comes_back_takes_its_answers_along():
    first, second, third = QuestionFactory(), QuestionFactory(), QuestionFactory()
    answer, other = AnswerFactory(question=first), AnswerFactory(question=second)
    merge(first, second)
    merge(second, third)
    first.refresh_from_db()
    assert first.duplicate_of == third

    restore_question(first.pk, reason="It is another one.", moderator=None)

    answer.refresh_from_db()
    other.refresh_from_db()
    assert (answer.question, answer.moved_from) == (first, None)
    assert (other.question, other.moved_from) == (third, second)
    assert Question.objects.get(pk=first.pk).state == "published"
    assert drifted() == []


def test_a_question_is_merged_with_one_that_everybody_reads():
    first, gone = QuestionFactory(), QuestionFactory()
    hide_question(gone.pk, rule=1, reason="Why.", moderator=None)

    for into in (first, gone):
        with pytest.raises(CannotFollow):
            merge(first, into)
    with pytest.raises(CannotFollow):
        decide(lock_question(first.pk), action=Action.MERGE, other=10**15, moderator=None, **WHY)
    first.refresh_from_db()
    assert (first.state, Decision.objects.filter(action="merge").count()) == ("published", 0)


@pytest.mark.django_db(transaction=True)
def test_merging_in_a_circle_at_one_moment_makes_no_chain():
    for _ in range(3):
        questions = [AnswerFactory().question for _ in range(3)]
        pairs = [(questions[n], questions[(n + 1) % 3]) for n in range(3)]

        all_at_once([lambda pair=pair: merge(*pair) for pair in pairs])

        merged = Question.objects.filter(pk__in=[each.pk for each in questions], state="merged")
        assert merged.exists()
        assert not merged.filter(duplicate_of__duplicate_of__isnull=False)
        assert drifted() == []


def decision() -> Decision:
    return Decision.objects.create(action="hide", subject_kind="a.b", subject_id=1, rule=1, reason="Why.")


def set_(question: Question, **fields: Any) -> None:
    Question.objects.filter(pk=question.pk).update(**fields)


def test_the_database_keeps_merged_questions_in_order():
    first, second, third = QuestionFactory(), QuestionFactory(), QuestionFactory()
    made = decision()
    merge(first, second)

    for fields, question, broken in (
        ({"state": "merged", "decision": made}, third, "question_merged_with_another"),
        ({"duplicate_of": second}, third, "question_merged_with_another"),
        ({"state": "merged", "decision": made, "duplicate_of": third}, third, "question_never_merged_with_itself"),
        ({"state": "merged", "decision": made, "duplicate_of": first}, third, "merged with one that is not merged"),
        ({"state": "merged", "decision": made, "duplicate_of": third}, second, "merged with one that is not merged"),
        ({"state": "merged", "duplicate_of": second}, third, "question_hidden_by_a_decision"),
    ):
        with pytest.raises(IntegrityError, match=broken), transaction.atomic():
            set_(question, **fields)


@pytest.mark.parametrize("make", [AnswerFactory], ids=["answer"])
def test_only_questions_are_merged(make: Any):
    thing = make()
    with pytest.raises(IntegrityError, match="answer_state_is_known"), transaction.atomic():
        Answer.objects.filter(pk=thing.pk).update(state="merged", decision=decision())


# --- Locking ---------------------------------------------------------------------------------------------------


def test_a_locked_question_takes_no_answers_until_it_is_unlocked(client: Client):
    question, doctor = QuestionFactory(), DoctorFactory(user=UserFactory())
    answered = Answered("A week", "It goes in a week.", "none")

    act(question, Action.LOCK)

    page = Page(client.get(question.get_absolute_url()))
    assert "A moderator locked this question" in page and "It was asked before." in page
    with pytest.raises(PermissionDenied):
        post_answer(question.pk, doctor=doctor, answered=answered)
    act(question, Action.UNLOCK)
    assert "A moderator locked" not in Page(client.get(question.get_absolute_url()))
    assert post_answer(question.pk, doctor=doctor, answered=answered).is_visible


def test_its_author_reads_that_it_is_locked(client: Client):
    question = QuestionFactory()
    decision = act(question, Action.LOCK)

    assert f"/decisions/{decision.pk}/" in Page(sign_in(client, question.asker).get("/questions/mine/")).links()


def test_what_its_asker_withdrew_is_merged_with_nothing():
    first, second = QuestionFactory(), QuestionFactory()
    withdraw_question(first.pk, asker=first.asker)

    with pytest.raises(PermissionDenied):
        merge(first, second)
