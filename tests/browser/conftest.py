"""A real browser on a real server: one worker drives it (``xdist_group``), and each module has the demo's content."""

from collections.abc import Callable, Iterator

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.browser.watch import PATIENCE, launch, watched_context


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = launch(playwright)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[str]:
    """Serve the demo's content and return the origin.

    A module shares one filling: a transactional test would empty the tables after each test. So the tests are marked
    with a plain ``django_db``: they see what the server commits, and what they write themselves stays unseen.
    """
    from voting.demo import Demo

    with django_db_blocker.unblock(), override_settings(ALLOWED_HOSTS=["localhost"]):
        # Without a test marked `django_db` there would be no test database, and this would empty a real one.
        assert connection.settings_dict["NAME"].startswith("test_")
        call_command("flush", interactive=False, verbosity=0)
        Demo().write()
        server = LiveServerThread("localhost", StaticFilesHandler, port=0)
        server.daemon = True
        server.start()
        server.is_ready.wait(10)
        if server.error:
            raise server.error
        yield f"http://localhost:{server.port}"
        server.terminate()
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture
def open_context(browser: Browser, site: str) -> Iterator[Callable[..., BrowserContext]]:
    """Return a function that opens a new visitor's browser."""
    contexts = []

    def open_context(**options: object) -> BrowserContext:
        contexts.append(watched_context(browser, site, **options))
        return contexts[-1]

    yield open_context
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_context: Callable[..., BrowserContext]) -> Page:
    """A new visitor's page, with JavaScript."""
    return open_context().new_page()


@pytest.fixture
def plain_page(open_context: Callable[..., BrowserContext]) -> Page:
    """A new visitor's page, with JavaScript off."""
    return open_context(java_script_enabled=False).new_page()
