"""Kills workers among mails, before a real mail server that has its moods; used by the drill and by the suite."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connection

from accounts.emails import send_mail
from accounts.models import Mail

REPOSITORY = Path(__file__).resolve().parent.parent.parent
# Of a hundred mails so many are answered so.
LATER, NEVER, HANG_UP = 8, 2, 5
SILENCE = 1.0


class Moody:
    """Takes most mails, puts some off, refuses a few for good, and hangs up on others before it has taken them."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.taken: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        throw = self.chance.randrange(100)
        if throw < LATER:
            self.answers["4xx"] += 1
            return "451 later"
        if throw < LATER + NEVER:
            self.answers["5xx"] += 1
            return "554 never"
        if throw < LATER + NEVER + HANG_UP:
            self.answers["hang-up"] += 1
            server.transport.abort()
            return "421 gone"
        self.taken[message_from_bytes(envelope.content)["Message-ID"]] += 1  # type: ignore[arg-type]
        return "250 taken"


@dataclass(frozen=True)
class Outcome:
    """What came of it all."""

    mails: int
    kills: int
    lost: int
    doubles: int
    set_aside: int
    answers: dict[str, int]
    seconds: float


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_worker(port: int) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.drills.hurried",
        "PYTHONPATH": str(REPOSITORY),
        "DRILL_DATABASE": connection.settings_dict["NAME"],
        "DRILL_SMTP_PORT": str(port),
    }
    command = [sys.executable, "manage.py", "run_worker", "--stalled", str(SILENCE)]
    return subprocess.Popen(command, cwd=REPOSITORY, env=environment, stderr=subprocess.DEVNULL)


def waiting() -> int:
    return Mail.objects.filter(state=Mail.State.WAITING).count()


def kill_among_mails(*, mails: int, kills: int, seed: int, patience: float) -> Outcome:
    """Send mails and kill the worker again and again in the middle; return what came of it.

    Stops by itself after ``patience`` seconds, with what is left counted as lost.
    """
    server = Moody(seed)
    controller = Controller(server, hostname="127.0.0.1", port=free_port())
    controller.start()
    started = time.monotonic()
    for number in range(mails):
        context: dict[str, Any] = {"code": f"CODE-{number}"}
        send_mail(
            to=f"p{number}@mail.example",
            template="account/email/email_confirmation_signup",
            context=context,
            kind="account",
        )
    worker, killed = start_worker(controller.port), 0
    try:
        while waiting() and time.monotonic() - started < patience:
            left = waiting()
            if killed < kills and left <= mails * (kills - killed) / (kills + 1):
                # In the middle of something, as likely as not.
                time.sleep(server.chance.uniform(0, 0.02))
                os.kill(worker.pid, signal.SIGKILL)
                worker.wait()
                killed += 1
                worker = start_worker(controller.port)
            time.sleep(0.005)
    finally:
        worker.terminate()
        worker.wait(15)
        controller.stop()
    sent = set(Mail.objects.filter(state=Mail.State.SENT).values_list("message_id", flat=True))
    set_aside = Mail.objects.filter(state=Mail.State.PARKED).count()
    return Outcome(
        mails=mails,
        kills=killed,
        lost=mails - set_aside - len(sent & set(server.taken)),
        doubles=sum(count - 1 for count in server.taken.values()),
        set_aside=set_aside,
        answers=dict(server.answers),
        seconds=time.monotonic() - started,
    )
