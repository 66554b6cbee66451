"""Atom feeds: what everybody may read, with its ids, dates and authors, and nothing else."""

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from questions.feeds import ENTRIES
from questions.services import hide_answer, hide_question
from tests.factories import AnswerFactory, DoctorFactory, QuestionFactory, TopicFactory, UserFactory
from tests.reading import Page

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHY = {"rule": 1, "reason": "Why.", "moderator": None}
FEEDS = ["/feeds/questions.atom", "/feeds/topics/skin.atom", "/feeds/doctors/ada.atom"]


@pytest.fixture
def answer():
    asker = UserFactory(pen_name="sunny_day", email="real.name@example.org")
    question = QuestionFactory(
        title="How long?", body="Two days ago.", body_html="<p>Two days ago.</p>", asker=asker, asked_at=NOON,
        topics=[TopicFactory(name="Skin", slug="skin")],
    )  # fmt: skip
    doctor = DoctorFactory(name="Ada Lovelace", slug="ada", credentials="MD, FACS")
    return AnswerFactory(
        question=question, doctor=doctor, headline="A week", body="Rest.", body_html="<p>Rest.</p>", answered_at=NOON
    )


def entries(client: Client, address: str) -> list[ET.Element]:
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
    root = ET.fromstring(response.content)
    # RFC 4287: a feed and each entry have exactly one id, title and updated; a feed links to itself.
    for element in (root, *root.findall(f"{ATOM}entry")):
        assert [len(element.findall(ATOM + name)) for name in ("id", "title", "updated")] == [1, 1, 1]
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    (own,) = [link for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert own.get("href") == f"http://localhost:8000{address}"
    return root.findall(f"{ATOM}entry")


def text(entry: ET.Element, path: str) -> str | None:
    return entry.findtext("/".join(ATOM + name for name in path.split("/")))


@pytest.mark.parametrize("address", FEEDS[:2])
def test_a_question_stands_under_its_pen_name_with_the_doctor_who_answered(client: Client, answer, address: str):
    (entry,) = entries(client, address)

    key = answer.question_id
    assert text(entry, "id") == f"http://localhost:8000/questions/{key}/"
    assert entry.find(f"{ATOM}link").get("href") == f"http://localhost:8000{answer.question.get_absolute_url()}"
    assert (text(entry, "title"), text(entry, "summary")) == ("How long?", "Two days ago.")
    assert (text(entry, "author/name"), text(entry, "contributor/name")) == ("sunny_day", "Dr Ada Lovelace, MD, FACS")
    assert text(entry, "published") == text(entry, "updated") == "2026-03-01T12:00:00+00:00"
    assert b"real.name" not in client.get(address).content


def test_an_answer_stands_under_its_doctor_with_credentials(client: Client, answer):
    (entry,) = entries(client, "/feeds/doctors/ada.atom")

    assert text(entry, "id") == f"http://localhost:8000/answers/{answer.pk}/"
    assert (text(entry, "title"), text(entry, "summary")) == ("A week", "Rest.")
    assert text(entry, "author/name") == "Dr Ada Lovelace, MD, FACS"
    assert text(entry, "author/uri") == "http://localhost:8000/doctors/ada/"


@pytest.mark.parametrize("address", FEEDS)
def test_a_hidden_question_leaves_every_feed_at_once(client: Client, answer, address: str):
    before = client.get(address)["ETag"]
    hide_question(answer.question_id, **WHY)

    response = client.get(address, headers={"if-none-match": before})

    assert response.status_code == 200
    assert entries(client, address) == []


def test_a_hidden_answer_leaves_its_doctors_feed_and_the_questions(client: Client, answer):
    hide_answer(answer.pk, **WHY)

    assert entries(client, "/feeds/doctors/ada.atom") == []
    (entry,) = entries(client, "/feeds/questions.atom")
    assert entry.find(f"{ATOM}contributor") is None


@pytest.mark.parametrize("address", FEEDS)
def test_who_has_the_newest_is_told_so_and_caches_may_keep_it(client: Client, answer, address: str):
    first = client.get(address)
    again = client.get(address, headers={"if-none-match": first["ETag"]})

    assert again.status_code == 304
    assert first["Cache-Control"] == "public, max-age=0, s-maxage=0, must-revalidate"


@pytest.mark.parametrize("address", FEEDS)
def test_a_feed_is_bounded_and_costs_as_many_queries_with_many_entries(
    client: Client, answer, address: str, django_assert_max_num_queries
):
    for _ in range(ENTRIES + 2):
        AnswerFactory(doctor=answer.doctor, question=QuestionFactory(topics=[*answer.question.topics.all()]))

    with django_assert_max_num_queries(12):
        assert len(entries(client, address)) == ENTRIES


@pytest.mark.parametrize(
    "words", ["\x01\x0b", "</title>&<![CDATA[", "\u202e\u0645\u0631\u062d\u0628\u0627", "\U0001f600\ufffe"]
)
def test_no_text_breaks_a_feed(client: Client, words: str):
    asker = UserFactory(pen_name="odd")
    doctor = DoctorFactory(slug="ada", name=f"Ada {words}", credentials=words)
    question = QuestionFactory(
        title=f"T {words}",
        body_html=f"<p>{words}</p>",
        asker=asker,
        topics=[TopicFactory(slug="skin", name=f"N{words}")],
    )
    AnswerFactory(question=question, doctor=doctor, headline=words)

    for address in FEEDS:
        assert len(entries(client, address)) == 1


@pytest.mark.parametrize("address", ["/feeds/topics/none.atom", "/feeds/doctors/none.atom", "/feeds/other.atom"])
def test_a_feed_of_nothing_is_not_found(client: Client, address: str):
    assert client.get(address).status_code == 404


def test_an_empty_site_has_a_feed_that_stays_the_same(client: Client):
    assert entries(client, "/feeds/questions.atom") == []
    assert b"<updated>1970-01-01T00:00:00+00:00</updated>" in client.get("/feeds/questions.atom").content


@pytest.mark.parametrize(
    ("page", "feed"),
    [("/", FEEDS[0]), ("/questions/", FEEDS[0]), ("/topics/skin/", FEEDS[1]), ("/doctors/ada/", FEEDS[2])],
)
def test_pages_lead_to_their_feed(client: Client, answer, page: str, feed: str):
    (link,) = Page(client.get(page)).all("link", rel="alternate", type="application/atom+xml")
    assert link["href"] == feed
