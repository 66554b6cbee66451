"""The author appeals once; another moderator than the first decides, without a name before their eyes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from moderation.models import APPEAL_WITHIN, Appeal, AuditEntry, Case, Decision
from moderation.registry import kind_of
from moderation.services import OwnError, appeal, claim_case, decide, decide_case, erase_removed
from moderation.services.deciding import REMOVED_IS_KEPT
from moderation.states import Action
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    DoctorReviewFactory,
    ModeratorFactory,
    QuestionFactory,
    QuestionPhotoFactory,
    UserFactory,
    sign_in,
)
from tests.mailing import Outbox
from tests.reading import Page

pytestmark = pytest.mark.django_db

MAKE: dict[str, Callable[..., Any]] = {
    "question": QuestionFactory,
    "answer": lambda: AnswerFactory(
        doctor__user=UserFactory(), doctor__name="Vera Unseen", body_html="<p>I, Unseen.</p>"
    ),
    "review": lambda: DoctorReviewFactory(doctor__name="Vera Unseen", body="Dr Unseen was kind.", rating=2),
    "doctor": lambda: DoctorFactory(user=UserFactory(), name="Vera Unseen"),
    "photo": lambda: QuestionPhotoFactory(released=True, question__asker__pen_name="Unseen"),
}
each_kind = pytest.mark.parametrize("noun", list(MAKE))


def hidden(noun: str, moderator: Any, action: Action = Action.HIDE) -> tuple[Any, Decision]:
    thing = MAKE[noun]()
    with transaction.atomic():
        decision = decide(
            kind_of(thing).lock(thing.pk), action=action, rule=6, reason="It promises a result.", moderator=moderator
        )
    return thing, decision


def author_of(thing: Any) -> Any:
    return kind_of(thing).author_of(thing)


@each_kind
def test_an_appeal_opens_a_case_that_another_one_decides(noun: str):
    first, second = ModeratorFactory(), ModeratorFactory()
    thing, decision = hidden(noun, first)

    made = appeal(decision.pk, author=author_of(thing), text="It says no such thing.")

    case = made.case
    assert (case.cause, case.is_open, made.first_moderator) == ("appeal", True, first)
    assert not Case.objects.free_for(first)
    with pytest.raises(OwnError):
        claim_case(case.pk, moderator=first)
    with pytest.raises(OwnError):
        decide_case(case.pk, action=Action.PUBLISH, rule=None, reason="", moderator=first)
    ending = decide_case(case.pk, action=Action.PUBLISH, rule=None, reason="It does not.", moderator=second)
    made.refresh_from_db()
    assert (made.outcome, made.ended_by, made.decided_by) == ("changed", ending, second)
    assert kind_of(thing).is_public(type(thing).objects.get(pk=thing.pk))


def test_a_decision_that_stands_is_told_too():
    thing, decision = hidden("question", ModeratorFactory())
    made = appeal(decision.pk, author=thing.asker, text="No.")

    decide_case(made.case_id, action=Action.HIDE, rule=6, reason="It does.", moderator=ModeratorFactory())

    made.refresh_from_db()
    assert made.outcome == "upheld"
    assert [mail.to for mail in Outbox()] == [[thing.asker.email]] * 2


def test_the_author_appeals_once():
    thing, decision = hidden("question", ModeratorFactory())

    made = appeal(decision.pk, author=thing.asker, text="No.")
    again = appeal(decision.pk, author=thing.asker, text="No, no.")

    assert (again, again.text) == (made, "No.")
    ending = decide_case(made.case_id, action=Action.HIDE, rule=6, reason="It does.", moderator=ModeratorFactory())
    with pytest.raises(PermissionDenied):
        appeal(ending.pk, author=thing.asker, text="Once more.")


def test_nobody_else_appeals_and_nobody_late():
    thing, decision = hidden("question", ModeratorFactory())
    with pytest.raises(PermissionDenied):
        appeal(decision.pk, author=UserFactory(), text="No.")
    Decision.objects.update(decided_at=timezone.now() - APPEAL_WITHIN - timedelta(seconds=1))
    with pytest.raises(PermissionDenied):
        appeal(decision.pk, author=thing.asker, text="No.")


def test_only_the_last_decision_is_appealed_against():
    thing, decision = hidden("question", ModeratorFactory())
    with transaction.atomic():
        decide(kind_of(thing).lock(thing.pk), action=Action.PUBLISH, rule=None, reason="", moderator=ModeratorFactory())

    with pytest.raises(PermissionDenied):
        appeal(decision.pk, author=thing.asker, text="No.")


# --- What moderators see ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("noun", ["answer", "review", "doctor"])
def test_the_name_and_the_rating_are_masked_until_it_is_decided(noun: str):
    thing, decision = hidden(noun, ModeratorFactory())
    made = appeal(decision.pk, author=author_of(thing), text="No.")
    second = ModeratorFactory()

    page = Page(sign_in(Client(), second).get(f"/admin/moderation/case/{made.case_id}/change/"))

    assert "Unseen" not in page
    assert "Vera" not in page
    assert "out of 5" not in page
    assert "[name]" in page
    decide_case(made.case_id, action=Action.PUBLISH, rule=None, reason="", moderator=second)
    assert "Unseen" in Page(sign_in(Client(), second).get(f"/admin/moderation/case/{made.case_id}/change/"))


# --- Erasing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("noun", ["question", "answer", "review"])
def test_removed_words_stay_for_their_time_and_are_then_erased(noun: str):
    thing, decision = hidden(noun, ModeratorFactory(), Action.REMOVE)
    title, body = "title" if noun != "answer" else "headline", thing.body

    assert erase_removed() == 0
    made = appeal(decision.pk, author=author_of(thing), text="My words.")
    Decision.objects.update(decided_at=timezone.now() - REMOVED_IS_KEPT - timedelta(days=1))
    assert erase_removed() == 0, "An appeal waits."
    decide_case(made.case_id, action=Action.REMOVE, rule=6, reason="It does.", moderator=ModeratorFactory())
    Decision.objects.update(decided_at=timezone.now() - REMOVED_IS_KEPT - timedelta(days=1))
    assert type(thing).objects.get(pk=thing.pk).body == body
    assert erase_removed() == 1
    assert erase_removed() == 0

    thing.refresh_from_db()
    assert thing.erased_at
    assert body not in (thing.body, getattr(thing, title))
    assert not Appeal.objects.exclude(text="").exists()
    assert not Case.objects.exclude(words="").exists()
    assert AuditEntry.objects.filter(action="erase").count() == 1


def test_what_was_erased_is_decided_on_no_more():
    thing, _ = hidden("question", ModeratorFactory(), Action.REMOVE)
    Decision.objects.update(decided_at=timezone.now() - REMOVED_IS_KEPT - timedelta(days=1))
    erase_removed()

    from moderation.states import CannotFollow

    with pytest.raises(CannotFollow):
        decide(kind_of(thing).lock(thing.pk), action=Action.PUBLISH, rule=None, reason="", moderator=None)


# --- Rows ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "broken"),
    [
        ({"text": ""}, "appeal_has_a_text"),
        ({"outcome": "upheld"}, "appeal_ends_with_a_decision"),
        ({"decided_by": "first"}, "appeal_is_decided_by_another"),
    ],
)
def test_an_appeal_is_whole(fields: dict, broken: str):
    first = ModeratorFactory()
    _, decision = hidden("question", first)
    case = Case.objects.create(subject_kind="a.b", subject_id=1, cause="appeal")
    if "decided_by" in fields:
        fields = {"decided_by": first, "first_moderator": first}
    with pytest.raises(IntegrityError, match=broken), transaction.atomic():
        Appeal.objects.create(**{"decision": decision, "case": case, "text": "No.", **fields})


@pytest.mark.parametrize(
    ("make", "broken"),
    [
        (QuestionFactory, "question_erased_once_removed"),
        (AnswerFactory, "answer_erased_once_removed"),
        (DoctorReviewFactory, "review_erased_once_removed"),
    ],
)
def test_only_what_was_removed_is_erased(make: Callable, broken: str):
    thing = make()
    with pytest.raises(IntegrityError, match=broken), transaction.atomic():
        type(thing).objects.filter(pk=thing.pk).update(erased_at=timezone.now())


def test_a_decision_to_merge_names_the_other():
    words = {"subject_kind": "questions.question", "subject_id": 1, "rule": 5, "reason": "Why."}
    for fields in ({"action": "merge"}, {"action": "hide", "target_id": 2}):
        with pytest.raises(IntegrityError, match="decision_to_merge_names_the_other"), transaction.atomic():
            Decision.objects.create(**words, **fields)
