"""The upload guard: what comes in as a file goes on as another one, written anew by a child process under limits."""

import fcntl
import hashlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from moderation import reencode

logger = logging.getLogger(__name__)

Kind = Literal["pdf", "jpeg", "png", "webp"]
CONTENT_TYPES: dict[Kind, str] = {
    "pdf": "application/pdf",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
}
EVERY_KIND: frozenset[Kind] = frozenset(CONTENT_TYPES)
# What a photo may be: a picture that every browser shows.
PHOTOS: frozenset[Kind] = frozenset({"jpeg", "png", "webp"})
# Larger than any screen shows it beside a text, and too coarse for a fingerprint.
LONGEST_SIDE = 2000
MEGABYTE = 1024 * 1024
MOST_BYTES = 8 * MEGABYTE
# Beside the files a form has words, and each file has headers.
REST_OF_FORM = MEGABYTE

# Of one child. A photo of 24 megapixels takes half of the memory and a fifth of the time.
CPU_SECONDS = 8
WALL_SECONDS = 12.0
MEMORY = 1024 * MEGABYTE
# Of the whole machine, whatever the number of workers: so much memory at most is taken by files at once.
CHILDREN = 2
WAIT_FOR_CHILD = 6.0

WORDS = {
    "empty": "The file is empty. Choose it again, or choose another one.",
    "bytes": "The file is larger than 8 MB. Make it smaller, or send a photo of it.",
    "kind": "This is not a file we can take. Save it as PDF, JPEG, PNG or WebP, or take a photo of it, and send that.",
    "broken": "We could not open the file: a part of it is missing or damaged. Save it anew, or send a photo of it.",
    "pixels": "The picture has more than 24 megapixels. Make it smaller, and send it again.",
    "moving": "The picture moves. Send a picture that stands still.",
    "locked": "The PDF is locked with a password. Save it without the password, or send a photo of it.",
    "pages": f"The PDF has more than {reencode.MOST_PAGES} pages. Send only the pages that matter.",
    "heavy": "The file takes too much work to open. Save it anew with less in it, or send a photo of it.",
    "many": "The files before this one took too long to open. Send fewer files at once.",
    "busy": "Many files are coming in right now. Send yours again in a minute.",
}


class UploadRefused(ValidationError):
    """Why a file is not taken, in words for whoever sent it; its code is one of ``WORDS``."""

    def __init__(self, code: str) -> None:
        super().__init__(WORDS[code], code=code)


@dataclass(frozen=True)
class CleanFile:
    """A file as it was written anew: safe to keep, and to show to whoever may see it."""

    content: bytes
    kind: Kind

    @property
    def content_type(self) -> str:
        """Return its type as a browser is told it."""
        return CONTENT_TYPES[self.kind]

    @property
    def measures(self) -> tuple[int, int]:
        """Return width and height of a picture, read from the header that the guard wrote; (0, 0) of a PDF.

        No decoder is asked: what decodes runs in the child process only.
        """
        return MEASURES[self.kind](self.content)

    @property
    def fingerprint(self) -> str:
        """Return a digest of what it holds: two files with one are the same."""
        return hashlib.sha256(self.content).hexdigest()

    def as_file(self) -> ContentFile:
        """Return it as what a ``FileField`` takes; its name says only of which kind it is."""
        return ContentFile(self.content, name=f"file.{self.kind}")


def _measures_of_jpeg(content: bytes) -> tuple[int, int]:
    """Return what the frame header says: segments follow one another, each with its length, up to that one."""
    place = 2
    while content[place : place + 1] == b"\xff":
        kind, length = content[place + 1], int.from_bytes(content[place + 2 : place + 4])
        if 0xC0 <= kind <= 0xC2:
            return int.from_bytes(content[place + 7 : place + 9]), int.from_bytes(content[place + 5 : place + 7])
        place += 2 + length
    return 0, 0


def _measures_of_png(content: bytes) -> tuple[int, int]:
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def _measures_of_pdf(content: bytes) -> tuple[int, int]:
    return 0, 0


MEASURES: dict[Kind, Callable[[bytes], tuple[int, int]]] = {
    "pdf": _measures_of_pdf,
    "jpeg": _measures_of_jpeg,
    "png": _measures_of_png,
    "webp": reencode.webp_size,
}


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...

    def seek(self, offset: int, /) -> Any: ...


def clean_upload(file: _Readable, *, kinds: Collection[Kind] = EVERY_KIND, longest: int = 0) -> CleanFile:
    """Return what a file shows as a new file of its kind, or raise ``UploadRefused``; only of ``kinds``.

    A picture with a side of more than ``longest`` pixels is made smaller; 0: none is. Neither its name nor what it or
    its sender say of its type and size is believed. It is opened in a child process only, which is gone when this
    returns.
    """
    file.seek(0)
    content = file.read(MOST_BYTES + 1)
    if not content:
        raise UploadRefused("empty")
    if len(content) > MOST_BYTES:
        raise UploadRefused("bytes")
    kind = _kind_of(content)
    if kind is None or kind not in kinds:
        raise UploadRefused("kind")
    with _slot() as slot:
        outcome, written = _run_child(kind, content, slot, longest)
    if outcome != "done":
        raise UploadRefused(outcome if outcome in WORDS else "broken")
    return CleanFile(written, kind)


View = TypeVar("View", bound=Callable[..., Any])


def takes_files(most: int) -> Callable[[View], View]:
    """Let a view's body be as large as so many files; all others end at ``DATA_UPLOAD_MAX_MEMORY_SIZE``."""

    def mark(view: View) -> View:
        view.body_limit = most * MOST_BYTES + REST_OF_FORM  # type: ignore[attr-defined]
        return view

    return mark


def _kind_of(content: bytes) -> Kind | None:
    """Return the kind that the very first bytes show: what has something else in front is none of ours."""
    if content.startswith(b"%PDF-"):
        return "pdf"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "webp"
    return None


@contextmanager
def _slot() -> Iterator[int]:
    """Hold one of the machine's places for a child, as the descriptor of a locked file, or say that all are taken."""
    until = time.monotonic() + WAIT_FOR_CHILD
    while (slot := _take_slot()) is None:
        if time.monotonic() > until:
            raise UploadRefused("busy")
        time.sleep(0.05)
    try:
        yield slot
    finally:
        os.close(slot)


def _take_slot() -> int | None:
    """Return a place that is free; the system frees it when all who hold it are gone."""
    folder = Path(settings.VAR_DIR) / "upload-slots"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in range(CHILDREN):
        slot = os.open(folder / str(number), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(slot, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(slot)
        else:
            return slot
    return None


def _run_child(kind: Kind, content: bytes, slot: int, longest: int) -> tuple[str, bytes]:
    """Return what a child of its own says of a file and what it wrote."""
    child = subprocess.Popen(
        [sys.executable, "-I", "-B", reencode.__file__, kind, str(CPU_SECONDS), str(MEMORY), str(longest)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={},  # No key, no address of a database.
        pass_fds=[slot],  # Should we be killed, the place stays taken until the child is gone, too.
        start_new_session=True,  # So that what it might start itself ends with it.
    )
    assert child.stdin and child.stdout  # noqa: S101 (both are pipes)
    clock = threading.Timer(WALL_SECONDS, _end, [child])
    clock.start()
    try:
        # It reads all before it writes, so neither side waits for the other.
        with suppress(BrokenPipeError):
            child.stdin.write(content)
        with suppress(BrokenPipeError):
            child.stdin.close()
        answer = child.stdout.read(reencode.MOST_WRITTEN + 100)
        # One that wrote more than it may waits for a reader, until the clock ends it.
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    finally:
        # Until `wait` its number is nobody else's, so nothing but it can be hit.
        clock.cancel()
        clock.join()
        _end(child)
        code = child.wait()
        child.stdout.close()
    if code != 0:
        # A decoder that crashed, or a limit: worth a look, and it says nothing of the file.
        logger.warning("A child that opened a %s ended with %d.", kind, code)
        return "heavy", b""
    outcome, _, written = answer.partition(b"\n")
    return outcome.decode(errors="replace"), written


def _end(child: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):
        os.killpg(child.pid, signal.SIGKILL)
