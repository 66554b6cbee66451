"""From a stranger's first word to the posted question, in a real browser: by keyboard alone, and without JavaScript."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from questions.models import Draft, Question
from tests.people import code_for

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db]

PASSWORD = "three green kettles sing"
TITLE = "How many laser sessions do deep scars on a chin need?"
DETAILS = "They are two years old. I have crushing chest pain right now. Write to me at sunny@mail.example please."
CALM = DETAILS.replace("I have crushing chest pain right now. ", "")
POSTED = re.compile(r"/questions/\d+/how-many-laser-sessions")


def focused(page: Page) -> str:
    """Return what has the focus: its id, its name and value, or its words."""
    return page.evaluate(
        "(() => { const on = document.activeElement; return on.id || on.name || on.textContent.trim().slice(0, 60) })()"
    )


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until the element of this id, name or these words has the focus."""
    for _ in range(90):
        if focused(page).startswith(wanted):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never came to {wanted}")


def type_into(page: Page, wanted: str, words: str) -> None:
    tab_to(page, wanted)
    page.keyboard.type(words)


def press(page: Page, wanted: str, key: str = "Enter") -> None:
    """Go to a control by Tab and press it; it leads to another page."""
    tab_to(page, wanted)
    with page.expect_navigation():
        page.keyboard.press(key)


def test_the_whole_way_by_keyboard_alone(page: Page):
    page.goto("/questions/ask/")
    type_into(page, "id_title", TITLE)
    # Similar questions come by themselves, below the title.
    expect(page.get_by_text("Does one of these help already?")).to_be_visible()
    type_into(page, "id_body", DETAILS)
    tab_to(page, "id_topics_0")
    page.keyboard.press("Space")
    expect(page.locator("#prompts .field").first).to_be_visible()
    tab_to(page, "id_no_names")
    page.keyboard.press("Space")
    press(page, "Post question")

    expect(page.get_by_role("heading", level=1)).to_have_text("This sounds like it cannot wait")
    assert focused(page).startswith("This sounds like it cannot wait")
    press(page, "not_now")

    expect(page.get_by_role("heading", level=1)).to_have_text("Check for personal details")
    press(page, "redact")
    expect(page.get_by_text("Nothing is marked any more")).to_be_visible()
    press(page, "kept")

    expect(page.get_by_role("heading", level=1)).to_have_text("Your question is kept")
    press(page, "Create an account")
    type_into(page, "id_pen_name", "keyboard_harbour")
    type_into(page, "id_email", "keyboard@mail.example")
    type_into(page, "id_password", PASSWORD)
    type_into(page, "id_birth_year", "1980")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    type_into(page, "id_code", code_for("keyboard@mail.example"))
    with page.expect_navigation(url=POSTED):
        page.keyboard.press("Enter")

    expect(page.get_by_text("Your question is posted")).to_be_visible()
    question = Question.objects.get(asker=User.objects.get(pen_name="keyboard_harbour"))
    assert question.title == TITLE
    assert "mail.example" not in question.body
    assert question.is_urgent
    assert page.context.watch.faults(page) == []


def test_the_whole_way_without_javascript(plain_page: Page):
    page = plain_page
    page.goto("/questions/ask/")
    page.context.watch.expects = 422
    page.get_by_role("button", name="Post question").click()
    expect(page.get_by_text("There are 4 problems to fix")).to_be_visible()
    page.get_by_label("Your question", exact=False).first.fill(TITLE)
    page.get_by_label("The details").fill(CALM)
    page.get_by_label("Laser treatment").check()
    page.get_by_label("I have left out names").check()
    page.get_by_role("button", name="Post question").click()

    # One plain step for what a script would have brought.
    expect(page.get_by_text("One more look before it is posted")).to_be_visible()
    expect(page.get_by_text("Does one of these help already?")).to_be_visible()
    page.get_by_label("Where are you with treatment?").select_option("Thinking about one")
    page.get_by_role("button", name="Post question").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Check for personal details")
    page.locator("button[name=redact]").first.click()
    page.locator("button[name=kept]").click()

    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Pen name").fill("plain_harbour")
    page.get_by_label("Email").fill("plain@mail.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("In which year were you born?").fill("1980")
    page.get_by_role("button", name="Create account").click()
    page.get_by_label("Code from the email").fill(code_for("plain@mail.example"))
    page.locator("main form button.btn").first.click()

    page.wait_for_url(POSTED)
    expect(page.get_by_text("Treatment", exact=True)).to_be_visible()
    question = Question.objects.get(asker=User.objects.get(pen_name="plain_harbour"))
    assert question.prompt_replies.get().text == "Thinking about one"
    assert not question.is_urgent
    assert page.context.watch.faults(page) == []


def test_a_draft_is_kept_by_itself_while_one_types(open_context, page: Page):
    page.goto("/accounts/signup/")
    page.get_by_label("Pen name").fill("draft_harbour")
    page.get_by_label("Email").fill("draft@mail.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("In which year were you born?").fill("1980")
    page.get_by_role("button", name="Create account").click()
    page.get_by_label("Code from the email").fill(code_for("draft@mail.example"))
    page.locator("main form button.btn").first.click()
    page.wait_for_url(lambda url: "signup" not in url)
    page.goto("/questions/ask/")

    page.get_by_label("The details").type("Half a thought")

    expect(page.get_by_text("Draft saved")).to_be_visible()
    assert Draft.objects.get(user__pen_name="draft_harbour").content["body"] == "Half a thought"
    page.goto("/questions/mine/")
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_label("The details")).to_have_value("Half a thought")
    assert page.context.watch.faults(page) == []
