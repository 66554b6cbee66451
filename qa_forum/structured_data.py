"""Writing JSON-LD into a page. Plumbing of the project: knows no room."""

import json
from typing import Any

from django.utils.safestring import SafeString, mark_safe

# What could end the script element or start another one is written as an escape of JSON.
_ESCAPES = {"<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def to_script(data: dict[str, Any]) -> SafeString:
    """Return the data as JSON that is safe inside a script element."""
    text = json.dumps(data, ensure_ascii=False)
    for letter, escape in _ESCAPES.items():  # Several times as fast as `str.translate`.
        text = text.replace(letter, escape)
    return mark_safe(text)  # noqa: S308 (escaped above)
