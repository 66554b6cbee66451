"""Path converters. Plumbing of the project: knows no room."""

from datetime import date

from django.urls import register_converter
from django.urls.converters import IntConverter


class KeyConverter(IntConverter):
    """A primary key: a number that fits the column, written in one way only."""

    regex = "[1-9][0-9]{0,17}"


class MonthConverter:
    """A month as 2026-11; its value is the first day."""

    regex = "20[0-9]{2}-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> date:
        """Return the first day."""
        return date.fromisoformat(f"{value}-01")

    def to_url(self, value: date) -> str:
        """Return the month of a day."""
        return f"{value:%Y-%m}"


register_converter(KeyConverter, "key")
register_converter(MonthConverter, "month")
