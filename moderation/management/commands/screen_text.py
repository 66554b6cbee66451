"""Say what the screens find in texts, one JSON line for each."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError

from moderation.services import find_personal, reply_reasons, screen_emergency


class Command(BaseCommand):
    help = "Reads JSON lines with id and text and prints what the screens say of each; - reads standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        faults = 0
        try:
            with _open(options["file"]) as stream:
                for number, line in enumerate(stream, start=1):
                    if line.strip():
                        faults += not self._screen(line, f"{options['file']}:{number}")
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror or error}") from None
        if faults:
            sys.exit(1)

    def _screen(self, line: bytes, place: str) -> bool:
        """Print what is said of one line; a line that cannot be read is told by its place, never by its words."""
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            self.stderr.write(f"{place}: this is not a line of JSON")
            return False
        if not isinstance(entry, dict) or not isinstance(entry.get("text"), str) or "id" not in entry:
            self.stderr.write(f'{place}: an object with "id" and "text" is needed')
            return False
        text = entry["text"]
        personal = [{"kind": found.kind, "start": found.start, "end": found.end} for found in find_personal(text)]
        said = {"id": entry["id"], "emergency": screen_emergency(text), "personal": personal}
        said["reply"] = reply_reasons(text)
        self.stdout.write(json.dumps(said))
        return True


@contextmanager
def _open(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
    else:
        with open(name, "rb") as stream:
            yield stream
