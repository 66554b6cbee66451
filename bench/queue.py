"""The moderators' queue with 100,000 open cases: queries and time of its pages, of its search, and the plans."""

import time
from collections.abc import Callable, Iterator, Sequence

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from accounts.models import User
from bench.place import BenchError
from bench.rows import Row
from moderation.case_queue import cases_for, cursor_of
from moderation.figures import figures_now
from moderation.models import Case
from questions.models import Question
from tests.factories import sign_in

CASES = 100_000
# So many of them are about something that is there.
THINGS = 200
TIMES = 7
MOST_QUERIES = 15
QUEUE = "/admin/moderation/case/"
# Words of very different frequency, as in what people write; each thing is there, so each line costs what it costs.
_FILL = """
    INSERT INTO moderation_case
        (subject_kind, subject_id, cause, urgency, reasons, report_count, author_id, words, opened_at, closed_at)
    SELECT 'questions.question', CASE WHEN n <= %(things)s THEN %(first)s + n - 1 ELSE 1000000000 + n END,
        (ARRAY['reports', 'held', 'changed', 'votes'])[1 + n %% 4],
        CASE WHEN n %% 500 = 0 THEN 2 WHEN n %% 10 = 0 THEN 1 ELSE 0 END,
        CASE WHEN n %% 97 = 0 THEN ARRAY['private'] WHEN n %% 3 = 0 THEN ARRAY['abuse'] ELSE ARRAY['unsafe'] END, 1,
        %(author)s,
        'Case of a common rash and word' || (n %% 20) || 'often word' || (n %% 5000) || 'seldom word' || n || 'once',
        now() - make_interval(secs => 60 * ((n * 7919) %% 300000)), NULL
    FROM generate_series(1, %(cases)s) n
"""
_PAGES = {
    "first page": "",
    "by room, reason, cause and age": "about=questions&reason=private&cause=reports&age=7",
    "free to take": "state=free",
    "claimed by me": "state=mine",
    "words: a rare one": "q=word77777once",
    "words: 20 cases": "q=word4321seldom",
    "words: 5,000 cases": "q=word7often",
    "words: in every case": "q=rash",
}


def fill_cases(cases: int = CASES) -> User:
    """Write so many open cases, as many on things that are there as a page shows, and return a moderator."""
    author = User.objects.create_user("author@mail.example", "author", None)
    asked = [Question(title=f"Question {n}", slug=f"question-{n}", body="Why?", asker=author) for n in range(THINGS)]
    things = Question.objects.bulk_create(asked)
    moderator = User.objects.create_superuser("moderator@mail.example", "moderator", None)
    first = min(each.pk for each in things)
    names = {"things": len(things), "first": first, "cases": cases, "author": author.pk}
    with connection.cursor() as cursor:
        cursor.execute(_FILL, names)
        cursor.execute("VACUUM (ANALYZE) moderation_case")
    return moderator


def measure_queue(cases: int = CASES) -> Iterator[Row]:
    """Measure each way of reading the queue as a signed-in moderator, in this process, best of several."""
    start = time.monotonic()
    moderator = fill_cases(cases)
    yield Row(f"11 queue of {cases:,}: writing them", f"{time.monotonic() - start:.0f} s")
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        client = sign_in(Client(), moderator)
        for what, chosen in _PAGES.items():
            yield _page(client, what, f"{QUEUE}?{chosen}", cases)
        middle = cursor_of(Case.objects.open().in_order()[cases // 2])
        yield _page(client, "a page in the middle", f"{QUEUE}?after={middle}", cases)
        key = Case.objects.open().in_order().values_list("pk", flat=True)[10]
        yield _page(client, "the page of a case", f"{QUEUE}{key}/change/", cases, most=30)
        yield _page(client, "the admin's first page", "/admin/", cases)
    seconds = _best(figures_now)
    yield Row(f"11 queue of {cases:,}: median age and figures alone", f"{1000 * seconds:.0f} ms")
    for what, plan in plans(moderator).items():
        yield Row(f"11 queue of {cases:,}: plan of {what}", plan)


def _page(client: Client, what: str, address: str, cases: int, *, most: int = MOST_QUERIES) -> Row:
    with CaptureQueriesContext(connection) as queries:
        status = client.get(address).status_code
    if status != 200:
        raise BenchError(f"{address} answered {status}")
    # Counted before the next request empties the log of queries.
    count = len(queries)
    seconds = _best(lambda: client.get(address))
    return Row(
        f"11 queue of {cases:,}: {what}",
        f"{count} queries, {1000 * seconds:.0f} ms",
        asked=f"at most {most} queries",
        met="met" if count <= most else "not met",
    )


def _best(call: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(TIMES):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best


def plans(moderator: User) -> dict[str, str]:
    """Return, for the queue and for its search, the index that the database reads."""
    found = {}
    for what, chosen in {"first page": {}, "search": {"q": "word4321seldom"}}.items():
        plan = cases_for(chosen, moderator).in_order()[:51].explain()
        found[what] = ", ".join(_indexes(plan.splitlines())) or "no index"
    return found


def _indexes(lines: Sequence[str]) -> list[str]:
    names = ("case_queue", "case_search", "case_by_reason", "case_by_subject", "case_by_author", "case_by_closing")
    return [name for name in names if any(name in line for line in lines)]
