"""What a line of the log may say. Plumbing of the project: knows no room."""

import logging
import traceback
from types import TracebackType


class WordlessFormatter(logging.Formatter):
    """Writes of an error where it came from and of which class it is, never its message.

    PostgreSQL shows the row that it refuses, others repeat what they could not read: a message may hold what a patient
    wrote. Of a broken constraint the name is told.
    """

    def formatException(  # noqa: N802 (the name is logging's)
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """Return the places of an error and of those that caused it, the first cause on top."""
        parts, error, seen = [], ei[1], set()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            rule = getattr(getattr(error, "diag", None), "constraint_name", None)
            name = f"{type(error).__module__}.{type(error).__qualname__}{f' ({rule})' if rule else ''}"
            # An error of ours may say that its message holds nothing that people wrote.
            name += f": {error}" if getattr(error, "is_wordless", False) else ""
            parts.append("".join(traceback.format_tb(error.__traceback__)) + name)
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\nThis led to:\n".join(reversed(parts))
