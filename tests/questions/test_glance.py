"""The "at a glance" box: what the doctors' facts say together."""

from collections.abc import Sequence

import pytest
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import NumericRange
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from questions.facts import glance
from questions.models import Answer, AnswerFact, FactKind, Question
from questions.services import hide_answer
from tests.factories import (
    AnswerFactFactory,
    AnswerFactory,
    DoctorFactory,
    FactKindFactory,
    QuestionFactory,
    TopicFactory,
)
from tests.reading import Page

pytestmark = pytest.mark.django_db


def answers(count: int, question: Question | None = None) -> list[Answer]:
    question = question or QuestionFactory()
    return [AnswerFactory(question=question, doctor__specialty=None) for _ in range(count)]


def state(answer: Answer, kind: FactKind, fact: str | tuple[int, int]) -> AnswerFact:
    """Let an answer say a choice, or a span with both its ends."""
    if isinstance(fact, str):
        return AnswerFactFactory(answer=answer, kind=kind, span=None, choice=fact)
    return AnswerFactFactory(answer=answer, kind=kind, span=NumericRange(*fact, "[]"))


def box(found: Sequence[Answer]) -> list[tuple[str, str, str]]:
    return [(row.label, row.fact, row.source) for row in glance(found)]


@pytest.fixture
def sessions() -> FactKind:
    return FactKindFactory(label="Sessions", form="range", position=0)


def test_the_box_of_the_page_that_this_site_is_modelled_on(client: Client, sessions: FactKind):
    """Two of its five doctors give a number of sessions; three say that it depends on the scar, one does both."""
    question = QuestionFactory(title="What is the Number of eMatrix Sessions Required for Deep Acne Scars?")
    lim, karamanoukian, raffy, unnamed, fitzgerald = answers(5, question)
    depends = FactKindFactory(
        topic=sessions.topic,
        label="Depends on the scar",
        form="choice",
        choices={"yes": "Depends on the scar"},
        position=1,
    )
    state(karamanoukian, sessions, (3, 6))
    state(fitzgerald, sessions, (5, 6))
    for answer in (lim, karamanoukian, unnamed):
        state(answer, depends, "yes")

    page = Page(client.get(question.get_absolute_url()))

    assert "Sessions 3 to 6: 2 of 5 doctors gave a number, both allow 5 to 6" in page
    assert "Depends on the scar: 3 of 5 say so" in page
    assert raffy.pk


@pytest.mark.parametrize(
    ("spans", "fact", "source"),
    [
        ([(3, 6)], "3 to 6", "1 of 3 doctors gave a number"),
        ([(4, 4)], "4", "1 of 3 doctors gave a number"),
        ([(3, 6), (5, 6)], "3 to 6", "2 of 3 doctors gave a number, both allow 5 to 6"),
        ([(3, 6), (6, 9)], "3 to 9", "2 of 3 doctors gave a number, both allow 6"),
        ([(3, 6), (4, 5), (4, 8)], "3 to 8", "3 of 3 doctors gave a number, all allow 4 to 5"),
        ([(1, 2), (3, 4)], "1 to 4", "2 of 3 doctors gave a number; no number fits them all"),
        ([(1, 3), (2, 9), (8, 9)], "1 to 9", "3 of 3 doctors gave a number; no number fits them all"),
        ([(0, 0), (0, 0)], "0", "2 of 3 doctors gave a number, both allow 0"),
    ],
)
def test_spans_are_told_from_the_lowest_to_the_highest(sessions: FactKind, spans: list, fact: str, source: str):
    found = answers(3)
    for answer, span in zip(found, spans, strict=False):
        state(answer, sessions, span)

    assert box(found) == [("Sessions", fact, source)]


@pytest.mark.parametrize(
    ("span", "fact"),
    [((1, 1), "1 day"), ((0, 0), "0 days"), ((2, 2), "2 days"), ((0, 1), "0 to 1 days"), ((7, 14), "7 to 14 days")],
)
def test_days_are_called_days(span: tuple[int, int], fact: str):
    (answer,) = answers(1)
    state(answer, FactKindFactory(label="Downtime", form="days"), span)

    assert box([answer])[0][1] == fact


WORDS = {"yes": "Yes", "no": "No", "depends": "It depends"}


@pytest.mark.parametrize(
    ("choices", "said", "fact", "source"),
    [
        (WORDS, ["depends"] * 3, "It depends", "3 of 4 doctors; none disagree"),
        (WORDS, ["yes"], "Yes", "1 of 4 doctors; none disagree"),
        (WORDS, ["no", "yes", "no"], "No", "2 of 4 doctors; 1 says “Yes”"),
        (WORDS, ["no", "yes", "no", "yes"], "No", "2 of 4 doctors; 2 say “Yes”"),
        (WORDS, ["no", "depends", "no", "yes"], "No", "2 of 4 doctors; 1 says “It depends”, 1 says “Yes”"),
        ({"yes": "Can it be said in advance?"}, ["yes"] * 3, "", "3 of 4 say so"),
        ({"yes": "Depends on the scar"}, ["yes"], "Depends on the scar", "1 of 4 says so"),
        ({}, ["other", "other"], "other", "2 of 4 say so"),
    ],
)
def test_choices_are_told_with_those_who_chose_otherwise(choices: dict, said: list[str], fact: str, source: str):
    kind = FactKindFactory(label="Can it be said in advance?", form="choice", choices=choices)
    found = answers(4)
    for answer, choice in zip(found, said, strict=False):
        state(answer, kind, choice)

    assert box(found) == [(kind.label, fact, source)]


def test_kinds_stand_in_their_positions(sessions: FactKind):
    first = FactKindFactory(topic=sessions.topic, label="Downtime", form="days", position=0)
    FactKind.objects.filter(pk=sessions.pk).update(position=1)
    (answer,) = answers(1)
    state(answer, sessions, (1, 2))
    state(answer, first, (3, 4))

    assert [label for label, _, _ in box([answer])] == ["Downtime", "Sessions"]


def test_a_doctor_with_two_answers_counts_once(sessions: FactKind):
    question, doctor = QuestionFactory(), DoctorFactory()
    found = [AnswerFactory(question=question, doctor=doctor, external_id=f"x-{n}") for n in range(2)]
    for answer in found:
        state(answer, sessions, (3, 6))

    (row,) = glance(found)

    assert (row.doctors, row.of, row.source) == (1, 1, "1 of 1 doctors gave a number")


def test_a_line_leads_to_the_best_answer_behind_it(client: Client, sessions: FactKind):
    low, high = answers(2)
    Answer.objects.filter(pk=high.pk).update(user_upvote_count=9)
    for answer in (low, high):
        state(answer, sessions, (3, 6))

    (row,) = glance([low, high])

    assert row.voices == [("", [high, low])]
    assert f"#answer-{high.pk}" in Page(client.get(low.question.get_absolute_url())).links()


def test_without_facts_there_is_no_box(client: Client):
    answer = AnswerFactory()

    assert "At a glance" not in Page(client.get(answer.question.get_absolute_url()))
    assert glance([]) == []


@pytest.mark.parametrize("way", ["hidden", "held", "withdrawn"])
def test_the_facts_of_an_answer_that_is_not_visible_do_not_count(client: Client, sessions: FactKind, way: str):
    shown, other = answers(2)
    state(shown, sessions, (3, 4))
    state(other, sessions, (90, 99))
    if way == "hidden":
        hide_answer(other.pk, rule=1, reason="Why.", moderator=None)
    else:
        Answer.objects.filter(pk=other.pk).update(state=way)

    page = Page(client.get(shown.question.get_absolute_url()))

    assert "Sessions 3 to 4: 1 of 1 doctors gave a number" in page
    assert "90" not in str(page).split("At a glance")[1].split("Doctor answers")[0]
    assert "99" not in str(page).split("At a glance")[1].split("Doctor answers")[0]


def test_the_box_goes_with_its_last_fact(client: Client, sessions: FactKind):
    (answer,) = answers(1)
    state(answer, sessions, (3, 4))
    hide_answer(answer.pk, rule=1, reason="Why.", moderator=None)

    assert "At a glance" not in Page(client.get(answer.question.get_absolute_url()))


def test_words_of_choices_and_labels_are_text(client: Client):
    kind = FactKindFactory(label="<b>Label</b>", form="choice", choices={"x": "<script>alert(1)</script>"})
    (answer,) = answers(1)
    state(answer, kind, "x")

    response = client.get(answer.question.get_absolute_url())

    assert "<script>alert(1)</script>" in Page(response)
    assert b"<b>Label" not in response.content


def reference(spans: list[tuple[int, int]]) -> tuple[int, int, tuple[int, int] | None]:
    low, high = min(a for a, _ in spans), max(b for _, b in spans)
    common = max(a for a, _ in spans), min(b for _, b in spans)
    return low, high, common if common[0] <= common[1] else None


def words(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low} to {high}"


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 10)).map(lambda p: (p[0], p[0] + p[1])), min_size=2, max_size=6
    )
)
def test_the_sums_are_those_of_plain_python(spans: list[tuple[int, int]]):
    with transaction.atomic():
        found, kind = answers(len(spans)), FactKindFactory(form="range", topic=TopicFactory())
        for answer, span in zip(found, spans, strict=True):
            state(answer, kind, span)
        ((_, fact, source),) = box(found)
        transaction.set_rollback(True)

    low, high, common = reference(spans)
    everyone = "both" if len(spans) == 2 else "all"
    tail = f", {everyone} allow {words(*common)}" if common else "; no number fits them all"
    assert (fact, source) == (words(low, high), f"{len(spans)} of {len(spans)} doctors gave a number{tail}")
