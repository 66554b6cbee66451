"""What a line of the log says of an error: where and of which class, never what somebody wrote."""

import logging
import sys

import pytest
from django.db import IntegrityError, transaction

from qa_forum.logs import WordlessFormatter
from tests.factories import DraftFactory, FollowFactory

SECRET = "Wilhelmina has a botched nose"


def written(error: BaseException) -> str:
    record = logging.LogRecord(
        "x", logging.ERROR, __file__, 1, "A fault.", (), (type(error), error, error.__traceback__)
    )
    return WordlessFormatter("%(message)s").format(record)


@pytest.mark.django_db
def test_the_row_that_a_database_refuses_is_not_told():
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        DraftFactory(content={"body": SECRET * 10_000})
    assert SECRET in str(caught.value)

    line = written(caught.value)

    assert SECRET not in line
    assert "draft_is_bounded" in line
    assert "IntegrityError" in line


@pytest.mark.django_db
def test_the_name_of_a_broken_rule_helps():
    follow = FollowFactory()
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        FollowFactory(user=follow.user, question=follow.question)

    assert "one_follow_per_question" in written(caught.value)


def test_causes_and_places_are_told():
    try:
        try:
            raise ValueError(SECRET)
        except ValueError as error:
            raise RuntimeError(SECRET) from error
    except RuntimeError:
        line = written(sys.exc_info()[1])  # type: ignore[arg-type]

    assert SECRET not in line
    assert line.index("builtins.ValueError") < line.index("This led to:") < line.index("builtins.RuntimeError")
    assert "test_causes_and_places_are_told" in line
