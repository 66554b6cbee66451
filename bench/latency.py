"""How long single requests take in a large database: one after another, on one connection."""

import http.client
import math
import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, cycle, islice
from urllib.parse import quote, urlsplit

from django.db import connection

from bench.fill import WORDS, sizes, word
from bench.load import UNIQUE
from bench.place import BenchError
from bench.rows import table
from bench.servers import LONGEST_SECONDS
from doctors.models import Doctor
from qa_forum.keyset import encode
from questions.lists import NEWEST, ORDERS, PAGE_SIZE, list_questions
from questions.models import Answer, Question, Topic

REQUESTS, MOST_SECONDS = 200, 10
DEEP = 1000
PAGES = 60
# More than any page takes: each of them may come to the server's own limit.
MOST_QUERIES = 20
_numbers = count(1)


class _GivenUpError(Exception):
    """A statement ran into the limit of the server."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Pages of one sort: what they are and where; those without a version are rendered each time."""

    what: str
    paths: Sequence[str]
    is_versioned: bool = True
    # What differs with the size of the database.
    note: str = ""


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of requests to the pages of one sort, from kept bytes and rendered anew."""

    note: str
    kept: list[float]
    anew: list[float]


def measure_latency(base: str, say: Callable[[str], None]) -> dict[str, Latency]:
    """Return the times of pages by their sort."""
    found = {}
    for sight in _sights():
        say(f"{sight.what}{sight.note}")
        kept = _times(base, sight.paths, is_kept=True) if sight.is_versioned else []
        found[sight.what] = Latency(sight.note, kept, _times(base, sight.paths))
    return found


def latency_table(large: Mapping[str, Latency], small: Mapping[str, Latency]) -> str:
    """Return the times as a table, with how many times the median of the smaller database they are."""
    rows = [
        (
            f"{what}{each.note}",
            *_spread(each.kept),
            _ratio(each.kept, small[what].kept if what in small else []),
            *_spread(each.anew),
            _ratio(each.anew, small[what].anew if what in small else []),
            str(len(each.anew)),
        )
        for what, each in large.items()
    ]
    headings = ("ms of one request", "kept p50", "kept p95", "ratio", "anew p50", "anew p95", "ratio", "requests")
    return table(headings, rows)


def _ratio(times: Sequence[float], smaller: Sequence[float]) -> str:
    if not times or not smaller or math.inf in (times[0], smaller[0]):
        return ""
    return f"{statistics.median(times) / statistics.median(smaller):.2f}"


def size_table() -> str:
    """Return the sizes of the largest indexes as a table."""
    return table(("index", "size", "of table"), sizes())


def _sights() -> Iterator[Sight]:
    yield Sight("question page", _question_paths())
    for order in ORDERS.values():
        path = f"/questions/?sort={order.name}"
        yield Sight(f"list, {order.name}, first page", [path])
        depth = min(DEEP, _list_length(order.name) // PAGE_SIZE - 1)
        if depth > 0:
            after = list_questions(order, {}, size=PAGE_SIZE * depth).after
            yield Sight(f"list, {order.name}, deep", [f"{path}&after={after}"], note=f": {depth:,} pages")
    equals, after = _midst_of_equals()
    middle = f"/questions/?sort=helpful&after={after}"
    yield Sight("list, helpful, in the midst of equals", [middle], note=f": {equals:,}")
    topic, doctor = Topic.objects.order_by("-question_count")[0], Doctor.objects.order_by("-answer_count")[0]
    size, page = f": {topic.question_count:,} questions", topic.get_absolute_url()
    for sort in ORDERS:
        yield Sight(f"biggest topic, {sort}", [page if sort == NEWEST.name else f"{page}?sort={sort}"], note=size)
    few = Topic.objects.filter(question_count__gt=0).order_by("question_count", "pk")[:20]
    yield Sight("smallest topics", [topic.get_absolute_url() for topic in few])
    yield Sight("home", ["/"])
    yield Sight("all topics", ["/topics/"])
    yield Sight("directory of doctors", ["/doctors/"])
    yield Sight("directory of doctors, by topic", [f"/doctors/?topic={topic.slug}"], note=size)
    answers = f": {doctor.answer_count:,} answers"
    yield Sight("busiest doctor", [doctor.get_absolute_url()], note=answers)
    yield Sight("busiest doctor, all answers", [f"{doctor.get_absolute_url()}answers/"], note=answers)
    for what, words in _searches():
        yield Sight(f"search, {what}", [f"/search/?q={quote(each)}" for each in words], is_versioned=False)


def _midst_of_equals() -> tuple[int, str]:
    """Return how many answers share the commonest rank, and the cursor of the one in their middle."""
    middle = "percentile_disc(0.5) WITHIN GROUP (ORDER BY id)"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), rank, {middle} FROM questions_answer GROUP BY rank ORDER BY 1 DESC LIMIT 1")
        equals, rank, key = cursor.fetchone()
    return equals, encode(rank, key)


def _searches() -> Iterator[tuple[str, list[str]]]:
    """Return searches by how often their words occur; a phrase stands in some answer."""
    yield "common word", [word(rank) for rank in range(1, 6)]
    yield "rare word", [word(WORDS - place) for place in range(20)]
    yield "two middling words", [f"{word(rank)} {word(rank + 7)}" for rank in range(100, 120)]
    bodies = Answer.objects.order_by("pk").values_list("body", flat=True)[:20]
    yield "phrase", ['"{} {}"'.format(*body.split()[10:12]) for body in bodies]


def _list_length(order: str) -> int:
    """Return how many questions a list holds."""
    questions = Question.objects.visible()
    if order == "unanswered":
        questions = questions.filter(answer_count=0)
    elif order == "helpful":
        questions = questions.filter(answer_count__gt=0)
    return questions.count()


def _question_paths() -> list[str]:
    last = Question.objects.order_by("-pk")[0].pk
    keys = random.Random(1).sample(range(1, last + 1), min(PAGES, last))
    questions = Question.objects.visible().filter(pk__in=keys, answer_count__gt=0).only("slug")
    return [question.get_absolute_url() for question in questions]


def _times(base: str, paths: Sequence[str], *, is_kept: bool = False) -> list[float]:
    """Return the milliseconds of requests to these paths in turn, none where one was given up."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=MOST_QUERIES * LONGEST_SECONDS)
    headers = {"Accept-Encoding": "br"} if is_kept else {}
    times: list[float] = []
    try:
        for path in paths:  # Once before: each is in the memory of server and database then.
            _time(connection, path, headers)
        deadline = time.monotonic() + MOST_SECONDS
        for path in islice(cycle(paths), REQUESTS):
            times.append(_time(connection, path if is_kept else _unique(path), headers))
            if time.monotonic() > deadline:
                break
    except _GivenUpError:
        return [math.inf]
    finally:
        connection.close()
    return times


def _unique(path: str) -> str:
    """Return the same page under an address that nobody asked for before."""
    return f"{path}{'&' if '?' in path else '?'}{UNIQUE}={next(_numbers)}"


def _time(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> float:
    start = time.perf_counter()
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    response.read()
    seconds = time.perf_counter() - start
    if response.status == 500 and seconds > LONGEST_SECONDS:
        raise _GivenUpError
    if response.status != 200:
        raise BenchError(f"{path} answered {response.status}")
    return seconds * 1000


def _spread(times: Sequence[float]) -> tuple[str, str]:
    """Return the median and the 95th of a hundred in words."""
    if not times:
        return "", ""
    if math.isinf(times[0]):
        return f"over {LONGEST_SECONDS * 1000:,}", "given up"
    p95 = statistics.quantiles(times, n=20)[18] if len(times) > 1 else times[0]
    return f"{statistics.median(times):.2f}", f"{p95:.2f}"
