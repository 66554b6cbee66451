"""Telling people of what they follow: once each, as soon as they chose."""

from datetime import datetime, timedelta
from itertools import groupby

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from qa_forum.background import defer
from questions import emails
from questions.models import Answer, Draft, Follow, HowOften, Notice, Question, Topic

# One statement: whoever is noted already, by a try that was cut short after its commit, is not noted again.
_NOTE_ANSWER = """
    INSERT INTO questions_notice (user_id, question_id, answer_id, how_often, noticed_at)
    SELECT f.user_id, f.question_id, %(answer)s, f.how_often, now() FROM questions_follow f
    WHERE f.question_id = %(question)s AND f.how_often <> 'never' AND f.user_id IS DISTINCT FROM %(author)s
    ON CONFLICT DO NOTHING
"""
# Of all that brings the same question to one person, topics that they follow and a doctor's desk, the one that tells
# sooner counts. A doctor without a row for their desk is told once a day.
_NOTE_QUESTION = """
    WITH about AS (SELECT topic_id FROM questions_questiontopic WHERE question_id = %(question)s),
    concerned AS (
        SELECT f.user_id, f.how_often, false AS is_for_desk
        FROM questions_follow f JOIN about ON about.topic_id = f.topic_id
        UNION ALL
        SELECT d.user_id, coalesce(desk.how_often, 'daily'), true
        FROM doctors_doctor d LEFT JOIN questions_desk desk ON desk.doctor_id = d.id
        WHERE d.valid_until > current_date AND d.valid_until < '9999-12-31' AND d.user_id IS NOT NULL
        AND d.id IN (
            SELECT of_specialty.id FROM doctors_doctor of_specialty
            JOIN questions_topic_specialties s ON s.specialty_id = of_specialty.specialty_id
            JOIN about ON about.topic_id = s.topic_id
            UNION
            SELECT chosen.desk_id FROM questions_desk_topics chosen JOIN about ON about.topic_id = chosen.topic_id
        )
    )
    INSERT INTO questions_notice (user_id, question_id, how_often, is_for_desk, noticed_at)
    SELECT DISTINCT ON (user_id) user_id, %(question)s, how_often, is_for_desk, now() FROM concerned
    WHERE how_often <> 'never' AND user_id IS DISTINCT FROM %(author)s
    ORDER BY user_id, array_position(ARRAY['at_once', 'daily', 'weekly']::varchar[], how_often), is_for_desk DESC
    ON CONFLICT DO NOTHING
"""
STRANGERS_DRAFTS_LAST = timedelta(days=7)
NOTICES_LAST = timedelta(days=90)


@transaction.atomic
def follow(*, user: User, how_often: HowOften, question: Question | None = None, topic: Topic | None = None) -> Follow:
    """Follow a question or a topic, or change how soon to be told of it. Safe to repeat."""
    followed, _ = Follow.objects.update_or_create(
        user=user, question=question, topic=topic, defaults={"how_often": how_often}
    )
    if how_often == HowOften.NEVER:
        waiting = Notice.objects.filter(user=user, told_at=None, is_for_desk=False)
        if question:
            waiting.filter(question=question, answer__isnull=False).delete()
        else:
            waiting.filter(question__question_topics__topic=topic, answer__isnull=True).delete()
    return followed


@transaction.atomic
def follow_nothing(user: User) -> None:
    """Turn all mail about followed things off, as one click in any of these mails does."""
    Follow.objects.filter(user=user).update(how_often=HowOften.NEVER)
    Notice.objects.filter(user=user, told_at=None, is_for_desk=False).delete()


def announce_answer(answer: Answer) -> None:
    """See to it that followers are told of a new answer, once the present transaction is committed."""
    defer("questions.tell_of_answer", answer_id=answer.pk)


def is_recent(written_at: datetime | None) -> bool:
    """Tell whether the notices of something so old are still kept, which see to it that nobody is told twice."""
    return written_at is not None and timezone.now() - written_at < NOTICES_LAST


def announce_question(question: Question) -> None:
    """See to it that followers of its topics are told of a new question, once this transaction is committed."""
    defer("questions.tell_of_question", question_id=question.pk)


@transaction.atomic
def tell_of_answer(answer_id: int) -> None:
    """Note an answer for everybody who follows its question, and write to those who want to know at once."""
    answer = Answer.objects.visible().select_related("doctor").filter(pk=answer_id).first()
    if answer is None:
        return
    names = {"answer": answer.pk, "question": answer.question_id, "author": answer.doctor.user_id}
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_ANSWER, names)
    _tell(Notice.objects.filter(answer=answer, how_often=HowOften.AT_ONCE))


@transaction.atomic
def tell_of_question(question_id: int) -> None:
    """Note a question for everybody who follows one of its topics, and for doctors to whose desk it comes.

    Those who want to know at once are written to.
    """
    question = Question.objects.visible().filter(pk=question_id).first()
    if question is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_QUESTION, {"question": question.pk, "author": question.asker_id})
    _tell(Notice.objects.filter(question=question, answer=None, how_often=HowOften.AT_ONCE))


def tell_digests(how_often: HowOften) -> None:
    """Write one mail to each person whom something waits for, of what happened since the last one."""
    waiting = Notice.objects.filter(how_often=how_often, told_at=None)
    for user_id in list(waiting.order_by("user").values_list("user", flat=True).distinct()):
        with transaction.atomic():
            _tell(waiting.filter(user=user_id))


def _tell(notices: QuerySet[Notice]) -> None:
    """Write one mail to each person of these notices that are not told yet; hold their rows meanwhile."""
    chosen = (
        notices.filter(told_at=None)
        .select_for_update(of=("self",))
        .select_related("user", "question", "answer__doctor")
    )
    # Of both it is the state that matters.
    unread = [f"{thing}__{column}" for thing in ("question", "answer") for column in ("body", "body_html", "search")]
    rows = list(chosen.defer(*unread).order_by("user", "pk"))
    # What is hidden just now waits: it is told once it is public again.
    public = [notice for notice in rows if _is_public(notice)]
    for _, of_user in groupby(public, key=lambda notice: notice.user_id):
        each = list(of_user)
        emails.send_news(each[0].user, each)
    Notice.objects.filter(pk__in=[notice.pk for notice in public]).update(told_at=timezone.now())


def _is_public(notice: Notice) -> bool:
    if notice.question.state != Question.State.PUBLISHED:
        return False
    answer = notice.answer
    # An answer whose doctor stands no more is on no page, and in no mail.
    return answer is None or (answer.state == Answer.State.PUBLISHED and answer.doctor.is_standing)


def sweep() -> None:
    """Drop drafts of strangers who never came back, and notices that were told long ago."""
    now = timezone.now()
    Draft.objects.filter(user=None, updated_at__lt=now - STRANGERS_DRAFTS_LAST).delete()
    Notice.objects.filter(told_at__lt=now - NOTICES_LAST).delete()
