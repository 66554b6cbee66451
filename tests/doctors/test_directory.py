"""The directory of doctors: its orders, its filters, its pages."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from doctors import lists
from doctors.languages import codes_of
from doctors.models import Doctor
from questions.services import hide_answer
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    DoctorReviewFactory,
    QuestionFactory,
    SpecialtyFactory,
    TopicFactory,
)
from tests.reading import Page, walk

pytestmark = pytest.mark.django_db

SORTS = ["answers", "rating", "name"]


def many_doctors(count: int, **fields: object) -> list[Doctor]:
    """Doctors of few numbers of answers, few ratings and some equal names, so that ties are common."""
    return Doctor.objects.bulk_create(
        Doctor(
            name=f"{'ABÉaz'[n % 5]} Name {n // 7}",
            slug=f"doctor-{n}",
            import_key=f"id:{n}",
            answer_count=n % 4,
            five_star_count=n % 3,
            one_star_count=n % 2,
            **fields,
        )
        for n in range(count)
    )


def expected(sort: str) -> list[str]:
    """Return the order in plain Python; how names compare is the database's to say."""
    doctors = list(Doctor.objects.filter(is_listed=True).order_by("name", "pk"))
    if sort == "answers":
        doctors.sort(key=lambda doctor: (doctor.answer_count, doctor.pk), reverse=True)
    elif sort == "rating":
        doctors.sort(key=lambda doctor: (doctor.rating_order, doctor.pk), reverse=True)
    return [doctor.get_absolute_url() for doctor in doctors]


@pytest.mark.parametrize("sort", SORTS)
def test_every_doctor_is_on_one_page_in_order_there_and_back(client: Client, sort: str):
    many_doctors(55)
    DoctorFactory(is_listed=False)

    there = walk(client, f"/doctors/?sort={sort}")

    assert [link for page in there for link in page.items()] == expected(sort)
    assert [len(page.items()) for page in there] == [24, 24, 7]
    back = walk(client, "/doctors/" + there[1].links(rel="next")[0], rel="prev")
    assert [page.items() for page in reversed(back)] == [page.items() for page in there]


@pytest.mark.parametrize("sort", ["", "best", "-name", "NAME", "rating_order", "a" * 5000, "\u202e"])
def test_an_unknown_order_falls_back_to_the_rating(client: Client, sort: str):
    many_doctors(10)

    assert Page(client.get("/doctors/", {"sort": sort})).items() == expected("rating")


def test_a_doctor_who_is_not_listed_is_nowhere(client: Client):
    DoctorFactory(name="Secret Name", slug="secret", is_listed=False)

    response = client.get("/doctors/")

    assert "secret" not in response.content.decode().lower()
    assert "0 doctors" in Page(response)
    gone = client.get("/doctors/secret/")
    assert gone.status_code == 410
    assert "secret" not in gone.content.decode().lower()
    assert client.get("/doctors/nobody/").status_code == 404


def test_filters_by_specialty_place_and_rating(client: Client):
    skin, heart = SpecialtyFactory(name="Skin", slug="skin"), SpecialtyFactory(slug="heart")
    good = DoctorFactory(specialty=skin, place="Port Alder", five_star_count=3)
    fair = DoctorFactory(specialty=skin, place="port alder East", four_star_count=3)
    DoctorFactory(specialty=skin, place="Elsewhere", five_star_count=9)
    DoctorFactory(specialty=heart, place="Port Alder", five_star_count=9)
    two_only = DoctorFactory(specialty=skin, place="Port Alder", five_star_count=2)

    def shown(**choices: str) -> set[str]:
        return set(Page(client.get("/doctors/", {"specialty": "skin", "place": "PORT", **choices})).items())

    urls = {doctor: doctor.get_absolute_url() for doctor in (good, fair, two_only)}
    assert shown() == set(urls.values())
    assert shown(rating="4") == {urls[good], urls[fair]}
    # Two reviews show no average, so they meet none.
    assert shown(rating="4.5") == {urls[good]}


def test_the_number_of_doctors_is_that_of_all_pages(client: Client):
    many_doctors(30, place="Port Alder")

    assert "30 doctors" in Page(client.get("/doctors/?place=alder"))


@pytest.mark.parametrize(
    "choice",
    [
        "specialty=unknown",
        "specialty=%C0%80",
        "rating=5",
        "rating=abc",
        "rating=4%27",
        "rating=nan",
        "place=" + "x" * 200,
        "specialty=&place=&rating=",
        "specialty=a&specialty=b",
        "other=thing",
    ],
)
def test_what_is_no_choice_counts_as_none(client: Client, choice: str):
    many_doctors(3)

    response = client.get(f"/doctors/?{choice}")

    assert response.status_code == 200
    assert len(Page(response).items()) == 3


@pytest.mark.parametrize("place", ["%", "_", "\\", "'", "\U0001f600", "%%25"])
def test_signs_of_a_pattern_in_a_place_are_letters(client: Client, place: str):
    DoctorFactory(place="Port Alder")

    assert Page(client.get("/doctors/", {"place": place})).items() == []


def test_the_form_remembers_the_choices(client: Client):
    SpecialtyFactory(slug="skin")

    page = Page(client.get("/doctors/?specialty=skin&place=Port&rating=4.5&sort=name"))

    chosen = {name: value for name, value in page.forms[1]["data"].items() if value}
    assert chosen == {"sort": "name", "specialty": "skin", "place": "Port", "rating": "4.5"}
    assert "(3 on)" in page


def test_a_row_shows_what_there_is_to_know(client: Client):
    doctor = DoctorFactory(
        name="Ada Lovelace",
        credentials="MD",
        specialty__name="Dermatology",
        place="Port Alder",
        imported_rating=4.2,
        imported_review_count=10,
    )
    acne, scars, rare = TopicFactory(name="Acne"), TopicFactory(name="Scars"), TopicFactory(name="Rare")
    for topics in ([acne], [acne, scars], [acne, scars, rare]):
        AnswerFactory(doctor=doctor, question=QuestionFactory(topics=topics))

    page = Page(client.get("/doctors/"))

    assert (
        "AL Dr Ada Lovelace Dermatology, MD Port Alder 4.2 out of 5 (10 reviews) "
        "3 answers, mostly about Acne and Scars Licence checked"
    ) in page


def test_topics_come_from_visible_answers_only(client: Client):
    doctor = DoctorFactory()
    hidden = AnswerFactory(doctor=doctor, question=QuestionFactory(topics=[TopicFactory(name="Hidden")]))
    hide_answer(hidden.pk, rule=1, reason="Why.", moderator=None)
    AnswerFactory(doctor=doctor, question=QuestionFactory(state="held", topics=[TopicFactory(name="Held")]))

    page = Page(client.get("/doctors/"))

    assert "mostly about" not in page


@pytest.mark.parametrize(
    ("reviews", "words"), [(0, "No reviews yet"), (1, "1 review"), (2, "2 reviews"), (3, "3 out of 5 (3 reviews)")]
)
def test_an_average_is_shown_from_three_reviews_on(client: Client, reviews: int, words: str):
    DoctorReviewFactory.create_batch(reviews, doctor=DoctorFactory(), rating=3)

    page = Page(client.get("/doctors/"))

    assert words in page
    assert ("out of 5" in page) is (reviews == 3)


def test_a_mean_between_two_stars_has_one_decimal(client: Client):
    DoctorFactory(five_star_count=2, four_star_count=1)

    assert "4.7 out of 5" in Page(client.get("/doctors/"))


def test_without_a_choice_the_best_rated_come_first(client: Client):
    many_doctors(10)

    assert Page(client.get("/doctors/")).items() == expected("rating")


@pytest.mark.parametrize(
    ("stated", "codes"),
    [
        (["English", "svenska"], ["en", "sv"]),
        (["ENGLISH", "english", "Čeština"], ["cs", "en"]),
        (["Mandarin", "Cantonese"], ["zh"]),
        (["Klingon"], []),
        ([], []),
    ],
)
def test_the_codes_of_languages_follow_what_is_stated(stated: list[str], codes: list[str]):
    doctor = DoctorFactory(languages=stated, language_codes=["xx"])
    doctor.refresh_from_db()
    assert doctor.language_codes == codes == sorted(codes_of(stated))

    Doctor.objects.filter(pk=doctor.pk).update(languages=["Polish"])
    Doctor.objects.filter(pk=doctor.pk).update(language_codes=["yy"])
    doctor.refresh_from_db()
    assert doctor.language_codes == ["pl"]


def test_filters_by_language_whatever_it_is_called(client: Client):
    one = DoctorFactory(languages=["English", "svenska"])
    other = DoctorFactory(languages=["Swedish"])
    DoctorFactory(languages=["Polish"])

    page = Page(client.get("/doctors/?language=sv"))

    assert set(page.items()) == {one.get_absolute_url(), other.get_absolute_url()}
    assert "Speaks English, svenska" in page
    assert Page(client.get("/doctors/?language=xx")).items() != []


def test_filters_by_a_topic_that_doctors_answer_in(client: Client):
    acne = TopicFactory(name="Acne", slug="acne")
    answer = AnswerFactory(question=QuestionFactory(topics=[acne]))
    hidden = AnswerFactory(question=QuestionFactory(topics=[acne]))
    hide_answer(hidden.pk, rule=1, reason="Why.", moderator=None)
    AnswerFactory(question=QuestionFactory(topics=[TopicFactory()]))

    page = Page(client.get("/doctors/?topic=acne"))

    assert page.items() == [answer.doctor.get_absolute_url()]
    assert "1 doctor with answers in Acne" in page
    assert len(Page(client.get("/doctors/?topic=none")).items()) == 3


def test_a_rare_topic_of_an_address_stands_among_the_choices(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lists, "TOPICS_TO_CHOOSE", 1)
    for name in ("Busy", "Rare"):
        topic = TopicFactory(name=name, slug=name.lower())
        for _ in range(2 if name == "Busy" else 1):
            QuestionFactory(topics=[topic])

    text = client.get("/doctors/?topic=rare").content.decode()

    assert '<option value="rare" selected>Rare</option>' in text
    assert "Rare" not in client.get("/doctors/").content.decode()


def test_the_pages_of_a_filtered_list_keep_its_filters(client: Client):
    many_doctors(30, place="Port Alder", languages=["Polish"])
    many_doctors_elsewhere = DoctorFactory(languages=["English"])

    pages = walk(client, "/doctors/?place=alder&language=pl&sort=rating")

    assert [len(page.items()) for page in pages] == [24, 6]
    assert many_doctors_elsewhere.get_absolute_url() not in [link for page in pages for link in page.items()]
    assert "place=alder" in pages[0].links(rel="next")[0]


@pytest.mark.parametrize("query", ["?language=pl", "?sort=name", "?place=a&rating=4"])
def test_only_the_whole_directory_is_for_search_engines(client: Client, query: str):
    canonical = '<link rel="canonical" href="http://localhost:8000/doctors/">'
    noindex = '<meta name="robots" content="noindex, follow">'

    whole, part = (client.get(f"/doctors/{each}").content.decode() for each in ("", query))

    assert canonical in whole and noindex not in whole
    assert noindex in part and canonical not in part


def test_where_no_doctor_fits_the_whole_directory_is_one_click_away(client: Client):
    DoctorFactory(languages=["English"])

    page = Page(client.get("/doctors/?language=pl"))

    assert "0 doctors" in page and "No doctor fits." in page
    assert "/doctors/" in page.links()


@pytest.mark.parametrize("rows", [1, 50])
@pytest.mark.parametrize(
    # A place is typed freely: its pages are not kept, and cost no version.
    ("query", "cost"),
    [("", 12), ("?language=en&topic=topic-x&rating=4&place=port", 5), ("?specialty=skin&sort=name", 14)],
)
def test_the_directory_costs_the_same_number_of_queries_however_many_doctors(
    client: Client, rows: int, query: str, cost: int
):
    topic, skin = TopicFactory(slug="topic-x"), SpecialtyFactory(slug="skin")
    for _ in range(rows):
        doctor = DoctorFactory(languages=["English"], specialty=skin, five_star_count=4)
        AnswerFactory(doctor=doctor, question=QuestionFactory(topics=[topic]))

    with CaptureQueriesContext(connection) as queries:
        assert len(Page(client.get(f"/doctors/{query}")).items()) == min(rows, 24)

    assert len(queries) == cost
