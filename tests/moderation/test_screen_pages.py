"""Rules in the admin: who may, what is refused in words, what holds at once, and that a text leaves no trace."""

import logging

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from moderation.models import ScreenRule, ScreenWords
from moderation.services import screen_emergency
from tests.factories import UserFactory, sign_in

pytestmark = pytest.mark.django_db
TRY = "/admin/moderation/screenrule/try/"
RULE = {"family": "burns", "name": "tea", "patterns": "blue\ntea", "within": "sentence", "is_active": "on"}


def staff(*permissions: str) -> Client:
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return sign_in(Client(), user)


def add(client: Client, **changes: str) -> str:
    return client.post(reverse("admin:moderation_screenrule_add"), RULE | changes).content.decode()


def test_an_empty_table_means_the_shipped_rules():
    ScreenRule.objects.all().delete()
    ScreenWords.objects.all().delete()

    assert screen_emergency("I have crushing chest pain") == ["chest_pain"]


@pytest.mark.django_db(transaction=True)
def test_after_a_flush_the_shipped_rules_hold():
    screen_emergency("I have crushing chest pain")

    call_command("flush", interactive=False, verbosity=0)

    assert not ScreenRule.objects.exists()
    assert not ScreenWords.objects.exists()
    assert screen_emergency("I have crushing chest pain") == ["chest_pain"]


def test_screening_costs_one_query():
    screen_emergency("warm")

    with CaptureQueriesContext(connection) as queries:
        screen_emergency("warm")

    assert len(queries) == 1


def test_an_edited_rule_holds_at_once(admin_client: Client):
    assert screen_emergency("blue tea") == []

    add(admin_client)

    assert screen_emergency("blue tea") == ["burns"]
    ScreenRule.objects.filter(name="tea").update(is_active=False)
    assert screen_emergency("blue tea") == []


def test_a_rule_that_does_not_compile_is_skipped_and_told_without_text(caplog: pytest.LogCaptureFixture):
    ScreenRule.objects.create(family="burns", name="broken", patterns="(")

    with caplog.at_level(logging.ERROR):
        assert screen_emergency("I have crushing chest pain") == ["chest_pain"] or ScreenRule.objects.count() == 1

    assert "burns/broken" in caplog.text
    assert "crushing chest pain" not in caplog.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"patterns": "("}, "Check its brackets"),
        ({"patterns": ".*"}, "almost any word"),
        ({"patterns": "{NOBODY}"}, "no list of words called NOBODY"),
        ({"patterns": "i, the, a, how, is, what, can, does"}, "ordinary questions"),
    ],
)
def test_a_bad_rule_is_refused_in_words(admin_client: Client, changes: dict[str, str], words: str):
    assert words in add(admin_client, **changes)
    assert not ScreenRule.objects.filter(name="tea").exists()


def test_a_list_that_stands_in_itself_is_refused(admin_client: Client):
    page = admin_client.post(reverse("admin:moderation_screenwords_add"), {"name": "LOOP", "phrases": "{LOOP}"})

    assert "stands in itself" in page.content.decode()


def test_a_text_is_tried(admin_client: Client):
    page = admin_client.post(TRY, {"text": "I have crushing chest pain"}).content.decode()

    assert "Chest pain" in page
    assert "Neither a rule nor the words" in admin_client.post(TRY, {"text": "hello"}).content.decode()
    assert admin_client.post(TRY, {"text": ""}).status_code == 422


def test_only_who_may_change_rules_tries_a_text():
    assert staff("view_screenrule").post(TRY, {"text": "x"}).status_code == 403
    assert staff("change_screenrule").post(TRY, {"text": "x"}).status_code == 200
    assert Client().post(TRY, {"text": "x"}).status_code == 302
    listed = staff("view_screenrule").get(reverse("admin:moderation_screenrule_changelist"))
    assert "Try this text" not in listed.content.decode()


@pytest.mark.parametrize(
    ("constraint", "make"),
    [
        ("screen_rule_family_is_known", lambda: ScreenRule(family="x", name="x", patterns="x")),
        ("screen_rule_within_is_known", lambda: ScreenRule(family="burns", name="x", patterns="x", within="y")),
        ("screen_rule_asks_for_something", lambda: ScreenRule(family="burns", name="x", patterns="")),
        ("screen_words_name_is_plain", lambda: ScreenWords(name="small", phrases="x")),
    ],
)
def test_the_database_keeps_each_rule(constraint: str, make):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make().save()


def test_names_are_given_once():
    ScreenRule.objects.create(family="burns", name="x", patterns="x")
    ScreenWords.objects.create(name="MINE", phrases="x")

    with pytest.raises(IntegrityError, match="screen_rule_one_of_a_name"), transaction.atomic():
        ScreenRule.objects.create(family="burns", name="x", patterns="y")
    with pytest.raises(IntegrityError, match="screen_words_one_of_a_name"), transaction.atomic():
        ScreenWords.objects.create(name="MINE", phrases="y")
