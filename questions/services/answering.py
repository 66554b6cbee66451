"""What a doctor does with their own answers, and with those of colleagues: post, change, withdraw, agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import NumericRange
from django.utils import timezone

from accounts.standing import count_post, hold_writer
from doctors.models import Doctor
from moderation.services import Submission, queue, reasons_to_hold, resembles, stand_after_change
from questions.bodies import plain, render
from questions.differences import is_substantial
from questions.models import (
    Answer,
    AnswerAgreement,
    AnswerDraft,
    AnswerEdit,
    AnswerFact,
    BodyFormat,
    FactKind,
    Question,
    span_words,
)
from questions.services.deciding import lock_answer, tell_of_new_answer
from questions.services.desk import lock_writer

# So many earlier answers of the same doctor, the newest, are looked at for the same words.
MOST_COMPARED = 200


@dataclass(frozen=True, slots=True)
class StatedFact:
    """What a doctor states of one kind: a span of whole numbers, both ends of which belong to it, or a choice."""

    kind: FactKind
    low: int | None = None
    high: int | None = None
    choice: str = ""

    @property
    def value(self) -> tuple[int, int | None, int | None, str]:
        return (self.kind.pk, self.low, self.high, self.choice)

    @property
    def words(self) -> str:
        """What is stated, for people."""
        if self.choice:
            words = self.kind.choices if isinstance(self.kind.choices, dict) else {}
            return str(words.get(self.choice, self.choice))
        return span_words(self.low or 0, self.high or 0, is_days=self.kind.form == FactKind.Form.DAYS)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a doctor answers: the words, in the small Markdown, their own interest, and facts."""

    headline: str
    body: str
    interest: str
    interest_words: str = ""
    facts: Sequence[StatedFact] = ()


@transaction.atomic
def post_answer(question_id: int, *, doctor: Doctor, answered: Answered) -> Answer:
    """Publish a doctor's answer, tell followers of the question, and drop the draft.

    One doctor has one answer to a question: sent again, even at the same moment, it is the one that is there. One that
    was withdrawn comes back with the new words. ``PermissionDenied`` where the doctor may not answer.
    """
    hold_writer(doctor.user_id)
    lock_writer(doctor)
    question = Question.objects.select_for_update(no_key=True).get(pk=question_id)
    answer = own_answer(question, doctor)
    if answer and answer.state != Answer.State.WITHDRAWN:
        return answer
    if not question.can_be_answered_by(doctor):
        raise PermissionDenied
    count_post(doctor.user_id)
    judged = _state(reasons_to_hold(_submission(doctor, question, _columns(answered)), at=timezone.now()))
    if answer:
        _change(answer, answered)
        # What was withdrawn stays so: no history brings it back.
        answer.edits.all().delete()
        judged = stand_after_change(answer, judged["held_for"])
        for name, value in judged.items():
            setattr(answer, name, value)
        answer.answered_at = timezone.now()
        answer.save(update_fields=[*judged, "answered_at"])
    else:
        answer = Answer.objects.create(question=question, doctor=doctor, **_columns(answered), **judged)
        _write_facts(answer, answered.facts)
    AnswerDraft.objects.filter(doctor=doctor, question=question).delete()
    # Whoever answers has not passed on it.
    question.declines.filter(doctor=doctor).delete()
    queue(answer)
    if answer.state == Answer.State.PUBLISHED:
        tell_of_new_answer(answer)
    return answer


def _submission(doctor: Doctor, question: Question, columns: Mapping[str, Any]) -> Submission:
    """Return what is judged of an answer of these words."""
    elsewhere = doctor.answers.exclude(question=question)
    others = elsewhere.order_by("-pk").values_list("body", flat=True)
    # As typed: an address hides behind the words of its link.
    texts = (columns["headline"], columns["body"], columns["interest_words"])
    return Submission(
        texts=texts,
        author_joined=doctor.user.date_joined if doctor.user else timezone.now(),
        own_names=[doctor.practice] if doctor.practice else [],
        own_places=[doctor.place.partition(",")[0]] if doctor.place else [],
        own_texts=others[:MOST_COMPARED],
        was_taken_down=elsewhere.taken_down().filter(body=columns["body"]).exists(),
        resemblance=resembles(texts),
    )


def _state(held_for: list[str]) -> dict[str, Any]:
    return {"held_for": held_for, "state": Answer.State.HELD if held_for else Answer.State.PUBLISHED}


def _words_of(answer: Answer) -> dict[str, str]:
    return {"headline": answer.headline, "body": answer.body, "interest_words": answer.interest_words}


def own_answer(question: Question, doctor: Doctor) -> Answer | None:
    """Return a doctor's answer to a question in whatever state; of several imported ones, the newest."""
    return question.answers.filter(doctor=doctor).order_by("external_id", "-pk").first()


@transaction.atomic
def edit_answer(answer_id: int, *, doctor: Doctor, answered: Answered) -> Answer:
    """Change one's answer; what it said before stays in its public history, and it is confirmed by the way.

    Where it changed in substance, it is another version: votes until then are for an earlier one.
    """
    hold_writer(doctor.user_id)
    answer = lock_answer(answer_id)
    lock_writer(doctor)
    if not answer.can_be_edited_by(doctor):
        raise PermissionDenied
    was_shown = answer.state == Answer.State.PUBLISHED
    # What readers see already is not held for what stood in it before.
    shown = _submission(doctor, answer.question, _words_of(answer)) if was_shown else None
    if _change(answer, answered):
        now = _submission(doctor, answer.question, _words_of(answer))
        found = reasons_to_hold(now, at=timezone.now(), shown=shown)
        for name, value in stand_after_change(answer, found).items():
            setattr(answer, name, value)
        answer.save(update_fields=["state", "held_for"])
        queue(answer)
    if answer.state == Answer.State.PUBLISHED and not was_shown:
        tell_of_new_answer(answer)
    AnswerDraft.objects.filter(doctor=doctor, question=answer.question_id).delete()
    return answer


def _change(answer: Answer, answered: Answered) -> bool:
    """Write other words and facts into an answer that is locked; return whether there were any."""
    if says_the_same(answer, answered):
        return False
    stated = stated_facts(answer)
    had = {fact.value for fact in stated}
    has = {fact.value for fact in answered.facts}
    columns = _columns(answered)
    before, now = _words(answer.headline, answer.body_html), _words(columns["headline"], columns["body_html"])
    is_other = had != has or is_substantial(before, now)
    if answer.state == Answer.State.PUBLISHED:
        # Words that wait for a moderator are in no history: nobody read them.
        AnswerEdit.objects.create(
            answer=answer,
            headline=answer.headline,
            body=answer.body,
            body_format=answer.body_format,
            stated=words_beside(answer, stated),
            is_substantial=is_other,
        )
    if had != has:
        answer.facts.all().delete()
        _write_facts(answer, answered.facts)
    now_ = timezone.now()
    columns |= {"edited_at": now_, "confirmed_at": now_}
    if is_other:
        # All votes that count were for the words from before; the trigger on votes keeps it from now on.
        # Nor does a colleague's yes hold for words that they never read.
        answer.agreements.all().delete()
        columns |= {"version": answer.version + 1, "earlier_vote_count": answer.votes.counted().count()}
    for name, value in columns.items():
        setattr(answer, name, value)
    answer.save(update_fields=list(columns))
    return True


def says_the_same(answer: Answer, answered: Answered) -> bool:
    """Tell whether an answer says already what is answered: its words, the interest, and the facts."""
    there = (answer.headline, answer.body, answer.body_format, answer.interest, answer.interest_words)
    sent = (answered.headline, answered.body, BodyFormat.MARKDOWN, answered.interest, answered.interest_words)
    return there == sent and {fact.value for fact in stated_facts(answer)} == {fact.value for fact in answered.facts}


def words_beside(answer: Answer, facts: Sequence[StatedFact]) -> str:
    """Return what an answer states beside its text, one line each: the interest, then the facts."""
    interest = answer.interest_words or answer.get_interest_display()
    lines = [f"Interest: {interest}"] if answer.interest else []
    return "\n".join([*lines, *(f"{fact.kind.label}: {fact.words}" for fact in facts)])


def _words(headline: str, body_html: str) -> str:
    return f"{headline}\n{plain(body_html)}"


def _columns(answered: Answered) -> dict[str, Any]:
    return {
        "headline": answered.headline,
        "body": answered.body,
        "body_format": BodyFormat.MARKDOWN,
        "body_html": render(answered.body, BodyFormat.MARKDOWN),
        "interest": answered.interest,
        "interest_words": answered.interest_words,
    }


def stated_facts(answer: Answer) -> list[StatedFact]:
    """Return the facts of an answer as a doctor stated them."""
    return [
        StatedFact(fact.kind, choice=fact.choice)
        if fact.span is None
        else StatedFact(fact.kind, fact.span.lower, fact.span.upper - 1)
        for fact in answer.facts.select_related("kind")
    ]


def _write_facts(answer: Answer, facts: Sequence[StatedFact]) -> None:
    AnswerFact.objects.bulk_create(
        AnswerFact(
            answer=answer,
            kind=fact.kind,
            span=None if fact.choice else NumericRange(fact.low, (fact.high or 0) + 1, "[)"),
            choice=fact.choice,
        )
        for fact in facts
    )


@transaction.atomic
def withdraw_answer(answer_id: int, *, doctor: Doctor) -> Answer:
    """Take one's answer back: it goes from every page. Safe to repeat."""
    answer = lock_answer(answer_id)
    if answer.state == Answer.State.WITHDRAWN and answer.doctor_id == doctor.pk:
        return answer
    if not answer.can_be_withdrawn_by(doctor):
        raise PermissionDenied
    answer.state = Answer.State.WITHDRAWN
    answer.save(update_fields=["state"])
    return answer


@transaction.atomic
def agree_with(answer_id: int, *, doctor: Doctor, is_agreed: bool, version: int | None = None) -> bool:
    """Say that one agrees with a colleague's answer, or no longer. Safe to repeat, and no part of the score.

    ``version`` is the one that the colleague read: False where there is another by now, which they did not.
    """
    lock_writer(doctor)
    # Held, so that its author changes it before or after, and takes the yes along.
    answer = Answer.objects.visible().select_for_update(no_key=True, of=("self",)).get(pk=answer_id)
    if answer.doctor_id == doctor.pk:
        raise PermissionDenied
    if is_agreed and version not in (None, answer.version):
        return False
    if is_agreed:
        AnswerAgreement.objects.bulk_create([AnswerAgreement(answer=answer, doctor=doctor)], ignore_conflicts=True)
    else:
        AnswerAgreement.objects.filter(answer=answer, doctor=doctor).delete()
    return True


@transaction.atomic
def save_answer_draft(*, doctor: Doctor, question: Question, content: Mapping[str, Any]) -> AnswerDraft:
    """Keep what a doctor typed so far on a question: one draft for each."""
    draft, _ = AnswerDraft.objects.update_or_create(
        doctor=doctor, question=question, defaults={"content": dict(content), "updated_at": timezone.now()}
    )
    return draft
