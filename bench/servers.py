"""The production servers under test: one worker each, so that the load generator has the other processor."""

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from qa_forum import serve
from qa_forum.serve import Address

HOST = "127.0.0.1"
LONGEST_SECONDS = 30
Command = Callable[[Address], list[str]]


def granian(address: Address) -> list[str]:
    """Return the site's own server command with one worker."""
    command = serve.web_server_command(address)
    command[command.index("--workers") + 1] = "1"
    return command


def granian_that_keeps_nothing(address: Address) -> list[str]:
    """Return the same with a cache that forgets at once."""
    return ["env", "BENCH_KEEPS_NOTHING=1", *granian(address)]


def granian_with_a_limit(address: Address) -> list[str]:
    """Return the same with an end to statements that would hold up all that comes after them."""
    return ["env", f"PGOPTIONS=-c statement_timeout={LONGEST_SECONDS}s", *granian(address)]


def gunicorn(address: Address) -> list[str]:
    """Return the other server, with as many workers and threads."""
    return [
        *(sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--workers", "1"),
        *("--threads", str(serve.THREADS_PER_WORKER), "--bind", f"{address.ip}:{address.port}"),
        *("--keep-alive", "60", "--log-level", "warning", "--no-control-socket"),
        "qa_forum.wsgi:application",
    ]


@contextmanager
def running(command: Command) -> Iterator[str]:
    """Serve until the end of the block; yields the address to ask."""
    address = Address(HOST, _free_port())
    children = [serve.Child("the web server", command(address))]
    try:
        serve.wait_until_live(address, children)
        yield f"http://{HOST}:{address.port}"
    finally:
        serve.stop(children)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
