"""Statements that are planned once."""

import pytest
from django.db import connection

from qa_forum.prepared import Prepared, run_prepared
from questions.models import Answer
from tests.factories import AnswerFactory


@pytest.mark.django_db(transaction=True)
def test_a_plan_outlives_a_change_of_its_table():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE planned (a int); INSERT INTO planned VALUES (1)")
    try:
        assert run_prepared("SELECT * FROM planned", {}) == [(1,)]
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE planned ADD b int DEFAULT 2")

        assert run_prepared("SELECT * FROM planned", {}) == [(1, 2)]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE planned")


@pytest.mark.django_db
def test_a_prepared_queryset_gives_what_the_queryset_gives():
    answers = [AnswerFactory() for _ in range(3)]

    def make(answer: int):
        return Answer.objects.filter(pk__gte=answer).with_doctor().with_viewer_vote(None).order_by("pk")

    prepared = Prepared(make, answer=-1)

    found = prepared.fetch(answer=answers[1].pk)
    assert found == list(make(answers[1].pk))
    assert [(a.doctor.specialty.name, a.row_stamps, a.has_valid_check, a.viewer_vote) for a in found] == [
        (a.doctor.specialty.name, a.row_stamps, a.has_valid_check, a.viewer_vote) for a in make(answers[1].pk)
    ]
