"""What lies on a doctor's desk: questions that wait, what waits for a word of theirs, times to a first answer."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from doctors.models import Doctor, DoctorReview
from questions.lists import UNANSWERED
from questions.models import Answer, AnswerDraft, Decline, Desk, Inquiry, Question, QuestionTopic, Topic
from questions.models.content import QuestionQuerySet

# The order of the desk, and of the index behind it: who waits longest comes first.
OLDEST = UNANSWERED
# Of fewer answers a median says more about chance than about anybody.
FEWEST_FOR_A_MEDIAN = 5
MEDIAN_IS_KEPT = 60 * 15


def topics_of(doctor: Doctor) -> QuerySet[Topic]:
    """Return the topics that come to a doctor's desk: those of their specialty, and those they chose."""
    by_specialty, chosen = of_specialty(doctor).values("pk"), Topic.objects.filter(desks=doctor.pk).values("pk")
    return Topic.objects.filter(Q(pk__in=by_specialty) | Q(pk__in=chosen)).order_by("name")


def of_specialty(doctor: Doctor) -> QuerySet[Topic]:
    """Return the topics that come to a doctor's desk by their specialty; none where nobody knows it."""
    if doctor.specialty_id is None:
        return Topic.objects.none()
    return Topic.objects.filter(specialties=doctor.specialty_id)


def waiting_questions(
    doctor: Doctor, topics: Collection[int] | QuerySet[Any, Any] | None, *, with_answered: bool = False
) -> QuestionQuerySet:
    """Return the open questions that this doctor might answer, on these topics or on any.

    Not theirs: what they asked, answered or declined, and what waits for a patient or for the doctor who asked back.
    """
    own = {"question": OuterRef("pk"), "doctor": doctor}
    questions = Question.objects.visible().filter(
        ~Exists(Answer.objects.filter(**own)),
        ~Exists(Decline.objects.filter(**own)),
        ~Exists(Inquiry.objects.holding().filter(question=OuterRef("pk"))),
        closed_at=None,
        locked_at=None,
    )
    if doctor.user_id:
        questions = questions.exclude(asker=doctor.user_id)
    if not with_answered:
        questions = questions.filter(answer_count=0)
    if topics is not None:
        questions = questions.filter(Exists(QuestionTopic.objects.filter(question=OuterRef("pk"), topic__in=topics)))
    return questions


def _open_inquiries(doctor: Doctor) -> QuerySet[Inquiry]:
    """Return what a doctor asked back on questions that are open, and that they neither answered nor declined."""
    own = {"question": OuterRef("question"), "doctor": doctor}
    return Inquiry.objects.filter(
        ~Exists(Answer.objects.filter(**own)),
        ~Exists(Decline.objects.filter(**own)),
        doctor=doctor,
        question__state=Question.State.PUBLISHED,
        question__closed_at=None,
        question__locked_at=None,
    )


def replied_inquiries(doctor: Doctor) -> QuerySet[Inquiry]:
    """Return inquiries whose patients replied, so that their doctor is to answer; who waits longest comes first."""
    newer = Inquiry.objects.filter(question=OuterRef("question"), doctor=doctor, pk__gt=OuterRef("pk"))
    replied = _open_inquiries(doctor).filter(~Exists(newer), replied_at__isnull=False)
    return replied.select_related("question").defer("question__search", "question__body").order_by("replied_at", "pk")


def unreplied_inquiries(doctor: Doctor) -> QuerySet[Inquiry]:
    """Return inquiries that wait for their patients."""
    waiting = _open_inquiries(doctor).filter(replied_at=None)
    return waiting.select_related("question").defer("question__search", "question__body").order_by("pk")


def answers_to_confirm(doctor: Doctor) -> QuerySet[Answer]:
    """Return a doctor's answers that are under review or whose review time is over."""
    answers = Answer.objects.filter(
        doctor=doctor, state=Answer.State.PUBLISHED, question__state=Question.State.PUBLISHED
    ).with_desk()
    return answers.filter(Q(recall__isnull=False) | Q(is_due=True)).select_related("question").defer(*_UNREAD)


def own_answers(doctor: Doctor) -> QuerySet[Answer]:
    """Return everything that a doctor answered, in whichever state it is."""
    answers = Answer.objects.filter(doctor=doctor).with_desk()
    return answers.select_related("question", "decision").defer(*_UNREAD)


_UNREAD = ("body", "search", "question__body", "question__body_html", "question__search")


def own_drafts(doctor: Doctor) -> QuerySet[AnswerDraft]:
    """Return the answers that a doctor did not post yet, on questions that everybody may read."""
    drafts = AnswerDraft.objects.filter(doctor=doctor, question__state=Question.State.PUBLISHED)
    return drafts.select_related("question").defer("question__body", "question__body_html", "question__search")


def own_reviews(doctor: Doctor) -> QuerySet[DoctorReview]:
    """Return what patients say of a doctor, as everybody reads it."""
    return doctor.reviews.visible().select_related("patient")


def chosen_by(doctor: Doctor) -> Desk:
    """Return a doctor's choices, or what holds for whoever made none."""
    return Desk.objects.filter(doctor=doctor).first() or Desk(doctor=doctor)


# --- The time to a first answer ------------------------------------------------------------------------------

# Questions asked here in the last year; answers as everybody may read them today. `asked_at` is written as the index
# over all questions by date has it.
_MEDIAN = """
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first_at - asked_at)), count(*)
    FROM (
        SELECT q.asked_at, min(a.answered_at) AS first_at
        FROM questions_question q
        JOIN questions_answer a ON a.question_id = q.id AND a.state = 'published' AND a.answered_at >= q.asked_at
        JOIN doctors_doctor d ON d.id = a.doctor_id AND d.valid_until > current_date
        WHERE q.state = 'published' AND q.external_id IS NULL {whose}
        AND coalesce(q.asked_at, '1000-01-01 00:00:00+00'::timestamptz) > now() - interval '365 days'
        GROUP BY q.id
    ) AS answered
"""


@dataclass(frozen=True, slots=True)
class Median:
    """The median time from a question to its first answer, in words; nothing where they are too few to say."""

    words: str
    count: int


def site_median() -> Median:
    """Return the median time to a question's first answer, of anybody's; a quarter of an hour old at most."""
    kept = cache.get("desk:median")
    if kept is None:
        kept = _median("")
        cache.set("desk:median", kept, MEDIAN_IS_KEPT)
    return kept


def own_median(doctor: Doctor) -> Median:
    """Return the median time in which a doctor answers, where they answer."""
    return _median("AND a.doctor_id = %(doctor)s", doctor=doctor.pk)


def _median(whose: str, **names: int) -> Median:
    with connection.cursor() as cursor:
        cursor.execute(_MEDIAN.format(whose=whose), names)
        seconds, count = cursor.fetchone()
    return Median(_in_words(float(seconds)) if count >= FEWEST_FOR_A_MEDIAN else "", count)


def _in_words(seconds: float) -> str:
    hours = round(seconds / 3600)
    if hours < 1:
        return "less than an hour"
    if hours < 48:
        return f"{hours} hour{'s' if hours > 1 else ''}"
    return f"{round(seconds / 86400)} days"
