"""What happens in the background in this room."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from doctors import services

LATER = RetryStrategy(max_attempts=6, exponential_wait=5)


@app.periodic(cron="5 0 * * *")
@app.task(name="doctors.follow_the_calendar", queueing_lock="doctors.follow_the_calendar", retry=LATER)
def follow_the_calendar(timestamp: int) -> None:
    """Let checks lapse that ran out, let those hold that begin, and remind doctors whose licence ends soon."""
    services.lapse_licences()
    services.remind_of_licences()


@app.periodic(cron="50 4 * * *")
@app.task(name="doctors.sweep_files", queueing_lock="doctors.sweep_files", retry=LATER)
def sweep_files(timestamp: int) -> None:
    """Delete private files that no row names."""
    services.sweep_files()
