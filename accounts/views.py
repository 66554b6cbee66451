"""Sign-in and all that belongs to it: allauth's steps, with our words, limits and statuses."""

import json
from datetime import date
from typing import Any, cast

from allauth.account import views as account_views
from allauth.account.adapter import get_adapter
from allauth.account.internal.decorators import login_not_required
from allauth.account.internal.flows.email_verification_by_code import EMAIL_VERIFICATION_CODE_SESSION_KEY
from allauth.account.internal.flows.login import perform_login
from allauth.account.internal.flows.logout import logout
from allauth.account.internal.flows.password_reset_by_code import PASSWORD_RESET_VERIFICATION_SESSION_KEY
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.internal.stagekit import unstash_login
from allauth.account.mixins import RedirectAuthenticatedUserMixin
from allauth.account.models import Login
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.base import views as factor_views
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery_views
from allauth.mfa.totp import views as app_views
from allauth.mfa.webauthn import views as passkey_views
from allauth.mfa.webauthn.internal import auth as passkeys
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import redirect_to_login
from django.db import IntegrityError, transaction
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from django.views.generic import FormView, TemplateView, View

from accounts import belongings, emails, forms, joining
from accounts.devices import device_words
from accounts.limits import OverLimit, count_try
from accounts.models import User
from accounts.services import (
    account_links,
    account_notices,
    change_pen_name,
    count_as_used,
    end_session,
    has_second_factor,
    is_address_of_ours,
)
from qa_forum.errors import too_many

PRIVATE = "private, no-store"


class AccountPage(View):
    """What all pages of accounts share: kept by nobody, 422 for a form with errors, 429 over a limit."""

    http_method_names = ["get", "head", "post"]
    title = ""
    # What each sent form counts towards, in `accounts.limits.LIMITS`.
    limit = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer as the page does, within its limit."""
        method = (request.method or "").lower()
        if method not in self.http_method_names or not hasattr(self, method):
            return self.http_method_not_allowed(request)
        try:
            response = self.lead_elsewhere(request)
            if response is None and method == "post" and self.limit:
                count_try(request, self.limit, self.name())
            response = response or super().dispatch(request, *args, **kwargs)
        except OverLimit as over:
            response = too_many(request, over.seconds)
        except ReauthenticationRequired:
            response = ask_for_proof(request)
        # A token may be on the page, whether or not a cookie came with it.
        response["Cache-Control"] = PRIVATE
        return response

    def lead_elsewhere(self, request: HttpRequest) -> HttpResponseBase | None:
        """Return where somebody goes who has no business on this page now, or None."""
        return None

    def name(self) -> str:
        """Return whose tries these are: by default the person who is signed in."""
        return str(self.request.user.pk) if self.request.user.is_authenticated else ""

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        """Show a form with errors again, with the status that says so."""
        response = super().form_invalid(form)  # type: ignore[misc]
        if response.status_code == 200:
            response.status_code = 422
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what every page of accounts says."""
        wanted = self.request.POST.get("next") or self.request.GET.get("next", "")
        own = {"title": self.title, "next": wanted if is_address_of_ours(wanted) else ""}
        return {**super().get_context_data(**kwargs), **own}  # type: ignore[misc]


class OneTransaction:
    """What a form changes, and the mail that speaks of it, are there together or not at all."""

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Act on a form without errors."""
        with transaction.atomic():
            return super().form_valid(form)  # type: ignore[misc]


def ask_for_proof(request: HttpRequest) -> HttpResponse:
    """Lead to the page where a signed-in person proves once more who they are, and from there back."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    methods = get_adapter(request).get_reauthentication_methods(request.user)
    if not methods:
        return redirect("account_reset_password")
    return HttpResponseRedirect(f"{methods[0]['url']}?{urlencode({'next': request.get_full_path()})}")


# --- Joining ----------------------------------------------------------------------------------------------------------


@method_decorator(login_not_required, name="dispatch")
class SignUp(AccountPage, RedirectAuthenticatedUserMixin, FormView):
    """Ask who wants to join."""

    title = "Create an account"
    limit = "sign-up"
    form_class = forms.SignUpForm
    template_name = "accounts/sign_up.html"

    def get_initial(self) -> dict[str, Any]:
        """Keep what was typed for whoever comes back to mend it."""
        waiting = joining.pending(self.request)
        return {"pen_name": waiting.pen_name, "email": waiting.email} if waiting else {}

    def form_valid(self, form: forms.SignUpForm) -> HttpResponse:
        typed = form.cleaned_data
        if not joining.is_adult(typed["birth_year"]):
            return render(self.request, "accounts/not_open.html", status=403)
        count_try(self.request, "joining", typed["email"])
        joining.begin(self.request, email=typed["email"], pen_name=typed["pen_name"], password=typed["password"])
        return redirect(with_next(self.request, reverse("account_confirm_sign_up")))


def with_next(request: HttpRequest, address: str) -> str:
    """Return the address of the next step, with where to go in the end."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    return f"{address}?{urlencode({'next': wanted})}" if is_address_of_ours(wanted) else address


@method_decorator(login_not_required, name="dispatch")
class ConfirmSignUp(AccountPage, FormView):
    """Ask for the code, and open the account."""

    title = "Confirm your email"
    limit = "code"
    form_class = forms.CodeForm
    template_name = "accounts/confirm_sign_up.html"

    waiting: joining.Joining

    def lead_elsewhere(self, request: HttpRequest) -> HttpResponseBase | None:
        waiting = joining.pending(request)
        if request.user.is_authenticated:
            return redirect("home")
        if waiting is None:
            messages.warning(request, "That code is no longer good. Fill in the form again to get a new one.")
            return redirect(with_next(request, reverse("account_signup")))
        self.waiting = waiting
        return None

    def name(self) -> str:
        return self.waiting.email

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "again" in request.POST:
            count_try(request, "resend", self.waiting.email)
            joining.send_again(request, self.waiting)
            messages.success(request, "We sent a new code. The old one no longer works.")
            return redirect(with_next(request, reverse("account_confirm_sign_up")))
        return super().post(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "joined": self.waiting}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "email": self.waiting.email}

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        if "code" in form.cleaned_data or form.has_error("code", "required"):
            return super().form_invalid(form)
        if joining.note_wrong_code(self.request, self.waiting):
            return super().form_invalid(form)
        messages.error(self.request, "That was too often. Fill in the form again to get a new code.")
        return redirect(with_next(self.request, reverse("account_signup")))

    def form_valid(self, form: forms.CodeForm) -> HttpResponse:
        try:
            user = joining.finish(self.request, self.waiting)
        except IntegrityError as error:
            return self.give_back(error)
        wanted = self.request.GET.get("next", "")
        target = wanted if is_address_of_ours(wanted) else None
        return perform_login(self.request, Login(user=user, email=user.email, signup=True, redirect_url=target))

    def give_back(self, error: IntegrityError) -> HttpResponse:
        """Say what somebody took meanwhile; whoever has the code owns the address, and may know of its account."""
        if "pen_name" in str(error):
            messages.error(self.request, "Someone took your pen name meanwhile. Try another.")
            return redirect(with_next(self.request, reverse("account_signup")))
        joining.drop(self.request)
        messages.info(self.request, "You have an account already. Sign in with it.")
        return redirect("account_login")


# --- Signing in and out -----------------------------------------------------------------------------------------------


class SignIn(AccountPage, account_views.LoginView):
    """Address and password, or a passkey."""

    title = "Sign in"
    limit = "sign-in"
    form_class = forms.SignInForm
    template_name = "accounts/sign_in.html"

    def name(self) -> str:
        return self.request.POST.get("login", "")


class SignOut(AccountPage, account_views.LogoutView):
    """Ask, and end the session."""

    open_to_suspended = True
    title = "Sign out"
    template_name = "accounts/sign_out.html"


class Inactive(AccountPage, account_views.AccountInactiveView):
    """Say that the account is turned off."""

    title = "This account is turned off"
    template_name = "accounts/inactive.html"


class PasskeySignIn(AccountPage, passkey_views.LoginWebAuthnView):
    """A passkey alone: its script asks for the options, then sends what the device signed."""

    limit = "passkey"
    form_class = forms.PasskeySignInForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return JsonResponse(passkeys.begin_authentication(user=None), json_dumps_params={"default": str})

    def form_valid(self, form: forms.PasskeySignInForm) -> HttpResponse:
        authenticator = form.cleaned_data["credential"]
        wanted = self.request.POST.get("next", "")
        login = Login(user=authenticator.user, redirect_url=wanted if is_address_of_ours(wanted) else None)
        return passkey_views.flows.perform_passwordless_login(self.request, authenticator, login)

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        messages.error(self.request, f"{forms.PASSKEY_FAILED}.")
        return redirect(with_next(self.request, reverse("account_login")))


class SecondFactor(AccountPage, factor_views.AuthenticateView):
    """The second step of a sign-in."""

    title = "Second step"
    limit = "second factor"
    form_class = forms.FactorForm
    webauthn_form_class = forms.PasskeyFactorForm
    template_name = "accounts/second_factor.html"

    def name(self) -> str:
        login = unstash_login(self.request, peek=True)
        return str(login.user.pk) if login and login.user else ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        data = super().get_context_data(**kwargs)
        kinds = set(Authenticator.objects.filter(user=self.stage.login.user).values_list("type", flat=True))
        posted = self.webauthn_form if self.webauthn_form and self.webauthn_form.is_bound else data["form"]
        has_code = bool(kinds - {Authenticator.Type.WEBAUTHN})
        return {**data, "has_passkey": Authenticator.Type.WEBAUTHN in kinds, "has_code": has_code, "posted": posted}


# --- Addresses and passwords ------------------------------------------------------------------------------------------


class ConfirmAddress(AccountPage, account_views.ConfirmEmailVerificationCodeView):
    """The code that confirms a new address, or one that staff typed."""

    title = "Confirm your email"
    limit = "code"
    form_class = forms.AddressCodeForm
    template_name = "accounts/confirm_address.html"

    def name(self) -> str:
        return self.request.session.get(EMAIL_VERIFICATION_CODE_SESSION_KEY, {}).get("email", "")

    def _resend_form_valid(self, form: BaseForm) -> HttpResponse:
        count_try(self.request, "resend", self.name())
        messages.success(self.request, "We sent a new code. The old one no longer works.")
        return super()._resend_form_valid(form)

    def _verify_form_valid(self, form: BaseForm) -> HttpResponse:
        try:
            with transaction.atomic():
                return super()._verify_form_valid(form)
        except IntegrityError:
            # Somebody confirmed the same address at the same moment.
            form.add_error("code", get_adapter().error_messages["email_taken"])
            return self.render_to_response(self.get_context_data(form=form), status=422)


class ChangeEmail(AccountPage, LoginRequiredMixin, account_views.EmailView):
    """Another address, for who proved a moment ago who they are."""

    title = "Your email"
    limit = "new email"
    form_class = forms.ChangeEmailForm
    template_name = "accounts/change_email.html"

    def lead_elsewhere(self, request: HttpRequest) -> HttpResponseBase | None:
        # Before the page is shown, so that nothing typed is lost to it.
        raise_if_reauthentication_required(request, app="allauth.account")
        return None

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # One form, one action: the parent has others, for sites with several addresses.
        return FormView.post(self, request, *args, **kwargs)


class ChangePassword(AccountPage, OneTransaction, account_views.PasswordChangeView):
    """A new password; every other session ends."""

    open_to_suspended = True
    title = "Change your password"
    limit = "new password"
    form_class = forms.ChangePasswordForm
    template_name = "accounts/change_password.html"

    def lead_elsewhere(self, request: HttpRequest) -> HttpResponseBase | None:
        needs_first = request.user.is_authenticated and not request.user.has_usable_password()
        return redirect("account_reset_password") if needs_first else None

    def get_default_success_url(self) -> str:
        return reverse("account_home")


class ResetPassword(AccountPage, account_views.PasswordResetView):
    """Ask for the address; the answer is the same for all."""

    title = "Reset your password"
    limit = "reset"
    form_class = forms.ResetForm
    template_name = "accounts/reset_password.html"

    def name(self) -> str:
        return self.request.POST.get("email", "")


class ConfirmReset(AccountPage, account_views.ConfirmPasswordResetCodeView):
    """The code from the mail."""

    title = "Enter the code"
    limit = "code"
    form_class = forms.ResetCodeForm
    template_name = "accounts/confirm_reset.html"

    def name(self) -> str:
        return self.request.session.get(PASSWORD_RESET_VERIFICATION_SESSION_KEY, {}).get("email", "")

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        if self._process.user is None:
            # allauth looks up whose code it is; for nobody's, the look costs the same.
            User.objects.filter(pk=0).first()
        return super().form_invalid(form)


class NewPassword(AccountPage, OneTransaction, account_views.CompletePasswordResetView):
    """A new password after the code."""

    title = "Choose a new password"
    limit = "new password"
    form_class = forms.NewPasswordForm
    template_name = "accounts/new_password.html"

    def name(self) -> str:
        return self.request.session.get(PASSWORD_RESET_VERIFICATION_SESSION_KEY, {}).get("email", "")


# --- Proving once more ------------------------------------------------------------------------------------------------


class PasswordProof(AccountPage, account_views.ReauthenticateView):
    """The password once more, before something weighty."""

    open_to_suspended = True
    title = "Is it you?"
    limit = "proof"
    form_class = forms.PasswordProofForm
    template_name = "accounts/password_proof.html"


class FactorProof(AccountPage, factor_views.ReauthenticateView):
    """A code once more."""

    open_to_suspended = True
    title = "Is it you?"
    limit = "second factor"
    form_class = forms.FactorProofForm
    template_name = "accounts/factor_proof.html"


class PasskeyProof(AccountPage, passkey_views.ReauthenticateWebAuthnView):
    """A passkey once more."""

    open_to_suspended = True
    title = "Is it you?"
    limit = "second factor"
    form_class = forms.PasskeyProofForm
    template_name = "accounts/passkey_proof.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # The parent forgets the form, and with it what was wrong.
        return {**super().get_context_data(**kwargs), **kwargs}

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


# --- The account ------------------------------------------------------------------------------------------------------


class Home(AccountPage, LoginRequiredMixin, FormView):
    """Your account: the pen name, and the way to all else."""

    title = "Your account"
    limit = "pen name"
    form_class = forms.PenNameForm
    template_name = "accounts/home.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user}

    def get_initial(self) -> dict[str, Any]:
        return {"pen_name": self.request.user.pen_name}  # type: ignore[union-attr]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kinds = Authenticator.objects.filter(user=self.request.user).values_list("type", flat=True)
        links = [link for link in account_links if link.is_for(self.request.user)]  # type: ignore[arg-type]
        notices = [notice for notices_of in account_notices for notice in notices_of(cast(User, self.request.user))]
        own = {"links": links, "has_factor": bool(kinds), "notices": notices}
        return {**super().get_context_data(**kwargs), **own}

    def form_valid(self, form: forms.PenNameForm) -> HttpResponse:
        pen_name = form.cleaned_data["pen_name"]
        try:
            change_pen_name(user=self.request.user, pen_name=pen_name)  # type: ignore[arg-type]
        except IntegrityError:
            form.add_error("pen_name", forms.taken_words(pen_name))
            return self.form_invalid(form)
        messages.success(self.request, "Your pen name is changed.")
        return redirect("account_home")


class Sessions(AccountPage, LoginRequiredMixin, TemplateView):
    """Where somebody is signed in; each place can be ended."""

    open_to_suspended = True
    title = "Where you are signed in"
    template_name = "accounts/sessions.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sessions = UserSession.objects.purge_and_list(self.request.user)
        rows = [
            {"session": each, "device": device_words(each.user_agent), "is_here": each.is_current()}
            for each in sorted(sessions, key=lambda each: each.created_at, reverse=True)
        ]
        return {**super().get_context_data(**kwargs), "rows": rows, "has_others": any(not r["is_here"] for r in rows)}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        mine = UserSession.objects.filter(user=request.user)
        if "others" in request.POST:
            chosen = [session for session in mine if not session.is_current()]
        else:
            chosen = [self.find(mine)]
        if any(session.is_current() for session in chosen):
            logout(request)
            return redirect("home")
        for session in chosen:
            end_session(session)
        messages.success(request, "You are signed out there.")
        return redirect("usersessions_list")

    def find(self, mine: Any) -> UserSession:
        """Return the session that was named, where it is the viewer's own."""
        key = self.request.POST.get("session", "")
        if not (key.isascii() and key.isdigit() and len(key) < 19):
            raise Http404
        session = mine.filter(pk=key).first()
        if session is None:
            raise Http404
        return session


class OwnData(AccountPage, LoginRequiredMixin, TemplateView):
    """What a person can take away, and the way to close the account."""

    title = "Your data"
    template_name = "accounts/own_data.html"


class OwnDataFile(AccountPage, LoginRequiredMixin, View):
    """All that belongs to a person as one file, for who proved a moment ago who they are."""

    http_method_names = ["get", "head"]

    def lead_elsewhere(self, request: HttpRequest) -> HttpResponseBase | None:
        raise_if_reauthentication_required(request, app="allauth.account")
        return None

    def get(self, request: HttpRequest) -> HttpResponse:
        count_try(request, "own data", self.name())
        content = json.dumps(belongings.export(cast(User, request.user)), ensure_ascii=False, indent=2)
        disposition = f'attachment; filename="my-data-{date.today():%Y-%m-%d}.json"'
        # A browser shows JSON as text; nothing in it runs.
        headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
        return HttpResponse(content, content_type="application/json; charset=utf-8", headers=headers)


class CloseAccount(AccountPage, LoginRequiredMixin, FormView):
    """What goes and what stays, the choices, and the end of an account; asks first who is there."""

    open_to_suspended = True
    title = "Close your account"
    limit = "closing"
    form_class = forms.CloseForm
    template_name = "accounts/close_account.html"

    def lead_elsewhere(self, request: HttpRequest) -> HttpResponseBase | None:
        raise_if_reauthentication_required(request, app="allauth.account")
        return None

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "choices": belongings.choices_of(cast(User, self.request.user))}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = cast(User, self.request.user)
        goes, stays = belongings.preview(user)
        own = {"goes": goes, "stays": stays, "hindrance": belongings.what_hinders(user)}
        return {**super().get_context_data(**kwargs), **own}

    def form_valid(self, form: forms.CloseForm) -> HttpResponse:
        try:
            belongings.close_account(user_id=cast(User, self.request.user).pk, choices=form.cleaned_data)
        except belongings.CannotClose as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        logout(self.request)
        return redirect("account_closed")


class Closed(AccountPage, TemplateView):
    """Said to somebody whose account is closed."""

    http_method_names = ["get", "head"]
    title = "Your account is closed"
    template_name = "accounts/closed.html"


class SecondFactors(AccountPage, factor_views.IndexView):
    """What a person has beside the password."""

    title = "Second factor"
    template_name = "accounts/second_factors.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = Authenticator.objects.filter(user=self.request.user).order_by("pk")
        return {
            **super().get_context_data(**kwargs),
            "app": next((each for each in found if each.type == Authenticator.Type.TOTP), None),
            "passkeys": [each for each in found if each.type == Authenticator.Type.WEBAUTHN],
            "has_codes": any(each.type == Authenticator.Type.RECOVERY_CODES for each in found),
            "was_used": has_second_factor(self.request),
        }


class SetUpApp(AccountPage, app_views.ActivateTOTPView):
    """An app that shows codes."""

    title = "Set up an app"
    limit = "second factor"
    form_class = forms.AppForm
    template_name = "accounts/set_up_app.html"

    def form_valid(self, form: forms.AppForm) -> HttpResponse:
        try:
            response = super().form_valid(form)
        except IntegrityError:
            # The same form came twice at one moment: the app is set up.
            return redirect("mfa_index")
        count_as_used(self.request, Authenticator.Type.TOTP)
        return response


class RemoveApp(AccountPage, OneTransaction, app_views.DeactivateTOTPView):
    """The app goes."""

    title = "Remove your app"
    template_name = "accounts/remove_app.html"


class RecoveryCodes(AccountPage, recovery_views.ViewRecoveryCodesView):
    """The codes for the day when phone and passkey are lost."""

    title = "Your recovery codes"
    template_name = "accounts/recovery_codes.html"


class NewRecoveryCodes(AccountPage, OneTransaction, recovery_views.GenerateRecoveryCodesView):
    """New codes; the old ones go."""

    title = "Make new recovery codes"
    template_name = "accounts/new_recovery_codes.html"


class DownloadRecoveryCodes(AccountPage, recovery_views.DownloadRecoveryCodesView):
    """The codes as a file."""

    template_name = "accounts/recovery_codes.txt"
    content_type = "text/plain; charset=utf-8"


class AddPasskey(AccountPage, OneTransaction, passkey_views.AddWebAuthnView):
    """A new passkey."""

    title = "Set up a passkey"
    form_class = forms.NewPasskeyForm
    template_name = "accounts/add_passkey.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        data = super().get_context_data(**kwargs)
        options = passkeys.begin_registration(self.request.user, passwordless=True)
        # The parent forgets the form, and with it what was wrong.
        return {**data, "form": kwargs.get("form") or data["form"], "options": options}

    def form_valid(self, form: BaseForm) -> HttpResponse:
        response = super().form_valid(form)
        count_as_used(self.request, Authenticator.Type.WEBAUTHN)
        return response


class RenamePasskey(AccountPage, OneTransaction, passkey_views.EditWebAuthnView):
    """Another name for a passkey."""

    title = "Rename your passkey"
    form_class = forms.PasskeyNameForm
    template_name = "accounts/rename_passkey.html"

    def get_success_url(self) -> str:
        return reverse("mfa_index")


class RemovePasskey(AccountPage, OneTransaction, passkey_views.RemoveWebAuthnView):
    """A passkey goes."""

    title = "Remove your passkey"
    template_name = "accounts/remove_passkey.html"

    def get_success_url(self) -> str:
        return reverse("mfa_index")


# --- Mails ------------------------------------------------------------------------------------------------------------


# The token in the address is the proof: whoever presses the button of their mail program has no session and no cookie.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Turn a kind of mail off with one click (RFC 8058). Opening the page alone, as scanners do, changes nothing."""
    named = emails.read_token(token)
    if named is None:
        raise Http404
    user_id, kind = named
    if request.method == "POST":
        emails.unsubscribe(user_id=user_id, kind=kind)
    context = {"label": emails.label_of(kind), "is_done": request.method == "POST"}
    response = render(request, "accounts/unsubscribe.html", context)
    response["Cache-Control"] = PRIVATE
    return response


# Whoever may not write may still be written to less.
unsubscribe.open_to_suspended = True  # type: ignore[attr-defined]
