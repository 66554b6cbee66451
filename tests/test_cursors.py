"""Cursors of lists: what they carry comes back, and what nobody here made is refused."""

import base64
import json
from datetime import UTC, datetime

import pytest
from django.core.exceptions import BadRequest
from django.test import Client
from hypothesis import example, given
from hypothesis import strategies as st

from qa_forum.keyset import decode, encode
from tests.factories import DoctorFactory, QuestionFactory, TopicFactory

LISTS = [
    "/questions/?sort=newest",
    "/questions/?sort=active",
    "/questions/?sort=helpful",
    "/questions/?sort=unanswered",
    "/topics/?",
    "/topics/acne/?sort=newest",
    "/topics/acne/?sort=helpful",
    "/doctors/?sort=answers",
    "/doctors/?sort=rating",
    "/doctors/?sort=name",
    "/doctors/ada/?",
    "/doctors/ada/answers/?",
]


def cursor(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


BROKEN = {
    "rubbish": "rubbish!",
    "a blank": " ",
    "other letters": "\u0661\u0662\u0663",
    "a surrogate": "%ED%A0%80",
    "bytes": "%FF%FE",
    "one letter": "a",
    "not json": base64.urlsafe_b64encode(b"{").decode(),
    "not utf-8": base64.urlsafe_b64encode(b'["\xff", 1]').decode(),
    "nothing": cursor(None),
    "a number": cursor(5),
    "an empty list": cursor([]),
    "one value": cursor([1]),
    "three values": cursor([1, 2, 3]),
    "a dict": cursor({"a": 1, "b": 2}),
    "no value": cursor([None, 1]),
    "a nested value": cursor([[1], 1]),
    "truth": cursor([True, 1]),
    "a key of text": cursor(["a", "1"]),
    "a key of truth": cursor(["a", True]),
    "a broken key": cursor(["a", 1.5]),
    "a negative key": cursor(["a", -1]),
    "a huge key": cursor(["a", 2**63]),
    "a number that is none": base64.urlsafe_b64encode(b"[NaN, 1]").decode(),
    "no end": base64.urlsafe_b64encode(b"[Infinity, 1]").decode(),
    "too big a number": base64.urlsafe_b64encode(b"[1e999, 1]").decode(),
    "very many digits": base64.urlsafe_b64encode(b"[" + b"9" * 1400 + b", 1]").decode(),
    "a deep list": base64.urlsafe_b64encode(b"[" * 1400).decode(),
    "too long": "A" * 20_000,
    "a NUL": cursor(["a\0b", 1]),
    "half a letter": base64.urlsafe_b64encode(b'["\\ud800", 1]').decode(),
}


@pytest.mark.django_db
@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_cursor_that_nobody_here_made_is_refused_on_every_list(client: Client, broken: str):
    TopicFactory(slug="acne")
    DoctorFactory(slug="ada")

    statuses = {
        f"{place}{way}": client.get(f"{place}&{way}={broken}").status_code
        for place in LISTS
        for way in ("after", "before")
    }

    assert set(statuses.values()) == {400}, statuses


@pytest.mark.django_db
@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_cursor_that_nobody_here_made_is_refused_by_the_search(client: Client, broken: str):
    QuestionFactory(title="acne")

    assert client.get(f"/search/?q=acne&after={broken}").status_code == 400


@pytest.mark.django_db
def test_a_cursor_of_another_order_is_refused(client: Client):
    wrong = {
        "/questions/?sort=newest": [1, "a", 0.5],
        "/questions/?sort=helpful": ["a", "2026-03-01T12:00:00+00:00"],
        "/doctors/?sort=name": [1, 0.5],
        "/doctors/?sort=answers": ["a", 0.5, 2**63, -(2**64)],
        "/doctors/?sort=rating": ["a", 1e300, 10**400],
        "/questions/?sort=active": [
            "2026-03-01",
            "2026-03-01T12:00:00",
            "12:00",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
            "2026-02-30T12:00:00Z",
        ],
    }

    statuses = [
        client.get(place, {"sort": place.partition("=")[2], "after": cursor([value, 1])}).status_code
        for place, values in wrong.items()
        for value in values
    ]

    assert set(statuses) == {400}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("/questions/?sort=newest", "0001-01-01T00:00:00+00:00"),
        ("/questions/?sort=newest", "9999-12-31T23:59:59.999999+00:00"),
        ("/questions/?sort=unanswered", "9999-12-31T23:59:59.999999+00:00"),
        ("/questions/?sort=helpful", -1e299),
        ("/questions/?sort=helpful", 0),
        ("/doctors/?sort=answers", 2**63 - 1),
        ("/doctors/?sort=answers", -(2**63)),
        ("/doctors/?sort=rating", 1e299),
        ("/doctors/?sort=name", ""),
        ("/doctors/?sort=name", "\U0001f600" * 100),
        ("/topics/?", "\u202e"),
    ],
)
def test_a_cursor_past_every_row_is_an_empty_page_or_a_full_one(client: Client, place: str, value: object):
    """Nobody is told off for a row that was deleted."""
    for way in ("after", "before"):
        for key in (0, 2**63 - 1):
            assert client.get(f"{place}&{way}={cursor([value, key])}").status_code == 200


@pytest.mark.django_db
def test_both_cursors_at_once_are_one_of_them(client: Client):
    QuestionFactory()
    somewhere = cursor(["2026-03-01T12:00:00+00:00", 1])

    assert client.get(f"/questions/?after={somewhere}&before={somewhere}").status_code == 200


@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**63 - 1))
def test_a_whole_number_comes_back(value: int, key: int):
    assert decode(encode(value, key), int) == (value, key)


@given(st.floats(-1e299, 1e299), st.integers(0, 2**63 - 1))
@example(0.1 + 0.2, 1)
def test_a_fraction_comes_back_to_the_last_bit(value: float, key: int):
    assert decode(encode(value, key), float) == (value, key)


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=100), st.integers(0, 2**63 - 1)
)
def test_a_text_comes_back(value: str, key: int):
    assert decode(encode(value, key), str) == (value, key)


@given(st.datetimes(timezones=st.just(UTC)), st.integers(0, 2**63 - 1))
def test_a_moment_comes_back_to_the_microsecond(value: datetime, key: int):
    assert decode(encode(value, key), datetime) == (value, key)


@given(st.text(max_size=300) | st.binary(max_size=200).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_any_other_text_is_refused_in_one_way(text: str):
    for kind in (int, float, str, datetime):
        with pytest.raises(BadRequest):
            decode(text, kind)
