"""The structured data of real pages, held against what search engines document of it and against the page itself."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    DoctorReviewFactory,
    QuestionFactory,
    TopicFactory,
    UserFactory,
)
from tests.reading import Page
from tests.structured_data_rules import faults, unseen


@pytest.fixture
def pages(db) -> dict[str, str]:
    topic = TopicFactory(name="Skin", slug="skin", description="What shows on the skin.")
    doctor = DoctorFactory(name="Ada Lovelace", slug="ada", place="Port Alder", specialty__name="Dermatology")
    question = QuestionFactory(
        title="How long?", body_html="<p>Two days &amp; more.</p>", topics=[topic], asker=UserFactory(pen_name="sunny")
    )
    AnswerFactory(question=question, doctor=doctor, headline="A week", body_html="<p>Rest.</p><ul><li>Sleep</li></ul>")
    AnswerFactory(question=question, headline="Soon", imported_upvote_count=3)
    for rating in (5, 4, 4):
        DoctorReviewFactory(doctor=doctor, rating=rating)
    return {
        "QAPage": question.get_absolute_url(),
        "Physician": "/doctors/ada/",
        "CollectionPage": "/topics/skin/",
        "WebSite": "/",
    }


@pytest.mark.parametrize("kind", ["QAPage", "Physician", "CollectionPage", "WebSite"])
def test_a_page_keeps_every_rule_and_tells_machines_what_people_see(client: Client, pages: dict[str, str], kind: str):
    page = Page(client.get(pages[kind]))

    (data,) = page.json_ld
    assert data["@type"] == kind
    assert faults(data, is_full=True) == []
    assert unseen(data, page) == []
    if "url" in data:
        assert page.all("link", rel="canonical")[0]["href"] == data["url"]


def test_counts_and_ratings_are_those_of_the_page(client: Client, pages: dict[str, str]):
    page = Page(client.get(pages["Physician"]))

    rating = page.json_ld[0]["aggregateRating"]
    assert f"{rating['ratingValue']} out of {rating['bestRating']}" in page
    assert f"{rating['reviewCount']} reviews" in page


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"@type": "Answer", "text": " "}, "Answer.text is ' '"),
        ({"@type": "Answer"}, "Answer.text is required"),
        ({"@type": "Answer", "text": "x", "upvoteCount": "4"}, "Answer.upvoteCount is '4'"),
        ({"@type": "Answer", "text": "x", "dateCreated": "2026-03-01T12:00:00"}, "Answer.dateCreated is"),
        ({"@type": "Question", "name": "x", "answerCount": 2}, "is not the number of its answers"),
        ({"@type": "Rating", "ratingValue": 7}, "Rating.ratingValue is 7"),
        ({"@type": "Doctor"}, "unknown type 'Doctor'"),
        ({"@type": "Person", "name": "x", "email": "y"}, "Person.email is not known"),
    ],
)
def test_the_rules_find_what_breaks_them(data: dict, said: str):
    assert said in " ".join(faults({"@context": "https://schema.org", **data}))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/questions/",
        "/topics/",
        "/doctors/",
        *(f"/about/{name}/" for name in ("votes", "rules", "privacy", "contact")),
    ],
)
def test_every_public_page_names_its_one_address(client: Client, address: str):
    (link,) = Page(client.get(address)).all("link", rel="canonical")

    assert link["href"] == f"http://localhost:8000{address}"


def others(client: Client, address: str) -> dict[str, str]:
    links = Page(client.get(address)).all("link", rel="alternate")
    return {link["hreflang"]: link["href"] for link in links if "hreflang" in link}


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/topics/", "/questions/?sort=active", "/about/rules/", "the question"])
def test_a_page_names_itself_in_other_languages_where_there_are_such_sites(client: Client, settings: Any, address: str):
    if address == "the question":
        address = AnswerFactory().question.get_absolute_url()
    assert not others(client, address)

    settings.ALTERNATE_SITES = {"de": "https://de.forum.example"}
    cache.clear()

    assert others(client, address) == {
        "en-gb": f"http://localhost:8000{address}",
        "de": f"https://de.forum.example{address}",
    }
