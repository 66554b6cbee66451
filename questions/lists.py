"""Lists of questions: their orders and filters, and the stamps of what a row shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, JSONObject

from doctors.models import Specialty
from qa_forum.keyset import Order, page_of, turn
from qa_forum.versions import RowVersion
from questions.models import AFTER_ALL, BEFORE_ALL, Answer, Question, QuestionTopic, Topic

PAGE_SIZE = 20

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

    def stamps(self) -> list[tuple]:
        """Return the stamps of all rows that the page shows."""
        return list(stamped(Question.objects.filter(pk__in=self.keys)))


def list_questions(
    order: Order,
    query: Mapping[str, str],
    *,
    topic: Topic | None = None,
    specialty: Specialty | None = None,
    size: int = PAGE_SIZE,
) -> Listed:
    """Return one page of the visible questions in an order. One query, on an index of that order."""
    if order is HELPFUL:
        return _list_by_best_answer(query, topic, specialty, size)
    questions = Question.objects.visible()
    if order is UNANSWERED:
        questions = questions.filter(answer_count=0)
    if topic:
        questions = questions.about(topic)
    if specialty:
        by_specialty = Answer.objects.visible().filter(question=OuterRef("pk"), doctor__specialty=specialty)
        questions = questions.filter(Exists(by_specialty))
    rows, backwards = turn(questions.only("pk"), order, query, size=size)
    page = page_of(list(rows), backwards=backwards, query=query, size=size)
    return Listed([row.pk for row in page.rows], page.after, page.before)


def _list_by_best_answer(
    query: Mapping[str, str], topic: Topic | None, specialty: Specialty | None, size: int
) -> Listed:
    """Walk down the index of answers by rank, keeping the best answer of each question: none is read in vain."""
    better = Answer.objects.visible().filter(
        Q(rank__gt=OuterRef("rank")) | Q(rank=OuterRef("rank"), pk__gt=OuterRef("pk")), question=OuterRef("question")
    )
    answers = Answer.objects.visible().filter(~Exists(better))
    if topic:
        answers = answers.filter(question__question_topics__topic=topic)
    if specialty:
        of_specialty = Answer.objects.visible().filter(question=OuterRef("question"), doctor__specialty=specialty)
        answers = answers.filter(Exists(of_specialty))
    rows, backwards = turn(answers.only("question"), HELPFUL, query, size=size)
    page = page_of(list(rows), backwards=backwards, query=query, size=size)
    return Listed([row.question_id for row in page.rows], page.after, page.before)


def stamped(questions: QuerySet[Question]) -> QuerySet[Question, tuple]:
    """Return, for each question, the stamps of every row that its line in a list shows."""
    topics = QuestionTopic.objects.filter(question=OuterRef("pk")).order_by("pk")
    newest = Answer.objects.visible().filter(question=OuterRef("pk"))
    newest = newest.order_by(F("answered_at").desc(nulls_last=True), "-pk")[:1]
    return (
        questions.order_by("pk")
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


def stamps_of(topics: Sequence[Topic]) -> list[tuple]:
    """Return the names, addresses and counts of topics that a page links to."""
    return [(topic.pk, topic.name, topic.slug, topic.question_count) for topic in topics]
