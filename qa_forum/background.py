"""Work for the background: how a task is put into the queue. Plumbing of the project: knows no room."""

from datetime import timedelta
from pathlib import Path
from traceback import extract_tb
from types import TracebackType
from typing import Any

from django.conf import settings
from procrastinate import App
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.job_context import JobContext
from procrastinate.manager import JobManager
from procrastinate.middleware import AsyncCallNext
from procrastinate.tasks import configure_task
from procrastinate.worker import Worker

# Always Django's own connection, so that a task is part of the present transaction. Inside a worker the queue's app has
# a connection of its own instead, and what a task defers through that would survive a roll-back.
_queue = JobManager(DjangoConnector())


def defer(task: str, *, pause: timedelta | None = None, priority: int = 0, **arguments: int) -> None:
    """Put a task into the queue by its name, within the present transaction: a roll-back takes it back.

    Only keys go along: what a task needs to know it reads from its rows.
    """
    later: dict[str, Any] = {"schedule_in": {"seconds": pause.total_seconds()}} if pause else {}
    configure_task(name=task, job_manager=_queue, priority=priority, **later).defer(**arguments)


class TaskFailed(Exception):
    """A task ended with an error; the text names its class and the place, and nothing that people wrote."""

    is_wordless = True


async def keep_words_out(call_next: AsyncCallNext, context: JobContext, worker: Worker) -> Any:
    """Let no error of a task reach the log with its text: a mail server's words name addresses, a database's rows."""
    try:
        return await call_next()
    except Exception as error:
        raise TaskFailed(f"{type(error).__name__} at {_place(error.__traceback__)}") from None


def _place(traceback: TracebackType | None) -> str:
    """Return the last line of ours that an error came through."""
    places = [(Path(frame.filename), frame.lineno) for frame in extract_tb(traceback)]
    ours = [place for place in places if place[0].is_relative_to(settings.BASE_DIR) and ".venv" not in place[0].parts]
    path, line = (ours or places)[-1]
    return f"{path.name}:{line}"


def set_up(app: App) -> None:
    """Let every worker of ours keep words out of its log. Called once, when Django has loaded the queue."""
    app.worker_defaults["worker_middleware"] = [keep_words_out]
