from django.apps import AppConfig
from django.contrib.admin import apps as django_admin


class AccountsConfig(AppConfig):
    name = "accounts"
    default = True

    def ready(self) -> None:
        # The lowest room is loaded wherever Django is: the project's own checks come with it.
        from qa_forum import checks  # noqa: F401


class StaffAdminConfig(django_admin.AdminConfig):
    """Django's admin on our own site: see ``accounts.staff``."""

    default = False
    default_site = "accounts.staff.StaffSite"
