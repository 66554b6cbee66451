"""What applicants state, judged by itself: the check digit of an NPI, and signs that fold into one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctors.stated import fold, has_unseen, is_npi, mixes_scripts

# The first stands as the example in the text of the requirements; the others are made up.
NPIS = ["1234567893", "1111111112", "2222222228"]


@pytest.mark.parametrize("npi", NPIS)
def test_an_npi_has_its_check_digit(npi: str):
    assert is_npi(npi)
    assert [digit for digit in "0123456789" if is_npi(npi[:9] + digit)] == [npi[9]]


def _luhn(digits: str) -> int:
    """Return the check digit of nine digits the other way: with the constant 24 for the prefix 80840."""
    doubled = sum(sum(map(int, str(2 * int(digit)))) for digit in digits[::-2])
    return -(24 + doubled + sum(int(digit) for digit in digits[-2::-2])) % 10


@given(st.integers(0, 10**9 - 1))
def test_both_ways_to_reckon_the_check_digit_agree(number: int):
    digits = f"{number:09}"

    assert [last for last in range(10) if is_npi(f"{digits}{last}")] == [_luhn(digits)]


@pytest.mark.parametrize(
    "text", ["", "123456789", "12345678931", "123456789X", "١٢٣٤٥٦٧٨٩٣", " 1234567893", "1234567893\n"]
)
def test_what_is_not_ten_western_digits_is_no_npi(text: str):
    assert not is_npi(text)


@given(st.text())
def test_folding_a_folded_text_changes_nothing_and_no_text_breaks_it(text: str):
    once = fold(text)

    assert fold(once) == once
    assert has_unseen(text) in (True, False)
    assert mixes_scripts(text) in (True, False)


@pytest.mark.parametrize(
    "sign", ["\u200b", "\u200e", "\u202e", "\u2066", "\u00ad", "\ufeff", "\u3164", "\ue000", "\U000e0041"]
)
def test_what_is_not_drawn_is_seen(sign: str):
    assert has_unseen(f"Ada{sign}")
