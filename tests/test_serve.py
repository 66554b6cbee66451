"""``make run`` under signals, crashes and second attempts: each test serves from a VAR_DIR and a port of its own.

Most tests put a server of ten lines in the place of the production server; the last ones run the real thing.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from qa_forum import serve

REPOSITORY = Path(__file__).resolve().parent.parent
REAL = [sys.executable, "-m", "qa_forum.serve"]

# A web server with a worker process of its own, which is what a production server is to the one who stops it.
SMALL_SERVER = """
import signal, subprocess, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response({status})
        self.end_headers()

    def log_message(self, *arguments):
        pass

{before}
worker = subprocess.Popen(["sleep", "300"])
signal.signal(signal.SIGTERM, {on_term})
try:
    HTTPServer((sys.argv[1], int(sys.argv[2])), Handler).serve_forever()
finally:
    worker.kill()
"""

SMALL_WORKER = "import time; time.sleep(300)"

STUB = """
import sys
from qa_forum import serve
serve.STOP_SECONDS = 2
serve.LIVE_SECONDS = 3
serve.DATABASE_CHECK_SECONDS = 0
serve.RESTART_WINDOW_SECONDS = {window}
serve.prepare = lambda address: None
serve.web_server_command = lambda address: [sys.executable, "-c", {server!r}, address.ip, str(address.port)]
serve.worker_command = lambda: [sys.executable, "-c", {worker!r}]
serve.main()
"""


def stub(
    status: int = 200,
    before: str = "",
    on_term: str = "lambda *_: sys.exit()",
    worker: str = SMALL_WORKER,
    window: float = 600,
) -> list[str]:
    """Return the command of a site whose web server and worker behave as said."""
    server = SMALL_SERVER.format(status=status, before=before, on_term=on_term)
    return [sys.executable, "-c", STUB.format(server=server, worker=worker, window=window)]


def children_of(run: subprocess.Popen[str]) -> tuple[psutil.Process, psutil.Process]:
    """Return the web server and the worker of a run, in the order in which they were started."""
    first, second = sorted(psutil.Process(run.pid).children(), key=lambda child: child.create_time())
    return first, second


class Site:
    """A VAR_DIR and a port of its own, and all that was started on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.runs: list[subprocess.Popen[str]] = []

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}/"

    def start(self, command: list[str], **environment: str) -> subprocess.Popen[str]:
        inherited = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "HOST"}}
        run = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env={**inherited, "VAR_DIR": str(self.folder), "PORT": str(self.port), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.runs.append(run)
        return run

    def start_and_wait(self, command: list[str]) -> subprocess.Popen[str]:
        """Start a run and return once it says that it serves."""
        run = self.start(command)
        assert run.stdout is not None
        for line in run.stdout:
            if line == f"Serving at {self.url}\n":
                return run
        pytest.fail(f"It did not serve: {run.communicate()[1]}")

    def processes(self) -> list[psutil.Process]:
        """Return all processes that were started for this site, in whatever way."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("VAR_DIR") == str(self.folder) or self.is_postmaster(process):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def postmasters(self) -> list[psutil.Process]:
        return [process for process in self.processes() if self.is_postmaster(process)]

    def is_postmaster(self, process: psutil.Process) -> bool:
        try:
            return process.name() == "postgres" and str(self.folder / "postgres") in process.cmdline()
        except psutil.Error:
            return False

    def clean(self) -> None:
        for run in self.runs:
            run.kill()
            run.communicate()
        for process in self.processes():
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def status_of(url: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as response:
        return int(response.status)


def eventually(fact: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until ``fact`` holds, and fail where it does not come to."""
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "It did not come to hold in time."
        time.sleep(0.1)


@pytest.fixture
def site() -> Iterator[Site]:
    # Not pytest's own folder: the server's system user must reach it.
    folder = Path(tempfile.mkdtemp(prefix="qa_forum-test-"))
    made = Site(folder / "var")
    yield made
    made.clean()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(
    ("environment", "ip", "port", "url"),
    [
        ({}, "127.0.0.1", 8000, "http://localhost:8000/"),
        ({"HOST": "", "PORT": ""}, "127.0.0.1", 8000, "http://localhost:8000/"),
        ({"PORT": "9001"}, "127.0.0.1", 9001, "http://localhost:9001/"),
        ({"HOST": "0.0.0.0"}, "0.0.0.0", 8000, "http://localhost:8000/"),
        ({"HOST": "localhost"}, "127.0.0.1", 8000, "http://localhost:8000/"),
        ({"HOST": "192.0.2.7"}, "192.0.2.7", 8000, "http://192.0.2.7:8000/"),
        ({"HOST": "2001:db8::7"}, "2001:db8::7", 8000, "http://[2001:db8::7]:8000/"),
    ],
)
def test_host_and_port_come_from_the_environment(environment: dict[str, str], ip: str, port: int, url: str):
    address = serve.read_address(environment)

    assert (address.ip, address.port, address.url) == (ip, port, url)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "８０", "8000 "])
def test_a_port_that_is_none_is_refused_by_name(port: str):
    with pytest.raises(serve.ServeError, match=r"PORT=.* is not a port"):
        serve.read_address({"PORT": port})


def test_demo_content_is_for_loopback_only():
    assert serve.Address("127.0.0.1", 8000).is_loopback
    assert serve.Address("::1", 8000).is_loopback
    assert not serve.Address("0.0.0.0", 8000).is_loopback
    assert not serve.Address("192.0.2.7", 8000).is_loopback


def test_an_address_of_another_machine_is_refused(site: Site):
    run = site.start(stub(), HOST="192.0.2.7")

    output, errors = run.communicate(timeout=60)
    assert (run.returncode, output) == (1, "")
    assert errors == "make run: HOST=192.0.2.7 is not an address of this machine; unset it for 127.0.0.1.\n"


def test_a_busy_port_is_told_before_anything_is_started(site: Site):
    with socket.socket() as other:
        other.bind(("127.0.0.1", site.port))
        other.listen()
        run = site.start(stub())
        output, errors = run.communicate(timeout=60)

    assert (run.returncode, output) == (1, "")
    expected = f"make run: port {site.port} on 127.0.0.1 is taken; set another, as in: make run PORT=8001\n"
    assert errors == expected
    assert not (site.folder / "postgres").exists()


@pytest.mark.xdist_group("serve")
def test_a_second_run_is_told_where_the_first_one_serves(site: Site):
    first = site.start_and_wait(stub())

    second = site.start(stub(), PORT=str(free_port()))
    output, errors = second.communicate(timeout=60)
    assert (second.returncode, output) == (1, "")
    assert errors == (
        f"make run: this checkout is already served at {site.url} by process {first.pid}; stop that one first.\n"
    )
    assert status_of(site.url) == 200


@pytest.mark.xdist_group("serve")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_that_was_started(site: Site, number: signal.Signals):
    run = site.start_and_wait(stub())
    assert len(site.processes()) > 3

    run.send_signal(number)
    _, errors = run.communicate(timeout=60)
    assert (run.returncode, errors) == (0, "")
    assert not site.processes()


@pytest.mark.xdist_group("serve")
def test_impatient_signals_do_not_disturb_the_stop(site: Site):
    run = site.start_and_wait(stub(on_term="signal.SIG_IGN"))

    for _ in range(20):
        os.killpg(run.pid, signal.SIGINT)
        time.sleep(0.05)
    run.communicate(timeout=60)
    assert run.returncode == 0
    assert not site.processes()


@pytest.mark.xdist_group("serve")
def test_a_signal_while_starting_ends_all(site: Site):
    run = site.start(stub(before="import time; time.sleep(60)"))
    eventually(lambda: bool(site.postmasters()))

    run.terminate()
    run.communicate(timeout=60)
    assert run.returncode == 0
    assert not site.processes()


@pytest.mark.xdist_group("serve")
def test_a_server_that_heeds_no_signal_is_killed_with_its_workers(site: Site):
    run = site.start_and_wait(stub(on_term="signal.SIG_IGN"))

    run.terminate()
    run.communicate(timeout=60)
    assert run.returncode == 0
    assert not site.processes()


@pytest.mark.xdist_group("serve")
def test_the_death_of_the_web_server_ends_the_run(site: Site):
    run = site.start_and_wait(stub())
    server, _ = children_of(run)
    server.kill()

    _, errors = run.communicate(timeout=60)
    assert run.returncode == 1
    assert errors == "make run: the web server ended by itself (exit code -9); all else is stopped.\n"
    assert not site.processes()


@pytest.mark.xdist_group("serve")
def test_a_worker_that_dies_is_started_again(site: Site):
    run = site.start_and_wait(stub())
    server, worker = children_of(run)
    worker.kill()

    eventually(lambda: len(psutil.Process(run.pid).children()) == 2 and children_of(run)[1] != worker)
    assert children_of(run)[0] == server
    assert status_of(site.url) == 200
    run.terminate()
    _, errors = run.communicate(timeout=60)
    assert (run.returncode, errors) == (
        0,
        "make run: the worker ended by itself (exit code -9); it is started again.\n",
    )
    assert not site.processes()


@pytest.mark.xdist_group("serve")
def test_a_worker_that_cannot_live_ends_the_run(site: Site):
    run = site.start(stub(worker="raise SystemExit(3)"))

    _, errors = run.communicate(timeout=60)
    ended = "make run: the worker ended by itself (exit code 3)"
    assert run.returncode == 1
    assert errors.splitlines() == [
        *[f"{ended}; it is started again."] * serve.MOST_RESTARTS,
        f"{ended} once more after {serve.MOST_RESTARTS} restarts; all else is stopped.",
    ]
    assert not site.processes()


@pytest.mark.xdist_group("serve")
def test_deaths_of_long_ago_are_forgiven(site: Site):
    run = site.start_and_wait(stub(window=0))

    for _ in range(serve.MOST_RESTARTS + 2):
        eventually(lambda: len(psutil.Process(run.pid).children()) == 2)
        _, worker = children_of(run)
        worker.kill()
        eventually(lambda dead=worker: not dead.is_running())  # type: ignore[misc]
    assert status_of(site.url) == 200
    assert run.poll() is None


@pytest.mark.xdist_group("serve")
@pytest.mark.parametrize(
    ("behaviour", "words"),
    [({"before": "sys.exit(3)"}, "ended by itself (exit code 3)"), ({"status": 500}, "healthz/live did not answer")],
)
def test_a_web_server_that_does_not_come_up_is_told(site: Site, behaviour: dict[str, str], words: str):
    run = site.start(stub(**behaviour))  # type: ignore[arg-type]

    output, errors = run.communicate(timeout=60)
    assert (run.returncode, output) == (1, "")
    assert errors.count("\n") == 1
    assert words in errors
    assert not site.processes()


@pytest.mark.xdist_group("serve")
def test_nothing_serves_on_after_the_run_itself_was_killed(site: Site):
    run = site.start_and_wait(stub())
    run.kill()
    eventually(lambda: site.processes() == site.postmasters())

    again = site.start_and_wait(stub())
    again.terminate()
    again.communicate(timeout=60)
    assert not site.processes()


@pytest.mark.xdist_group("serve")
def test_a_database_server_that_was_killed_comes_back(site: Site):
    site.start_and_wait(stub())
    (first,) = site.postmasters()
    first.kill()

    eventually(lambda: bool(site.postmasters()) and site.postmasters() != [first])
    assert status_of(site.url) == 200


@pytest.mark.xdist_group("serve")
@pytest.mark.parametrize(
    ("command", "whom"),
    [
        pytest.param(["make", "--old-file=.venv/.run", "run"], os.killpg, id="Ctrl-C to make's group"),
        pytest.param(["make", "--old-file=.venv/.run", "run"], os.kill, id="SIGTERM to make alone"),
        pytest.param(REAL, os.kill, id="SIGTERM to python alone"),
    ],
)
def test_the_real_site_is_served_and_gone(site: Site, command: list[str], whom: Callable[[int, int], None]):
    run = site.start_and_wait(command)
    assert status_of(site.url) == 200

    whom(run.pid, signal.SIGINT if whom is os.killpg else signal.SIGTERM)
    run.communicate(timeout=60)
    if command is REAL:
        assert run.returncode == 0
    eventually(lambda: not site.processes(), seconds=5)


@pytest.mark.xdist_group("serve")
def test_a_second_real_run_keeps_everything(site: Site):
    first = site.start_and_wait(REAL)
    kept = {name: (site.folder / name).read_text() for name in ("secret_key", "demo.txt")}
    born = (site.folder / "postgres" / "PG_VERSION").stat().st_mtime_ns
    first.terminate()
    first.communicate(timeout=60)

    site.start_and_wait(REAL)
    assert (site.folder / "postgres" / "PG_VERSION").stat().st_mtime_ns == born
    for name, text in kept.items():
        assert (site.folder / name).read_text() == text
        assert (site.folder / name).stat().st_mode & 0o077 == 0


# Written by another process, as a request would: rows first, words from no template.
WRITE_MAIL = """
import django
django.setup()
from accounts.emails import DELIVER
from accounts.models import Mail
from qa_forum.background import defer
words = {"subject": "S", "text": "Your code:\\n\\nABC-D2F\\n", "html": "<p>H</p>"}
mail = Mail.objects.create(to="person@mail.example", kind="code", message_id="<%s@localhost>", **words)
defer(DELIVER, mail_id=mail.pk, tries=0)
"""


@pytest.mark.xdist_group("serve")
def test_the_real_worker_sends_mails_also_after_the_database_was_killed(site: Site):
    run = site.start_and_wait(REAL)

    def write_mail(number: int) -> None:
        environment = {**os.environ, "VAR_DIR": str(site.folder), "DJANGO_SETTINGS_MODULE": "qa_forum.settings"}
        environment.pop("DATABASE_URL", None)
        subprocess.run([sys.executable, "-c", WRITE_MAIL % number], cwd=REPOSITORY, env=environment, check=True)

    def has_sent(count: int) -> bool:
        return len(list(site.folder.glob("mail/*.eml"))) == count

    write_mail(1)
    eventually(lambda: has_sent(1))
    _, worker = children_of(run)
    (postmaster,) = site.postmasters()
    postmaster.kill()
    eventually(lambda: bool(site.postmasters()) and site.postmasters() != [postmaster])
    write_mail(2)
    eventually(lambda: has_sent(2), seconds=60)
    assert children_of(run)[1] == worker, "It waits for its database, and need not be started again."

    began = time.monotonic()
    run.terminate()
    output, errors = run.communicate(timeout=60)
    assert run.returncode == 0
    assert time.monotonic() - began < serve.STOP_SECONDS
    assert re.findall(r"^mail to p…@mail.example: .*\.eml\n    S: ABC-D2F$", output, re.M) != []
    assert "started again" not in errors
    assert not site.processes()
