from django.apps import AppConfig
from django.db.models.signals import post_delete


class DoctorsConfig(AppConfig):
    name = "doctors"

    def ready(self) -> None:
        from accounts.belongings import registry
        from accounts.emails import register_kind
        from accounts.services import AccountLink, account_links
        from doctors.belongings import BELONGINGS, CONTENT, REVIEW, erase_review
        from doctors.kinds import DOCTOR, peer_of
        from doctors.kinds import REVIEW as REVIEWS
        from doctors.models import Document
        from doctors.numbers import tables_of
        from doctors.services import delete_file
        from doctors.waiting import APPLICATIONS
        from moderation import accounts_content
        from moderation.disputes import erasers
        from moderation.numbers import register_numbers
        from moderation.registry import register_kind as register_moderated
        from moderation.registry import register_peers
        from moderation.waiting import register_waiting

        accounts_content.register(CONTENT)
        registry.append(BELONGINGS)
        erasers[REVIEW] = erase_review
        post_delete.connect(delete_file, sender=Document)
        words = "For doctors: apply to answer here, and see how your application stands."
        account_links.append(AccountLink("My application as a doctor", words, "doctors:application"))
        words = "What you said of doctors, with its state and their replies."
        account_links.append(AccountLink("My reviews", words, "doctors:my_reviews"))
        register_kind("reviews", "mails about new reviews of you")
        register_kind("review_replies", "mails when a doctor replies to your review")
        register_moderated(REVIEWS)
        register_moderated(DOCTOR)
        register_peers(peer_of)
        register_numbers(tables_of)
        register_waiting(APPLICATIONS)
