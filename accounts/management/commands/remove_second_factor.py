"""Take the second factors from a person who has lost them all, and their recovery codes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.services import remove_second_factors


class Command(BaseCommand):
    help = "Removes every passkey, app and recovery code of one account and ends its sessions. Make sure who asks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the address of the account")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].strip().lower()).first()
        if user is None:
            raise CommandError("There is no account with this address.")
        self.stdout.write(f"Removed {remove_second_factors(user=user)}. The password alone opens the account now.")
