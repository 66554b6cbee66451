"""Finds what questions mean, and keeps it: a point among all meanings for each, with its answers."""

from django.db import connection, transaction

from questions.bodies import plain
from questions.models import Answer, Meaning, Question
from questions.search.meaning import CHARACTERS, MODEL, Vector, embed_question

# So many questions at one go: whoever writes to one of them meanwhile waits for some milliseconds.
AT_ONCE = 10
ANSWERS_OF_EACH = 15
# So many in one run of the task: other work of the same worker does not wait long.
IN_ONE_RUN = 500

_TAKE = """
    UPDATE questions_meaning SET is_due = false WHERE question_id IN (
        SELECT question_id FROM questions_meaning WHERE is_due ORDER BY question_id LIMIT %(at_once)s
        FOR NO KEY UPDATE SKIP LOCKED
    ) RETURNING question_id
"""
_ADD = """
    INSERT INTO questions_meaning (question_id, is_due, model)
    SELECT id, true, '' FROM questions_question q
    WHERE NOT EXISTS (SELECT FROM questions_meaning m WHERE m.question_id = q.id) ORDER BY id
    ON CONFLICT DO NOTHING
"""


@transaction.atomic
def find_due(at_once: int = AT_ONCE) -> int:
    """Find the meaning of some questions that are new or changed, and return how many these are.

    They are held before their words are read: who changes one later waits, and makes it due again.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"at_once": at_once})
        keys = sorted(key for (key,) in cursor.fetchall())
    questions = Question.objects.only("title", "body_html").in_bulk(keys)
    answers = _answers(keys)
    for key, question in questions.items():
        vector = _vector(question, answers.get(key, []))
        Meaning.objects.filter(pk=key).update(vector=vector, model=MODEL if vector else "")
    return len(keys)


def find_some_due(most: int = IN_ONE_RUN) -> int:
    """Find the meaning of a limited number of those that are due, and return how many these are."""
    done = 0
    while done < most and (found := find_due()):
        done += found
    return done


def make_all_due() -> int:
    """Say of every question that its meaning must be found anew, also of those that triggers passed by; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_ADD)
    return Meaning.objects.update(is_due=True)


def make_missing_due() -> int:
    """Say so of those alone that have no point of this model; return how many are due."""
    with connection.cursor() as cursor:
        cursor.execute(_ADD)
    Meaning.objects.filter(is_due=False).exclude(model=MODEL).update(is_due=True)
    return Meaning.objects.filter(is_due=True).count()


def _answers(keys: list[int]) -> dict[int, list[str]]:
    """Return the words of the most helpful answers of questions."""
    found = Answer.objects.visible().filter(question__in=keys).order_by("question_id", "-rank", "-pk")
    words: dict[int, list[str]] = {}
    for answer in found.only("question_id", "headline", "body_html"):
        of_one = words.setdefault(answer.question_id, [])
        if len(of_one) < ANSWERS_OF_EACH:
            of_one.append(f"{answer.headline}\n{plain(answer.body_html)[:CHARACTERS]}".strip())
    return words


def _vector(question: Question, answers: list[str]) -> Vector | None:
    return embed_question(question.title, plain(question.body_html)[:CHARACTERS], answers)
