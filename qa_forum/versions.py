"""The version of a page: a digest over the rows that it shows.

PostgreSQL stamps every row with the transaction that wrote it (``xmin``), so a digest of the stamps changes with every
change, and nobody can forget to bump it. Plumbing of the project: knows no room.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.db import models
from django.db.models.expressions import Func
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe


class VersionedView(Protocol):
    """A view with an attribute ``version``: called like the view, returns the page's version or None for none."""

    version: Callable[..., str | None]

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse: ...


def versioned(version: Callable[..., str | None]) -> Callable[[Callable[..., HttpResponse]], VersionedView]:
    """Say how a view's page is versioned for strangers; the middleware does the rest."""

    def mark(view: Callable[..., HttpResponse]) -> VersionedView:
        view.version = version  # type: ignore[attr-defined]
        return view  # type: ignore[return-value]

    return mark


def same_for_all(headers: Mapping[str, str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Say that a view reads no cookie: its page is one for everybody, and carries these headers at each status."""

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        view.headers_for_all = headers  # type: ignore[attr-defined]
        return view

    return mark


def read_only(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse every method that could write with 405, whether or not a token came with it."""
    # Without this, the check of the token would come first and blame the token.
    return csrf_exempt(require_safe(view))


class RowVersion(Func):
    """The stamp of the row that a field belongs to, as text: ``RowVersion("doctor__name")`` stamps the doctor.

    Name a plain field of the row other than its key: Django reads a key without joining the table.
    """

    output_field = models.TextField()

    def __init__(self, field: str) -> None:
        super().__init__(models.F(field))

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> tuple[str, tuple]:
        column, params = compiler.compile(self.source_expressions[0])
        table = column.rpartition(".")[0]
        return f"{table}.xmin::text", tuple(params)


def digest(parts: Iterable[object]) -> str:
    """Return a short digest of what decides a page."""
    return hashlib.blake2b(repr(tuple(parts)).encode(), digest_size=12).hexdigest()


@cache
def release() -> str:
    """Return the digest of what the pages are made with: sources, templates, the lock and the site's own names."""
    base = Path(settings.BASE_DIR)
    made_with = hashlib.blake2b(
        f"{settings.SITE_URL} {settings.SITE_NAME} {settings.ALTERNATE_SITES}".encode(), digest_size=6
    )
    folders = ["qa_forum", "api", "voting", "questions", "doctors", "moderation", "accounts", "templates", "static"]
    files = [base / "requirements.txt"]
    for folder in folders:
        files += sorted(
            path for path in (base / folder).rglob("*") if path.suffix in {".py", ".html", ".css", ".js", ".svg"}
        )
    for path in files:
        made_with.update(path.read_bytes())
    return made_with.hexdigest()
