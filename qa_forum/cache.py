"""The shared cache of a site with several machines. Plumbing of the project: knows no room."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# For so long a cache that failed is not asked again: each try may take as long as its time-out.
REST_SECONDS = 10.0


class ForgivingRedisCache(RedisCache):
    """A cache whose faults are misses: nothing here is kept in it that cannot be made anew."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._rests_until = 0.0

    def _forgive(self, ask: Callable[[], Any], otherwise: Any) -> Any:
        if time.monotonic() < self._rests_until:
            return otherwise
        try:
            return ask()
        except (RedisError, OSError) as error:
            self._rests_until = time.monotonic() + REST_SECONDS
            logger.warning("The cache does not answer (%s); pages are made without it.", type(error).__name__)
            return otherwise

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._forgive(lambda: super(ForgivingRedisCache, self).get(key, default, version), default)

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        self._forgive(lambda: super(ForgivingRedisCache, self).set(key, value, *args, **kwargs), None)

    def add(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> bool:
        return self._forgive(lambda: super(ForgivingRedisCache, self).add(key, value, *args, **kwargs), True)

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self._forgive(lambda: super(ForgivingRedisCache, self).delete(key, version), False)

    def clear(self) -> None:
        self._forgive(lambda: super(ForgivingRedisCache, self).clear(), None)
