"""What people report, and the cases that moderators work on."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVector, SearchVectorField
from django.db import connection, models
from django.db.models import F, Q, Subquery
from django.utils import timezone

if TYPE_CHECKING:
    from accounts.models import User

# Whoever claims a case and goes home does not keep it from the others.
CLAIM_HOLDS = timedelta(hours=1)
NOTE_LENGTH = 500

# The longest words are the rarest, by and large: a common one would bring up half of the table.
_WORDS = """
    SELECT lexeme FROM unnest((SELECT search FROM moderation_case WHERE id = %(case)s))
    WHERE length(lexeme) > 3 ORDER BY length(lexeme) DESC, lexeme LIMIT 8
"""
# A bounded number that share one, by the index; those are compared.
_LIKE = """
    WITH candidates AS (
        SELECT id, search FROM moderation_case
        WHERE search @@ to_tsquery('simple', %(any)s) AND id <> %(case)s LIMIT 500
    ), counted AS (
        SELECT id, (SELECT count(*) FROM unnest(%(words)s::text[]) word
            WHERE word = ANY(tsvector_to_array(search))) AS shared
        FROM candidates
    )
    SELECT id FROM counted WHERE shared >= %(least)s ORDER BY shared DESC, id DESC LIMIT 5
"""


class CaseQuerySet(models.QuerySet["Case"]):
    def open(self) -> Self:
        """Cases that wait for a moderator."""
        return self.filter(closed_at__isnull=True)

    def in_order(self) -> Self:
        """The queue: emergencies first, then the oldest. Its index is ``case_queue``."""
        return self.order_by("-urgency", "opened_at", "pk")

    def opened_after(self, opened_at: datetime, key: int) -> Self:
        """Cases that were opened after another one, of the same urgency."""
        # Written so that the index of the queue can be entered at this place.
        return self.filter(opened_at__gte=opened_at).exclude(opened_at=opened_at, pk__lte=key)

    def closed_before(self, closed_at: datetime, key: int) -> Self:
        """Cases that were closed before another one."""
        return self.filter(closed_at__lte=closed_at).exclude(closed_at=closed_at, pk__gte=key)

    def about(self, kind: str, key: int) -> Self:
        """Cases of one thing."""
        return self.filter(subject_kind=kind, subject_id=key)

    def of_kind(self, kind: str) -> Self:
        """Cases of things of one kind, as in ``questions.answer``."""
        return self.filter(subject_kind=kind)

    def newest(self, most: int) -> Self:
        """The cases that were opened last, by their keys."""
        return self.filter(pk__gt=Subquery(Case.objects.order_by("-pk").values("pk")[:1]) - most)

    def in_room(self, room: str) -> Self:
        """Cases of things of one room, as in ``questions``."""
        return self.filter(subject_kind__startswith=f"{room}.")

    def with_reason(self, reason: str) -> Self:
        """Cases in which somebody named this reason."""
        return self.filter(reasons__contains=[reason])

    def older_than(self, age: timedelta) -> Self:
        """Cases that have waited longer."""
        return self.filter(opened_at__lt=timezone.now() - age)

    def free_for(self, moderator: "User") -> Self:
        """Cases that this moderator may take: nobody else has claimed them, and it is no appeal against themselves."""
        free = Q(claimed_by__isnull=True) | Q(claimed_by=moderator) | Q(claimed_at__lt=timezone.now() - CLAIM_HOLDS)
        own = Q(appeals__outcome="", appeals__first_moderator=moderator) | Q(author=moderator)
        return self.filter(free).exclude(own)

    def matching(self, words: str) -> Self:
        """Cases in whose words all of these are found."""
        return self.filter(search=SearchQuery(words, config="english", search_type="websearch"))

    def like_in_words(self, case: "Case") -> list[int]:
        """Return the keys of a few cases that share most of the telling words of one, the closest first.

        Its rarest words, by length, find a bounded number of cases by the index; those are compared.
        """
        with connection.cursor() as cursor:
            cursor.execute(_WORDS, {"case": case.pk})
            words = [word for (word,) in cursor.fetchall()]
            if not words:
                return []
            # Quoted, so that no operator of a query can be in it.
            quoted = ["'{}'".format(word.replace("\\", "\\\\").replace("'", "''")) for word in words]
            least = max(min(2, len(words)), len(words) // 2)
            names: dict[str, Any] = {"case": case.pk, "any": " | ".join(quoted), "words": words, "least": least}
            cursor.execute(_LIKE, names)
            return [key for (key,) in cursor.fetchall()]


class Case(models.Model):
    """One thing that moderators have to look at, and all that speaks for looking. One is open for each thing.

    The thing is named by room and key, as a decision names it.
    """

    class Cause(models.TextChoices):
        REPORTS = "reports", "reported"
        HELD = "held", "waits to be shown"
        EMERGENCY = "emergency", "sounds like an emergency"
        CHANGED = "changed", "changed as asked"
        VOTES = "votes", "votes that look odd"
        APPEAL = "appeal", "appeal"

    class Urgency(models.IntegerChoices):
        ORDINARY = 0, "ordinary"
        # Its author waits, or somebody may come to harm.
        SOON = 1, "soon"
        EMERGENCY = 2, "emergency"

    subject_kind = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    cause = models.CharField(max_length=10, choices=Cause)
    urgency = models.PositiveSmallIntegerField(choices=Urgency, default=Urgency.ORDINARY)
    # Of its reports: each reason once, and how many there are.
    reasons = ArrayField(models.CharField(max_length=10), default=list, blank=True, editable=False)
    report_count = models.PositiveIntegerField(default=0, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="cases_about"
    )
    # What moderators search in: titles, pen names and notes. Erased with the thing's own words.
    words = models.TextField(blank=True, editable=False)
    opened_at = models.DateTimeField(default=timezone.now, editable=False)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="claimed_cases"
    )
    claimed_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    search = models.GeneratedField(
        expression=SearchVector("words", config="english"), output_field=SearchVectorField(), db_persist=True
    )

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-urgency", "opened_at", "pk"]
        # A case comes about by what people do, and goes by a decision.
        default_permissions = ("view", "change")
        indexes = [
            models.Index(
                F("urgency").desc(), F("opened_at"), F("id"), condition=Q(closed_at__isnull=True), name="case_queue"
            ),
            models.Index(fields=["subject_kind", "subject_id"], name="case_by_subject"),
            models.Index(fields=["author", "-id"], name="case_by_author"),
            models.Index(F("opened_at"), name="case_by_opening"),
            models.Index(F("closed_at"), condition=Q(closed_at__isnull=False), name="case_by_closing"),
            GinIndex(fields=["reasons"], condition=Q(closed_at__isnull=True), name="case_by_reason"),
            GinIndex(fields=["search"], name="case_search"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id"],
                condition=Q(closed_at__isnull=True),
                name="one_open_case_per_thing",
            ),
            models.CheckConstraint(
                condition=Q(cause__in=["reports", "held", "emergency", "changed", "votes", "appeal"]),
                name="case_cause_is_known",
            ),
            models.CheckConstraint(condition=Q(urgency__in=[0, 1, 2]), name="case_urgency_is_known"),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True) | Q(claimed_at__isnull=False), name="case_is_claimed_at_some_time"
            ),
        ]

    def __str__(self) -> str:
        # Never its words: this may come into a log.
        return f"Case {self.pk}: {self.subject_kind.rpartition('.')[2]} {self.subject_id}"

    @property
    def is_open(self) -> bool:
        """Whether it waits for a moderator."""
        return self.closed_at is None

    @property
    def age(self) -> timedelta:
        """How long ago it was opened."""
        return timezone.now() - self.opened_at

    def is_claimed_by_another(self, moderator: "User | None") -> bool:
        """Whether somebody else is at it now."""
        return (
            self.claimed_by_id is not None
            and self.claimed_at is not None
            and timezone.now() < self.claimed_at + CLAIM_HOLDS
            and (moderator is None or self.claimed_by_id != moderator.pk)
        )


class Report(models.Model):
    """Somebody says that a thing breaks a rule. All reports on one thing join its open case.

    Whoever reports is a user or a visitor. ``network`` is a digest that tells apart the networks of one case's
    reports and says nothing beyond it; it goes when the case is closed.
    """

    class Reason(models.TextChoices):
        PRIVATE = "private", "It shows private details of somebody"
        UNTRUE = "untrue", "It did not happen, or is about somebody else"
        TIED = "tied", "Its author has a tie to the doctor, or was paid"
        ABUSE = "abuse", "It insults or threatens somebody"
        ADVERT = "advert", "It advertises something"
        UNSAFE = "unsafe", "It may harm somebody who follows it"
        OTHER = "other", "Something else"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="reports")
    subject_kind = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    reason = models.CharField(max_length=10, choices=Reason)
    note = models.CharField(max_length=NOTE_LENGTH, blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="reports"
    )
    visitor = models.UUIDField(null=True, blank=True, editable=False)
    network = models.CharField(max_length=32, blank=True, editable=False)
    reported_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["-reported_at", "-pk"]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="report_by_subject"),
            models.Index(F("reported_at"), name="report_by_date"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "reported_by"],
                condition=Q(reported_by__isnull=False),
                name="one_report_per_person_and_case",
            ),
            models.UniqueConstraint(
                fields=["case", "visitor"], condition=Q(visitor__isnull=False), name="one_report_per_visitor_and_case"
            ),
            models.CheckConstraint(
                condition=Q(reported_by__isnull=True) | Q(visitor__isnull=True), name="report_by_user_or_visitor"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["private", "untrue", "tied", "abuse", "advert", "unsafe", "other"]),
                name="report_reason_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} on {self.subject_kind} {self.subject_id}"
