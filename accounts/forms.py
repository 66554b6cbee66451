"""What people type to join, to sign in, and to look after their account."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from allauth.account import forms as account_forms
from allauth.account.adapter import get_adapter
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base import forms as factor_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as app_forms
from allauth.mfa.webauthn import forms as passkey_forms
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Value
from django.db.models.functions import Lower

from accounts import joining
from accounts.belongings import Choice
from accounts.models import User
from accounts.services import take

OLDEST = 1900
EMAIL_LENGTH = 254
NEW_PASSWORD_HELP = "At least 12 characters. Three or four words work well."  # noqa: S105
CODE_HELP = "Capital or small letters, with or without the dash."
# As long as the code of an app may be valid, with a clock that is half a minute wrong to either side.
APP_CODE_LIVES = timedelta(seconds=90)


def say(form: forms.Form, name: str, *, label: str, required: str, invalid: str = "", **attributes: str) -> forms.Field:
    """Put our words and attributes on a field that allauth made, and return it."""
    field = form.fields[name]
    field.label, field.help_text = label, attributes.pop("help_text", "")
    field.error_messages.update(required=required, **({"invalid": invalid} if invalid else {}))
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs.update(attributes)
    return field


def email_words(form: forms.Form, name: str = "email", autocomplete: str = "email") -> None:
    """Ask for an address in our words."""
    say(
        form,
        name,
        label="Email",
        required="Enter your email",
        invalid="Enter an email such as name@example.org",
        autocomplete=autocomplete,
        maxlength=str(EMAIL_LENGTH),
    )
    # Django's validator speaks for itself.
    form.fields[name].validators = [_email_in_our_words, *form.fields[name].validators[1:]]


def _email_in_our_words(value: str) -> None:
    try:
        if len(value) > EMAIL_LENGTH:
            raise ValidationError("too long")
        forms.EmailField.default_validators[0](value)
    except ValidationError:
        raise ValidationError("Enter an email such as name@example.org", code="invalid") from None


class PenNameForm(forms.Form):
    """The one name that others see."""

    pen_name = forms.CharField(
        label="Pen name",
        help_text="Others see this. Do not use your real name.",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "nickname", "spellcheck": "false", "autocapitalize": "none"}),
        error_messages={"required": "Enter a pen name", "max_length": "Use at most 40 characters for your pen name"},
    )

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_pen_name(self) -> str:
        """Refuse signs that no pen name has, and the pen name of somebody else."""
        pen_name = self.cleaned_data["pen_name"]
        try:
            User._meta.get_field("pen_name").run_validators(pen_name)
        except ValidationError:
            words = "Use 2 to 40 letters, digits, dots, dashes and underscores, and start with a letter or a digit"
            raise ValidationError(words, code="invalid") from None
        others = User.objects.exclude(pk=self.user.pk) if self.user else User.objects.all()
        if others.alias(lower=Lower("pen_name")).filter(lower=Lower(Value(pen_name))).exists():
            raise ValidationError(taken_words(pen_name), code="taken")
        return pen_name


def taken_words(pen_name: str) -> str:
    """Return what is said of a pen name that somebody has. Pen names are public, so this tells nothing new."""
    return f"Someone already uses “{pen_name}”. Try another."


class SignUpForm(PenNameForm):
    """Joining. Whether the address is known, nothing here tells."""

    email = account_forms.EmailField()
    password = account_forms.PasswordField(autocomplete="new-password")
    birth_year = forms.IntegerField(
        label="In which year were you born?",
        help_text="Four digits. We do not keep this.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "bday-year", "maxlength": "4"}),
        error_messages={
            "required": "Enter the year in which you were born",
            "invalid": "Enter a year such as 1980",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        email_words(self)
        say(
            self,
            "password",
            label="Password",
            required="Enter a password",
            help_text=NEW_PASSWORD_HELP,
        )

    def clean_email(self) -> str:
        """Return the address as addresses are kept: in lower case."""
        return get_adapter().clean_email(self.cleaned_data["email"].lower())

    def clean_birth_year(self) -> int:
        """Refuse a year in which nobody was born who is alive."""
        year = self.cleaned_data["birth_year"]
        if not OLDEST <= year <= date.today().year:
            raise ValidationError("Enter a year such as 1980", code="invalid")
        return year

    def clean(self) -> dict[str, Any]:
        """Judge the password beside address and pen name."""
        typed = super().clean() or {}
        if typed.get("password"):
            person = User(email=typed.get("email", ""), pen_name=typed.get("pen_name", ""))
            try:
                get_adapter().clean_password(typed["password"], user=person)
            except ValidationError as error:
                self.add_error("password", error)
        return typed


class CloseForm(forms.Form):
    """What becomes of what a person wrote, and a word that nobody types by mistake."""

    WORD = "close"

    word = forms.CharField(
        label="Type the word “close”",
        max_length=20,
        error_messages={"required": "Type the word “close”, or keep your account"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, choices: Sequence[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for choice in choices:
            self.fields[choice.key] = forms.ChoiceField(
                label=choice.label,
                choices=choice.options,
                initial=choice.options[0][0],
                widget=forms.RadioSelect,
                error_messages={"required": "Choose one of these", "invalid_choice": "Choose one of these"},
            )
        self.order_fields([*(choice.key for choice in choices), "word"])

    def clean_word(self) -> str:
        """Return the word, however it is written."""
        word = self.cleaned_data["word"].strip().strip("“”\"'").casefold()
        if word != self.WORD:
            raise ValidationError("Type the word “close”, or keep your account")
        return word


class CodeForm(forms.Form):
    """A code from a mail."""

    code = forms.CharField(label="Code from the email", widget=forms.TextInput(attrs={"maxlength": "40"}))

    def __init__(self, *args: Any, joined: joining.Joining | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.joined = joined
        code_words(self)

    def clean_code(self) -> str:
        """Refuse another code than the one that was sent."""
        code = self.cleaned_data["code"]
        if self.joined and not joining.is_right(self.joined, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


def code_words(form: forms.Form) -> None:
    """Ask for a code from a mail in our words."""
    say(
        form,
        "code",
        label="Code from the email",
        required="Enter the code from the email",
        help_text=CODE_HELP,
        autocomplete="one-time-code",
        autocapitalize="characters",
        spellcheck="false",
    )


class SignInForm(account_forms.LoginForm):
    """Address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        email_words(self, "login", autocomplete="username")
        say(self, "password", label="Password", required="Enter your password")
        self.fields["remember"].label = "Keep me signed in on this device"


class AddressCodeForm(account_forms.ConfirmEmailVerificationCodeForm):
    """A code that confirms an address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code_words(self)


class ResetForm(account_forms.ResetPasswordForm):
    """The address whose password is forgotten."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        email_words(self)


class ResetCodeForm(account_forms.ConfirmPasswordResetCodeForm):
    """The code that was mailed for a new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code_words(self)


class NewPasswordForm(account_forms.ResetPasswordKeyForm):
    """A new password, typed once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        say(self, "password1", label="New password", required="Enter a new password", help_text=NEW_PASSWORD_HELP)


class ChangePasswordForm(account_forms.ChangePasswordForm):
    """The old password and a new one, typed once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        say(self, "oldpassword", label="Password now", required="Enter the password that you use now")
        say(self, "password1", label="New password", required="Enter a new password", help_text=NEW_PASSWORD_HELP)


class ChangeEmailForm(account_forms.AddEmailForm):
    """A new address; it counts once its code came back."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        email_words(self)
        self.fields["email"].label = "New email"
        self.fields["email"].error_messages["required"] = "Enter your new email"


class PasswordProofForm(account_forms.ReauthenticateForm):
    """The password once more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say(self, "password", label="Password", required="Enter your password")


# --- Second factors -----------------------------------------------------------------------------------------


def digits_words(form: forms.Form, required: str, help_text: str) -> None:
    """Ask for a code of an app in our words."""
    attributes = {"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "40"}
    say(form, "code", label="Code", required=required, help_text=help_text, **attributes)


class _FactorCode(factor_forms.BaseAuthenticateForm):
    """A code of an app, or a recovery code."""

    authenticator: Authenticator

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        digits_words(self, "Enter a code", "The six digits that your app shows now, or one of your recovery codes.")

    def clean_code(self) -> str:
        """Take each code of an app once, whichever process sees it first."""
        code = super().clean_code()
        if self.authenticator.type == Authenticator.Type.TOTP:
            digits = "".join(filter(str.isalnum, code))
            if take(scope="app code", who=f"{self.user.pk} {digits}", limit=1, window=APP_CODE_LIVES):
                raise get_mfa_adapter().validation_error("incorrect_code")
        return code


class FactorForm(_FactorCode, factor_forms.AuthenticateForm):
    """The second step of a sign-in."""


class FactorProofForm(_FactorCode, factor_forms.ReauthenticateForm):
    """The second factor once more, in a session that is open."""


class AppForm(app_forms.ActivateTOTPForm):
    """The first code of an app that is being set up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        digits_words(self, "Enter the code that your app shows", "The six digits that your app shows now.")

    def clean_code(self) -> str:
        """Say what to do about a wrong code of an app."""
        try:
            return super().clean_code()
        except ValidationError as error:
            if error.code != "incorrect_code":
                raise
            raise ValidationError("Enter the code that your app shows now", code=error.code) from None


PASSKEY_FAILED = "Try your passkey again, your device did not confirm it"


def in_our_words(judge: Callable[[], Any]) -> Any:
    """Judge what a device sent; what no device of ours would send is a failed try and no fault of the site."""
    try:
        return judge()
    except ValidationError as error:
        raise ValidationError(PASSKEY_FAILED, code=error.code) from None
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError):
        raise ValidationError(PASSKEY_FAILED, code="invalid") from None


class CredentialField(forms.JSONField):
    """What a device signed; what is nested beyond sense is no device's."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except RecursionError:
            raise ValidationError(PASSKEY_FAILED, code="invalid") from None


class _PasskeyProof(passkey_forms.AuthenticateWebAuthnForm):
    credential = CredentialField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = {"required": PASSKEY_FAILED, "invalid": PASSKEY_FAILED}
        self.fields["credential"].error_messages.update(words)

    def clean_credential(self) -> Authenticator:
        """Judge what the device signed."""
        return in_our_words(super().clean_credential)


class PasskeyFactorForm(_PasskeyProof):
    """A passkey as the second step of a sign-in."""


class PasskeySignInForm(_PasskeyProof, passkey_forms.LoginWebAuthnForm):
    """A passkey alone."""


class PasskeyProofForm(_PasskeyProof, passkey_forms.ReauthenticateWebAuthnForm):
    """A passkey once more, in a session that is open."""


class NewPasskeyForm(passkey_forms.AddWebAuthnForm):
    """A new passkey and what its owner calls it."""

    credential = CredentialField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # All of ours are passkeys: the options say so to the device.
        del self.fields["passwordless"]
        self.initial["name"] = ""
        self.fields["name"].max_length = 60
        say(self, "name", label="Name of this passkey", required="", help_text="Such as: my phone.", maxlength="60")
        self.fields["credential"].error_messages.update(required=PASSKEY_FAILED, invalid=PASSKEY_FAILED)

    def clean_name(self) -> str:
        """Call a passkey without a name by its number, and keep a name short."""
        name = self.cleaned_data["name"].strip()[:60]
        count = Authenticator.objects.filter(user=self.user, type=Authenticator.Type.WEBAUTHN).count()
        return name or f"Passkey {count + 1}"

    def clean(self) -> dict[str, Any]:
        """Judge what the device made."""
        return in_our_words(super().clean)


class PasskeyNameForm(passkey_forms.EditWebAuthnForm):
    """Another name for a passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = say(self, "name", label="Name of this passkey", required="Enter a name", maxlength="60")
        field.validators.append(_short_name)


def _short_name(name: str) -> None:
    if len(name) > 60:
        raise ValidationError("Use at most 60 characters for the name", code="max_length")
