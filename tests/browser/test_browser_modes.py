"""The same pages enlarged, on paper, in the colours of the person's own, and without motion."""

import pytest
from playwright.sync_api import Page, expect

from questions.models import Question
from tests.browser.test_browser_pages import OVERFLOW
from tests.browser.watch import keep

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db]

PAGES = {
    "home": "/",
    "list": "/questions/",
    "question": lambda: Question.objects.get(answers__state="hidden").get_absolute_url(),
    "directory": "/doctors/",
    "profile": "/doctors/ines-valtari/",
    "about-votes": "/about/votes/",
}
every_page = pytest.mark.parametrize("name", PAGES)

# WCAG 1.4.12: what a person may set for text without losing any.
WIDE_TEXT = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`p { margin-block-end: 2em !important; }
    * { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }`);
  document.adoptedStyleSheets = [sheet];
}"""
# Text that its own box cuts off. What is hidden on purpose is a pixel wide.
CUT_OFF = """() => [...document.querySelectorAll("body *")].filter((each) => {
  const style = getComputedStyle(each);
  const cuts = style.overflowX !== "visible" || style.overflowY !== "visible";
  return cuts && each.clientWidth > 1 && !each.matches("svg, svg *, input, select")
    && (each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1);
}).map((each) => each.outerHTML.slice(0, 90))"""


def visit(page: Page, name: str) -> None:
    address = PAGES[name]
    page.goto(address() if callable(address) else address)


@every_page
def test_nothing_is_lost_at_twice_the_size_or_with_wide_text(open_context, name):
    page = open_context(viewport={"width": 640, "height": 450}, device_scale_factor=2).new_page()
    visit(page, name)
    words = page.evaluate("document.body.innerText.length")

    assert page.evaluate(CUT_OFF) == []
    page.evaluate(WIDE_TEXT)
    assert page.evaluate(CUT_OFF) == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate(OVERFLOW) == []
    assert page.evaluate(CUT_OFF) == []
    keep(page, f"{name}-wide-text")
    # The filters of the directory fold on a telephone: they are not lost.
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert page.evaluate("document.body.innerText.length") >= words


def test_in_forced_colours_a_vote_and_the_place_are_still_told(page):
    page.emulate_media(forced_colors="active")
    visit(page, "question")
    button = page.locator(".vote-btn").first
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.mouse.move(0, 0)

    pressed, other = (
        page.locator(f".vote-btn[aria-pressed={state}]").first.evaluate(
            "(each) => getComputedStyle(each).backgroundColor"
        )
        for state in ("true", "false")
    )

    assert pressed != other
    assert page.locator(".btn, .find button").first.evaluate("(each) => getComputedStyle(each).display") != "none"
    keep(page, "question-forced-colours")


@every_page
def test_pages_in_forced_colours_are_kept_for_the_eye(page, name):
    page.emulate_media(forced_colors="active", color_scheme="dark")
    visit(page, name)

    assert page.evaluate(OVERFLOW) == []
    keep(page, f"{name}-forced-colours-dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_paper_stand_the_answers_and_no_controls(page, scheme):
    page.emulate_media(media="print", color_scheme=scheme)
    visit(page, "question")

    for gone in (".nav", ".find", ".vote-btn", ".skip", ".answer-acts a", ".sort"):
        expect(page.locator(gone).first).to_be_hidden()
    for there in ("h1", ".answer-text", ".vote-score", ".who-name", ".foot-urgent", ".note"):
        expect(page.locator(there).first).to_be_visible()
    # Printers leave backgrounds out: dark words on white, whatever the screen shows.
    colours = page.evaluate("""() => [...document.querySelectorAll("h1, p, h3, dd, dt, small, .icon")]
        .filter((each) => each.checkVisibility()).map((each) => getComputedStyle(each).color)""")
    assert {colour for colour in colours if luminance(colour) > 0.2} == set()
    assert luminance(page.evaluate("getComputedStyle(document.body).backgroundColor")) == 1
    keep(page, f"question-print-{scheme}")


def luminance(colour: str) -> float:
    """Return the relative luminance of ``rgb(…)``."""
    parts = [float(part) / 255 for part in colour.partition("(")[2].rstrip(")").split(",")[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_less_motion_means_none(page):
    for motion, moves in (("no-preference", True), ("reduce", False)):
        page.emulate_media(reduced_motion=motion)
        visit(page, "list")
        page.locator(".btn").first.hover()
        assert (
            page.locator(".btn").first.evaluate("(each) => getComputedStyle(each).transitionDuration") != "0s"
        ) == moves
    assert page.evaluate("document.getAnimations().length") == 0


def test_more_contrast_makes_lines_and_words_stronger(page):
    seen = []
    for contrast in ("no-preference", "more"):
        page.emulate_media(contrast=contrast)
        visit(page, "list")
        seen.append(page.locator(".meta").first.evaluate("(each) => getComputedStyle(each).color"))

    assert luminance(seen[1]) < luminance(seen[0])
