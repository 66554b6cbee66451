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


# Letters and marks that are drawn as nothing: Unicode's Default_Ignorable_Code_Point, and the blank of Braille.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U000e0000-\U000e0fff]"
)
# Controls, steering and private signs, blanks, lone surrogates.
_UNDRAWN = frozenset(["Cc", "Cf", "Co", "Cs", "Zs", "Zl", "Zp"])


def shows_nothing(text: str) -> bool:
    """Tell whether a reader sees nothing of a text, however many signs it has."""
    return not any(unicodedata.category(sign) not in _UNDRAWN and not _BLANK.match(sign) for sign in text)


def without_blanks(text: str) -> str:
    """Return a text without the letters and marks that are drawn as nothing, to count what it says."""
    return _BLANK.sub("", text)


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


# Letters of other alphabets that are drawn as one of ours.
_LIKE_LATIN = str.maketrans(
    "АВЕКМНОРСТУХЅІЈԚԜЗҺӀавекмнорстухѕіјԛԝһӏԁѵвг"
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεικνορτυχγηω"
    "łŁøØđĐıȷƖɑɡꞌɩðþŧŦƒ",
    "ABEKMHOPCTYXSIJQW3HIaBeKMHopcTyxsijqwhldvbr"
    "ABEZHIKMNOPTYXaeikvoptuxynw"
    "lLoOdDijlagildptTf",
) | {ord("ß"): "ss", ord("ẞ"): "SS", ord("æ"): "ae", ord("œ"): "oe", ord("Æ"): "AE", ord("Œ"): "OE"}  # fmt: skip
# Digits and signs that are put in the place of a letter.
_IN_PLACE = {
    "a": "4@", "b": "68", "e": "3", "g": "69", "i": "1!|", "l": "1!|", "o": "0", "s": "5$", "t": "7+", "z": "2",
}  # fmt: skip
_capital_inside = re.compile(r"(?<=[^\W\d_])I(?=[^\W\d_])")
# Signs that may stand for a letter or between two; all others are written as a dash before a name is looked for.
_SIGNS = "!|@$+-"


def as_latin(text: str) -> str:
    """Return a folded text without accents, and with our letter for each of another alphabet that is drawn like it."""
    plain = unicodedata.normalize("NFKD", fold(text)[0])
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).translate(_LIKE_LATIN)


def says_name(text: str, name: str) -> bool:
    """Tell whether a name stands in a text, however it is disguised.

    Case, accents, letters of other alphabets, digits in the place of letters, signs between letters, and words that are
    joined or parted otherwise make no difference.
    """
    words = re.findall(r"[^\W_]+", as_latin(name).casefold())
    between = f"[{_SIGNS}]{{0,2}}"
    pieces = [between.join(_like(sign, place) for place, sign in enumerate(word)) for word in words]
    source = rf"(?i)(?:^|[ {_SIGNS}])(?:{f'[ {_SIGNS}]{{0,3}}'.join(pieces)})(?:$|[ {_SIGNS}])"
    said = "".join(map(_plain_sign, as_latin(text)))
    # A capital I within a word is taken for an l. The linear engine: a name may be made to be slow to look for.
    texts = {said, _capital_inside.sub("l", said)}
    return bool(words) and any(linear(source).search(each) for each in texts)


def _plain_sign(sign: str) -> str:
    if sign.isspace():
        return " "
    return sign if sign.isalnum() or sign in _SIGNS else "-"


def _like(sign: str, place: int) -> str:
    """Return a pattern of what a reader takes for a letter; the first of a word may be an l for a capital I."""
    others = _IN_PLACE.get(sign, "") + ("l" if sign == "i" and not place else "")
    return f"[{sign}{others}]" if others else sign


# Signs of money, told as one.
_MONEY = frozenset("€£¥₹")


@lru_cache(maxsize=4096)
def _bare_sign(sign: str) -> str:
    """Return what ``sign`` is read as in ASCII, with a blank for what is no letter of ours."""
    if sign.isascii():
        return sign
    if ord(sign) in _LIKE_LATIN:
        return sign.translate(_LIKE_LATIN)
    if sign in _MONEY:
        return "$"
    # A mark over a letter hides it from a rule, not from a reader.
    parts = unicodedata.normalize("NFKD", sign)
    kept = [each.translate(_LIKE_LATIN) for each in parts if unicodedata.category(each)[0] not in "MC"]
    if not kept:
        return ""
    return "".join(each if each.isascii() and each.isalnum() else " " for each in kept)


def bare(text: str) -> tuple[str, list[int] | range]:
    """Return ``text`` in ASCII, without marks and look-alikes, and for each of its places the one in ``text``."""
    folded, places = fold(text)
    if folded.isascii():
        return folded, places
    signs: list[str] = []
    kept: list[int] = []
    for place, sign in zip(places, folded, strict=True):
        plain = _bare_sign(sign)
        signs += plain
        kept += [place] * len(plain)
    return "".join(signs), kept


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
