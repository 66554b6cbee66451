"""What is a person's: it can be taken away, and it goes with their account, as they chose."""

import json
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, connection, models
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts import belongings
from accounts.belongings import CannotClose, close_account
from accounts.emails import send_mail
from accounts.models import Mail, MailChoice, User
from accounts.services import set_up_authenticator_app
from accounts.visitors import Voter
from doctors.models import Doctor, DoctorReview, Document, HelpfulMark, Verification
from doctors.services import add_documents, review_doctor, withdraw_review
from doctors.services.reviews import Reviewed
from moderation.disputes import disputed, erase_what_is_over
from moderation.models import Case, Hold, Report
from moderation.registry import kind_of
from moderation.services import CleanFile, WithdrawnError, report
from questions.models import (
    AnswerAgreement,
    AnswerEdit,
    Desk,
    Draft,
    Follow,
    Notice,
    PromptReply,
    Question,
    QuestionEdit,
    Topic,
    TopicProposal,
)
from questions.services import hide_question, restore_question, withdraw_question
from tests.crowd import all_at_once
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    DoctorReviewFactory,
    DraftFactory,
    FollowFactory,
    InquiryFactory,
    ModeratorFactory,
    QuestionFactory,
    QuestionPhotoFactory,
    TopicFactory,
    TopicPromptFactory,
    UserFactory,
    VerificationFactory,
    VoteFactory,
)
from tests.mailing import delivered, work
from tests.people import PASSWORD, join, prove
from voting.models import AnswerVote
from voting.services import cast_vote

pytestmark = pytest.mark.django_db

# Stands in everything that a person writes below, and in nothing else.
MARK = "zephyrine"
STAY = {"questions": "stay", "answers": "stay"}


def a_report(**fields: Any) -> Report:
    """Write a report, with the case that it belongs to."""
    subject = {name: fields[name] for name in ("subject_kind", "subject_id")}
    case, _ = Case.objects.get_or_create(**subject, closed_at=None, defaults={"cause": "reports"})
    return Report.objects.create(case=case, **fields)


def live(**user: Any) -> User:
    """Return a person who has done all that a patient can do here; each word of theirs holds the mark."""
    person = UserFactory(email=f"{MARK}@mail.example", pen_name=f"{MARK}_pen", confirmed=True, **user)
    question = QuestionFactory(
        asker=person,
        title=f"A {MARK} question",
        slug=f"a-{MARK}-question",
        body=f"With {MARK} words",
        emergencies=["chest_pain"],
        is_urgent=True,
        topics=[TopicFactory()],
    )
    QuestionEdit.objects.create(question=question, title=f"{MARK} before", body=f"{MARK} before", stated=MARK)
    PromptReply.objects.create(question=question, prompt=TopicPromptFactory(), text=f"{MARK} skin")
    TopicProposal.objects.create(question=question, name=f"{MARK} topic")
    InquiryFactory(question=question, reply=f"{MARK} reply", replied_at=timezone.now())
    QuestionPhotoFactory(question=question, released=True, alt=f"{MARK} arm", file=f"photos/{MARK}")
    answer = AnswerFactory(question=question)
    QuestionFactory(asker=person, title=f"{MARK} withdrawn", state="withdrawn")
    DraftFactory(user=person, content={"title": f"{MARK} draft"})
    FollowFactory(user=person, question=question)
    other = AnswerFactory()
    Notice.objects.create(user=person, question=other.question, answer=other, how_often="daily")
    cast_vote(answer_id=other.pk, voter=Voter(user_id=person.pk), value=1)
    review_doctor(answer.doctor_id, patient=person, reviewed=Reviewed(4, f"{MARK} title", f"{MARK} review", MARK))
    HelpfulMark.objects.create(review=DoctorReviewFactory(), user=person)
    a_report(
        subject_kind="doctors.doctorreview", subject_id=DoctorReviewFactory().pk, reason="abuse", reported_by=person
    )
    set_up_authenticator_app(user=person)
    MailChoice.objects.create(user=person, kind="desk")
    send_mail(to=person, template="account/email/password_changed", context={}, kind="account")
    return person


def places_of(word: str) -> dict[str, int]:
    """Return every table of the database in which a word stands, with the number of its rows."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" AS each_row WHERE each_row::text ILIKE %s', [f"%{word}%"])
            if count := cursor.fetchone()[0]:
                found[table] = count
    return found


def signed_in(person: User) -> Client:
    """Return a browser of somebody who signed in, and proved once more who they are."""
    client = Client()
    response = client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert response.status_code == 302
    prove(client)
    return client


# --- Taking away ---------------------------------------------------------------------------------------------


def test_the_file_holds_all_that_a_person_did():
    person = live()

    own = belongings.export(person)
    text = json.dumps(own)

    assert own["account"]["email"] == person.email
    assert [each["title"] for each in own["questions"]["questions"]] == [f"A {MARK} question", f"{MARK} withdrawn"]
    (first, _) = own["questions"]["questions"]
    assert first["sounded_like"] == ["chest_pain"]
    assert first["earlier"][0]["title"] == f"{MARK} before"
    assert first["photos"][0]["shows"] == f"{MARK} arm"
    assert first["replies"][0]["text"] == f"{MARK} skin"
    assert first["replies_to_doctors"][0]["reply"] == f"{MARK} reply"
    assert own["questions"]["drafts"][0]["content"] == {"title": f"{MARK} draft"}
    assert len(own["questions"]["follows"]) == len(own["questions"]["told_of"]) == 1
    assert [each["value"] for each in own["votes"]] == [1]
    assert own["doctors"]["reviews"][0]["body"] == f"{MARK} review"
    assert len(own["doctors"]["reviews_found_helpful"]) == 1
    assert [each["reason"] for each in own["moderation"]["reports"]] == ["It insults or threatens somebody"]
    assert own["account"]["mails_turned_off"] == ["desk"]
    assert [each["kind"] for each in own["account"]["mails"]] == ["account"]
    assert [each["kind"] for each in own["account"]["second_factors"]] == ["totp"]
    for secret in (person.password, Authenticator.objects.get(user=person).data["secret"]):
        assert secret not in text


def test_every_table_of_a_person_has_a_place_in_the_file_or_a_reason_to_be_left_out():
    exported = {
        *("voting.AnswerVote", "questions.Question", "questions.Draft", "questions.Follow", "questions.Notice"),
        *("doctors.Doctor", "doctors.Verification", "doctors.DoctorReview", "doctors.HelpfulMark"),
        *("moderation.Appeal", "moderation.Sanction", "moderation.Hiding"),
        *("moderation.Report", "accounts.Mail", "accounts.MailChoice", "account.EmailAddress", "mfa.Authenticator"),
        *("usersessions.UserSession", "moderation.Sanction", "moderation.Hiding"),
    }
    # What staff signed is the site's record; it goes out with the case that it is about.
    left_out = {"moderation.Case", "moderation.Decision", "admin.LogEntry"}

    named = {relation.related_model._meta.label for relation in User._meta.related_objects}

    assert named - left_out == exported


def test_a_doctors_file_holds_what_they_did_as_a_doctor():
    person = UserFactory()
    doctor = DoctorFactory(user=person)
    answer = AnswerFactory(doctor=doctor, headline="A headline")
    AnswerEdit.objects.create(answer=answer, headline="Before", body="Before", is_substantial=False)
    Desk.objects.create(doctor=doctor)
    DoctorReviewFactory(doctor=doctor, reply="Thank you", replied_at=timezone.now(), body="A patient's own words")

    own = belongings.export(person)

    assert own["questions"]["as_a_doctor"]["answers"][0]["headline"] == "A headline"
    assert own["questions"]["as_a_doctor"]["answers"][0]["earlier"][0]["headline"] == "Before"
    assert own["doctors"]["profile"]["name"] == doctor.name
    assert own["doctors"]["profile"]["replies_to_reviews"][0]["reply"] == "Thank you"
    assert own["doctors"]["applications"][0]["number"] == f"AC-{doctor.pk}"
    assert "A patient's own words" not in json.dumps(own)


def test_the_file_is_handed_out_after_a_fresh_proof_only_and_kept_by_nobody():
    person = live()
    client = Client()
    client.force_login(person)

    asked = client.get("/accounts/data/file/")
    assert (asked.status_code, asked["Location"].partition("?")[0]) == (302, "/accounts/reauthenticate/")
    prove(client)
    given_ = client.get("/accounts/data/file/")

    assert given_.status_code == 200
    assert given_["Cache-Control"] == "private, no-store"
    assert given_["Content-Disposition"].startswith("attachment; filename=")
    assert given_["X-Content-Type-Options"] == "nosniff"
    assert given_.json()["account"]["email"] == person.email


def test_the_file_of_one_person_names_no_other():
    person, other = live(), UserFactory(pen_name="somebody_else", email="somebody@else.example")
    QuestionFactory(asker=other)
    DraftFactory(user=other, content={"title": "A draft of somebody"})
    # They typed an address that is somebody else's and never confirmed it.
    EmailAddress.objects.create(user=person, email="third@else.example", verified=False)
    send_mail(to="third@else.example", template="account/email/password_changed", context={}, kind="account")

    text = json.dumps(belongings.export(person)["account"]["mails"]) + json.dumps(
        belongings.export(person)["questions"]
    )

    assert "else.example" not in text
    assert "somebody" not in text


# --- Closing -------------------------------------------------------------------------------------------------


def test_of_a_closed_account_no_word_is_left_anywhere():
    person = live()
    Authenticator.objects.filter(user=person).delete()
    signed_in_before = signed_in(person)
    set_up_authenticator_app(user=person)

    close_account(user_id=person.pk, choices={})
    work()

    assert places_of(MARK) == {}
    person.refresh_from_db()
    assert (person.email, person.pen_name) == (f"{person.pk}@erased.invalid", f"Former member {person.pk}")
    assert not person.has_usable_password()
    assert signed_in_before.get("/accounts/").status_code == 302
    assert not Session.objects.exists()


def test_nothing_that_a_foreign_key_deletes_with_a_person_outlives_them():
    person = live()

    close_account(user_id=person.pk, choices=STAY)

    for relation in User._meta.related_objects:
        if relation.on_delete is models.CASCADE:
            rows = relation.related_model._base_manager.filter(**{relation.field.name: person})
            assert not rows.exists(), relation.related_model
    assert not Question.objects.filter(asker=person).exists()


def test_questions_stay_under_former_member_only_where_their_asker_says_so():
    person = live()

    close_account(user_id=person.pk, choices=STAY)

    kept = Question.objects.get(title=f"A {MARK} question")
    assert (kept.asker, kept.shown_asker, kept.state, kept.answer_count) == (None, "Former member", "published", 1)
    page = Client().get(kept.get_absolute_url()).content.decode()
    assert "Former member" in page
    assert f"{MARK}_pen" not in page
    # What nobody could read did not stay.
    assert not Question.objects.filter(title__contains="withdrawn").exists()


def test_questions_that_go_are_410_and_leave_every_count_and_kept_page():
    person = UserFactory()
    topic = TopicFactory(slug="ada")
    question = QuestionFactory(asker=person, topics=[topic], title="A kept page")
    answer = AnswerFactory(question=question)
    address, reader = question.get_absolute_url(), Client()
    assert reader.get(address).status_code == 200
    assert b"A kept page" in reader.get("/topics/ada/").content

    close_account(user_id=person.pk, choices={"questions": "go"})

    assert reader.get(address).status_code == 410
    assert b"A kept page" not in reader.get("/topics/ada/").content
    assert b"A kept page" not in reader.get("/search/?q=kept").content
    assert b"A kept page" not in reader.get("/questions/").content
    answer.doctor.refresh_from_db()
    assert (Topic.objects.get().question_count, answer.doctor.answer_count) == (0, 0)
    call_command("recount")


def test_a_question_that_went_is_never_published_again():
    person = UserFactory()
    question = QuestionFactory(asker=person)
    hide_question(question.pk, rule=1, reason="It names somebody.", moderator=ModeratorFactory())

    close_account(user_id=person.pk, choices=STAY)

    with pytest.raises(WithdrawnError):
        restore_question(question.pk, reason="", moderator=None)
    assert Client().get(question.get_absolute_url()).status_code in (301, 410)


def test_votes_marks_and_reviews_go_and_every_figure_follows():
    person = live()
    before = DoctorReview.objects.get(patient=person).doctor
    voted = AnswerVote.objects.get(user=person).answer

    close_account(user_id=person.pk, choices=STAY)

    voted.refresh_from_db()
    before.refresh_from_db()
    assert (voted.upvote_count, before.review_count) == (0, 0)
    assert not HelpfulMark.objects.exists()
    call_command("recount")


def test_a_report_stays_without_a_name():
    person = live()

    close_account(user_id=person.pk, choices={})

    assert Report.objects.get().reported_by.pen_name == f"Former member {person.pk}"


def test_mails_that_wait_are_not_sent_and_the_last_one_is_forgotten(mailoutbox: Any):
    person = UserFactory(email="leaving@mail.example", confirmed=True)
    send_mail(to=person, template="account/email/password_changed", context={}, kind="account")
    send_mail(to=person.email, template="account/email/password_changed", context={}, kind="account")

    close_account(user_id=person.pk, choices={})

    sent = delivered()
    assert [(message.to, message.subject) for message in sent] == [(["leaving@mail.example"], "Your account is closed")]
    assert not Mail.objects.exists()


def test_closing_twice_is_closing_once():
    person = live()

    close_account(user_id=person.pk, choices={})
    close_account(user_id=person.pk, choices=STAY)

    work()
    assert len(mail.outbox) == 1


def test_staff_do_not_close_their_own_account():
    staff = ModeratorFactory()

    with pytest.raises(CannotClose, match="staff"):
        close_account(user_id=staff.pk, choices={})

    staff.refresh_from_db()
    assert staff.erased_at is None


def test_a_closed_account_is_nobodys():
    person = UserFactory()

    with pytest.raises(IntegrityError, match="erased_user_is_nobody"):
        User.objects.filter(pk=person.pk).update(erased_at=timezone.now())


def test_the_old_address_and_pen_name_join_anew_as_somebody_new():
    client = Client()
    person = join(client)
    close_account(user_id=person.pk, choices={})

    again = join(Client())

    assert again.pk != person.pk
    assert (again.email, again.pen_name) == ("ada@mail.example", "quiet_harbour")


# --- Closing: pages ------------------------------------------------------------------------------------------


def test_the_page_says_what_goes_and_what_stays_and_closes_after_a_typed_word():
    person = live()
    Authenticator.objects.filter(user=person).delete()
    client = signed_in(person)

    page = client.get("/accounts/close/")
    text = page.content.decode()
    assert page.status_code == 200
    for words in (
        "1 question that everybody can read",
        "1 photo with your questions",
        "1 draft",
        "1 vote on answers",
        "1 review of doctors",
    ):
        assert words in text
    assert "1 report that you sent us" in text
    assert client.post("/accounts/close/", {"questions": "go", "word": "yes"}).status_code == 422
    assert client.post("/accounts/close/", {"questions": "burn", "word": "close"}).status_code == 422
    done = client.post("/accounts/close/", {"questions": "go", "word": "Close"})

    assert (done.status_code, done["Location"]) == (302, "/accounts/closed/")
    assert client.get("/accounts/closed/").status_code == 200
    assert client.get("/accounts/").status_code == 302
    assert places_of(f"{MARK}_pen") == {}


def test_nobody_closes_an_account_from_an_old_session_or_another_site():
    person = UserFactory(confirmed=True)
    client = Client()
    client.force_login(person)

    assert client.post("/accounts/close/", {"word": "close"})["Location"].startswith("/accounts/reauthenticate/")
    person.refresh_from_db()
    assert person.erased_at is None

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person)
    assert strict.post("/accounts/close/", {"word": "close"}).status_code == 403


def test_staff_are_told_what_to_do_first():
    staff = ModeratorFactory(confirmed=True)
    client = signed_in(staff)

    page = client.get("/accounts/close/").content.decode()

    assert "Ask a colleague" in page
    assert client.post("/accounts/close/", {"word": "close"}).status_code == 422


# --- Doctors -------------------------------------------------------------------------------------------------


def leaving_doctor(**fields: Any) -> Doctor:
    return DoctorFactory(
        user=UserFactory(), name=f"Ada {MARK}", slug=f"ada-{MARK}", practice=f"{MARK} clinic", **fields
    )


def test_a_doctors_answers_go_with_every_word_and_their_patients_keep_their_own():
    doctor = leaving_doctor()
    answer = AnswerFactory(doctor=doctor, body=f"{MARK} advice")
    AnswerEdit.objects.create(answer=answer, headline=MARK, body=MARK, is_substantial=False)
    AnswerAgreement.objects.create(answer=AnswerFactory(), doctor=doctor)
    VoteFactory(answer=answer)
    review = DoctorReviewFactory(doctor=doctor, reply=f"{MARK} reply", replied_at=timezone.now())
    InquiryFactory(doctor=doctor, question=answer.question, text=f"{MARK} asks")

    close_account(user_id=doctor.user_id, choices={})

    assert places_of(MARK) == {}
    assert not AnswerVote.objects.exists()
    review.refresh_from_db()
    assert (review.doctor.name, review.body) == ("Former doctor", "I understood what would happen next.")
    assert Client().get(f"/doctors/ada-{MARK}/").status_code in (404, 410)
    answer.question.refresh_from_db()
    assert answer.question.answer_count == 0
    call_command("recount")


def test_a_doctors_answers_stay_under_their_name_where_they_say_so_while_the_check_holds():
    doctor = leaving_doctor()
    answer = AnswerFactory(doctor=doctor)

    close_account(user_id=doctor.user_id, choices=STAY)

    doctor.refresh_from_db()
    assert (doctor.user, doctor.is_listed, doctor.is_checked) == (None, False, True)
    page = Client().get(answer.question.get_absolute_url()).content.decode()
    assert doctor.name in page
    assert Client().get(doctor.get_absolute_url()).status_code in (404, 410)
    doctor.licence_checks.all().delete()
    assert doctor.name not in Client().get(answer.question.get_absolute_url()).content.decode()
    call_command("recount")


def test_a_claimed_profile_does_not_come_back_as_an_imported_one():
    doctor = leaving_doctor(import_key="file:1", verified=True)
    from tests.factories import LicenceCheckFactory, verify

    verify(doctor)
    LicenceCheckFactory(doctor=doctor)
    answer = AnswerFactory(doctor=doctor, external_id="file:1-1", body=f"{MARK} imported")

    close_account(user_id=doctor.user_id, choices={})

    doctor.refresh_from_db()
    answer.refresh_from_db()
    assert (doctor.is_standing, answer.state) == (False, "withdrawn")
    assert places_of(MARK) == {}


def test_documents_go_with_their_files(settings: Any, tmp_path: Any, django_capture_on_commit_callbacks: Any):
    settings.PRIVATE_ROOT = tmp_path
    person = UserFactory()
    application = VerificationFactory(applicant=person)
    add_documents(application.pk, owner=person, shows="licence", files=[CleanFile(b"%PDF-", "pdf")])
    assert [path for path in tmp_path.rglob("*") if path.is_file()]

    with django_capture_on_commit_callbacks(execute=True):
        close_account(user_id=person.pk, choices={})

    assert not Document.objects.exists()
    assert not Verification.objects.filter(pk=application.pk).exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


# --- Evidence ------------------------------------------------------------------------------------------------


def report_on(thing: Any) -> None:
    a_report(subject_kind=thing._meta.label_lower, subject_id=thing.pk, reason="abuse", reported_by=UserFactory())


def test_what_was_reported_is_kept_unseen_until_its_date_and_then_erased():
    person = live()
    question, review = person.questions.get(title__startswith="A"), person.doctor_reviews.get()
    report_on(question)
    report_on(review)

    close_account(user_id=person.pk, choices=STAY)

    question.refresh_from_db()
    review.refresh_from_db()
    assert (question.state, review.state) == ("withdrawn", "withdrawn")
    assert (question.title, question.asker) == (f"A {MARK} question", None)
    assert Client().get(question.get_absolute_url()).status_code == 410
    assert erase_what_is_over() == 0
    Hold.objects.update(kept_until=timezone.localdate())
    work()
    assert erase_what_is_over() == 2
    assert erase_what_is_over() == 0
    assert places_of(MARK) == {}
    call_command("recount")


def test_a_disputed_answer_waits_for_its_date():
    doctor = leaving_doctor()
    answer = AnswerFactory(doctor=doctor, body=f"{MARK} advice")
    report_on(answer)

    close_account(user_id=doctor.user_id, choices={})

    assert list(places_of(MARK)) == ["questions_answer"]
    Hold.objects.update(kept_until=timezone.localdate())
    erase_what_is_over()
    assert places_of(MARK) == {}


def test_what_was_decided_on_is_disputed_no_more_and_a_hold_of_staff_keeps_its_date():
    decided, held, free = QuestionFactory(), QuestionFactory(), QuestionFactory()
    report_on(decided)
    hide_question(decided.pk, rule=1, reason="It names somebody.", moderator=None)
    until = timezone.localdate() + timedelta(days=700)
    Hold.objects.create(subject_kind="questions.question", subject_id=held.pk, reason="A court asked", kept_until=until)

    keys = [decided.pk, held.pk, free.pk]
    assert disputed("questions.question", keys) == {held.pk}
    close_account(user_id=held.asker_id, choices={})

    hold = Hold.objects.get()
    assert (hold.kept_until, hold.erases) == (until, True)


def test_a_hold_is_one_for_each_thing_and_says_why():
    row = {"subject_kind": "questions.question", "subject_id": 1, "kept_until": timezone.localdate()}
    Hold.objects.create(**row, reason="A court asked")

    with pytest.raises(IntegrityError, match="one_hold_per_thing"):
        Hold.objects.create(**row, reason="Again")


def test_a_hold_without_a_reason_is_refused():
    with pytest.raises(IntegrityError, match="hold_has_a_reason"):
        Hold.objects.create(subject_kind="a.b", subject_id=1, kept_until=timezone.localdate(), reason="")


def test_every_kind_that_can_be_kept_can_be_erased():
    from moderation.disputes import erasers

    assert set(erasers) == {
        *("questions.question", "questions.answer", "questions.questionphoto", "doctors.doctorreview"),
    }
    assert all(apps.get_model(kind) for kind in erasers)


# --- At once -------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_closing_beside_votes_answers_and_withdrawals_ends_and_every_figure_is_true():
    person = live()
    question = person.questions.get(title__startswith="A")
    answer = question.answers.get()
    voters = [UserFactory() for _ in range(3)]

    outcomes = all_at_once(
        [
            lambda: close_account(user_id=person.pk, choices={}),
            lambda: close_account(user_id=person.pk, choices=STAY),
            lambda: withdraw_question(question.pk, asker=person),
            lambda: withdraw_review(person.doctor_reviews.get().pk, patient=person),
            *(
                lambda voter=voter: cast_vote(answer_id=answer.pk, voter=Voter(user_id=voter.pk), value=1)
                for voter in voters
            ),
        ]
    )

    assert not [each for each in outcomes if "deadlock" in str(each)], outcomes
    assert not Draft.objects.exists()
    call_command("recount")


@pytest.mark.django_db(transaction=True)
def test_two_who_close_beside_each_other_never_wait_for_ever():
    people = [UserFactory() for _ in range(4)]
    doctors = [DoctorFactory(user=UserFactory()) for _ in range(3)]
    for number, person in enumerate(people):
        for doctor in doctors[number % 2 :: 1] if number % 2 else reversed(doctors):
            AnswerFactory(doctor=doctor, question=QuestionFactory(asker=person))
            DoctorReviewFactory(doctor=doctor, patient=person)
    keys = [person.pk for person in people] + [doctor.user_id for doctor in doctors]

    outcomes = all_at_once([lambda key=key: close_account(user_id=key, choices={}) for key in keys])

    assert outcomes == [None] * len(keys)
    call_command("recount")


CHOICES = st.sampled_from(["go", "stay"])
ACTS = st.lists(st.sampled_from(["ask", "answer", "vote", "review", "hide", "report"]), max_size=12)


def do(act: str, person: User) -> None:
    """Let a person do one thing."""
    doctor = Doctor.objects.filter(user__isnull=False).first()
    asked = Question.objects.filter(asker=person).first()
    if act == "ask":
        AnswerFactory(question=QuestionFactory(asker=person, topics=[TopicFactory()]), doctor=doctor or DoctorFactory())
    elif act == "answer" and doctor:
        AnswerFactory(doctor=doctor)
    elif act == "vote":
        VoteFactory(user=person, visitor=None)
    elif act == "review":
        DoctorReviewFactory(patient=person)
    elif act == "hide" and asked and asked.state == "published":
        hide_question(asked.pk, rule=1, reason="It names somebody.", moderator=None)
    elif act == "report" and asked:
        report_on(asked)


@given(acts=ACTS, questions=CHOICES, answers=CHOICES)
@hypothesis_settings(max_examples=15)
def test_after_any_history_the_figures_are_true_and_nobody_is_left(acts: list[str], questions: str, answers: str):
    people = [UserFactory(), DoctorFactory(user=UserFactory()).user]
    for number, act in enumerate(acts):
        do(act, people[number % 2])

    for person in people:
        close_account(user_id=person.pk, choices={"questions": questions, "answers": answers})

    call_command("recount")
    assert not Question.objects.filter(asker__in=people).exists()
    assert not Doctor.objects.filter(user__in=people).exists()
    assert not Follow.objects.filter(user__in=people).exists()


def test_a_report_by_the_review_service_is_evidence():
    review = DoctorReviewFactory()
    reporter, kind = Voter(user_id=UserFactory().pk), kind_of(review)
    report(kind, review.pk, by=reporter, reason=Report.Reason.UNTRUE, note="It was not so")

    assert disputed("doctors.doctorreview", [review.pk]) == {review.pk}
