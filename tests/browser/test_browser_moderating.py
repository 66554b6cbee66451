"""A moderator's day: sign in, look at the first page, and decide a held question, a reported answer and an appeal."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.services import confirm_address, set_up_authenticator_app
from accounts.visitors import Voter
from moderation.models import Case, Report
from moderation.registry import kind_of
from moderation.services import appeal, report
from questions.models import Answer, Question
from questions.services import Asked, hide_question, post_question
from tests.browser.watch import enter
from tests.factories import sign_in
from tests.people import code_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db]

AXE_RUN = """what => axe.run({runOnly: what, resultTypes: ["violations"]}).then(
  (found) => found.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html)}`))"""
PASSWORD = "correct horse battery"
HELD, APPEALED = "Is the cream of www.cheap-creams.example any good?", "Do scars of burns fade by themselves?"


@dataclass
class Day:
    """What waits this morning, and who works."""

    moderator: User
    secret: str
    # The session of another moderator, who signed in before.
    session: str
    held: Question
    answer: Answer
    appealed: Question


@pytest.fixture(scope="module")
def day(site: str, django_db_blocker: Any) -> Day:
    with django_db_blocker.unblock():
        # What the demo has for moderators was done the day before.
        Case.objects.open().update(closed_at=timezone.now())
        first, second = (_moderator(name) for name in ("mara_moderates", "milo_moderates"))
        newcomer = User.objects.create_user("fern@mail.example", "fern_newcomer", PASSWORD)
        held = post_question(asker=newcomer, key=uuid4(), asked=Asked(HELD, "A friend uses it on her chin.", []))
        answer = Answer.objects.visible().order_by("pk")[2]
        for note in ("The dose is too high for a child.", ""):
            voter, reason = Voter(visitor=uuid4()), Report.Reason.UNSAFE
            report(kind_of(answer), answer.pk, by=voter, reason=reason, note=note, network="")
        old = timezone.now() - timedelta(days=400)
        patient = User.objects.create_user("birch@mail.example", "birch_patient", PASSWORD, date_joined=old)
        appealed = post_question(asker=patient, key=uuid4(), asked=Asked(APPEALED, "Mine is two years old.", []))
        decision = hide_question(appealed.pk, rule=1, reason="It seemed to insult.", moderator=first)
        appeal(decision.pk, author=patient, text="I was polite.")
        session = sign_in(Client(), second).cookies["sessionid"].value
        return Day(first, set_up_authenticator_app(user=first), session, held, answer, appealed)


def _moderator(pen_name: str) -> User:
    user = User.objects.create_user(f"{pen_name}@mail.example", pen_name, PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name="Moderators"))
    confirm_address(user=user)
    return user


@pytest.fixture
def stranger(open_context: Callable) -> Page:
    return open_context().new_page()


def test_the_whole_day(page: Page, stranger: Page, open_context: Callable, day: Day):
    page.goto("/admin/")
    page.get_by_label("Email").fill(day.moderator.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("input[name=code]").fill(code_of(day.secret))
    page.keyboard.press("Enter")

    _sees_how_the_queue_stands(page)
    page.get_by_role("link", name="Open the queue").click()
    _decides_the_held_question_by_keyboard_alone(page, day)
    _decides_the_reported_answer(page, day)
    _may_not_decide_the_appeal_against_themselves(page, day)
    assert page.context.watch.faults(page) == []
    _another_moderator_decides_the_appeal(open_context, day)

    _public_pages_follow(stranger, day)
    assert not Case.objects.open().exclude(cause="emergency").filter(subject_id=day.held.pk).exists()


def _sees_how_the_queue_stands(page: Page) -> None:
    page.wait_for_url("**/admin/")
    numbers = page.locator(".staff-numbers")
    expect(numbers).to_contain_text("Median age")
    expect(numbers).to_contain_text("The oldest")
    expect(page.get_by_role("img", name="decisions in 30 days")).to_be_visible()
    page.get_by_text("Each day as a table").click()
    expect(page.get_by_role("columnheader", name="Published or left")).to_be_visible()


def _decides_the_held_question_by_keyboard_alone(page: Page, day: Day) -> None:
    # The keys are there once the page is.
    page.wait_for_url("**/admin/moderation/case/")
    page.keyboard.press("/")
    expect(page.get_by_label("Words")).to_be_focused()
    page.keyboard.type("good creams")
    page.keyboard.press("Enter")
    expect(page.locator(".staff-case")).to_have_count(1)
    page.keyboard.press("j")
    expect(page.locator(".staff-open")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=HELD)).to_be_visible()
    expect(page.locator("#content")).to_contain_text("your account is new")
    page.keyboard.press("c")
    expect(page.locator(".messagelist")).to_contain_text("This case is yours for an hour.")
    page.keyboard.press("d")
    # The first of the decisions: publish.
    page.keyboard.press("Space")
    for _ in range(20):
        if page.evaluate("document.activeElement.textContent") == "Decide":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("is decided.")


def _decides_the_reported_answer(page: Page, day: Day) -> None:
    page.goto("/admin/moderation/case/")
    page.get_by_label("Reason").select_option("unsafe")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("button", name="Take the next case").click()
    expect(page.locator(".messagelist")).to_have_count(0)
    expect(page.locator("#content")).to_contain_text("The dose is too high for a child.")
    page.get_by_label("hide", exact=True).check()
    page.context.watch.expects = 422
    page.get_by_role("button", name="Decide", exact=True).click()
    expect(page.locator(".errorlist").first).to_be_visible()
    page.get_by_label("Rule").select_option(index=6)
    page.get_by_label("Reason").fill("It names a dose for a child.")
    page.get_by_role("button", name="Decide", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("is decided.")


def _may_not_decide_the_appeal_against_themselves(page: Page, day: Day) -> None:
    page.goto("/admin/moderation/case/?cause=appeal")
    page.get_by_role("link", name=APPEALED).click()
    expect(page.locator("#decide")).to_contain_text("This one is for another moderator.")
    expect(page.get_by_role("button", name="Decide", exact=True)).to_have_count(0)


def _another_moderator_decides_the_appeal(open_context: Callable, day: Day) -> None:
    context = open_context(viewport={"width": 390, "height": 844})
    enter(context, day.session)
    page = context.new_page()
    page.goto("/admin/moderation/case/?cause=appeal")
    page.get_by_role("link", name=APPEALED).click()
    expect(page.locator("#content")).to_contain_text("I was polite.")
    expect(page.locator("#content")).not_to_contain_text("birch_patient")
    page.get_by_role("button", name="Claim").click()
    page.get_by_label("publish, or leave as it is").check()
    page.get_by_role("button", name="Decide", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("is decided.")
    assert context.watch.faults(page) == []


def _public_pages_follow(stranger: Page, day: Day) -> None:
    assert stranger.goto(day.held.get_absolute_url()).status == 200
    expect(stranger.get_by_role("heading", level=1)).to_contain_text("cheap-creams")
    assert stranger.goto(day.appealed.get_absolute_url()).status == 200
    stranger.goto(day.answer.question.get_absolute_url())
    expect(stranger.locator(f"#answer-{day.answer.pk}")).to_contain_text("It names a dose for a child.")


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_of_the_day_is_wider_than_the_screen_or_hides_the_focus(open_context: Callable, day: Day, width: int):
    context = open_context(viewport={"width": width, "height": 900})
    enter(context, day.session)
    page, case = context.new_page(), Case.objects.order_by("pk").first()
    for address in ("/admin/", "/admin/moderation/case/", f"/admin/moderation/case/{case.pk}/change/",
                    "/admin/moderation/bayestoken/"):  # fmt: skip
        page.goto(address)
        assert page.url.endswith(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        page.evaluate(AXE_SCRIPT)
        assert page.evaluate(AXE_RUN, ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]) == [], address
        for _ in range(12):
            page.keyboard.press("Tab")
            ring = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
            assert float(ring.removesuffix("px")) >= 2, (address, page.evaluate("document.activeElement.outerHTML"))
    assert context.watch.faults(page) == []


def test_single_keys_can_be_turned_off(open_context: Callable, day: Day):
    context = open_context()
    enter(context, day.session)
    page = context.new_page()
    page.goto("/admin/moderation/case/")
    page.locator(".staff-keys summary").click()
    page.get_by_label("Single keys do this").uncheck()
    page.reload()
    page.keyboard.press("/")

    expect(page.locator(".staff-filter input[type=search]")).not_to_be_focused()
