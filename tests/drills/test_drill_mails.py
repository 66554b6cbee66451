"""The worker killed 50 times among 1,000 mails, before a mail server that puts off, refuses and hangs up."""

import pytest

from tests.drills.killing import kill_among_mails

pytestmark = [pytest.mark.drill, pytest.mark.django_db(transaction=True)]


def test_a_worker_that_is_killed_loses_no_mail():
    outcome = kill_among_mails(mails=1000, kills=50, seed=1, patience=900)

    print(f"\nmails: {outcome}")
    assert outcome.kills == 50
    assert outcome.lost == 0
    assert outcome.doubles <= outcome.kills
