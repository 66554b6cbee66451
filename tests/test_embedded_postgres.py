"""The embedded server under what happens to servers: each test has one of its own, in a folder of its own."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from qa_forum import embedded_postgres

REPOSITORY = Path(__file__).resolve().parent.parent

HOLD = """
from qa_forum import embedded_postgres
embedded_postgres.ensure_running()
print("ready", flush=True)
input()
"""


class Home:
    """A VAR_DIR of its own, and the processes that use the server in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.users: list[subprocess.Popen[str]] = []

    def hold(self) -> subprocess.Popen[str]:
        """Start a process that holds the server until ``let_go``."""
        user = subprocess.Popen(
            [sys.executable, "-c", HOLD],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.users.append(user)
        return user

    def hold_and_wait(self) -> subprocess.Popen[str]:
        user = self.hold()
        self.wait_until_ready(user)
        return user

    def wait_until_ready(self, user: subprocess.Popen[str]) -> None:
        assert user.stdout is not None
        if user.stdout.readline() != "ready\n":
            pytest.fail(f"The user did not get a server: {user.communicate()[1]}")

    def let_go(self, user: subprocess.Popen[str]) -> None:
        assert user.communicate("\n", timeout=60)[1] == ""
        assert user.returncode == 0

    def query(self, query: str) -> list[tuple[object, ...]]:
        settings = embedded_postgres.connection_settings()
        with psycopg.connect(
            host=settings["HOST"], port=settings["PORT"], user=settings["USER"], dbname=settings["NAME"]
        ) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def servers(self) -> list[psutil.Process]:
        """Return the postmasters of this home."""
        folder = str(embedded_postgres.data_dir())
        found = []
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):  # A short-lived one may have ended since it was listed.
                if folder in process.cmdline():
                    found.append(process)
        return found

    def processes(self) -> list[psutil.Process]:
        """Return every server process of this home, orphans too."""
        folder = str(embedded_postgres.data_dir())
        found = []
        for process in psutil.process_iter():
            try:
                if process.name() == "postgres" and (folder in process.cmdline() or process.cwd() == folder):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def kill_servers(self) -> None:
        """End the server as a power cut does: every process of it, with no time to tidy up."""
        for process in (*self.servers(), *self.processes()):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        eventually(lambda: not self.processes())

    def clean(self) -> None:
        for user in self.users:
            user.kill()
            user.communicate()
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        short = embedded_postgres.socket_dir()
        if short != embedded_postgres.data_dir():
            shutil.rmtree(short, ignore_errors=True)


def eventually(fact: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until ``fact`` holds, and fail where it does not come to."""
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "It did not come to hold in time."
        time.sleep(0.05)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's system user can reach, which pytest's own are not."""
    made = Path(tempfile.mkdtemp(prefix="qa_forum-test-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def make_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], Home]]:
    homes = []

    def make(folder: Path) -> Home:
        monkeypatch.setenv("VAR_DIR", str(folder))
        monkeypatch.delenv("DATABASE_URL", raising=False)
        homes.append(Home(folder))
        return homes[-1]

    yield make
    for home in homes:
        home.clean()


@pytest.fixture
def home(folder: Path, make_home: Callable[[Path], Home]) -> Home:
    return make_home(folder / "var")


def test_a_named_database_leaves_the_embedded_server_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere/else")
    assert not embedded_postgres.is_used()

    monkeypatch.delenv("DATABASE_URL")
    assert embedded_postgres.is_used()


def test_connection_settings_start_and_make_nothing(home: Home):
    settings = embedded_postgres.connection_settings()

    assert settings == {"NAME": "qa_forum", "USER": "postgres", "HOST": f"{home.folder}/postgres", "PORT": "5432"}
    assert not home.folder.exists()


def test_data_survives_the_server(home: Home):
    first = home.hold_and_wait()
    home.query("create table kept as select 42 as value")
    home.let_go(first)
    assert not home.servers()

    home.hold_and_wait()
    assert home.query("select value from kept") == [(42,)]


def test_the_server_listens_on_its_socket_only_and_keeps_people_s_words_from_its_log(home: Home):
    home.hold_and_wait()

    assert home.query("select current_setting('listen_addresses'), current_setting('max_connections')") == [("", "200")]
    assert home.query("select current_setting('fsync'), current_setting('jit')") == [("on", "off")]
    with pytest.raises(psycopg.errors.DivisionByZero):
        home.query("select 1 / (length('a patient''s words') - 17)")
    assert "patient" not in (embedded_postgres.data_dir() / "log").read_text()


def test_the_last_user_stops_the_server_and_no_other(home: Home):
    first, second = home.hold_and_wait(), home.hold_and_wait()

    home.let_go(first)
    assert home.query("select 1") == [(1,)]

    home.let_go(second)
    assert not home.processes()


def test_a_killed_user_does_not_count(home: Home):
    killed, last = home.hold_and_wait(), home.hold_and_wait()
    killed.kill()
    killed.wait()

    home.let_go(last)
    assert not home.processes()


def test_a_server_left_by_its_killed_users_is_taken_over(home: Home):
    killed = home.hold_and_wait()
    (server,) = home.servers()
    killed.kill()
    killed.wait()

    user = home.hold_and_wait()
    assert home.servers() == [server]
    home.let_go(user)
    assert not home.processes()


def test_two_first_starts_at_once_share_one_server(home: Home):
    users = [home.hold(), home.hold()]
    for user in users:
        home.wait_until_ready(user)

    assert len(home.servers()) == 1
    for user in users:
        home.let_go(user)
    assert not home.processes()


@pytest.fixture
def stranger(folder: Path) -> Iterator[int]:
    """The id of a living process that is no server, yet runs as the user that the server runs as."""
    user = "pgserver" if os.geteuid() == 0 else None
    process = subprocess.Popen(["sleep", "120"], user=user, cwd="/")
    yield process.pid
    process.kill()
    process.wait()


@pytest.mark.parametrize("left", ["dead process", "unrelated living process", "truncated", "empty"])
def test_a_stale_lock_file_keeps_nobody_from_starting(home: Home, left: str, request: pytest.FixtureRequest):
    user = home.hold_and_wait()
    home.query("create table kept as select 42 as value")
    lock_files = [
        embedded_postgres.data_dir() / "postmaster.pid",
        embedded_postgres.socket_dir() / ".s.PGSQL.5432.lock",
    ]
    texts = [file.read_text() for file in lock_files]
    home.kill_servers()
    user.kill()
    for file, text in zip(lock_files, texts, strict=True):
        lines = text.splitlines(keepends=True)
        if left == "unrelated living process":
            lines[0] = f"{request.getfixturevalue('stranger')}\n"
        file.write_text("".join({"truncated": lines[:2], "empty": []}.get(left, lines)))

    home.hold_and_wait()
    assert home.query("select value from kept") == [(42,)]


def test_a_killed_postmaster_is_replaced_while_its_children_linger(home: Home):
    first = home.hold_and_wait()
    home.query("create table kept as select 42 as value")
    (server,) = home.servers()
    server.kill()

    second = home.hold_and_wait()
    assert home.query("select value from kept") == [(42,)]
    home.let_go(first)
    home.let_go(second)
    assert not home.processes()


def test_a_postmaster_that_is_stopping_is_waited_for(home: Home):
    home.hold_and_wait()
    (server,) = home.servers()
    server.send_signal(signal.SIGINT)

    home.hold_and_wait()
    assert home.query("select 1") == [(1,)]


def test_half_a_cluster_of_an_interrupted_first_start_is_made_anew(home: Home):
    half = home.folder / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")

    home.hold_and_wait()
    assert home.query("select 1") == [(1,)]
    assert not half.exists()


def test_deleted_data_is_made_anew_though_its_server_still_runs(home: Home):
    home.hold_and_wait()
    home.query("create table lost as select 42 as value")
    shutil.rmtree(embedded_postgres.data_dir())

    home.hold_and_wait()
    assert home.query("select to_regclass('lost')") == [(None,)]
    assert len(home.servers()) == 1


@pytest.mark.parametrize("name", ["n" * 120, "a space, a comma, o'clock"])
def test_any_path_will_do(folder: Path, make_home: Callable[[Path], Home], name: str):
    home = make_home(folder / name / "var")
    user = home.hold_and_wait()

    assert embedded_postgres.socket_dir() != embedded_postgres.data_dir()
    assert home.query("select 1") == [(1,)]
    assert stat.S_IMODE(embedded_postgres.socket_dir().stat().st_mode) == 0o700
    home.let_go(user)
    assert not home.processes()


def test_a_socket_folder_of_somebody_else_is_refused(folder: Path, make_home: Callable[[Path], Home]):
    home = make_home(folder / ("n" * 120) / "var")
    embedded_postgres.socket_dir().mkdir(mode=0o777)

    user = home.hold()
    assert "is not a folder of the server's own" in user.communicate(timeout=60)[1]


def test_a_server_that_cannot_start_says_why(home: Home):
    home.let_go(home.hold_and_wait())
    with (embedded_postgres.data_dir() / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")

    user = home.hold()
    errors = user.communicate(timeout=60)[1]
    assert "EmbeddedPostgresError: The embedded PostgreSQL did not start: pg_ctl start failed." in errors
    assert 'unrecognized configuration parameter "no_such_setting"' in errors
    assert not home.processes()


@pytest.mark.skipif(os.geteuid() != 0, reason="The library changes folders as root only.")
def test_folders_above_stay_unlisted(home: Home, folder: Path):
    before = stat.S_IMODE(folder.stat().st_mode)
    home.hold_and_wait()

    assert stat.S_IMODE(folder.stat().st_mode) == before | 0o011
