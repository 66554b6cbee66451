"""Prove the stored counters by their rows."""

import itertools
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from questions.recount import recount_questions
from voting.recount import recount_votes


class Command(BaseCommand):
    help = "Recomputes every stored counter from its rows and prints each that differs; exits 1 if one does."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fix", action="store_true", help="set them right")

    def handle(self, *args: Any, **options: Any) -> None:
        mend = options["fix"]
        found = 0
        # Parents before children, as everywhere.
        for difference in itertools.chain(recount_questions(mend=mend), recount_votes(mend=mend)):
            self.stdout.write(str(difference))
            found += 1
        self.stdout.write(f"{found} counters differed{', all mended' if found and mend else ''}.")
        if found and not mend:
            sys.exit(1)
