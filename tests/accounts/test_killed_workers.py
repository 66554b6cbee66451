"""A worker that is killed in the middle loses nothing and repeats at most one mail. The long form is a drill."""

import pytest

from accounts.models import Mail
from tests.killing import run_drill

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("workers")]


def test_three_kills_among_sixty_mails():
    outcome = run_drill(mails=60, kills=3, seed=20, seconds=120)

    assert outcome.lost == []
    assert outcome.kills == 3
    assert 1 <= outcome.doubles <= outcome.kills
    assert outcome.sent + outcome.parked == Mail.objects.count() == 60
    assert len(outcome.faults) >= 3, "The server had too few moods to prove anything."
