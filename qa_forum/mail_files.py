"""Mails as files, for a site without a mail server. Plumbing of the project: knows no room."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

# A code stands on a line of its own.
CODE = re.compile(r"^(?=.*\d|[A-Z-]+$)[A-Z0-9]{3,}(?:-[A-Z0-9]{3,})*$", re.M)


class FileBackend(BaseEmailBackend):
    """Writes each mail into a file of its own that only its owner can read.

    On a site for this machine alone the console tells of each one, and of the code in it: a newcomer looks there, and
    there is nobody else to whom it could be sent. Anywhere else nothing is said, since the console is a log.
    """

    def __init__(self, *args: Any, file_path: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.folder = Path(file_path or settings.EMAIL_FILE_PATH)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the mails, and return how many."""
        for message in email_messages:
            path = self._write(message)
            if settings.LOCAL_MODE:
                print(_announcement(message, path), flush=True)
        return len(email_messages)

    def _write(self, message: EmailMessage) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / f"{timezone.now():%Y%m%d-%H%M%S}-{uuid4().hex[:8]}.eml"
        # Aside first: whoever watches the folder sees whole mails only.
        aside = path.with_suffix(".part")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(message.message().as_bytes())
        aside.rename(path)
        return path


def _announcement(message: EmailMessage, path: Path) -> str:
    name, _, domain = message.to[0].rpartition("@")
    shown = path.relative_to(settings.BASE_DIR) if path.is_relative_to(settings.BASE_DIR) else path
    lines = [f"mail to {name[:1]}…@{domain}: {shown}"]
    if code := CODE.search(str(message.body)):
        lines.append(f"    {message.subject}: {code[0]}")
    return "\n".join(lines)
