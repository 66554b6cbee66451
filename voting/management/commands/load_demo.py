"""Fill an empty database with the demo content."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from voting.demo import Demo, is_empty


class Command(BaseCommand):
    help = "Fills an empty database with invented questions, answers, doctors, reviews and votes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing where the database holds content")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.LOCAL_MODE:
            raise CommandError("Demo content is made on the embedded server only, never beside real people's words.")
        if not is_empty():
            if options["if_empty"]:
                return
            raise CommandError("The database holds content already; demo content goes into an empty one only.")
        self._keep("\n".join(str(account) for account in Demo().write()))

    def _keep(self, accounts: str) -> None:
        """Print the accounts and keep them in ``var/demo.txt``, for the owner's eyes only."""
        path = Path(settings.VAR_DIR) / "demo.txt"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(accounts)
        self.stdout.write(f"Demo content is in place.\n\n{accounts}\nThese are kept in {path.name}.")
