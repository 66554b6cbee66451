"""The upload guard: whatever comes in is refused in words or written anew, and leaves nothing behind."""

import io
import json
import logging
import os
import re
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pypdfium2
import pytest
from crispy_forms.utils import render_crispy_form
from django import forms
from django.core.checks import run_checks
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import isolate_apps
from django.urls import path
from PIL import Image

import qa_forum.urls
from moderation import reencode, uploads
from moderation.forms import CleanFileField, CleanFilesField
from moderation.services import (
    CleanFile,
    PrivateStorage,
    UploadRefused,
    clean_upload,
    serve_privately,
    takes_files,
)
from tests.moderation import bad_files
from tests.moderation.bad_files import JPEG, PDF, PNG, SECRET, WEBP, encoded, pdf, stream

MEBIBYTE = 1024 * 1024
GOOD = {name: (content, kind) for name, content, kind in bad_files.good_pictures()}
REFUSED = {
    **{name: (content, "kind") for name, content in bad_files.NOT_OURS.items()},
    **{name: (content, "broken") for name, content in bad_files.BROKEN.items()},
    **bad_files.OTHERS,
}
# Signs of what a clean file never has: scripts, actions, other files, and what cameras and programs write along.
SIGNS = [
    *(SECRET, b"<script", b"<?php", b"PK\x03\x04", b"Exif", b"ICC_PROFILE", b"Photoshop", b"ns.adobe", b"JFXX"),
    *(b"iCCP", b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME", b"acTL", b"EXIF", b"XMP ", b"ANIM"),
    *(b"/JavaScript", b"/OpenAction", b"/Launch", b"/URI", b"/Annots", b"/AcroForm", b"/Names", b"/Metadata"),
    *(b"/EmbeddedFile", b"/Info", b"/Encrypt", b"/Prev", b"/Producer", b"/CreationDate", b"/ID"),
]


class SendForm(forms.Form):
    """A form with one file and several."""

    file = CleanFileField(required=False)
    files = CleanFilesField(required=False, most=3)


@takes_files(3)
def send(request: HttpRequest) -> HttpResponse:
    """Answer with the kinds of what came, or with what is wrong."""
    form = SendForm(request.POST, request.FILES)
    if not form.is_valid():
        return HttpResponse(form.errors.as_json(), status=422)
    cleaned = [form.cleaned_data["file"], *form.cleaned_data["files"]]
    return HttpResponse(" ".join(file.kind for file in cleaned if file))


urlpatterns = [path("send/", send), *qa_forum.urls.urlpatterns]
handler400, handler404 = qa_forum.urls.handler400, qa_forum.urls.handler404
pytestmark = pytest.mark.urls(__name__)


@pytest.fixture(autouse=True)
def _nothing_stays(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Give each test places of its own, and see that neither a child nor a file is left there but what was stored."""
    settings.VAR_DIR = tmp_path / "var"
    settings.PRIVATE_ROOT = tmp_path / "private"
    yield
    assert [child for child in children() if child.is_running()] == []
    slots = {str(number) for number in range(uploads.CHILDREN)}
    found = [path for path in (tmp_path / "var").rglob("*") if path.is_file()]
    assert {path.name for path in found} <= slots and not any(path.stat().st_size for path in found)


def children() -> list[psutil.Process]:
    """Return the children of this process that open files."""
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            if reencode.__file__ in child.cmdline():
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


def cleaned(content: bytes) -> CleanFile:
    return clean_upload(io.BytesIO(content))


def refusal(content: bytes) -> UploadRefused:
    with pytest.raises(UploadRefused) as caught:
        cleaned(content)
    return caught.value


def pixels(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def drawn(content: bytes) -> Image.Image:
    """Return the first page of a PDF as a picture."""
    document = pypdfium2.PdfDocument(content)
    picture = document[0].render().to_pil().convert("RGB")
    document.close()
    return picture


# --- The corpus ------------------------------------------------------------------------------------------


def test_the_corpus_is_large():
    assert len(REFUSED) >= 60 and len(bad_files.NEUTRALISED) >= 40


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_file_is_refused_in_words(name: str, caplog: pytest.LogCaptureFixture):
    content, code = REFUSED[name]
    caplog.set_level(logging.DEBUG)

    refused = refusal(content)

    assert (refused.code, refused.messages) == (code, [uploads.WORDS[code]])
    assert all(record.name == "moderation.uploads" for record in caplog.records)
    assert all(re.fullmatch(r"A child that opened a \w+ ended with -\d+\.", m) for m in caplog.messages)


@pytest.mark.parametrize("name", bad_files.NEUTRALISED)
def test_a_file_with_more_than_it_shows_loses_that(name: str):
    content = bad_files.NEUTRALISED[name]

    clean = cleaned(content)

    assert clean.content != content
    assert [sign for sign in SIGNS if sign in clean.content] == []
    # Nothing hides behind the end either.
    ends = {"jpeg": b"\xff\xd9", "png": b"IEND\xaeB`\x82", "pdf": b"%%EOF\n", "webp": b""}
    assert clean.content.endswith(ends[clean.kind])
    if clean.kind == "webp":
        assert len(clean.content) == int.from_bytes(clean.content[4:8], "little") + 8


@pytest.mark.parametrize("name", GOOD)
def test_a_good_picture_stays_what_it_shows(name: str):
    content, kind = GOOD[name]

    clean = cleaned(content)

    assert (clean.kind, clean.content_type) == (kind, f"image/{kind}")
    assert [sign for sign in SIGNS if sign in clean.content] == []
    before, after = pixels(content), pixels(clean.content)
    assert after.size == before.size
    assert not after.getexif() and not after.info.keys() & {"exif", "icc_profile", "xmp", "comment", "Author"}
    if before.mode != "I;16":
        small = [image.convert("RGBA").resize((8, 6), Image.Resampling.BOX) for image in (before, after)]
        opaque = [Image.alpha_composite(Image.new("RGBA", (8, 6), "white"), image).tobytes() for image in small]
        assert max(abs(a - b) for a, b in zip(*opaque, strict=True)) <= 24


# --- Pictures --------------------------------------------------------------------------------------------


def test_a_picture_that_lay_on_its_side_stands_upright():
    image = Image.new("RGB", (60, 20), "white")
    image.paste("red", (0, 0, 20, 20))

    clean = pixels(cleaned(encoded(image, "JPEG", exif=bad_files.exif(orientation=6), quality=95)).content)

    assert clean.size == (20, 60)
    assert clean.getpixel((10, 10))[1] < 40 and clean.getpixel((10, 50))[1] > 220


def test_a_picture_of_16_bits_keeps_its_greys():
    image = Image.new("I;16", (20, 20), 40_000)

    assert pixels(cleaned(encoded(image, "PNG")).content).getpixel((5, 5)) == 40_000 // 256


def test_what_is_clear_stays_clear():
    image = Image.new("P", (20, 20), 3)
    image.putpalette([9] * 768)

    clean = pixels(cleaned(encoded(image, "PNG", transparency=3)).content)

    assert clean.mode == "RGBA" and clean.getpixel((5, 5))[3] == 0


def test_colours_of_another_profile_look_the_same():
    # Of a profile in which red and blue have changed places.
    profile = bad_files.profile()
    table = {profile[i : i + 4]: i for i in range(132, 132 + 12 * int.from_bytes(profile[128:132], "big"), 12)}
    red, blue = (slice(table[tag] + 4, table[tag] + 12) for tag in (b"rXYZ", b"bXYZ"))
    swapped = bytearray(profile)
    swapped[red], swapped[blue] = profile[blue], profile[red]

    clean = cleaned(encoded(Image.new("RGB", (20, 20), "red"), "PNG", icc_profile=bytes(swapped)))

    red_now, _, blue_now = pixels(clean.content).getpixel((5, 5))
    assert red_now < 40 and blue_now > 200


def test_a_photo_of_24_megapixels_is_taken():
    # 5712 by 4284 is what phones call 24 megapixels.
    content = encoded(Image.linear_gradient("L").resize((5712, 4284)).convert("RGB"), "JPEG")

    assert pixels(cleaned(content).content).size == (5712, 4284)


def test_a_file_of_exactly_8_mebibytes_is_taken():
    assert cleaned(JPEG + b"\0" * (8 * MEBIBYTE - len(JPEG))).kind == "jpeg"


# --- PDF -------------------------------------------------------------------------------------------------


def test_a_pdf_keeps_its_pages_as_they_look():
    content = bad_files.many_pages(3)

    clean = cleaned(content)

    assert (clean.kind, clean.content_type) == ("pdf", "application/pdf")
    document = pypdfium2.PdfDocument(clean.content)
    assert [document[n].get_size() for n in range(len(document))] == [(200.0, 100.0)] * 3
    assert document.get_metadata_dict(skip_empty=True) == {}
    assert document[0].get_textpage().get_text_range() == ""
    document.close()
    red, green, _ = drawn(clean.content).getpixel((70, 50))
    assert red > 200 and green < 60
    assert drawn(clean.content).getpixel((190, 5)) > (240, 240, 240)


def test_a_pdf_of_as_many_pages_as_may_be_is_taken():
    document = pypdfium2.PdfDocument(cleaned(bad_files.many_pages(reencode.MOST_PAGES)).content)

    assert len(document) == reencode.MOST_PAGES
    document.close()


def test_a_turned_page_stands_upright():
    document = pypdfium2.PdfDocument(cleaned(pdf(page=b"/Rotate 90")).content)

    assert document[0].get_size() == (100.0, 200.0)
    document.close()


def test_what_was_typed_into_a_form_is_on_the_page():
    filled = stream(b"0 0 1 rg 0 0 90 90 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 90 90]")
    field = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(b)/F 4/Rect[105 5 195 95]/AP<</N 5 0 R>>>>"
    content = pdf(filled, field, b"<</Fields[6 0 R]>>", catalog=b"/AcroForm 7 0 R", page=b"/Annots[6 0 R]")

    red, _, blue = drawn(cleaned(content).content).getpixel((150, 80))

    assert blue > 200 and red < 80


def test_a_very_large_page_is_drawn_more_coarsely():
    clean = cleaned(pdf().replace(b"[0 0 200 100]", b"[0 0 9999 9999]"))

    (width, height), *_ = re.findall(rb"/Width (\d+)/Height (\d+)", clean.content)
    assert int(width) > 2000 and int(width) * int(height) <= 1.01 * reencode.MOST_PAGE_PIXELS


# --- Limits of the child ---------------------------------------------------------------------------------


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def test_a_child_that_takes_too_much_time_is_ended_by_the_system(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(uploads, "CPU_SECONDS", 1)
    begun = time.monotonic()

    assert refusal(bad_files.laughs(12, 10)).code == "heavy"

    assert time.monotonic() - begun < 8
    assert warnings_of(caplog) == ["A child that opened a pdf ended with -9."]


def test_a_child_that_does_not_answer_is_ended_by_the_clock(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(uploads, "WALL_SECONDS", 0.4)
    begun = time.monotonic()

    assert refusal(bad_files.laughs(12, 10)).code == "heavy"

    assert time.monotonic() - begun < 4
    assert warnings_of(caplog) == ["A child that opened a pdf ended with -9."]


def test_a_child_that_takes_too_much_memory_gets_none(monkeypatch: pytest.MonkeyPatch):
    content = encoded(Image.new("RGB", (4900, 4900)), "PNG")
    assert cleaned(content).kind == "png"
    monkeypatch.setattr(uploads, "MEMORY", 128 * MEBIBYTE)

    assert refusal(content).code == "heavy"


def test_what_comes_out_too_large_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    # The one number that a child knows by itself: here it runs with a smaller one.
    source = Path(reencode.__file__).read_text()
    smaller = tmp_path / "reencode.py"
    smaller.write_text(source.replace("MOST_WRITTEN = 24 * 1024 * 1024", "MOST_WRITTEN = 1000"))
    monkeypatch.setattr(reencode, "__file__", str(smaller))

    assert {refusal(content).code for content in (JPEG, PNG, WEBP, PDF)} == {"heavy"}


def in_child(script: str) -> subprocess.CompletedProcess[str]:
    """Run a script under the limits of a child."""
    folder = os.path.dirname(reencode.__file__)
    begin = f"import os, sys; sys.path.insert(0, {folder!r}); import reencode; reencode.limit(5, {uploads.MEMORY})\n"
    return subprocess.run(
        [sys.executable, "-I", "-B", "-c", begin + script], capture_output=True, text=True, check=False, timeout=30
    )


def test_a_child_can_write_no_file(tmp_path: Path):
    path = os.fspath(tmp_path / "x")

    done = in_child(f"os.write(os.open({path!r}, os.O_WRONLY | os.O_CREAT), b'x')")

    assert done.returncode != 0 and "File too large" in done.stderr
    assert (tmp_path / "x").stat().st_size == 0


def test_a_child_cannot_lift_its_limits():
    done = in_child(
        "import resource; print({resource.getrlimit(w) for w in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE)})"
    )

    assert done.stdout == "{(0, 0)}\n"


def test_a_child_knows_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("SECRET_KEY", SECRET.decode())
    teller = tmp_path / "reencode.py"
    teller.write_text("import os, sys; sys.stdin.read(); print('done'); print(dict(os.environ), os.getcwd(), sys.path)")
    monkeypatch.setattr(reencode, "__file__", str(teller))

    told = cleaned(JPEG.replace(SECRET, b"")).content.decode()

    assert SECRET.decode() not in told and "DJANGO" not in told
    assert os.fspath(tmp_path) not in told


@pytest.mark.parametrize(
    "script",
    {
        "says nothing": "",
        "says something else": "print('hello')",
        "ends with a code": "print('done'); sys.stdout.flush(); sys.exit(3)",
        "reads nothing and waits": "import time; time.sleep(60)",
        "closes its answer and waits": "import os, time; os.close(1); time.sleep(60)",
        "answers without end": "[print('done' * 10000) for _ in iter(int, 1)]",
        "leaves a child of its own": "import os, time\nif os.fork(): os._exit(0)\ntime.sleep(60)",
        "is a parent itself": "import os, time; os.fork() or time.sleep(0.2); sys.exit(1)",
    }.items(),
    ids=lambda case: case[0],
)
def test_a_child_that_was_taken_over_gains_nothing(
    script: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    taken = tmp_path / "reencode.py"
    taken.write_text(f"import sys\n{script[1]}\n")
    monkeypatch.setattr(reencode, "__file__", str(taken))
    monkeypatch.setattr(uploads, "WALL_SECONDS", 0.5)

    begun = time.monotonic()

    assert refusal(JPEG + b"\0" * MEBIBYTE).code in {"broken", "heavy"}

    assert time.monotonic() - begun < 5
    orphans = [process for process in psutil.process_iter(["cmdline"]) if str(taken) in (process.info["cmdline"] or [])]
    psutil.wait_procs(orphans, timeout=1)
    assert not [process for process in orphans if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


# --- How many at once ------------------------------------------------------------------------------------


def test_only_so_many_children_run_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(uploads, "WAIT_FOR_CHILD", 60.0)
    most, kinds = [0], []
    senders = [threading.Thread(target=lambda: kinds.append(cleaned(PDF).kind)) for _ in range(6)]
    for sender in senders:
        sender.start()
    while any(sender.is_alive() for sender in senders):
        most.append(len(children()))

    assert kinds == ["pdf"] * 6
    assert 1 <= max(most) <= uploads.CHILDREN


def test_whoever_comes_while_all_places_are_taken_is_told_to_wait(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(uploads, "WAIT_FOR_CHILD", 0.1)
    places = [uploads._take_slot() for _ in range(uploads.CHILDREN)]
    assert None not in places

    assert refusal(JPEG).messages == ["Many files are coming in right now. Send yours again in a minute."]

    for place in places:
        os.close(place)
    assert cleaned(JPEG).kind == "jpeg"


def test_a_refusal_gives_the_place_back():
    for _ in range(uploads.CHILDREN + 1):
        assert refusal(PNG[:200]).code == "broken"


# --- The form --------------------------------------------------------------------------------------------

NAMES = {
    "of a parent": "../../../../etc/cron.d/x.jpg",
    "of a parent on windows": "..\\..\\windows\\x.jpg",
    "whole": "/etc/passwd",
    "with a nul": "photo.php\0.jpg",
    "of 255 letters": "a" * 255,
    "of 5000 letters": "a" * 5000 + ".jpg",
    "of 5000 wide letters": "\U0001f600" * 5000 + ".jpg",
    "turned round": "photo\u202egpj.exe",
    "hidden": ".htaccess",
    "of a device": "con.jpg",
    "of a stream": "photo.jpg::$DATA",
    "with two endings": "photo.jpg.php",
    "without an ending": "photo",
    "with a script": "<script>alert(1)</script>.jpg",
    "with a command": "$(touch x);`id`|x.jpg",
    "with lines": "photo.jpg\r\nX-Evil: 1",
    "with a quotation mark": 'photo".jpg',
    "of blanks": "   ",
    "of dots": "...",
    "of broken utf-8": b"\xff\xfe\xed\xa0\x80.jpg".decode("utf-8", "surrogateescape"),
    "with %00": "photo%00.php.jpg",
}


def send_named(client: Client, name: str, content: bytes) -> Any:
    """Send a file under a name as no browser would: byte for byte."""
    head = f'--limit\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    body = head.encode("utf-8", "surrogateescape") + b"Content-Type: text/html\r\n\r\n" + content + b"\r\n--limit--\r\n"
    return client.post("/send/", body, content_type="multipart/form-data; boundary=limit")


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_a_name_says_nothing_and_does_nothing(name: str, client: Client, tmp_path: Path, capfd: Any):
    response = send_named(client, NAMES[name], JPEG)

    if "5000" in name:
        # No file has such a name on any system: Django refuses what is no header.
        assert response.status_code == 400 and b"<h1>" in response.content
    else:
        # A name without anything in it is, to Django, no file.
        assert (response.status_code, response.content) in [(200, b"jpeg"), (200, b"")]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] in (["0"], [])
    assert capfd.readouterr().err == ""


def test_the_field_offers_files_of_our_kinds_only():
    html = str(SendForm()["file"])

    assert 'accept="application/pdf,image/jpeg,image/png,image/webp"' in html
    assert 'type="file"' in html and " multiple" not in html
    assert " multiple" in str(SendForm()["files"])
    page = render_crispy_form(SendForm())
    assert 'enctype="multipart/form-data"' in page and page.count(' class="control"') == 2


@pytest.mark.django_db
def test_a_form_tells_what_is_wrong_with_which_file(client: Client):
    files = [SimpleUploadedFile(f"{SECRET.decode()}.jpg", content) for content in (JPEG, b"GIF89a", PNG[:300])]

    response = client.post("/send/", {"files": files})

    assert response.status_code == 422
    messages = [fault["message"] for fault in json.loads(response.content)["files"]]
    assert messages == [f"File 2: {uploads.WORDS['kind']}", f"File 3: {uploads.WORDS['broken']}"]
    assert SECRET not in response.content


@pytest.mark.django_db
def test_several_files_are_taken_up_to_a_number(client: Client):
    def post(count: int) -> Any:
        return client.post("/send/", {"files": [SimpleUploadedFile("x", JPEG) for _ in range(count)]})

    assert post(3).content == b"jpeg jpeg jpeg"
    assert post(4).status_code == 422 and "Send at most 3 files at once." in post(4).text
    assert post(0).content == b""
    assert client.post("/send/", {"file": SimpleUploadedFile("x", b"")}).status_code == 422
    assert post(11).status_code == 400


def test_a_file_that_must_come_is_asked_for():
    class Demanding(forms.Form):
        file = CleanFileField()
        files = CleanFilesField()

    assert Demanding({}, {}).errors.keys() == {"file", "files"}


def test_files_that_take_long_together_are_refused_in_words(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("moderation.forms.SECONDS_FOR_ALL", -1.0)

    with pytest.raises(ValidationError) as caught:
        CleanFilesField().clean([SimpleUploadedFile("x", JPEG)])

    assert caught.value.messages == [uploads.WORDS["many"]]


def test_the_size_is_measured_and_not_believed():
    file = SimpleUploadedFile("x.pdf", PDF + b"\0" * (8 * MEBIBYTE), content_type="application/pdf")
    file.size = 10

    with pytest.raises(UploadRefused, match="larger than 8 MB"):
        clean_upload(file)


@pytest.mark.django_db
def test_a_body_may_be_as_large_as_its_files_where_a_view_takes_them(client: Client):
    large = JPEG + b"\0" * (8 * MEBIBYTE - len(JPEG))

    def post(address: str, count: int) -> Any:
        return client.post(address, {f"x{n}": SimpleUploadedFile("x", large) for n in range(count)})

    assert post("/send/", 3).status_code == 200
    assert post("/send/", 4).status_code == 413
    assert post("/questions/ask/", 1).status_code == 413
    assert post("/nowhere/", 1).status_code == 413
    assert client.put("/send/", large).status_code == 413
    assert client.post("/send/", {"words": "a" * 2 * MEBIBYTE}).status_code == 413


# --- Where files lie, and how they are handed out --------------------------------------------------------


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    "name", ["file.jpeg", "../../x.php", "/etc/passwd", "a" * 5000, "x\0.pdf", "", "..", ".jpeg/.."]
)
def test_a_file_is_stored_under_a_random_name_for_the_site_alone(name: str, tmp_path: Path):
    storage, old = PrivateStorage(), os.umask(0)
    try:
        names = {storage.save(name or None, CleanFile(JPEG, "jpeg").as_file()) for _ in range(2)}
    finally:
        os.umask(old)

    assert len(names) == 2
    for stored in names:
        assert re.fullmatch(r"([0-9a-f]{2})/([0-9a-f]{2})/\1\2[0-9a-f]{28}(\.jpeg|\.pdf)?", stored)
        place = tmp_path / "private" / stored
        assert place.read_bytes() == JPEG and mode_of(place) == 0o600
        assert {mode_of(folder) for folder in list(place.parents)[:3]} == {0o700}
        with pytest.raises(ValueError, match="no address"):
            storage.url(stored)
        storage.delete(stored)
        assert not place.exists()
    assert storage.base_url is None


@isolate_apps("moderation")
def test_a_field_of_a_model_stores_in_private(tmp_path: Path):
    class Paper(models.Model):  # noqa: DJ008
        file = models.FileField(storage=PrivateStorage(), max_length=60)

        class Meta:
            app_label = "moderation"

    paper = Paper()
    paper.file.save("diploma of somebody.pdf", CleanFile(PDF, "pdf").as_file(), save=False)

    assert "diploma" not in paper.file.name and paper.file.name.endswith(".pdf")
    assert (tmp_path / "private" / paper.file.name).read_bytes() == PDF
    assert Paper._meta.get_field("file").deconstruct()[3]["storage"].deconstruct()[0].endswith(".PrivateStorage")


@pytest.mark.parametrize(
    ("kind", "way"), [("pdf", "attachment"), ("jpeg", "inline"), ("png", "inline"), ("webp", "inline")]
)
def test_a_private_file_is_handed_out_so_that_nothing_runs(kind: uploads.Kind, way: str):
    response = serve_privately(JPEG, kind, 'Licence "of"\r\nX: y/../ü')

    assert response.content == JPEG
    assert response["Content-Type"] == uploads.CONTENT_TYPES[kind]
    assert response["Content-Disposition"].startswith(way)
    assert re.fullmatch(rf'(inline|attachment); filename="licence-of-x-yu\.{kind}"', response["Content-Disposition"])
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
    assert response["Cache-Control"] == "private, no-store"


def test_private_files_never_lie_in_a_served_folder(settings: Any, tmp_path: Path):
    def faults(private: Path) -> list[str]:
        settings.PRIVATE_ROOT = private
        return [fault.msg.split(" lie")[0] for fault in run_checks(tags=["security"]) if fault.id == "qa_forum.E002"]

    settings.MEDIA_ROOT, settings.STATIC_ROOT = tmp_path / "media", tmp_path / "static"
    (tmp_path / "link").symlink_to(tmp_path / "static")

    assert faults(tmp_path / "private") == []
    assert faults(tmp_path / "media-private") == []
    assert faults(tmp_path / "media") == faults(tmp_path / "media/x") == ["PRIVATE_ROOT and MEDIA_ROOT"]
    assert faults(tmp_path / "static/x") == faults(tmp_path / "link/x") == ["PRIVATE_ROOT and STATIC_ROOT"]
    assert faults(tmp_path) == ["PRIVATE_ROOT and MEDIA_ROOT", "PRIVATE_ROOT and STATIC_ROOT"]
    assert faults(settings.STATICFILES_DIRS[0] / "x") == ["PRIVATE_ROOT and STATICFILES_DIRS"]
