"""What was checked about doctors: who says to be one, what staff found, and until when it holds."""

from typing import ClassVar, Self
from uuid import uuid4

import pgtrigger
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from doctors.models.profile import Doctor, Specialty, one_at_a_time, today

# Any row that says until when a doctor stands makes the doctor's row say it anew.
_REFRESH_STANDING = """
    UPDATE doctors_doctor SET valid_until = valid_until WHERE id IN (NEW.doctor_id, OLD.doctor_id);
    RETURN NULL;
"""


def _refresh_standing(name: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=_REFRESH_STANDING,
    )


class LicenceCheckQuerySet(models.QuerySet["LicenceCheck"]):
    def valid(self) -> Self:
        """Checks that found a licence to practise and hold today."""
        return self.filter(
            outcome__in=LicenceCheck.VALID_OUTCOMES,
            valid_during__contains=today(),
        )


class LicenceCheck(models.Model):
    """One look-up of a doctor's licence with the body that issued it, by a member of staff."""

    class Outcome(models.TextChoices):
        ACTIVE = "active", "active, no limits on practice"
        LIMITED = "limited", "active, with limits on practice"
        INACTIVE = "inactive", "not active"

    VALID_OUTCOMES: ClassVar = [Outcome.ACTIVE, Outcome.LIMITED]

    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="licence_checks")
    authority = models.CharField("issued by", max_length=255)
    number = models.CharField(max_length=80)
    outcome = models.CharField(max_length=12, choices=Outcome)
    training = models.CharField("specialist training", max_length=255, blank=True)
    source = models.CharField(max_length=500, blank=True, help_text="Where it was looked up.")
    checked_on = models.DateField()
    valid_during = DateRangeField(help_text="From the day of the check to the day when it must be made again.")
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = LicenceCheckQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-checked_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["active", "limited", "inactive"]), name="licence_outcome_is_known"
            ),
            one_at_a_time("one_licence_check_at_a_time", "valid_during"),
        ]
        triggers = [_refresh_standing("licence_check_moves_standing")]

    def __str__(self) -> str:
        return f"{self.doctor}: {self.get_outcome_display()} on {self.checked_on}"


FACTS = {
    "identity": "Identity",
    "licence": "Licence to practise",
    "specialty": "Specialist training",
    "exclusion": "No exclusion from practice",
    "control": "Control of the identity",
}


def _folded(*fields: str) -> models.Expression:
    """Return letters and digits of some columns in one form: width, case, blanks and signs make no difference."""
    parts = [
        models.Func(
            F(field), template="regexp_replace(lower(normalize(%(expressions)s, NFKC)), '[^[:alnum:]]', '', 'g')"
        )
        for field in fields
    ]
    joined: models.Expression = parts[0]
    for part in parts[1:]:
        joined = models.Func(
            joined, part, template="(%(expressions)s)", arg_joiner=" || ':' || ", output_field=models.TextField()
        )
    return joined


class Verification(models.Model):
    """One person's way to be shown here as a doctor: what they stated, what staff found, and where it stands.

    ``doctor`` is the imported profile that they claim, or empty until the approval makes a new one.
    """

    class State(models.TextChoices):
        APPLIED = "applied", "applied"
        NEEDS_INFORMATION = "needs_information", "needs information"
        APPROVED = "approved", "approved"
        REFUSED = "refused", "refused"
        SUSPENDED = "suspended", "suspended"
        LAPSED = "lapsed", "lapsed"
        REVOKED = "revoked", "revoked"

    # Where each state may go on to.
    NEXT: ClassVar[dict[str, frozenset[str]]] = {
        State.APPLIED: frozenset({State.NEEDS_INFORMATION, State.APPROVED, State.REFUSED}),
        State.NEEDS_INFORMATION: frozenset({State.APPLIED, State.REFUSED}),
        State.APPROVED: frozenset({State.SUSPENDED, State.LAPSED, State.REVOKED}),
        State.SUSPENDED: frozenset({State.APPROVED, State.REVOKED}),
        State.LAPSED: frozenset({State.APPROVED, State.REVOKED}),
        State.REFUSED: frozenset(),
        State.REVOKED: frozenset(),
    }
    ENDED: ClassVar = (State.REFUSED, State.REVOKED)
    # The doctor was approved once, and may be so again.
    KNOWN: ClassVar = (State.APPROVED, State.SUSPENDED, State.LAPSED)

    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, null=True, blank=True, related_name="verifications")
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="verifications"
    )
    state = models.CharField(max_length=20, choices=State, default=State.APPLIED, editable=False)
    name = models.CharField(max_length=255)
    credentials = models.CharField(max_length=255)
    specialty = models.ForeignKey(Specialty, on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=255)
    practice = models.CharField(max_length=255, blank=True)
    languages = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    authority = models.CharField("licence issued by", max_length=255)
    number = models.CharField("licence number", max_length=80)
    npi = models.CharField("NPI", max_length=10, blank=True)
    # The same licence however it was typed.
    licence_key = models.GeneratedField(
        expression=_folded("authority", "number"), output_field=models.TextField(), db_persist=True
    )
    outcome = models.CharField(
        "licence is", max_length=12, blank=True, choices=[("active", "active"), ("limited", "active, with limits")]
    )
    licence_until = models.DateField("licence ends on", null=True, blank=True, help_text="As its authority says.")
    first_approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    second_approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    applied_at = models.DateTimeField(default=timezone.now, editable=False)
    approved_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-applied_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "applied",
                        "needs_information",
                        "approved",
                        "refused",
                        "suspended",
                        "lapsed",
                        "revoked",
                    ]
                ),
                name="verification_state_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | Q(
                    doctor__isnull=False,
                    first_approver__isnull=False,
                    second_approver__isnull=False,
                    approved_at__isnull=False,
                    licence_until__isnull=False,
                ),
                name="verification_approved_by_two",
            ),
            models.CheckConstraint(
                condition=Q(second_approver__isnull=True) | ~Q(first_approver=F("second_approver")),
                name="verification_approvers_differ",
            ),
            models.CheckConstraint(
                condition=Q(applicant__isnull=True)
                | (
                    (Q(first_approver__isnull=True) | ~Q(first_approver=F("applicant")))
                    & (Q(second_approver__isnull=True) | ~Q(second_approver=F("applicant")))
                ),
                name="verification_not_approved_by_applicant",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["applied", "needs_information", "refused"]) | Q(doctor__isnull=False),
                name="verification_known_is_of_a_doctor",
            ),
            models.UniqueConstraint(
                fields=["doctor"],
                condition=Q(state__in=["approved", "suspended", "lapsed"]),
                name="one_verification_per_doctor",
            ),
            models.UniqueConstraint(
                fields=["applicant"], condition=~Q(state__in=["refused", "revoked"]), name="one_verification_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["licence_key"],
                condition=Q(state__in=["approved", "suspended", "lapsed"]),
                name="one_doctor_per_licence",
            ),
            models.UniqueConstraint(
                fields=["npi"],
                condition=Q(state__in=["approved", "suspended", "lapsed"]) & ~Q(npi=""),
                name="one_doctor_per_npi",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="approved_on_five_facts",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Q(new__state="approved"),
                func=f"""
                    IF (
                        SELECT count(*) FROM doctors_checkedfact WHERE verification_id = NEW.id AND holds
                    ) < {len(FACTS)} THEN
                        RAISE EXCEPTION 'a doctor is approved on {len(FACTS)} facts'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'approved_on_five_facts';
                    END IF;
                    RETURN NEW;
                """,
            ),
            _refresh_standing("verification_moves_standing"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_state_display()}"

    @property
    def is_claim(self) -> bool:
        """Whether it is about a profile that came with an import."""
        return bool(self.doctor and self.doctor.import_key)

    def can_be_approved_by(self, staff: User) -> bool:
        """Staff approve, each once, and nobody for themselves."""
        return staff.is_staff and staff.pk not in (self.applicant_id, self.first_approver_id)

    def can_be_changed_by(self, user: object) -> bool:
        """The applicant may change what they stated until it is decided."""
        is_own = self.applicant_id is not None and self.applicant_id == getattr(user, "pk", None)
        return is_own and self.state in (self.State.APPLIED, self.State.NEEDS_INFORMATION)


class CheckedFact(models.Model):
    """One of the five facts that an approval stands on: what was found, where, when and by whom."""

    verification = models.ForeignKey(Verification, on_delete=models.CASCADE, related_name="facts")
    kind = models.CharField(max_length=12, choices=list(FACTS.items()))
    holds = models.BooleanField("confirmed", default=False)
    source = models.CharField(max_length=255, help_text="Where it was looked up. Everybody may read this.")
    checked_on = models.DateField(default=timezone.localdate)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["verification", "kind"], name="one_fact_of_a_kind"),
            models.CheckConstraint(condition=Q(kind__in=list(FACTS)), name="checked_fact_kind_is_known"),
            models.CheckConstraint(condition=~Q(source=""), name="checked_fact_has_a_source"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {'confirmed' if self.holds else 'not confirmed'}"


class VerificationEvent(models.Model):
    """One step of a verification: who moved it, to which state, and the words that went to the applicant."""

    verification = models.ForeignKey(Verification, on_delete=models.CASCADE, related_name="events")
    state = models.CharField(max_length=20, choices=Verification.State)
    words = models.CharField(max_length=1000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_state_display()} on {self.at:%Y-%m-%d}"


# Of one application.
MOST_DOCUMENTS = 6


class Document(models.Model):
    """A paper that an applicant sent. Its file is private: only its owner and staff are served with it."""

    class Kind(models.TextChoices):
        IDENTITY = "identity", "identity"
        LICENCE = "licence", "licence"
        TRAINING = "training", "specialist training"
        OTHER = "other", "other"

    key = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    verification = models.ForeignKey(Verification, on_delete=models.CASCADE, related_name="documents")
    shows = models.CharField(max_length=10, choices=Kind)
    # The random name under the private folder, and what the guard found the file to be.
    path = models.CharField(max_length=100, unique=True, editable=False)
    format = models.CharField(max_length=4, editable=False)
    size = models.PositiveIntegerField(editable=False, help_text="In bytes.")
    uploaded_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["uploaded_at", "key"]
        constraints = [
            models.CheckConstraint(
                condition=Q(format__in=["pdf", "jpeg", "png", "webp"]), name="document_format_is_known"
            ),
            models.CheckConstraint(
                condition=Q(shows__in=["identity", "licence", "training", "other"]), name="document_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_shows_display()} ({self.format})"

    def can_be_opened_by(self, user: User | AnonymousUser, *, has_factor: bool) -> bool:
        """Its owner may open it, and staff who may see verifications and proved a second factor."""
        owner = self.verification.applicant_id
        is_own = owner is not None and owner == getattr(user, "pk", None)
        return is_own or (has_factor and user.is_staff and user.has_perm("doctors.view_verification"))


class LicenceReminder(models.Model):
    """A doctor was reminded so many days before a licence check ends: each time once."""

    licence_check = models.ForeignKey(LicenceCheck, on_delete=models.CASCADE, related_name="reminders")
    days = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["licence_check", "days"], name="one_reminder_per_check_and_days")
        ]

    def __str__(self) -> str:
        return f"{self.days} days before {self.licence_check_id}"
