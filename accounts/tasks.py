"""What is done in the background in this room, and for the queue itself."""

from django.contrib.sessions.backends.db import SessionStore
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from accounts import emails

FAILED_IS_KEPT_HOURS = 30 * 24


# A mail server that fails is no error of the task; what remains is a database that goes away.
@app.task(name=emails.DELIVER, retry=RetryStrategy(max_attempts=5, wait=10))
def deliver_mail(mail_id: int, tries: int) -> None:
    """Send one mail."""
    emails.deliver_mail(mail_id=mail_id, tries=tries)


@app.periodic(cron="*/10 * * * *")
@app.task(name="accounts.find_lost_mails", queueing_lock="find_lost_mails")
def find_lost_mails(timestamp: int) -> None:
    """Find mails that wait in vain."""
    emails.find_lost_mails()


@app.periodic(cron="30 4 * * *")
@app.task(name="accounts.sweep_mails", queueing_lock="sweep_mails")
def sweep_mails(timestamp: int) -> None:
    """Delete what is left of mails that are long over."""
    emails.sweep_mails()


@app.periodic(cron="35 4 * * *")
@app.task(name="accounts.sweep_sessions", queueing_lock="sweep_sessions")
def sweep_sessions(timestamp: int) -> None:
    """Delete sessions that are over, and with them what was typed by those who never finished joining."""
    SessionStore.clear_expired()


@app.periodic(cron="40 4 * * *")
@app.task(name="accounts.sweep_queue", pass_context=True, queueing_lock="sweep_queue")
async def sweep_queue(context: JobContext, timestamp: int) -> None:
    """Delete what is left of work that ended long ago; what succeeds leaves nothing anyway."""
    await context.app.job_manager.delete_old_jobs(
        nb_hours=FAILED_IS_KEPT_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )
