"""Photos that an asker adds to a question: private until a moderator releases each."""

from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from moderation.models import Moderated
from moderation.services import PrivateStorage
from moderation.states import WITH_ITS_AUTHOR, State
from qa_forum.addresses import address_of
from questions.models.content import Question

MOST_PHOTOS = 3
ALT_LENGTH = 200


class QuestionPhotoQuerySet(models.QuerySet["QuestionPhoto"]):
    def kept(self) -> Self:
        """Photos that have a place with their question: all that were neither taken away by their asker nor erased."""
        return self.filter(position__isnull=False)

    def released(self) -> Self:
        """Photos that everybody sees where everybody sees their question."""
        return self.filter(state=State.PUBLISHED)


class QuestionPhoto(Moderated):
    """One photo of a question. It waits from the start; only a decision shows it. Its file goes with it, for good."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="photos")
    # Its place with the question; none once its asker took it away, or it is erased.
    position = models.PositiveSmallIntegerField(null=True, editable=False)
    # A random name in the private folder; empty once the file is erased.
    file = models.FileField(storage=PrivateStorage(), max_length=100, blank=True, editable=False)
    format = models.CharField(max_length=4, editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    size = models.PositiveIntegerField(editable=False, help_text="In bytes.")
    # Of what the guard wrote: the same photo twice is one, and a browser that has it need not load it again.
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    # What its asker says that it shows, for who cannot see it. Without this no moderator is asked to look at it.
    alt = models.CharField("what it shows", max_length=ALT_LENGTH, blank=True)
    uploaded_at = models.DateTimeField(default=timezone.now, editable=False)
    described_at = models.DateTimeField(null=True, editable=False)

    objects = QuestionPhotoQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["question", "position", "pk"]
        constraints = [
            *Moderated.state_constraints("photo"),
            models.CheckConstraint(condition=Q(position__isnull=True) | Q(position__range=(1, 3)), name="photo_limit"),
            models.UniqueConstraint(fields=["question", "position"], name="one_photo_per_question_and_place"),
            models.UniqueConstraint(
                fields=["question", "fingerprint"],
                condition=Q(position__isnull=False),
                name="one_photo_per_question_and_picture",
            ),
            models.CheckConstraint(
                condition=(Q(position__isnull=False) & ~Q(state="withdrawn") & Q(erased_at__isnull=True))
                | (Q(position__isnull=True) & (Q(state="withdrawn") | Q(erased_at__isnull=False))),
                name="photo_has_a_place_until_it_goes",
            ),
            models.CheckConstraint(
                condition=(~Q(file="") & ~Q(fingerprint=""))
                | Q(position__isnull=True, file="", fingerprint="", alt=""),
                name="photo_is_whole_or_erased",
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | (Q(decision__isnull=False) & ~Q(alt="")),
                name="photo_is_described_and_shown_by_a_decision",
            ),
            models.CheckConstraint(condition=Q(format__in=["jpeg", "png", "webp"]), name="photo_format_is_known"),
            models.CheckConstraint(
                condition=Q(width__gt=0) & Q(height__gt=0) & Q(size__gt=0), name="photo_has_measures"
            ),
        ]

    def __str__(self) -> str:
        return f"Photo {self.pk} of question {self.question_id}"

    def get_absolute_url(self) -> str:
        return address_of("questions:photo", self.pk)

    @property
    def is_visible(self) -> bool:
        """Whether everybody may see it now."""
        return self.state == State.PUBLISHED and self.question.state == State.PUBLISHED

    @property
    def waits_for_words(self) -> bool:
        """Whether its asker has not yet said what it shows, so that nobody looks at it."""
        return not self.alt and self.position is not None

    def can_be_opened_by(self, user: User | AnonymousUser, *, has_factor: bool) -> bool:
        """Everybody sees what is released; before and after that its asker, and staff who proved a second factor."""
        if self.is_visible:
            return True
        if self.position is not None and self.question.is_of(user):
            return True
        return has_factor and user.is_staff and user.has_perm("questions.view_questionphoto")

    def can_be_removed_by(self, user: object) -> bool:
        """Its asker takes it away for as long as no moderator did, whatever became of the question."""
        return self.question.is_of(user) and self.position is not None and self.state in WITH_ITS_AUTHOR

    def can_be_described_by(self, user: object) -> bool:
        """Its asker says what it shows for as long as the question itself may be changed."""
        return self.can_be_removed_by(user) and self.question.can_be_edited_by(user)
