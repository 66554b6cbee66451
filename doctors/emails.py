"""The mails of this room. None names what somebody is called, or why: only that there is news, and where."""

from accounts.emails import send_mail
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
