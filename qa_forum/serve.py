"""Runs the whole site on one machine: ``make run``, or ``python -m qa_forum.serve``.

Starts the embedded PostgreSQL unless ``DATABASE_URL`` names a server, brings database and static files up to date, and
watches over the production server and the worker of the background, until a signal ends them all. A worker that dies is
started again, some times; the death of the web server ends the run.
"""

import ctypes
import errno
import fcntl
import http.client
import ipaddress
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NoReturn

from qa_forum import embedded_postgres

BASE_DIR = Path(__file__).resolve().parent.parent
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LIVE_SECONDS = 30
STOP_SECONDS = 10
DATABASE_CHECK_SECONDS = 5
# Each thread may hold one database connection: 16 × 4 stay well below the embedded server's 200.
MOST_WORKERS = 16
THREADS_PER_WORKER = 4
PR_SET_PDEATHSIG = 1
# A worker that dies more often than this has a fault that starting it again does not mend.
MOST_RESTARTS = 5
RESTART_WINDOW_SECONDS = 600.0


class ServeError(Exception):
    """The site cannot be served; the text is one line that says why."""


@dataclass(frozen=True)
class Address:
    """Where the site listens."""

    ip: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Tell whether only this machine can reach the site."""
        return ipaddress.ip_address(self.ip).is_loopback

    @property
    def near(self) -> str:
        """Return an address by which this machine reaches the site."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.ip, self.ip)  # noqa: S104

    @property
    def url(self) -> str:
        """Return what to type into a browser; a name on loopback, because passkeys do not work on a bare address."""
        name = "localhost" if ipaddress.ip_address(self.near).is_loopback else self.near
        return f"http://{f'[{name}]' if ':' in name else name}:{self.port}/"


def main() -> None:
    """Serve until a signal comes; a fault is told in one line and by exit code 1."""
    heed_signals()
    try:
        address = read_address(os.environ)
        with the_only_run(address):
            refuse_busy_port(address)
            serve(address)
    except (ServeError, embedded_postgres.EmbeddedPostgresError) as error:
        sys.exit(f"make run: {error}")


def serve(address: Address) -> None:
    """Start everything, watch over it, and end all that was started, however this ends."""
    children: list[Child] = []
    try:
        if embedded_postgres.is_used():
            embedded_postgres.ensure_running()
        prepare(address)
        children.append(Child("the web server", web_server_command(address)))
        wait_until_live(address, children)
        # Only now: on a small machine the two would slow each other's start down.
        children.append(Child("the worker", worker_command(), restarts=MOST_RESTARTS))
        print(f"Serving at {address.url}", flush=True)
        watch(children)
    finally:
        ignore_signals()
        stop(children)
        embedded_postgres.release()


@dataclass
class Child:
    """What runs for as long as the site does, by the name that a message gives it; some may be started again."""

    name: str
    command: list[str]
    restarts: int = 0
    process: subprocess.Popen[bytes] = field(init=False)
    restarted_at: deque[float] = field(default_factory=deque, init=False)

    def __post_init__(self) -> None:
        self.process = start(self.command)

    def may_restart(self) -> bool:
        """Tell whether it may be started once more, having died."""
        while self.restarted_at and self.restarted_at[0] < time.monotonic() - RESTART_WINDOW_SECONDS:
            self.restarted_at.popleft()
        return len(self.restarted_at) < self.restarts

    def restart(self) -> None:
        """Start it once more."""
        self.restarted_at.append(time.monotonic())
        self.process = start(self.command)

    def end_group(self) -> None:
        """Kill whatever it has started itself: each child leads a group of its own, so nobody else is reached."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


def worker_command() -> list[str]:
    """Return the command of the worker: it sends the mails."""
    return [sys.executable, "manage.py", "run_worker"]


def web_server_command(address: Address) -> list[str]:
    """Return the command of the production server.

    It writes no access log: addresses carry what people search for.
    """
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"),
        *("--host", address.ip, "--port", str(address.port)),
        *("--workers", str(min(os.cpu_count() or 1, MOST_WORKERS)), "--blocking-threads", str(THREADS_PER_WORKER)),
        *("--respawn-failed-workers", "--workers-kill-timeout", str(STOP_SECONDS - 2)),
        *("--log-level", "warning", "--no-access-log"),
        "qa_forum.wsgi:application",
    ]


# --- Before anything is started ---------------------------------------------------------------------------------------


def read_address(environment: Mapping[str, str]) -> Address:
    """Return where to listen, from ``HOST`` and ``PORT``."""
    host, port = environment.get("HOST") or "127.0.0.1", environment.get("PORT") or "8000"
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ServeError(f"PORT={port} is not a port; use a number from 1 to 65535.")
    try:
        found = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        raise ServeError(f"HOST={host} is not an address of this machine; unset it for 127.0.0.1.") from None
    # The server takes numbers only. Where a name has both kinds, IPv4: all browsers try it.
    ips = sorted((str(entry[4][0]) for entry in found), key=lambda ip: ":" in ip)
    return Address(ips[0], int(port))


@contextmanager
def the_only_run(address: Address) -> Iterator[None]:
    """Hold this checkout's lock, or tell where the run that holds it serves."""
    path = embedded_postgres.var_dir() / "run.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ServeError(f"this checkout is already served {whereabouts(path)}.") from None
        file.truncate(0)
        json.dump({"url": address.url, "host": address.ip, "port": address.port, "pid": os.getpid()}, file)
        file.flush()
        yield


def whereabouts(lock_file: Path) -> str:
    """Return in words where and by which process the other run serves."""
    try:
        other = json.loads(lock_file.read_text())
    except ValueError:
        return "by a process that is just starting"
    return f"at {other['url']} by process {other['pid']}; stop that one first"


def refuse_busy_port(address: Address) -> None:
    """Refuse an address that cannot be listened on, before anything is started for it."""
    family = socket.AF_INET6 if ":" in address.ip else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.ip, address.port))
        except OSError as error:
            raise ServeError(why_not_bound(error, address)) from None


def why_not_bound(error: OSError, address: Address) -> str:
    """Return one line that says which variable to change."""
    match error.errno:
        case errno.EADDRINUSE:
            return f"port {address.port} on {address.ip} is taken; set another, as in: make run PORT=8001"
        case errno.EACCES:
            return f"port {address.port} is not ours to take; set one of 1024 or more, as in: make run PORT=8000"
        case _:
            return f"HOST={address.ip} is not an address of this machine; unset it for 127.0.0.1."


# --- What is brought up to date ---------------------------------------------------------------------------------------


def prepare(address: Address) -> None:
    """Bring tables, static files and, on a site for this machine only, the demo content up to date."""
    if not embedded_postgres.is_used():
        # Says in one line that a database cannot be reached, where the next command would show a traceback.
        manage("check", "--database", "default")
    manage("migrate", "--verbosity", "0")
    manage("collectstatic", "--noinput", "--verbosity", "0")
    # What waits in sessions that are long over is somebody's address.
    manage("clearsessions")
    if embedded_postgres.is_used() and address.is_loopback:
        manage("load_demo", "--if-empty")


def manage(*arguments: str) -> None:
    """Run one of Django's commands in a process of its own, so that no connection is left open in ours."""
    command = [sys.executable, "manage.py", *arguments]
    # Out of a Ctrl-C's reach, which it would answer with a traceback; `run` ends it when a signal unwinds us.
    if subprocess.run(command, check=False, cwd=BASE_DIR, start_new_session=True).returncode:
        raise ServeError(f"`manage.py {arguments[0]}` failed; what it says stands above.")


# --- What runs --------------------------------------------------------------------------------------------------------


def start(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a child that a Ctrl-C does not reach, so that it is stopped by us, and that ends if we are killed."""
    # Unsafe only beside other threads, and there are none here.
    return subprocess.Popen(command, cwd=BASE_DIR, start_new_session=True, preexec_fn=_end_with_parent)  # noqa: PLW1509


_libc = ctypes.CDLL(None)


def _end_with_parent() -> None:
    # Linux only; elsewhere children of a killed parent stay, and the next start names the busy port.
    if sys.platform == "linux":
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def wait_until_live(address: Address, children: list[Child]) -> None:
    """Return once the site answers, and refuse to wait for ever."""
    deadline = time.monotonic() + LIVE_SECONDS
    while not is_live(address):
        see_to_the_dead(children)
        if time.monotonic() > deadline:
            raise ServeError(f"{address.url}healthz/live did not answer with 200 within {LIVE_SECONDS} seconds.")
        time.sleep(0.1)


def is_live(address: Address) -> bool:
    """Tell whether the site answers its own question."""
    connection = http.client.HTTPConnection(address.near, address.port, timeout=5)
    try:
        connection.request("GET", "/healthz/live", headers={"Host": f"localhost:{address.port}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def watch(children: list[Child]) -> NoReturn:
    """Wait for a signal or a death that ends the run, and start the embedded server again where it was killed."""
    next_check = time.monotonic()
    while True:
        see_to_the_dead(children)
        if embedded_postgres.is_used() and time.monotonic() > next_check:
            embedded_postgres.ensure_running()
            next_check = time.monotonic() + DATABASE_CHECK_SECONDS
        time.sleep(0.2)


def see_to_the_dead(children: list[Child]) -> None:
    """Start again what has ended and may be started again, and raise where it may not."""
    for child in children:
        code = child.process.poll()
        if code is None:
            continue
        ended = f"{child.name} ended by itself (exit code {code})"
        if not child.may_restart():
            often = f" once more after {child.restarts} restarts" if child.restarts else ""
            raise ServeError(f"{ended}{often}; all else is stopped.")
        print(f"make run: {ended}; it is started again.", file=sys.stderr, flush=True)
        child.restart()


def stop(children: list[Child]) -> None:
    """Ask all children to end, wait, and kill what stays, with whatever they have started themselves."""
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.0, deadline - time.monotonic()))
        child.end_group()
        child.process.wait()


# --- Signals ----------------------------------------------------------------------------------------------------------


def heed_signals() -> None:
    """Let each signal that means "end" unwind the main thread, whatever it is doing."""
    for number in SIGNALS:
        # `nohup` sets this one aside for a reason.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _leave)


def ignore_signals() -> None:
    """Let nothing disturb the tidying up: it is bounded in time by itself."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    ignore_signals()
    # A query that is cut short here is no fault to tell of.
    logging.getLogger("psycopg").disabled = True
    raise SystemExit(0)


if __name__ == "__main__":
    main()
