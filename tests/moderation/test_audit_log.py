"""The audit log: it only grows, each entry follows from the one before, and what is taken away is missed."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from moderation.models import AuditEntry
from moderation.services import record
from tests.crowd import all_at_once
from tests.factories import ModeratorFactory, QuestionFactory, UserFactory
from tests.reading import Page

pytestmark = pytest.mark.django_db


def chain() -> None:
    """Let what waits for the commit happen now."""
    connection.check_constraints()


def verify(**options: str) -> str:
    out = StringIO()
    call_command("verify_audit_log", stdout=out, **options)
    return out.getvalue()


def faults() -> str:
    out = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("verify_audit_log", stdout=out)
    assert refused.value.returncode == 1
    return out.getvalue()


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def behind_the_back(sql: str) -> None:
    """Do to the table what its triggers refuse, as whoever owns the database could."""
    run(f"SET LOCAL session_replication_role = replica; {sql}; SET LOCAL session_replication_role = origin")


def entries(count: int) -> list[AuditEntry]:
    made = [record("case.claim", actor=None, subject=("questions.question", n + 1)) for n in range(count)]
    chain()
    for entry in made:
        entry.refresh_from_db()
    return made


def test_an_entry_says_who_did_what_to_what_and_why():
    moderator, question = UserFactory(), QuestionFactory()

    entry = record(
        "decide.hide",
        actor=moderator,
        subject=question,
        rule=6,
        reason="It promises a result.",
        before={"state": "published"},
        after={"state": "hidden"},
    )

    entry.refresh_from_db()
    assert (entry.actor_id, entry.action) == (moderator.pk, "decide.hide")
    assert (entry.subject_kind, entry.subject_id) == ("questions.question", question.pk)
    assert (entry.rule, entry.reason) == (6, "It promises a result.")
    assert (entry.before, entry.after) == ({"state": "published"}, {"state": "hidden"})
    assert str(entry) == f"decide.hide questions.question {question.pk}"


def test_each_entry_carries_the_hash_of_the_one_before():
    first, second, third = entries(3)

    assert [first.number, second.number, third.number] == [1, 2, 3]
    assert first.previous_hash == "0" * 64
    assert (second.previous_hash, third.previous_hash) == (first.hash, second.hash)
    assert verify() == f"The audit log is whole. Newest entry: 3:{third.hash}\n"


def test_an_empty_log_is_whole():
    assert verify() == "The audit log is whole. Newest entry: none\n"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE moderation_auditentry SET reason = 'Another one.'",
        "UPDATE moderation_auditentry SET hash = repeat('a', 64)",
        "UPDATE moderation_auditentry SET reason = reason",
        "DELETE FROM moderation_auditentry",
        "DELETE FROM moderation_auditentry WHERE number = 2",
        "TRUNCATE moderation_auditentry",
        "INSERT INTO moderation_auditentry SELECT * FROM moderation_auditentry"
        " ON CONFLICT (id) DO UPDATE SET reason = 'Another one.'",
    ],
)
@pytest.mark.parametrize("is_chained", [True, False], ids=["after the commit", "before the commit"])
def test_no_statement_changes_or_deletes_an_entry(sql: str, is_chained: bool):
    entries(2)
    if not is_chained:
        record("case.claim", actor=None)

    # Before the commit PostgreSQL itself refuses to truncate.
    with pytest.raises(DatabaseError, match=r"only grows|pending trigger"), transaction.atomic():
        run(f"SET LOCAL pgtrigger.ignore = '{{audit_keep_rows,audit_keep_table}}'; {sql}")

    chain()
    assert AuditEntry.objects.count() == 3 - is_chained
    assert verify()


def test_nobody_gives_an_entry_its_time_or_its_place():
    entry = AuditEntry(action="case.claim", recorded_at="2001-01-01T00:00Z", number=77, hash="a" * 64)
    entry.previous_hash = "b" * 64

    entry.save()
    chain()

    entry.refresh_from_db()
    assert (entry.number, entry.previous_hash, entry.recorded_at.year > 2001) == (1, "0" * 64, True)
    assert verify()


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("DELETE FROM moderation_auditentry WHERE number = 2", "Entry 3 follows number 1: something is missing"),
        ("DELETE FROM moderation_auditentry WHERE number = 1", "Entry 2 follows number 0: something is missing"),
        ("UPDATE moderation_auditentry SET reason = 'x' WHERE number = 2", "Entry 2 is not what was written."),
        ("UPDATE moderation_auditentry SET actor_id = 1 WHERE number = 2", "Entry 2 is not what was written."),
        ("UPDATE moderation_auditentry SET recorded_at = now() - interval '1 day'", "Entry 1 is not what was written."),
        ("UPDATE moderation_auditentry SET after = '{\"a\": 1}' WHERE number = 3", "Entry 3 is not what was written."),
        ("UPDATE moderation_auditentry SET hash = repeat('a', 64) WHERE number = 2", "Entry 3 does not follow"),
        (
            "UPDATE moderation_auditentry SET previous_hash = repeat('a', 64) WHERE number = 2",
            "Entry 2 does not follow",
        ),
        (
            "UPDATE moderation_auditentry SET number = NULL, hash = NULL, previous_hash = NULL WHERE number = 3",
            "has no place in the chain",
        ),
    ],
)
def test_what_was_done_behind_the_back_of_the_database_is_missed(sql: str, said: str):
    entries(3)

    behind_the_back(sql)

    assert said in faults()


def test_an_end_that_was_cut_off_is_missed_by_whoever_noted_it():
    noted = verify().rpartition(" ")[2].strip()
    entries(3)
    noted = verify().rpartition(" ")[2].strip()

    behind_the_back("DELETE FROM moderation_auditentry WHERE number = 3")

    assert "2:" in verify()
    with pytest.raises(CommandError):
        verify(noted=noted)


@pytest.mark.parametrize("noted", ["", "3", "3:abc", "x:" + "0" * 64, "1:" + "0" * 63])
def test_a_note_that_is_none_is_refused(noted: str):
    with pytest.raises(CommandError, match="Write --noted as it was printed"):
        verify(noted=noted or "-")


def test_an_account_that_goes_leaves_the_log_as_it_was(admin_client: Client):
    moderator = ModeratorFactory(pen_name="old_hand")
    record("case.claim", actor=moderator)
    chain()
    key = moderator.pk
    assert "old_hand" in Page(admin_client.get("/admin/moderation/auditentry/"))

    moderator.delete()

    assert verify()
    assert f"account {key}" in Page(admin_client.get("/admin/moderation/auditentry/"))


def test_not_even_a_superuser_is_offered_a_change(admin_client: Client):
    (entry,) = entries(1)
    for page in ("add", f"{entry.pk}/delete", f"{entry.pk}/change"):
        address = f"/admin/moderation/auditentry/{page}/"
        assert admin_client.post(address, {"reason": "x"}).status_code == 403, page
    assert not Page(admin_client.get(f"/admin/moderation/auditentry/{entry.pk}/change/")).all("input", name="_save")


@pytest.mark.parametrize(
    ("fields", "broken"),
    [
        ({"action": "Hide it"}, "audit_action_is_plain"),
        ({"action": ""}, "audit_action_is_plain"),
        ({"before": {"body": "x" * 2100}}, "audit_states_are_short"),
        ({"after": {"body": "x" * 2100}}, "audit_states_are_short"),
        ({"subject_kind": "questions.answer"}, "audit_subject_is_whole"),
        ({"subject_id": 1}, "audit_subject_is_whole"),
    ],
)
def test_an_entry_is_plain_and_short(fields: dict, broken: str):
    with pytest.raises(IntegrityError, match=broken), transaction.atomic():
        AuditEntry.objects.create(**{"action": "case.claim", **fields})


def test_an_entry_has_its_whole_place_in_the_chain_or_none():
    entries(1)
    with pytest.raises(IntegrityError, match="audit_entry_is_chained_whole"), transaction.atomic():
        behind_the_back("UPDATE moderation_auditentry SET hash = NULL")


@pytest.mark.django_db(transaction=True)
def test_writers_at_one_moment_make_one_chain():
    def write(number: int) -> None:
        for step in range(3):
            with transaction.atomic():
                record("case.claim", actor=None, subject=("questions.question", number + 1))
                record("case.release", actor=None, subject=("questions.question", step + 1))

    outcomes = all_at_once([lambda number=number: write(number) for number in range(8)])

    assert outcomes == [None] * 8
    assert AuditEntry.objects.filter(number__lte=48).count() == 48
    assert verify().startswith("The audit log is whole. Newest entry: 48:")


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_leaves_no_gap():
    record("case.claim", actor=None)
    with transaction.atomic():
        record("case.claim", actor=None)
        transaction.set_rollback(True)
    record("case.claim", actor=None)

    assert list(AuditEntry.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
    assert verify()
