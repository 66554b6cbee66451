"""Export everything that is published as an interchange file."""

import io
import os
import stat
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError

from questions.interchange import export_lines


class Command(BaseCommand):
    help = "Writes all published questions and answers in the interchange format."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", metavar="FILE", default="-", help="a file that is there stays whole till the end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["out"] == "-":
            self._print()
            return
        try:
            with _replacing(Path(options["out"])) as file:
                file.writelines(f"{line}\n" for line in export_lines())
        except OSError as error:
            raise CommandError(f"{options['out']}: {error.strerror or error}") from None

    def _print(self) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", newline="\n")
        try:
            for line in export_lines():
                self.stdout.write(line)
            self.stdout.flush()
        except BrokenPipeError:
            # Whoever read it has enough; without this Python would complain once more at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)


@contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    """Open a file that takes the place of ``path`` only when it is whole; a pipe or device is written directly."""
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        with path.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        return
    path = path.resolve()  # Behind a link it is the file that is replaced.
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with aside.open("x", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
