from django.apps import AppConfig


class ModerationConfig(AppConfig):
    name = "moderation"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from accounts.belongings import registry
        from accounts.services import AccountLink, account_links, account_notices
        from moderation.belongings import BELONGINGS
        from moderation.groups import make_missing_groups
        from moderation.services.people import notices_of

        registry.append(BELONGINGS)
        account_notices.append(notices_of)
        words = "What moderators decided on what you wrote, and how to appeal."
        account_links.append(AccountLink("Decisions", words, "moderation:my_decisions"))
        # `manage.py flush` empties the tables of groups with all others, and ends with this signal.
        post_migrate.connect(make_missing_groups, sender=self)
