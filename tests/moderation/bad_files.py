"""Files that mean no good, or only went wrong on the way, each made by a few lines, with what becomes of it."""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Iterable
from typing import Any

from PIL import Image, ImageCms, PngImagePlugin

# What stands in the hidden part of a file; wherever it is found in a clean one, the guard has failed.
SECRET = b"bergamot-7731"
SCRIPT = b"<script>alert('" + SECRET + b"')</script>"
MEBIBYTE = 1024 * 1024
# 64 mebibytes of nothing in 64 kilobytes.
ZEROS = zlib.compress(b"\0" * 64 * MEBIBYTE, 9)


def picture(mode: str = "RGB", size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Return a picture that no codec makes very small."""
    noise = [Image.effect_noise(size, 90).convert("L") for _ in range(4)]
    full = Image.merge("RGBA", noise)
    return full.convert("RGB").convert(mode) if mode not in {"RGBA", "LA"} else full.convert(mode)


def encoded(image: Image.Image, form: str, **options: Any) -> bytes:
    """Return a picture as a file."""
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


JPEG, PNG, WEBP = (encoded(picture(), form) for form in ("JPEG", "PNG", "WEBP"))


# --- Parts of files --------------------------------------------------------------------------------------


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def header(width: int, height: int, depth: int = 8, colours: int = 2) -> bytes:
    """Return the first chunk of a PNG."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0))


def png(*chunks: bytes) -> bytes:
    """Return a PNG of chunks."""
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + chunk(b"IEND", b"")


def png_with(*chunks: bytes) -> bytes:
    """Return a good PNG with chunks after its header."""
    return PNG[:33] + b"".join(chunks) + PNG[33:]


def jpeg_with(*segments: tuple[int, bytes]) -> bytes:
    """Return a good JPEG with segments of its own behind its start."""
    return JPEG[:2] + b"".join(struct.pack(">BBH", 0xFF, n, len(c) + 2) + c for n, c in segments) + JPEG[2:]


def jpeg_of_size(width: int, height: int) -> bytes:
    """Return a JPEG that says it is of another size than it is."""
    place = JPEG.index(b"\xff\xc0") + 5
    return JPEG[:place] + struct.pack(">HH", height, width) + JPEG[place + 4 :]


def riff(*chunks: tuple[bytes, bytes], kind: bytes = b"WEBP") -> bytes:
    """Return a file of RIFF chunks."""
    body = kind + b"".join(n + struct.pack("<I", len(c)) + c + b"\0" * (len(c) % 2) for n, c in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def canvas(width: int, height: int) -> tuple[bytes, bytes]:
    """Return the chunk in which a WebP says how large it is."""
    return b"VP8X", bytes([0x10, 0, 0, 0]) + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]


def zipped(**files: bytes) -> bytes:
    """Return a ZIP."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return file.getvalue()


def animated(form: str) -> bytes:
    """Return a picture that moves."""
    return encoded(picture(), form, save_all=True, append_images=[picture(), picture()], duration=100)


# --- PDF -------------------------------------------------------------------------------------------------

PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>%s>>"
DRAWING = b"1 0 0 rg 20 20 100 50 re f"


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """Return an object that holds bytes."""
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), entries, content)


def pdf(
    *more: bytes,
    catalog: bytes = b"",
    page: bytes = b"",
    drawing: bytes = DRAWING,
    pages: bytes = b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
    trailer: bytes = b"",
    start: bytes | None = None,
) -> bytes:
    """Return a PDF of one page; ``more`` are its objects from number 5 on."""
    content = drawing if drawing.startswith(b"<<") else stream(drawing)
    objects = [b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog, pages, PAGE % page, content, *more]
    file, places = bytearray(b"%PDF-1.7\n"), []
    for number, thing in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, thing)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    trailer = trailer.replace(b"HERE", b"%d" % end)
    file += b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n" % (len(objects) + 1, trailer)
    return bytes(file + (start or b"%d" % end) + b"\n%%EOF\n")


def deflated(packed: bytes, times: int) -> bytes:
    """Return a stream of what was packed already, packed so many times more."""
    for _ in range(times):
        packed = zlib.compress(packed, 9)
    return stream(packed, b"/Filter[%s]" % (b"/FlateDecode" * (times + 1)))


def form(drawing: bytes, uses: bytes = b"") -> bytes:
    """Return a drawing that others may use by its number."""
    return stream(drawing, b"/Type/XObject/Subtype/Form/BBox[0 0 200 100]/Resources<</XObject<<%s>>>>" % uses)


def laughs(levels: int, each: int) -> bytes:
    """Return a PDF in which each drawing uses the next one many times: short to read and endless to draw."""
    forms = [form(b"/X Do " * each, b"/X %d 0 R" % (6 + level)) for level in range(levels)]
    return pdf(*forms, form(b"0 0 200 100 re f " * 50), drawing=b"/X Do " * each)


def locked(user: bytes) -> bytes:
    """Return a blank PDF that a password opens; without one it only forbids changes."""
    pad = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
    owner, name = hashlib.sha256(b"owner").digest(), b"0123456789abcdef"
    key = hashlib.md5((user + pad)[:32] + owner + struct.pack("<i", -4) + name, usedforsecurity=False).digest()[:5]
    entries = (owner.hex().encode(), _rc4(key, pad).hex().encode())
    lock = b"<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % entries
    return pdf(lock, drawing=b"", trailer=b"/Encrypt 5 0 R/ID[<%s><%s>]" % ((name.hex().encode(),) * 2))


def _rc4(key: bytes, content: bytes) -> bytes:
    box, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    i = j = 0
    for byte in content:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)


def many_pages(count: int) -> bytes:
    """Return a PDF that shows one page so many times."""
    return pdf(pages=b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, b"3 0 R " * count))


PDF = pdf()
JS = b"<</S/JavaScript/JS(app.alert\\('" + SECRET + b"'\\))>>"
ATTACHED = (b"<</Type/Filespec/F(a.exe)/EF<</F 6 0 R>>>>", stream(b"MZ" + SECRET, b"/Type/EmbeddedFile"))


def annotation(entries: bytes) -> bytes:
    """Return what makes a page carry something to click on."""
    return b"/Annots[<</Type/Annot/Rect[0 0 90 90]%s>>]" % entries


# --- What is refused, and why ----------------------------------------------------------------------------

NOT_OURS: dict[str, bytes] = {
    "one byte": b"\xff",
    "two bytes of a jpeg": b"\xff\xd8",
    "zeros": b"\0" * MEBIBYTE,
    "text": b"I am a picture, believe me.",
    "text in utf-16": "I am a picture".encode("utf-16"),
    "gif": encoded(picture("P"), "GIF"),
    "gif with a script": b"GIF89a/*" + encoded(picture("P"), "GIF")[8:] + b"*/=1;alert(1)//",
    "gif and jar": encoded(picture("P"), "GIF") + zipped(META_INF__MANIFEST=b"Main-Class: A"),
    "bmp": encoded(picture(), "BMP"),
    "tiff": encoded(picture(), "TIFF"),
    "ico": encoded(picture(), "ICO"),
    "jpeg 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0" * 64,
    "heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 64,
    "avif": b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + b"\0" * 64,
    "film": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 64,
    "photoshop": b"8BPS\0\x01" + b"\0" * 64,
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><rect width="9" height="9"/></svg>',
    "svg after a mark": b'\xef\xbb\xbf<?xml version="1.0"?><svg onload="alert(1)"/>',
    "xml with an entity": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "html": b"<!doctype html>" + SCRIPT,
    "php": b"<?php system($_GET['c']); ?>",
    "shell": b"#!/bin/sh\nrm -rf /\n",
    "windows program": b"MZ\x90\0\x03" + b"\0" * 120 + b"PE\0\0",
    "linux program": b"\x7fELF\x02\x01\x01" + b"\0" * 64,
    "java class": b"\xca\xfe\xba\xbe\0\0\0\x34" + b"\0" * 64,
    "zip": zipped(a=b"b"),
    "zip bomb": zipped(**{f"f{n}": b"" for n in range(500)}),
    "office document": zipped(word__document=b"<w:document/>"),
    "old office document": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512,
    "rich text": rb"{\rtf1\ansi{\object\objemb}}",
    "gzip": b"\x1f\x8b\x08" + b"\0" * 32,
    "seven zip": b"7z\xbc\xaf\x27\x1c" + b"\0" * 32,
    "sound": riff((b"data", b"\0" * 64), kind=b"WAVE"),
    "avi": riff((b"LIST", b"\0" * 64), kind=b"AVI "),
    "html before pdf": b"<html>" + SCRIPT + PDF,
    "zip before jpeg": zipped(a=b"b") + JPEG,
    "blanks before png": b"  \n" + PNG,
}

BROKEN: dict[str, bytes] = {
    **{f"jpeg cut at {part}%": JPEG[: len(JPEG) * part // 100] for part in (5, 25, 50, 75, 95)},
    **{f"png cut at {part}%": PNG[: len(PNG) * part // 100] for part in (1, 25, 50, 75, 95)},
    **{f"webp cut at {part}%": WEBP[: len(WEBP) * part // 100] for part in (5, 25, 50, 75, 95)},
    **{f"pdf cut at {part}%": PDF[: len(PDF) * part // 100] for part in (2, 10, 25)},
    "start of a jpeg": b"\xff\xd8\xff\xe0",
    "start of a png": PNG[:8],
    "start of a webp": WEBP[:12],
    "start of a pdf": b"%PDF-1.7\n",
    "pdf of nothing": b"%PDF-1.7\n%%EOF",
    "jpeg that goes on as html": b"\xff\xd8\xff\xe0" + SCRIPT,
    "jpeg that is a script": b"\xff\xd8\xff\xe0\x2f\x2a" + b"\0" * 100 + b"*/=1;alert(1)",
    "pdf that goes on as html": b"%PDF-1.7\n" + SCRIPT,
    "webp that goes on as a program": WEBP[:12] + b"MZ" + b"\0" * 200,
    "jpeg without lines": jpeg_of_size(64, 0),
    "jpeg without a frame": JPEG.replace(b"\xff\xc0", b"\xff\xfe"),
    "png without a header": png(chunk(b"IDAT", zlib.compress(b"\0" * 100))),
    "png without data": png(header(9, 9)),
    "png of no size": png(header(0, 0), chunk(b"IDAT", zlib.compress(b"\0"))),
    "png of odd colours": png(header(9, 9, 3, 5), chunk(b"IDAT", zlib.compress(b"\0" * 500))),
    "png with a wrong sum": PNG[:29] + b"\0\0\0\0" + PNG[33:],
    "png of rubbish": png(header(9, 9), chunk(b"IDAT", b"\x78\x9c" + b"\xff" * 200)),
    "png with too little": png(header(4000, 4000), chunk(b"IDAT", zlib.compress(b"\0" * 100))),
    "png with a chunk without end": PNG[:33] + struct.pack(">I", 0x7FFFFFFF) + b"tEXt" + PNG[33:],
    "png with packed words for a gigabyte": png_with(chunk(b"zTXt", b"a\0\0" + ZEROS)),
    "png with a profile for a gigabyte": png_with(chunk(b"iCCP", b"a\0\0" + ZEROS)),
    "png with a palette too large": png(
        header(9, 9, 8, 3), chunk(b"PLTE", b"abc" * 256 + SECRET), chunk(b"IDAT", zlib.compress(b"\0" * 90))
    ),
    "webp without a picture": riff((b"EXIF", b"\0" * 64)),
    "webp of a canvas alone": riff(canvas(64, 48)),
    "webp of rubbish": riff((b"VP8 ", b"\x9d\x01\x2a" * 60)),
    "webp with a chunk without end": WEBP[:16] + b"\xff\xff\xff\x7f" + WEBP[20:],
    "pdf without pages": pdf(pages=b"<</Type/Pages/Count 0/Kids[]>>"),
    "pdf whose pages are themselves": pdf(pages=b"<</Type/Pages/Count 1/Kids[2 0 R]>>"),
    "pdf of a page without end": pdf(page=b"/UserUnit 1/CropBox[0 0 200000 200000]/MediaBox[0 0 200000 200000]"),
}

OTHERS: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "empty"),
    "a byte too much": (JPEG + b"\0" * (8 * MEBIBYTE + 1 - len(JPEG)), "bytes"),
    "twice as much": (PDF + b"\0" * 16 * MEBIBYTE, "bytes"),
    "png of 400 megapixels": (png(header(20_000, 20_000, 1, 0), chunk(b"IDAT", ZEROS)), "pixels"),
    "png of nothing but a size": (png(header(0x7FFFFFFF, 0x7FFFFFFF), chunk(b"IDAT", b"")), "pixels"),
    "png a little too large": (png(header(4951, 4951), chunk(b"IDAT", ZEROS)), "pixels"),
    "png of one long line": (png(header(30_000_000, 1), chunk(b"IDAT", ZEROS)), "pixels"),
    "jpeg that says 65500 by 65500": (jpeg_of_size(65_500, 65_500), "pixels"),
    "jpeg of 25 megapixels": (encoded(Image.new("L", (5000, 5000)), "JPEG"), "pixels"),
    "webp of 25 megapixels": (encoded(Image.new("RGB", (5000, 5000)), "WEBP", method=0), "pixels"),
    "webp that says 16383 by 16383": (
        riff((b"VP8L", b"\x2f" + struct.pack("<I", 16382 | 16382 << 14) + b"\0" * 64)),
        "pixels",
    ),
    "webp with a canvas of 2^48": (riff(canvas(2**24, 2**24), (b"VP8L", WEBP[20:])), "pixels"),
    "webp that moves": (animated("WEBP"), "moving"),
    "png that moves": (animated("PNG"), "moving"),
    "pdf that a password opens": (locked(b"open sesame"), "locked"),
    "pdf with an unknown lock": (pdf(b"<</Filter/Nobody/V 9>>", trailer=b"/Encrypt 5 0 R"), "broken"),
    "pdf whose drawing draws itself": (pdf(form(b"/X Do " * 9, b"/X 5 0 R"), drawing=b"/X Do"), "heavy"),
    "pdf of 31 pages": (many_pages(31), "pages"),
    "pdf of 20,000 pages": (many_pages(20_000), "pages"),
}

# --- What is written anew, without what hides in it ------------------------------------------------------

NEUTRALISED: dict[str, bytes] = {
    "jpeg and zip": JPEG + zipped(evil=SECRET),
    "jpeg and html": JPEG + SCRIPT,
    "jpeg and php": JPEG + b"<?php '" + SECRET + b"' ?>",
    "jpeg and pdf": JPEG + PDF + SECRET,
    "jpeg with a script as comment": jpeg_with((0xFE, SCRIPT)),
    "jpeg with a script as exif": jpeg_with((0xE1, b"Exif\0\0" + SCRIPT)),
    "jpeg with xmp": jpeg_with((0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + SECRET + b"</x:xmpmeta>")),
    "jpeg with photoshop's words": jpeg_with((0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0d" + SECRET)),
    "jpeg with a broken profile": jpeg_with((0xE2, b"ICC_PROFILE\0\x01\x01" + SECRET)),
    "jpeg with a thousand comments": jpeg_with(*[(0xFE, SECRET)] * 1000),
    "jpeg without tables": JPEG.replace(b"\xff\xc4", b"\xff\xfe"),
    "jpeg that ends before its last lines": jpeg_of_size(1000, 1000),
    "png and zip": PNG + zipped(evil=SECRET),
    "png and html": PNG + SCRIPT,
    "png with words": png_with(chunk(b"tEXt", b"Comment\0" + SCRIPT)),
    "png with packed words": png_with(chunk(b"zTXt", b"Comment\0\0" + zlib.compress(SCRIPT))),
    "png with xmp": png_with(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + SECRET)),
    "png with a chunk of its own": png_with(chunk(b"evIl", SECRET)),
    "png with a time": png_with(chunk(b"tIME", b"\x07\xe9\x01\x02\x03\x04\x05")),
    "png with much more than it shows": png(header(9, 9), chunk(b"IDAT", ZEROS)),
    "webp and zip": WEBP + zipped(evil=SECRET),
    "webp and html": WEBP + SCRIPT,
    "webp with xmp": encoded(picture(), "WEBP", xmp=SECRET),
    "pdf and zip": PDF + zipped(evil=SECRET),
    "pdf and html": PDF + SCRIPT,
    "pdf with html in front of its parts": PDF.replace(b"%PDF-1.7\n", b"%PDF-1.7\n%" + SCRIPT + b"\n"),
    "pdf with a script at opening": pdf(JS, catalog=b"/OpenAction 5 0 R"),
    "pdf with a script by name": pdf(JS, catalog=b"/Names<</JavaScript<</Names[(a)5 0 R]>>>>"),
    "pdf with a script of the page": pdf(JS, page=b"/AA<</O 5 0 R>>"),
    "pdf with a script of the document": pdf(JS, catalog=b"/AA<</WC 5 0 R/WP 5 0 R>>"),
    "pdf that starts a program": pdf(b"<</S/Launch/F(" + SECRET + b".exe)>>", catalog=b"/OpenAction 5 0 R"),
    "pdf that opens an address": pdf(
        page=annotation(b"/Subtype/Link/A<</S/URI/URI(https://forum.example/" + SECRET + b")>>")
    ),
    "pdf that opens another file": pdf(page=annotation(b"/Subtype/Link/A<</S/GoToR/F(" + SECRET + b")/D[0/Fit]>>")),
    "pdf that sends a form": pdf(
        b"<</Fields[7 0 R]>>",
        b"<</S/SubmitForm/F(https://forum.example/" + SECRET + b")>>",
        b"<</Type/Annot/Subtype/Widget/FT/Btn/T(" + SECRET + b")/Rect[0 0 90 90]/A 6 0 R>>",
        catalog=b"/AcroForm 5 0 R",
        page=b"/Annots[7 0 R]",
    ),
    "pdf with a form that counts": pdf(
        b"<</Fields[6 0 R]/CO[6 0 R]>>",
        b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/Rect[0 0 90 90]/AA<</C " + JS + b"/K " + JS + b">>>>",
        catalog=b"/AcroForm 5 0 R",
        page=b"/Annots[6 0 R]",
    ),
    "pdf with a form of xml": pdf(stream(b"<xdp>" + SECRET + b"</xdp>"), catalog=b"/AcroForm<</XFA 5 0 R/Fields[]>>"),
    "pdf with a file in it": pdf(*ATTACHED, catalog=b"/Names<</EmbeddedFiles<</Names[(a)5 0 R]>>>>"),
    "pdf with a file on a page": pdf(*ATTACHED, page=annotation(b"/Subtype/FileAttachment/FS 5 0 R")),
    "pdf with a film": pdf(*ATTACHED, page=annotation(b"/Subtype/RichMedia/RichMediaContent<</Assets 5 0 R>>")),
    "pdf with xmp": pdf(stream(SECRET, b"/Type/Metadata/Subtype/XML"), catalog=b"/Metadata 5 0 R"),
    "pdf with its author": pdf(b"<</Author(" + SECRET + b")>>", trailer=b"/Info 5 0 R"),
    "pdf with hidden layers": pdf(
        b"<</Type/OCG/Name(" + SECRET + b")>>", catalog=b"/OCProperties<</OCGs[5 0 R]/D<</OFF[5 0 R]>>>>"
    ),
    "pdf with invisible words": pdf(drawing=DRAWING + b" BT /F 9 Tf 3 Tr (" + SECRET + b") Tj ET"),
    "pdf with an earlier version": PDF.replace(DRAWING, SECRET.ljust(len(DRAWING)))
    + PDF[9:].replace(b"xref\n0", b"\n"),
    "pdf that only forbids changes": locked(b""),
    "pdf whose table goes round": pdf(trailer=b"/Prev HERE"),
    "pdf whose table is elsewhere": pdf(start=b"99999999"),
    "pdf without a table": PDF[: PDF.index(b"xref")] + b"trailer<</Root 1 0 R>>",
    "pdf of a hundred thousand brackets": pdf(page=b"/A" + b"[" * 100_000 + b"]" * 100_000),
    "pdf of a hundred thousand dictionaries": pdf(b"<</A" * 100_000 + b">>" * 100_000),
    "pdf of a hundred thousand saves": pdf(drawing=b"q " * 100_000 + DRAWING),
    "pdf with packed zeros": pdf(drawing=stream(ZEROS, b"/Filter/FlateDecode")),
    "pdf with zeros packed four times": pdf(drawing=deflated(ZEROS, 3)),
    "pdf with a picture of 700 megapixels": pdf(
        stream(
            ZEROS,
            b"/Subtype/Image/Width 22000/Height 32000/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode",
        ),
        drawing=b"200 0 0 100 0 0 cm /X Do",
    ),
    "pdf with a font of rubbish": pdf(stream(SECRET * 100), page=b"/Resources<</Font<</F<</FontFile 5 0 R>>>>>>"),
}


# --- Pictures of every sort, all good --------------------------------------------------------------------


def profile() -> bytes:
    """Return a profile of colours."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exif(orientation: int = 1) -> Image.Exif:
    """Return what a phone writes into a photo: where, with what, which way up."""
    data = Image.Exif()
    data[0x0112], data[0x010F] = orientation, SECRET.decode()
    data.get_ifd(0x8825).update({1: "N", 2: (51.0, 30.0, 26.0), 3: "W", 4: (0.0, 7.0, 39.0)})
    return data


def words() -> PngImagePlugin.PngInfo:
    """Return words that a PNG carries along."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", SECRET.decode())
    return info


def good_pictures() -> Iterable[tuple[str, bytes, str]]:
    """Yield good pictures with a name and their kind."""
    yield "jpeg", JPEG, "jpeg"
    yield "jpeg by steps", encoded(picture(), "JPEG", progressive=True), "jpeg"
    yield "grey jpeg", encoded(picture("L"), "JPEG"), "jpeg"
    yield "jpeg for print", encoded(picture("CMYK"), "JPEG"), "jpeg"
    yield "jpeg with a profile", encoded(picture(), "JPEG", icc_profile=profile()), "jpeg"
    yield "jpeg with a place", encoded(picture(), "JPEG", exif=exif()), "jpeg"
    yield "jpeg of several pictures", encoded(picture(), "MPO", save_all=True, append_images=[picture()]), "jpeg"
    yield "png", PNG, "png"
    yield "png of one bit", encoded(picture("1"), "PNG"), "png"
    yield "grey png", encoded(picture("L"), "PNG"), "png"
    yield "grey clear png", encoded(picture("LA"), "PNG"), "png"
    yield "clear png", encoded(picture("RGBA"), "PNG"), "png"
    yield "png of 16 bits", encoded(Image.new("I;16", (64, 48), 40_000), "PNG"), "png"
    yield "png with a palette", encoded(picture("P"), "PNG"), "png"
    yield "png with a clear colour", encoded(picture("P"), "PNG", transparency=3), "png"
    yield "png with a clear grey", encoded(picture("L"), "PNG", transparency=3), "png"
    yield "png with everything", encoded(picture(), "PNG", exif=exif(), icc_profile=profile(), pnginfo=words()), "png"
    yield "png in rows of rows", png(header(1, 1), chunk(b"IDAT", zlib.compress(b"\0abc"))), "png"
    yield "webp", WEBP, "webp"
    yield "clear webp", encoded(picture("RGBA"), "WEBP"), "webp"
    yield "webp without loss", encoded(picture(), "WEBP", lossless=True), "webp"
    yield "webp with everything", encoded(picture(), "WEBP", exif=exif(), icc_profile=profile()), "webp"
