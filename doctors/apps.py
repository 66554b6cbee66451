from django.apps import AppConfig


class DoctorsConfig(AppConfig):
    name = "doctors"

    def ready(self) -> None:
        from accounts.services import AccountLink, account_links

        words = "For doctors: apply to answer here, and see how your application stands."
        account_links.append(AccountLink("My application as a doctor", words, "doctors:application"))
