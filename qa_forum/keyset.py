"""Pages of a list by keyset: each page starts after the last row of the one before, never at an offset.

Plumbing of the project: knows no room.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar, cast

from django.core.exceptions import BadRequest
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import Combinable

Row = TypeVar("Row", bound=models.Model)
CURSOR_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class Order:
    """What a list is ordered by: an expression without nulls, its type, and the key as the last word."""

    name: str
    words: str
    expression: Combinable
    kind: type[int] | type[float] | type[str] | type[datetime]
    descending: bool = True


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, and the cursors to its neighbours (empty: there is none)."""

    rows: list[Row]
    after: str
    before: str


def encode(value: object, key: int) -> str:
    """Return the cursor of a row: its value in the order, and its key."""
    plain = value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([plain, key]).encode()).decode().rstrip("=")


def decode(cursor: str, kind: type) -> tuple[Any, int]:
    """Return the value and key of a cursor, or say 400: it was made by nobody here."""
    try:
        if len(cursor) > CURSOR_LENGTH:
            raise ValueError
        value, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if type(key) is not int or not 0 <= key < 2**63:
            raise ValueError
        return _READERS[kind](value), key
    except (ValueError, TypeError, binascii.Error, RecursionError, OverflowError):
        raise BadRequest("This page of the list does not exist.") from None


def _read_int(value: Any) -> int:
    if type(value) is not int or not -(2**63) <= value < 2**63:
        raise ValueError
    return value


def _read_float(value: Any) -> float:
    if type(value) not in (int, float) or not abs(value) < 1e300:
        raise ValueError
    return float(value)


def _read_str(value: Any) -> str:
    if type(value) is not str or "\0" in value:
        raise ValueError
    value.encode()  # A lone surrogate is no text.
    return value


def _read_datetime(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


_READERS = {int: _read_int, float: _read_float, str: _read_str, datetime: _read_datetime}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page starts: after or before a row, or at the beginning."""

    value: Any = None
    key: int | None = None
    backwards: bool = False

    @classmethod
    def read(cls, query: Mapping[str, str], order: Order) -> "Place":
        """Return what ``?after=`` or ``?before=`` says, or say 400."""
        if cursor := query.get("before"):
            return cls(*decode(cursor, order.kind), backwards=True)
        if cursor := query.get("after"):
            return cls(*decode(cursor, order.kind))
        return cls()


def turn(rows: models.QuerySet[Row, Row], order: Order, place: Place, *, size: int) -> models.QuerySet[Row, Row]:
    """Return one row more than a page holds, ordered away from the place where the page starts."""
    rows = cast("models.QuerySet[Row, Row]", rows.annotate(order_value=order.expression))
    falling = order.descending != place.backwards
    if place.key is not None:
        beyond = "lt" if falling else "gt"
        # The first condition alone fits the index; the second one settles rows of the same value.
        rows = rows.filter(
            Q(**{f"order_value__{beyond}e": place.value}),
            Q(**{f"order_value__{beyond}": place.value}) | Q(**{f"pk__{beyond}": place.key}),
        )
    # The expression itself, not its alias: the partial indexes are made over it.
    value_order = F("order_value").desc() if falling else F("order_value").asc()
    return rows.order_by(value_order, "-pk" if falling else "pk")[: size + 1]


def page_of(fetched: list[Row], place: Place, *, size: int) -> Page[Row]:
    """Return the page that ``turn`` fetched, with the cursors to both sides."""
    more = len(fetched) > size
    rows = fetched[:size]
    if place.backwards:
        rows.reverse()
    moved = place.key is not None
    has_next, has_previous = (moved, more) if place.backwards else (more, moved)
    return Page(
        rows=rows,
        after=encode(rows[-1].order_value, rows[-1].pk) if rows and has_next else "",  # type: ignore[attr-defined]
        before=encode(rows[0].order_value, rows[0].pk) if rows and has_previous else "",  # type: ignore[attr-defined]
    )
