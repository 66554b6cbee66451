"""Search by meaning: questions whose texts mean much the same as a query, whatever words they use.

A text is a point among 256 numbers, and what means the same lies close. The numbers come from a small model that stands
in the wheel of a package (`wordllama`: a vector for each token, averaged), the nearest ones from an index of pgvector.
Both may be missing: then nothing is found by meaning, `why_not()` says what is missing, and words alone decide.
"""

import os
from dataclasses import dataclass
from functools import cache
from math import sqrt
from pathlib import Path
from typing import Any

from django.db import ProgrammingError, connection, transaction

from questions.models import MEANING_NUMBERS
from questions.search.filters import Filters
from questions.search.statements import Clock, run

# Vectors of another model lie elsewhere: they are never compared with a query of this one.
MODEL = "wordllama l2_supercat 256"
# So many of the nearest questions are looked at; those less alike (by cosine) are left out. Chosen on the tuning part.
NEAREST = 100
LEAST_ALIKE = 0.35
# A question's own words count once, those of its answers together by this part. Chosen on the tuning part.
ANSWERS_PART = 0.5
# What stands at the beginning of a text says what it is about.
CHARACTERS = 2000

INDEX = "question_meaning_nearest"
_POINT = f"halfvec({MEANING_NUMBERS})"
_EXTENSION = "CREATE EXTENSION IF NOT EXISTS vector"
_MAKE_INDEX = f"""
    CREATE INDEX IF NOT EXISTS {INDEX} ON questions_meaning USING hnsw ((vector::{_POINT}) halfvec_cosine_ops)
"""
_IS_THERE = f"SELECT to_regclass('{INDEX}') IS NOT NULL, set_config('hnsw.ef_search', '{NEAREST}', true)"
_IS_OFFERED = "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector')"
_FIND = f"""
    WITH nearest AS MATERIALIZED (
        SELECT question_id, model, vector::{_POINT} <=> %(asked)s::real[]::{_POINT} AS distance
        FROM questions_meaning ORDER BY vector::{_POINT} <=> %(asked)s::real[]::{_POINT} LIMIT {NEAREST}
    )
    SELECT q.id, 1 - nearest.distance, CASE WHEN q.body = '' THEN (
        -- Where a question is a title and nothing else, its best answer is what there is to read.
        SELECT a.id FROM questions_answer a JOIN doctors_doctor d ON d.id = a.doctor_id AND d.valid_until > CURRENT_DATE
        WHERE a.question_id = q.id AND a.state = 'published' ORDER BY a.rank DESC, a.id DESC LIMIT 1
    ) END
    FROM nearest JOIN questions_question q ON q.id = nearest.question_id
    WHERE q.state = 'published' AND nearest.model = %(model)s AND nearest.distance <= {1 - LEAST_ALIKE}{{filters}}
    ORDER BY nearest.distance, q.id DESC
"""

Vector = list[float]


@dataclass(frozen=True, slots=True)
class Near:
    """A question that means much the same: its key, how much (the cosine, at most 1), an answer to show or None."""

    question: int
    likeness: float
    answer: int | None


def find_by_meaning(clock: Clock, words: str, filters: Filters) -> list[Near] | None:
    """Return published questions that mean much the same, nearest first; None: not available here. Three queries."""
    if not _model() or not _is_indexed():
        return None
    asked = embed(words)
    if not asked:
        return []
    values = {"asked": asked, "model": MODEL, **filters.values}
    return [Near(*row) for row in clock.run(_FIND.format(filters=filters.conditions), values)]


def why_not() -> str:
    """Say what is missing for a search by meaning, in words for staff; empty: nothing."""
    if not _model():
        return "the package wordllama is not installed"
    if not run(_IS_OFFERED, {})[0][0]:
        return "the database server has no extension vector"
    return "" if _is_indexed() else "no vectors are made yet: run manage.py fill_meaning"


def embed(text: str) -> Vector | None:
    """Return the point of a text, of length 1; None where it says nothing, or where there is no model."""
    model, text = _model(), text[:CHARACTERS].replace("\0", " ").strip()
    return _of_length_one(model.embed([text], norm=False)[0].tolist()) if model and text else None


def embed_question(title: str, body: str, answers: list[str]) -> Vector | None:
    """Return the point of a question: its own words, moved towards what its answers say about its title."""
    own = embed(f"{title}\n{body}")
    points = [point for answer in answers if (point := embed(f"{title}\n{answer}"))]
    answered = _of_length_one([sum(numbers) for numbers in zip(*points, strict=True)]) if points else None
    if not own or not answered:
        return own
    return _of_length_one([mine + ANSWERS_PART * theirs for mine, theirs in zip(own, answered, strict=True)])


def prepare() -> str:
    """Make extension and index where they are missing; return what stands in the way, empty: nothing."""
    if not _model() or not run(_IS_OFFERED, {})[0][0]:
        return why_not()
    if not _is_indexed():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(_EXTENSION)
                cursor.execute(_MAKE_INDEX)
        except ProgrammingError:  # A role without the right to it; or an extension from before halfvec (0.7).
            return "the extension vector, 0.7 or newer, must be made by an owner of the server: CREATE EXTENSION vector"
    return ""


def _is_indexed() -> bool:
    return run(_IS_THERE, {})[0][0]


@cache
def _model() -> Any:
    """Load the model, once for each process (0.3 s, 110 MB); None without the package. Never asks a network."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # Threads of its own would not outlive a fork.
    try:
        import wordllama
    except ImportError:
        return None
    # Named as its cache, the package's folder is searched for the tokenizer, too: 0.4.0 misspells the folder otherwise.
    folder = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=folder, disable_download=True)


def _of_length_one(numbers: Vector) -> Vector | None:
    length = sqrt(sum(number * number for number in numbers))
    return [number / length for number in numbers] if length > 0 else None
