"""The mails of this room. None names what somebody is called, or why: only that there is news, and where."""

from accounts.emails import send_mail
from accounts.models import User
from doctors.models import Verification

KIND = "verification"


def send_state(verification: Verification) -> None:
    """Tell an applicant that their verification stands otherwise than before."""
    if verification.applicant is None or verification.state == Verification.State.APPLIED:
        return
    send_mail(
        to=verification.applicant,
        template="doctors/mail/state",
        context={"verification": verification},
        kind=KIND,
    )


def send_reminder(user: User) -> None:
    """Tell a doctor that the licence that was checked ends soon."""
    send_mail(to=user, template="doctors/mail/reminder", context={}, kind=KIND)
