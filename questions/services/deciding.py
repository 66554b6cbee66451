"""What moderators decide about questions and answers: one verb, one transaction each."""

from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from doctors.models import Doctor
from doctors.services import note_answer
from moderation.models import Decision
from moderation.services import decide, look_at
from moderation.states import Action, CannotFollow, State
from qa_forum.background import defer
from questions.models import Answer, Question, Topic
from questions.services.following import announce_answer, announce_question, is_recent
from questions.services.photos import erase_photos

_FOLLOW_ALONG = """
    INSERT INTO questions_follow (user_id, question_id, how_often, followed_at)
    SELECT user_id, %(into)s, how_often, now() FROM questions_follow WHERE question_id = %(question)s
    ON CONFLICT DO NOTHING
"""


def lock_answer(answer_id: int) -> Answer:
    """Lock an answer after its doctor and its question, in the house's order, and return it."""
    doctor_id, question_id = Answer.objects.values_list("doctor_id", "question_id").get(pk=answer_id)
    Doctor.objects.select_for_update(no_key=True).only("pk").get(pk=doctor_id)
    Question.objects.select_for_update(no_key=True).only("pk").get(pk=question_id)
    return Answer.objects.select_for_update(no_key=True).get(pk=answer_id)


@transaction.atomic
def hide_answer(answer_id: int, *, rule: int, reason: str, moderator: User | None) -> Decision:
    """Hide an answer by a rule: its text goes from every page with this commit, its place and the reason stay."""
    return decide(lock_answer(answer_id), action=Action.HIDE, rule=rule, reason=reason, moderator=moderator)


@transaction.atomic
def restore_answer(answer_id: int, *, reason: str, moderator: User | None) -> Decision:
    """Publish a hidden or a waiting answer; of one that waited until now followers and the asker are told."""
    return decide(lock_answer(answer_id), action=Action.PUBLISH, rule=None, reason=reason, moderator=moderator)


def tell_of_new_answer(answer: Answer) -> None:
    """Tell followers of an answer that is public from now on, and its asker's review of this doctor."""
    announce_answer(answer)
    if asker := answer.question.asker:
        note_answer(doctor=answer.doctor, patient=asker)


def tell_if_answer_waited(answer: Answer, before: State, decision: Decision) -> None:
    """Tell of an answer that was never shown until this decision; whoever was told of it is not told again."""
    if _comes_to_light(answer, before) and is_recent(answer.answered_at):
        tell_of_new_answer(answer)


def tell_if_question_waited(question: Question, before: State, decision: Decision) -> None:
    """Tell of a question that was never shown until this decision; whoever was told of it is not told again."""
    if _comes_to_light(question, before) and is_recent(question.asked_at):
        announce_question(question)


def _comes_to_light(thing: Question | Answer, before: State) -> bool:
    return before != State.PUBLISHED and thing.state == State.PUBLISHED


def lock_question(question_id: int, other: int | None = None) -> Question:
    """Lock a question after the doctors who answered it, whose figures it moves, and return it.

    With ``other``, that question and its doctors are locked, too, and so are those that were merged with the first.
    """
    keys = [question_id] if other is None else [question_id, other]
    lock_answerers(*keys)
    concerned = Q(pk__in=keys) | Q(duplicate_of=question_id) | Q(duplicates=question_id)
    found = list(Question.objects.filter(pk__in=Question.objects.filter(concerned).values("pk"))
                 .order_by("pk").select_for_update(no_key=True))  # fmt: skip
    question = next((each for each in found if each.pk == question_id), None)
    if question is None:
        raise Question.DoesNotExist
    lock_topics(question.question_topics.values_list("topic_id", flat=True))
    return question


def lock_answerers(*questions: int) -> None:
    """Lock the doctors who answered questions, also before a merge, in the order of their keys."""
    named = Q(answers__question__in=questions) | Q(answers__moved_from__in=questions)
    answered = Doctor.objects.filter(named).values("pk")
    list(Doctor.objects.filter(pk__in=answered).order_by("pk").select_for_update(no_key=True).only("pk"))


def lock_topics(keys: Iterable[int]) -> None:
    """Lock topics whose counters are about to move, after their question and in the order of their keys."""
    list(Topic.objects.filter(pk__in=list(keys)).order_by("pk").select_for_update(no_key=True).only("pk"))


@transaction.atomic
def hide_question(question_id: int, *, rule: int, reason: str, moderator: User | None) -> Decision:
    """Hide a question with all its answers: its address answers 410."""
    return decide(lock_question(question_id), action=Action.HIDE, rule=rule, reason=reason, moderator=moderator)


@transaction.atomic
def restore_question(question_id: int, *, reason: str, moderator: User | None) -> Decision:
    """Publish a hidden or a waiting question; of one that waited until now followers are told."""
    return decide(lock_question(question_id), action=Action.PUBLISH, rule=None, reason=reason, moderator=moderator)


@transaction.atomic
def look_at_question(question_id: int, *, moderator: User) -> None:
    """Note that somebody looked at what sounded like an emergency; its case ends where nothing else speaks for it."""
    question = lock_question(question_id)
    question.is_urgent = False
    question.save(update_fields=["is_urgent"])
    look_at(question, moderator=moderator)


# --- What else follows a decision ------------------------------------------------------------------------------


def put_question(question: Question, state: State, decision: Decision) -> None:
    """Write the state that a decision led to, with the lock and the merging that belong to it; all is locked."""
    was_merged = question.duplicate_of_id is not None
    if decision.action == Action.LOCK:
        question.locked_at = timezone.now()
    elif decision.action == Action.UNLOCK:
        question.locked_at = None
    elif decision.action == Action.MERGE:
        _move_into(question, decision.target_id or 0)
    question.duplicate_of_id = decision.target_id if state == State.MERGED else None
    question.state, question.decision, question.held_for, question.is_urgent = state, decision, [], False
    question.save(update_fields=["state", "decision", "held_for", "is_urgent", "locked_at", "duplicate_of"])
    if was_merged:
        # Those that it had brought along go back with it.
        back = Answer.objects.filter(moved_from=question)
        back.update(question=question, moved_from=None)
        defer("questions.relate", question_id=question.pk)


def _move_into(question: Question, other: int) -> None:
    """Bring answers and followers of a question to the one that it is merged with."""
    into = Question.objects.visible().filter(pk=other).exclude(pk=question.pk).first()
    if into is None:
        raise CannotFollow("A question is merged with another one that everybody can read.")
    # What was merged with it before leads there, too: there are no chains.
    question.duplicates.update(duplicate_of=into)
    going = question.answers.exclude(state__in=[State.WITHDRAWN, State.REMOVED])
    going.update(question=into, moved_from=Coalesce(F("moved_from"), question.pk))
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW_ALONG, {"question": question.pk, "into": into.pk})


def erase_question(question: Question) -> None:
    """Take the words of a removed question away for good, and what was said beside them."""
    question.title, question.slug, question.body, question.body_html = "Removed", "removed", "", ""
    question.source_url, question.emergencies, question.is_urgent = "", [], False
    question.save()
    for rows in (question.edits, question.prompt_replies, question.topic_proposals, question.inquiries):
        rows.all().delete()
    question.answer_drafts.all().delete()
    erase_photos(question)


def erase_answer(answer: Answer) -> None:
    """Take the words of a removed answer away for good, and those from before."""
    answer.headline, answer.body, answer.body_html, answer.interest_words = "", "Removed.", "<p>Removed.</p>", ""
    answer.body_format = "text"
    answer.save()
    answer.edits.all().delete()
    answer.facts.all().delete()
