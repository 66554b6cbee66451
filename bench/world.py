"""What the pages of the benchmark show: the demo's content, and questions with a given number of answers."""

from typing import NamedTuple
from uuid import uuid4

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.visitors import COOKIE, mark_visitor
from bench.load import UNIQUE
from bench.place import BenchError
from doctors.models import Doctor
from questions.bodies import render
from questions.models import Answer, Question
from voting.demo import Demo

ANSWERS_OF_THE_PAGE = 5


class Page(NamedTuple):
    """The question page that is measured: its address and the answers that can be voted on."""

    path: str
    answers: list[int]


def write_demo() -> Page:
    """Fill the database with the demo and return its page about radiofrequency sessions."""
    Demo().write()
    asked = Question.objects.visible().filter(title__icontains="radiofrequency", answer_count=ANSWERS_OF_THE_PAGE)
    for question in asked:
        return Page(question.get_absolute_url(), _keys(question))
    raise BenchError(f"the demo has no question about radiofrequency with {ANSWERS_OF_THE_PAGE} visible answers")


def write_question(answer_count: int) -> str:
    """Write one more question with so many answers by the demo's doctors and return its address."""
    doctors = list(Doctor.objects.standing())
    words = "A sentence that stands for what somebody wrote. " * 8
    title = f"A question with {answer_count} answers"
    question = Question.objects.create(title=title, slug="counted", body=words, body_html=render(words, "text"))
    Answer.objects.bulk_create(
        Answer(
            question=question,
            doctor=doctors[number % len(doctors)],
            headline=f"Answer {number}",
            body=words,
            body_html=render(words, "text"),
            # Only imported answers may come twice from one doctor.
            external_id=f"bench-{question.pk}-{number}",
        )
        for number in range(answer_count)
    )
    return question.get_absolute_url()


def votable_answers() -> list[int]:
    """Return all answers that can be voted on."""
    return list(Answer.objects.visible().order_by("pk").values_list("pk", flat=True))


def new_mark() -> str:
    """Return the cookie of a visitor who has voted before."""
    response = HttpResponse()
    mark_visitor(response, uuid4())
    return f"{COOKIE}={response.cookies[COOKIE].value}"


def count_queries(path: str, cookie: str = "") -> int:
    """Return how many queries a page costs when it is rendered anew."""
    client = Client(SERVER_NAME="localhost", HTTP_COOKIE=cookie)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path, {UNIQUE: uuid4().hex})
    if response.status_code != 200:
        raise BenchError(f"{path} answered {response.status_code}")
    return len(captured)


def _keys(question: Question) -> list[int]:
    return list(question.answers.visible().values_list("pk", flat=True))
