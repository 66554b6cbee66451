from django.apps import AppConfig
from django.db.models.signals import post_delete


class DoctorsConfig(AppConfig):
    name = "doctors"

    def ready(self) -> None:
        from accounts.services import AccountLink, account_links
        from doctors.models import Document
        from doctors.services import delete_file

        post_delete.connect(delete_file, sender=Document)
        words = "For doctors: apply to answer here, and see how your application stands."
        account_links.append(AccountLink("My application as a doctor", words, "doctors:application"))
