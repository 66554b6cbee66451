"""The site's settings for a worker of a drill: the test's own database, a mail server on loopback, short pauses."""

import os

from qa_forum.settings import *  # noqa: F403
from qa_forum.settings import DATABASES

DATABASES["default"]["NAME"] = os.environ["DRILL_DATABASE"]
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT, EMAIL_TIMEOUT = "127.0.0.1", int(os.environ["DRILL_SMTP_PORT"]), 5
EMAIL_USE_TLS = False
# Tries without end: what a mail server refuses for good is set aside at once all the same.
MAIL_PAUSES = [0.1] * 200
