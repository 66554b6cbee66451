"""What changed between two texts, in pieces that people can read."""

from difflib import SequenceMatcher
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.differences import MOST_STEPS, MOST_STEPS_OF_A_PAGE, Piece, Work, differences


def test_changed_words_stand_beside_each_other():
    assert differences("It began last autumn. It hurts.", "It began in spring. It hurts.") == [
        Piece("kept", "It began "),
        Piece("removed", "last autumn. "),
        Piece("added", "in spring. "),
        Piece("kept", "It hurts."),
    ]


@given(st.text(max_size=300), st.text(max_size=300))
def test_both_texts_are_whole_in_their_pieces(old: str, new: str):
    pieces = differences(old, new)

    assert "".join(piece.words for piece in pieces if piece.kind != "removed") == new
    assert "".join(piece.words for piece in pieces if piece.kind != "added") == old


HAN = [chr(0x4E00 + place) for place in range(1000)]
# Words that repeat, words in another order, and matches that peel off one by one.
SLOW = {
    "one word over and over": ("a " * 490, "b a " * 1200),
    "a word less": ("a " * 5000, "a " * 4999),
    "one and many": ("x", "x " * 5000),
    "turned round": (" ".join(HAN * 5), " ".join(reversed(HAN * 5))),
    "many lines": ("a\n" * 5000, "b\na\n" * 2500),
    "ever shorter pieces": tuple(
        " ".join(f"{size}-{place}" for size in range(60, 0, -1) for place in (sign, *range(size))) for sign in "xy"
    ),
}


@pytest.mark.parametrize("name", SLOW)
def test_no_two_texts_take_more_than_their_steps(name: str):
    old, new = SLOW[name]
    work = Work()

    pieces = differences(old, new, work)

    assert "".join(piece.words for piece in pieces if piece.kind != "removed") == new
    assert "".join(piece.words for piece in pieces if piece.kind != "added") == old
    # By words, and then by lines.
    assert MOST_STEPS_OF_A_PAGE - work.left <= 2 * MOST_STEPS


def test_a_look_at_the_texts_is_paid_for_before_it_is_taken(monkeypatch: pytest.MonkeyPatch):
    looks: list[int] = []
    look = SequenceMatcher.find_longest_match

    def counted(self: Any, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> Any:
        looks.append(sum(1 + len(self.b2j.get(word, ())) for word in self.a[alo:ahi]))
        return look(self, alo, ahi, blo, bhi)

    monkeypatch.setattr(SequenceMatcher, "find_longest_match", counted)
    for old, new in SLOW.values():
        work = Work(5_000)
        differences(old, new, work)

        assert sum(looks) <= 5_000 - work.left
        looks.clear()


def test_a_page_of_hostile_texts_takes_no_more_than_its_steps():
    work = Work()
    old, new = SLOW["turned round"]

    found = [differences(old, new, work) for _ in range(60)]

    # What is left would not do for one more.
    assert 0 <= work.left < MOST_STEPS
    assert found[0].is_compared
    assert not found[-1].is_compared
    assert [piece.kind for piece in found[-1]] == ["removed", "added"]


def test_an_ordinary_text_of_the_longest_kind_is_compared():
    numbers = Random(1)
    common, rare = (
        ["the", "of", "and", "a", "to", "in", "is", "it", "you", "that"],
        [f"word{place}" for place in range(1700)],
    )
    words = [numbers.choice(common if numbers.random() < 0.35 else rare) for _ in range(1700)]
    changed = list(words)
    for _ in range(40):
        changed[numbers.randrange(1700)] = "new"

    pieces = differences(" ".join(words), " ".join(changed))

    assert pieces.is_compared
    assert len(pieces) > 80
