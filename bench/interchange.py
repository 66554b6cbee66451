"""Import and export, by the commands that a person types."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

from django.conf import settings
from django.core.management import get_commands

from bench.place import BenchError
from bench.rows import Row, verdict

QUESTIONS = 20_000
AT_LEAST = 1000
MOST_SECONDS = 900
DATA = Path("shared") / "data" / "medquad.jsonl"


def measure_interchange() -> Iterator[Row]:
    """Measure a first import into an empty database, the same file again, and the export of it all."""
    if missing := {"import_questions", "export_questions"} - get_commands().keys():
        yield Row("7 import and export", f"there is no {' and no '.join(sorted(missing))} yet")
        return
    with tempfile.TemporaryDirectory(prefix="qa_forum_bench-") as folder:
        given, taken = Path(folder) / "given.jsonl", Path(folder) / "taken.jsonl"
        source = _write(given)
        yield _timed(f"7 import of {QUESTIONS:,} questions ({source})", "import_questions", str(given), asked=AT_LEAST)
        yield _timed("  the same file again: all unchanged", "import_questions", str(given))
        yield _timed("  export of all of it", "export_questions", "--out", str(taken))


def _timed(what: str, *command: str, asked: int = 0) -> Row:
    """Run a command, start-up and all, and return its row."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
        timeout=MOST_SECONDS,
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        raise BenchError(f"{command[0]} failed: {(done.stderr or done.stdout).strip()[-500:]}")
    rate = QUESTIONS / seconds
    said = (done.stdout.strip().splitlines() or [""])[-1]
    return Row(
        what,
        f"{rate:,.0f} questions/s",
        f"{seconds:.1f} s; {said}",
        asked=f"at least {asked:,}" if asked else "",
        met=verdict(rate, asked),
    )


def _write(path: Path) -> str:
    """Write the file to import and return in words what it is made of."""
    given = settings.BASE_DIR.parent / DATA
    if given.exists():
        records = [json.loads(line) for line in given.read_text(encoding="utf-8").splitlines()]
        source = f"{given.name}, repeated"
    else:
        records, source = list(_invented(300)), "invented"
    with path.open("w", encoding="utf-8") as file:
        for record in islice(_repeated(records), QUESTIONS):
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return source


def _repeated(records: list[dict]) -> Iterator[dict]:
    """Return the records again and again, each time under new ids."""
    for turn in count():
        for record in records:
            answers = [{**answer, "id": f"{answer['id']}#{turn}"} for answer in record.get("answers", ())]
            yield {**record, "id": f"{record['id']}#{turn}", "answers": answers}


def _invented(number: int) -> Iterator[dict]:
    """Return records of the same shape and weight as those of the file."""
    for key in range(number):
        body = " ".join(f"word{(key * 31 + place * 7) % 997}" for place in range(220))
        doctor = {"id": f"invented-{key % 12}", "name": f"Source {key % 12}"}
        yield {
            "id": f"invented:{key}",
            "url": f"https://records.example/{key}",
            "title": f"What is condition {key}?",
            "body_format": "text",
            "topics": [f"Condition {key}", "information"],
            "answers": [{"id": f"invented:{key}/1", "body": body, "body_format": "text", "doctor": doctor}],
        }
