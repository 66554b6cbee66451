"""What waits for a moderator before others see it, and why."""

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from doctors.services import Reviewed, hide_review, restore_review, review_doctor, withdraw_review
from moderation.publishing import COPY, REASONS, Submission, count_alike, reasons_to_hold
from moderation.registry import kind_of
from moderation.traps import FIELD, OPENED, QUICKEST, is_automatic
from questions.models import Answer, Draft, Notice, Question
from questions.services import (
    Answered,
    Asked,
    edit_answer,
    edit_question,
    follow,
    hide_answer,
    hide_question,
    post_answer,
    post_question,
    restore_answer,
    restore_question,
)
from questions.services.following import tell_of_answer
from questions.views.asking import SENT_BY_PROGRAM, post_waiting
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    NewcomerFactory,
    QuestionFactory,
    TopicFactory,
    TopicPromptFactory,
    UserFactory,
    sign_in,
)
from tests.questions.test_asking import waiting
from tests.reading import Page

pytestmark = pytest.mark.django_db

OLD = timezone.now() - timedelta(days=400)
COMMON = "Most swelling after this goes down within two weeks, and what is left then goes more slowly."
LINKED = "I read this at https://leaflet.example/knees and wonder."


@pytest.fixture
def held(settings: Any) -> None:
    settings.FIRST_POSTS_WAIT = True


def why(text: str, **fields: Any) -> list[str]:
    return reasons_to_hold(Submission([text], fields.pop("author_joined", OLD), **fields), at=timezone.now())


# --- What decides ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        (COMMON, []),
        ("See your own doctor about it, and do not wait.", []),
        ("Prices differ from place to place; ask for all of it in writing.", []),
        ("At Saltmarsh Skin Clinic we see this daily.", ["promotion"]),
        ("At SALTMARSH skin-clinic we see this daily.", ["promotion"]),
        ("In Port Alder this is common.", ["promotion"]),
        ("Look at www.saltmarsh-skin.com for pictures.", ["promotion"]),
        ("[Pictures](https://saltmarshskinclinic.example/x)", ["promotion"]),
        ("[A leaflet](https://leaflet.example/x) says more.", []),
        ("We give a discount in May.", ["promotion"]),
        ("Discounts are available on weekdays.", ["promotion"]),
        ("I would not discount an infection here.", []),
        ("Our rates of infection are 2 percent.", []),
        ("Our rates start at $90.", ["promotion"]),
        ("In Bath this is common.", ["promotion"]),
        ("A warm bath helps; do it in a bath at home.", []),
        ("Any Dental Clinic can do it.", ["promotion"]),
        ("Any dental clinic can do it.", []),
        ("Call Poison Control, 1-800-222-1222, or 911.", []),
        ("Call our office for a free consultation.", ["promotion"]),
        ("Our fee for it is about $300.", ["promotion"]),
        ("Ring 020 7946 0000 and ask for me.", ["contact"]),
        ("Write to me at ada@lovelace.example", ["contact"]),
    ],
)
def test_an_answer_that_advertises_waits(text: str, reasons: list[str]):
    assert why(text, own_names=["Saltmarsh Skin Clinic", "Dental Clinic"], own_places=["Port Alder", "Bath"]) == reasons


def test_an_address_waits_with_a_new_account_only():
    assert why(LINKED) == []
    assert why(LINKED, author_joined=timezone.now()) == ["link"]


def test_a_fourth_answer_that_says_nearly_the_same_may_stand_and_a_fifth_waits():
    others = [f"{COMMON} Case {number}." for number in range(5)]

    assert why(COMMON, own_texts=others[:3]) == []
    assert why(COMMON, own_texts=others[:4]) == ["boilerplate"]
    assert why(COMMON, own_texts=["Something else that is said in other words altogether."] * 9) == []


def test_alike_are_those_that_share_most_of_their_runs_of_words():
    words = [f"w{number}" for number in range(23)]
    half = " ".join(words[:12])

    assert count_alike(" ".join(words), [" ".join(words), " ".join(words).upper(), half]) == 2
    assert count_alike("too short", ["too short"]) == 0
    assert 0 < COPY < 1


def test_a_first_post_waits_where_the_site_says_so(settings: Any):
    settings.FIRST_POSTS_WAIT = False
    assert why(COMMON, is_first=True) == []
    settings.FIRST_POSTS_WAIT = True
    assert why(COMMON, is_first=True) == ["first"]


def test_what_a_program_sent_waits_with_a_new_account_only():
    assert why(COMMON, is_automatic=True) == []
    assert why(COMMON, is_automatic=True, author_joined=timezone.now()) == ["automatic"]


def test_every_reason_fits_its_column_and_is_a_sentence():
    assert all(len(reason) <= 20 for reason in REASONS)
    assert all(words.endswith(".") for words in REASONS.values())


# --- The trap --------------------------------------------------------------------------------------------


NOW = time.time()


def opened(seconds_ago: float) -> dict[str, str]:
    return {OPENED: signing.dumps(int(NOW - seconds_ago), salt="moderation.traps")}


@pytest.mark.parametrize(
    ("data", "is_caught"),
    [
        ({}, False),
        (opened(QUICKEST + 2), False),
        (opened(86_400 * 30), False),
        ({**opened(60), FIELD: ""}, False),
        ({**opened(60), FIELD: "https://x.example"}, True),
        (opened(0), True),
        (opened(-60), True),
        ({OPENED: "1"}, True),
        ({OPENED: signing.dumps(1, salt="another")}, True),
    ],
)
def test_the_trap_catches_what_no_person_does(data: dict[str, str], is_caught: bool):
    assert is_automatic(data, now=NOW) is is_caught


def test_a_form_that_comes_back_keeps_when_it_was_first_opened(client: Client):
    client.force_login(UserFactory())
    first = Page(client.get("/questions/ask/")).form(**{"class": "form part"})
    again = Page(client.post("/questions/ask/", {**first, "title": "Short"})).form(**{"class": "form part"})

    assert first[OPENED] == again[OPENED]
    assert first[FIELD] == ""


# --- Questions -------------------------------------------------------------------------------------------


def ask(asker: Any, **kwargs: Any) -> Question:
    asked = kwargs.pop("asked", Asked("Why does my knee click?", "Since autumn.", [TopicFactory()]))
    key = kwargs.pop("key", None) or QuestionFactory.build().form_key
    return post_question(asker=asker, key=key, asked=asked, **kwargs)


@pytest.mark.usefixtures("held")
def test_a_first_question_is_seen_by_its_asker_alone_until_it_is_released(client: Client):
    asker, topic = UserFactory(), TopicFactory(slug="knees")
    question = ask(asker, asked=Asked("Why does my knee click?", "Since autumn.", [topic]))
    address = question.get_absolute_url()
    own = sign_in(Client(), asker)

    assert (question.state, question.held_for) == ("held", ["first"])
    assert client.get(address).status_code == 404
    assert "knee click" not in Page(client.get("/questions/"))
    assert REASONS["first"] in Page(own.get(address))
    assert REASONS["first"] in Page(own.get("/questions/mine/"))
    topic.refresh_from_db()
    assert topic.question_count == 0

    restore_question(question.pk, reason="", moderator=None)

    assert client.get(address).status_code == 200
    assert REASONS["first"] not in Page(own.get(address))
    topic.refresh_from_db()
    assert topic.question_count == 1
    assert ask(asker).state == "published"


@pytest.mark.usefixtures("held")
def test_what_is_held_is_told_when_it_is_posted(client: Client):
    client.force_login(NewcomerFactory())
    form = Page(client.get("/questions/ask/")).form(**{"class": "form part"})
    typed = {
        **form,
        "title": "Why does my knee click?",
        "body": "Since autumn.",
        "topics": [TopicFactory().slug],
        "no_names": "on",
        # People do not see it; how quickly the form comes back is up to the machine.
        FIELD: "https://x.example",
    }

    page = Page(client.post("/questions/ask/", typed, follow=True))

    assert "waits for a moderator" in page
    assert Question.objects.get().held_for == ["first", "automatic"]


def test_words_that_others_wrote_wait_and_other_words_then_show():
    body = "Since last autumn it clicks on each stair, and nothing that I do changes it at all."
    ask(UserFactory(), asked=Asked("Why?", body, []))
    question = ask(asker := UserFactory(), asked=Asked("why?", body.upper(), []))
    assert question.held_for == ["repeated"]

    edit_question(question.pk, editor=asker, asked=Asked("Why?", "My own words.", []), is_redaction=False)

    question.refresh_from_db()
    assert (question.state, question.held_for) == ("published", [])


def test_a_released_question_waits_again_only_for_new_words():
    question = ask(asker := NewcomerFactory(), asked=Asked("Why?", LINKED, []))
    assert question.held_for == ["link"]
    restore_question(question.pk, reason="", moderator=None)
    topic = TopicFactory()

    edit_question(question.pk, editor=asker, asked=Asked("Why?", LINKED, [topic]), is_redaction=False)

    question.refresh_from_db()
    assert question.state == "published"


# --- Reviews and answers -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("rating", [1, 5])
def test_a_first_review_waits_whatever_its_stars(rating: int):
    patient, doctor = UserFactory(), DoctorFactory()
    review = review_doctor(doctor.pk, patient=patient, reviewed=Reviewed(rating, "Title", "It was as I say."))
    assert review.held_for == ["first"]

    restore_review(review.pk, reason="", moderator=None)

    other = review_doctor(DoctorFactory().pk, patient=patient, reviewed=Reviewed(rating, "Title", "As I say, too."))
    assert other.is_visible


def answered(body: str) -> Answered:
    return Answered("A headline of this answer", body, "none")


def test_an_answer_that_waits_tells_nobody_and_is_told_when_it_is_released(client: Client):
    doctor, asker = DoctorFactory(user=UserFactory(), practice="Saltmarsh Skin Clinic"), UserFactory()
    question = QuestionFactory(asker=asker)
    review = review_doctor(doctor.pk, patient=asker, reviewed=Reviewed(4, "Title", "It was as I say."))
    follow(user=asker, question=question, how_often="daily")

    answer = post_answer(question.pk, doctor=doctor, answered=answered("Come to Saltmarsh Skin Clinic."))
    tell_of_answer(answer.pk)

    assert (answer.state, answer.held_for) == ("held", ["promotion"])
    assert not Notice.objects.exists()
    assert "Saltmarsh Skin Clinic." not in Page(client.get(question.get_absolute_url()))
    assert REASONS["promotion"] in Page(sign_in(Client(), doctor.user).get("/desk/answers/"))

    restore_answer(answer.pk, reason="", moderator=None)
    tell_of_answer(answer.pk)

    question.refresh_from_db()
    review.refresh_from_db()
    assert question.answer_count == 1
    assert review.is_verified
    assert Notice.objects.filter(user=asker).exists()


def test_an_answer_that_is_public_waits_only_for_what_was_not_in_it_before():
    doctor = DoctorFactory(user=UserFactory(), practice="Saltmarsh Skin Clinic")
    answer = AnswerFactory(doctor=doctor, body="At Saltmarsh Skin Clinic we see it.")

    edit_answer(answer.pk, doctor=doctor, answered=answered("At Saltmarsh Skin Clinic we see this often."))
    answer.refresh_from_db()
    assert answer.state == Answer.State.PUBLISHED

    edit_answer(answer.pk, doctor=doctor, answered=answered("At Saltmarsh Skin Clinic: 020 7946 0000."))
    answer.refresh_from_db()
    assert (answer.state, answer.held_for) == (Answer.State.HELD, ["contact"])


# --- What waits is in no history -----------------------------------------------------------------------------


def test_words_that_waited_are_in_no_history_when_others_take_their_place(client: Client):
    asker = NewcomerFactory()
    question = ask(asker, asked=Asked("Why?", LINKED, []))
    review = review_doctor(DoctorFactory().pk, patient=asker, reviewed=Reviewed(4, "Title", LINKED))
    doctor = DoctorFactory(user=UserFactory())
    answer = post_answer(QuestionFactory().pk, doctor=doctor, answered=answered("Ring 020 7946 0000 and ask for me."))
    assert {question.state, review.state, answer.state} == {"held"}

    edit_question(question.pk, editor=asker, asked=Asked("Why?", "Other words.", []), is_redaction=False)
    review_doctor(review.doctor_id, patient=asker, reviewed=Reviewed(4, "Title", "Other words."))
    edit_answer(answer.pk, doctor=doctor, answered=answered("Other words."))

    for each in (question, review, answer):
        each.refresh_from_db()
        assert each.state == "published"
        assert not each.edits.exists()


def test_a_review_that_comes_back_has_no_history():
    review = review_doctor(DoctorFactory().pk, patient=UserFactory(), reviewed=Reviewed(4, "Title", "First words."))
    review_doctor(review.doctor_id, patient=review.patient, reviewed=Reviewed(4, "Title", "Second words."))
    withdraw_review(review.pk, patient=review.patient)

    review_doctor(review.doctor_id, patient=review.patient, reviewed=Reviewed(3, "Title", "Third words."))

    assert not review.edits.exists()


def test_a_reply_to_a_short_question_of_a_topic_is_judged_when_it_changes():
    prompt, asker = TopicPromptFactory(), NewcomerFactory()
    asked = Asked("Why?", "My words.", [prompt.topic], replies={prompt.pk: "dry"})
    question = ask(asker, asked=asked)
    assert question.state == "published"

    edit_question(
        question.pk, editor=asker, asked=replace(asked, replies={prompt.pk: "www.spam.example.com"}), is_redaction=False
    )

    question.refresh_from_db()
    assert question.held_for == ["link"]


def test_what_a_doctor_says_of_their_interest_is_judged():
    doctor = DoctorFactory(user=UserFactory(), practice="Saltmarsh Skin Clinic")
    said = Answered("A headline of this answer", "Common words.", "offers", "Book at Saltmarsh Skin Clinic")

    assert post_answer(QuestionFactory().pk, doctor=doctor, answered=said).held_for == ["promotion"]


# --- Copies, and what was taken down ---------------------------------------------------------------------------


LONG = "Since last autumn it clicks on each stair, and nothing that I do changes it at all."


def test_whoever_was_copied_is_not_held_for_it():
    first = ask(asker := UserFactory(), asked=Asked("Why?", LONG, []))
    copy = ask(UserFactory(), asked=Asked("Why?", LONG, []))
    Question.objects.filter(pk=copy.pk).update(state="published", held_for=[])
    reviews = [
        review_doctor(DoctorFactory().pk, patient=UserFactory(), reviewed=Reviewed(4, f"Title {at}", LONG))
        for at in range(2)
    ]
    assert [review.held_for for review in reviews] == [[], ["repeated"]]
    restore_review(reviews[1].pk, reason="", moderator=None)

    edit_question(first.pk, editor=asker, asked=Asked("Why? ", LONG + " ", []), is_redaction=False)
    changed = review_doctor(reviews[0].doctor_id, patient=reviews[0].patient, reviewed=Reviewed(4, "Other", LONG))

    first.refresh_from_db()
    assert first.state == "published"
    assert changed.is_visible


def test_a_short_text_is_no_copy_however_long_what_stands_beside_it():
    review_doctor(DoctorFactory().pk, patient=UserFactory(), reviewed=Reviewed(4, "Title", "Very good."))

    said = Reviewed(4, "A title that is so long that with it the whole would be long enough", "Very good.")

    assert review_doctor(DoctorFactory().pk, patient=UserFactory(), reviewed=said).is_visible


def test_copies_that_nobody_reads_hold_nothing():
    for state in ("held", "withdrawn"):
        hidden = ask(UserFactory(), asked=Asked("Why?", LONG, []))
        Question.objects.filter(pk=hidden.pk).update(state=state)

    assert ask(UserFactory(), asked=Asked("Why?", LONG, [])).state == "published"


def test_what_a_moderator_took_down_does_not_come_back_by_being_posted_again():
    asker, doctor = UserFactory(), DoctorFactory(user=UserFactory())
    question = ask(asker, asked=Asked("Why?", "Bad words.", []))
    hide_question(question.pk, rule=1, reason="Why.", moderator=None)
    review = review_doctor(DoctorFactory().pk, patient=asker, reviewed=Reviewed(4, "Title", "Bad words."))
    hide_review(review.pk, rule=1, reason="Why.", moderator=None)
    answer = post_answer(QuestionFactory().pk, doctor=doctor, answered=answered("Bad words."))
    hide_answer(answer.pk, rule=1, reason="Why.", moderator=None)

    assert ask(asker, asked=Asked("why?", "bad words.", [])).held_for == ["again"]
    again = review_doctor(DoctorFactory().pk, patient=asker, reviewed=Reviewed(1, "Another title", "Bad words."))
    assert again.held_for == ["again"]
    assert post_answer(QuestionFactory().pk, doctor=doctor, answered=answered("Bad words.")).held_for == ["again"]


def test_what_a_program_sent_waits_until_a_moderator_looked_whatever_is_changed():
    question = ask(asker := NewcomerFactory(), asked=Asked("Why?", "Words.", []), is_automatic=True)
    review = review_doctor(
        DoctorFactory().pk, patient=asker, reviewed=Reviewed(4, "Title", "Words."), is_automatic=True
    )

    edit_question(question.pk, editor=asker, asked=Asked("Why?", "Other words.", []), is_redaction=False)
    review_doctor(review.doctor_id, patient=asker, reviewed=Reviewed(4, "Title", "Other words."))

    for each in (question, review):
        each.refresh_from_db()
        assert each.held_for == ["automatic"]


def test_a_program_is_known_through_joining_and_on_a_change(client: Client):
    form = Page(client.get("/questions/ask/")).form(**{"class": "form part"})
    typed = {**form, "title": "Why does it click?", "body": "Since autumn.", "topics": [TopicFactory().slug]}
    client.post("/questions/ask/", {**typed, "no_names": "on", FIELD: "https://x.example"})
    draft = Draft.objects.get()
    assert draft.content[SENT_BY_PROGRAM]

    asker = NewcomerFactory()
    post_waiting(waiting(client), asker)
    sign_in(client, asker)
    question = Question.objects.get(asker=asker)
    assert question.held_for == ["automatic"]

    shown = ask(asker, asked=Asked("Why does it hurt?", "Since spring.", [TopicFactory()]))
    page = Page(client.get(f"/questions/{shown.pk}/edit/"))
    changed = {**page.form(**{"class": "form part"}), "body": "Since the spring of last year.", "no_names": "on"}
    changed[FIELD] = "https://x.example"
    answer = Page(client.post(f"/questions/{shown.pk}/edit/", changed, follow=True))

    shown.refresh_from_db()
    assert shown.held_for == ["automatic"]
    assert "Your changes wait for a moderator" in answer


def test_a_known_fault_does_not_cover_a_new_one_of_its_kind():
    doctor = DoctorFactory(user=UserFactory(), practice="Saltmarsh Skin Clinic")
    answer = AnswerFactory(doctor=doctor, body="Ring 020 7946 0000 about it.")

    edit_answer(answer.pk, doctor=doctor, answered=answered("Ring 020 7946 0000 or 020 7946 0001 about it."))

    answer.refresh_from_db()
    assert answer.held_for == ["contact"]


def test_what_waits_can_be_hidden_in_the_admin(client: Client):
    question = ask(NewcomerFactory(), asked=Asked("Why?", LINKED, []))
    sign_in(client, UserFactory(is_staff=True, is_superuser=True))

    client.post(
        "/admin/questions/question/",
        {"action": "hide_chosen", "_selected_action": [question.pk], "decide": 1, "rule": 1, "reason": "Why.",
         f"seen_{question.pk}": kind_of(question).stamp(question)},
    )  # fmt: skip

    question.refresh_from_db()
    assert question.state == "hidden"


def test_an_answer_that_was_hidden_while_it_waited_is_told_when_it_is_published_after_all():
    doctor, asker = DoctorFactory(user=UserFactory()), UserFactory()
    question = QuestionFactory(asker=asker)
    follow(user=asker, question=question, how_often="daily")
    answer = post_answer(question.pk, doctor=doctor, answered=answered("Ring 020 7946 0000."))
    hide_answer(answer.pk, rule=1, reason="Why.", moderator=None)

    told = ProcrastinateJob.objects.filter(task_name="questions.tell_of_answer", args={"answer_id": answer.pk})
    assert not told.exists()

    restore_answer(answer.pk, reason="", moderator=None)

    assert told.count() == 1
