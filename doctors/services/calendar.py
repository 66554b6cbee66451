"""What the calendar changes: licences that end, and reminders before they do."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from doctors import emails
from doctors.models import Doctor, LicenceCheck, LicenceReminder, Verification, today
from doctors.services.verification import lapse

# So many days before a licence ends its doctor is reminded.
REMINDED_BEFORE = (60, 30, 7)


def lapse_licences() -> None:
    """Note each check that ran out as lapsed, and let each doctor stand whose check begins by now. Safe to repeat.

    Readers need none of it to see the truth, since `visible()` asks the date; but counters follow writes alone.
    """
    approved = Verification.objects.filter(state=Verification.State.APPROVED, doctor__valid_until__lte=today())
    for key in list(approved.order_by("pk").values_list("pk", flat=True)):
        lapse(key)
    begun = Doctor.objects.filter(valid_until__lte=today(), verifications__state=Verification.State.APPROVED)
    begun.update(valid_until=F("valid_until"))


def remind_of_licences() -> None:
    """Write to each doctor whose check ends in 60, 30 or 7 days or sooner, once for each of these."""
    day = timezone.localdate()
    soon = LicenceCheck.objects.valid().filter(
        doctor__verifications__state=Verification.State.APPROVED,
        # A renewed licence ends later than its check does.
        valid_during__endswith=F("doctor__valid_until"),
        valid_during__endswith__lte=day + timedelta(days=max(REMINDED_BEFORE)),
    )
    for check in soon.select_related("doctor__user").order_by("pk"):
        due = min(days for days in REMINDED_BEFORE if check.valid_during.upper <= day + timedelta(days=days))
        _remind(check, due)


@transaction.atomic
def _remind(check: LicenceCheck, days: int) -> None:
    # Whoever was told of the nearer day needs no word of the farther one.
    if check.reminders.filter(days__lte=days).exists():
        return
    LicenceReminder.objects.create(licence_check=check, days=days)
    if check.doctor.user:
        emails.send_reminder(check.doctor.user)
