"""The second layer of the screen: words weighed together, and the switch by which staff turn it off."""

import json

import pytest

from moderation.emergency import FAMILIES, plain_words
from moderation.evidence import (
    EVERY,
    LONGEST_PIECE,
    STOPPING,
    SwitchError,
    cut,
    features,
    read_weights,
    shipped_weights,
    weights_by,
)
from moderation.models import ScreenWords
from moderation.screening import current_screen, shipped_screen
from moderation.services import screen_emergency
from tests.moderation.weigh_words import LABELLED, SCALES, teach, texts, weights_of, written

FOUND = "He banged his head on the step. He is drowsy. He keeps being sick and his speech is muddled."
IDLE = " We live near the sea and the garden is green. My sister likes to drink tea in June." * 20


def named(text: str) -> list[str]:
    return shipped_screen().evident(text)


def test_words_together_name_a_family():
    assert "head_injury" in named(FOUND)


def test_what_is_said_far_away_hides_nothing():
    assert named(IDLE) == []
    assert named(FOUND + IDLE)
    assert named(IDLE + ". " + FOUND)


@pytest.mark.parametrize("text", ["", " ", ".", ", . ,", "the and of to a in is it", "\x00", "x" * 9_000])
def test_what_says_nothing_names_nothing(text: str):
    assert named(text) == []


def test_a_text_without_full_stops_is_cut():
    ends = list(cut(["word", ","] * (LONGEST_PIECE * 6)))

    assert [count for _, count in ends] == [LONGEST_PIECE] * 6


def test_each_word_is_in_one_piece():
    words = plain_words(FOUND + IDLE)

    assert sum(count for _, count in cut(words)) == sum(word not in {",", "."} for word in words)
    assert max(count for _, count in cut(words)) <= LONGEST_PIECE


def test_features_are_words_stems_pairs_and_lists():
    assert [feature for _, feature in features(plain_words("no chest pain"), [(1, "CHEST", 1)])] == [
        "no", "chest", "pain", "no*", "chest*", "pain*", "no chest", "chest pain", "no _ pain", "{CHEST}1",
    ]  # fmt: skip


def test_the_file_is_what_the_texts_teach():
    shipped = shipped_weights()
    # The scales of families, the judges and the thresholds take longer: they come from cross-validations.
    taught = weights_of(teach(texts(), STOPPING))

    for scale in STOPPING:
        assert taught.biases[scale] == shipped.biases[scale]
        assert {name: each[scale] for name, each in taught.features.items() if scale in each} == {
            name: each[scale] for name, each in shipped.features.items() if scale in each
        }, "Run python -m tests.moderation.weigh_words and commit what it writes."


def test_what_is_written_is_read():
    assert read_weights(written(shipped_weights())) == shipped_weights()
    assert set(shipped_weights().biases) == set(SCALES)
    assert set(shipped_weights().named) == set(FAMILIES)


def test_labelled_texts_are_told_once():
    entries = [json.loads(line) for path in LABELLED for line in path.read_text().splitlines()]

    assert len({entry["id"] for entry in entries}) == len({entry["text"] for entry in entries}) == len(entries)
    assert all(set(entry["families"]) <= set(FAMILIES) for entry in entries)


def test_the_switch_is_off_or_a_number():
    stricter = weights_by(" 50 ")

    assert weights_by("off") is None
    assert stricter
    assert stricter.thresholds[EVERY] == shipped_weights().thresholds[EVERY] + 500
    assert weights_by("") is shipped_weights()
    with pytest.raises(SwitchError, match="Write off"):
        weights_by("of")


@pytest.mark.django_db
def test_staff_turn_it_off():
    text = next(
        each.text for each in texts() if each.families and named(each.text) and not shipped_screen().matches(each.text)
    )
    assert screen_emergency(text)

    ScreenWords.objects.create(name="EVIDENCE", phrases="off")

    assert screen_emergency(text) == []
    assert current_screen().evident(text) == []


@pytest.mark.django_db
def test_a_switch_that_is_not_understood_turns_nothing_off():
    ScreenWords.objects.create(name="EVIDENCE", phrases="of")

    assert current_screen().evident(FOUND)


@pytest.mark.parametrize("words", ["why ", "word ", "so ", "I like it. ", "It clicks when I climb stairs. "])
def test_what_is_said_over_and_over_grows_to_no_emergency(words: str):
    assert shipped_screen().families(words * 400) == []
