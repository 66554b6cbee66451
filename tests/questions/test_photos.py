"""Photos of a question: who adds, sees, describes, releases and removes them, and where they are when they are gone."""

import io
import os
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from accounts.belongings import close_account, export, preview
from accounts.models import User
from accounts.visitors import Voter
from doctors.services.documents import sweep_files
from moderation.disputes import erase_what_is_over
from moderation.models import AuditEntry, Case, Decision, Hold
from moderation.registry import kind_of
from moderation.services import CleanFile, appeal, decide, decide_case, erase_removed, report
from moderation.services.people import hide_everything, sanction
from moderation.states import Action, CannotFollow
from questions.models import Question, QuestionPhoto
from questions.services import add_photo, describe_photo, hide_question, remove_photo, withdraw_question
from tests.crowd import all_at_once
from tests.factories import ModeratorFactory, QuestionFactory, QuestionPhotoFactory, UserFactory, publishing, sign_in
from tests.mailing import delivered
from tests.moderation import bad_files
from tests.moderation.test_report_pages import decide as decide_on_page
from tests.reading import Page

pytestmark = pytest.mark.django_db

WORDS = "Red patches on a forearm"
WHY = {"rule": 1, "reason": "It shows a face."}


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """Return the folder of private files, empty."""
    settings.PRIVATE_ROOT = tmp_path / "private"
    settings.PRIVATE_ROOT.mkdir()
    return settings.PRIVATE_ROOT


@pytest.fixture
def mine(client: Client) -> Question:
    """Return a public question of whoever is signed in to ``client``."""
    question = QuestionFactory()
    client.force_login(question.asker)
    return question


def taken(colour: str = "navy", form: str = "JPEG", size: tuple[int, int] = (40, 30)) -> bytes:
    """Return a photo as a telephone makes it, with the place where it was taken."""
    held = io.BytesIO()
    exif = Image.Exif()
    exif[0x0110] = "A telephone"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 36.0)})
    options = {} if form == "PNG" else {"exif": exif}
    Image.new("RGB", size, colour).save(held, form, **options)
    return held.getvalue()


def sent(content: bytes | None = None, name: str = "Ada's arm.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, taken() if content is None else content, "image/jpeg")


def clean(colour: str = "navy") -> CleanFile:
    """Return a photo as the guard hands it on."""
    held = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(held, "PNG")
    return CleanFile(held.getvalue(), "png")


def waiting(question: Question, colour: str = "navy", alt: str = WORDS) -> QuestionPhoto:
    """Return a photo that waits for a moderator."""
    photo = add_photo(question.pk, asker=question.asker, file=clean(colour))
    return describe_photo(photo.pk, asker=question.asker, alt=alt)


def decided(photo: QuestionPhoto, action: Action = Action.PUBLISH) -> QuestionPhoto:
    """Return a photo that a moderator decided on."""
    why = WHY if action != Action.PUBLISH else {"rule": None, "reason": ""}
    with transaction.atomic():
        decide(kind_of(photo).lock(photo.pk), action=action, moderator=ModeratorFactory(), **why)
    photo.refresh_from_db()
    return photo


def released(question: Question, colour: str = "navy", alt: str = WORDS) -> QuestionPhoto:
    return decided(waiting(question, colour, alt))


def files_in(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def page_of(question: Question) -> str:
    return f"/questions/{question.pk}/photos/"


def add(client: Client, question: Question, file: Any = None, alt: str = WORDS) -> Any:
    return client.post(page_of(question), {"photo": sent() if file is None else file, "alt": alt})


# --- Adding --------------------------------------------------------------------------------------------------


def test_a_photo_is_kept_for_its_asker_alone_and_a_moderator_is_asked(client: Client, mine: Question, folder: Path):
    response = add(client, mine)

    assert (response.status_code, response["Location"]) == (302, page_of(mine))
    photo = QuestionPhoto.objects.get()
    assert (photo.position, photo.state, photo.held_for, photo.alt) == (1, "held", ["photo"], WORDS)
    assert (photo.width, photo.height, photo.format) == (40, 30, "jpeg")
    case = Case.objects.get()
    assert (case.subject_kind, case.subject_id, case.cause) == ("questions.questionphoto", photo.pk, "held")
    assert not [path for path in folder.rglob("*") if "Ada" in path.name or "arm" in path.name]
    page = Page(client.get(page_of(mine)))
    assert "waits for a moderator" in page
    assert "A moderator looks at each photo before others can see it." in page
    assert "photo" not in Page(Client().get(mine.get_absolute_url()))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_the_picture_is_kept(client: Client, mine: Question, folder: Path, form: str):
    add(client, mine, sent(taken(form=form)))

    (kept,) = (path for path in folder.rglob("*") if path.is_file())
    content, picture = kept.read_bytes(), Image.open(kept)
    assert (picture.format, picture.size, dict(picture.getexif())) == (form, (40, 30), {})
    assert not any(sign in content for sign in (b"Exif", b"EXIF", b"GPS", b"telephone", b"XMP"))
    assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("size", "kept"), [((4000, 3000), (2000, 1500)), ((1000, 3000), (667, 2000))])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_large_photo_is_made_smaller(client: Client, mine: Question, form: str, size: tuple, kept: tuple):
    assert add(client, mine, sent(taken(size=size, form=form))).status_code == 302

    photo = QuestionPhoto.objects.get()
    assert (photo.width, photo.height) == Image.open(photo.file).size == kept


def test_a_palette_is_made_smaller_in_true_colours(client: Client, mine: Question):
    held = io.BytesIO()
    Image.new("P", (3000, 100)).save(held, "PNG")

    assert add(client, mine, sent(held.getvalue())).status_code == 302
    assert Image.open(QuestionPhoto.objects.get().file).mode == "RGB"


def with_script(content: bytes) -> bytes:
    return content + b"<script>alert(1)</script><svg onload=alert(1)>"


def test_of_a_picture_that_is_a_page_too_only_the_picture_is_kept(client: Client, mine: Question, folder: Path):
    assert add(client, mine, sent(with_script(taken()))).status_code == 302

    (kept,) = (path for path in folder.rglob("*") if path.is_file())
    assert b"script" not in kept.read_bytes()


BAD = {
    "an SVG": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "This is not a photo we can take"),
    "a page": (b"<!doctype html><script>alert(1)</script>", "This is not a photo we can take"),
    "a PDF": (bad_files.PDF, "This is not a photo we can take. Save it as JPEG, PNG or WebP"),
    "a GIF": (b"GIF89a" + b"\0" * 40, "This is not a photo we can take"),
    "a page before a picture": (b"<script>" + taken(), "This is not a photo we can take"),
    "nothing": (b"", "The photo is empty"),
    "half a photo": (taken(size=(400, 300))[:700], "We could not open the photo"),
    "a bomb of pixels": (
        bad_files.png(bad_files.header(30_000, 30_000), bad_files.chunk(b"IDAT", bad_files.ZEROS)),
        "more than 24 megapixels",
    ),
    "too many bytes": (taken() + b"\0" * (8 * 1024 * 1024), "The photo is larger than 8 MB"),
}


@pytest.mark.parametrize("fault", BAD)
def test_what_is_no_photo_is_refused_first_in_plain_words(client: Client, mine: Question, folder: Path, fault: str):
    content, words = BAD[fault]

    response = add(client, mine, sent(content))

    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert page.index('class="errors') < page.index("<h1>")
    assert "<title>Error: " in page
    assert Page(response).form(action=page_of(mine))["alt"].strip() == WORDS
    assert not QuestionPhoto.objects.exists()
    assert files_in(folder) == 0


def test_without_a_file_the_words_come_back(client: Client, mine: Question):
    response = client.post(page_of(mine), {"alt": WORDS})

    assert response.status_code == 422
    assert "Choose a photo" in Page(response)
    assert Page(response).form(action=page_of(mine))["alt"].strip() == WORDS


@pytest.mark.parametrize(
    ("alt", "words"),
    [
        ("", "Say in one sentence what the photo shows"),
        (" \u200b ", "Say in one sentence what the photo shows"),
        ("a" * 201, "Shorten what the photo shows to 200 characters"),
    ],
)
def test_a_photo_is_kept_though_its_words_are_refused(client: Client, mine: Question, alt: str, words: str):
    response = add(client, mine, alt=alt)

    photo = QuestionPhoto.objects.get()
    page = Page(response)
    assert response.status_code == 422
    assert words in page
    assert "You need not choose it again" in page
    assert page.form(action=f"/photos/{photo.pk}/describe/")["alt"].strip() == alt.replace("\u200b", "").strip()
    # Nobody is asked to look at what nobody described.
    assert (photo.state, photo.alt, Case.objects.count()) == ("held", "", 0)
    assert "not sent yet" in Page(client.get(page_of(mine)))


def test_words_that_lead_to_a_person_wait_for_a_choice_and_the_photo_is_kept(client: Client, mine: Question):
    response = add(client, mine, alt="Red patches, write to ada@mail.example")

    photo = QuestionPhoto.objects.get()
    page = Page(response)
    assert response.status_code == 200
    assert "Check for personal details" in page
    assert photo.alt == ""
    form = page.form(action=f"/photos/{photo.pk}/describe/")
    done = client.post(f"/photos/{photo.pk}/describe/", {**form, "redact": "all"})
    assert "Nothing is marked any more" in Page(done)
    form = Page(done).form(action=f"/photos/{photo.pk}/describe/")
    assert client.post(f"/photos/{photo.pk}/describe/", {**form, "kept": kept_stamp(done)}).status_code == 302
    photo.refresh_from_db()
    assert "Red patches" in photo.alt
    assert "mail.example" not in photo.alt


def kept_stamp(response: Any) -> str:
    return next(tag["value"] for tag in Page(response).all("button", name="kept"))


def test_ways_to_reach_somebody_never_go_in(client: Client, mine: Question):
    photo = add_photo(mine.pk, asker=mine.asker, file=clean())

    response = client.post(f"/photos/{photo.pk}/describe/", {"alt": "Ring 030 1234567 now", "kept": "any"})

    photo.refresh_from_db()
    assert response.status_code in (200, 422)
    assert photo.alt == ""


def test_words_that_sound_like_an_emergency_show_the_number_first(client: Client, mine: Question):
    said = "My lips and tongue are swelling and I cannot breathe"

    response = add(client, mine, alt=said)

    photo = QuestionPhoto.objects.get()
    page = Page(response)
    assert "112, 911 or 999" in page
    assert photo.alt == ""
    form = page.form(action=f"/photos/{photo.pk}/describe/")
    assert client.post(f"/photos/{photo.pk}/describe/", {**form, "not_now": "anaphylaxis breathing"}).status_code == 302
    photo.refresh_from_db()
    mine.refresh_from_db()
    assert photo.alt == said
    assert mine.is_urgent
    assert Case.objects.filter(subject_kind="questions.question", cause="emergency").exists()


@pytest.mark.parametrize(
    "alt", ["My left eye is red", "Rash on my chest and neck", "Red patches on the inside of my left arm, third day"]
)
def test_plain_words_for_what_a_photo_shows_stop_nobody(client: Client, mine: Question, alt: str):
    assert add(client, mine, alt=alt).status_code == 302
    assert QuestionPhoto.objects.get().alt == alt


def test_back_from_the_guard_the_words_are_in_the_form(client: Client, mine: Question):
    photo = add_photo(mine.pk, asker=mine.asker, file=clean())

    response = client.post(f"/photos/{photo.pk}/describe/", {"alt": "of Ada", "back": "1"})

    assert Page(response).form(action=f"/photos/{photo.pk}/describe/")["alt"].strip() == "of Ada"


def test_the_same_photo_twice_is_one(client: Client, mine: Question, folder: Path):
    for _ in range(2):
        assert add(client, mine).status_code == 302

    assert (QuestionPhoto.objects.count(), files_in(folder), Case.objects.count()) == (1, 1, 1)


def test_a_fourth_photo_is_refused_and_the_place_of_a_removed_one_is_free(
    client: Client, mine: Question, folder: Path, django_capture_on_commit_callbacks: Any
):
    photos = [waiting(mine, colour) for colour in ("navy", "olive", "teal")]
    assert [photo.position for photo in photos] == [1, 2, 3]

    response = add(client, mine)

    assert response.status_code == 422
    assert "There are 3 photos with your question, as many as there may be. Remove one" in Page(response)
    assert (QuestionPhoto.objects.count(), files_in(folder)) == (3, 3)
    assert 'type="file"' not in client.get(page_of(mine)).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        remove_photo(photos[1].pk, asker=mine.asker)
    assert add(client, mine).status_code == 302
    assert QuestionPhoto.objects.get(position=2).format == "jpeg"
    assert files_in(folder) == 3


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_gets_the_third_place_and_no_file_is_left_over(folder: Path):
    question = QuestionFactory()
    for colour in ("navy", "olive"):
        add_photo(question.pk, asker=question.asker, file=clean(colour))

    def send(colour: str) -> Any:
        return lambda: add_photo(question.pk, asker=question.asker, file=clean(colour))

    outcomes = all_at_once([send("teal"), send("red")])

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["QuestionPhoto", "ValidationError"]
    assert (question.photos.count(), files_in(folder)) == (3, 3)


@pytest.mark.django_db(transaction=True)
def test_the_same_photo_four_times_at_once_is_one(folder: Path):
    question = QuestionFactory()

    all_at_once([lambda: add_photo(question.pk, asker=question.asker, file=clean())] * 4)

    assert (question.photos.count(), files_in(folder)) == (1, 1)


def test_a_twenty_first_photo_of_a_day_waits_and_its_words_come_back(client: Client, mine: Question):
    for number in range(20):
        add(client, mine, sent(str(number).encode()))

    response = add(client, mine)

    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "That is enough for today" in Page(response)
    assert Page(response).form(action=page_of(mine))["alt"].strip() == WORDS
    assert not QuestionPhoto.objects.exists()


def test_a_body_past_one_photo_is_refused_before_it_is_opened(client: Client, mine: Question):
    body = b"x" * (10 * 1024 * 1024)

    response = client.generic("POST", page_of(mine), body, content_type="multipart/form-data; boundary=b")

    assert response.status_code == 413


def test_adding_and_removing_need_the_forms_token(folder: Path):
    question, client = QuestionFactory(), Client(enforce_csrf_checks=True)
    client.force_login(question.asker)

    assert add(client, question).status_code == 403
    token = Page(client.get(page_of(question))).form(action=page_of(question))["csrfmiddlewaretoken"]
    said = {"photo": sent(), "alt": WORDS, "csrfmiddlewaretoken": token}
    assert client.post(page_of(question), said).status_code == 302
    photo = question.photos.get()
    assert client.post(f"/photos/{photo.pk}/remove/").status_code == 403
    assert client.post(f"/photos/{photo.pk}/remove/", {"csrfmiddlewaretoken": token}).status_code == 302
    assert not question.photos.kept()


def test_nobody_but_the_asker_adds_describes_or_removes(mine: Question, folder: Path):
    photo = waiting(mine)
    for client in (sign_in(Client(), UserFactory()), sign_in(Client(), ModeratorFactory())):
        assert add(client, mine).status_code == 404
        assert client.get(page_of(mine)).status_code == 404
        assert client.post(f"/photos/{photo.pk}/describe/", {"alt": "x"}).status_code == 404
        assert client.post(f"/photos/{photo.pk}/remove/").status_code == 404
    for call in (
        lambda: add_photo(mine.pk, asker=UserFactory(), file=clean("red")),
        lambda: describe_photo(photo.pk, asker=UserFactory(), alt="x"),
        lambda: remove_photo(photo.pk, asker=UserFactory()),
    ):
        with pytest.raises(PermissionDenied):
            call()
    assert (QuestionPhoto.objects.kept().count(), files_in(folder)) == (1, 1)


def locked(question: Question) -> None:
    with transaction.atomic():
        decide(kind_of(question).lock(question.pk), action=Action.LOCK, moderator=ModeratorFactory(), **WHY)


@pytest.mark.parametrize(
    "stop",
    [locked, lambda q: hide_question(q.pk, moderator=None, **WHY), lambda q: withdraw_question(q.pk, asker=q.asker)],
    ids=["locked", "hidden", "withdrawn"],
)
def test_a_question_that_takes_nothing_takes_no_photos(client: Client, mine: Question, stop: Any, folder: Path):
    stop(mine)

    assert add(client, mine).status_code == 403
    assert 'type="file"' not in client.get(page_of(mine)).content.decode()
    assert files_in(folder) == 0


def test_a_suspended_person_adds_nothing(client: Client, mine: Question, folder: Path):
    sanction(mine.asker_id, kind="suspension", rule=1, reason="Why.", moderator=ModeratorFactory(), ends_at=in_a_week())

    assert add(client, mine).status_code == 403
    with pytest.raises(PermissionDenied):
        add_photo(mine.pk, asker=mine.asker, file=clean())
    assert files_in(folder) == 0


def test_of_somebody_who_is_limited_a_third_photo_of_a_day_waits(client: Client, mine: Question, folder: Path):
    sanction(mine.asker_id, kind="limit", rule=1, reason="Why.", moderator=ModeratorFactory(), ends_at=in_a_week())
    for colour in ("navy", "olive"):
        assert add(client, mine, sent(taken(colour))).status_code == 302

    response = add(client, mine, sent(taken("teal")))

    assert (response.status_code, files_in(folder)) == (429, 2)
    assert WORDS in response.content.decode()


def in_a_week() -> datetime:
    return timezone.now() + timedelta(days=7)


# --- Seeing --------------------------------------------------------------------------------------------------


def viewers(question: Question) -> dict[str, Client]:
    """Return a browser of everybody who might want to see a photo."""
    moderator = ModeratorFactory()
    return {
        "stranger": Client(),
        "patient": sign_in(Client(), UserFactory()),
        "asker": sign_in(Client(), question.asker, factor=False),
        "staff": sign_in(Client(), UserFactory(is_staff=True)),
        "moderator without the factor": sign_in(Client(), moderator, factor=False),
        "moderator": sign_in(Client(), moderator),
    }


def told(photo: QuestionPhoto, question: Question) -> dict[str, int]:
    return {role: client.get(f"/photos/{photo.pk}/").status_code for role, client in viewers(question).items()}


def statuses(other: int, **some: int) -> dict[str, int]:
    roles = ("stranger", "patient", "asker", "staff", "moderator without the factor", "moderator")
    return dict.fromkeys(roles, other) | some


def test_before_its_release_only_its_asker_and_moderators_with_a_second_factor_see_it(mine: Question):
    assert told(waiting(mine), mine) == statuses(404, asker=200, moderator=200)


def test_a_released_photo_is_for_all(mine: Question):
    assert told(released(mine), mine) == statuses(200)


def test_a_hidden_photo_is_gone_for_the_others(mine: Question):
    assert told(decided(released(mine), Action.HIDE), mine) == statuses(410, asker=200, moderator=200)


def test_a_released_photo_is_seen_with_its_question_only(mine: Question):
    photo = released(mine)

    hide_question(mine.pk, moderator=None, **WHY)
    assert told(photo, mine) == statuses(410, asker=200, moderator=200)

    other = QuestionFactory()
    photo = released(other)
    withdraw_question(other.pk, asker=other.asker)
    assert told(photo, other) == statuses(410, asker=200, moderator=200)


def test_what_its_asker_removed_is_gone_for_all(mine: Question):
    photo = released(mine)
    remove_photo(photo.pk, asker=mine.asker)

    assert told(photo, mine) == statuses(410)


def test_a_photo_whose_file_is_lost_is_not_there(client: Client, mine: Question, folder: Path):
    photo = released(mine)
    (folder / photo.file.name).unlink()

    assert client.get(f"/photos/{photo.pk}/").status_code == 404


NOTHING_RUNS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Type": "image/png",
}


def test_photos_of_a_withdrawn_question_are_removed_and_not_described(client: Client, mine: Question, folder: Path):
    photo = add_photo(mine.pk, asker=mine.asker, file=clean())
    withdraw_question(mine.pk, asker=mine.asker)

    assert client.post(f"/photos/{photo.pk}/describe/", {"alt": WORDS}).status_code == 403
    with pytest.raises(PermissionDenied):
        describe_photo(photo.pk, asker=mine.asker, alt=WORDS)
    assert f"/photos/{photo.pk}/remove/" in client.get(page_of(mine)).content.decode()
    assert client.post(f"/photos/{photo.pk}/remove/").status_code == 302
    assert not mine.photos.kept()


def test_nobody_keeps_a_photo_that_waits(client: Client, mine: Question):
    response = client.get(f"/photos/{waiting(mine).pk}/")

    assert {name: response[name] for name in NOTHING_RUNS} == NOTHING_RUNS
    assert response["Cache-Control"] == "private, no-store"
    assert "ETag" not in response


def test_a_released_photo_cannot_run_and_is_asked_for_anew_each_time(mine: Question):
    photo, stranger = released(mine), Client()

    first = stranger.get(f"/photos/{photo.pk}/")
    again = stranger.get(f"/photos/{photo.pk}/", headers={"If-None-Match": first["ETag"]})

    assert first.content == clean().content
    assert {name: first[name] for name in NOTHING_RUNS} == NOTHING_RUNS
    assert first["Content-Disposition"].startswith("inline")
    assert (first["Cache-Control"], first["X-Robots-Tag"]) == ("public, no-cache", "noindex")
    assert not first.cookies
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    decided(photo, Action.HIDE)
    gone = stranger.get(f"/photos/{photo.pk}/", headers={"If-None-Match": first["ETag"]})
    assert gone.status_code == 410


# --- On the question's page ----------------------------------------------------------------------------------


def test_the_page_shows_what_was_released_behind_a_warning_and_nothing_else(mine: Question):
    reader, address = Client(), mine.get_absolute_url()
    photo, other = waiting(mine), waiting(mine, "olive", "Somebody else's words")
    before = reader.get(address)
    assert not Page(before).all("img")

    decided(photo)
    after = reader.get(address, headers={"If-None-Match": before["ETag"]})

    page = Page(after)
    assert after.status_code == 200
    assert page.all("img") == [
        {
            "src": f"/photos/{photo.pk}/",
            "width": "40",
            "height": "30",
            "alt": "Photo 1, described below, in full size",
            "loading": "lazy",
            "decoding": "async",
        }
    ]
    assert "1 photo: may show skin or wounds" in page
    assert WORDS in page
    assert other.alt not in page
    assert f"/report/photo/{photo.pk}/" in page.links()
    content = after.content.decode()
    assert content.index("<details") < content.index("<img") < content.index("</details>")
    assert "<details open" not in content


def test_a_decision_shows_at_the_next_request(mine: Question):
    photo, reader, address = released(mine), Client(), mine.get_absolute_url()
    first = reader.get(address)
    assert reader.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304

    decided(photo, Action.REMOVE)

    second = reader.get(address, headers={"If-None-Match": first["ETag"]})
    assert (second.status_code, "may show skin" in Page(second)) == (200, False)


def test_photos_cost_the_page_no_query(mine: Question):
    address = mine.get_absolute_url()
    Client().get(address)
    counts = []
    for colour in ("navy", "olive"):
        released(mine, colour)
        with CaptureQueriesContext(connection) as queries:
            Client().get(address)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_the_asker_is_led_to_the_photos(client: Client, mine: Question):
    for address in (mine.get_absolute_url(), "/questions/mine/", f"/questions/{mine.pk}/edit/"):
        assert page_of(mine) in Page(client.get(address)).links(), address
    assert "You can add up to 3 photos next" in Page(client.get("/questions/ask/"))
    assert page_of(mine) not in Page(Client().get(mine.get_absolute_url())).links()


def test_the_page_warns_of_what_not_to_show(client: Client, mine: Question):
    page = Page(client.get(page_of(mine)))

    assert "Everybody can see it once a moderator has released it" in page
    assert "Show no face, no name" in page
    (control,) = page.all("input", type="file")
    assert control["accept"] == "image/jpeg,image/png,image/webp"


def test_photos_go_into_no_file_for_others(mine: Question):
    photo = released(mine)

    for address in ("/feeds/questions.atom", "/sitemap.xml"):
        assert f"/photos/{photo.pk}" not in Client().get(address).content.decode()


# --- Changing the words --------------------------------------------------------------------------------------


def test_new_words_of_a_released_photo_show_at_once_where_nothing_speaks_against_them(client: Client, mine: Question):
    photo = released(mine)

    assert client.post(f"/photos/{photo.pk}/describe/", {"alt": "Brown spots"}).status_code == 302

    photo.refresh_from_db()
    assert (photo.state, photo.alt) == ("published", "Brown spots")
    assert not Case.objects.open()


def test_new_words_with_an_address_wait(client: Client, mine: Question):
    photo = released(mine)
    User.objects.update(date_joined=timezone.now())
    mine.asker.refresh_from_db()

    describe_photo(photo.pk, asker=mine.asker, alt="As on www.example.com")

    photo.refresh_from_db()
    assert (photo.state, photo.held_for) == ("held", ["link"])
    assert Case.objects.open().count() == 1


def test_what_was_to_be_changed_waits_once_more(client: Client, mine: Question):
    photo = decided(released(mine), Action.ASK)
    page = Page(client.get(page_of(mine)))
    assert "It shows a face." in page

    describe_photo(photo.pk, asker=mine.asker, alt="Brown spots")

    photo.refresh_from_db()
    assert (photo.state, photo.held_for) == ("held", ["photo", "changed"])
    assert Case.objects.open().get().cause == "changed"


def test_what_a_moderator_took_away_is_neither_described_nor_removed(mine: Question, folder: Path):
    photo = decided(released(mine), Action.HIDE)

    for call in (
        lambda: describe_photo(photo.pk, asker=mine.asker, alt="x"),
        lambda: remove_photo(photo.pk, asker=mine.asker),
    ):
        with pytest.raises(PermissionDenied):
            call()
    assert files_in(folder) == 1


# --- Deciding ------------------------------------------------------------------------------------------------


def test_a_moderator_sees_the_photo_in_its_case_and_decides(client: Client, mine: Question, mailoutbox: Any):
    photo = waiting(mine)
    case = Case.objects.get()
    moderator = UserFactory(is_staff=True)
    moderator.groups.add(Group.objects.get(name="Moderators"))
    staff = sign_in(Client(), moderator)

    page = Page(staff.get(f"/admin/moderation/case/{case.pk}/change/"))
    assert [each["src"] for each in page.all("img")] == [f"/photos/{photo.pk}/"]
    assert staff.get(f"/photos/{photo.pk}/").content == clean().content
    assert WORDS in page
    done = decide_on_page(staff, case, action="publish")

    assert done.status_code == 302
    photo.refresh_from_db()
    case.refresh_from_db()
    assert (photo.state, photo.decision.decided_by, case.is_open) == ("published", moderator, False)
    entry = AuditEntry.objects.filter(action="decide.publish").get()
    assert (entry.subject_kind, entry.subject_id) == ("questions.questionphoto", photo.pk)
    assert [message.to for message in delivered()] == [[mine.asker.email]]


@pytest.mark.parametrize(("action", "state"), [("hide", "hidden"), ("remove", "removed"), ("ask", "changes")])
def test_each_photo_is_decided_for_itself(mine: Question, action: str, state: str):
    one, other = released(mine), released(mine, "olive")

    decided(one, Action(action))

    other.refresh_from_db()
    assert (QuestionPhoto.objects.get(pk=one.pk).state, other.state) == (state, "published")
    assert Decision.objects.filter(subject_id=one.pk, author=mine.asker).count() == 2


def test_a_photo_is_neither_locked_nor_merged(mine: Question):
    photo = released(mine)

    for action in (Action.LOCK, Action.MERGE):
        with pytest.raises(CannotFollow), transaction.atomic():
            decide(kind_of(photo).lock(photo.pk), action=action, moderator=ModeratorFactory(), **WHY)


def test_five_who_report_a_photo_take_it_out_of_sight_where_its_words_are_new(mine: Question):
    photo, reason = released(mine), kind_of("questions.questionphoto").reasons[0]
    describe_photo(photo.pk, asker=mine.asker, alt="Brown spots")

    for number in range(5):
        voter = Voter(visitor=uuid4())
        report(kind_of(photo), photo.pk, by=voter, reason=reason, note="A face.", network=f"10.0.{number}.0/24")

    photo.refresh_from_db()
    assert (photo.state, photo.held_for) == ("held", ["reports"])
    assert Client().get(f"/photos/{photo.pk}/").status_code == 404


def test_the_page_of_the_decision_takes_an_appeal(client: Client, mine: Question):
    photo = decided(released(mine), Action.REMOVE)

    made = appeal(photo.decision_id, author=mine.asker, text="It is my own arm.")

    page = Page(sign_in(Client(), ModeratorFactory()).get(f"/admin/moderation/case/{made.case_id}/change/"))
    assert [each["src"] for each in page.all("img")] == [f"/photos/{photo.pk}/"]
    decide_case(made.case_id, action=Action.PUBLISH, rule=None, reason="It is.", moderator=ModeratorFactory())
    assert Client().get(f"/photos/{photo.pk}/").status_code == 200


# --- Going ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_photo_that_is_removed_goes_with_its_file_and_its_case(client: Client, folder: Path):
    question = QuestionFactory()
    client.force_login(question.asker)
    photo = waiting(question)

    for _ in range(2):
        assert client.post(f"/photos/{photo.pk}/remove/")["Location"] == page_of(question)

    photo.refresh_from_db()
    assert (photo.state, photo.position, photo.file.name, photo.alt, photo.fingerprint) == (
        *("withdrawn", None, "", "", ""),
    )
    assert files_in(folder) == 0
    assert not Case.objects.open()
    assert AuditEntry.objects.filter(action="case.taken_back", actor_id=question.asker_id).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_file_stays_where_the_removal_is_taken_back(folder: Path):
    question = QuestionFactory()
    photo = waiting(question)

    with transaction.atomic():
        remove_photo(photo.pk, asker=question.asker)
        transaction.set_rollback(True)
    assert files_in(folder) == 1

    with transaction.atomic():
        question.delete()
        assert files_in(folder) == 1
    assert files_in(folder) == 0


@pytest.mark.django_db(transaction=True)
def test_what_was_reported_stays_for_moderators_until_its_date(folder: Path):
    question = QuestionFactory()
    photo = released(question)
    reason = kind_of(photo).reasons[0]
    report(kind_of(photo), photo.pk, by=Voter(visitor=uuid4()), reason=reason, note="")

    remove_photo(photo.pk, asker=question.asker)

    assert told(photo, question) == statuses(410, moderator=200)
    assert (files_in(folder), Case.objects.open().count()) == (1, 1)
    assert Hold.objects.get().reason == "Reported, and its asker took it away."
    Hold.objects.update(kept_until=date(2020, 1, 1))
    assert erase_what_is_over() == 1
    assert (files_in(folder), Hold.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_photo_of_a_reported_question_stays_for_moderators_too(folder: Path):
    question = QuestionFactory()
    photo = released(question)
    reason = kind_of(question).reasons[0]
    report(kind_of(question), question.pk, by=Voter(visitor=uuid4()), reason=reason, note="See the photo.")

    remove_photo(photo.pk, asker=question.asker)

    assert told(photo, question) == statuses(410, moderator=200)
    assert files_in(folder) == 1


@pytest.mark.django_db(transaction=True)
def test_what_a_moderator_removed_is_erased_after_its_time(folder: Path):
    question = QuestionFactory()
    photo = decided(released(question), Action.REMOVE)
    assert erase_removed() == 0
    Decision.objects.update(decided_at=timezone.now() - timedelta(days=91))

    assert erase_removed() == 1

    photo.refresh_from_db()
    assert (photo.state, photo.file.name, photo.alt, files_in(folder)) == ("removed", "", "", 0)
    # Its place is free.
    assert add_photo(question.pk, asker=question.asker, file=clean()).position == 1
    assert told(photo, question) == statuses(410)


@pytest.mark.django_db(transaction=True)
def test_photos_are_erased_with_a_removed_question(folder: Path):
    question = QuestionFactory()
    photo = released(question)
    with transaction.atomic():
        decide(kind_of(question).lock(question.pk), action=Action.REMOVE, moderator=ModeratorFactory(), **WHY)
    assert told(photo, question) == statuses(410, asker=200, moderator=200)
    Decision.objects.update(decided_at=timezone.now() - timedelta(days=91))

    assert erase_removed() == 1

    assert files_in(folder) == 0
    assert told(photo, question) == statuses(410)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("choice", ["go", "stay"])
def test_photos_go_for_good_with_the_account_whatever_becomes_of_the_question(folder: Path, choice: str):
    question = QuestionFactory()
    photo = released(question, alt="Zephyrine's arm")
    waiting(question, "olive")
    address = question.get_absolute_url()

    close_account(user_id=question.asker_id, choices={"questions": choice})

    assert files_in(folder) == 0
    assert not QuestionPhoto.objects.exclude(file="", alt="", state="withdrawn")
    assert Client().get(f"/photos/{photo.pk}/").status_code == 410
    page = Client().get(address)
    assert page.status_code == (200 if choice == "stay" else 410)
    assert "may show skin" not in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_disputed_photo_outlives_the_account_until_its_date(folder: Path):
    question = QuestionFactory()
    photo, other = released(question), released(question, "olive")
    reason = kind_of(photo).reasons[0]
    report(kind_of(photo), photo.pk, by=Voter(visitor=uuid4()), reason=reason, note="")

    close_account(user_id=question.asker_id, choices={})

    other.refresh_from_db()
    assert (files_in(folder), other.file.name) == (1, "")
    staff = sign_in(Client(), ModeratorFactory())
    assert (Client().get(f"/photos/{photo.pk}/").status_code, staff.get(f"/photos/{photo.pk}/").status_code) == (
        *(410, 200),
    )
    Hold.objects.update(kept_until=date(2020, 1, 1))
    erase_what_is_over()
    assert files_in(folder) == 0


def test_the_preview_and_the_file_of_a_person_name_their_photos(mine: Question):
    photo = waiting(mine)

    assert "1 photo with your questions, whatever you choose below" in preview(mine.asker)[0]
    (own,) = export(mine.asker)["questions"]["questions"]
    assert own["photos"] == [
        {
            "address": f"/photos/{photo.pk}/",
            "shows": WORDS,
            "format": "png",
            "width": 40,
            "height": 30,
            "bytes": photo.size,
            "state": "held",
            "uploaded_at": photo.uploaded_at.isoformat(),
        }
    ]


def test_hiding_all_of_a_person_hides_their_photos(mine: Question):
    photo = released(mine)

    hide_everything(mine.asker_id, rule=1, reason="Why.", moderator=ModeratorFactory())

    assert Client().get(f"/photos/{photo.pk}/").status_code == 410


def test_a_photos_file_is_never_swept_and_one_without_a_row_is(mine: Question, folder: Path):
    photo = waiting(mine)
    QuestionPhoto.objects.filter(pk=add_photo(mine.pk, asker=mine.asker, file=clean("red")).pk).update(
        file="", fingerprint="", alt="", position=None, state="withdrawn"
    )
    for path in folder.rglob("*"):
        os.utime(path, (0, 0))

    sweep_files()

    assert [path.name for path in folder.rglob("*") if path.is_file()] == [Path(photo.file.name).name]


# --- Rows ----------------------------------------------------------------------------------------------------


def beside(**fields: Any) -> None:
    """Write two photos of one question."""
    one = QuestionPhotoFactory()
    QuestionPhotoFactory(question=one.question, **{"position": 2, **fields})


def same_picture() -> None:
    one = QuestionPhotoFactory()
    QuestionPhotoFactory(question=one.question, position=2, fingerprint=one.fingerprint)


BROKEN: dict[str, list[Any]] = {
    "photo_limit": [lambda: QuestionPhotoFactory(position=0), lambda: QuestionPhotoFactory(position=4)],
    "one_photo_per_question_and_place": [lambda: beside(position=1)],
    "one_photo_per_question_and_picture": [same_picture],
    "photo_has_a_place_until_it_goes": [
        lambda: QuestionPhotoFactory(position=None),
        lambda: QuestionPhotoFactory(state="withdrawn"),
    ],
    "photo_is_whole_or_erased": [
        lambda: QuestionPhotoFactory(file=""),
        lambda: QuestionPhotoFactory(fingerprint=""),
        lambda: QuestionPhotoFactory(file="", state="withdrawn", position=None),
    ],
    "photo_is_described_and_shown_by_a_decision": [
        lambda: QuestionPhotoFactory(state="published"),
        lambda: QuestionPhotoFactory(released=True, alt=""),
    ],
    "photo_format_is_known": [lambda: QuestionPhotoFactory(format="pdf")],
    "photo_has_measures": [lambda: QuestionPhotoFactory(width=0), lambda: QuestionPhotoFactory(size=0)],
    "photo_hidden_by_a_decision": [lambda: QuestionPhotoFactory(state="hidden")],
    "photo_state_is_known": [lambda: QuestionPhotoFactory(state="merged", decision=publishing())],
    "photo_erased_once_removed": [
        lambda: QuestionPhotoFactory(erased_at=timezone.now(), position=None, file="", fingerprint="", alt="")
    ],
}


@pytest.mark.parametrize(("rule", "act"), [(rule, act) for rule, acts in BROKEN.items() for act in acts])
def test_the_table_refuses(rule: str, act: Any):
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        act()
