"""The long form of killing workers among mails: `make drill`. It ends in its figures."""

import pytest

from accounts.models import Mail
from tests.killing import run_drill

MAILS, KILLS = 1000, 50
SECONDS = 1200

pytestmark = [pytest.mark.drill, pytest.mark.django_db(transaction=True)]


def test_fifty_kills_among_a_thousand_mails():
    outcome = run_drill(mails=MAILS, kills=KILLS, seed=7, seconds=SECONDS)

    assert outcome.lost == []
    assert outcome.kills == KILLS
    assert outcome.doubles <= outcome.kills
    assert outcome.sent + outcome.parked == Mail.objects.count() == MAILS
    faults = ", ".join(f"{count} × {fault}" for fault, count in sorted(outcome.faults.items()))
    print(
        f"\nmail: {outcome.kills} kills among {MAILS} mails in {outcome.seconds:.0f} s: {outcome.sent} sent, "
        f"{outcome.parked} refused for good and parked, 0 lost, {outcome.doubles} doubles; the server: {faults}"
    )
