"""The child process in which a file from outside is opened: decodes it and writes it anew, under hard limits.

It runs alone (`python -I reencode.py KIND CPU_SECONDS MEMORY_BYTES LONGEST_SIDE`), knows neither Django nor a setting,
reads the file from its standard input, and answers with one line that says how it went and, after ``done``, the new
file. A picture whose longer side has more pixels than ``LONGEST_SIDE`` is made smaller; 0: it stays as large as it is.
"""

import os
import resource
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from PIL import Image

# 24 megapixels as cameras count them: the usual "24 MP" photo of a phone has 24,470,208.
MOST_PIXELS = 24_500_000
MOST_PAGES = 30
# What is written anew can be larger than what came, where that was packed more tightly.
MOST_WRITTEN = 24 * 1024 * 1024
PAGE_DPI = 150
# A page larger than two sheets of A4 is drawn more coarsely.
MOST_PAGE_PIXELS = 4_500_000
ALPHA = {"LA", "La", "PA", "RGBA", "RGBa"}


class RefusedError(Exception):
    """Why a file is not taken, as one word."""


def main() -> None:
    """Take one file from the standard input and answer on the standard output."""
    kind, seconds, memory, longest = sys.argv[1], *map(int, sys.argv[2:5])
    limit(seconds, memory)
    answer = os.fdopen(os.dup(1), "wb")
    # Whatever a library has to say must not end up in the answer.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    warnings.simplefilter("ignore")
    outcome, content = reencode(kind, sys.stdin.buffer, longest)
    answer.write(outcome.encode() + b"\n" + content)
    answer.close()


def limit(seconds: int, memory: int) -> None:
    """Give up all but so much time and memory: no file can be written, and no core is left behind."""
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 16),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def reencode(kind: str, file: BinaryIO, longest: int = 0) -> tuple[str, bytes]:
    """Return how it went and what was written."""
    try:
        content = WRITERS[kind](file.read(), longest)
    except RefusedError as error:
        return str(error), b""
    except MemoryError:
        return "heavy", b""
    except Exception:  # Decoders fail in any way that there is; which one is nobody's business.
        return "broken", b""
    return ("done", content) if len(content) <= MOST_WRITTEN else ("heavy", b"")


# --- Pictures --------------------------------------------------------------------------------------------


def write_jpeg(content: bytes, longest: int = 0) -> bytes:
    """Return a JPEG of the same picture."""
    return _jpeg_of(_read_picture(content, "JPEG", longest))


def write_png(content: bytes, longest: int = 0) -> bytes:
    """Return a PNG of the same picture."""
    return _saved(_read_picture(content, "PNG", longest), "PNG")


def write_webp(content: bytes, longest: int = 0) -> bytes:
    """Return a WebP of the same picture."""
    # The library makes room for the whole picture as soon as it is asked anything.
    _refuse_size(*webp_size(content))
    return _saved(_read_picture(content, "WEBP", longest), "WEBP", quality=88, method=2)


def webp_size(content: bytes) -> tuple[int, int]:
    """Return width and height from the header, which has one of three forms (RFC 9649, section 2)."""
    kind, start = content[12:16], content[20:30].ljust(10, b"\0")
    if kind == b"VP8X":
        return 1 + int.from_bytes(start[4:7], "little"), 1 + int.from_bytes(start[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(start[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(start[6:8], "little") & 0x3FFF, int.from_bytes(start[8:10], "little") & 0x3FFF


def _refuse_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise RefusedError("pixels")


def _read_picture(content: bytes, form: str, longest: int) -> "Image.Image":
    """Return the upright picture without anything that came with it; its size is read before its first pixel."""
    import io

    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # Its own limit is asked below, in our words.
    picture = Image.open(io.BytesIO(content), formats=[form])
    _refuse_size(*picture.size)
    # A JPEG of several pictures is a photo with its preview or its depths: the first one is the photo.
    if form != "JPEG" and getattr(picture, "n_frames", 1) > 1:
        raise RefusedError("moving")
    picture.load()
    turned = ImageOps.exif_transpose(picture)
    plain = _plain(_in_common_colours(turned))
    if longest and max(plain.size) > longest:
        # The colours of a palette cannot be mixed.
        plain = plain.convert("RGB") if plain.mode == "P" else plain
        plain.thumbnail((longest, longest))
    plain.info = {}
    return plain


def _in_common_colours(picture: "Image.Image") -> "Image.Image":
    """Return the picture in sRGB: without its own profile the colours of a rash would shift."""
    import io

    from PIL import Image, ImageCms

    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in {"RGB", "RGBA", "CMYK"}:
        return picture
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "RGB" if picture.mode == "CMYK" else picture.mode
        changed = ImageCms.profileToProfile(picture, own, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return changed if isinstance(changed, Image.Image) else picture


def _plain(picture: "Image.Image") -> "Image.Image":
    """Return the picture with 8 bits for each of one, three or four channels, or with its palette."""
    if picture.mode.startswith("I"):
        return picture.point(lambda value: value * (1 / 256)).convert("L")
    if picture.mode in ALPHA or "transparency" in picture.info:
        return picture.convert("RGBA")
    if picture.mode in {"1", "L", "P", "RGB"}:
        return picture.copy()
    return picture.convert("L" if picture.mode == "F" else "RGB")


def _jpeg_of(picture: "Image.Image") -> bytes:
    """Return a picture as a JPEG; what is transparent becomes white."""
    if picture.mode == "RGBA":
        from PIL import Image

        paper = Image.new("RGB", picture.size, "white")
        paper.paste(picture, mask=picture.getchannel("A"))
        picture = paper
    return _saved(picture if picture.mode == "L" else picture.convert("RGB"), "JPEG", quality=88)


def _saved(picture: "Image.Image", form: str, **options: Any) -> bytes:
    import io

    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


# --- Documents -------------------------------------------------------------------------------------------


def write_pdf(content: bytes, longest: int = 0) -> bytes:
    """Return a PDF of pictures of the pages: nothing that acts, hides or names anybody can come along."""
    import pypdfium2
    from pypdfium2 import raw

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise RefusedError("locked" if error.err_code == raw.FPDF_ERR_PASSWORD else "broken") from None
    # What somebody typed into a form is drawn only with this. The library can run no script.
    document.init_forms()
    if len(document) > MOST_PAGES:
        raise RefusedError("pages")
    if not len(document):
        raise RefusedError("broken")
    return _pdf_of(_draw(page) for page in document)


def _draw(page: Any) -> tuple[float, float, "Image.Image"]:
    """Return width and height of a page in points, and its picture."""
    width, height = page.get_size()
    if not (1 <= width <= 14_400 and 1 <= height <= 14_400):
        raise RefusedError("broken")
    scale = min(PAGE_DPI / 72, (MOST_PAGE_PIXELS / (width * height)) ** 0.5)
    bitmap = page.render(scale=scale, rev_byteorder=True)
    picture = bitmap.to_pil().convert("RGB")
    bitmap.close()
    page.close()
    return width, height, picture


def _pdf_of(pages: Iterator[tuple[float, float, "Image.Image"]]) -> bytes:
    """Return a PDF that holds one JPEG for each page and not a word besides."""
    parts: list[bytes] = [b"", b""]
    names, written = [], 0
    for width, height, picture in pages:
        number = len(parts) + 1
        jpeg = _jpeg_of(picture)
        show = b"q %.2f 0 0 %.2f 0 0 cm /P Do Q" % (width, height)
        names.append(b"%d 0 R" % number)
        parts.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.2f %.2f]/Resources<</XObject<</P %d 0 R>>>>/Contents %d 0 R>>"
            % (width, height, number + 1, number + 2)
        )
        parts.append(
            b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8"
            b"/Filter/DCTDecode/Length %d>>stream\n%s\nendstream" % (picture.width, picture.height, len(jpeg), jpeg)
        )
        parts.append(b"<</Length %d>>stream\n%s\nendstream" % (len(show), show))
        written += len(jpeg)
        if written > MOST_WRITTEN:
            raise RefusedError("heavy")
    parts[0] = b"<</Type/Catalog/Pages 2 0 R>>"
    parts[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(names), b" ".join(names))
    return _file_of(parts)


def _file_of(parts: list[bytes]) -> bytes:
    """Return the objects of a PDF, numbered from 1, as a file with the table of where each stands."""
    file, places = bytearray(b"%PDF-1.4\n"), []
    for number, part in enumerate(parts, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count, start = len(parts) + 1, len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
    file += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, start)
    return bytes(file)


WRITERS: dict[str, Callable[[bytes, int], bytes]] = {
    "jpeg": write_jpeg,
    "pdf": write_pdf,
    "png": write_png,
    "webp": write_webp,
}

if __name__ == "__main__":
    main()
