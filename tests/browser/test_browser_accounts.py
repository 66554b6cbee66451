"""Accounts in a real browser: joining by keyboard, passkeys of a device, and each page as it looks."""

import json

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from axe_playwright_python.base import AXE_SCRIPT
from django.core import mail
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from accounts.services import confirm_address, set_up_authenticator_app
from tests.browser.test_browser_pages import AXE_COLOURS, AXE_RUN, AXE_TAGS, OVERFLOW
from tests.browser.watch import enter, follow, keep
from tests.people import PASSWORD, code_in_last_mail, code_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db]


@pytest.fixture(scope="module")
def session(site: str, django_db_blocker: pytest.FixtureRequest) -> str:
    """The session of a patient with a second factor, who proved a moment ago who they are."""
    with django_db_blocker.unblock():
        person = User.objects.create_user("reed@mail.example", "reed_warbler", PASSWORD)
        confirm_address(user=person)
        phone = Client(
            SERVER_NAME="localhost",
            HTTP_USER_AGENT="Mozilla/5.0 (iPhone; like Mac OS X) Version/18.0 Mobile Safari/604.1",
        )
        client = Client(
            SERVER_NAME="localhost",
            HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        )
        phone.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
        secret = set_up_authenticator_app(user=person)
        RecoveryCodes.activate(person)
        client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
        client.post("/accounts/second-factor/sign-in/", {"code": code_of(secret)})
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        return client.cookies["sessionid"].value


@pytest.fixture(autouse=True)
def _post_office() -> None:
    """The server's thread posts into this test's own box."""
    mail.outbox = []


def type_and_go(page: Page, **typed: str) -> None:
    """Fill in a form by keyboard alone, from the top of the page, and send it with Enter."""
    for name, words in typed.items():
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.name") == name:
                break
        else:
            raise AssertionError(f"Tab never came to {name}")
        page.keyboard.type(words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.parametrize("has_scripts", [True, False])
def test_joining_by_keyboard_alone_with_javascript_and_without(page: Page, plain_page: Page, has_scripts: bool):
    page, name = (page, "with_scripts") if has_scripts else (plain_page, "without_scripts")
    page.goto("/")
    page.get_by_role("link", name="Sign in").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_role("link", name="Create an account").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")

    # First with mistakes: the summary has the focus, and its first link leads to the field.
    page.context.watch.expects = 422
    typed = {"pen_name": "two words", "email": f"{name}@mail.example", "password": "short", "birth_year": "1980"}
    type_and_go(page, **typed)
    expect(page.locator(".errors")).to_be_focused()
    assert page.title().startswith("Error: ")
    assert page.locator("#id_email").input_value() == f"{name}@mail.example"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#id_pen_name")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type(name)
    type_and_go(page, password=PASSWORD)
    expect(page.locator("h1")).to_have_text("Confirm your email")
    type_and_go(page, code=code_in_last_mail())

    expect(page.get_by_role("link", name="Your account")).to_be_visible()
    assert User.objects.filter(pen_name=name).exists()
    if has_scripts:
        assert page.context.watch.faults(page) == []


def device_of(context: BrowserContext, page: Page) -> None:
    """Give the browser a device that holds passkeys and confirms at once."""
    link = context.new_cdp_session(page)
    link.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    link.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_cannot_be_asked_for_before_its_script_is_there(page: Page):
    page.route("**/passkeys*.js", lambda route: route.abort())
    page.goto("/accounts/login/")
    expect(page.get_by_role("button", name="Use a passkey")).to_be_disabled()
    page.unroute("**/passkeys*.js")
    page.reload()
    expect(page.get_by_role("button", name="Use a passkey")).to_be_enabled()


def test_a_passkey_is_set_up_and_signs_in_alone(page: Page):
    device_of(page.context, page)
    join(page, "passkey_person")
    page.goto("/accounts/second-factor/")
    page.get_by_role("link", name="Set up a passkey").click()
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.fill("#id_name", "my phone")
    page.get_by_role("button", name="Set up passkey").click()
    page.wait_for_url("**/second-factor/codes/")
    page.get_by_role("link", name="I have them, go on").click()
    expect(page.locator("main")).to_contain_text("my phone")
    sign_out(page)

    # The passkey alone.
    page.goto("/accounts/login/?next=/topics/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/topics/")
    expect(page.get_by_role("link", name="Your account")).to_be_visible()
    sign_out(page)

    # The password, then the passkey.
    page.goto("/accounts/login/")
    page.fill("#id_login", "passkey_person@mail.example")
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/second-factor/sign-in/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("link", name="Your account")).to_be_visible()

    # And as a proof.
    page.goto("/accounts/passkeys/reauthenticate/?next=/accounts/second-factor/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/accounts/second-factor/")
    page.get_by_role("link", name="Remove my phone").click()
    page.get_by_role("button", name="Remove passkey").click()
    expect(page.get_by_role("link", name="Set up a passkey")).to_be_visible()
    assert page.context.watch.faults(page) == []


def test_a_device_that_has_no_passkey_is_told_in_words(page: Page):
    device_of(page.context, page)
    page.goto("/accounts/login/")
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new DOMException('', 'NotAllowedError')) }")

    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_text("Your device did not confirm a passkey")).to_be_visible()
    assert page.context.watch.faults(page) == []


def test_an_app_is_set_up_without_javascript(plain_page: Page):
    page = plain_page
    join(page, "app_person")
    page.goto("/accounts/second-factor/app/")
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Go on").click()
    keep(page, "account-set-up-app")
    secret = page.locator("code.key").inner_text()
    page.fill("#id_code", code_of(secret))
    follow(page.get_by_role("button", name="Set up app"))
    codes = page.locator("code.key").all_inner_texts()
    assert len(codes) == 10
    sign_out(page)

    page.goto("/accounts/login/")
    page.fill("#id_login", "app_person@mail.example")
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.fill("#id_code", codes[0])
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page.get_by_role("link", name="Your account")).to_be_visible()


def join(page: Page, name: str) -> None:
    page.goto("/accounts/signup/")
    typed = {"pen_name": name, "email": f"{name}@mail.example", "password": PASSWORD, "birth_year": "1980"}
    for field, words in typed.items():
        page.fill(f"#id_{field}", words)
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/accounts/signup/code/")
    page.fill("#id_code", code_in_last_mail())
    page.get_by_role("button", name="Confirm email").click()
    expect(page.get_by_role("link", name="Your account")).to_be_visible()


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


STRANGERS = ["login", "signup", "password/reset", "inactive"]
OWN = [
    "",
    "email",
    "password/change",
    "sessions",
    "second-factor",
    "second-factor/codes",
    "second-factor/codes/new",
    "second-factor/app/remove",
    "second-factor/reauthenticate",
    "reauthenticate",
    "passkeys/add",
    "logout",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_of_accounts_is_sound(open_context, session: str, scheme: str, width: int):
    """No overflow, no fault that axe finds, nothing blocked, each with one heading; kept as pictures where asked."""
    stranger = open_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    owner = open_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    enter(owner, session)
    faults = []
    for context, addresses in ((stranger, STRANGERS), (owner, OWN)):
        page = context.new_page()
        for name in addresses:
            assert page.goto(f"/accounts/{name}/".replace("//", "/")).status == 200, name
            faults += look(page, f"account-{name.replace('/', '-') or 'home'}-{width}-{scheme}", scheme)
        context.watch.expects = 422
    page = stranger.pages[0]
    page.goto("/accounts/signup/")
    page.fill("#id_pen_name", "reed_warbler")
    page.get_by_role("button", name="Create account").click()
    expect(page.locator(".errors")).to_be_focused()
    faults += look(page, f"account-signup-errors-{width}-{scheme}", scheme)
    page.goto("/accounts/password/reset/")
    page.fill("#id_email", "nobody@mail.example")
    page.get_by_role("button", name="Send a code").click()
    page.wait_for_url("**/reset/code/")
    faults += look(page, f"account-code-{width}-{scheme}", scheme)

    assert faults == []


def look(page: Page, name: str, scheme: str) -> list[str]:
    """Return what is wrong with the page that is open."""
    keep(page, name)
    page.evaluate(AXE_SCRIPT)
    what = {"type": "tag", "values": AXE_TAGS} if scheme == "light" else AXE_COLOURS
    found = page.evaluate(AXE_RUN, what)["violations"]
    faults = [f"{each['id']}: {json.dumps([node['html'][:120] for node in each['nodes']])}" for each in found]
    if page.locator("h1").count() != 1:
        faults.append("not one heading")
    return [f"{name}: {fault}" for fault in faults + page.evaluate(OVERFLOW) + page.context.watch.faults(page)]
