"""The directory of doctors: its orders, its filters, and the stamps of what it shows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from doctors.models import REVIEWS_FOR_AN_AVERAGE, Doctor, DoctorReview, LicenceCheck, Specialty
from qa_forum.keyset import Order, Page, Place, page_of, turn
from qa_forum.versions import RowVersion

PAGE_SIZE = 24
TOPICS_NAMED = 2
TOPICS_SHOWN = 30
TOPICS_TO_CHOOSE = 50

MOST_ANSWERS = Order("answers", "Most answers", F("answer_count"), int)
RATING = Order("rating", "Rating", F("rating_order"), float)
NAME = Order("name", "Name", F("name"), str, descending=False)
ORDERS = {order.name: order for order in (RATING, MOST_ANSWERS, NAME)}

ANSWERS_ON_A_PAGE = 20
# What has no date comes last; it is never shown. The index of answers by doctor is made over the same.
NEWEST_ANSWER = Order("newest", "Newest", Coalesce("answered_at", Value(datetime(1000, 1, 1, tzinfo=UTC))), datetime)

REVIEWS_ON_A_PAGE = 10
NEWEST_REVIEW = Order("newest", "Newest", F("written_at"), datetime)
REVIEW_ORDERS = {
    order.name: order
    for order in (
        NEWEST_REVIEW,
        Order("helpful", "Most helpful", F("helpful_count"), int),
        Order("highest", "Highest", F("rating"), int),
        Order("lowest", "Lowest", F("rating"), int, descending=False),
    )
}


def directory(
    *,
    specialty: Specialty | None = None,
    place: str = "",
    language: str = "",
    rating: float | None = None,
    topic: str = "",
) -> QuerySet[Doctor]:
    """Return the doctors whose answers everybody may read, narrowed: a language by its code, a topic by its slug."""
    doctors = Doctor.objects.visible().standing()
    if specialty:
        doctors = doctors.filter(specialty=specialty)
    if place:
        doctors = doctors.filter(place__icontains=place)
    if language:
        doctors = doctors.filter(language_codes__contains=[language])
    if rating:
        doctors = doctors.filter(by_rating(rating))
    if topic:
        counts = _topic_doctors().filter(
            doctor=OuterRef("pk"), answer_count__gt=0, topic__in=_topics().under(topic).values("pk")
        )
        doctors = doctors.filter(Exists(counts))
    return doctors


def list_answers(doctor: Doctor, query: Mapping[str, str], *, topic: str = "") -> Page[Any]:
    """Return one page of a doctor's visible answers, newest first, each with its question's name. One query."""
    # The answers' room is above this one: it is read by the reverse relation.
    answers: Any = doctor.answers.visible().select_related("question")
    if topic:
        answers = answers.filter(question__question_topics__topic__in=_topics().under(topic).values("pk"))
    shown = ("doctor", "question", "headline", "answered_at", "score", "question__title", "question__slug")
    place = Place.read(query, NEWEST_ANSWER)
    rows = turn(answers.only(*shown), NEWEST_ANSWER, place, size=ANSWERS_ON_A_PAGE)
    return page_of(list(rows), place, size=ANSWERS_ON_A_PAGE)


def topics_of(doctor: Doctor) -> list[tuple[str, str, int]]:
    """Return slug, name and number of visible answers of the topics that a doctor answers in, most first. One query."""
    counts = _topic_doctors().filter(doctor=doctor, answer_count__gt=0).order_by("-answer_count", "topic__name")
    return list(counts.values_list("topic__slug", "topic__name", "answer_count")[:TOPICS_SHOWN])


def topics_to_choose() -> list[tuple[str, str]]:
    """Return slug and name of the topics with most questions, by name. One query."""
    busiest = _topics().filter(question_count__gt=0).order_by("-question_count", "pk")
    return sorted(busiest.values_list("slug", "name")[:TOPICS_TO_CHOOSE], key=lambda each: each[1].casefold())


def topic_name(slug: str) -> str:
    """Return the name of a topic; empty where there is none of this slug. One query."""
    return _topics().under(slug).values_list("name", flat=True).first() or ""


def _topic_doctors() -> Any:
    # The room of topics is above this one: it is read by the reverse relation.
    return Doctor._meta.get_field("topic_doctors").related_model._default_manager  # type: ignore[union-attr]


def _topics() -> Any:
    return _topic_doctors().model._meta.get_field("topic").related_model._default_manager


def list_reviews(reviews: QuerySet[DoctorReview], order: Order, query: Mapping[str, str]) -> Page[DoctorReview]:
    """Return one page of a doctor's reviews, each with its patient. One query."""
    place = Place.read(query, order)
    rows = turn(reviews.select_related("patient"), order, place, size=REVIEWS_ON_A_PAGE)
    return page_of(list(rows), place, size=REVIEWS_ON_A_PAGE)


def list_doctors(doctors: QuerySet[Doctor], order: Order, query: Mapping[str, str]) -> Page[Doctor]:
    """Return one page of the directory with each doctor's specialty and licence mark. One query."""
    rows = doctors.select_related("specialty").with_valid_check()  # type: ignore[attr-defined]
    place = Place.read(query, order)
    return page_of(list(turn(rows, order, place, size=PAGE_SIZE)), place, size=PAGE_SIZE)


def add_topics(doctors: Sequence[Doctor]) -> None:
    """Set ``writes_about`` on each doctor: the names of the topics of most of their answers. One query."""
    counts = _topic_doctors().standing().filter(doctor=OuterRef("pk")).order_by("-answer_count", "topic__name")
    named = Doctor.objects.filter(pk__in=[doctor.pk for doctor in doctors]).annotate(
        named=ArraySubquery(counts.values("topic__name")[:TOPICS_NAMED])
    )
    names = dict(named.values_list("pk", "named"))
    for doctor in doctors:
        doctor.writes_about = names.get(doctor.pk, [])  # type: ignore[attr-defined]


def stamps(doctors: Sequence[Doctor]) -> list[tuple]:
    """Return the stamps of the doctors' rows, specialties and licence checks, and the topics they write about."""
    keys = [doctor.pk for doctor in doctors]
    add_topics(doctors)
    own = Doctor.objects.filter(pk__in=keys).order_by("pk")
    checks = LicenceCheck.objects.filter(doctor__in=keys).order_by("pk")
    return [
        *own.values_list("pk", RowVersion("name"), RowVersion("specialty__name")),
        *checks.values_list("pk", RowVersion("number")),
        *((doctor.pk, doctor.has_valid_check, doctor.writes_about) for doctor in doctors),  # type: ignore[attr-defined]
    ]


def by_rating(minimum: float) -> Q:
    """Doctors whose shown average is at least this; those with too few reviews show none."""
    return Q(rating__gte=minimum, review_count__gte=REVIEWS_FOR_AN_AVERAGE)
