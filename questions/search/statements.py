"""How the search asks the database: bound by the server, and cut off when time is up."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import OperationalError, connection, transaction

# All statements of one search together.
SECONDS = 2.0

# What ranks a few candidates never gains from reading a table from end to end, nor from compiling.
_LIMIT = """
    SELECT set_config('statement_timeout', %(left)s, true), set_config('enable_seqscan', 'off', true),
        set_config('jit', 'off', true)
"""
_RESET = """
    SELECT set_config(name, reset_val, true) FROM pg_settings
    WHERE name IN ('statement_timeout', 'enable_seqscan', 'jit')
"""


class SearchTooSlow(Exception):
    """A search was cut off: it took longer than anybody should wait."""


class Clock:
    """Runs the statements of one search within its time."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def run(self, statement: str, values: Mapping[str, Any]) -> list[tuple]:
        """Return the rows of a statement, or say that it took too long. Two queries."""
        left = int((self._end - time.monotonic()) * 1000)
        if left < 1:
            raise SearchTooSlow
        _run(_LIMIT, {"left": str(left)})
        return _run(statement, values)


@contextmanager
def within(seconds: float | None = None) -> Iterator[Clock]:
    """Give a clock whose statements are cut off together after so many seconds."""
    seconds = SECONDS if seconds is None else seconds
    try:
        with transaction.atomic():
            _run(_LIMIT, {"left": str(int(seconds * 1000))})
            yield Clock(seconds)
            # In a transaction of somebody else's the limits would stay.
            _run(_RESET, {})
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            raise SearchTooSlow from None
        raise


def _run(statement: str, values: Mapping[str, Any]) -> list[tuple]:
    """Run a statement whose values go apart from it: a server that logs a cut statement then logs no words."""
    connection.ensure_connection()
    start = time.monotonic()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        rows = cursor.execute(statement, values).fetchall()
    if connection.queries_logged:  # Counted like every other query where somebody counts.
        connection.queries_log.append({"sql": statement, "time": f"{time.monotonic() - start:.3f}"})
    return rows


run = _run
