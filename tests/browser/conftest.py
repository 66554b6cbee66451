"""A real browser on a real server: one worker drives it (``xdist_group``), and each module has the demo's content."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.conftest import find_chromium

# Nothing but the site is asked for anything, and nothing waits long.
QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
PATIENCE = 10_000
SCREENSHOTS = Path(__file__).parent.parent / "screenshots"

# Runs in every document before anything else of it.
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.effectiveDirective} blocked ${event.blockedURI || "inline"} at ${event.sourceFile}`);
});
"""


@dataclass
class Watch:
    """What a browser did and said, from its first page on."""

    origin: str
    requests: list[str] = field(default_factory=list)
    answers: list[tuple[int, str]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    # A page that answers 404 is an error line in the console by itself.
    expects: int = 200

    def follow(self, page: Page) -> None:
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        page.on("requestfailed", lambda request: self.complaints.append(f"failed: {request.url}"))

    def _hear(self, kind: str, text: str) -> None:
        is_expected = f"status of {self.expects}" in text
        if kind in ("error", "warning") and not is_expected:
            self.complaints.append(f"{kind}: {text}")

    def strangers(self) -> list[str]:
        """Return the addresses that were asked for outside the site."""
        return [url for url in self.requests if not url.startswith((f"{self.origin}/", "data:", "about:"))]

    def faults(self, *pages: Page) -> list[str]:
        """Return everything that no page of ours may cause."""
        blocked = [line for page in pages for line in page.evaluate("window.violations")]
        missing = [f"{status} {url}" for status, url in self.answers if status >= 400 and status != self.expects]
        return self.complaints + blocked + missing + [f"left the site: {url}" for url in self.strangers()]


def watched_context(browser: Browser, site: str, **options: object) -> BrowserContext:
    """Return a new visitor's browser: no cookie, an empty cache, and a ``watch`` over all that it does."""
    options = {"base_url": site, "viewport": {"width": 1280, "height": 900}, **options}
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE)
    context.add_init_script(WATCH)
    context.watch = watch = Watch(site)
    context.on("request", lambda request: watch.requests.append(request.url))
    context.on("response", lambda response: watch.answers.append((response.status, response.url)))
    context.on("page", watch.follow)
    return context


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Debian's Chromium; where it is missing and no skip came before (in CI), that is a failure."""
    path = find_chromium()
    if path is None:
        pytest.fail("Chromium is missing: apt-get install -y chromium")
    browser = playwright.chromium.launch(executable_path=path, args=QUIET)
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
