"""Watching what a browser does and says."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, Request

from tests.conftest import find_chromium

# Nothing but the site is asked for anything, and nothing waits long.
QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
PATIENCE = 30_000
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
        page.on("requestfailed", self._note_failure)

    def _note_failure(self, request: Request) -> None:
        # Who types on or leaves has the page drop what it asked for.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.failure}: {request.url}")

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


def enter(context: BrowserContext, session: str) -> None:
    """Sign a browser in with a session that was opened before."""
    context.add_cookies([{"name": "sessionid", "value": session, "url": context.watch.origin}])


def launch(playwright: Playwright, **options: object) -> Browser:
    """Start Debian's Chromium; where it is missing and no skip came before (in CI), that is a failure."""
    path = find_chromium()
    if path is None:
        pytest.fail("Chromium is missing: apt-get install -y chromium")
    return playwright.chromium.launch(executable_path=path, args=QUIET, **options)


def keep(page: Page, name: str) -> None:
    """Keep the whole page as a picture where ``SCREENSHOTS=1`` asks for it: for eyes, no test compares them."""
    if os.environ.get("SCREENSHOTS"):
        page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def follow(control: Locator) -> None:
    """Click a link or a button and wait until the page it leads to is whole: what is read at once may miss its end."""
    with control.page.expect_navigation():
        control.click()
