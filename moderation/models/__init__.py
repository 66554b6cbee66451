"""What may be seen and why. Knows none of the rooms above it."""

from moderation.models.auditing import AuditEntry
from moderation.models.casework import CLAIM_HOLDS, NOTE_LENGTH, Case, Report
from moderation.models.deciding import APPEAL_LENGTH, APPEAL_WITHIN, Appeal, Decision, Moderated
from moderation.models.learning import BayesFilter, BayesToken
from moderation.models.numbers import MonthOfNumbers
from moderation.models.people import HiddenThing, Hiding, Hold, Sanction
from moderation.models.screen import ScreenRule, ScreenWords

__all__ = [
    "APPEAL_LENGTH",
    "APPEAL_WITHIN",
    "CLAIM_HOLDS",
    "NOTE_LENGTH",
    "Appeal",
    "AuditEntry",
    "BayesFilter",
    "BayesToken",
    "Case",
    "Decision",
    "HiddenThing",
    "Hiding",
    "Hold",
    "Moderated",
    "MonthOfNumbers",
    "Report",
    "Sanction",
    "ScreenRule",
    "ScreenWords",
]
