"""What doctors do about reviews: the reply with its guard, reports, and codes on paper."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from accounts.models import Limit, Mail
from doctors.belongings import export
from doctors.models import DoctorReview, VisitCode
from doctors.services import (
    Reviewed,
    hide_review,
    make_visit_codes,
    restore_review,
    review_doctor,
    withdraw_review,
)
from doctors.services.reviews import _digest
from moderation.models import Report
from moderation.services import NEUTRAL_WORDINGS, REPLY_FAULTS
from tests.factories import DoctorFactory, DoctorReviewFactory, ModeratorFactory, NewcomerFactory, UserFactory, sign_in
from tests.reading import Page

pytestmark = pytest.mark.django_db

SAFE = "Thank you for the feedback. Anyone with a concern is welcome to call us."
BAD = "It was a pleasure treating you in March."


@pytest.fixture
def review() -> DoctorReview:
    return DoctorReviewFactory(doctor=DoctorFactory(user=UserFactory(), name="Ines Marlow", slug="ines"), rating=2)


@pytest.fixture
def desk(client: Client, review: DoctorReview) -> Client:
    """A browser of the doctor whom the review is of."""
    sign_in(client, review.doctor.user, factor=True)
    return client


def reply_address(review: DoctorReview) -> str:
    return f"/doctors/reviews/{review.pk}/reply/"


# --- Replies -----------------------------------------------------------------------------------------------------


def test_a_doctor_replies_and_everybody_reads_it(desk: Client, review: DoctorReview):
    response = desk.post(reply_address(review), {"reply": SAFE})

    assert (response.status_code, response["Location"]) == (302, f"/doctors/ines/#review-{review.pk}")
    assert SAFE in Client().get("/doctors/ines/").content.decode()


def test_a_reply_that_tells_of_a_patient_is_refused_with_words_that_help(desk: Client, review: DoctorReview):
    response = desk.post(reply_address(review), {"reply": BAD})
    page = response.content.decode()

    review.refresh_from_db()
    assert (response.status_code, review.reply) == (422, "")
    assert REPLY_FAULTS["patient"] in page
    assert REPLY_FAULTS["dates"] in page
    assert "<mark>" in page
    assert BAD in page.split("<textarea")[1]
    assert all(f'name="wording" value="{place}"' in page for place in range(len(NEUTRAL_WORDINGS)))


def test_a_neutral_wording_takes_the_place_of_the_words_and_then_passes(desk: Client, review: DoctorReview):
    shown = desk.post(reply_address(review), {"reply": BAD, "wording": "1"})

    assert shown.status_code == 200
    assert NEUTRAL_WORDINGS[1] in shown.content.decode().split("<textarea")[1]
    assert desk.post(reply_address(review), {"reply": NEUTRAL_WORDINGS[1]}).status_code == 302


@pytest.mark.parametrize("wording", ["9", "-1", "x", ""])
def test_a_wording_that_is_not_there_changes_no_words(desk: Client, review: DoctorReview, wording: str):
    page = desk.post(reply_address(review), {"reply": SAFE, "wording": wording}).content.decode()

    assert SAFE in page.split("<textarea")[1]


def test_the_pen_name_is_the_persons_own(desk: Client, review: DoctorReview):
    response = desk.post(reply_address(review), {"reply": f"We thank {review.patient.pen_name} for writing."})

    assert escape(REPLY_FAULTS["person"]) in response.content.decode()


@pytest.mark.parametrize("reply", ["", "   ", "x" * 3001, "\u200b\u2800"])
def test_a_reply_needs_words_of_a_length(desk: Client, review: DoctorReview, reply: str):
    assert desk.post(reply_address(review), {"reply": reply}).status_code == 422
    review.refresh_from_db()
    assert review.reply == ""


def test_a_reply_is_changed_and_taken_back(desk: Client, review: DoctorReview):
    desk.post(reply_address(review), {"reply": SAFE})
    desk.post(reply_address(review), {"reply": NEUTRAL_WORDINGS[0]})
    review.refresh_from_db()
    assert review.reply == NEUTRAL_WORDINGS[0]
    assert review.reply_edited_at

    assert desk.post(f"{reply_address(review)}withdraw/").status_code == 302
    review.refresh_from_db()
    assert (review.reply, review.replied_at, review.reply_edited_at) == ("", None, None)


def test_another_doctor_finds_no_form(client: Client, review: DoctorReview):
    sign_in(client, DoctorFactory(user=UserFactory()).user, factor=True)

    assert client.get(reply_address(review)).status_code == 404
    assert client.post(reply_address(review), {"reply": SAFE}).status_code == 404
    assert client.post(f"{reply_address(review)}withdraw/").status_code == 404


def test_a_doctor_without_a_valid_check_does_not_reply(client: Client):
    review = DoctorReviewFactory(doctor=DoctorFactory(user=UserFactory(), licence=False))
    sign_in(client, review.doctor.user, factor=True)

    response = client.post(reply_address(review), {"reply": SAFE})

    assert response.status_code == 403


def test_what_is_hidden_takes_no_reply(desk: Client, review: DoctorReview):
    hide_review(review.pk, rule=1, reason="It names somebody.", moderator=ModeratorFactory())

    assert desk.post(reply_address(review), {"reply": SAFE}).status_code == 410


def test_a_reply_needs_the_token(review: DoctorReview):
    client = Client(enforce_csrf_checks=True)
    sign_in(client, review.doctor.user, factor=True)

    response = client.post(reply_address(review), {"reply": SAFE})

    assert response.status_code == 403
    assert SAFE in response.content.decode()


def test_the_sixty_first_reply_of_a_day_waits(desk: Client, review: DoctorReview):
    desk.post(reply_address(review), {"reply": SAFE})
    Limit.objects.filter(key__startswith="review_reply:").update(count=60)

    response = desk.post(reply_address(review), {"reply": NEUTRAL_WORDINGS[0]})

    assert response.status_code == 429
    assert NEUTRAL_WORDINGS[0] in response.content.decode()


# --- Mails -------------------------------------------------------------------------------------------------------


def test_the_doctor_is_told_of_a_review_without_a_word_of_it():
    doctor, patient = DoctorFactory(user=UserFactory(), name="Ines Marlow"), UserFactory()

    review_doctor(
        doctor.pk, patient=patient, reviewed=Reviewed(1, "Never again", "A burning rash on my neck.", "Peeling")
    )

    mail = Mail.objects.get()
    assert mail.user == doctor.user
    told = f"{mail.subject} {mail.text} {mail.html}"
    assert not [word for word in ("Never", "rash", "Peeling", patient.pen_name, "star") if word in told]
    assert "List-Unsubscribe" in mail.headers


def test_the_patient_is_told_of_the_first_reply_only(desk: Client, review: DoctorReview):
    desk.post(reply_address(review), {"reply": SAFE})
    desk.post(reply_address(review), {"reply": NEUTRAL_WORDINGS[0]})

    mail = Mail.objects.get()
    assert mail.user == review.patient
    assert "Marlow" not in f"{mail.subject} {mail.text} {mail.html}"


# --- Reports -----------------------------------------------------------------------------------------------------


def test_a_report_hides_nothing(desk: Client, review: DoctorReview):
    response = desk.post(f"/report/review/{review.pk}/", {"reason": "untrue", "note": "Somebody else."})

    review.refresh_from_db()
    report = Report.objects.get()
    assert (response.status_code, review.state) == (302, "published")
    assert (report.subject_kind, report.subject_id, report.reason) == ("doctors.doctorreview", review.pk, "untrue")


def test_a_second_report_by_the_same_person_takes_the_place_of_the_first(desk: Client, review: DoctorReview):
    for reason in ("untrue", "tied"):
        desk.post(f"/report/review/{review.pk}/", {"reason": reason})

    assert Report.objects.get().reason == "tied"


@pytest.mark.parametrize("sent", [{}, {"reason": "dislike"}, {"reason": "untrue", "note": "x" * 501}])
def test_a_report_needs_one_of_the_reasons(desk: Client, review: DoctorReview, sent: dict[str, Any]):
    assert desk.post(f"/report/review/{review.pk}/", sent).status_code == 422
    assert not Report.objects.exists()


def test_what_is_hidden_is_not_reported(desk: Client, review: DoctorReview):
    hide_review(review.pk, rule=1, reason="It names somebody.", moderator=ModeratorFactory())

    assert desk.post(f"/report/review/{review.pk}/", {"reason": "abuse"}).status_code == 410


# --- Visit codes -------------------------------------------------------------------------------------------------


def sheet(client: Client) -> list[str]:
    page = client.get("/doctors/visit-codes/").content.decode()
    key = re.search(r'name="form_key" value="([^"]+)"', page)[1]
    made = client.post("/doctors/visit-codes/", {"form_key": key})
    assert "no-store" in made["Cache-Control"]
    return re.findall(r'class="code">([^<]+)<', made.content.decode())


def test_a_sheet_of_codes_is_shown_once_and_each_verifies_a_review(desk: Client, review: DoctorReview):
    codes = sheet(desk)

    assert (len(codes), len(set(codes))) == (24, 24)
    written = review_doctor(
        review.doctor_id, patient=UserFactory(), reviewed=Reviewed(4, "Good", "I was heard."), code=codes[-1]
    )
    assert written.interaction == "code"
    page = desk.get("/doctors/visit-codes/").content.decode()
    assert not [code for code in codes if code in page]
    assert "23 unused codes" in page


def test_a_sheet_that_is_sent_for_twice_is_made_once(desk: Client):
    for _ in range(2):
        response = desk.post("/doctors/visit-codes/", {"form_key": "the-same"})

    assert (response.status_code, VisitCode.objects.count()) == (302, 24)


def test_nobody_hoards_codes(desk: Client):
    for _ in range(20):
        sheet(desk)

    page = desk.get("/doctors/visit-codes/").content.decode()
    key = re.search(r'name="form_key" value="([^"]+)"', page)[1]
    response = desk.post("/doctors/visit-codes/", {"form_key": key})

    assert (response.status_code, VisitCode.objects.count()) == (422, 480)
    assert "Hand those out first" in response.content.decode()


def test_a_doctor_without_a_valid_check_makes_no_codes(client: Client):
    doctor = DoctorFactory(user=UserFactory(), licence=False)
    sign_in(client, doctor.user, factor=True)

    assert client.post("/doctors/visit-codes/").status_code == 403


# --- Staff -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["", "{pk}/change/", "{pk}/history/", "?state__exact=published"])
def test_staff_who_decide_on_a_review_do_not_see_its_stars(client: Client, address: str):
    pages = []
    sign_in(client, UserFactory(is_staff=True, is_superuser=True), factor=True)
    review = DoctorReviewFactory()
    for rating in (1, 5):
        DoctorReview.objects.filter(pk=review.pk).update(rating=rating)
        page = client.get("/admin/doctors/doctorreview/" + address.format(pk=review.pk)).content.decode()
        pages.append(re.sub(r'nonce="[^"]*"|csrfmiddlewaretoken" value="[^"]*"', "", page))

    assert pages[0] == pages[1]


def test_a_review_that_waits_says_why_and_is_published_by_staff(client: Client):
    sign_in(client, UserFactory(is_staff=True, is_superuser=True), factor=True)
    patient, doctor = NewcomerFactory(), DoctorFactory()
    review = review_doctor(
        doctor.pk, patient=patient, reviewed=Reviewed(5, "Look here", "More at www.example.com now.")
    )
    assert review.state == "held"
    assert "your account is new" in client.get("/admin/doctors/doctorreview/").content.decode()

    action = {"action": "restore_chosen", "_selected_action": review.pk}
    page = Page(client.post("/admin/doctors/doctorreview/", action))
    client.post("/admin/doctors/doctorreview/", {**page.forms[-1]["data"], "reason": "Harmless."})

    review.refresh_from_db()
    doctor.refresh_from_db()
    assert (review.state, doctor.five_star_count) == ("published", 1)


def test_a_report_leads_staff_to_what_it_is_about(client: Client, review: DoctorReview):
    sign_in(client, UserFactory(is_staff=True, is_superuser=True), factor=True)
    client.post(f"/report/review/{review.pk}/", {"reason": "abuse"})

    page = client.get("/admin/moderation/report/").content.decode()

    assert f"/admin/doctors/doctorreview/{review.pk}/change/" in page


# --- Words that change under a reply -----------------------------------------------------------------------------


def test_a_reply_to_words_that_changed_meanwhile_is_refused_and_the_new_words_are_shown(
    desk: Client, review: DoctorReview
):
    form = Page(desk.get(reply_address(review))).form(**{"class": "form part"})
    changed = Reviewed(2, "Another title", "Other words than before.")
    review_doctor(review.doctor_id, patient=review.patient, reviewed=changed)

    page = Page(desk.post(reply_address(review), {**form, "reply": SAFE}))

    review.refresh_from_db()
    assert review.reply == ""
    assert "The review was changed since you read it" in page and "Other words than before." in page
    again = page.form(**{"class": "form part"})
    assert desk.post(reply_address(review), again).status_code == 302


def test_a_doctor_is_told_once_that_a_review_changed_under_their_reply_and_readers_see_it(
    desk: Client, review: DoctorReview
):
    desk.post(reply_address(review), {"reply": SAFE})
    before = Mail.objects.filter(kind="reviews").count()
    for words in ("Other words.", "Other words once more."):
        review_doctor(review.doctor_id, patient=review.patient, reviewed=Reviewed(2, "Title", words))

    assert Mail.objects.filter(kind="reviews").count() == before + 1
    note = "to what the review said before"
    assert note in Page(Client().get("/doctors/ines/"))

    form = Page(desk.get(reply_address(review))).form(**{"class": "form part"})
    # The same words, said to the new ones.
    desk.post(reply_address(review), form)
    assert note not in Page(Client().get("/doctors/ines/"))


@pytest.mark.parametrize("state", ["held", "withdrawn", "hidden"])
def test_a_doctor_takes_back_a_reply_whatever_became_of_the_review(desk: Client, review: DoctorReview, state: str):
    desk.post(reply_address(review), {"reply": SAFE})
    if state == "hidden":
        hide_review(review.pk, rule=1, reason="Why.", moderator=None)
    else:
        DoctorReview.objects.filter(pk=review.pk).update(state=state, held_for=["link"] if state == "held" else [])
    address = f"/doctors/reviews/{review.pk}/reply/withdraw/"

    page = Page(desk.get(address))
    assert SAFE in page and review.title not in page
    assert desk.post(address).status_code == 302

    review.refresh_from_db()
    assert review.reply == ""


# --- The doctor is told of each review once ----------------------------------------------------------------------


def told() -> int:
    return Mail.objects.filter(kind="reviews").count()


def test_a_review_that_comes_and_goes_is_told_once():
    doctor, patient = DoctorFactory(user=UserFactory()), UserFactory()
    for words in ("First words.", "Second words.", "Third words."):
        made = review_doctor(doctor.pk, patient=patient, reviewed=Reviewed(4, "Title", words))
        withdraw_review(made.pk, patient=patient)

    assert told() == 1


def test_a_review_that_showed_late_is_told_when_it_shows():
    doctor, linked = DoctorFactory(user=UserFactory()), "More at www.example.com now."
    patients = [NewcomerFactory(), NewcomerFactory()]
    edited, hidden = (
        review_doctor(doctor.pk, patient=patient, reviewed=Reviewed(4, "Title", f"{linked} {patient.pk}"))
        for patient in patients
    )
    assert told() == 0

    review_doctor(doctor.pk, patient=patients[0], reviewed=Reviewed(4, "Title", "Plain words."))
    assert told() == 1
    hide_review(hidden.pk, rule=1, reason="Why.", moderator=None)
    restore_review(hidden.pk, reason="", moderator=None)
    assert told() == 2
    hide_review(edited.pk, rule=1, reason="Why.", moderator=None)
    restore_review(edited.pk, reason="", moderator=None)
    assert told() == 2


# --- Codes on paper and their rows -------------------------------------------------------------------------------


def test_neither_the_rows_nor_the_file_tell_which_printed_code_was_used():
    doctor = DoctorFactory(user=UserFactory())
    codes = make_visit_codes(doctor=doctor)
    review_doctor(doctor.pk, patient=UserFactory(), reviewed=Reviewed(4, "Title", "Words."), code=codes[3])

    rows = list(VisitCode.objects.order_by("pk").values_list("digest", flat=True))
    assert rows != [_digest(doctor.pk, code) for code in codes]
    sheets = export(doctor.user)["profile"]["visit_code_sheets"]
    assert [(sheet["codes"], sheet["used"]) for sheet in sheets] == [(len(codes), 1)]
    assert set(sheets[0]) == {"made_on", "codes", "used"}
