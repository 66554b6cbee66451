"""``manage.py run_worker``: sends the mails, and does whatever else is put off to the background."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from qa_forum import worker


class Command(BaseCommand):
    """Runs one worker; several may run beside each other, on one machine or on many."""

    help = "Does the work of the background, mails above all, until a signal comes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the two that tests and timers need."""
        parser.add_argument("--once", action="store_true", help="do what is due, and end")
        parser.add_argument(
            "--silence",
            type=float,
            default=worker.SILENCE_SECONDS,
            help="after how many silent seconds a worker counts as dead (all workers need the same)",
        )

    def handle(self, *, once: bool, silence: float, **options: Any) -> None:
        """Work."""
        worker.work(once=once, silence=silence)
