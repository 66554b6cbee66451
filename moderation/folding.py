"""A text as its reader sees it: no invisible signs, one kind of digit, dash and space; and patterns to read it with."""

import re
import unicodedata
from functools import lru_cache
from typing import Any

import re2

_LIKE_ASCII = {
    "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "…": ".",
    "⁄": "/", "∕": "/", "․": ".", "。": ".", "\r": " ", "\t": " ", "\x0b": " ", "\x0c": "\n", "\x85": "\n",
    "\u2028": "\n", "\u2029": "\n",
}  # fmt: skip
# What is drawn over the sign before it and hides a digit from a rule: the marks of emoji.
_UNSEEN = {"\ufe0e", "\ufe0f", "\u20e3", "\u034f", "\u115f", "\u1160", "\u3164", "\u2800"}


@lru_cache(maxsize=4096)
def _fold_sign(sign: str) -> str:
    """Return the sign that a reader takes ``sign`` for, or nothing."""
    if sign in _LIKE_ASCII:
        return _LIKE_ASCII[sign]
    category = unicodedata.category(sign)
    if category == "Cf" or sign in _UNSEEN:
        return ""
    if category == "Nd":
        return str(unicodedata.digit(sign))
    if category == "Pd" or sign == "\u2212":
        return "-"
    if category == "Zs":
        return " "
    if category == "Cs":
        return "\ufffd"
    plain = unicodedata.normalize("NFKC", sign)
    # A half or a square would join the digits beside it.
    return plain if len(plain) == 1 and category != "No" else sign


def fold(text: str) -> tuple[str, list[int] | range]:
    """Return the folded text and, for each of its places, the place in ``text``."""
    if text.isascii() and "\r" not in text and "\t" not in text and "`" not in text:
        return text, range(len(text))
    signs: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        folded = _fold_sign(sign)
        if folded:
            signs.append(folded)
            places.append(place)
    return "".join(signs), places


# The classes of Unicode are hundreds of ranges each; repeated in a pattern they outgrow the engine. These few hold
# the letters of living scripts, and of the capitals those of Latin, Greek and Cyrillic.
_CLASSES = {
    r"\pLu": r"A-Z\x{C0}-\x{D6}\x{D8}-\x{DE}"
    r"ĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĪĬİĹĻĽŁŃŅŇŌŐŒŔŖŘŚŞŠŢŤŪŮŰŴŶŸŹŻŽȘȚ\x{391}-\x{3A9}\x{400}-\x{42F}",
    r"\pL": r"A-Za-z\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{24F}\x{370}-\x{1FFF}\x{2C00}-\x{2DFF}\x{3040}-\x{D7FF}",
    r"\pM": r"\x{300}-\x{36F}",
    r"\pN": r"0-9",
}
_PIECE = re.compile(r"\\pLu|\\p[LMN]|\\.|\[\^?\]?|\]|.", re.S)


def linear(source: str) -> Any:
    """Compile ``source`` for the linear engine, with its classes of letters written small."""
    pieces = []
    inside = False
    for piece in _PIECE.findall(source):
        if piece in _CLASSES:
            pieces.append(_CLASSES[piece] if inside else f"[{_CLASSES[piece]}]")
            continue
        if not inside and piece.startswith("["):
            inside = True
        elif inside and piece == "]":
            inside = False
        pieces.append(piece)
    options = re2.Options()
    options.max_mem = 1 << 27
    options.log_errors = False
    return re2.compile("".join(pieces), options)
