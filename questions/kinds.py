"""What moderators decide on in this room: questions and answers."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from accounts.models import User
from moderation.models import Report
from moderation.registry import Described, Earlier, Kind
from moderation.states import Action, State
from questions.bodies import plain
from questions.models import Answer, PromptReply, Question, QuestionPhoto
from questions.services.deciding import (
    erase_answer,
    erase_question,
    lock_answer,
    lock_question,
    put_question,
    tell_if_answer_waited,
    tell_if_question_waited,
)
from questions.services.photos import erase_photo, lock_photo

Reason = Report.Reason
# So many earlier wordings a moderator reads.
EDITS = 10
ON_ANSWERS = frozenset({Action.PUBLISH, Action.HIDE, Action.REMOVE, Action.ASK})
ON_PHOTOS = ON_ANSWERS
ON_QUESTIONS = frozenset(Action)


def _describe_question(question: Question) -> Described:
    beside = [(reply.prompt.short_label, reply.text) for reply in _replies(question)]
    return Described(
        title=question.title,
        texts=[("Question", plain(question.body_html)), *beside],
        author=question.shown_asker,
        address=question.get_absolute_url(),
        names=[question.shown_asker],
        beside=", ".join(topic.name for topic in question.topics.all()),
    )


def _in_order() -> QuerySet:
    return PromptReply.objects.select_related("prompt").order_by("prompt__position", "prompt")


def _replies(question: Question) -> Iterable[PromptReply]:
    fetched = getattr(question, "replies_in_order", None)
    return _in_order().filter(question=question) if fetched is None else fetched


def _many_questions() -> QuerySet:
    replies = Prefetch("prompt_replies", queryset=_in_order(), to_attr="replies_in_order")
    return Question.objects.select_related("asker").prefetch_related(replies, "topics")


def _many_answers() -> QuerySet:
    return Answer.objects.select_related("doctor__user", "question")


def _many_photos() -> QuerySet:
    return QuestionPhoto.objects.select_related("question__asker")


def _question_edits(question: Question) -> list[Earlier]:
    edits = question.edits.order_by("-edited_at", "-pk")[:EDITS]
    return [_earlier(each.edited_at, each.title, each.body, each.stated) for each in edits]


def _answer_edits(answer: Answer) -> list[Earlier]:
    edits = answer.edits.order_by("-edited_at", "-pk")[:EDITS]
    return [_earlier(each.edited_at, each.headline, each.body, each.stated) for each in edits]


def _earlier(until: datetime, *words: str | None) -> Earlier:
    return Earlier(until, "\n".join(filter(None, words)))


def _words_of_question(question: Question) -> list[str]:
    return [question.title, question.body, *(reply.text for reply in _replies(question))]


def _words_of_answer(answer: Answer) -> list[str]:
    return [answer.headline, answer.body, answer.interest_words]


def _describe_answer(answer: Answer) -> Described:
    doctor, question = answer.doctor, answer.question
    interest = [("Interest", answer.interest_sentence)] if answer.interest else []
    return Described(
        title=answer.headline or "Answer without a headline",
        texts=[("Answer", plain(answer.body_html)), *interest],
        author=doctor.title_name,
        address=answer.get_absolute_url(),
        names=[doctor.name, doctor.title_name, doctor.short_name, *doctor.name.split()[-1:], doctor.practice],
        beside=question.title,
    )


def _describe_photo(photo: QuestionPhoto) -> Described:
    question = photo.question
    return Described(
        title=f"Photo {photo.position} of 3" if photo.position else "A photo that was taken away",
        texts=[("What it shows, in its asker's words", photo.alt)] if photo.alt else [],
        author=question.shown_asker,
        address=question.get_absolute_url(),
        names=[question.shown_asker],
        picture=photo.get_absolute_url() if photo.file else "",
        beside=question.title,
    )


def _asker(question: Question) -> User | None:
    return question.asker


def _answerer(answer: Answer) -> User | None:
    return answer.doctor.user


def _photographer(photo: QuestionPhoto) -> User | None:
    return photo.question.asker


def _is_public_question(question: Question) -> bool:
    return question.state == State.PUBLISHED


def _is_public_answer(answer: Answer) -> bool:
    return answer.is_visible


def _is_public_photo(photo: QuestionPhoto) -> bool:
    return photo.is_visible


def _question_changed_at(question: Question) -> datetime | None:
    return question.edited_at or question.asked_at


def _answer_changed_at(answer: Answer) -> datetime | None:
    return answer.edited_at or answer.answered_at


def _photo_changed_at(photo: QuestionPhoto) -> datetime | None:
    return photo.described_at or photo.uploaded_at


QUESTION = Kind(
    model=Question,
    noun="question",
    actions=ON_QUESTIONS,
    reasons=(Reason.PRIVATE, Reason.ABUSE, Reason.ADVERT, Reason.UNSAFE, Reason.OTHER),
    lock=lock_question,
    many=_many_questions,
    describe=_describe_question,
    author_of=_asker,
    is_public=_is_public_question,
    erase=erase_question,
    changed_at=_question_changed_at,
    edits=_question_edits,
    own_words=_words_of_question,
    own_page="questions:my_questions",
    is_held_by_reports=True,
    put=put_question,
    after=tell_if_question_waited,
)
ANSWER = Kind(
    model=Answer,
    noun="answer",
    actions=ON_ANSWERS,
    reasons=(Reason.UNSAFE, Reason.PRIVATE, Reason.ABUSE, Reason.ADVERT, Reason.OTHER),
    lock=lock_answer,
    many=_many_answers,
    describe=_describe_answer,
    author_of=_answerer,
    is_public=_is_public_answer,
    erase=erase_answer,
    changed_at=_answer_changed_at,
    edits=_answer_edits,
    own_words=_words_of_answer,
    own_page="questions:desk_answers",
    is_held_by_reports=True,
    after=tell_if_answer_waited,
)
PHOTO = Kind(
    model=QuestionPhoto,
    noun="photo",
    actions=ON_PHOTOS,
    reasons=(Reason.PRIVATE, Reason.ABUSE, Reason.ADVERT, Reason.OTHER),
    lock=lock_photo,
    many=_many_photos,
    describe=_describe_photo,
    author_of=_photographer,
    is_public=_is_public_photo,
    erase=erase_photo,
    changed_at=_photo_changed_at,
    own_page="questions:my_questions",
    is_held_by_reports=True,
)
