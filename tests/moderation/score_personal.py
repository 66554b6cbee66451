"""Score the personal data guard on the labelled set: `python -m tests.moderation.score_personal`."""

import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path

from moderation.personal import LABELS, find_personal

DATA = Path(__file__).parent.parent / "data"
PARTS = {"tuning": DATA / "personal_tuning.jsonl", "held out": DATA / "personal_held_out.jsonl"}


@dataclass
class Score:
    """How many labelled details were found, and how many ordinary texts raised an alarm."""

    labelled: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    ordinary: int = 0
    alarms: int = 0

    @property
    def recall(self) -> float:
        return self.found.total() / self.labelled.total()

    @property
    def false_alarms(self) -> float:
        return self.alarms / self.ordinary


def score(path: Path) -> Score:
    """Count over one file: a detail is found where a finding of its kind overlaps it."""
    result = Score()
    for line in path.read_text().splitlines():
        row = json.loads(line)
        findings = find_personal(row["text"])
        if not row["spans"]:
            result.ordinary += 1
            result.alarms += bool(findings)
        for span in row["spans"]:
            result.labelled[span["kind"]] += 1
            result.found[span["kind"]] += any(
                each.kind == span["kind"] and each.start < span["end"] and span["start"] < each.end for each in findings
            )
    return result


def wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of a share."""
    share = hits / of
    middle = share + z * z / (2 * of)
    reach = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - reach) / (1 + z * z / of), (middle + reach) / (1 + z * z / of)


def report(title: str, result: Score) -> str:
    """Return the figures as a table."""
    lines = [title, f"{'kind':18}{'n':>5}{'found':>7}{'recall':>8}   95 %"]
    for kind in [*LABELS, "all"]:
        of = result.labelled.total() if kind == "all" else result.labelled[kind]
        hits = result.found.total() if kind == "all" else result.found[kind]
        if of:
            low, high = wilson(hits, of)
            lines.append(f"{kind:18}{of:>5}{hits:>7}{hits / of:>8.1%}   {low:.1%} to {high:.1%}")
    low, high = wilson(result.alarms, result.ordinary)
    lines.append(
        f"false alarms {result.alarms} of {result.ordinary}: {result.false_alarms:.1%} ({low:.1%} to {high:.1%})"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    for title, path in PARTS.items():
        sys.stdout.write(report(title, score(path)) + "\n\n")
