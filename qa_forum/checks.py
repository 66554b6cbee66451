"""System checks of the project. Plumbing: knows no room."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Critical, Tags, register
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
