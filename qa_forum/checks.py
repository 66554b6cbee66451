"""System checks of the project. Plumbing: knows no room."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Critical, Error, Tags, register
from django.db import connections
from django.db.utils import OperationalError


@register(Tags.database)
def database_answers(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Say in one line that a database cannot be reached, where a command would show a traceback."""
    faults: list[CheckMessage] = []
    for alias in databases or []:
        try:
            connections[alias].ensure_connection()
        except OperationalError:
            hint = "Is the server running, and does DATABASE_URL name it with the right password?"
            faults.append(Critical("The database cannot be reached.", hint=hint, id="qa_forum.E001"))
    return faults


@register(Tags.security)
def private_files_are_served_by_nobody(**kwargs: Any) -> list[CheckMessage]:
    """Refuse a place for private files that lies in a served folder, or that holds one."""
    private = Path(settings.PRIVATE_ROOT).resolve()
    served = [
        ("MEDIA_ROOT", settings.MEDIA_ROOT),
        ("STATIC_ROOT", settings.STATIC_ROOT),
        *(("STATICFILES_DIRS", folder) for folder in settings.STATICFILES_DIRS),
    ]
    return [
        Error(
            f"PRIVATE_ROOT and {name} lie one in the other: private files could be served.",
            hint="Give each a folder of its own.",
            id="qa_forum.E002",
        )
        for name, folder in served
        if folder and (private.is_relative_to(Path(folder).resolve()) or Path(folder).resolve().is_relative_to(private))
    ]
