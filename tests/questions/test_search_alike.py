"""Questions alike: while one asks, and beside a question; both by the engine of the search."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from questions.models import Question
from questions.search.vocabulary import count_all_words
from questions.services import hide_question
from questions.services.related import RELATED, relate, relate_new
from questions.similar import find_similar
from questions.tasks import relate as task
from tests.factories import QuestionFactory, TopicFactory

pytestmark = pytest.mark.django_db


def test_other_words_for_the_same_are_similar():
    question = QuestionFactory(title="How long does a myocardial infarction hurt?")
    QuestionFactory(title="How long does a broken rib hurt?")

    assert find_similar("Does a heart attack hurt for long?")[0] == question


def test_a_misspelt_title_is_similar():
    question = QuestionFactory(title="Will my retainer break if I grind my teeth?")
    count_all_words()

    assert find_similar("can grinding teath break a retaner") == [question]


def test_similar_costs_the_same_for_one_and_for_many():
    costs = []
    for more in (1, 30):
        QuestionFactory.create_batch(more, title="Does a scar itch after laser treatment?")
        with CaptureQueriesContext(connection) as captured:
            find_similar("Why does my scar itch after laser?")
        costs.append(len(captured))

    assert costs[0] == costs[1] <= 12


def test_beside_a_question_stands_what_shares_its_topics_or_asks_the_same():
    topic = TopicFactory()
    question = QuestionFactory(title="Does a scar itch after laser treatment?", topics=[topic])
    by_topic = QuestionFactory(title="May I swim?", topics=[topic])
    by_words = QuestionFactory(title="Will a scar itch after a laser?")
    QuestionFactory(title="Is chocolate bad for teeth?")

    task(question_id=question.pk)

    question.refresh_from_db()
    assert set(question.related_ids) == {by_topic.pk, by_words.pk}


def test_related_is_bounded_and_never_names_the_question_itself():
    questions = QuestionFactory.create_batch(10, title="Does a scar itch?", topics=[TopicFactory()])

    relate(questions[0].pk)

    questions[0].refresh_from_db()
    assert len(questions[0].related_ids) == RELATED
    assert questions[0].pk not in questions[0].related_ids


def test_what_is_hidden_later_is_related_to_nothing_that_is_read():
    question, other = QuestionFactory.create_batch(2, title="Does a scar itch?")
    relate(question.pk)
    hide_question(other.pk, rule=1, reason="Why.", moderator=None)

    question.refresh_from_db()
    assert question.related_ids == [other.pk]
    assert not Question.objects.visible().filter(pk__in=question.related_ids).exists()


def test_what_an_import_brought_is_related_by_and_by():
    questions = QuestionFactory.create_batch(3, title="Does a scar itch?")

    assert (relate_new(at_once=2), relate_new(at_once=2), relate_new()) == (2, 1, 0)
    assert all(len(question.related_ids) == 2 for question in Question.objects.filter(pk__in=[q.pk for q in questions]))


def test_relating_what_is_gone_or_again_changes_nothing():
    question = QuestionFactory(title="Does a scar itch?")
    relate(question.pk)
    relate(question.pk)
    relate(10**12)

    assert not ProcrastinateJob.objects.filter(task_name="questions.relate").exists()
