"""Photos in a real browser: an asker adds one without JavaScript, a moderator releases it, and a stranger sees it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_browser_accounts import look
from tests.browser.watch import enter
from tests.factories import ModeratorFactory, QuestionFactory, UserFactory, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db]

WORDS = "Red patches on my forearm, third day"


@pytest.fixture(scope="module")
def world(site: str, django_db_blocker: pytest.FixtureRequest) -> dict[str, Any]:
    """The address of a question, and the sessions of its asker and of a moderator."""
    with django_db_blocker.unblock():
        question = QuestionFactory(title="What are these patches?", asker=UserFactory(pen_name="patchy_day"))
        people = {"asker": question.asker, "moderator": ModeratorFactory()}
        sessions = {who: sign_in(Client(), person).cookies["sessionid"].value for who, person in people.items()}
        return {"address": question.get_absolute_url(), "own": f"/questions/{question.pk}/photos/", **sessions}


@pytest.fixture
def page_of(open_context: Callable[..., BrowserContext], world: dict[str, Any]) -> Callable[..., Page]:
    """Return a function that opens a page for one of them, or for a stranger."""

    def page_of(who: str = "", **options: object) -> Page:
        context = open_context(**options)
        if who:
            enter(context, world[who])
        return context.new_page()

    return page_of


def test_a_photo_goes_from_its_asker_past_a_moderator_to_everybody(
    page_of: Callable[..., Page], world: dict[str, Any], tmp_path: Path
):
    Image.new("RGB", (900, 1200), (224, 180, 150)).save(tmp_path / "arm.jpg")
    (tmp_path / "arm.svg").write_text("<svg onload='alert(1)'/>")
    asker = page_of("asker", java_script_enabled=False)
    asker.goto(world["address"])
    asker.get_by_role("link", name="Add up to 3 photos").click()
    expect(asker.get_by_text("Everybody can see it once a moderator has released it")).to_be_visible()
    asker.get_by_label("Photo", exact=True).set_input_files(tmp_path / "arm.svg")
    asker.get_by_label("What the photo shows").fill(WORDS)
    asker.get_by_role("button", name="Add photo").click()
    expect(asker.locator(".errors")).to_contain_text("This is not a photo we can take")
    # The words are still there.
    asker.get_by_label("Photo", exact=True).set_input_files(tmp_path / "arm.jpg")
    asker.get_by_role("button", name="Add photo").click()
    expect(asker.get_by_text("The photo is saved.")).to_be_visible()

    stranger = page_of()
    stranger.goto(world["address"])
    expect(stranger.locator(".photos")).to_have_count(0)

    moderator = page_of("moderator")
    moderator.goto("/admin/moderation/case/?about=questions.questionphoto")
    moderator.locator(".staff-open").first.click()
    shown = moderator.locator("details img")
    assert shown.evaluate("async photo => { await photo.decode(); return photo.naturalWidth }") == 900
    moderator.locator("[name=action][value=publish]").check()
    moderator.get_by_role("button", name="Decide").click()
    expect(moderator.get_by_text("is decided.")).to_be_visible()

    stranger.reload()
    photo = stranger.locator(".photos img")
    expect(photo).to_be_hidden()
    assert not [url for url in stranger.context.watch.requests if "/photos/" in url]
    stranger.locator(".photos summary").press("Enter")
    expect(photo).to_be_visible()
    assert photo.evaluate("async photo => { await photo.decode(); return photo.naturalWidth }") == 900
    assert look(stranger, "photos-question", "light") == []

    own = page_of("asker")
    own.goto(world["own"])
    expect(own.get_by_text("everybody can see it", exact=True)).to_be_visible()
    assert look(own, "photos-own", "light") == []
    own.get_by_role("button", name="Remove for good").press("Enter")
    expect(own.get_by_text("The photo is removed.")).to_be_visible()
    stranger.reload()
    expect(stranger.locator(".photos")).to_have_count(0)
    assert stranger.context.watch.faults(stranger) == []
