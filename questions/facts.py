"""What the doctors' facts say together: the "at a glance" box."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from qa_forum.prepared import run_prepared
from questions.models import Answer, FactKind, span_words

# The visible answers are named by the caller, who got them from `visible()`. Ranges are summed where they lie.
TALLIES = """
    SELECT k.id, k.label, k.form, k.unit, k.choices, f.choice, count(DISTINCT a.doctor_id),
        lower(range_merge(range_agg(f.span))), upper(range_merge(range_agg(f.span))) - 1,
        lower(range_intersect_agg(f.span)), upper(range_intersect_agg(f.span)) - 1,
        array_agg(a.id ORDER BY a.rank DESC, a.id DESC)
    FROM questions_answerfact f
    JOIN questions_answer a ON a.id = f.answer_id
    JOIN questions_factkind k ON k.id = f.kind_id
    WHERE a.id = ANY(%(answers)s::bigint[])
    GROUP BY k.id, f.choice
    ORDER BY k.position, k.id, count(DISTINCT a.doctor_id) DESC, f.choice
"""


class Tally(NamedTuple):
    """One kind of fact, one choice of it (or all its spans), and who said so."""

    kind: int
    label: str
    form: str
    unit: str
    choices: dict[str, str]
    choice: str
    doctors: int
    low: int
    high: int
    common_low: int | None
    common_high: int | None
    answers: list[int]


@dataclass(frozen=True, slots=True)
class GlanceRow:
    """One line of the box: what is said, by how many of how many doctors, and who said what in which answers.

    ``fact`` is empty where the label says all of it. ``voices`` are answers, by the words that tell them apart: none
    for those behind the fact itself.
    """

    label: str
    fact: str
    source: str
    doctors: int
    of: int
    voices: list[tuple[str, list[Answer]]]


def glance(answers: Sequence[Answer]) -> list[GlanceRow]:
    """Return the lines of the box over these answers, with their doctors; empty without a fact. One query."""
    found = {answer.pk: answer for answer in answers}
    rows = run_prepared(TALLIES, {"answers": list(found)})
    tallies = [Tally._make((*row[:4], _choices(row[4]), *row[5:])) for row in rows]
    of = len({answer.doctor_id for answer in answers})
    return [_row(list(group), of, found) for _, group in groupby(tallies, key=lambda tally: tally.kind)]


def _choices(value: str | dict[str, str]) -> dict[str, str]:
    choices = json.loads(value) if isinstance(value, str) else value
    # Staff type them as JSON; what is no object names no choice, and its key is shown.
    return choices if isinstance(choices, dict) else {}


def _row(tallies: list[Tally], of: int, found: Mapping[int, Answer]) -> GlanceRow:
    first = tallies[0]
    fact, source = _choice_words(tallies, of) if first.choice else _span_words(first, of)
    voices = [(_words(tally) if tally is not first else "", [found[key] for key in tally.answers]) for tally in tallies]
    return GlanceRow(first.label, fact, source, first.doctors, of, voices)


def _span_words(tally: Tally, of: int) -> tuple[str, str]:
    fact = span_words(tally.low, tally.high, is_days=tally.form == FactKind.Form.DAYS)
    source = f"{tally.doctors} of {of} doctors gave a number"
    if tally.doctors > 1:
        everyone = "both" if tally.doctors == 2 else "all"
        if tally.common_low is None or tally.common_high is None:
            source += "; no number fits them all"
        else:
            source += f", {everyone} allow {span_words(tally.common_low, tally.common_high, is_days=False)}"
    return fact, source


def _choice_words(tallies: list[Tally], of: int) -> tuple[str, str]:
    first, others = tallies[0], tallies[1:]
    fact = _words(first)
    if others:
        said = (f"{other.doctors} {'says' if other.doctors == 1 else 'say'} “{_words(other)}”" for other in others)
        return fact, f"{first.doctors} of {of} doctors; {', '.join(said)}"
    if len(first.choices) > 1:
        return fact, f"{first.doctors} of {of} doctors; none disagree"
    # A kind with one choice is a sentence to agree with.
    source = f"{first.doctors} of {of} {'say' if first.doctors > 1 else 'says'} so"
    return ("" if fact.casefold() == first.label.casefold() else fact), source


def _words(tally: Tally) -> str:
    return tally.choices.get(tally.choice, tally.choice)
