"""What the search knows beside the texts: synonyms that staff edit, and the words of the site, counted."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q

from questions.models.content import Question

SYNONYM_LENGTH = 80
# So many numbers has a point of the model that the search by meaning uses.
MEANING_NUMBERS = 256


class RealField(models.FloatField):
    """A number of four bytes: half of what a float takes."""

    def db_type(self, connection: Any) -> str:
        """Return PostgreSQL's name of it."""
        return "real"


class Meaning(models.Model):
    """Where a question with its answers lies among all meanings; made by the worker where there is a model for it.

    Triggers on questions and answers say which are due. Plain numbers, so that the table needs no extension: the index
    of pgvector over them is made by `questions.search.meaning.prepare`.
    """

    question = models.OneToOneField(Question, on_delete=models.CASCADE, primary_key=True, related_name="meaning")
    is_due = models.BooleanField(default=True)
    model = models.CharField(max_length=60, blank=True, default="")
    vector = ArrayField(RealField(), null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(vector__isnull=True) | Q(vector__len=MEANING_NUMBERS), name="meaning_has_its_numbers"
            ),
        ]
        indexes = [models.Index(fields=["question"], condition=Q(is_due=True), name="meaning_due")]

    def __str__(self) -> str:
        return f"Meaning of question {self.pk}"


class SynonymGroup(models.Model):
    """Words and names that mean the same to somebody who searches: lay and clinical, brand and generic."""

    words: "ArrayField" = ArrayField(
        models.CharField(max_length=SYNONYM_LENGTH),
        help_text="Two or more, parted by commas: heart attack, myocardial infarction",
    )
    note = models.CharField(max_length=200, blank=True, help_text="For staff: why, or where from.")
    # The words as the search sees them: without accents and endings.
    keys = models.GeneratedField(
        expression=Func(F("words"), function="search_keys"),
        output_field=ArrayField(models.TextField()),
        db_persist=True,
    )

    class Meta:
        ordering: ClassVar = ["words"]
        constraints = [models.CheckConstraint(condition=Q(words__len__gte=2), name="synonyms_are_two_or_more")]
        indexes = [GinIndex(fields=["keys"], name="synonyms_by_key")]

    def __str__(self) -> str:
        return " = ".join(self.words)


class Word(models.Model):
    """A word of the site's own texts, in small letters without accents; ``count`` texts have it."""

    word = models.CharField(max_length=30, unique=True)
    stem = models.CharField(max_length=30)
    count = models.PositiveIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["stem"], name="word_by_stem"),
            models.Index(F("count").desc(), F("word"), name="word_by_count"),
        ]

    def __str__(self) -> str:
        return f"Word {self.pk}"


class Vocabulary(models.Model):
    """How far the words are counted. There is one row."""

    question_key = models.BigIntegerField(default=0)
    answer_key = models.BigIntegerField(default=0)
    # How far the questions beside questions were found, for those that came by an import.
    related_key = models.BigIntegerField(default=0)
    document_count = models.PositiveBigIntegerField(default=0)
    # Another one whenever the words change, and never one that was there before.
    version = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "vocabulary"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_vocabulary")]

    def __str__(self) -> str:
        return f"Words of {self.document_count} texts"
