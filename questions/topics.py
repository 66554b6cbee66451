"""What a topic's page says of the topic: how much there is, the best answers, who answers most, what is part of it."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, QuerySet, Sum

from qa_forum.prepared import Prepared
from qa_forum.versions import RowVersion
from questions.lists import HELPFUL, best_answers
from questions.models import NAMED_OF_DOCTORS, Answer, Question, Topic, TopicDoctor

BEST, MOST_ACTIVE = 3, 4
# Past so many questions without an answer it is only said that they are many.
MANY_WAITING = 99


@dataclass(frozen=True, slots=True)
class Summary:
    """A topic in figures and names. ``stamps`` change with each row that is shown, but not with votes."""

    topic: Topic
    answer_count: int
    doctor_count: int
    waiting: str
    way: list[Topic] = field(default_factory=list)
    children: list[Topic] = field(default_factory=list)
    doctors: list[TopicDoctor] = field(default_factory=list)
    best: list[Answer] = field(default_factory=list)

    @property
    def is_waiting(self) -> bool:
        """Whether a question of it waits for a doctor."""
        return self.waiting != "0"

    @property
    def stamps(self) -> list[Any]:
        """What the page shows, as plain values."""
        topics = [(each.name, each.slug, each.question_count) for each in (*self.way, *self.children)]
        doctors = [(each.answer_count, each.of, each.as_) for each in self.doctors]  # type: ignore[attr-defined]
        best = [(each.pk, each.headline, each.of, each.question.title) for each in self.best]  # type: ignore[attr-defined]
        own = self.answer_count, self.doctor_count, self.waiting, self.topic.synonym_names, len(self.way)
        return [own, topics, doctors, best]


def summarize(topic: Topic, *, is_front: bool = True) -> Summary:
    """Return what stands on top of a topic's page. Six queries, and one for each wider topic but the next.

    Where it is not the page's front, answers and doctors are left out, and there are three queries less.
    """
    totals = _answering(topic).aggregate(answers=Sum("answer_count", default=0), doctors=Count("pk"))
    return Summary(
        topic,
        totals["answers"],
        totals["doctors"],
        _waiting(topic),
        topic.way(),
        list(topic.children.only("name", "slug", "question_count", "parent").order_by("-question_count", "name")),
        _most_active(topic) if is_front else [],
        _best(topic) if is_front else [],
    )


def _answering(topic: Topic) -> QuerySet[TopicDoctor]:
    return TopicDoctor.objects.standing().filter(topic=topic)


def _waiting(topic: Topic) -> str:
    """Return how many of its questions wait for a doctor; past a point only that they are many."""
    waiting = Question.objects.visible().about(topic).filter(answer_count=0)
    count = waiting.order_by()[: MANY_WAITING + 1].count()
    return f"{MANY_WAITING}+" if count > MANY_WAITING else str(count)


def _most_active(topic: Topic) -> list[TopicDoctor]:
    """Return the listed doctors with most answers in a topic, each with its doctor."""
    found = _answering(topic).filter(doctor__is_listed=True).select_related("doctor__specialty")
    stamped = found.annotate(of=RowVersion("doctor__name"), as_=F("doctor__specialty__name"))
    shown = (*NAMED_OF_DOCTORS, "doctor__slug", "doctor__is_listed", "doctor__credentials", "doctor__specialty__name")
    return list(stamped.only("answer_count", "topic", *shown).order_by("-answer_count", "doctor")[:MOST_ACTIVE])


def _best(topic: Topic) -> list[Answer]:
    """Return the best answer of each of the questions whose answers rank highest, with doctor and question."""
    rows = _BEST.fetch(topic=topic.pk)
    shown = ("headline", "question__title", "question__slug", *NAMED_OF_DOCTORS)
    stamped = Answer.objects.select_related("question", "doctor").annotate(of=RowVersion("doctor__name"))
    found = stamped.only(*shown).in_bulk([row.pk for row in rows])
    return [found[row.pk] for row in rows if row.pk in found]


def _ranked(topic: int) -> QuerySet[Answer]:
    return best_answers(HELPFUL, topic, None).order_by("-rank", "-pk")[:BEST]


_BEST = Prepared(_ranked, topic=-2)
