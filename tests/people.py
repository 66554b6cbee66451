"""What people do to get in: join, read their mail, type codes."""

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.test import Client

from accounts.models import User
from tests.mailing import delivered

PASSWORD = "correct horse battery"
TYPED = {"pen_name": "quiet_harbour", "email": "ada@mail.example", "password": PASSWORD, "birth_year": "1980"}


def code_in_last_mail() -> str:
    """Return the code of the newest mail: it stands on a line of its own."""
    return delivered()[-1].body.split("\n\n")[1]


def code_for(address: str) -> str:
    """Return the code of the newest mail to an address."""
    newest = [message for message in delivered() if message.to == [address]][-1]
    return newest.body.split("\n\n")[1]


def join(client: Client, next_: str = "", **typed: str) -> User:
    """Join as a person does, and return who came of it."""
    typed = {**TYPED, **typed}
    query = {"query_params": {"next": next_}} if next_ else {}
    client.post("/accounts/signup/", typed, **query)
    client.post("/accounts/signup/code/", {"code": code_in_last_mail()}, **query)
    return User.objects.get(email=typed["email"].lower())


def app_code(user: User, steps: int = 0) -> str:
    """Return the code that the app of a person shows now, or so many half minutes later."""
    secret = decrypt(Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP).data["secret"])
    return code_of(secret, steps)


def code_of(secret: str, steps: int = 0) -> str:
    """Return the code of a secret now, or so many half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def prove(client: Client) -> None:
    """Type the password once more, as weighty pages ask."""
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
