"""The worker as a process of its own: real tasks, a real mail server, real kills. The long form is a drill."""

import pytest

from tests.drills.killing import kill_among_mails

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_worker_that_is_killed_loses_no_mail():
    outcome = kill_among_mails(mails=60, kills=3, seed=7, patience=120)

    assert outcome.kills == 3, outcome
    assert outcome.lost == 0, outcome
    assert outcome.doubles <= outcome.kills, outcome
    assert outcome.set_aside == outcome.answers.get("5xx", 0)
