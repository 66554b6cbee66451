"""The WSGI entry point of the production server."""

import os
import re
from collections.abc import Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qa_forum.settings")

_application = get_wsgi_application()
_charset = re.compile(r";\s*charset\*?\s*=[^;]*", re.IGNORECASE)


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer one request.

    Every form of ours is UTF-8. A charset that somebody names instead goes: Django would read even the address by it,
    before anything of ours runs, and some codecs turn no bytes into text.
    """
    environ["CONTENT_TYPE"] = _charset.sub("", environ.get("CONTENT_TYPE") or "")
    return _application(environ, start_response)
