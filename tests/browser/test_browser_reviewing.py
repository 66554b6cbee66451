"""Reviews in a real browser: a patient writes one, the figures follow, the doctor replies and the guard helps."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from doctors.models import DoctorReview
from questions.models import Answer
from tests.browser.test_browser_accounts import look
from tests.browser.watch import enter
from tests.factories import AnswerFactory, DoctorFactory, DoctorReviewFactory, UserFactory, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db]


@pytest.fixture(scope="module")
def sessions(site: str, django_db_blocker: pytest.FixtureRequest) -> dict[str, str]:
    """The sessions of a doctor with two reviews and an answer, and of two patients."""
    with django_db_blocker.unblock():
        doctor = DoctorFactory(user=UserFactory(), name="Odile Ferrant", slug="odile-ferrant", place="Port Alder")
        DoctorReviewFactory.create_batch(2, doctor=doctor, rating=5)
        AnswerFactory(doctor=doctor, headline="It fades in a year")
        people = {
            "doctor": doctor.user,
            "patient": UserFactory(pen_name="first_reviewer"),
            "other": UserFactory(pen_name="second_reviewer"),
        }
        return {who: sign_in(Client(), person).cookies["sessionid"].value for who, person in people.items()}


@pytest.fixture
def page_of(open_context: Callable[..., BrowserContext], sessions: dict[str, str]) -> Callable[..., Page]:
    """Return a function that opens a page for one of them, or for a stranger."""

    def page_of(who: str = "", **options: object) -> Page:
        context = open_context(**options)
        if who:
            enter(context, sessions[who])
        return context.new_page()

    return page_of


def tab_to(page: Page, selector: str) -> None:
    """Move the focus by the Tab key alone until it is there."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.locator(selector).evaluate_all("found => found.includes(document.activeElement)"):
            return
    pytest.fail(f"The Tab key does not lead to {selector}.")


def test_a_patient_reviews_by_keyboard_alone_and_all_figures_follow(page_of: Callable[..., Page]):
    stranger, patient = page_of(), page_of("patient")
    stranger.goto("/doctors/odile-ferrant/")
    expect(stranger.locator(".score-sum")).to_contain_text("too few for an average")

    patient.goto("/doctors/odile-ferrant/")
    tab_to(patient, "a:text-is('Write a review')")
    patient.keyboard.press("Enter")
    patient.wait_for_url("**/reviews/")
    tab_to(patient, "#id_rating input")
    # A group without a choice is entered at its first button; the arrows choose.
    for _ in range(3):
        patient.keyboard.press("ArrowRight")
    tab_to(patient, "#id_title")
    patient.keyboard.type("Clear, and no hurry")
    tab_to(patient, "#id_body")
    patient.keyboard.type("She said what she knows and what nobody knows, and let me think for a week.")
    tab_to(patient, "#id_own")
    patient.keyboard.press("Space")
    tab_to(patient, "button:text-is('Post review')")
    patient.keyboard.press("Enter")
    expect(patient.locator("article h3", has_text="Clear, and no hurry")).to_be_visible()
    review = DoctorReview.objects.get(title="Clear, and no hurry")
    assert patient.url.endswith(f"#review-{review.pk}")

    mean = f"{(10 + review.rating) / 3:.1f}"
    stranger.goto("/doctors/odile-ferrant/")
    expect(stranger.locator(".score-sum")).to_contain_text(mean)
    stranger.goto("/doctors/?place=Port+Alder")
    expect(stranger.locator(".item, .card", has_text="Odile Ferrant").first).to_contain_text(mean)
    stranger.goto(Answer.objects.get(headline="It fades in a year").question.get_absolute_url())
    expect(stranger.locator(".answer")).to_contain_text(mean)


def test_a_review_without_javascript_errors_first(page_of: Callable[..., Page]):
    page = page_of("other", java_script_enabled=False)
    page.goto("/doctors/odile-ferrant/reviews/")
    page.fill("#id_body", "I waited an hour.")
    page.get_by_role("button", name="Post review").click()
    expect(page.locator(".errors")).to_contain_text("Choose a rating from 1 to 5")
    expect(page.locator("#id_body")).to_have_value("I waited an hour.")

    page.locator("label", has_text="Fair").click()
    page.fill("#id_title", "A long wait")
    page.locator("#id_own").check()
    page.get_by_role("button", name="Post review").click()
    expect(page.locator("article", has_text="A long wait")).to_contain_text("I waited an hour.")

    page.locator("article", has_text="Took time to explain").first.locator(".helpful button").click()
    expect(page.locator("article", has_text="found this helpful")).to_have_count(1)


def test_the_guard_stops_a_bad_reply_with_words_that_help(page_of: Callable[..., Page]):
    page = page_of("doctor")
    page.context.watch.expects = 422
    page.goto("/desk/reviews/")
    page.get_by_role("link", name="Reply to the review").first.click()
    page.fill("#id_reply", "It was a pleasure treating you last spring.")
    page.get_by_role("button", name="Post reply").click()
    expect(page.locator(".errors")).to_be_focused()
    expect(page.locator("mark").first).to_be_visible()
    expect(page.locator("#id_reply")).to_have_value("It was a pleasure treating you last spring.")

    page.get_by_role("button", name="Use this wording (1)").click()
    expect(page.locator(".errors")).to_have_count(0)
    page.get_by_role("button", name="Post reply").click()
    expect(page.locator(".reply").first).to_contain_text("The law keeps us")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_of_reviews_is_sound(page_of: Callable[..., Page], scheme: str, width: int):
    options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    review = DoctorReview.objects.filter(doctor__slug="odile-ferrant").first().pk
    pages = {
        "": ["/doctors/odile-ferrant/", f"/doctors/reviews/{review}/history/"],
        "patient": ["/doctors/odile-ferrant/reviews/", "/doctors/reviews/", f"/report/review/{review}/"],
        "doctor": ["/desk/reviews/", f"/doctors/reviews/{review}/reply/", "/doctors/visit-codes/"],
    }
    faults = []
    for who, addresses in pages.items():
        page = page_of(who, **options)
        for place, address in enumerate(addresses):
            assert page.goto(address).status == 200, address
            faults += look(page, f"review-{who or 'stranger'}-{place}-{width}-{scheme}", scheme)
    page.get_by_role("button", name="Make a sheet").click()
    expect(page.locator(".slips li")).to_have_count(24)
    faults += look(page, f"review-codes-{width}-{scheme}", scheme)

    assert faults == []
