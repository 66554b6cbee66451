"""The picture of a question for other sites: any title, kept while it holds, nothing of what is hidden."""

from io import BytesIO

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from questions.services import hide_question
from questions.share_images import NO_WORDS, SIZE, WIDTH, _drawable, _fit, _font, share_image
from tests.factories import AnswerFactory, QuestionFactory
from tests.reading import Page

ODD = [
    "",
    " ",
    "x",
    "W" * 300,
    "word " * 60,
    "\U0001f600" * 40,
    "\u0645\u0631\u062d\u0628\u0627",
    "\u202e\u200b\x01\ufffe",
    "e\u0301" * 150,
]


@pytest.mark.parametrize("title", ODD)
def test_every_title_makes_a_picture(title: str):
    image = Image.open(BytesIO(share_image(title, 3)))

    assert (image.format, image.size) == ("PNG", SIZE)


def test_a_picture_is_drawn_once():
    assert share_image("How long?", 3) is share_image("How long?", 3)


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=300))
def test_lines_stay_within_the_picture(title: str):
    lines, pixels = _fit(_drawable(title))

    assert all(_font(pixels).getlength(line) <= WIDTH for line in lines)
    assert 90 + len(lines) * pixels * 1.25 <= 510


def test_what_the_font_cannot_write_gives_way_to_plain_words():
    assert _drawable("\u0645\u0631\u062d\u0628\u0627") == _drawable("\U0001f600") == NO_WORDS
    assert _drawable("Is it \U0001f600 a rash?") == "Is it a rash?"


@pytest.mark.django_db
def test_it_is_kept_until_what_it_shows_changes(client: Client):
    question = QuestionFactory(title="How long?")
    address = f"/questions/{question.pk}/share.png"

    first = client.get(address)
    again = client.get(address, headers={"if-none-match": first["ETag"]})
    AnswerFactory(question=question)
    changed = client.get(address, headers={"if-none-match": first["ETag"]})

    assert (first["Content-Type"], first["Cache-Control"]) == (
        "image/png",
        "public, max-age=0, s-maxage=0, must-revalidate",
    )
    assert [response.status_code for response in (first, again, changed)] == [200, 304, 200]
    assert first.content != changed.content


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "status"), [("held", 404), ("withdrawn", 410)])
def test_what_nobody_may_read_has_no_picture(client: Client, state: str, status: int):
    question = QuestionFactory(state=state)

    assert client.get(f"/questions/{question.pk}/share.png").status_code == status


@pytest.mark.django_db
def test_a_hidden_question_loses_its_picture_at_once(client: Client):
    address = f"/questions/{(question := QuestionFactory()).pk}/share.png"
    etag = client.get(address)["ETag"]
    hide_question(question.pk, rule=1, reason="Why.", moderator=None)

    assert client.get(address, headers={"if-none-match": etag}).status_code == 410


@pytest.mark.django_db
def test_the_page_names_it_with_the_words_that_stand_there(client: Client):
    question = AnswerFactory(headline="A week").question

    page = Page(client.get(question.get_absolute_url()))
    told = {tag["property"]: tag["content"] for tag in page.all("meta") if "property" in tag}

    assert told["og:title"] in page
    assert told["og:description"] in page
    assert told["og:url"] == page.all("link", rel="canonical")[0]["href"]
    assert told["og:image"] == f"http://localhost:8000/questions/{question.pk}/share.png"
    assert (told["og:image:width"], told["og:image:height"]) == tuple(str(side) for side in SIZE)
