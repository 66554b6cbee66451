"""The signed mark of a visitor."""

import subprocess
import sys
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from accounts.visitors import COOKIE, Voter, mark_visitor, visitor_of, voter_of


def request_with(mark: str):
    request = RequestFactory().get("/")
    request.COOKIES[COOKIE] = mark
    return request


def mark_of(visitor: UUID) -> str:
    response = HttpResponse()
    mark_visitor(response, visitor)
    return response.cookies[COOKIE].value


def test_a_mark_is_read_as_it_was_given():
    visitor = uuid4()

    assert visitor_of(request_with(mark_of(visitor))) == visitor


@given(st.text(max_size=200))
def test_no_text_is_a_mark_by_chance(text: str):
    assert visitor_of(request_with(text)) is None


@given(place=st.integers(0, 200), letter=st.characters(min_codepoint=32, max_codepoint=126))
def test_a_mark_with_a_changed_letter_is_none(place: int, letter: str):
    mark = mark_of(UUID(int=2**127 + 12345))
    place %= len(mark)
    changed = mark[:place] + letter + mark[place + 1 :]

    assert visitor_of(request_with(changed)) is None or changed == mark


def test_a_mark_is_worth_nothing_under_another_secret_key():
    """Another process with another key, as after the key was replaced, takes the mark of this one for a stranger's."""
    script = (
        "import django; django.setup()\n"
        "from django.test import RequestFactory\n"
        "from accounts.visitors import visitor_of\n"
        f"request = RequestFactory().get('/'); request.COOKIES['visitor'] = {mark_of(uuid4())!r}\n"
        "print(visitor_of(request))"
    )
    environment = {
        "DJANGO_SETTINGS_MODULE": "qa_forum.settings",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "SECRET_KEY": "another-key-0123456789-abcdefghijklmnopqrstuvwxyz",
    }

    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "None"


def test_the_mark_is_sent_over_https_only_where_the_site_is_https(settings):
    settings.SESSION_COOKIE_SECURE = True
    response = HttpResponse()

    mark_visitor(response, uuid4())

    assert response.cookies[COOKIE]["secure"]


def test_a_stranger_is_no_voter_and_costs_no_query(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert voter_of(RequestFactory().get("/")) is None


@pytest.mark.parametrize("key", ["a" * 16, "0123456789abcdef" * 4])
def test_a_key_makes_the_same_visitor_each_time(key: str):
    assert Voter.new_visitor(key) == Voter.new_visitor(key)


def test_without_a_key_each_visitor_is_new():
    assert len({Voter.new_visitor() for _ in range(100)}) == 100


def test_the_kind_of_a_voter_goes_with_the_key():
    visitor = uuid4()

    assert Voter(user_id=7).kind_and_key == ("user", 7)
    assert Voter(visitor=visitor).kind_and_key == ("visitor", visitor)
