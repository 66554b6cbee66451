"""The long form of the search for vote rings: worlds that it was not tuned on. Ends in its figures."""

import pytest

from bench.rings import outcomes, ring_table

# Tuned on 1 to 20.
SEEDS = range(101, 121)


pytestmark = [pytest.mark.drill, pytest.mark.django_db]


def test_in_twenty_new_worlds_attacks_are_caught_and_honest_people_left_alone():
    judged = outcomes(SEEDS)
    table = ring_table(judged)

    print(f"\nseeds {SEEDS[0]} to {SEEDS[-1]}, 5,000 voters each\n\n{table}")
    assert "not met" not in table
