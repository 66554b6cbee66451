"""The background's work, done at once: for tests that want to see what comes of a task."""

from typing import Any

from django.core import mail
from django.db import connection
from procrastinate.contrib.django import app


def work() -> int:
    """Do every task that waits and is due, with the worker's own code of it; return how many it was."""
    done = 0
    while tasks := _due():
        for key, name, arguments in tasks:
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [key])
            app.tasks[name](**arguments)
            done += 1
    return done


def _due() -> list[tuple[int, str, dict[str, Any]]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, task_name, args::text::json FROM procrastinate_jobs"
            " WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= clock_timestamp()) ORDER BY id"
        )
        return cursor.fetchall()


def delivered() -> list[Any]:
    """Return all mails that were sent, after everything that waits was done."""
    work()
    return mail.outbox


class Outbox:
    """The mails that were sent; looking at them delivers what waits first."""

    def __getitem__(self, place: Any) -> Any:
        return delivered()[place]

    def __len__(self) -> int:
        return len(delivered())

    def __iter__(self) -> Any:
        return iter(delivered())

    def __eq__(self, other: object) -> bool:
        return delivered() == other

    __hash__ = None  # type: ignore[assignment]

    def clear(self) -> None:
        delivered().clear()
