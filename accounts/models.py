"""Who is signed in, and how often somebody may try."""

import re
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

PEN_NAME = re.compile(r"[\w][\w.\-]{1,39}")


class UserManager(BaseUserManager["User"]):
    """Makes users; an e-mail address is found in any case."""

    def create_user(self, email: str, pen_name: str, password: str | None = None, **fields: Any) -> "User":
        """Save and return a person with a hashed password, or with none that works."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email.strip().lower(), pen_name=pen_name, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, pen_name: str, password: str | None = None, **fields: Any) -> "User":
        """Save and return a member of staff who may do everything."""
        return self.create_user(email, pen_name, password, **{**fields, "is_staff": True, "is_superuser": True})

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the person with this e-mail address, whatever its case."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account: signs in by e-mail, is shown by pen name."""

    email = models.EmailField("e-mail address", unique=True)
    pen_name = models.CharField(
        max_length=40,
        validators=[RegexValidator(rf"\A{PEN_NAME.pattern}\Z", "Use letters, digits, dots, dashes and underscores.")],
        help_text="The only name that others see.",
    )
    is_staff = models.BooleanField("moderator or staff", default=False, help_text="May enter the admin.")
    is_active = models.BooleanField("active", default=True, help_text="Turn this off instead of deleting an account.")
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    # Its person closed the account: nobody is in this row any more; see `accounts.belongings`.
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Copies, moved by a trigger on the sanctions of moderation: see `accounts.standing`.
    suspended_until = models.DateTimeField(null=True, blank=True, editable=False)
    limited_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    # Of an account that is closed: an address that can have no mailbox, and a name that nobody can type for a pen name.
    NOWHERE = "erased.invalid"
    FORMER = "Former member"

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["pen_name"]

    class Meta:
        constraints = [
            # allauth looks an address up as it stands, in lower case.
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="email_in_lower_case"),
            models.UniqueConstraint(Lower("email"), name="one_user_per_email"),
            models.UniqueConstraint(Lower("pen_name"), name="one_user_per_pen_name"),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(
                    is_active=False,
                    is_staff=False,
                    is_superuser=False,
                    last_login__isnull=True,
                    email__endswith="@erased.invalid",
                    pen_name__startswith="Former member ",
                ),
                name="erased_user_is_nobody",
            ),
        ]

    def __str__(self) -> str:
        return self.pen_name

    @property
    def is_suspended(self) -> bool:
        """Whether this person may read only, today."""
        return self.suspended_until is not None and self.suspended_until > timezone.now()


class Limit(models.Model):
    """How often something was tried in the present window; see ``accounts.services.take``.

    ``key`` names what is limited and a keyed digest of who tried: no address and no e-mail is stored.
    """

    key = models.CharField(max_length=120, primary_key=True)
    count = models.PositiveIntegerField()
    resets_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key


class Mail(models.Model):
    """One mail to one address: waits until it is sent, or is parked where it could not be.

    Its words are erased once it is sent, so that no code and no address of a page stays.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        SENT = "sent", "sent"
        PARKED = "parked", "parked"

    to = models.EmailField("to")
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="mails")
    kind = models.CharField(max_length=40, help_text="What the mail is about, in one word.")
    subject = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict, blank=True, help_text="By which a mail program unsubscribes.")
    # Made once: a mail that comes twice, because a worker was killed in between, can be told by it.
    message_id = models.CharField(max_length=255, unique=True)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    fault = models.CharField(max_length=80, blank=True, help_text="What went wrong last: a name and a number.")
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["waiting", "sent", "parked"]), name="mail_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="sent") ^ Q(sent_at__isnull=True), name="mail_is_sent_at_some_time_or_not_sent"
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(text="", html="", headers={}), name="mail_is_erased_once_sent"
            ),
            models.CheckConstraint(
                condition=Q(state="sent") | (~Q(text="") & ~Q(html="")), name="mail_is_text_and_html_until_sent"
            ),
            models.CheckConstraint(
                condition=Q(subject__regex=r"^[^\r\n]+$") & Q(to__regex=r"^[^\r\n]+$"), name="mail_headers_are_one_line"
            ),
        ]
        # Few wait or are parked: staff and the sweeper find those without looking through all that was sent.
        indexes = [models.Index(fields=["state", "id"], condition=~Q(state="sent"), name="mail_not_sent")]

    def __str__(self) -> str:
        # Neither address nor subject: this name may come into a log.
        return f"Mail {self.pk}"


class MailChoice(models.Model):
    """A person wants no more mails of a kind."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mail_choices")
    kind = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="one_mail_choice_per_kind")]

    def __str__(self) -> str:
        return f"no mails about {self.kind}"
