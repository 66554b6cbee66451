"""Statements that are put together and planned once, for the few paths that every reader takes.

Django's ORM makes the SQL of a QuerySet anew at each use, which costs more than running it, and its cursors bind on the
client, so that the server plans it anew as well (measured in ``docs/scaling.md``). Plumbing of the project: knows no
room.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Generic, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.query import get_related_populators  # type: ignore[attr-defined]
from psycopg import sql

Row = TypeVar("Row", bound=models.Model)


def run_prepared(statement: str, values: Mapping[str, Any]) -> list[tuple]:
    """Return the rows of a statement that the server plans once for each connection."""
    connection.ensure_connection()
    start = time.monotonic()
    with connection.wrap_database_errors:
        try:
            rows = _run(statement, values)
        except psycopg.errors.FeatureNotSupported:
            # A migration changed the columns under a plan that this connection still holds.
            if connection.in_atomic_block:
                raise
            connection.connection.execute("DEALLOCATE ALL")
            rows = _run(statement, values)
    if connection.queries_logged:  # Counted like every other query where somebody counts.
        connection.queries_log.append({"sql": statement, "time": f"{time.monotonic() - start:.3f}"})
    return rows


def _run(statement: str, values: Mapping[str, Any]) -> list[tuple]:
    with psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(statement, values, prepare=True).fetchall()


class Prepared(Generic[Row]):
    """A QuerySet whose SQL is made once, from sample values, and then run with others.

    The named methods of the QuerySet stay the one place that decides what is read. ``samples`` are values that stand
    nowhere else in the query: each place that holds one becomes a parameter.
    """

    def __init__(self, make: Callable[..., models.QuerySet[Row, Any]], **samples: Any) -> None:
        self.make, self.samples = make, samples

    @cached_property
    def _compiled(self) -> tuple[str, Any]:
        compiler = self.make(**self.samples).query.get_compiler(DEFAULT_DB_ALIAS)
        statement, values = compiler.as_sql()
        return self._with_parameters(statement, values), compiler

    @cached_property
    def _plan(self) -> tuple[Any, ...]:
        """What turns rows into instances; the same for each run."""
        compiler = self._compiled[1]
        select, info = compiler.select, compiler.klass_info
        own = info["select_fields"]
        start, end = own[0], own[-1] + 1
        names = [column[0].target.attname for column in select[start:end]]
        related = get_related_populators(info, select, DEFAULT_DB_ALIAS)
        converters = compiler.get_converters([column[0] for column in select])
        return info["model"], names, start, end, related, list(compiler.annotation_col_map.items()), converters

    def _with_parameters(self, statement: str, values: tuple) -> str:
        pieces = statement.split("%s")
        for value, place in zip(values, range(1, len(pieces)), strict=True):
            name = next((name for name, sample in self.samples.items() if sample == value), None)
            pieces[place] = (f"%({name})s" if name else sql.Literal(value).as_string()) + pieces[place]
        return "".join(pieces)

    @property
    def statement(self) -> str:
        """The SQL with its named parameters."""
        return self._compiled[0]

    def rows(self, **values: Any) -> list[tuple]:
        """Return the plain rows, as the database sends them."""
        return run_prepared(self.statement, values)

    def fetch(self, **values: Any) -> list[Row]:
        """Return the rows as model instances, with what ``select_related`` and ``annotate`` added."""
        statement, compiler = self._compiled
        return list(self._instances(compiler, run_prepared(statement, values)))

    def _instances(self, compiler: Any, rows: list[tuple]) -> Iterator[Row]:
        """Make instances of rows as Django's own ``ModelIterable`` does."""
        model, names, start, end, related, annotations, converters = self._plan
        for row in compiler.apply_converters(rows, converters) if converters else rows:
            instance = model.from_db(DEFAULT_DB_ALIAS, names, row[start:end])
            for populator in related:
                populator.populate(row, instance)
            for name, place in annotations:
                setattr(instance, name, row[place])
            yield instance
