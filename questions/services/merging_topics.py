"""Two topics that mean the same become one, and nothing that hung on either is lost."""

from collections.abc import Iterable
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q

from questions.models import AnswerFact, Follow, PromptReply, QuestionTopic, Topic, TopicSynonym
from questions.services.topics import hold_topic


class NotMergedError(ValueError):
    """Why two topics cannot be merged; the message is for staff."""


@transaction.atomic
def merge_topics(source_id: int, target_id: int, *, description: str | None = None) -> Topic:
    """Put all that hangs on one topic on another one, and make its name a synonym whose address leads there.

    ``description`` is that of both afterwards; without it the other's own, or the first's where that has none. The
    questions are locked before the topics, each in the order of their keys. As many queries whatever the size, and some
    for each kind of fact and each short question.
    """
    if source_id == target_id:
        raise NotMergedError("Choose another topic than this one")
    source, target = _hold(source_id, target_id)
    _move_links(source, target)
    _move_facts(source, target)
    _move_prompts(source, target)
    _move_people(source, target)
    _move_place(source, target)
    target.description = description if description is not None else target.description or source.description
    target.review_months = min(target.review_months, source.review_months)
    target.save(update_fields=["description", "review_months"])
    _end(source, target)
    return Topic.objects.get(pk=target_id)


def _hold(source_id: int, target_id: int) -> tuple[Topic, Topic]:
    hold_topic(source_id, target_id)
    # Whole, also for those who would only put another question on one of them: it is about to go.
    held = Topic.objects.filter(pk__in=[source_id, target_id]).order_by("pk").select_for_update()
    found = {topic.pk: topic for topic in held}
    if len(found) < 2:
        raise NotMergedError("One of these topics is not there any more")
    return found[source_id], found[target_id]


def _move_links(source: Topic, target: Topic) -> None:
    """Put the questions on the other topic. A link is added and removed, never moved: so each is counted."""
    has_both = QuestionTopic.objects.filter(question=OuterRef("question"), topic=target)
    missing = QuestionTopic.objects.filter(~Exists(has_both), topic=source).order_by("question")
    links = [
        QuestionTopic(question_id=question, topic=target) for question in missing.values_list("question", flat=True)
    ]
    QuestionTopic.objects.bulk_create(links, batch_size=5000)
    QuestionTopic.objects.filter(topic=source).delete()


def _move_facts(source: Topic, target: Topic) -> None:
    """Move what the topic asks of doctors, with what they stated."""
    for kind in source.fact_kinds.order_by("pk"):
        defined = {"key": kind.key, "form": kind.form, "unit": kind.unit, "choices": kind.choices}
        twin = target.fact_kinds.filter(**defined).first()
        same = Q(span=OuterRef("span")) | Q(span=None, choice=OuterRef("choice"))
        if twin and _said_moves(AnswerFact, "kind", "answer", same, kind, twin):
            kind.delete()
        else:
            kind.key = _free(kind.key, "{}-{}", target.fact_kinds.values_list("key", flat=True))
            kind.topic = target
            kind.save(update_fields=["topic", "key"])


def _move_prompts(source: Topic, target: Topic) -> None:
    """Move what the topic asks of patients, with what they replied."""
    for prompt in source.prompts.order_by("pk"):
        twin = target.prompts.filter(short_label=prompt.short_label, choices=prompt.choices).first()
        if twin and _said_moves(PromptReply, "prompt", "question", Q(text=OuterRef("text")), prompt, twin):
            prompt.delete()
        else:
            labels = target.prompts.values_list("short_label", flat=True)
            prompt.short_label = _free(prompt.short_label, "{} ({})", labels)
            prompt.topic = target
            prompt.save(update_fields=["topic", "short_label"])


def _said_moves(
    said: type[models.Model], asked: str, said_in: str, same: Q, old: models.Model, new: models.Model
) -> bool:
    """Move what was said to one thing asked to another one of the same meaning; tell whether all of it could go.

    Where the same place says both, what is the ``same`` is said once, and other words stay with what asked for them.
    """
    rows: Any = said._default_manager
    beside = rows.filter(**{said_in: OuterRef(said_in), asked: new})
    rows.filter(Exists(beside.filter(same)), **{asked: old}).delete()
    rows.filter(~Exists(beside), **{asked: old}).update(**{asked: new})
    return not rows.filter(**{asked: old}).exists()


def _free(name: str, pattern: str, taken: Iterable[str]) -> str:
    """Return a name that is not taken: itself, or numbered; of no more characters than such a column has."""
    used, option, number = set(taken), name, 1
    while option in used:
        number += 1
        option = pattern.format(name[:54], number)
    return option


def _move_people(source: Topic, target: Topic) -> None:
    """Move who follows it, whose desk has it, whose specialty it is, and what staff recalled."""
    already = Follow.objects.filter(user=OuterRef("user"), topic=target)
    source.follows.filter(Exists(already)).delete()
    source.follows.update(topic=target)
    target.desks.add(*source.desks.values_list("pk", flat=True))
    source.desks.clear()
    target.specialties.add(*source.specialties.all())
    source.recalls.update(topic=target)


def _move_place(source: Topic, target: Topic) -> None:
    """Move what is part of it and its synonyms; the other one takes its place where it was part of it, or had none."""
    was_below = source in target.way()
    if was_below or (target.parent is None and target not in source.way()):
        target.parent = source.parent
        target.save(update_fields=["parent"])
    source.children.exclude(pk=target.pk).update(parent=target)
    source.synonyms.update(topic=target)


def _end(source: Topic, target: Topic) -> None:
    """Delete the topic once nothing hangs on it, and keep its name and its address for the other one."""
    source.topic_doctors.all().delete()
    for relation in Topic._meta.related_objects:
        model: Any = relation.related_model
        if model._default_manager.filter(**{relation.field.name: source}).exists():
            raise RuntimeError(f"{model.__name__} of a topic is not merged.")
    name, slug = source.name, source.slug
    Topic.objects.filter(pk=source.pk).delete()
    TopicSynonym.objects.create(topic=target, name=name, slug=slug)
