"""Questions that were asked before in much the same words."""

from typing import Any

from django.db import connection

from questions.models import TITLE_LENGTH, Question

SHOWN = 5
# The longest words are the rarest, by and large: a common one would bring up half of the table.
WORDS = 7
CANDIDATES = 300

_WORDS = """
    SELECT lexeme FROM unnest(to_tsvector('english', %(title)s)) ORDER BY length(lexeme) DESC, lexeme LIMIT %(words)s
"""
# Ranked among those with all the words and some that share one: by how many words they share, then by answers.
_FIND = """
    WITH candidates AS (
        -- Those with all the words first, however common each is.
        (SELECT id, search, answer_count FROM questions_question
        WHERE search @@ to_tsquery('simple', %(all)s) AND state = 'published' AND id <> %(self)s LIMIT %(shown)s)
        UNION
        (SELECT id, search, answer_count FROM questions_question
        WHERE search @@ to_tsquery('simple', %(any)s) AND state = 'published' AND id <> %(self)s
        LIMIT %(candidates)s)
    ), counted AS (
        SELECT id, answer_count, search,
            (SELECT count(*) FROM unnest(%(each)s::text[]) word WHERE search @@ to_tsquery('simple', word)) AS shared
        FROM candidates
    )
    SELECT id FROM counted WHERE shared >= %(least)s
    ORDER BY shared DESC, ts_rank(search, to_tsquery('simple', %(any)s)) DESC, answer_count DESC, id DESC
    LIMIT %(shown)s
"""


def find_similar(title: str, *, besides: int = 0) -> list[Question]:
    """Return published questions that share at least half of the telling words of a title, closest first.

    At most three queries; ``besides`` leaves one question out.
    """
    title = title.replace("\0", "")[:TITLE_LENGTH]
    with connection.cursor() as cursor:
        cursor.execute(_WORDS, {"title": title, "words": WORDS})
        # A lexeme is a word of the text's, quoted so that no operator of a query can be in it.
        words = ["'{}'".format(word.replace("\\", "\\\\").replace("'", "''")) for (word,) in cursor.fetchall()]
        if not words:
            return []
        names: dict[str, Any] = {
            "any": " | ".join(f"{word}:A" for word in words),
            "all": " & ".join(f"{word}:A" for word in words),
            "each": [f"{word}:A" for word in words],
            "least": max(min(2, len(words)), (len(words) + 1) // 2),
            "candidates": CANDIDATES,
            "shown": SHOWN,
            "self": besides,
        }
        cursor.execute(_FIND, names)
        keys = [key for (key,) in cursor.fetchall()]
    found = Question.objects.visible().only("title", "slug", "answer_count", "form_key").in_bulk(keys)
    return [found[key] for key in keys if key in found]
