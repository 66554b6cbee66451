"""Template filters: how numbers, dates and ratings are written. Plumbing of the project: knows no room."""

from datetime import date, datetime
from functools import cache
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.template.base import Node, Parser, TextNode, Token
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

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
    # Digits and names of months: nothing to escape.
    return mark_safe(f'<time datetime="{moment.isoformat()}">{in_words(moment)}</time>')  # noqa: S308


@register.filter
def one_decimal(number: float) -> str:
    """Write a mean with one decimal, none where it is a whole number of full stars."""
    return f"{number:.1f}".removesuffix(".0")


@register.filter
def percent_of(part: int, whole: int) -> int:
    """Return how many hundredths of ``whole`` a part is."""
    return round(100 * part / whole) if whole else 0


@cache
def _sprite() -> str:
    return static("icons.svg")


@register.tag
def icon(parser: Parser, token: Token) -> Node:
    """Draw a line icon of the sprite: ``{% icon "up" %}``. Written into the template when it is compiled."""
    _, name = token.split_contents()
    href = f"{_sprite()}#{name.strip(chr(34))}"
    return TextNode(f'<svg class="icon" aria-hidden="true"><use href="{href}"/></svg>')


@register.tag
def address(parser: Parser, token: Token) -> Node:
    """Write the address of a page without arguments, ``{% address "home" %}``, as the template is compiled."""
    _, name = token.split_contents()
    return TextNode(reverse(name.strip(chr(34))))


@register.simple_tag
def canonical(place: str, **parameters: str) -> SafeString:
    """Link a page's one true address, a path or the name of a route, and the same page on sites in other languages."""
    path = place if place.startswith("/") else reverse(place)
    path += f"?{urlencode(parameters)}" if parameters else ""
    links = [format_html('<link rel="canonical" href="{}">', settings.SITE_URL + path)]
    if settings.ALTERNATE_SITES:
        sites = {settings.LANGUAGE_CODE: settings.SITE_URL, **settings.ALTERNATE_SITES}
        for language, site in sites.items():
            links.append(format_html('<link rel="alternate" hreflang="{}" href="{}">', language, site + path))
    return mark_safe("".join(links))  # noqa: S308 (made of escaped parts)


@register.simple_tag
def stars(rating: float) -> SafeString:
    """Draw a rating of 0 to 5 as stars, filled to scale: 20 units a star."""
    href = f"{_sprite()}#stars"
    return mark_safe(  # noqa: S308 (a number and our own address)
        f'<svg class="stars" viewBox="0 0 100 20" aria-hidden="true"><use href="{href}"/>'
        f'<svg width="{rating * 20:.0f}" height="20"><use href="{href}"/></svg></svg>'
    )


@register.simple_tag
def tally(part: int, whole: int) -> SafeString:
    """Draw how many of how many: as dots, 14 units each, or as a bar where they are too many to count by eye."""
    if whole > MOST_DOTS:
        return mark_safe(  # noqa: S308 (a number)
            f'<svg class="bar" aria-hidden="true"><rect width="{percent_of(part, whole)}%" height="100%"/></svg>'
        )
    href = f"{_sprite()}#dots"
    return mark_safe(  # noqa: S308 (numbers and our own address)
        f'<svg class="dots" viewBox="0 0 {14 * whole} 14" aria-hidden="true"><use href="{href}"/>'
        f'<svg width="{14 * part}" height="14"><use href="{href}"/></svg></svg>'
    )
