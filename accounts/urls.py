"""Addresses of accounts. The names are those by which allauth finds its own steps."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("", views.Home.as_view(), name="account_home"),
    path("login/", views.SignIn.as_view(), name="account_login"),
    path("logout/", views.SignOut.as_view(), name="account_logout"),
    path("inactive/", views.Inactive.as_view(), name="account_inactive"),
    path("signup/", views.SignUp.as_view(), name="account_signup"),
    path("signup/code/", views.ConfirmSignUp.as_view(), name="account_confirm_sign_up"),
    path("reauthenticate/", views.PasswordProof.as_view(), name="account_reauthenticate"),
    path("email/", views.ChangeEmail.as_view(), name="account_email"),
    path("email/code/", views.ConfirmAddress.as_view(), name="account_email_verification_sent"),
    path("password/change/", views.ChangePassword.as_view(), name="account_change_password"),
    path("password/reset/", views.ResetPassword.as_view(), name="account_reset_password"),
    path("password/reset/code/", views.ConfirmReset.as_view(), name="account_confirm_password_reset_code"),
    path("password/reset/new/", views.NewPassword.as_view(), name="account_complete_password_reset"),
    path("sessions/", views.Sessions.as_view(), name="usersessions_list"),
    path("data/", views.OwnData.as_view(), name="account_data"),
    path("data/file/", views.OwnDataFile.as_view(), name="account_data_file"),
    path("close/", views.CloseAccount.as_view(), name="account_close"),
    path("closed/", views.Closed.as_view(), name="account_closed"),
    path("second-factor/", views.SecondFactors.as_view(), name="mfa_index"),
    path("second-factor/sign-in/", views.SecondFactor.as_view(), name="mfa_authenticate"),
    path("second-factor/reauthenticate/", views.FactorProof.as_view(), name="mfa_reauthenticate"),
    path("second-factor/app/", views.SetUpApp.as_view(), name="mfa_activate_totp"),
    path("second-factor/app/remove/", views.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("second-factor/codes/", views.RecoveryCodes.as_view(), name="mfa_view_recovery_codes"),
    path("second-factor/codes/new/", views.NewRecoveryCodes.as_view(), name="mfa_generate_recovery_codes"),
    path("second-factor/codes/file/", views.DownloadRecoveryCodes.as_view(), name="mfa_download_recovery_codes"),
    path("passkeys/sign-in/", views.PasskeySignIn.as_view(), name="mfa_login_webauthn"),
    path("passkeys/add/", views.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("passkeys/reauthenticate/", views.PasskeyProof.as_view(), name="mfa_reauthenticate_webauthn"),
    path("passkeys/<key:pk>/name/", views.RenamePasskey.as_view(), name="mfa_edit_webauthn"),
    path("passkeys/<key:pk>/remove/", views.RemovePasskey.as_view(), name="mfa_remove_webauthn"),
]
