"""The admin: every page of every table opens, finds and costs the same; what is counted is written by nobody."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import connection, models
from django.db.backends.postgresql.psycopg_any import NumericRange
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.emails import send_mail
from accounts.models import MailChoice, User
from accounts.services import take
from accounts.visitors import Voter
from doctors.models import STARS, Doctor, DoctorReview
from moderation.models import (
    Appeal,
    BayesToken,
    Case,
    Decision,
    Hold,
    MonthOfNumbers,
    Report,
    ScreenRule,
    ScreenWords,
)
from moderation.registry import kind_of
from moderation.services import appeal, open_case, record, report
from moderation.services.people import hide_everything, sanction
from questions.models import DOWN_COLUMNS, UP_COLUMNS, Answer, AnswerFact, Question, SynonymGroup, TopicProposal
from questions.services import hide_answer, hide_question
from tests.factories import (
    AnswerFactFactory,
    AnswerFactory,
    DoctorFactory,
    DoctorReviewFactory,
    FactKindFactory,
    InquiryFactory,
    LicenceCheckFactory,
    ModeratorFactory,
    QuestionFactory,
    QuestionPhotoFactory,
    SpecialtyFactory,
    TopicFactory,
    TopicPromptFactory,
    UserFactory,
    VoteFactory,
    VoteRingFactory,
    lettered,
    sign_in,
    verify,
)
from tests.reading import Page

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
each_model = pytest.mark.parametrize("model", MODELS, ids=[model._meta.label for model in MODELS])


def limit() -> None:
    take(scope="test", who=str(uuid4()), limit=1, window=timedelta(hours=1))


def group() -> None:
    Group.objects.create(name=str(uuid4()))


def ring() -> None:
    votes = VoteFactory.create_batch(2)
    VoteRingFactory(doctor=votes[0].answer.doctor, votes=votes[:1])


def a_report() -> Report:
    voter = Voter(user_id=UserFactory().pk)
    kind = kind_of("doctors.doctorreview")
    return report(kind, DoctorReviewFactory().pk, by=voter, reason=Report.Reason.ABUSE, note="It swears.")


def a_month() -> MonthOfNumbers:
    """Make one more month; any will do."""
    return MonthOfNumbers.objects.create(month=date(2000 + MonthOfNumbers.objects.count(), 1, 1))


def an_appeal() -> Appeal:
    question = QuestionFactory()
    decision = hide_question(question.pk, rule=1, reason="Why.", moderator=UserFactory())
    return appeal(decision.pk, author=question.asker, text="It was kind.")


MAKE: dict[str, Callable[[], object]] = {
    "accounts.Limit": limit,
    "accounts.Mail": lambda: send_mail(
        to=UserFactory(), template="account/email/password_changed", context={}, kind="account"
    ),
    "accounts.MailChoice": lambda: MailChoice.objects.create(user=UserFactory(), kind="news"),
    "accounts.User": UserFactory,
    "auth.Group": group,
    "doctors.Doctor": lambda: DoctorFactory(user=UserFactory()),
    "doctors.DoctorReview": DoctorReviewFactory,
    "doctors.LicenceCheck": lambda: LicenceCheckFactory(checked_by=UserFactory()),
    "doctors.Specialty": SpecialtyFactory,
    "doctors.Verification": lambda: verify(DoctorFactory(verified=False)),
    "moderation.AuditEntry": lambda: record("case.claim", actor=UserFactory(), subject=QuestionFactory()),
    "moderation.Decision": lambda: hide_answer(AnswerFactory().pk, rule=1, reason="Why.", moderator=UserFactory()),
    "moderation.Hiding": lambda: hide_everything(
        QuestionFactory().asker_id, rule=1, reason="Why.", moderator=ModeratorFactory()
    ),
    "moderation.Hold": lambda: Hold.objects.create(
        subject_kind="questions.question", subject_id=QuestionFactory().pk, reason="Why.", kept_until=date(2030, 1, 1)
    ),
    "moderation.Sanction": lambda: sanction(
        UserFactory().pk, kind="warning", rule=1, reason="Why.", moderator=ModeratorFactory()
    ),
    "moderation.Appeal": an_appeal,
    "moderation.MonthOfNumbers": a_month,
    "moderation.BayesToken": lambda: BayesToken.objects.create(
        word=f"word{lettered(uuid4().int % 10**12)}", down_count=5, kept_count=1, weight=0.8
    ),
    "moderation.Case": lambda: open_case(AnswerFactory(), cause=Case.Cause.REPORTS),
    "moderation.Report": a_report,
    "moderation.ScreenRule": lambda: ScreenRule.objects.create(family="burns", name=str(uuid4()), patterns="hot tea"),
    "moderation.ScreenWords": lambda: ScreenWords.objects.create(name=f"W{uuid4().hex.upper()}", phrases="hot tea"),
    "questions.Answer": lambda: AnswerFactFactory(answer=AnswerFactory(doctor__import_key=str(uuid4()))),
    "questions.AnswerFact": AnswerFactFactory,
    "questions.Decline": lambda: QuestionFactory().declines.create(doctor=DoctorFactory(), reason="field"),
    "questions.FactKind": FactKindFactory,
    "questions.Inquiry": InquiryFactory,
    "questions.QuestionPhoto": QuestionPhotoFactory,
    "questions.Recall": lambda: TopicFactory().recalls.create(reason="New guidance.", made_by=UserFactory()),
    "questions.Question": lambda: AnswerFactory(question=QuestionFactory(topics=TopicFactory.create_batch(2))),
    "questions.TopicPrompt": TopicPromptFactory,
    "questions.SynonymGroup": lambda: SynonymGroup.objects.create(words=[f"word{uuid4().hex}", "other word"]),
    "questions.TopicProposal": lambda: TopicProposal.objects.create(question=QuestionFactory(), name="Cold sores"),
    "questions.Topic": lambda: FactKindFactory(topic=TopicFactory()),
    "voting.AnswerVote": lambda: VoteFactory(user=UserFactory(), visitor=None),
    "voting.VoteRing": ring,
}
# What is on record is not added, or not changed, by hand.
NOT_ADDED = {
    *("accounts.Limit", "accounts.Mail", "accounts.MailChoice", "moderation.Decision", "voting.AnswerVote"),
    "voting.VoteRing",
    *("questions.TopicProposal", "questions.Inquiry", "questions.Decline", "questions.Recall"),
    "questions.QuestionPhoto",
    *("doctors.Verification", "doctors.LicenceCheck", "doctors.DoctorReview", "moderation.Report"),
    *("moderation.BayesToken", "moderation.AuditEntry", "moderation.Case", "moderation.Appeal"),
    "moderation.MonthOfNumbers",
}


def url_of(model: type[models.Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_every_table_of_the_rooms_is_in_the_admin():
    """But the links of topics, which are seen with their questions."""
    rooms = ("voting", "questions", "doctors", "moderation", "accounts")
    tables = {
        model._meta.label for room in rooms for model in apps.get_app_config(room).get_models() if not model._meta.proxy
    }

    with_others = {"questions.QuestionTopic", "questions.PromptReply", "questions.QuestionEdit"}
    with_others |= {"questions.AnswerEdit", "questions.AnswerAgreement", "questions.TopicSynonym"}
    with_others |= {"doctors.CheckedFact", "doctors.CredentialPeriod", "doctors.Document", "doctors.VerificationEvent"}
    with_others |= {"doctors.ReviewEdit", "doctors.HelpfulMark", "moderation.HiddenThing", "moderation.BayesFilter"}
    # Whom somebody follows, what they did not post yet and what they chose for their desk is theirs alone.
    private = {
        "questions.AnswerDraft",
        "doctors.LicenceReminder",
        "doctors.VisitCode",
        "questions.Draft",
        "questions.Follow",
        "questions.Notice",
        "questions.Desk",
        # A secret.
        "voting.NetworkKey",
        # Counted by the machine, and no work of staff.
        "questions.TopicDoctor",
        "questions.Meaning",
        "questions.Vocabulary",
        "questions.Word",
    }
    assert tables - {model._meta.label for model in MODELS} == with_others | private
    assert {model._meta.label for model in MODELS} == set(MAKE)


@each_model
def test_the_list_opens_and_costs_the_same_for_1_and_for_20_rows(admin_client: Client, model: type[models.Model]):
    make, counts = MAKE[model._meta.label], []

    for more in (1, 19):
        for _ in range(more):
            make()
        with CaptureQueriesContext(connection) as queries:
            response = admin_client.get(url_of(model, "changelist"))
        assert response.status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]


WORDS = ["abc", "12", "=x", '"unclosed', "%_\\'", "\U0001f600\u202e", "a" * 2000, "9" * 40]


@each_model
def test_any_words_may_be_searched_for(admin_client: Client, model: type[models.Model]):
    MAKE[model._meta.label]()

    for words in WORDS:
        assert admin_client.get(url_of(model, "changelist"), {"q": words}).status_code == 200, words


@each_model
def test_no_parameters_break_a_list(admin_client: Client, model: type[models.Model]):
    MAKE[model._meta.label]()

    for query in (
        "o=99",
        "o=-1.2.x",
        "p=999",
        "p=abc",
        "p=" + "9" * 400,
        "e=1",
        "all=",
        "unknown=1",
        "pk__gt=x",
        "q=%FF",
        "_facets=True",
    ):
        assert admin_client.get(f"{url_of(model, 'changelist')}?{query}").status_code in (200, 302, 400), query


@each_model
def test_the_page_for_a_new_row_opens_where_one_may_be_added(admin_client: Client, model: type[models.Model]):
    response = admin_client.get(url_of(model, "add"))

    assert response.status_code == (403 if model._meta.label in NOT_ADDED else 200)


@each_model
def test_the_page_of_a_row_opens(admin_client: Client, model: type[models.Model]):
    MAKE[model._meta.label]()

    for page in ("change", "history"):
        assert admin_client.get(url_of(model, page, model._default_manager.first().pk)).status_code == 200


@each_model
def test_a_row_that_is_not_there_leads_back(admin_client: Client, model: type[models.Model]):
    for key in ("0", "abc", "9" * 18, "9" * 40, "_5f"):
        response = admin_client.get(url_of(model, "change", "KEY").replace("KEY", key))
        assert response.status_code in (302, 404), key


@each_model
def test_a_person_who_is_no_staff_sees_nothing_of_it(client: Client, model: type[models.Model]):
    sign_in(client, UserFactory())

    assert client.get(url_of(model, "changelist")).status_code == 403


@each_model
def test_staff_without_permissions_see_nothing_of_it(client: Client, model: type[models.Model]):
    sign_in(client, UserFactory(is_staff=True))

    assert client.get(url_of(model, "changelist")).status_code == 403


@pytest.mark.parametrize("place", ["question", "answer", "doctorreview", "decision", "answervote", "votering"])
def test_what_people_wrote_is_hidden_and_never_deleted(admin_client: Client, place: str):
    model = next(model for model in MODELS if model._meta.model_name == place)
    MAKE[model._meta.label]()
    key = model._default_manager.first().pk

    assert admin_client.get(url_of(model, "delete", key)).status_code == 403
    assert admin_client.post(url_of(model, "delete", key), {"post": "yes"}).status_code == 403
    assert "delete_selected" not in admin_client.get(url_of(model, "changelist")).content.decode()
    assert model._default_manager.filter(pk=key).exists()


# --- Counters --------------------------------------------------------------------------------------------


def saved(admin_client: Client, row: models.Model, **values: object) -> None:
    """Send the form of a row as it stands, but for these values."""
    url = url_of(type(row), "change", row.pk)
    form = Page(admin_client.get(url)).form(id=f"{row._meta.model_name}_form")
    response = admin_client.post(url, {**form, **values})
    assert response.status_code == 302, str(Page(response))[:2000]


@pytest.mark.parametrize(
    ("make", "columns"),
    [
        (AnswerFactory, [*UP_COLUMNS, *DOWN_COLUMNS, "score", "rank", "upvote_count"]),
        (lambda: QuestionFactory(asked_at=NOON), ["answer_count", "last_answer_at", "active_at"]),
        (TopicFactory, ["question_count"]),
        (
            DoctorFactory,
            [*STARS.values(), "answer_count", "review_count", "rating", "rating_order", "imported_review_count"],
        ),
    ],
)
def test_counters_are_shown_and_written_by_nobody(admin_client: Client, make: Callable, columns: list[str]):
    row = make()
    before = type(row).objects.values(*columns).get()
    page = Page(admin_client.get(url_of(type(row), "change", row.pk)))

    saved(admin_client, row, **dict.fromkeys(columns, "77"))

    assert not [tag for tag in page.all("input") if tag.get("name") in columns]
    assert type(row).objects.values(*columns).get() == before


def test_the_state_is_changed_by_a_decision_only(admin_client: Client):
    for row in (AnswerFactory(), DoctorReviewFactory()):
        saved(admin_client, row, state="hidden", decision="1")
        row.refresh_from_db()
        assert (row.state, row.decision) == ("published", None)


def test_nobody_but_the_patient_decides_the_stars(admin_client: Client):
    review = DoctorReviewFactory(rating=2)

    saved(admin_client, review, rating="5", doctor=str(DoctorFactory().pk))

    review.refresh_from_db()
    assert (review.rating, Doctor.objects.get(pk=review.doctor_id).two_star_count) == (2, 1)


# --- Saving ----------------------------------------------------------------------------------------------


def test_a_saved_body_is_made_anew_for_the_page(admin_client: Client):
    answer = AnswerFactory()

    saved(admin_client, answer, body="**New** words <script>x</script>", body_format="markdown")

    answer.refresh_from_db()
    assert answer.body_html == "<p><strong>New</strong> words &lt;script&gt;x&lt;/script&gt;</p>"
    assert answer.edited_at is not None


def test_a_save_without_a_change_is_no_edit(admin_client: Client):
    answer, question = AnswerFactory(), QuestionFactory()

    saved(admin_client, answer)
    saved(admin_client, question)

    answer.refresh_from_db()
    question.refresh_from_db()
    assert (answer.edited_at, question.edited_at) == (None, None)


def test_another_title_gives_another_address_and_the_old_one_leads_there(admin_client: Client, client: Client):
    question = QuestionFactory(title="Old", slug="old")

    saved(admin_client, question, title="Quite new: really?")

    question.refresh_from_db()
    assert (question.slug, question.edited_at is not None) == ("quite-new-really", True)
    assert client.get(f"/questions/{question.pk}/old/")["Location"].endswith("/quite-new-really/")


@pytest.mark.parametrize("title", ["???", "\u6f22\u5b57", "\U0001f600", "-", "a" * 300, "-" * 100 + "a"])
def test_every_title_has_an_address(admin_client: Client, client: Client, title: str):
    question = QuestionFactory()

    saved(admin_client, question, title=title)

    question.refresh_from_db()
    assert question.slug
    assert len(question.slug) <= 80
    assert client.get(question.get_absolute_url()).status_code == 200


def test_a_new_question_and_its_answer_can_be_written_in_the_admin(admin_client: Client, client: Client):
    topic, doctor = TopicFactory(), DoctorFactory()
    form = Page(admin_client.get(url_of(Question, "add"))).form(id="question_form")

    admin_client.post(
        url_of(Question, "add"),
        {
            **form,
            "title": "How long?",
            "body": "Two\n\nparts",
            "question_topics-TOTAL_FORMS": "1",
            "question_topics-0-topic": str(topic.pk),
        },
    )
    question = Question.objects.get()
    form = Page(admin_client.get(url_of(Answer, "add"))).form(id="answer_form")
    admin_client.post(
        url_of(Answer, "add"),
        {**form, "question": str(question.pk), "doctor": str(doctor.pk), "headline": "A week", "body": "One week."},
    )

    page = Page(client.get(question.get_absolute_url()))
    assert question.body_html == "<p>Two</p><p>parts</p>"
    assert "How long?" in page
    assert "A week" in page
    assert list(question.topics.all()) == [topic]


def test_topics_are_added_and_removed_with_their_question(admin_client: Client):
    old, new = TopicFactory.create_batch(2)
    question = QuestionFactory(topics=[old])

    saved(
        admin_client,
        question,
        **{
            "question_topics-TOTAL_FORMS": "2",
            "question_topics-1-topic": str(new.pk),
            "question_topics-0-DELETE": "on",
        },
    )

    old.refresh_from_db()
    new.refresh_from_db()
    assert list(question.topics.all()) == [new]
    assert (old.question_count, new.question_count) == (0, 1)


def test_a_topic_given_twice_is_an_error_in_words(admin_client: Client):
    topic = TopicFactory()
    question = QuestionFactory(topics=[topic])
    url = url_of(Question, "change", question.pk)
    form = Page(admin_client.get(url)).form(id="question_form")

    response = admin_client.post(
        url, {**form, "question_topics-TOTAL_FORMS": "2", "question_topics-1-topic": str(topic.pk)}
    )

    assert response.status_code == 200
    assert question.question_topics.count() == 1


def refused(admin_client: Client, row: models.Model, **values: object) -> str:
    """Send a form that must come back with an error, and return its words."""
    url = url_of(type(row), "change", row.pk)
    form = Page(admin_client.get(url)).form(id=f"{row._meta.model_name}_form")
    response = admin_client.post(url, {**form, **values})
    assert response.status_code == 200, "It was taken."
    return str(Page(response))


WRONG = {
    "an empty title": (QuestionFactory, {"title": ""}),
    "a blank title": (QuestionFactory, {"title": "   "}),
    "a title too long": (QuestionFactory, {"title": "a" * 301}),
    "a NUL": (QuestionFactory, {"title": "a\0b"}),
    "an account and a name": (QuestionFactory, {"asker_name": "Sunny Day"}),
    "an unknown format": (QuestionFactory, {"body_format": "rtf"}),
    "a date that is none": (QuestionFactory, {"asked_at_0": "2026-13-45"}),
    "an empty body": (AnswerFactory, {"body": ""}),
    "an unknown doctor": (AnswerFactory, {"doctor": "999999999"}),
    "an unknown interest": (AnswerFactory, {"interest": "love"}),
    "a doctor without a name": (DoctorFactory, {"name": "  "}),
    "a slug that is none": (DoctorFactory, {"slug": "a b/c"}),
    "an upper bound before the lower": (AnswerFactFactory, {"span_0": "6", "span_1": "3"}),
    "a span without an end": (AnswerFactFactory, {"span_0": "6", "span_1": ""}),
    "a span and a choice": (AnswerFactFactory, {"choice": "yes"}),
    "neither span nor choice": (AnswerFactFactory, {"span_0": "", "span_1": ""}),
    "a negative span": (AnswerFactFactory, {"span_0": "-5", "span_1": "3"}),
    "choices that are no json": (FactKindFactory, {"choices": "{"}),
    "a pen name with a blank": (UserFactory, {"pen_name": "two words"}),
    "an address that is none": (UserFactory, {"email": "nobody"}),
}


@pytest.mark.parametrize(("make", "values"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_is_an_error_in_words(admin_client: Client, make: Callable, values: dict):
    assert "error" in refused(admin_client, make(), **values).lower()


@pytest.mark.parametrize(
    ("make", "column", "taken"),
    [
        (UserFactory, "email", "ADA@mail.example"),
        (UserFactory, "pen_name", "SUNNY_DAY"),
        (TopicFactory, "name", "ACNE"),
        (TopicFactory, "slug", "acne"),
        (DoctorFactory, "slug", "ada"),
    ],
)
def test_what_is_taken_is_an_error_in_words(admin_client: Client, make: Callable, column: str, taken: str):
    UserFactory(email="ada@mail.example", pen_name="sunny_day")
    TopicFactory(name="Acne", slug="acne")
    DoctorFactory(slug="ada")

    assert "error" in refused(admin_client, make(), **{column: taken}).lower()


def test_a_forged_key_of_a_doctor_is_an_error_in_words(admin_client: Client):
    admin_client.raise_request_exception = False

    refused(admin_client, AnswerFactory(), doctor="forged")


def test_a_span_past_the_columns_end_is_an_error_in_words(admin_client: Client):
    admin_client.raise_request_exception = False

    refused(admin_client, AnswerFactFactory(), span_1="99999999999")


def test_a_span_typed_as_3_and_6_is_read_as_3_to_6(admin_client: Client):
    """A doctor's "3 to 6" has both its ends."""
    fact = AnswerFactFactory(span=NumericRange(1, 2, "[]"))

    saved(admin_client, fact, span_0="3", span_1="6")

    fact.refresh_from_db()
    assert fact.span == NumericRange(3, 7, "[)")


def test_people_are_found_by_what_others_see_of_them(admin_client: Client):
    UserFactory(pen_name="sunny_day", email="ada@mail.example")

    for words in ("sunny", "ADA@mail"):
        assert "sunny_day" in Page(admin_client.get(url_of(User, "changelist"), {"q": words}))


def test_a_question_is_found_by_its_number_and_its_asker(admin_client: Client):
    question = QuestionFactory(title="The wanted one", asker=UserFactory(pen_name="sunny_day"))
    QuestionFactory.create_batch(3)

    for words in (str(question.pk), "sunny", "wanted"):
        assert "The wanted one" in Page(admin_client.get(url_of(Question, "changelist"), {"q": words})), words


def test_a_new_account_is_made_with_a_password_or_without(admin_client: Client):
    form = Page(admin_client.get(url_of(User, "add"))).form(id="user_form")

    response = admin_client.post(
        url_of(User, "add"),
        {**form, "email": "new@mail.example", "pen_name": "new_one", "usable_password": "false"},
    )

    assert response.status_code == 302
    assert not User.objects.get(pen_name="new_one").has_usable_password()


# --- Deciding --------------------------------------------------------------------------------------------

KINDS = [AnswerFactory, QuestionFactory, DoctorReviewFactory]


def act(admin_client: Client, rows: list, action: str, **values: object):
    model = type(rows[0])
    sent = {"action": action, "_selected_action": [row.pk for row in rows], **values}
    if "decide" in values:
        # What the page before this one carries on: that these words were read.
        now = model._default_manager.filter(pk__in=[row.pk for row in rows])
        sent |= {f"seen_{row.pk}": kind_of(row).stamp(row) for row in now}
    return admin_client.post(url_of(model, "changelist"), sent)


@pytest.mark.parametrize("make", KINDS)
def test_hiding_asks_for_a_rule_and_a_reason_first(admin_client: Client, make: Callable):
    rows = [make(), make()]

    response = act(admin_client, rows, "hide_chosen")

    page = Page(response)
    assert response.status_code == 200
    assert page.all("select", name="rule")
    assert page.all("textarea", name="reason")
    assert {row.state for row in type(rows[0]).objects.all()} == {"published"}


@pytest.mark.parametrize("make", KINDS)
def test_what_was_chosen_is_hidden_by_that_rule_and_for_that_reason(
    admin_client: Client, admin_user: User, make: Callable
):
    rows, other = [make(), make()], make()
    model = type(other)

    form = Page(act(admin_client, rows, "hide_chosen")).forms[-1]["data"]
    response = admin_client.post(url_of(model, "changelist"), {**form, "rule": "6", "reason": "It promises a result."})

    assert response.status_code == 302
    assert set(model.objects.filter(state="hidden")) == set(rows)
    for row in model.objects.filter(state="hidden"):
        assert (row.decision.rule, row.decision.reason, row.decision.decided_by) == (
            6,
            "It promises a result.",
            admin_user,
        )
    assert model.objects.get(pk=other.pk).state == "published"


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize(
    "words",
    [
        {"rule": "", "reason": "Why."},
        {"rule": "6", "reason": ""},
        {"rule": "6", "reason": "   "},
        {"rule": "99", "reason": "Why."},
        {"rule": "x", "reason": "Why."},
        {"rule": "6", "reason": "a" * 501},
        {"rule": "6", "reason": "a\0b"},
        {},
    ],
)
def test_without_a_rule_or_a_reason_nothing_is_hidden_and_what_was_typed_stays(
    admin_client: Client, make: Callable, words: dict
):
    row = make()

    response = act(admin_client, [row], "hide_chosen", decide="1", **words)

    row.refresh_from_db()
    assert (response.status_code, row.state, Decision.objects.count()) == (422, "published", 0)
    typed = Page(response).forms[-1]["data"]["reason"]
    assert typed.replace("\ufffd", "\0") == words.get("reason", "") or typed == words.get("reason", "").strip()


@pytest.mark.parametrize("make", KINDS)
def test_what_is_hidden_is_published_again_with_or_without_words(admin_client: Client, make: Callable):
    row = make()
    act(admin_client, [row], "hide_chosen", decide="1", rule="6", reason="Why.")

    response = act(admin_client, [row], "restore_chosen", decide="1", reason="")

    row.refresh_from_db()
    assert (response.status_code, row.state, row.decision.action) == (302, "published", "publish")


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize(
    ("state", "action"),
    [
        ("withdrawn", "hide_chosen"),
        ("published", "restore_chosen"),
        ("withdrawn", "restore_chosen"),
    ],
)
def test_what_is_not_in_the_state_for_it_is_left_alone(admin_client: Client, make: Callable, state: str, action: str):
    row = make(state=state)

    response = act(admin_client, [row], action, decide="1", rule="6", reason="Why.")

    row.refresh_from_db()
    assert (response.status_code, row.state, Decision.objects.count()) == (302, state, 0)


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("seen", ["", "0" * 32])
def test_what_the_moderator_did_not_read_is_not_published(admin_client: Client, make: Callable, seen: str):
    row = make(state="held")

    response = act(admin_client, [row], "restore_chosen")
    page = Page(response)
    assert (page.forms[-1]["data"][f"seen_{row.pk}"], kind_of(row).describe(row).texts[0][1] in page) == (
        kind_of(row).stamp(row),
        True,
    )
    sent = {**page.forms[-1]["data"], f"seen_{row.pk}": seen}
    answer = Page(admin_client.post(url_of(type(row), "changelist"), sent, follow=True))

    row.refresh_from_db()
    assert (row.state, Decision.objects.count()) == ("held", 0)
    assert "Changed since you read them" in answer


def test_the_page_of_a_decision_needs_its_token(admin_user: User):
    client, answer = Client(enforce_csrf_checks=True), AnswerFactory()
    sign_in(client, admin_user)

    refused = act(client, [answer], "hide_chosen", decide="1", rule="6", reason="Why.")
    token = Page(client.get(url_of(Answer, "changelist"))).form(id="changelist-form")["csrfmiddlewaretoken"]
    page = Page(act(client, [answer], "hide_chosen", csrfmiddlewaretoken=token))
    taken = client.post(url_of(Answer, "changelist"), {**page.forms[-1]["data"], "rule": "6", "reason": "Why."})

    assert (refused.status_code, taken.status_code) == (403, 302)
    assert Answer.objects.get().state == "hidden"


def test_staff_who_may_only_look_cannot_hide(client: Client):
    answer, user = AnswerFactory(), UserFactory(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_answer"))
    sign_in(client, user)

    act(client, [answer], "hide_chosen", decide="1", rule="6", reason="Why.")

    answer.refresh_from_db()
    assert answer.state == "published"


def test_a_fact_is_written_with_its_answer(admin_client: Client):
    kind, answer = FactKindFactory(), AnswerFactory()

    saved(
        admin_client,
        answer,
        **{"facts-TOTAL_FORMS": "1", "facts-0-kind": str(kind.pk), "facts-0-span_0": "3", "facts-0-span_1": "7"},
    )

    assert AnswerFact.objects.get().span == NumericRange(3, 8, "[)")


def test_nobody_but_the_patient_changes_the_words_of_a_review(admin_client: Client):
    review = DoctorReviewFactory(title="Hurried")

    saved(admin_client, review, title="Mended", body="All was well.", reply="Thank you.")

    assert DoctorReview.objects.values_list("title", "body", "reply").get() == (review.title, review.body, "")


def test_a_second_answer_of_one_doctor_is_an_error_in_words(admin_client: Client):
    first, second = AnswerFactory(), AnswerFactory()
    page = Page(admin_client.get(url_of(Answer, "change", second.pk))).form(id="answer_form")
    form = {**page, "question": str(first.question_id), "doctor": str(first.doctor_id)}

    response = admin_client.post(url_of(Answer, "change", second.pk), form, follow=True)

    assert "one answer per doctor and question" in Page(response)
    second.refresh_from_db()
    assert second.doctor != first.doctor
