"""Photos of a question: a row for each, and a private file that lives no longer than its row says."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.standing import count_post, hold_writer
from moderation.disputes import ACCOUNT_CLOSED, disputed, keep
from moderation.services import (
    CleanFile,
    PrivateStorage,
    Submission,
    queue,
    reasons_to_hold,
    stand_after_change,
    take_back,
)
from moderation.states import State
from questions.models import MOST_PHOTOS, Question, QuestionPhoto

KIND = "questions.questionphoto"
FULL = f"There are {MOST_PHOTOS} photos with your question, as many as there may be. Remove one, then add another"


def add_photo(question_id: int, *, asker: User, file: CleanFile) -> QuestionPhoto:
    """Keep a photo that the asker sent, seen by nobody else; one that is there already is not kept twice.

    ``ValidationError`` where there are as many as there may be.
    """
    storage, paths = PrivateStorage(), list[str]()
    try:
        with transaction.atomic():
            hold_writer(asker.pk)
            question = Question.objects.select_for_update(no_key=True).get(pk=question_id)
            if not question.can_take_photos_of(asker):
                raise PermissionDenied
            there = {photo.position: photo for photo in question.photos.kept()}
            if same := next((each for each in there.values() if each.fingerprint == file.fingerprint), None):
                return same
            place = next((place for place in range(1, MOST_PHOTOS + 1) if place not in there), None)
            if place is None:
                raise ValidationError(FULL)
            count_post(asker.pk)
            paths.append(storage.save(f"file.{file.kind}", file.as_file()))
            width, height = file.measures
            return QuestionPhoto.objects.create(
                question=question,
                position=place,
                file=paths[-1],
                format=file.kind,
                width=width,
                height=height,
                size=len(file.content),
                fingerprint=file.fingerprint,
                state=State.HELD,
                held_for=["photo"],
            )
    except BaseException:
        for path in paths:
            storage.delete(path)
        raise


@transaction.atomic
def describe_photo(photo_id: int, *, asker: User, alt: str, emergencies: Sequence[str] = ()) -> QuestionPhoto:
    """Say what a photo shows. With its first words a moderator is asked to look at it; later ones are judged as words.

    What the emergency screen found is for moderators to look at, with the question.
    """
    hold_writer(asker.pk)
    photo = lock_photo(photo_id)
    if not photo.can_be_described_by(asker):
        raise PermissionDenied
    if alt == photo.alt and photo.state != State.CHANGES:
        return photo
    submission = Submission(texts=(alt,), author_joined=asker.date_joined)
    why = reasons_to_hold(submission, at=timezone.now())
    if photo.state != State.PUBLISHED:
        why = ["photo", *why]
    for name, value in stand_after_change(photo, why).items():
        setattr(photo, name, value)
    photo.alt, photo.described_at = alt, timezone.now()
    photo.save(update_fields=["alt", "described_at", "state", "held_for"])
    queue(photo)
    if emergencies:
        _note_emergency(photo.question, emergencies)
    return photo


def _note_emergency(question: Question, families: Sequence[str]) -> None:
    question.emergencies = sorted({*question.emergencies, *families})
    question.is_urgent = True
    question.save(update_fields=["emergencies", "is_urgent"])
    queue(question, is_urgent=True)


@transaction.atomic
def remove_photo(photo_id: int, *, asker: User) -> None:
    """Take a photo away for good, with its file; removing it twice is the same.

    One that somebody reported, itself or with its question, stays for moderators alone until its date.
    """
    hold_writer(asker.pk)
    photo = lock_photo(photo_id)
    if photo.state == State.WITHDRAWN and photo.question.is_of(asker):
        return
    if not photo.can_be_removed_by(asker):
        raise PermissionDenied
    is_evidence = disputed(KIND, [photo.pk]) or disputed(Question._meta.label_lower, [photo.question_id])
    _withdraw(photo, is_disputed=bool(is_evidence), reason="Reported, and its asker took it away.")
    take_back(photo, author=asker)


def lock_photo(photo_id: int) -> QuestionPhoto:
    """Lock a photo after its question, and return it with that."""
    question_id = QuestionPhoto.objects.values_list("question_id", flat=True).get(pk=photo_id)
    question = Question.objects.select_for_update(no_key=True).get(pk=question_id)
    photo = QuestionPhoto.objects.select_for_update(no_key=True).get(pk=photo_id)
    photo.question = question
    return photo


def read_photo(photo: QuestionPhoto) -> bytes | None:
    """Return what a photo holds, or None where its file is gone."""
    try:
        with PrivateStorage().open(photo.file.name) as file:
            return file.read()
    except FileNotFoundError:
        return None


# --- Going --------------------------------------------------------------------------------------------------------


def erase_photos(question: Question) -> None:
    """Erase all photos of a question that goes; what is disputed or held waits for its date, unseen. Safe to repeat."""
    photos = list(question.photos.exclude(file="").order_by("pk"))
    disputes = disputed(KIND, [photo.pk for photo in photos])
    for photo in photos:
        _withdraw(photo, is_disputed=photo.pk in disputes)


def _withdraw(photo: QuestionPhoto, *, is_disputed: bool, reason: str = ACCOUNT_CLOSED) -> None:
    photo.state, photo.position, photo.held_for = State.WITHDRAWN, None, []
    photo.erased_at = None
    if is_disputed:
        keep(KIND, photo.pk, reason=reason)
    else:
        _empty(photo)
    photo.save()


def erase_photo(photo: QuestionPhoto) -> None:
    """Take a removed photo away for good; the row stays, empty, so that its address says that it is gone."""
    photo.position = None
    _empty(photo)
    photo.save()


def erase_disputed(photo_id: int) -> None:
    """Erase what was kept as evidence until its date. Safe to repeat."""
    photo = QuestionPhoto.objects.filter(pk=photo_id).first()
    if photo is not None:
        _withdraw(photo, is_disputed=False)


def _empty(photo: QuestionPhoto) -> None:
    delete_later(photo.file.name)
    photo.file, photo.fingerprint, photo.alt = "", "", ""


def delete_file(sender: Any, instance: QuestionPhoto, **kwargs: Any) -> None:
    """Delete the file of a row that is gone: it may go with its question, past every service."""
    delete_later(instance.file.name)


def delete_later(name: str | None) -> None:
    """Delete a private file once the transaction is certain, never before; the nightly sweep finds what is missed."""
    if name:
        transaction.on_commit(partial(PrivateStorage().delete, name), robust=True)
