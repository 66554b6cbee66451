"""What happens in the background in this room."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from questions.models import HowOften
from questions.search import meaning, points, vocabulary
from questions.services import following, old_answers, related

# A database that is away for a while: after 5, 25, 125 … seconds.
LATER = RetryStrategy(max_attempts=6, exponential_wait=5)


@app.task(name="questions.tell_of_answer", retry=LATER)
def tell_of_answer(answer_id: int) -> None:
    """Tell followers of a new answer."""
    following.tell_of_answer(answer_id)


@app.task(name="questions.tell_of_question", retry=LATER)
def tell_of_question(question_id: int) -> None:
    """Tell followers of its topics of a new question."""
    following.tell_of_question(question_id)


@app.task(name="questions.relate", retry=LATER)
def relate(question_id: int) -> None:
    """Find anew which questions stand beside one."""
    related.relate(question_id)


@app.periodic(cron="5,15,25,35,45,55 * * * *")
@app.task(name="questions.relate_new", queueing_lock="questions.relate_new", retry=LATER)
def relate_new(timestamp: int = 0) -> None:
    """Find what stands beside new questions, those of an import, too."""
    related.relate_new()


@app.periodic(cron="0 6 * * *")
@app.task(name="questions.tell_daily", retry=LATER)
def tell_daily(timestamp: int) -> None:
    """Send the daily mails, and sweep up what is long over."""
    following.tell_digests(HowOften.DAILY)
    following.sweep()


@app.periodic(cron="30 6 * * *")
@app.task(name="questions.remind_of_old_answers", queueing_lock="questions.remind_of_old_answers", retry=LATER)
def remind_of_old_answers(timestamp: int) -> None:
    """Ask doctors whether old answers are still their view."""
    old_answers.remind_of_old_answers()


@app.periodic(cron="0 6 * * 1")
@app.task(name="questions.tell_weekly", retry=LATER)
def tell_weekly(timestamp: int) -> None:
    """Send the weekly mails."""
    following.tell_digests(HowOften.WEEKLY)


@app.periodic(cron="*/10 * * * *")
@app.task(name="questions.count_new_words", queueing_lock="questions.count_new_words", retry=LATER)
def count_new_words(timestamp: int = 0) -> None:
    """Count the words of new texts, for the search."""
    while vocabulary.count_new_words():
        pass


@app.periodic(cron="40 3 * * *")
@app.task(name="questions.count_all_words", queueing_lock="questions.count_all_words", retry=LATER)
def count_all_words(timestamp: int = 0) -> None:
    """Count all words anew: those of what is gone go, too."""
    vocabulary.count_all_words()


@app.periodic(cron="*/2 * * * *")
@app.task(name="questions.find_meaning", queueing_lock="questions.find_meaning", retry=LATER)
def find_meaning(timestamp: int = 0) -> None:
    """Find what new and changed questions mean, where the search can search by it."""
    if not meaning.prepare():
        points.find_some_due()
