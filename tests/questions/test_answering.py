"""Doctors answer: from the form to the page, what is refused, what is kept, and what colleagues say."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import NumericRange
from django.test import Client
from django.utils import timezone

from accounts.visitors import Voter
from doctors.models import Doctor
from doctors.services import revoke
from questions.answer_forms import names_a_place
from questions.differences import is_substantial
from questions.models import Answer, AnswerAgreement, AnswerDraft, AnswerEdit, AnswerFact, Notice, Question
from questions.services import (
    Answered,
    StatedFact,
    agree_with,
    close_question,
    decline,
    edit_answer,
    hide_answer,
    post_answer,
    withdraw_answer,
)
from tests.counting import drifted
from tests.crowd import all_at_once
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    FactKindFactory,
    ModeratorFactory,
    QuestionFactory,
    TopicFactory,
    UserFactory,
    VoteFactory,
    sign_in,
    staff_pair,
)
from tests.reading import Page
from voting.models import AnswerVote
from voting.services import cast_vote

pytestmark = pytest.mark.django_db

TYPED = {
    "headline": "Three to six visits for most people",
    "body": "It depends on the scar.\n\n- deep ones need *more*\n- [a leaflet](https://leaflet.example/scars)",
    "interest": "offers",
    "interest_words": "offers this treatment",
}
ANSWERED = Answered(headline="A week for most", body="Most swelling goes in a week.", interest="none")


@pytest.fixture
def doctor() -> Doctor:
    return DoctorFactory(
        user=UserFactory(),
        name="Ada Lovelace",
        place="Port Alder, NY",
        practice="Saltmarsh Skin Clinic",
    )


@pytest.fixture
def desk(doctor: Doctor) -> Client:
    return sign_in(Client(), doctor.user)


@pytest.fixture
def question() -> Question:
    return QuestionFactory(topics=[TopicFactory(name="Acne scars")])


def form_of(question: Question) -> str:
    return f"/questions/{question.pk}/answers/"


# --- Answering -------------------------------------------------------------------------------------------


def test_a_doctor_previews_and_posts_an_answer(client: Client, desk: Client, doctor: Doctor, question: Question):
    preview = desk.post(form_of(question), {**TYPED, "preview": "1"})
    assert preview.status_code == 200
    assert not Answer.objects.exists()
    carried = Page(preview).form(action=form_of(question))

    response = desk.post(form_of(question), carried)

    answer = Answer.objects.get()
    assert response.status_code == 302
    assert response["Location"] == answer.get_absolute_url()
    page = Page(client.get(question.get_absolute_url()))
    assert "Three to six visits for most people" in page
    assert "Dr Lovelace offers this treatment." in page
    assert "https://leaflet.example/scars" in page.links()
    assert 'rel="ugc nofollow noopener"' in answer.body_html
    assert (answer.doctor, answer.body_format, answer.version) == (doctor, "markdown", 1)
    assert drifted() == []


def test_back_from_the_preview_every_character_is_there(desk: Client, question: Question):
    carried = Page(desk.post(form_of(question), {**TYPED, "preview": "1"})).form(action=form_of(question))

    page = Page(desk.post(form_of(question), {**carried, "back": "1"}))

    assert page.form(action=form_of(question)).items() >= TYPED.items()


def test_the_asker_is_told_by_mail_without_a_word_of_it(mails, deliver, mailoutbox):
    asker, doctor = UserFactory(), DoctorFactory(user=UserFactory())
    question = QuestionFactory(asker=asker)
    question.follows.create(user=asker, how_often="at_once")

    post_answer(question.pk, doctor=doctor, answered=ANSWERED)
    deliver()

    (mail,) = [mail for mail in mails() if mail.user == asker]
    assert mail.state == "sent"
    assert "week" not in mailoutbox[-1].body
    assert Notice.objects.get(user=asker).told_at


def test_a_stranger_is_led_to_the_sign_in_and_others_are_refused(client: Client, question: Question):
    assert client.get(form_of(question))["Location"].startswith("/accounts/login/")
    assert sign_in(Client(), UserFactory()).get(form_of(question)).status_code == 403
    assert sign_in(Client(), ModeratorFactory()).post(form_of(question), TYPED).status_code == 403


def test_a_doctor_without_the_second_factor_is_led_to_it(doctor: Doctor, question: Question):
    client = sign_in(Client(), doctor.user, factor=False)

    response = client.post(form_of(question), TYPED)

    assert response["Location"].startswith("/accounts/second-factor/")
    assert not Answer.objects.exists()


def test_a_doctor_whose_check_was_taken_back_cannot_answer(desk: Client, doctor: Doctor, question: Question):
    revoke(doctor.verifications.get().pk, words="Why.", staff=staff_pair()[0])

    assert desk.post(form_of(question), TYPED).status_code == 403
    with pytest.raises(PermissionDenied):
        post_answer(question.pk, doctor=doctor, answered=ANSWERED)


@pytest.mark.parametrize("state", ["held", "withdrawn", "closed", "own"])
def test_what_takes_no_answer_takes_none(desk: Client, doctor: Doctor, question: Question, state: str):
    if state == "closed":
        close_question(question.pk, asker=question.asker)
    elif state == "own":
        Question.objects.update(asker=doctor.user)
    else:
        Question.objects.update(state=state)

    assert desk.post(form_of(question), TYPED).status_code == {"held": 404, "withdrawn": 410}.get(state, 403)
    assert not Answer.objects.exists()


def test_sent_twice_it_is_one_answer(desk: Client, question: Question):
    first = desk.post(form_of(question), TYPED)
    second = desk.post(form_of(question), TYPED)

    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    assert Answer.objects.count() == 1


def test_other_words_for_a_question_that_is_answered_come_back_as_a_change(desk: Client, question: Question):
    desk.post(form_of(question), TYPED)

    response = desk.post(form_of(question), {**TYPED, "body": "Something else."})

    assert response.status_code == 422
    assert "Something else." in response.content.decode()
    assert Answer.objects.get().body.startswith("It depends")


@pytest.mark.django_db(transaction=True)
def test_sent_at_one_moment_it_is_one_answer():
    doctor, question = DoctorFactory(user=UserFactory()), QuestionFactory()

    outcomes = all_at_once([lambda: post_answer(question.pk, doctor=doctor, answered=ANSWERED).pk] * 8)

    assert len(set(outcomes)) == 1
    assert Answer.objects.count() == 1
    assert drifted() == []


@pytest.mark.django_db(transaction=True)
def test_of_different_answers_at_one_moment_one_stands_and_the_others_come_back():
    doctor, question = DoctorFactory(user=UserFactory()), QuestionFactory()
    texts = [f"Most swelling goes in {days} days." for days in ("five", "six", "seven", "eight")]
    windows = [sign_in(Client(), doctor.user) for _ in texts]

    def post(place: int) -> Any:
        return lambda: windows[place].post(form_of(question), {**TYPED, "body": texts[place]})

    responses = all_at_once([post(place) for place in range(4)])

    stands = Answer.objects.get()
    for text, response in zip(texts, responses, strict=True):
        if text == stands.body:
            assert response["Location"] == stands.get_absolute_url()
            continue
        page = Page(response)
        assert response.status_code == 422
        assert "You answered this already" in page
        assert page.form(action=f"/answers/{stands.pk}/edit/")["body"] == text


def test_several_lines_sent_twice_by_a_browser_are_one_answer(desk: Client, question: Question):
    typed = {**TYPED, "body": "One line.\r\n\r\nAnd another."}

    for _ in range(2):
        assert desk.post(form_of(question), typed)["Location"] == Answer.objects.get().get_absolute_url()


def test_another_interest_is_another_answer_and_comes_back(desk: Client, question: Question):
    desk.post(form_of(question), TYPED)

    response = desk.post(form_of(question), {**TYPED, "interest": "paid"})

    assert response.status_code == 422
    assert "You answered this already" in Page(response)


def test_words_come_back_where_the_check_was_taken_back_meanwhile(desk: Client, doctor: Doctor, question: Question):
    revoke(doctor.verifications.get().pk, words="The board wrote to us.", staff=staff_pair()[0])

    response = desk.post(form_of(question), TYPED)

    page = Page(response)
    assert response.status_code == 403
    assert "You cannot answer just now" in page
    assert page.form(action=form_of(question)).items() >= TYPED.items()
    assert not Answer.objects.exists()


def test_a_form_without_the_token_is_refused_and_the_words_come_back(doctor: Doctor, question: Question):
    client = sign_in(Client(enforce_csrf_checks=True), doctor.user)

    response = client.post(form_of(question), TYPED)

    assert response.status_code == 403
    assert "It depends on the scar." in response.content.decode()


def test_an_answer_that_was_withdrawn_comes_back_with_other_words(doctor: Doctor, question: Question):
    answer = post_answer(question.pk, doctor=doctor, answered=ANSWERED)
    withdraw_answer(answer.pk, doctor=doctor)

    again = post_answer(
        question.pk, doctor=doctor, answered=Answered(headline="Two weeks", body="It took longer.", interest="none")
    )

    assert again.pk == answer.pk
    assert (again.state, again.headline, again.version) == ("published", "Two weeks", 2)
    # What was withdrawn stays so.
    assert not again.edits.exists()
    assert drifted() == []


def test_what_a_moderator_hid_is_not_answered_anew(desk: Client, doctor: Doctor, question: Question):
    answer = post_answer(question.pk, doctor=doctor, answered=ANSWERED)
    hide_answer(answer.pk, rule=1, reason="Why.", moderator=None)

    assert desk.post(form_of(question), TYPED).status_code == 403
    assert desk.post(f"/answers/{answer.pk}/edit/", TYPED).status_code == 403


def test_whoever_answers_has_not_passed_on_it(doctor: Doctor, question: Question):
    decline(question.pk, doctor=doctor, reason="field")

    post_answer(question.pk, doctor=doctor, answered=ANSWERED)

    assert not question.declines.exists()


# --- What is refused -------------------------------------------------------------------------------------

# Letters, marks and signs that are drawn as nothing.
UNDRAWN = "\u2800\u3164 \uffa0\u115f\u034f\u17b4"
WRONG = {
    "headline": [
        "",
        "x" * 141,
        UNDRAWN,
        "Take 50 \ufffdg",
        "Peels at Saltmarsh",
        "Ask in Port Alder",
        "Dr Lovelace answers",
        "Visit us - Buffalo, NY",
    ],
    "body": [
        "",
        " \n ",
        "x" * 10_001,
        "Write to ada@clinic.example",
        "Call 555-867-5309 today",
        "<b></b>",
        UNDRAWN,
        f"- **{UNDRAWN}**",
        "\ufffd",
    ],
    "interest": ["", "rich"],
    "interest_words": ["x" * 201, "calls from 555-867-5309", "\ufffd"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_each_fault_alone_comes_back_with_what_was_typed(desk: Client, question: Question, name: str, value: str):
    response = desk.post(form_of(question), {**TYPED, name: value})

    page = Page(response)
    if value == "<b></b>":  # Markup is shown as it was typed: it is text.
        assert response.status_code == 302
        return
    assert response.status_code == 422
    assert 'id="errors-title"' in response.content.decode()
    typed = page.form(action=form_of(question))
    assert typed.get("headline") == (value if name == "headline" else TYPED["headline"])
    assert not Answer.objects.exists()


def test_words_of_an_interest_that_show_nothing_are_none(desk: Client, question: Question):
    desk.post(form_of(question), {**TYPED, "interest_words": UNDRAWN})

    assert Answer.objects.get().interest_words == ""


def test_all_faults_at_once_come_back_together(desk: Client, question: Question):
    kind = FactKindFactory(topic=question.topics.get())
    typed = {"headline": "", "body": "Mail ada@clinic.example", "interest": "", f"fact_{kind.pk}_low": "many"}

    response = desk.post(form_of(question), typed)

    assert response.status_code == 422
    page = Page(response)
    for words in ("Write a headline", "how to reach somebody", "Say what your interest is", "whole number"):
        assert words in page
    assert page.form(action=form_of(question))[f"fact_{kind.pk}_low"] == "many"


@pytest.mark.parametrize(
    ("headline", "is_refused"),
    [
        ("EMatrix alone or combined with fractional lasers - Williamsville, NY", True),
        ("Ask at the Saltmarsh clinic", True),
        ("Port Alder patients need six", True),
        ("Lovelace says three", True),
        ("The Harbour Bridge Institute does it", True),
        ("Three visits in Port-Alder", True),
        ("Three visits in Pоrt Alder", True),
        ("Three visits in Pórt Ａlder", True),
        ("Three visits in P0rt Ald3r", True),
        ("Three visits in PortAlder", True),
        ("Three visits in P.o.r.t A.l.d.e.r", True),
        ("Three visits in Port AIder", True),
        ("Three visits in P\u200dort Al\u00adder", True),
        ("Three visits in Ρort Αlder", True),
        ("S@ltmarsh has the laser", True),
        ("Lоvelace says three", True),
        ("Three visits, Вuffalo, NY", True),
        ("Three reports, older than most", False),
        ("A port, alders and pollen", False),
        ("Depends on the type of scar, skin type, and depth of scar", False),
        ("Mohs surgery first, a laser later", False),
        ("Skin care helps, and so does time", False),
        ("Your hospital can tell", False),
        ("RF and lasers, compared", False),
    ],
)
def test_a_headline_names_no_place_and_no_practice(headline: str, is_refused: bool):
    doctor = Doctor(name="Ada Lovelace", place="Port Alder, Alder Coast", practice="Saltmarsh Skin Clinic")

    assert names_a_place(headline, doctor) is is_refused


def test_links_lead_to_https_alone(desk: Client, question: Question):
    body = "[a](http://a.example) [b](javascript:x) [c](https://c.example) ![d](https://d.example/d.png) <img src=x>"

    desk.post(form_of(question), {**TYPED, "body": body})

    html = Answer.objects.get().body_html
    assert "https://c.example" in html
    assert 'href="http://' not in html
    assert "javascript" not in html.replace("](javascript:x)", "")
    assert "<img" not in html


# --- Facts -----------------------------------------------------------------------------------------------


def test_facts_of_the_topics_are_asked_for_and_summed(client: Client, desk: Client, question: Question):
    topic = question.topics.get()
    sessions = FactKindFactory(topic=topic, label="Sessions", form="range")
    redness = FactKindFactory(topic=topic, label="Redness", form="days")
    depends = FactKindFactory(topic=topic, label="It depends", form="choice", choices={"scar": "On the scar"})
    typed = {f"fact_{sessions.pk}_low": "3", f"fact_{sessions.pk}_high": "6", f"fact_{redness.pk}_low": "4"}

    desk.post(form_of(question), {**TYPED, **typed, f"fact_{depends.pk}": "scar"})

    spans = dict(AnswerFact.objects.exclude(span=None).values_list("kind", "span"))
    assert spans == {sessions.pk: NumericRange(3, 7), redness.pk: NumericRange(4, 5)}
    page = Page(client.get(question.get_absolute_url()))
    assert "Sessions 3 to 6" in page
    assert "Redness 4 days" in page
    assert "On the scar" in page


def test_without_a_fact_there_is_no_box(client: Client, desk: Client, question: Question):
    FactKindFactory(topic=question.topics.get())

    desk.post(form_of(question), TYPED)

    assert "At a glance" not in Page(client.get(question.get_absolute_url()))


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        ("6", "3", "smaller number of “Sessions” first"),
        ("", "3", "Enter the smaller number"),
        ("-1", "3", "from 0 to 10,000"),
        ("3", "10001", "from 0 to 10,000"),
        ("3.5", "4", "whole number"),
        ("three", "", "whole number"),
        *((typed, "", "whole number") for typed in ("1_000", "+5", "1.0", "1,000", "1e2", "٣", "0x5", "5 6", "9" * 30)),
    ],
)
def test_a_range_that_is_none_is_refused(desk: Client, question: Question, low: str, high: str, words: str):
    kind = FactKindFactory(topic=question.topics.get(), label="Sessions")

    response = desk.post(form_of(question), {**TYPED, f"fact_{kind.pk}_low": low, f"fact_{kind.pk}_high": high})

    assert response.status_code == 422
    assert words in Page(response)


def test_facts_of_another_topic_are_not_taken(desk: Client, question: Question):
    other = FactKindFactory()

    desk.post(form_of(question), {**TYPED, f"fact_{other.pk}_low": "3"})

    assert Answer.objects.exists()
    assert not AnswerFact.objects.exists()


# --- Drafts ----------------------------------------------------------------------------------------------


def test_a_draft_is_kept_and_gone_on_with_and_goes_with_the_answer(desk: Client, question: Question):
    desk.post(form_of(question), {**TYPED, "headline": "", "save": "1"})
    assert AnswerDraft.objects.get().content["body"] == TYPED["body"]

    page = Page(desk.get(form_of(question)))
    assert page.form(action=form_of(question))["body"] == TYPED["body"]

    desk.post(form_of(question), TYPED)
    assert not AnswerDraft.objects.exists()


def test_what_is_typed_is_kept_by_the_way(desk: Client, question: Question):
    for body in ("One.", "One. Two."):
        assert "Draft saved" in Page(desk.post(f"{form_of(question)}draft/", {"body": body}))

    assert AnswerDraft.objects.get().content == {"body": "One. Two."}
    desk.post(f"{form_of(question)}draft/delete/")
    assert not AnswerDraft.objects.exists()


def test_a_draft_that_is_far_too_long_is_not_kept(desk: Client, question: Question):
    response = desk.post(f"{form_of(question)}draft/", {"headline": "x" * 60_000, "body": "y" * 60_000})

    assert "Not saved" in Page(response)


def test_a_draft_is_its_doctors_alone(question: Question, desk: Client):
    desk.post(form_of(question), {**TYPED, "save": "1"})
    other = sign_in(Client(), DoctorFactory(user=UserFactory()).user)

    assert "It depends on the scar." not in other.get(form_of(question)).content.decode()


# --- Changing --------------------------------------------------------------------------------------------


@pytest.fixture
def answer(doctor: Doctor, question: Question) -> Answer:
    return post_answer(question.pk, doctor=doctor, answered=ANSWERED)


def test_a_change_keeps_a_public_history(client: Client, desk: Client, answer: Answer):
    form = Page(desk.get(f"/answers/{answer.pk}/edit/")).form(action=f"/answers/{answer.pk}/edit/")

    response = desk.post(f"/answers/{answer.pk}/edit/", {**form, "body": "Most swelling goes in two weeks."})

    assert response.status_code == 302
    page = client.get(f"/answers/{answer.pk}/history/")
    assert "<del>a week.</del>" in page.content.decode().replace("</del><ins>", "</del> <ins>")
    assert "Changed in substance" in Page(page)
    assert "Changed on" in Page(client.get(answer.question.get_absolute_url()))
    answer.refresh_from_db()
    assert answer.confirmed_at
    assert answer.edited_at


def test_nothing_changed_writes_nothing(doctor: Doctor, answer: Answer):
    edit_answer(answer.pk, doctor=doctor, answered=ANSWERED)

    answer.refresh_from_db()
    assert (answer.edited_at, answer.version, AnswerEdit.objects.count()) == (None, 1, 0)


def test_somebody_elses_answer_is_not_found(answer: Answer):
    other = sign_in(Client(), DoctorFactory(user=UserFactory()).user)

    for page in ("edit", "withdraw"):
        assert other.get(f"/answers/{answer.pk}/{page}/").status_code == 404
        assert other.post(f"/answers/{answer.pk}/{page}/", TYPED).status_code == 404
    with pytest.raises(PermissionDenied):
        edit_answer(answer.pk, doctor=DoctorFactory(), answered=ANSWERED)


@pytest.mark.parametrize(
    ("was", "now", "is_other"),
    [
        ("", "", False),
        ("a week.", "a week!", False),
        ("a week.", "A Week.", False),
        ("sweling", "swelling", False),
        ("at home", "home at", False),
        ("3 to 6 visits", "3 to 5 visits", True),
        ("three visits", "four visits", True),
        ("it is safe", "it is not safe", True),
        ("", "and quite another thing that was not there before", True),
        ("once", "", True),
    ],
)
def test_what_is_a_change_of_substance(was: str, now: str, is_other: bool):
    around = "It depends on the scar, {} and then your own doctor looks at what is left of it with you."

    assert is_substantial(around.format(was), around.format(now)) is is_other


def test_votes_for_an_earlier_version_are_told_and_cast_anew(client: Client, doctor: Doctor, answer: Answer):
    voters = [Voter(user_id=UserFactory().pk) for _ in range(7)]
    for voter in voters:
        cast_vote(answer_id=answer.pk, voter=voter, value=1)

    edit_answer(answer.pk, doctor=doctor, answered=Answered("A month", "It takes 4 weeks.", "none"))

    assert "7 votes for an earlier version" in Page(client.get(answer.question.get_absolute_url()))
    mine = sign_in(Client(), UserFactory._meta.model.objects.get(pk=voters[0].user_id))
    button = f'id="up-{answer.pk}" name="value" value="1" aria-pressed="false"'
    assert button in mine.get(answer.question.get_absolute_url()).content.decode()

    mine.post(f"/answers/{answer.pk}/vote/", {"value": "1"}, headers={"Sec-Fetch-Site": "same-origin"})
    cast_vote(answer_id=answer.pk, voter=voters[1], value=-1)
    cast_vote(answer_id=answer.pk, voter=voters[2], value=0)

    answer.refresh_from_db()
    assert (answer.earlier_vote_count, answer.upvote_count, answer.downvote_count) == (4, 5, 1)
    assert "4 votes for an earlier version" in Page(client.get(answer.question.get_absolute_url()))
    assert drifted() == []


def test_only_who_may_vote_is_told_to_vote_anew(client: Client, desk: Client, doctor: Doctor, answer: Answer):
    Answer.objects.filter(pk=answer.pk).update(version=2, earlier_vote_count=3)
    told = "3 votes for an earlier version. You may vote anew."
    colleague = sign_in(Client(), DoctorFactory(user=UserFactory()).user)

    for reader in (client, colleague):
        assert told in Page(reader.get(answer.question.get_absolute_url()))
    own = Page(desk.get(answer.question.get_absolute_url()))
    assert "3 votes for an earlier version." in own
    assert told not in own


def test_a_slip_that_is_mended_leaves_the_votes_alone(doctor: Doctor, question: Question):
    words = "Most sweling goes in a week or so, and what is left then is for your own doctor to look at."
    answer = post_answer(question.pk, doctor=doctor, answered=Answered("A week", words, "none"))
    VoteFactory(answer=answer)

    edit_answer(answer.pk, doctor=doctor, answered=Answered("A week", words.replace("sweling", "swelling"), "none"))

    answer.refresh_from_db()
    assert (answer.version, answer.earlier_vote_count, AnswerEdit.objects.get().is_substantial) == (1, 0, False)


def test_other_facts_are_another_version(doctor: Doctor, question: Question, answer: Answer):
    kind = FactKindFactory(topic=question.topics.get())
    facts = [StatedFact(kind, 3, 6)]

    edit_answer(answer.pk, doctor=doctor, answered=Answered(ANSWERED.headline, ANSWERED.body, "none", facts=facts))

    answer.refresh_from_db()
    assert answer.version == 2
    assert answer.facts.get().span == NumericRange(3, 7)


@pytest.mark.django_db(transaction=True)
def test_votes_and_a_change_at_one_moment_are_counted_right():
    doctor = DoctorFactory(user=UserFactory())
    answer = post_answer(QuestionFactory().pk, doctor=doctor, answered=ANSWERED)
    voters = [Voter(user_id=UserFactory().pk) for _ in range(12)]
    work: list[Any] = [lambda v=v: cast_vote(answer_id=answer.pk, voter=v, value=1) for v in voters]
    work.insert(6, lambda: edit_answer(answer.pk, doctor=doctor, answered=Answered("4 weeks", "It takes 4.", "none")))

    assert not [outcome for outcome in all_at_once(work) if isinstance(outcome, Exception)]

    answer.refresh_from_db()
    assert answer.earlier_vote_count == AnswerVote.objects.filter(version=1).count()
    assert drifted() == []


def test_withdrawn_it_is_gone_from_the_page(client: Client, desk: Client, answer: Answer):
    assert desk.get(f"/answers/{answer.pk}/withdraw/").status_code == 200

    for _ in range(2):
        assert desk.post(f"/answers/{answer.pk}/withdraw/").status_code == 302

    assert client.get(f"/answers/{answer.pk}/").status_code == 410
    assert client.get(f"/answers/{answer.pk}/history/").status_code == 410
    assert ANSWERED.headline not in Page(client.get(answer.question.get_absolute_url()))
    assert drifted() == []


# --- Colleagues ------------------------------------------------------------------------------------------


def test_a_colleague_agrees_once_and_apart_from_the_score(client: Client, answer: Answer):
    colleague = sign_in(Client(), DoctorFactory(user=UserFactory()).user)
    url = f"/answers/{answer.pk}/agree/"

    for _ in range(2):
        assert colleague.post(url, {"value": "1", "version": "1"}).status_code == 302

    page = Page(client.get(answer.question.get_absolute_url()))
    assert "1 other doctor agrees." in page
    answer.refresh_from_db()
    assert (answer.score, answer.upvote_count) == (0, 0)
    mine = colleague.get(answer.question.get_absolute_url()).content.decode()
    assert 'name="value" value="0" aria-pressed="true"' in mine
    colleague.post(url, {"value": "0"})
    assert not AnswerAgreement.objects.exists()


def test_a_colleague_agrees_with_no_words_that_came_later(doctor: Doctor, answer: Answer):
    agree_with(answer.pk, doctor=DoctorFactory(), is_agreed=True)

    edit_answer(answer.pk, doctor=doctor, answered=Answered("A month", "It takes 4 weeks.", "none"))

    assert not AnswerAgreement.objects.exists()


@pytest.mark.parametrize("version", ["1", "", "x", "9" * 30])
def test_a_yes_to_words_that_are_no_longer_there_is_told_and_not_counted(doctor: Doctor, answer: Answer, version: str):
    colleague = sign_in(Client(), DoctorFactory(user=UserFactory()).user)
    edit_answer(answer.pk, doctor=doctor, answered=Answered("A month", "It takes 4 weeks.", "none"))

    response = colleague.post(f"/answers/{answer.pk}/agree/", {"value": "1", "version": version}, follow=True)

    assert "The answer was changed after you opened the page" in Page(response)
    assert not AnswerAgreement.objects.exists()
    form = Page(response).form(action=f"/answers/{answer.pk}/agree/")
    colleague.post(f"/answers/{answer.pk}/agree/", {**form, "value": "1"})
    assert AnswerAgreement.objects.exists()


def test_who_may_not_agree(desk: Client, doctor: Doctor, answer: Answer):
    url = f"/answers/{answer.pk}/agree/"
    unchecked = DoctorFactory(user=UserFactory(), verified=False, licence=False)

    assert desk.post(url, {"value": "1"}).status_code == 403
    assert sign_in(Client(), unchecked.user).post(url, {"value": "1"}).status_code == 403
    with pytest.raises(PermissionDenied):
        agree_with(answer.pk, doctor=doctor, is_agreed=True)
    assert not AnswerAgreement.objects.exists()


def test_a_strangers_page_holds_no_form_of_doctors_and_no_token(client: Client, answer: Answer):
    colleague = sign_in(Client(), DoctorFactory(user=UserFactory()).user)
    url = answer.question.get_absolute_url()

    assert "/agree/" in colleague.get(url).content.decode()
    for viewer in (client, sign_in(Client(), UserFactory())):
        page = viewer.get(url).content.decode()
        assert "/agree/" not in page
        assert "csrfmiddlewaretoken" not in page or viewer is not client


# --- Rows ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("constraint", "write"),
    [
        ("one_draft_per_doctor_and_question", lambda a: [
            AnswerDraft.objects.create(doctor=a.doctor, question=a.question) for _ in range(2)]),
        ("answer_draft_is_bounded", lambda a: AnswerDraft.objects.create(
            doctor=a.doctor, question=a.question, content={"body": "x" * 200_000})),
        ("one_agreement_per_doctor", lambda a: [
            AnswerAgreement.objects.create(answer=a, doctor=a.doctor) for _ in range(2)]),
        ("answer_edit_format_is_known", lambda a: AnswerEdit.objects.create(
            answer=a, body="x", body_format="pdf", is_substantial=False)),
    ],
)  # fmt: skip
def test_the_tables_refuse_what_cannot_be(constraint: str, write: Any):
    answer = AnswerFactory()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write(answer)


def test_rows_tell_no_words_of_theirs():
    answer = AnswerFactory(headline="Secret")
    draft = AnswerDraft.objects.create(doctor=answer.doctor, question=answer.question, content={"body": "Secret"})
    edit = AnswerEdit.objects.create(answer=answer, headline="Secret", body="Secret", is_substantial=False)

    assert not [each for each in (str(draft), str(edit)) if "Secret" in each]
    assert timezone.now() - draft.updated_at < timedelta(minutes=1)
