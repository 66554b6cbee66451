"""The mails of this room. None names what somebody is called, or why: only that there is news, and where."""

from accounts.emails import send_mail
from accounts.models import User
from doctors.models import DoctorReview, Verification

KIND = "verification"
REVIEWS = "reviews"
REVIEW_REPLIES = "review_replies"


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


def send_new_review(review: DoctorReview) -> None:
    """Tell a doctor with an account that a review of them is shown: neither its stars nor its words."""
    if user := review.doctor.user:
        send_mail(to=user, template="doctors/mail/review", context={}, kind=REVIEWS, essential=False)


def send_changed_review(review: DoctorReview) -> None:
    """Tell a doctor that a review to which they replied says something else now."""
    if user := review.doctor.user:
        send_mail(to=user, template="doctors/mail/review_changed", context={}, kind=REVIEWS, essential=False)


def send_review_reply(review: DoctorReview) -> None:
    """Tell a patient that there is a reply to a review of theirs; not whose, for that says whom they saw."""
    send_mail(to=review.patient, template="doctors/mail/review_reply", context={}, kind=REVIEW_REPLIES, essential=False)
