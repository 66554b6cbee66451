"""The question page: its rate from kept bytes and rendered anew, its queries, its weight."""

import re
from collections.abc import Iterator

import brotli

from bench.load import Load, Reply, compare, fetch
from bench.place import BenchError
from bench.rows import Row, ratio_row
from bench.world import Page, count_queries, new_mark, write_question

KEPT = {"Accept-Encoding": "br"}
MOST_QUERIES = 5
FEW, MANY = 1, 50
MOST_KILOBYTES = 14


def measure_page(base: str, forgetful: str, page: Page, *, rounds: int, seconds: int) -> Iterator[Row]:
    """Measure the page beside views that run as many trivial queries and return as many bytes."""
    marked = {"Cookie": new_mark()}
    stranger_queries, marked_queries = count_queries(page.path), count_queries(page.path, marked["Cookie"])
    kept = Load(base, [page.path], KEPT)
    anew = Load(base, [page.path], is_unique=True)
    cold = Load(forgetful, [page.path], is_unique=True)
    own = Load(base, [page.path], marked, is_unique=True)
    kept.fetch_one()  # Rendered and kept.
    for what, load, queries, at_least, aim in (
        ("1 question page, stranger, kept bytes (br)", kept, 1, 0.8, 0.0),
        ("2 the same rendered anew, unchanged answers in the cache", anew, stranger_queries, 0.25, 0.4),
        ("2b the same with nothing in any cache", cold, stranger_queries, 0.25, 0.4),
        ("2c the same for a visitor with a mark", own, marked_queries, 0.25, 0.4),
    ):
        size = len(checked(load, page, is_kept=load is kept, is_private=load is own).body)
        reference = Load(load.base, [f"/bench/{queries}/{size}/"], load.headers, is_unique=load.is_unique)
        _check_reference(reference, size)
        measured = compare(load, reference, rounds=rounds, seconds=seconds)
        words = f"{queries} trivial quer{'y' if queries == 1 else 'ies'}, {size:,} bytes"
        yield ratio_row(what, words, measured, at_least=at_least, aim=aim)


def checked(load: Load, page: Page, *, is_kept: bool = False, is_private: bool = False) -> Reply:
    """Return the page as this load gets it, or refuse to measure a page that is not right."""
    reply = load.fetch_one()
    html = brotli.decompress(reply.body) if is_kept else reply.body
    checks = {
        f"status {reply.status}": reply.status == 200,
        "ETag": ("etag" in reply.headers) != is_private,
        "Content-Encoding": (reply.headers.get("content-encoding") == "br") == is_kept,
        "Content-Length": int(reply.headers.get("content-length", len(reply.body))) == len(reply.body),
        "answers": all(f'id="answer-{answer}"'.encode() in html for answer in page.answers),
    }
    if faults := [name for name, is_right in checks.items() if not is_right]:
        raise BenchError(f"{load.paths[0]} is not as it should be: {', '.join(faults)}")
    return reply


def _check_reference(load: Load, size: int) -> None:
    reply = load.fetch_one()
    if reply.status != 200 or len(reply.body) != size:
        raise BenchError(f"the reference view answered {reply.status} with {len(reply.body)} bytes")


def count_page_queries() -> Row:
    """Count the queries of a page with few and with many answers, for a stranger and for a visitor with a mark."""
    few, many = write_question(FEW), write_question(MANY)
    mark = new_mark()
    strangers = [count_queries(path) for path in (few, many)]
    visitors = [count_queries(path, mark) for path in (few, many)]
    is_met = max(strangers + visitors) <= MOST_QUERIES and len(set(strangers)) == len(set(visitors)) == 1
    return Row(
        f"3 queries of the page with {FEW} and with {MANY} answers",
        "{} and {} (with a mark {} and {})".format(*strangers, *visitors),
        asked=f"at most {MOST_QUERIES}, the same",
        met="met" if is_met else "not met",
    )


def weigh(base: str, page: Page) -> Row:
    """Weigh what a first visit needs before it can be read: the page and its style sheet, compressed."""
    html = checked(Load(base, [page.path], KEPT), page, is_kept=True).body
    link = re.search(rb'<link rel="stylesheet" href="([^"]+)"', brotli.decompress(html))
    if not link:
        raise BenchError("the page links no style sheet")
    css = fetch(base, link[1].decode(), KEPT)
    if css.status != 200 or css.headers.get("content-encoding") != "br":
        raise BenchError("the style sheet is not served compressed")
    total = (len(html) + len(css.body)) / 1024
    return Row(
        f"4 HTML and CSS of the page with {len(page.answers)} answers, br",
        f"{total:.1f} KB",
        f"HTML {len(html):,} bytes, CSS {len(css.body):,} bytes",
        asked=f"at most {MOST_KILOBYTES} KB",
        met="met" if total <= MOST_KILOBYTES else "not met",
    )
