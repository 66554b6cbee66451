"""The site's own settings for workers that tests start as processes of their own: on the tests' database."""

import os

from qa_forum.settings import *  # noqa: F403
from qa_forum.settings import DATABASES

DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = "127.0.0.1"
EMAIL_PORT = int(os.environ["TEST_MAIL_PORT"])
EMAIL_TIMEOUT = 5
# As many as there are, and quicker.
MAIL_PAUSES = [0.2, 0.3, 0.4, 0.5, 0.6]
