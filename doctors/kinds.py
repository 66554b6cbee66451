"""What moderators decide on in this room: reviews and doctors; and which doctors judge what is unsafe."""

from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from doctors.models import Doctor, DoctorReview
from doctors.services import erase_review, lock_doctor, lock_review, tell_doctor
from moderation.models import Decision, Report
from moderation.registry import Described, Earlier, Kind
from moderation.states import Action, State

Reason = Report.Reason
# So many earlier wordings a moderator reads.
EDITS = 10


def _describe_review(review: DoctorReview) -> Described:
    # No stars: nobody decides by them.
    doctor = review.doctor
    treatment = [("Treatment", review.treatment)] if review.treatment else []
    reply = [("Reply", review.reply)] if review.reply else []
    return Described(
        title=review.title,
        texts=[("Review", review.body), *treatment, *reply],
        author=review.patient.pen_name,
        address=review.get_absolute_url(),
        names=[*_names_of(doctor), review.patient.pen_name],
        beside=doctor.title_name,
    )


def _many_reviews() -> QuerySet:
    return DoctorReview.objects.select_related("doctor__user", "patient")


def _many_doctors() -> QuerySet:
    return Doctor.objects.select_related("user")


def _review_edits(review: DoctorReview) -> list[Earlier]:
    # Its stars from before are nobody's business here, as those of now.
    edits = review.edits.order_by("-edited_at", "-pk")[:EDITS]
    return [Earlier(each.edited_at, "\n".join(filter(None, (each.title, each.body, each.treatment)))) for each in edits]


def _describe_doctor(doctor: Doctor) -> Described:
    texts = [
        ("Credentials", doctor.credentials),
        ("Place", doctor.place),
        ("Practice", doctor.practice),
        ("Interests stated", doctor.interests_stated),
    ]
    return Described(
        title=doctor.title_name,
        texts=[(label, text) for label, text in texts if text],
        author=doctor.title_name,
        address=doctor.get_absolute_url(),
        names=_names_of(doctor),
    )


def _names_of(doctor: Doctor) -> list[str]:
    return [doctor.name, doctor.title_name, doctor.short_name, *doctor.name.split()[-1:], doctor.practice]


def _patient(review: DoctorReview) -> User | None:
    return review.patient


def _owner(doctor: Doctor) -> User | None:
    return doctor.user


def _is_public_review(review: DoctorReview) -> bool:
    return review.is_visible


def _is_listed(doctor: Doctor) -> bool:
    return doctor.is_listed


def _review_changed_at(review: DoctorReview) -> datetime | None:
    return review.edited_at or review.written_at


def _never(doctor: Doctor) -> datetime | None:
    return None


def _tell_doctor(review: DoctorReview, before: State, decision: Decision) -> None:
    """Tell the doctor of a review that they were never told of."""
    tell_doctor(review)


def _state_of_doctor(doctor: Doctor) -> State:
    return State.PUBLISHED if doctor.is_listed else State.HIDDEN


def _put_doctor(doctor: Doctor, state: State, decision: Decision) -> None:
    doctor.is_listed = state == State.PUBLISHED
    doctor.save(update_fields=["is_listed"])


def peer_of(user: User) -> str | None:
    """Return what keeps a doctor with a valid check apart from others: the practice, or where none is named, itself."""
    doctor = Doctor.objects.checked().filter(user=user).first()
    return (doctor.practice_key or f"doctor {doctor.pk}") if doctor else None


REVIEW = Kind(
    model=DoctorReview,
    noun="review",
    actions=frozenset({Action.PUBLISH, Action.HIDE, Action.REMOVE, Action.ASK}),
    reasons=tuple(Reason),
    lock=lock_review,
    many=_many_reviews,
    describe=_describe_review,
    author_of=_patient,
    is_public=_is_public_review,
    erase=erase_review,
    changed_at=_review_changed_at,
    edits=_review_edits,
    own_page="doctors:my_reviews",
    after=_tell_doctor,
)
DOCTOR = Kind(
    model=Doctor,
    noun="doctor",
    # Their answers stand by their checks, and each is decided on by itself.
    actions=frozenset({Action.PUBLISH, Action.HIDE}),
    reasons=(Reason.UNTRUE, Reason.PRIVATE, Reason.ABUSE, Reason.ADVERT, Reason.UNSAFE, Reason.OTHER),
    lock=lock_doctor,
    many=_many_doctors,
    describe=_describe_doctor,
    author_of=_owner,
    is_public=_is_listed,
    changed_at=_never,
    own_page="doctors:application",
    state_of=_state_of_doctor,
    put=_put_doctor,
)
