"""Writing JSON-LD into a page. Plumbing of the project: knows no room."""

import json
from typing import Any

from django.utils.safestring import SafeString, mark_safe

# What could end the script element or start another one is written as an escape of JSON.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def to_script(data: dict[str, Any]) -> SafeString:
    """Return the data as JSON that is safe inside a script element."""
    return mark_safe(json.dumps(data, ensure_ascii=False).translate(_ESCAPES))  # noqa: S308 (escaped above)
