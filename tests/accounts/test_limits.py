"""Limits that hold across workers: one atomic counter for each of those who try."""

from datetime import timedelta
from functools import partial

import pytest
from django.db.models import F

from accounts.models import Limit
from accounts.services import take
from tests.crowd import all_at_once

HOUR = timedelta(hours=1)


def try_once(who: str = "somebody", limit: int = 10, scope: str = "test", window: timedelta = HOUR) -> int:
    return take(scope=scope, who=who, limit=limit, window=window)


@pytest.mark.django_db(transaction=True)
def test_of_200_tries_at_once_exactly_10_pass():
    waits = all_at_once([partial(try_once, "a crowd")] * 200)

    assert [type(wait) for wait in waits] == [int] * 200
    assert sorted(waits)[:11] == [0] * 10 + [min(wait for wait in waits if wait)]
    assert Limit.objects.get().count == 200


@pytest.mark.django_db
def test_the_wait_counts_down_to_the_end_of_the_window():
    assert [try_once(limit=1), try_once(limit=1)] == [0, 3600]

    Limit.objects.update(resets_at=F("resets_at") - timedelta(minutes=59))

    assert try_once(limit=1) in (59, 60)


@pytest.mark.django_db
def test_a_window_that_is_over_starts_anew():
    for _ in range(3):
        try_once(limit=2)
    Limit.objects.update(resets_at=F("resets_at") - HOUR)

    assert [bool(try_once(limit=2)) for _ in range(3)] == [False, False, True]


@pytest.mark.django_db(transaction=True)
def test_when_a_window_ends_under_a_crowd_exactly_the_limit_passes_again():
    for _ in range(12):
        try_once()
    Limit.objects.update(resets_at=F("resets_at") - HOUR)

    waits = all_at_once([try_once] * 40)

    assert waits.count(0) == 10


@pytest.mark.django_db
def test_a_limit_that_was_passed_is_not_made_longer_by_further_tries():
    try_once(limit=1)
    before = Limit.objects.get().resets_at

    for _ in range(5):
        try_once(limit=1)

    assert Limit.objects.get().resets_at == before


@pytest.mark.django_db
def test_everybody_and_everything_has_a_limit_of_their_own():
    waits = [
        try_once("one", 1, "sign-in"),
        try_once("two", 1, "sign-in"),
        try_once("one", 1, "vote"),
        try_once("one", 1, "sign-in"),
    ]

    assert [bool(wait) for wait in waits] == [False, False, False, True]


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["", "a" * 100_000, "\0", "\U0001f600", "person@mail.example", "'; DROP TABLE x;--"])
def test_who_tries_is_stored_as_a_digest_only(who: str):
    assert try_once(who) == 0

    scope, digest = Limit.objects.get().key.split(":")
    assert (scope, len(digest)) == ("test", 64)


@pytest.mark.django_db
def test_a_limit_of_0_lets_nobody_pass():
    assert try_once(limit=0) == 3600


@pytest.mark.django_db
def test_a_try_sweeps_up_windows_that_are_long_over():
    try_once("old")
    Limit.objects.update(resets_at=F("resets_at") - 3 * HOUR)

    try_once("new")

    assert Limit.objects.count() == 1
