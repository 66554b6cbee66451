"""``recount``: finds each counter that is not what its rows say, and mends it while people vote."""

import io
from functools import partial
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db.models import F
from django.utils import timezone

from accounts.visitors import Voter
from doctors.models import Doctor
from questions import recount
from questions.models import Answer, Question, Topic
from questions.services import hide_answer
from tests.counting import drifted
from tests.crowd import all_at_once
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    DoctorReviewFactory,
    QuestionFactory,
    TopicFactory,
    UserFactory,
    VoteFactory,
)
from voting.recount import recount_votes
from voting.services import cast_vote


def run(*args: str) -> tuple[list[str], int]:
    """Return what the command printed, and its exit code."""
    out, code = io.StringIO(), 0
    try:
        call_command("recount", *args, stdout=out)
    except SystemExit as ended:
        code = int(str(ended.code))
    return out.getvalue().splitlines(), code


def content() -> Answer:
    """Write rows that move every counter, some of them hidden, and return an answer."""
    asked = QuestionFactory(topics=[TopicFactory()])
    answers = [AnswerFactory(question=asked) for _ in range(3)]
    hide_answer(answers[2].pk, rule=1, reason="Why.", moderator=None)
    for value in (1, 1, -1):
        VoteFactory(answer=answers[0], value=value)
        VoteFactory(answer=answers[0], visitor=None, user=UserFactory(), value=value)
    DoctorReviewFactory(doctor=answers[0].doctor, rating=4)
    DoctorReviewFactory(doctor=answers[0].doctor, rating=2, state="held")
    answers[0].refresh_from_db()
    return answers[0]


COUNTERS = [
    *((Answer, f"{who}_{way}vote_count") for who in ("user", "visitor") for way in ("up", "down")),
    (Question, "answer_count"),
    (Topic, "question_count"),
    (Doctor, "answer_count"),
    *((Doctor, f"{stars}_star_count") for stars in ("one", "two", "three", "four", "five")),
]


@pytest.mark.django_db
def test_counters_that_are_right_are_found_right():
    content()

    assert run() == (["0 counters differed."], 0)


@pytest.mark.django_db
@pytest.mark.parametrize(("model", "column"), COUNTERS, ids=lambda each: getattr(each, "__name__", each))
def test_a_counter_that_is_wrong_is_told_and_mended_only_when_asked(model, column):
    content()
    row = model.objects.order_by("pk").first()
    right = getattr(row, column)
    model.objects.filter(pk=row.pk).update(**{column: F(column) + 7})
    told = f"{model._meta.label_lower} {row.pk} {column}: {right + 7}, should be {right}"

    assert run() == ([told, "1 counters differed."], 1)
    assert run() == ([told, "1 counters differed."], 1)
    assert run("--fix") == ([told, "1 counters differed, all mended."], 0)
    assert run() == (["0 counters differed."], 0)
    row.refresh_from_db()
    assert getattr(row, column) == right
    assert drifted() == []


@pytest.mark.django_db
@pytest.mark.parametrize("is_known", [True, False])
def test_the_date_of_the_newest_answer_is_recounted(is_known):
    written = AnswerFactory(answered_at=timezone.now() if is_known else None)
    wrong = None if is_known else timezone.now()
    Question.objects.update(last_answer_at=wrong)

    lines, code = run("--fix")

    words = [moment.isoformat() if moment else "nothing" for moment in (wrong, written.answered_at)]
    assert lines[0] == f"questions.question {written.question_id} last_answer_at: {words[0]}, should be {words[1]}"
    assert code == 0
    assert Question.objects.get().last_answer_at == written.answered_at


@pytest.mark.django_db
def test_counters_without_any_rows_are_recounted_to_nothing():
    Topic.objects.filter(pk=TopicFactory().pk).update(question_count=3)
    Doctor.objects.filter(pk=DoctorFactory().pk).update(answer_count=3, five_star_count=1)
    Question.objects.filter(pk=QuestionFactory().pk).update(answer_count=3)

    lines, code = run("--fix")

    assert (len(lines), code) == (5, 0)
    assert drifted() == []


@pytest.mark.django_db
def test_imported_votes_are_no_rows_and_stay():
    AnswerFactory(imported_upvote_count=5)

    assert run("--fix") == (["0 counters differed."], 0)
    assert Answer.objects.get().imported_upvote_count == 5


@pytest.mark.django_db
def test_many_rows_are_compared_in_parts(monkeypatch):
    monkeypatch.setattr(recount, "ROWS_AT_ONCE", 3)
    answers = AnswerFactory.create_batch(8)
    Answer.objects.filter(pk__in=[answers[n].pk for n in (0, 2, 3, 7)]).update(user_upvote_count=9)

    assert [difference.pk for difference in recount_votes()] == [answers[n].pk for n in (0, 2, 3, 7)]
    assert len(list(recount_votes(mend=True))) == 4
    assert list(recount_votes()) == []


@pytest.mark.django_db(transaction=True)
def test_what_is_mended_while_people_vote_is_exact():
    answers = AnswerFactory.create_batch(3)
    Answer.objects.update(visitor_upvote_count=50, visitor_downvote_count=50)

    def vote(n: int) -> None:
        voter = Voter(visitor=uuid4())
        for value in (1, -1, 1):
            cast_vote(answer_id=answers[n % 3].pk, voter=voter, value=value)

    def answer() -> None:
        AnswerFactory(question=answers[0].question, doctor=answers[1].doctor)

    def mend() -> None:
        for _ in range(5):
            Question.objects.update(answer_count=F("answer_count") + 5)
            call_command("recount", "--fix", stdout=io.StringIO())

    outcomes = all_at_once([*(partial(vote, n) for n in range(12)), answer, mend])

    assert outcomes == [None] * len(outcomes)
    assert run() == (["0 counters differed."], 0)
    assert [each.visitor_upvote_count for each in Answer.objects.filter(pk__in=[a.pk for a in answers])] == [4, 4, 4]
    assert drifted() == []
