"""schema.org JSON-LD of a profile: the same content that a person sees."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from doctors.models import Doctor, DoctorReview


def physician(doctor: Doctor, reviews: Iterable[DoctorReview]) -> dict[str, Any]:
    """Return the ``Physician`` of a profile; without reviews enough for an average there is no ``aggregateRating``."""
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Physician",
        "name": doctor.title_name,
        "url": settings.SITE_URL + doctor.get_absolute_url(),
    }
    if doctor.specialty:
        data["medicalSpecialty"] = doctor.specialty.name
    if doctor.place:
        data["address"] = {"@type": "PostalAddress", "addressLocality": doctor.place}
    if doctor.shown_rating is not None:
        data["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": round(doctor.shown_rating, 1),
            "reviewCount": doctor.review_count,
            "bestRating": 5,
            "worstRating": 1,
        }
    if shown := [_review(review) for review in reviews]:
        data["review"] = shown
    return data


def _review(review: DoctorReview) -> dict[str, Any]:
    return {
        "@type": "Review",
        "name": review.title,
        "reviewBody": review.body,
        "datePublished": review.written_at.date().isoformat(),
        "author": {"@type": "Person", "name": review.patient.pen_name},
        "reviewRating": {"@type": "Rating", "ratingValue": review.rating, "bestRating": 5, "worstRating": 1},
    }
