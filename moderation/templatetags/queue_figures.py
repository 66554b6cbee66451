"""How the queue stands, for the first page of the admin, which is Django's own view."""

from datetime import timedelta
from typing import Any

from django import template

from moderation.figures import GAP, HEIGHT, WIDTH, Figures, figures_now
from moderation.waiting import Line, waiting_for

register = template.Library()


@register.simple_tag
def queue_figures() -> Figures:
    """Return how the queue stands now."""
    return figures_now()


@register.simple_tag(takes_context=True)
def waiting_elsewhere(context: Any) -> list[Line]:
    """Return what else waits for whoever looks."""
    return waiting_for(context["request"].user)


@register.simple_tag
def drawing() -> dict[str, float]:
    """Return the measures of the drawing of days."""
    return {"width": WIDTH, "height": HEIGHT, "bar": WIDTH / 30 - GAP}


@register.filter
def in_words(age: timedelta | None) -> str:
    """Say how long something has waited, in its largest unit: 40 minutes, 5 hours, 3 days."""
    if age is None:
        return "-"
    minutes = max(int(age.total_seconds() // 60), 0)
    days, hours = minutes // (24 * 60), minutes // 60
    count, unit = (days, "day") if days else (hours, "hour") if hours else (minutes, "minute")
    return f"{count} {unit}{'' if count == 1 else 's'}"
