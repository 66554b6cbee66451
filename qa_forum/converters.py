"""Path converters. Plumbing of the project: knows no room."""

from django.urls import register_converter
from django.urls.converters import IntConverter


class KeyConverter(IntConverter):
    """A primary key: a number that fits the column, written in one way only."""

    regex = "[1-9][0-9]{0,17}"


register_converter(KeyConverter, "key")
