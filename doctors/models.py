"""Who answers, what was checked about them, what patients say of them."""

from typing import Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Cast, Now, NullIf, TruncDate
from django.utils import timezone

from moderation.models import Moderated
from qa_forum.addresses import address_of

# The Bayesian order starts from this many phantom reviews of this rating, so one five-star review beats nobody.
PHANTOM_REVIEWS = 7
PHANTOM_RATING = 3.5
# Below this many reviews an average says more about chance than about the doctor.
REVIEWS_FOR_AN_AVERAGE = 3
STARS = {1: "one_star_count", 2: "two_star_count", 3: "three_star_count", 4: "four_star_count", 5: "five_star_count"}


class Specialty(models.Model):
    """A medical specialty, as doctors name their own."""

    name = models.CharField(max_length=255, unique=True)
    slug = models.SlugField(max_length=80, unique=True)

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name_plural = "specialties"

    def __str__(self) -> str:
        return self.name


# Written out over plain columns, since a generated column cannot read another one.
_local_reviews: Any = F("one_star_count")
_local_stars = F("one_star_count") * 1
for _stars, _column in list(STARS.items())[1:]:
    _local_reviews = _local_reviews + F(_column)
    _local_stars = _local_stars + F(_column) * _stars
# Imported reviews without a rating count as reviews, but weigh nothing in the average.
_rated = _local_reviews + Case(When(imported_rating__isnull=False, then=F("imported_review_count")), default=Value(0))
_stars_sum = Cast(_local_stars, models.FloatField()) + Case(
    When(imported_rating__isnull=False, then=F("imported_rating") * F("imported_review_count")),
    default=Cast(Value(0), models.FloatField()),
    output_field=models.FloatField(),
)


class DoctorQuerySet(models.QuerySet["Doctor"]):
    def visible(self) -> Self:
        """Doctors whom everybody may see."""
        return self.filter(is_listed=True)

    def with_valid_check(self) -> Self:
        """Add ``has_valid_check``: whether a licence check holds today. One subquery, no join."""
        return self.annotate(has_valid_check=Exists(LicenceCheck.objects.filter(doctor=OuterRef("pk")).valid()))


class Doctor(models.Model):
    """A doctor, known by name. Has an account only after joining; an imported doctor has none."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="doctor"
    )
    name = models.CharField(max_length=255)
    slug = models.SlugField(max_length=120, unique=True)
    credentials = models.CharField(max_length=255, blank=True)
    specialty = models.ForeignKey(Specialty, on_delete=models.PROTECT, null=True, blank=True, related_name="doctors")
    place = models.CharField(max_length=255, blank=True)
    practice = models.CharField(max_length=255, blank=True)
    languages = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    interests_stated = models.CharField(max_length=255, blank=True, help_text="What the doctor sells or is paid for.")
    is_listed = models.BooleanField(default=True, help_text="Off: the profile is shown to nobody.")
    # Where an imported doctor came from: the source's id, or a digest of name, specialty and place.
    import_key = models.CharField(max_length=300, unique=True, null=True, blank=True, editable=False)

    imported_rating = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)], editable=False
    )
    imported_review_count = models.PositiveIntegerField(default=0, editable=False)
    one_star_count = models.PositiveIntegerField(default=0, editable=False)
    two_star_count = models.PositiveIntegerField(default=0, editable=False)
    three_star_count = models.PositiveIntegerField(default=0, editable=False)
    four_star_count = models.PositiveIntegerField(default=0, editable=False)
    five_star_count = models.PositiveIntegerField(default=0, editable=False)
    answer_count = models.PositiveIntegerField(default=0, editable=False)

    local_review_count = models.GeneratedField(
        expression=_local_reviews, output_field=models.IntegerField(), db_persist=True
    )
    review_count = models.GeneratedField(
        expression=_local_reviews + F("imported_review_count"), output_field=models.IntegerField(), db_persist=True
    )
    rating = models.GeneratedField(
        expression=_stars_sum / Cast(NullIf(_rated, Value(0)), models.FloatField()),
        output_field=models.FloatField(null=True),
        db_persist=True,
    )
    rating_order = models.GeneratedField(
        expression=(_stars_sum + Value(PHANTOM_REVIEWS * PHANTOM_RATING))
        / Cast(_rated + Value(PHANTOM_REVIEWS), models.FloatField()),
        output_field=models.FloatField(),
        db_persist=True,
    )

    objects = DoctorQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(imported_rating__isnull=True) | Q(imported_rating__range=(1, 5)),
                name="imported_rating_between_1_and_5",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="doctor_has_a_name"),
        ]
        indexes = [
            models.Index(
                F("answer_count").desc(), F("id").desc(), condition=Q(is_listed=True), name="doctor_by_answers"
            ),
            models.Index(
                F("rating_order").desc(), F("id").desc(), condition=Q(is_listed=True), name="doctor_by_rating"
            ),
            models.Index(F("name"), F("id"), condition=Q(is_listed=True), name="doctor_by_name"),
        ]

    def __str__(self) -> str:
        return self.title_name

    def get_absolute_url(self) -> str:
        return address_of("doctors:doctor_detail", self.slug)

    @property
    def title_name(self) -> str:
        """The name with its title. An imported name stays as it came: nobody here knows its title."""
        bare = self.name.casefold()
        if self.is_imported or bare.startswith(("dr ", "dr.", "prof")) or "doctor" in bare.split():
            return self.name
        return f"Dr {self.name}"

    @property
    def short_name(self) -> str:
        """The title and the last name; a name without our title stays whole."""
        return f"Dr {(self.name.split() or [''])[-1]}" if self.title_name != self.name else self.name

    @property
    def initials(self) -> str:
        """Two letters that stand for a picture."""
        words = [word for word in self.name.replace("Dr.", "").replace("Dr ", "").split() if word[:1].isalnum()]
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

    @property
    def shown_rating(self) -> float | None:
        """The plain mean, 1 to 5, where there are enough reviews for one."""
        return self.rating if self.review_count >= REVIEWS_FOR_AN_AVERAGE else None

    @property
    def is_imported(self) -> bool:
        """Whether the profile came from a file and nobody has claimed it."""
        return self.import_key is not None and self.user_id is None


class LicenceCheckQuerySet(models.QuerySet["LicenceCheck"]):
    def valid(self) -> Self:
        """Checks that found a licence to practise and hold today."""
        return self.filter(
            outcome__in=LicenceCheck.VALID_OUTCOMES,
            valid_during__contains=TruncDate(Now(), tzinfo=timezone.get_default_timezone()),
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
            # The embedded server has no btree_gist: a range of one key stands for the key.
            ExclusionConstraint(
                name="one_licence_check_at_a_time",
                expressions=[
                    (
                        models.Func(
                            F("doctor"), F("doctor"), Value("[]"), function="int8range", output_field=models.Field()
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    ("valid_during", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.doctor}: {self.get_outcome_display()} on {self.checked_on}"


class DoctorReviewQuerySet(models.QuerySet["DoctorReview"]):
    def visible(self) -> Self:
        """Reviews that everybody may read."""
        return self.filter(state=Moderated.State.PUBLISHED)


def _shift(columns: dict[int, str]) -> str:
    """Return the assignments that move one review from OLD's rating to NEW's."""
    return ", ".join(
        f"{column} = {column}"
        f" + coalesce((NEW.state = 'published' AND NEW.rating = {stars} AND NEW.doctor_id = doctors_doctor.id)::int, 0)"
        f" - coalesce((OLD.state = 'published' AND OLD.rating = {stars} AND OLD.doctor_id = doctors_doctor.id)::int, 0)"
        for stars, column in columns.items()
    )


_COUNT_REVIEW = f"""
    UPDATE doctors_doctor SET {_shift(STARS)}
    WHERE id IN (NEW.doctor_id, OLD.doctor_id);
    RETURN NULL;
"""


class DoctorReview(Moderated):
    """What one patient says of one doctor, and the doctor's reply."""

    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="reviews")
    patient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="doctor_reviews")
    rating = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    title = models.CharField(max_length=120)
    body = models.TextField(max_length=5000)
    treatment = models.CharField(max_length=120, blank=True)
    visit_month = models.DateField(null=True, blank=True, help_text="The first day of the month of the visit.")
    written_at = models.DateTimeField(default=timezone.now)
    reply = models.TextField(max_length=3000, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)

    objects = DoctorReviewQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-written_at", "-pk"]
        indexes = [models.Index(fields=["doctor", "-written_at", "-id"], name="review_by_doctor")]
        constraints = [
            *Moderated.state_constraints("review"),
            models.UniqueConstraint(fields=["doctor", "patient"], name="one_review_per_patient_and_doctor"),
            models.CheckConstraint(condition=Q(rating__range=(1, 5)), name="review_rating_between_1_and_5"),
            models.CheckConstraint(
                condition=Q(reply="", replied_at__isnull=True) | (~Q(reply="") & Q(replied_at__isnull=False)),
                name="reply_has_a_text",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="count_review",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Delete,
                func=_COUNT_REVIEW,
            ),
            pgtrigger.Trigger(
                name="count_review_changed",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                # An edited text moves no star, and leaves the doctor's row and its stamp alone.
                condition=pgtrigger.AnyChange("state", "rating", "doctor"),
                func=_COUNT_REVIEW,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rating} of 5 for {self.doctor}"
