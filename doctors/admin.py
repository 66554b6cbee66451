"""Doctors, their checks and reviews in the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin import RoomAdmin, RoomInline
from doctors import services
from doctors.models import STARS, Doctor, DoctorReview, LicenceCheck, Specialty
from moderation.admin import ModeratedAdmin


@admin.register(Specialty)
class SpecialtyAdmin(RoomAdmin):
    list_display = ("name", "slug")
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}


class LicenceCheckInline(RoomInline):
    model = LicenceCheck
    autocomplete_fields = ("checked_by",)


@admin.register(Doctor)
class DoctorAdmin(RoomAdmin):
    list_display = ("name", "credentials", "specialty", "place", "answer_count", "review_count", "rating", "is_listed")
    list_filter = ("is_listed",)
    list_select_related = ("specialty",)
    search_fields = ("name", "place", "practice", "specialty__name")
    autocomplete_fields = ("specialty", "user")
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = (
        "import_key",
        "imported_rating",
        "imported_review_count",
        *STARS.values(),
        "answer_count",
        "local_review_count",
        "review_count",
        "rating",
        "rating_order",
    )
    inlines = (LicenceCheckInline,)
    show_full_result_count = False


@admin.register(LicenceCheck)
class LicenceCheckAdmin(RoomAdmin):
    list_display = ("doctor", "authority", "number", "outcome", "checked_on", "valid_during", "checked_by")
    list_filter = ("outcome",)
    list_select_related = ("doctor", "checked_by")
    search_fields = ("doctor__name", "number", "authority")
    autocomplete_fields = ("doctor", "checked_by")
    show_full_result_count = False


@admin.register(DoctorReview)
class DoctorReviewAdmin(ModeratedAdmin):
    list_display = ("title", "doctor", "rating", "patient", "state", "written_at")
    list_filter = ("state", "rating")
    list_select_related = ("doctor", "patient")
    search_fields = ("title", "body", "doctor__name", "patient__pen_name")
    autocomplete_fields = ("doctor", "patient")
    hide = services.hide_review
    restore = services.restore_review

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple:
        """Nobody but the patient decides the stars of a review."""
        return (*self.readonly_fields, *(("doctor", "patient", "rating") if obj else ()))
