"""Workers that are killed in the middle, and what becomes of the mails meanwhile: the short form and the drill."""

import itertools
import os
import queue
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from accounts.emails import DELIVER
from accounts.models import Mail
from qa_forum.background import defer
from tests.mail_server import REFUSAL, MailServer, dice

REPOSITORY = Path(settings.BASE_DIR)
# So soon the work of a dead worker is taken up: it cannot be much shorter than what a busy machine takes to breathe.
SILENCE_SECONDS = 2.0


@dataclass(frozen=True)
class Outcome:
    """What a drill ended in."""

    sent: int
    parked: int
    doubles: int
    kills: int
    faults: Counter[str]
    seconds: float
    lost: list[str]


class Workers:
    """Workers as real processes, one after the other."""

    def __init__(self, port: int) -> None:
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.worker_settings",
            "TEST_DATABASE": connection.settings_dict["NAME"],
            "TEST_MAIL_PORT": str(port),
            "PYTHONPATH": str(REPOSITORY),
        }
        self.running: list[subprocess.Popen[bytes]] = []
        self.kills = 0

    def start(self) -> None:
        command = [sys.executable, "manage.py", "run_worker", "--silence", str(SILENCE_SECONDS)]
        self.running.append(subprocess.Popen(command, cwd=REPOSITORY, env=self.environment))

    def kill(self) -> None:
        """Kill the worker that is at work."""
        worker = self.running.pop(0)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        self.kills += 1

    def stop(self) -> None:
        for worker in self.running:
            worker.terminate()
        for worker in self.running:
            try:
                worker.wait(20)
            finally:
                worker.kill()


def write_mails(count: int) -> None:
    """Put so many mails into the queue."""
    mails = Mail.objects.bulk_create(
        Mail(to=f"p{n}@mail.example", kind="code", subject="S", text="T", html="H", message_id=f"<{n}@mail.example>")
        for n in range(count)
    )
    for mail in mails:
        defer(DELIVER, mail_id=mail.pk, tries=0)


def run_drill(*, mails: int, kills: int, seed: int, seconds: float) -> Outcome:
    """Send mails while workers are killed and the server has its moods; return what became of each.

    Half the kills come right when the server has taken a mail and before the worker hears of it: the one moment that
    makes a double. The others come up to a twentieth of a second later. The dice are loaded by ``seed``.
    """
    chance = random.Random(seed)
    is_at_once = {mark: chance.random() < 0.5 for mark in chance.sample(range(1, int(mails * 0.8)), kills)}
    wanted: queue.SimpleQueue[tuple[bool, threading.Event]] = queue.SimpleQueue()
    taken = itertools.count(1)

    def on_taken() -> None:
        number = next(taken)
        if number not in is_at_once:
            return
        killed = threading.Event()
        wanted.put((is_at_once[number], killed))
        if is_at_once[number]:
            killed.wait(30)

    began = time.monotonic()
    write_mails(mails)
    plan = dice(seed)
    with MailServer(plan, on_taken) as server:
        workers = Workers(server.port)
        try:
            workers.start()
            while Mail.objects.filter(state=Mail.State.WAITING).exists() or not wanted.empty():
                assert time.monotonic() - began < seconds, f"{server.faults}, {sum(server.taken.values())} taken"
                with suppress(queue.Empty):
                    is_waited_for, killed = wanted.get(timeout=0.1)
                    time.sleep(0 if is_waited_for else chance.uniform(0, 0.05))
                    workers.kill()
                    killed.set()
                    workers.start()
        finally:
            workers.stop()
    sent = set(Mail.objects.filter(state=Mail.State.SENT).values_list("message_id", flat=True))
    parked = {mail.message_id: mail.to for mail in Mail.objects.filter(state=Mail.State.PARKED)}
    wrongly_parked = {key for key, to in parked.items() if plan(to) != [REFUSAL] or key in server.taken}
    return Outcome(
        sent=len(sent),
        parked=len(parked),
        doubles=server.taken.total() - len(server.taken),
        kills=workers.kills,
        faults=server.faults,
        seconds=time.monotonic() - began,
        lost=sorted((sent - set(server.taken)) | wrongly_parked),
    )
