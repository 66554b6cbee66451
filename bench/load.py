"""Asking: single requests that are looked at, and rounds of many by wrk."""

import http.client
import re
import shutil
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from bench.place import BenchError

CONNECTIONS = 8
WARM_UP_SECONDS = 1
SCRIPT = Path(__file__).with_name("requests.lua")
# Each round starts where no other one has been: a page that must be rendered anew was never asked for before.
_first_numbers = count(1_000_000, 1_000_000)


@dataclass(frozen=True, slots=True)
class Reply:
    """What one request brought."""

    status: int
    headers: Mapping[str, str]
    body: bytes


# Makes an address of its own of each request: a parameter that the site keeps pages under (any other would pass by what
# is measured: the version and the keeping) and that these pages do not heed. The same stands in requests.lua.
UNIQUE = "stars"


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked again and again: some paths in turn, each made unique by a number where ``is_unique`` says so."""

    base: str
    paths: Sequence[str]
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: str = ""
    is_unique: bool = False

    def fetch_one(self) -> Reply:
        """Return the reply to the first request of this kind."""
        path = self.paths[0] + (f"?{UNIQUE}={next(_first_numbers)}" if self.is_unique else "")
        return fetch(self.base, path, self.headers, self.method, self.body)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The requests a second of two loads in alternating rounds."""

    ours: list[float]
    reference: list[float]

    @property
    def ratios(self) -> list[float]:
        """Ours to the reference, round by round: what slows both down for a while does not move it."""
        return [ours / reference for ours, reference in zip(self.ours, self.reference, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.ratios)


def refuse_without_wrk() -> None:
    """Say how to get the load generator where it is missing."""
    if not shutil.which("wrk"):
        raise BenchError("wrk is missing: apt-get install -y wrk")


def fetch(base: str, path: str, headers: Mapping[str, str] | None = None, method: str = "GET", body: str = "") -> Reply:
    """Return the reply to one request on a connection of its own."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=30)
    try:
        connection.request(method, path, body or None, dict(headers or {}))
        response = connection.getresponse()
        return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def compare(ours: Load, reference: Load, *, rounds: int, seconds: int) -> Comparison:
    """Measure two loads in turn, the first one first in every other round."""
    for load in (ours, reference):
        measure(load, WARM_UP_SECONDS)
    measured = Comparison([], [])
    sides = [(ours, measured.ours), (reference, measured.reference)]
    for number in range(rounds):
        for load, figures in sides if number % 2 == 0 else reversed(sides):
            figures.append(measure(load, seconds))
    return measured


def measure(load: Load, seconds: int) -> float:
    """Return the requests a second of one round; a reply that is no success ends the benchmark."""
    headers = [part for name, value in load.headers.items() for part in ("-H", f"{name}: {value}")]
    first = next(_first_numbers)
    arguments = [load.method, load.body, str(first), "unique" if load.is_unique else "", *load.paths]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(SCRIPT), *headers, load.base]
    done = subprocess.run(
        [*command, "--", *arguments], capture_output=True, text=True, check=False, timeout=seconds + 30
    )
    rate = re.search(r"^Requests/sec:\s+([\d.]+)", done.stdout, re.M)
    if done.returncode or not rate or not float(rate[1]):
        raise BenchError(f"wrk measured nothing at {load.paths[0]}: {(done.stderr or done.stdout).strip()}")
    if bad := re.search(r"Non-2xx or 3xx responses: \d+|Socket errors: .*", done.stdout):
        raise BenchError(f"not every request to {load.paths[0]} was answered well: {bad[0]}")
    return float(rate[1])
