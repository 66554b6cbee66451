"""What every test stands on: a real PostgreSQL, plain static files, and no word left in a cache."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from qa_forum import embedded_postgres

# The same examples in each run, so that a red build names a change; HYPOTHESIS_PROFILE=dice throws new ones.
_house = settings(
    deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
settings.register_profile("house", _house, max_examples=60, derandomize=True)
settings.register_profile("dice", _house, max_examples=400, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


def pytest_configure(config: pytest.Config) -> None:
    """Start the database before Django is asked for it, and hand no ignored signal on to what the tests start."""
    # Behind `nohup` or `&` these two come ignored, and every process that is started from here would inherit that.
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, handler)
    if embedded_postgres.is_used():
        embedded_postgres.ensure_running()
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in the test's thread.


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the browser's tests where there is none, and say how to get one; in CI that is a failure."""
    if find_chromium() or os.environ.get("CI"):
        return
    no_browser = pytest.mark.skip(reason="Chromium is missing: apt-get install -y chromium")
    for item in items:
        if "browser" in item.keywords:
            item.add_marker(no_browser)


def find_chromium() -> str | None:
    """Return the path of the browser, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(autouse=True, scope="session")
def _plain_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Serve static files from their folders, keep private ones aside, and make passwords quickly."""
    from django.test import override_settings

    plain = {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with override_settings(
        STORAGES=plain,
        STATIC_ROOT=tmp_path_factory.mktemp("static"),
        PRIVATE_ROOT=tmp_path_factory.mktemp("private"),
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        VOTES_PER_NETWORK=0,
        FIRST_POSTS_WAIT=False,
    ):
        yield


@pytest.fixture(autouse=True, scope="session")
def _queue_is_flushed(django_db_setup: None) -> None:
    """Empty the queue with all else after a test that commits: its tables are not Django's, and `flush` passes them."""
    from django.apps import apps
    from django.db.models.signals import post_migrate

    post_migrate.connect(_empty_queue, sender=apps.get_app_config("procrastinate"), weak=False)


@pytest.fixture(autouse=True, scope="session")
def _synonyms_stay(django_db_setup: None) -> None:
    """Fill in again the synonyms that a migration wrote, after a test that commits: each meets a site as it ships."""
    from django.apps import apps
    from django.db.models.signals import post_migrate

    post_migrate.connect(_fill_synonyms, sender=apps.get_app_config("questions"), weak=False)


@pytest.fixture(autouse=True, scope="session")
def _searches_have_time() -> Iterator[None]:
    """Let no search be cut off because the machine is busy with other tests; what tests the cut sets a time itself."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("statements", "likeness"):
            patch.setattr(f"questions.search.{module}.SECONDS", 60.0)
        yield


@pytest.fixture(autouse=True, scope="session")
def _log_is_flushed() -> Iterator[None]:
    """Let the flush after a test that commits, and nothing else, empty the audit log: its trigger refuses TRUNCATE."""
    from django.db.backends.base.operations import BaseDatabaseOperations

    plain = BaseDatabaseOperations.execute_sql_flush

    def flush(self: Any, sql_list: list[str]) -> None:
        plain(self, ["SET LOCAL session_replication_role = replica", *sql_list])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", flush)
        yield


@pytest.fixture(autouse=True, scope="session")
def _nobody_stays(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """End what a thread of a live server left open in the test database, so that it can be dropped."""
    yield
    from django.db import connection

    others = "datname = current_database() AND pid <> pg_backend_pid()"
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")


def _empty_queue(**kwargs: Any) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers"
        )


def _fill_synonyms(**kwargs: Any) -> None:
    from questions.models import SynonymGroup

    if not SynonymGroup.objects.exists():
        SynonymGroup.objects.bulk_create(SynonymGroup(words=words) for words in _shipped_synonyms())


@cache
def _shipped_synonyms() -> list[list[str]]:
    lines = (Path(__file__).parent.parent / "questions" / "synonyms.txt").read_text(encoding="utf-8").splitlines()
    return [[word.strip() for word in line.split(",")] for line in lines if line and not line.startswith("#")]


@pytest.fixture
def mails(db: None) -> Callable[[], list[Any]]:
    """Return a function that returns all mails that were decided on, the oldest first."""
    from accounts.models import Mail

    return lambda: list(Mail.objects.order_by("pk"))


@pytest.fixture
def deliver(transactional_db: None) -> Callable[..., None]:
    """Return a function that lets a real worker do, in this process, all work that is due.

    With ``hurry`` what was put off for later is due, too. Mails end in ``django.core.mail.outbox``.
    """
    from django.core.management import call_command
    from django.db import connection

    from tests.crowd import all_at_once

    def run(*, hurry: bool = False) -> None:
        if hurry:
            with connection.cursor() as cursor:
                cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")
        # In a thread of its own: Playwright leaves a loop running in this one, where its tests ran before.
        (outcome,) = all_at_once([lambda: call_command("run_worker", once=True)])
        if isinstance(outcome, Exception):
            raise outcome

    return run


@pytest.fixture
def letters(settings: Any) -> None:
    """Let mails be made of the templates for tests."""
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], Path(__file__).parent / "templates"]}]


@pytest.fixture
def admin_user(db: None) -> Any:
    """Return whom ``admin_client`` signs in: our accounts have a pen name."""
    from tests.factories import ModeratorFactory

    return ModeratorFactory()


@pytest.fixture
def admin_client(admin_user: Any) -> Any:
    """Return a client that is signed in with a second factor: a session alone does not open the admin."""
    from django.test import Client

    from tests.factories import sign_in

    return sign_in(Client(), admin_user)


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Keep no page from one test to the next."""
    from django.core.cache import cache

    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def mailoutbox(db: None) -> Any:
    """Return the mails that were sent; looking at them delivers what waits first."""
    from tests.mailing import Outbox

    return Outbox()
