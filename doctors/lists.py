"""The directory of doctors: its orders, its filters, and the stamps of what it shows."""

from collections.abc import Mapping, Sequence

from django.db.models import Count, F, Q, QuerySet

from doctors.models import REVIEWS_FOR_AN_AVERAGE, Doctor, LicenceCheck, today
from qa_forum.keyset import Order, Page, Place, page_of, turn
from qa_forum.versions import RowVersion

PAGE_SIZE = 24
TOPICS_NAMED = 2

MOST_ANSWERS = Order("answers", "Most answers", F("answer_count"), int)
RATING = Order("rating", "Rating", F("rating_order"), float)
NAME = Order("name", "Name", F("name"), str, descending=False)
ORDERS = {order.name: order for order in (MOST_ANSWERS, RATING, NAME)}


def list_doctors(doctors: QuerySet[Doctor], order: Order, query: Mapping[str, str]) -> Page[Doctor]:
    """Return one page of the directory with each doctor's specialty and licence mark. One query."""
    rows = doctors.select_related("specialty").with_valid_check()  # type: ignore[attr-defined]
    place = Place.read(query, order)
    return page_of(list(turn(rows, order, place, size=PAGE_SIZE)), place, size=PAGE_SIZE)


def add_topics(doctors: Sequence[Doctor]) -> None:
    """Set ``writes_about`` on each doctor: the names of the topics of most of their answers. One query."""
    # One call of `filter`: each further one would join the answers once more and count every pair of them.
    counted = (
        Doctor.objects.filter(
            pk__in=[doctor.pk for doctor in doctors],
            valid_until__gt=today(),
            answers__state="published",
            answers__question__state="published",
            answers__question__topics__isnull=False,
        )
        .values_list("pk", "answers__question__topics__name")
        .annotate(count=Count("answers"))
        .order_by("pk", "-count", "answers__question__topics__name")
    )
    names: dict[int, list[str]] = {}
    for key, name, _ in counted:
        names.setdefault(key, []).append(name)
    for doctor in doctors:
        doctor.writes_about = names.get(doctor.pk, [])[:TOPICS_NAMED]  # type: ignore[attr-defined]


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
