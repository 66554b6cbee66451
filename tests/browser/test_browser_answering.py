"""From an application to an answer and its vote, in a real browser: by its form alone, without JavaScript, too."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from doctors.models import FACTS, Doctor, Verification
from questions.models import Answer, Question
from tests.browser.watch import enter
from tests.factories import DoctorFactory, UserFactory, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db]


@pytest.fixture(scope="module")
def sessions(site: str, django_db_blocker: pytest.FixtureRequest) -> dict[str, str]:
    """The sessions of an applicant and of the demo's two members of staff, each with a second factor."""
    with django_db_blocker.unblock():
        people = {
            "applicant": UserFactory(pen_name="new_doctor"),
            "moderator": User.objects.get(pen_name="demo_moderator"),
            "administrator": User.objects.get(pen_name="demo_admin"),
            "doctor": DoctorFactory(user=UserFactory(pen_name="at_desk")).user,
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


def test_the_header_of_a_doctor_has_one_line_of_links_on_a_phone(page_of: Callable[..., Page]):
    for width in (360, 390, 1280):
        heights = []
        for who in ("", "doctor"):
            page = page_of(who, viewport={"width": width, "height": 900})
            page.goto("/questions/")
            tops = {link.bounding_box()["y"] for link in page.locator(".nav li").all()}
            assert len(tops) == 1, (who, width)
            heights.append(page.locator(".top").bounding_box()["height"])
        assert page.get_by_role("link", name="My desk").is_visible()
        assert heights[0] == heights[1]


def test_the_preview_keeps_no_room_for_votes(page_of: Callable[..., Page]):
    question = Question.objects.visible().first()
    page = page_of("doctor")
    page.goto(f"/questions/{question.pk}/answers/")
    page.fill("#id_headline", "A week for most people")
    page.fill("#id_body", "Most swelling goes in a week.")
    page.get_by_label("None of these").check()
    page.get_by_role("button", name="Preview").click()

    answer, words = page.locator(".answer.is-preview"), page.locator(".answer-text")
    padding = answer.evaluate("box => parseFloat(getComputedStyle(box).paddingLeft)")
    assert words.bounding_box()["x"] - answer.bounding_box()["x"] <= padding + 2


STATED = {
    "name": "Orla Windermere-Holt",
    "credentials": "MD",
    "place": "Lowmoor",
    "practice": "Heron Street Skin Clinic",
    "languages": "English",
    "authority": "Alder Coast Medical Board",
    "number": "AC-90417",
    "npi": "1234567893",
}


def apply(page: Page) -> None:
    page.goto("/doctors/join/")
    page.goto("/doctors/application/")
    for name, words in STATED.items():
        page.fill(f"#id_{name}", words)
    page.select_option("#id_specialty", label="Dermatologist")
    page.locator("main form button[type=submit]").first.click()
    expect(page.get_by_text("Your application is sent")).to_be_visible()
    assert page.context.watch.faults(page) == []


def find_facts(page: Page, verification: Verification) -> None:
    page.goto(f"/admin/doctors/verification/{verification.pk}/change/")
    for kind, label in FACTS.items():
        page.check(f"#id_{kind}-holds")
        page.fill(f"#id_{kind}-source", "The register of the board")
        if kind == "licence":
            page.fill("#id_licence-licence_until", (date.today() + timedelta(days=300)).isoformat())
        with page.expect_navigation():
            page.get_by_role("button", name=f"Save: {label}").click()
        expect(page.get_by_text(f"{label}: saved.")).to_be_visible()


def approve(page: Page, verification: Verification, which: str) -> None:
    page.goto(f"/admin/doctors/verification/{verification.pk}/change/")
    with page.expect_navigation():
        page.get_by_role("button", name=f"Give the {which} approval").click()
    assert page.context.watch.faults(page) == []


@pytest.mark.parametrize("has_scripts", [True, False])
def test_from_the_application_to_an_answer_and_its_vote(page_of: Callable[..., Page], has_scripts: bool):
    options = {} if has_scripts else {"java_script_enabled": False}
    applicant = page_of("applicant", **options)
    question = Question.objects.visible().filter(title__icontains="radiofrequency", answer_count__gt=3).first()
    if has_scripts:
        apply(applicant)
        verification = Verification.objects.get(number=STATED["number"])
        staff = page_of("moderator")
        find_facts(staff, verification)
        approve(staff, verification, "first")
        expect(staff.get_by_text("somebody else gives the second")).to_be_visible()
        assert not Doctor.objects.filter(name=STATED["name"]).exists()
        approve(page_of("administrator"), verification, "second")
    else:
        # The same doctor answers another question by the forms alone.
        question = Question.objects.visible().filter(topics__fact_kinds__isnull=False).exclude(pk=question.pk).first()

    applicant.goto("/desk/")
    expect(applicant.get_by_role("heading", level=1)).to_be_visible()
    assert applicant.context.watch.faults(applicant) == []
    applicant.goto(question.get_absolute_url())
    applicant.get_by_role("link", name="Answer this question").click()
    applicant.fill("#id_headline", "Plan for four to five visits, then look again")
    applicant.fill("#id_body", "It **depends** on the scar.\n\n- deep ones need more\n- flat ones need less")
    applicant.check("#id_interest_3")
    spans = applicant.locator("input[name^=fact_][name$=_low]")
    if spans.count():
        spans.first.fill("4")
        applicant.locator("input[name^=fact_][name$=_high]").first.fill("5")
    applicant.get_by_role("button", name="Preview answer").click()
    expect(applicant.get_by_role("heading", level=1)).to_have_text("Look at your answer once more")
    expect(applicant.locator(".answer-text strong")).to_have_text("depends")
    assert applicant.context.watch.faults(applicant) == []
    applicant.get_by_role("button", name="Post answer").click()
    expect(applicant.get_by_text("Your answer is posted")).to_be_visible()

    answer = Answer.objects.get(question=question, doctor__name=STATED["name"])
    stranger = page_of(**options)
    stranger.goto(answer.get_absolute_url())
    expect(stranger.locator(f"#answer-{answer.pk} .seal")).to_be_visible()
    if spans.count():
        expect(stranger.locator(f".glance a[href='#answer-{answer.pk}']").first).to_be_visible()
    stranger.locator(f"#up-{answer.pk}").click()
    expect(stranger.locator(f"#score-{answer.pk}")).to_contain_text("+1")
    assert stranger.context.watch.faults(stranger) == []


def test_a_check_taken_back_empties_every_page_at_once(page_of: Callable[..., Page]):
    doctor = Doctor.objects.get(name=STATED["name"])
    answer = doctor.answers.order_by("pk").first()
    stranger = page_of()
    stranger.goto(answer.question.get_absolute_url())
    expect(stranger.locator(f"#answer-{answer.pk}")).to_be_visible()

    staff = page_of("moderator")
    staff.goto(f"/admin/doctors/verification/{doctor.verifications.get().pk}/change/")
    staff.select_option("#id_step", "revoke")
    staff.fill("#id_words", "The board took the licence back.")
    with staff.expect_navigation():
        staff.get_by_role("button", name="Do this").click()
    assert staff.context.watch.faults(staff) == []
    with staff.expect_navigation():
        staff.get_by_role("button", name="Revoke for good").click()

    stranger.reload()
    expect(stranger.locator(f"#answer-{answer.pk}")).to_have_count(0)
    stranger.goto(doctor.get_absolute_url())
    expect(stranger.get_by_text("We took this check back.")).to_be_visible()
    expect(stranger.get_by_text("No answers yet.")).to_be_visible()
    stranger.goto("/doctors/?sort=name")
    expect(stranger.get_by_text(doctor.title_name)).to_have_count(0)
