"""The queue as moderators work on it: what they find, in which order, what it costs, and where a decision leads."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.visitors import Voter
from moderation.case_queue import QueueForm, cases_for, chosen_in, next_case, page_of, similar_to
from moderation.figures import bars, figures_now, length, round_up
from moderation.models import Case, Decision, Report
from moderation.registry import kind_of
from moderation.services import appeal, claim_case, open_case, report
from questions.services import Asked, edit_question, hide_answer, hide_question
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    DoctorReviewFactory,
    ModeratorFactory,
    QuestionFactory,
    TopicFactory,
    UserFactory,
    sign_in,
)
from tests.moderation.test_report_pages import decide as decide_on_page
from tests.reading import Page, walk

pytestmark = pytest.mark.django_db
QUEUE = "/admin/moderation/case/"
MOST_QUERIES = 15
FILTERS = [
    *("", "state=free", "state=mine", "state=closed", "about=questions", "about=doctors.doctorreview", "urgency=0"),
    *("cause=reports", "reason=unsafe", "age=1", "q=scar", "q=scar&state=free&about=questions&reason=unsafe&age=1"),
]


def reported(thing: Any, *, reason: str = "unsafe", note: str = "", days: float = 0) -> Case:
    case = report(
        kind_of(thing), thing.pk, by=Voter(visitor=uuid4()), reason=Report.Reason(reason), note=note, network=""
    ).case
    Case.objects.filter(pk=case.pk).update(opened_at=timezone.now() - timedelta(days=days))
    return case


def some_of_each(count: int) -> None:
    for number in range(count):
        topics = [TopicFactory()]
        things = [
            QuestionFactory(title="A scar that itches", topics=topics),
            AnswerFactory(headline="Scar care", doctor__user=UserFactory()),
            DoctorReviewFactory(title="Scar gone"),
            DoctorFactory(user=UserFactory()),
        ]
        for thing in things:
            reported(thing, days=2 + number)
        hidden = QuestionFactory()
        decision = hide_question(hidden.pk, rule=1, reason="Why.", moderator=ModeratorFactory())
        appeal(decision.pk, author=hidden.asker, text="No.")


def many_rows(count: int) -> None:
    now = timezone.now()
    Case.objects.bulk_create(
        Case(
            subject_kind="questions.question",
            subject_id=10**9 + number,
            cause="reports",
            urgency=number % 3,
            reasons=["unsafe"] if number % 5 == 0 else ["abuse"],
            words=f"word{number} of many and word{number % 7}common",
            opened_at=now - timedelta(minutes=number % 500),
        )
        for number in range(count)
    )


# --- What it costs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chosen", FILTERS)
def test_a_page_of_the_queue_costs_few_queries_whatever_is_chosen(admin_client: Client, chosen: str):
    counts = []

    for more in (1, 4):
        some_of_each(more)
        with CaptureQueriesContext(connection) as queries:
            assert admin_client.get(f"{QUEUE}?{chosen}").status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1] <= MOST_QUERIES


@pytest.mark.parametrize("make", [
    QuestionFactory, lambda: AnswerFactory(doctor__user=UserFactory()), DoctorReviewFactory,
    lambda: DoctorFactory(user=UserFactory()),
])  # fmt: skip
def test_the_page_of_a_case_costs_the_same_for_little_and_for_much(admin_client: Client, make: Any):
    thing, counts = make(), []
    case = reported(thing, note="A note about it")
    # So that each way of being similar finds one from the first.
    reported(make(), note="A note about it")
    author = kind_of(thing).author_of(thing)
    for more in (1, 3):
        for _ in range(more):
            reported(thing, note="A note about it")
            reported(make(), note="A note about it")
            Decision.objects.create(action="publish", author=author, subject_kind="questions.answer", subject_id=1)
        with CaptureQueriesContext(connection) as queries:
            assert admin_client.get(f"{QUEUE}{case.pk}/change/").status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 30


def test_the_queue_and_its_search_stand_on_indexes_on_each_page():
    many_rows(6000)
    with connection.cursor() as cursor:
        # What was just written waits in a list that the index reads through.
        cursor.execute("SELECT gin_clean_pending_list('case_search')")
        cursor.execute("ANALYZE moderation_case")
    moderator = ModeratorFactory()

    def plan(**chosen: str) -> str:
        return cases_for(chosen, moderator).in_order()[:51].explain()

    assert "case_queue" in plan()
    assert "case_queue" in plan(state="free")
    assert "case_search" in plan(q="word1234")
    last = Case.objects.open().in_order()[3000]
    behind = Case.objects.open().in_order().filter(urgency=last.urgency).opened_after(last.opened_at, last.pk)
    entered = behind[:51].explain()
    assert "case_queue" in entered and "opened_at >=" in entered.partition("Index Cond:")[2].partition("\n")[0]


# --- What is found ---------------------------------------------------------------------------------------------------


def found(**chosen: str) -> list[int]:
    return [line.case.subject_id for line in page_of(chosen, ModeratorFactory()).lines]


def test_cases_are_found_by_what_they_are_about_why_and_how_old():
    question, review = QuestionFactory(title="My elbow"), DoctorReviewFactory()
    reported(question, reason="unsafe", days=5)
    reported(review, reason="abuse")
    held = QuestionFactory(state="held")
    open_case(held, cause=Case.Cause.HELD)

    assert set(found()) == {question.pk, review.pk, held.pk}
    assert found(about="questions", reason="unsafe") == [question.pk]
    assert found(about="doctors") == found(about="doctors.doctorreview") == [review.pk]
    assert found(cause="held") == [held.pk]
    assert found(age="3") == found(q="elbows") == found(urgency="1") == [question.pk]


def test_mine_and_what_is_free_to_take():
    one, other, own = QuestionFactory(), QuestionFactory(), QuestionFactory()
    moderator = own.asker
    cases = [reported(each) for each in (one, other, own)]
    claim_case(cases[0].pk, moderator=moderator)
    claim_case(cases[1].pk, moderator=ModeratorFactory())
    moderator.is_superuser = True

    def lines(state: str) -> list[int]:
        return [line.case.pk for line in page_of({"state": state}, moderator).lines]

    assert lines("mine") == lines("free") == [cases[0].pk]


def test_what_is_not_understood_is_left_out():
    assert chosen_in("urgency=9&about=nothing&q=scar&state=&age=x") == {"q": "scar"}
    assert QueueForm({"q": "a b", "cause": "held"}).address == "q=a+b&cause=held"


@pytest.mark.parametrize("closed", [False, True])
def test_walking_the_queue_meets_every_case_once_and_in_order(admin_client: Client, closed: bool):
    many_rows(170)
    order = ["-urgency", "opened_at", "pk"]
    if closed:
        for case in Case.objects.all():
            Case.objects.filter(pk=case.pk).update(closed_at=timezone.now() - timedelta(minutes=case.pk % 9))
        order = ["-closed_at", "-pk"]

    pages = walk(admin_client, f"{QUEUE}?state={'closed' if closed else ''}")

    links = [link for page in pages for link in page.links() if link.startswith(QUEUE) and "/change/" in link]
    keys = [int(link.removeprefix(QUEUE).partition("/")[0]) for link in links]
    assert keys == list(Case.objects.order_by(*order).values_list("pk", flat=True))


@pytest.mark.parametrize("cursor", ["x", "7.x", "0.", "1.W10", "-1", "%00"])
def test_a_cursor_that_nobody_made_is_no_page(admin_client: Client, cursor: str):
    assert admin_client.get(f"{QUEUE}?after={cursor}").status_code == 400


def test_in_an_appeal_no_list_says_whom_it_is_about(admin_client: Client):
    doctor = DoctorFactory(name="Vera Unseen", user=UserFactory(pen_name="unseen_v"))
    answer = AnswerFactory(doctor=doctor, headline="Ask Unseen", body="Vera Unseen knows.")
    decision = hide_answer(answer.pk, rule=5, reason="Unseen praises.", moderator=ModeratorFactory())
    made = appeal(decision.pk, author=doctor.user, text="I, Vera Unseen, did not.")
    reported(AnswerFactory(doctor=doctor, headline="Ask Unseen again"))

    listed = str(Page(admin_client.get(f"{QUEUE}?cause=appeal")))
    page = str(Page(admin_client.get(f"{QUEUE}{made.case_id}/change/")))

    assert "Ask [name]" in listed and "Ask [name]" in page
    for shown in (listed, page):
        assert not [name for name in ("Unseen", "unseen_v", "Vera") if name in shown]


# --- What stands on the page of a case -------------------------------------------------------------------------------


def test_the_page_says_what_it_was_before_what_was_decided_and_who_was_at_it(admin_client: Client):
    question = QuestionFactory(title="First words")
    hide_question(question.pk, rule=3, reason="It named a neighbour.", moderator=ModeratorFactory(pen_name="mod_one"))
    Case.objects.all().delete()
    type(question).objects.update(state="published")
    edit_question(question.pk, editor=question.asker, asked=Asked("Other words", "So.", []), is_redaction=False)
    other = QuestionFactory(asker=question.asker)
    hide_question(other.pk, rule=1, reason="It shouted.", moderator=ModeratorFactory())
    case = reported(question)
    claim_case(case.pk, moderator=ModeratorFactory(pen_name="mod_two"))

    page = str(Page(admin_client.get(f"{QUEUE}{case.pk}/change/")))

    for words in ("Other words", "First words", "mod_one decided: hide", "It named a neighbour.", "It shouted.",
                  "mod_two claimed the case"):  # fmt: skip
        assert words in page, words


def test_similar_cases_are_of_the_same_author_of_like_words_or_for_the_same_reasons():
    question, moderator = QuestionFactory(title="Retinol peeling around nostrils"), ModeratorFactory()
    case = reported(question, reason="advert")
    by_author = reported(QuestionFactory(asker=question.asker, title="Another thing"), reason="private")
    alike = reported(QuestionFactory(title="Peeling nostrils after retinol"), reason="private")
    same = reported(QuestionFactory(title="Quite different"), reason="advert")
    reported(QuestionFactory(title="Nothing to do with it"), reason="private")
    reported(AnswerFactory(), reason="advert")
    case.refresh_from_db()

    near = {each.line.case: each.why for each in similar_to(case, moderator, is_masked=False)}

    assert near == {by_author: "same author", alike: "like words", same: "same reasons"}
    assert by_author not in {each.line.case for each in similar_to(case, moderator, is_masked=True)}


def test_words_with_the_signs_of_a_query_find_and_break_nothing():
    question = QuestionFactory(title="It's a test\\ of 'quoted|words' & others:*")
    case = reported(question)

    assert Case.objects.like_in_words(case) == []


# --- From one case to the next ---------------------------------------------------------------------------------------


def test_a_decision_leads_to_the_next_case_of_what_was_chosen(admin_client: Client):
    first, second, third = (reported(QuestionFactory(), days=days) for days in (3, 2, 1))
    reported(DoctorReviewFactory(), days=2.5)
    chosen = {"queue": "about=questions"}

    after_decision = decide_on_page(admin_client, first, action="publish", **chosen)
    skipped = admin_client.get(f"{QUEUE}{second.pk}/next/", chosen)
    at_the_end = admin_client.get(f"{QUEUE}{third.pk}/next/", chosen)

    assert after_decision["Location"] == f"{QUEUE}{second.pk}/change/?queue=about%3Dquestions"
    assert skipped["Location"].startswith(f"{QUEUE}{third.pk}/")
    assert at_the_end["Location"].startswith(f"{QUEUE}{second.pk}/")


def test_an_emergency_comes_before_what_stands_behind():
    case = reported(QuestionFactory(), days=3)
    reported(QuestionFactory(), days=2)
    emergency = open_case(QuestionFactory(), cause=Case.Cause.EMERGENCY, urgency=Case.Urgency.EMERGENCY)

    assert next_case({}, ModeratorFactory(), behind=case) == emergency


def test_after_the_last_case_comes_the_queue(admin_client: Client):
    case = reported(QuestionFactory())

    response = decide_on_page(admin_client, case, action="publish")

    assert response["Location"] == QUEUE
    assert "No other case waits" in Page(admin_client.get(QUEUE))


def test_taking_the_next_case_claims_the_first_that_is_free(admin_client: Client, admin_user: Any):
    first, second = (reported(QuestionFactory(), days=days) for days in (2, 1))
    claim_case(first.pk, moderator=ModeratorFactory())

    response = admin_client.post(f"{QUEUE}take/", {"queue": ""})

    second.refresh_from_db()
    assert (response["Location"], second.claimed_by) == (f"{QUEUE}{second.pk}/change/", admin_user)
    second.closed_at = timezone.now()
    second.save()
    assert "No case waits" in Page(admin_client.post(f"{QUEUE}take/", {}, follow=True))


def test_a_case_that_only_seniors_decide_is_handed_to_no_other():
    reported(DoctorFactory(user=UserFactory()))
    plain = UserFactory(is_staff=True)

    assert next_case({}, ModeratorFactory()) is not None
    assert next_case({}, plain) is None


@pytest.mark.parametrize("step", ["take/", "1/next/"])
def test_staff_who_decide_nothing_take_nothing(client: Client, step: str):
    sign_in(client, UserFactory(is_staff=True))

    assert client.post(f"{QUEUE}{step}").status_code == 403


# --- The first page --------------------------------------------------------------------------------------------------


def test_the_first_page_says_how_old_cases_are_and_what_was_decided(admin_client: Client):
    for days in (0.1, 2, 2.1, 9):
        reported(QuestionFactory(), days=days)
    hide_question(QuestionFactory().pk, rule=1, reason="Why.", moderator=ModeratorFactory())
    Decision.objects.create(action="publish", subject_kind="questions.answer", subject_id=1, decided_by=None)

    figures = figures_now()
    page = Page(admin_client.get("/admin/"))

    assert (figures.count, figures.decided, figures.days[-1].against) == (4, 1, 1)
    assert figures.median.days == 2 and figures.oldest.days == 9
    assert [cell.count for cell in figures.by_urgency[1].cells] == [1, 2, 0, 1]
    assert "Median age 2 days" in " ".join(str(page).split()) and "The oldest 9 days" in " ".join(str(page).split())


def test_the_first_page_of_an_empty_house_says_so(admin_client: Client):
    page = admin_client.get("/admin/")

    assert "No decisions in 30 days." in page.content.decode()


def test_staff_who_see_no_cases_see_no_figures(client: Client):
    sign_in(client, UserFactory(is_staff=True))

    assert "Median age" not in Page(client.get("/admin/"))


def test_bars_stay_inside_their_drawing():
    today = timezone.now().date()
    days = bars([(today, 3, 7), (today, 0, 0), (today, 10, 0)], round_up(10))

    assert [round_up(most) for most in (0, 1, 3, 6, 10, 11, 99, 480)] == [1, 1, 5, 10, 10, 20, 100, 500]
    assert all(0 <= day.against_y <= day.left_y and day.left_y + day.left_height == 120 for day in days)
    assert (length(0, 9), length(1, 10**6), length(9, 9)) == (0, 2, 100)
