"""One vote over HTTP beside a bare view that runs the same one statement, and beside pgbench without any HTTP."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from django.db import connection

from bench.load import Load, compare
from bench.place import BenchError
from bench.rows import Row, ratio_row
from bench.world import Page, votable_answers
from qa_forum.serve import THREADS_PER_WORKER
from voting.models import AnswerVote
from voting.services import _set_vote

HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Sec-Fetch-Site": "same-origin",
    "Accept": "text/html",
}
AT_LEAST = 0.6
PGBENCH_SECONDS = 3


def vote_load(base: str, answers: Sequence[int]) -> Load:
    """Return votes on these answers in turn, each by a visitor who was not here before."""
    return Load(base, [f"/answers/{answer}/vote/" for answer in answers], HEADERS, "POST", "value=1")


def measure_votes(base: str, page: Page, *, rounds: int, seconds: int) -> Iterator[Row]:
    """Measure votes on one hot answer and on all answers in turn."""
    for what, answers in (("on one hot answer", page.answers[:1]), ("spread over all answers", votable_answers())):
        load = vote_load(base, answers)
        reference = replace(load, paths=[f"/bench/vote/{answer}/" for answer in answers])
        _check(load)
        _check(reference)
        measured = compare(load, reference, rounds=rounds, seconds=seconds)
        yield ratio_row(f"5 vote {what}", "the same statement in a bare view", measured, at_least=AT_LEAST)
        yield _by_pgbench(what, answers)


def _check(load: Load) -> None:
    """Refuse to measure votes that are not counted."""
    before = AnswerVote.objects.count()
    reply = load.fetch_one()
    if reply.status != 303 or AnswerVote.objects.count() != before + 1:
        raise BenchError(f"{load.paths[0]} answered {reply.status} and was not counted as one vote")


def _by_pgbench(what: str, answers: Sequence[int]) -> Row:
    """Return what the database alone makes of the same statement, from as many connections as the server has."""
    name = f"  the same SQL by pgbench, {THREADS_PER_WORKER} connections, {what}"
    if not (pgbench := _find_pgbench()):
        return Row(name, "no pgbench here")
    keys = ",".join(map(str, answers))
    answer = f"('{{{keys}}}'::bigint[])[:place]"
    values = {"answer": answer, "voter": "gen_random_uuid()", "value": "1"}
    values |= {"network": "gen_random_uuid()", "network_before": "gen_random_uuid()", "browser": "1"}
    script = f"\\set place random(1, {len(answers)})\n{' '.join((_set_vote('visitor') % values).split())};\n"
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        return Row(name, f"{_run_pgbench(pgbench, file.name):,.0f} votes/s")


def _run_pgbench(pgbench: str, script: str) -> float:
    site = connection.settings_dict
    server = [("--host", site["HOST"]), ("--port", str(site["PORT"])), ("--username", site["USER"])]
    where = [part for option in server if option[1] for part in option]
    how = ["-n", "-M", "prepared", "-c", str(THREADS_PER_WORKER), "-j", "1", "-T", str(PGBENCH_SECONDS), "-f", script]
    done = subprocess.run(
        [pgbench, *where, *how, site["NAME"]],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PGPASSWORD": site["PASSWORD"]},
    )
    rate = re.search(r"^tps = ([\d.]+)", done.stdout, re.M)
    if done.returncode or not rate:
        raise BenchError(f"pgbench failed: {done.stderr.strip()}")
    return float(rate[1])


def _find_pgbench() -> str | None:
    """Return Debian's newest pgbench, or one that is on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"), key=lambda path: path.parts[-3].zfill(3))
    return str(found[-1]) if found else shutil.which("pgbench")
