"""Texts as a reader sees them: what shows nothing, and names that stand in them in disguise."""

import time

import pytest

from moderation.folding import says_name, shows_nothing, without_blanks

BLANKS = "\u2800\u3164\uffa0\u115f\u1160\u034f\u17b4\u17b5\u180b\ufe0f\ufeff\u200d\u00ad\ue000\U000e0100 \t\n\u3000"


@pytest.mark.parametrize("text", ["", *BLANKS, BLANKS])
def test_what_is_not_drawn_shows_nothing(text: str):
    assert shows_nothing(text)


@pytest.mark.parametrize("text", ["a", ".", "\u2801", "한", "🙂", "❤️", "ក", "\u3164.", "e\u034f"])
def test_what_is_drawn_shows_something(text: str):
    assert not shows_nothing(text)


def test_only_what_is_drawn_as_nothing_goes():
    assert without_blanks("a\u3164b\u2800 ក") == "ab ក"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("in Grosse Strasse", "Große Straße"),
        ("in GROẞE STRASSE", "Große Straße"),
        ("in Große Straße", "Grosse Strasse"),
        ("near Arhus", "Århus"),
        ("near Łodz", "Lodz"),
        ("near Cæsarea", "Caesarea"),
        ("в клинике Москва", "Москва"),
        ("ask McInnes", "mcinnes"),
        ("ask mcinnes", "McInnes"),
        ("ask lrving", "Irving"),
    ],
)
def test_a_name_is_found_in_disguise(text: str, name: str):
    assert says_name(text, name)


@pytest.mark.parametrize(
    ("text", "name"), [("it may fail", "Fall"), ("support alders", "Port Alder"), ("anything", "..."), ("", "Ada")]
)
def test_another_word_is_no_name(text: str, name: str):
    assert not says_name(text, name)


@pytest.mark.parametrize(
    ("text", "name"),
    [("!" * 140, "i" * 250), ("!" * 140, "i " * 125), ("p.o.r.t-" * 17, "Port " * 50), ("$" * 140, "s" * 250)],
)
def test_no_name_is_slow_to_look_for(text: str, name: str):
    began = time.process_time()

    says_name(text, name)

    assert time.process_time() - began < 1
