"""Doctors, their checks and reviews in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.db.models import Case, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from accounts.admin import RoomAdmin, RoomInline
from doctors import services
from doctors.models import FACTS, STARS, CredentialPeriod, Doctor, DoctorReview, LicenceCheck, Specialty, Verification
from doctors.staff_forms import FactForm, StepForm
from moderation.admin import ModeratedAdmin
from moderation.services import REASONS


@admin.register(Specialty)
class SpecialtyAdmin(RoomAdmin):
    list_display = ("name", "slug")
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}


class WrittenElsewhere:
    """Rows that say until when a doctor stands: staff read them here; a verification with two approvals writes them.

    To shorten a check, staff record the licence anew or suspend; whoever has every right goes the same way.
    """

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LicenceCheckInline(WrittenElsewhere, RoomInline):
    model = LicenceCheck


class CredentialPeriodInline(RoomInline):
    """What the doctor was called, and when: staff mend the past here, and the present on the doctor's own row."""

    model = CredentialPeriod
    autocomplete_fields = ("specialty",)


@admin.register(Doctor)
class DoctorAdmin(RoomAdmin):
    list_display = ("name", "credentials", "specialty", "place", "answer_count", "review_count", "rating", "is_listed")
    list_filter = ("is_listed",)
    list_select_related = ("specialty",)
    search_fields = ("name", "place", "practice", "specialty__name")
    autocomplete_fields = ("specialty",)
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = (
        # Whose account it is, a verification decides, with two approvals.
        "user",
        "import_key",
        "imported_rating",
        "imported_review_count",
        *STARS.values(),
        "answer_count",
        "valid_until",
        "local_review_count",
        "review_count",
        "rating",
        "rating_order",
    )
    inlines = (LicenceCheckInline, CredentialPeriodInline)
    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Keep on record what a doctor was called until now, where that changes."""
        super().save_model(request, obj, form, change)
        if {"credentials", "specialty"} & set(form.changed_data) and not obj.is_imported:
            services.set_credentials(obj, credentials=obj.credentials, specialty_id=obj.specialty_id)


@admin.register(Verification)
class VerificationAdmin(RoomAdmin):
    """Applications and what became of them: the facts that staff find, two approvals, and the steps after them."""

    list_display = ("name", "state", "specialty", "place", "doctor", "licence_until", "first_approver", "applied_at")
    list_filter = ("state",)
    list_select_related = ("specialty", "doctor", "first_approver")
    search_fields = ("name", "number", "npi", "authority")
    # What waits stands on top, and of it what waits longest.
    # Django orders by expressions, too; the types of its stubs know names alone.
    ordering = (  # type: ignore[assignment]
        Case(When(state="applied", then=0), When(state="needs_information", then=1), default=2),
        "applied_at",
    )
    change_form_template = "doctors/admin_verification.html"
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Show what the applicant stated; nobody here writes it for them."""
        return [field.name for field in Verification._meta.fields if field.name not in ("id", "licence_key")]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Applications come from those who apply."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was decided stays on record."""
        return False

    def get_urls(self) -> list[URLPattern]:
        def own(name: str, route: str, view: Any) -> URLPattern:
            return path(f"<int:pk>/{route}", self.admin_site.admin_view(view), name=f"doctors_verification_{name}")

        steps = [
            own("fact", "facts/<slug:kind>/", self.save_fact),
            own("approve", "approve/", self.approve),
            own("step", "step/", self.take_step),
        ]
        return [*steps, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show one verification; what is sent goes to the views of its steps."""
        if request.method == "POST":
            raise PermissionDenied
        found = self.get_object(request, object_id)
        more = self._context(request, found) if found else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    def _context(self, request: HttpRequest, verification: Verification, **forms_sent: Any) -> dict[str, Any]:
        may_approve = verification.can_be_approved_by(request.user)  # type: ignore[arg-type]
        missing = services.what_is_missing(verification)
        fact_forms = [forms_sent.get(kind) or FactForm(kind=kind, verification=verification) for kind in FACTS]
        return {
            "fact_forms": fact_forms,
            "step_form": forms_sent.get("step") or StepForm(verification=verification),
            "is_open": verification.state not in (*Verification.ENDED, Verification.State.NEEDS_INFORMATION),
            "oddities": services.oddities_of(verification),
            "missing": missing,
            "seen": services.stamp_of(verification),
            "may_approve": may_approve and not missing and "approved" in Verification.NEXT[verification.state],
            "documents": verification.documents.all(),
            "events": verification.events.select_related("by"),
            "show_save": False,
        }

    def _found(self, request: HttpRequest, pk: int) -> Verification:
        verification = get_object_or_404(Verification, pk=pk)
        if not self.has_change_permission(request, verification):
            raise PermissionDenied
        return verification

    def _done(self, request: HttpRequest, pk: int, words: str) -> HttpResponse:
        self.message_user(request, words, messages.SUCCESS)
        return redirect("admin:doctors_verification_change", pk)

    def _again(self, request: HttpRequest, verification: Verification, **forms_sent: Any) -> HttpResponse:
        """Show the page once more with what was typed."""
        more = self._context(request, verification, **forms_sent)
        # Django's own view renders it, as it would be read.
        request.method = "GET"
        response = super().change_view(request, str(verification.pk), "", more)
        response.status_code = 422
        return response

    @method_decorator(require_POST)
    def save_fact(self, request: HttpRequest, pk: int, kind: str) -> HttpResponse:
        """Save what was found of one fact."""
        verification = self._found(request, pk)
        if kind not in FACTS:
            raise Http404
        form = FactForm(request.POST, kind=kind, verification=verification)
        if not form.is_valid():
            return self._again(request, verification, **{kind: form})
        if form.fact and not form.has_changed():
            return self._done(request, pk, f"{FACTS[kind]}: nothing was changed.")
        services.record_fact(pk, kind=kind, staff=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        was, now = verification.state, self._found(request, pk).state
        if was != now == Verification.State.SUSPENDED:
            words = f"{FACTS[kind]}: saved. The doctor is suspended now: their answers are on no page."
            self.message_user(request, words, messages.WARNING)
            return redirect("admin:doctors_verification_change", pk)
        return self._done(request, pk, f"{FACTS[kind]}: saved.")

    @method_decorator(require_POST)
    def approve(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give one of the two approvals, for what the page showed."""
        verification = self._found(request, pk)
        try:
            verification = services.approve(pk, staff=request.user, seen=request.POST.get("seen", ""))  # type: ignore[arg-type]
        except services.CannotMove as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
            return redirect("admin:doctors_verification_change", pk)
        except IntegrityError:
            # Somebody else approved the same licence at this moment: the page now says whose it is.
            self.message_user(request, "Nothing was approved: look at what is missing now.", messages.ERROR)
            return redirect("admin:doctors_verification_change", pk)
        is_done = verification.state == Verification.State.APPROVED
        return self._done(
            request, pk, "Approved." if is_done else "First approval given; somebody else gives the second."
        )

    @method_decorator(require_POST)
    def take_step(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for information, refuse, suspend or revoke, with words to the applicant."""
        verification = self._found(request, pk)
        form = StepForm(request.POST, verification=verification)
        if not form.is_valid():
            return self._again(request, verification, step=form)
        if form.cleaned_data["step"] == "revoke" and "confirmed" not in request.POST:
            return self._ask_whether(request, verification, form)
        step = {
            "ask": services.ask_for_information,
            "refuse": services.refuse,
            "suspend": services.suspend,
            "revoke": services.revoke,
        }[form.cleaned_data["step"]]
        try:
            done = step(pk, words=form.cleaned_data["words"], staff=request.user)  # type: ignore[arg-type]
        except services.CannotMove as error:
            form.add_error(None, ValidationError(error.messages))
            return self._again(request, verification, step=form)
        return self._done(request, pk, f"Now: {done.get_state_display()}.")

    def _ask_whether(self, request: HttpRequest, verification: Verification, form: StepForm) -> HttpResponse:
        """Ask once more before a check is taken back for good."""
        doctor = verification.doctor
        context = {
            **self.admin_site.each_context(request),
            "title": "Revoke for good",
            "verification": verification,
            "answer_count": doctor.answer_count if doctor else 0,
            "words": form.cleaned_data["words"],
            "opts": self.opts,
        }
        return TemplateResponse(request, "doctors/admin_revoke.html", context)


@admin.register(LicenceCheck)
class LicenceCheckAdmin(WrittenElsewhere, RoomAdmin):
    list_display = ("doctor", "authority", "number", "outcome", "checked_on", "valid_during", "checked_by")
    list_filter = ("outcome",)
    list_select_related = ("doctor", "checked_by")
    search_fields = ("doctor__name", "number", "authority")
    show_full_result_count = False


@admin.register(DoctorReview)
class DoctorReviewAdmin(ModeratedAdmin):
    """Reviews as staff decide on them: without their stars, so that nobody decides by those."""

    exclude = ("rating",)
    list_display = ("title", "doctor", "patient", "state", "why_it_waits", "written_at")
    list_filter = ("state", "interaction")
    list_select_related = ("doctor", "patient")
    search_fields = ("title", "body", "doctor__name", "patient__pen_name")
    readonly_fields = (
        *ModeratedAdmin.readonly_fields, "doctor", "patient", "title", "body", "treatment", "visit_month",
        "interaction", "written_at", "edited_at", "why_it_waits", "reply", "replied_at", "reply_edited_at",
    )  # fmt: skip
    hide = services.hide_review
    restore = services.restore_review

    @admin.display(description="waits because")
    def why_it_waits(self, review: DoctorReview) -> str:
        """Say why a review waits for a decision."""
        return " ".join(REASONS[reason] for reason in review.held_for) or "-"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody writes a review for somebody else."""
        return False
