"""The mails of this room. No mail carries a title or a word of a question: only that there is news, and where."""

from collections.abc import Sequence

from accounts.emails import send_mail
from accounts.models import User
from questions.models import Notice

KIND = "following"


def send_news(user: User, notices: Sequence[Notice]) -> None:
    """Tell somebody of answers and questions that they follow."""
    context = {
        "answers": [notice for notice in notices if notice.answer_id],
        "questions": [notice for notice in notices if not notice.answer_id],
    }
    send_mail(to=user, template="questions/mail/news", context=context, kind=KIND, essential=False)
