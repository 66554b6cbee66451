"""Template filters: how numbers, dates and ratings are written. Plumbing of the project: knows no room."""

from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
MOST_DOTS = 8


@register.filter
def signed(number: int) -> str:
    """Write a score with its sign: ``+4``, ``+0``, and a true minus sign for ``−1``."""
    return f"+{number}" if number >= 0 else f"\u2212{-number}"


def in_words(moment: date) -> str:
    """Write a day in full: ``8 November 2026``."""
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


@register.filter
def day(moment: date | datetime | None) -> SafeString | str:
    """Write a moment as ``<time>`` with its day in full, or nothing where it is unknown."""
    if moment is None:
        return ""
    if isinstance(moment, datetime):
        moment = timezone.localtime(moment).date()
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), in_words(moment))


@register.filter
def one_decimal(number: float) -> str:
    """Write a mean with one decimal, none where it is a whole number of full stars."""
    return f"{number:.1f}".removesuffix(".0")


@register.filter
def stars_width(rating: float) -> str:
    """Return the width of the filled stars: 20 units a star."""
    return f"{rating * 20:.0f}"


@register.filter
def percent_of(part: int, whole: int) -> int:
    """Return how many hundredths of ``whole`` a part is."""
    return round(100 * part / whole) if whole else 0


@register.filter
def dots_width(count: int) -> int:
    """Return the width of a row of dots: 14 units each."""
    return 14 * min(count, MOST_DOTS)


@register.filter
def fits_dots(count: int) -> bool:
    """Tell whether a tally is small enough for dots; above that it is a bar."""
    return count <= MOST_DOTS
