"""The server that serves the site beside the other one that could."""

from collections.abc import Iterator
from dataclasses import replace

from bench.load import Load, compare
from bench.pages import KEPT, checked
from bench.rows import Row, ratio_row
from bench.votes import vote_load
from bench.world import Page, votable_answers

MOST_ROUNDS = 3


def measure_rivals(granian: str, gunicorn: str, page: Page, *, rounds: int, seconds: int) -> Iterator[Row]:
    """Measure what readers and voters do mostly on both, each with one worker and as many threads."""
    kept = Load(granian, [page.path], KEPT)
    for load in (kept, replace(kept, base=gunicorn)):
        load.fetch_one()
        checked(load, page, is_kept=True)
    for what, load in (
        ("kept page", kept),
        ("page anew", Load(granian, [page.path], is_unique=True)),
        ("votes", vote_load(granian, votable_answers())),
    ):
        other = replace(load, base=gunicorn)
        measured = compare(load, other, rounds=min(rounds, MOST_ROUNDS), seconds=seconds)
        yield ratio_row(f"6 granian, {what}", "gunicorn (gthread)", measured)
