"""Reports join one case, many independent ones hide something, and nobody works on a case twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.visitors import Voter
from doctors.models import Doctor
from moderation.models import CLAIM_HOLDS, AuditEntry, Case, Decision, Report
from moderation.registry import kind_by_noun, kind_of, kinds
from moderation.services import (
    ClosedError,
    OwnError,
    TakenError,
    claim_case,
    close_case,
    decide_case,
    open_case,
    release_case,
    report,
)
from moderation.services.people import hide_everything, undo_hiding
from moderation.states import Action, CannotFollow
from qa_forum.errors import Gone
from questions.models import Question
from questions.services import edit_question, hide_answer, look_at_question, post_question, withdraw_question
from questions.services.asking import Asked
from tests.crowd import all_at_once
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    DoctorReviewFactory,
    ModeratorFactory,
    QuestionFactory,
    QuestionPhotoFactory,
    UserFactory,
)
from tests.mailing import Outbox

pytestmark = pytest.mark.django_db
Reason = Report.Reason

MAKE: dict[str, Callable[..., Any]] = {
    "question": QuestionFactory,
    "answer": lambda: AnswerFactory(doctor__user=UserFactory()),
    "review": DoctorReviewFactory,
    "doctor": lambda: DoctorFactory(user=UserFactory()),
    "photo": lambda: QuestionPhotoFactory(released=True),
}
each_kind = pytest.mark.parametrize("noun", list(MAKE))


def say(
    thing: Any, by: Voter | None = None, *, reason: Reason = Reason.ABUSE, note: str = "", network: str = ""
) -> Report:
    voter = by or Voter(visitor=uuid4())
    return report(kind_of(thing), thing.pk, by=voter, reason=reason, note=note, network=network)


def crowd(thing: Any, count: int = 5, **words: Any) -> None:
    for number in range(count):
        say(thing, network=f"10.0.{number}.0/24", **words)


def state_of(thing: Any) -> str:
    thing = type(thing).objects.get(pk=thing.pk)
    return kind_of(thing).state_of(thing).value


def test_every_room_has_its_kinds_there():
    assert {kind.noun for kind in kinds()} == set(MAKE)
    assert all(kind_by_noun(kind.noun) is kind_of(kind.label) is kind for kind in kinds())
    assert kind_by_noun("topic") is None


# --- Reports ---------------------------------------------------------------------------------------------------


@each_kind
def test_reports_of_users_and_visitors_join_one_case(noun: str):
    thing = MAKE[noun]()

    say(thing, Voter(user_id=UserFactory().pk), reason=Reason.ABUSE, note="It swears.")
    say(thing, reason=Reason.OTHER, note="It is copied.")

    case = Case.objects.get()
    assert (case.subject_kind, case.subject_id) == (kind_of(thing).label, thing.pk)
    assert (case.cause, case.report_count, case.reasons) == ("reports", 2, ["abuse", "other"])
    assert "It swears." in case.words and "It is copied." in case.words
    assert case.author == kind_of(thing).author_of(thing)


@each_kind
def test_whoever_reports_again_replaces_what_they_said(noun: str):
    thing, user, visitor = MAKE[noun](), Voter(user_id=UserFactory().pk), Voter(visitor=uuid4())

    for who in (user, visitor, user, visitor):
        say(thing, who, reason=Reason.ABUSE)
    say(thing, user, reason=Reason.OTHER)

    assert sorted(Report.objects.values_list("reason", flat=True)) == ["abuse", "other"]
    assert Case.objects.get().report_count == 2


@each_kind
def test_nobody_reports_what_is_their_own(noun: str):
    thing = MAKE[noun]()
    author = kind_of(thing).author_of(thing)
    assert author

    with pytest.raises(PermissionDenied):
        say(thing, Voter(user_id=author.pk))
    assert not Case.objects.exists()


def test_what_is_gone_is_reported_no_more():
    answer = AnswerFactory()
    hide_answer(answer.pk, rule=1, reason="Why.", moderator=None)

    with pytest.raises(Gone):
        say(answer)


@pytest.mark.parametrize("noun", ["question", "answer"])
def test_five_from_different_networks_hide_it_and_its_author_is_told(noun: str):
    thing = MAKE[noun]()
    author = kind_of(thing).author_of(thing)
    crowd(thing, 4)
    assert state_of(thing) == "published"

    say(thing, network="10.9.9.0/24")

    thing.refresh_from_db()
    assert (thing.state, thing.held_for) == ("held", ["reports"])
    assert Case.objects.get().urgency == Case.Urgency.SOON
    assert AuditEntry.objects.get().action == "hold"
    (mail,) = Outbox()
    assert (mail.to, "waits for a moderator" in mail.subject) == ([author.email], True)


@pytest.mark.parametrize("noun", ["review", "doctor"])
def test_no_number_of_reports_hides_a_review_or_a_doctor(noun: str):
    thing = MAKE[noun]()

    crowd(thing, 12, reason=Reason.UNSAFE)
    for practice in ("North", "South", "East"):
        doctor = DoctorFactory(user=UserFactory(), practice=practice)
        say(thing, Voter(user_id=doctor.user_id), reason=Reason.UNSAFE)

    assert state_of(thing) == "published"


def test_one_network_counts_once_however_many_marks_it_sends():
    answer = AnswerFactory()

    for _ in range(12):
        say(answer, network="10.0.0.0/24")

    assert state_of(answer) == "published"


def test_two_checked_doctors_of_different_practices_hide_what_is_unsafe():
    answer = AnswerFactory()
    first, second = (DoctorFactory(user=UserFactory(), practice=name) for name in ("North Clinic", "South Clinic"))

    say(answer, Voter(user_id=first.user_id), reason=Reason.UNSAFE)
    assert state_of(answer) == "published"
    say(answer, Voter(user_id=second.user_id), reason=Reason.UNSAFE)

    assert state_of(answer) == "held"


@pytest.mark.parametrize(
    "others",
    [
        {"practice": "NORTH  clinic"},
        {"practice": "South", "verified": False},
        {"practice": "South", "reason": Reason.ABUSE},
    ],
)
def test_two_doctors_are_not_enough_otherwise(others: dict):
    answer, reason = AnswerFactory(), others.pop("reason", Reason.UNSAFE)
    first = DoctorFactory(user=UserFactory(), practice="North Clinic")
    second = DoctorFactory(user=UserFactory(), **others)

    say(answer, Voter(user_id=first.user_id), reason=Reason.UNSAFE)
    say(answer, Voter(user_id=second.user_id), reason=reason)

    assert state_of(answer) == "published"


def test_what_a_moderator_left_is_hidden_by_reports_only_after_a_change():
    question = QuestionFactory()
    crowd(question)
    decide_case(Case.objects.get().pk, action=Action.PUBLISH, rule=None, reason="Fine.", moderator=ModeratorFactory())

    crowd(question, 9)
    assert (state_of(question), Case.objects.open().get().report_count) == ("published", 9)

    edit_question(question.pk, editor=question.asker, asked=Asked("Buy it now?", "Cheap.", []), is_redaction=False)
    say(question, network="10.44.0.0/24")
    assert state_of(question) == "held"


def test_of_a_network_only_a_digest_is_kept_and_only_while_the_case_is_open():
    first, second = AnswerFactory(), AnswerFactory()
    kept = [say(each, network="10.1.2.0/24").network for each in (first, second)]
    assert len(set(kept)) == 2 and all(len(each) == 32 and "10" not in each[:2] for each in kept)

    decide_case(
        Case.objects.get(subject_id=first.pk).pk,
        action=Action.PUBLISH,
        rule=None,
        reason="",
        moderator=ModeratorFactory(),
    )

    assert sorted(Report.objects.values_list("network", flat=True)) == sorted(["", kept[1]])


@pytest.mark.django_db(transaction=True)
def test_reports_at_one_moment_make_one_case_and_hide_once():
    answer = AnswerFactory(doctor__user=UserFactory())

    outcomes = all_at_once([lambda n=n: say(answer, network=f"10.0.{n}.0/24") for n in range(8)])

    # Whoever came when it was hidden already found nothing to report.
    kept = [each for each in outcomes if isinstance(each, Report)]
    assert [type(each) for each in outcomes if each not in kept] == [ObjectDoesNotExist] * 3
    assert (Case.objects.get().report_count, state_of(answer)) == (len(kept), "held") == (5, "held")
    assert AuditEntry.objects.filter(action="hold").count() == 1


# --- What else opens one ---------------------------------------------------------------------------------------


def test_an_emergency_stands_on_top():
    asker = UserFactory()
    say(AnswerFactory())

    question = post_question(
        asker=asker, key=uuid4(), asked=Asked("My chest hurts", "Now.", []), emergencies=["chest_pain"]
    )

    first = Case.objects.open().in_order()[0]
    assert (first.subject_id, first.cause, first.urgency) == (question.pk, "emergency", Case.Urgency.EMERGENCY)


@pytest.mark.parametrize("is_reported", [True, False])
def test_what_was_looked_at_waits_no_more_unless_somebody_reported_it(is_reported: bool):
    asked = Asked("My chest hurts", "Now.", [])
    question = post_question(asker=UserFactory(), key=uuid4(), asked=asked, emergencies=["chest_pain"])
    if is_reported:
        say(question)

    look_at_question(question.pk, moderator=ModeratorFactory())

    question.refresh_from_db()
    assert (question.is_urgent, Case.objects.open().exists()) == (False, is_reported)


def test_a_case_becomes_more_urgent_and_never_less():
    question = QuestionFactory()

    for urgency in (0, 2, 1):
        open_case(question, cause=Case.Cause.REPORTS, urgency=Case.Urgency(urgency))

    assert Case.objects.get().urgency == 2


# --- The queue -------------------------------------------------------------------------------------------------


def make_case(number: int, **fields: Any) -> Case:
    return Case.objects.create(
        **{"subject_kind": "questions.question", "subject_id": number, "cause": "reports", **fields}
    )


def test_the_queue_has_the_most_urgent_first_and_then_the_oldest():
    now = timezone.now()
    late, early = (make_case(n, opened_at=now - timedelta(days=n)) for n in (1, 2))
    soon = make_case(3, urgency=1, opened_at=now)
    emergency = make_case(4, urgency=2, opened_at=now)
    make_case(5, closed_at=now)

    queue = list(Case.objects.open().in_order())

    assert queue == [emergency, soon, early, late]


def test_cases_are_found_by_room_reason_age_and_words():
    old = make_case(1, opened_at=timezone.now() - timedelta(days=9), reasons=["unsafe"], words="A tale of scars")
    make_case(2, subject_kind="doctors.doctorreview", reasons=["abuse"], words="Nothing")

    cases = Case.objects.open()
    for found in (cases.in_room("questions"), cases.with_reason("unsafe"), cases.older_than(timedelta(days=7)),
                  cases.matching("scar"), cases.about("questions.question", 1)):  # fmt: skip
        assert list(found) == [old]


def test_the_queue_and_its_search_stand_on_indexes():
    Case.objects.bulk_create(
        Case(subject_kind="questions.question", subject_id=n, cause="reports", urgency=n % 3, words=f"word{n} of many")
        for n in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE moderation_case")

    assert "case_queue" in Case.objects.open().in_order()[:50].explain()
    assert "case_search" in Case.objects.open().matching("word1234").explain()


# --- Claiming --------------------------------------------------------------------------------------------------


def test_a_claimed_case_is_for_nobody_else_until_it_is_given_back():
    first, second = ModeratorFactory(), ModeratorFactory()
    case = make_case(1)
    claim_case(case.pk, moderator=first)

    with pytest.raises(TakenError):
        claim_case(case.pk, moderator=second)
    assert list(Case.objects.free_for(first)) == [case]
    assert not Case.objects.free_for(second)
    release_case(case.pk, moderator=second)
    release_case(case.pk, moderator=first)
    claim_case(case.pk, moderator=second)

    assert Case.objects.get().claimed_by == second
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "actor_id")) == [
        ("case.claim", first.pk), ("case.release", first.pk), ("case.claim", second.pk)
    ]  # fmt: skip


def test_a_claim_is_over_after_an_hour():
    first, second = ModeratorFactory(), ModeratorFactory()
    case = make_case(1)
    claim_case(case.pk, moderator=first)
    Case.objects.update(claimed_at=timezone.now() - CLAIM_HOLDS - timedelta(seconds=1))

    assert list(Case.objects.free_for(second)) == [case]
    assert claim_case(case.pk, moderator=second).claimed_by == second


def test_nobody_claims_or_decides_what_is_about_themselves():
    moderator = ModeratorFactory()
    question = QuestionFactory(asker=moderator)
    case = open_case(question, cause=Case.Cause.REPORTS)

    with pytest.raises(OwnError):
        claim_case(case.pk, moderator=moderator)
    with pytest.raises(OwnError):
        decide_case(case.pk, action=Action.PUBLISH, rule=None, reason="", moderator=moderator)
    assert not Case.objects.free_for(moderator)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_claim_at_one_moment_one_has_it():
    case, moderators = make_case(1), [ModeratorFactory() for _ in range(6)]

    outcomes = all_at_once([lambda m=m: claim_case(case.pk, moderator=m) for m in moderators])

    assert [type(each) for each in outcomes].count(TakenError) == 5
    (got,) = [each for each in outcomes if isinstance(each, Case)]
    assert Case.objects.get().claimed_by == got.claimed_by


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_claimed", [True, False], ids=["claimed", "unclaimed"])
def test_of_two_who_decide_at_one_moment_one_decides(is_claimed: bool):
    moderators = [ModeratorFactory() for _ in range(4)]
    answer = AnswerFactory(doctor__user=UserFactory())
    case = Case.objects.get(pk=say(answer).case_id)
    if is_claimed:
        claim_case(case.pk, moderator=moderators[0])
    words = {"rule": 6, "reason": "It promises a result."}

    def decide(moderator: User) -> object:
        return decide_case(case.pk, action=Action.HIDE, moderator=moderator, **words)

    outcomes = all_at_once([lambda m=m: decide(m) for m in moderators])

    refused = [each for each in outcomes if isinstance(each, ClosedError | TakenError)]
    assert len(refused) == 3, outcomes
    if is_claimed:
        assert not isinstance(outcomes[0], Exception)
    assert AuditEntry.objects.filter(action="decide.hide").count() == 1
    assert len(Outbox()) == 1


def test_a_case_is_decided_once():
    case = Case.objects.get(pk=say(AnswerFactory()).case_id)
    decide_case(case.pk, action=Action.PUBLISH, rule=None, reason="", moderator=ModeratorFactory())

    with pytest.raises(ClosedError):
        decide_case(case.pk, action=Action.HIDE, rule=1, reason="Why.", moderator=ModeratorFactory())


def test_a_case_about_what_was_withdrawn_is_closed_without_a_decision():
    question, moderator = QuestionFactory(), ModeratorFactory()
    case = Case.objects.get(pk=say(question).case_id)
    with pytest.raises(CannotFollow):
        close_case(case.pk, moderator=moderator)

    withdraw_question(question.pk, asker=question.asker)
    close_case(case.pk, moderator=moderator)

    assert not Case.objects.open()
    with pytest.raises(ClosedError):
        close_case(case.pk, moderator=moderator)


def test_a_case_about_what_is_not_there_any_more_is_closed():
    case = make_case(10**9)

    close_case(case.pk, moderator=ModeratorFactory())

    assert AuditEntry.objects.get().after == {"state": "gone"}


# --- Rows ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("write", "broken"),
    [
        (lambda: [make_case(1), make_case(1)], "one_open_case_per_thing"),
        (lambda: make_case(1, cause="fun"), "case_cause_is_known"),
        (lambda: make_case(1, urgency=3), "case_urgency_is_known"),
        (lambda: make_case(1, claimed_by=UserFactory()), "case_is_claimed_at_some_time"),
    ],
)
def test_a_case_is_whole(write: Callable[[], object], broken: str):
    with pytest.raises(IntegrityError, match=broken), transaction.atomic():
        write()


def test_a_thing_has_a_new_case_once_the_old_one_is_closed():
    make_case(1, closed_at=timezone.now())
    make_case(1, closed_at=timezone.now())

    assert make_case(1).is_open


@pytest.mark.parametrize(
    ("fields", "broken"),
    [
        ({"reported_by": True, "visitor": uuid4()}, "report_by_user_or_visitor"),
        ({"reason": "boring"}, "report_reason_is_known"),
    ],
)
def test_a_report_is_whole(fields: dict, broken: str):
    case = make_case(1)
    if fields.get("reported_by"):
        fields = {**fields, "reported_by": UserFactory()}
    with pytest.raises(IntegrityError, match=broken), transaction.atomic():
        Report.objects.create(**{"case": case, "subject_kind": "a.b", "subject_id": 1, "reason": "abuse", **fields})


@pytest.mark.parametrize(("who", "broken"), [("reported_by", "one_report_per_person_and_case"),
                                             ("visitor", "one_report_per_visitor_and_case")])  # fmt: skip
def test_one_report_each(who: str, broken: str):
    case = make_case(1)
    whom = UserFactory() if who == "reported_by" else uuid4()
    words = {"case": case, "subject_kind": "a.b", "subject_id": 1, "reason": "abuse", who: whom}
    Report.objects.create(**words)
    with pytest.raises(IntegrityError, match=broken), transaction.atomic():
        Report.objects.create(**words)


def test_a_reporter_who_goes_leaves_the_report():
    user = UserFactory()
    said = say(AnswerFactory(), Voter(user_id=user.pk))

    user.delete()

    said.refresh_from_db()
    assert said.reported_by is None
    assert Doctor.objects.exists()


# --- A claim binds, wherever the decision is made --------------------------------------------------------------------


def test_a_claim_binds_also_where_a_decision_does_not_come_from_the_cases_page(admin_client: Client):
    answer = AnswerFactory()
    say(answer)
    claim_case(Case.objects.get().pk, moderator=ModeratorFactory())

    with pytest.raises(TakenError):
        hide_answer(answer.pk, rule=6, reason="Why.", moderator=ModeratorFactory())
    chosen = {"action": "hide_chosen", "_selected_action": answer.pk, "decide": "1", "rule": "6", "reason": "Why."}
    chosen[f"seen_{answer.pk}"] = kind_of(answer).stamp(answer)
    page = admin_client.post("/admin/questions/answer/", chosen, follow=True).content.decode()

    assert "For another moderator" in page
    assert (state_of(answer), Decision.objects.count()) == ("published", 0)


def test_a_claim_that_ran_out_binds_nobody():
    answer, first = AnswerFactory(), ModeratorFactory()
    say(answer)
    claim_case(Case.objects.get().pk, moderator=first)
    Case.objects.update(claimed_at=timezone.now() - CLAIM_HOLDS)

    hide_answer(answer.pk, rule=6, reason="Why.", moderator=ModeratorFactory())

    assert state_of(answer) == "hidden"


def test_hiding_all_of_a_person_does_not_stop_at_a_claim_and_takes_the_case_over():
    question, moderator = QuestionFactory(), ModeratorFactory()
    say(question)
    claim_case(Case.objects.get().pk, moderator=ModeratorFactory())

    hide_everything(question.asker_id, rule=1, reason="A flood.", moderator=moderator)

    assert (state_of(question), Case.objects.get().claimed_by) == ("hidden", moderator)
    assert AuditEntry.objects.filter(action="case.take_over", actor_id=moderator.pk).count() == 1


def test_undoing_leaves_out_what_another_moderator_is_at():
    question, moderator = QuestionFactory(), ModeratorFactory()
    hiding = hide_everything(question.asker_id, rule=1, reason="A flood.", moderator=moderator)
    open_case(question, cause=Case.Cause.VOTES)
    claim_case(Case.objects.open().get().pk, moderator=ModeratorFactory())

    assert undo_hiding(hiding.pk, reason="So", moderator=moderator) == 0
    assert state_of(question) == "hidden"


# --- A case that only waited -----------------------------------------------------------------------------------------


def waiting() -> Question:
    """Return a question that waits because of a web address from a new account."""
    asker = UserFactory(date_joined=timezone.now())
    asked = Asked("See www.cheap-creams.example", "Is it good?", [])
    return post_question(asker=asker, key=uuid4(), asked=asked)


def without_the_address(question: Question) -> None:
    asked = Asked("Is this cream good?", "It is cheap.", [])
    edit_question(question.pk, editor=question.asker, asked=asked, is_redaction=False)


def test_the_case_of_what_only_waited_is_over_once_its_author_took_away_why():
    question = waiting()
    assert Case.objects.open().get().cause == "held"

    without_the_address(question)

    assert (state_of(question), Case.objects.open().count()) == ("published", 0)
    assert AuditEntry.objects.filter(action="case.released", actor_id=None).count() == 1


@pytest.mark.parametrize("more", [{"report_count": 1}, {"urgency": 2}, {"cause": "appeal"}])
def test_a_case_that_says_more_than_that_it_waits_stays_open(more: dict[str, Any]):
    question = waiting()
    Case.objects.update(**more)

    without_the_address(question)

    assert (state_of(question), Case.objects.open().count()) == ("published", 1)
