"""A real mail server for tests, which refuses and hangs up as a script of dice says."""

import random
import socket
import threading
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

# What a server may do to a mail; each but the last is a fault that another try mends.
FAULTS = ("451 at the address", "hang-up at the address", "452 at the text", "hang-up at the text")
REFUSAL = "550 at the address"


class MailServer:
    """Takes mails. ``plan`` says for an address which faults come first; ``on_taken`` is told of each one taken."""

    def __init__(
        self, plan: Callable[[str], list[str]] = lambda to: [], on_taken: Callable[[], None] = lambda: None
    ) -> None:
        self.plan, self.on_taken = plan, on_taken
        self.taken: Counter[str] = Counter()
        self.headers: dict[str, Any] = {}
        self.faults: Counter[str] = Counter()
        self._left: dict[str, list[str]] = {}
        self._lock = threading.Lock()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self) -> "MailServer":
        self.controller.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.controller.stop()

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, to: str, options: list) -> str:  # noqa: N802
        fault = self._next_fault(to, "at the address")
        if fault.startswith("hang-up"):
            return self._hang_up(server)
        if fault:
            return f"{fault[:3]} {to} is not for us"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        fault = self._next_fault(envelope.rcpt_tos[0], "at the text")
        if fault.startswith("hang-up"):
            return self._hang_up(server)
        if fault:
            return f"{fault[:3]} not now"
        message = message_from_bytes(envelope.content or b"")
        self.taken[message["Message-ID"]] += 1
        self.headers[message["Message-ID"]] = dict(message.items())
        self.on_taken()
        return "250 OK"

    def _next_fault(self, to: str, when: str) -> str:
        with self._lock:
            left = self._left.setdefault(to, self.plan(to))
            if not left or not left[0].endswith(when):
                return ""
            # A refusal stands for ever; anything else is over after once.
            fault = left[0] if left[0] == REFUSAL else left.pop(0)
            self.faults[fault] += 1
            return fault

    def _hang_up(self, server: SMTP) -> str:
        server.transport.abort()
        return "421 bye"


def dice(seed: int, *, most: int = 2, refused: float = 0.02) -> Callable[[str], list[str]]:
    """Return a plan that is the same for the same seed and address: some are refused for good, half meet faults."""

    def plan(to: str) -> list[str]:
        chance = random.Random(f"{seed} {to}")
        if chance.random() < refused:
            return [REFUSAL]
        # Each of them at one stage only, so that the next one in the list is reached.
        return chance.choices(FAULTS, k=chance.choice([0, 0, 0, 1, most]))

    return plan
