"""Who answers, what was checked about them, what patients say of them."""

from doctors.models.checking import (
    FACTS,
    MOST_DOCUMENTS,
    CheckedFact,
    Document,
    LicenceCheck,
    LicenceReminder,
    Verification,
    VerificationEvent,
)
from doctors.models.profile import (
    FOREVER,
    NEVER,
    PHANTOM_RATING,
    PHANTOM_REVIEWS,
    RESERVED_SLUGS,
    REVIEWS_FOR_AN_AVERAGE,
    STARS,
    CredentialPeriod,
    Doctor,
    Specialty,
    one_at_a_time,
    today,
)
from doctors.models.reviews import DoctorReview

__all__ = [
    "FACTS",
    "FOREVER",
    "MOST_DOCUMENTS",
    "NEVER",
    "PHANTOM_RATING",
    "PHANTOM_REVIEWS",
    "RESERVED_SLUGS",
    "REVIEWS_FOR_AN_AVERAGE",
    "STARS",
    "CheckedFact",
    "CredentialPeriod",
    "Doctor",
    "DoctorReview",
    "Document",
    "LicenceCheck",
    "LicenceReminder",
    "Specialty",
    "Verification",
    "VerificationEvent",
    "one_at_a_time",
    "today",
]
