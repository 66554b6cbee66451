"""Topics, questions, answers and the facts that doctors state."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField, IntegerRangeField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.backends.postgresql.psycopg_any import NumericRange
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Value
from django.db.models.functions import MD5, Cast, Coalesce, Greatest, JSONObject, Left, Lower, Sqrt
from django.db.models.lookups import LessThanOrEqual
from django.http import Http404
from django.utils import timezone
from django.utils.text import slugify

from accounts.visitors import Voter
from doctors.models import CredentialPeriod, Doctor, Specialty, today
from moderation.models import Moderated
from moderation.states import WITH_ITS_AUTHOR
from qa_forum.addresses import address_of
from qa_forum.folding import SEARCHED_IN, Folded, vector
from qa_forum.versions import RowVersion, release
from questions.bodies import extract
from questions.models import topic_counts

# Stand-ins that put an unknown date last, whichever way a list runs. They are never shown.
BEFORE_ALL = datetime(1000, 1, 1, tzinfo=UTC)
AFTER_ALL = datetime(9000, 1, 1, tzinfo=UTC)

# Wilson score interval, lower bound, for z = 1.2816 (80 %): E. B. Wilson, JASA 22 (1927) 209-212.
WILSON_Z = 1.2816
VISITOR_WEIGHT = 0.25

TITLE_LENGTH = 300
# Sessions and days: what is larger is a slip of the finger.
LARGEST_FACT = 10_000
# A tsvector holds at most 1 MB; so much text can never fill it.
SEARCHED_CHARACTERS = 100_000

SLUG_LENGTH = 80
# After so many months a doctor is asked: still your view?
REVIEW_MONTHS = 24
# Words that stand in the place of the slug in other addresses of a question.
RESERVED_SLUGS = frozenset(
    {"answers", "close", "decline", "edit", "follow", "history", "inquire", "open", "photos", "report", "withdraw"}
)


def question_slug(title: str) -> str:
    """Return the last part of a question's address: its words, and never the name of another page of it."""
    slug = slugify(title)[:SLUG_LENGTH].strip("-_") or "question"
    return f"{slug}-question" if slug in RESERVED_SLUGS else slug


class BodyFormat(models.TextChoices):
    """What the source of a body is written in; ``body_html`` beside it is what is shown."""

    TEXT = "text", "plain text"
    MARKDOWN = "markdown", "Markdown"
    HTML = "html", "HTML"


# Names of topics and of their synonyms are one space: whoever writes one holds its name and its slug until the end.
HOLD_NAME = """
    PERFORM pg_advisory_xact_lock(key) FROM (
        SELECT DISTINCT hashtextextended('topic ' || word, 0) AS key
        FROM unnest(ARRAY[lower(NEW.name), NEW.slug]) AS word ORDER BY key
    ) held;
"""
# Says that the meaning of questions must be found anew. Always written, never asked first: so it waits for a worker
# that has just read the old words.
_MEANS_ANOTHER = "UPDATE questions_meaning SET is_due = true WHERE question_id IN "


class TopicQuerySet(models.QuerySet["Topic"]):
    def by_names(self, names: Iterable[str]) -> dict[str, "Topic"]:
        """Return the topics that have these names, or a synonym of them, by the name in small letters. Two queries."""
        wanted = {name.lower() for name in names}
        named: QuerySet[Any] = self.annotate(folded=Lower("name")).filter(folded__in=wanted)
        found = {topic.folded: topic for topic in named}
        synonyms = TopicSynonym.objects.annotate(folded=Lower("name")).select_related("topic")
        called = synonyms.filter(folded__in=wanted - found.keys())
        return {synonym.folded: synonym.topic for synonym in called} | found

    def at(self, slug: str) -> "Topic | None":
        """Return the topic of an address, or the one that its synonym leads to. One query, or two."""
        return self.filter(slug=slug).first() or self.filter(synonyms__slug=slug).first()

    def under(self, slug: str) -> Self:
        """The same as a filter, for queries that name a topic by its slug."""
        return self.filter(Q(slug=slug) | Q(synonyms__slug=slug)).distinct()

    def at_or_404(self, slug: str) -> "Topic":
        """Return the topic of an address, or the one that its synonym leads to."""
        if topic := self.at(slug):
            return topic
        raise Http404


# Writes the names of its topics into a question, which its search vector is made of.
_NAME_TOPICS = """
    UPDATE questions_question q SET topic_names = coalesce((
        SELECT string_agg(t.name, ', ' ORDER BY qt.id) FROM questions_questiontopic qt
        JOIN questions_topic t ON t.id = qt.topic_id WHERE qt.question_id = q.id
    ), '')
    WHERE q.id IN
"""


class Topic(models.Model):
    """What questions are about."""

    name = models.CharField(max_length=255)
    slug = models.SlugField(max_length=120, unique=True)
    description = models.TextField(blank=True)
    # The wider topic that it is part of; a trigger keeps these from going round.
    parent = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="children",
        help_text="The wider topic that it is part of.",
    )
    question_count = models.PositiveIntegerField(default=0, editable=False)
    # A copy, moved by a trigger on TopicSynonym.
    synonym_names = models.TextField(default="", blank=True, editable=False)
    specialties = models.ManyToManyField(
        Specialty, related_name="topics", blank=True, help_text="Whose doctors find its questions on their desk."
    )
    review_months = models.PositiveSmallIntegerField(
        default=REVIEW_MONTHS, help_text="After so many months a doctor is asked whether an answer is still their view."
    )

    search = models.GeneratedField(
        expression=vector("name", "A") + vector("synonym_names", "B") + vector("description", "C"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="one_topic_per_name"),
            models.CheckConstraint(condition=Q(review_months__gt=0), name="topic_review_is_after_a_time"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="topic_never_part_of_itself"),
        ]
        indexes = [
            models.Index(F("question_count").desc(), F("id").asc(), name="topic_by_questions"),
            GinIndex(fields=["search"], name="topic_search"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="topic_is_no_synonym",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("name", "slug"),
                func=f"""
                    {HOLD_NAME}
                    IF EXISTS (
                        SELECT FROM questions_topicsynonym WHERE slug = NEW.slug OR lower(name) = lower(NEW.name)
                    ) THEN
                        RAISE EXCEPTION 'A topic has a synonym of this name.'
                            USING ERRCODE = 'unique_violation', CONSTRAINT = 'topic_is_no_synonym';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="topics_make_no_circle",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("parent_id"),
                condition=pgtrigger.Q(new__parent__isnull=False),
                func="""
                    -- One at a time: two that move at once would each see the other where it was.
                    PERFORM pg_advisory_xact_lock(hashtextextended('parents of topics', 0));
                    IF EXISTS (
                        WITH RECURSIVE above AS (
                            SELECT id, parent_id FROM questions_topic WHERE id = NEW.parent_id
                            UNION SELECT t.id, t.parent_id FROM questions_topic t JOIN above ON t.id = above.parent_id
                        )
                        SELECT FROM above WHERE id = NEW.id
                    ) THEN
                        RAISE EXCEPTION 'A topic is no part of what is part of it.'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'topics_make_no_circle';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="rename_topic_of_questions",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("name"),
                condition=pgtrigger.AnyChange("name"),
                func=f"""
                    -- Whoever renames a topic by `services.hold_topic` holds these already, before the topic.
                    PERFORM 1 FROM questions_question q
                    WHERE q.id IN (SELECT question_id FROM questions_questiontopic WHERE topic_id = NEW.id)
                        ORDER BY id FOR NO KEY UPDATE;
                    {_NAME_TOPICS} (SELECT question_id FROM questions_questiontopic WHERE topic_id = NEW.id);
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return address_of("questions:topic_detail", self.slug)

    @property
    def synonyms_named(self) -> list[str]:
        """The other names, from the copy that stands in the row."""
        return self.synonym_names.split("\n") if self.synonym_names else []

    def way(self) -> list["Topic"]:
        """Return the topics that this one is part of, the widest first. A query for each."""
        above: list[Topic] = []
        wider = self.parent
        while wider is not None and wider not in above:
            above.append(wider)
            wider = wider.parent
        return above[::-1]


class TopicSynonym(models.Model):
    """Another name of a topic: its address leads there, and whoever searches or names it finds the topic."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="synonyms")
    name = models.CharField(max_length=255)
    slug = models.SlugField(max_length=120, unique=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="one_synonym_per_name"),
            models.CheckConstraint(condition=~Q(name=""), name="synonym_has_a_name"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="synonym_is_no_topic",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("name", "slug"),
                func=f"""
                    {HOLD_NAME}
                    IF EXISTS (
                        SELECT FROM questions_topic WHERE slug = NEW.slug OR lower(name) = lower(NEW.name)
                    ) THEN
                        RAISE EXCEPTION 'A topic has this name.'
                            USING ERRCODE = 'unique_violation', CONSTRAINT = 'synonym_is_no_topic';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="name_synonyms_of_topic",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Delete | pgtrigger.UpdateOf("name", "topic_id"),
                func="""
                    -- One that is going with its topic finds no topic any more.
                    UPDATE questions_topic t SET synonym_names = coalesce((
                        SELECT string_agg(s.name, E'\\n' ORDER BY lower(s.name)) FROM questions_topicsynonym s
                        WHERE s.topic_id = t.id
                    ), '')
                    WHERE t.id IN (coalesce(NEW.topic_id, OLD.topic_id), coalesce(OLD.topic_id, NEW.topic_id));
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.name


# What a doctor's name is made of.
NAMED_OF_DOCTORS = ("doctor__name", "doctor__import_key", "doctor__user_id")


class QuestionQuerySet(models.QuerySet["Question"]):
    def visible(self) -> Self:
        """Questions that everybody may read. The one place that decides."""
        return self.filter(state=Moderated.State.PUBLISHED)

    def taken_down(self) -> Self:
        """Those that a moderator keeps from readers."""
        return self.filter(state__in=[Moderated.State.HIDDEN, Moderated.State.REMOVED])

    def saying_the_same(self, title: str, body: str) -> Self:
        """Questions of this title and these words, in any case."""
        return self.annotate(words=MD5(Lower("body"))).filter(title__iexact=title, words=MD5(Lower(models.Value(body))))

    def about(self, topic: Topic) -> Self:
        """Questions on a topic."""
        return self.filter(question_topics__topic=topic)

    def with_lists(self) -> Self:
        """Add what a row of a list shows: the asker, the topics, the doctor of the newest answer. Two queries more."""
        newest = Answer.objects.visible().order_by("question_id", F("answered_at").desc(nulls_last=True), "-pk")
        return self.select_related("asker").prefetch_related(
            Prefetch("topics", Topic.objects.only("name", "slug").order_by("question_topics__id")),
            Prefetch(
                "answers",
                newest.distinct("question_id").select_related("doctor").only("question_id", *NAMED_OF_DOCTORS),
                to_attr="newest_answers",
            ),
        )


class Question(Moderated):
    """What a patient asks. An imported asker is a name, not an account."""

    title = models.CharField(max_length=TITLE_LENGTH)
    slug = models.SlugField(max_length=SLUG_LENGTH, editable=False)
    body = models.TextField(blank=True)
    body_format = models.CharField(max_length=8, choices=BodyFormat, default=BodyFormat.TEXT)
    body_html = models.TextField(blank=True, editable=False)
    asker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="questions"
    )
    asker_name = models.CharField(max_length=255, blank=True, help_text="The name of an imported asker.")
    asked_at = models.DateTimeField(null=True, blank=True, default=timezone.now, help_text="Empty: unknown.")
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    topics: "models.ManyToManyField[Topic, QuestionTopic]" = models.ManyToManyField(
        Topic, through="QuestionTopic", related_name="questions", blank=True
    )
    external_id = models.CharField(max_length=255, unique=True, null=True, blank=True, editable=False)
    source_url = models.URLField(max_length=2000, blank=True, editable=False)
    # Made with the form: the same form sent twice is one question.
    form_key = models.UUIDField(unique=True, null=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="The asker said thanks.")
    locked_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="A moderator takes no answers.")
    # Where a moderator merged it with another one: that one, never itself and never a merged one.
    duplicate_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="duplicates", editable=False
    )
    # What the emergency screen said of it before the asker chose to go on.
    emergencies = ArrayField(models.CharField(max_length=30), default=list, blank=True, editable=False)
    is_urgent = models.BooleanField(
        "urgent", default=False, help_text="Sounded like an emergency; no moderator has looked at it yet."
    )
    # What `services.refresh_related` found last: keys, most related first. Read through `visible()`.
    related_ids = ArrayField(models.BigIntegerField(), default=list, editable=False)
    # A copy, moved by triggers on Topic and QuestionTopic: a generated vector reads only its own row.
    topic_names = models.TextField(default="", blank=True, editable=False)

    # Copies, moved by triggers on Answer.
    answer_count = models.PositiveIntegerField(default=0, editable=False)
    last_answer_at = models.DateTimeField(null=True, editable=False)

    active_at = models.GeneratedField(
        expression=Greatest("asked_at", "edited_at", "last_answer_at"),
        output_field=models.DateTimeField(null=True),
        db_persist=True,
    )
    search = models.GeneratedField(
        expression=vector("title", "A") + vector("topic_names", "B") + vector(Left("body", SEARCHED_CHARACTERS), "C"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = QuestionQuerySet.as_manager()

    class Meta:
        constraints = [
            *Moderated.state_constraints("question", without=()),
            models.CheckConstraint(
                condition=Q(state="merged", duplicate_of__isnull=False)
                | (~Q(state="merged") & Q(duplicate_of__isnull=True)),
                name="question_merged_with_another",
            ),
            models.CheckConstraint(condition=~Q(duplicate_of=F("id")), name="question_never_merged_with_itself"),
            models.CheckConstraint(condition=~Q(title=""), name="question_has_a_title"),
            models.CheckConstraint(condition=Q(body_format__in=BodyFormat.values), name="question_format_is_known"),
            models.CheckConstraint(
                condition=Q(asker__isnull=True) | Q(asker_name=""), name="question_asker_is_account_or_name"
            ),
            models.CheckConstraint(
                condition=Q(is_urgent=False) | Q(emergencies__len__gt=0), name="question_urgent_for_a_reason"
            ),
        ]
        indexes = [
            models.Index(
                Coalesce("asked_at", Value(BEFORE_ALL)).desc(),
                F("id").desc(),
                condition=Q(state="published"),
                name="question_by_newest",
            ),
            models.Index(
                Coalesce("active_at", Value(BEFORE_ALL)).desc(),
                F("id").desc(),
                condition=Q(state="published"),
                name="question_by_active",
            ),
            models.Index(
                Coalesce("asked_at", Value(AFTER_ALL)).asc(),
                F("id").asc(),
                condition=Q(state="published", answer_count=0),
                name="question_unanswered",
            ),
            GinIndex(fields=["search"], name="question_search"),
            # A word that half of all bodies have stands in few titles: these are found without the rest.
            GinIndex(SearchVector(Folded("title"), config=SEARCHED_IN), name="question_title_search"),
            # The moderators' list: what sounds urgent stands on top.
            models.Index(F("is_urgent").desc(), F("id").desc(), name="question_by_urgency"),
            models.Index(F("asker"), F("id").desc(), name="question_by_asker"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="mean_question_added",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func="""
                    INSERT INTO questions_meaning (question_id, is_due, model) VALUES (NEW.id, true, '');
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="mean_question_changed",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("title", "body"),
                condition=pgtrigger.AnyChange("title", "body"),
                func=f"{_MEANS_ANOTHER}(NEW.id); RETURN NULL;",
            ),
            pgtrigger.Trigger(
                name="merge_makes_no_chain",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("duplicate_of_id"),
                condition=pgtrigger.Q(new__duplicate_of__isnull=False),
                func="""
                    -- Held, so that the other one is not merged at the same moment.
                    PERFORM 1 FROM questions_question WHERE id = NEW.duplicate_of_id FOR NO KEY UPDATE;
                    IF EXISTS (
                        SELECT FROM questions_question
                        WHERE (id = NEW.duplicate_of_id AND duplicate_of_id IS NOT NULL) OR duplicate_of_id = NEW.id
                    ) THEN
                        RAISE EXCEPTION 'A question is merged with one that is not merged itself.'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'question_merge_makes_no_chain';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="count_question_state",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("state"),
                condition=pgtrigger.AnyChange("state"),
                func="""
                    UPDATE questions_topic SET question_count = question_count
                        + (NEW.state = 'published')::int - (OLD.state = 'published')::int
                    WHERE id IN (SELECT topic_id FROM questions_questiontopic WHERE question_id = NEW.id);
                    UPDATE doctors_doctor d SET answer_count = answer_count
                        + ((NEW.state = 'published')::int - (OLD.state = 'published')::int) * n
                    FROM (
                        SELECT doctor_id, count(*) AS n FROM questions_answer
                        WHERE question_id = NEW.id AND state = 'published' GROUP BY doctor_id
                    ) answered
                    WHERE d.id = answered.doctor_id AND d.valid_until > '0001-01-01';
                    RETURN NULL;
                """,
            ),
            *topic_counts.OF_QUESTIONS,
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address_of("questions:question_detail", self.pk, self.slug)

    def can_be_seen_by(self, user: object) -> bool:
        """Everybody sees what is published; its author and staff see it in each state."""
        if self.state == Moderated.State.PUBLISHED:
            return True
        if not getattr(user, "is_authenticated", False):
            return False
        return getattr(user, "is_staff", False) or getattr(user, "pk", None) == self.asker_id

    def is_of(self, user: object) -> bool:
        """Whether this person asked it."""
        return self.asker_id is not None and self.asker_id == getattr(user, "pk", None)

    def can_be_edited_by(self, user: object) -> bool:
        """The asker may change a question for as long as no moderator and no withdrawal took it away."""
        return self.is_of(user) and self.state in WITH_ITS_AUTHOR

    def can_take_photos_of(self, user: object) -> bool:
        """The asker adds photos where they may change the question and no moderator locked it."""
        return self.can_be_edited_by(user) and self.locked_at is None

    def can_be_withdrawn_by(self, user: object) -> bool:
        """The asker may take back what is public or waits to be."""
        return self.can_be_edited_by(user)

    def can_be_closed_by(self, user: object) -> bool:
        """The asker may say that they have what they need."""
        return self.is_of(user) and self.state == Moderated.State.PUBLISHED

    def can_be_answered_by(self, doctor: Doctor) -> bool:
        """Doctors with a valid check answer what takes answers, and nobody their own question."""
        return self.takes_answers and doctor.is_checked and not self.is_of(doctor.user)

    @property
    def takes_answers(self) -> bool:
        """Whether doctors may still do something about it: it is public, and neither closed nor locked."""
        return self.state == Moderated.State.PUBLISHED and self.closed_at is None and self.locked_at is None

    @property
    def source_host(self) -> str:
        """The site that an imported question came from; nothing where its address is none of the web."""
        try:
            parts = urlsplit(self.source_url)
        except ValueError:
            return ""
        return (parts.hostname or "") if parts.scheme in {"http", "https"} else ""

    @property
    def extract(self) -> str:
        """The first words of the body, for lists."""
        return extract(self.body_html, 180)

    @property
    def shown_asker(self) -> str:
        """The pen name, or the name that came with an import."""
        return self.asker.pen_name if self.asker else self.asker_name


class QuestionTopic(models.Model):
    """One topic of one question."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="question_topics")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="question_topics")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["question", "topic"], name="one_topic_once_per_question")]
        indexes = [models.Index(fields=["topic", "-question"], name="question_by_topic")]
        triggers = [
            pgtrigger.Trigger(
                name="count_topic_added",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_rows"),
                func="""
                    -- Its state may be changing just now: counted is what it is when that is over.
                    PERFORM 1 FROM questions_question WHERE id IN (SELECT question_id FROM new_rows)
                        ORDER BY id FOR NO KEY UPDATE;
                    UPDATE questions_topic t SET question_count = question_count + n
                    FROM (
                        SELECT topic_id, count(*) AS n FROM new_rows JOIN questions_question q ON q.id = question_id
                        WHERE q.state = 'published' GROUP BY topic_id
                    ) added
                    WHERE t.id = added.topic_id;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="count_topic_removed",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Delete,
                referencing=pgtrigger.Referencing(old="old_rows"),
                func="""
                    -- Its state may be changing just now: counted is what it is when that is over.
                    PERFORM 1 FROM questions_question WHERE id IN (SELECT question_id FROM old_rows)
                        ORDER BY id FOR NO KEY UPDATE;
                    UPDATE questions_topic t SET question_count = question_count - n
                    FROM (
                        SELECT topic_id, count(*) AS n FROM old_rows JOIN questions_question q ON q.id = question_id
                        WHERE q.state = 'published' GROUP BY topic_id
                    ) removed
                    WHERE t.id = removed.topic_id;
                    RETURN NULL;
                """,
            ),
            # These run after the counts, by their names: the question and its topics are held, their names hold still.
            pgtrigger.Trigger(
                name="name_topics_added",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_rows"),
                func=f"{_NAME_TOPICS} (SELECT question_id FROM new_rows); RETURN NULL;",
            ),
            pgtrigger.Trigger(
                name="name_topics_removed",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Delete,
                referencing=pgtrigger.Referencing(old="old_rows"),
                func=f"{_NAME_TOPICS} (SELECT question_id FROM old_rows); RETURN NULL;",
            ),
            *topic_counts.OF_LINKS,
            # A row is added or removed, never moved: so the counts above see every change.
            pgtrigger.Protect(name="topic_never_moved", operation=pgtrigger.Update),
        ]

    def __str__(self) -> str:
        return f"{self.question_id} on {self.topic_id}"


def _number(*columns: str) -> models.Expression:
    """Return the weighted sum of vote counters, plus the one of the Wilson prior, as a float."""
    total: models.Expression = Cast(Value(1), models.FloatField())
    for column in columns:
        counter = Cast(F(column), models.FloatField())
        total = total + (counter * Cast(Value(VISITOR_WEIGHT), models.FloatField()) if "visitor" in column else counter)
    return total


UP_COLUMNS = ("user_upvote_count", "visitor_upvote_count", "imported_upvote_count")
DOWN_COLUMNS = ("user_downvote_count", "visitor_downvote_count", "imported_downvote_count")


def _rank() -> models.Expression:
    """Return the Wilson lower bound over (up + 1, down + 1): (p + z²/2n - z √((p(1-p) + z²/4n)/n)) / (1 + z²/n)."""
    up, down, n = _number(*UP_COLUMNS), _number(*DOWN_COLUMNS), _number(*UP_COLUMNS) + _number(*DOWN_COLUMNS)
    z, zz = (Cast(Value(value), models.FloatField()) for value in (WILSON_Z, WILSON_Z**2))
    # With p = up / n, multiplied out by n: no fraction is taken twice.
    spread = Sqrt(up * down / n + zz / Cast(Value(4), models.FloatField()))
    return (up + zz / Cast(Value(2), models.FloatField()) - z * spread) / (n + zz)


def _sum(*columns: str) -> models.Expression:
    """Return the plain sum of counters."""
    first, second, third = (F(column) for column in columns)
    return first + second + third


def _stamps_of_card() -> models.Expression:
    """Return the stamps of every row that an answer with its doctor's card shows, as one text."""
    rows = ("headline", "doctor__name", "doctor__specialty__name", "decision__reason")
    return models.Func(
        Value(":"), F("pk"), *map(RowVersion, rows), function="concat_ws", output_field=models.TextField()
    )


def _what_the_author_was() -> QuerySet[CredentialPeriod, Any]:
    """Return credentials and specialty of an answer's author on the day on which it was written, where known."""
    then = CredentialPeriod.objects.filter(
        doctor=OuterRef("doctor_id"), during__contains=Cast(OuterRef("answered_at"), models.DateField())
    )
    return then.values(json=JSONObject(credentials=F("credentials"), specialty=F("specialty__name")))[:1]


def _colleagues_who_agree() -> Coalesce:
    """Return how many doctors with a valid check today agree with an answer."""
    # Declared further up the room: read by the reverse relation.
    agreements: Any = Answer._meta.get_field("agreements").related_model
    agreeing = agreements.objects.filter(Doctor.is_checked_by_date("doctor__"), answer=OuterRef("pk")).order_by()
    counted = agreeing.values("answer").annotate(count=models.Count("pk")).values("count")
    return Coalesce(models.Subquery(counted), Value(0), output_field=models.IntegerField())


def _has_history() -> Exists:
    """Return whether an answer said something else before."""
    edits: Any = Answer._meta.get_field("edits").related_model
    return Exists(edits.objects.filter(answer=OuterRef("pk")))


def _newest_recall() -> QuerySet:
    """Return the reason and day of the newest recall of a topic that an answer was not confirmed after."""
    recalls: Any = Topic._meta.get_field("recalls").related_model
    made = recalls.objects.filter(
        topic__question_topics__question=OuterRef("question_id"),
        made_at__gt=Coalesce(Greatest(OuterRef("confirmed_at"), OuterRef("answered_at")), Value(BEFORE_ALL)),
    ).order_by("-made_at")
    return made.values(json=JSONObject(reason=F("reason"), made_at=F("made_at")))[:1]


def _is_due() -> models.ExpressionWrapper:
    """Return whether an answer's review time is over today: the shortest one of its question's topics.

    ``questions.versions`` says the same in SQL, since the day on which it comes true changes the page.
    """
    shortest = QuestionTopic.objects.filter(question=OuterRef("question_id")).order_by().values("question")
    months = Coalesce(
        models.Subquery(shortest.annotate(least=models.Min("topic__review_months")).values("least")),
        Value(REVIEW_MONTHS),
        output_field=models.IntegerField(),
    )
    due_on = models.Func(
        Coalesce("confirmed_at", "answered_at"),
        models.Func(months, template="make_interval(months => %(expressions)s)"),
        template="(%(expressions)s)::date",
        arg_joiner=" + ",
        output_field=models.DateField(),
    )
    # Where nobody knows when it was written, nothing is over.
    return models.ExpressionWrapper(
        Coalesce(LessThanOrEqual(due_on, today()), Value(False)), output_field=models.BooleanField()
    )


SHOWN_OF_ANSWERS = (
    *("state", "headline", "body_html", "answered_at", "interest", "interest_words", "question_id"),
    *("upvote_count", "downvote_count", "score", "decision__rule", "decision__reason", "decision__decided_at"),
    *("doctor__name", "doctor__slug", "doctor__credentials", "doctor__place", "doctor__specialty__name"),
    *("doctor__review_count", "doctor__rating", "doctor__import_key", "doctor__user_id", "doctor__is_listed"),
    *(
        "doctor__valid_until",
        "version",
        "earlier_vote_count",
        "set_aside_count",
        "confirmed_at",
        "edited_at",
        "external_id",
    ),
    *("imported_upvote_count", "imported_downvote_count"),
)


class AnswerQuerySet(models.QuerySet["Answer"]):
    def taken_down(self) -> Self:
        """Those that a moderator keeps from readers."""
        return self.filter(state__in=[Moderated.State.HIDDEN, Moderated.State.REMOVED])

    def visible(self) -> Self:
        """Answers that everybody may read, of questions that everybody may read. The one place that decides."""
        return self.standing().filter(state=Moderated.State.PUBLISHED, question__state=Moderated.State.PUBLISHED)

    def standing(self) -> Self:
        """Answers of doctors with a valid check today, and of imported ones."""
        return self.filter(doctor__valid_until__gt=today())

    def shown_on_page(self) -> Self:
        """Answers of a question page: the visible ones, and the hidden ones whose place is kept."""
        return self.standing().filter(state__in=[Moderated.State.PUBLISHED, Moderated.State.HIDDEN])

    def with_doctor(self) -> Self:
        """Join what an answer shows: its own columns, the doctor's card, the licence mark, the decision on it."""
        return (
            self.select_related("doctor__specialty", "decision")
            .only(*SHOWN_OF_ANSWERS)
            .annotate(
                has_valid_check=models.ExpressionWrapper(Doctor.is_checked_by_date("doctor__"), models.BooleanField()),
                was=models.Subquery(_what_the_author_was()),
                agree_count=_colleagues_who_agree(),
                recall=models.Subquery(_newest_recall()),
                is_due=_is_due(),
                has_history=_has_history(),
                row_stamps=_stamps_of_card(),
            )
        )

    def with_question(self) -> Self:
        """Join, after ``with_doctor()``, what an answer that stands alone says of its question."""
        named = ("question__title", "question__slug", "question__state")
        return self.select_related("question").only(*SHOWN_OF_ANSWERS, *named)

    def with_desk(self) -> Self:
        """Add what the desk of their doctor says of answers: colleagues who agree, a recall, whether they are due."""
        return self.annotate(
            agree_count=_colleagues_who_agree(), recall=models.Subquery(_newest_recall()), is_due=_is_due()
        )

    def due_for_review(self) -> Self:
        """Answers whose doctor is to say whether they are still their view: the review time is over."""
        return self.filter(_is_due())

    def with_viewer_vote(self, voter: Voter | None) -> Self:
        """Add ``viewer_vote``: this voter's own +1, -1, or None, on the answer as it stands now."""
        if voter is None:
            return self.annotate(viewer_vote=Value(None, output_field=models.SmallIntegerField(null=True)))
        # The votes' own room is above this one: it is read by the reverse relation, never imported.
        model: Any = Answer._meta.get_field("votes").related_model
        return self.annotate(
            viewer_vote=models.Subquery(
                model._default_manager.of(voter)
                .filter(answer=OuterRef("pk"), version=OuterRef("version"))
                .values("value")[:1]
            )
        )


class Answer(Moderated):
    """What one doctor answers, under a headline."""

    class Interest(models.TextChoices):
        UNKNOWN = "", "not stated"
        NONE = "none", "none"
        OFFERS = "offers", "offers this treatment"
        OWNS_DEVICE = "owns_device", "owns the device"
        PAID = "paid", "is paid for it"

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="answers")
    doctor = models.ForeignKey(Doctor, on_delete=models.PROTECT, related_name="answers")
    headline = models.CharField(max_length=TITLE_LENGTH, blank=True)
    body = models.TextField()
    body_format = models.CharField(max_length=8, choices=BodyFormat, default=BodyFormat.TEXT)
    body_html = models.TextField(editable=False)
    answered_at = models.DateTimeField(null=True, blank=True, default=timezone.now, help_text="Empty: unknown.")
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    interest = models.CharField(max_length=12, choices=Interest, blank=True, default=Interest.UNKNOWN)
    interest_words = models.CharField(
        max_length=200, blank=True, help_text="Such as: offers this treatment at her clinic"
    )
    external_id = models.CharField(max_length=255, unique=True, null=True, blank=True, editable=False)
    # The question that it was written for, where that was merged with this one.
    moved_from = models.ForeignKey(
        Question, on_delete=models.SET_NULL, null=True, blank=True, related_name="moved_answers", editable=False
    )
    # When its author last said that it is still their view; until then the day on which it was written counts.
    confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Goes up when the text changes in substance; votes for an earlier version still count, and may be cast anew.
    version = models.PositiveIntegerField(default=1, editable=False)
    earlier_vote_count = models.PositiveIntegerField(default=0, editable=False)

    # Copies of vote rows, moved by the trigger on AnswerVote; imported ones come as counts.
    user_upvote_count = models.PositiveIntegerField(default=0, editable=False)
    user_downvote_count = models.PositiveIntegerField(default=0, editable=False)
    visitor_upvote_count = models.PositiveIntegerField(default=0, editable=False)
    visitor_downvote_count = models.PositiveIntegerField(default=0, editable=False)
    imported_upvote_count = models.PositiveIntegerField(default=0, editable=False)
    imported_downvote_count = models.PositiveIntegerField(default=0, editable=False)
    # Votes that are held or void: told beside the answer, and no part of its score.
    set_aside_count = models.PositiveIntegerField(default=0, editable=False)

    upvote_count = models.GeneratedField(
        expression=_sum(*UP_COLUMNS), output_field=models.IntegerField(), db_persist=True
    )
    downvote_count = models.GeneratedField(
        expression=_sum(*DOWN_COLUMNS), output_field=models.IntegerField(), db_persist=True
    )
    score = models.GeneratedField(
        expression=_sum(*UP_COLUMNS) - _sum(*DOWN_COLUMNS), output_field=models.IntegerField(), db_persist=True
    )
    rank = models.GeneratedField(expression=_rank(), output_field=models.FloatField(), db_persist=True)
    search = models.GeneratedField(
        expression=vector("headline", "B") + vector(Left("body", SEARCHED_CHARACTERS), "D"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    # Set by `with_viewer_vote()`: this viewer's own +1, -1, or None.
    viewer_vote: int | None
    # Set by `with_doctor()`.
    has_valid_check: bool
    was: dict[str, str | None] | None
    agree_count: int
    recall: dict[str, str] | None
    is_due: bool
    has_history: bool
    row_stamps: str

    objects = AnswerQuerySet.as_manager()

    class Meta:
        constraints = [
            *Moderated.state_constraints("answer"),
            models.CheckConstraint(condition=~Q(body=""), name="answer_has_a_body"),
            models.CheckConstraint(condition=Q(body_format__in=BodyFormat.values), name="answer_format_is_known"),
            models.CheckConstraint(
                condition=Q(interest__in=["", "none", "offers", "owns_device", "paid"]), name="answer_interest_is_known"
            ),
            # A file may hold two answers of one doctor to one question, and a merge may bring a second one; what is
            # written here may not.
            models.UniqueConstraint(
                fields=["question", "doctor"],
                condition=Q(external_id__isnull=True, moved_from__isnull=True),
                name="one_answer_per_doctor_and_question",
            ),
        ]
        indexes = [
            models.Index(F("rank").desc(), F("id").desc(), condition=Q(state="published"), name="answer_by_rank"),
            models.Index(F("question"), F("rank").desc(), F("id").desc(), name="answer_by_question"),
            models.Index(
                F("doctor"),
                Coalesce("answered_at", Value(BEFORE_ALL)).desc(),
                F("id").desc(),
                condition=Q(state="published"),
                name="answer_by_doctor",
            ),
            GinIndex(fields=["search"], name="answer_search"),
        ]
        triggers = [
            # Their names come after those that count, which hold the question.
            pgtrigger.Trigger(
                name="mean_answers_added",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_rows"),
                func=f"{_MEANS_ANOTHER}(SELECT question_id FROM new_rows); RETURN NULL;",
            ),
            pgtrigger.Trigger(
                name="mean_answer_changed",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("state", "headline", "body", "question_id"),
                condition=pgtrigger.AnyChange("state", "headline", "body", "question"),
                func=f"{_MEANS_ANOTHER}(NEW.question_id, OLD.question_id); RETURN NULL;",
            ),
            pgtrigger.Trigger(
                name="mean_answer_removed",
                when=pgtrigger.After,
                operation=pgtrigger.Delete,
                func=f"{_MEANS_ANOTHER}(OLD.question_id); RETURN NULL;",
            ),
            pgtrigger.Trigger(
                name="count_answers_added",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_rows"),
                func="""
                    -- Parents first, in the order of their keys; what is counted below is then no longer changing.
                    PERFORM 1 FROM doctors_doctor WHERE id IN (SELECT doctor_id FROM new_rows)
                        ORDER BY id FOR NO KEY UPDATE;
                    PERFORM 1 FROM questions_question WHERE id IN (SELECT question_id FROM new_rows)
                        ORDER BY id FOR NO KEY UPDATE;
                    UPDATE doctors_doctor d SET answer_count = answer_count + n
                    FROM (
                        SELECT doctor_id, count(*) AS n
                        FROM new_rows a JOIN questions_question q ON q.id = a.question_id
                        WHERE a.state = 'published' AND q.state = 'published' GROUP BY doctor_id
                    ) added
                    WHERE d.id = added.doctor_id AND d.valid_until > '0001-01-01';
                    UPDATE questions_question q
                    SET answer_count = answer_count + n, last_answer_at = greatest(last_answer_at, newest)
                    FROM (
                        SELECT question_id, count(*) AS n, max(answered_at) AS newest
                        FROM new_rows a JOIN doctors_doctor d ON d.id = a.doctor_id
                        WHERE state = 'published' AND d.valid_until > '0001-01-01' GROUP BY question_id
                    ) added
                    WHERE q.id = added.question_id;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="count_answer_changed",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("state", "answered_at", "question_id", "doctor_id"),
                # The counters of a vote pass by here without a call.
                condition=pgtrigger.AnyChange("state", "answered_at", "question", "doctor"),
                declare=[("was_standing", "boolean"), ("is_standing", "boolean")],
                func="""
                    -- Parents first, in the order of their keys; what is read below is then no longer changing.
                    PERFORM 1 FROM doctors_doctor WHERE id IN (NEW.doctor_id, OLD.doctor_id)
                        ORDER BY id FOR NO KEY UPDATE;
                    PERFORM 1 FROM questions_question WHERE id IN (NEW.question_id, OLD.question_id)
                        ORDER BY id FOR NO KEY UPDATE;
                    was_standing := coalesce(
                        (SELECT valid_until > '0001-01-01' FROM doctors_doctor WHERE id = OLD.doctor_id), false);
                    is_standing := coalesce(
                        (SELECT valid_until > '0001-01-01' FROM doctors_doctor WHERE id = NEW.doctor_id), false);
                    UPDATE doctors_doctor SET answer_count = answer_count
                        + (NEW.state = 'published' AND is_standing AND NEW.doctor_id = doctors_doctor.id AND EXISTS (
                            SELECT FROM questions_question WHERE id = NEW.question_id AND state = 'published'))::int
                        - (OLD.state = 'published' AND was_standing AND OLD.doctor_id = doctors_doctor.id AND EXISTS (
                            SELECT FROM questions_question WHERE id = OLD.question_id AND state = 'published'))::int
                    WHERE id IN (NEW.doctor_id, OLD.doctor_id);
                    UPDATE questions_question q SET
                        answer_count = answer_count
                            + (is_standing AND NEW.state = 'published' AND NEW.question_id = q.id)::int
                            - (was_standing AND OLD.state = 'published' AND OLD.question_id = q.id)::int,
                        last_answer_at = (
                            SELECT max(answered_at) FROM questions_answer a
                            JOIN doctors_doctor d ON d.id = a.doctor_id AND d.valid_until > '0001-01-01'
                            WHERE a.question_id = q.id AND a.state = 'published'
                        )
                    WHERE id IN (NEW.question_id, OLD.question_id);
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="count_answer_removed",
                when=pgtrigger.After,
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__state="published"),
                func="""
                    PERFORM 1 FROM doctors_doctor WHERE id = OLD.doctor_id FOR NO KEY UPDATE;
                    PERFORM 1 FROM questions_question WHERE id = OLD.question_id FOR NO KEY UPDATE;
                    IF NOT EXISTS (
                        SELECT FROM doctors_doctor WHERE id = OLD.doctor_id AND valid_until > '0001-01-01'
                    ) THEN
                        RETURN NULL;  -- Not counted before.
                    END IF;
                    UPDATE doctors_doctor SET answer_count = answer_count - 1
                    WHERE id = OLD.doctor_id AND EXISTS (
                        SELECT FROM questions_question WHERE id = OLD.question_id AND state = 'published');
                    UPDATE questions_question SET
                        answer_count = answer_count - 1,
                        last_answer_at = (
                            SELECT max(answered_at) FROM questions_answer a
                            JOIN doctors_doctor d ON d.id = a.doctor_id AND d.valid_until > '0001-01-01'
                            WHERE a.question_id = OLD.question_id AND a.state = 'published'
                        )
                    WHERE id = OLD.question_id;
                    RETURN NULL;
                """,
            ),
            *topic_counts.OF_ANSWERS,
        ]

    def __str__(self) -> str:
        return self.headline or f"Answer {self.pk}"

    def get_absolute_url(self) -> str:
        return f"{self.question.get_absolute_url()}#answer-{self.pk}"

    @property
    def stamp(self) -> str:
        """Changes with everything that this answer shows but the viewer's own vote; set up by ``with_doctor()``."""
        by_others = f"{self.has_valid_check}:{self.was}:{self.agree_count}:{self.recall}:{self.is_due}"
        return f"{self.row_stamps}:{by_others}:{release()}"

    @property
    def recalled_at(self) -> datetime | None:
        """When staff put it under review, where its doctor has not spoken since; set up by ``with_doctor()``."""
        return datetime.fromisoformat(self.recall["made_at"]) if self.recall else None

    @property
    def embed_address(self) -> str:
        """Where this answer stands alone, for frames on other sites."""
        return address_of("questions:embed_answer", self.pk)

    @property
    def interest_sentence(self) -> str:
        """What the doctor says of their own interest, as a sentence."""
        words = self.interest_words or {
            self.Interest.NONE: "has none to state",
        }.get(self.Interest(self.interest), self.get_interest_display())
        return f"{self.doctor.short_name} {words}."

    @property
    def is_visible(self) -> bool:
        """Whether ``visible()`` would find this answer; its question and doctor are loaded."""
        return self.doctor.is_standing and self.state == self.question.state == Moderated.State.PUBLISHED

    def can_be_edited_by(self, doctor: Doctor) -> bool:
        """Its own author changes it, for as long as no moderator and no withdrawal took it away."""
        return self.doctor_id == doctor.pk and self.state in WITH_ITS_AUTHOR

    def can_be_withdrawn_by(self, doctor: Doctor) -> bool:
        """Its own author takes back what is public or waits to be, with a valid check or without."""
        return self.can_be_edited_by(doctor)

    def can_be_agreed_with_by(self, doctor: Doctor) -> bool:
        """Colleagues with a valid check agree with it, and nobody with themselves."""
        return doctor.is_checked and self.doctor_id != doctor.pk

    @property
    def earlier_votes(self) -> int:
        """How many votes are for an earlier version; imported ones are, once there is another version."""
        imported = self.imported_upvote_count + self.imported_downvote_count if self.version > 1 else 0
        return self.earlier_vote_count + imported

    @property
    def author_was(self) -> str:
        """What the author was when they wrote this, where that is known and differs from today."""
        if not self.was:
            return ""
        today_is = (self.doctor.credentials, self.doctor.specialty.name if self.doctor.specialty else None)
        if (self.was["credentials"], self.was["specialty"]) == today_is:
            return ""
        return ", ".join(filter(None, (self.was["credentials"], self.was["specialty"])))

    def can_be_confirmed_by(self, doctor: Doctor) -> bool:
        """Its own author says that it is still their view, for as long as nobody took it away."""
        return self.doctor_id == doctor.pk and self.state in (Moderated.State.PUBLISHED, Moderated.State.HELD)

    def can_be_voted_on_by(self, voter: Voter) -> bool:
        """Everybody votes on what is visible, but nobody on their own answer."""
        return self.state == Moderated.State.PUBLISHED and (
            voter.user_id is None or voter.user_id != self.doctor.user_id
        )


class AnsweringDoctor(Doctor):
    """A doctor as the author of answers: the figures of answers follow when the doctor's standing comes or goes."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="count_answers_of_doctor",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("((OLD.valid_until > '0001-01-01') <> (NEW.valid_until > '0001-01-01'))"),
                declare=[("direction", "integer")],
                func="""
                    direction := CASE WHEN NEW.valid_until > '0001-01-01' THEN 1 ELSE -1 END;
                    PERFORM 1 FROM questions_question WHERE id IN (
                        SELECT question_id FROM questions_answer WHERE doctor_id = NEW.id AND state = 'published'
                    ) ORDER BY id FOR NO KEY UPDATE;
                    UPDATE questions_question q SET answer_count = answer_count + direction * n, last_answer_at = (
                        SELECT max(a.answered_at) FROM questions_answer a JOIN doctors_doctor d ON d.id = a.doctor_id
                        WHERE a.question_id = q.id AND a.state = 'published' AND d.valid_until > '0001-01-01'
                    )
                    FROM (
                        SELECT question_id, count(*) AS n FROM questions_answer
                        WHERE doctor_id = NEW.id AND state = 'published' GROUP BY question_id
                    ) answered
                    WHERE q.id = answered.question_id;
                    UPDATE doctors_doctor SET answer_count = CASE WHEN direction < 0 THEN 0 ELSE (
                        SELECT count(*) FROM questions_answer a
                        JOIN questions_question q ON q.id = a.question_id AND q.state = 'published'
                        WHERE a.doctor_id = NEW.id AND a.state = 'published'
                    ) END WHERE id = NEW.id;
                    RETURN NULL;
                """,
            )
        ]


def span_words(low: int, high: int, *, is_days: bool) -> str:
    """Write a span of whole numbers, or of days, with both its ends."""
    numbers = str(low) if low == high else f"{low} to {high}"
    return f"{numbers} day{'' if numbers == '1' else 's'}" if is_days else numbers


class FactKind(models.Model):
    """One kind of fact that doctors may state in answers on a topic."""

    class Form(models.TextChoices):
        RANGE = "range", "a range of whole numbers"
        DAYS = "days", "a range of days"
        CHOICE = "choice", "one of a few choices"

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="fact_kinds")
    key = models.SlugField(max_length=60)
    label = models.CharField(max_length=80)
    form = models.CharField(max_length=8, choices=Form)
    unit = models.CharField(max_length=40, blank=True)
    choices = models.JSONField(default=dict, blank=True, help_text="For choices: each key with its words.")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["topic", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["topic", "key"], name="one_fact_kind_per_topic_and_key"),
            models.CheckConstraint(condition=Q(form__in=["range", "days", "choice"]), name="fact_kind_form_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.topic}: {self.label}"


class AnswerFact(models.Model):
    """One fact that a doctor stated with an answer: a span of whole numbers, or a choice."""

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="facts")
    kind = models.ForeignKey(FactKind, on_delete=models.PROTECT, related_name="facts")
    span = IntegerRangeField(null=True, blank=True)
    choice = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["answer", "kind"], name="one_fact_per_answer_and_kind"),
            models.CheckConstraint(
                condition=Q(span__isnull=False, choice="") | (Q(span__isnull=True) & ~Q(choice="")),
                name="fact_is_a_span_or_a_choice",
            ),
            models.CheckConstraint(
                condition=Q(span__isnull=True)
                | Q(span__isempty=False, span__contained_by=NumericRange(0, LARGEST_FACT + 1, "[)")),
                name="fact_span_is_bounded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.choice or self.span}"
