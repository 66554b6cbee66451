"""Every page, as a reader's browser meets it: in light and dark, on a telephone and on a desk."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from unittest.mock import patch
from uuid import uuid4

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.db import OperationalError
from django.test import Client, override_settings
from playwright.sync_api import Browser, Page, Response

from accounts.models import User
from doctors.models import Doctor
from questions.bodies import render
from questions.models import Answer, AnswerDraft, Decline, HowOften, Inquiry, Question, Topic
from questions.services import (
    Asked,
    decline,
    edit_question,
    follow,
    hide_question,
    inquire,
    recall_topic,
    reply_to_inquiry,
    save_draft,
)
from tests.browser.watch import Watch, keep, watched_context
from tests.factories import AnswerFactory, DoctorFactory, QuestionFactory, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db]

AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What can differ between light and dark.
AXE_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
AXE_RUN = "what => axe.run({runOnly: what, resultTypes: ['violations']})"
# 320 is a desk's 1280 at a zoom of 400 %, 640 at 200 %.
WIDTHS = (320, 390, 640, 1280)
LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (390, 1280)]

# What the browser laid out beside what it may: the sideways scroll, and what ends outside the window.
OVERFLOW = """() => {
  const {clientWidth: width, scrollWidth} = document.documentElement;
  const faults = scrollWidth > width ? [`scrolls to ${scrollWidth}`] : [];
  for (const element of document.querySelectorAll("main *, header *, footer *")) {
    const box = element.getBoundingClientRect();
    if (box.width > 1 && box.right > width + 1 && !element.closest("svg svg, .skip, .vh")) {
      faults.push(`${element.tagName}.${element.getAttribute("class")} ends at ${box.right}`);
    }
  }
  return faults;
}"""
FACTS = """() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const ids = all("[id]").map((each) => each.id);
  return {
    title: document.title,
    headings: all("h1").map((heading) => heading.innerText),
    language: document.documentElement.lang,
    icons: all("use").map((use) => use.getAttribute("href")),
    styles: [...document.styleSheets].map((sheet) => sheet.cssRules.length),
    repeated: ids.filter((id, at) => ids.indexOf(id) !== at),
    pictures: all("img").filter((picture) => !picture.naturalWidth).map((picture) => picture.src),
  };
}"""

LONG_WORD = "Pneumonoultramicroscopicsilicovolcanoconiosis" * 3
LONG_ADDRESS = "https://journal.example/" + "abstracts-of-everything-that-was-ever-written-" * 4


@dataclass
class Visit:
    """What was seen of one page."""

    status: int
    facts: dict
    watch: Watch
    faults: list[str]
    sideways: dict[int, list[str]] = field(default_factory=dict)
    breaches: list[str] = field(default_factory=list)


# --- How to come to each page ----------------------------------------------------------------------------

Open = Callable[[Page, str], Response | None]


def at(address: str) -> Open:
    return lambda page, site: page.goto(address)


def at_row(find: Callable[[], Question | Doctor | Topic]) -> Open:
    return lambda page, site: page.goto(find().get_absolute_url())


def send_from_elsewhere(page: Page, site: str, field: str) -> Response:
    """Send a form from a page that is not ours."""
    answer = Answer.objects.visible().first()
    page.goto("about:blank")
    page.set_content(f'<form method="post" action="{site}/answers/{answer.pk}/vote/">{field}<button>Go</button></form>')
    with page.expect_navigation() as navigation:
        page.click("button")
    return navigation.value


def vote_from_elsewhere(page: Page, site: str) -> Response:
    return send_from_elsewhere(page, site, '<input name="value" value="1">')


def vote_too_largely(page: Page, site: str) -> Response:
    return send_from_elsewhere(page, site, f"<textarea name=value>{'x' * 1_100_000}</textarea>")


def vote_too_often(page: Page, site: str) -> Response | None:
    """Vote twice by plain forms where one vote is too many."""
    first, second = Answer.objects.visible()[:2]
    with override_settings(VOTES_PER_NETWORK=1):
        for answer in (first, second):
            page.goto("/about/votes/")
            with page.expect_navigation() as navigation:
                page.evaluate(
                    """(address) => {
                        const form = Object.assign(document.createElement("form"), {method: "post", action: address});
                        form.append(Object.assign(document.createElement("input"), {name: "value", value: "1"}));
                        document.body.append(form);
                        form.submit();
                    }""",
                    f"/answers/{answer.pk}/vote/",
                )
    return navigation.value


def broken(error: Exception) -> Open:
    """Return the way to a page whose view fails."""

    def open_broken(page: Page, site: str) -> Response | None:
        with patch("questions.views.reading.search_questions", side_effect=error):
            return page.goto("/search/?q=scar")

    return open_broken


def every_element() -> Question:
    """Return the question with a hidden answer, facts, a doctor without reviews and a score below zero."""
    return Question.objects.get(answers__state="hidden")


def send(page: Page, button: str = "Post question") -> Response | None:
    """Press a button that leads to another page, and return that page's response."""
    with page.expect_navigation() as navigation:
        page.get_by_role("button", name=button).click()
    return navigation.value


def ask(**typed: str) -> Open:
    """Return the way through the form of a question, as a stranger who types this."""

    def open_asked(page: Page, site: str) -> Response | None:
        page.goto("/questions/ask/")
        for label, words in typed.items():
            page.locator(f"[name={label}]").fill(words)
        if "title" in typed:
            page.get_by_label("Aligners").check()
            page.get_by_label("I have left out names").check()
        return send(page)

    return open_asked


def ask_and_wait(page: Page, site: str) -> Response | None:
    """Ask as a stranger, up to the page that says that the question waits."""
    return ask(title="Is a blue tongue any reason to worry?", body="Since Monday.")(page, site)


def as_asker(find: Callable[[], str]) -> Open:
    """Return the way to a page as somebody who asked and follows things."""
    return as_person("quiet_harbour", find)


def as_person(pen_name: str, find: Callable[[], str], button: str = "") -> Open:
    """Return the way to a page as somebody who is signed in, and past it where a button is named."""

    def open_own(page: Page, site: str) -> Response | None:
        page.context.add_cookies([{"name": "sessionid", "value": SESSIONS[pen_name], "url": site}])
        response = page.goto(find())
        return send(page, button) if button else response

    return open_own


def as_doctor(find: Callable[[], str], button: str = "") -> Open:
    """Return the way to a page as the doctor of the demo."""
    return as_person("demo_doctor", find, button)


def unanswered(part: str) -> Callable[[], str]:
    """Return a page of a question that nobody answered or asked about."""
    return lambda: f"/questions/{Question.objects.visible().filter(answer_count=0, inquiries=None).first().pk}/{part}/"


def asked_back(is_replied: bool) -> Inquiry:
    return Inquiry.objects.get(replied_at__isnull=not is_replied)


def own(part: str) -> Callable[[], str]:
    return lambda: f"/questions/{Question.objects.filter(asker__pen_name='quiet_harbour').first().pk}/{part}/"


SESSIONS: dict[str, str] = {}


def next_page(page: Page, site: str) -> Response | None:
    page.goto("/questions/")
    with page.expect_navigation() as navigation:
        page.click("a[rel=next]")
    return navigation.value


PAGES: dict[str, tuple[int, Open]] = {
    "home": (200, at("/")),
    "list-newest": (200, at("/questions/")),
    "list-active": (200, at("/questions/?sort=active")),
    "list-helpful": (200, at("/questions/?sort=helpful")),
    "list-unanswered": (200, at("/questions/?sort=unanswered")),
    "list-second-page": (200, next_page),
    "list-filtered": (200, at("/questions/?topic=acne-scars&specialty=dermatologist")),
    "list-empty": (200, at("/questions/?topic=aligners&specialty=ophthalmologist")),
    "question": (200, at_row(every_element)),
    "question-oldest": (200, lambda page, site: page.goto(f"{every_element().get_absolute_url()}?sort=oldest#answers")),
    "question-unanswered": (200, at_row(lambda: Question.objects.visible().filter(answer_count=0).first())),
    "question-long-words": (200, at_row(lambda: Question.objects.get(title__contains=LONG_WORD[:40]))),
    "topics": (200, at("/topics/")),
    "topic": (200, at("/topics/acne-scars/")),
    "directory": (200, at("/doctors/")),
    "directory-filtered": (200, at("/doctors/?specialty=dermatologist&rating=4&sort=rating")),
    "directory-empty": (200, at("/doctors/?place=Atlantis")),
    "directory-speaks": (200, at("/doctors/?language=es&topic=acne-scars")),
    "doctor-answers": (200, at("/doctors/ines-valtari/answers/")),
    "doctor-answers-topic": (200, at("/doctors/ines-valtari/answers/?topic=acne-scars")),
    "api": (200, at("/api/v1/")),
    "profile": (200, at("/doctors/ines-valtari/")),
    "profile-two-stars": (200, at("/doctors/ines-valtari/?stars=2")),
    "profile-no-reviews": (200, at("/doctors/wen-halloway/")),
    "profile-too-few": (200, at("/doctors/yuna-ashgrove-petit/")),
    "profile-run-out": (200, at("/doctors/anselm-greywater/")),
    "profile-imported": (200, at("/doctors/lotte-varenholm/")),
    "profile-long-words": (200, at_row(lambda: Doctor.objects.get(name__contains=LONG_WORD[:40]))),
    "search-hits": (200, at("/search/?q=laser")),
    "search-mended": (200, at("/search/?q=lasser+treatmnet&answered=yes")),
    "search-none": (200, at("/search/?q=zeppelin")),
    "search-empty": (200, at("/search/")),
    "search-long-word": (200, at(f"/search/?q={LONG_WORD}")),
    "about-votes": (200, at("/about/votes/")),
    "about-doctors": (200, at("/about/doctors/")),
    "about-rules": (200, at("/about/rules/")),
    "about-numbers": (200, at("/about/numbers/")),
    "about-privacy": (200, at("/about/privacy/")),
    "about-accessibility": (200, at("/about/accessibility/")),
    "about-contact": (200, at("/about/contact/")),
    "ask": (200, at("/questions/ask/?topic=acne-scars")),
    "ask-errors": (422, ask()),
    "ask-similar": (200, ask(title="How many radiofrequency sessions for deep acne scars?", body="On both cheeks.")),
    "ask-emergency": (200, ask(title="I have crushing chest pain right now, what is it?", body="It began just now.")),
    "ask-desperate": (200, ask(title="I want to kill myself tonight and cannot stop", body="I have nobody.")),
    "ask-details": (
        200,
        ask(
            title="Is a blue tongue any reason to worry?", body="My name is Ellen Marsh, mail ellen.marsh@mail.example."
        ),
    ),
    "ask-join": (200, ask_and_wait),
    "ask-as-asker": (200, as_asker(lambda: "/questions/ask/")),
    "my-questions": (200, as_asker(lambda: "/questions/mine/")),
    "question-own": (
        200,
        as_asker(lambda: Question.objects.filter(asker__pen_name="quiet_harbour").first().get_absolute_url()),
    ),
    "question-edit": (200, as_asker(own("edit"))),
    "question-withdraw": (200, as_asker(own("withdraw"))),
    "question-history": (200, as_asker(own("history"))),
    "question-follow": (200, as_asker(own("follow"))),
    "topic-follow": (200, as_asker(lambda: "/topics/acne-scars/follow/")),
    "following": (200, as_asker(lambda: "/questions/following/")),
    "desk": (200, as_doctor(lambda: "/desk/")),
    "desk-none": (200, as_doctor(lambda: "/desk/?topic=aligners&answered=on")),
    "desk-waiting": (200, as_doctor(lambda: "/desk/waiting/")),
    "desk-drafts": (200, as_doctor(lambda: "/desk/drafts/")),
    "desk-answers": (200, as_doctor(lambda: "/desk/answers/")),
    "desk-reviews": (200, as_doctor(lambda: "/desk/reviews/")),
    "desk-choices": (200, as_doctor(lambda: "/desk/choices/")),
    "inquire": (200, as_doctor(unanswered("inquire"))),
    "inquire-errors": (422, as_doctor(unanswered("inquire"), "Ask the patient")),
    "inquire-held": (200, as_doctor(lambda: f"/questions/{asked_back(False).question_id}/inquire/")),
    "decline": (200, as_doctor(unanswered("decline"))),
    "decline-errors": (422, as_doctor(unanswered("decline"), "Send reason")),
    "question-as-doctor": (200, as_doctor(lambda: f"/questions/{asked_back(True).question_id}/")),
    "question-asked-back": (200, as_asker(lambda: f"/questions/{asked_back(False).question_id}/")),
    "reply": (200, as_asker(lambda: f"/inquiries/{asked_back(False).pk}/reply/")),
    "reply-errors": (
        422,
        as_person("quiet_harbour", lambda: f"/inquiries/{asked_back(False).pk}/reply/", "Send reply"),
    ),
    "400": (400, at("/questions/?after=nonsense")),
    "403": (403, vote_from_elsewhere),
    "404": (404, at("/nowhere/")),
    "405": (405, at("/answers/1/vote/")),
    "410": (410, at_row(lambda: Question.objects.get(state="hidden"))),
    "413": (413, vote_too_largely),
    "429": (429, vote_too_often),
    "500": (500, broken(RuntimeError("a fault on purpose"))),
    "503": (503, broken(OperationalError("the server closed the connection unexpectedly"))),
}


# --- Looking ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(site: str, django_db_blocker: pytest.FixtureRequest) -> str:
    """Add to the demo what it rightly has not: a removed question, and words that fit nowhere."""
    with django_db_blocker.unblock():
        moderator = User.objects.get(pen_name="demo_moderator")
        waiting = Question.objects.visible().filter(answer_count=0).last()
        hide_question(waiting.pk, rule=2, reason="It named a person.", moderator=moderator)
        body = f"{LONG_WORD} and {LONG_ADDRESS}"
        question = QuestionFactory(
            title=f"{LONG_WORD}?",
            slug="long",
            body=body,
            body_html=render(body, "text"),
            asker__pen_name="x" * 30,
            asked_at=datetime(2001, 1, 1, tzinfo=UTC),
        )
        doctor = DoctorFactory(name=f"Ada {LONG_WORD}", slug="long", credentials="MD" * 20, place=LONG_WORD[:100])
        markup = (
            f"<ul><li>{LONG_WORD}</li></ul><blockquote>{body}</blockquote><a href='{LONG_ADDRESS}'>{LONG_ADDRESS}</a>"
        )
        AnswerFactory(
            question=question,
            doctor=doctor,
            headline=LONG_WORD,
            body=markup,
            body_format="html",
            body_html=render(markup, "html"),
        )
        _write_asker()
        _write_desk()
    return site


def _write_desk() -> None:
    """Fill the desk of the demo's doctor: a reply, old and recalled answers, a draft; and ask a patient back."""
    doctor, colleague = Doctor.objects.get(user__pen_name="demo_doctor"), Doctor.objects.get(slug="sefa-winterbourne")
    eczema, asker = Topic.objects.get(slug="eczema"), User.objects.get(pen_name="quiet_harbour")
    questions = [QuestionFactory(asker=asker, topics=[eczema], title=f"{title}?", slug="x") for title in ("Dry", "Red")]
    replied = inquire(questions[0].pk, doctor=doctor, text=f"Since when? {LONG_WORD}")
    reply_to_inquiry(replied.pk, asker=asker, reply=f"Since spring. {LONG_ADDRESS}")
    inquire(questions[1].pk, doctor=colleague, text="Since when?")
    decline(questions[1].pk, doctor=doctor, reason=Decline.Reason.EXAMINATION)
    Answer.objects.filter(doctor=doctor, question__topics__slug="scars").update(
        confirmed_at=datetime(2020, 1, 1, tzinfo=UTC)
    )
    staff = User.objects.get(pen_name="demo_moderator")
    recall_topic(Topic.objects.get(slug="laser-treatment").pk, reason="A safety notice changed.", staff=staff)
    AnswerDraft.objects.create(doctor=doctor, question=questions[1])
    SESSIONS["demo_doctor"] = sign_in(Client(), doctor.user).cookies["sessionid"].value


def _write_asker() -> None:
    """Sign somebody in who has a draft, a changed question and something to follow."""
    asker = User.objects.get(pen_name="quiet_harbour")
    asked = Question.objects.filter(asker=asker).first()
    topics = list(asked.topics.all())
    words = Asked(asked.title, f"{asked.body} It has been so for a year.", topics, replies={})
    edit_question(asked.pk, editor=asker, asked=words, is_redaction=False)
    follow(user=asker, question=asked, how_often=HowOften.AT_ONCE)
    follow(user=asker, topic=topics[0], how_often=HowOften.WEEKLY)
    save_draft(key=uuid4(), user=asker, content={"title": "Half a question"})
    client = Client()
    sign_in(client, asker)
    SESSIONS["quiet_harbour"] = client.cookies["sessionid"].value


@pytest.fixture(scope="module")
def visit(browser: Browser, site: str) -> Callable[[str], Visit]:
    """Return a function that opens a page once, by its name, and remembers what was seen."""
    seen: dict[str, Visit] = {}

    def visit(name: str) -> Visit:
        if name not in seen:
            seen[name] = _look(browser, site, name)
        return seen[name]

    return visit


def _look(browser: Browser, site: str, name: str) -> Visit:
    status, open_page = PAGES[name]
    context = watched_context(browser, site)
    context.watch.expects = status
    page = context.new_page()
    response = open_page(page, site)
    page.wait_for_load_state()
    visit = Visit(response.status, page.evaluate(FACTS), context.watch, [])
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        visit.sideways[width] = page.evaluate(OVERFLOW)
    # Playwright speaks to the page from outside, so the site's own policy stays in force.
    page.evaluate(AXE_SCRIPT)
    for scheme, width in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        for breach in page.evaluate(AXE_RUN, AXE_TAGS if scheme == "light" else AXE_COLOURS)["violations"]:
            nodes = "; ".join(str(node["target"]) for node in breach["nodes"])
            visit.breaches.append(f"{scheme} {width}: {breach['id']} ({breach['help']}) at {nodes}")
        keep(page, f"{name}-{width}-{scheme}")
    visit.faults = context.watch.faults(page)
    context.close()
    return visit


every_page = pytest.mark.parametrize("name", PAGES)


@every_page
def test_the_page_answers_as_it_should(visit, name):
    assert visit(name).status == PAGES[name][0]


@every_page
def test_axe_finds_nothing(visit, name):
    assert visit(name).breaches == []


@every_page
def test_nothing_reaches_past_the_window(visit, name):
    assert {width: faults for width, faults in visit(name).sideways.items() if faults} == {}


@every_page
def test_the_browser_has_nothing_to_complain_of(visit, name):
    """No request leaves the site, nothing is missing or blocked by the policy, the console is silent."""
    assert visit(name).faults == []


@every_page
def test_the_page_has_a_title_one_heading_and_its_style(visit, name):
    facts = visit(name).facts

    assert len(facts["headings"]) == 1
    assert facts["headings"][0].strip()
    assert facts["title"].strip()
    assert facts["language"] == "en"
    assert facts["repeated"] == []
    assert facts["pictures"] == []
    assert facts["styles"][0] > 5


@every_page
def test_each_icon_is_in_the_sprite(visit, name):
    sprite = (settings.BASE_DIR / "static" / "icons.svg").read_text()
    names = {icon.partition("#")[2] for icon in visit(name).facts["icons"]}

    assert names <= set(re.findall(r'id="([a-z]+)"', sprite))


# The same page in another order, or a part of it.
VARIANTS = {
    *("ask-as-asker", "ask-similar", "ask-desperate", "topic-follow", "question-own"),
    "list-second-page",
    "question-oldest",
    "directory-filtered",
    "directory-empty",
    "directory-speaks",
    "profile-two-stars",
    "desk-none",
    "inquire-held",
}


def test_no_two_pages_share_a_title(visit):
    titles = {name: visit(name).facts["title"] for name in PAGES if name not in VARIANTS}
    shared = {name: title for name, title in titles.items() if list(titles.values()).count(title) > 1}

    assert shared == {}


# --- The checkers themselves -----------------------------------------------------------------------------


def test_axe_would_find_a_fault(page):
    page.goto("/")
    page.evaluate("document.querySelector('main').innerHTML = '<img src=/static/favicon.svg><a href=/></a>'")
    page.evaluate(AXE_SCRIPT)

    found = {breach["id"] for breach in page.evaluate(AXE_RUN, AXE_TAGS)["violations"]}

    assert {"image-alt", "link-name", "page-has-heading-one"} <= found


def test_the_watch_would_see_a_fault(page, site):
    page.goto("/")
    page.evaluate(
        """() => {
            document.body.insertAdjacentHTML("beforeend", '<p style="color: red"></p><img src="/nothing.png">');
            document.body.append(Object.assign(document.createElement("img"), {src: "https://elsewhere.example/x.png"}));
            return new Promise((done) => { document.images[0].onerror = () => done(); });
        }"""
    )

    faults = " ".join(page.context.watch.faults(page))

    assert "style-src-attr blocked" in faults
    assert "404" in faults
    assert "img-src blocked https://elsewhere.example/x.png" in faults
