"""Questions that were asked before in much the same words."""

from questions.models import TITLE_LENGTH, Question
from questions.search.likeness import find_alike
from questions.search.statements import SearchTooSlow

SHOWN = 5


def find_similar(title: str, *, besides: int = 0) -> list[Question]:
    """Return published questions whose titles share most of the telling words of a title, closest first.

    At most ten queries; ``besides`` leaves one question out. Where the database is slow, nothing is similar: nobody who
    asks waits for it.
    """
    try:
        keys = find_alike(title.replace("\0", "")[:TITLE_LENGTH], besides=besides, most=SHOWN)
    except SearchTooSlow:
        return []
    found = Question.objects.visible().only("title", "slug", "answer_count", "form_key").in_bulk(keys)
    return [found[key] for key in keys if key in found]
