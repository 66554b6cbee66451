"""What doctors change of their profile by themselves."""

from collections.abc import Sequence

from django.db import transaction

from doctors.models import Doctor
from doctors.services.reviews import lock_doctor


@transaction.atomic
def state_languages(doctor_id: int, *, names: Sequence[str]) -> Doctor:
    """State the languages that a doctor speaks with patients; their codes follow by a trigger. Safe to repeat."""
    doctor = lock_doctor(doctor_id)
    if doctor.languages != list(names):
        doctor.languages = list(names)
        doctor.save(update_fields=["languages"])
    return doctor
