"""What of doctors and reviews belongs to a person: for their file, and for when they close their account."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate

from accounts.belongings import DOCTORS, REVIEWS, Belongings, Line, moment
from accounts.models import User
from doctors.models import Doctor, DoctorReview, Document, Verification, VisitCode
from doctors.services.reviews import hide_review, lock_review, restore_review
from moderation.accounts_content import Content
from moderation.disputes import disputed, keep

REVIEW = "doctors.doctorreview"
# A doctor whose answers go leaves a profile without a name: reviews of them are their patients', who may still read
# what they wrote.
FORMER_DOCTOR = "Former doctor"


# --- Taking away -------------------------------------------------------------------------------------------------


def export(user: User) -> dict[str, Any]:
    """Return a person's reviews, what they marked as helpful, and, of a doctor, the profile and how it was checked."""
    doctor = Doctor.objects.filter(user=user).first()
    return {
        "reviews": [_review(each) for each in user.doctor_reviews.select_related("doctor").order_by("pk")],
        "reviews_found_helpful": [
            {"review": each.review_id, "marked_at": moment(each.marked_at)}
            for each in user.helpful_marks.order_by("pk")
        ],
        "applications": [_application(each) for each in user.verifications.order_by("pk")],
        "profile": _profile(doctor) if doctor else None,
    }


def _review(review: DoctorReview) -> dict[str, Any]:
    return {
        "of": review.doctor.title_name,
        "rating": review.rating,
        "title": review.title,
        "body": review.body,
        "treatment": review.treatment,
        "visit_month": moment(review.visit_month),
        "how_we_know_of_the_visit": review.get_interaction_display(),
        "state": review.state,
        "waits_because": review.held_for,
        "written_at": moment(review.written_at),
        "edited_at": moment(review.edited_at),
        "reply": review.reply,
        "earlier": [
            {
                "until": moment(each.edited_at),
                "rating": each.rating,
                "title": each.title,
                "body": each.body,
                "treatment": each.treatment,
                "visit_month": moment(each.visit_month),
            }
            for each in review.edits.order_by("pk")
        ],
    }


def _application(verification: Verification) -> dict[str, Any]:
    stated = ("name", "credentials", "place", "practice", "languages", "authority", "number", "npi", "outcome")
    return {
        "state": verification.state,
        "applied_at": moment(verification.applied_at),
        "approved_at": moment(verification.approved_at),
        **{name: getattr(verification, name) for name in stated},
        "specialty": verification.specialty.name,
        "licence_until": moment(verification.licence_until),
        "found": [
            {
                "what": each.get_kind_display(),
                "confirmed": each.holds,
                "source": each.source,
                "on": moment(each.checked_on),
            }
            for each in verification.facts.order_by("pk")
        ],
        "steps": [
            {"state": each.state, "words": each.words, "at": moment(each.at)}
            for each in verification.events.order_by("pk")
        ],
        "documents": [
            {
                "shows": each.get_shows_display(),
                "format": each.format,
                "size": each.size,
                "uploaded_at": moment(each.uploaded_at),
                "key": str(each.pk),
            }
            for each in verification.documents.order_by("uploaded_at")
        ],
    }


def _profile(doctor: Doctor) -> dict[str, Any]:
    shown = ("name", "credentials", "place", "practice", "languages", "interests_stated", "is_listed")
    return {
        "address": doctor.get_absolute_url(),
        **{name: getattr(doctor, name) for name in shown},
        "specialty": doctor.specialty.name if doctor.specialty else None,
        "called": [
            {"credentials": each.credentials, "from": moment(each.during.lower), "until": moment(each.during.upper)}
            for each in doctor.credential_periods.order_by("pk")
        ],
        "licence_checks": [
            {
                "authority": each.authority,
                "number": each.number,
                "outcome": each.outcome,
                "source": each.source,
                "checked_on": moment(each.checked_on),
            }
            for each in doctor.licence_checks.order_by("pk")
        ],
        # Whose review it is, its patient's own file says.
        "replies_to_reviews": [
            {"review": each.pk, "reply": each.reply, "replied_at": moment(each.replied_at)}
            for each in doctor.reviews.exclude(reply="").order_by("pk")
        ],
        # By sheet, and how many were used: which one, and when, would lead from the paper to the person.
        "visit_code_sheets": [
            {"made_on": moment(sheet["made_on"]), "codes": sheet["codes"], "used": sheet["used"]}
            for sheet in doctor.visit_codes.annotate(made_on=TruncDate("made_at"))
            .order_by("made_on")
            .values("made_on")
            .annotate(codes=Count("pk"), used=Count("used_on"))
        ],
    }


# --- Closing an account ------------------------------------------------------------------------------------------


def preview(user: User) -> Sequence[Line]:
    """Say how much there is of each, in words."""
    reviews = list(user.doctor_reviews.values_list("pk", flat=True))
    kept = len(disputed(REVIEW, reviews))
    marks = user.helpful_marks.count()
    documents = Document.objects.filter(verification__applicant=user).count()
    applications = user.verifications.exclude(state__in=Verification.KNOWN).count()
    lines = []
    if gone := len(reviews) - kept:
        lines.append(Line(f"{gone} review{'s' if gone > 1 else ''} of doctors, with their replies and stars"))
    if marks:
        lines.append(Line(f"{marks} mark{'s' if marks > 1 else ''} on reviews that helped you"))
    if applications:
        lines.append(Line("Your application as a doctor"))
    if documents:
        lines.append(Line(f"{documents} document{'s' if documents > 1 else ''} that you sent us"))
    if hasattr(user, "doctor"):
        lines.append(Line("Your profile as a doctor, which nobody can open any more"))
    if kept:
        words = "Only our staff can read them, and they are erased on a set date"
        lines.append(Line(f"Reviews of yours that were reported: {kept}. {words}", stays=True))
    return lines


def rows(user: User) -> Iterable[tuple[int, QuerySet[Any]]]:
    """Name what moves: the doctors whose figures change, and the reviews that go or lose a mark."""
    yield DOCTORS, Doctor.objects.filter(Q(user=user) | Q(reviews__patient=user) | Q(verifications__applicant=user))
    yield REVIEWS, DoctorReview.objects.filter(Q(patient=user) | Q(helpful_marks__user=user) | Q(doctor__user=user))


def erase(user: User, choices: Mapping[str, str]) -> None:
    """Let a person's reviews go, and a doctor's profile; it keeps its name only where their answers stay."""
    reviews = list(user.doctor_reviews.order_by("pk"))
    disputes = disputed(REVIEW, [each.pk for each in reviews])
    for review in reviews:
        if review.pk in disputes:
            keep(REVIEW, review.pk)
            review.state, review.held_for = DoctorReview.State.WITHDRAWN, []
            review.save(update_fields=["state", "held_for"])
        else:
            review.delete()
    doctor = Doctor.objects.filter(user=user).first()
    Document.objects.filter(verification__applicant=user).delete()
    if doctor:
        VisitCode.objects.filter(doctor=doctor).delete()
        doctor.user, doctor.is_listed = None, False
        doctor.save(update_fields=["user", "is_listed"])
    stays = choices.get("answers") == "stay"
    for verification in user.verifications.order_by("pk"):
        _let_go(verification, stays=stays)
    if doctor and not stays:
        _unname(doctor)


def _let_go(verification: Verification, *, stays: bool) -> None:
    """Delete an application. A check that answers stand on stays with them; what staff took back stays on record."""
    taken_back = (Verification.State.SUSPENDED, Verification.State.REVOKED)
    if verification.state in taken_back or (stays and verification.state in Verification.KNOWN):
        verification.applicant = None
        verification.save(update_fields=["applicant"])
    elif verification.state in Verification.KNOWN and verification.is_claim:
        _empty(verification)
    else:
        verification.delete()


def _empty(verification: Verification) -> None:
    """Leave of a claimed profile's check only that it was taken back, or the imported profile would stand once more."""
    verification.facts.all().delete()
    verification.events.all().delete()
    verification.applicant, verification.state = None, Verification.State.REVOKED
    verification.first_approver = verification.second_approver = None
    verification.name, verification.languages = FORMER_DOCTOR, []
    for stated in ("credentials", "place", "practice", "authority", "number", "npi"):
        setattr(verification, stated, "")
    verification.save()


def _unname(doctor: Doctor) -> None:
    """Leave nothing of a doctor but what their patients wrote, and, of an imported one, the key that keeps it away."""
    doctor.reviews.exclude(reply="").update(reply="", replied_at=None, reply_edited_at=None)
    doctor.credential_periods.all().delete()
    doctor.licence_checks.all().delete()
    doctor.name, doctor.slug = FORMER_DOCTOR, f"former-doctor-{doctor.pk}"
    doctor.credentials = doctor.place = doctor.practice = doctor.interests_stated = ""
    doctor.languages, doctor.specialty = [], None
    doctor.save(
        update_fields=[
            *("name", "slug", "credentials", "place", "practice", "interests_stated", "languages", "specialty"),
        ]
    )


def erase_review(review_id: int) -> None:
    """Delete a review that was kept for a while. Safe to repeat."""
    DoctorReview.objects.filter(pk=review_id).delete()


BELONGINGS = Belongings("doctors", export, preview, rows, erase, keeps_some_of=frozenset({"doctors.DoctorReview"}))


# --- What moderators hide of a person in one go ------------------------------------------------------------------


def _own_reviews(user: User) -> Iterable[int]:
    return list(user.doctor_reviews.visible().order_by().values_list("pk", flat=True))


def _lock_review(key: int) -> DoctorReview | None:
    return lock_review(key) if DoctorReview.objects.filter(pk=key).exists() else None


CONTENT = Content(REVIEW, _own_reviews, _lock_review, hide_review, restore_review)
