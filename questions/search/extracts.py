"""Extracts of what was found, with the words of the search marked."""

from collections.abc import Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from questions.search.statements import run

EXTRACTED_CHARACTERS = 20_000
# Marks that no text carries: they become <mark> after the text is escaped.
_START, _STOP = "\ue000", "\ue001"
_HIGHLIGHT = """
    SELECT ts_headline('english', extract, %(query)s::tsquery, %(options)s)
    FROM unnest(%(extracts)s::text[]) WITH ORDINALITY AS given (extract, place) ORDER BY place
"""
_SHORT = f"StartSel={_START}, StopSel={_STOP}, MinWords=18, MaxWords=36"
_WHOLE = f"StartSel={_START}, StopSel={_STOP}, HighlightAll=true"


def mark_words(query: str, texts: Sequence[str], *, is_whole: bool = False) -> list[SafeString]:
    """Return texts, or extracts of them, escaped and with the words of a query marked. One query."""
    if not texts:
        return []
    clean = [text.replace(_START, "").replace(_STOP, "")[:EXTRACTED_CHARACTERS] for text in texts]
    values = {"query": query, "options": _WHOLE if is_whole else _SHORT, "extracts": clean}
    return [
        _mark(_with_ellipses(extract, text)) for (extract,), text in zip(run(_HIGHLIGHT, values), clean, strict=True)
    ]


def _with_ellipses(extract: str, text: str) -> str:
    """Show where an extract leaves words out."""
    words = extract.replace(_START, "").replace(_STOP, "").strip()
    before = "" if text.lstrip().startswith(words) else "… "
    after = "" if text.rstrip().endswith(words) else " …"
    return f"{before}{extract.strip()}{after}"


def _mark(extract: str) -> SafeString:
    marked = str(escape(extract)).replace(_START, "<mark>").replace(_STOP, "</mark>")
    return mark_safe(marked)  # noqa: S308 (escaped above; the only markup is ours)
