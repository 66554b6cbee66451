"""`python -m bench`: measures the main paths and prints a table. Speed is told, never asserted: exit code 0."""

import os
import platform
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable

from bench.load import refuse_without_wrk
from bench.place import BenchError, new_database, own_place
from bench.rows import Row, figures
from qa_forum import embedded_postgres, serve

# What the pages of a large database are compared with.
SMALL = 10_000

_start = time.monotonic()


def main() -> None:
    """Measure, or say in one line why that cannot be done."""
    options = _read_arguments()
    serve.heed_signals()
    try:
        if options.queue:
            with own_place():
                rows = _measure_queue()
                print("\n".join(["", _machine(), "", figures(rows)]), flush=True)
            return
        if options.large:
            with own_place():
                found = _measure_large(options.size or 100_000)
                print("\n".join(["", _machine(), found]), flush=True)
            return
        refuse_without_wrk()
        with own_place():
            rows = [*_measure_paths(options), *_measure_interchange(), *_measure_screening(), *_measure_rings()]
            rows += _measure_queue()
            large = _measure_large(options.size) if options.size else ""
            print("\n".join(["", _machine(), "", figures(rows), *([large] if large else [])]), flush=True)
    except (BenchError, serve.ServeError, embedded_postgres.EmbeddedPostgresError) as error:
        sys.exit(f"make bench: {error}")


def _read_arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m bench", description="Measures the main paths of the site.")
    parser.add_argument(
        "--size", type=int, default=0, help="then fill a database with so many questions and measure it"
    )
    parser.add_argument("--queue", action="store_true", help="measure the moderators' queue and nothing else")
    parser.add_argument("--large", action="store_true", help="measure the database of --size and nothing else")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each comparison (default: 5)")
    parser.add_argument("--seconds", type=int, default=2, help="seconds of each round (default: 2)")
    options = parser.parse_args()
    if min(options.rounds, options.seconds) < 1 or options.size < 0:
        parser.error("rounds and seconds must be 1 or more, a size no less than nothing")
    return options


# The modules below know the site's models, which Django must have loaded: they are imported where they are used.


def _measure_paths(options: Namespace) -> list[Row]:
    """Measure pages, votes and servers on the demo's content."""
    from bench import servers
    from bench.pages import count_page_queries, measure_page, weigh
    from bench.rivals import measure_rivals
    from bench.votes import measure_votes
    from bench.world import write_demo

    new_database()
    page = write_demo()
    how = {"rounds": options.rounds, "seconds": options.seconds}
    with servers.running(servers.granian) as site:
        with servers.running(servers.granian_that_keeps_nothing) as forgetful:
            rows = _told(measure_page(site, forgetful, page, **how))
        rows += _told([count_page_queries(), weigh(site, page)])
        rows += _told(measure_votes(site, page, **how))
        with servers.running(servers.gunicorn) as gunicorn:
            rows += _told(measure_rivals(site, gunicorn, page, **how))
    return rows


def _measure_interchange() -> list[Row]:
    """Measure import and export in an empty database."""
    from bench.interchange import measure_interchange

    new_database()
    return _told(measure_interchange())


def _measure_screening() -> list[Row]:
    """Measure what hostile text costs the emergency screen."""
    from bench.screening import measure_screening

    return _told(measure_screening())


def _measure_rings() -> list[Row]:
    """Measure the nightly search for vote rings over a million votes."""
    from bench.rings import measure_search

    new_database()
    return _told([measure_search()])


def _measure_queue() -> list[Row]:
    """Measure the moderators' queue with 100,000 cases."""
    from bench.queue import measure_queue

    new_database()
    return _told(measure_queue())


def _measure_large(size: int) -> str:
    """Measure pages and the search in a database of so many questions, and the pages in a small one before."""
    from bench.latency import latency_table, size_table

    small, _ = _fill_and_visit(SMALL)
    start = time.monotonic()
    large, found = _fill_and_visit(size)
    said = f"{size:,} questions, written and measured in {time.monotonic() - start:,.0f} s; ratios are to {SMALL:,}"
    return f"\n8 with {said}\n\n{latency_table(large, small)}\n\n{found}\n\n{size_table()}"


def _fill_and_visit(size: int) -> tuple[dict, str]:
    """Write a database of so many questions, and return the times of its pages, and what the search took there."""
    from bench import servers
    from bench.fill import fill
    from bench.latency import measure_latency
    from bench.search import measure_search

    new_database()
    fill(size, _say)
    found = measure_search(_say)
    with servers.running(servers.granian_with_a_limit) as site:
        return measure_latency(site, _say), found


def _told(rows: Iterable[Row]) -> list[Row]:
    """Return the rows, telling each as it comes."""
    told = []
    for row in rows:
        _say(f"{row.what}: {row.ours} {row.ratio}")
        told.append(row)
    return told


def _say(words: str) -> None:
    print(f"{time.monotonic() - _start:6.0f} s  {words}", file=sys.stderr, flush=True)


def _machine() -> str:
    """Return what the figures were measured on."""
    import django
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        postgres = cursor.fetchone()[0].split()[0]
    python = platform.python_version()
    return f"{os.cpu_count()} processors, Python {python}, Django {django.__version__}, PostgreSQL {postgres}"


if __name__ == "__main__":
    main()
