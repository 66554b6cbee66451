"""Score the reply guard on the labelled replies: `python -m tests.moderation.score_replies`, or files of your own."""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

from moderation.replies import KINDS, reply_reasons
from tests.moderation.scoring import Share

DATA = Path(__file__).parent.parent / "data"
PARTS = {"tuning": DATA / "replies_tuning.jsonl", "held out": DATA / "replies_held_out.jsonl"}


@dataclass
class Score:
    """``stopped``: bad replies in which anything is found; ``kinds``: those in which the labelled kind is."""

    stopped: Share = field(default_factory=Share)
    kinds: dict[str, Share] = field(default_factory=lambda: {kind: Share() for kind in KINDS})
    alarms: Share = field(default_factory=Share)

    def __str__(self) -> str:
        lines = [
            f"  {'bad replies stopped':22} {self.stopped}",
            *(f"  - {f'told as {kind}':20} {share}" for kind, share in self.kinds.items() if share.count),
            f"  {'good replies stopped':22} {self.alarms}",
        ]
        return "\n".join(lines)


def score(path: Path) -> Score:
    """Return how the guard does on a file of labelled replies."""
    result = Score()
    for line in path.read_text().splitlines():
        entry = json.loads(line)
        found = reply_reasons(entry["text"])
        if not entry["stop"]:
            result.alarms.add(bool(found))
            continue
        result.stopped.add(bool(found))
        for kind in entry["why"]:
            result.kinds[kind].add(kind in found)
    return result


if __name__ == "__main__":
    named = {each: Path(each) for each in sys.argv[1:]}
    for title, path in (named or PARTS).items():
        sys.stdout.write(f"{title}\n{score(path)}\n\n")
