"""What stands around asking: drafts, history, following, and the short questions of a topic."""

from typing import ClassVar, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Length, Lower
from django.db.models.lookups import Exact, LessThanOrEqual
from django.utils import timezone

from questions.models.content import TITLE_LENGTH, Answer, Question, Topic

# Far more than the form takes; what is longer did not come from it.
DRAFT_CHARACTERS = 100_000
PROMPT_REPLY_LENGTH = 100
TOPIC_NAME_LENGTH = 60


class TopicPrompt(models.Model):
    """A short question that a topic asks of each patient, such as the skin type; the reply is optional."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="prompts")
    label = models.CharField(max_length=120, help_text="As a patient reads it: “What is your skin type?”")
    short_label = models.CharField(max_length=60, help_text="As it stands beside the question: “Skin type”")
    choices = models.JSONField(
        default=list, blank=True, help_text='A list of words to choose from, ["Dry", "Oily"]; empty: a short text.'
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["topic", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["topic", "short_label"], name="one_prompt_per_topic_and_label"),
            models.CheckConstraint(
                condition=Exact(
                    models.Func(F("choices"), function="jsonb_typeof", output_field=models.TextField()), Value("array")
                ),
                name="prompt_choices_are_a_list",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic}: {self.short_label}"


class PromptReply(models.Model):
    """What the asker said to one short question of a topic; it stands beside the question."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="prompt_replies")
    prompt = models.ForeignKey(TopicPrompt, on_delete=models.PROTECT, related_name="replies")
    text = models.CharField(max_length=PROMPT_REPLY_LENGTH)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["question", "prompt"], name="one_reply_per_question_and_prompt"),
            models.CheckConstraint(condition=~Q(text=""), name="prompt_reply_has_a_text"),
        ]

    def __str__(self) -> str:
        return f"{self.prompt_id} of {self.question_id}"


class TopicProposal(models.Model):
    """A topic that an asker misses. Nobody sees it before a moderator makes it a topic."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="topic_proposals")
    name = models.CharField(max_length=TOPIC_NAME_LENGTH)
    proposed_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.UniqueConstraint(F("question"), Lower("name"), name="one_proposal_per_question_and_name"),
            models.CheckConstraint(condition=~Q(name=""), name="topic_proposal_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class QuestionEdit(models.Model):
    """One change of a question by its asker: what and when, and the words from before.

    Where personal details were removed, the words from before are gone, here and in all earlier edits.
    """

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="edits")
    edited_at = models.DateTimeField(default=timezone.now)
    is_redaction = models.BooleanField(default=False)
    # As they were before this edit; null: erased with personal details.
    title = models.CharField(max_length=TITLE_LENGTH, null=True)
    body = models.TextField(null=True)
    stated = models.TextField(blank=True, help_text="The topics and replies from before, one a line.")

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_redaction=False) | Q(title__isnull=True, body__isnull=True, stated=""),
                name="redaction_keeps_no_text",
            ),
            models.CheckConstraint(
                condition=Q(title__isnull=True, body__isnull=True) | Q(title__isnull=False, body__isnull=False),
                name="edit_text_is_whole_or_gone",
            ),
        ]

    def __str__(self) -> str:
        return f"Edit {self.pk} of {self.question_id}"


class Draft(models.Model):
    """A question that is not posted yet, by the key of its form.

    Without a user it waits for whoever wrote it to sign in: their session knows the key. ``is_ready`` says that it went
    through everything that comes before posting.
    """

    key = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="question_drafts"
    )
    content = models.JSONField(default=dict)
    is_ready = models.BooleanField(default=False)
    updated_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering: ClassVar = ["-updated_at"]
        constraints = [
            models.CheckConstraint(
                condition=LessThanOrEqual(Length(Cast("content", models.TextField())), DRAFT_CHARACTERS),
                name="draft_is_bounded",
            ),
        ]

    def __str__(self) -> str:
        # Never the title: this word may come into a log.
        return f"Draft {self.key}"


class HowOften(models.TextChoices):
    """How soon somebody is told by mail of what they follow."""

    AT_ONCE = "at_once", "At once"
    DAILY = "daily", "Once a day"
    WEEKLY = "weekly", "Once a week"
    NEVER = "never", "Never"


class FollowQuerySet(models.QuerySet["Follow"]):
    def shown(self) -> Self:
        """What a follower may still read of: topics, public questions, and their own."""
        public = Q(question__state=Question.State.PUBLISHED) | Q(question__asker=F("user"))
        return self.filter(Q(topic__isnull=False) | public)


class Follow(models.Model):
    """Somebody follows a question (its answers) or a topic (its questions)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="follows")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, null=True, related_name="follows")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, null=True, related_name="follows")
    how_often = models.CharField(max_length=8, choices=HowOften, default=HowOften.AT_ONCE)
    followed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = FollowQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(question__isnull=True) ^ Q(topic__isnull=True), name="follow_is_of_question_or_topic"
            ),
            models.CheckConstraint(condition=Q(how_often__in=HowOften.values), name="follow_how_often_is_known"),
            models.UniqueConstraint(
                fields=["question", "user"], condition=Q(question__isnull=False), name="one_follow_per_question"
            ),
            models.UniqueConstraint(
                fields=["topic", "user"], condition=Q(topic__isnull=False), name="one_follow_per_topic"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} follows {'question' if self.question_id else 'topic'}"


class Notice(models.Model):
    """One thing that one person is told of: an answer, or a question on a topic. It is told once, by whichever mail."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="notices")
    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, null=True, related_name="notices")
    how_often = models.CharField(max_length=8, choices=HowOften)
    is_for_desk = models.BooleanField(
        default=False, db_default=False, help_text="It comes to a doctor's desk, and is nothing that they follow."
    )
    noticed_at = models.DateTimeField(default=timezone.now, editable=False)
    told_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(how_often__in=["at_once", "daily", "weekly"]), name="notice_how_often_is_known"
            ),
            models.UniqueConstraint(
                fields=["answer", "user"], condition=Q(answer__isnull=False), name="one_notice_per_answer"
            ),
            models.UniqueConstraint(
                fields=["question", "user"], condition=Q(answer__isnull=True), name="one_notice_per_question"
            ),
        ]
        indexes = [
            models.Index(F("how_often"), F("user"), condition=Q(told_at__isnull=True), name="notice_to_be_told"),
        ]

    def __str__(self) -> str:
        return f"Notice {self.pk}"
