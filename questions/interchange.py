"""Questions and answers as lines of JSON: read from a file into the database, and written from it again.

Three parts, each knowing only the ones before it: *reading* makes checked entries of lines and asks no database,
*importing* writes entries in batches, *exporting* makes lines of what everybody may see.
"""

import hashlib
import itertools
import json
import re
import time as clock
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any, BinaryIO, NamedTuple, Protocol, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, Error, connection, models, reset_queries, transaction
from django.db.models import F, Func, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.text import slugify

from doctors.models import RESERVED_SLUGS, Doctor, Specialty
from questions.bodies import first_sentence, render
from questions.models import (
    TITLE_LENGTH,
    Answer,
    BodyFormat,
    Question,
    QuestionTopic,
    Topic,
    TopicSynonym,
    question_slug,
)
from questions.services import refresh_related

LINE_BYTES = 4 * 1024 * 1024
BODY_BYTES = 1024 * 1024
NAME_LENGTH = 255
URL_LENGTH = 2000
# Leaves the columns room for what is added here.
LARGEST_COUNT = 10**9

# --- Reading ---------------------------------------------------------------------------------------------

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
SKIPPED_BYTES = 64 * 1024
SHOWN_KEYS = 5
SHOWN_KEY_LENGTH = 40

QUESTION_KEYS = frozenset({"id", "url", "title", "body", "body_format", "asked_at", "asker", "topics", "answers"})
ANSWER_KEYS = frozenset({"id", "headline", "body", "body_format", "answered_at", "upvotes", "downvotes", "doctor"})
DOCTOR_KEYS = frozenset({"id", "name", "credentials", "specialty", "place", "rating", "review_count"})

_unsafe_in_address = re.compile(r"[\x00-\x20\x7f]")
_own_number = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_time_form = re.compile(r"[0-9W-]+[T ][0-9:.,]+(Z|[+-][0-9:.]+)?", re.ASCII)


class Refused(Exception):
    """Why a line cannot be taken: a field and a fault, never the words that the line holds."""


@dataclass(frozen=True, slots=True)
class DoctorEntry:
    """A doctor's data as they stand beside one answer."""

    key: str
    name: str
    credentials: str
    specialty: str
    place: str
    rating: float | None
    review_count: int


@dataclass(frozen=True, slots=True)
class AnswerEntry:
    """An answer, checked and ready to be written."""

    key: str
    headline: str
    body: str
    body_format: str
    answered_at: datetime | None
    upvotes: int
    downvotes: int
    doctor: DoctorEntry


@dataclass(frozen=True, slots=True)
class QuestionEntry:
    """A question with its answers, checked and ready to be written; ``size`` is that of its line in bytes."""

    line: int
    size: int
    key: str
    url: str
    title: str
    body: str
    body_format: str
    asker: str
    asked_at: datetime | None
    topics: tuple[str, ...]
    answers: tuple[AnswerEntry, ...]

    @property
    def keys(self) -> set[tuple[str, str]]:
        """What no two entries of one batch may share."""
        return {("question", self.key), *(("answer", answer.key) for answer in self.answers)}


def read_lines(stream: BinaryIO, advance: Callable[[int], object]) -> Iterator[tuple[int, bytes | None]]:
    """Yield each line that is not blank with its number; None stands for one that is too long and was never held.

    ``advance`` is told how many bytes were read.
    """
    # Room for the two characters of a line's end and a byte order mark, and one more to see that there is more.
    bound = LINE_BYTES + 2 + len(BYTE_ORDER_MARK) + 1
    number = 0
    while chunk := stream.readline(bound):
        number += 1
        advance(len(chunk))
        is_whole = len(chunk) < bound or chunk.endswith(b"\n")
        while not is_whole and (rest := stream.readline(SKIPPED_BYTES)):
            advance(len(rest))
            is_whole = rest.endswith(b"\n")
            chunk = b""
        line = chunk.removeprefix(BYTE_ORDER_MARK) if number == 1 else chunk
        line = line.removesuffix(b"\n").removesuffix(b"\r")
        if not chunk or len(line) > LINE_BYTES:
            yield number, None
        elif line.strip():
            yield number, line


def parse(number: int, line: bytes | None) -> QuestionEntry:
    """Return the question that a line holds, or raise ``Refused`` with the reason."""
    if line is None:
        raise Refused(f"longer than {LINE_BYTES} bytes")
    fields = _Fields(_load(line), "", QUESTION_KEYS)
    title, body = fields.text("title", TITLE_LENGTH), fields.body("body")
    body_format = fields.body_format() if body else BodyFormat.TEXT.value
    # The digest stands for what the file says, so it is taken before a title is made.
    key = fields.text("id", NAME_LENGTH) or digest(title, body)
    if not (title or body):
        raise Refused("title and body are missing")
    title = title or first_sentence(body, body_format)
    if not title:
        raise Refused("title is missing, and body holds no words to make one from")
    answers = (_parse_answer(value, f"answer {n}: ", key) for n, value in enumerate(fields.items("answers"), 1))
    return QuestionEntry(
        line=number,
        size=len(line),
        key=key,
        url=fields.address("url"),
        title=title,
        body=body,
        body_format=body_format,
        asker=fields.text("asker", NAME_LENGTH),
        asked_at=fields.time("asked_at"),
        topics=tuple(dict.fromkeys(fields.texts("topics", NAME_LENGTH))),
        # Of two answers under one id the later is the newer state of the earlier.
        answers=tuple({answer.key: answer for answer in answers}.values()),
    )


def digest(*parts: str) -> str:
    """Return what stands for a thing without an id."""
    return f"sha256:{hashlib.sha256(json.dumps(parts).encode()).hexdigest()}"


def doctor_key(identifier: str, name: str, specialty: str, place: str) -> str:
    """Return what a doctor is known by: the source's id, else name, specialty and place in any case and spacing."""
    if identifier:
        return f"id:{identifier}"
    card = [" ".join(text.split()).casefold() for text in (name, specialty, place)]
    return f"card:{digest(*card).removeprefix('sha256:')}"


def _load(line: bytes) -> object:
    """Return the value that a line of JSON holds."""
    try:
        return json.loads(line.decode(), object_pairs_hook=_no_key_twice, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise Refused(f"not UTF-8 at byte {error.start + 1}") from None
    except json.JSONDecodeError as error:
        raise Refused(f"not JSON: {error.msg.rstrip(' :')} at character {error.pos + 1}") from None
    except RecursionError:
        raise Refused("not JSON that can be read: nested too deep") from None
    except ValueError:  # Python reads no integer of more than 4300 digits.
        raise Refused("a number has too many digits") from None


def _no_key_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Refused(f"key given twice: {_shown(key for key, n in Counter(k for k, _ in pairs).items() if n > 1)}")
    return found


def _no_constant(name: str) -> float:
    raise Refused(f"not JSON: {name} is no number")


def _shown(keys: Iterable[str]) -> str:
    """Return a few keys, cut and escaped: they are a stranger's, and go to a terminal."""
    names = sorted(keys)
    more = f" and {len(names) - SHOWN_KEYS} more" if len(names) > SHOWN_KEYS else ""
    return ", ".join(json.dumps(name[:SHOWN_KEY_LENGTH]) for name in names[:SHOWN_KEYS]) + more


class _Fields:
    """Takes the values of one JSON object by key and type; null and missing are the same."""

    def __init__(self, value: object, where: str, known: Collection[str]) -> None:
        name = where.rstrip(": .") or "line"
        if not isinstance(value, dict):
            raise Refused(f"{name} is not an object")
        if unknown := value.keys() - known:
            raise Refused(f"{name} has an unknown key: {_shown(unknown)}")
        self._where = where
        self._values: dict[str, object] = value

    def refuse(self, key: str, fault: str) -> Refused:
        """Return the refusal of one field."""
        return Refused(f"{self._where}{key} {fault}")

    def part(self, key: str, known: Collection[str]) -> "_Fields":
        """Return a required object."""
        value = self._values.get(key)
        if value is None:
            raise self.refuse(key, "is missing")
        return _Fields(value, f"{self._where}{key}.", known)

    def items(self, key: str) -> list[object]:
        """Return a list, empty where there is none."""
        value = self._values.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.refuse(key, "is not a list")
        return value

    def text(self, key: str, limit: int | None = None, *, required: bool = False) -> str:
        """Return a text as it stands; one of white space alone is missing, and so empty."""
        value = self._values.get(key)
        text = "" if value is None else self._text(key, value, limit)
        if required and not text:
            raise self.refuse(key, "is missing")
        return text

    def texts(self, key: str, limit: int) -> list[str]:
        """Return a list of texts without the empty ones."""
        values = (self._text(key, value, limit) for value in self.items(key))
        return [text for text in values if text]

    def body(self, key: str, *, required: bool = False) -> str:
        """Return a body, which is measured in bytes."""
        body = self.text(key, required=required)
        if (size := len(body.encode())) > BODY_BYTES:
            raise self.refuse(key, f"is longer than {BODY_BYTES} bytes ({size})")
        return body

    def body_format(self) -> str:
        """Return what the body beside it is written in."""
        name = self.text("body_format") or BodyFormat.TEXT.value
        if name not in BodyFormat.values:
            raise self.refuse("body_format", f"is none of {', '.join(BodyFormat.values)}")
        return name

    def address(self, key: str) -> str:
        """Return a web address."""
        address = self.text(key, URL_LENGTH)
        if address and not _is_web_address(address):
            raise self.refuse(key, "is not an address that begins with http:// or https://")
        return address

    def count(self, key: str) -> int:
        """Return a whole number from 0 up, 0 where there is none."""
        value = self._values.get(key)
        if value is None:
            return 0
        if type(value) is not int:  # To isinstance, true and false are whole numbers too.
            raise self.refuse(key, "is not a whole number")
        if not 0 <= value <= LARGEST_COUNT:
            raise self.refuse(key, f"is not between 0 and {LARGEST_COUNT}")
        return value

    def rating(self, key: str) -> float | None:
        """Return a number from 1 to 5."""
        value = self._values.get(key)
        if value is None:
            return None
        if type(value) not in {int, float}:
            raise self.refuse(key, "is not a number")
        if not 1 <= value <= 5:  # type: ignore[operator]
            raise self.refuse(key, "is not between 1 and 5")
        return float(value)  # type: ignore[arg-type]

    def time(self, key: str) -> datetime | None:
        """Return a moment; a plain date is its midnight in UTC."""
        text = self.text(key).upper()
        if not text:
            return None
        with suppress(ValueError):
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        if not _time_form.fullmatch(text):
            raise self.refuse(key, "is neither a date nor a time in ISO 8601")
        try:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                raise self.refuse(key, "is a time without an offset")
            return moment.astimezone(UTC)
        except ValueError:
            raise self.refuse(key, "is neither a date nor a time in ISO 8601") from None
        except OverflowError:
            raise self.refuse(key, "is out of range") from None

    def _text(self, key: str, value: object, limit: int | None) -> str:
        if not isinstance(value, str):
            raise self.refuse(key, "is not a text")
        if "\0" in value:
            raise self.refuse(key, "holds a NUL character")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise self.refuse(key, "holds half of a surrogate pair") from None
        if not value.strip():
            return ""
        if limit is not None and len(value) > limit:
            raise self.refuse(key, f"is longer than {limit} characters ({len(value)})")
        return value


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and not _unsafe_in_address.search(text)


def _parse_answer(value: object, where: str, question_key: str) -> AnswerEntry:
    fields = _Fields(value, where, ANSWER_KEYS)
    body, body_format = fields.body("body", required=True), fields.body_format()
    doctor = _parse_doctor(fields.part("doctor", DOCTOR_KEYS))
    headline = fields.text("headline", TITLE_LENGTH)
    return AnswerEntry(
        key=fields.text("id", NAME_LENGTH) or digest(question_key, doctor.key, headline, body),
        headline=headline,
        body=body,
        body_format=body_format,
        answered_at=fields.time("answered_at"),
        upvotes=fields.count("upvotes"),
        downvotes=fields.count("downvotes"),
        doctor=doctor,
    )


def _parse_doctor(fields: _Fields) -> DoctorEntry:
    name = fields.text("name", NAME_LENGTH, required=True)
    specialty, place = fields.text("specialty", NAME_LENGTH), fields.text("place", NAME_LENGTH)
    return DoctorEntry(
        key=doctor_key(fields.text("id", NAME_LENGTH), name, specialty, place),
        name=name,
        credentials=fields.text("credentials", NAME_LENGTH),
        specialty=specialty,
        place=place,
        rating=fields.rating("rating"),
        review_count=fields.count("review_count"),
    )


# --- Importing -------------------------------------------------------------------------------------------

BATCH_QUESTIONS = 500
BATCH_BYTES = 2 * 1024 * 1024
DOCTORS_AT_ONCE = 1000
SLUG_LENGTH = 60
NUMBERED_SLUGS = 9

IMPORT_LOCK = 0x5165_6174  # Any number that nothing else here locks.
# The server takes a moment to notice that a killed import is gone.
LOCK_WAIT_SECONDS = 5.0

# A doctor's newest data within one file, which are written only at its end: in between they would flip to and fro.
_MAKE_CARDS = """
    DROP TABLE IF EXISTS pg_temp.import_doctor;
    CREATE TEMPORARY TABLE import_doctor (
        doctor_id bigint PRIMARY KEY, name text, credentials text, specialty text, place text,
        rating float8, review_count integer, line integer
    )
"""
_KEEP_CARDS = """
    INSERT INTO import_doctor
    SELECT * FROM unnest(
        %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::float8[], %s::integer[], %s::integer[]
    )
    ON CONFLICT (doctor_id) DO UPDATE SET
        name = excluded.name, credentials = excluded.credentials, specialty = excluded.specialty,
        place = excluded.place, rating = excluded.rating, review_count = excluded.review_count, line = excluded.line
"""
_READ_CARDS = """
    SELECT d.id, d.user_id, d.name, d.credentials, coalesce(s.name, ''), d.place,
        d.imported_rating, d.imported_review_count, d.rating, d.review_count,
        c.line, c.name, c.credentials, c.specialty, c.place, c.rating, c.review_count
    FROM import_doctor c JOIN doctors_doctor d ON d.id = c.doctor_id
    LEFT JOIN doctors_specialty s ON s.id = d.specialty_id
    WHERE c.doctor_id > %s ORDER BY c.doctor_id LIMIT %s
"""
# The database's own lower(): its unique index uses it, and Python's differs on a few letters.
_READ_TOPICS = """
    SELECT given.name, lower(given.name), coalesce(t.id, s.topic_id)
    FROM unnest(%s::text[]) WITH ORDINALITY AS given (name, place)
    LEFT JOIN questions_topic t ON lower(t.name) = lower(given.name)
    LEFT JOIN questions_topicsynonym s ON lower(s.name) = lower(given.name)
    ORDER BY given.place
"""


class Outcome(StrEnum):
    """What became of a line, in the words of the closing line."""

    IMPORTED = "imported"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class ImportRunning(Exception):
    """Another import is at work on this database."""


@contextmanager
def only_import() -> Iterator[None]:
    """Hold the lock of the one import at a time, or raise ``ImportRunning``."""
    give_up = clock.monotonic() + LOCK_WAIT_SECONDS
    with connection.cursor() as cursor:
        while not _fetch_value(cursor, "SELECT pg_try_advisory_lock(%s)", [IMPORT_LOCK]):
            if clock.monotonic() >= give_up:
                raise ImportRunning
            clock.sleep(0.1)
        try:
            yield
        finally:
            with suppress(Error):  # A connection that is lost has let the lock go.
                cursor.execute("SELECT pg_advisory_unlock(%s)", [IMPORT_LOCK])


def _fetch_value(cursor: Any, sql: str, params: Sequence[object]) -> Any:
    cursor.execute(sql, params)
    return cursor.fetchone()[0]


class Importer:
    """Imports files one after another and counts what became of their lines.

    Each batch is one transaction, so a run that is killed leaves whole questions only.
    """

    def __init__(self) -> None:
        self.tally: Counter[Outcome] = Counter()

    def take(
        self, stream: BinaryIO, tell: Callable[[int, str], object], advance: Callable[[int], object] = lambda size: None
    ) -> None:
        """Import one file, reading it once.

        ``tell`` is given line and reason of each refusal, ``advance`` the bytes that were read.
        """
        self._tell, self._advance = tell, advance
        with _forgetting_statements(), connection.cursor() as cursor:
            cursor.execute(_MAKE_CARDS)
            for batch in _batches(self._entries(stream)):
                self._write(batch)
                reset_queries()  # With DEBUG on Django keeps each statement.
            self._write_cards()
            cursor.execute("DROP TABLE pg_temp.import_doctor")

    def _entries(self, stream: BinaryIO) -> Iterator[QuestionEntry]:
        for number, line in read_lines(stream, self._advance):
            try:
                yield parse(number, line)
            except Refused as refusal:
                self._refuse(number, str(refusal))

    def _refuse(self, line: int, reason: str) -> None:
        self.tally[Outcome.REFUSED] += 1
        self._tell(line, reason)

    def _write(self, batch: list[QuestionEntry]) -> None:
        for outcomes, counted in _write_whole(batch, _write_counted, self._refuse):
            # At once after the commit: whoever interrupts is told what is in.
            self.tally.update(counted)
            for entry, outcome in outcomes:
                if isinstance(outcome, Refused):
                    self._tell(entry.line, str(outcome))

    def _write_cards(self) -> None:
        """Bring the doctors up to their newest data in this file."""
        last = 0
        while cards := _read_cards(after=last):
            last = cards[-1].doctor_id
            differing = [card for card in cards if card.changes()]
            list(_write_whole(differing, _update_doctors, self._refuse))


def _write_counted(part: list[QuestionEntry]) -> tuple[list[tuple[QuestionEntry, Outcome | Refused]], Counter[Outcome]]:
    """Write a part of a batch; return what became of each question, and how many of each."""
    outcomes = list(_Batch(part).write())
    return outcomes, Counter(Outcome.REFUSED if isinstance(each, Refused) else each for _, each in outcomes)


@contextmanager
def _forgetting_statements() -> Iterator[None]:
    """Keep psycopg from counting statements: it would hold the last hundred, and ours hold whole batches."""
    connection.ensure_connection()
    driver = connection.connection
    threshold, driver.prepare_threshold = driver.prepare_threshold, None
    try:
        yield
    finally:
        driver.prepare_threshold = threshold


def _batches(entries: Iterable[QuestionEntry]) -> Iterator[list[QuestionEntry]]:
    """Part entries into batches, each small and with nothing in it twice."""
    batch: list[QuestionEntry] = []
    keys: set[tuple[str, str]] = set()
    size = 0
    for entry in entries:
        is_full = len(batch) == BATCH_QUESTIONS or size + entry.size > BATCH_BYTES
        # What stands twice in a file is two states of one thing: the first is written before the second.
        if batch and (is_full or not keys.isdisjoint(entry.keys)):
            yield batch
            batch, keys, size = [], set(), 0
        batch.append(entry)
        keys |= entry.keys
        size += entry.size
    if batch:
        yield batch


class _HasLine(Protocol):
    @property
    def line(self) -> int: ...


_Item = TypeVar("_Item", bound=_HasLine)
_Done = TypeVar("_Done")


def _write_whole(
    items: list[_Item], write: Callable[[list[_Item]], _Done], refuse: Callable[[int, str], None]
) -> Iterator[_Done]:
    """Write items in one transaction; where the database refuses them, find the culprit by halves."""
    if not items:
        return
    driver = connection.connection
    try:
        with transaction.atomic():
            done = write(items)
    except DatabaseError as error:
        # Where the connection was lost, Django has made another, which holds neither our lock nor our table.
        if connection.connection is not driver:
            raise
        if len(items) == 1:
            refuse(items[0].line, _reason(error))
            return
        middle = len(items) // 2
        for half in (items[:middle], items[middle:]):
            yield from _write_whole(half, write, refuse)
    else:
        # Told only now: what came of a part that failed is not what came of it in the end.
        yield done


def _reason(error: DatabaseError) -> str:
    """Return why the database refused, by the names of rules alone: its messages quote what was written."""
    found = getattr(error.__cause__, "diag", None)
    rule = (found and (found.constraint_name or found.sqlstate)) or "no code"
    return f"the database refuses it: {type(error.__cause__ or error).__name__} ({rule})"


class _Card(NamedTuple):
    """A doctor as stored, and the newest data of a file."""

    doctor_id: int
    user_id: int | None
    stored_name: str
    stored_credentials: str
    stored_specialty: str
    stored_place: str
    imported_rating: float | None
    imported_review_count: int
    total_rating: float | None
    total_review_count: int
    line: int
    name: str
    credentials: str
    specialty: str
    place: str
    rating: float | None
    review_count: int

    def changes(self) -> dict[str, object]:
        """Return all columns that an import writes where one differs, the specialty by its name."""
        stored_reviews = (self.imported_rating, self.imported_review_count)
        reviews = (self.rating, self.review_count)
        if reviews == (self.total_rating, self.total_review_count):
            reviews = stored_reviews  # An export writes totals.
        stored_profile = (self.stored_name, self.stored_credentials, self.stored_specialty, self.stored_place)
        profile = (self.name, self.credentials, self.specialty, self.place)
        if self.user_id is not None:
            profile = stored_profile  # Whoever joined here writes their own profile.
        if (profile, reviews) == (stored_profile, stored_reviews):
            return {}
        columns = ("name", "credentials", "specialty_id", "place", "imported_rating", "imported_review_count")
        return dict(zip(columns, profile + reviews, strict=True))


def _update_doctors(cards: list[_Card]) -> None:
    rows = {card.doctor_id: card.changes() for card in cards}
    specialties = _find_or_add_specialties({str(row["specialty_id"]) for row in rows.values()})
    _lock(Doctor, rows)
    _update(Doctor, {pk: row | {"specialty_id": specialties.get(str(row["specialty_id"]))} for pk, row in rows.items()})


def _read_cards(*, after: int) -> list[_Card]:
    with connection.cursor() as cursor:
        cursor.execute(_READ_CARDS, [after, DOCTORS_AT_ONCE])
        return [_Card(*row) for row in cursor.fetchall()]


class _StoredQuestion(NamedTuple):
    """What is known of a question that is there already."""

    pk: int
    external_id: str | None
    asker_id: int | None
    title: str
    body_digest: bytes
    body_format: str
    asker_name: str
    asked_at: datetime | None
    source_url: str
    is_erased: bool

    @property
    def is_imported(self) -> bool:
        """Whether this came from a file; what was written here has no source's id."""
        return self.external_id is not None

    def equals(self, entry: QuestionEntry) -> bool:
        """Tell whether an import of this entry would change no column."""
        if not self.is_imported or self.is_erased:
            return True  # Written here, or removed for good: a file tells nothing new of it.
        asker = entry.asker if self.asker_id is None else self.asker_name
        body = _body_digest(entry.body)
        return self[3:-1] == (entry.title, body, entry.body_format, asker, entry.asked_at, entry.url)


class _StoredAnswer(NamedTuple):
    """What is known of an answer that is there already."""

    pk: int
    external_id: str | None
    question_id: int
    imported_upvotes: int
    imported_downvotes: int
    total_upvotes: int
    total_downvotes: int
    doctor_id: int
    headline: str
    body_digest: bytes
    body_format: str
    answered_at: datetime | None
    is_rewritten: bool

    def votes(self, entry: AnswerEntry) -> tuple[int, int]:
        """Return the imported votes as they shall be: an export writes totals, which tell nothing new."""
        return (
            self.imported_upvotes if entry.upvotes == self.total_upvotes else entry.upvotes,
            self.imported_downvotes if entry.downvotes == self.total_downvotes else entry.downvotes,
        )

    def equals(self, entry: AnswerEntry, doctor_id: int) -> bool:
        """Tell whether an import of this entry would change no column."""
        if self.external_id is None:
            return True
        texts = (doctor_id, entry.headline, _body_digest(entry.body), entry.body_format, entry.answered_at)
        are_same_votes = self.votes(entry) == (self.imported_upvotes, self.imported_downvotes)
        return are_same_votes and (self.is_rewritten or self[7:-1] == texts)

    def columns(self, entry: AnswerEntry, doctor_id: int) -> dict[str, Any]:
        """Return what an import of this entry writes: of what its doctor rewrote here, the votes alone."""
        columns = _answer_columns(entry, doctor_id, self.votes(entry))
        if self.is_rewritten:
            return {name: columns[name] for name in ("imported_upvote_count", "imported_downvote_count")}
        return columns


_Stored = TypeVar("_Stored", _StoredQuestion, _StoredAnswer)


class _Batch:
    """Questions that are written together: planned, then locked in the house's order, then written."""

    def __init__(self, entries: list[QuestionEntry]) -> None:
        self._entries = entries
        self._questions = _find_questions([entry.key for entry in entries])
        self._answers = _find_answers([answer.key for entry in entries for answer in entry.answers])
        self._refused = {entry.key: refusal for entry in entries if (refusal := self._find_stranger(entry))}
        taken = [entry for entry in entries if entry.key not in self._refused]
        self._doctor_ids = _find_or_add_doctors(taken)
        self._topics = self._plan_topics(taken)

        self._new_questions = [entry for entry in taken if entry.key not in self._questions]
        known = [(entry, self._questions[entry.key]) for entry in taken if entry.key in self._questions]
        self._changed_questions = [(entry, stored) for entry, stored in known if not stored.equals(entry)]
        answers = [(entry, answer) for entry in taken for answer in entry.answers]
        self._new_answers = [(entry, answer) for entry, answer in answers if answer.key not in self._answers]
        self._changed_answers = [(entry, answer) for entry, answer in answers if self._is_changed(answer)]

    def write(self) -> list[tuple[QuestionEntry, Outcome | Refused]]:
        """Write what is new or differs, nothing else, and return what became of each question."""
        self._lock()
        question_ids = {key: stored.pk for key, stored in self._questions.items()} | self._add_questions()
        self._update_questions()
        self._write_topics(question_ids)
        self._add_answers(question_ids)
        self._update_answers()
        moved = {entry.key for entry in self._new_questions} | self._topics.keys()
        refresh_related(sorted(question_ids[key] for key in moved))
        return self._outcomes()

    def _outcomes(self) -> list[tuple[QuestionEntry, Outcome | Refused]]:
        found: dict[str, Outcome | Refused] = dict.fromkeys(self._topics, Outcome.UPDATED)
        for entry, _ in [*self._changed_questions, *self._new_answers, *self._changed_answers]:
            found[entry.key] = Outcome.UPDATED
        for entry in self._new_questions:
            found[entry.key] = Outcome.IMPORTED
        found |= self._refused
        return [(entry, found.get(entry.key, Outcome.UNCHANGED)) for entry in self._entries]

    def _find_stranger(self, entry: QuestionEntry) -> Refused | None:
        """Return the refusal of a question that claims an answer of another one."""
        question = self._questions.get(entry.key)
        for n, answer in enumerate(entry.answers, 1):
            stored = self._answers.get(answer.key)
            if stored is not None and (question is None or stored.question_id != question.pk):
                return Refused(f"answer {n}: id belongs to an answer of another question")
        return None

    def _is_changed(self, answer: AnswerEntry) -> bool:
        stored = self._answers.get(answer.key)
        return stored is not None and not stored.equals(answer, self._doctor_ids[answer.doctor.key])

    def _plan_topics(self, entries: list[QuestionEntry]) -> dict[str, "_TopicChange"]:
        """Return what has to change so that each imported question has the topics of its line, in their order."""
        imported = [e for e in entries if (stored := self._questions.get(e.key)) is None or stored.is_imported]
        topic_ids = _find_or_add_topics([name for entry in imported for name in entry.topics])
        stored_rows = _read_question_topics([self._questions[e.key].pk for e in imported if e.key in self._questions])
        changes = {}
        for entry in imported:
            stored = self._questions.get(entry.key)
            rows = stored_rows.get(stored.pk, []) if stored else []
            change = _TopicChange.between(rows, list(dict.fromkeys(topic_ids[name] for name in entry.topics)))
            if change:
                changes[entry.key] = change
        return changes

    def _lock(self) -> None:
        """Lock all that is there and that this batch or its triggers will write: parents before children."""
        answers = [self._answers[answer.key] for _, answer in self._changed_answers]
        answered = [*self._new_answers, *self._changed_answers]
        doctors = {self._doctor_ids[answer.doctor.key] for _, answer in answered}
        questions = {entry.key for entry, _ in [*self._changed_questions, *answered]} | self._topics.keys()
        _lock(Doctor, doctors | {stored.doctor_id for stored in answers})
        _lock(Question, (self._questions[key].pk for key in questions if key in self._questions))
        _lock(Answer, (stored.pk for stored in answers))
        _lock(Topic, (topic_id for change in self._topics.values() for topic_id in change.touched))

    def _add_questions(self) -> dict[str, int]:
        added = Question.objects.bulk_create(
            Question(external_id=entry.key, **_question_columns(entry)) for entry in self._new_questions
        )
        return {entry.key: question.pk for entry, question in zip(self._new_questions, added, strict=True)}

    def _update_questions(self) -> None:
        rows = {}
        for entry, stored in self._changed_questions:
            # A question that came to have an account has no other name.
            asker = {} if stored.asker_id is None else {"asker_name": stored.asker_name}
            rows[stored.pk] = _question_columns(entry) | asker
        _update(Question, rows)

    def _write_topics(self, question_ids: dict[str, int]) -> None:
        surplus = [pk for change in self._topics.values() for pk in change.surplus]
        QuestionTopic.objects.filter(pk__in=surplus).delete()
        QuestionTopic.objects.bulk_create(
            QuestionTopic(question_id=question_ids[key], topic_id=topic_id)
            for key, change in self._topics.items()
            for topic_id in change.missing
        )

    def _add_answers(self, question_ids: dict[str, int]) -> None:
        Answer.objects.bulk_create(
            Answer(
                external_id=answer.key,
                question_id=question_ids[entry.key],
                **_answer_columns(answer, self._doctor_ids[answer.doctor.key], (answer.upvotes, answer.downvotes)),
            )
            for entry, answer in self._new_answers
        )

    def _update_answers(self) -> None:
        whole: dict[int, dict[str, Any]] = {}
        votes: dict[int, dict[str, Any]] = {}
        for _, answer in self._changed_answers:
            stored = self._answers[answer.key]
            rows = votes if stored.is_rewritten else whole
            rows[stored.pk] = stored.columns(answer, self._doctor_ids[answer.doctor.key])
        _update(Answer, whole)
        _update(Answer, votes)


class _TopicChange(NamedTuple):
    """Rows of a question's topics that go, and topics that come after those that stay."""

    surplus: list[int]
    missing: list[int]
    touched: list[int]

    @classmethod
    def between(cls, rows: list[tuple[int, int]], wanted: list[int]) -> "_TopicChange | None":
        """Compare rows (key, topic) with topics, both in order.

        The order of the rows is that of the topics, and a row never moves: so all is made anew from the first
        difference on.
        """
        present = [topic_id for _, topic_id in rows]
        if present == wanted:
            return None
        pairs = zip(present, wanted, strict=False)
        same = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
        return cls([pk for pk, _ in rows[same:]], wanted[same:], present[same:] + wanted[same:])


def _question_columns(entry: QuestionEntry) -> dict[str, Any]:
    return {
        "title": entry.title,
        "slug": question_slug(entry.title),
        "body": entry.body,
        "body_format": entry.body_format,
        "body_html": render(entry.body, entry.body_format),
        "asker_name": entry.asker,
        "asked_at": entry.asked_at,
        "source_url": entry.url,
    }


def _answer_columns(entry: AnswerEntry, doctor_id: int, votes: tuple[int, int]) -> dict[str, Any]:
    return {
        "doctor_id": doctor_id,
        "headline": entry.headline,
        "body": entry.body,
        "body_format": entry.body_format,
        "body_html": render(entry.body, entry.body_format),
        "answered_at": entry.answered_at,
        "imported_upvote_count": votes[0],
        "imported_downvote_count": votes[1],
    }


def _body_digest(body: str) -> bytes:
    return hashlib.sha256(body.encode()).digest()


def _with_body_digest(rows: QuerySet) -> QuerySet:
    """Add ``body_digest``: a stored body may be far longer than the line that it is compared with."""
    encoded = Func(F("body"), Value("UTF8"), function="convert_to", output_field=models.BinaryField())
    return rows.annotate(body_digest=Func(encoded, function="sha256", output_field=models.BinaryField()))


def _own_ids(kind: str, keys: Iterable[str]) -> dict[int, str]:
    """Return the keys that are this site's own names of things, by the thing's primary key."""
    prefix = f"{settings.SITE_URL}#{kind}-"
    numbers = ((key, key.removeprefix(prefix)) for key in keys if key.startswith(prefix))
    return {int(number): key for key, number in numbers if _own_number.fullmatch(number)}


def _find_questions(keys: list[str]) -> dict[str, _StoredQuestion]:
    own = _own_ids("question", keys)
    # A row that was imported goes by its imported id alone.
    rows = _with_body_digest(Question.objects.filter(Q(external_id__in=keys) | Q(pk__in=own, external_id=None)))
    rows = rows.annotate(is_erased=_is_erased())
    found = [_StoredQuestion(*row) for row in rows.values_list(*_StoredQuestion._fields)]
    return _by_key(found, own)


def _is_erased() -> models.ExpressionWrapper:
    """Return whether moderators took its words away for good: no file brings them back."""
    return models.ExpressionWrapper(Q(erased_at__isnull=False), output_field=models.BooleanField())


def _is_rewritten() -> models.ExpressionWrapper:
    """Return whether the doctor of an answer joined here and changed it: no file puts other words into their mouth.

    Nor does one bring back what moderators took away for good.
    """
    is_own = Q(doctor__user__isnull=False, edited_at__isnull=False) | Q(erased_at__isnull=False)
    return models.ExpressionWrapper(is_own, output_field=models.BooleanField())


def _find_answers(keys: list[str]) -> dict[str, _StoredAnswer]:
    own = _own_ids("answer", keys)
    rows = _with_body_digest(Answer.objects.filter(Q(external_id__in=keys) | Q(pk__in=own, external_id=None)))
    # What a merge moved belongs, in its file, to the question that it was written for.
    rows = rows.annotate(is_rewritten=_is_rewritten(), written_for=Coalesce("moved_from_id", "question_id"))
    found = rows.values_list(
        *("pk", "external_id", "written_for", "imported_upvote_count", "imported_downvote_count"),
        *("upvote_count", "downvote_count", "doctor_id", "headline", "body_digest", "body_format", "answered_at"),
        "is_rewritten",
    )
    return _by_key([_StoredAnswer(*row) for row in found], own)


def _by_key(rows: Iterable[_Stored], own: Mapping[int, str]) -> dict[str, _Stored]:
    # Imported rows come last: where a name is both, it is the imported row's.
    ordered = sorted(rows, key=lambda row: row.external_id is not None)
    return {row.external_id or own[row.pk]: row for row in ordered}


def _find_or_add_doctors(entries: Iterable[QuestionEntry]) -> dict[str, int]:
    """Return the doctors of these entries by key, and note their data for the end of the file."""
    cards = {answer.doctor.key: answer.doctor for entry in entries for answer in entry.answers}
    found: dict[str, int] = {}
    own = {pk: f"id:{name}" for pk, name in _own_ids("doctor", (key.removeprefix("id:") for key in cards)).items()}
    # A doctor without an id of a source is exported under a name of ours once the card here differs from the source's.
    unnamed = Doctor.objects.filter(Q(import_key=None) | Q(import_key__startswith="card:"), pk__in=own)
    found |= {own[pk]: pk for pk in unnamed.values_list("pk", flat=True)}
    rows = Doctor.objects.filter(import_key__in=cards).values_list("import_key", "pk")
    imported = {str(key): pk for key, pk in rows}
    new = [card for key, card in cards.items() if key not in found and key not in imported]
    imported |= _add_doctors(new)
    _keep_cards(entries, imported)
    return found | imported


def _add_doctors(cards: list[DoctorEntry]) -> dict[str, int]:
    specialties = _find_or_add_specialties({card.specialty for card in cards})
    slugs = _free_slugs(Doctor, {card.key: card.name for card in cards}, "doctor")
    added = Doctor.objects.bulk_create(
        Doctor(
            import_key=card.key,
            slug=slugs[card.key],
            name=card.name,
            credentials=card.credentials,
            specialty_id=specialties.get(card.specialty),
            place=card.place,
            imported_rating=card.rating,
            imported_review_count=card.review_count,
        )
        for card in cards
    )
    return {card.key: doctor.pk for card, doctor in zip(cards, added, strict=True)}


def _keep_cards(entries: Iterable[QuestionEntry], doctor_ids: Mapping[str, int]) -> None:
    """Note the newest data of each doctor who came with a file, with the line where they stand."""
    newest = {
        doctor_ids[doctor.key]: (doctor, entry.line)
        for entry in entries
        for doctor in (answer.doctor for answer in entry.answers)
        if doctor.key in doctor_ids
    }
    rows = [
        (pk, d.name, d.credentials, d.specialty, d.place, d.rating, d.review_count, line)
        for pk, (d, line) in newest.items()
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_KEEP_CARDS, [list(column) for column in zip(*rows, strict=True)])


def _find_or_add_specialties(names: Collection[str]) -> dict[str, int]:
    """Return specialties by name."""
    found = dict(Specialty.objects.filter(name__in=names).values_list("name", "pk"))
    missing = sorted(set(names) - found.keys() - {""})
    slugs = _free_slugs(Specialty, {name: name for name in missing}, "specialty")
    added = Specialty.objects.bulk_create(Specialty(name=name, slug=slugs[name]) for name in missing)
    return found | {specialty.name: specialty.pk for specialty in added}


def _find_or_add_topics(names: list[str]) -> dict[str, int]:
    """Return topics by name; a topic is the same in any case."""
    with connection.cursor() as cursor:
        cursor.execute(_READ_TOPICS, [list(dict.fromkeys(names))])
        rows = cursor.fetchall()
    by_lower = {lower: pk for _, lower, pk in rows if pk is not None}
    missing: dict[str, str] = {}
    for name, lower, pk in rows:
        if pk is None:
            missing.setdefault(lower, name)
    slugs = _free_slugs(Topic, missing, "topic")
    added = Topic.objects.bulk_create(Topic(name=name, slug=slugs[lower]) for lower, name in missing.items())
    by_lower |= {lower: topic.pk for lower, topic in zip(missing, added, strict=True)}
    return {name: by_lower[lower] for name, lower, _ in rows}


def _free_slugs(model: type[models.Model], names: Mapping[str, str], fallback: str) -> dict[str, str]:
    """Return a slug that nobody has for each key's name: plain, numbered, or with a digest of the key."""
    options = {}
    for key, name in names.items():
        slug = slugify(name)[:SLUG_LENGTH].strip("-_") or fallback
        numbered = [f"{slug}-{n}" for n in range(2, NUMBERED_SLUGS + 1)]
        options[key] = [slug, *numbered, f"{slug}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"]
    wanted = [slug for slugs in options.values() for slug in slugs]
    taken = set(model._default_manager.filter(slug__in=wanted).values_list("slug", flat=True))
    if model is Doctor:
        taken |= RESERVED_SLUGS
    if model is Topic:
        taken |= set(TopicSynonym.objects.filter(slug__in=wanted).values_list("slug", flat=True))
    chosen = {}
    for key, slugs in options.items():
        chosen[key] = next((slug for slug in slugs if slug not in taken), slugs[-1])
        taken.add(chosen[key])
    return chosen


def _read_question_topics(question_ids: list[int]) -> dict[int, list[tuple[int, int]]]:
    """Return key and topic of each question's topic rows, in their order."""
    rows = QuestionTopic.objects.filter(question__in=question_ids).order_by("pk")
    found: dict[int, list[tuple[int, int]]] = {}
    for question_id, pk, topic_id in rows.values_list("question_id", "pk", "topic_id"):
        found.setdefault(question_id, []).append((pk, topic_id))
    return found


def _lock(model: type[models.Model], keys: Iterable[int]) -> None:
    """Lock rows in the order of their keys, so that two who lock the same rows wait, and never for each other."""
    if wanted := set(keys):
        rows = model._default_manager.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True)
        list(rows.values_list("pk"))


def _update(model: type[models.Model], rows: Mapping[int, Mapping[str, object]]) -> None:
    """Write other values into rows by key, each row with the same columns, in one statement."""
    if not rows:
        return
    columns = list(next(iter(rows.values())))
    fields: list[Any] = [model._meta.get_field(column) for column in columns]
    types = [field.db_type(connection).partition("(")[0] for field in fields]
    arrays = ", ".join(f"%s::{type_}[]" for type_ in ["bigint", *types])
    sql = (
        f"UPDATE {model._meta.db_table} AS old SET {', '.join(f'{column} = new.{column}' for column in columns)}"
        f" FROM unnest({arrays}) AS new (id, {', '.join(columns)}) WHERE old.id = new.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(rows), *([row[column] for row in rows.values()] for column in columns)])


# --- Exporting -------------------------------------------------------------------------------------------

EXPORTED_AT_ONCE = 100


def export_lines() -> Iterator[str]:
    """Yield all that everybody may read, one question a line, as it was at one moment.

    A question with more answers than a line may hold comes again with the rest of them: read back, that is an update.
    """
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        columns = ("external_id", "source_url", "title", "body", "body_format", "asked_at", "asker_name")
        questions = Question.objects.visible().select_related("asker").only(*columns, "asker__pen_name").order_by("pk")
        rows = questions.iterator(chunk_size=EXPORTED_AT_ONCE)
        while chunk := list(itertools.islice(rows, EXPORTED_AT_ONCE)):
            # Grouped here: prefetched rows point to their question and back, and such rings stay in memory for long.
            answers, topics = _exported_answers(chunk), _exported_topics(chunk)
            for question in chunk:
                yield from _lines(question, topics.get(question.pk, []), answers.get(question.pk, []))
            reset_queries()


def _exported_answers(questions: list[Question]) -> dict[int, list[Answer]]:
    answers = Answer.objects.visible().filter(question__in=[question.pk for question in questions])
    found: dict[int, list[Answer]] = {}
    for answer in answers.select_related("doctor__specialty").defer("body_html", "search").order_by("pk"):
        found.setdefault(answer.question_id, []).append(answer)
    return found


def _exported_topics(questions: list[Question]) -> dict[int, list[str]]:
    rows = QuestionTopic.objects.filter(question__in=[question.pk for question in questions]).order_by("pk")
    found: dict[int, list[str]] = {}
    for question_id, name in rows.values_list("question_id", "topic__name"):
        found.setdefault(question_id, []).append(name)
    return found


def _lines(question: Question, topics: list[str], answers: list[Answer]) -> Iterator[str]:
    """Yield a question with as many answers as a line may hold, and again with those that are left."""
    head = json.dumps(_question_object(question, topics), ensure_ascii=False).removesuffix("}")
    room = left = LINE_BYTES - len(head.encode()) - len(', "answers": []}')
    part: list[str] = []
    for answer in answers:
        written = json.dumps(_answer_object(answer), ensure_ascii=False)
        size = len(written.encode()) + len(", ")
        if part and size > left:
            yield f'{head}, "answers": [{", ".join(part)}]}}'
            part, left = [], room
        part.append(written)
        left -= size
    yield f'{head}, "answers": [{", ".join(part)}]}}' if part else f"{head}}}"


def _question_object(question: Question, topics: list[str]) -> dict[str, object]:
    return _present(
        id=question.external_id or _own_name("question", question.pk),
        url=question.source_url,
        title=question.title,
        body=question.body,
        body_format=_named_format(question.body_format),
        asked_at=_written_time(question.asked_at),
        asker=question.shown_asker,
        topics=topics,
    )


def _answer_object(answer: Answer) -> dict[str, object]:
    return _present(
        id=answer.external_id or _own_name("answer", answer.pk),
        headline=answer.headline,
        body=answer.body,
        body_format=_named_format(answer.body_format),
        answered_at=_written_time(answer.answered_at),
        upvotes=answer.upvote_count,
        downvotes=answer.downvote_count,
        doctor=_doctor_object(answer.doctor),
    )


def _doctor_object(doctor: Doctor) -> dict[str, object]:
    specialty = doctor.specialty.name if doctor.specialty else ""
    # The mean is computed anew from a sum: without reviews of our own the imported one is the same, and exact.
    rating = doctor.rating if doctor.local_review_count else doctor.imported_rating
    return _present(
        id=_doctor_name(doctor, specialty),
        name=doctor.name,
        credentials=doctor.credentials,
        specialty=specialty,
        place=doctor.place,
        rating=rating,
        review_count=doctor.review_count or None,
    )


def _doctor_name(doctor: Doctor, specialty: str) -> str | None:
    """Return the source's id, none for a doctor who is known by name, specialty and place, else a name of our own."""
    key = doctor.import_key or ""
    if key.startswith("id:"):
        return key.removeprefix("id:")
    is_known_by_card = key == doctor_key("", doctor.name, specialty, doctor.place)
    return None if is_known_by_card else _own_name("doctor", doctor.pk)


def _own_name(kind: str, pk: int) -> str:
    return f"{settings.SITE_URL}#{kind}-{pk}"


def _named_format(body_format: str) -> str | None:
    return None if body_format == BodyFormat.TEXT else body_format


def _written_time(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def _present(**values: object) -> dict[str, object]:
    """Return the values that say something: null and a missing key are the same."""
    return {key: value for key, value in values.items() if value not in (None, "", [])}
