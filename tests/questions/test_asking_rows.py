"""What is always true of the rows around asking, whoever writes them."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from questions.models import (
    Draft,
    Follow,
    Notice,
    PromptReply,
    Question,
    QuestionEdit,
    TopicPrompt,
    TopicProposal,
    question_slug,
)
from questions.models.content import RESERVED_SLUGS
from tests.factories import (
    AnswerFactory,
    DraftFactory,
    FollowFactory,
    QuestionFactory,
    TopicFactory,
    TopicPromptFactory,
    UserFactory,
)
from tests.routes import addresses

pytestmark = pytest.mark.django_db


def refused(constraint: str, write: Callable[[], object]) -> None:
    """Expect that the database refuses a write by this constraint."""
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write()


def test_what_is_urgent_says_why():
    question = QuestionFactory()

    refused("question_urgent_for_a_reason", lambda: Question.objects.filter(pk=question.pk).update(is_urgent=True))
    Question.objects.filter(pk=question.pk).update(is_urgent=True, emergencies=["chest_pain"])


def test_a_form_key_is_of_one_question():
    question = QuestionFactory(form_key="0b9f7f0e-6f0e-4f8e-9a3c-1d2e3f405060")

    refused("form_key", lambda: QuestionFactory(form_key=question.form_key))


def test_a_topic_has_a_prompt_once():
    prompt = TopicPromptFactory(short_label="Skin")

    refused("one_prompt_per_topic_and_label", lambda: TopicPromptFactory(topic=prompt.topic, short_label="Skin"))
    TopicPromptFactory(short_label="Skin")


@pytest.mark.parametrize("choices", [5, "words", {"a": 1}, None])
def test_the_choices_of_a_prompt_are_a_list(choices: object):
    refused("prompt_choices_are_a_list|null value", lambda: TopicPromptFactory(choices=choices))


def test_a_reply_to_a_prompt_stands_once_and_says_something():
    question, prompt = QuestionFactory(), TopicPromptFactory()

    refused("prompt_reply_has_a_text", lambda: PromptReply.objects.create(question=question, prompt=prompt, text=""))
    PromptReply.objects.create(question=question, prompt=prompt, text="Dry")
    refused(
        "one_reply_per_question_and_prompt",
        lambda: PromptReply.objects.create(question=question, prompt=prompt, text="Oily"),
    )
    with pytest.raises(ProtectedError):
        TopicPrompt.objects.get(pk=prompt.pk).delete()


def test_a_proposal_stands_once_whatever_its_case():
    question = QuestionFactory()
    TopicProposal.objects.create(question=question, name="Cold sores")

    refused(
        "one_proposal_per_question_and_name",
        lambda: TopicProposal.objects.create(question=question, name="COLD SORES"),
    )
    refused("topic_proposal_has_a_name", lambda: TopicProposal.objects.create(question=question, name=""))


def test_a_redaction_keeps_no_text():
    question = QuestionFactory()

    refused(
        "redaction_keeps_no_text",
        lambda: QuestionEdit.objects.create(question=question, is_redaction=True, title="My name is", body="x"),
    )
    refused("edit_text_is_whole_or_gone", lambda: QuestionEdit.objects.create(question=question, title="Only a title"))
    QuestionEdit.objects.create(question=question, is_redaction=True)


def test_a_draft_is_bounded():
    DraftFactory(content={"body": "x" * 90_000})

    refused("draft_is_bounded", lambda: DraftFactory(content={"body": "x" * 100_001}))


def test_a_draft_never_shows_its_words():
    assert "Botched" not in str(Draft(content={"title": "Botched nose"}))


def test_one_follows_a_question_or_a_topic_once():
    follow, topic = FollowFactory(), TopicFactory()

    refused("one_follow_per_question", lambda: FollowFactory(user=follow.user, question=follow.question))
    refused("follow_is_of_question_or_topic", lambda: FollowFactory(question=None))
    refused("follow_is_of_question_or_topic", lambda: FollowFactory(topic=topic))
    refused("follow_how_often_is_known", lambda: FollowFactory(how_often="hourly"))
    FollowFactory(user=follow.user, question=None, topic=topic)
    refused("one_follow_per_topic", lambda: FollowFactory(user=follow.user, question=None, topic=topic))


def test_one_is_told_of_a_thing_once():
    answer, user = AnswerFactory(), UserFactory()
    about = {"user": user, "question": answer.question, "how_often": "daily"}
    Notice.objects.create(**about, answer=answer)
    Notice.objects.create(**about)

    refused("one_notice_per_answer", lambda: Notice.objects.create(**about, answer=answer))
    refused("one_notice_per_question", lambda: Notice.objects.create(**about))
    refused("notice_how_often_is_known", lambda: Notice.objects.create(**{**about, "how_often": "never"}))


def test_what_hangs_on_an_account_goes_with_it():
    user = UserFactory()
    FollowFactory(user=user)
    DraftFactory(user=user)
    question = QuestionFactory(asker=user)

    user.delete()

    assert (Follow.objects.count(), Draft.objects.count()) == (0, 0)
    assert Question.objects.get(pk=question.pk).asker is None


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Edit", "edit-question"),
        ("History!", "history-question"),
        ("answers", "answers-question"),
        ("Follow up", "follow-up"),
        ("???", "question"),
        ("x" * 200, "x" * 80),
    ],
)
def test_a_slug_is_never_the_name_of_another_page(title: str, slug: str):
    assert question_slug(title) == slug


def test_every_page_of_a_question_is_reserved():
    """A route below a question that is not reserved would hide the question of that title."""
    routes = [route for route in addresses() if route.startswith("questions/<key:question_id>/")]
    words = {route.split("/")[2] for route in routes} - {""}

    # No slug has a dot.
    assert {word for word in words if not word.startswith("<") and "." not in word} <= RESERVED_SLUGS
