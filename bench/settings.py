"""The site's own settings with the reference views beside its addresses, and a database and folders of its own."""

import os
from pathlib import Path

from bench.place import DATABASE
from qa_forum.settings import *  # noqa: F403
from qa_forum.settings import CACHES, DATABASES

# Set by `bench.place`, for this process and for the servers that it starts.
BENCH_DIR = Path(os.environ["BENCH_DIR"])

ROOT_URLCONF = "bench.urls"
DATABASES["default"]["NAME"] = DATABASE
STATIC_ROOT = BENCH_DIR / "static"
MEDIA_ROOT = BENCH_DIR / "media"
PRIVATE_ROOT = BENCH_DIR / "private"
EMAIL_FILE_PATH = str(BENCH_DIR / "mail")
# The load comes from one network: the limit would answer, not the vote.
VOTES_PER_NETWORK = 0
if os.environ.get("BENCH_KEEPS_NOTHING"):
    CACHES["default"] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
