"""Doctors as everybody sees them: specialty, profile, standing, and what they were when."""

import unicodedata
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Cast, NullIf
from django.http import Http404
from django.utils import timezone

from doctors.languages import known_spellings
from qa_forum.addresses import address_of
from qa_forum.errors import Gone
from qa_forum.folding import vector

if TYPE_CHECKING:
    from accounts.models import User

# A doctor's answers are public before `Doctor.valid_until`: never without a check, for ever where none is asked for.
NEVER = date(1, 1, 1)
FOREVER = date(9999, 12, 31)

# The Bayesian order starts from this many phantom reviews of this rating, so one five-star review beats nobody.
PHANTOM_REVIEWS = 7
PHANTOM_RATING = 3.5
# What stands at /doctors/ beside the profiles: no doctor's address.
RESERVED_SLUGS = frozenset({"application", "claim", "desk", "documents", "join", "languages", "reviews", "visit-codes"})
# Below this many reviews an average says more about chance than about the doctor.
REVIEWS_FOR_AN_AVERAGE = 3
STARS = {1: "one_star_count", 2: "two_star_count", 3: "three_star_count", 4: "four_star_count", 5: "five_star_count"}


class today(models.Func):  # noqa: N801 (reads as a value in queries)
    """The database's own date: statements that are planned once still ask for it each time."""

    template = "CURRENT_DATE"
    output_field = models.DateField()


def one_at_a_time(name: str, span: str) -> ExclusionConstraint:
    """Return the constraint that spans of one doctor never overlap."""
    # The embedded server has no btree_gist: a range of one key stands for the key.
    key = models.Func(F("doctor"), F("doctor"), Value("[]"), function="int8range", output_field=models.Field())
    return ExclusionConstraint(name=name, expressions=[(key, RangeOperators.OVERLAPS), (span, RangeOperators.OVERLAPS)])


class Specialty(models.Model):
    """A medical specialty, as doctors name their own."""

    name = models.CharField(max_length=255, unique=True)
    slug = models.SlugField(max_length=80, unique=True)

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name_plural = "specialties"
        triggers = [
            pgtrigger.Trigger(
                name="rename_specialty_of_doctors",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("name"),
                condition=pgtrigger.AnyChange("name"),
                func="""
                    PERFORM 1 FROM doctors_doctor WHERE specialty_id = NEW.id ORDER BY id FOR NO KEY UPDATE;
                    UPDATE doctors_doctor SET specialty_name = NEW.name WHERE specialty_id = NEW.id;
                    RETURN NULL;
                """,
            )
        ]

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

    def at_address(self, slug: str) -> "Doctor":
        """Return the listed doctor of an address; 410 where a profile is shown to nobody any more, 404 where none was.

        One query, and one more where there is nothing to show.
        """
        found = self.visible().filter(slug=slug).first()
        if found is not None:
            return found
        raise Gone if self.filter(slug=slug).exists() else Http404

    def standing(self) -> Self:
        """Doctors whose answers everybody may read today: with a valid check, or imported."""
        return self.filter(valid_until__gt=today())

    def checked(self) -> Self:
        """Doctors with a valid check today."""
        return self.filter(Doctor.is_checked_by_date(""))

    def with_valid_check(self) -> Self:
        """Add ``has_valid_check``: whether a check holds today."""
        return self.annotate(
            has_valid_check=models.ExpressionWrapper(Doctor.is_checked_by_date(""), models.BooleanField())
        )


# The one place that says until when a doctor stands: an approved verification, for as long as licences were found
# without a gap from today on; or an import that nobody has claimed, and no check went against.
_VALID_UNTIL = """
    NEW.valid_until := CASE
        WHEN EXISTS (SELECT FROM doctors_verification WHERE doctor_id = NEW.id AND state = 'approved') THEN coalesce(
            (
                SELECT least(upper(span), DATE '9999-12-31' - 1) FROM unnest((
                    SELECT range_agg(valid_during) FROM doctors_licencecheck
                    WHERE doctor_id = NEW.id AND outcome IN ('active', 'limited')
                )) AS span WHERE span @> current_date
            ),
            DATE '0001-01-01'
        )
        WHEN NEW.import_key IS NOT NULL AND NEW.user_id IS NULL AND NOT EXISTS (
            SELECT FROM doctors_verification
            WHERE doctor_id = NEW.id AND state IN ('suspended', 'lapsed', 'revoked')
        ) THEN DATE '9999-12-31'
        ELSE DATE '0001-01-01'
    END;
    RETURN NEW;
"""


# Some servers lower Latin letters only: the table has each name as it is written and in small letters.
_SPELLINGS = ", ".join(f"('{code}', '{name}')" for code, name in known_spellings())
_LANGUAGE_CODES = f"""
    NEW.language_codes := ARRAY(
        SELECT DISTINCT code FROM (VALUES {_SPELLINGS}) AS known (code, name)
        WHERE name = ANY (NEW.languages) OR name IN (SELECT lower(stated) FROM unnest(NEW.languages) AS stated)
        ORDER BY code
    );
    RETURN NEW;
"""


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
    # ISO 639 codes of those that have one; set by a trigger, whatever is written to it; see `_LANGUAGE_CODES`.
    language_codes = ArrayField(models.CharField(max_length=3), default=list, editable=False)
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
    # Of answers that stand; moved by triggers on Answer.
    answer_count = models.PositiveIntegerField(default=0, editable=False)
    # Set by a trigger, whatever is written to it; see `_VALID_UNTIL`.
    valid_until = models.DateField(default=NEVER, editable=False)
    # A copy, moved by triggers here and on Specialty: a generated vector reads only its own row.
    specialty_name = models.CharField(max_length=255, default="", blank=True, editable=False)

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
    search = models.GeneratedField(
        expression=vector("name", "A")
        + vector("specialty_name", "B")
        + vector("place", "C")
        + vector("credentials", "D"),
        output_field=SearchVectorField(),
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
            GinIndex(fields=["search"], name="doctor_search"),
            models.Index(
                F("specialty"),
                F("rating_order").desc(),
                F("id").desc(),
                condition=Q(is_listed=True),
                name="doctor_by_specialty",
            ),
            GinIndex(fields=["language_codes"], name="doctor_by_language"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="set_valid_until",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("import_key", "user_id", "valid_until"),
                func=_VALID_UNTIL,
            ),
            pgtrigger.Trigger(
                name="copy_specialty_name",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("specialty_id", "specialty_name"),
                func="""
                    NEW.specialty_name := coalesce(
                        (SELECT name FROM doctors_specialty WHERE id = NEW.specialty_id), '');
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="set_language_codes",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("languages", "language_codes"),
                func=_LANGUAGE_CODES,
            ),
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

    @staticmethod
    def is_checked_by_date(prefix: str) -> Q:
        """Return the condition that the doctor at ``prefix`` has a valid check today."""
        return Q(**{f"{prefix}valid_until__gt": today(), f"{prefix}valid_until__lt": FOREVER})

    # Set by `with_valid_check()`.
    has_valid_check: bool

    @property
    def is_standing(self) -> bool:
        """Whether everybody may read this doctor's answers today."""
        return self.valid_until > timezone.localdate()

    @property
    def is_checked(self) -> bool:
        """Whether a check of this doctor holds today."""
        return self.is_standing and self.valid_until < FOREVER

    def can_be_reviewed_by(self, user: "User") -> bool:
        """Anybody with an account but the doctor and people of the same practice."""
        own = getattr(user, "doctor", None)
        return self.is_listed and (own is None or (own.pk != self.pk and not own.shares_practice_with(self)))

    def shares_practice_with(self, other: "Doctor") -> bool:
        """Whether both name the same practice, however it is spelt."""
        return bool(self.practice_key) and self.practice_key == other.practice_key

    @property
    def practice_key(self) -> str:
        """The letters and digits of the practice's name, without case and accents."""
        plain = unicodedata.normalize("NFKD", self.practice).casefold()
        return "".join(sign for sign in plain if sign.isalnum())

    @property
    def is_imported(self) -> bool:
        """Whether the profile came from a file and nobody has claimed it."""
        return self.import_key is not None and self.user_id is None


class CredentialPeriod(models.Model):
    """What a doctor was called in a span of time: an answer shows what its author was when they wrote it."""

    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="credential_periods")
    credentials = models.CharField(max_length=255, blank=True)
    specialty = models.ForeignKey(Specialty, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    during = DateRangeField(help_text="From the day on which it became so; without an end while it is so.")

    class Meta:
        ordering: ClassVar = ["-during"]
        constraints = [
            one_at_a_time("one_credential_period_at_a_time", "during"),
            models.CheckConstraint(condition=Q(during__isempty=False), name="credential_period_is_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.credentials} {self.specialty or ''}".strip()
