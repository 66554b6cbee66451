"""The mails of this room. No mail carries a title or a word of a question: only that there is news, and where."""

from collections.abc import Sequence

from accounts.emails import send_mail
from accounts.models import User
from questions.models import Inquiry, Notice, Question

KIND = "following"
DESK = "desk"
INQUIRIES = "inquiries"
OLD_ANSWERS = "old_answers"


def send_news(user: User, notices: Sequence[Notice]) -> None:
    """Tell somebody of answers and questions that they follow, and of questions for their desk apart."""
    if for_desk := [notice for notice in notices if notice.is_for_desk]:
        send_mail(to=user, template="questions/mail/desk", context={"questions": for_desk}, kind=DESK, essential=False)
    if followed := [notice for notice in notices if not notice.is_for_desk]:
        _send_followed(user, followed)


def _send_followed(user: User, notices: Sequence[Notice]) -> None:
    context = {
        "answers": [notice for notice in notices if notice.answer_id],
        "questions": [notice for notice in notices if not notice.answer_id],
    }
    send_mail(to=user, template="questions/mail/news", context=context, kind=KIND, essential=False)


def send_inquiry(user: User, inquiry: Inquiry) -> None:
    """Tell a patient that a doctor asks them something back."""
    _send(user, "inquiry", INQUIRIES, inquiry=inquiry)


def send_declined(user: User, question: Question) -> None:
    """Tell a patient that a doctor says why they do not answer."""
    _send(user, "declined", INQUIRIES, question=question)


def send_reply(user: User) -> None:
    """Tell a doctor that a patient replied to what they asked back."""
    _send(user, "reply", INQUIRIES)


def send_old_answers(user: User) -> None:
    """Tell a doctor that answers of theirs wait for their word."""
    _send(user, "old_answers", OLD_ANSWERS)


def send_recall(user: User) -> None:
    """Tell a doctor that staff put answers of theirs back under review: nobody turns this one off."""
    send_mail(to=user, template="questions/mail/recall", context={}, kind=OLD_ANSWERS)


def _send(user: User, name: str, kind: str, **context: object) -> None:
    send_mail(to=user, template=f"questions/mail/{name}", context=context, kind=kind, essential=False)
