"""A cache that goes away takes no page with it."""

import socket
from collections.abc import Iterator

import pytest
from django.core.cache import caches
from django.test import Client, override_settings

from qa_forum.cache import ForgivingRedisCache
from tests.factories import AnswerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def dead_cache() -> Iterator[None]:
    """Point the cache at a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    location = f"redis://127.0.0.1:{port}/1"
    with override_settings(CACHES={"default": {"BACKEND": "qa_forum.cache.ForgivingRedisCache", "LOCATION": location}}):
        yield


@pytest.mark.usefixtures("dead_cache")
def test_pages_are_made_without_a_cache_that_is_away(caplog: pytest.LogCaptureFixture):
    answer = AnswerFactory()

    for _ in range(3):
        assert Client().get(answer.question.get_absolute_url()).status_code == 200

    # Once, not for each key that was asked for.
    assert len([line for line in caplog.records if line.name == "qa_forum.cache"]) == 1


@pytest.mark.usefixtures("dead_cache")
def test_what_is_not_there_is_a_miss():
    cache = caches["default"]

    assert isinstance(cache, ForgivingRedisCache)
    assert cache.get("a", 7) == 7
    assert cache.set("a", 1) is None
    assert cache.add("a", 1) is True
    assert cache.delete("a") is False
    assert cache.clear() is None
