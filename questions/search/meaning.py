"""Search by meaning: where there is no model for it, it finds nothing and says so."""

from questions.search.filters import Filters


def find_by_meaning(words: str, filters: Filters) -> list[tuple[int, float]] | None:
    """Return keys of published questions that mean much the same, each with its likeness; None: not available here."""
    return None
