"""The picture of a question that other sites show beside a link to it: PNG, 1200 by 630 pixels, drawn by Pillow."""

import unicodedata
from functools import cache, lru_cache
from io import BytesIO
from threading import Lock

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

SIZE = (1200, 630)
MARGIN = 80
WIDTH = SIZE[0] - 2 * MARGIN
PAPER, INK, SOFT, LINE = "#ffffff", "#19221f", "#55625d", "#0b6b57"
# The largest letters in which the title has room: pixels, and how many lines of them.
STEPS = ((72, 4), (60, 5), (48, 6), (40, 7))
# Drawing costs by the letter: what no step has room for is not looked at.
LONGEST = 320
NO_WORDS = "A question to doctors"
# FreeType's faces are not made for several threads at once.
_drawing = Lock()


@cache
def _font(pixels: int) -> ImageFont.FreeTypeFont:
    # The font that comes inside Pillow: nothing is fetched and no machine's own fonts matter.
    font = ImageFont.load_default(pixels)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow came without FreeType")
    return font


@cache
def _missing() -> tuple:
    return _shape("\U0010ffff")


def _shape(letter: str) -> tuple:
    mask = _font(24).getmask(letter)
    return mask.size, bytes(mask)


_known: dict[str, bool] = {" ": True}


def _is_drawable(letter: str) -> bool:
    """Whether the font has a sign for a letter; remembered for as many letters as a few scripts have."""
    if letter not in _known:
        if len(_known) > 4096:
            _known.clear()
        is_sign = unicodedata.category(letter)[0] in "LNPS"
        _known[letter] = is_sign and _shape(letter) != _missing()
    return _known.get(letter, True)


def _drawable(title: str) -> str:
    """Return a title in letters that the font has; where it has few of them, words that are true of any question."""
    whole = " ".join(unicodedata.normalize("NFC", title[:LONGEST]).split())
    kept = " ".join("".join(letter if _is_drawable(letter) else " " for letter in whole).split())
    letters = sum(letter.isalnum() for letter in whole)
    is_told = sum(letter.isalnum() for letter in kept) * 2 > letters
    return kept if kept and is_told else NO_WORDS


def _wrap(text: str, font: ImageFont.FreeTypeFont, lines: int) -> tuple[list[str], bool]:
    """Return the lines of a text, at most so many, and whether all of it has room."""
    found, line = [], ""
    for word in text.split():
        for part in _parts(word, font):
            longer = f"{line} {part}".strip()
            if line and font.getlength(longer) > WIDTH:
                found.append(line)
                line = part
            else:
                line = longer
        if len(found) > lines:
            break
    found.append(line)
    return found[:lines], len(found) <= lines


def _parts(word: str, font: ImageFont.FreeTypeFont) -> list[str]:
    """Cut a word that is wider than a line."""
    if font.getlength(word) <= WIDTH:
        return [word]
    parts, part = [], ""
    for letter in word:
        if part and font.getlength(part + letter) > WIDTH:
            parts.append(part)
            part = ""
        part += letter
    return [*parts, part]


def _fit(text: str) -> tuple[list[str], int]:
    """Return the lines of a title and their size in pixels; what has no room at the smallest ends in dots."""
    lines, pixels = [""], STEPS[-1][0]
    for pixels, most in STEPS:
        lines, has_room = _wrap(text, _font(pixels), most)
        if has_room:
            return lines, pixels
    while lines[-1] and _font(pixels).getlength(lines[-1] + "...") > WIDTH:
        lines[-1] = lines[-1][:-1]
    return [*lines[:-1], lines[-1].rstrip() + "..."], pixels


def answered_by(doctors: int) -> str:
    """Say how many doctors answered."""
    if not doctors:
        return "Waiting for a doctor"
    return f"{doctors} doctor{'' if doctors == 1 else 's'} answered"


# The middleware keeps the picture of the plain address; whoever adds parameters to it must not make us draw again.
@lru_cache(maxsize=64)
def share_image(title: str, doctors: int) -> bytes:
    """Return the picture of a question as PNG: its title, how many doctors answered, and the site's name."""
    with _drawing:
        image = Image.new("RGB", SIZE, PAPER)
        draw = ImageDraw.Draw(image)
        draw.rectangle((0, 0, SIZE[0], 16), fill=LINE)
        lines, pixels = _fit(_drawable(title))
        for number, line in enumerate(lines):
            draw.text((MARGIN, 90 + number * pixels * 1.25), line, fill=INK, font=_font(pixels))
        draw.line((MARGIN, 510, SIZE[0] - MARGIN, 510), fill="#d5dcd9", width=2)
        draw.text((MARGIN, 540), answered_by(doctors), fill=LINE, font=_font(34))
        name = _drawable(settings.SITE_NAME)[:60]
        draw.text((SIZE[0] - MARGIN, 540), name, fill=SOFT, font=_font(34), anchor="ra")
    out = BytesIO()
    image.quantize(32, Image.Quantize.FASTOCTREE).save(out, "PNG")
    return out.getvalue()
