"""Who answers in which topic, and how much."""

from typing import Self

from django.db import models
from django.db.models import F

from doctors.models import Doctor, today
from questions.models.content import Topic


class TopicDoctorQuerySet(models.QuerySet["TopicDoctor"]):
    def standing(self) -> Self:
        """Those of doctors whose answers everybody may read today, where there is one."""
        return self.filter(answer_count__gt=0, doctor__valid_until__gt=today())


class TopicDoctor(models.Model):
    """How many published answers to published questions of a topic a doctor gave; moved by triggers.

    Whatever the standing of the doctor: `standing()` tells today's.
    """

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="topic_doctors")
    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="topic_doctors")
    answer_count = models.PositiveIntegerField()
    # The newest that was ever counted here; it stays where that answer goes.
    last_answer_at = models.DateTimeField(null=True)

    objects = TopicDoctorQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "doctor"], name="one_count_per_topic_and_doctor")]
        indexes = [
            models.Index(F("topic"), F("answer_count").desc(), F("doctor"), name="topic_by_doctors"),
            models.Index(F("doctor"), F("answer_count").desc(), F("topic"), name="doctor_by_topics"),
        ]

    def __str__(self) -> str:
        return f"{self.doctor_id} in {self.topic_id}: {self.answer_count}"
