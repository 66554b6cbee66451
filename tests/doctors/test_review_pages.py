"""The pages on which a patient writes, changes and withdraws a review."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from accounts.models import Limit, User
from accounts.services import confirm_address
from doctors.models import DoctorReview, ReviewEdit
from doctors.services import hide_review, make_visit_codes
from tests.factories import DoctorFactory, DoctorReviewFactory, ModeratorFactory, UserFactory, sign_in
from tests.reading import Page

pytestmark = pytest.mark.django_db

ADDRESS = "/doctors/ines/reviews/"
SAID: dict[str, Any] = {
    "rating": "4",
    "title": "Took the time",
    "body": "She drew what she would do, and what it could cost, before anything was done.",
    "treatment": "Skin check",
    "visit_month": "",
    "own": "on",
}


@pytest.fixture
def doctor() -> Any:
    return DoctorFactory(name="Ines Marlow", slug="ines", practice="Harbour Skin Clinic", user=UserFactory())


@pytest.fixture
def patient(client: Client, doctor: Any) -> Any:
    user = UserFactory()
    sign_in(client, user)
    return user


def test_a_review_is_posted_and_everybody_reads_it(client: Client, patient: Any, doctor: Any):
    response = client.post(ADDRESS, SAID)

    review = DoctorReview.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/doctors/ines/#review-{review.pk}")
    page = Client().get("/doctors/ines/").content.decode()
    assert all(words in page for words in (SAID["title"], SAID["body"], patient.pen_name, "Skin check"))


def test_nothing_is_chosen_beforehand(client: Client, patient: Any):
    assert "checked" not in client.get(ADDRESS).content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"rating": ""}, "Choose a rating from 1 to 5"),
        ({"rating": "0"}, "Choose a rating from 1 to 5"),
        ({"rating": "6"}, "Choose a rating from 1 to 5"),
        ({"rating": "4.5"}, "Choose a rating from 1 to 5"),
        ({"title": " "}, "Sum it up"),
        ({"title": "a" * 121}, "Shorten the summary to 120 characters"),
        ({"body": ""}, "Write what your experience was"),
        ({"body": "\u2800\u200b"}, "Write what your experience was"),
        ({"body": "a" * 5001}, "Shorten your words to 5000 characters"),
        ({"body": "a\ufffdb c"}, "could not be read"),
        ({"treatment": "a" * 121}, "Shorten it to 120 characters"),
        ({"visit_month": "2999-01"}, "Choose a month from the list"),
        ({"visit_month": "1999-01-01"}, "Choose a month from the list"),
        ({"own": ""}, "Confirm that this is your own experience"),
        ({"code": "WRONG-CODE"}, "This code is not one of this doctor"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_typed_is_lost(
    client: Client, patient: Any, wrong: dict[str, str], words: str
):
    response = client.post(ADDRESS, SAID | wrong)
    page = response.content.decode()

    assert response.status_code == 422
    assert words in page.split("<h1>")[0]
    assert (SAID | wrong)["body"].replace("\u200b", "").strip() in page
    assert not DoctorReview.objects.exists()


def test_the_same_sent_twice_is_one(client: Client, patient: Any):
    for _ in range(2):
        assert client.post(ADDRESS, SAID).status_code == 302

    assert (DoctorReview.objects.count(), ReviewEdit.objects.count()) == (1, 0)


def test_the_page_is_filled_with_the_review_that_is_there(client: Client, patient: Any):
    client.post(ADDRESS, SAID)
    page = client.get(ADDRESS).content.decode()
    assert SAID["body"] in page
    assert re.search(r'value="4"[^>]*checked', page)

    client.post(ADDRESS, SAID | {"rating": "2"})

    assert (DoctorReview.objects.get().rating, ReviewEdit.objects.get().rating) == (2, 4)


def test_a_month_is_kept_as_its_first_day(client: Client, patient: Any):
    month = Page(client.get(ADDRESS))
    assert "I would rather not say" in month
    client.post(ADDRESS, SAID | {"visit_month": "2026-03"})

    assert f"{DoctorReview.objects.get().visit_month}" == "2026-03-01"


def test_a_visit_code_verifies_the_review_and_is_asked_for_no_more(client: Client, patient: Any, doctor: Any):
    (code,) = make_visit_codes(doctor=doctor, number=1)

    client.post(ADDRESS, SAID | {"code": code})

    assert DoctorReview.objects.get().interaction == "code"
    assert 'name="code"' not in client.get(ADDRESS).content.decode()


# --- Who -------------------------------------------------------------------------------------------------------


def test_a_stranger_signs_in_and_finds_their_words_again(client: Client, doctor: Any):
    response = client.post(ADDRESS, SAID)
    assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={ADDRESS}")

    user = UserFactory()
    user.set_password("a-long-passphrase-7")
    user.save()
    confirm_address(user=user)
    signed_in = client.post(
        f"/accounts/login/?next={ADDRESS}", {"login": user.email, "password": "a-long-passphrase-7"}
    )
    assert signed_in.status_code == 302

    page = client.get(ADDRESS).content.decode()
    assert SAID["body"] in page
    assert SAID["body"] not in client.get(ADDRESS).content.decode()


def test_a_stranger_who_only_reads_gets_no_session(client: Client, doctor: Any):
    assert client.get(ADDRESS).status_code == 302
    assert not client.cookies


def test_neither_the_doctor_nor_a_colleague_reviews(doctor: Any):
    colleague = DoctorFactory(user=UserFactory(), practice="Harbour Skin-Clinic")
    for user in (doctor.user, colleague.user):
        client = Client()
        sign_in(client, user, factor=True)
        assert client.get(ADDRESS).status_code == 403
        assert client.post(ADDRESS, SAID).status_code == 403
    assert not DoctorReview.objects.exists()


def test_an_address_that_is_not_confirmed_reviews_nobody(client: Client, patient: Any):
    EmailAddress.objects.filter(user=patient).update(verified=False)

    response = client.post(ADDRESS, SAID)

    assert response.status_code == 403
    assert "Confirm your email first" in response.content.decode()


def test_what_a_moderator_took_down_is_changed_by_nobody(client: Client, patient: Any):
    client.post(ADDRESS, SAID)
    hide_review(DoctorReview.objects.get().pk, rule=1, reason="It names a nurse.", moderator=ModeratorFactory())

    assert client.post(ADDRESS, SAID | {"body": "Other words, quite different."}).status_code == 403
    page = client.get("/doctors/reviews/").content.decode()
    assert "It names a nurse." in page
    assert SAID["body"] not in Client().get("/doctors/ines/").content.decode()


def test_a_doctor_who_is_not_listed_has_no_such_page(client: Client, patient: Any, doctor: Any):
    type(doctor).objects.update(is_listed=False)

    assert client.get(ADDRESS).status_code == 404


def test_a_review_needs_the_token_and_hands_the_words_back(doctor: Any):
    client = Client(enforce_csrf_checks=True)
    sign_in(client, UserFactory())

    response = client.post(ADDRESS, SAID)

    assert response.status_code == 403
    assert SAID["body"] in response.content.decode()


@pytest.mark.parametrize(("scope", "count", "sent"), [("review", 10, {}), ("visit_code", 10, {"code": "AB"})])
def test_past_the_limit_the_words_come_back(client: Client, patient: Any, scope: str, count: int, sent: dict[str, str]):
    client.post(ADDRESS, SAID | sent)
    Limit.objects.filter(key__startswith=f"{scope}:").update(count=count)

    response = client.post(ADDRESS, SAID | sent)

    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert SAID["body"] in response.content.decode()


# --- Personal details --------------------------------------------------------------------------------------------


def test_personal_details_are_shown_first_and_ways_to_reach_somebody_must_go(client: Client, patient: Any):
    said = SAID | {"body": "Call me on 020 7946 0018 if you want to know more about it."}
    page = client.post(ADDRESS, said)
    assert "Check for personal details" in page.content.decode()
    assert not DoctorReview.objects.exists()

    response = client.post(ADDRESS, {**said, "redact": "all"})
    stamp = response.content.decode().split('name="kept" value="')[1].split('"')[0]
    body = response.content.decode().split('name="body" value="')[1].split('"')[0]
    assert "7946" not in body

    assert client.post(ADDRESS, {**said, "body": body, "kept": stamp}).status_code == 302
    assert "7946" not in DoctorReview.objects.get().body


def test_the_doctors_own_name_is_no_personal_detail(client: Client, patient: Any):
    said = SAID | {"body": "Dr Ines Marlow listened. My name is not needed here, and Marlow never hurried me."}

    assert client.post(ADDRESS, said).status_code == 302


def test_a_detail_that_goes_takes_the_words_of_the_history_with_it(client: Client, patient: Any, doctor: Any):
    DoctorReviewFactory(doctor=doctor, patient=patient, body="My number is 020 7946 0018, call me.")

    client.post(ADDRESS, SAID)

    assert ReviewEdit.objects.values_list("body", "is_redaction").get() == (None, True)


# --- Waiting, withdrawing ------------------------------------------------------------------------------------------


def test_a_review_that_waits_is_seen_by_its_author_with_the_reason(client: Client, patient: Any):
    User.objects.filter(pk=patient.pk).update(date_joined=timezone.now())
    body = "Read more about it at www.scars-and-more.com before you go."
    response = client.post(ADDRESS, SAID | {"body": body, "kept": ""}, follow=True)
    if "Check for personal details" in response.content.decode():
        stamp = response.content.decode().split('name="kept" value="')[1].split('"')[0]
        response = client.post(ADDRESS, SAID | {"body": body, "kept": stamp}, follow=True)

    page = response.content.decode()
    assert DoctorReview.objects.get().state == "held"
    assert "your account is new" in page
    assert body not in Client().get("/doctors/ines/").content.decode()


def test_a_review_is_withdrawn_and_comes_back(client: Client, patient: Any, doctor: Any):
    client.post(ADDRESS, SAID)
    review = DoctorReview.objects.get()
    address = f"/doctors/reviews/{review.pk}/withdraw/"
    assert "Withdraw your review?" in client.get(address).content.decode()

    assert client.post(address).status_code == 302
    assert SAID["body"] not in Client().get("/doctors/ines/").content.decode()
    assert client.post(address).status_code == 302

    client.post(ADDRESS, SAID)
    review.refresh_from_db()
    assert review.state == "published"


def test_nobody_withdraws_anothers_review(client: Client, patient: Any, doctor: Any):
    review = DoctorReviewFactory(doctor=doctor)

    assert client.post(f"/doctors/reviews/{review.pk}/withdraw/").status_code == 404


def test_my_reviews_are_mine(client: Client, patient: Any, doctor: Any):
    DoctorReviewFactory(doctor=doctor, title="Somebody else's")
    assert "You have not reviewed a doctor yet" in client.get("/doctors/reviews/").content.decode()

    client.post(ADDRESS, SAID)

    page = client.get("/doctors/reviews/").content.decode()
    assert SAID["title"] in page
    assert "Somebody else" not in page
