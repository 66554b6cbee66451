"""Files that only some may see: where they lie, and how they are handed out."""

import os
import secrets
from pathlib import PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from django.http import HttpResponse
from django.utils.deconstruct import deconstructible
from django.utils.http import content_disposition_header
from django.utils.text import slugify

from moderation.uploads import CONTENT_TYPES, Kind


@deconstructible(path="moderation.private_files.PrivateStorage")
class PrivateStorage(FileSystemStorage):
    """Keeps files under random names in ``PRIVATE_ROOT``, for the site's own user alone; none has an address.

    For a model: ``FileField(storage=PrivateStorage())``, given ``CleanFile.as_file()``.
    """

    def __init__(self) -> None:
        super().__init__(file_permissions_mode=0o600, directory_permissions_mode=0o700)

    # There is none, whatever MEDIA_URL says.
    base_url: None = None  # type: ignore[assignment]

    @property
    def base_location(self) -> str:
        """Return the folder, as it is set now."""
        return os.fspath(settings.PRIVATE_ROOT)

    @property
    def location(self) -> str:
        """Return the folder as a whole path."""
        return os.path.abspath(self.base_location)

    def url(self, name: str | None) -> str:
        """Refuse: there is no address under which a private file can be asked for."""
        raise ValueError("A private file has no address.")

    def save(self, name: str | None, content: File | IO[Any], max_length: int | None = None) -> str:
        """Store a file and return its random name; of the one that is given only the kind stays."""
        return super().save(_random_name(name or ""), content, max_length)

    def generate_filename(self, filename: str | os.PathLike[str]) -> str:
        """Return a random name; of the one that is given only the kind stays."""
        return _random_name(os.fspath(filename))

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """Return a random name, which nobody has."""
        return _random_name(name)


def _random_name(name: str) -> str:
    kind = PurePosixPath(name).suffix.removeprefix(".")
    random = secrets.token_hex(16)
    return f"{random[:2]}/{random[2:4]}/{random}" + (f".{kind}" if kind in CONTENT_TYPES else "")


def serve_privately(content: bytes, kind: Kind, name: str) -> HttpResponse:
    """Return a private file for a viewer who was asked for: whoever calls this has checked that they may see it.

    A picture is shown, a PDF is saved under ``name`` with its kind added. Nothing in it can run or load anything, and
    nobody keeps it on the way.
    """
    filename = f"{slugify(name) or 'file'}.{kind}"
    return HttpResponse(
        content,
        content_type=CONTENT_TYPES[kind],
        headers={
            "Content-Disposition": content_disposition_header(kind == "pdf", filename) or "attachment",
            "Content-Length": str(len(content)),
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, no-store",
            "Vary": "Cookie",
        },
    )
