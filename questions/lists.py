"""Lists of questions: their orders and filters, and the stamps of what a row shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, JSONObject

from doctors.models import Specialty
from qa_forum.keyset import Order, Place, page_of, turn
from qa_forum.prepared import Prepared
from qa_forum.versions import RowVersion
from questions.models import AFTER_ALL, BEFORE_ALL, Answer, Question, QuestionTopic, Topic

PAGE_SIZE = 20
# Past so many it is only said that they are many.
MANY = 99

NEWEST = Order("newest", "Newest", Coalesce("asked_at", Value(BEFORE_ALL)), datetime)
ACTIVE = Order("active", "Active", Coalesce("active_at", Value(BEFORE_ALL)), datetime)
# The order of answers: a question stands where its best answer stands.
HELPFUL = Order("helpful", "Most helpful", F("rank"), float)
UNANSWERED = Order("unanswered", "Unanswered", Coalesce("asked_at", Value(AFTER_ALL)), datetime, descending=False)
ORDERS = {order.name: order for order in (NEWEST, ACTIVE, HELPFUL, UNANSWERED)}


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list: the keys of its questions in order, and the cursors to both sides."""

    keys: list[int]
    after: str
    before: str

    def fetch(self) -> list[Question]:
        """Return the questions with what a row shows, in the list's order. Three queries."""
        found = Question.objects.with_lists().defer("search", "related_ids", "body").in_bulk(self.keys)
        return [found[key] for key in self.keys if key in found]


def list_questions(
    order: Order,
    query: Mapping[str, str],
    *,
    topic: Topic | None = None,
    specialty: Specialty | None = None,
    size: int = PAGE_SIZE,
) -> Listed:
    """Return one page of the visible questions in an order. One query, on an index of that order."""
    place = Place.read(query, order)
    shape = (order.name, place.backwards, place.key is not None, topic is not None, specialty is not None, size)
    rows = _prepared(*shape).fetch(
        value=place.value, key=place.key, topic=topic and topic.pk, specialty=specialty and specialty.pk
    )
    page = page_of(rows, place, size=size)
    return Listed([row.question_key for row in page.rows], page.after, page.before)


_SAMPLES: dict[type, Any] = {datetime: datetime(1234, 5, 6, tzinfo=UTC), float: -1234.5}


@cache
def _prepared(
    order_name: str, backwards: bool, is_moved: bool, has_topic: bool, has_specialty: bool, size: int
) -> Prepared:
    """Return the statement of one shape of list: lists are read so often that each is put together once."""
    order = ORDERS[order_name]
    listing = best_answers if order is HELPFUL else _questions

    def make(value: Any, key: int, topic: int, specialty: int) -> QuerySet[Any]:
        rows = listing(order, topic if has_topic else None, specialty if has_specialty else None)
        place = Place(value, key, backwards) if is_moved else Place()
        return turn(rows, order, place, size=size)

    return Prepared(make, value=_SAMPLES[order.kind], key=-1, topic=-2, specialty=-3)


def _questions(order: Order, topic: int | None, specialty: int | None) -> QuerySet[Question]:
    questions = Question.objects.visible().only("pk").annotate(question_key=F("pk"))
    if order is UNANSWERED:
        questions = questions.filter(answer_count=0)
    if topic:
        questions = questions.filter(question_topics__topic=topic)
    if specialty:
        by_specialty = Answer.objects.visible().filter(question=OuterRef("pk"), doctor__specialty=specialty)
        questions = questions.filter(Exists(by_specialty))
    return questions


def best_answers(order: Order, topic: int | None, specialty: int | None) -> QuerySet[Answer]:
    """Return the best answer of each question, by way of the index of answers by rank."""
    better = Answer.objects.visible().filter(
        Q(rank__gt=OuterRef("rank")) | Q(rank=OuterRef("rank"), pk__gt=OuterRef("pk")), question=OuterRef("question")
    )
    answers = Answer.objects.visible().filter(~Exists(better)).only("pk").annotate(question_key=F("question"))
    if topic:
        answers = answers.filter(question__question_topics__topic=topic)
    if specialty:
        of_specialty = Answer.objects.visible().filter(question=OuterRef("question"), doctor__specialty=specialty)
        answers = answers.filter(Exists(of_specialty))
    return answers


def _with_stamps(keys: list[int]) -> QuerySet[Question, tuple]:
    """Return, for each question, the stamps of every row that its line in a list shows."""
    topics = QuestionTopic.objects.filter(question=OuterRef("pk")).order_by("pk")
    newest = Answer.objects.visible().filter(question=OuterRef("pk"))
    newest = newest.order_by(F("answered_at").desc(nulls_last=True), "-pk")[:1]
    return (
        Question.objects.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", [keys]))
        .order_by("pk")
        .annotate(
            own=RowVersion("title"),
            pen_name=RowVersion("asker__pen_name"),
            topic_stamps=ArraySubquery(topics.values(json=JSONObject(link=F("pk"), topic=RowVersion("topic__name")))),
            newest_stamps=ArraySubquery(
                newest.values(
                    json=JSONObject(key=F("pk"), own=RowVersion("headline"), doctor=RowVersion("doctor__name"))
                )
            ),
        )
        .values_list("pk", "own", "pen_name", "topic_stamps", "newest_stamps")
    )


_STAMPS = Prepared(_with_stamps, keys=[-1])


def stamps(keys: list[int]) -> list[tuple]:
    """Return the stamps of all rows that the lines of these questions show. One query."""
    return _STAMPS.rows(keys=keys)


def count_of(*several: QuerySet[Any]) -> str:
    """Return how many rows there are in all; past a point only that they are many."""
    count = sum(rows.order_by()[: MANY + 1].count() for rows in several)
    return f"{MANY}+" if count > MANY else str(count)


def stamps_of(topics: Sequence[Topic]) -> list[tuple]:
    """Return what a page shows of topics that it links to."""
    shown = ("pk", "name", "slug", "description", "question_count", "synonym_names", "parent_id")
    return [tuple(getattr(topic, name) for name in shown) for topic in topics]
