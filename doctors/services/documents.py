"""Documents of applicants: a row for each, and a private file that lives no longer than its row."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from doctors.models import MOST_DOCUMENTS, Document
from doctors.services.verification import drop_approval, lock
from moderation.services import CleanFile, PrivateStorage, files_from_before, named_by_fields

# No transaction is so long that a file this old still waits for its row.
SWEPT_AFTER = timedelta(days=1)
SWEPT_AT_ONCE = 500


def add_documents(verification_id: int, *, owner: User, shows: str, files: Sequence[CleanFile]) -> list[Document]:
    """Keep the files that an applicant sent; one that is there already is not kept twice.

    An approval that was given without them is void.
    ``ValidationError`` where they would be too many: then none of them is kept.
    """
    storage, paths = PrivateStorage(), list[str]()
    try:
        with transaction.atomic():
            verification = lock(verification_id)
            if not verification.can_be_changed_by(owner):
                raise PermissionDenied
            there = list(verification.documents.all())
            added = []
            for file in files:
                if any(_is_same(file, document, shows) for document in there):
                    continue
                if len(there) == MOST_DOCUMENTS:
                    raise ValidationError(f"Keep at most {MOST_DOCUMENTS} documents: delete one, then add another")
                paths.append(storage.save(f"file.{file.kind}", file.as_file()))
                document = Document.objects.create(
                    verification=verification, shows=shows, path=paths[-1], format=file.kind, size=len(file.content)
                )
                there.append(document)
                added.append(document)
            if added:
                drop_approval(verification, by=owner, words="A document came: an approval from before is void.")
            return added
    except BaseException:
        for path in paths:
            storage.delete(path)
        raise


@transaction.atomic
def delete_document(key: UUID, *, owner: User) -> None:
    """Delete a document of one's own that nobody has decided on, and an approval that was given with it.

    Deleting it twice is the same.
    """
    document = Document.objects.filter(pk=key, verification__applicant=owner).first()
    if document is None:
        return
    verification = lock(document.verification_id)
    if not verification.can_be_changed_by(owner):
        raise PermissionDenied
    is_there, _ = document.delete()
    if is_there:
        drop_approval(verification, by=owner, words="A document went: an approval from before is void.")


def read_document(document: Document) -> bytes | None:
    """Return what a document holds, or None where its file is gone."""
    try:
        with PrivateStorage().open(document.path) as file:
            return file.read()
    except FileNotFoundError:
        return None


def delete_file(sender: Any, instance: Document, **kwargs: Any) -> None:
    """Delete the file of a row that is gone, once that is certain: a row may go with its doctor, past every service."""
    transaction.on_commit(partial(PrivateStorage().delete, instance.path), robust=True)


def sweep_files() -> int:
    """Delete private files that no row names, where they are older than a day; return how many. Safe to repeat.

    They come from a transaction that was undone, or a process that was ended, after its file was written.
    """
    swept = 0
    left_over = files_from_before(timezone.now() - SWEPT_AFTER)
    while names := list(islice(left_over, SWEPT_AT_ONCE)):
        named = set(Document.objects.filter(path__in=names).values_list("path", flat=True)) | named_by_fields(names)
        for name in set(names) - named:
            PrivateStorage().delete(name)
            swept += 1
    return swept


def _is_same(file: CleanFile, document: Document, shows: str) -> bool:
    is_alike = (document.shows, document.format, document.size) == (shows, file.kind, len(file.content))
    return is_alike and read_document(document) == file.content
