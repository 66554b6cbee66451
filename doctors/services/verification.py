"""The one state machine of who may be shown as a doctor: apply, find facts, approve by two, suspend, lapse, revoke.

Each verb locks the doctor before the verification, writes the step on record, and tells the applicant. What follows for
answers (they come and go with the doctor's standing, in the same commit) the database does by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone
from django.utils.text import slugify

from accounts.models import User
from doctors import emails
from doctors.models import (
    FACTS,
    RESERVED_SLUGS,
    CheckedFact,
    CredentialPeriod,
    Doctor,
    DoctorReview,
    HelpfulMark,
    LicenceCheck,
    Verification,
    VerificationEvent,
)
from qa_forum.versions import digest

State = Verification.State
ReviewState = DoctorReview.State

# What an applicant states; nothing else of theirs reaches the row.
STATED = ("name", "credentials", "specialty", "place", "practice", "languages", "authority", "number", "npi")


class CannotMove(ValidationError):
    """The step is not open to a verification as it stands; says why, for staff."""


@transaction.atomic
def apply(*, applicant: User, stated: Mapping[str, Any], claimed: Doctor | None = None) -> Verification:
    """Begin a verification; sent twice it is one. ``claimed`` is the imported profile that somebody says is theirs.

    ``PermissionDenied`` where the profile is not to be claimed.
    """
    if claimed and not can_be_claimed(claimed):
        raise PermissionDenied
    values = {name: stated[name] for name in STATED if name in stated}
    try:
        with transaction.atomic():
            verification = Verification.objects.create(applicant=applicant, doctor=claimed, **values)
    except IntegrityError:
        return Verification.objects.exclude(state__in=Verification.ENDED).get(applicant=applicant)
    _note(verification, by=applicant)
    return verification


def can_be_claimed(doctor: Doctor) -> bool:
    """Tell whether a profile came with an import and belongs to nobody yet."""
    return doctor.is_imported and not doctor.verifications.filter(state__in=Verification.KNOWN).exists()


@transaction.atomic
def change_application(verification_id: int, *, applicant: User, stated: Mapping[str, Any]) -> Verification:
    """Change what was stated; what was found or approved on the words from before is void, and staff look again."""
    verification = lock(verification_id)
    if not verification.can_be_changed_by(applicant):
        raise PermissionDenied
    changed = {name: stated[name] for name in STATED if name in stated and stated[name] != getattr(verification, name)}
    if not changed and verification.state == State.APPLIED:
        # Sent twice: nothing was changed, so what was found still holds.
        return verification
    for name, value in changed.items():
        setattr(verification, name, value)
    verification.facts.all().delete()
    verification.outcome, verification.licence_until = "", None
    _move(verification, State.APPLIED, by=applicant)
    return verification


@transaction.atomic
def record_fact(
    verification_id: int,
    *,
    kind: str,
    holds: bool,
    source: str,
    checked_on: date,
    staff: User,
    outcome: str = "",
    licence_until: date | None = None,
) -> CheckedFact:
    """Note what was found of one of the five facts. An approval that was given on other facts is void.

    With ``kind`` "licence" comes what the authority says: ``outcome`` and ``licence_until``.
    """
    verification = lock(verification_id)
    if verification.state in Verification.ENDED or not staff.is_staff or staff.pk == verification.applicant_id:
        raise PermissionDenied
    fact, _ = CheckedFact.objects.update_or_create(
        verification=verification,
        kind=kind,
        defaults={"holds": holds, "source": source, "checked_on": checked_on, "checked_by": staff},
    )
    if kind == "licence":
        verification.outcome, verification.licence_until = outcome, licence_until
    if verification.state == State.APPROVED:
        has_ended = kind == "licence" and (licence_until is None or licence_until <= timezone.localdate())
        if not holds or has_ended:
            _move(verification, State.SUSPENDED, by=staff)
            return fact
        if kind == "licence":
            _write_licence_check(verification, fact)
    else:
        verification.first_approver = None
    verification.save()
    return fact


@transaction.atomic
def ask_for_information(verification_id: int, *, words: str, staff: User) -> Verification:
    """Send an application back to its applicant with what is missing."""
    return _decide(verification_id, State.NEEDS_INFORMATION, words=words, staff=staff)


@transaction.atomic
def refuse(verification_id: int, *, words: str, staff: User) -> Verification:
    """Refuse an application for good; another one may be made."""
    return _decide(verification_id, State.REFUSED, words=words, staff=staff)


@transaction.atomic
def suspend(verification_id: int, *, words: str, staff: User) -> Verification:
    """Take the doctor's answers from every page until the check holds again."""
    return _decide(verification_id, State.SUSPENDED, words=words, staff=staff)


@transaction.atomic
def revoke(verification_id: int, *, words: str, staff: User) -> Verification:
    """Take the check back for good: the doctor's answers go from every page with this commit."""
    return _decide(verification_id, State.REVOKED, words=words, staff=staff)


@transaction.atomic
def lapse(verification_id: int) -> Verification | None:
    """Note that a licence check ran out, where it did; None where it did not."""
    verification = lock(verification_id)
    if verification.state != State.APPROVED or verification.doctor is None:
        return None
    if verification.doctor.licence_checks.valid().exists():
        return None
    _move(verification, State.LAPSED, by=None)
    return verification


@transaction.atomic
def approve(verification_id: int, *, staff: User, seen: str | None = None) -> Verification:
    """Give one of the two approvals; with the second, by another member of staff, the doctor may answer.

    The first one stands until a fact, a statement or a document changes. ``seen`` is the ``stamp_of`` what the approver
    looked at, where there was a page to look at. ``CannotMove`` says what is missing.
    """
    verification = lock(verification_id)
    if not verification.can_be_approved_by(staff):
        raise PermissionDenied
    if seen is not None and seen != stamp_of(verification):
        raise CannotMove("Nothing was approved: it changed after you opened the page. Look at it once more.")
    if State.APPROVED not in Verification.NEXT[verification.state]:
        raise CannotMove(f"It is {verification.get_state_display()}: there is nothing to approve.")
    if missing := what_is_missing(verification):
        raise CannotMove(missing)
    if verification.first_approver is None:
        verification.first_approver = staff
        verification.save()
        _note(verification, by=staff, words="First approval.")
        return verification
    verification.second_approver = staff
    verification.approved_at = timezone.now()
    verification.doctor = _open_doctor(verification)
    licence = verification.facts.get(kind="licence")
    # With the state last: the check is there when the doctor's standing is read.
    _write_licence_check(verification, licence)
    _move(verification, State.APPROVED, by=staff)
    return verification


def stamp_of(verification: Verification) -> str:
    """Return a digest of all that an approval stands on: what was stated, what was found, and the documents."""
    stated = [str(getattr(verification, name)) for name in (*STATED, "outcome", "licence_until", "doctor_id")]
    found = verification.facts.order_by("kind").values_list("kind", "holds", "source", "checked_on", "checked_by")
    documents = verification.documents.order_by("key").values_list("key", flat=True)
    return digest([*stated, *map(str, found), *map(str, documents)])


def drop_approval(verification: Verification, *, by: User, words: str) -> None:
    """Take back a first approval that was given on something else than what is there now; ``words`` go on record."""
    if verification.first_approver is None:
        return
    verification.first_approver = None
    verification.save(update_fields=["first_approver"])
    _note(verification, by=by, words=words)


def what_is_missing(verification: Verification) -> list[str]:
    """Return, in words for staff, what stands against an approval; nothing where two may give it."""
    held = set(verification.facts.filter(holds=True).values_list("kind", flat=True))
    missing = [f"{label}: not confirmed." for kind, label in FACTS.items() if kind not in held]
    if verification.applicant_id is None and verification.state == State.APPLIED:
        missing.append("The applicant has erased their account: nobody could answer as this doctor.")
    if not verification.outcome or not verification.licence_until:
        missing.append("Licence: say whether it is active, and on which day it ends.")
    elif verification.licence_until <= timezone.localdate():
        missing.append("Licence: it has ended.")
    return missing + [oddity.text for oddity in oddities_of(verification) if oddity.stops]


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something that staff should see before they approve; ``stops`` says that the database would refuse it."""

    text: str
    stops: bool = False


def oddities_of(verification: Verification) -> list[Oddity]:
    """Return what is odd about an application: a number that is another one's, a name that is not the claimed one's."""
    others = Verification.objects.exclude(pk=verification.pk)
    found = []
    if other := others.filter(licence_key=verification.licence_key, state__in=Verification.KNOWN).first():
        found.append(Oddity(f"The licence number is that of {other.name}, who is here already.", stops=True))
    if verification.npi and (other := others.filter(npi=verification.npi, state__in=Verification.KNOWN).first()):
        found.append(Oddity(f"The NPI is that of {other.name}, who is here already.", stops=True))
    if other := others.filter(licence_key=verification.licence_key, state__in=Verification.ENDED).first():
        found.append(Oddity(f"The same licence number was {other.get_state_display()} before, for {other.name}."))
    if others.filter(licence_key=verification.licence_key, state__in=[State.APPLIED, State.NEEDS_INFORMATION]).exists():
        found.append(Oddity("Another application with the same licence number waits."))
    claimed, own = verification.doctor, _profile_of(verification.applicant)
    if claimed and (other := others.filter(doctor=claimed, state__in=Verification.KNOWN).first()):
        found.append(Oddity(f"The profile belongs to {other.name}, who is here already.", stops=True))
    if claimed and own and own != claimed:
        found.append(Oddity(f"The applicant has a profile here already: “{own.name}”.", stops=True))
    if claimed and claimed.import_key and not _is_same_name(verification.name, claimed.name):
        found.append(Oddity(f"The claimed profile is of “{claimed.name}”, the application of “{verification.name}”."))
    return found


def _profile_of(applicant: User | None) -> Doctor | None:
    """Return the profile that somebody has, as after a check that was taken back."""
    return Doctor.objects.filter(user=applicant).first() if applicant else None


def _is_same_name(one: str, other: str) -> bool:
    return _bare(one) == _bare(other)


def _bare(name: str) -> list[str]:
    words = [word.strip(".,").casefold() for word in name.split()]
    return [word for word in words if word not in ("dr", "doctor", "prof", "professor")]


def _decide(verification_id: int, state: str, *, words: str, staff: User) -> Verification:
    verification = lock(verification_id)
    if not staff.is_staff or staff.pk == verification.applicant_id:
        raise PermissionDenied
    if state == State.REFUSED:
        verification.outcome = ""
    _move(verification, state, by=staff, words=words)
    return verification


def lock(verification_id: int) -> Verification:
    """Lock a verification after its doctor, in the house's order, and return it."""
    doctor_id = Verification.objects.values_list("doctor_id", flat=True).get(pk=verification_id)
    if doctor_id is not None:
        Doctor.objects.select_for_update(no_key=True).only("pk").get(pk=doctor_id)
    return Verification.objects.select_for_update(no_key=True).get(pk=verification_id)


def _move(verification: Verification, state: str, *, by: User | None, words: str = "") -> None:
    """Put a verification that is locked into another state, where that is open to it, and note and tell it."""
    # Whoever changes an application that waits sends it again; no other step is taken twice.
    is_sent_again = state == verification.state == State.APPLIED
    if not is_sent_again and state not in Verification.NEXT[verification.state]:
        raise CannotMove(f"It is {verification.get_state_display()}: this step is not open.")
    verification.state = state
    if state != State.APPROVED:
        verification.first_approver = verification.second_approver = None
    verification.save()
    _note(verification, by=by, words=words)
    emails.send_state(verification)


def _note(verification: Verification, *, by: User | None, words: str = "") -> None:
    VerificationEvent.objects.create(verification=verification, state=verification.state, words=words, by=by)


def _open_doctor(verification: Verification) -> Doctor:
    """Return the profile of an approved doctor: the claimed one, their own from before, or a new one, as checked."""
    profile = {name: getattr(verification, name) for name in ("name", "place", "practice", "languages")}
    there = verification.doctor or _profile_of(verification.applicant)
    if there is None:
        doctor = Doctor.objects.create(slug=_free_slug(verification.name), user=verification.applicant, **profile)
    else:
        # Its counters move by triggers: of a row that is locked only what is decided here is written.
        doctor = Doctor.objects.select_for_update(no_key=True).get(pk=there.pk)
        stated = profile if doctor.user_id is None or verification.doctor is None else {}
        for name, value in stated.items():
            setattr(doctor, name, value)
        doctor.user = doctor.user or verification.applicant
        doctor.save(update_fields=["user", *stated])
        _drop_own_words_about(doctor)
    set_credentials(doctor, credentials=verification.credentials, specialty_id=verification.specialty_id)
    return doctor


def _drop_own_words_about(doctor: Doctor) -> None:
    """Take back what somebody said of a profile before it became theirs: their review of it, their marks there."""
    own = doctor.reviews.filter(patient=doctor.user_id).exclude(state__in=[ReviewState.HIDDEN, ReviewState.REMOVED])
    own.update(state=ReviewState.WITHDRAWN, held_for=[])
    HelpfulMark.objects.filter(review__doctor=doctor, user=doctor.user_id).delete()


@transaction.atomic
def set_credentials(doctor: Doctor, *, credentials: str, specialty_id: int | None, since: date | None = None) -> None:
    """Say what a doctor is called from a day on (today unless given); what held before stays on record until then."""
    since = since or timezone.localdate()
    today_is = (credentials, specialty_id)
    current = doctor.credential_periods.filter(during__endswith=None).first()
    if current and (current.credentials, current.specialty_id) == today_is:
        return
    if current and current.during.lower is not None and current.during.lower >= since:
        current.credentials, current.specialty_id = today_is
        current.save()
    else:
        if current:
            current.during = DateRange(current.during.lower, since)
            current.save()
        CredentialPeriod.objects.create(
            doctor=doctor, credentials=credentials, specialty_id=specialty_id, during=DateRange(since, None)
        )
    doctor.credentials, doctor.specialty_id = today_is
    doctor.save(update_fields=["credentials", "specialty"])


def _write_licence_check(verification: Verification, fact: CheckedFact) -> None:
    """Write the licence fact as a check of the doctor; the one before ends where this one begins."""
    doctor = verification.doctor
    if doctor is None or verification.licence_until is None or verification.licence_until <= fact.checked_on:
        return
    span = DateRange(fact.checked_on, verification.licence_until)
    for earlier in doctor.licence_checks.filter(valid_during__overlap=span):
        if earlier.valid_during.lower >= fact.checked_on:
            earlier.delete()
        else:
            earlier.valid_during = DateRange(earlier.valid_during.lower, fact.checked_on)
            earlier.save()
    LicenceCheck.objects.create(
        doctor=doctor,
        authority=verification.authority,
        number=verification.number,
        outcome=verification.outcome or LicenceCheck.Outcome.INACTIVE,
        source=fact.source,
        checked_on=fact.checked_on,
        valid_during=span,
        checked_by=fact.checked_by,
    )


def _free_slug(name: str) -> str:
    slug = slugify(name)[:100].strip("-_") or "doctor"
    taken = set(Doctor.objects.filter(slug__startswith=slug).values_list("slug", flat=True)) | RESERVED_SLUGS
    if slug not in taken:
        return slug
    return next(each for number in range(2, len(taken) + 3) if (each := f"{slug}-{number}") not in taken)
