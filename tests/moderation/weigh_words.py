"""`python -m tests.moderation.weigh_words`: learns what words weigh, and writes moderation/emergency_weights.json.

Linear support vector machines with squared loss, by dual coordinate descent (Hsieh and others, 2008), without any
library: the order of the texts and of the sums is fixed, so that the same texts give the same file. In a
cross-validation each text is weighed by what the other folds teach. What judges learn from is the passage of each text
that stands highest there, and thresholds come from a second cross-validation, over what these judges say.
"""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from math import log
from operator import mul
from pathlib import Path

from moderation.emergency import FAMILIES, Screen, plain_words
from moderation.emergency_rules import LISTS, RULES
from moderation.evidence import (
    EVERY,
    ONE,
    SELF_HARM,
    STOPPING,
    WRITTEN,
    Judge,
    Look,
    Weights,
    features,
    length_root,
    products,
)

DATA = Path(__file__).parent.parent / "data"
QUESTIONS = DATA.parents[1] / "questions" / "demo" / "questions.json"
LABELLED = tuple(DATA / f"emergency_{name}.jsonl" for name in ("tuning", "more", "fresh", "everyday"))
# Texts about other things that do tell of an emergency, and would be taught as ordinary.
NOT_ORDINARY = frozenset(
    {
        "personal-244", "personal-352", "personal-361", "personal-576", "personal-706",
        "sudden-droop", "swollen-face-crown", "blisters-fever-eczema", "calf-swollen",
    }
)  # fmt: skip
SCALES = (EVERY, *FAMILIES)

FOLDS = 5
ROUNDS = 12
# A row that is told rightly by so much rests until the next round but so many.
AT_EASE, LOOK_AGAIN = 0.2, 4
# How much an error costs; one on a text by somebody who knew no rule costs more. Judges have fewer numbers to learn.
COST, COST_OF_JUDGING = 0.01, 0.0005
FRESH = 3.0
SELDOM = 3  # Features of fewer texts are left out, and weights that round to nothing.
# What a family's own scale weighs is told in tens, and only where it is not next to nothing.
COARSE, FAINT = 20, 100
LIGHT = 3

# The shares of strangers' ordinary texts that each judge alone may stop: with these, and the rules, none of these
# writers had more than a tenth of theirs stopped in the cross-validation.
MAY_STOP = {EVERY: 0.063, SELF_HARM: 0.03}
STRANGERS = "fresh-"
# So many of a family may be stopped without its name.
UNNAMED = 0.04


@dataclass(frozen=True)
class Text:
    """A labelled text with the features that it has, and how often; a feature counts less in a longer text."""

    id: str
    text: str
    families: frozenset[str]
    length: int
    counts: Mapping[str, int]

    @property
    def features(self) -> dict[str, float]:
        """How much of each feature there is."""
        root = length_root(self.length)
        return {feature: count / root for feature, count in self.counts.items()}


def entries() -> list[dict]:
    """Return the labelled texts, and ordinary ones that were written for other ends."""
    found = [json.loads(line) for path in LABELLED for line in path.read_text().splitlines()]
    personal = (DATA / "personal_tuning.jsonl").read_text().splitlines()
    found += [json.loads(line) | {"families": []} for line in personal]
    found += [
        {"id": each["key"], "text": f"{each['title']}\n\n{each['body']}", "families": []}
        for each in json.loads(QUESTIONS.read_text())
    ]
    return [entry for entry in found if entry["id"] not in NOT_ORDINARY]


def texts() -> list[Text]:
    """Return the texts to learn from."""
    reader = Screen([], LISTS, weights=Weights(dict.fromkeys(SCALES, 0), {}))
    return [_text(entry, reader) for entry in entries()]


def _text(entry: dict, reader: Screen) -> Text:
    words = plain_words(entry["text"])
    length = sum(word not in {",", "."} for word in words)
    counts = Counter(feature for _, feature in features(words, reader.lists_in(words)))
    return Text(entry["id"], entry["text"], frozenset(entry["families"]), length, dict(sorted(counts.items())))


def longer(known: Sequence[Text]) -> list[Text]:
    """Return three ordinary texts at a time, told as one: that a text is long is no emergency."""
    ordinary = sorted((text for text in known if not text.families), key=lambda text: _digest("long", text))
    return [
        Text(
            f"long-{three[0].id}",
            " ".join(text.text for text in three),
            frozenset(),
            sum(text.length for text in three),
            dict(sorted(sum((Counter(text.counts) for text in three), Counter()).items())),
        )
        for three in zip(ordinary[::3], ordinary[1::3], ordinary[2::3], strict=False)
    ]


def _digest(why: str, text: Text) -> int:
    return int(hashlib.sha256(f"{why} {text.text}".encode()).hexdigest(), 16)


Row = tuple[list[int], list[float]]


class Table:
    """The texts as rows of numbers: which features, and how much; a feature that many texts have counts less."""

    def __init__(self, known: Sequence[Text], longer: Sequence[Text] = ()) -> None:
        often = Counter(feature for text in known for feature in text.counts)
        self.names = sorted(feature for feature, count in often.items() if count >= SELDOM)
        self.rarity = [0.9 * log(len(known) / often[name]) for name in self.names]
        self._places = {name: at for at, name in enumerate(self.names)}
        self.rows = [self.row(text) for text in (*known, *longer)]

    def row(self, text: Text) -> Row:
        """Return a text as its row; what the table does not know is left out."""
        places = self._places
        kept = [(places[name], value) for name, value in text.features.items() if name in places]
        return [at for at, _ in kept], [value * self.rarity[at] for at, value in kept]


@dataclass(frozen=True)
class Scale:
    """A learned scale: what each feature of a table weighs, and the bias."""

    weights: list[float]
    bias: float

    def weigh(self, row: Row) -> float:
        return sum(map(mul, map(self.weights.__getitem__, row[0]), row[1])) + self.bias


def learn(rows: Sequence[Row], sought: Sequence[bool], costs: Sequence[float], size: int) -> Scale:
    """Return the scale that tells the sought rows from the others; both sides count the same in all."""
    weights, bias = [0.0] * size, 0.0
    share = {True: len(rows) / 2 / sum(sought), False: len(rows) / 2 / (len(rows) - sum(sought))}
    pull = [0.0] * len(rows)
    slack = [1 / (2 * cost * share[is_so]) for cost, is_so in zip(costs, sought, strict=True)]
    norms = [1 + sum(map(mul, values, values)) for _, values in rows]
    order = list(range(len(rows)))
    rests: set[int] = set()
    chance = random.Random(0)
    for turn in range(ROUNDS):
        chance.shuffle(order)
        if turn % LOOK_AGAIN == 0:
            rests.clear()
        for at in order:
            if at in rests:
                continue
            places, values = rows[at]
            side = 1 if sought[at] else -1
            now = sum(map(mul, map(weights.__getitem__, places), values)) + bias
            slope = side * now - 1 + slack[at] * pull[at]
            if slope >= 0 and not pull[at]:
                if slope > AT_EASE:
                    rests.add(at)
                continue
            new = max(0.0, pull[at] - slope / (norms[at] + slack[at]))
            step = side * (new - pull[at])
            pull[at] = new
            if step:
                bias += step
                for place, value in zip(places, values, strict=True):
                    weights[place] += step * value
    return Scale(weights, bias)


@dataclass(frozen=True)
class Lesson:
    """What texts teach: the features, and a scale for emergencies of any kind and for each family."""

    table: Table
    scales: Mapping[str, Scale]


def is_of(text: Text, scale: str) -> bool:
    """Whether a text is what a scale looks for."""
    return bool(text.families) if scale == EVERY else scale in text.families


def cost_of(text: Text) -> float:
    """Return how much an error on a text costs beside others."""
    return FRESH if text.id.startswith(STRANGERS) else 1.0


def teach(known: Sequence[Text], scales: Sequence[str] = SCALES) -> Lesson:
    """Learn the scales, each of which tells what it looks for from everything else."""
    joined = longer(known)
    table = Table(known, joined)
    known = [*known, *joined]
    costs = [COST * cost_of(text) for text in known]
    return Lesson(
        table,
        {scale: learn(table.rows, [is_of(text, scale) for text in known], costs, len(table.names)) for scale in scales},
    )


def weights_of(lesson: Lesson) -> Weights:
    """Return a lesson as weights in thousandths, those of the families rounded to less."""
    found: dict[str, dict[str, int]] = {}
    for at, name in enumerate(lesson.table.names):
        by_scale = {}
        for scale, learned in lesson.scales.items():
            step = 1 if scale in STOPPING else COARSE
            weight = step * round(ONE * learned.weights[at] * lesson.table.rarity[at] / step)
            if abs(weight) >= (LIGHT if step == 1 else FAINT):
                by_scale[scale] = weight
        if by_scale:
            found[name] = by_scale
    return Weights({scale: round(ONE * learned.bias) for scale, learned in lesson.scales.items()}, found)


def written(weights: Weights) -> str:
    """Return the file as text, a feature a line."""
    scales = {scale: at for at, scale in enumerate(weights.biases)}
    head = {
        "biases": weights.biases,
        "judges": weights.judges,
        "thresholds": weights.thresholds,
        "named": weights.named,
    }
    lines = (
        f"{_line(name)}: {_line([each for scale, weight in by_scale.items() for each in (scales[scale], weight)])}"
        for name, by_scale in weights.features.items()
    )
    top = ",\n".join(f"{_line(name)}: {_line(said)}" for name, said in head.items())
    return f'{{{top},\n"features": {{\n' + ",\n".join(lines) + "\n}}\n"


def _line(said: object) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class Weighed:
    """A text, and its passages that stand highest by what the texts of the other folds teach."""

    text: Text
    looks: Mapping[str, Sequence[Look]]

    def height(self, family: str) -> float:
        """Return how high its highest passage stands on the scale of a family."""
        return self.looks[EVERY][0].heights[family]

    def judged(self, judges: Mapping[str, Judge]) -> dict[str, float]:
        """Return how high it stands by what judges say of its passages."""
        looks = [look for each in self.looks.values() for look in each]
        return {
            scale: max((judge.of(look.inputs) for look in looks), default=-float(ONE))
            for scale, judge in judges.items()
        }


def fold_of(text: Text) -> int:
    """Return the fold of a text, which stays the same when others come or go."""
    return _digest("fold", text) % FOLDS


def weigh_fold(known: Sequence[Text], fold: int) -> list[Weighed]:
    """Weigh the texts of a fold by what the others teach."""
    screen = Screen([], LISTS, weights=weights_of(teach([text for text in known if fold_of(text) != fold])))
    return [Weighed(text, screen.looks(text.text)) for text in known if fold_of(text) == fold]


def teach_judges(weighed: Sequence[Weighed]) -> dict[str, list[float]]:
    """Return the numbers of the judges, which learn from the highest passage of each text."""
    judges = {}
    for scale in STOPPING:
        shown = [each for each in weighed if each.looks[scale]]
        found = [products(each.looks[scale][0].inputs) for each in shown]
        rows = [(list(range(len(values))), values) for values in found]
        learned = learn(
            rows,
            [is_of(each.text, scale) for each in shown],
            [COST_OF_JUDGING * cost_of(each.text) for each in shown],
            len(found[0]),
        )
        judges[scale] = [round(number, 5) for number in (learned.bias, *learned.weights)]
    return judges


Judged = tuple[Weighed, Mapping[str, float]]


def judge_fold(weighed: Sequence[Weighed], fold: int) -> list[Judged]:
    """Judge the texts of a fold by what the others teach."""
    taught = teach_judges([each for each in weighed if fold_of(each.text) != fold])
    judges = {scale: Judge(numbers) for scale, numbers in taught.items()}
    return [(each, each.judged(judges)) for each in weighed if fold_of(each.text) == fold]


def completed(weights: Weights, weighed: Sequence[Weighed], judged: Sequence[Judged]) -> Weights:
    """Add judges and thresholds: those above which so many ordinary texts come, and for names most of a family."""
    ordinary = [pair for pair in judged if not pair[0].text.families and pair[0].text.id.startswith(STRANGERS)]
    named = {}
    for family in FAMILIES:
        own = sorted(each.height(family) for each in weighed if family in each.text.families and each.looks[EVERY])
        named[family] = min(0, round(ONE * own[int(UNNAMED * len(own))]))
    return replace(
        weights,
        judges=teach_judges(weighed),
        thresholds={scale: above((by[scale] for _, by in ordinary), MAY_STOP[scale]) for scale in STOPPING},
        named=named,
    )


def above(heights: Iterable[float], share: float) -> int:
    """Return, in thousandths, what only such a share of heights is above."""
    ranked = sorted(heights, reverse=True)
    return round(ONE * ranked[int(share * len(ranked))])


def main() -> None:
    known = texts()
    with ProcessPoolExecutor() as pool:
        lesson = pool.submit(teach, known)
        weighed = list(chain.from_iterable(pool.map(partial(weigh_fold, known), range(FOLDS))))
        judged = list(chain.from_iterable(pool.map(partial(judge_fold, weighed), range(FOLDS))))
        weights = completed(weights_of(lesson.result()), weighed, judged)
    WRITTEN.write_text(written(weights))
    print(f"{len(known)} texts, {len(weights.features)} features, {WRITTEN.stat().st_size // 1024} KB")
    report(judged, weights.thresholds)


def report(judged: Sequence[Judged], thresholds: Mapping[str, int]) -> None:
    """Print how rules alone, evidence alone and both do; only the evidence is cross-validated."""
    from tests.moderation.scoring import Share

    rules = Screen(RULES, LISTS)
    shares: dict[str, Share] = {}
    for each, heights in judged:
        by_rules = bool(rules.matches(each.text.text))
        by_evidence = any(ONE * heights[scale] > thresholds[scale] for scale in thresholds)
        kinds = ["sensitivity"] if each.text.families else ["false alarms"]
        kinds += ["of self-harm"] if SELF_HARM in each.text.families else []
        source = each.text.id.split("-")[0]
        for group in {"all", source if source in {"fresh", "more", "personal", "everyday"} else "tuning"}:
            for who, is_stopped in (
                ("rules alone", by_rules), ("evidence alone", by_evidence), ("both", by_rules or by_evidence)
            ):  # fmt: skip
                for kind in kinds:
                    shares.setdefault(f"{group:9} {who:15} {kind:13}", Share()).add(is_stopped)
    for name in sorted(shares):
        print(f"  {name} {shares[name]}")


if __name__ == "__main__":
    main()
