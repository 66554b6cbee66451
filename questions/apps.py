from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_delete


class QuestionsConfig(AppConfig):
    name = "questions"

    def ready(self) -> None:
        from accounts.belongings import registry
        from accounts.emails import register_kind
        from accounts.services import AccountLink, account_links, after_sign_in
        from moderation import accounts_content
        from moderation.disputes import erasers
        from moderation.registry import register_kind as register_moderated
        from moderation.waiting import register_waiting
        from questions.belongings import ANSWER, BELONGINGS, CONTENTS, QUESTION, erase_answer, erase_question
        from questions.kinds import ANSWER as ANSWERS
        from questions.kinds import PHOTO
        from questions.kinds import QUESTION as QUESTIONS
        from questions.models import QuestionPhoto
        from questions.services.photos import KIND as PHOTOS
        from questions.services.photos import delete_file, erase_disputed
        from questions.waiting import PROPOSALS

        registry.append(BELONGINGS)
        for content in CONTENTS:
            accounts_content.register(content)
        erasers[QUESTION], erasers[ANSWER] = erase_question, erase_answer
        erasers[PHOTOS] = erase_disputed
        post_delete.connect(delete_file, sender=QuestionPhoto)
        account_links += [
            AccountLink("My questions", "What you asked, with its state, and your drafts.", "questions:my_questions"),
            AccountLink("What I follow", "How soon we tell you, for each question and topic.", "questions:following"),
            AccountLink("My desk", "Questions that wait, your drafts and answers.", "questions:desk", is_a_doctor),
        ]
        after_sign_in.append(post_waiting_question)
        register_kind("following", "mails about what you follow", follow_nothing)
        register_kind("desk", "mails about new questions for your desk", tell_no_desk)
        register_kind(
            "inquiries", "mails when a doctor asks you something back or does not answer, or a patient replies to you"
        )
        register_kind("old_answers", "mails about old answers that wait for your word")
        register_moderated(QUESTIONS)
        register_moderated(ANSWERS)
        register_moderated(PHOTO)
        register_waiting(PROPOSALS)


def is_a_doctor(user: Any) -> bool:
    """Tell whether a doctor's profile belongs to this account."""
    return hasattr(user, "doctor")


def follow_nothing(user: Any) -> None:
    """Turn all mails about followed questions and topics off."""
    from questions.services import following

    following.follow_nothing(user)


def tell_no_desk(user: Any) -> None:
    """Turn mails about new questions for a doctor's desk off."""
    from questions.services import desk

    desk.tell_nothing(user)


def post_waiting_question(request: Any, user: Any) -> str | None:
    """Post the question that somebody wrote before they joined or signed in."""
    # The pages need every app to be there.
    from questions.views.asking import post_waiting

    return post_waiting(request, user)
