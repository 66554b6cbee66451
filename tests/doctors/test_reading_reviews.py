"""What readers do with reviews: mark, sort, look back; and no average of too few, anywhere."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Limit
from accounts.visitors import COOKIE
from doctors.charts import drawn, means_by_month, polyline
from doctors.models import DoctorReview, HelpfulMark
from doctors.services import Reviewed, hide_review, review_doctor, withdraw_review
from tests.factories import AnswerFactory, DoctorFactory, DoctorReviewFactory, ModeratorFactory, UserFactory, sign_in

pytestmark = pytest.mark.django_db

OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def review() -> DoctorReview:
    return DoctorReviewFactory(doctor=DoctorFactory(user=UserFactory(), slug="ines"))


def mark(client: Client, review: DoctorReview, value: str = "1", **headers: str) -> Any:
    return client.post(f"/doctors/reviews/{review.pk}/helpful/", {"value": value}, headers=OURS | headers)


# --- Marks -----------------------------------------------------------------------------------------------------


def test_anybody_marks_a_review_once_and_takes_it_back(client: Client, review: DoctorReview):
    assert mark(client, review).status_code == 303
    assert COOKIE in client.cookies
    mark(client, review)
    review.refresh_from_db()
    assert review.helpful_count == 1
    page = client.get("/doctors/ines/").content.decode()
    assert "1 person found this helpful" in page
    assert 'aria-pressed="true"' in page

    mark(client, review, "0")
    review.refresh_from_db()
    assert review.helpful_count == 0


def test_a_mark_is_told_as_json_and_as_a_part_of_the_page(client: Client, review: DoctorReview):
    told = mark(client, review, Accept="application/json").json()
    part = mark(client, review, **{"HX-Request": "true"}).content.decode()

    assert told == {"review": review.pk, "helpful": 1, "yours": 1}
    assert part.count("<form") == 1
    assert "1 person found this helpful" in part


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
)
def test_a_mark_needs_proof_of_our_own_page(client: Client, review: DoctorReview, headers: dict[str, str]):
    response = client.post(f"/doctors/reviews/{review.pk}/helpful/", {"value": "1"}, headers=headers)

    assert response.status_code == 403
    assert not HelpfulMark.objects.exists()


@pytest.mark.parametrize("value", ["", "2", "-1", "x", "1.0"])
def test_a_mark_is_1_or_0(client: Client, review: DoctorReview, value: str):
    assert mark(client, review, value).status_code == 400


def test_the_author_and_the_doctor_do_not_mark(review: DoctorReview):
    for user in (review.patient, review.doctor.user):
        client = Client()
        sign_in(client, user)
        assert mark(client, review).status_code == 403


@pytest.mark.parametrize(("state", "status"), [("held", 404), ("withdrawn", 410)])
def test_what_nobody_reads_nobody_marks(client: Client, review: DoctorReview, state: str, status: int):
    DoctorReview.objects.update(state=state, held_for=["link"])

    assert mark(client, review).status_code == status
    assert client.get(f"/doctors/reviews/{review.pk}/history/").status_code == status


def test_past_the_networks_limit_a_mark_waits_in_words(client: Client, review: DoctorReview, settings: Any):
    settings.VOTES_PER_NETWORK = 1
    mark(client, review)
    assert Limit.objects.exists()

    refused = mark(Client(), review, **{"HX-Request": "true"})

    assert (refused.status_code, HelpfulMark.objects.count()) == (429, 1)
    assert "too many came from your network" in refused.content.decode()


def test_a_visitors_mark_becomes_the_accounts_when_they_sign_in(client: Client, review: DoctorReview):
    mark(client, review)
    user = UserFactory()

    sign_in(client, user, factor=False)

    assert HelpfulMark.objects.values_list("user", "visitor").get() in ((user.pk, None), (None, mark_of(client)))


def mark_of(client: Client) -> Any:
    return HelpfulMark.objects.get().visitor


# --- Order -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sort", "titles"),
    [
        ("newest", ["third", "second", "first"]),
        ("helpful", ["second", "third", "first"]),
        ("highest", ["first", "third", "second"]),
        ("lowest", ["second", "third", "first"]),
        ("nonsense", ["third", "second", "first"]),
    ],
)
def test_reviews_are_sorted(client: Client, sort: str, titles: list[str]):
    doctor = DoctorFactory(slug="ines")
    for day, (title, rating) in enumerate([("first", 5), ("second", 1), ("third", 3)], 1):
        DoctorReviewFactory(doctor=doctor, title=title, rating=rating, written_at=datetime(2026, 3, day, tzinfo=UTC))
    mark(client, DoctorReview.objects.get(title="second"))

    page = Client().get(f"/doctors/ines/?sort={sort}").content.decode()

    assert re.findall(r"<h3>(first|second|third)</h3>", page) == titles


@pytest.mark.parametrize("sort", ["newest", "helpful", "highest", "lowest"])
def test_every_review_is_on_one_page_of_each_order(client: Client, sort: str):
    doctor = DoctorFactory(slug="ines")
    made = [DoctorReviewFactory(doctor=doctor, title=f"T{number}", rating=number % 5 + 1) for number in range(25)]
    seen: list[str] = []
    address = f"/doctors/ines/?sort={sort}"
    for _ in range(3):
        page = client.get(address).content.decode()
        seen += re.findall(r"<h3>(T\d+)</h3>", page)
        after = re.search(r'href="\?([^"]*after=[^"#]+)[^"]*" rel="next"', page)
        if not after:
            break
        address = "/doctors/ines/?" + after[1].replace("&amp;", "&")

    assert sorted(seen) == sorted(each.title for each in made)


def test_a_page_of_reviews_costs_the_same_for_1_and_for_10(client: Client):
    doctor = DoctorFactory(slug="ines")
    counts = []
    for number in (1, 9):
        DoctorReviewFactory.create_batch(number, doctor=doctor)
        client.cookies.clear()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/doctors/ines/?fresh={number}").status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]


# --- What else stands there --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_review_says_how_it_is_verified_and_where_its_history_stands(client: Client, review: DoctorReview):
    assert "Not verified" in client.get("/doctors/ines/").content.decode()
    DoctorReview.objects.update(interaction="code")
    assert "The doctor gave them a visit code." in client.get("/doctors/ines/").content.decode()
    DoctorReview.objects.update(interaction="answer")
    assert "The doctor answered a question of theirs here." in client.get("/doctors/ines/").content.decode()

    review_doctor(review.doctor_id, patient=review.patient, reviewed=Reviewed(2, "Otherwise", "I thought again."))
    assert f"/doctors/reviews/{review.pk}/history/" in client.get("/doctors/ines/").content.decode()
    history = Client().get(f"/doctors/reviews/{review.pk}/history/").content.decode()
    assert "Took time to explain" in history
    assert "<b>5</b> out of 5" in history


def test_a_history_without_its_words_says_so(client: Client, review: DoctorReview):
    said = Reviewed(2, "Otherwise", "I thought again.")
    review_doctor(review.doctor_id, patient=review.patient, reviewed=said, is_redaction=True)

    history = client.get(f"/doctors/reviews/{review.pk}/history/").content.decode()

    assert "personal details were removed" in history
    assert "Took time to explain" not in history


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("imported", [0, 2])
def test_fewer_than_three_reviews_show_no_average_anywhere(client: Client, imported: int):
    answer = AnswerFactory(doctor=DoctorFactory(slug="ines", imported_review_count=imported, imported_rating=5))
    pages = ["/doctors/ines/", "/doctors/", "/search/?q=Ines", answer.question.get_absolute_url()]
    for count in range(imported, 4):
        if count > imported:
            DoctorReviewFactory(doctor=answer.doctor, rating=2)
        for address in pages:
            page = client.get(address).content.decode()
            # The sum of a profile, and the line on a card.
            averages = re.findall(r'score-sum"><b>|out of 5</span> <a|aggregateRating', page)
            assert bool(averages) is (count >= 3 and "search" not in address), (address, count)


@pytest.mark.django_db(transaction=True)
def test_the_card_beside_an_answer_follows_each_review_at_once():
    answer = AnswerFactory(doctor=DoctorFactory(slug="ines", name="Ines Marlow"))
    DoctorReviewFactory.create_batch(2, doctor=answer.doctor, rating=5)
    patient, address = UserFactory(), answer.question.get_absolute_url()
    stranger = Client()
    before = stranger.get(address)

    review = review_doctor(answer.doctor_id, patient=patient, reviewed=Reviewed(2, "Hurried", "Out in five minutes."))
    steps = [stranger.get(address, headers={"If-None-Match": before["ETag"]})]
    review_doctor(answer.doctor_id, patient=patient, reviewed=Reviewed(5, "Hurried", "Out in five minutes."))
    steps.append(stranger.get(address, headers={"If-None-Match": steps[-1]["ETag"]}))
    withdraw_review(review.pk, patient=patient)
    steps.append(stranger.get(address, headers={"If-None-Match": steps[-1]["ETag"]}))
    review_doctor(answer.doctor_id, patient=patient, reviewed=Reviewed(2, "Hurried", "Out in five minutes."))
    stranger.get(address)
    hide_review(review.pk, rule=1, reason="It names a nurse.", moderator=ModeratorFactory())
    steps.append(stranger.get(address, headers={"If-None-Match": steps[-1]["ETag"]}))

    assert [step.status_code for step in steps] == [200] * 4
    # Of 5, 5 and 2; of three times 5; of two that are too few; and again of two.
    assert [re.findall(r"<b>([\d.]+)</b> out of 5", step.content.decode()) for step in steps] == [["4"], ["5"], [], []]
    assert len({step["ETag"] for step in [before, *steps]}) == 5


# --- Over time ---------------------------------------------------------------------------------------------------


def test_the_rating_over_time_begins_at_three_reviews():
    points = means_by_month([(date(2025, 1, 1), 2, 10), (date(2025, 3, 1), 1, 2), (date(2026, 1, 1), 3, 6)])

    assert [(each.month, each.mean, each.count) for each in points] == [
        (date(2025, 3, 1), 4.0, 3),
        (date(2026, 1, 1), 3.0, 6),
    ]


def test_the_drawing_goes_from_left_to_right_and_from_1_to_5():
    points = drawn(means_by_month([(date(2025, 1, 1), 3, 15), (date(2025, 7, 1), 3, 3), (date(2026, 1, 1), 94, 94)]))

    assert [each.x for each in points] == [8.0, 160.0, 312.0]
    assert points[0].y == 8.0
    assert points[0].y < points[1].y < points[2].y <= 88.0
    assert polyline(points).split()[0] == "8.0,8.0"
    assert drawn([]) == []


def test_the_profile_draws_it_with_a_table(client: Client):
    doctor = DoctorFactory(slug="ines")
    for month, rating in ((1, 5), (1, 5), (1, 2), (3, 1)):
        DoctorReviewFactory(doctor=doctor, rating=rating, written_at=datetime(2026, month, 5, tzinfo=UTC))

    page = client.get("/doctors/ines/").content.decode()

    assert "Rating over time" in page
    assert re.findall(r'aria-label="(From[^"]*)"', page) == ["From 4 out of 5 in January 2026 to 3.2 in March 2026."]
