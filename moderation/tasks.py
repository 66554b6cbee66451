"""What happens in the background in this room."""

import logging

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from moderation import disputes
from moderation.numbers import keep_months
from moderation.services import erase_removed, faults_of_log, forget_words, head_of_log, train_filter

LATER = RetryStrategy(max_attempts=6, exponential_wait=5)
logger = logging.getLogger(__name__)


@app.periodic(cron="10 3 * * *")
@app.task(name="moderation.erase_removed", queueing_lock="moderation.erase_removed", retry=LATER)
def erase_removed_nightly(timestamp: int) -> None:
    """Take away for good the words of what was removed long ago, and those of cases that are long over."""
    erase_removed()
    forget_words()


@app.periodic(cron="20 0 1-7 * *")
@app.task(name="moderation.keep_months", queueing_lock="moderation.keep_months", retry=LATER)
def keep_months_over(timestamp: int) -> None:
    """Keep the public numbers of the month that is over; the days after make good what one of them missed."""
    keep_months()


@app.periodic(cron="30 3 * * *")
@app.task(name="moderation.train_filter", queueing_lock="moderation.train_filter", retry=LATER)
def train_filter_nightly(timestamp: int) -> None:
    """Let the filter learn from the decisions of the day, and forget what was erased."""
    train_filter()


@app.periodic(cron="50 3 * * *")
@app.task(name="moderation.verify_audit_log", queueing_lock="moderation.verify_audit_log", retry=LATER)
def verify_audit_log(timestamp: int) -> None:
    """Prove the audit log, and note its newest entry where whoever changes the database does not reach: in the log."""
    for fault in faults_of_log():
        logger.error("Audit log: %s", fault)
    logger.info("Audit log: newest entry %s", head_of_log() or "none")


@app.periodic(cron="50 4 * * *")
@app.task(name="moderation.erase_what_is_over", queueing_lock="erase_what_is_over")
def erase_what_is_over(timestamp: int) -> None:
    """Erase what was kept as evidence until today."""
    disputes.erase_what_is_over()
