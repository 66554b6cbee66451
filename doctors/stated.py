"""What an applicant states, judged by itself: names that could pass for another's, and numbers that cannot be one."""

import re
import unicodedata
from collections.abc import Iterable

# Letters of the Latin script that no alphabet needs look like others: of its further blocks only these are letters
# of living ones.
_LATIN = re.compile("[A-Za-z\u00c0-\u01bf\u01c4-\u024f\u1e00-\u1eff\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u014b]")
_RARE = "RARE LATIN"
# One name is written with several of these.
_EAST_ASIAN = {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC"}
_APOSTROPHES = dict.fromkeys(map(ord, "’‘ʼʻ`´"), "'")
# Drawn as nothing, though Unicode counts them as letters and marks.
_BLANK = {*map(chr, range(0xFE00, 0xFE10)), *"\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u2800\u3164\uffa0"}
_MOST_MARKS = 3
_DOTTED_WORD = re.compile(r"\w\.\w{2,}")
# "M.Sc." and "Ph.D." are credentials, "ada.example" and "ADA.COM" are not.
_ADDRESS = re.compile(r"\w\.(?:[^\W\d_A-Z]{2,}|(?i:com|net|org)\b)|(?i:www\.|https?:)")


def is_npi(digits: str) -> bool:
    """Tell whether ten digits can be a National Provider Identifier.

    The tenth is the check digit by Luhn's formula over the card issuer's prefix ``80840`` and the nine before it: CMS,
    "Requirements for National Provider Identifier (NPI) and NPI Check Digit", for 45 CFR 162.406.
    """
    if not re.fullmatch(r"[0-9]{10}", digits):
        return False
    from_the_right = [int(digit) for digit in reversed("80840" + digits)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in from_the_right[1::2]]
    return (sum(from_the_right[::2]) + sum(doubled)) % 10 == 0


def fold(text: str) -> str:
    """Return a text with one form of each sign: width and ligatures undone, western digits, single blanks."""
    plain = "".join(
        str(unicodedata.digit(sign)) if unicodedata.category(sign) == "Nd" else sign
        for sign in unicodedata.normalize("NFKC", text.translate(_APOSTROPHES))
    )
    return " ".join(re.sub(r"[\u2010-\u2015\u2212]", "-", plain).split())


def has_unseen(text: str) -> bool:
    """Tell whether a text holds a sign that is not drawn, or that turns the direction of what follows."""
    unseen = ("Cf", "Cc", "Co", "Cs", "Cn")
    return any((unicodedata.category(sign) in unseen and not sign.isspace()) or sign in _BLANK for sign in text)


def mixes_scripts(text: str) -> bool:
    """Tell whether letters of several scripts stand in one text, as where one passes for another that looks alike."""
    scripts = {_script(sign) for sign in text if unicodedata.category(sign)[0] in "LM"} - {""}
    return len(scripts) > 1 or _RARE in scripts


def name_fault(name: str) -> str:
    """Return, in words, what must be mended of a folded name; nothing where it may be one."""
    if not name[:1].isalpha() or sum(map(str.isalpha, name)) < 2:
        return "Write your name in letters, as your licence has it"
    if not all(_is_of_a_name(sign) for sign in name) or _marks_in_a_row(name) > _MOST_MARKS:
        return "Write your name with letters, blanks, hyphens, apostrophes and full stops only"
    if _DOTTED_WORD.search(name):
        return "Write your name and no address: put a blank after each full stop"
    if mixes_scripts(name):
        return "Write your whole name in one alphabet: some of its letters are of another one that looks alike"
    return ""


def credentials_fault(credentials: str) -> str:
    """Return, in words, what must be mended of folded credentials; nothing where they may stand."""
    if not credentials[:1].isalpha():
        return "Write your credentials in letters, such as MD, FACS"
    if not all(_is_of_a_name(sign) or sign in ",()&" for sign in credentials):
        return "Write your credentials with letters, blanks, commas and full stops only"
    if is_address(credentials):
        return "Write your credentials without a web or email address"
    if mixes_scripts(credentials):
        return "Write your credentials in one alphabet: some letters are of another one that looks alike"
    return ""


def is_address(text: str) -> bool:
    """Tell whether a text holds what reads as an address of the web or of mail."""
    return "@" in text or "://" in text or _ADDRESS.search(text) is not None


def is_number(text: str) -> bool:
    """Tell whether a folded text may be the number of a licence: Latin letters, digits, and what parts them."""
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ./#()-]*", text) is not None and any(map(str.isdigit, text))


def names_of(text: str) -> list[str]:
    """Return the names that stand in a text separated by commas, each once in whatever case."""
    names: dict[str, str] = {}
    for part in text.split(","):
        if name := " ".join(part.split()):
            names.setdefault(name.casefold(), name)
    return list(names.values())


def mixes_in_a_word(text: str) -> bool:
    """Tell whether one word of a text is written in several scripts."""
    return any(mixes_scripts(word) for word in re.split(r"[\s,./()-]+", text))


def _is_of_a_name(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LM" or sign in " -'."


def _marks_in_a_row(text: Iterable[str]) -> int:
    most = now = 0
    for sign in text:
        now = now + 1 if unicodedata.category(sign)[0] == "M" else 0
        most = max(most, now)
    return most


def _script(sign: str) -> str:
    """Return the script of a letter or mark; nothing for a mark that stands over the letters of any."""
    first = unicodedata.name(sign, "NONE").partition(" ")[0]
    if first == "COMBINING":
        return ""
    if first in _EAST_ASIAN:
        return "EAST ASIAN"
    # A rare letter of the Latin script counts as one of another script.
    return first if first != "LATIN" or _LATIN.match(sign) else _RARE
