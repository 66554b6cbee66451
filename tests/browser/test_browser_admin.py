"""The Django admin under the site's own strict policy: moderators work there."""

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from moderation.models import Decision
from questions.models import Answer, Question
from tests.browser.watch import enter
from tests.factories import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db]

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def session(site: str, django_db_blocker: pytest.FixtureRequest) -> str:
    """The session of a moderator who used a second factor."""
    with django_db_blocker.unblock():
        moderator = User.objects.create_superuser("moderator@mail.example", "moderator", PASSWORD)
        return sign_in(Client(), moderator).cookies["sessionid"].value


@pytest.fixture
def desk(page: Page, session: str) -> Page:
    """A moderator's page, signed in."""
    enter(page.context, session)
    page.goto("/admin/")
    return page


ADDRESSES = [
    "/admin/",
    "/admin/questions/question/",
    "/admin/questions/answer/",
    "/admin/questions/answer/add/",
    "/admin/questions/topic/",
    "/admin/questions/topic/add/",
    "/admin/questions/answerfact/add/",
    "/admin/doctors/doctor/",
    "/admin/doctors/doctor/add/",
    "/admin/doctors/doctorreview/",
    "/admin/doctors/licencecheck/",
    "/admin/moderation/decision/",
    "/admin/voting/answervote/",
    "/admin/accounts/user/",
    "/admin/accounts/user/add/",
]


def test_no_page_breaks_the_policy_or_leaves_the_site(desk):
    for address in ADDRESSES:
        assert desk.goto(address).status == 200, address
        assert desk.context.watch.faults(desk) == [], address


def test_a_question_is_found_and_changed(desk):
    question = Question.objects.visible().filter(title__contains="retinol").get()
    desk.goto("/admin/questions/question/")
    desk.locator("#searchbar").fill("retinol")
    desk.keyboard.press("Enter")
    desk.locator("#result_list").get_by_role("link", name=question.title).click()

    # The chooser of the asker is a script's: it asks the server and shows what fits.
    desk.locator(".field-asker .select2-selection").click()
    desk.locator(".select2-search__field").fill("oak")
    desk.locator(".select2-results__option", has_text="oak_ribbon").click()
    desk.locator("#id_title").fill("May I keep my retinol cream?")
    desk.get_by_role("button", name="Save", exact=True).click()

    expect(desk.locator(".messagelist .success")).to_contain_text("was changed successfully")
    question.refresh_from_db()
    assert question.title == "May I keep my retinol cream?"
    assert question.asker.pen_name == "oak_ribbon"
    assert desk.context.watch.faults(desk) == []


def test_an_answer_is_hidden_with_a_rule_and_a_reason(desk):
    answer = Answer.objects.visible().select_related("question").order_by("pk").last()
    desk.goto(f"/admin/questions/answer/?q={answer.pk}")
    desk.locator(f"input[name=_selected_action][value='{answer.pk}']").check()
    desk.locator("select[name=action]").select_option(label="Hide, with a rule and a reason")
    desk.locator("button[name=index]").click()

    desk.get_by_label("Rule").select_option(index=4)
    desk.get_by_label("Reason").fill("It offered a discount.")
    desk.get_by_role("button", name="Decide").click()

    expect(desk.locator(".messagelist .success")).to_contain_text("Decided on 1.")
    assert Decision.objects.latest("pk").reason == "It offered a discount."
    assert desk.context.watch.faults(desk) == []
    desk.goto(answer.question.get_absolute_url())
    expect(desk.locator(f"#answer-{answer.pk}")).to_contain_text("It offered a discount.")
    expect(desk.locator(f"#vote-{answer.pk}")).to_have_count(0)


def test_a_decision_without_a_reason_is_asked_for_again(desk):
    question = Question.objects.visible().order_by("pk").first()
    desk.goto(f"/admin/questions/question/?q={question.pk}")
    desk.locator(f"input[name=_selected_action][value='{question.pk}']").check()
    desk.locator("select[name=action]").select_option(label="Hide, with a rule and a reason")
    desk.locator("button[name=index]").click()
    desk.context.watch.expects = 422

    # By a locator, which waits for the page that the click leads to.
    desk.locator("form:has([name=decide])").evaluate("(form) => { form.noValidate = true; }")
    desk.get_by_role("button", name="Decide").click()

    expect(desk.locator(".errorlist").first).to_be_visible()
    assert Question.objects.get(pk=question.pk).state == question.state
    assert desk.context.watch.faults(desk) == []
