"""Where the benchmark runs: an environment, a folder and a database of its own, all gone afterwards."""

import os
import secrets
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import django

from qa_forum import embedded_postgres

DATABASE = "qa_forum_bench"
# What would change a figure, or the way that a request takes, is not taken over from outside.
NOT_TAKEN_OVER = (
    *(
        "ALLOWED_HOSTS",
        "CACHE_URL",
        "CSRF_TRUSTED_ORIGINS",
        "DEBUG",
        "EMAIL_URL",
        "MEDIA_ROOT",
        "PRIVATE_ROOT",
        "SITE_NAME",
    ),
    *("SITE_URL", "TRUSTED_PROXIES", "VOTES_PER_NETWORK"),
)


class BenchError(Exception):
    """The benchmark cannot go on; the text is one line that says why."""


@contextmanager
def own_place() -> Iterator[None]:
    """Set Django up with a folder and a database of our own, and leave nothing of them behind."""
    with tempfile.TemporaryDirectory(prefix="qa_forum_bench-") as folder:
        _set_environment(folder)
        if embedded_postgres.is_used():
            embedded_postgres.ensure_running()
        django.setup()
        try:
            _leave_the_pool()
            _collect_static_files()
            yield
        finally:
            with suppress(BenchError):  # The next run drops what a fault leaves.
                _drop_database()
            embedded_postgres.release()


def _set_environment(folder: str) -> None:
    for name in NOT_TAKEN_OVER:
        os.environ.pop(name, None)
    os.environ.update(
        DJANGO_SETTINGS_MODULE="bench.settings",
        BENCH_DIR=folder,
        SECRET_KEY=secrets.token_urlsafe(64),
        SITE_URL="http://localhost",
        ALLOWED_HOSTS="localhost,127.0.0.1",
    )


def _leave_the_pool() -> None:
    """Let this process do without a pool: its threads would be in the way of starting servers."""
    from django.db import connection

    connection.settings_dict["OPTIONS"].pop("pool", None)


def _collect_static_files() -> None:
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)


def new_database() -> None:
    """Make the benchmark's database anew, with every table and no row."""
    from django.core.management import call_command

    _drop_database()
    _administer("CREATE DATABASE {}")
    call_command("migrate", verbosity=0)


def _drop_database() -> None:
    """Drop the benchmark's database, but only where nobody uses it: two runs do not harm each other."""
    from django.db import connections

    connections.close_all()
    _administer("DROP DATABASE IF EXISTS {}")


def _administer(statement: str) -> None:
    from django.db import Error, connection

    try:
        # Django's own way to the server without naming one of its databases, as its test runner goes it.
        with warnings.catch_warnings(action="ignore"), connection._nodb_cursor() as cursor:
            cursor.execute(statement.format(connection.ops.quote_name(DATABASE)))
    except Error as error:
        action = " ".join(statement.split()[:2]).lower()
        raise BenchError(f"cannot {action} {DATABASE}: {str(error).splitlines()[0]}") from None
