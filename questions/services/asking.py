"""What an asker does with their own question: post, change, close, withdraw; and drafts on the way there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.standing import count_post, hold_writer
from moderation.services import Submission, queue, reasons_to_hold, resembles, stand_after_change
from qa_forum.background import defer
from questions.bodies import render
from questions.models import (
    BodyFormat,
    Draft,
    Follow,
    HowOften,
    PromptReply,
    Question,
    QuestionEdit,
    QuestionTopic,
    Topic,
    TopicProposal,
    question_slug,
)
from questions.services.deciding import lock_answerers, lock_question, lock_topics
from questions.services.following import announce_question

MOST_DRAFTS = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks: the words, the topics that exist, the ones they miss, and replies by prompt's key."""

    title: str
    body: str
    topics: Sequence[Topic]
    proposals: Sequence[str] = ()
    replies: Mapping[int, str] = field(default_factory=dict)


@transaction.atomic
def post_question(
    *, asker: User, key: UUID, asked: Asked, emergencies: Sequence[str] = (), is_automatic: bool = False
) -> Question:
    """Publish a question or let it wait for a moderator, follow it for its asker and drop its draft.

    The same ``key`` sent again by the same asker, even at the same moment, gives the question that is there already. A
    key of somebody else's form counts as a new one.
    """
    hold_writer(asker.pk)
    try:
        with transaction.atomic():
            question = Question.objects.create(
                asker=asker,
                form_key=key,
                title=asked.title,
                slug=question_slug(asked.title),
                body=asked.body,
                body_html=render(asked.body, BodyFormat.TEXT),
                emergencies=list(emergencies),
                is_urgent=bool(emergencies),
                **judge_question(asker, asked, is_automatic=is_automatic),
            )
    except IntegrityError:
        posted = Question.objects.filter(form_key=key, asker=asker).first()
        # Somebody else's key, from a form that stayed open on a shared computer: this is another question.
        return posted or post_question(
            asker=asker, key=uuid4(), asked=asked, emergencies=emergencies, is_automatic=is_automatic
        )
    count_post(asker.pk)
    _set_topics(question, asked.topics)
    _set_proposals(question, asked.proposals)
    _set_replies(question, asked.replies)
    Follow.objects.create(user=asker, question=question, how_often=HowOften.AT_ONCE)
    Draft.objects.filter(key=key).delete()
    defer("questions.relate", question_id=question.pk)
    if question.state == Question.State.PUBLISHED:
        announce_question(question)
    queue(question, is_urgent=question.is_urgent)
    return question


def judge_question(
    asker: User, asked: Asked, *, is_automatic: bool = False, question: Question | None = None
) -> dict[str, Any]:
    """Return the state in which a question stands, and why it waits where it does; ``question`` is as it was so far."""
    same = Question.objects.saying_the_same(asked.title, asked.body)
    if question:
        # Whoever copies a question later does not hold the first.
        same = same.exclude(pk=question.pk).filter(pk__lt=question.pk)
    texts = (asked.title, asked.body, *asked.replies.values(), *asked.proposals)
    submission = Submission(
        texts=texts,
        author_joined=asker.date_joined,
        is_first=not Question.objects.visible().filter(asker=asker).exists(),
        is_automatic=is_automatic,
        repeats=same.visible().exclude(asker=asker).count(),
        compared=f"{asked.title}\n{asked.body}",
        was_taken_down=same.taken_down().exists(),
        resemblance=resembles(texts),
    )
    held_for = reasons_to_hold(submission, at=timezone.now())
    return {"held_for": held_for, "state": Question.State.HELD if held_for else Question.State.PUBLISHED}


@transaction.atomic
def edit_question(
    question_id: int,
    *,
    editor: User,
    asked: Asked,
    is_redaction: bool,
    emergencies: Sequence[str] = (),
    is_automatic: bool = False,
) -> Question:
    """Change a question's words, topics and replies; what the words were before stays in its public history.

    A redaction keeps no text: the words from before go, from this edit and from all earlier ones.
    """
    hold_writer(editor.pk)
    lock_answerers(question_id)
    question = Question.objects.select_for_update(no_key=True).get(pk=question_id)
    if not question.can_be_edited_by(editor):
        raise PermissionDenied
    was_shown = question.state == Question.State.PUBLISHED
    had, stated = _stands_beside(question), words_beside_question(question)
    _set_topics(question, asked.topics)
    _set_proposals(question, asked.proposals)
    _set_replies(question, asked.replies)
    is_reworded = (question.title, question.body) != (asked.title, asked.body)
    if not (is_reworded or is_redaction or emergencies or _stands_beside(question) != had):
        return question
    # What somebody only proposes is seen by nobody yet, and stands in no history.
    if is_reworded or is_redaction or words_beside_question(question) != stated:
        _keep_history(question, stated, is_redaction=is_redaction)
    if is_reworded or is_redaction:
        question.title, question.slug, question.body = asked.title, question_slug(asked.title), asked.body
        question.body_html, question.body_format = render(asked.body, BodyFormat.TEXT), BodyFormat.TEXT
    # What was released stays so while its words do not change; replies and proposed topics are words, too.
    if is_reworded or is_redaction or _stands_beside(question)[1:] != had[1:]:
        judged = judge_question(editor, asked, is_automatic=is_automatic, question=question)
        _set(question, stand_after_change(question, judged["held_for"]))
    if set(emergencies) - set(question.emergencies):
        question.is_urgent = True
    question.emergencies = sorted({*question.emergencies, *emergencies})
    question.edited_at = timezone.now()
    written = ("title", "slug", "body", "body_html", "body_format", "emergencies", "is_urgent", "edited_at")
    if question.state == Question.State.CHANGES:
        _set(question, stand_after_change(question, []))
    is_shown_now = not was_shown and question.state == Question.State.PUBLISHED
    question.save(update_fields=[*written, "state", "held_for"])
    queue(question, is_urgent=question.is_urgent)
    defer("questions.relate", question_id=question.pk)
    if is_shown_now:
        announce_question(question)
    return question


def _set(question: Question, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(question, name, value)


def _stands_beside(question: Question) -> tuple[list, list, list]:
    """Return what a question has beside its words: topics, proposals, replies."""
    return (
        sorted(question.question_topics.values_list("topic", flat=True)),
        sorted(question.topic_proposals.values_list("name", flat=True)),
        sorted(question.prompt_replies.values_list("prompt", "text")),
    )


def words_beside_question(question: Question) -> str:
    """Return what everybody reads beside a question's words, one line each: the topics, then the replies."""
    names = question.question_topics.order_by("topic__name").values_list("topic__name", flat=True)
    replies = question.prompt_replies.order_by("prompt").values_list("prompt__short_label", "text")
    return "\n".join([f"Topics: {', '.join(names)}", *(f"{label}: {text}" for label, text in replies)])


def _keep_history(question: Question, stated: str, *, is_redaction: bool) -> None:
    before = {} if is_redaction else {"title": question.title, "body": question.body, "stated": stated}
    if is_redaction:
        question.edits.update(title=None, body=None, stated="")
    if question.state != Question.State.PUBLISHED:
        # Nobody read these words: a history would publish what waits for a moderator.
        return
    QuestionEdit.objects.create(question=question, is_redaction=is_redaction, **before)


def _set_topics(question: Question, topics: Sequence[Topic]) -> None:
    wanted = {topic.pk for topic in topics}
    had = set(question.question_topics.values_list("topic_id", flat=True))
    # After the question, in the order of their keys: the triggers below move the counters of both.
    lock_topics(wanted | had)
    if had - wanted:
        question.question_topics.filter(topic__in=had - wanted).delete()
    QuestionTopic.objects.bulk_create(
        QuestionTopic(question=question, topic=topic) for topic in topics if topic.pk not in had
    )


def _set_proposals(question: Question, names: Sequence[str]) -> None:
    kept = {name.casefold() for name in names}
    had = {proposal.name.casefold(): proposal for proposal in question.topic_proposals.all()}
    TopicProposal.objects.filter(pk__in=[each.pk for name, each in had.items() if name not in kept]).delete()
    TopicProposal.objects.bulk_create(
        TopicProposal(question=question, name=name) for name in names if name.casefold() not in had
    )


def _set_replies(question: Question, replies: Mapping[int, str]) -> None:
    question.prompt_replies.exclude(prompt__in=list(replies)).delete()
    PromptReply.objects.bulk_create(
        [PromptReply(question=question, prompt_id=prompt, text=text) for prompt, text in replies.items()],
        update_conflicts=True,
        unique_fields=["question", "prompt"],
        update_fields=["text"],
    )


@transaction.atomic
def close_question(question_id: int, *, asker: User) -> Question:
    """Close a question with thanks: its asker has what they need, and doctors look at others."""
    return _set_closed(question_id, asker, is_closed=True)


@transaction.atomic
def open_question(question_id: int, *, asker: User) -> Question:
    """Open a closed question again."""
    return _set_closed(question_id, asker, is_closed=False)


def _set_closed(question_id: int, asker: User, *, is_closed: bool) -> Question:
    question = Question.objects.select_for_update(no_key=True).get(pk=question_id)
    if not question.can_be_closed_by(asker):
        raise PermissionDenied
    if bool(question.closed_at) != is_closed:
        question.closed_at = timezone.now() if is_closed else None
        question.save(update_fields=["closed_at"])
    return question


@transaction.atomic
def withdraw_question(question_id: int, *, asker: User) -> Question:
    """Take a question back with all its answers: its address answers 410, and it counts nowhere."""
    question = lock_question(question_id)
    if question.state == Question.State.WITHDRAWN and question.is_of(asker):
        return question
    if not question.can_be_withdrawn_by(asker):
        raise PermissionDenied
    question.state = Question.State.WITHDRAWN
    question.save(update_fields=["state"])
    return question


@transaction.atomic
def save_draft(*, key: UUID, user: User | None, content: Mapping[str, Any], is_ready: bool = False) -> Draft | None:
    """Keep what was typed so far under the form's key; None where the person has as many drafts as one may have.

    A key that belongs to somebody else, from a form that stayed open on a shared computer, counts as a new one.
    """
    if Draft.objects.filter(key=key, user__isnull=False).exclude(user=user).exists():
        key = uuid4()
    if not Draft.objects.filter(key=key).exists():
        if user and Draft.objects.filter(user=user).count() >= MOST_DRAFTS:
            return None
        # Another window of the same form may make it at this moment.
        Draft.objects.bulk_create([Draft(key=key, user=user)], ignore_conflicts=True)
    draft = Draft.objects.select_for_update().filter(key=key).first()
    if draft is None or Question.objects.filter(form_key=key).exists():
        # Posted in between: there is nothing left to keep.
        Draft.objects.filter(key=key).delete()
        return Draft(key=key)
    draft.user, draft.content, draft.is_ready, draft.updated_at = user, dict(content), is_ready, timezone.now()
    draft.save()
    return draft
