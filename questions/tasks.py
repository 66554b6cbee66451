"""What happens in the background in this room."""

from procrastinate.contrib.django import app

from questions.models import HowOften
from questions.services import following


@app.task(name="questions.tell_of_answer", retry=5)
def tell_of_answer(answer_id: int) -> None:
    """Tell followers of a new answer."""
    following.tell_of_answer(answer_id)


@app.task(name="questions.tell_of_question", retry=5)
def tell_of_question(question_id: int) -> None:
    """Tell followers of its topics of a new question."""
    following.tell_of_question(question_id)


@app.periodic(cron="0 6 * * *")
@app.task(name="questions.tell_daily", retry=5)
def tell_daily(timestamp: int) -> None:
    """Send the daily mails, and sweep up what is long over."""
    following.tell_digests(HowOften.DAILY)
    following.sweep()


@app.periodic(cron="0 6 * * 1")
@app.task(name="questions.tell_weekly", retry=5)
def tell_weekly(timestamp: int) -> None:
    """Send the weekly mails."""
    following.tell_digests(HowOften.WEEKLY)
