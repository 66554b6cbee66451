"""What a topic's page says of the topic: how much there is, the best answers, who answers most, what is part of it."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum

from qa_forum.prepared import Prepared
from questions.lists import HELPFUL, best_answers, count_of
from questions.models import NAMED_OF_DOCTORS, Answer, Question, Topic, TopicDoctor

BEST, MOST_ACTIVE = 3, 4


@dataclass(frozen=True, slots=True)
class Summary:
    """A topic in figures and names."""

    topic: Topic
    answer_count: int
    doctor_count: int
    waiting: str
    way: list[Topic]
    children: list[Topic]
    doctors: list[TopicDoctor]
    best: list[Answer]

    @property
    def is_waiting(self) -> bool:
        """Whether a question of it waits for a doctor."""
        return self.waiting != "0"


def summarize(topic: Topic, *, is_front: bool = True) -> Summary:
    """Return what stands on top of a topic's page. Six queries, and one for each wider topic but the next.

    Where it is not the page's front, answers and doctors are left out, and there are three queries less.
    """
    totals = _answering(topic).aggregate(answers=Sum("answer_count", default=0), doctors=Count("pk"))
    return Summary(
        topic,
        totals["answers"],
        totals["doctors"],
        count_of(Question.objects.visible().about(topic).filter(answer_count=0)),
        topic.way(),
        list(topic.children.only("name", "slug", "question_count", "parent").order_by("-question_count", "name")),
        _most_active(topic) if is_front else [],
        _best(topic) if is_front else [],
    )


def _answering(topic: Topic) -> QuerySet[TopicDoctor]:
    return TopicDoctor.objects.standing().filter(topic=topic)


def _most_active(topic: Topic) -> list[TopicDoctor]:
    """Return the listed doctors with most answers in a topic, each with its doctor."""
    found = _answering(topic).filter(doctor__is_listed=True).select_related("doctor__specialty")
    shown = (*NAMED_OF_DOCTORS, "doctor__slug", "doctor__is_listed", "doctor__credentials", "doctor__specialty__name")
    return list(found.only("answer_count", "topic", *shown).order_by("-answer_count", "doctor")[:MOST_ACTIVE])


def _best(topic: Topic) -> list[Answer]:
    """Return the best answers, each with doctor and question."""
    keys = best_keys(topic)
    shown = ("headline", "question__title", "question__slug", *NAMED_OF_DOCTORS)
    found = Answer.objects.select_related("question", "doctor").only(*shown).in_bulk(keys)
    return [found[key] for key in keys if key in found]


def best_keys(topic: Topic) -> list[int]:
    """Return the best answer of each of the questions whose answers rank highest. One query."""
    return [row.pk for row in _BEST.fetch(topic=topic.pk)]


def _ranked(topic: int) -> QuerySet[Answer]:
    return best_answers(HELPFUL, topic, None).order_by("-rank", "-pk")[:BEST]


_BEST = Prepared(_ranked, topic=-2)
