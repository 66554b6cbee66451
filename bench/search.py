"""The search in a large database of a Zipf vocabulary: times by sort of query, similar questions, and what it costs."""

import statistics
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice

from django.db import connection

from bench.fill import WORDS, word
from bench.rows import table
from questions.models import Answer, Question
from questions.search import SearchTooSlow, search
from questions.search.vocabulary import count_all_words
from questions.similar import find_similar

REQUESTS, MOST_SECONDS = 100, 20
MOST_MILLISECONDS, MOST_OF_SIMILAR = 150, 60
INDEXES = ("question_search", "question_title_search", "answer_search", "doctor_search", "topic_search")

_SIZES = """
    SELECT relname, pg_size_pretty(pg_relation_size(oid)) FROM pg_class WHERE relname = ANY(%s)
    ORDER BY pg_relation_size(oid) DESC
"""


def measure_search(say: Callable[[str], None]) -> str:
    """Return tables of times and of sizes; counts the vocabulary first, as the nightly task does."""
    say("counting the vocabulary")
    start = time.monotonic()
    texts = count_all_words()
    counted = f"{texts:,} texts counted in {time.monotonic() - start:,.0f} s"
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE questions_word")
    rows = []
    for what, queries in _queries():
        say(f"search: {what}")
        rows.append((what, *_spread(_times(queries, _search)), f"{MOST_MILLISECONDS}"))
    say("similar questions")
    titles = list(Question.objects.order_by("-pk").values_list("title", flat=True)[:40])
    for what, given in (("similar: a title that is there", titles), ("similar: two titles mixed", _mixed(titles))):
        rows.append((what, *_spread(_times(given, _similar)), f"{MOST_OF_SIMILAR}"))
    with connection.cursor() as cursor:
        cursor.execute(_SIZES, [list(INDEXES)])
        sizes = cursor.fetchall()
    headings = ("ms in one process", "p50", "p95", "most", "cut off", "asked of p95")
    return "\n\n".join([table(headings, rows), table(("index", "size"), sizes), counted])


def _queries() -> Iterator[tuple[str, list[str]]]:
    """Yield searches by how often their words occur; phrases and sentences stand in some answer or mix several."""
    bodies = [body.split() for body in Answer.objects.order_by("-pk").values_list("body", flat=True)[:40]]
    yield "common word", [word(rank) for rank in range(1, 21)]
    yield "middling word", [word(rank) for rank in range(300, 340)]
    yield "rare word", [word(WORDS - place) for place in range(40)]
    yield "two common words", [f"{word(rank)} {word(rank + 7)}" for rank in range(1, 21)]
    yield "two middling words", [f"{word(rank)} {word(rank + 7)}" for rank in range(100, 140)]
    yield "common and rare word", [f"{word(rank)} {word(WORDS - rank)}" for rank in range(1, 41)]
    yield "phrase", ['"{} {}"'.format(*body[10:12]) for body in bodies]
    yield "phrase of common words", [f'"{word(rank)} {word(rank + 1)}"' for rank in range(1, 21)]
    yield "sentence of 12 words", [" ".join(body[:12]) for body in bodies]
    yield "misspelt word", [f"{word(rank)[:2]}x{word(rank)[2:]}" for rank in range(200, 240)]
    yield "nothing there", [f"qqq{word(rank)}zzz" for rank in range(1, 21)]


def _mixed(titles: list[str]) -> list[str]:
    pairs = zip(titles, reversed(titles), strict=True)
    return [" ".join([*first.split()[:5], *second.split()[:5]]) for first, second in pairs]


def _search(words: str) -> None:
    search(words)


def _similar(title: str) -> None:
    find_similar(title)


def _times(queries: list[str], run: Callable[[str], None]) -> tuple[list[float], int]:
    """Return the milliseconds of queries in turn, each asked once before, and how many were cut off."""
    times, cut = [], 0
    deadline = time.monotonic() + MOST_SECONDS
    for place, words in enumerate(islice(cycle(queries), REQUESTS + len(queries))):
        start = time.perf_counter()
        try:
            run(words)
        except SearchTooSlow:
            cut += 1
        if place >= len(queries):
            times.append((time.perf_counter() - start) * 1000)
        if time.monotonic() > deadline and len(times) > 1:
            break
    return times, cut


def _spread(measured: tuple[list[float], int]) -> tuple[str, str, str, str]:
    times, cut = measured
    p95 = statistics.quantiles(times, n=20)[18] if len(times) > 1 else times[0]
    return f"{statistics.median(times):.1f}", f"{p95:.1f}", f"{max(times):.0f}", str(cut)
