"""Old answers: when one is due, whom we ask, what a page says, and recalls by staff. Time is moved by dates in rows."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models.expressions import RawSQL
from django.test import Client
from django.utils import timezone

from accounts.emails import unsubscribe
from accounts.models import Mail
from doctors.models import Verification
from questions.models import Answer, Desk, Recall
from questions.services import confirm_answer, recall_topic, remind_of_old_answers
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    ModeratorFactory,
    QuestionFactory,
    TopicFactory,
    UserFactory,
    sign_in,
)
from tests.mailing import work
from tests.reading import Page

pytestmark = pytest.mark.django_db

MONTH = timedelta(days=31)
UNDER_REVIEW = "Under review since"


def mails() -> list[str]:
    return list(Mail.objects.order_by("pk").values_list("to", flat=True))


def old(months: int = 25, *, review: tuple[int, ...] = (24,), **fields: Any) -> Answer:
    """Return an answer of a doctor with an account, written so many months ago."""
    question = QuestionFactory(topics=[TopicFactory(review_months=each) for each in review])
    fields.setdefault("doctor", DoctorFactory(user=UserFactory()))
    return AnswerFactory(question=question, answered_at=timezone.now() - months * MONTH, **fields)


def is_due(answer: Answer) -> bool:
    return Answer.objects.due_for_review().filter(pk=answer.pk).exists()


# --- When an answer is due -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("months", "review", "due"),
    [
        (23, (24,), False),
        (25, (24,), True),
        (7, (24, 6), True),
        (5, (24, 6), False),
        (25, (), True),
        (20, (), False),
        (300, (32_767,), False),
    ],
)
def test_an_answer_is_due_after_the_shortest_review_time_of_its_topics(months: int, review: tuple, due: bool):
    assert is_due(old(months, review=review)) == due


@pytest.mark.parametrize(("more", "due"), [("0 days", True), ("1 day", False), ("-1 day", True)])
def test_it_is_due_from_the_very_day_on(more: str, due: bool):
    answer = old(review=(12,))

    # At the end of that day: what counts is the date.
    written = "current_date - interval '12 months' + %s::interval + interval '23 hours'"
    Answer.objects.update(answered_at=RawSQL(written, [more]))

    assert is_due(answer) == due


def test_the_doctors_word_counts_from_then_on():
    answer = old(50)

    Answer.objects.update(confirmed_at=timezone.now() - 25 * MONTH)
    assert is_due(answer)

    Answer.objects.update(confirmed_at=timezone.now() - 2 * MONTH)
    assert not is_due(answer)


def test_what_nobody_knows_the_date_of_is_never_due():
    answer = old()

    Answer.objects.update(answered_at=None)

    assert not is_due(answer)


# --- What the page says --------------------------------------------------------------------------------------


def test_the_page_says_that_an_answer_is_old_and_when_it_was_confirmed(client: Client):
    answer = old()
    url = answer.question.get_absolute_url()
    assert "Not confirmed since it was written on" in Page(client.get(url))

    with transaction.atomic():
        confirm_answer(answer.pk, doctor=answer.doctor)
    page = Page(client.get(url))

    assert "Last confirmed on" in page
    assert "Not confirmed" not in page


def test_a_young_answer_says_nothing_of_it(client: Client):
    page = Page(client.get(AnswerFactory().question.get_absolute_url()))

    assert "onfirmed" not in page
    assert UNDER_REVIEW not in page


@pytest.mark.parametrize("signed_in", [False, True])
def test_the_day_on_which_it_falls_due_changes_a_kept_page(client: Client, signed_in: bool):
    """No row of the answer changes: the calendar does, here by way of the topic's time."""
    if signed_in:
        client.force_login(UserFactory())
    answer = old(20)
    url = answer.question.get_absolute_url()
    before = client.get(url)

    with transaction.atomic():
        answer.question.topics.update(review_months=12)

    after = client.get(url, headers={"If-None-Match": before.get("ETag", "")})
    assert "Not confirmed since" not in Page(before)
    assert "Not confirmed since" in Page(after)


# --- Confirming ----------------------------------------------------------------------------------------------


def test_one_click_confirms(client: Client):
    answer = old()
    sign_in(client, answer.doctor.user)
    page = Page(client.get("/desk/waiting/"))
    assert answer.headline in page
    assert "Still your view?" in page

    for _ in range(2):
        assert client.post(f"/answers/{answer.pk}/confirm/")["Location"] == "/desk/waiting/"

    answer.refresh_from_db()
    assert timezone.now() - answer.confirmed_at < timedelta(minutes=1)
    assert answer.headline not in Page(client.get("/desk/waiting/"))


def test_nobody_confirms_the_answer_of_another(client: Client):
    answer = old()
    sign_in(client, DoctorFactory(user=UserFactory()).user)

    assert client.post(f"/answers/{answer.pk}/confirm/").status_code == 404
    with pytest.raises(PermissionDenied):
        confirm_answer(answer.pk, doctor=DoctorFactory())

    answer.refresh_from_db()
    assert answer.confirmed_at is None


def test_without_a_valid_check_nothing_is_confirmed(client: Client):
    answer = old(doctor=DoctorFactory(user=UserFactory(), verified=False))
    sign_in(client, answer.doctor.user)

    response = client.post(f"/answers/{answer.pk}/confirm/")

    assert (response.status_code, "/doctors/application/" in Page(response).links()) == (403, True)
    with pytest.raises(PermissionDenied):
        confirm_answer(answer.pk, doctor=answer.doctor)


def test_what_was_taken_away_is_not_confirmed():
    answer = old()
    Answer.objects.update(state="withdrawn")

    with pytest.raises(PermissionDenied):
        confirm_answer(answer.pk, doctor=answer.doctor)


def test_confirming_needs_a_token():
    answer = old()
    client = sign_in(Client(enforce_csrf_checks=True), answer.doctor.user)

    assert client.post(f"/answers/{answer.pk}/confirm/").status_code == 403
    form = Page(client.get("/desk/waiting/")).form(action=f"/answers/{answer.pk}/confirm/")
    assert client.post(f"/answers/{answer.pk}/confirm/", form).status_code == 302


# --- The reminder --------------------------------------------------------------------------------------------


def test_a_doctor_is_reminded_once_of_all_that_is_due_and_again_after_30_days():
    first = old()
    old(doctor=first.doctor)
    old(3)

    for _ in range(3):
        remind_of_old_answers()
    assert mails() == [first.doctor.user.email]

    Desk.objects.update(reminded_at=timezone.now() - timedelta(days=29))
    remind_of_old_answers()
    assert len(mails()) == 1

    Desk.objects.update(reminded_at=timezone.now() - timedelta(days=31))
    remind_of_old_answers()
    assert len(mails()) == 2

    Answer.objects.update(confirmed_at=timezone.now())
    Desk.objects.update(reminded_at=timezone.now() - timedelta(days=90))
    remind_of_old_answers()
    assert len(mails()) == 2


def test_the_reminder_leaves_the_choices_of_a_desk_alone():
    answer = old()
    Desk.objects.create(doctor=answer.doctor, how_often="never")

    remind_of_old_answers()

    assert (len(mails()), Desk.objects.get().how_often) == (1, "never")


def test_nobody_is_reminded_who_could_do_nothing():
    old(doctor=DoctorFactory(import_key="id:1"))
    revoked = old()
    old(state="withdrawn")
    Verification.objects.filter(doctor=revoked.doctor).update(state="revoked")

    remind_of_old_answers()

    assert mails() == []


def test_the_reminder_says_no_word_of_the_answers_and_is_turned_off_with_one_click():
    answer = old(headline="Botched noses whistle")

    remind_of_old_answers()

    mail = Mail.objects.get()
    assert "botched" not in f"{mail.subject} {mail.text} {mail.html}".lower()
    assert "/desk/waiting/" in mail.text
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    unsubscribe(user_id=answer.doctor.user.pk, kind=mail.kind)
    Desk.objects.update(reminded_at=None)
    remind_of_old_answers()
    assert len(mails()) == 1


# --- Recalls -------------------------------------------------------------------------------------------------


def recalled(reason: str = "New guidance on dosage.", **fields: Any) -> Answer:
    answer = old(2, **fields)
    with transaction.atomic():
        recall_topic(answer.question.topics.get().pk, reason=reason, staff=ModeratorFactory())
    return answer


def test_a_recall_is_shown_until_the_doctor_speaks(client: Client):
    answer = old(2)
    url = answer.question.get_absolute_url()
    before = client.get(url)

    with transaction.atomic():
        recall_topic(answer.question.topics.get().pk, reason="New guidance on dosage.", staff=ModeratorFactory())
    after = client.get(url, headers={"If-None-Match": before["ETag"]})
    assert UNDER_REVIEW not in Page(before)
    assert "New guidance on dosage." in Page(after)
    assert UNDER_REVIEW in Page(after)

    with transaction.atomic():
        confirm_answer(answer.pk, doctor=answer.doctor)
    assert UNDER_REVIEW not in Page(client.get(url))


def test_what_was_written_after_a_recall_is_not_under_it(client: Client):
    answer = recalled()
    later = AnswerFactory(question=answer.question, headline="Written in the light of it")

    page = str(Page(client.get(answer.question.get_absolute_url())))

    assert page.count(UNDER_REVIEW) == 1
    assert later.headline in page


def test_each_doctor_is_written_to_once_without_a_word_of_it():
    topic, doctor = TopicFactory(name="Botched noses"), DoctorFactory(user=UserFactory())
    for _ in range(2):
        AnswerFactory(doctor=doctor, question=QuestionFactory(topics=[topic]), answered_at=timezone.now() - MONTH)
    AnswerFactory(doctor__import_key="id:1", question=QuestionFactory(topics=[topic]))
    AnswerFactory(doctor__user=UserFactory())

    for _ in range(2):
        recall_topic(topic.pk, reason="New guidance on whistles.", staff=ModeratorFactory())

    assert Recall.objects.count() == 1
    assert mails() == [doctor.user.email]
    mail = Mail.objects.get()
    written = f"{mail.subject} {mail.text} {mail.html}".lower()
    assert not [word for word in ("botched", "nose", "guidance", "whistle") if word in written]


def test_imported_answers_stay_under_review(client: Client):
    answer = recalled(doctor=DoctorFactory(import_key="id:1"))

    assert UNDER_REVIEW in Page(client.get(answer.question.get_absolute_url()))


def test_a_recalled_answer_waits_on_the_desk_of_its_doctor(client: Client):
    answer = recalled("New guidance on dosage.")
    sign_in(client, answer.doctor.user)

    page = Page(client.get("/desk/waiting/"))

    assert "New guidance on dosage." in page
    client.post(f"/answers/{answer.pk}/confirm/")
    assert "New guidance on dosage." not in Page(client.get("/desk/waiting/"))


def test_staff_recall_the_answers_of_a_topic_in_the_admin(admin_client: Client, admin_user: Any):
    answer = old(2)
    topic = answer.question.topics.get()
    chosen = {"action": "recall_chosen", "_selected_action": str(topic.pk)}

    asked = admin_client.post("/admin/questions/topic/", chosen)
    assert (asked.status_code, topic.name in Page(asked)) == (200, True)
    assert not Recall.objects.exists()

    form = Page(asked).form(id="recall_form")
    assert admin_client.post("/admin/questions/topic/", {**form, "reason": " "}).status_code == 422
    done = admin_client.post("/admin/questions/topic/", {**form, "reason": "New guidance."})

    assert done.status_code == 302
    recall = Recall.objects.get()
    assert (recall.topic, recall.reason, recall.made_by) == (topic, "New guidance.", admin_user)
    work()
    assert mails() == [answer.doctor.user.email]
