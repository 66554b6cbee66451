"""What machines ask for: sitemap, robots.txt, security.txt, health."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from questions.services import hide_question, restore_question
from tests.factories import DoctorFactory, QuestionFactory, TopicFactory

pytestmark = pytest.mark.django_db


def locations(client: Client, section: str) -> list[str]:
    response = client.get(f"/sitemap-{section}.xml")
    assert response.status_code == 200
    return re.findall(r"<loc>(.*?)</loc>", response.content.decode())


def test_the_index_names_a_map_of_each_section(client: Client):
    response = client.get("/sitemap.xml")

    assert response["Content-Type"] == "application/xml"
    assert re.findall(r"/(sitemap-\w+\.xml)<", response.content.decode()) == [
        f"sitemap-{section}.xml" for section in ("pages", "questions", "topics", "doctors")
    ]


def test_what_is_public_is_on_the_map_and_nothing_else(client: Client):
    shown, busy = QuestionFactory(topics=[topic := TopicFactory()]), DoctorFactory()
    QuestionFactory(state="held")
    TopicFactory()
    DoctorFactory(is_listed=False)

    assert locations(client, "questions") == [f"http://testserver{shown.get_absolute_url()}"]
    assert locations(client, "topics") == [f"http://testserver{topic.get_absolute_url()}"]
    assert locations(client, "doctors") == [f"http://testserver{busy.get_absolute_url()}"]


def test_a_hidden_question_is_off_the_map_and_comes_back(client: Client):
    question = QuestionFactory(topics=[TopicFactory()])
    counts = []

    hide_question(question.pk, rule=1, reason="Why.", moderator=None)
    counts.append([len(locations(client, section)) for section in ("questions", "topics")])
    restore_question(question.pk, reason="Why.", moderator=None)
    counts.append([len(locations(client, section)) for section in ("questions", "topics")])

    assert counts == [[0, 0], [1, 1]]


def test_every_fixed_page_of_the_map_is_there(client: Client):
    found = locations(client, "pages")

    assert len(found) == 10
    assert {client.get(url.removeprefix("http://testserver")).status_code for url in found} == {200}


def test_the_last_change_is_that_of_the_question(client: Client):
    QuestionFactory(asked_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    QuestionFactory(asked_at=None)

    content = client.get("/sitemap-questions.xml").content.decode()

    assert re.findall(r"<lastmod>(.*?)</lastmod>", content) == ["2026-03-01"]


@pytest.mark.parametrize(
    "address",
    [
        "/sitemap-unknown.xml",
        "/sitemap-questions.xml?p=2",
        "/sitemap-questions.xml?p=abc",
        "/sitemap-questions.xml?p=-1",
        "/sitemap-questions.xml?p=" + "9" * 400,
        "/sitemap-.xml",
    ],
)
def test_a_map_that_is_none_is_not_found(client: Client, address: str):
    assert client.get(address).status_code == 404


def test_an_empty_site_has_maps_too(client: Client):
    assert locations(client, "questions") == []


def test_robots_may_read_all_but_accounts_admin_and_search(client: Client):
    response = client.get("/robots.txt")

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode().split("\n") == [
        "User-agent: *",
        "Disallow: /accounts/",
        "Disallow: /admin/",
        "Disallow: /search/",
        "",
        "Sitemap: http://localhost:8000/sitemap.xml",
        "",
    ]


def test_security_txt_names_a_contact_and_expires_within_a_year(client: Client):
    fields = dict(
        line.split(": ", 1) for line in client.get("/.well-known/security.txt").content.decode().strip().split("\n")
    )

    assert set(fields) == {"Contact", "Expires", "Preferred-Languages", "Canonical"}
    assert fields["Canonical"] == "http://localhost:8000/.well-known/security.txt"
    left = datetime.fromisoformat(fields["Expires"]) - timezone.now()
    assert timedelta(days=30) < left < timedelta(days=365)
    assert fields["Contact"].startswith(("http://", "https://", "mailto:"))


@pytest.mark.parametrize("address", ["/healthz/live", "/healthz/ready"])
def test_the_site_is_well(client: Client, address: str):
    response = client.get(address)

    assert (response.status_code, response.content, response["Cache-Control"]) == (200, b"ok\n", "no-store")


def test_being_alive_asks_no_database(client: Client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/healthz/live")
