"""Hiding and restoring: with one commit, everywhere at once, and each decision on record."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from doctors.models import Doctor, DoctorReview
from doctors.services import Reviewed, hide_review, lock_doctor, lock_review, restore_review, review_doctor
from moderation.models import Case, Decision
from moderation.registry import kind_of
from moderation.services import WithdrawnError, decide
from moderation.states import Action
from questions.models import Answer, Question, Topic
from questions.services import (
    Answered,
    Asked,
    edit_answer,
    edit_question,
    hide_answer,
    hide_question,
    post_answer,
    restore_answer,
    restore_question,
)
from questions.services.deciding import lock_answer, lock_question
from tests.counting import drifted
from tests.factories import AnswerFactory, DoctorReviewFactory, ModeratorFactory, QuestionFactory, TopicFactory
from tests.reading import Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator() -> User:
    return ModeratorFactory()


KINDS = {
    "answer": (AnswerFactory, hide_answer, restore_answer, "questions.answer"),
    "question": (QuestionFactory, hide_question, restore_question, "questions.question"),
    "review": (DoctorReviewFactory, hide_review, restore_review, "doctors.doctorreview"),
}
each_kind = pytest.mark.parametrize(("make", "hide", "restore", "kind"), KINDS.values(), ids=KINDS.keys())


@each_kind
def test_hiding_writes_who_decided_what_and_why(
    moderator: User, make: Callable, hide: Callable, restore: Callable, kind: str
):
    thing = make()

    decision = hide(thing.pk, rule=6, reason="It promises a result.", moderator=moderator)

    thing.refresh_from_db()
    assert (thing.state, thing.decision) == ("hidden", decision)
    assert (decision.action, decision.subject_kind, decision.subject_id) == ("hide", kind, thing.pk)
    assert (decision.rule, decision.reason, decision.decided_by) == (6, "It promises a result.", moderator)


@each_kind
def test_restoring_is_another_decision_and_the_first_one_stays(
    moderator: User, make: Callable, hide: Callable, restore: Callable, kind: str
):
    thing = make()
    first = hide(thing.pk, rule=6, reason="Why.", moderator=moderator)

    second = restore(thing.pk, reason="It was fine.", moderator=moderator)

    thing.refresh_from_db()
    assert (thing.state, thing.decision) == ("published", second)
    assert (second.action, second.rule, second.reason) == ("publish", None, "It was fine.")
    assert set(Decision.objects.all()) == {first, second}


@each_kind
@pytest.mark.parametrize("words", [{"rule": None, "reason": "Why."}, {"rule": 6, "reason": ""}])
def test_nothing_is_hidden_without_a_rule_and_a_reason(
    make: Callable, hide: Callable, restore: Callable, kind: str, words: dict
):
    thing = make()

    with pytest.raises(IntegrityError), transaction.atomic():
        hide(thing.pk, moderator=None, **words)

    thing.refresh_from_db()
    assert (thing.state, Decision.objects.count()) == ("published", 0)


@each_kind
def test_what_is_not_there_cannot_be_decided_on(make: Callable, hide: Callable, restore: Callable, kind: str):
    thing = make()

    with pytest.raises(type(thing).DoesNotExist):
        hide(10**15, rule=1, reason="Why.", moderator=None)
    with pytest.raises(type(thing).DoesNotExist):
        restore(10**15, reason="Why.", moderator=None)
    assert not Decision.objects.exists()


@each_kind
def test_if_the_hiding_fails_nothing_of_it_stays(make: Callable, hide: Callable, restore: Callable, kind: str):
    """The decision, the state and the counters are one transaction."""
    thing = make()

    with transaction.atomic():
        hide(thing.pk, rule=1, reason="Why.", moderator=None)
        transaction.set_rollback(True)

    thing.refresh_from_db()
    assert (thing.state, Decision.objects.count(), drifted()) == ("published", 0, [])


# --- Locks -----------------------------------------------------------------------------------------------


def locked(call: Callable[[], object]) -> list[str]:
    """Return the tables in which rows are locked, in order."""
    with CaptureQueriesContext(connection) as queries:
        call()
    locks = [query["sql"] for query in queries if "FOR NO KEY UPDATE" in query["sql"]]
    return [sql.partition('FROM "')[2].partition('"')[0] for sql in locks]


@pytest.mark.parametrize("way", ["hide", "restore"])
def test_locks_are_taken_from_the_doctor_down(way: str):
    """Doctor, question, answer: whoever takes them in one order never waits in a circle."""
    answer, review, question = AnswerFactory(), DoctorReviewFactory(), QuestionFactory()
    words = {"reason": "Why.", "moderator": None, **({"rule": 1} if way == "hide" else {})}
    on_answer, on_review, on_question = {
        "hide": (hide_answer, hide_review, hide_question),
        "restore": (restore_answer, restore_review, restore_question),
    }[way]

    parents = ["doctors_doctor", "questions_question"]
    assert locked(lambda: on_answer(answer.pk, **words)) == [*parents, "questions_answer", "moderation_case"]
    assert locked(lambda: on_review(review.pk, **words)) == [
        "doctors_doctor",
        "doctors_doctorreview",
        "moderation_case",
    ]
    assert locked(lambda: on_question(question.pk, **words))[-2:] == ["questions_question", "moderation_case"]


# --- Every surface ---------------------------------------------------------------------------------------

SURFACES = {
    "its page": lambda w: w.question.get_absolute_url(),
    "home": lambda w: "/",
    "the list": lambda w: "/questions/",
    "the most helpful": lambda w: "/questions/?sort=helpful",
    "the active": lambda w: "/questions/?sort=active",
    "by specialty": lambda w: f"/questions/?specialty={w.doctor.specialty.slug}",
    "its topic": lambda w: "/topics/acne/",
    "the search": lambda w: "/search/?q=melanoma",
    "the profile": lambda w: w.doctor.get_absolute_url(),
    "the directory": lambda w: "/doctors/",
    "the sitemap": lambda w: "/sitemap-questions.xml",
}


@pytest.fixture
def answer() -> Answer:
    return AnswerFactory(
        headline="Secret of melanoma",
        body="Secret of melanoma",
        doctor__name="Secret Name",
        question__title="Secret question",
        question__topics=[TopicFactory(slug="acne", name="Acne")],
    )


def seen(client: Client, answer: Answer) -> dict[str, bool]:
    """Return on which surfaces something of the answer or its question is to be seen."""
    found = {}
    for name, address in SURFACES.items():
        response = client.get(address(answer))
        found[name] = response.status_code == 200 and (
            f"/questions/{answer.question_id}/" in response.getvalue().decode()
            if name != "the directory"
            else "Acne" in Page(response)
        )
    return found


def test_a_hidden_question_is_seen_nowhere_and_comes_back_everywhere(client: Client, answer: Answer):
    before = seen(client, answer)
    with transaction.atomic():
        hide_question(answer.question_id, rule=1, reason="Why.", moderator=None)
    hidden = seen(client, answer)
    with transaction.atomic():
        restore_question(answer.question_id, reason="Why.", moderator=None)
    after = seen(client, answer)

    assert set(before.values()) == {True}
    assert set(hidden.values()) == {False}
    assert after == before


GONE = {"hide": 410, "remove": 410, "ask": 404, "merge": 301}
STAYS = {"publish", "lock", "unlock"}


@pytest.mark.parametrize("action", Action)
def test_each_decision_on_a_question_is_seen_on_each_surface_at_once(client: Client, answer: Answer, action: Action):
    before, other = seen(client, answer), QuestionFactory(title="Quite another one", slug="another")
    etag = client.get(answer.question.get_absolute_url())["ETag"]
    into = other.pk if action == Action.MERGE else None

    with transaction.atomic():
        thing = lock_question(answer.question_id, into)
        decide(thing, action=action, rule=5, reason="It was asked before.", moderator=None, other=into)

    page = client.get(answer.question.get_absolute_url(), headers={"If-None-Match": etag})
    assert page.status_code == GONE.get(action, 200)
    if action in STAYS:
        assert seen(client, answer) == before
    elif action == Action.MERGE:
        # Its answer is read there from now on, and its own address is nowhere.
        assert set(seen(client, answer).values()) - {False} == set() or not seen(client, answer)["the list"]
        assert "Secret of melanoma" in Page(client.get(other.get_absolute_url()))
    else:
        assert set(seen(client, answer).values()) == {False}
    assert drifted() == []


@pytest.mark.parametrize("action", [Action.PUBLISH, Action.HIDE, Action.REMOVE, Action.ASK])
def test_each_decision_on_an_answer_is_told_on_each_surface_at_once(client: Client, answer: Answer, action: Action):
    before = told(client, answer)

    with transaction.atomic():
        decide(lock_answer(answer.pk), action=action, rule=6, reason="A reason for all.", moderator=None)

    assert set(before.values()) == {True}
    assert set(told(client, answer).values()) == {action == Action.PUBLISH}
    # The place of a hidden one stays, with the reason; of any other nothing is told.
    page = Page(client.get(answer.question.get_absolute_url()))
    assert ("A reason for all." in page) == (action == Action.HIDE)
    assert drifted() == []


@pytest.mark.parametrize("action", [Action.PUBLISH, Action.HIDE, Action.REMOVE, Action.ASK])
def test_each_decision_on_a_review_is_told_on_each_surface_at_once(client: Client, action: Action):
    review = DoctorReviewFactory(title="Secret title", rating=4)
    places = [review.doctor.get_absolute_url(), f"/doctors/reviews/{review.pk}/history/"]
    assert "Secret title" in Page(client.get(places[0]))

    with transaction.atomic():
        decide(lock_review(review.pk), action=action, rule=6, reason="A reason.", moderator=None)

    stays = action == Action.PUBLISH
    assert [b"Secret title" in client.get(place).content for place in places] == [stays, stays]
    assert Doctor.objects.get().review_count == int(stays)
    assert drifted() == []


def test_a_doctor_who_is_hidden_is_in_no_list(client: Client):
    doctor = AnswerFactory(doctor__name="Secret Name").doctor
    with transaction.atomic():
        decide(lock_doctor(doctor.pk), action=Action.HIDE, rule=7, reason="A reason.", moderator=None)

    assert client.get(doctor.get_absolute_url()).status_code == 410
    assert "Secret Name" not in Page(client.get("/doctors/"))
    with transaction.atomic():
        decide(lock_doctor(doctor.pk), action=Action.PUBLISH, rule=None, reason="", moderator=None)
    assert "Secret Name" in Page(client.get("/doctors/"))


@pytest.mark.parametrize("noun", ["question", "answer", "review"])
def test_what_was_changed_as_asked_waits_for_a_moderator_and_is_not_shown(noun: str):
    """Nor does taking it back and posting it again get around that."""
    thing = {"question": QuestionFactory, "answer": AnswerFactory, "review": DoctorReviewFactory}[noun]()
    kind = kind_of(thing)
    with transaction.atomic():
        decide(kind.lock(thing.pk), action=Action.ASK, rule=4, reason="Leave the price out.", moderator=None)
    change = {
        "question": lambda: edit_question(
            thing.pk, editor=thing.asker, asked=Asked("Other words?", "Yes.", []), is_redaction=False
        ),
        "answer": lambda: edit_answer(thing.pk, doctor=thing.doctor, answered=Answered("Other", "Words.", "none")),
        "review": lambda: review_doctor(
            thing.doctor_id, patient=thing.patient, reviewed=Reviewed(thing.rating, "Other", "Words of mine.")
        ),
    }[noun]

    change()

    thing.refresh_from_db()
    assert (thing.state, thing.held_for) == ("held", ["changed"])
    assert Case.objects.open().get().cause == "changed"
    if noun != "question":
        type(thing).objects.filter(pk=thing.pk).update(state="withdrawn")
        if noun == "answer":
            post_answer(thing.question_id, doctor=thing.doctor, answered=Answered("Back", "Again.", "none"))
        else:
            change()
        thing.refresh_from_db()
        assert thing.state == "held"


def told(client: Client, answer: Answer) -> dict[str, bool]:
    """Return on which surfaces the answer's own words, or its question's place among the answered, are to be seen."""
    places = {"its page": answer.question.get_absolute_url(), "profile": answer.doctor.get_absolute_url()}
    found = {name: b"of melanoma" in client.get(url).content for name, url in places.items()}
    found["search"] = bool(Page(client.get("/search/?q=melanoma")).items())
    found["most helpful"] = bool(Page(client.get("/questions/?sort=helpful")).items())
    return found


def test_a_hidden_answer_is_told_nowhere_and_comes_back_everywhere(client: Client, answer: Answer):
    before = told(client, answer)
    with transaction.atomic():
        hide_answer(answer.pk, rule=1, reason="Why.", moderator=None)
    hidden = told(client, answer)
    with transaction.atomic():
        restore_answer(answer.pk, reason="Why.", moderator=None)

    assert set(before.values()) == {True}
    assert set(hidden.values()) == {False}
    assert told(client, answer) == before


def test_a_hidden_answer_is_out_of_every_count(answer: Answer):
    hide_answer(answer.pk, rule=1, reason="Why.", moderator=None)

    question = Question.objects.get()
    assert (question.answer_count, question.last_answer_at) == (0, None)
    assert Doctor.objects.get().answer_count == 0
    assert Topic.objects.get().question_count == 1


def test_a_hidden_review_is_out_of_the_figures():
    review = DoctorReviewFactory(rating=4)

    hide_review(review.pk, rule=1, reason="Why.", moderator=None)

    doctor = Doctor.objects.get()
    assert (doctor.review_count, doctor.rating) == (0, None)
    assert not DoctorReview.objects.visible().exists()


@each_kind
def test_what_its_author_withdrew_is_decided_on_no_more(
    moderator: User, make: Callable, hide: Callable, restore: Callable, kind: str
):
    thing = make()
    type(thing).objects.filter(pk=thing.pk).update(state="withdrawn")

    for late in (
        lambda: hide(thing.pk, rule=1, reason="Late.", moderator=moderator),
        lambda: restore(thing.pk, reason="Late.", moderator=moderator),
    ):
        with pytest.raises(WithdrawnError):
            late()

    thing.refresh_from_db()
    assert thing.state == "withdrawn"
    assert not Decision.objects.exists()
