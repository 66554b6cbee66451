"""What moderators do about people, and that an open tab of a suspended person does nothing more."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import IntegrityError
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.belongings import close_account
from accounts.limits import OverLimit
from accounts.models import User
from accounts.standing import LIMITED_POSTS, kept_out_until
from accounts.visitors import Voter
from doctors.services import hide_review
from moderation.models import AuditEntry, Decision, HiddenThing, Hiding, Sanction
from moderation.services.people import hide_everything, lift, may_act_on, sanction, undo_hiding
from questions.models import Answer, Question
from questions.services import Asked, hide_question, post_question, restore_question, withdraw_question
from tests.crowd import all_at_once
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    DoctorReviewFactory,
    ModeratorFactory,
    QuestionFactory,
    TopicFactory,
    UserFactory,
    sign_in,
)
from tests.mailing import delivered
from tests.people import PASSWORD, TYPED, join
from tests.test_roles import address_of, client_of, world  # noqa: F401
from voting.models import AnswerVote
from voting.services import cast_vote

pytestmark = pytest.mark.django_db
SAME = {"Sec-Fetch-Site": "same-origin"}


def in_days(days: float) -> Any:
    return timezone.now() + timedelta(days=days)


def suspend(person: User, days: float = 7, moderator: User | None = None) -> Sanction:
    return sanction(
        person.pk, kind="suspension", rule=1, reason="You insulted somebody.",
        moderator=moderator or ModeratorFactory(), ends_at=in_days(days),
    )  # fmt: skip


def ask(person: User, key: Any = None) -> Question:
    return post_question(asker=person, key=key or uuid4(), asked=Asked("May I ask this?", "Some words.", []))


# --- Rows ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"kind": "ban"}, "sanction_is_known"),
        ({"reason": ""}, "sanction_has_a_reason"),
        ({"ends_at": None}, "sanction_has_an_end_unless_a_warning"),
        ({"kind": "warning"}, "sanction_has_an_end_unless_a_warning"),
        ({"ends_at": timezone.now() - timedelta(days=2)}, "sanction_ends_within_a_year"),
        ({"ends_at": timezone.now() + timedelta(days=400)}, "sanction_ends_within_a_year"),
        ({"lifted_at": timezone.now()}, "sanction_is_lifted_for_a_reason"),
        ({"lifted_because": "So"}, "sanction_is_lifted_for_a_reason"),
    ],
)
def test_what_no_sanction_can_be(values: dict[str, Any], constraint: str):
    row = {"user": UserFactory(), "kind": "limit", "rule": 1, "reason": "Why", "ends_at": in_days(1)}

    with pytest.raises(IntegrityError, match=constraint):
        Sanction.objects.create(**{**row, **values})


def test_nobody_sanctions_themselves_by_any_way():
    person = UserFactory()

    with pytest.raises(IntegrityError, match="sanction_is_not_of_oneself"):
        Sanction.objects.create(user=person, imposed_by=person, kind="warning", rule=1, reason="Why")


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"reason": ""}, "hiding_has_a_reason"),
        ({"undone_at": timezone.now()}, "hiding_is_undone_for_a_reason"),
    ],
)
def test_what_no_hiding_can_be(values: dict[str, Any], constraint: str):
    with pytest.raises(IntegrityError, match=constraint):
        Hiding.objects.create(**{"user": UserFactory(), "rule": 1, "reason": "Why", **values})


def test_one_hiding_of_a_person_runs_at_a_time():
    person = UserFactory()
    Hiding.objects.create(user=person, rule=1, reason="Why")

    with pytest.raises(IntegrityError, match="one_hiding_of_a_person_at_a_time"):
        Hiding.objects.create(user=person, rule=1, reason="Again")


def test_the_persons_row_follows_the_sanctions():
    person, moderator = UserFactory(), ModeratorFactory()

    def standing() -> tuple[bool, bool]:
        person.refresh_from_db()
        return person.is_suspended, person.limited_until is not None

    sanction(person.pk, kind="warning", rule=1, reason="Why", moderator=moderator)
    assert standing() == (False, False)
    first = suspend(person, 1)
    second = suspend(person, 7)
    sanction(person.pk, kind="limit", rule=4, reason="Why", moderator=moderator, ends_at=in_days(3))
    assert standing() == (True, True)
    lift(second.pk, reason="It was not so", moderator=moderator)
    assert standing() == (True, True)
    assert person.suspended_until == first.ends_at
    lift(first.pk, reason="It was not so", moderator=moderator)
    assert standing() == (False, True)
    Sanction.objects.all().delete()
    assert standing() == (False, False)


def test_a_suspension_ends_by_the_clock_alone():
    person = UserFactory()
    suspend(person)
    Sanction.objects.update(starts_at=in_days(-3), ends_at=in_days(-0.001))

    person.refresh_from_db()
    assert not person.is_suspended
    assert ask(person).pk


# --- Who may -------------------------------------------------------------------------------------------------


def test_who_may_act_on_whom():
    boss, other_boss = ModeratorFactory(), ModeratorFactory()
    moderator, colleague = (UserFactory(is_staff=True) for _ in range(2))
    patient, gone = UserFactory(), UserFactory()
    close_account(user_id=gone.pk, choices={})
    gone.refresh_from_db()

    assert may_act_on(moderator, patient)
    assert may_act_on(boss, moderator)
    assert may_act_on(boss, other_boss)
    for who, whom in [(moderator, colleague), (moderator, boss), (boss, boss), (patient, moderator), (boss, gone)]:
        assert not may_act_on(who, whom), (who, whom)


def test_a_suspended_moderator_decides_nothing():
    moderator, patient = UserFactory(is_staff=True), UserFactory()
    suspend(moderator)
    moderator.refresh_from_db()

    with pytest.raises(PermissionDenied):
        suspend(patient, moderator=moderator)


def test_the_person_is_told_without_a_word_of_what_and_it_is_on_record(mailoutbox: Any):
    person = UserFactory()

    imposed = suspend(person)
    lift(imposed.pk, reason="It was somebody else", moderator=ModeratorFactory())
    lift(imposed.pk, reason="Once more", moderator=ModeratorFactory())

    sent = delivered()
    assert [message.to for message in sent] == [[person.email]] * 2
    assert "insulted" not in sent[0].subject + sent[0].body
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "subject_id")) == [
        ("person.sanction", person.pk),
        ("person.lift", person.pk),
    ]


def test_the_account_page_says_what_why_and_until_when():
    person = UserFactory()
    sanction(person.pk, kind="warning", rule=2, reason="You named your nurse.", moderator=ModeratorFactory())
    suspend(person)

    page = sign_in(Client(), person, factor=False).get("/accounts/").content.decode()

    assert "A moderator warned you" in page
    assert "You named your nurse. (Rule 2: Keep people private)" in page
    assert "Your account is suspended: you may read and not write until" in page


# --- An open tab ---------------------------------------------------------------------------------------------


def views(patterns: list | None = None, prefix: str = "") -> dict[str, Any]:
    """Return every view of the site but the admin's by its route."""
    found: dict[str, Any] = {}
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver) and route != "admin/":
            found |= views(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            found[route] = pattern.callback
    return found


OPEN = {
    "accounts/logout/",
    "accounts/reauthenticate/",
    "accounts/second-factor/reauthenticate/",
    "accounts/passkeys/reauthenticate/",
    "accounts/password/change/",
    "accounts/sessions/",
    "accounts/close/",
    "mail/unsubscribe/<str:token>/",
}


def test_what_stays_open_to_somebody_who_is_suspended_is_a_short_list():
    marked = {
        route
        for route, view in views().items()
        if getattr(getattr(view, "view_class", view), "open_to_suspended", False)
    }

    assert marked == OPEN


@pytest.mark.parametrize("role", ["owner", "doctor", "moderator"])
def test_whatever_a_suspended_persons_tab_sends_is_answered_with_403(role: str, world: dict[str, Any]):  # noqa: F811
    client = client_of(role, world)
    person = User.objects.get(pk=client.session["_auth_user_id"])
    client.cookies["csrftoken"] = token = "t" * 32
    suspend(person)

    told = {}
    for route in set(views()) - OPEN:
        if not route.startswith(("sitemap", "robots", ".well")):
            response = client.post(address_of(route, world), {"value": "1"}, headers={"X-CSRFToken": token, **SAME})
            told[route] = response.status_code

    assert {route: status for route, status in told.items() if status != 403} == {}
    assert not AnswerVote.objects.exists()


def test_the_page_says_until_when_and_hands_the_words_back_without_a_button():
    person = UserFactory()
    client = sign_in(Client(), person, factor=False)
    suspend(person)

    response = client.post("/questions/ask/", {"title": "My long question", "body": "Words"})
    page = response.content.decode()

    assert response.status_code == 403
    assert "Your account is suspended" in page
    assert "/about/contact/" in page
    assert "Send it again" not in page
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {"Accept": "application/json"}, {}])
def test_votes_of_a_suspended_person_are_refused_in_every_form(headers: dict[str, str]):
    person, answer = UserFactory(), AnswerFactory()
    client = sign_in(Client(), person, factor=False)
    suspend(person)

    response = client.post(f"/answers/{answer.pk}/vote/", {"value": "1"}, headers={**SAME, **headers})

    assert response.status_code == 403
    assert response.get("HX-Redirect") == ("/accounts/" if "HX-Request" in headers else None)
    assert not AnswerVote.objects.exists()


def test_a_suspended_person_may_read_sign_out_and_change_the_password():
    person = UserFactory(confirmed=True)
    suspend(person)
    client = Client()
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})

    assert client.get("/accounts/").status_code == 200
    assert client.get("/questions/").status_code == 200
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    assert client.get("/accounts/data/file/").status_code == 200
    assert client.post("/accounts/logout/").status_code == 302


def test_a_question_that_waits_is_not_posted_by_signing_in(client: Client):
    person = UserFactory(confirmed=True)
    suspend(person)
    answer = AnswerFactory()
    client.post(f"/answers/{answer.pk}/vote/", {"value": "1"}, headers=SAME)

    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})

    assert not Question.objects.filter(asker=person).exists()
    assert AnswerVote.objects.get().user is None


def test_no_service_posts_for_a_suspended_person():
    person = UserFactory()
    suspend(person)

    with pytest.raises(PermissionDenied):
        ask(person)


def test_staff_who_are_suspended_change_nothing_in_the_admin(admin_client: Client, admin_user: User):
    suspend(admin_user)

    response = admin_client.post("/admin/questions/topic/add/", {"name": "A topic", "slug": "a-topic"})

    assert response.status_code == 403


# --- Limit ---------------------------------------------------------------------------------------------------


def test_who_is_limited_posts_a_few_times_a_day_and_sent_twice_counts_once():
    person, key = UserFactory(), uuid4()
    sanction(person.pk, kind="limit", rule=4, reason="Why", moderator=ModeratorFactory(), ends_at=in_days(3))

    for _ in range(3):
        ask(person, key)
    for _ in range(LIMITED_POSTS - 1):
        ask(person)
    with pytest.raises(OverLimit):
        ask(person)

    assert Question.objects.filter(asker=person).count() == LIMITED_POSTS
    other = UserFactory()
    assert [ask(other) for _ in range(LIMITED_POSTS + 1)]


def test_one_post_too_many_is_429_and_the_words_come_back():
    person, doctor = UserFactory(), DoctorFactory()
    sanction(person.pk, kind="limit", rule=4, reason="Why", moderator=ModeratorFactory(), ends_at=in_days(3))
    for _ in range(LIMITED_POSTS):
        ask(person)
    client = sign_in(Client(), person, factor=False)

    sent = {"rating": "4", "title": "Took time", "body": "I understood what would happen to me next.", "own": "on"}
    response = client.post(f"/doctors/{doctor.slug}/reviews/", sent)

    assert response.status_code == 429
    assert b"what would happen to me next" in response.content
    assert "Retry-After" in response


# --- Closing while suspended ---------------------------------------------------------------------------------


def test_nobody_comes_back_before_the_end_by_closing_the_account(mailoutbox: Any):
    person = join(Client())
    suspend(person)
    close_account(user_id=person.pk, choices={})
    delivered().clear()

    client = Client()
    client.post("/accounts/signup/", TYPED)
    assert "join again after" in delivered()[-1].body
    client.post("/accounts/signup/code/", {"code": "AAAA-AAAA"})
    assert not User.objects.filter(email=TYPED["email"]).exists()
    assert kept_out_until(TYPED["email"]) is not None
    assert kept_out_until("another@mail.example") is None


# --- All by one person ---------------------------------------------------------------------------------------


def author() -> User:
    """Return a person with a question, an answer as a doctor, and a review, all public."""
    person = DoctorFactory(user=UserFactory()).user
    AnswerFactory(question=QuestionFactory(asker=person, topics=[TopicFactory()]))
    AnswerFactory(doctor=person.doctor)
    DoctorReviewFactory(patient=person)
    return person


def states(person: User) -> list[str]:
    return [
        *person.questions.order_by("pk").values_list("state", flat=True),
        *Answer.objects.filter(doctor__user=person).order_by("pk").values_list("state", flat=True),
        *person.doctor_reviews.order_by("pk").values_list("state", flat=True),
    ]


def test_hiding_all_and_undoing_it_brings_back_exactly_that():
    person, moderator = author(), ModeratorFactory()
    before = QuestionFactory(asker=person)
    hide_question(before.pk, rule=2, reason="It names somebody.", moderator=None)
    QuestionFactory(asker=person, state="withdrawn")
    held = QuestionFactory(asker=person, state="held")

    hiding = hide_everything(person.pk, rule=1, reason="A flood of insults.", moderator=moderator)

    assert states(person) == ["hidden", "hidden", "withdrawn", "held", "hidden", "hidden"]
    assert hiding.things.count() == 3
    call_command("recount")
    assert undo_hiding(hiding.pk, reason="It was somebody else", moderator=moderator) == 3
    assert states(person) == ["published", "hidden", "withdrawn", "held", "published", "published"]
    assert undo_hiding(hiding.pk, reason="Once more", moderator=moderator) == 0
    before.refresh_from_db()
    held.refresh_from_db()
    assert (before.decision.rule, held.state) == (2, "held")
    call_command("recount")


def test_what_was_decided_anew_or_taken_back_meanwhile_stays_so():
    person, moderator = author(), ModeratorFactory()
    second, third = QuestionFactory(asker=person), QuestionFactory(asker=person)
    hiding = hide_everything(person.pk, rule=1, reason="Why", moderator=moderator)
    restore_question(second.pk, reason="", moderator=moderator)
    hide_question(second.pk, rule=4, reason="It sells something.", moderator=moderator)
    Question.objects.filter(pk=third.pk).update(state="withdrawn")

    undo_hiding(hiding.pk, reason="So", moderator=moderator)

    assert sorted(person.questions.values_list("state", flat=True)) == ["hidden", "published", "withdrawn"]


def test_hiding_again_goes_on_with_the_same_hiding():
    person, moderator = author(), ModeratorFactory()
    first = hide_everything(person.pk, rule=1, reason="Why", moderator=moderator)
    later = QuestionFactory(asker=person)

    second = hide_everything(person.pk, rule=1, reason="Why", moderator=moderator)

    later.refresh_from_db()
    assert (first.pk, second.pk, later.state) == (second.pk, first.pk, "hidden")
    undo_hiding(first.pk, reason="So", moderator=moderator)
    later.refresh_from_db()
    assert later.state == "published"


def test_what_is_hidden_is_gone_from_every_page_with_the_commit_and_back_with_the_undo():
    person, moderator = UserFactory(), ModeratorFactory()
    question = QuestionFactory(asker=person, title="A page that is kept")
    reader, address = Client(), question.get_absolute_url()
    assert reader.get(address).status_code == 200
    hiding = hide_everything(person.pk, rule=1, reason="Why", moderator=moderator)

    assert reader.get(address).status_code == 410
    assert b"A page that is kept" not in reader.get("/questions/").content
    undo_hiding(hiding.pk, reason="So", moderator=moderator)
    assert reader.get(address).status_code == 200


# --- In the admin --------------------------------------------------------------------------------------------


def test_a_moderator_suspends_by_pen_name_in_the_admin_and_lifts_it(admin_client: Client):
    person = UserFactory(pen_name="loud_harbour")
    page = admin_client.get("/admin/moderation/sanction/add/?pen_name=loud_harbour").content.decode()
    assert "loud_harbour" in page
    sent = {"pen_name": "Loud_Harbour", "kind": "suspension", "days": "7", "rule": "1", "reason": "You insulted."}

    assert admin_client.post("/admin/moderation/sanction/add/", {**sent, "days": ""}).status_code == 422
    assert admin_client.post("/admin/moderation/sanction/add/", {**sent, "pen_name": "nobody"}).status_code == 422
    assert admin_client.post("/admin/moderation/sanction/add/", sent).status_code == 302

    person.refresh_from_db()
    assert person.is_suspended
    act = {"action": "take_chosen_back", "_selected_action": [str(Sanction.objects.get().pk)]}
    assert admin_client.post("/admin/moderation/sanction/", act).status_code == 200
    admin_client.post("/admin/moderation/sanction/", {**act, "decide": "1", "reason": "It was not so"})
    person.refresh_from_db()
    assert not person.is_suspended


def test_a_moderator_hides_all_by_a_person_and_takes_it_back(admin_client: Client):
    person = author()
    sent = {"pen_name": person.pen_name, "rule": "1", "reason": "A flood."}

    assert admin_client.post("/admin/moderation/hiding/add/", sent).status_code == 302
    assert set(states(person)) == {"hidden"}
    act = {"action": "take_chosen_back", "_selected_action": [str(Hiding.objects.get().pk)]}
    admin_client.post("/admin/moderation/hiding/", {**act, "decide": "1", "reason": "It was not so"})
    assert set(states(person)) == {"published"}


def test_nobody_decides_about_themselves_or_staff_in_the_admin(admin_client: Client, admin_user: User):
    sent = {"pen_name": admin_user.pen_name, "kind": "warning", "rule": "1", "reason": "Why"}

    assert admin_client.post("/admin/moderation/sanction/add/", sent).status_code == 422
    assert not Sanction.objects.exists()


def test_something_is_held_as_evidence_in_the_admin(admin_client: Client):
    question = QuestionFactory()
    sent = {"subject_kind": "questions.question", "subject_id": "0", "reason": "A court", "kept_until": "2030-01-01"}

    assert b"There is no such thing" in admin_client.post("/admin/moderation/hold/add/", sent).content
    assert admin_client.post("/admin/moderation/hold/add/", {**sent, "subject_id": str(question.pk)}).status_code == 302
    assert AuditEntry.objects.get().action == "evidence.hold"


# --- At once -------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_after_a_suspension_no_post_is_finished():
    """Posts that hold their writer's row are waited for; those that come after find the suspension."""
    person, moderator = UserFactory(), ModeratorFactory()
    after: list[Any] = []

    def suspend_and_look() -> None:
        suspend(person, moderator=moderator)
        after.append(Question.objects.filter(asker=person).count())

    outcomes = all_at_once([suspend_and_look, *[lambda: ask(person)] * 8])

    refused = [each for each in outcomes if isinstance(each, PermissionDenied)]
    posted = [each for each in outcomes if isinstance(each, Question)]
    assert len(refused) + len(posted) == 8, outcomes
    assert Question.objects.filter(asker=person).count() == len(posted) == after[0]


@pytest.mark.django_db(transaction=True)
def test_hiding_beside_withdrawals_votes_and_another_hiding_ends_and_every_figure_is_true():
    person, moderators = author(), [ModeratorFactory() for _ in range(2)]
    question, answer = person.questions.get(), Answer.objects.get(doctor__user=person)
    voter = UserFactory()

    outcomes = all_at_once(
        [
            *(lambda m=m: hide_everything(person.pk, rule=1, reason="Why", moderator=m) for m in moderators),
            lambda: withdraw_question(question.pk, asker=person),
            lambda: cast_vote(answer_id=answer.pk, voter=Voter(user_id=voter.pk), value=1),
            lambda: hide_review(person.doctor_reviews.get().pk, rule=2, reason="Why", moderator=None),
        ]
    )

    assert not [each for each in outcomes if "deadlock" in str(each)], outcomes
    assert Hiding.objects.count() == 1
    assert set(states(person)) <= {"hidden", "withdrawn"}
    call_command("recount")


ACTS = st.lists(st.sampled_from(["post", "hide one", "hide all", "undo", "withdraw", "restore"]), max_size=14)


@given(acts=ACTS)
@hypothesis_settings(max_examples=20)
def test_after_any_history_an_undo_leaves_what_was_hidden_for_another_cause(acts: list[str]):
    person, moderator = UserFactory(), ModeratorFactory()
    steps: dict[str, Callable[[], Any]] = {
        "post": lambda: QuestionFactory(asker=person),
        "hide all": lambda: hide_everything(person.pk, rule=1, reason="All", moderator=moderator),
        "undo": lambda: [undo_hiding(each.pk, reason="So", moderator=moderator) for each in Hiding.objects.all()],
    }
    for act in acts:
        newest = Question.objects.filter(asker=person).order_by("-pk").first()
        if act in steps:
            steps[act]()
        elif newest and act == "hide one" and newest.state == "published":
            hide_question(newest.pk, rule=2, reason="One", moderator=None)
        elif newest and act == "withdraw" and newest.state == "published":
            withdraw_question(newest.pk, asker=person)
        elif newest and act == "restore" and newest.state == "hidden":
            restore_question(newest.pk, reason="", moderator=None)

    for hiding in Hiding.objects.all():
        undo_hiding(hiding.pk, reason="So", moderator=moderator)

    # Whatever is hidden now was hidden by a decision of its own, and no undo published what one had taken away.
    for question in Question.objects.filter(asker=person, state="hidden"):
        assert question.decision.rule == 2
    by_hidings = Decision.objects.filter(pk__in=HiddenThing.objects.values("decision"))
    assert not Question.objects.filter(decision__in=by_hidings, state="hidden").exists()
    call_command("recount")
