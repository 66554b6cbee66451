"""What machines ask for: sitemap, robots.txt, security.txt, health."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from questions.services import hide_question, restore_question
from tests.factories import AnswerFactory, DoctorFactory, DoctorReviewFactory, QuestionFactory, TopicFactory

pytestmark = pytest.mark.django_db


def locations(client: Client, section: str) -> list[str]:
    response = client.get(f"/sitemap-{section}.xml")
    assert response.status_code == 200
    return re.findall(r"<loc>(.*?)</loc>", response.getvalue().decode())


def test_the_index_names_a_map_of_each_section(client: Client):
    response = client.get("/sitemap.xml")

    assert response["Content-Type"] == "application/xml"
    assert re.findall(r"/(sitemap-\w+\.xml)<", response.content.decode()) == [
        f"sitemap-{section}.xml" for section in ("pages", "questions", "topics", "doctors")
    ]


def test_what_is_public_is_on_the_map_and_nothing_else(client: Client):
    busy = DoctorFactory()
    shown = AnswerFactory(doctor=busy, question=QuestionFactory(topics=[topic := TopicFactory()])).question
    QuestionFactory()
    QuestionFactory(state="held")
    TopicFactory()
    DoctorFactory(is_listed=False)

    assert locations(client, "questions") == [f"http://localhost:8000{shown.get_absolute_url()}"]
    assert locations(client, "topics") == [f"http://localhost:8000{topic.get_absolute_url()}"]
    assert locations(client, "doctors") == [f"http://localhost:8000{busy.get_absolute_url()}"]


def test_a_hidden_question_is_off_the_map_and_comes_back(client: Client):
    question = AnswerFactory(question=QuestionFactory(topics=[TopicFactory()])).question
    counts = []

    hide_question(question.pk, rule=1, reason="Why.", moderator=None)
    counts.append([len(locations(client, section)) for section in ("questions", "topics")])
    restore_question(question.pk, reason="Why.", moderator=None)
    counts.append([len(locations(client, section)) for section in ("questions", "topics")])

    assert counts == [[0, 0], [1, 1]]


def test_every_fixed_page_of_the_map_is_there(client: Client):
    found = locations(client, "pages")

    assert len(found) == 10
    assert {client.get(url.removeprefix("http://localhost:8000")).status_code for url in found} == {200}


def test_the_last_change_is_that_of_the_question(client: Client):
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    AnswerFactory(question=QuestionFactory(asked_at=noon), answered_at=noon)
    AnswerFactory(question=QuestionFactory(asked_at=None), answered_at=None)

    content = client.get("/sitemap-questions.xml").getvalue().decode()

    assert re.findall(r"<lastmod>(.*?)</lastmod>", content) == ["2026-03-01T12:00:00+00:00"]


def test_the_last_change_of_a_doctor_is_the_newest_answer_or_review(client: Client):
    days = {"ada": (3, 5), "berta": (6, 4), "cleo": (None, 2), "dora": (1, None)}
    for slug, (answered, reviewed) in days.items():
        doctor = DoctorFactory(slug=slug)
        AnswerFactory(doctor=doctor, answered_at=answered and datetime(2026, 3, answered, tzinfo=UTC))
        if reviewed:
            DoctorReviewFactory(doctor=doctor, written_at=datetime(2026, 3, reviewed, tzinfo=UTC))

    content = client.get("/sitemap-doctors.xml").getvalue().decode()
    index = client.get("/sitemap.xml").content.decode()

    found = re.findall(r"/doctors/(\w+)/</loc><lastmod>2026-03-0(\d)", content)
    assert found == [("ada", "5"), ("berta", "6"), ("cleo", "2"), ("dora", "1")]
    assert "sitemap-doctors.xml</loc><lastmod>2026-03-06" in index


def test_a_file_of_the_map_is_read_in_pieces(
    client: Client, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
):
    monkeypatch.setattr("questions.sitemaps.SIZE", 5)
    monkeypatch.setattr("questions.sitemaps.PIECE", 2)
    for key in (1, 2, 4, 5, 6):
        AnswerFactory(question=QuestionFactory(pk=key))

    with django_assert_num_queries(1):
        response = client.get("/sitemap-questions.xml")
    with django_assert_num_queries(3):
        content = response.getvalue().decode()

    assert re.findall(r"/questions/(\d+)/", content) == ["1", "2", "4", "5"]
    assert content.endswith("</urlset>\n")


def test_a_section_is_cut_by_keys_and_the_index_names_each_file_with_its_last_change(
    client: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("questions.sitemaps.SIZE", 2)
    keys = [1, 2, 3, 6]
    for key in keys:
        moment = datetime(2026, 3, key, 12, tzinfo=UTC)
        AnswerFactory(question=QuestionFactory(pk=key, asked_at=moment), answered_at=moment)

    index = client.get("/sitemap.xml").content.decode()
    files = re.findall(r"<loc>\S+/(sitemap-questions.xml\S*)</loc><lastmod>(\d+-\d+-\d+)", index)
    found = [
        re.findall(r"/questions/(\d+)/", client.get(f"/sitemap-questions.xml?p={number}").getvalue().decode())
        for number in (1, 2, 3)
    ]

    assert found == [["1", "2"], ["3"], ["6"]]
    assert files == [
        ("sitemap-questions.xml", "2026-03-02"),
        ("sitemap-questions.xml?p=2", "2026-03-03"),
        ("sitemap-questions.xml?p=3", "2026-03-06"),
    ]
    assert client.get("/sitemap-questions.xml?p=4").status_code == 404


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
