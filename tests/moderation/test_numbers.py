"""The public numbers: what was reported and decided, month by month."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from doctors.models import DoctorReview
from doctors.services import hide_review
from moderation.models import Appeal, Case, Decision, MonthOfNumbers, Report
from moderation.numbers import count_month, keep_months, months, next_month, this_month
from moderation.services import appeal, decide_case
from moderation.states import Action
from questions.services import hide_answer, hide_question, restore_answer
from tests.factories import AnswerFactory, DoctorReviewFactory, ModeratorFactory, QuestionFactory, VoteRingFactory
from tests.reading import Page
from voting.models import VoteRing

pytestmark = pytest.mark.django_db

LAST = (this_month() - timedelta(days=1)).replace(day=1)


def rows(title: str, month: date | None = None) -> dict[str, list[Any]]:
    """Return the rows of a table by their names."""
    (table,) = [each for each in count_month(month or this_month()) if each["title"] == title]
    return {name: cells for name, *cells in table["rows"]}


def test_decisions_are_counted_by_rule_and_kind(client: Client):
    moderator = ModeratorFactory()
    hide_answer(AnswerFactory().pk, rule=6, reason="Why.", moderator=moderator)
    hide_question(QuestionFactory().pk, rule=6, reason="Why.", moderator=moderator)
    hide_question(QuestionFactory().pk, rule=1, reason="A program did it.", moderator=None)

    assert rows("Decisions by rule")["6. Do no harm"] == [2, 0, 0, 0, 0]
    assert rows("Decisions by rule")["1. Be kind"] == [0, 0, 0, 0, 0]
    page = Page(client.get("/about/numbers/"))
    assert "6. Do no harm 2 0 0 0 0" in page


def test_reports_cases_appeals_and_what_was_taken_back():
    first, second = ModeratorFactory(), ModeratorFactory()
    answer, question = AnswerFactory(), QuestionFactory()
    Client().post(f"/report/answer/{answer.pk}/", {"reason": "unsafe"})
    hide_answer(answer.pk, rule=6, reason="Why.", moderator=first)
    restore_answer(answer.pk, reason="", moderator=first)
    made = appeal(
        hide_question(question.pk, rule=1, reason="Why.", moderator=first).pk, author=question.asker, text="No."
    )
    decide_case(made.case_id, action=Action.PUBLISH, rule=None, reason="", moderator=second)

    assert rows("Reports")[Report.Reason.UNSAFE.label] == [1]
    found = rows("Cases")
    assert found["Cases opened"] == found["Cases closed"] == [2]
    assert found["Time until a case was closed, the middle one"] == ["less than an hour"]
    assert found["Appeals decided"] == found["Appeals that changed the decision"] == [1]
    assert found["Decisions taken back without an appeal"] == [1]


@pytest.mark.parametrize(
    ("hours", "words"), [([0.5], "less than an hour"), ([1], "1 hour"), ([2, 4, 30], "4 hours"), ([70, 74], "3 days")]
)
def test_the_time_to_a_decision_is_the_middle_one(hours: list[float], words: str):
    now = timezone.now()
    for at, length in enumerate(hours):
        Case.objects.create(
            subject_kind="questions.answer", subject_id=at + 1, cause=Case.Cause.REPORTS,
            opened_at=now - timedelta(hours=length), closed_at=now,
        )  # fmt: skip

    assert rows("Cases")["Time until a case was closed, the middle one"] == [words]


def test_reviews_are_counted_by_their_stars_which_no_moderator_saw():
    moderator = ModeratorFactory()
    taken = [DoctorReviewFactory(rating=rating) for rating in (1, 1, 5)]
    DoctorReviewFactory(rating=4)
    for review in taken:
        hide_review(review.pk, rule=2, reason="Why.", moderator=moderator)

    assert rows("Reviews taken down, by their stars")["2. Keep people private"] == [1, 0, 0, 0, 2]
    assert rows("Reviews written and shown")["Reviews"] == [0, 1, 0, 0, 0]


def test_votes_set_aside_are_counted_by_what_became_of_them():
    VoteRing.objects.filter(pk=VoteRingFactory().pk).update(size=12)
    void = VoteRingFactory(state="void", reason="One hand.", decided_at=timezone.now())
    VoteRing.objects.filter(pk=void.pk).update(size=30)

    found = rows("Votes set aside")
    assert found["Set aside, a moderator has yet to decide"] == [12, 1]
    assert found["Set aside for good"] == [30, 1]
    assert found["Set aside, then counted again"] == [0, 0]


def test_a_month_counts_what_is_between_its_two_ends_in_the_sites_own_time(settings: Any):
    settings.TIME_ZONE = "America/New_York"
    with timezone.override("America/New_York"):
        # At two in the morning of the first in UTC it is still the month before over there.
        at = datetime(2026, 3, 1, 2, tzinfo=UTC)
        Case.objects.create(subject_kind="questions.answer", subject_id=1, cause=Case.Cause.REPORTS, opened_at=at)

        assert rows("Cases", date(2026, 2, 1))["Cases opened"] == [1]
        assert rows("Cases", date(2026, 3, 1))["Cases opened"] == [0]


def test_months_run_from_the_first_case_to_now_and_over_the_end_of_a_year():
    assert months() == [this_month()]
    Case.objects.create(
        subject_kind="questions.answer", subject_id=1, cause=Case.Cause.REPORTS,
        opened_at=timezone.now() - timedelta(days=400),
    )  # fmt: skip

    found = months()

    assert found[0] == this_month() and len(found) >= 13
    assert all(next_month(later) == sooner for sooner, later in pairwise(found))


def test_a_month_that_is_over_stays_as_it_was_when_its_reviews_are_erased(client: Client):
    review = DoctorReviewFactory(rating=1)
    decision = hide_review(review.pk, rule=2, reason="Why.", moderator=ModeratorFactory())
    Decision.objects.filter(pk=decision.pk).update(decided_at=timezone.make_aware(datetime(LAST.year, LAST.month, 9)))

    assert keep_months() == 1
    assert keep_months() == 0
    DoctorReview.objects.all().delete()

    page = Page(client.get(f"/about/numbers/{LAST:%Y-%m}/"))
    assert "2. Keep people private 0 0 0 0 1" in page
    assert "The month is not over" not in page
    assert "The month is not over" in Page(client.get("/about/numbers/"))


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "1999-01", "2091-01", "2026-1", "now"])
def test_a_month_that_is_none_is_not_found(client: Client, month: str):
    assert client.get(f"/about/numbers/{month}/").status_code == 404


def test_a_month_is_kept_once_by_its_first_day():
    MonthOfNumbers.objects.create(month=LAST)
    with pytest.raises(IntegrityError), transaction.atomic():
        MonthOfNumbers.objects.create(month=LAST)
    with pytest.raises(IntegrityError, match="month_is_named_by_its_first_day"), transaction.atomic():
        MonthOfNumbers.objects.create(month=LAST + timedelta(days=1))


def test_no_name_and_no_word_of_anybody_is_on_the_page(client: Client):
    answer = AnswerFactory(headline="Take ten of them")
    hide_answer(answer.pk, rule=6, reason="It names a dose.", moderator=ModeratorFactory(pen_name="the_moderator"))

    page = Page(client.get("/about/numbers/"))

    assert not [each for each in ("Take ten", "names a dose", "the_moderator", answer.doctor.name) if each in page]
    assert Appeal.objects.count() == 0
