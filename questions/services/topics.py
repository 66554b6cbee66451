"""Topics that askers propose."""

import hashlib

from django.db import transaction
from django.utils.text import slugify

from questions.models import Question, QuestionTopic, Topic, TopicProposal


@transaction.atomic
def accept_proposal(proposal_id: int) -> Topic | None:
    """Make a proposal a topic, or find the one of that name, and put every question that proposed it on it.

    None where it was accepted already, with another proposal of its name.
    """
    proposal = TopicProposal.objects.filter(pk=proposal_id).first()
    if proposal is None:
        return None
    name = proposal.name
    topic = Topic.objects.by_names([name]).get(name.lower()) or Topic.objects.create(name=name, slug=_free_slug(name))
    proposals = TopicProposal.objects.filter(name__iexact=name)
    questions = list(proposals.values_list("question", flat=True))
    list(Question.objects.filter(pk__in=questions).order_by("pk").select_for_update(no_key=True).only("pk"))
    links = [QuestionTopic(question_id=question, topic=topic) for question in questions]
    QuestionTopic.objects.bulk_create(links, ignore_conflicts=True)
    proposals.delete()
    return topic


@transaction.atomic
def hold_topic(*topic_ids: int) -> None:
    """Lock the questions of topics, for whoever is about to rename or merge them: their vectors change with the names.

    Questions come before topics, in the order of their keys; a rename that begins with the topic could meet a question
    that is just changing its state and waits for the topic.
    """
    on_them = QuestionTopic.objects.filter(topic__in=topic_ids).values("question")
    questions = Question.objects.filter(pk__in=on_them).order_by("pk")
    list(questions.select_for_update(no_key=True).values_list("pk", flat=True))


def _free_slug(name: str) -> str:
    slug = slugify(name)[:60].strip("-_") or "topic"
    if Topic.objects.at(slug):
        return f"{slug}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return slug
