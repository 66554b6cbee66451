"""Import questions and answers from interchange files."""

import io
import os
import stat
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from tqdm import tqdm

from questions.interchange import Importer, ImportRunning, Outcome, only_import

INTERRUPTED = 130


class Command(BaseCommand):
    help = "Imports questions with their answers from files in the interchange format; - reads standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        self._unread = 0
        importer = Importer()
        try:
            with only_import():
                for name in options["files"]:
                    self._take(importer, name)
        except ImportRunning:
            raise CommandError("Another import is running on this database; wait for it to end.") from None
        except KeyboardInterrupt:
            self.stderr.write("Stopped. Whole questions are in; run it again for the rest.")
            self._close(importer)
            sys.exit(INTERRUPTED)
        except Error as error:
            # The error's own words may quote what was to be written.
            self._close(importer)
            raise CommandError(
                f"The database failed ({type(error).__name__}). Whole questions are in; run it again for the rest."
            ) from None
        self._close(importer)
        if self._unread or importer.tally[Outcome.REFUSED]:
            sys.exit(1)

    def _take(self, importer: Importer, name: str) -> None:
        """Import one file; one that cannot be read is told, and the next ones go in."""
        try:
            with _open(name) as stream, _progress(name, stream) as progress:
                importer.take(stream, lambda line, reason: self._tell(f"{name}:{line}: {reason}"), progress.update)
        except OSError as error:
            self._unread += 1
            self._tell(f"{name}: {error.strerror or error}")

    def _tell(self, message: str) -> None:
        with tqdm.external_write_mode(file=sys.stderr):
            self.stderr.write(message)

    def _close(self, importer: Importer) -> None:
        self.stdout.write(", ".join(f"{importer.tally[outcome]} {outcome}" for outcome in Outcome))


@contextmanager
def _open(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
    else:
        with open(name, "rb") as stream:
            yield stream


def _progress(name: str, stream: BinaryIO) -> "tqdm[Any]":
    """Return a bar by bytes on the standard error, silent where that is no terminal."""
    total = None
    with suppress(io.UnsupportedOperation):  # Not every standard input is a file of the system.
        status = os.fstat(stream.fileno())
        total = status.st_size if stat.S_ISREG(status.st_mode) else None
    return tqdm(total=total, unit="B", unit_scale=True, desc=os.path.basename(name), file=sys.stderr, disable=None)
