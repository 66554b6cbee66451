"""What a newcomer types into the search of the demo finds the right page first, misspelt and in lay words."""

import pytest
from django.db import transaction
from django.test import Client

from questions.search import search
from tests.reading import Page
from voting.demo import Demo

pytestmark = pytest.mark.django_db

# What a newcomer types, misspelt or in lay words, and what the title of the right page has.
TYPED = {
    "how many radiofrequncy sesions for deep acne scars": "radiofrequency sessions",
    "can i breastfeed and treat acne scarrs": "breastfeeding",
    "my babby scratches at nite until it bleeds": "My baby scratches",
    "when can i drive again after keyhole operation on my meniscus": "keyhole meniscus",
    "swolen cheek and fever after an old dental crown": "My cheek has swollen",
    "droopy eyelid and headache": "My left eyelid dropped",
    "forgot my invisaline trays do i start agian": "I left my trays",
    "exzema and swimming at school": "school swimming",
    "calf swollen and warm after knee replacement": "Twelve days after knee surgery",
    "how do i keep a scar small after stiches": "stitches in his chin",
}


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """The demo's content, once for all tests here."""
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        Demo().write()
        yield
        transaction.set_rollback(True)
        outer.__exit__(None, None, None)


@pytest.mark.parametrize(("typed", "title"), TYPED.items())
def test_a_newcomer_finds_the_right_page_first(demo: None, typed: str, title: str):
    assert title in search(typed).hits[0].question.title


def test_the_page_says_what_it_searched_for_instead(demo: None):
    page = Page(Client().get("/search/", {"q": "radiofrequncy sesions"}))

    assert "Results for “radiofrequency sessions”" in page
    assert "Search for “radiofrequncy sesions” instead" in page
    assert any("exact=1" in link for link in page.links())
