"""Work for the background. Plumbing of the project: knows no room."""

from procrastinate.contrib.django import app


def defer(task: str, *, pause: float = 0, **arguments: int) -> None:
    """Put a task by its name into the queue, within the present transaction: a roll-back takes it back.

    Only keys go along: what a task needs to know it reads from its rows. ``pause`` is in seconds.
    """
    schedule: dict = {"schedule_in": {"seconds": pause}} if pause else {}
    app.configure_task(task, **schedule).defer(**arguments)
