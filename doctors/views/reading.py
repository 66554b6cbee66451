"""Reading about doctors: the directory and the profile."""

from django.db.models import Count, F, Prefetch, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.visitors import voter_of
from doctors import lists
from doctors.charts import Point, drawn, means_by_month, polyline
from doctors.forms import DirectoryForm
from doctors.models import STARS, CheckedFact, Doctor, DoctorReview, Specialty, Verification
from doctors.structured_data import physician
from qa_forum.errors import Gone
from qa_forum.keyset import Order, Page, Place, page_of, turn
from qa_forum.structured_data import to_script
from qa_forum.versions import RowVersion, digest, read_only, versioned

ANSWERS_ON_A_PAGE = 10
EDITS_ON_A_PAGE = 20
LATEST = Order("latest", "Latest", F("id"), int)


def _directory(form: DirectoryForm) -> QuerySet[Doctor]:
    """Return the doctors that the form asks for, of those whose answers everybody may read."""
    form.is_valid()
    chosen = form.cleaned_data
    return lists.directory(
        specialty=chosen.get("specialty"),
        place=chosen.get("place", ""),
        language=chosen.get("language", ""),
        topic=chosen.get("topic", ""),
        rating=float(chosen["rating"]) if chosen.get("rating") else None,
    )


def _order(request: HttpRequest) -> Order:
    return lists.ORDERS.get(request.GET.get("sort", ""), lists.RATING)


def _directory_version(request: HttpRequest) -> str | None:
    form = DirectoryForm(request.GET)
    doctors = _directory(form)
    page = lists.list_doctors(doctors, _order(request), request.GET)
    specialties = list(Specialty.objects.values_list("slug", "name"))
    topics = form.fields["topic"].choices  # type: ignore[attr-defined]
    return digest([page.after, page.before, lists.stamps(page.rows), doctors.count(), specialties, topics])


@versioned(_directory_version)
@read_only
def doctor_list(request: HttpRequest) -> HttpResponse:
    """The directory, by specialty, place and rating."""
    form, order = DirectoryForm(request.GET), _order(request)
    doctors = _directory(form)
    page = lists.list_doctors(doctors, order, request.GET)
    lists.add_topics(page.rows)
    context = {
        "page": page,
        "count": doctors.count(),
        "form": form,
        "specialty": form.cleaned_data.get("specialty"),
        "topic": form.topic_name,
        "is_whole": not request.GET,
        "order": order,
        "orders": lists.ORDERS.values(),
    }
    return render(request, "doctors/doctor_list.html", context)


def _chosen_stars(request: HttpRequest) -> int | None:
    """Return the rating that the histogram's link asks for; anything else is no choice."""
    stars = request.GET.get("stars", "")
    return int(stars) if stars in {str(number) for number in STARS} else None


def _review_order(request: HttpRequest) -> Order:
    return lists.REVIEW_ORDERS.get(request.GET.get("sort", ""), lists.NEWEST_REVIEW)


def _review_page(request: HttpRequest, doctor: Doctor) -> Page[DoctorReview]:
    reviews = doctor.reviews.visible().with_viewer_mark(voter_of(request))
    if stars := _chosen_stars(request):
        reviews = reviews.filter(rating=stars)
    return lists.list_reviews(reviews, _review_order(request), request.GET)


def _rating_over_time(doctor: Doctor) -> list[Point]:
    """Return the mean of the reviews left here at the end of each month. One query."""
    months = doctor.reviews.visible().order_by().annotate(month=TruncMonth("written_at")).values("month")
    counted = months.annotate(count=Count("pk"), stars=Sum("rating")).order_by("month")
    return drawn(means_by_month((each["month"].date(), each["count"], each["stars"]) for each in counted))


def _verification(doctor: Doctor) -> Verification | None:
    """Return where a doctor's verification stands, with what was found; none that was never approved."""
    known = doctor.verifications.filter(state__in=(*Verification.KNOWN, Verification.State.REVOKED))
    return known.prefetch_related(Prefetch("facts", CheckedFact.objects.filter(holds=True).order_by("pk"))).first()


def _newest_answers(doctor: Doctor) -> QuerySet:
    # The answers' room is above this one: it is read by the reverse relation.
    answers = doctor.answers.visible().select_related("question")
    return answers.order_by(F("answered_at").desc(nulls_last=True), "-pk")[:ANSWERS_ON_A_PAGE]


def _profile_version(request: HttpRequest, slug: str) -> str | None:
    doctor = Doctor.objects.visible().with_valid_check().filter(slug=slug).first()
    if doctor is None:
        return None
    page = _review_page(request, doctor)
    reviews = DoctorReview.objects.filter(pk__in=[review.pk for review in page.rows]).order_by("pk")
    return digest(
        [
            page.after,
            page.before,
            lists.stamps([doctor]),
            list(doctor.verifications.values_list("pk", RowVersion("name"))),
            list(
                CheckedFact.objects.filter(verification__doctor=doctor)
                .order_by("pk")
                .values_list("pk", RowVersion("source"))
            ),
            list(reviews.values_list("pk", RowVersion("title"), RowVersion("patient__pen_name"))),
            list(_newest_answers(doctor).values_list("pk", RowVersion("headline"), RowVersion("question__title"))),
            lists.topics_of(doctor),
        ]
    )


def _own_claim(request: HttpRequest) -> int:
    """Return the key of the profile that somebody claims, -1 of one that is still to be made, 0 of who has not applied.

    A stranger has no application: their page costs no look at sessions.
    """
    voter = voter_of(request)
    if voter is None or voter.user_id is None:
        return 0
    going = Verification.objects.filter(applicant=voter.user_id).exclude(state__in=Verification.ENDED)
    return next((claimed or -1 for claimed in going.values_list("doctor_id", flat=True)[:1]), 0)


@versioned(_profile_version)
@read_only
def doctor_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One doctor: what was checked, what patients say, and what the doctor answered."""
    doctor = Doctor.objects.select_related("specialty").with_valid_check().at_address(slug)
    page = _review_page(request, doctor)
    lists.add_topics([doctor])
    stars = _chosen_stars(request)
    points = _rating_over_time(doctor)
    # The check that gives the mark; where none does, the newest one.
    check = doctor.licence_checks.valid().first() or doctor.licence_checks.first()
    context = {
        "doctor": doctor,
        "own_claim": _own_claim(request),
        "check": check,
        "verification": _verification(doctor),
        "is_check_over": bool(check and check.valid_during.upper and check.valid_during.upper <= timezone.localdate()),
        "page": page,
        "stars": stars,
        "orders": lists.REVIEW_ORDERS.values(),
        "order": _review_order(request),
        "points": points,
        "line": polyline(points),
        "bars": [(number, getattr(doctor, column)) for number, column in reversed(STARS.items())],
        "answers": list(_newest_answers(doctor)),
        "topics": lists.topics_of(doctor),
        "structured_data": to_script(physician(doctor, page.rows)),
    }
    return render(request, "doctors/doctor_detail.html", context)


def _answers_version(request: HttpRequest, slug: str) -> str | None:
    doctor = Doctor.objects.visible().filter(slug=slug).first()
    if doctor is None:
        return None
    page = lists.list_answers(doctor, request.GET, topic=request.GET.get("topic", ""))
    shown = doctor.answers.filter(pk__in=[answer.pk for answer in page.rows]).order_by("pk")
    own = Doctor.objects.filter(pk=doctor.pk).values_list(RowVersion("name"))
    answers = shown.values_list("pk", RowVersion("headline"), RowVersion("question__title"))
    return digest([page.after, page.before, list(own), list(answers), lists.topics_of(doctor)])


@versioned(_answers_version)
@read_only
def doctor_answers(request: HttpRequest, slug: str) -> HttpResponse:
    """All that a doctor answered, or what of it is in one topic. Three queries."""
    doctor = Doctor.objects.at_address(slug)
    topics = lists.topics_of(doctor)
    chosen = next((topic for topic in topics if topic[0] == request.GET.get("topic")), None)
    context = {
        "doctor": doctor,
        "page": lists.list_answers(doctor, request.GET, topic=chosen[0] if chosen else ""),
        "topics": topics,
        "chosen": chosen,
        "is_whole": not request.GET,
    }
    return render(request, "doctors/answers.html", context)


def _history_version(request: HttpRequest, review_id: int) -> str | None:
    review = DoctorReview.objects.visible().select_related("doctor").filter(pk=review_id).first()
    if review is None:
        return None
    rows = DoctorReview.objects.filter(pk=review_id)
    stamps = [RowVersion("title"), RowVersion("doctor__name"), RowVersion("patient__pen_name")]
    return digest([list(rows.values_list("pk", *stamps)), list(review.edits.values_list("pk", RowVersion("rating")))])


@versioned(_history_version)
@read_only
def review_history(request: HttpRequest, review_id: int) -> HttpResponse:
    """Show what a review said before, for everybody who may read the review."""
    review = get_object_or_404(DoctorReview.objects.select_related("doctor", "patient"), pk=review_id)
    if not review.is_visible:
        raise Gone if review.is_gone else Http404
    place = Place.read(request.GET, LATEST)
    page = page_of(list(turn(review.edits.all(), LATEST, place, size=EDITS_ON_A_PAGE)), place, size=EDITS_ON_A_PAGE)
    return render(request, "doctors/review_history.html", {"review": review, "page": page})
