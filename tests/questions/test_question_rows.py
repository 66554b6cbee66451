"""The tables of questions and answers: what they refuse, what they compute, and what their triggers count."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import NumericRange
from django.db.models import ProtectedError
from hypothesis import example, given
from hypothesis import strategies as st

from questions.models import DOWN_COLUMNS, UP_COLUMNS, Answer, AnswerFact, Question, QuestionTopic, Topic, TopicDoctor
from questions.services import hide_answer, hide_question, restore_answer, restore_question
from tests.counting import drifted
from tests.factories import (
    AnswerFactFactory,
    AnswerFactory,
    DoctorFactory,
    FactKindFactory,
    QuestionFactory,
    TopicFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _twice(make: Callable[..., object], **fields: object) -> None:
    for _ in range(2):
        make(**fields)


BROKEN = {
    "one_topic_per_name": [lambda: (TopicFactory(name="Acne"), TopicFactory(name="ACNE"))],
    "topic_never_part_of_itself": [lambda: TopicFactory(pk=10**9, parent_id=10**9)],
    "one_synonym_per_name": [
        lambda: [TopicFactory().synonyms.create(name=name, slug=name) for name in ("Zits", "ZITS")],
    ],
    "synonym_has_a_name": [lambda: TopicFactory().synonyms.create(name="", slug="zits")],
    "one_count_per_topic_and_doctor": [
        lambda: _twice(TopicDoctor.objects.create, topic=TopicFactory(), doctor=DoctorFactory(), answer_count=1)
    ],
    "questions_topic_slug": [lambda: _twice(TopicFactory, slug="acne")],
    "question_has_a_title": [lambda: QuestionFactory(title="")],
    "question_asker_is_account_or_name": [lambda: QuestionFactory(asker=UserFactory(), asker_name="sunny_day")],
    "question_hidden_by_a_decision": [
        lambda: QuestionFactory(state="hidden"),
        lambda: QuestionFactory(state="removed"),
    ],
    "question_state_is_known": [lambda: QuestionFactory(state=""), lambda: QuestionFactory(state="PUBLISHED")],
    "questions_question_external_id": [lambda: _twice(QuestionFactory, external_id="seed:1")],
    "one_topic_once_per_question": [
        lambda: _twice(QuestionTopic.objects.create, question=QuestionFactory(), topic=TopicFactory())
    ],
    "question_format_is_known": [lambda: QuestionFactory(body_format="rtf", body_html="")],
    "answer_format_is_known": [lambda: AnswerFactory(body_format="", body_html="")],
    "answer_interest_is_known": [lambda: AnswerFactory(interest="unknown")],
    "answer_has_a_body": [lambda: AnswerFactory(body="")],
    "one_answer_per_doctor_and_question": [
        lambda: _twice(AnswerFactory, question=QuestionFactory(), doctor=DoctorFactory())
    ],
    "questions_answer_external_id": [lambda: _twice(AnswerFactory, external_id="seed:1-1")],
    "answer_hidden_by_a_decision": [lambda: AnswerFactory(state="hidden"), lambda: AnswerFactory(state="removed")],
    "answer_state_is_known": [lambda: AnswerFactory(state=""), lambda: AnswerFactory(state="deleted")],
    "one_fact_kind_per_topic_and_key": [lambda: _twice(FactKindFactory, topic=TopicFactory(), key="sessions")],
    "fact_kind_form_is_known": [lambda: FactKindFactory(form=""), lambda: FactKindFactory(form="text")],
    "one_fact_per_answer_and_kind": [lambda: _twice(AnswerFactFactory, answer=AnswerFactory(), kind=FactKindFactory())],
    "fact_is_a_span_or_a_choice": [
        lambda: AnswerFactFactory(span=None, choice=""),
        lambda: AnswerFactFactory(choice="yes"),
    ],
    "fact_span_is_bounded": [
        lambda: AnswerFactFactory(span=NumericRange(3, None)),
        lambda: AnswerFactFactory(span=NumericRange(None, 3)),
        lambda: AnswerFactFactory(span=NumericRange(None, None)),
        lambda: AnswerFactFactory(span=NumericRange(3, 3)),
        lambda: AnswerFactFactory(span=NumericRange(-1, 3)),
        lambda: AnswerFactFactory(span=NumericRange(3, 20_000)),
    ],
}


@pytest.mark.parametrize(
    ("constraint", "write"), [(name, write) for name, writes in BROKEN.items() for write in writes]
)
def test_the_tables_refuse_what_cannot_be(constraint: str, write: Callable[[], object]):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write()


@pytest.mark.parametrize(
    ("make", "column"),
    [(AnswerFactory, column) for column in (*UP_COLUMNS, *DOWN_COLUMNS)]
    + [(QuestionFactory, "answer_count"), (TopicFactory, "question_count"), (FactKindFactory, "position")],
)
def test_no_counter_is_ever_negative(make: Callable, column: str):
    row = make()

    with pytest.raises(IntegrityError, match=f"{column}_check"), transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(**{column: -1})


def test_a_file_may_hold_two_answers_of_one_doctor_to_one_question():
    question, doctor = QuestionFactory(), DoctorFactory()

    for number in range(2):
        AnswerFactory(question=question, doctor=doctor, external_id=f"seed:1-{number}")

    question.refresh_from_db()
    assert question.answer_count == 2


def test_a_doctor_who_answered_is_not_deleted():
    answer = AnswerFactory()

    with pytest.raises(ProtectedError):
        answer.doctor.delete()


def test_a_kind_of_fact_in_use_is_not_deleted():
    fact = AnswerFactFactory()

    with pytest.raises(ProtectedError):
        fact.kind.topic.delete()


def test_a_question_outlives_the_askers_account():
    question = QuestionFactory()

    question.asker.delete()

    question.refresh_from_db()
    assert (question.asker, question.shown_asker) == (None, "")


@pytest.mark.parametrize("column", ["question", "topic"])
def test_a_questions_topic_is_added_or_removed_and_never_moved(column: str):
    link = QuestionTopic.objects.create(question=QuestionFactory(), topic=TopicFactory())
    other = QuestionFactory() if column == "question" else TopicFactory()

    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        QuestionTopic.objects.filter(pk=link.pk).update(**{column: other})


# --- Score and rank --------------------------------------------------------------------------------------


def wilson(up: float, down: float, z: float = 1.2816) -> float:
    """Return the lower bound of the Wilson score interval as the textbook writes it."""
    n = up + down
    p = up / n
    centre = p + z * z / (2 * n)
    spread = z * math.sqrt((p * (1 - p) + z * z / (4 * n)) / n)
    return (centre - spread) / (1 + z * z / n)


def reference(counters: dict[str, int]) -> tuple[int, float]:
    """Return the score and the rank of six counters: in the rank alone, a visitor's vote weighs a quarter."""

    def weighed(way: str) -> float:
        user, visitor, imported = (counters[f"{who}_{way}vote_count"] for who in ("user", "visitor", "imported"))
        return user + 0.25 * visitor + imported + 1

    up = sum(counters[column] for column in UP_COLUMNS)
    down = sum(counters[column] for column in DOWN_COLUMNS)
    return up - down, wilson(weighed("up"), weighed("down"))


counts = st.one_of(st.integers(0, 4), st.integers(0, 1000), st.integers(0, 700_000_000))
COUNTERS = (*UP_COLUMNS, *DOWN_COLUMNS)


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(COUNTERS, counts)), min_size=1, max_size=8))
@example([dict.fromkeys(COUNTERS, 0)])
def test_score_and_rank_follow_the_formula(rows: list[dict[str, int]]):
    with transaction.atomic():
        question = QuestionFactory(asker=None)
        found = [AnswerFactory(question=question, doctor__specialty=None, **row) for row in rows]
        transaction.set_rollback(True)

    for row, answer in zip(rows, found, strict=True):
        score, rank = reference(row)
        assert answer.score == answer.upvote_count - answer.downvote_count == score
        assert answer.upvote_count == sum(row[column] for column in UP_COLUMNS)
        assert answer.rank == pytest.approx(rank, abs=1e-12, rel=0)
        assert 0 < answer.rank < 1


@given(st.fixed_dictionaries(dict.fromkeys(COUNTERS, st.integers(0, 1000))), st.sampled_from(COUNTERS))
def test_one_more_vote_moves_the_rank_its_own_way(counters: dict[str, int], column: str):
    with transaction.atomic():
        answer = AnswerFactory(**counters)
        before = answer.rank
        Answer.objects.filter(pk=answer.pk).update(**{column: counters[column] + 1})
        answer.refresh_from_db()
        transaction.set_rollback(True)

    assert (answer.rank > before) is (column in UP_COLUMNS)


def test_an_answer_without_votes_stands_above_one_that_was_voted_down():
    fresh, disliked, liked = AnswerFactory(), AnswerFactory(user_downvote_count=1), AnswerFactory(user_upvote_count=1)

    assert liked.rank > fresh.rank > disliked.rank


def test_four_visitors_weigh_as_much_as_one_account():
    assert AnswerFactory(visitor_upvote_count=4).rank == AnswerFactory(user_upvote_count=1).rank


def test_an_imported_vote_weighs_as_much_as_an_accounts():
    assert AnswerFactory(imported_upvote_count=3).rank == AnswerFactory(user_upvote_count=3).rank


def test_much_agreement_stands_above_a_lucky_one():
    assert AnswerFactory(user_upvote_count=90, user_downvote_count=10).rank > AnswerFactory(user_upvote_count=2).rank


def test_a_generated_column_is_written_by_nobody():
    answer = AnswerFactory()

    with pytest.raises(DatabaseError, match="generated"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE questions_answer SET score = 99 WHERE id = %s", [answer.pk])


# --- Dates -----------------------------------------------------------------------------------------------


def active(**fields: object) -> datetime | None:
    question = QuestionFactory(**fields)
    question.refresh_from_db()
    return question.active_at


@pytest.mark.parametrize(
    ("asked", "edited", "expected"), [(0, None, 0), (0, 5, 5), (5, 0, 5), (None, 3, 3), (None, None, None)]
)
def test_a_question_is_active_when_it_was_asked_or_edited(asked: int | None, edited: int | None, expected: int | None):
    def moment(hours: int | None) -> datetime | None:
        return None if hours is None else NOON + timedelta(hours=hours)

    assert active(asked_at=moment(asked), edited_at=moment(edited)) == moment(expected)


def test_a_new_answer_makes_its_question_active():
    question = QuestionFactory(asked_at=NOON)

    AnswerFactory(question=question, answered_at=NOON + timedelta(days=2))

    question.refresh_from_db()
    assert question.active_at == question.last_answer_at == NOON + timedelta(days=2)


def test_an_answer_of_unknown_date_is_counted_and_dates_nothing():
    question = QuestionFactory(asked_at=NOON)

    AnswerFactory(question=question, answered_at=None)

    question.refresh_from_db()
    assert (question.answer_count, question.last_answer_at, question.active_at) == (1, None, NOON)


def test_the_last_answers_date_falls_back_when_it_is_hidden():
    question = QuestionFactory(asked_at=NOON)
    AnswerFactory(question=question, answered_at=NOON + timedelta(days=1))
    last = AnswerFactory(question=question, answered_at=NOON + timedelta(days=2))

    hide_answer(last.pk, rule=1, reason="Why.", moderator=None)

    question.refresh_from_db()
    assert (question.answer_count, question.last_answer_at) == (1, NOON + timedelta(days=1))


# --- What moves the counters of answers ------------------------------------------------------------------


def answers_of(answer: Answer) -> tuple[int, int]:
    return (
        Question.objects.get(pk=answer.question_id).answer_count,
        type(answer.doctor).objects.get(pk=answer.doctor_id).answer_count,
    )


def test_a_published_answer_is_counted_at_question_and_doctor():
    assert answers_of(AnswerFactory()) == (1, 1)


@pytest.mark.parametrize("state", ["held", "withdrawn"])
def test_an_answer_that_nobody_sees_is_not_counted(state: str):
    assert answers_of(AnswerFactory(state=state)) == (0, 0)


@pytest.mark.parametrize(("before", "after", "count"), [("held", "published", 1), ("published", "withdrawn", 0)])
def test_an_answer_is_counted_while_it_is_published(before: str, after: str, count: int):
    answer = AnswerFactory(state=before)

    Answer.objects.filter(pk=answer.pk).update(state=after)

    assert answers_of(answer) == (count, count)


def test_hiding_twice_and_restoring_twice_counts_once():
    answer = AnswerFactory()
    counts = []

    for move in (hide_answer, hide_answer, restore_answer, restore_answer):
        more = {"rule": 1} if move is hide_answer else {}
        move(answer.pk, reason="Why.", moderator=None, **more)
        counts.append(answers_of(answer))

    assert counts == [(0, 0), (0, 0), (1, 1), (1, 1)]


def test_an_answer_that_moves_to_another_question_is_counted_there():
    answer, other = AnswerFactory(), QuestionFactory()

    Answer.objects.filter(pk=answer.pk).update(question=other)

    other.refresh_from_db()
    assert (other.answer_count, other.last_answer_at) == (1, answer.answered_at)
    assert drifted() == []


def test_an_answer_that_changes_its_doctor_is_counted_there():
    answer, other = AnswerFactory(), DoctorFactory()

    Answer.objects.filter(pk=answer.pk).update(doctor=other)

    other.refresh_from_db()
    assert other.answer_count == 1
    assert drifted() == []


def test_answers_in_bulk_are_counted_and_deleted_ones_no_more():
    questions, doctors = QuestionFactory.create_batch(3), DoctorFactory.create_batch(4)
    Answer.objects.bulk_create(
        Answer(question=question, doctor=doctor, body="B", body_html="<p>B</p>", state=state)
        for question in questions
        for doctor, state in zip(doctors, ["published", "published", "held", "withdrawn"], strict=True)
    )
    for question in questions:
        question.refresh_from_db()
    assert [question.answer_count for question in questions] == [2, 2, 2]

    Answer.objects.filter(question__in=questions[:2], doctor=doctors[0]).delete()

    assert Question.objects.filter(answer_count=1).count() == 2
    assert drifted() == []


def test_an_edited_answer_moves_no_counter():
    answer = AnswerFactory()

    Answer.objects.filter(pk=answer.pk).update(body="Other words.", headline="Other")

    assert answers_of(answer) == (1, 1)


# --- What moves the counters of topics -------------------------------------------------------------------


def questions_on(topic: Topic) -> int:
    topic.refresh_from_db()
    return topic.question_count


def test_a_question_is_counted_at_each_of_its_topics():
    topics = TopicFactory.create_batch(2)

    QuestionFactory(topics=topics)

    assert [questions_on(topic) for topic in topics] == [1, 1]


def test_a_held_question_is_counted_when_it_is_published():
    topic = TopicFactory()
    question = QuestionFactory(topics=[topic], state="held")
    assert questions_on(topic) == 0

    Question.objects.filter(pk=question.pk).update(state="published")

    assert questions_on(topic) == 1


def test_a_hidden_question_leaves_its_topics_counts_and_comes_back():
    topic = TopicFactory()
    question = QuestionFactory(topics=[topic])
    counts = []

    hide_question(question.pk, rule=1, reason="Why.", moderator=None)
    counts.append(questions_on(topic))
    restore_question(question.pk, reason="Why.", moderator=None)
    counts.append(questions_on(topic))

    assert counts == [0, 1]


def test_topics_set_added_and_removed_through_the_relation_are_counted():
    first, second = TopicFactory.create_batch(2)
    question = QuestionFactory(topics=[first])

    question.topics.add(second)
    question.topics.remove(first)
    question.topics.add(second)

    assert (questions_on(first), questions_on(second)) == (0, 1)


def test_topics_in_bulk_are_counted():
    topics, questions = TopicFactory.create_batch(2), QuestionFactory.create_batch(5)

    QuestionTopic.objects.bulk_create(QuestionTopic(question=q, topic=t) for q in questions for t in topics)
    QuestionTopic.objects.filter(question__in=questions[:2]).delete()

    assert [questions_on(topic) for topic in topics] == [3, 3]


def test_deleted_questions_are_counted_no_more():
    topic = TopicFactory()
    for state in ("published", "published", "held"):
        QuestionFactory(topics=[topic], state=state)

    Question.objects.order_by("pk").first().delete()

    assert questions_on(topic) == 1


def test_a_deleted_topic_leaves_the_question():
    topic, other = TopicFactory.create_batch(2)
    question = QuestionFactory(topics=[topic, other])

    topic.delete()

    assert list(question.topics.all()) == [other]
    assert drifted() == []


def test_topics_stand_in_the_order_in_which_they_were_given():
    topics = TopicFactory.create_batch(3)[::-1]

    question = QuestionFactory(topics=topics)

    assert [link.topic for link in question.question_topics.order_by("pk")] == topics


def test_rows_say_what_they_are():
    topic = TopicFactory(name="Acne")
    kind = FactKindFactory(topic=topic, label="Sessions")
    question = QuestionFactory(title="How long?", topics=[topic])
    answer = AnswerFactory(question=question, headline="")

    assert (str(topic), str(kind), str(question)) == ("Acne", "Acne: Sessions", "How long?")
    assert str(answer) == f"Answer {answer.pk}"
    assert str(Answer(headline="A week")) == "A week"
    assert str(question.question_topics.get()) == f"{question.pk} on {topic.pk}"
    assert str(AnswerFact(answer=answer, kind=kind, choice="yes")) == "Acne: Sessions: yes"
