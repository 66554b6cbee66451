"""Questions back to the patient, replies, and passing on: who sees what, who is told, and one at a time."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Mail
from doctors.models import Verification
from questions import desk as lying
from questions.models import Decline, HowOften, Inquiry, Question
from questions.services import (
    CannotAskBack,
    close_question,
    decline,
    follow,
    inquire,
    open_question,
    reply_to_inquiry,
    withdraw_question,
)
from tests.crowd import all_at_once
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    InquiryFactory,
    QuestionFactory,
    SpecialtyFactory,
    TopicFactory,
    UserFactory,
    sign_in,
)
from tests.reading import Page

pytestmark = pytest.mark.django_db

ASKED = "Since when does it whistle, and do you take anything for it?"
LATER = timedelta(days=15)
PAIN = "I have crushing chest pain right now and it goes down my left arm."


def doctor(**fields: Any) -> Any:
    return DoctorFactory(user=UserFactory(), **fields)


def two_desks() -> tuple[Any, Any, Question]:
    """Return two doctors to whose desks one question comes."""
    specialty = SpecialtyFactory()
    topic = TopicFactory()
    topic.specialties.add(specialty)
    question = QuestionFactory(title="Why does my botched nose whistle?", topics=[topic])
    return doctor(specialty=specialty), doctor(specialty=specialty), question


def on_desk(who: Any, question: Question) -> bool:
    topics = [topic.pk for topic in lying.topics_of(who)]
    return lying.waiting_questions(who, topics).filter(pk=question.pk).exists()


def waits_for(who: Any, question: Question) -> bool:
    return lying.replied_inquiries(who).filter(question=question).exists()


def inquire_at(question: Question) -> str:
    return f"/questions/{question.pk}/inquire/"


def mails() -> list[str]:
    return list(Mail.objects.order_by("pk").values_list("to", flat=True))


# --- The way there and back ----------------------------------------------------------------------------------


def test_a_question_back_goes_to_the_patient_and_returns_to_the_same_desk(client: Client):
    one, other, question = two_desks()
    assert on_desk(one, question) and on_desk(other, question)
    asking = sign_in(Client(), one.user)

    response = asking.post(inquire_at(question), {"text": ASKED})
    assert (response.status_code, response["Location"]) == (302, question.get_absolute_url())
    inquiry = Inquiry.objects.get()
    assert not on_desk(one, question)
    assert not on_desk(other, question)
    assert mails() == [question.asker.email]
    assert ASKED in Page(asking.get("/desk/waiting/"))
    assert ASKED in Page(client.get(question.get_absolute_url()))

    client.force_login(question.asker)
    assert f"/inquiries/{inquiry.pk}/reply/" in Page(client.get(question.get_absolute_url())).links()
    assert f"/inquiries/{inquiry.pk}/reply/" in Page(client.get("/questions/mine/")).links()
    sent = client.post(f"/inquiries/{inquiry.pk}/reply/", {"reply": "Since spring. Nothing."})

    assert sent["Location"] == question.get_absolute_url()
    assert "Since spring. Nothing." in Page(Client().get(question.get_absolute_url()))
    assert waits_for(one, question)
    assert not on_desk(other, question)
    assert mails() == [question.asker.email, one.user.email]
    assert "Since spring. Nothing." in Page(asking.get("/desk/waiting/"))


def test_no_mail_says_a_word_of_it():
    one, _, question = two_desks()
    inquiry = inquire(question.pk, doctor=one, text=ASKED)

    reply_to_inquiry(inquiry.pk, asker=question.asker, reply="Since my botched operation.")
    decline(question.pk, doctor=one, reason=Decline.Reason.EXAMINATION)

    assert Mail.objects.count() == 3
    for mail in Mail.objects.all():
        written = f"{mail.subject} {mail.text} {mail.html}".lower()
        assert not [
            word for word in ("botched", "nose", "whistle", "spring", "examin", one.name.lower()) if word in written
        ]


def test_after_a_while_the_others_see_it_again():
    one, other, question = two_desks()
    inquiry = inquire(question.pk, doctor=one, text=ASKED)

    Inquiry.objects.update(asked_at=timezone.now() - LATER)
    assert on_desk(other, question)

    reply_to_inquiry(inquiry.pk, asker=question.asker, reply="Since spring.")
    assert not on_desk(other, question)

    Inquiry.objects.update(replied_at=timezone.now() - LATER)
    assert on_desk(other, question)
    assert waits_for(one, question)


def test_an_answer_or_a_decline_ends_the_waiting():
    one, other, question = two_desks()
    inquiry = inquire(question.pk, doctor=one, text=ASKED)
    reply_to_inquiry(inquiry.pk, asker=question.asker, reply="Since spring.")

    decline(question.pk, doctor=one, reason=Decline.Reason.FIELD)
    assert not waits_for(one, question)
    assert on_desk(other, question)

    AnswerFactory(question=question, doctor=other)
    assert not waits_for(other, question)


def test_whoever_loses_their_check_holds_nothing(client: Client):
    one, other, question = two_desks()
    inquire(question.pk, doctor=one, text=ASKED)
    url = question.get_absolute_url()
    before = client.get(url)

    with transaction.atomic():
        Verification.objects.get(doctor=one).delete()
        type(one).objects.filter(pk=one.pk).update(valid_until="0001-01-01")

    assert on_desk(other, question)
    assert ASKED in Page(before)
    assert ASKED not in Page(client.get(url, headers={"If-None-Match": before["ETag"]}))


@pytest.mark.parametrize("end", [close_question, withdraw_question])
def test_closing_or_withdrawing_ends_it_all(client: Client, end: Any):
    one, other, question = two_desks()
    inquiry = inquire(question.pk, doctor=one, text=ASKED)

    end(question.pk, asker=question.asker)

    assert not on_desk(other, question)
    assert not lying.unreplied_inquiries(one).exists()
    client.force_login(question.asker)
    assert client.post(f"/inquiries/{inquiry.pk}/reply/", {"reply": "Since spring."}).status_code == 422
    with pytest.raises(PermissionDenied):
        reply_to_inquiry(inquiry.pk, asker=question.asker, reply="Since spring.")
    assert Inquiry.objects.get().reply == ""


def test_a_question_that_is_open_again_can_be_replied_to():
    one, _, question = two_desks()
    inquiry = inquire(question.pk, doctor=one, text=ASKED)
    close_question(question.pk, asker=question.asker)

    open_question(question.pk, asker=question.asker)
    reply_to_inquiry(inquiry.pk, asker=question.asker, reply="Since spring.")

    assert waits_for(one, question)


# --- One at a time -------------------------------------------------------------------------------------------


def test_sent_twice_it_is_one(client: Client):
    one, _, question = two_desks()
    sign_in(client, one.user)

    for _ in range(2):
        assert client.post(inquire_at(question), {"text": ASKED}).status_code == 302
    inquiry = Inquiry.objects.get()
    client.force_login(question.asker)
    for _ in range(2):
        assert client.post(f"/inquiries/{inquiry.pk}/reply/", {"reply": "Since spring."}).status_code == 302

    assert len(mails()) == 2


def test_the_first_reply_stays():
    inquiry = InquiryFactory(reply="Since spring.", replied_at=timezone.now())

    reply_to_inquiry(inquiry.pk, asker=inquiry.question.asker, reply="Since autumn.")

    inquiry.refresh_from_db()
    assert inquiry.reply == "Since spring."


def test_other_words_after_the_first_reply_come_back(client: Client):
    inquiry = InquiryFactory(reply="Since spring.", replied_at=timezone.now())
    client.force_login(inquiry.question.asker)

    response = client.post(f"/inquiries/{inquiry.pk}/reply/", {"reply": "Since autumn."})

    assert response.status_code == 422
    page = Page(response)
    assert "You replied to" in page
    assert "Since spring." in page
    assert "Since autumn." in response.content.decode()
    inquiry.refresh_from_db()
    assert inquiry.reply == "Since spring."


def test_an_emergency_in_words_that_are_not_taken_is_still_seen(client: Client):
    inquiry = InquiryFactory(reply="Since spring.", replied_at=timezone.now())
    client.force_login(inquiry.question.asker)

    assert "Call" in Page(client.post(f"/inquiries/{inquiry.pk}/reply/", {"reply": PAIN}))


def test_a_reply_to_a_question_that_was_closed_meanwhile_comes_back(client: Client):
    inquiry = InquiryFactory()
    client.force_login(inquiry.question.asker)
    close_question(inquiry.question_id, asker=inquiry.question.asker)

    response = client.post(f"/inquiries/{inquiry.pk}/reply/", {"reply": "Since autumn."})

    assert (response.status_code, "Since autumn." in response.content.decode()) == (422, True)
    assert "takes no replies any more" in Page(response)


@pytest.mark.django_db(transaction=True)
def test_of_different_replies_at_one_moment_one_stands_and_the_others_come_back():
    inquiry = InquiryFactory()
    texts = ["Since spring.", "Since summer.", "Since autumn.", "Since winter."]
    windows = [Client() for _ in texts]
    for window in windows:
        window.force_login(inquiry.question.asker)

    def send(place: int) -> Any:
        return lambda: windows[place].post(f"/inquiries/{inquiry.pk}/reply/", {"reply": texts[place]})

    responses = all_at_once([send(place) for place in range(4)])

    inquiry.refresh_from_db()
    for text, response in zip(texts, responses, strict=True):
        assert response.status_code == (302 if text == inquiry.reply else 422)
        assert text == inquiry.reply or text in response.content.decode()


def test_a_second_one_is_refused_in_words_and_keeps_what_was_typed(client: Client):
    one, other, question = two_desks()
    inquire(question.pk, doctor=one, text=ASKED)
    sign_in(client, other.user)

    assert "Another doctor asked" in Page(client.get(inquire_at(question)))
    response = client.post(inquire_at(question), {"text": "Does it hurt?"})

    assert (response.status_code, Inquiry.objects.count()) == (422, 1)
    assert "Another doctor asked this patient something first" in Page(response)
    assert "Does it hurt?" in Page(response)
    sign_in(client, one.user)
    assert "You asked already" in Page(client.post(inquire_at(question), {"text": "Does it hurt?"}))


def test_a_doctor_may_ask_again_after_the_reply():
    one, _, question = two_desks()
    first = inquire(question.pk, doctor=one, text=ASKED)
    reply_to_inquiry(first.pk, asker=question.asker, reply="Since spring.")

    inquire(question.pk, doctor=one, text="Does it hurt?")

    assert not waits_for(one, question)
    assert lying.unreplied_inquiries(one).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_doctors_at_one_moment_one_holds_the_question():
    one, other, question = two_desks()

    outcomes = all_at_once(
        [
            lambda: inquire(question.pk, doctor=one, text=ASKED),
            lambda: inquire(question.pk, doctor=other, text="Does it hurt?"),
        ]
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CannotAskBack", "Inquiry"]
    assert Inquiry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_pressed_many_times_at_one_moment_it_is_one():
    one, _, question = two_desks()

    outcomes = all_at_once([lambda: inquire(question.pk, doctor=one, text=ASKED)] * 4)

    assert len({outcome.pk for outcome in outcomes}) == 1
    assert len(mails()) == 1


def test_what_cannot_be_asked_back_says_why():
    one, _, question = two_desks()
    closed = QuestionFactory(closed_at=timezone.now())
    imported = QuestionFactory(asker=None, asker_name="Sunny Day")
    own = QuestionFactory(asker=one.user)
    answered = AnswerFactory(doctor=one).question
    for each, why in (
        (closed, "closed"),
        (imported, "no account"),
        (own, "yourself"),
        (answered, "answered"),
    ):
        with pytest.raises(CannotAskBack, match=why):
            inquire(each.pk, doctor=one, text=ASKED)
    with pytest.raises(PermissionDenied):
        inquire(question.pk, doctor=doctor(verified=False), text=ASKED)
    assert not Inquiry.objects.exists()


# --- Bad input and wrong people ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Write what you need to know"),
        (" \n\u200b ", "Write what you need to know"),
        ("\u2800\u3164 \uffa0\u115f\u034f\u17b4", "Write what you need to know"),
        ("Are 50 \ufffdg enough?", "Replace each “\ufffd”"),
        ("x" * 501, "Shorten it to 500 characters"),
        ("Write to me at ada@mail.example and I will tell you.", "Take out e-mail, telephone"),
        ("a\0b", "Null characters are not allowed."),
    ],
)
def test_bad_words_of_a_doctor_are_refused_and_kept(client: Client, text: str, words: str):
    one, _, question = two_desks()
    sign_in(client, one.user)

    response = client.post(inquire_at(question), {"text": text})

    assert (response.status_code, Inquiry.objects.count()) == (422, 0)
    page = Page(response)
    assert words in page
    if "\0" not in text:
        assert page.form(method="post")["text"] == text


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("", "Write your reply"),
        ("\u2800\u3164 \uffa0\u115f\u034f\u17b4", "Write your reply"),
        ("I take 50 \ufffdg.", "Replace each “\ufffd”"),
        ("x" * 2001, "Shorten your reply to 2,000"),
    ],
)
def test_bad_words_of_a_patient_are_refused_and_kept(client: Client, reply: str, words: str):
    inquiry = InquiryFactory()
    client.force_login(inquiry.question.asker)

    response = client.post(f"/inquiries/{inquiry.pk}/reply/", {"reply": reply})

    assert response.status_code == 422
    assert words in Page(response)
    assert Page(response).form(method="post")["reply"] == reply


def test_ways_to_reach_somebody_never_go_into_a_reply(client: Client):
    inquiry = InquiryFactory()
    client.force_login(inquiry.question.asker)
    url = f"/inquiries/{inquiry.pk}/reply/"

    page = Page(client.post(url, {"reply": "Since spring. Write to ada@mail.example"}))
    assert "Check for personal details" in page
    carried = page.form(method="post")
    refused = client.post(url, {**carried, "kept": "1"})
    assert Inquiry.objects.get().reply == ""
    assert "must go" in Page(refused)

    page = Page(client.post(url, {**carried, "redact": "all"}))
    assert "ada@mail.example" not in page
    (button,) = [tag for tag in page.all("button") if tag.get("name") == "kept"]
    client.post(url, {**page.form(method="post"), "kept": button["value"]})
    assert Inquiry.objects.get().reply.startswith("Since spring.")
    assert "mail.example" not in Inquiry.objects.get().reply


def test_the_emergency_screen_comes_first_and_carries_the_words(client: Client):
    inquiry = InquiryFactory()
    client.force_login(inquiry.question.asker)
    url = f"/inquiries/{inquiry.pk}/reply/"

    page = Page(client.post(url, {"reply": PAIN}))
    assert "Call your local emergency number now" in page
    assert Inquiry.objects.get().reply == ""
    carried = page.form(method="post")
    assert carried["reply"] == PAIN
    back = Page(client.post(url, {**carried, "back": "1"}))
    assert back.form(method="post")["reply"] == PAIN
    (button,) = [tag for tag in page.all("button") if tag.get("name") == "not_now"]
    client.post(url, {**carried, "not_now": button["value"]})

    assert Inquiry.objects.get().reply == PAIN
    question = Question.objects.get()
    assert (question.is_urgent, question.emergencies) == (True, button["value"].split())


def test_only_the_asker_replies(client: Client):
    inquiry = InquiryFactory()
    url = f"/inquiries/{inquiry.pk}/reply/"
    assert client.get(url)["Location"].startswith("/accounts/login/")
    for other in (UserFactory(), inquiry.doctor.user):
        client.force_login(other)
        assert client.get(url).status_code == client.post(url, {"reply": "Mine."}).status_code == 404
        with pytest.raises(PermissionDenied):
            reply_to_inquiry(inquiry.pk, asker=other, reply="Mine.")

    assert Inquiry.objects.get().reply == ""


def test_what_is_gone_is_not_asked_about(client: Client):
    one, _, _ = two_desks()
    sign_in(client, one.user)

    for state, status in (("withdrawn", 410), ("held", 404)):
        question = QuestionFactory(state=state)
        for page in ("inquire", "decline"):
            assert client.get(f"/questions/{question.pk}/{page}/").status_code == status


def test_without_a_valid_check_the_page_says_why(client: Client):
    _, _, question = two_desks()
    sign_in(client, doctor(verified=False).user)

    for page in ("inquire", "decline"):
        for response in (
            client.get(f"/questions/{question.pk}/{page}/"),
            client.post(f"/questions/{question.pk}/{page}/", {"text": ASKED, "reason": "field"}),
        ):
            assert response.status_code == 403
            assert "/doctors/application/" in Page(response).links()
    assert ASKED in client.post(inquire_at(question), {"text": ASKED}).content.decode()
    assert not Inquiry.objects.exists()
    assert not Decline.objects.exists()


def test_the_forms_need_a_token():
    one, _, question = two_desks()
    strict = sign_in(Client(enforce_csrf_checks=True), one.user)
    for page, typed in (("inquire", {"text": ASKED}), ("decline", {"reason": "field"})):
        address = f"/questions/{question.pk}/{page}/"
        refused = strict.post(address, typed)
        assert refused.status_code == 403
        form = Page(strict.get(address)).form(method="post")
        assert strict.post(address, {**form, **typed}).status_code == 302
    inquiry = InquiryFactory()
    strict.force_login(inquiry.question.asker)
    address = f"/inquiries/{inquiry.pk}/reply/"
    assert strict.post(address, {"reply": "Mine."}).status_code == 403
    form = Page(strict.get(address)).form(method="post")
    assert strict.post(address, {**form, "reply": "Mine."}).status_code == 302


def test_words_come_back_where_the_token_is_missing():
    one, _, question = two_desks()
    strict = sign_in(Client(enforce_csrf_checks=True), one.user)

    assert ASKED in strict.post(inquire_at(question), {"text": ASKED}).content.decode()


def test_nobody_asks_back_all_day(client: Client):
    from questions.views.desk import INQUIRIES_PER_DAY

    one = doctor()
    sign_in(client, one.user)
    questions = [QuestionFactory() for _ in range(INQUIRIES_PER_DAY + 1)]

    statuses = [client.post(inquire_at(question), {"text": ASKED}).status_code for question in questions]

    assert statuses == [302] * INQUIRIES_PER_DAY + [429]


# --- Passing on ----------------------------------------------------------------------------------------------


def test_passing_on_is_told_to_the_patient_alone(client: Client):
    one, other, question = two_desks()
    sign_in(client, one.user)
    reason = "It needs an examination in person."

    for _ in range(2):
        response = client.post(f"/questions/{question.pk}/decline/", {"reason": "examination"})
        assert response["Location"] == "/desk/"

    assert Decline.objects.count() == 1
    assert (on_desk(one, question), on_desk(other, question)) == (False, True)
    for reader in (Client(), sign_in(Client(), other.user), sign_in(Client(), UserFactory())):
        assert reason not in Page(reader.get(question.get_absolute_url()))
    client.force_login(question.asker)
    for page in (question.get_absolute_url(), "/questions/mine/"):
        assert reason in Page(client.get(page))


def test_the_patient_is_written_to_once_for_each_reason():
    one, other, question = two_desks()

    for who, reason in ((one, "field"), (one, "field"), (other, "field")):
        decline(question.pk, doctor=who, reason=Decline.Reason(reason))
    assert mails() == [question.asker.email]
    decline(question.pk, doctor=other, reason=Decline.Reason.SOON)

    assert mails() == [question.asker.email] * 2


def test_a_doctor_who_chooses_anew_all_day_fills_no_mailbox():
    one, _, question = two_desks()

    for reason in [Decline.Reason.FIELD, Decline.Reason.SOON] * 5:
        decline(question.pk, doctor=one, reason=reason)

    assert len(mails()) == len(Decline.Reason)


def test_who_wants_no_mail_about_a_question_gets_none():
    one, _, question = two_desks()
    imported = QuestionFactory(asker=None, asker_name="Sunny Day")
    follow(user=question.asker, question=question, how_often=HowOften.NEVER)

    for each in (question, imported):
        decline(each.pk, doctor=one, reason=Decline.Reason.FIELD)

    assert mails() == []


def test_an_answer_takes_a_decline_back(client: Client):
    one, _, question = two_desks()
    decline(question.pk, doctor=one, reason=Decline.Reason.UNCLEAR)

    AnswerFactory(question=question, doctor=one)

    client.force_login(question.asker)
    assert "There is too little in it" not in Page(client.get(question.get_absolute_url()))


def test_passing_on_takes_back_what_was_asked_and_asking_takes_back_passing_on():
    one, _, question = two_desks()
    inquire(question.pk, doctor=one, text=ASKED)

    decline(question.pk, doctor=one, reason=Decline.Reason.SOON)
    assert not Inquiry.objects.exists()

    inquire(question.pk, doctor=one, text=ASKED)
    assert not Decline.objects.exists()


@pytest.mark.parametrize("reason", ["", "other", "field\0"])
def test_an_unknown_reason_is_refused(client: Client, reason: str):
    one, _, question = two_desks()
    sign_in(client, one.user)

    response = client.post(f"/questions/{question.pk}/decline/", {"reason": reason})

    assert (response.status_code, "Choose a reason" in Page(response)) == (422, True)
    assert not Decline.objects.exists()


def test_what_one_answered_is_not_passed_on(client: Client):
    answer = AnswerFactory(doctor=doctor())
    sign_in(client, answer.doctor.user)

    response = client.post(f"/questions/{answer.question_id}/decline/", {"reason": "field"}, follow=True)
    assert "There is nothing to decline" in Page(response)
    assert not Decline.objects.exists()
    with pytest.raises(PermissionDenied):
        decline(answer.question_id, doctor=answer.doctor, reason=Decline.Reason.FIELD)


# --- After a check was taken back ----------------------------------------------------------------------------


def test_ones_own_reply_stays_readable_for_its_asker_alone(client: Client):
    one, _, question = two_desks()
    inquiry = inquire(question.pk, doctor=one, text=ASKED)
    reply_to_inquiry(inquiry.pk, asker=question.asker, reply="Since spring, I think.")
    Verification.objects.filter(doctor=one).update(state="revoked")

    for reader in (Client(), sign_in(Client(), UserFactory())):
        assert "Since spring" not in Page(reader.get(question.get_absolute_url()))
    client.force_login(question.asker)
    page = Page(client.get(question.get_absolute_url()))
    assert "Only you see this: what you replied" in page
    assert "Since spring, I think." in page
    assert ASKED not in page
