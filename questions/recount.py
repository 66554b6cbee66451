"""Recomputes stored counters from their rows: triggers keep them, and this proves it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection, models, transaction

from doctors.models import STARS, Doctor, DoctorReview
from questions.models import Question, Topic, TopicDoctor

ROWS_AT_ONCE = 5000

Stored = int | datetime | None


class Difference(NamedTuple):
    """A counter that is not what its rows say."""

    table: str
    pk: int
    column: str
    stored: Stored
    counted: Stored

    def __str__(self) -> str:
        return f"{self.table} {self.pk} {self.column}: {_shown(self.stored)}, should be {_shown(self.counted)}"


def _shown(value: Stored) -> str:
    return value.isoformat() if isinstance(value, datetime) else "nothing" if value is None else str(value)


@dataclass(frozen=True)
class Counted:
    """Counters of one model, and the statement that counts their rows anew.

    The statement gives ``id`` and the columns for keys from ``%(first)s`` to ``%(last)s``; a key that it leaves out has
    no rows, so its counters are 0, and what is no number is nothing.
    """

    model: type[models.Model]
    columns: tuple[str, ...]
    statement: str

    def recount(self, *, mend: bool) -> Iterator[Difference]:
        """Yield each counter that differs, in the order of keys; ``mend`` sets it right."""
        first = 0
        while last := self._last_key(first):
            differences = self._differences(first, last)
            if differences and mend:
                differences = self._mend(first, last, {difference.pk for difference in differences})
            yield from differences
            first = last + 1

    def _last_key(self, first: int) -> int | None:
        keys = self.model._default_manager.filter(pk__gte=first).order_by("pk").values("pk")[:ROWS_AT_ONCE]
        return keys.aggregate(last=models.Max("pk"))["last"]

    @transaction.atomic
    def _mend(self, first: int, last: int, pks: set[int]) -> list[Difference]:
        """Lock rows, then compare again: whoever counts up meanwhile waits, and adds to what is right."""
        list(self.model._default_manager.filter(pk__in=pks).order_by("pk").select_for_update(no_key=True).values("pk"))
        differences = [difference for difference in self._differences(first, last) if difference.pk in pks]
        with connection.cursor() as cursor:
            for column in self.columns:
                wrong = [
                    (difference.pk, difference.counted) for difference in differences if difference.column == column
                ]
                if wrong:
                    keys, counted = zip(*wrong, strict=True)
                    cursor.execute(self._update(column), [list(keys), list(counted)])
        return differences

    def _update(self, column: str) -> str:
        db_type = self.model._meta.get_field(column).db_type(connection)  # type: ignore[union-attr]
        return (
            f"UPDATE {self.model._meta.db_table} AS old SET {column} = new.counted"
            f" FROM unnest(%s::bigint[], %s::{db_type}[]) AS new (id, counted) WHERE old.id = new.id"
        )

    def _differences(self, first: int, last: int) -> list[Difference]:
        """Compare in one statement, so that rows and counters are of the same moment."""
        fields = [self.model._meta.get_field(column) for column in self.columns]
        counted = [f"counted.{f.name}" if f.null else f"coalesce(counted.{f.name}, 0)" for f in fields]  # type: ignore[union-attr]
        stored = [f"stored.{column}" for column in self.columns]
        sql = (
            f"SELECT stored.id, {', '.join(stored)}, {', '.join(counted)} FROM {self.model._meta.db_table} stored"
            f" LEFT JOIN ({self.statement}) counted ON counted.id = stored.id"
            f" WHERE stored.id BETWEEN %(first)s AND %(last)s"
            f" AND ({', '.join(stored)}) IS DISTINCT FROM ({', '.join(counted)}) ORDER BY stored.id"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, {"first": first, "last": last})
            rows = cursor.fetchall()
        half = len(self.columns) + 1
        label = self.model._meta.label_lower
        return [
            Difference(label, row[0], column, was, should)
            for row in rows
            for column, was, should in zip(self.columns, row[1:half], row[half:], strict=True)
            if was != should
        ]


_stars = ", ".join(f"count(*) FILTER (WHERE rating = {stars}) AS {column}" for stars, column in STARS.items())

COUNTED = (
    Counted(
        Doctor,
        ("answer_count",),
        """
        SELECT a.doctor_id AS id, count(*) AS answer_count
        FROM questions_answer a JOIN questions_question q ON q.id = a.question_id AND q.state = 'published'
        JOIN doctors_doctor d ON d.id = a.doctor_id AND d.valid_until > '0001-01-01'
        WHERE a.doctor_id BETWEEN %(first)s AND %(last)s AND a.state = 'published' GROUP BY a.doctor_id
        """,
    ),
    Counted(
        Doctor,
        tuple(STARS.values()),
        f"""
        SELECT doctor_id AS id, {_stars} FROM doctors_doctorreview
        WHERE doctor_id BETWEEN %(first)s AND %(last)s AND state = 'published' GROUP BY doctor_id
        """,
    ),
    Counted(
        DoctorReview,
        ("helpful_count",),
        """
        SELECT review_id AS id, count(*) AS helpful_count FROM doctors_helpfulmark
        WHERE review_id BETWEEN %(first)s AND %(last)s GROUP BY review_id
        """,
    ),
    Counted(
        Question,
        ("answer_count", "last_answer_at"),
        """
        SELECT question_id AS id, count(*) AS answer_count, max(answered_at) AS last_answer_at
        FROM questions_answer a JOIN doctors_doctor d ON d.id = a.doctor_id AND d.valid_until > '0001-01-01'
        WHERE question_id BETWEEN %(first)s AND %(last)s AND state = 'published' GROUP BY question_id
        """,
    ),
    Counted(
        Topic,
        ("question_count",),
        """
        SELECT topic_id AS id, count(*) AS question_count
        FROM questions_questiontopic JOIN questions_question q ON q.id = question_id
        WHERE topic_id BETWEEN %(first)s AND %(last)s AND q.state = 'published' GROUP BY topic_id
        """,
    ),
    Counted(
        TopicDoctor,
        ("answer_count",),
        """
        SELECT td.id, count(*) AS answer_count FROM questions_topicdoctor td
        JOIN questions_questiontopic qt ON qt.topic_id = td.topic_id
        JOIN questions_question q ON q.id = qt.question_id AND q.state = 'published'
        JOIN questions_answer a ON a.question_id = q.id AND a.doctor_id = td.doctor_id AND a.state = 'published'
        WHERE td.id BETWEEN %(first)s AND %(last)s GROUP BY td.id
        """,
    ),
)


_MISSING = """
    SELECT qt.topic_id, a.doctor_id, count(*) FROM questions_questiontopic qt
    JOIN questions_question q ON q.id = qt.question_id AND q.state = 'published'
    JOIN questions_answer a ON a.question_id = q.id AND a.state = 'published'
    WHERE NOT EXISTS (
        SELECT FROM questions_topicdoctor td WHERE td.topic_id = qt.topic_id AND td.doctor_id = a.doctor_id
    )
    GROUP BY qt.topic_id, a.doctor_id ORDER BY qt.topic_id, a.doctor_id
"""


def _missing_pairs(*, mend: bool) -> Iterator[Difference]:
    """Yield each topic in which a doctor answers without a row for it; ``mend`` adds the row, to be counted next."""
    with connection.cursor() as cursor:
        cursor.execute(_MISSING)
        missing = cursor.fetchall()
    for topic, doctor, count in missing:
        yield Difference("questions.topic", topic, f"answers of doctor {doctor}", None, count)
    if mend:
        rows = [TopicDoctor(topic_id=topic, doctor_id=doctor, answer_count=0) for topic, doctor, _ in missing]
        TopicDoctor.objects.bulk_create(rows, ignore_conflicts=True)


def recount_questions(*, mend: bool = False) -> Iterator[Difference]:
    """Yield each counter of doctors, questions and topics that is not what its rows say."""
    yield from _missing_pairs(mend=mend)
    for counted in COUNTED:
        yield from counted.recount(mend=mend)
