"""What of this room waits for staff."""

from doctors.models import Verification
from moderation.waiting import Waiting

APPLICATIONS = Waiting(
    one="doctor's application waits",
    many="doctors' applications wait",
    permission="doctors.view_verification",
    page="doctors_verification",
    chosen="?state__exact=applied",
    things=lambda: Verification.objects.filter(state=Verification.State.APPLIED),
)
