"""Following: who is told of what, by which mail, and only once."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import Mail
from doctors.models import Verification
from questions.models import Follow, HowOften, Notice, Question
from questions.services import announce_answer, follow, hide_answer, post_question, restore_answer, tell_digests
from questions.services.asking import Asked
from questions.services.following import follow_nothing, sweep, tell_of_answer, tell_of_question
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    DraftFactory,
    FollowFactory,
    QuestionFactory,
    TopicFactory,
    UserFactory,
)
from tests.mailing import work
from tests.reading import Page

pytestmark = pytest.mark.django_db

TITLE = "Why does my botched nose whistle at night?"


def mails() -> list[str]:
    """Return whom mails wait for, in the order in which they were written."""
    return list(Mail.objects.order_by("pk").values_list("to", flat=True))


def answered(**fields: Any) -> Any:
    """Return an answer to a question that its asker follows at once."""
    question = QuestionFactory(title=TITLE, slug="why-does-my-botched-nose-whistle")
    FollowFactory(user=question.asker, question=question)
    return AnswerFactory(question=question, headline="Botched noses whistle", **fields)


def test_the_asker_is_told_of_an_answer_once():
    answer = answered()

    for _ in range(3):
        tell_of_answer(answer.pk)

    assert mails() == [answer.question.asker.email]
    assert Notice.objects.get().told_at


def test_no_mail_says_what_it_is_about():
    answer = answered()
    tell_of_answer(answer.pk)
    QuestionFactory(asker=answer.question.asker)

    mail = Mail.objects.get()
    written = f"{mail.subject} {mail.text} {mail.html}".lower()
    for word in ("botched", "nose", "whistle", answer.doctor.name.lower()):
        assert word not in written
    assert f"/answers/{answer.pk}/" in mail.text
    assert f"/answers/{answer.pk}/" in mail.html


def test_the_doctor_is_not_told_of_their_own_answer():
    doctor = DoctorFactory(user=UserFactory())
    answer = answered(doctor=doctor)
    FollowFactory(user=doctor.user, question=answer.question)

    tell_of_answer(answer.pk)

    assert mails() == [answer.question.asker.email]


def test_each_is_told_as_soon_as_they_chose():
    answer = answered()
    daily, weekly, never = UserFactory.create_batch(3)
    for user, how_often in ((daily, "daily"), (weekly, "weekly"), (never, "never")):
        FollowFactory(user=user, question=answer.question, how_often=how_often)

    tell_of_answer(answer.pk)
    assert mails() == [answer.question.asker.email]

    tell_digests(HowOften.DAILY)
    tell_digests(HowOften.DAILY)
    assert mails() == [answer.question.asker.email, daily.email]

    tell_digests(HowOften.WEEKLY)
    assert mails() == [answer.question.asker.email, daily.email, weekly.email]


def test_a_digest_is_one_mail_of_all_that_happened():
    user, topic = UserFactory(), TopicFactory()
    FollowFactory(user=user, question=None, topic=topic, how_often="daily")
    questions = [QuestionFactory(topics=[topic]) for _ in range(3)]
    for question in questions:
        tell_of_question(question.pk)
    answer = AnswerFactory(question=questions[0])
    FollowFactory(user=user, question=questions[0], how_often="daily")
    tell_of_answer(answer.pk)

    tell_digests(HowOften.DAILY)

    mail = Mail.objects.get()
    assert len(re.findall(r"/questions/\d+/", mail.text)) == 3
    assert len(re.findall(r"/answers/\d+/", mail.text)) == 1


def test_two_topics_that_bring_one_question_are_told_once_and_soon():
    user, slow, soon = UserFactory(), TopicFactory(), TopicFactory()
    FollowFactory(user=user, question=None, topic=slow, how_often="weekly")
    FollowFactory(user=user, question=None, topic=soon, how_often="at_once")

    tell_of_question(QuestionFactory(topics=[slow, soon]).pk)

    assert mails() == [user.email]
    assert Notice.objects.count() == 1


def test_the_asker_is_not_told_of_their_own_question():
    topic = TopicFactory()
    question = QuestionFactory(topics=[topic])
    FollowFactory(user=question.asker, question=None, topic=topic)

    tell_of_question(question.pk)

    assert mails() == []


def test_what_is_hidden_by_then_is_told_to_nobody():
    answer = answered()
    late = UserFactory()
    FollowFactory(user=late, question=answer.question, how_often="daily")
    tell_of_answer(answer.pk)
    hide_answer(answer.pk, rule=1, reason="Unkind.", moderator=None)

    tell_digests(HowOften.DAILY)
    tell_of_answer(answer.pk)

    assert late.email not in mails()

    restore_answer(answer.pk, reason="", moderator=None)
    tell_digests(HowOften.DAILY)
    assert late.email in mails()


def test_an_answer_whose_doctor_stands_no_more_is_told_once_they_stand_again():
    answer = answered(doctor=DoctorFactory())
    late = UserFactory()
    FollowFactory(user=late, question=answer.question, how_often="daily")
    tell_of_answer(answer.pk)
    Verification.objects.update(state="suspended")

    tell_digests(HowOften.DAILY)
    assert late.email not in mails()

    Verification.objects.update(state="approved")
    tell_digests(HowOften.DAILY)
    assert late.email in mails()


def test_following_nothing_any_more_takes_waiting_news_along():
    user, answer = UserFactory(), AnswerFactory()
    FollowFactory(user=user, question=answer.question, how_often="daily")
    tell_of_answer(answer.pk)

    follow(user=user, question=answer.question, how_often=HowOften.NEVER)
    tell_digests(HowOften.DAILY)

    assert mails() == []
    assert Follow.objects.get().how_often == "never"


def test_one_click_in_a_mail_turns_all_of_it_off():
    answer = answered()
    user = answer.question.asker
    FollowFactory(user=user, question=None, topic=TopicFactory())
    tell_of_answer(answer.pk)
    address = re.search(r"<(https?://[^/]+)(/[^>]+)>", Mail.objects.get().headers["List-Unsubscribe"])
    assert address

    response = Client(enforce_csrf_checks=True).post(address[2], {"List-Unsubscribe": "One-Click"})

    assert response.status_code == 200
    assert set(Follow.objects.filter(user=user).values_list("how_often", flat=True)) == {"never"}


def test_posting_tells_the_followers_of_its_topics():
    topic, follower = TopicFactory(), UserFactory()
    FollowFactory(user=follower, question=None, topic=topic)

    post_question(asker=UserFactory(), key=None, asked=Asked(TITLE, "Since spring.", [topic]))
    work()

    assert list(Mail.objects.values_list("to", flat=True)) == [follower.email]


def test_an_answer_that_is_announced_is_told():
    answer = answered()

    announce_answer(answer)
    work()

    assert mails() == [answer.question.asker.email]


def test_what_is_long_over_is_swept_up(django_assert_num_queries: Any):
    from datetime import timedelta

    from django.utils import timezone

    old = timezone.now() - timedelta(days=100)
    DraftFactory(user=None, updated_at=old)
    kept = [DraftFactory(user=None), DraftFactory(updated_at=old)]
    answer = AnswerFactory()
    Notice.objects.create(user=UserFactory(), question=answer.question, answer=answer, how_often="daily", told_at=old)

    sweep()

    assert not Notice.objects.exists()
    assert {draft.pk for draft in type(kept[0]).objects.all()} == {draft.pk for draft in kept}


# --- Pages ---------------------------------------------------------------------------------------------------


@pytest.fixture
def reader(client: Client) -> Any:
    user = UserFactory()
    client.force_login(user)
    return user


def test_a_question_is_followed_and_the_choice_changed(client: Client, reader: Any):
    question = QuestionFactory()
    address = f"/questions/{question.pk}/follow/"
    assert address in client.get(question.get_absolute_url()).content.decode()
    assert Page(client.get(address)).form(method="post")["how_often"] == "at_once"

    for choice in ("weekly", "daily", "daily"):
        assert client.post(address, {"how_often": choice}).status_code == 302

    assert Follow.objects.get().how_often == "daily"
    assert Page(client.get(address)).form(method="post")["how_often"] == "daily"


def test_a_topic_is_followed(client: Client, reader: Any):
    topic = TopicFactory(slug="knees")

    client.post("/topics/knees/follow/", {"how_often": "weekly"})

    assert (Follow.objects.get().topic, Follow.objects.get().user) == (topic, reader)


@pytest.mark.parametrize("choice", ["", "hourly", "at_once\0"])
def test_an_unknown_choice_is_refused(client: Client, reader: Any, choice: str):
    response = client.post(f"/questions/{QuestionFactory().pk}/follow/", {"how_often": choice})

    assert response.status_code == 422
    assert "Choose how often" in Page(response)
    assert not Follow.objects.exists()


def test_what_one_follows_is_changed_in_one_place(client: Client, reader: Any):
    first, second = FollowFactory(user=reader), FollowFactory(user=reader, question=None, topic=TopicFactory())
    other = FollowFactory()
    page = Page(client.get("/questions/following/"))
    assert first.question.title in page
    assert second.topic.name in page
    assert other.question.title not in page

    choices = {f"follow_{first.pk}": "weekly", f"follow_{second.pk}": "nonsense", f"follow_{other.pk}": "never"}
    assert client.post("/questions/following/", choices).status_code == 302

    assert list(Follow.objects.order_by("pk").values_list("how_often", flat=True)) == ["weekly", "at_once", "at_once"]

    client.post("/questions/following/", {"none": "1"})
    assert list(Follow.objects.order_by("pk").values_list("how_often", flat=True)) == ["never", "never", "at_once"]


def test_the_title_of_what_is_gone_is_shown_to_no_follower(client: Client, reader: Any):
    gone = FollowFactory(user=reader).question
    own = FollowFactory(user=reader, question=QuestionFactory(asker=reader, title="My own one", state="withdrawn"))
    Question.objects.filter(pk=gone.pk).update(state="withdrawn")

    page = Page(client.get("/questions/following/"))

    assert gone.title not in page
    assert own.question.title in page


def test_what_nobody_may_see_is_not_followed(client: Client, reader: Any):
    held, withdrawn = QuestionFactory(state="held"), QuestionFactory(state="withdrawn")

    assert client.post(f"/questions/{held.pk}/follow/", {"how_often": "daily"}).status_code == 404
    assert client.post(f"/questions/{withdrawn.pk}/follow/", {"how_often": "daily"}).status_code == 410
    assert not Follow.objects.exists()


def test_turning_everything_off_is_safe_to_repeat():
    user = FollowFactory().user

    for _ in range(2):
        follow_nothing(user)

    assert Follow.objects.get().how_often == "never"
    assert Question.objects.count() == 1
