"""A doctor's profile: what was checked, what patients say, what the doctor answered."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client
from django.utils import timezone

from doctors.models import DoctorReview
from doctors.services import hide_review, restore_review
from questions.services import hide_answer, hide_question
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    DoctorReviewFactory,
    LicenceCheckFactory,
    UserFactory,
)
from tests.reading import Page, walk

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHY = {"reason": "Why.", "moderator": None}


def profile(client: Client, query: str = "") -> Page:
    response = client.get(f"/doctors/ada/{query}")
    assert response.status_code == 200
    return Page(response)


def review_keys(page: Page) -> list[int]:
    return [int(t["id"].removeprefix("review-")) for t in page.all("article") if t.get("id", "").startswith("review-")]


@pytest.mark.parametrize("slug", ["unknown", "a" * 5000, "ADA", "ada-"])
def test_an_unknown_doctor_is_not_found(client: Client, slug: str):
    DoctorFactory(slug="ada")

    assert client.get(f"/doctors/{slug}/").status_code == 404


def test_a_profile_without_anything_says_so(client: Client):
    DoctorFactory(
        slug="ada", name="Ada Lovelace", specialty=None, credentials="", place="", verified=False, licence=False
    )

    page = profile(client)

    assert "Dr Ada Lovelace" in page
    assert "No reviews yet." in page
    assert "No answers yet." in page
    assert "What we checked Nothing yet." in page


def test_a_profile_shows_what_the_doctor_states(client: Client):
    DoctorFactory(
        slug="ada",
        practice="Alder Clinic",
        place="Port Alder",
        languages=["English", "Polish"],
        interests_stated="Sells creams",
    )

    page = profile(client)

    assert "Clinic Alder Clinic, Port Alder" in page
    assert "Languages English, Polish" in page
    assert "Interests stated Sells creams" in page


def test_an_imported_profile_is_marked(client: Client):
    DoctorFactory(slug="ada", import_key="id:1", imported_rating=4.8, imported_review_count=95)

    page = profile(client)

    assert "Imported, not checked here" in page
    assert "4.8 out of 5 95 reviews 95 of them imported, with an average of 4.8" in page
    assert "All reviews came with an import: their texts are not here." in page


def test_a_claimed_profile_is_imported_no_more(client: Client):
    DoctorFactory(slug="ada", import_key="id:1", user=UserFactory())

    assert "Imported, not checked here" not in profile(client)


def test_the_check_is_shown_with_its_source_and_dates(client: Client):
    today = timezone.now().date()
    LicenceCheckFactory(
        doctor__slug="ada",
        authority="Alder Coast Medical Board",
        number="AC-77",
        checked_on=date(2026, 1, 5),
        valid_during=DateRange(date(2026, 1, 5), today + timedelta(days=1)),
        training="Dermatology",
    )

    page = profile(client)

    assert "Licence checked on 5 January 2026" in page
    assert "Licence Active, no limits on practice Issued by Alder Coast Medical Board Number AC-77" in page
    assert "Last checked 5 January 2026 Checked again by" in page
    assert "Specialist training Dermatology" in page


def test_a_check_that_has_run_out_is_shown_as_such(client: Client):
    today = timezone.now().date()
    LicenceCheckFactory(doctor__slug="ada", valid_during=DateRange(date(2020, 1, 1), today))

    page = profile(client)

    assert "but this check has run out" in page
    assert "Was good until" in page
    assert "Licence checked" not in page


def test_a_check_without_an_end_names_none(client: Client):
    LicenceCheckFactory(doctor__slug="ada", valid_during=DateRange(date(2020, 1, 1), None))

    page = profile(client)

    assert "Licence checked" in page
    assert "Checked again by" not in page


def test_a_licence_that_is_not_active_is_no_mark(client: Client):
    LicenceCheckFactory(doctor__slug="ada", outcome="inactive")

    page = profile(client)

    assert "Licence Not active" in page
    assert "Licence checked" not in page


@pytest.mark.parametrize(("reviews", "average"), [(1, False), (2, False), (3, True)])
def test_an_average_is_shown_from_three_reviews_on(client: Client, reviews: int, average: bool):
    doctor = DoctorFactory(slug="ada")
    DoctorReviewFactory.create_batch(reviews, doctor=doctor, rating=4)

    page = profile(client)

    assert ("too few for an average" not in page) is average
    assert ("(3 reviews)" in page) is average


def test_the_histogram_counts_the_reviews_left_here(client: Client):
    doctor = DoctorFactory(slug="ada", imported_rating=5, imported_review_count=90)
    for rating in (5, 5, 3):
        DoctorReviewFactory(doctor=doctor, rating=rating)

    page = profile(client)

    # The count of a bar is read out as a number of reviews.
    assert "5 stars2 reviews 4 stars0 reviews 3 stars1 review 2 stars0 reviews 1 star0 reviews" in page
    bars = [tag["width"] for tag in page.all("rect")]
    assert bars == ["67%", "0%", "33%", "0%", "0%"]


def test_the_bars_filter_by_stars(client: Client):
    doctor = DoctorFactory(slug="ada")
    wanted = DoctorReviewFactory(doctor=doctor, rating=2)
    DoctorReviewFactory(doctor=doctor, rating=5)

    page = profile(client, "?stars=2")

    assert review_keys(page) == [wanted.pk]
    assert "Showing 2-star reviews." in page
    assert "Nobody gave 4 stars." in profile(client, "?stars=4")


@pytest.mark.parametrize("stars", ["0", "6", "abc", "", "1.0", "\u0661", "-1", "9" * 5000, "1 "])
def test_other_stars_are_no_choice(client: Client, stars: str):
    review = DoctorReviewFactory(doctor__slug="ada", rating=1)

    page = Page(client.get("/doctors/ada/", {"stars": stars}))

    assert review_keys(page) == [review.pk]


def test_every_review_is_on_one_page_newest_first_there_and_back(client: Client):
    doctor = DoctorFactory(slug="ada")
    DoctorReview.objects.bulk_create(
        DoctorReview(
            doctor=doctor,
            patient=patient,
            rating=1 + n % 5,
            title="T",
            body="B",
            written_at=NOON - timedelta(days=n % 3),
        )
        for n, patient in enumerate(UserFactory.create_batch(25))
    )

    there = walk(client, "/doctors/ada/")

    order = [review.pk for review in DoctorReview.objects.order_by("-written_at", "-pk")]
    assert [key for page in there for key in review_keys(page)] == order
    back = walk(client, "/doctors/ada/" + there[1].links(rel="next")[0], rel="prev")
    assert [review_keys(page) for page in reversed(back)] == [review_keys(page) for page in there]


def test_a_filtered_list_pages_within_the_filter(client: Client):
    doctor = DoctorFactory(slug="ada")
    DoctorReviewFactory.create_batch(12, doctor=doctor, rating=5)
    DoctorReviewFactory.create_batch(3, doctor=doctor, rating=1)

    pages = walk(client, "/doctors/ada/?stars=5")

    assert [len(review_keys(page)) for page in pages] == [10, 2]


def test_a_review_shows_its_words_and_the_reply(client: Client):
    DoctorReviewFactory(
        doctor=DoctorFactory(slug="ada", name="Ada Lovelace"),
        patient=UserFactory(pen_name="sunny_day", email="secret@mail.example"),
        title="Kind",
        body="Took time.\nExplained.",
        rating=4,
        treatment="Laser",
        written_at=NOON,
        reply="Thank you.",
        replied_at=NOON + timedelta(days=1),
    )

    response = client.get("/doctors/ada/")

    page = Page(response)
    assert "Kind 4 out of 5 Took time. Explained. sunny_day Laser 1 March 2026" in page
    assert "Dr Lovelace replied on 2 March 2026 Thank you." in page
    assert b"secret@mail.example" not in response.content


@pytest.mark.parametrize("state", ["held", "withdrawn"])
def test_a_review_that_is_not_public_is_not_shown(client: Client, state: str):
    DoctorReviewFactory(doctor__slug="ada", title="Secret", state=state)

    assert "Secret" not in profile(client)


def test_a_hidden_review_is_gone_from_words_figures_and_histogram_and_comes_back(client: Client):
    doctor = DoctorFactory(slug="ada")
    reviews = [DoctorReviewFactory(doctor=doctor, rating=rating) for rating in (5, 5, 2)]
    pages = [profile(client)]

    hide_review(reviews[2].pk, rule=1, **WHY)
    pages.append(profile(client, "?x=1"))
    restore_review(reviews[2].pk, **WHY)
    pages.append(profile(client, "?x=2"))

    assert [len(review_keys(page)) for page in pages] == [3, 2, 3]
    assert ["4 out of 5 (3 reviews)" in page for page in pages] == [True, False, True]
    assert "Reviews (2)" in pages[1]


def test_the_newest_answers_are_shown_with_their_questions(client: Client):
    doctor = DoctorFactory(slug="ada")
    for n in range(12):
        AnswerFactory(doctor=doctor, headline=f"Headline {n:02}", answered_at=NOON + timedelta(days=n))
    AnswerFactory(doctor=doctor, headline="Undated", answered_at=None)

    page = profile(client)

    shown = [n for n in range(12) if f"Headline {n:02}" in page]
    assert shown == list(range(2, 12))
    assert "Undated" not in page
    assert "Answers (13)" in page


def test_an_answer_without_a_headline_is_named_by_its_question(client: Client):
    AnswerFactory(doctor__slug="ada", headline="", question__title="How long?", imported_downvote_count=1)

    page = profile(client)

    assert "How long?" in page
    assert "In reply to" not in page
    assert "\u22121 score" in page


@pytest.mark.parametrize("way", ["held", "withdrawn", "hidden", "question held", "question hidden"])
def test_an_answer_that_is_not_visible_is_not_shown(client: Client, way: str):
    answer = AnswerFactory(
        doctor__slug="ada",
        headline="Secret",
        state=way if way in ("held", "withdrawn") else "published",
        question__state="held" if way == "question held" else "published",
    )
    if way == "hidden":
        hide_answer(answer.pk, rule=1, **WHY)
    elif way == "question hidden":
        hide_question(answer.question_id, rule=1, **WHY)

    page = profile(client)

    assert "Secret" not in page
    assert "No answers yet." in page


@pytest.mark.parametrize("way", ["held", "hidden"])
def test_the_number_of_answers_is_that_of_the_visible_ones(client: Client, way: str):
    """Also where it is the question that is not visible."""
    answer = AnswerFactory(doctor__slug="ada", question__state="held" if way == "held" else "published")
    if way == "hidden":
        hide_question(answer.question_id, rule=1, **WHY)

    assert "Answers (0)" in profile(client)
    assert "0 answers" in Page(client.get("/doctors/"))
