"""The rating of a doctor over time, as points of a drawing: nothing here knows a request or a row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

# Below this many reviews an average says more about chance than about the doctor.
FEWEST = 3
WIDTH, HEIGHT, MARGIN = 320, 96, 8


@dataclass(frozen=True, slots=True)
class Point:
    """The mean of all reviews until the end of a month, in stars and as a place in the drawing."""

    month: date
    mean: float
    count: int
    x: float = 0.0
    y: float = 0.0


def means_by_month(counted: Iterable[tuple[date, int, int]]) -> list[Point]:
    """Return the running mean at the end of each month that had a review.

    ``counted`` gives the first day of a month, how many reviews were written in it, and the sum of their stars, in the
    order of time. It starts where there are ``FEWEST`` reviews.
    """
    points, count, stars = [], 0, 0
    for month, reviews, sum_of_stars in counted:
        count, stars = count + reviews, stars + sum_of_stars
        if count >= FEWEST:
            points.append(Point(month, stars / count, count))
    return points


def drawn(points: Sequence[Point]) -> list[Point]:
    """Return the points with their places: time from left to right by its length, 1 to 5 stars from bottom to top."""
    if not points:
        return []
    first = _months(points[0].month)
    span = max(_months(points[-1].month) - first, 1)
    wide, high = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
    return [
        Point(
            each.month,
            each.mean,
            each.count,
            x=round(MARGIN + wide * (_months(each.month) - first) / span, 1),
            y=round(HEIGHT - MARGIN - high * (each.mean - 1) / 4, 1),
        )
        for each in points
    ]


def polyline(points: Sequence[Point]) -> str:
    """Return the line through the points, as SVG writes it."""
    return " ".join(f"{each.x},{each.y}" for each in points)


def _months(month: date) -> int:
    return month.year * 12 + month.month
