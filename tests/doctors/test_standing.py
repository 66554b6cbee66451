"""Answers are public exactly while their doctor's check holds, on every surface and in the same commit."""

import json
import re
from contextlib import suppress
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client
from django.utils import timezone
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.models import User
from doctors import services
from doctors.models import FACTS, FOREVER, NEVER, Doctor, Verification
from questions.interchange import export_lines
from questions.models import Answer, Question
from tests.counting import drifted
from tests.factories import (
    AnswerFactFactory,
    AnswerFactory,
    DoctorFactory,
    FactKindFactory,
    LicenceCheckFactory,
    ModeratorFactory,
    QuestionFactory,
    SpecialtyFactory,
    TopicFactory,
    UserFactory,
    sign_in,
    staff_pair,
)
from tests.reading import Page

pytestmark = pytest.mark.django_db

WORDS = "Nobody else would say zanzibar"
HEADLINE = "A headline of mine alone"
STATED = {
    "name": "Ada Lovelace",
    "credentials": "MD",
    "place": "Port Alder",
    "practice": "Saltmarsh Clinic",
    "languages": ["English"],
    "authority": "Alder Coast Medical Board",
    "number": "AC-1",
}


def surfaces(client: Client, question: Question, doctor: Doctor) -> dict[str, str]:
    """Return every page for strangers on which an answer of this doctor may stand, by its name."""
    topic = question.topics.get()
    addresses = {
        "question": question.get_absolute_url(),
        "newest": f"{question.get_absolute_url()}?sort=newest",
        "home": "/",
        **{f"list by {sort}": f"/questions/?sort={sort}" for sort in ("newest", "active", "helpful", "unanswered")},
        "topic": topic.get_absolute_url(),
        "profile": doctor.get_absolute_url(),
        "search": "/search/?q=zanzibar",
        "sitemap of doctors": "/sitemap-doctors.xml",
    }
    return {name: client.get(address).getvalue().decode() for name, address in addresses.items()}


def shows_answers(pages: dict[str, str], doctor: Doctor) -> set[str]:
    """Return the surfaces that show an answer of the doctor, or count it."""
    found = {name for name, page in pages.items() if WORDS in page or HEADLINE in page}
    # A row of a list tells who wrote the newest answer, and how many there are.
    found |= {name for name, page in pages.items() if f"Latest: {doctor.short_name}" in page}
    found |= {name for name, page in pages.items() if re.search(r'class="count"><b>[1-9]\d*</b> answer', page)}
    return found | ({"sitemap of doctors"} if doctor.slug in pages["sitemap of doctors"] else set())


# --- The state machine -----------------------------------------------------------------------------------


class Verifying(RuleBasedStateMachine):
    """Staff and an applicant do whatever comes to their minds, and time passes; the doctor has answered a question."""

    steps = 0

    @initialize(is_claim=st.booleans())
    def begin(self, is_claim: bool) -> None:
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.client = Client()
        self.looked_at: tuple = ()
        self.applicant = UserFactory()
        self.staff = [UserFactory(is_staff=True) for _ in range(2)] + [self.applicant]
        self.question = QuestionFactory(topics=[TopicFactory()])
        self.claimed = DoctorFactory(import_key="id:1", slug="claimed") if is_claim else None
        stated = {**STATED, "specialty": SpecialtyFactory()}
        self.verification = services.apply(applicant=self.applicant, stated=stated, claimed=self.claimed)
        if self.claimed:
            self._answer(self.claimed)

    def _answer(self, doctor: Doctor) -> None:
        words = {"headline": HEADLINE, "body": WORDS, "body_html": f"<p>{WORDS}</p>"}
        with transaction.atomic():  # A stamp of its own, as each change has.
            AnswerFactory(question=self.question, doctor=doctor, **words)

    def _try(self, verb, **words) -> None:
        with suppress(PermissionDenied, services.CannotMove), transaction.atomic():
            verb(self.verification.pk, **words)
        self.verification.refresh_from_db()
        doctor = self.verification.doctor
        if doctor and self.verification.state == "approved" and not doctor.answers.exists():
            self._answer(doctor)

    @rule(
        kind=st.sampled_from(sorted(FACTS)),
        holds=st.sampled_from([True, True, True, False]),
        who=st.integers(0, 2),
        ends=st.sampled_from([200, 200, 1, 0, -5]),
    )
    def find_a_fact(self, kind: str, holds: bool, who: int, ends: int) -> None:
        licence = {"outcome": "active", "licence_until": date.today() + timedelta(days=ends)}
        self._try(
            services.record_fact,
            kind=kind,
            holds=holds,
            source="A register",
            checked_on=date.today() - timedelta(days=10),
            staff=self.staff[who],
            **(licence if kind == "licence" else {}),
        )

    @rule()
    def find_all_facts(self) -> None:
        for kind in sorted(FACTS):
            self.find_a_fact(kind=kind, holds=True, who=0, ends=200)

    @rule(who=st.integers(0, 2))
    def approve(self, who: int) -> None:
        self._try(services.approve, staff=self.staff[who])

    @rule()
    def approve_by_both(self) -> None:
        for staff in self.staff[:2]:
            self._try(services.approve, staff=staff)

    @rule(
        verb=st.sampled_from([services.ask_for_information, services.refuse, services.suspend, services.revoke]),
        who=st.integers(0, 2),
        again=st.booleans(),
    )
    def take_a_step(self, verb, who: int, again: bool) -> None:
        # The steps that end it all are taken seldom, so that histories become long.
        if verb in (services.ask_for_information, services.suspend) or again:
            self._try(verb, words="Why.", staff=self.staff[who])

    @rule()
    def change_what_was_stated(self) -> None:
        self._try(services.change_application, applicant=self.applicant, stated={"number": "AC-2"})

    @rule(end=st.sampled_from([-1, 0, 1, 30]))
    def move_the_licence(self, end: int) -> None:
        """Time passes for the check: its span ends on another day."""
        if self.verification.doctor:
            day = date.today() + timedelta(days=end)
            with transaction.atomic():
                checks = self.verification.doctor.licence_checks
                newest = checks.order_by("-valid_during").first()
                checks.exclude(pk=newest and newest.pk).delete()
                checks.update(valid_during=DateRange(day - timedelta(days=90), day))

    @rule()
    def follow_the_calendar(self) -> None:
        services.lapse_licences()
        self.verification.refresh_from_db()

    @invariant()
    def no_answer_stands_without_a_valid_check(self) -> None:
        if not hasattr(self, "verification"):
            return
        Verifying.steps += 1
        doctor = self.verification.doctor
        if doctor is None:
            assert not Answer.objects.visible().exists()
            return
        doctor.refresh_from_db()
        is_approved = Verification.objects.filter(doctor=doctor, state="approved").exists()
        is_checked = is_approved and doctor.licence_checks.valid().exists()
        is_imported = bool(doctor.import_key) and self.verification.state in ("applied", "needs_information", "refused")
        stands = is_checked or is_imported
        assert doctor.is_standing is stands
        assert Answer.objects.visible().exists() is (stands and doctor.answers.exists())
        assert drifted() == []
        # Where no row changed that says so, every page was looked at before.
        now = (self.verification.state, doctor.valid_until, doctor.answers.count())
        if now == self.looked_at:
            return
        self.looked_at = now
        shown = shows_answers(surfaces(self.client, self.question, doctor), doctor)
        assert bool(shown) is stands, shown

    def teardown(self) -> None:
        if hasattr(self, "savepoint"):
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)


def test_no_history_leaves_an_answer_visible_without_a_valid_check():
    """In 2,000 steps and more, each page for strangers is looked at whenever a row changed that decides."""
    Verifying.steps = 0

    run_state_machine_as_test(
        Verifying, settings=settings(max_examples=60, stateful_step_count=40, derandomize=True, deadline=None)
    )

    assert Verifying.steps >= 2000


# --- What else an answer without a check is gone from ----------------------------------------------------


@pytest.fixture
def gone() -> Answer:
    """An answer whose doctor was revoked."""
    answer = AnswerFactory(headline=HEADLINE, body=WORDS, question=QuestionFactory(topics=[TopicFactory()]))
    services.revoke(answer.doctor.verifications.get().pk, words="Why.", staff=ModeratorFactory())
    answer.refresh_from_db()
    return answer


def test_its_address_is_not_found_and_nobody_votes_on_it(client: Client, gone: Answer):
    vote = client.post(f"/answers/{gone.pk}/vote/", {"value": "1"}, headers={"Sec-Fetch-Site": "same-origin"})

    assert client.get(f"/answers/{gone.pk}/").status_code == 404
    assert vote.status_code == 404
    assert gone.votes.count() == 0


def test_structured_data_and_the_export_know_nothing_of_it(client: Client, gone: Answer):
    page = client.get(gone.question.get_absolute_url()).content.decode()
    exported = "".join(export_lines())

    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)[1])
    assert data["mainEntity"]["answerCount"] == 0
    assert "suggestedAnswer" not in data["mainEntity"]
    assert gone.question.title in exported
    assert WORDS not in exported


def test_the_box_of_facts_counts_it_no_more(client: Client):
    topic = TopicFactory()
    question = QuestionFactory(topics=[topic])
    kind = FactKindFactory(topic=topic)
    stays, goes = AnswerFactory(question=question), AnswerFactory(question=question)
    for answer in (stays, goes):
        AnswerFactFactory(answer=answer, kind=kind)

    services.suspend(goes.doctor.verifications.get().pk, words="Why.", staff=ModeratorFactory())

    assert "1 of 1 doctors gave a number" in Page(client.get(question.get_absolute_url()))


def test_a_doctor_who_stands_again_brings_the_answers_back(client: Client, gone: Answer):
    doctor = AnswerFactory(headline="It came back").doctor
    verification, (first, second) = doctor.verifications.get(), staff_pair()
    services.suspend(verification.pk, words="Why.", staff=first)
    assert "It came back" not in Page(client.get(doctor.get_absolute_url()))

    for staff in (first, second):
        services.approve(verification.pk, staff=staff)

    assert "It came back" in Page(client.get(doctor.get_absolute_url()))
    assert drifted() == []


# --- Until when a doctor stands --------------------------------------------------------------------------


def stands_until(doctor: Doctor) -> date:
    doctor.refresh_from_db()
    return doctor.valid_until


def test_checks_that_follow_one_another_count_as_one():
    doctor, day = DoctorFactory(licence=False), date.today()
    for start, end in ((-300, -10), (-10, 20), (20, 90), (91, 200)):
        LicenceCheckFactory(doctor=doctor, valid_during=DateRange(day + timedelta(start), day + timedelta(end)))

    assert stands_until(doctor) == day + timedelta(days=90)


def test_a_check_without_an_end_is_still_a_check():
    doctor = DoctorFactory(licence=False)
    LicenceCheckFactory(doctor=doctor, valid_during=DateRange(date(2020, 1, 1), None))

    assert stands_until(doctor) < FOREVER
    assert Doctor.objects.checked().get() == doctor


def test_nobody_can_write_a_standing_that_the_rows_do_not_give():
    doctor = DoctorFactory(verified=False, licence=False)

    Doctor.objects.filter(pk=doctor.pk).update(valid_until=FOREVER)

    assert stands_until(doctor) == NEVER


def test_an_imported_doctor_is_exempt_until_a_claim_was_taken_back():
    doctor = DoctorFactory(import_key="id:1")
    assert stands_until(doctor) == FOREVER
    verification = services.apply(
        applicant=UserFactory(), stated={**STATED, "specialty": SpecialtyFactory()}, claimed=doctor
    )
    assert stands_until(doctor) == FOREVER

    approve_all(verification)
    assert NEVER < stands_until(doctor) < FOREVER
    services.revoke(verification.pk, words="Why.", staff=staff_pair()[0])

    assert stands_until(doctor) == NEVER


def approve_all(verification: Verification, *, ends: int = 200) -> None:
    """Find all five facts and give both approvals."""
    first, second = staff_pair()
    day = date.today()
    for kind in FACTS:
        licence = {"outcome": "active", "licence_until": day + timedelta(days=ends)} if kind == "licence" else {}
        services.record_fact(
            verification.pk, kind=kind, holds=True, source="A register", checked_on=day, staff=first, **licence
        )
    for staff in (first, second):
        services.approve(verification.pk, staff=staff)
    verification.refresh_from_db()


# --- The calendar ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "reminded"), [(61, []), (60, [60]), (45, [60]), (30, [30]), (8, [30]), (7, [7]), (1, [7])]
)
def test_a_doctor_is_reminded_before_a_licence_ends(mails, left: int, reminded: list[int]):
    doctor = joined(ends=left)

    for _ in range(2):  # The next day's run says nothing twice.
        services.remind_of_licences()

    check = doctor.licence_checks.get()
    assert list(check.reminders.values_list("days", flat=True)) == reminded
    assert len([mail for mail in mails() if "ends soon" in mail.text]) == len(reminded)


def test_all_three_reminders_come_as_time_passes(mails):
    doctor = joined(ends=100)
    for left in range(100, 0, -1):
        check = doctor.licence_checks.get()
        end = date.today() + timedelta(days=left)
        type(check).objects.update(valid_during=DateRange(end - timedelta(days=365), end))
        services.remind_of_licences()

    assert list(check.reminders.order_by("pk").values_list("days", flat=True)) == [60, 30, 7]
    assert len([mail for mail in mails() if "ends soon" in mail.text]) == 3


def test_a_licence_that_is_renewed_already_is_no_reason_for_a_reminder(mails):
    doctor = joined(ends=10)
    end = doctor.licence_checks.get().valid_during.upper
    LicenceCheckFactory(doctor=doctor, valid_during=DateRange(end, end + timedelta(days=365)))

    services.remind_of_licences()

    assert not [mail for mail in mails() if "ends soon" in mail.text]


def test_a_check_that_ran_out_lapses_and_the_counters_follow(client: Client):
    doctor = joined(ends=100)
    answer = AnswerFactory(doctor=doctor, headline=HEADLINE)
    assert stands_until(doctor) > date.today()
    # As the rows stand on the morning after: nothing was written since.
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        doctor.licence_checks.update(valid_during=DateRange(date(2020, 1, 1), date.today()))
        Doctor.objects.filter(pk=doctor.pk).update(valid_until=date.today())
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    assert HEADLINE not in Page(client.get(answer.question.get_absolute_url()))

    services.lapse_licences()

    assert doctor.verifications.get().state == "lapsed"
    answer.question.refresh_from_db()
    assert (answer.question.answer_count, stands_until(doctor)) == (0, NEVER)
    assert drifted() == []


def test_a_renewed_licence_takes_two_approvals_again():
    doctor = joined(ends=100)
    verification, (first, second) = doctor.verifications.get(), staff_pair()
    doctor.licence_checks.update(valid_during=DateRange(date(2020, 1, 1), date.today()))
    services.lapse_licences()
    Verification.objects.filter(pk=verification.pk).update(licence_until=date.today())
    with pytest.raises(services.CannotMove):
        services.approve(verification.pk, staff=first)

    services.record_fact(
        verification.pk,
        kind="licence",
        holds=True,
        source="A register",
        checked_on=date.today(),
        staff=first,
        outcome="active",
        licence_until=date.today() + timedelta(days=365),
    )
    services.approve(verification.pk, staff=first)
    assert not Doctor.objects.standing().exists()
    services.approve(verification.pk, staff=second)

    assert Doctor.objects.standing().get() == doctor


def joined(*, ends: int) -> Doctor:
    """Return a doctor who applied and was approved, with a licence for so many days."""
    user: User = UserFactory()
    verification = services.apply(applicant=user, stated={**STATED, "specialty": SpecialtyFactory()})
    approve_all(verification, ends=ends)
    return user.doctor


# --- What doctors are called, and when -------------------------------------------------------------------


def test_an_answer_shows_what_its_author_was_and_what_they_are_today():
    doctor = joined(ends=100)
    old = timezone.now() - timedelta(days=400)
    period = doctor.credential_periods.get()
    period.during = DateRange(old.date() - timedelta(days=1), None)
    period.save()
    answer = AnswerFactory(doctor=doctor, answered_at=old)

    services.set_credentials(doctor, credentials="MD, FACS", specialty_id=doctor.specialty_id)

    found = Answer.objects.with_doctor().get(pk=answer.pk)
    assert found.was == {"credentials": "MD", "specialty": doctor.specialty.name}
    assert found.doctor.credentials == "MD, FACS"


def test_what_was_called_the_same_day_is_one_period():
    doctor = joined(ends=100)

    for words in ("MD, PhD", "MD, PhD", "MD, FACS"):
        services.set_credentials(doctor, credentials=words, specialty_id=doctor.specialty_id)

    assert [period.credentials for period in doctor.credential_periods.all()] == ["MD, FACS"]


# --- In the admin ----------------------------------------------------------------------------------------


def test_two_members_of_staff_approve_in_the_admin(client: Client):
    user = UserFactory()
    verification = services.apply(applicant=user, stated={**STATED, "specialty": SpecialtyFactory()})
    page = f"/admin/doctors/verification/{verification.pk}/"
    day = date.today().isoformat()
    first, second = (sign_in(Client(), ModeratorFactory()) for _ in range(2))
    assert "Licence to practise: not confirmed." in Page(first.get(f"{page}change/"))

    for kind in FACTS:
        found = {f"{kind}-holds": "on", f"{kind}-source": "The board's register", f"{kind}-checked_on": day}
        if kind == "licence":
            end = (date.today() + timedelta(days=300)).isoformat()
            found |= {"licence-outcome": "active", "licence-licence_until": end}
        assert first.post(f"{page}facts/{kind}/", found).status_code == 302
    seen = {"seen": services.stamp_of(Verification.objects.get())}
    assert first.post(f"{page}approve/", seen).status_code == 302
    assert first.post(f"{page}approve/", seen).status_code == 403
    assert not Doctor.objects.exists()
    second.post(f"{page}approve/", seen)

    assert Doctor.objects.checked().get().user == user
    assert "The board's register" in Page(client.get(f"/doctors/{user.doctor.slug}/"))


def test_a_fact_without_a_source_comes_back_with_what_was_typed():
    verification = services.apply(applicant=UserFactory(), stated={**STATED, "specialty": SpecialtyFactory()})
    staff = sign_in(Client(), ModeratorFactory())

    response = staff.post(
        f"/admin/doctors/verification/{verification.pk}/facts/licence/", {"licence-licence_until": "some day"}
    )

    assert response.status_code == 422
    assert "Say where it was looked up." in Page(response)
    assert 'value="some day"' in response.content.decode()


def test_a_licence_that_is_found_to_have_ended_suspends():
    doctor = joined(ends=100)

    services.record_fact(
        doctor.verifications.get().pk,
        kind="licence",
        holds=True,
        source="A register",
        checked_on=date.today(),
        staff=staff_pair()[0],
        outcome="active",
        licence_until=date.today() - timedelta(days=3),
    )

    assert doctor.verifications.get().state == "suspended"
    assert stands_until(doctor) == NEVER


def test_saving_a_fact_unchanged_leaves_who_found_it_and_one_that_fails_suspends(client: Client):
    doctor = joined(ends=100)
    verification = doctor.verifications.get()
    staff = sign_in(Client(), ModeratorFactory())
    page = f"/admin/doctors/verification/{verification.pk}/facts/identity/"
    finder, day = staff_pair()[0], date.today().isoformat()
    found = {"identity-source": "A register", "identity-checked_on": day}

    staff.post(page, {**found, "identity-holds": "on"})
    assert verification.facts.get(kind="identity").checked_by == finder

    response = staff.post(page, found, follow=True)
    assert "The doctor is suspended now" in Page(response)
    assert stands_until(doctor) == NEVER


@pytest.mark.parametrize("step", ["suspend", "revoke"])
def test_staff_take_a_check_back_with_words_to_the_doctor(mails, step: str):
    doctor = joined(ends=100)
    page = f"/admin/doctors/verification/{doctor.verifications.get().pk}/"
    staff = sign_in(Client(), ModeratorFactory())
    assert staff.post(f"{page}step/", {"step": step, "words": ""}).status_code == 422

    staff.post(f"{page}step/", {"step": step, "words": "The board wrote to us.", "confirmed": "1"})

    assert stands_until(doctor) == NEVER
    page = Page(Client().get(doctor.get_absolute_url()))
    assert "Active, no limits" not in page
    assert "Where and when we looked" not in page
    assert doctor.verifications.get().events.last().words == "The board wrote to us."
    assert "The board" not in mails()[-1].text


def test_a_step_that_is_not_open_is_refused():
    verification = services.apply(applicant=UserFactory(), stated={**STATED, "specialty": SpecialtyFactory()})
    staff = sign_in(Client(), ModeratorFactory())

    response = staff.post(f"/admin/doctors/verification/{verification.pk}/step/", {"step": "revoke", "words": "Why."})

    assert response.status_code == 422
    verification.refresh_from_db()
    assert verification.state == "applied"


def test_who_may_not_change_verifications_decides_nothing():
    verification = services.apply(applicant=UserFactory(), stated={**STATED, "specialty": SpecialtyFactory()})
    staff = sign_in(Client(), UserFactory(is_staff=True))

    for step in ("approve/", "step/", "facts/licence/"):
        assert staff.post(f"/admin/doctors/verification/{verification.pk}/{step}").status_code == 403
