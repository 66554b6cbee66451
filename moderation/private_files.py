"""Files that only some may see: where they lie, and how they are handed out."""

import math
import os
import re
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.apps import apps
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from django.db.models import FileField, Model
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.deconstruct import deconstructible
from django.utils.http import content_disposition_header, parse_etags, quote_etag
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


_OURS = re.compile(r"(?P<one>[0-9a-f]{2})/(?P<two>[0-9a-f]{2})/(?P=one)(?P=two)[0-9a-f]{28}(?:\.[a-z]+)?")


def files_from_before(moment: datetime) -> Iterator[str]:
    """Return the names of the private files that were written before a moment; whatever else lies there is left out."""
    root = Path(PrivateStorage().location)
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            found = path.relative_to(root).as_posix()
            if _OURS.fullmatch(found) and not path.is_symlink() and _written_at(path) < moment.timestamp():
                yield found


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        # Somebody deleted it at this moment: nothing is left to do.
        return math.inf


def named_by_fields(names: Collection[str], models: Iterable[type[Model]] | None = None) -> set[str]:
    """Return those of some private files that a file field of any table names."""
    named: set[str] = set()
    for model in apps.get_models() if models is None else models:
        for field in model._meta.concrete_fields:
            if isinstance(field, FileField) and isinstance(field.storage, PrivateStorage):
                rows = model._default_manager.filter(**{f"{field.name}__in": names})
                named |= set(rows.values_list(field.name, flat=True))
    return named


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


def serve_released(
    request: HttpRequest, read: Callable[[], bytes], kind: Kind, name: str, version: str
) -> HttpResponse:
    """Return a file that everybody may see today, under the same headers: nothing in it can run.

    Whoever keeps it asks at each use whether it still holds, so nobody sees it after it was taken back. No search
    engine lists it. ``read`` is called only where the client does not have this ``version``.
    """
    etag = quote_etag(version)
    response: HttpResponse = HttpResponseNotModified()
    if etag not in parse_etags(request.headers.get("If-None-Match", "")):
        response = serve_privately(read(), kind, name)
        response["X-Robots-Tag"] = "noindex"
    response["ETag"] = etag
    response["Cache-Control"] = "public, no-cache"
    response["Vary"] = "Cookie"
    return response
