"""Accounts: one for each address and pen name, in any case of letters."""

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("first", "second", "constraint"),
    [
        ({"email": "ada@mail.example"}, {"email": "ada@mail.example"}, "accounts_user_email"),
        ({"pen_name": "sunny_day"}, {"pen_name": "sunny_day"}, "one_user_per_pen_name"),
        ({"pen_name": "sunny_day"}, {"pen_name": "Sunny_DAY"}, "one_user_per_pen_name"),
    ],
)
def test_no_two_accounts_share_an_address_or_a_pen_name(first: dict, second: dict, constraint: str):
    UserFactory(**first)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        UserFactory(**second)


def test_an_address_is_kept_in_lower_case():
    assert User.objects.create_user(" ADA@Mail.Example ", "ada").email == "ada@mail.example"
    with pytest.raises(IntegrityError, match="email_in_lower_case"), transaction.atomic():
        UserFactory(email="Bo@mail.example")


def test_no_two_accounts_share_an_address_in_any_case():
    """The rule on letters stands before this one, and is lifted to see it."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_user DROP CONSTRAINT email_in_lower_case")
    UserFactory(email="ada@mail.example")

    with pytest.raises(IntegrityError, match="one_user_per_email"), transaction.atomic():
        UserFactory(email="ADA@Mail.Example")


def test_a_person_signs_in_with_the_address_in_any_case():
    user = UserFactory(email="ada@mail.example")

    assert authenticate(username="ADA@mail.EXAMPLE", password="correct horse battery") == user
    assert authenticate(username="ada@mail.example", password="wrong") is None
    assert authenticate(username="%@mail.example", password="correct horse battery") is None


def test_an_account_that_is_turned_off_signs_nobody_in():
    UserFactory(email="ada@mail.example", is_active=False)

    assert authenticate(username="ada@mail.example", password="correct horse battery") is None


def test_a_user_without_an_address_is_refused():
    with pytest.raises(ValueError, match="e-mail"):
        User.objects.create_user("", "nobody")


def test_a_user_without_a_password_cannot_sign_in():
    user = User.objects.create_user("ada@mail.example", "ada", None)

    assert not user.has_usable_password()


def test_a_superuser_may_do_everything():
    user = User.objects.create_superuser("ada@mail.example", "ada", "correct horse battery")

    assert (user.is_staff, user.is_superuser, user.is_active) == (True, True, True)
    assert user.has_perm("questions.change_answer")


def test_a_person_is_shown_by_pen_name():
    assert str(UserFactory(pen_name="sunny_day")) == "sunny_day"


@pytest.mark.parametrize(
    "pen_name",
    ["a", "", ".dot", "-dash", "two words", "a<b", "a@b.example", "a\n", "a" * 41, "a\0b", "\u202eabc", "a/b"],
)
def test_a_pen_name_with_other_signs_is_refused(pen_name: str):
    with pytest.raises(ValidationError):
        User._meta.get_field("pen_name").clean(pen_name, None)


@given(st.from_regex(r"\A[\w][\w.\-]{1,39}\Z"))
def test_a_pen_name_of_letters_digits_dots_and_dashes_is_taken(pen_name: str):
    User._meta.get_field("pen_name").clean(pen_name, None)
