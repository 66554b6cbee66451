"""Letters without their accents, as every server folds them: no extension is needed. Plumbing: knows no room."""

from django.contrib.postgres.search import SearchVector
from django.db.models import Func, TextField
from django.db.models.expressions import Combinable

SEARCHED_IN = "english"


class Folded(Func):
    """A text with plain letters, by the immutable function that `doctors.0008_search` made."""

    function = "search_fold"
    output_field = TextField()


def vector(text: str | Combinable, weight: str) -> SearchVector:
    """Return the words of a column without accents, with a weight from A (most) to D."""
    return SearchVector(Folded(text), weight=weight, config=SEARCHED_IN)
