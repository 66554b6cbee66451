"""`python -m tests.moderation.weigh_replies`: learns what words weigh, and writes moderation/reply_weights.json.

Two linear support vector machines, by dual coordinate descent without any library. One is over sentences: every one
of a good reply passes; of a bad one only the sentence that stands highest is taken for bad, chosen in each round. The
other is over whole replies, with pieces of their words.
"""

import json
import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from moderation.replies import Reading, by_phrases
from moderation.reply_evidence import WRITTEN, features, sentences, whole

DATA = Path(__file__).parent.parent / "data" / "replies_tuning.jsonl"
COST = 0.08
ROUNDS, STEPS = 4, 12
FOLDS = 8
SELDOM = 2
SCALE, FAINT = 1000, 5
# The share of good replies that each layer alone may stop.
MAY_STOP_BY_SENTENCE, MAY_STOP_AS_WHOLE = 0.02, 0.08
# Of a reply as a whole, whose features are many more.
COST_WHOLE, SELDOM_WHOLE = 1.0, 3


@dataclass(frozen=True)
class Reply:
    """A labelled reply: its sentences as features with their values."""

    stop: bool
    by_phrase: bool
    sentences: tuple[dict[str, float], ...]
    whole: dict[str, float]


Teaching = Callable[[list[Reply]], dict[str, float]]
Standing = Callable[[Reply, dict[str, float]], float]


def read() -> list[Reply]:
    """Return the labelled replies."""
    replies = []
    for line in DATA.read_text().splitlines():
        entry = json.loads(line)
        reading = Reading(entry["text"])
        parts = tuple(
            {each: 1 / len(words) ** 0.5 for each in dict.fromkeys(features(words))}
            for _, _, words in sentences(reading.left.decode())
        )
        if parts:
            said = [words for _, _, words in sentences(reading.left.decode())]
            replies.append(Reply(entry["stop"], any(by_phrases(reading)), parts, whole(said)))
    return replies


def learn(replies: list[Reply]) -> dict[str, float]:
    """Return the weights that the replies teach."""
    counts = Counter(feature for reply in replies for feature in set().union(*reply.sentences))
    known = {feature for feature, count in counts.items() if count >= SELDOM}
    weights: dict[str, float] = {}
    for _ in range(ROUNDS):
        rows: list[tuple[dict[str, float], float]] = []
        for reply in replies:
            kept = [{each: value for each, value in part.items() if each in known} for part in reply.sentences]
            if reply.stop:
                rows.append((max(kept, key=lambda part: stands(part, weights)), 1.0))
            else:
                rows += [(part, -1.0) for part in kept]
        weights = solve(rows)
    return weights


def stands(part: dict[str, float], weights: dict[str, float]) -> float:
    return sum(weights.get(each, 0.0) * value for each, value in part.items())


def solve(rows: list[tuple[dict[str, float], float]], *, cost: float = COST) -> dict[str, float]:
    """Return the weights of a support vector machine with squared loss."""
    chance = random.Random(7)
    weights: dict[str, float] = {}
    shares = [0.0] * len(rows)
    norms = [sum(value * value for value in part.values()) + 1 / (2 * cost) for part, _ in rows]
    order = list(range(len(rows)))
    for _ in range(STEPS):
        chance.shuffle(order)
        for at in order:
            part, side = rows[at]
            slope = side * stands(part, weights) - 1 + shares[at] / (2 * cost)
            share = max(shares[at] - slope / norms[at], 0.0)
            change = (share - shares[at]) * side
            if change:
                shares[at] = share
                for each, value in part.items():
                    weights[each] = weights.get(each, 0.0) + change * value
    return weights


def learn_whole(replies: list[Reply]) -> dict[str, float]:
    """Return the weights that whole replies teach."""
    counts = Counter(feature for reply in replies for feature in reply.whole)
    known = {feature for feature, count in counts.items() if count >= SELDOM_WHOLE}
    rows = [
        ({each: value for each, value in reply.whole.items() if each in known}, 1.0 if reply.stop else -1.0)
        for reply in replies
    ]
    return solve(rows, cost=COST_WHOLE)


def heights(replies: list[Reply], taught: Teaching, stand: Standing) -> list[float]:
    """Return how high each reply stands on weights that it did not teach."""
    found = [0.0] * len(replies)
    for fold in range(FOLDS):
        weights = taught([reply for at, reply in enumerate(replies) if at % FOLDS != fold])
        for at in range(fold, len(replies), FOLDS):
            found[at] = stand(replies[at], weights)
    return found


def _highest(reply: Reply, weights: dict[str, float]) -> float:
    return max(stands(part, weights) for part in reply.sentences)


def _as_a_whole(reply: Reply, weights: dict[str, float]) -> float:
    return stands(reply.whole, weights)


LAYERS: dict[str, tuple[Teaching, Standing, float]] = {
    "sentence": (learn, _highest, MAY_STOP_BY_SENTENCE),
    "whole": (learn_whole, _as_a_whole, MAY_STOP_AS_WHOLE),
}


def teach() -> tuple[str, str]:
    """Return the file of weights that the labelled replies teach, and what to say of it."""
    replies = read()
    layers, stopped = {}, [False] * len(replies)
    for name, (taught, stand, share) in LAYERS.items():
        found = heights(replies, taught, stand)
        passing = sorted((each for each, reply in zip(found, replies, strict=True) if not reply.stop), reverse=True)
        threshold = passing[int(len(passing) * share)]
        stopped = [so_far or each >= threshold for so_far, each in zip(stopped, found, strict=True)]
        weights = {each: round(value * SCALE) for each, value in sorted(taught(replies).items())}
        layers[name] = {
            "threshold": round(threshold * SCALE),
            "weights": {each: value for each, value in weights.items() if abs(value) >= FAINT},
        }
    bad = [each for each, reply in zip(stopped, replies, strict=True) if reply.stop]
    rest = [each for each, reply in zip(stopped, replies, strict=True) if reply.stop and not reply.by_phrase]
    good = [each for each, reply in zip(stopped, replies, strict=True) if not reply.stop]
    sizes = ", ".join(f"{len(layer['weights'])} of a {name}" for name, layer in layers.items())
    return (
        json.dumps(layers, indent=0) + "\n",
        f"Weights: {sizes}. Cross-validated, they alone stop {sum(bad)} of {len(bad)} bad replies, {sum(rest)} of the "
        f"{len(rest)} without a phrase, and {sum(good)} of {len(good)} good ones.\n",
    )


if __name__ == "__main__":
    written, said = teach()
    WRITTEN.write_text(written)
    sys.stdout.write(said)
