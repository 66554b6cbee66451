"""Mails as files, for a site without a mail server: under ``var/mail/``, and announced on the console."""

import os
import re
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

# A code stands on a line of its own.
_code = re.compile(r"^[A-Z0-9]{3,6}(?:-[A-Z0-9]{3,6})*$", re.M)


class FileBackend(BaseEmailBackend):
    """Writes each mail into a file of its own that only its owner can read, and says so on the console.

    On a site for this machine alone the line tells the code too: there is nobody else to whom it could be sent.
    """

    def __init__(self, *args: Any, file_path: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.folder = Path(file_path or settings.EMAIL_FILE_PATH)

    def send_messages(self, email_messages: Any) -> int:
        """Write the mails and return how many."""
        messages = list(email_messages)
        for message in messages:
            print(self._announcement(message, self._write(message)), file=sys.stdout, flush=True)
        return len(messages)

    def _write(self, message: EmailMessage) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{timezone.now():%Y%m%d-%H%M%S}-{uuid4().hex[:8]}.eml"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(message.message().as_bytes())
        return path

    def _announcement(self, message: EmailMessage, path: Path) -> str:
        name, _, domain = message.to[0].partition("@")
        line = f"Mail to {name[:1]}…@{domain}: {path}"
        code = _code.search(str(message.body)) if settings.LOCAL_MODE else None
        return f"{line} (code {code[0]})" if code else line
