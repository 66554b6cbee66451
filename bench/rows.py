"""The tables that the benchmark prints."""

import statistics
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from bench.load import Comparison

HEADINGS = ("what", "ours", "reference", "ratio", "asked", "met")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: ours, what it is held against, what was asked, and whether that is met."""

    what: str
    ours: str
    reference: str = ""
    ratio: str = ""
    asked: str = ""
    met: str = ""


def ratio_row(what: str, reference: str, measured: Comparison, *, at_least: float = 0, aim: float = 0) -> Row:
    """Return the row of a comparison over HTTP."""
    ratios = measured.ratios
    return Row(
        what,
        f"{_median(measured.ours)} req/s",
        f"{_median(measured.reference)} req/s: {reference}",
        f"{measured.ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
        ", ".join([f"at least {at_least}"] * bool(at_least) + [f"aim {aim}"] * bool(aim)),
        verdict(measured.ratio, at_least, aim),
    )


def verdict(value: float, at_least: float, aim: float = 0) -> str:
    """Say whether what was asked is met; speed is told here and never asserted."""
    if not at_least:
        return ""
    if value < at_least:
        return "not met"
    return "met" if value >= aim else "met, the aim is not"


def _median(rates: Sequence[float]) -> str:
    return f"{statistics.median(rates):,.0f}"


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows as plain text in columns."""
    lines = [tuple(headings), *(tuple(row) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(headings))]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def figures(rows: Sequence[Row]) -> str:
    """Return the main table."""
    return table(HEADINGS, [astuple(row) for row in rows])
