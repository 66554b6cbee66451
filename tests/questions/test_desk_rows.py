"""What is always true of the rows around a doctor's desk, whoever writes them."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from questions.models import Decline, Desk, Inquiry, Notice, Recall, Topic
from tests.factories import DoctorFactory, InquiryFactory, QuestionFactory, TopicFactory, UserFactory

pytestmark = pytest.mark.django_db


def refused(constraint: str, write: Callable[[], object]) -> None:
    """Expect that the database refuses a write by this constraint."""
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write()


def test_an_inquiry_says_something_and_so_does_its_reply():
    inquiry = InquiryFactory()
    rows = Inquiry.objects.filter(pk=inquiry.pk)

    refused("inquiry_has_a_text", lambda: rows.update(text=""))
    refused("inquiry_reply_has_a_text", lambda: rows.update(replied_at=timezone.now()))
    refused("inquiry_reply_has_a_text", lambda: rows.update(reply="Since spring."))
    rows.update(reply="Since spring.", replied_at=timezone.now())


def test_a_doctor_waits_for_one_reply_to_a_question():
    inquiry = InquiryFactory()
    same = {"question": inquiry.question, "doctor": inquiry.doctor}

    refused("one_open_inquiry_per_doctor", lambda: InquiryFactory(**same))
    InquiryFactory(question=inquiry.question)
    Inquiry.objects.filter(pk=inquiry.pk).update(reply="Since spring.", replied_at=timezone.now())
    InquiryFactory(**same)


def test_a_doctor_passes_on_a_question_once_for_a_known_reason():
    same = {"question": QuestionFactory(), "doctor": DoctorFactory()}

    refused("decline_reason_is_known", lambda: Decline.objects.create(**same, reason="tired"))
    Decline.objects.create(**same, reason="field")
    refused("one_decline_per_doctor_and_question", lambda: Decline.objects.create(**same, reason="soon"))


def test_a_recall_says_why():
    refused("recall_has_a_reason", lambda: Recall.objects.create(topic=TopicFactory(), reason=""))


def test_a_desk_is_told_at_a_known_pace():
    refused("desk_how_often_is_known", lambda: Desk.objects.create(doctor=DoctorFactory(), how_often="hourly"))
    refused("questions_desk_pkey", lambda: Desk.objects.bulk_create([Desk(doctor=DoctorFactory(slug="x"))] * 2))


def test_a_topic_is_reviewed_after_a_time():
    topic = TopicFactory()

    refused("topic_review_is_after_a_time", lambda: Topic.objects.filter(pk=topic.pk).update(review_months=0))


def test_desk_and_followed_topic_bring_one_notice():
    about = {"user": UserFactory(), "question": QuestionFactory(), "how_often": "daily"}
    Notice.objects.create(**about)

    refused("one_notice_per_question", lambda: Notice.objects.create(**about, is_for_desk=True))


def test_what_a_doctor_asked_never_shows_in_its_name():
    inquiry = InquiryFactory(text="Does your botched nose whistle?")

    assert "botched" not in str(inquiry)
    assert "botched" not in str(Decline(question=QuestionFactory(title="A botched nose"), doctor=inquiry.doctor))
