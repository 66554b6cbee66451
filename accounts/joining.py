"""Joining: nothing of a person is stored among the accounts before the code from their mail came back.

Until then all that they typed waits in their session. So a known and an unknown address take the very same way, and
nobody can take an address or a pen name away from somebody else by typing it first.
"""

import time
from dataclasses import asdict, dataclass
from datetime import date

from allauth.account.adapter import get_adapter
from allauth.account.internal.userkit import filter_users_by_email
from allauth.core.internal.cryptokit import compare_user_code
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from accounts.services import open_account
from accounts.standing import kept_out_until

SESSION_KEY = "accounts.joining"
# A year of birth tells the age to within a year only: this many years and up, the person is 18 or older in any case.
YEARS = 19


@dataclass
class Joining:
    """What somebody typed who is about to join. Without a code the address is known already, and no code fits."""

    email: str
    pen_name: str
    password_hash: str
    code: str
    begun_at: float
    wrong_codes: int = 0


def is_adult(birth_year: int) -> bool:
    """Tell whether somebody born in that year may join."""
    return date.today().year - birth_year >= YEARS


def begin(request: HttpRequest, *, email: str, pen_name: str, password: str) -> None:
    """Keep what was typed and mail a code, or, to a known address, that it has an account."""
    # The same work for a known and an unknown address.
    joining = Joining(email, pen_name, make_password(password), "", time.time())
    _send_code(request, joining)


def pending(request: HttpRequest) -> Joining | None:
    """Return what waits for its code, unless it waited too long or saw too many wrong ones."""
    kept = request.session.get(SESSION_KEY)
    joining = Joining(**kept) if kept else None
    if joining and time.time() - joining.begun_at > settings.CODE_SECONDS:
        drop(request)
        return None
    return joining


def send_again(request: HttpRequest, joining: Joining) -> None:
    """Mail a new code; the old one is void."""
    joining.begun_at, joining.wrong_codes = time.time(), 0
    _send_code(request, joining)


def is_right(joining: Joining, code: str) -> bool:
    """Tell whether this is the code from the mail, whatever its case and dashes."""
    return compare_user_code(actual=code, expected=joining.code)


def note_wrong_code(request: HttpRequest, joining: Joining) -> bool:
    """Count a wrong code and tell whether another may be tried."""
    joining.wrong_codes += 1
    if joining.wrong_codes >= settings.WRONG_CODES:
        drop(request)
        return False
    _keep(request, joining)
    return True


def finish(request: HttpRequest, joining: Joining) -> User:
    """Open the account. Raises ``IntegrityError`` where somebody took the address or the pen name meanwhile."""
    user = open_account(email=joining.email, pen_name=joining.pen_name, password_hash=joining.password_hash)
    drop(request)
    return user


def drop(request: HttpRequest) -> None:
    """Forget what was typed."""
    request.session.pop(SESSION_KEY, None)


def _send_code(request: HttpRequest, joining: Joining) -> None:
    adapter = get_adapter(request)
    code = adapter.generate_email_verification_code()
    if filter_users_by_email(joining.email):
        joining.code = ""
        addresses = {"sign_in": reverse("account_login"), "reset": reverse("account_reset_password")}
        adapter.send_mail("account/email/account_already_exists", joining.email, addresses)
    elif until := kept_out_until(joining.email):
        joining.code = ""
        adapter.send_mail("account/email/kept_out", joining.email, {"until": until})
    else:
        joining.code = code
        adapter.send_mail("account/email/email_confirmation_signup", joining.email, {"code": code})
    _keep(request, joining)


def _keep(request: HttpRequest, joining: Joining) -> None:
    request.session[SESSION_KEY] = asdict(joining)
