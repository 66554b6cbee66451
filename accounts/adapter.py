"""How allauth speaks, sends and decides here: the one place where its ways are changed into ours."""

import base64
import ipaddress
from typing import Any

import qrcode
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.usersessions.models import UserSession
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.crypto import salted_hmac
from django.utils.safestring import SafeString, mark_safe

from accounts.emails import send_mail
from accounts.services import after_sign_in, client_network, is_address_of_ours

# By the name of allauth's own template; what is not named here is not said.
MESSAGES = {
    "account/messages/email_confirmed.txt": "Your email is confirmed.",
    "account/messages/password_changed.txt": "Your password is changed.",
    "mfa/messages/totp_activated.txt": "Your app is set up.",
    "mfa/messages/totp_deactivated.txt": "Your app is removed.",
    "mfa/messages/recovery_codes_generated.txt": "New recovery codes are made. Keep them in a safe place.",
    "mfa/messages/webauthn_added.txt": "Your passkey is set up.",
    "mfa/messages/webauthn_removed.txt": "Your passkey is removed.",
}
PASSWORD_WORDS = {
    "password_too_short": "Use at least 12 characters for your password.",
    "password_too_common": "Choose another password, many people use this one.",
    "password_entirely_numeric": "Use letters in your password, not only digits.",
    "password_too_similar": "Choose a password that is less like your email and pen name.",
}


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in, addresses and mail."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "duplicate_email": "Enter another email, this is the one that you use now",
        "email_password_mismatch": "That email and password do not match. Try again, or reset your password.",
        "email_taken": "Enter another email, this one belongs to another account",
        "enter_current_password": "Enter the password that you use now",
        "incorrect_code": "Enter the code as it stands in the email",
        "incorrect_password": "Enter the password of this account",
        "too_many_login_attempts": "That was too often. Start again to get a new code.",
    }

    def is_safe_url(self, url: str) -> bool:
        """Tell whether ``next`` may be followed: a plain path of ours, nothing else."""
        return is_address_of_ours(url)

    def is_ajax(self, request: HttpRequest) -> bool:
        """Answer everybody with pages, whatever a header says."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the network of the client: of a session no more than that is kept."""
        try:
            return str(ipaddress.ip_network(client_network(request)).network_address)
        except ValueError:
            return "0.0.0.0"  # noqa: S104 (nothing is bound to it: it says "unknown")

    def clean_password(self, password: str, user: AbstractBaseUser | None = None) -> str:
        """Check a new password, and say in our words what is wrong with it."""
        try:
            return super().clean_password(password, user)
        except ValidationError as error:
            faults = [
                ValidationError(PASSWORD_WORDS.get(each.code or "", each), each.code) for each in error.error_list
            ]
            raise ValidationError(faults) from None

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Tell the person what was done, in our words."""
        words = message or MESSAGES.get(message_template or "")
        if words:
            messages.add_message(request, level, words, extra_tags=extra_tags)

    def logout(self, request: HttpRequest) -> None:
        """End the session, and forget where it was."""
        UserSession.objects.filter(session_key=request.session.session_key).delete()
        super().logout(request)

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Let the rooms above act once every step of the sign-in is done; the first that names an address is heeded."""
        response = super().post_login(request, user, **kwargs)
        # Who may not write posts nothing by signing in, either.
        for act in () if user.is_suspended else after_sign_in:
            if address := act(request, user):
                return HttpResponseRedirect(address)
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send one of the mails under ``templates/``."""
        send_mail(to=email, template=template_prefix, context=context, kind="account")


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of second factors, and how they are shown."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_generate_recovery_codes": "Set up a passkey or an app first",
        "incorrect_code": "Enter the code that your app shows now, or a recovery code that you have not used",
        "unverified_email": "Confirm your email first: sign out, and sign in again.",
    }

    def encrypt(self, text: str) -> str:
        """Return a secret as it is stored: useless to whoever has the database but not ``SECRET_KEY``."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return a stored secret. Under another key it becomes one that nobody knows, so that no code fits."""
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return generate_totp_secret()

    def build_totp_svg(self, url: str) -> SafeString:
        """Draw the address of an app's secret as a code for cameras, dark on light whatever the page's colours."""
        code = qrcode.QRCode(border=3, error_correction=qrcode.ERROR_CORRECT_M)
        code.add_data(url)
        rows = code.get_matrix()
        dots = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
        size = len(rows)
        return mark_safe(  # noqa: S308 (numbers)
            f'<svg class="qr" viewBox="0 0 {size} {size}" role="img" aria-label="Code for your app\'s camera">'
            f'<rect width="{size}" height="{size}" fill="#fff"/><path d="{dots}" fill="#000"/></svg>'
        )

    def _get_site_name(self) -> str:
        return settings.SITE_NAME


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (salted_hmac("accounts.second_factor", "", secret=key, algorithm="sha256").digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
