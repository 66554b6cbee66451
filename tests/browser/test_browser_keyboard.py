"""Finding one's way: by keyboard alone, and without JavaScript."""

import re

import pytest
from playwright.sync_api import Page, expect

from doctors.models import Doctor
from questions.models import Question
from tests.browser.watch import follow

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db]

# Everything that a person can use, as marked in the document: of radio buttons the chosen one stands for its group.
CONTROLS = """() => {
  const chosen = (control) => control.type !== "radio" || control.checked;
  const kinds = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  const controls = [...document.querySelectorAll(kinds)];
  controls.filter((each) => each.checkVisibility() && chosen(each)).forEach((each, at) => { each.dataset.stop = at; });
  return document.querySelectorAll("[data-stop]").length;
}"""
# Where the focus is, and whether it can be seen there.
FOCUS = """() => {
  const control = document.activeElement;
  if (control === document.body) return null;
  const box = control.getBoundingClientRect();
  const style = getComputedStyle(control);
  const top = document.elementFromPoint(box.x + Math.min(box.width / 2, 20), box.y + box.height / 2);
  const faults = [];
  if (style.outlineStyle !== "solid" || parseFloat(style.outlineWidth) < 3) faults.push("no ring");
  if (box.bottom < 0 || box.top > innerHeight) faults.push("out of sight");
  if (top && !control.contains(top) && !top.contains(control)) faults.push(`covered by ${top.outerHTML.slice(0, 60)}`);
  return {stop: Number(control.dataset.stop ?? -1), html: control.outerHTML.slice(0, 90), faults};
}"""


def walk(page: Page) -> list[dict]:
    """Press Tab from the top of the page until the focus leaves it; return where it stopped."""
    stops: list[dict] = []
    for _ in range(300):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None or (stops and stop["stop"] == stops[0]["stop"]):
            return stops
        stops.append(stop)
    raise AssertionError("Tab never leaves the page")


def question() -> str:
    return Question.objects.get(answers__state="hidden").get_absolute_url()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    "address", ["/", "/questions/", question, "/doctors/?place=o", "/doctors/ines-valtari/", "/nowhere/"]
)
def test_tab_stops_at_every_control_in_their_order_and_shows_where(open_context, address, width):
    page = open_context(viewport={"width": width, "height": 900}).new_page()
    page.goto(address() if callable(address) else address)
    count = page.evaluate(CONTROLS)

    stops = walk(page)

    assert [stop for stop in stops if stop["faults"]] == []
    assert [stop["stop"] for stop in stops] == list(range(count))


@pytest.mark.parametrize("address", ["/", "/doctors/", "/nowhere/"])
def test_the_skip_link_comes_first_and_leads_past_the_top(page, address):
    page.goto(address)
    skip = page.get_by_role("link", name="Skip to main content")
    expect(skip).not_to_be_in_viewport()

    page.keyboard.press("Tab")

    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()

    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.closest('main') !== null")


# --- Without JavaScript ----------------------------------------------------------------------------------


def titles(page: Page) -> list[str]:
    return page.locator("article.item :is(h2, h3)").all_inner_texts()


def test_the_tabs_of_the_list_change_its_order(plain_page):
    plain_page.goto("/questions/")
    seen = [titles(plain_page)]

    for name in ("Active", "Most helpful", "Unanswered"):
        tabs = plain_page.get_by_role("navigation", name="Which questions")
        follow(tabs.get_by_role("link", name=re.compile(name)))
        current = plain_page.locator(".tabs [aria-current=page]")
        expect(current).to_contain_text(name)
        seen.append(titles(plain_page))

    assert len({tuple(order) for order in seen}) == 4


def test_the_pager_leads_through_the_list_and_back(plain_page):
    plain_page.goto("/questions/")
    first = titles(plain_page)

    follow(plain_page.get_by_role("link", name="Older"))
    second = titles(plain_page)
    follow(plain_page.get_by_role("link", name="Newer"))

    assert not set(first) & set(second)
    assert titles(plain_page) == first


def test_the_filter_of_the_list_works_without_javascript_and_keeps_the_order(plain_page):
    plain_page.goto("/questions/?sort=helpful")

    plain_page.get_by_label("Topic", exact=True).select_option("Eczema")
    follow(plain_page.get_by_role("button", name="Show"))

    expect(plain_page.get_by_role("heading", level=1)).to_have_text("Questions about Eczema")
    expect(plain_page.locator(".tabs [aria-current=page]")).to_have_text("Most helpful")
    expect(plain_page.get_by_label("Topic", exact=True)).to_have_value("eczema")
    assert (
        len(titles(plain_page)) == Question.objects.visible().filter(topics__slug="eczema", answer_count__gt=0).count()
    )


def test_the_sorts_of_the_answers_work_without_javascript(plain_page):
    plain_page.goto(question())
    helpful = plain_page.locator("article.answer h3").all_inner_texts()

    follow(plain_page.get_by_role("link", name="Oldest"))
    oldest = plain_page.locator("article.answer time").evaluate_all("(times) => times.map((time) => time.dateTime)")
    expect(plain_page.locator("#answers")).to_be_in_viewport()
    assert oldest == sorted(oldest)

    follow(plain_page.get_by_role("link", name="Most helpful"))
    assert plain_page.locator("article.answer h3").all_inner_texts() == helpful


def test_the_filters_of_the_directory_open_and_work_by_keyboard_on_a_telephone(open_context):
    page = open_context(java_script_enabled=False, viewport={"width": 390, "height": 800}).new_page()
    page.goto("/doctors/")
    place = page.get_by_label("Town or city")
    expect(place).to_be_hidden()

    page.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(place).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("Port Alder")
    page.keyboard.press("Enter")

    page.wait_for_url("**place=Port+Alder*")
    count = Doctor.objects.visible().filter(place="Port Alder").count()
    expect(page.get_by_role("heading", level=2).first).to_have_text(f"{count} doctors")
    expect(page.get_by_label("Town or city")).to_have_value("Port Alder")


def test_the_filters_of_the_directory_stand_open_on_a_desk(plain_page):
    plain_page.goto("/doctors/")

    expect(plain_page.get_by_label("Town or city")).to_be_visible()
    plain_page.get_by_label("4.5 and above").check()
    follow(plain_page.get_by_role("button", name="Show doctors"))
    follow(plain_page.get_by_role("link", name="Name", exact=True))

    expect(plain_page.get_by_label("4.5 and above")).to_be_checked()
    names = [name.removeprefix("Dr ") for name in plain_page.locator("li.hit h3").all_inner_texts()]
    assert names
    assert names == sorted(names)

    follow(plain_page.get_by_role("link", name="Clear all filters"))
    expect(plain_page.get_by_label("Any", exact=True)).to_be_checked()


def test_the_search_works_from_every_page_by_keyboard_without_javascript(plain_page):
    plain_page.goto("/about/votes/")

    plain_page.get_by_role("searchbox").focus()
    plain_page.keyboard.type("retinol")
    plain_page.keyboard.press("Enter")

    expect(plain_page.get_by_role("heading", level=1)).to_have_text("Results for “retinol”")
    assert any("retinol" in title for title in titles(plain_page))


def test_the_stars_of_a_profile_choose_its_reviews(plain_page):
    plain_page.goto("/doctors/ines-valtari/")

    follow(plain_page.get_by_role("link", name=re.compile("^2 stars")))

    assert set(plain_page.locator("#reviews .item .rating b").all_inner_texts()) == {"2"}
    follow(plain_page.get_by_role("link", name="Show all reviews"))
    assert len(plain_page.locator("#reviews .item").all()) == 10


def test_a_permalink_leads_to_its_answer_and_marks_it(page):
    page.goto(question())
    answer = page.locator("article.answer").nth(3)
    number = answer.get_attribute("id").removeprefix("answer-")

    follow(answer.get_by_role("link", name=re.compile("^Link")))

    assert page.url.endswith(f"#answer-{number}")
    assert answer.evaluate("(answer) => answer.matches(':target') && getComputedStyle(answer).outlineStyle") == "solid"

    page.goto(f"/answers/{number}/")

    assert page.url.endswith(f"{question()}#answer-{number}")
    expect(page.locator(f"#answer-{number} h3")).to_be_in_viewport()
