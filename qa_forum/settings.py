"""The one settings file: read from the environment, refusing nonsense with one line for each fault.

Without ``DATABASE_URL`` the site is in *local mode*: the embedded PostgreSQL, a secret key made once and kept in
``var/secret_key``, and hosts on loopback only. ``docs/operations.md`` lists every variable.
"""

import os
import re
import secrets
import sys
from contextlib import suppress
from email.utils import formataddr
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF

from qa_forum import embedded_postgres

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("VAR_DIR") or BASE_DIR / "var")
LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "[::1]"}

env = environ.Env()
faults: list[str] = []


def read_local_secret_key() -> str:
    """Return the key in ``var/secret_key`` (mode 0600), making it on first use."""
    path = VAR_DIR / "secret_key"
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    # Written aside and linked into place: of two first starts at once, both end with the same whole key.
    aside = path.with_name(f"secret_key.{os.getpid()}")
    if not path.exists():
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
        with suppress(FileExistsError):
            os.link(aside, path)
        aside.unlink()
    return path.read_text().strip()


def read_integer(name: str, default: int) -> int:
    """Return a whole number from the environment, noting a fault where it is none or negative."""
    value = os.environ.get(name) or str(default)
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        faults.append(f"{name} must be a whole number of 0 or more.")
        return default
    return int(value)


def read_flag(name: str) -> bool:
    """Return a yes or no from the environment, noting a fault where it is neither."""
    value = os.environ.get(name, "").strip().lower()
    if value not in {"", "0", "1", "true", "false", "yes", "no", "on", "off"}:
        faults.append(f"{name} must be true or false.")
    return value in {"1", "true", "yes", "on"}


def read_sites(name: str) -> dict[str, str]:
    """Return addresses by language out of ``de=https://…,fr=https://…``, noting a fault where one is none."""
    parts = [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]
    found = [re.fullmatch(r"([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)=(https?://[^\s/]+)/?", part) for part in parts]
    if not all(found):
        faults.append(f"{name} must name sites by language, such as de=https://de.forum.example.")
    return {match[1]: match[2] for match in found if match}


def is_weak(key: str) -> bool:
    """Tell whether a secret key is too short, too even, or the mark of an unfinished set-up."""
    return len(key) < 32 or len(set(key)) < 10 or key.startswith("django-insecure-")


# --- Where we are ----------------------------------------------------------------------------------------

LOCAL_MODE = embedded_postgres.is_used()
DEBUG = read_flag("DEBUG")
SITE_NAME = os.environ.get("SITE_NAME") or "Sorrel"
CONTACT_EMAIL = os.environ.get("CONTACT_EMAIL", "")
SITE_URL = (os.environ.get("SITE_URL") or f"http://localhost:{os.environ.get('PORT') or 8000}").rstrip("/")
try:
    _site = urlsplit(SITE_URL)
except ValueError:
    _site = urlsplit("")
if _site.scheme not in {"http", "https"} or not _site.hostname:
    faults.append("SITE_URL must be an address such as https://forum.example.")
IS_HTTPS = _site.scheme == "https"

ALLOWED_HOSTS = [host.strip() for host in os.environ.get("ALLOWED_HOSTS", "").split(",") if host.strip()]
if not ALLOWED_HOSTS:
    ALLOWED_HOSTS = sorted(LOOPBACK_HOSTS) if LOCAL_MODE else [_site.hostname or "localhost"]
if DEBUG and set(ALLOWED_HOSTS) - LOOPBACK_HOSTS:
    faults.append("DEBUG must be off where ALLOWED_HOSTS or SITE_URL names a public host: it shows what is inside.")
CSRF_TRUSTED_ORIGINS = [o.strip() for o in os.environ.get("CSRF_TRUSTED_ORIGINS", "").split(",") if o.strip()]
if any("://" not in origin for origin in CSRF_TRUSTED_ORIGINS):
    faults.append("CSRF_TRUSTED_ORIGINS must name whole origins such as https://forum.example.")
    CSRF_TRUSTED_ORIGINS = []

ALTERNATE_SITES = read_sites("ALTERNATE_SITES")

SECRET_KEY = os.environ.get("SECRET_KEY", "")
if not SECRET_KEY and LOCAL_MODE:
    SECRET_KEY = read_local_secret_key()
elif not SECRET_KEY:
    faults.append("SECRET_KEY is required where DATABASE_URL is set.")
elif is_weak(SECRET_KEY):
    faults.append("SECRET_KEY is weak: use at least 32 random characters.")

# How many proxies of ours stand in front: so many last entries of X-Forwarded-For are true.
TRUSTED_PROXIES = read_integer("TRUSTED_PROXIES", 0)
# Votes a day from one network of visitors; 0 means no limit. In local mode everyone is one network.
VOTES_PER_NETWORK = read_integer("VOTES_PER_NETWORK", 0 if LOCAL_MODE else 2000)

# The first question and the first review of an account wait for a moderator; 0 shows them at once.
FIRST_POSTS_WAIT = bool(read_integer("FIRST_POSTS_WAIT", 1))

# --- Rooms -----------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "voting",
    "questions",
    "doctors",
    "moderation",
    "accounts",
    # Django's own admin, entered with a second factor only.
    "accounts.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "pgtrigger",
    "crispy_forms",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "qa_forum.middleware.Health",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "qa_forum.middleware.RefuseNonsense",
    "qa_forum.middleware.StrangersPages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SuspendedWriteNothing",
]

ROOT_URLCONF = "qa_forum.urls"
WSGI_APPLICATION = "qa_forum.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "qa_forum.context.site",
                # The admin asks for these two; both stay asleep until a template reads them.
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["django.templatetags.static", "qa_forum.words", "moderation.traps"],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
CRISPY_ALLOWED_TEMPLATE_PACKS = "forms"
CRISPY_TEMPLATE_PACK = "forms"
CRISPY_CLASS_CONVERTERS = {
    **dict.fromkeys(
        [
            *("textinput", "emailinput", "urlinput", "numberinput", "passwordinput", "searchinput", "dateinput"),
            *("textarea", "select", "selectmultiple", "nullbooleanselect"),
            *("fileinput", "filesinput", "clearablefileinput"),
        ],
        "control",
    ),
    **dict.fromkeys(["checkboxinput", "radioselect", "checkboxselectmultiple"], ""),
}

# --- Database and cache ----------------------------------------------------------------------------------

if LOCAL_MODE:
    _database: dict = {"ENGINE": "django.db.backends.postgresql", **embedded_postgres.connection_settings()}
else:
    try:
        _database = env.db_url("DATABASE_URL", engine="django.db.backends.postgresql")
        _is_postgres = urlsplit(os.environ["DATABASE_URL"]).scheme.startswith("postgres")
    except (ValueError, environ.ImproperlyConfigured):
        _database, _is_postgres = {}, False
    if not _is_postgres:
        faults.append("DATABASE_URL must be a PostgreSQL address such as postgres://user:password@host:5432/name.")
_database["CONN_HEALTH_CHECKS"] = True
_database["OPTIONS"] = {
    **_database.get("OPTIONS", {}),
    # A dead database is told within seconds, not after the pool's own 30.
    "pool": {"min_size": 1, "max_size": 16, "timeout": 5, "reconnect_timeout": 5},
    "connect_timeout": 5,
    # Django turns preparing off; its own cursors never prepare, `prepared.run_prepared` does.
    "prepare_threshold": 5,
}
DATABASES = {"default": _database}

try:
    _cache = env.cache_url("CACHE_URL", default="locmemcache://strangers")
except (ValueError, KeyError, environ.ImproperlyConfigured):
    faults.append("CACHE_URL must be an address such as redis://127.0.0.1:6379/1.")
    _cache = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
if _cache["BACKEND"].endswith("LocMemCache"):
    _cache["OPTIONS"] = {"MAX_ENTRIES": 3000}
if _cache["BACKEND"].endswith("RedisCache"):
    # A cache that is away is a miss, told within a second, never an error page.
    _cache["BACKEND"] = "qa_forum.cache.ForgivingRedisCache"
    _cache["OPTIONS"] = {"socket_connect_timeout": 1, "socket_timeout": 1, **_cache.get("OPTIONS", {})}
CACHES = {"default": _cache}

# --- Safety ----------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "script-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# `frame-ancestors` says the same as X-Frame-Options, to every browser that is still updated.
# Other hosts of the domain are not this site's to decide on, so HSTS names neither them nor the preload list.
SILENCED_SYSTEM_CHECKS = ["security.W002", "security.W005", "security.W021"]
# `no-referrer` would turn the Origin of a vote into `null`; see docs/architecture.md.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz/"]
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if IS_HTTPS else 0
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "pen_name"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
CSRF_FAILURE_VIEW = "qa_forum.errors.csrf_failure"

# --- Accounts --------------------------------------------------------------------------------------------

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
# Without "Keep me signed in" a session ends with the browser.
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CODE_SECONDS = 15 * 60
WRONG_CODES = 5
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# An address that was not confirmed, as of an account made by staff, is confirmed at the first sign-in.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = CODE_SECONDS
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = WRONG_CODES
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = CODE_SECONDS
ACCOUNT_PASSWORD_RESET_BY_CODE_MAX_ATTEMPTS = WRONG_CODES
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_CONFIRMATION_AUTHENTICATED_REDIRECT_URL = "/accounts/"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
# Its own limits live in the cache of each process; ours are in `accounts/limits.py`.
ACCOUNT_RATE_LIMITS = False
MFA_RATE_LIMITS = False
MFA_ADAPTER = "accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# A passkey is something held and something known; on http it works on localhost alone.
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
# Half a minute to each side, for clocks that are wrong.
MFA_TOTP_TOLERANCE = 1

# --- Background work -------------------------------------------------------------------------------------

PROCRASTINATE_ON_APP_READY = "qa_forum.background.set_up"

# --- Words, files, mail, log -----------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
MEDIA_ROOT = Path(os.environ.get("MEDIA_ROOT") or VAR_DIR / "media")
# Documents and photos that only some may see; see `moderation/private_files.py`.
PRIVATE_ROOT = Path(os.environ.get("PRIVATE_ROOT") or VAR_DIR / "private")
if os.environ.get("PRIVATE_ROOT") and not PRIVATE_ROOT.is_absolute():
    faults.append("PRIVATE_ROOT must be a whole path such as /var/lib/qa-forum/private.")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

if os.environ.get("EMAIL_URL"):
    try:
        vars().update(env.email_url("EMAIL_URL"))
    except (ValueError, KeyError, environ.ImproperlyConfigured):
        faults.append("EMAIL_URL must be an address such as smtp+tls://user:password@host:587.")
else:
    EMAIL_BACKEND = "qa_forum.mail_files.FileBackend"
    EMAIL_FILE_PATH = str(VAR_DIR / "mail")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = formataddr((SITE_NAME, CONTACT_EMAIL or f"no-reply@{_site.hostname or 'localhost'}"))
# After each failed try so many seconds; after the last one the mail is parked, where staff see it.
MAIL_PAUSES = [30, 2 * 60, 10 * 60, 60 * 60, 6 * 60 * 60]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "qa_forum.logs.WordlessFormatter", "format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        # Django mails tracebacks to ADMINS by default; a traceback can hold a patient's words.
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        # Anybody can send any Host; each would be a traceback.
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
        # Each 404 would be a line with its address; addresses may carry what somebody searched for.
        "django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        # A database that goes away is two tracebacks of the queue; `qa_forum.worker` says it in one line.
        "procrastinate.worker.worker": {"handlers": ["console"], "level": "CRITICAL", "propagate": False},
        "procrastinate.utils": {"handlers": ["console"], "level": "CRITICAL", "propagate": False},
    },
}

if faults:
    sys.exit("\n".join(f"qa_forum: {fault}" for fault in faults))
