"""``manage.py verify_audit_log``: proves that the audit log is whole."""

import re
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from moderation.services import Head, faults_of_log, head_of_log


class Command(BaseCommand):
    help = "Prints each gap in the audit log and exits with 1 if there is any; prints its newest entry otherwise."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--noted", metavar="NUMBER:HASH", help="what an earlier run printed as the newest entry: is it still there?"
        )

    def handle(self, *args: Any, noted: str | None = None, **options: Any) -> None:
        """Go through the chain once, in the database."""
        faults = list(faults_of_log(noted=_read(noted) if noted else None))
        for fault in faults:
            self.stdout.write(fault)
        if faults:
            raise CommandError("The audit log is not whole.", returncode=1)
        self.stdout.write(f"The audit log is whole. Newest entry: {head_of_log() or 'none'}")


def _read(noted: str) -> Head:
    if not re.fullmatch(r"\d{1,18}:[0-9a-f]{64}", noted):
        raise CommandError("Write --noted as it was printed: a number, a colon and 64 digits.", returncode=2)
    number, _, digest = noted.partition(":")
    return Head(int(number), digest)
