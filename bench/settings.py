"""The site's own settings with the reference views beside its addresses."""

from qa_forum.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
