"""Addresses of rows. Plumbing of the project: knows no room."""

from functools import lru_cache

from django.urls import reverse


@lru_cache(maxsize=10_000)
def address_of(name: str, *args: str | int) -> str:
    """Return the address of a row's page: as `reverse`, which a question page would ask fifteen times, remembered."""
    return reverse(name, args=args)
