"""What changed between two texts, in pieces that people can read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.differences import MOST_PAIRS, Piece, _pairs, differences


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


@pytest.mark.parametrize(("old", "new"), [("a " * 490, "b a " * 1200), ("a " * 5000, "a " * 4999), ("x", "x " * 5000)])
def test_words_that_repeat_are_compared_at_a_bounded_cost(old: str, new: str):
    pieces = differences(old, new)

    assert "".join(piece.words for piece in pieces if piece.kind != "removed") == new
    # Either few pairs were looked at, or none.
    assert _pairs(old.split(), new.split()) <= MOST_PAIRS or {piece.kind for piece in pieces} <= {"removed", "added"}
