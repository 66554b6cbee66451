"""Voting in a real browser: by keyboard and pointer, with JavaScript and without, over a network that fails."""

import re
from threading import Event
from unittest.mock import patch

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Playwright, Route, expect

from accounts.models import User
from accounts.services import confirm_address
from questions.models import Answer, Question
from tests.browser.watch import keep, launch, watched_context
from voting.models import AnswerVote
from voting.services import cast_vote

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db]

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def site(site: str, django_db_blocker: pytest.FixtureRequest) -> str:
    with django_db_blocker.unblock():
        confirm_address(user=User.objects.create_user("voter@mail.example", "voter", PASSWORD))
    return site


@pytest.fixture
def question() -> Question:
    return Question.objects.get(answers__state="hidden")


@pytest.fixture
def answer(question: Question) -> Answer:
    """The third answer of the page, far below its top."""
    return question.answers.visible().select_related("question", "doctor").order_by("-rank")[2]


def tally(answer: Answer) -> tuple[int, int]:
    """Return the votes for and against, as the server holds them."""
    return tuple(Answer.objects.values_list("upvote_count", "downvote_count").get(pk=answer.pk))


def votes(answer: Answer) -> int:
    return AnswerVote.objects.filter(answer=answer).count()


def up(page: Page, answer: Answer):
    return page.locator(f"#up-{answer.pk}")


def down(page: Page, answer: Answer):
    return page.locator(f"#down-{answer.pk}")


def score(page: Page, answer: Answer):
    return page.locator(f"#score-{answer.pk}")


def expect_vote(page: Page, answer: Answer, value: int) -> None:
    """Wait until the buttons show this vote."""
    expect(up(page, answer)).to_have_attribute("aria-pressed", "true" if value == 1 else "false")
    expect(down(page, answer)).to_have_attribute("aria-pressed", "true" if value == -1 else "false")


def tab_to(page: Page, name: str) -> int:
    """Press Tab from the top of the page until the element has the focus; return how often."""
    for count in range(1, 200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == name:
            return count
    raise AssertionError(f"Tab never came to {name}")


def lose_the_reply(context: BrowserContext, page: Page) -> None:
    """Let the server take the next vote, and lose all that it answers."""

    def lose(route: Route) -> None:
        route.fetch()
        context.clear_cookies()
        route.abort()

    page.route("**/vote/", lose, times=1)


def sign_in(page: Page) -> None:
    page.goto("/accounts/login/?next=/accounts/")
    page.fill("#id_login", "voter@mail.example")
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/accounts/")


# --- By keyboard alone -----------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["Space", "Enter"])
def test_a_vote_by_keyboard_alone(page, answer, key):
    ups, downs = tally(answer)
    page.goto(answer.question.get_absolute_url())
    tab_to(page, f"up-{answer.pk}")

    page.keyboard.press(key)

    expect_vote(page, answer, 1)
    assert page.evaluate("document.activeElement.id") == f"up-{answer.pk}"
    expect(score(page, answer)).to_have_text(f"Score: +{ups + 1 - downs}")
    assert tally(answer) == (ups + 1, downs)

    page.keyboard.press(key)

    expect_vote(page, answer, 0)
    assert page.evaluate("document.activeElement.id") == f"up-{answer.pk}"
    assert tally(answer) == (ups, downs)


@pytest.mark.parametrize("key", ["Space", "Enter"])
def test_a_vote_by_keyboard_alone_without_javascript(plain_page, answer, key):
    ups, downs = tally(answer)
    plain_page.goto(answer.question.get_absolute_url())
    tab_to(plain_page, f"down-{answer.pk}")

    with plain_page.expect_navigation():
        plain_page.keyboard.press(key)

    expect_vote(plain_page, answer, -1)
    assert tally(answer) == (ups, downs + 1)
    # The next Tab goes on from the answer, not from the top.
    plain_page.keyboard.press("Tab")
    assert plain_page.evaluate(f"document.activeElement.closest('#answer-{answer.pk}') !== null")


def test_a_key_that_is_held_down_votes_once(page, answer):
    before = votes(answer)
    page.goto(answer.question.get_absolute_url())
    up(page, answer).focus()

    for _ in range(5):  # Each further one is what a held key sends.
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")

    expect_vote(page, answer, 1)
    assert votes(answer) == before + 1
    assert len(posts(page)) == 1


def test_the_buttons_say_whose_answer_they_are_about(page, answer):
    page.goto(answer.question.get_absolute_url())
    doctor = answer.doctor.title_name

    # Chromium parts the hidden words from the seen ones by a space.
    expect(page.get_by_role("button", name=re.compile(f"^Helpful ?: answer by {doctor}$"))).to_have_count(1)
    expect(page.get_by_role("button", name=f"Not helpful: answer by {doctor}", exact=True)).to_have_count(1)


# --- With JavaScript -------------------------------------------------------------------------------------


def posts(page: Page) -> list[str]:
    return [url for url in page.context.watch.requests if url.endswith("/vote/")]


def test_with_javascript_only_the_buttons_change(page, answer):
    page.goto(answer.question.get_absolute_url())
    page.evaluate("window.isTheSamePage = true")

    with page.expect_response("**/vote/") as reply:
        up(page, answer).click()

    expect_vote(page, answer, 1)
    assert reply.value.status == 200
    assert "<html" not in reply.value.text()
    assert page.evaluate("window.isTheSamePage")
    assert page.context.watch.faults(page) == []


def test_a_score_below_zero_has_a_true_minus_sign(page):
    answer = Answer.objects.visible().filter(score=0).select_related("question").first()
    page.goto(answer.question.get_absolute_url())
    expect(score(page, answer)).to_have_text("Score: +0")

    down(page, answer).click()

    expect(score(page, answer)).to_have_text("Score: \u22121")


@pytest.mark.parametrize("kind", ["page", "plain_page"])
def test_a_vote_is_changed_and_taken_back(request, answer, kind):
    page = request.getfixturevalue(kind)
    ups, downs = tally(answer)
    page.goto(answer.question.get_absolute_url())

    for button, value, expected in [
        (up, 1, (ups + 1, downs)),
        (down, -1, (ups, downs + 1)),
        (down, 0, (ups, downs)),
    ]:
        (click_again if kind == "page" else Locator.click)(button(page, answer))
        expect_vote(page, answer, value)
        assert tally(answer) == expected

    assert page.context.watch.faults(page) == []


def click_again(button: Locator) -> None:
    """Click as a person does who thinks first: not as the second half of a double click."""
    button.page.wait_for_function(
        "(until) => performance.now() > until", arg=button.evaluate("performance.now()") + 420
    )
    button.click()


@pytest.mark.parametrize("kind", ["page", "plain_page"])
def test_a_vote_is_still_there_after_a_reload(request, answer, kind):
    page = request.getfixturevalue(kind)
    page.goto(answer.question.get_absolute_url())
    up(page, answer).click()
    expect_vote(page, answer, 1)

    page.reload()

    expect_vote(page, answer, 1)


@pytest.mark.parametrize("pause", [0, 120, 300])
def test_a_double_click_counts_once(page, answer, pause):
    before = votes(answer)
    page.goto(answer.question.get_absolute_url())

    up(page, answer).dblclick(delay=pause)

    expect_vote(page, answer, 1)
    assert len(posts(page)) == 1
    assert votes(answer) == before + 1


# --- Without JavaScript ----------------------------------------------------------------------------------


def test_without_javascript_the_form_leads_back_to_the_answer(plain_page, answer):
    before = votes(answer)
    plain_page.goto(answer.question.get_absolute_url())

    with plain_page.expect_response("**/vote/") as reply, plain_page.expect_navigation():
        up(plain_page, answer).click()

    assert reply.value.status == 303
    assert plain_page.url.endswith(f"{answer.question.get_absolute_url()}#answer-{answer.pk}")
    expect_vote(plain_page, answer, 1)
    top = plain_page.locator(f"#answer-{answer.pk}").bounding_box()["y"]
    assert 0 <= top < 450
    assert votes(answer) == before + 1


def test_a_double_click_without_javascript_never_counts_twice_for_who_has_voted_before(plain_page, answer):
    """Its second half may meet the new page and take the vote back. (Of a stranger's two, each can be a first vote.)"""
    plain_page.goto(answer.question.get_absolute_url())
    with plain_page.expect_navigation():
        down(plain_page, answer).click()
    before = votes(answer)

    up(plain_page, answer).dblclick()
    plain_page.wait_for_load_state("networkidle")

    assert votes(answer) in (before, before - 1)


# --- Two tabs, lost replies ------------------------------------------------------------------------------


def test_two_tabs_of_one_visitor_have_one_vote(open_context, answer):
    before = votes(answer)
    context = open_context()
    first, second = context.new_page(), context.new_page()
    for tab in (first, second):
        tab.goto(answer.question.get_absolute_url())

    up(first, answer).click()
    expect_vote(first, answer, 1)
    up(second, answer).click()  # Still shows no vote.

    expect_vote(second, answer, 1)
    assert votes(answer) == before + 1


def test_two_tabs_at_once_have_one_vote_on_a_first_visit(open_context, answer):
    before = votes(answer)
    context = open_context()
    first, second = context.new_page(), context.new_page()
    for tab in (first, second):
        tab.goto(answer.question.get_absolute_url())
    arrived, answered = Event(), Event()

    def cast_first_vote_slowly(**vote):
        if not arrived.is_set():
            arrived.set()
            answered.wait(10)
        return cast_vote(**vote)

    with patch("voting.services.cast_vote", cast_first_vote_slowly):
        up(first, answer).click()
        assert arrived.wait(10)
        up(second, answer).click()
        expect_vote(second, answer, 1)
        answered.set()
        expect_vote(first, answer, 1)

    assert len(posts(first)) == 2
    assert votes(answer) == before + 1


def test_a_first_vote_that_is_sent_again_after_a_lost_reply_counts_once(open_context, answer):
    before = votes(answer)
    context = open_context()
    page = context.new_page()
    page.goto(answer.question.get_absolute_url())
    lose_the_reply(context, page)

    up(page, answer).click()

    expect(page.get_by_role("alert")).to_contain_text("Press again")
    assert votes(answer) == before + 1
    assert context.cookies() == []

    click_again(up(page, answer))

    expect_vote(page, answer, 1)
    expect(page.get_by_role("alert")).to_have_count(0)
    assert votes(answer) == before + 1


@pytest.mark.parametrize(("status", "width"), [(403, 390), (410, 1280), (500, 1280)])
def test_a_vote_that_fails_says_so(page, answer, status, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(answer.question.get_absolute_url())
    page.route("**/vote/", lambda route: route.fulfill(status=status, body="no"), times=1)

    up(page, answer).click()

    expect(page.locator(f"#vote-{answer.pk}").get_by_role("alert")).to_contain_text("was not counted")
    expect_vote(page, answer, 0)
    keep(page, f"vote-failed-{width}")


def test_a_vote_over_the_limit_says_so_in_its_place(page, question, settings):
    settings.VOTES_PER_NETWORK = 1
    first, second = question.answers.visible().order_by("-rank")[:2]
    before = votes(first) + votes(second)
    page.goto(question.get_absolute_url())
    up(page, first).click()
    expect_vote(page, first, 1)

    click_again(up(page, second))

    note = page.locator(f"#vote-{second.pk}").get_by_role("alert")
    expect(note).to_contain_text("too many votes came from your network")
    expect(note).to_be_in_viewport()
    expect_vote(page, second, 0)
    assert page.evaluate("document.activeElement.id") == f"up-{second.pk}"
    assert votes(first) + votes(second) == before + 1


# --- Other pages, other times ----------------------------------------------------------------------------


def test_a_page_that_was_opened_as_a_stranger_still_votes_after_a_sign_in(open_context, answer):
    context = open_context()
    page = context.new_page()
    page.goto(answer.question.get_absolute_url())
    sign_in(context.new_page())

    up(page, answer).click()

    expect_vote(page, answer, 1)
    assert AnswerVote.objects.filter(answer=answer, user__email="voter@mail.example").count() == 1


@pytest.mark.parametrize("kind", ["page", "plain_page"])
def test_the_way_back_shows_the_vote(request, answer, kind):
    page = request.getfixturevalue(kind)
    page.goto(answer.question.get_absolute_url())
    up(page, answer).click()
    expect_vote(page, answer, 1)
    shown = score(page, answer).inner_text()

    page.click(f"#answer-{answer.pk} .who-name a")
    page.wait_for_url("**/doctors/**")
    page.go_back()

    expect_vote(page, answer, 1)
    assert score(page, answer).inner_text() == shown


def test_a_page_that_the_browser_kept_whole_shows_the_vote_and_votes_on(playwright: Playwright, site, answer):
    """The back/forward cache: Playwright turns it off, people have it on."""
    browser = launch(playwright, ignore_default_args=["--disable-back-forward-cache"])
    page = watched_context(browser, site).new_page()
    page.goto(answer.question.get_absolute_url())
    up(page, answer).click()
    expect_vote(page, answer, 1)
    before = votes(answer)
    page.evaluate("window.isTheSamePage = true")

    page.click(f"#answer-{answer.pk} .who-name a")
    page.wait_for_url("**/doctors/**")
    page.go_back(wait_until="commit")

    expect_vote(page, answer, 1)
    assert page.evaluate("window.isTheSamePage")
    click_again(up(page, answer))
    expect_vote(page, answer, 0)
    assert votes(answer) == before - 1
    browser.close()
