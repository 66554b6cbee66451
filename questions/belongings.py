"""What of questions and answers belongs to a person: for their file, and for when they close their account."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from accounts.belongings import ANSWERS, DOCTORS, QUESTIONS, TOPICS, Belongings, Choice, Line, moment
from accounts.models import User
from doctors.models import Doctor
from moderation.accounts_content import Content
from moderation.disputes import disputed, keep
from questions.models import (
    Answer,
    AnswerAgreement,
    AnswerDraft,
    Decline,
    Desk,
    Draft,
    Follow,
    Inquiry,
    Notice,
    Question,
    QuestionPhoto,
    Topic,
)
from questions.services.deciding import (
    hide_answer,
    hide_question,
    lock_answer,
    lock_question,
    restore_answer,
    restore_question,
)
from questions.services.photos import KIND as PHOTO
from questions.services.photos import erase_photos

QUESTION, ANSWER = "questions.question", "questions.answer"
FORMER_MEMBER = User.FORMER
# What stands in the place of words that are gone.
ERASED = "Erased"

GO, STAY = "go", "stay"
KEPT_WORDS = (
    "Texts and photos of yours that were reported: {number}. Only our staff can see them, and they are erased on a set "
    "date"
)


# --- Taking away -------------------------------------------------------------------------------------------------


def export(user: User) -> dict[str, Any]:
    """Return what a person asked, drafted and follows, and, of a doctor, what they answered and did on their desk."""
    own = {
        "questions": [_question(each) for each in user.questions.order_by("pk")],
        "drafts": [
            {"content": each.content, "updated_at": moment(each.updated_at)}
            for each in Draft.objects.filter(user=user).order_by("updated_at")
        ],
        "follows": [
            {
                "question": each.question.get_absolute_url() if each.question else None,
                "topic": each.topic.name if each.topic else None,
                "how_often": each.how_often,
            }
            for each in Follow.objects.filter(user=user).select_related("question", "topic").order_by("pk")
        ],
        "told_of": [
            {"question": each.question_id, "answer": each.answer_id, "told_at": moment(each.told_at)}
            for each in Notice.objects.filter(user=user).order_by("pk")
        ],
    }
    doctor = Doctor.objects.filter(user=user).first()
    return {**own, "as_a_doctor": _of_doctor(doctor)} if doctor else own


def _question(question: Question) -> dict[str, Any]:
    return {
        "address": question.get_absolute_url(),
        "title": question.title,
        "body": question.body,
        "body_format": question.body_format,
        "state": question.state,
        "asked_at": moment(question.asked_at),
        "edited_at": moment(question.edited_at),
        "closed_at": moment(question.closed_at),
        "sounded_like": question.emergencies,
        "topics": list(question.topics.order_by("name").values_list("name", flat=True)),
        "proposed_topics": list(question.topic_proposals.order_by("pk").values_list("name", flat=True)),
        "replies": [
            {"to": each.prompt.label, "text": each.text}
            for each in question.prompt_replies.select_related("prompt").order_by("pk")
        ],
        "replies_to_doctors": [
            {"asked": each.text, "reply": each.reply, "replied_at": moment(each.replied_at)}
            for each in question.inquiries.order_by("pk")
        ],
        "earlier": [_edit(each) for each in question.edits.order_by("pk")],
        # The files are at their addresses, for their asker too.
        "photos": [_photo(each) for each in question.photos.kept().order_by("position")],
    }


def _photo(photo: QuestionPhoto) -> dict[str, Any]:
    return {
        "address": photo.get_absolute_url(),
        "shows": photo.alt,
        "format": photo.format,
        "width": photo.width,
        "height": photo.height,
        "bytes": photo.size,
        "state": photo.state,
        "uploaded_at": moment(photo.uploaded_at),
    }


def _edit(edit: Any) -> dict[str, Any]:
    headline = {"title": edit.title} if hasattr(edit, "title") else {"headline": edit.headline}
    return {"until": moment(edit.edited_at), **headline, "body": edit.body, "stated": edit.stated}


def _of_doctor(doctor: Doctor) -> dict[str, Any]:
    desk = Desk.objects.filter(doctor=doctor).first()
    return {
        "answers": [_answer(each) for each in doctor.answers.select_related("question").order_by("pk")],
        "answer_drafts": [
            {"question": each.question_id, "content": each.content, "updated_at": moment(each.updated_at)}
            for each in doctor.answer_drafts.order_by("pk")
        ],
        "asked_back": [
            {"question": each.question_id, "text": each.text, "asked_at": moment(each.asked_at)}
            for each in doctor.inquiries.order_by("pk")
        ],
        "declined": [
            {"question": each.question_id, "reason": each.reason, "declined_at": moment(each.declined_at)}
            for each in doctor.declines.order_by("pk")
        ],
        "agreed_with": [
            {"answer": each.answer_id, "agreed_at": moment(each.agreed_at)} for each in doctor.agreements.order_by("pk")
        ],
        "desk": desk
        and {
            "topics": list(desk.topics.order_by("name").values_list("name", flat=True)),
            "how_often": desk.how_often,
        },
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "address": answer.get_absolute_url(),
        "headline": answer.headline,
        "body": answer.body,
        "body_format": answer.body_format,
        "interest": answer.interest_words or answer.get_interest_display(),
        "state": answer.state,
        "answered_at": moment(answer.answered_at),
        "edited_at": moment(answer.edited_at),
        "facts": [
            {"kind": each.kind.label, "value": each.choice or [each.span.lower, each.span.upper - 1]}
            for each in answer.facts.select_related("kind").order_by("pk")
        ],
        "earlier": [_edit(each) for each in answer.edits.order_by("pk")],
    }


# --- Closing an account ------------------------------------------------------------------------------------------


def _public(user: User) -> QuerySet[Question]:
    return user.questions.filter(state=Question.State.PUBLISHED)


def _has_public_questions(user: User) -> bool:
    return _public(user).exists()


def _has_answers(user: User) -> bool:
    return Answer.objects.filter(doctor__user=user, state=Answer.State.PUBLISHED).exists()


CHOICES = (
    Choice(
        "questions",
        "What becomes of your questions?",
        (
            (GO, "They go, with the answers to them. Nobody can read them any more."),
            (STAY, f"They stay for others to read, under the name “{FORMER_MEMBER}”. You cannot take them back later."),
        ),
        is_for=_has_public_questions,
    ),
    Choice(
        "answers",
        "What becomes of your answers as a doctor?",
        (
            (GO, "They go from every page, and are erased."),
            (STAY, "They stay under your name for as long as the check of your licence holds, then they go."),
        ),
        is_for=_has_answers,
    ),
)


def preview(user: User) -> Sequence[Line]:
    """Say how much there is of each, in words."""
    doctor = Doctor.objects.filter(user=user).first()
    photos = QuestionPhoto.objects.kept().filter(question__asker=user)
    disputes = len(disputed(QUESTION, _keys(user.questions.all()))) + len(disputed(PHOTO, _keys(photos)))
    if doctor:
        disputes += len(disputed(ANSWER, _keys(doctor.answers.all())))
    drafts = Draft.objects.filter(user=user).count()
    drafts += AnswerDraft.objects.filter(doctor=doctor).count() if doctor else 0
    counts = [
        (_public(user).count(), "question", " that everybody can read, as you choose below"),
        (user.questions.exclude(state=Question.State.PUBLISHED).count(), "question", " that others cannot read"),
        (photos.count(), "photo", " with your questions, whatever you choose below"),
        (drafts, "draft", ""),
        (Follow.objects.filter(user=user).count(), "thing", " that you follow"),
        (Answer.objects.filter(doctor__user=user).count(), "answer", " as a doctor, as you choose below"),
    ]
    lines = [Line(f"{number} {one}{'s' if number > 1 else ''}{rest}") for number, one, rest in counts if number]
    if disputes:
        lines.append(Line(KEPT_WORDS.format(number=disputes), stays=True))
    return lines


def _keys(rows: QuerySet[Any]) -> list[int]:
    return list(rows.order_by().values_list("pk", flat=True))


def rows(user: User) -> Iterable[tuple[int, QuerySet[Any]]]:
    """Name what moves: own questions with their topics and the doctors who answered, and a doctor's own answers."""
    yield DOCTORS, Doctor.objects.filter(Q(user=user) | Q(answers__question__asker=user))
    yield QUESTIONS, Question.objects.filter(Q(asker=user) | Q(answers__doctor__user=user))
    yield TOPICS, Topic.objects.filter(questions__asker=user)
    yield TOPICS, QuestionPhoto.objects.filter(question__asker=user)
    yield ANSWERS, Answer.objects.filter(doctor__user=user)


def erase(user: User, choices: Mapping[str, str]) -> None:
    """Let questions and answers go or stay as their author chose; what is disputed waits for its date unseen."""
    stays = choices.get("questions") == STAY
    questions = list(user.questions.order_by("pk"))
    disputes = disputed(QUESTION, [each.pk for each in questions])
    for question in questions:
        if question.pk in disputes:
            _keep_question(question)
        elif stays and question.state == Question.State.PUBLISHED:
            erase_photos(question)
            _unname(question)
        else:
            erase_question(question.pk)
    if doctor := Doctor.objects.filter(user=user).first():
        _erase_desk(doctor, stays=choices.get("answers") == STAY)


def _unname(question: Question) -> None:
    """Leave a question to its readers, with nothing that leads from it to a person or to their other questions."""
    question.asker, question.asker_name, question.form_key = None, FORMER_MEMBER, None
    question.save(update_fields=["asker", "asker_name", "form_key"])
    question.topic_proposals.all().delete()


def _keep_question(question: Question) -> None:
    keep(QUESTION, question.pk)
    _unname(question)
    _take_down(question)


def _take_down(thing: Question | Answer) -> None:
    """Let a thing go from every page, where no decision brings it back; what was decided before stays on record."""
    thing.state = thing.State.WITHDRAWN
    thing.save(update_fields=["state"])


def erase_question(question_id: int) -> None:
    """Erase every word of a question and what stands beside it; its address answers 410. Safe to repeat.

    The answers are their doctors' and stay theirs, where nobody else can read them.
    """
    question = Question.objects.filter(pk=question_id).first()
    if question is None:
        return
    _unname(question)
    _take_down(question)
    for rows_beside in (
        question.edits,
        question.prompt_replies,
        question.inquiries,
        question.follows,
        question.notices,
    ):
        rows_beside.all().delete()
    erase_photos(question)
    question.question_topics.all().delete()
    question.title, question.slug, question.body, question.body_html = ERASED, ERASED.lower(), "", ""
    question.asker_name = ""
    question.emergencies, question.is_urgent, question.related_ids = [], False, []
    written = ("title", "slug", "body", "body_html", "asker_name", "emergencies", "is_urgent", "related_ids")
    question.save(update_fields=written)


def _erase_desk(doctor: Doctor, *, stays: bool) -> None:
    """Erase what is a doctor's alone; their answers stay only if they said so."""
    AnswerDraft.objects.filter(doctor=doctor).delete()
    Desk.objects.filter(doctor=doctor).delete()
    Decline.objects.filter(doctor=doctor).delete()
    # Nobody waits for a reply to somebody who is gone.
    Inquiry.objects.filter(doctor=doctor, replied_at=None).delete()
    if not stays:
        Inquiry.objects.filter(doctor=doctor).delete()
        AnswerAgreement.objects.filter(doctor=doctor).delete()
    answers = list(doctor.answers.order_by("pk"))
    disputes = disputed(ANSWER, [each.pk for each in answers])
    for answer in answers:
        if answer.pk in disputes:
            keep(ANSWER, answer.pk)
            _take_down(answer)
        elif not stays or answer.state != Answer.State.PUBLISHED:
            erase_answer(answer.pk)


def erase_answer(answer_id: int) -> None:
    """Delete an answer. One that came from a file would come back with the next import: it stays, without its words."""
    answer = Answer.objects.filter(pk=answer_id).first()
    if answer is None:
        return
    if answer.external_id is None:
        answer.delete()
        return
    _take_down(answer)
    answer.edits.all().delete()
    answer.facts.all().delete()
    answer.headline, answer.body, answer.body_html = "", ERASED, ERASED
    answer.interest, answer.interest_words = "", ""
    answer.save(update_fields=["headline", "body", "body_html", "interest", "interest_words"])


BELONGINGS = Belongings("questions", export, preview, rows, erase, CHOICES)


# --- What moderators hide of a person in one go ------------------------------------------------------------------


def _own_questions(user: User) -> Iterable[int]:
    return _keys(_public(user))


def _own_answers(user: User) -> Iterable[int]:
    return _keys(Answer.objects.filter(doctor__user=user, state=Answer.State.PUBLISHED))


def _lock_question(key: int) -> Question | None:
    return lock_question(key) if Question.objects.filter(pk=key).exists() else None


def _lock_answer(key: int) -> Answer | None:
    return lock_answer(key) if Answer.objects.filter(pk=key).exists() else None


CONTENTS = (
    Content(QUESTION, _own_questions, _lock_question, hide_question, restore_question),
    Content(ANSWER, _own_answers, _lock_answer, hide_answer, restore_answer),
)
