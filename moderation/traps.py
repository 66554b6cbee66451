"""What tells a program from a person who fills in a form: a field that people do not see, and the time that it takes.

Both only let a text wait for a moderator, and only that of a new account: who fills in by a tool of their own loses
nothing. ``{% trap %}`` writes the two fields; forms that are sent on from page to page carry them.
"""

import time
from collections.abc import Mapping

from django import template
from django.core import signing
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

FIELD, OPENED = "homepage", "opened"
# Nobody reads and fills in a form more quickly, in seconds.
QUICKEST = 3
_SALT = "moderation.traps"


@register.simple_tag(takes_context=True)
def trap(context: template.Context) -> SafeString:
    """Write the field that nobody sees and the moment at which the form was first opened, signed."""
    sent = context["request"].POST
    return format_html(
        '<div class="vh" aria-hidden="true"><label for="id_{0}">Leave this empty</label>'
        '<input id="id_{0}" name="{0}" value="{2}" tabindex="-1" autocomplete="off"></div>'
        '<input type="hidden" name="{1}" value="{3}">',
        *(FIELD, OPENED, sent.get(FIELD, ""), sent.get(OPENED) or signing.dumps(int(time.time()), salt=_SALT)),
    )


def is_automatic(data: Mapping[str, str], *, now: float | None = None) -> bool:
    """Tell whether a form was sent as programs send forms; one without the fields tells nothing."""
    if data.get(FIELD):
        return True
    if not (opened := data.get(OPENED)):
        return False
    try:
        return (time.time() if now is None else now) - signing.loads(opened, salt=_SALT) < QUICKEST
    except signing.BadSignature:
        return True
