"""Finds what all questions mean, for the search by meaning."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from questions.search.meaning import prepare
from questions.search.points import find_due, make_all_due, make_missing_due


class Command(BaseCommand):
    """Makes extension and index where they are missing, then the points of all questions that have none."""

    help = "Finds what questions mean, for the search by meaning; the worker does the same for new ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which questions."""
        parser.add_argument("--all", action="store_true", help="find the meaning of every question anew")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is due, some questions at a time: it may be stopped and started again."""
        if reason := prepare():
            raise CommandError(f"The search by meaning is not available: {reason}.")
        due = make_all_due() if options["all"] else make_missing_due()
        done = 0
        with tqdm(total=due, disable=None) as progress:
            while found := find_due():
                done += found
                progress.update(found)
        self.stdout.write(f"{done} questions have their meaning.")
