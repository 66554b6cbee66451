"""What stands around answering: history, drafts, agreement, questions back, what a doctor passes on, recalls, desks."""

from datetime import timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Cast, Length
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone

from doctors.models import Doctor
from questions.models.asking import DRAFT_CHARACTERS, HowOften
from questions.models.content import TITLE_LENGTH, Answer, BodyFormat, Question, Topic

INQUIRY_LENGTH = 500
REPLY_LENGTH = 2000
# So long a question waits for its asker alone, and then for the doctor who asked back, before others see it again.
INQUIRY_WAITS = timedelta(days=14)


class AnswerEdit(models.Model):
    """One change of an answer by its doctor: what and when, and the words from before."""

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="edits")
    edited_at = models.DateTimeField(default=timezone.now)
    headline = models.CharField(max_length=TITLE_LENGTH, blank=True)
    body = models.TextField()
    body_format = models.CharField(max_length=8, choices=BodyFormat, default=BodyFormat.TEXT)
    stated = models.TextField(blank=True, help_text="The interest and the facts from before, one a line.")
    is_substantial = models.BooleanField(help_text="Votes from before are for an earlier version.")

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(body_format__in=BodyFormat.values), name="answer_edit_format_is_known")
        ]

    def __str__(self) -> str:
        return f"Edit {self.pk} of answer {self.answer_id}"


class AnswerDraft(models.Model):
    """An answer that is not posted yet: what a doctor typed so far on one question, as the form would send it."""

    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="answer_drafts")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="answer_drafts")
    content = models.JSONField(default=dict)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-updated_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["doctor", "question"], name="one_draft_per_doctor_and_question"),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length(Cast("content", models.TextField())), DRAFT_CHARACTERS),
                name="answer_draft_is_bounded",
            ),
        ]

    def __str__(self) -> str:
        # Never its words: this may come into a log.
        return f"Draft of answer {self.pk}"


class AnswerAgreement(models.Model):
    """A colleague agrees with an answer. It is a number of its own and never part of the score."""

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="agreements")
    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="agreements")
    agreed_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["answer", "doctor"], name="one_agreement_per_doctor")]

    def __str__(self) -> str:
        return f"{self.doctor} agrees with answer {self.answer_id}"


class InquiryQuerySet(models.QuerySet["Inquiry"]):
    def holding(self) -> Self:
        """Those for which a question waits: for its asker's reply, or with it for the doctor who asked back."""
        since = timezone.now() - INQUIRY_WAITS
        waits = Q(replied_at=None, asked_at__gt=since) | Q(replied_at__gt=since)
        # Whoever may not answer today keeps nothing from those who may.
        waits &= Doctor.is_checked_by_date("doctor__")
        answered = Answer.objects.filter(question=OuterRef("question"), doctor=OuterRef("doctor"))
        declined = Decline.objects.filter(question=OuterRef("question"), doctor=OuterRef("doctor"))
        return self.filter(waits, ~Exists(answered), ~Exists(declined))


class Inquiry(models.Model):
    """A doctor asks the patient something back before answering, and the patient's reply. Everybody may read both."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="inquiries")
    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="inquiries")
    text = models.CharField(max_length=INQUIRY_LENGTH)
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    reply = models.CharField(max_length=REPLY_LENGTH, blank=True)
    replied_at = models.DateTimeField(null=True, editable=False)

    objects = InquiryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        verbose_name_plural = "inquiries"
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="inquiry_has_a_text"),
            models.CheckConstraint(
                condition=Q(reply="", replied_at__isnull=True) | (~Q(reply="") & Q(replied_at__isnull=False)),
                name="inquiry_reply_has_a_text",
            ),
            models.UniqueConstraint(
                fields=["question", "doctor"], condition=Q(replied_at__isnull=True), name="one_open_inquiry_per_doctor"
            ),
        ]

    def __str__(self) -> str:
        return f"Inquiry {self.pk} on question {self.question_id}"

    def can_be_replied_to_by(self, user: object) -> bool:
        """The asker replies once, for as long as the question is public and open."""
        return self.question.is_of(user) and self.question.takes_answers and self.replied_at is None


class DeclineQuerySet(models.QuerySet["Decline"]):
    def standing(self) -> Self:
        """Those that hold: whoever answers after all has taken theirs back."""
        answered = Answer.objects.filter(question=OuterRef("question"), doctor=OuterRef("doctor"))
        return self.filter(~Exists(answered), Doctor.is_checked_by_date("doctor__"))


class Decline(models.Model):
    """A doctor does not answer a question, and tells the patient why."""

    class Reason(models.TextChoices):
        EXAMINATION = "examination", "It needs an examination in person."
        SOON = "soon", "See a doctor near you soon: it should not wait for an answer here."
        FIELD = "field", "It belongs to another specialty."
        UNCLEAR = "unclear", "There is too little in it to say something useful."

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="declines")
    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="declines")
    reason = models.CharField(max_length=12, choices=Reason)
    declined_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = DeclineQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["question", "doctor"], name="one_decline_per_doctor_and_question"),
            models.CheckConstraint(
                condition=Q(reason__in=["examination", "soon", "field", "unclear"]), name="decline_reason_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.doctor} does not answer question {self.question_id}"


class Recall(models.Model):
    """Staff put all answers of a topic back under review: each shows it until its doctor confirms or changes it."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="recalls")
    reason = models.CharField(max_length=300, help_text="One sentence that everybody reads beside the answers.")
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="recall_has_a_reason")]
        indexes = [models.Index(F("topic"), F("made_at").desc(), name="recall_by_topic")]

    def __str__(self) -> str:
        return f"Recall of {self.topic}"


class Desk(models.Model):
    """What a doctor chose for their desk: further topics, and how soon to be told of new questions."""

    doctor = models.OneToOneField(Doctor, on_delete=models.CASCADE, primary_key=True, related_name="desk")
    topics: "models.ManyToManyField[Topic, models.Model]" = models.ManyToManyField(
        Topic, related_name="desks", blank=True
    )
    how_often = models.CharField(max_length=8, choices=HowOften, default=HowOften.DAILY)
    # When we last wrote that answers wait for the doctor's word.
    reminded_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(how_often__in=HowOften.values), name="desk_how_often_is_known")
        ]

    def __str__(self) -> str:
        return f"Desk of {self.doctor}"
