from typing import Any

from django.apps import AppConfig


class QuestionsConfig(AppConfig):
    name = "questions"

    def ready(self) -> None:
        from accounts.emails import register_kind
        from accounts.services import AccountLink, account_links, after_sign_in

        account_links += [
            AccountLink("My questions", "What you asked, with its state, and your drafts.", "questions:my_questions"),
            AccountLink("What I follow", "How soon we tell you, for each question and topic.", "questions:following"),
        ]
        after_sign_in.append(post_waiting_question)
        register_kind("following", "mails about what you follow", follow_nothing)


def follow_nothing(user: Any) -> None:
    """Turn all mails about followed questions and topics off."""
    from questions.services import following

    following.follow_nothing(user)


def post_waiting_question(request: Any, user: Any) -> str | None:
    """Post the question that somebody wrote before they joined or signed in."""
    # The pages need every app to be there.
    from questions.views.asking import post_waiting

    return post_waiting(request, user)
