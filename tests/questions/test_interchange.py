"""Import and export: what a file may hold, what becomes of it, and what a second run leaves alone."""

import io
import json
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from doctors.models import Doctor, Specialty
from questions import interchange
from questions.interchange import export_lines, read_lines
from questions.models import Answer, Question, QuestionTopic, Topic
from questions.recount import recount_questions
from questions.services import hide_answer, hide_question
from tests.counting import drifted
from tests.factories import (
    AnswerFactory,
    DoctorReviewFactory,
    QuestionFactory,
    TopicFactory,
    UserFactory,
    VoteFactory,
)

REPOSITORY = Path(settings.BASE_DIR)
DATA = REPOSITORY.parent / "shared" / "data"
IMPORTED_MODELS = (Question, Answer, Doctor, Topic, QuestionTopic, Specialty)
SECRET = "Vorhautverengung"  # What no line of a log may repeat.

Line = dict[str, Any]


class Run(NamedTuple):
    """What a command said, and how it ended."""

    out: str
    err: str
    code: int

    @property
    def counts(self) -> tuple[int, ...]:
        """How many were imported, updated, unchanged, refused."""
        words = self.out.strip().split("\n")[-1].split(", ")
        assert [word.split()[1] for word in words] == ["imported", "updated", "unchanged", "refused"]
        return tuple(int(word.split()[0]) for word in words)


def run(command: str, *args: str) -> Run:
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command(command, *args, stdout=out, stderr=err)
    except SystemExit as ended:
        code = int(str(ended.code))
    return Run(out.getvalue(), err.getvalue(), code)


def encoded(line: Line | str | bytes) -> bytes:
    if isinstance(line, bytes):
        return line
    text = line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:  # Half a surrogate pair can only be written as an escape.
        return json.dumps(line).encode() + b"\n"


@pytest.fixture
def take(tmp_path: Path) -> Callable[..., Run]:
    """Return what imports lines, objects or bytes, as one file."""

    def take(*lines: Line | str | bytes) -> Run:
        path = tmp_path / "lines.jsonl"
        path.write_bytes(b"".join(map(encoded, lines)))
        return run("import_questions", str(path))

    return take


def exported() -> list[Line]:
    return [json.loads(line) for line in export_lines()]


def question(**fields: Any) -> Line:
    return {"id": "src:1", "title": "Is it usual?", "body": "It began two days ago.", **fields}


def answer(**fields: Any) -> Line:
    return {"id": "src:1-1", "body": "It often is.", "doctor": {"id": "d1", "name": "Ada Long"}, **fields}


def by_doctor(**fields: Any) -> Line:
    return question(answers=[answer(doctor={"name": "Ada Long", **fields})])


def stamps() -> set[tuple[str, int, str]]:
    """Return where each imported row lies and who wrote it: both change with every update."""
    found = set()
    with connection.cursor() as cursor:
        for model in IMPORTED_MODELS:
            cursor.execute(f"SELECT id, concat(xmin, ctid) FROM {model._meta.db_table}")
            found |= {(model.__name__, *row) for row in cursor.fetchall()}
    return found


# --- What goes in ----------------------------------------------------------------------------------------

FULL = {
    "id": "realself:123",
    "url": "https://source.example/q/123?a=1",
    "title": "How many sessions?",
    "body": "Some *deep* scars.\n\n<b>Is</b> it usual?",
    "asked_at": "2012-05-01T10:00:00+02:00",
    "asker": "sunny_day",
    "topics": ["acne scars", "eMatrix"],
    "answers": [
        {
            "id": "realself:123-1",
            "headline": "It depends",
            "body": "<p>On your <script>x()</script><strong>skin</strong>.</p>",
            "body_format": "html",
            "answered_at": "2012-05-02",
            "upvotes": 4,
            "downvotes": 1,
            "doctor": {
                "name": "Raffy Long",
                "credentials": "MD, FACS",
                "specialty": "Plastic surgeon",
                "place": "Los Angeles",
                "rating": 4.8,
                "review_count": 95,
            },
        }
    ],
}


@pytest.mark.django_db
def test_a_whole_question_goes_in(take):
    assert take(FULL).counts == (1, 0, 0, 0)

    asked, answered, doctor = Question.objects.get(), Answer.objects.get(), Doctor.objects.get()
    assert (asked.external_id, asked.source_url) == ("realself:123", "https://source.example/q/123?a=1")
    assert (asked.title, asked.slug, asked.shown_asker) == ("How many sessions?", "how-many-sessions", "sunny_day")
    assert asked.body == FULL["body"]
    assert asked.body_html == "<p>Some *deep* scars.</p><p>&lt;b&gt;Is&lt;/b&gt; it usual?</p>"
    assert asked.asked_at == datetime(2012, 5, 1, 8, tzinfo=UTC)
    assert list(asked.topics.order_by("question_topics__pk").values_list("name", "slug", "question_count")) == [
        ("acne scars", "acne-scars", 1),
        ("eMatrix", "ematrix", 1),
    ]
    assert (answered.question, answered.doctor, answered.headline) == (asked, doctor, "It depends")
    assert answered.body_html == "<p>On your <strong>skin</strong>.</p>"
    assert answered.answered_at == asked.last_answer_at == datetime(2012, 5, 2, tzinfo=UTC)
    assert (answered.imported_upvote_count, answered.imported_downvote_count, answered.score) == (4, 1, 3)
    assert (doctor.name, doctor.credentials, doctor.place) == ("Raffy Long", "MD, FACS", "Los Angeles")
    assert (doctor.specialty.name, doctor.specialty.slug) == ("Plastic surgeon", "plastic-surgeon")
    assert (doctor.imported_rating, doctor.imported_review_count, doctor.answer_count) == (4.8, 95, 1)
    assert drifted() == []


@pytest.mark.django_db
def test_what_is_missing_stays_unknown(take):
    assert take({"title": "Is it usual?", "body": None, "asked_at": None, "topics": None, "answers": None}).code == 0

    asked = Question.objects.get()
    assert (asked.body, asked.body_html, asked.asked_at, asked.asker_name, asked.source_url) == ("", "", None, "", "")
    assert asked.related_ids == []


@pytest.mark.django_db
def test_white_space_alone_is_missing_and_other_texts_stay_as_they_are(take):
    body = "  first\r\n\r\n\tlast \u00a0 "
    take(question(title=" \u00a0\n", body=body, topics=[" ", "acne"], asker=" ", answers=[answer(headline="  ")]))

    assert Question.objects.get().body == body
    assert Question.objects.get().title == "first last"
    assert Topic.objects.get().name == "acne"
    assert Answer.objects.get().headline == ""


@pytest.mark.django_db
def test_without_a_title_the_first_sentence_serves(take):
    take({"body": f"<p>It <b>hurts</b> at night. {SECRET}</p>", "body_format": "html"}, {"body": "word " * 60})

    first, second = Question.objects.order_by("pk")
    assert first.title == "It hurts at night."
    assert len(second.title) <= 120
    assert second.title.endswith("word…")


@pytest.mark.django_db
def test_a_file_may_begin_with_a_mark_and_end_its_lines_in_two_ways(take):
    mark = b"\xef\xbb\xbf"

    took = take(mark + encoded(question()), b"\r\n", b"  \n", encoded(question(id="src:2")).strip() + b"\r\n", b"\n")

    assert took.counts == (2, 0, 0, 0)


@pytest.mark.django_db
def test_standard_input_is_read(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(encoded(question()) + b"nonsense")))

    took = run("import_questions", "-")

    assert took.counts == (1, 0, 0, 1)
    assert took.err.startswith("-:2: not JSON")


@pytest.mark.django_db
def test_a_file_that_cannot_be_read_is_told_and_the_others_go_in(tmp_path):
    (tmp_path / "good.jsonl").write_bytes(encoded(question()))

    took = run("import_questions", str(tmp_path / "none.jsonl"), str(tmp_path), str(tmp_path / "good.jsonl"))

    assert took.counts == (1, 0, 0, 0)
    assert took.code == 1
    assert took.err.splitlines() == [f"{tmp_path}/none.jsonl: No such file or directory", f"{tmp_path}: Is a directory"]


@pytest.mark.django_db
def test_what_is_asked_before_the_year_1000_or_far_ahead_goes_in(take):
    take(question(asked_at="0001-01-01"), question(id="src:2", asked_at="9999-12-31T23:59:59.999999Z"))

    assert [line["asked_at"] for line in exported()] == ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"]


@pytest.mark.django_db
@pytest.mark.skipif(not DATA.is_dir(), reason=f"there is no {DATA}")
def test_all_of_the_shared_content_goes_in_once():
    files = sorted(map(str, DATA.glob("*.jsonl")))
    lines = [json.loads(line) for file in files for line in Path(file).read_text().splitlines() if line.strip()]

    assert run("import_questions", *files).counts == (len(lines), 0, 0, 0)
    before = stamps()
    assert run("import_questions", *files).counts == (0, 0, len(lines), 0)

    assert stamps() == before
    assert Answer.objects.count() == sum(len(line["answers"]) for line in lines)
    assert drifted() == []


# --- What is refused -------------------------------------------------------------------------------------

MEGABYTE = 1024 * 1024
DEEP = 100_000

REFUSED: dict[str, tuple[Line | str | bytes, str]] = {
    "no JSON": ('{"title": ', "not JSON: Expecting value at character 11"),
    "two values": ('{"title": "a"} {}', "not JSON: Extra data at character 16"),
    "no UTF-8": (b'{"title": "\xff"}\n', "not UTF-8 at byte 12"),
    "a surrogate in UTF-8": (b'{"title": "\xed\xa0\x80"}\n', "not UTF-8 at byte 12"),
    "a raw NUL": ('{"title": "a\0"}', "not JSON: Invalid control character at at character 13"),
    "a list": ("[]", "line is not an object"),
    "a text": ('"title"', "line is not an object"),
    "NaN": ('{"title": "a", "answers": NaN}', "not JSON: NaN is no number"),
    "Infinity": ('{"title": "a", "answers": [-Infinity]}', "not JSON: -Infinity is no number"),
    "deep": ("[" * DEEP + "]" * DEEP, "not JSON that can be read: nested too deep"),
    "a huge number": ('{"title": ' + "9" * 5000 + "}", "a number has too many digits"),
    "a key twice": ('{"title": "a", "title": "b"}', 'key given twice: "title"'),
    "an unknown key": (question(colour="red"), 'line has an unknown key: "colour"'),
    "unknown keys": (
        question(**{f"k{n}": n for n in range(7)}),
        'unknown key: "k0", "k1", "k2", "k3", "k4" and 2 more',
    ),
    "an unknown key to a terminal": (question(**{"\x1b[2J\ud800": 1}), 'unknown key: "\\u001b[2J\\ud800"'),
    "an unknown key of an answer": (question(answers=[answer(score=3)]), 'answer 1 has an unknown key: "score"'),
    "an unknown key of a doctor": (by_doctor(mail="a"), 'answer 1: doctor has an unknown key: "mail"'),
    "neither title nor body": ({"id": "a", "title": " ", "body": None}, "title and body are missing"),
    "no words for a title": ({"body": "<br>", "body_format": "html"}, "body holds no words to make one from"),
    "a number for a title": (question(title=5), "title is not a text"),
    "a number for an id": (question(id=5), "id is not a text"),
    "a long title": (question(title="x" * 301), "title is longer than 300 characters (301)"),
    "a long id": (question(id="x" * 256), "id is longer than 255 characters (256)"),
    "a long asker": (question(asker="x" * 256), "asker is longer than 255 characters (256)"),
    "a long topic": (question(topics=["x" * 256]), "topics is longer than 255 characters (256)"),
    "a long body": (question(body="é" * MEGABYTE), f"body is longer than {MEGABYTE} bytes ({2 * MEGABYTE})"),
    "a long line": (question(body="x" * 4 * MEGABYTE), f"longer than {4 * MEGABYTE} bytes"),
    "a NUL": (question(body=f"{SECRET}\0"), "body holds a NUL character"),
    "half a pair": ('{"title": "\\ud83d"}', "title holds half of a surrogate pair"),
    "half a pair in a topic": (question(topics=["\udfff"]), "topics holds half of a surrogate pair"),
    "topics no list": (question(topics="acne"), "topics is not a list"),
    "a topic of null": (question(topics=[None]), "topics is not a text"),
    "another format": (question(body_format="rtf"), "body_format is none of text, markdown, html"),
    "a script for an address": (question(url="javascript:alert(1)"), "url is not an address"),
    "no host": (question(url="https:///path"), "url is not an address"),
    "a broken host": (question(url="https://[::1/"), "url is not an address"),
    "an address in two lines": (question(url="https://a.example/\nb"), "url is not an address"),
    "a long address": (question(url="https://a.example/" + "x" * 2000), "url is longer than 2000 characters (2018)"),
    "no time": (question(asked_at="yesterday"), "asked_at is neither a date nor a time in ISO 8601"),
    "no day": (question(asked_at="2012-02-30"), "asked_at is neither a date nor a time in ISO 8601"),
    "another parting": (question(asked_at="2012-02-03x10:00:00Z"), "asked_at is neither a date nor a time"),
    "no offset": (question(asked_at="2012-05-01T10:00:00"), "asked_at is a time without an offset"),
    "before all time": (question(asked_at="0001-01-01T00:00:00+01:00"), "asked_at is out of range"),
    "after all time": (question(asked_at="9999-12-31T23:59:59-01:00"), "asked_at is out of range"),
    "a number for a time": (question(asked_at=1335866400), "asked_at is not a text"),
    "answers no list": (question(answers={}), "answers is not a list"),
    "an answer of null": (question(answers=[None]), "answer 1 is not an object"),
    "the second answer": (question(answers=[answer(), {}]), "answer 2: body is missing"),
    "an empty answer": (question(answers=[answer(body=" \n")]), "answer 1: body is missing"),
    "a long headline": (question(answers=[answer(headline="x" * 301)]), "answer 1: headline is longer than 300"),
    "no doctor": (question(answers=[answer(doctor=None)]), "answer 1: doctor is missing"),
    "a doctor by name only": (question(answers=[answer(doctor="Ada")]), "answer 1: doctor is not an object"),
    "a doctor without a name": (by_doctor(name=""), "answer 1: doctor.name is missing"),
    "a long place": (by_doctor(place="x" * 256), "answer 1: doctor.place is longer than 255"),
    "a rating of 7": (by_doctor(rating=7), "answer 1: doctor.rating is not between 1 and 5"),
    "a rating of 0": (by_doctor(rating=0), "answer 1: doctor.rating is not between 1 and 5"),
    "a rating past all": ('{"title":"a","answers":[{"body":"b","doctor":{"name":"c","rating":1e999}}]}', "1 and 5"),
    "a rating of true": (by_doctor(rating=True), "answer 1: doctor.rating is not a number"),
    "a rating in words": (by_doctor(rating="4.8"), "answer 1: doctor.rating is not a number"),
    "fewer than no reviews": (by_doctor(review_count=-1), "answer 1: doctor.review_count is not between 0 and 1000"),
    "half a vote": (question(answers=[answer(upvotes=0.5)]), "answer 1: upvotes is not a whole number"),
    "a vote of true": (question(answers=[answer(downvotes=True)]), "answer 1: downvotes is not a whole number"),
    "too many votes": (
        question(answers=[answer(upvotes=10**9 + 1)]),
        "answer 1: upvotes is not between 0 and 1000000000",
    ),
    "too many reviews": (by_doctor(review_count=10**9 + 1), "review_count is not between 0 and 1000000000"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", REFUSED)
def test_a_line_that_cannot_be_taken_is_refused_with_its_reason_and_the_rest_goes_in(take, name):
    line, reason = REFUSED[name]

    took = take(question(id="src:before"), line, question(id="src:after"))

    assert took.counts == (2, 0, 0, 1)
    assert took.code == 1
    (told,) = took.err.splitlines()
    place, _, words = told.partition(":2: ")
    assert place.endswith("lines.jsonl")
    assert reason in words
    assert set(Question.objects.values_list("external_id", flat=True)) == {"src:before", "src:after"}
    assert not Answer.objects.exists()


@pytest.mark.django_db
def test_no_refusal_repeats_what_somebody_wrote(take):
    texts = [
        question(title=SECRET * 40),
        question(body_format=SECRET),
        question(asked_at=SECRET),
        question(url=SECRET),
        question(topics=[SECRET * 40]),
        question(answers=[answer(id=SECRET * 40)]),
        question(answers=[answer(body=SECRET, doctor={"name": SECRET, "rating": 4, "review_count": 10**9 + 1})]),
        f'{{"title": "{SECRET}" "',
    ]

    took = take(*texts)

    assert took.counts == (0, 0, 0, len(texts))
    assert SECRET not in took.err + took.out


@pytest.mark.django_db
def test_the_largest_that_is_allowed_goes_in(take):
    texts = {"title": "t" * 300, "body": "x" * MEGABYTE, "asker": "a" * 255, "topics": ["o" * 255], "id": "i" * 255}
    doctor = {"id": "d" * 255, "name": "n" * 255, "specialty": "s" * 255, "place": "p" * 255, "credentials": "c" * 255}
    votes = {"upvotes": 10**9, "downvotes": 10**9}

    took = take(
        question(**texts, answers=[answer(headline="h" * 300, body="é" * (MEGABYTE // 2), **votes, doctor=doctor)])
    )

    assert took.counts == (1, 0, 0, 0)
    assert len(next(export_lines())) > MEGABYTE


@pytest.mark.django_db
def test_a_line_as_long_as_a_line_may_be_is_read_whole(take):
    line = encoded(question()).strip()
    longest = line + b" " * (interchange.LINE_BYTES - len(line))

    took = take(b"\xef\xbb\xbf" + longest + b"\r\n", longest + b" \r\n", encoded(question(id="src:2")))

    assert took.counts == (2, 0, 0, 1)
    assert took.err.endswith(f":2: longer than {interchange.LINE_BYTES} bytes\n")


def test_a_line_without_an_end_is_never_held():
    class Endless(io.RawIOBase):
        left = 64 * MEGABYTE

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            size = min(len(buffer), self.left)
            buffer[:size] = b"x" * size
            self.left -= size
            return size

    read: list[int] = []
    tracemalloc.start()
    try:
        lines = list(read_lines(io.BufferedReader(Endless()), read.append))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert lines == [(1, None)]
    assert sum(read) == 64 * MEGABYTE
    assert peak < 16 * MEGABYTE


def let_the_database_refuse(reviews: int) -> None:
    """Make it refuse what no check of ours does: whatever that will be one day."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE doctors_doctor ADD CHECK (imported_review_count <> {reviews})")


@pytest.mark.django_db
def test_what_the_database_refuses_is_found_among_many(take):
    let_the_database_refuse(reviews=13)
    lines = [question(id=f"src:{n}", answers=[answer(id=f"a{n}", doctor={"name": f"N{n}"})]) for n in range(20)]
    lines[13]["answers"][0]["doctor"] |= {"rating": 4, "review_count": 13}

    took = take(*lines)

    assert took.counts == (19, 0, 0, 1)
    assert ":14: the database refuses it: CheckViolation" in took.err
    assert drifted() == []


@pytest.mark.django_db
def test_new_data_of_a_doctor_that_the_database_refuses_leave_the_other_doctors_theirs(take):
    let_the_database_refuse(reviews=13)

    def lines(count: int, place: str) -> list[Line]:
        doctors = [
            {"id": "d1", "name": "Ada", "rating": 4, "review_count": count},
            {"id": "d2", "name": "Bo", "place": place},
        ]
        return [question(id=f"q{n}", answers=[answer(id=f"a{n}", doctor=doctor)]) for n, doctor in enumerate(doctors)]

    take(*lines(5, "here"))
    took = take(*lines(13, "there"))

    assert took.counts == (0, 0, 2, 1)
    assert ":1: the database refuses it: CheckViolation" in took.err
    assert list(Doctor.objects.order_by("name").values_list("imported_review_count", "place")) == [
        (5, ""),
        (0, "there"),
    ]


# --- Again -----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_same_file_again_writes_no_row(take):
    lines = [FULL, question(topics=["Acne", "acne scars"], answers=[answer(), answer(id=None), answer(id="src:1-2")])]
    take(*lines)
    before = stamps()

    took = take(*lines)

    assert took.counts == (0, 0, 2, 0)
    assert stamps() == before


CHANGES: dict[str, Line] = {
    "title": question(title="Is it now?", topics=["acne"], answers=[answer()]),
    "body": question(body="It began at night.", topics=["acne"], answers=[answer()]),
    "format": question(body_format="markdown", topics=["acne"], answers=[answer()]),
    "date": question(asked_at="2012-05-01", topics=["acne"], answers=[answer()]),
    "asker": question(asker="sunny_day", topics=["acne"], answers=[answer()]),
    "address": question(url="https://a.example/", topics=["acne"], answers=[answer()]),
    "no topic": question(answers=[answer()]),
    "another topic before": question(topics=["scars", "acne"], answers=[answer()]),
    "another topic behind": question(topics=["acne", "scars"], answers=[answer()]),
    "headline": question(topics=["acne"], answers=[answer(headline="Yes")]),
    "answer": question(topics=["acne"], answers=[answer(body="It rarely is.")]),
    "date of the answer": question(topics=["acne"], answers=[answer(answered_at="2012-05-01")]),
    "votes": question(topics=["acne"], answers=[answer(upvotes=3, downvotes=2)]),
    "another doctor": question(topics=["acne"], answers=[answer(doctor={"id": "d2", "name": "Bo"})]),
    "one answer more": question(topics=["acne"], answers=[answer(), answer(id="src:1-2")]),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", CHANGES)
def test_what_changed_is_updated_and_the_rest_left_alone(take, name):
    other = question(id="src:other", topics=["acne"])
    take(question(topics=["acne"], answers=[answer()]), other)
    rows = Question.objects.filter(external_id="src:other")
    stamp = rows.extra(select={"stamp": "concat(xmin, ctid)"}).values_list("pk", "stamp")
    before = list(stamp)

    took = take(CHANGES[name], other)

    assert took.counts == (0, 1, 1, 0)
    found = {line["id"]: line for line in exported()}["src:1"]
    for sent, written in zip([CHANGES[name], *CHANGES[name]["answers"]], [found, *found["answers"]], strict=True):
        plain = {key: value for key, value in sent.items() if key not in {"answers", "asked_at", "answered_at"}}
        assert written.items() >= plain.items()
        assert set(written) - set(sent) <= {"upvotes", "downvotes"}
    assert list(stamp) == before
    assert drifted() == []
    assert take(CHANGES[name], other).counts == (0, 0, 2, 0)


@pytest.mark.django_db
def test_an_answer_that_vanished_from_the_file_stays(take):
    take(question(answers=[answer(), answer(id="src:1-2")]))

    assert take(question(answers=[answer()])).counts == (0, 0, 1, 0)
    assert Answer.objects.count() == 2


@pytest.mark.django_db
def test_without_ids_a_digest_of_the_content_stands_for_them(take):
    line = {"title": "Is it usual?", "answers": [{"body": "Yes.", "doctor": {"name": "Ada"}}]}

    assert take(line, line).counts == (1, 0, 1, 0)
    assert take(line).counts == (0, 0, 1, 0)
    more = {**line, "answers": [*line["answers"], {"body": "No.", "doctor": {"name": "Ada"}}]}
    assert take(more).counts == (0, 1, 0, 0)

    assert Question.objects.get().external_id.startswith("sha256:")
    assert Answer.objects.filter(doctor=Doctor.objects.get()).count() == 2


@pytest.mark.django_db
def test_the_later_line_of_one_question_is_an_update_of_the_earlier(take):
    first = question(topics=["acne"], answers=[answer()])

    took = take(first, question(title="And now?", answers=[answer(body="No.", upvotes=2), answer(id="src:1-2")]))

    assert took.counts == (1, 1, 0, 0)
    (line,) = exported()
    assert (line["title"], "topics" in line) == ("And now?", False)
    assert [(each["id"], each["body"]) for each in line["answers"]] == [("src:1-1", "No."), ("src:1-2", "It often is.")]
    assert drifted() == []


@pytest.mark.django_db
def test_of_two_answers_under_one_id_the_later_stays(take):
    lines = [question(answers=[answer(body="First."), answer(body="Second.")])]

    assert take(*lines).counts == (1, 0, 0, 0)
    assert Answer.objects.get().body == "Second."
    assert take(*lines).counts == (0, 0, 1, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("together", [True, False])
def test_a_question_that_claims_an_answer_of_another_is_refused(take, together):
    first, thief = question(answers=[answer()]), question(id="src:2", answers=[answer(id="x"), answer()])

    took = take(first, thief) if together else [take(first), take(thief)][1]

    assert took.counts[-1] == 1
    assert "answer 2: id belongs to an answer of another question" in took.err
    assert list(Question.objects.values_list("external_id", flat=True)) == ["src:1"]
    assert take(first).counts == (0, 0, 1, 0)


@pytest.mark.django_db
def test_topics_are_the_same_in_any_case(take):
    take(question(topics=["Acne", "ACNE", "acne scars", "aCNE"]), question(id="src:2", topics=["acne"]))

    assert [line["topics"] for line in exported()] == [["Acne", "acne scars"], ["Acne"]]
    assert dict(Topic.objects.values_list("name", "question_count")) == {"Acne": 2, "acne scars": 1}


@pytest.mark.django_db
def test_names_that_read_alike_in_an_address_get_addresses_of_their_own(take):
    TopicFactory(name="there before", slug="acne-scars")
    topics = ["acne scars", "acne-scars", "Acne/Scars", "皮膚", "しわ", *(f"acne {'!' * n}" for n in range(1, 15))]
    doctors = [{"id": str(n), "name": "李"} for n in range(14)]

    take(question(topics=topics, answers=[answer(id=f"a{d['id']}", doctor=d) for d in doctors]))

    assert Topic.objects.count() == len(topics) + 1
    slugs = set(Topic.objects.values_list("slug", flat=True))
    assert {"acne-scars", "acne-scars-2", "acne-scars-3", "topic", "topic-2", "acne", "acne-9"} <= slugs
    assert Doctor.objects.filter(slug__startswith="doctor").count() == 14


# --- Doctors ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_doctor_with_an_id_is_the_same_whatever_else_differs(take):
    take(
        by_doctor(id="d1", place="Rome"),
        question(id="src:2", answers=[answer(id="b", doctor={"id": "d1", "name": "Bo"})]),
    )

    assert Doctor.objects.get().name == "Bo"
    assert Doctor.objects.get().answer_count == 2


@pytest.mark.django_db
def test_a_doctor_without_an_id_is_known_by_name_specialty_and_place(take):
    card = {"name": "Ada Long", "specialty": "GP", "place": "Rome"}
    cards = [
        card,
        {**card, "name": "ADA  long "},
        {**card, "credentials": "MD"},
        {**card, "place": "Oslo"},
        {"name": "Ada Long"},
    ]

    take(question(answers=[answer(id=f"a{n}", doctor=doctor) for n, doctor in enumerate(cards)]))

    assert sorted(Doctor.objects.values_list("place", "answer_count")) == [("", 1), ("Oslo", 1), ("Rome", 3)]


@pytest.mark.django_db
def test_of_a_doctors_data_the_last_in_the_file_stay_and_flip_no_more(take):
    states = [
        {"place": "Rome", "rating": 4, "review_count": 9},
        {"place": "Oslo", "specialty": "GP"},
        {"credentials": "MD"},
    ]
    lines = [
        question(id=f"q{n}", answers=[answer(id=f"a{n}", doctor={"id": "d", "name": "Ada", **s})])
        for n, s in enumerate(states)
    ]
    take(*lines)
    before = stamps()

    assert take(*lines).counts == (0, 0, 3, 0)

    assert stamps() == before
    doctor = Doctor.objects.get()
    assert (doctor.place, doctor.specialty, doctor.credentials) == ("", None, "MD")
    assert (doctor.imported_rating, doctor.imported_review_count) == (None, 0)


@pytest.mark.django_db
def test_new_data_of_a_doctor_update_the_doctor_and_no_question(take):
    take(by_doctor(id="d", rating=4, review_count=9))

    assert take(by_doctor(id="d", specialty="GP", rating=4.5, review_count=10)).counts == (0, 0, 1, 0)

    doctor = Doctor.objects.get()
    assert (doctor.specialty.name, doctor.imported_rating, doctor.imported_review_count) == ("GP", 4.5, 10)


@pytest.mark.django_db
def test_an_answer_that_its_doctor_rewrote_here_keeps_the_words_and_takes_the_votes(take):
    take(question(answers=[answer(body="Of old.", upvotes=1, doctor={"id": "d", "name": "Ada"})]))
    Doctor.objects.update(user=UserFactory())
    Answer.objects.update(body="Of today.", edited_at=datetime.now(UTC))

    again = take(question(answers=[answer(body="Of the file.", upvotes=5, doctor={"id": "d", "name": "Ada"})]))

    found = Answer.objects.get()
    assert again.counts == (0, 1, 0, 0)
    assert (found.body, found.imported_upvote_count) == ("Of today.", 5)


@pytest.mark.django_db
def test_a_doctor_who_joined_keeps_a_profile_of_their_own(take):
    take(by_doctor(id="d", specialty="GP", place="Rome"))
    Doctor.objects.update(user=UserFactory(), place="Oslo")

    take(by_doctor(id="d", specialty="Surgeon", place="Rome", rating=4, review_count=9))

    doctor = Doctor.objects.get()
    assert (doctor.place, doctor.specialty.name, doctor.imported_review_count) == ("Oslo", "GP", 9)


# --- What was decided here -------------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_is_hidden_here_stays_hidden_though_its_text_is_updated(take):
    take(question(answers=[answer()]), question(id="src:2", answers=[answer(id="src:2-1")]))
    hide_question(Question.objects.get(external_id="src:1").pk, rule=1, reason="Why.", moderator=None)
    hide_answer(Answer.objects.get(external_id="src:2-1").pk, rule=1, reason="Why.", moderator=None)
    hidden = [Question.objects.get(external_id="src:1"), Answer.objects.get(external_id="src:2-1")]
    decisions = [row.decision for row in hidden]

    took = take(
        question(body="New.", answers=[answer()]), question(id="src:2", answers=[answer(id="src:2-1", body="New.")])
    )

    assert took.counts == (0, 2, 0, 0)
    for row, decision in zip(hidden, decisions, strict=True):
        row.refresh_from_db()
        assert (row.state, row.decision, row.body) == ("hidden", decision, "New.")
    assert [(line["id"], "answers" in line) for line in exported()] == [("src:2", False)]
    assert list(recount_questions()) == []


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["held", "withdrawn"])
def test_what_waits_or_was_withdrawn_stays_so(take, state):
    take(question(answers=[answer()]))
    Question.objects.update(state=state)
    Answer.objects.update(state=state)

    take(question(title="Now?", answers=[answer(body="Now."), answer(id="src:1-2")]))

    assert Question.objects.get().state == state
    assert list(Answer.objects.order_by("pk").values_list("state", "body")) == [
        (state, "Now."),
        ("published", "It often is."),
    ]
    assert exported() == []
    assert list(recount_questions()) == []


# --- Votes and reviews that were given here --------------------------------------------------------------


@pytest.mark.django_db
def test_imported_votes_and_ratings_stay_apart_from_those_given_here(take):
    line = question(answers=[answer(upvotes=4, downvotes=1, doctor={"name": "Ada", "rating": 4.8, "review_count": 95})])
    take(line)
    answered, doctor = Answer.objects.get(), Doctor.objects.get()
    VoteFactory.create_batch(2, answer=answered)
    DoctorReviewFactory(doctor=doctor, rating=1)

    assert take(line).counts == (0, 0, 1, 0)

    answered.refresh_from_db()
    doctor.refresh_from_db()
    assert (answered.upvote_count, answered.imported_upvote_count, answered.visitor_upvote_count) == (6, 4, 2)
    assert (doctor.review_count, doctor.imported_review_count, doctor.one_star_count) == (96, 95, 1)
    assert doctor.rating == pytest.approx((4.8 * 95 + 1) / 96)


@pytest.mark.django_db
def test_an_export_writes_totals_and_reading_it_back_changes_nothing(take):
    take(FULL)
    VoteFactory.create_batch(3, answer=Answer.objects.get())
    VoteFactory(answer=Answer.objects.get(), value=-1)
    DoctorReviewFactory.create_batch(2, doctor=Doctor.objects.get(), rating=2)
    before = stamps()
    lines = exported()

    assert take(*lines).counts == (0, 0, 1, 0)

    assert stamps() == before
    (written,) = lines[0]["answers"]
    assert (written["upvotes"], written["downvotes"]) == (7, 2)
    assert written["doctor"]["review_count"] == 97
    assert written["doctor"]["rating"] == Doctor.objects.get().rating


@pytest.mark.django_db
@pytest.mark.parametrize("doctor", [{"rating": 4.8}, {"review_count": 5}, {"rating": 4.3, "review_count": 7}])
@pytest.mark.parametrize("reviews", [0, 2])
def test_half_of_a_rating_comes_back_as_it_went(take, doctor, reviews):
    take(by_doctor(**doctor))
    DoctorReviewFactory.create_batch(reviews, doctor=Doctor.objects.get(), rating=3)
    before = stamps()
    lines = exported()

    assert take(*lines).counts == (0, 0, 1, 0)
    assert stamps() == before
    if not reviews:
        assert lines[0]["answers"][0]["doctor"] == {"name": "Ada Long", **doctor}


# --- What was written here -------------------------------------------------------------------------------


def write_here() -> Answer:
    topics = [TopicFactory(name="Zits"), TopicFactory(name="Acne")]
    asked = QuestionFactory(topics=topics, asker=UserFactory(pen_name="sunny_day", email="sunny@mail.example"))
    written = AnswerFactory(question=asked, body="*Yes.*", body_format="markdown", body_html="<p><em>Yes.</em></p>")
    VoteFactory(answer=written)
    DoctorReviewFactory(doctor=written.doctor, rating=4)
    return written


@pytest.mark.django_db
def test_what_was_written_here_is_exported_under_names_of_ours(settings):
    settings.SITE_URL = "https://forum.example"
    written = write_here()
    asked, doctor = written.question, written.doctor

    (line,) = exported()

    assert line == {
        "id": f"https://forum.example#question-{asked.pk}",
        "title": asked.title,
        "body": asked.body,
        "asked_at": asked.asked_at.isoformat().replace("+00:00", "Z"),
        "asker": "sunny_day",
        "topics": ["Zits", "Acne"],
        "answers": [
            {
                "id": f"https://forum.example#answer-{written.pk}",
                "headline": written.headline,
                "body": "*Yes.*",
                "body_format": "markdown",
                "answered_at": written.answered_at.isoformat().replace("+00:00", "Z"),
                "upvotes": 1,
                "downvotes": 0,
                "doctor": {
                    "id": f"https://forum.example#doctor-{doctor.pk}",
                    "name": doctor.name,
                    "credentials": "MD",
                    "specialty": doctor.specialty.name,
                    "place": "Port Alder",
                    "rating": 4.0,
                    "review_count": 1,
                },
            }
        ],
    }
    assert list(line) == ["id", "title", "body", "asked_at", "asker", "topics", "answers"]
    assert "mail.example" not in json.dumps(line)


@pytest.mark.django_db
def test_an_import_knows_what_was_written_here_and_changes_nothing_about_it(take):
    write_here()
    before = stamps()
    (line,) = exported()
    line |= {"title": "Changed", "topics": ["other"], "asker": "somebody"}
    line["answers"][0] |= {"body": "Changed", "upvotes": 70}
    line["answers"][0]["doctor"] |= {"name": "Changed", "rating": 1, "review_count": 1000}

    assert take(line).counts == (0, 0, 1, 0)
    assert stamps() == before


@pytest.mark.django_db
def test_an_answer_from_elsewhere_joins_a_question_that_was_written_here(take):
    write_here()
    (line,) = exported()
    line["answers"].append(answer(id="https://other.example#answer-1"))

    assert take(line).counts == (0, 1, 0, 0)
    assert take(line).counts == (0, 0, 1, 0)
    assert Question.objects.get().answer_count == 2


@pytest.mark.django_db
def test_an_answer_of_ours_under_another_question_is_refused(take):
    written = write_here()

    took = take(question(answers=[answer(id=f"{settings.SITE_URL}#answer-{written.pk}")]))

    assert took.counts == (0, 0, 0, 1)
    assert Answer.objects.get().question == written.question


@pytest.mark.django_db
def test_on_another_site_names_of_ours_are_names_of_a_source(take, settings):
    settings.SITE_URL = "https://one.example"
    write_here()
    lines = exported()
    settings.SITE_URL = "https://two.example"

    assert take(*lines).counts == (1, 0, 0, 0)

    assert Question.objects.count() == Doctor.objects.count() == 2
    Question.objects.filter(external_id=None).delete()
    Doctor.objects.filter(import_key=None).delete()
    assert exported() == lines
    assert take(*lines).counts == (0, 0, 1, 0)


@pytest.mark.django_db
def test_a_name_of_ours_that_nothing_bears_is_a_name_of_a_source(take, settings):
    write_here()
    lines = exported()
    Question.objects.all().delete()
    Doctor.objects.all().delete()

    assert take(*lines, question(id=f"{settings.SITE_URL}#question-007")).counts == (2, 0, 0, 0)

    assert exported()[0] == lines[0]
    # A row that bears this key by chance, but came from a file, is not meant.
    bearer = Question.objects.get(external_id=lines[0]["id"])
    assert take(question(id=f"{settings.SITE_URL}#question-{bearer.pk}")).counts == (1, 0, 0, 0)


@pytest.mark.django_db
def test_a_doctor_whose_card_was_mended_here_is_found_again(take, settings):
    take(by_doctor(place="Rmoe"))
    doctor = Doctor.objects.get()
    Doctor.objects.update(place="Rome")
    before = stamps()
    lines = exported()

    assert lines[0]["answers"][0]["doctor"]["id"] == f"{settings.SITE_URL}#doctor-{doctor.pk}"
    assert take(*lines).counts == (0, 0, 1, 0)
    assert stamps() == before


@pytest.mark.django_db
def test_a_question_longer_than_a_line_comes_in_parts(take, monkeypatch):
    monkeypatch.setattr(interchange, "LINE_BYTES", 1000)
    answers = [answer(id=f"a{n}", body=f"{n} " + "é" * 100) for n in range(7)]
    monkeypatch.setattr(interchange, "LINE_BYTES", 5000)
    take(question(answers=answers))
    monkeypatch.setattr(interchange, "LINE_BYTES", 1000)
    before = stamps()

    lines = list(export_lines())

    assert len(lines) == 3
    assert all(len(line.encode()) <= 1000 for line in lines)
    assert [part["body"] for line in lines for part in json.loads(line)["answers"]] == [
        each["body"] for each in answers
    ]
    assert take(*lines).counts == (0, 0, 3, 0)
    assert stamps() == before


# --- The export as a file --------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_export_goes_to_a_file_or_to_standard_output(take, tmp_path, capsysbinary):
    take(question(title="Is it é 😀?"), question(id="src:2"))
    path = tmp_path / "out.jsonl"

    assert run("export_questions", "--out", str(path)).code == 0

    assert path.read_bytes().count(b"\n") == 2
    assert "Is it é 😀?".encode() in path.read_bytes()
    assert run("export_questions").out == path.read_text()
    assert [file.name for file in tmp_path.iterdir() if "out" in file.name] == ["out.jsonl"]


@pytest.mark.django_db
def test_an_export_that_fails_leaves_the_old_file(take, tmp_path, monkeypatch):
    take(question())
    path = tmp_path / "out.jsonl"
    path.write_text("old\n")

    def broken() -> Iterator[str]:
        yield "new"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("questions.management.commands.export_questions.export_lines", broken)
    with pytest.raises(CommandError, match="No space left"):
        run("export_questions", "--out", str(path))

    assert path.read_text() == "old\n"
    assert [file.name for file in tmp_path.iterdir() if "out" in file.name] == ["out.jsonl"]


@pytest.mark.django_db
def test_an_export_to_nowhere_says_so(tmp_path):
    with pytest.raises(CommandError, match="No such file or directory"):
        run("export_questions", "--out", str(tmp_path / "none" / "out.jsonl"))


# --- Any content -----------------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
words = texts.filter(str.strip)
names = st.sampled_from(["Ada", "ADA", " ada", "Bo", "İ", "ß", "SS", "李"])
times = st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat) | st.dates().map(str)
formats = st.sampled_from(["text", "markdown", "html", None])
counts = st.integers(0, 2**20)


def objects(required: dict[str, Any], **optional: Any) -> st.SearchStrategy[Line]:
    return st.fixed_dictionaries(required, optional={key: st.none() | value for key, value in optional.items()})


some_doctor = objects(
    {"name": names},
    id=st.sampled_from(["1", "2"]),
    credentials=texts,
    specialty=names,
    place=names,
    rating=st.floats(1, 5),
    review_count=counts,
)
some_answer = objects(
    {"body": words, "doctor": some_doctor},
    id=words,
    headline=texts,
    body_format=formats,
    answered_at=times,
    upvotes=counts,
    downvotes=counts,
)
some_question = objects(
    {"title": words},
    id=st.sampled_from(["1", "2", "3"]),
    body=texts,
    body_format=formats,
    asked_at=times,
    asker=texts,
    url=st.sampled_from(["https://a.example/?q=1#b", "http://b.example"]),
    topics=st.lists(names | texts, max_size=4),
    answers=st.lists(some_answer, max_size=3),
)


def as_file(lines: list[Line] | list[str]) -> io.BytesIO:
    return io.BytesIO(b"".join(map(encoded, lines)))


def take_quietly(lines: list[Line] | list[str]) -> tuple[int, ...]:
    importer = interchange.Importer()
    importer.take(as_file(lines), lambda line, reason: None)
    return tuple(importer.tally[outcome] for outcome in interchange.Outcome)


@pytest.mark.django_db
@given(st.lists(some_question, max_size=5))
@example_settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_went_in_comes_out_and_goes_in_again_unchanged(lines):
    with transaction.atomic():
        imported, updated, unchanged, refused = take_quietly(lines)
        assert imported + updated + unchanged + refused == len(lines)
        assert drifted() == []
        first, before = list(export_lines()), stamps()
        assert len(first) == imported

        assert take_quietly(first) == (0, 0, imported, 0)
        assert stamps() == before
        assert list(export_lines()) == first

        for model in (Question, Doctor, Topic, Specialty):
            model.objects.all().delete()
        assert take_quietly(first) == (imported, 0, 0, 0)
        assert list(export_lines()) == first
        transaction.set_rollback(True)


@given(
    st.binary(max_size=60) | st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists)
)
def test_any_line_is_an_entry_or_a_refusal(value):
    line = value if isinstance(value, bytes) else json.dumps({"title": "t", "answers": value, "body": value}).encode()

    try:
        said = interchange.parse(1, line).title
    except interchange.Refused as refusal:
        said = str(refusal)
    assert said.strip()


# --- Long files, two runs, killed runs -------------------------------------------------------------------


def repeat(path: Path, times: int) -> Iterator[bytes]:
    """Yield the lines of a file so many times, under new ids each time."""
    for n in range(times):
        for line in path.read_bytes().splitlines():
            found = json.loads(line)
            answers = [{**each, "id": f"{each['id']}~{n}"} for each in found.get("answers", [])]
            yield encoded({**found, "id": f"{found['id']}~{n}", "answers": answers})


@pytest.mark.django_db
def test_memory_stays_flat_however_long_the_file_is(tmp_path):
    source, path = tmp_path / "source.jsonl", tmp_path / "long.jsonl"
    source.write_bytes(
        b"".join(encoded(question(id=f"q{n}", answers=[answer(id=f"a{n}", body="again " * 5000)])) for n in range(10))
    )

    def peak(times: int) -> int:
        with path.open("wb") as file:
            file.writelines(repeat(source, times))
        tracemalloc.start()
        try:
            with path.open("rb") as file:
                interchange.Importer().take(file, pytest.fail)
            for _ in export_lines():
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    short = peak(20)
    long = peak(70)

    assert path.stat().st_size > 20 * MEGABYTE
    assert long < 1.1 * short
    assert long < 40 * MEGABYTE


def database_url() -> str:
    connection.ensure_connection()
    info = connection.connection.info
    return (
        f"postgres://{quote(info.user)}:{quote(info.password)}@/{info.dbname}?host={quote(info.host)}&port={info.port}"
    )


def start_import(*files: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_questions", *files],
        cwd=REPOSITORY,
        env={**os.environ, "DATABASE_URL": database_url(), "SECRET_KEY": settings.SECRET_KEY},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def wait_until(is_so: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 30
    while not is_so():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.005)


def importing_backends() -> list[int]:
    """Return who holds the lock of an import, in this test's own database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_locks JOIN pg_database d ON d.oid = database AND d.datname = current_database()"
            " WHERE locktype = 'advisory' AND objid = %s AND granted",
            [interchange.IMPORT_LOCK],
        )
        return [pid for (pid,) in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_a_killed_import_leaves_whole_questions_and_the_next_run_finishes(tmp_path):
    path, total = tmp_path / "killed.jsonl", 1600
    path.write_bytes(
        b"".join(
            encoded(question(id=f"q{n}", topics=["a", "b"], answers=[answer(id=f"{n}-1"), answer(id=f"{n}-2")]))
            for n in range(total)
        )
    )
    killed = start_import(str(path))
    wait_until(Question.objects.exists, killed)

    killed.send_signal(signal.SIGKILL)
    killed.communicate()

    finished = run("import_questions", str(path))
    imported, updated, unchanged, refused = finished.counts
    assert 0 < unchanged < total
    assert (imported, updated, refused) == (total - unchanged, 0, 0)
    assert set(Question.objects.values_list("answer_count", flat=True)) == {2}
    assert QuestionTopic.objects.count() == 2 * total
    assert drifted() == []


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_are_one_too_many(tmp_path, monkeypatch):
    (tmp_path / "other.jsonl").write_bytes(encoded(question(id="other")))
    first = start_import("-")
    wait_until(lambda: bool(importing_backends()), first)
    monkeypatch.setattr(interchange, "LOCK_WAIT_SECONDS", 0)

    with pytest.raises(CommandError, match="Another import is running") as refusal:
        run("import_questions", str(tmp_path / "other.jsonl"))

    assert refusal.value.returncode == 1
    out, err = first.communicate(encoded(question()))
    assert (out, err, first.returncode) == (b"1 imported, 0 updated, 0 unchanged, 0 refused\n", b"", 0)
    assert run("import_questions", str(tmp_path / "other.jsonl")).counts == (1, 0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_an_import_that_loses_its_database_says_so_and_keeps_what_is_in():
    lost = start_import("-")
    lost.stdin.write(b"".join(encoded(question(id=f"q{n}")) for n in range(interchange.BATCH_QUESTIONS + 1)))
    lost.stdin.flush()
    wait_until(Question.objects.exists, lost)
    (backend,) = importing_backends()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [backend])

    out, err = lost.communicate(encoded(question(body=SECRET)))

    assert lost.returncode == 1
    assert out == f"{interchange.BATCH_QUESTIONS} imported, 0 updated, 0 unchanged, 0 refused\n".encode()
    assert b"CommandError: The database failed (OperationalError). Whole questions are in" in err
    assert b"Traceback" not in err
    assert SECRET.encode() not in err
    assert Question.objects.count() == interchange.BATCH_QUESTIONS


@pytest.mark.django_db(transaction=True)
def test_an_import_that_is_interrupted_keeps_what_is_in():
    stopped = start_import("-")
    stopped.stdin.write(b"".join(encoded(question(id=f"q{n}")) for n in range(interchange.BATCH_QUESTIONS + 1)))
    stopped.stdin.flush()
    wait_until(Question.objects.exists, stopped)

    stopped.send_signal(signal.SIGINT)
    out, err = stopped.communicate()

    assert (out.decode(), stopped.returncode) == (
        f"{Question.objects.count()} imported, 0 updated, 0 unchanged, 0 refused\n",
        130,
    )
    assert err == b"Stopped. Whole questions are in; run it again for the rest.\n"
