"""The filter that learns from decisions: what it learns, what it holds, and what it forgets."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from moderation import bayes
from moderation.models import AuditEntry, BayesFilter, BayesToken, Case, Decision
from moderation.models.learning import FEWEST_DECIDED
from moderation.publishing import HELD_FROM
from moderation.registry import kind_of
from moderation.services import (
    appeal,
    decide,
    decide_case,
    erase_removed,
    resemblance_of,
    resembles,
    switch_filter,
    train_filter,
)
from moderation.states import Action
from moderation.tasks import train_filter_nightly
from questions.models import Question
from questions.services import Asked, edit_question, hide_question, post_answer, post_question, withdraw_question
from questions.services.answering import Answered
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    DoctorReviewFactory,
    ModeratorFactory,
    NewcomerFactory,
    QuestionFactory,
    UserFactory,
    sign_in,
)
from tests.reading import Page

pytestmark = pytest.mark.django_db

BAD = "Miracle serum discount voucher bargain delivery"
GOOD = "My elbow itches after swimming and sunshine"
HOSTILE = "Buy this miracle serum: discount voucher, bargain delivery tomorrow"
ORDINARY = "My elbow itches after swimming. Does sunshine help?"


def decided(count: int, title: str, *, is_down: bool, author: User | None = None) -> list[Question]:
    """Write so many questions with a last decision on each, each of another person."""
    questions = [
        QuestionFactory(title=title, body="So.", **({"asker": author} if author else {})) for _ in range(count)
    ]
    Decision.objects.bulk_create(
        Decision(
            subject_kind="questions.question",
            subject_id=question.pk,
            action=Action.HIDE if is_down else Action.PUBLISH,
            rule=4 if is_down else None,
            reason="Why." if is_down else "",
            author=question.asker,
            decided_by=_moderator(),
        )
        for question in questions
    )
    return questions


def _moderator() -> User:
    return User.objects.filter(is_superuser=True).first() or ModeratorFactory()


def learned(down: int = FEWEST_DECIDED, kept: int = FEWEST_DECIDED) -> None:
    """Let the filter know as if it had learned from so many; the words come from a few rows."""
    decided(6, BAD, is_down=True)
    decided(6, GOOD, is_down=False)
    train_filter()
    BayesFilter.objects.update(down_count=down, kept_count=kept)


def ask(title: str, asker: User | None = None) -> Question:
    return post_question(asker=asker or UserFactory(), key=uuid4(), asked=Asked(title, "Thanks.", []))


# --- The sums --------------------------------------------------------------------------------------------------------


def test_a_weight_is_by_shares_and_never_certain():
    assert bayes.weight(10, 0, of_down=10, of_kept=990) == pytest.approx((11 / 12) / (11 / 12 + 1 / 992))
    assert bayes.weight(5, 5, of_down=10, of_kept=10) == 0.5
    assert 0 < bayes.weight(0, 10**6, of_down=0, of_kept=10**6) < 0.5


def test_scores_are_fishers():
    # Two equal halves cancel; ten words of one kind leave little doubt. The third is worked out by hand: n = 5.
    assert bayes.score({f"w{n}": 0.9 if n % 2 else 0.1 for n in range(10)}) == pytest.approx(0.5)
    assert bayes.score({f"w{n}": 0.9 for n in range(10)}) > 0.999
    assert bayes.score({f"w{n}": 0.7 for n in range(5)}) == pytest.approx(0.8412, abs=0.0001)


def test_few_words_and_words_that_say_little_cannot_tell():
    assert bayes.score({f"w{n}": 0.99 for n in range(4)}) == bayes.CANNOT_TELL
    assert bayes.score({f"w{n}": 0.55 for n in range(40)}) == bayes.CANNOT_TELL


@given(st.dictionaries(st.text("abcdef", min_size=3, max_size=5), st.floats(1e-9, 1 - 1e-9), max_size=80))
def test_a_score_lies_between_nothing_and_one_and_does_not_depend_on_the_order(weights: dict[str, float]):
    turned = dict(reversed(weights.items()))

    assert 0 <= bayes.score(weights) <= 1
    assert bayes.score(weights) == bayes.score(turned)


def test_words_are_as_a_reader_sees_them_and_have_no_figures():
    assert bayes.words_in(["Crème, CREME", "tel 0555 123 abc123 of"]) == {"creme", "tel"}


# --- Learning --------------------------------------------------------------------------------------------------------


def test_it_learns_the_words_of_what_people_decided():
    decided(6, BAD, is_down=True)
    decided(7, GOOD, is_down=False)

    state = train_filter()

    assert (state.down_count, state.kept_count) == (6, 7)
    weights = dict(BayesToken.objects.values_list("word", "weight"))
    assert weights["serum"] == pytest.approx(bayes.weight(6, 0, of_down=6, of_kept=7))
    assert weights["elbow"] < 0.2


def test_a_word_of_few_people_is_not_kept_however_often_they_write_it():
    decided(3, "Zanthoma unusual", is_down=True)
    decided(9, "Zanthoma again", is_down=True, author=UserFactory())
    train_filter()
    assert not BayesToken.objects.filter(word="zanthoma").exists()

    decided(1, "Zanthoma once more", is_down=False)
    train_filter()

    assert BayesToken.objects.get(word="zanthoma").down_count == 12


def test_what_nobody_knows_counts_as_one_person():
    decided(9, BAD, is_down=True)
    Decision.objects.update(author=None)

    train_filter()

    assert not BayesToken.objects.exists()


def test_neither_reviews_nor_the_sites_own_decisions_are_learned():
    for _ in range(6):
        review = DoctorReviewFactory(title="Rude and useless butcher", body="Never again this terrible place")
        Decision.objects.create(action="hide", rule=1, reason="Why.", subject_kind="doctors.doctorreview",
                                subject_id=review.pk, author=review.patient, decided_by=_moderator())  # fmt: skip
    decided(6, BAD, is_down=True)
    Decision.objects.filter(subject_kind="questions.question").update(decided_by=None)

    state = train_filter()

    assert (state.down_count, BayesToken.objects.count()) == (0, 0)


def test_a_doctors_name_is_not_learned_from_their_answers():
    for _ in range(6):
        doctor = DoctorFactory(name="Vera Hartwell", user=UserFactory())
        answer = AnswerFactory(doctor=doctor, body="Ask Vera Hartwell about serum.")
        Decision.objects.create(action="hide", rule=5, reason="Why.", subject_kind="questions.answer",
                                subject_id=answer.pk, author=doctor.user, decided_by=_moderator())  # fmt: skip

    train_filter()

    words = set(BayesToken.objects.values_list("word", flat=True))
    assert "serum" in words and not words & {"vera", "hartwell"}


def test_a_reversal_changes_the_counts_when_it_learns_again():
    questions = QuestionFactory.create_batch(6, title=BAD)
    for each in questions:
        first = hide_question(each.pk, rule=4, reason="Why.", moderator=_moderator())
    train_filter()
    assert BayesToken.objects.get(word="serum").down_count == 6
    made = appeal(first.pk, author=questions[-1].asker, text="It was kind.")

    decide_case(made.case_id, action=Action.PUBLISH, rule=None, reason="", moderator=ModeratorFactory())
    state = train_filter()

    token = BayesToken.objects.get(word="serum")
    assert (token.down_count, token.kept_count, state.down_count, state.kept_count) == (5, 1, 5, 1)


def test_what_was_erased_withdrawn_or_changed_since_counts_no_more():
    erased, withdrawn, changed, *_ = decided(8, BAD, is_down=False)
    train_filter()
    assert BayesToken.objects.get(word="serum").kept_count == 8

    with transaction.atomic():
        decide(kind_of(erased).lock(erased.pk), action=Action.REMOVE, rule=4, reason="Why.", moderator=_moderator())
    Decision.objects.filter(action="remove").update(decided_at=timezone.now() - timedelta(days=365))
    assert erase_removed() == 1
    withdraw_question(withdrawn.pk, asker=withdrawn.asker)
    edit_question(changed.pk, editor=changed.asker, asked=Asked(f"{BAD} now", "So.", []), is_redaction=False)
    state = train_filter()

    assert (state.down_count, state.kept_count, BayesToken.objects.get(word="serum").kept_count) == (0, 5, 5)


def test_learning_twice_is_learning_once_and_the_nightly_task_learns():
    decided(6, BAD, is_down=True)
    train_filter_nightly(0)
    before = list(BayesToken.objects.order_by("word").values_list("word", "down_count", "kept_count", "weight"))

    train_filter()

    now = list(BayesToken.objects.order_by("word").values_list("word", "down_count", "kept_count", "weight"))
    assert before == now != []


def test_learning_that_is_broken_off_leaves_what_was_learned_before():
    learned()
    before = BayesToken.objects.count()
    Decision.objects.all().delete()

    def learn_and_break() -> None:
        with transaction.atomic():
            train_filter()
            assert BayesToken.objects.count() == 0
            raise RuntimeError

    with pytest.raises(RuntimeError):
        learn_and_break()

    assert BayesToken.objects.count() == before > 0


# --- Holding ---------------------------------------------------------------------------------------------------------


def test_it_holds_what_resembles_and_says_so_to_its_author():
    learned()

    held, shown = ask(HOSTILE), ask(ORDINARY)

    assert (held.state, held.held_for, shown.state) == ("held", ["resembles"], "published")
    assert "resemble posts that moderators took down" in held.waits_because[0]
    assert Case.objects.open().get().subject_id == held.pk


def test_it_holds_answers_too():
    learned()
    doctor = DoctorFactory(user=UserFactory())

    answer = post_answer(QuestionFactory().pk, doctor=doctor, answered=Answered("", HOSTILE, "none"))

    assert answer.state == "held" and "resembles" in answer.held_for


@pytest.mark.parametrize("counts", [(FEWEST_DECIDED - 1, 10**6), (10**6, FEWEST_DECIDED - 1)])
def test_with_too_few_decisions_of_either_class_it_says_nothing(counts: tuple[int, int]):
    learned(*counts)

    assert (resemblance_of([HOSTILE]), resembles([HOSTILE]), ask(HOSTILE).state) == (None, 0.0, "published")


def test_where_it_never_learned_it_says_nothing():
    BayesFilter.objects.all().delete()

    assert resemblance_of([HOSTILE]) is None


def test_off_it_holds_nothing_and_still_tells_moderators_what_it_would_say():
    learned()
    moderator = ModeratorFactory()
    switch_filter(is_on=False, moderator=moderator)
    switch_filter(is_on=False, moderator=moderator)

    said = resemblance_of([HOSTILE])

    assert ask(HOSTILE).state == "published"
    assert said.score > HELD_FROM and not said.is_on
    assert AuditEntry.objects.filter(action="filter.switch", actor_id=moderator.pk).count() == 1


def test_a_review_is_not_held_by_it():
    from doctors.services import review_doctor
    from doctors.services.reviews import Reviewed

    learned()
    reviewed = Reviewed(rating=1, title="Serum", body=HOSTILE, treatment="", visit_month=None)
    doctor = DoctorFactory(user=UserFactory())

    review = review_doctor(doctor_id=doctor.pk, patient=UserFactory(), reviewed=reviewed)

    assert review.state == "published"


def test_who_is_new_is_judged_by_the_same_score():
    learned()

    assert ask(ORDINARY, NewcomerFactory()).state == "published"
    assert ask(HOSTILE, NewcomerFactory()).held_for == ["resembles"]


# --- Rows ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"word": "a1b2c3"}, "bayes_token_has_no_figures"),
        ({"down_count": 2, "kept_count": 2}, "bayes_token_is_of_many_things"),
        ({"weight": 1}, "bayes_token_weighs_something"),
    ],
)
def test_what_no_word_of_the_filter_can_be(values: dict[str, Any], constraint: str):
    row = {"word": "serum", "down_count": 5, "kept_count": 0, "weight": 0.9}

    with pytest.raises(IntegrityError, match=constraint):
        BayesToken.objects.create(**{**row, **values})


def test_there_is_one_filter():
    with pytest.raises(IntegrityError, match="there_is_one_bayes_filter"):
        BayesFilter.objects.create(pk=2)


# --- What moderators see ---------------------------------------------------------------------------------------------


def test_the_page_of_a_case_shows_the_score_and_the_words_that_weighed_most(admin_client: Client):
    learned()
    held = ask(HOSTILE)

    page = " ".join(
        str(Page(admin_client.get(f"/admin/moderation/case/{Case.objects.open().get().pk}/change/"))).split()
    )

    assert f"What the filter says: {resemblance_of([held.title, held.body]).score:.2f}" in page
    assert "serum 0.88" in page


def test_the_list_of_words_has_their_weights_and_a_switch(admin_client: Client, admin_user: User):
    learned()

    page = Page(admin_client.get("/admin/moderation/bayestoken/?q=ser"))
    assert "serum" in page and "0.88" in page and "The filter is on" in page
    admin_client.post("/admin/moderation/bayestoken/switch/", {"on": "0"})
    assert not BayesFilter.objects.get().is_on
    assert "The filter is off" in Page(admin_client.get("/admin/moderation/bayestoken/"))
    admin_client.post("/admin/moderation/bayestoken/train/")

    assert BayesFilter.objects.get().down_count == 6
    assert AuditEntry.objects.filter(action="filter.train", actor_id=admin_user.pk).exists()


@pytest.mark.parametrize(("group", "may"), [("Moderators", False), ("Senior moderators", True)])
def test_moderators_see_its_words_and_seniors_switch_it(client: Client, group: str, may: bool):
    from django.contrib.auth.models import Group

    learned()
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    sign_in(client, user)

    assert ("Turn it off" in Page(client.get("/admin/moderation/bayestoken/"))) is may
    for step in ("switch", "train"):
        assert client.post(f"/admin/moderation/bayestoken/{step}/").status_code == (302 if may else 403)
    assert BayesFilter.objects.get().is_on is not may
