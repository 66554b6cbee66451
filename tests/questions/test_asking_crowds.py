"""Many ask at once: one form is one question, and no count is lost or waits for ever."""

from uuid import uuid4

import pytest
from django.test import Client

from questions.models import Draft, Question, Topic
from questions.services import Asked, edit_question, post_question, save_draft
from tests.counting import drifted
from tests.crowd import all_at_once
from tests.factories import QuestionFactory, TopicFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

TITLE = "Why does my knee click on every stair?"


def test_one_form_sent_by_many_threads_is_one_question():
    asker, key, topic = UserFactory(), uuid4(), TopicFactory()

    def post() -> int:
        return post_question(asker=asker, key=key, asked=Asked(TITLE, "Since spring.", [topic])).pk

    posted = all_at_once([post] * 12)

    assert len(set(posted)) == 1
    assert Question.objects.get().pk == posted[0]
    assert Topic.objects.get().question_count == 1


def test_one_form_pressed_many_times_leads_to_one_page():
    asker, form = UserFactory(), {"key": str(uuid4()), "title": TITLE, "body": "Since spring.", "no_names": "on"}
    form["topics"] = TopicFactory().slug
    clients = [Client() for _ in range(8)]
    for client in clients:
        client.force_login(asker)

    responses = all_at_once([lambda client=client: client.post("/questions/ask/", form) for client in clients])

    assert {response["Location"] for response in responses} == {Question.objects.get().get_absolute_url()}


def test_questions_on_the_same_topics_in_any_order_never_wait_for_each_other():
    topics, asker = TopicFactory.create_batch(4), UserFactory()

    def post(turn: int) -> None:
        chosen = topics[turn % 4 :] + topics[: turn % 4]
        post_question(asker=asker, key=uuid4(), asked=Asked(f"{TITLE} {turn}", "Since spring.", chosen))

    outcomes = all_at_once([lambda turn=turn: post(turn) for turn in range(16)])

    assert outcomes == [None] * 16
    assert {topic.question_count for topic in Topic.objects.all()} == {16}
    assert drifted() == []


def test_two_windows_that_change_a_question_leave_a_whole_history():
    asker = UserFactory()
    question = QuestionFactory(asker=asker, title=TITLE, body="Since spring.", topics=[TopicFactory()])
    topics = list(question.topics.all())

    def change(turn: int) -> None:
        asked = Asked(TITLE, f"Version {turn}.", topics)
        edit_question(question.pk, editor=asker, asked=asked, is_redaction=False)

    assert all_at_once([lambda turn=turn: change(turn) for turn in range(8)]) == [None] * 8

    question.refresh_from_db()
    said = {"Since spring."} | {f"Version {turn}." for turn in range(8)}
    assert {edit.body for edit in question.edits.all()} == said - {question.body}


def test_two_questions_that_swap_their_topics_never_wait_for_each_other():
    asker, topics = UserFactory(), TopicFactory.create_batch(2)
    questions = [QuestionFactory(asker=asker, title=TITLE, body="x", topics=[topic]) for topic in topics]

    def swap(place: int, turn: int) -> None:
        asked = Asked(TITLE, "x", [topics[(place + turn) % 2]])
        edit_question(questions[place].pk, editor=asker, asked=asked, is_redaction=False)

    for turn in range(1, 9):
        calls = [lambda place=place, turn=turn: swap(place, turn) for place in (0, 1)]
        assert all_at_once(calls) == [None, None]
    assert drifted() == []


def test_one_draft_saved_from_many_windows_is_one_draft():
    user, key = UserFactory(), uuid4()

    outcomes = all_at_once([lambda: save_draft(key=key, user=user, content={"title": "Half"})] * 8)

    assert Draft.objects.count() == 1
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
