"""Limits under a crowd, again and again."""

from datetime import timedelta
from functools import partial

import pytest

from accounts.services import take
from tests.crowd import all_at_once

ROUNDS = 100


@pytest.mark.drill
@pytest.mark.django_db(transaction=True)
def test_of_200_tries_at_once_exactly_10_pass_a_hundred_times_in_a_row():
    passed = []
    for n in range(ROUNDS):
        once = partial(take, scope="drill", who=f"crowd {n}", limit=10, window=timedelta(hours=1))
        passed.append(all_at_once([once] * 200).count(0))

    print(f"{ROUNDS} rounds of 200 tries: {min(passed)} to {max(passed)} passed")
    assert passed == [10] * ROUNDS
