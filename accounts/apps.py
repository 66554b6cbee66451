from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # The lowest room is loaded wherever Django is: the project's own checks come with it.
        from qa_forum import checks  # noqa: F401
