"""JSON-LD: the same that a person sees, in a script that no text can leave."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from qa_forum.structured_data import to_script
from questions.bodies import render
from questions.services import hide_answer, hide_question
from tests.factories import AnswerFactory, DoctorFactory, DoctorReviewFactory, QuestionFactory, UserFactory
from tests.reading import Page

WHY = {"rule": 1, "reason": "Why.", "moderator": None}
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!-- <script>",
    "]]>",
    "\u2028 and \u2029",
    '" onload="alert(1)',
    "\\u003c/script>",
    "&lt;/script&gt;",
    "</SCRIPT\t>",
    "{{ 7*7 }} {% load x %}",
    "\U0001f600 \u202e \u200b",
    "\x01\x1f\x7f",
]


def data_of(response) -> dict:
    (data,) = Page(response).json_ld
    return data


@pytest.mark.django_db
def test_the_page_is_a_qapage_of_what_it_shows(client: Client):
    question = QuestionFactory(
        title="How long?",
        body="Two days ago.\n\nIs that usual?",
        asked_at=NOON,
        asker=UserFactory(pen_name="sunny_day"),
    )
    doctor = DoctorFactory(name="Ada Lovelace", slug="ada")
    answer = AnswerFactory(
        question=question,
        doctor=doctor,
        headline="A week",
        body="A week & no more.",
        answered_at=NOON,
        imported_upvote_count=4,
        imported_downvote_count=1,
    )

    data = data_of(client.get(question.get_absolute_url()))

    url = f"http://localhost:8000{question.get_absolute_url()}"
    assert data == {
        "@context": "https://schema.org",
        "@type": "QAPage",
        "mainEntity": {
            "@type": "Question",
            "name": "How long?",
            "text": "Two days ago.\nIs that usual?",
            "url": url,
            "answerCount": 1,
            "dateCreated": "2026-03-01T12:00:00+00:00",
            "author": {"@type": "Person", "name": "sunny_day"},
            "suggestedAnswer": [
                {
                    "@type": "Answer",
                    "name": "A week",
                    "text": "A week & no more.",
                    "url": f"{url}#answer-{answer.pk}",
                    "upvoteCount": 4,
                    "downvoteCount": 1,
                    "dateCreated": "2026-03-01T12:00:00+00:00",
                    "author": {
                        "@type": "Physician",
                        "name": "Dr Ada Lovelace",
                        "url": "http://localhost:8000/doctors/ada/",
                    },
                }
            ],
        },
    }


@pytest.mark.django_db
def test_what_is_unknown_is_left_out(client: Client):
    answer = AnswerFactory(
        headline="",
        answered_at=None,
        doctor=DoctorFactory(specialty=None, credentials=""),
        question=QuestionFactory(asker=None, asked_at=None, body="", body_html=""),
    )

    entity = data_of(client.get(answer.question.get_absolute_url()))["mainEntity"]

    assert entity["text"] == entity["name"]
    assert not {"author", "dateCreated"} & set(entity)
    (suggested,) = entity["suggestedAnswer"]
    assert not {"name", "dateCreated"} & set(suggested)
    assert suggested["author"]["@type"] == "Person"


@pytest.mark.django_db
def test_without_answers_none_is_suggested(client: Client):
    entity = data_of(client.get(QuestionFactory().get_absolute_url()))["mainEntity"]

    assert entity["answerCount"] == 0
    assert "suggestedAnswer" not in entity


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["held", "withdrawn", "hidden"])
def test_what_is_not_visible_is_not_told_to_machines(client: Client, state: str):
    shown = AnswerFactory(headline="Shown")
    other = AnswerFactory(question=shown.question, headline="Secret", state="published" if state == "hidden" else state)
    if state == "hidden":
        hide_answer(other.pk, **WHY)

    entity = data_of(client.get(shown.question.get_absolute_url()))["mainEntity"]

    assert entity["answerCount"] == 1
    assert [answer["name"] for answer in entity["suggestedAnswer"]] == ["Shown"]


@pytest.mark.django_db
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_leaves_the_script_and_each_comes_back_as_it_was(client: Client, text: str):
    question = QuestionFactory(title=text, body=text, asker=None, asker_name=text)
    answer = AnswerFactory(question=question, headline=text, body=text, doctor__name=text)

    response = client.get(question.get_absolute_url())

    page = Page(response)
    entity = page.json_ld[0]["mainEntity"]
    (suggested,) = entity["suggestedAnswer"]
    assert entity["name"] == entity["author"]["name"] == suggested["name"] == text
    assert suggested["author"]["name"] == answer.doctor.title_name
    assert len(page.all("script", type="application/ld+json")) == 1
    assert all("src" in tag or tag.get("type") == "application/ld+json" for tag in page.all("script"))
    assert not [tag for _, tag in page.tags if "onload" in tag]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "body_format"),
    [
        ("One.\n\nTwo & <three>.\nFour.", "text"),
        ("**One** and *two*\n\n- three\n- four\n\n> five", "markdown"),
        ("<div>One</div><div>two <b>three</b></div><ul><li>four</li></ul>&nbsp;five &amp; six", "html"),
    ],
)
def test_its_words_are_the_words_of_the_page(client: Client, body: str, body_format: str):
    html = render(body, body_format)
    question = QuestionFactory(body=body, body_format=body_format, body_html=html)
    AnswerFactory(question=question, body=body, body_format=body_format, body_html=html)

    page = Page(client.get(question.get_absolute_url()))

    entity = page.json_ld[0]["mainEntity"]
    assert entity["text"] in page
    assert entity["suggestedAnswer"][0]["text"] in page
    assert entity["suggestedAnswer"][0]["author"]["name"] in page
    assert entity["name"] in page


@pytest.mark.django_db
def test_answers_stand_in_the_order_of_the_page(client: Client):
    question = QuestionFactory()
    for votes in (1, 9, 4):
        AnswerFactory(question=question, user_upvote_count=votes, headline=f"{votes} votes")

    page = Page(client.get(question.get_absolute_url()))

    urls = [answer["url"].rpartition("#")[2] for answer in page.json_ld[0]["mainEntity"]["suggestedAnswer"]]
    assert urls == [tag["id"] for tag in page.all("article", class_="answer")]


@given(st.dictionaries(st.text(max_size=10), st.text(max_size=50) | st.integers() | st.none(), max_size=4))
def test_a_script_holds_the_data_and_no_sign_of_markup(data: dict):
    import json

    script = to_script(data)

    assert json.loads(script) == data
    assert not set(script) & set("<>&\u2028\u2029")


# --- Profiles --------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_profile_is_a_physician(client: Client):
    doctor = DoctorFactory(name="Ada Lovelace", slug="ada", specialty__name="Dermatology", place="Port Alder")
    for rating in (5, 4, 4):
        DoctorReviewFactory(doctor=doctor, rating=rating)

    page = Page(client.get("/doctors/ada/"))

    (data,) = page.json_ld
    assert {name: data[name] for name in ("@type", "name", "url", "medicalSpecialty", "address")} == {
        "@type": "Physician",
        "name": "Dr Ada Lovelace",
        "url": "http://localhost:8000/doctors/ada/",
        "medicalSpecialty": "Dermatology",
        "address": {"@type": "PostalAddress", "addressLocality": "Port Alder"},
    }
    assert data["aggregateRating"] == {
        "@type": "AggregateRating",
        "ratingValue": 4.3,
        "reviewCount": 3,
        "bestRating": 5,
        "worstRating": 1,
    }
    assert f"{data['aggregateRating']['ratingValue']} out of 5" in page
    assert len(data["review"]) == 3


@pytest.mark.django_db
@pytest.mark.parametrize("reviews", [0, 1, 2])
def test_a_doctor_with_fewer_than_three_reviews_has_no_aggregate_rating(client: Client, reviews: int):
    doctor = DoctorFactory(slug="ada")
    DoctorReviewFactory.create_batch(reviews, doctor=doctor, rating=4)

    page = Page(client.get("/doctors/ada/"))

    (data,) = page.json_ld
    assert "aggregateRating" not in data
    assert len(data.get("review", [])) == reviews
    # The one number that may stand there is that of each single review.
    assert str(page).count("out of 5") == reviews


@pytest.mark.django_db
def test_a_hidden_review_is_not_told_to_machines(client: Client):
    from doctors.services import hide_review

    review = DoctorReviewFactory(doctor__slug="ada", title="Secret")
    hide_review(review.pk, **WHY)

    assert "review" not in data_of(client.get("/doctors/ada/"))


@pytest.mark.django_db
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_leaves_the_script_of_a_profile(client: Client, text: str):
    doctor = DoctorFactory(slug="ada", name=text, place=text, specialty__name=text)
    DoctorReviewFactory(doctor=doctor, title=text, body=text)

    page = Page(client.get("/doctors/ada/"))

    (data,) = page.json_ld
    assert data["address"]["addressLocality"] == data["medicalSpecialty"] == text
    assert (data["review"][0]["name"], data["review"][0]["reviewBody"]) == (text, text)
    assert all("src" in tag or tag.get("type") == "application/ld+json" for tag in page.all("script"))


@pytest.mark.django_db
def test_a_review_carries_its_words_rating_date_and_pen_name(client: Client):
    review = DoctorReviewFactory(
        doctor__slug="ada", title="Kind", body="Took time.", rating=4, written_at=NOON, patient__pen_name="sunny_day"
    )

    (told,) = data_of(client.get("/doctors/ada/"))["review"]

    assert told == {
        "@type": "Review",
        "name": "Kind",
        "reviewBody": "Took time.",
        "datePublished": "2026-03-01",
        "author": {"@type": "Person", "name": "sunny_day"},
        "reviewRating": {"@type": "Rating", "ratingValue": 4, "bestRating": 5, "worstRating": 1},
    }
    assert review.rating == 4


@pytest.mark.django_db
def test_a_hidden_question_tells_machines_nothing(client: Client):
    answer = AnswerFactory()
    hide_question(answer.question_id, **WHY)

    assert b"ld+json" not in client.get(answer.question.get_absolute_url()).content
