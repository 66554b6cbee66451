"""Documents: who sends them, who opens them, and where they are when they are gone."""

import io
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, models, transaction
from django.test import Client
from django.test.utils import isolate_apps
from PIL import Image

from doctors.models import Doctor, Document, Verification
from doctors.services import add_documents, delete_document, refuse
from doctors.tasks import sweep_files
from moderation.services import CleanFile, PrivateStorage, named_by_fields
from tests.crowd import all_at_once
from tests.factories import (
    DoctorFactory,
    DocumentFactory,
    ModeratorFactory,
    UserFactory,
    VerificationFactory,
    sign_in,
    staff_pair,
)
from tests.reading import Page

pytestmark = pytest.mark.django_db

SEND = "/doctors/application/documents/"
APPLICATION = "/doctors/application/"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Return the folder of private files, empty."""
    settings.PRIVATE_ROOT = tmp_path / "private"
    settings.PRIVATE_ROOT.mkdir()
    return settings.PRIVATE_ROOT


@pytest.fixture
def mine(client: Client) -> Verification:
    """Return an application of whoever is signed in to ``client``, without a second factor."""
    row = VerificationFactory()
    client.force_login(row.applicant)
    return row


def picture(colour: str = "navy", form: str = "PNG") -> SimpleUploadedFile:
    """Return a small picture as a browser sends it."""
    held = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(held, form)
    return SimpleUploadedFile(f"my licence of Ada Lindqvist.{form.lower()}", held.getvalue(), "image/png")


def clean(text: str = "a") -> CleanFile:
    """Return a file as the guard hands it on."""
    return CleanFile(f"%PDF-1.4 {text}".encode(), "pdf")


def kept(verification: Verification, text: str = "a") -> Document:
    """Return a document with its file."""
    (added,) = add_documents(verification.pk, owner=verification.applicant, shows="licence", files=[clean(text)])
    return added


def files_in(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


# --- Sending -------------------------------------------------------------------------------------------------


def test_several_files_are_kept_under_random_names_and_listed(client: Client, mine: Verification, folder: Path):
    files = [picture(), picture("olive", "JPEG"), picture("teal", "WEBP")]

    response = client.post(SEND, {"shows": "licence", "documents": files})

    assert (response.status_code, response["Location"]) == (302, APPLICATION)
    rows = list(mine.documents.all())
    assert sorted(row.format for row in rows) == ["jpeg", "png", "webp"]
    assert {row.shows for row in rows} == {"licence"}
    assert all((folder / row.path).stat().st_size == row.size for row in rows)
    assert not [path for path in folder.rglob("*") if "Ada" in path.name or "licence" in path.name]
    page = Page(client.get(APPLICATION))
    assert {f"/doctors/documents/{row.pk}/" for row in rows} <= set(page.links())


def test_the_same_file_twice_is_one_document(client: Client, mine: Verification, folder: Path):
    for _ in range(2):
        assert client.post(SEND, {"shows": "licence", "documents": [picture()]}).status_code == 302

    assert mine.documents.count() == 1
    assert files_in(folder) == 1


def test_there_are_six_at_most_and_of_what_is_too_much_nothing_is_kept(
    client: Client, mine: Verification, folder: Path
):
    for number in range(5):
        kept(mine, str(number))

    response = client.post(SEND, {"shows": "identity", "documents": [picture(), picture("red")]})

    assert response.status_code == 422
    assert "Keep at most 6 documents: delete one, then add another" in Page(response)
    assert (mine.documents.count(), files_in(folder)) == (5, 5)
    assert client.post(SEND, {"shows": "identity", "documents": [picture()]}).status_code == 302
    assert "as many as there may be" in Page(client.get(APPLICATION))


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "nothing chosen": ({"shows": "licence"}, "Choose a file"),
    "nothing said": ({"documents": [1]}, "Choose what the files show"),
    "a forged kind": ({"shows": "cat", "documents": [1]}, "Choose what the files show"),
    "no picture": ({"shows": "licence", "documents": [b"GIF89a"]}, "This is not a file we can take"),
    "an empty file": ({"shows": "licence", "documents": [b""]}, "The file is empty"),
    "a broken one": ({"shows": "licence", "documents": [b"\x89PNG\r\n\x1a\nno"]}, "We could not open the file"),
    "a good one and a bad one": ({"shows": "licence", "documents": [1, b"<svg/>"]}, "File 2: This is not a file"),
    "seven": ({"shows": "licence", "documents": [1] * 7}, "Send at most 6 files at once"),
    "a file that is a text": ({"shows": "licence", "documents": "words"}, "Choose a file"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_is_refused_is_said_first_and_nothing_is_kept(
    client: Client, mine: Verification, folder: Path, fault: str
):
    form, words = REFUSED[fault]
    files = form.get("documents", [])
    if not isinstance(files, str):
        files = [picture() if file == 1 else SimpleUploadedFile("scan.png", file, "image/png") for file in files]

    response = client.post(SEND, {**form, "documents": files})

    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert page.index('class="errors') < page.index("<h1>")
    assert "<title>Error: " in page
    if form.get("shows") == "licence":
        assert Page(response).form(action=SEND)["shows"] == "licence"
    assert not Document.objects.exists()
    assert files_in(folder) == 0


def test_a_body_past_all_files_is_refused_before_it_is_opened(client: Client, mine: Verification):
    response = client.generic("POST", SEND, b"x" * (50 * 1024 * 1024), content_type="multipart/form-data; boundary=b")

    assert response.status_code == 413


def test_a_twenty_first_file_of_a_day_waits(client: Client, mine: Verification):
    for number in range(20):
        client.post(SEND, {"shows": "cat", "documents": [SimpleUploadedFile("a", str(number).encode())]})

    response = client.post(SEND, {"shows": "licence", "documents": [picture()]})

    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "That is enough for today" in Page(response)
    assert not Document.objects.exists()


def test_sending_needs_the_forms_token(folder: Path):
    row, client = VerificationFactory(), Client(enforce_csrf_checks=True)
    client.force_login(row.applicant)

    assert client.post(SEND, {"shows": "licence", "documents": [picture()]}).status_code == 403

    page = Page(client.get(APPLICATION))
    token = page.form(action=SEND)["csrfmiddlewaretoken"]
    sent = client.post(SEND, {"shows": "licence", "documents": [picture()], "csrfmiddlewaretoken": token})
    assert (sent.status_code, row.documents.count()) == (302, 1)


def test_a_stranger_and_who_has_not_applied_send_nothing(client: Client, folder: Path):
    assert client.post(SEND, {"shows": "licence", "documents": [picture()]})["Location"].startswith("/accounts/login/")
    client.force_login(UserFactory())
    assert client.post(SEND, {"shows": "licence", "documents": [picture()]}).status_code == 404
    assert files_in(folder) == 0


@pytest.mark.parametrize("state", ["approved", "refused", "suspended", "lapsed", "revoked"])
def test_what_is_decided_takes_no_documents_and_loses_none(client: Client, mine: Verification, state: str):
    one = kept(mine)
    _decide(mine, state)

    assert client.post(SEND, {"shows": "licence", "documents": [picture()]}).status_code == 404
    assert client.post(f"/doctors/documents/{one.pk}/delete/").status_code == 403
    assert mine.documents.count() == 1
    assert SEND not in client.get(APPLICATION).content.decode()


def _decide(verification: Verification, state: str) -> None:
    if state == "refused":
        refuse(verification.pk, words="No.", staff=staff_pair()[0])
        return
    # A doctor's own verification in that state, with the document moved to it.
    doctor = DoctorFactory()
    other = doctor.verifications.get()
    Document.objects.update(verification=other)
    applicant = verification.applicant
    verification.delete()
    Verification.objects.filter(pk=other.pk).update(applicant=applicant, state=state)
    verification.pk = other.pk


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_send_at_once_six_documents_are_kept_and_no_file_more(folder: Path):
    row = VerificationFactory()

    def send(number: int) -> Any:
        return lambda: add_documents(row.pk, owner=row.applicant, shows="licence", files=[clean(str(number))])

    outcomes = all_at_once([send(number) for number in range(8)])

    assert sum(isinstance(outcome, list) for outcome in outcomes) == 6
    assert (row.documents.count(), files_in(folder)) == (6, 6)


@pytest.mark.django_db(transaction=True)
def test_the_same_file_eight_times_at_once_is_one(folder: Path):
    row = VerificationFactory()

    all_at_once([lambda: add_documents(row.pk, owner=row.applicant, shows="licence", files=[clean()])] * 8)

    assert (row.documents.count(), files_in(folder)) == (1, 1)


def test_the_service_asks_whose_application_it_is(mine: Verification, folder: Path):
    with pytest.raises(PermissionDenied):
        add_documents(mine.pk, owner=UserFactory(), shows="licence", files=[clean()])
    assert files_in(folder) == 0


# --- Opening -------------------------------------------------------------------------------------------------


def test_its_owner_opens_it_and_nobody_keeps_it_on_the_way(client: Client, mine: Verification):
    response = client.get(f"/doctors/documents/{kept(mine).pk}/")

    assert (response.status_code, response.content) == (200, clean().content)
    assert response["Content-Type"] == "application/pdf"
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("sandbox")
    assert "ETag" not in response
    assert "Set-Cookie" not in response
    assert 'filename="licence-document.pdf"' in response["Content-Disposition"]


def test_to_everybody_but_its_owner_and_staff_with_a_second_factor_it_is_not_there(mine: Verification):
    address = f"/doctors/documents/{kept(mine).pk}/"
    people = {
        "stranger": Client(),
        "patient": sign_in(Client(), UserFactory(), factor=False),
        "patient with a factor": sign_in(Client(), UserFactory()),
        "other applicant": sign_in(Client(), VerificationFactory().applicant),
        "doctor": sign_in(Client(), DoctorFactory(user=UserFactory()).user),
        "staff without the factor": sign_in(Client(), ModeratorFactory(), factor=False),
        "staff": sign_in(Client(), ModeratorFactory()),
    }

    told = {role: client.get(address).status_code for role, client in people.items()}

    assert told == dict.fromkeys(people, 404) | {"staff": 200}


def test_what_is_not_there_is_not_there(client: Client, mine: Verification):
    without_a_file = DocumentFactory(verification=mine)

    for key in (uuid4(), without_a_file.pk):
        assert client.get(f"/doctors/documents/{key}/").status_code == 404


def test_a_document_of_somebody_who_was_erased_is_only_for_staff(mine: Verification):
    one = kept(mine)
    mine.applicant.delete()

    assert Client().get(f"/doctors/documents/{one.pk}/").status_code == 404
    assert sign_in(Client(), ModeratorFactory()).get(f"/doctors/documents/{one.pk}/").status_code == 200


# --- Deleting ------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_its_owner_deletes_it_and_the_file_goes_too(client: Client, folder: Path):
    row = VerificationFactory()
    client.force_login(row.applicant)
    address = f"/doctors/documents/{kept(row).pk}/"

    for _ in range(2):
        assert client.post(f"{address}delete/")["Location"] == APPLICATION

    assert not Document.objects.exists()
    assert files_in(folder) == 0
    assert client.get(address).status_code == 404


def test_nobody_else_deletes_it(mine: Verification, folder: Path):
    address = f"/doctors/documents/{kept(mine).pk}/delete/"

    for client in (Client(), sign_in(Client(), UserFactory()), sign_in(Client(), ModeratorFactory())):
        assert client.post(address).status_code == 302

    assert (Document.objects.count(), files_in(folder)) == (1, 1)


def test_deleting_needs_the_forms_token(mine: Verification):
    client = Client(enforce_csrf_checks=True)
    client.force_login(mine.applicant)
    address = f"/doctors/documents/{kept(mine).pk}/delete/"

    assert client.post(address).status_code == 403
    token = Page(client.get(APPLICATION)).form(action=address)["csrfmiddlewaretoken"]
    assert client.post(address, {"csrfmiddlewaretoken": token}).status_code == 302
    assert not Document.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_file_goes_with_its_doctor_and_stays_where_the_change_is_taken_back(folder: Path):
    doctor = DoctorFactory(import_key="id:1")
    kept(VerificationFactory(doctor=doctor))

    with transaction.atomic():
        Doctor.objects.filter(pk=doctor.pk).delete()
        transaction.set_rollback(True)
    assert files_in(folder) == 1

    Doctor.objects.filter(pk=doctor.pk).delete()
    assert (Document.objects.count(), files_in(folder)) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_gone_already_stops_no_deletion(folder: Path):
    one = kept(VerificationFactory())
    (folder / one.path).unlink()

    delete_document(one.pk, owner=one.verification.applicant)

    assert not Document.objects.exists()


# --- Files without a row -------------------------------------------------------------------------------------


def lie_since(path: Path, hours: float) -> Path:
    """Let a file have been written so many hours ago."""
    at = time.time() - hours * 3600
    os.utime(path, (at, at))
    return path


def test_a_file_without_a_row_is_swept_after_a_day_and_nothing_else_is(mine: Verification, folder: Path):
    storage = PrivateStorage()
    document = lie_since(folder / kept(mine).path, 1000)
    orphan = lie_since(folder / storage.save("file.pdf", ContentFile(b"a")), 25)
    fresh = lie_since(folder / storage.save("file.pdf", ContentFile(b"b")), 23)
    foreign = folder / "README"
    foreign.write_text("Not ours.")
    outside = folder.parent / "outside"
    outside.write_text("Not ours, either.")
    link = folder / "aa" / "bb" / ("aabb" + "0" * 28)
    link.parent.mkdir(parents=True)
    link.symlink_to(outside)
    for path in (foreign, outside):
        lie_since(path, 1000)

    sweep_files(timestamp=0)
    sweep_files(timestamp=1)

    assert not orphan.exists()
    assert all(path.exists() for path in (document, fresh, foreign, outside, link))


def test_what_was_undone_after_its_file_was_written_is_swept(mine: Verification, folder: Path):
    with suppress(ZeroDivisionError), transaction.atomic():
        kept(mine)
        raise ZeroDivisionError
    (orphan,) = (path for path in folder.rglob("*") if path.is_file())
    lie_since(orphan, 25)

    sweep_files(timestamp=0)

    assert files_in(folder) == 0


@isolate_apps("doctors")
def test_a_file_field_of_another_table_keeps_its_files(folder: Path):
    class Photo(models.Model):  # noqa: DJ008
        file = models.FileField(storage=PrivateStorage())

        class Meta:
            app_label = "doctors"

    with connection.schema_editor() as editor:
        editor.create_model(Photo)
    photo = Photo.objects.create(file=ContentFile(b"a", "photo.png"))
    orphan = PrivateStorage().save("file.png", ContentFile(b"b"))

    assert named_by_fields([photo.file.name, orphan], [Photo]) == {photo.file.name}
