"""Look for votes that seem to be cast by one hand, now instead of at night."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from voting.models import VoteRing
from voting.rings import find_rings, hold_rings


class Command(BaseCommand):
    help = "Finds votes that seem to be cast by one hand, and sets them aside until a moderator decides."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be set aside, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            for found in find_rings():
                kinds = "; ".join(VoteRing.Evidence(kind).label for kind in sorted(found.evidence))
                self.stdout.write(f"doctor {found.doctor_id}, {found.value:+d}: {len(found.votes)} votes: {kinds}")
            return
        rings = hold_rings()
        for ring in rings:
            self.stdout.write(str(ring))
        self.stdout.write(f"{len(rings)} rings wait for a moderator.")
