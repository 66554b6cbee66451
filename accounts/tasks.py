"""What happens in the background in this room."""

from django.contrib.sessions.backends.db import SessionStore
from procrastinate.contrib.django import app

from accounts import emails


@app.task(name=emails.DELIVER, retry=5)
def deliver_mail(mail_id: int) -> None:
    """Send one mail."""
    emails.deliver_mail(mail_id)


@app.periodic(cron="30 4 * * *")
@app.task(name="accounts.sweep")
def sweep(timestamp: int) -> None:
    """Drop sessions that are over and what is left of old mails."""
    SessionStore.clear_expired()
    emails.sweep_mails()
