"""`python -m tests.moderation.weigh_words`: learns what words weigh, and writes moderation/emergency_weights.json.

Linear support vector machines with squared loss, by dual coordinate descent (Hsieh and others, 2008), without any
library: the order of the texts and of the sums is fixed, so that the same texts give the same file. Thresholds come
from a cross-validation, in which each text is weighed by what the other folds teach.
"""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from operator import mul
from pathlib import Path

from moderation.emergency import FAMILIES, Screen, plain_words
from moderation.emergency_rules import LISTS, RULES
from moderation.evidence import EVERY, ONE, SELF_HARM, WRITTEN, Weights, features, length_root

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
# How much an error costs; one on a text by somebody who knew no rule costs more.
COST = 0.03
FRESH = 3.0
SELDOM = 3  # Features of fewer texts are left out, and weights that round to nothing.
# What a family's own scale weighs is told in tens, and only where it is not next to nothing.
COARSE, FAINT = 20, 100
LIGHT = 3


# The shares of ordinary texts that each scale alone may stop, of those that were written to be taken for emergencies.
MAY_STOP = {EVERY: 0.045, SELF_HARM: 0.027}
# Strangers' ordinary texts stand higher than those that were learned from: so much is added, in thousandths.
STRICTER = {EVERY: 250, SELF_HARM: 100}
HARD = ("ordinary-", "more-", "fresh-")
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
    reader = Screen([], LISTS, weights=Weights(dict.fromkeys(SCALES, 0), dict.fromkeys(SCALES, 0), {}))
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
    slack = [1 / (2 * COST * cost * share[is_so]) for cost, is_so in zip(costs, sought, strict=True)]
    norms = [1 + sum(map(mul, values, values)) for _, values in rows]
    order = list(range(len(rows)))
    chance = random.Random(0)
    for _ in range(ROUNDS):
        chance.shuffle(order)
        for at in order:
            places, values = rows[at]
            side = 1 if sought[at] else -1
            now = sum(map(mul, map(weights.__getitem__, places), values)) + bias
            slope = side * now - 1 + slack[at] * pull[at]
            if slope >= 0 and not pull[at]:
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

    def heights(self, text: Text) -> dict[str, float]:
        """Return how high a text as a whole stands on each scale."""
        row = self.table.row(text)
        return {name: scale.weigh(row) for name, scale in self.scales.items()}


def teach(known: Sequence[Text], scales: Sequence[str] = SCALES) -> Lesson:
    """Learn the scales. Self-harm is told from everything else; other families only from other emergencies."""
    joined = longer(known)
    table = Table(known, joined)
    known = [*known, *joined]
    learned = {}
    for scale in scales:
        at = [at for at, text in enumerate(known) if scale in {EVERY, SELF_HARM} or text.families]
        is_sought: Callable[[Text], bool] = (
            (lambda text: bool(text.families)) if scale == EVERY else (lambda text, scale=scale: scale in text.families)
        )
        learned[scale] = learn(
            [table.rows[each] for each in at],
            [is_sought(known[each]) for each in at],
            [FRESH if known[each].id.startswith("fresh-") else 1.0 for each in at],
            len(table.names),
        )
    return Lesson(table, learned)


def weights_of(lesson: Lesson, thresholds: Mapping[str, int]) -> Weights:
    """Return a lesson as weights in thousandths, those of the families rounded to less."""
    found: dict[str, dict[str, int]] = {}
    for at, name in enumerate(lesson.table.names):
        by_scale = {}
        for scale, learned in lesson.scales.items():
            step = 1 if scale in {EVERY, SELF_HARM} else COARSE
            weight = step * round(ONE * learned.weights[at] * lesson.table.rarity[at] / step)
            if abs(weight) >= (LIGHT if step == 1 else FAINT):
                by_scale[scale] = weight
        if by_scale:
            found[name] = by_scale
    biases = {scale: round(ONE * learned.bias) for scale, learned in lesson.scales.items()}
    return Weights(biases, dict(thresholds), found)


def written(weights: Weights) -> str:
    """Return the file as text, a feature a line."""
    scales = {scale: at for at, scale in enumerate(weights.biases)}
    lines = (
        f"{_line(name)}: {_line([each for scale, weight in by_scale.items() for each in (scales[scale], weight)])}"
        for name, by_scale in weights.features.items()
    )
    biases, thresholds = _line(dict(weights.biases)), _line(dict(weights.thresholds))
    return f'{{"biases": {biases},\n"thresholds": {thresholds},\n"features": {{\n' + ",\n".join(lines) + "\n}}\n"


def _line(said: object) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class Weighed:
    """A text, and how high it stands on each scale by what the texts of the other folds teach."""

    text: Text
    heights: Mapping[str, float]


def fold_of(text: Text) -> int:
    """Return the fold of a text, which stays the same when others come or go."""
    return _digest("fold", text) % FOLDS


def cross_validate(known: Sequence[Text]) -> list[Weighed]:
    """Weigh each text by what the others teach."""
    done: list[Weighed] = []
    for fold in range(FOLDS):
        done += weigh_others(
            [text for text in known if fold_of(text) != fold], [text for text in known if fold_of(text) == fold]
        )
    return done


def weigh_others(known: Sequence[Text], others: Sequence[Text]) -> list[Weighed]:
    """Weigh texts by what others teach."""
    lesson = teach(known)
    screen = Screen([], LISTS, weights=weights_of(lesson, dict.fromkeys(SCALES, 0)))
    return [Weighed(text, {**lesson.heights(text), **screen.sums(text.text)}) for text in others]


def chosen(weighed: Sequence[Weighed]) -> dict[str, int]:
    """Return the thresholds: those that stop so many ordinary texts, and for names those that most of a family pass."""
    ordinary = [each for each in weighed if not each.text.families and each.text.id.startswith(HARD)]
    thresholds = {scale: _above(ordinary, scale, share) + STRICTER[scale] for scale, share in MAY_STOP.items()}
    for family in FAMILIES:
        if family != SELF_HARM:
            own = sorted(each.heights[family] for each in weighed if family in each.text.families)
            thresholds[family] = min(0, round(ONE * own[int(UNNAMED * len(own))]))
    return {scale: thresholds[scale] for scale in SCALES}


def _above(ordinary: Sequence[Weighed], scale: str, share: float) -> int:
    return round(ONE * sorted((each.heights[scale] for each in ordinary), reverse=True)[int(share * len(ordinary))])


def main() -> None:
    known = texts()
    weighed = cross_validate(known)
    weights = weights_of(teach(known), chosen(weighed))
    WRITTEN.write_text(written(weights))
    print(f"{len(known)} texts, {len(weights.features)} features, {WRITTEN.stat().st_size // 1024} KB")
    report(weighed, weights.thresholds)


def report(weighed: Sequence[Weighed], thresholds: Mapping[str, int]) -> None:
    """Print how rules alone, evidence alone and both do; only the evidence is cross-validated."""
    from tests.moderation.scoring import Share

    rules = Screen(RULES, LISTS)
    shares: dict[str, Share] = {}
    for each in weighed:
        by_rules = bool(rules.matches(each.text.text))
        by_evidence = any(ONE * each.heights[scale] > thresholds[scale] for scale in MAY_STOP)
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
