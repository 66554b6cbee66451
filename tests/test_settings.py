"""The settings: nonsense is refused, with one clear line for each fault; each in a process of its own."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as present
from django.test import Client

REPOSITORY = Path(present.BASE_DIR)
KEY = "abcdefghijklmnopqrstuvwxyz-0123456789-ABCDEFGHIJ"
ELSEWHERE = {"DATABASE_URL": "postgres://somebody:word@db.example:5432/forum", "SECRET_KEY": KEY}
LOCAL: dict[str, str] = {}


def start(environment: dict[str, str], script: str = "import qa_forum.settings") -> subprocess.CompletedProcess[str]:
    """Import the settings in a process that knows nothing but this environment."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def read(environment: dict[str, str], *names: str) -> dict:
    """Return what these settings are in an environment."""
    script = (
        f"import json, qa_forum.settings as s; print(json.dumps({{n: getattr(s, n) for n in {names!r}}}, default=str))"
    )
    done = start(environment, script)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


FAULTS = {
    "no key": ({"SECRET_KEY": ""}, "SECRET_KEY is required where DATABASE_URL is set."),
    "a short key": ({"SECRET_KEY": "abcdefghijklmnopqrstuvwxyz01234"}, "SECRET_KEY is weak"),
    "an even key": ({"SECRET_KEY": "abcabcabc" * 10}, "SECRET_KEY is weak"),
    "the key of a new project": ({"SECRET_KEY": "django-insecure-" + KEY}, "SECRET_KEY is weak"),
    "debugging in public": ({"DEBUG": "1", "ALLOWED_HOSTS": "forum.example"}, "DEBUG must be off"),
    "debugging for everybody": ({"DEBUG": "yes", "ALLOWED_HOSTS": "*"}, "DEBUG must be off"),
    "debugging at a public address": ({"DEBUG": "true", "SITE_URL": "https://forum.example"}, "DEBUG must be off"),
    "a flag that is none": ({"DEBUG": "perhaps"}, "DEBUG must be true or false."),
    "an address that is none": ({"SITE_URL": "forum.example"}, "SITE_URL must be an address"),
    "another site that is none": (
        {"ALTERNATE_SITES": "de=forum.example"},
        "ALTERNATE_SITES must name sites by language",
    ),
    "another site without its language": (
        {"ALTERNATE_SITES": "https://forum.example"},
        "ALTERNATE_SITES must name sites by language",
    ),
    "an address of files": ({"SITE_URL": "ftp://forum.example"}, "SITE_URL must be an address"),
    "an address without a host": ({"SITE_URL": "https://"}, "SITE_URL must be an address"),
    "another database": (
        {"DATABASE_URL": "mysql://somebody@db.example/forum"},
        "DATABASE_URL must be a PostgreSQL address",
    ),
    "a file for a database": ({"DATABASE_URL": "sqlite:///forum.db"}, "DATABASE_URL must be a PostgreSQL address"),
    "no address of a database": ({"DATABASE_URL": "rubbish"}, "DATABASE_URL must be a PostgreSQL address"),
    "proxies that are no number": ({"TRUSTED_PROXIES": "two"}, "TRUSTED_PROXIES must be a whole number of 0 or more."),
    "fewer than no proxies": ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES must be a whole number of 0 or more."),
    "half a vote": ({"VOTES_PER_NETWORK": "1.5"}, "VOTES_PER_NETWORK must be a whole number of 0 or more."),
    "other digits": ({"VOTES_PER_NETWORK": "\u0661"}, "VOTES_PER_NETWORK must be a whole number of 0 or more."),
    "an origin without its scheme": (
        {"CSRF_TRUSTED_ORIGINS": "forum.example"},
        "CSRF_TRUSTED_ORIGINS must name whole origins",
    ),
    "half a path": ({"PRIVATE_ROOT": "private"}, "PRIVATE_ROOT must be a whole path"),
    "a cache that is none": ({"CACHE_URL": "rubbish"}, "CACHE_URL must be an address"),
    "mail that is none": ({"EMAIL_URL": "rubbish"}, "EMAIL_URL must be an address"),
}
# On these Python itself fails, before anything is compared.
ODD = {
    "half an address": ({"SITE_URL": "https://[forum.example"}, "SITE_URL must be an address"),
    "very many proxies": ({"TRUSTED_PROXIES": "9" * 5000}, "TRUSTED_PROXIES must be a whole number"),
    "a port that is none": (
        {"DATABASE_URL": "postgres://db.example:port/forum"},
        "DATABASE_URL must be a PostgreSQL address",
    ),
    "half an address of a database": (
        {"DATABASE_URL": "postgres://[db.example/forum"},
        "DATABASE_URL must be a PostgreSQL address",
    ),
}


def lines(done: subprocess.CompletedProcess[str]) -> list[str]:
    return done.stderr.strip().split("\n")


@pytest.mark.parametrize(("change", "words"), [*FAULTS.values(), *ODD.values()], ids=[*FAULTS, *ODD])
def test_a_fault_is_told_in_one_line(change: dict[str, str], words: str):
    done = start({**ELSEWHERE, **change})

    assert done.returncode == 1
    (line,) = lines(done)
    assert line.startswith(f"qa_forum: {words}")
    assert done.stdout == ""


def test_several_faults_are_told_in_as_many_lines():
    done = start({**ELSEWHERE, "SECRET_KEY": "short", "SITE_URL": "x", "TRUSTED_PROXIES": "x", "CACHE_URL": "x"})

    assert done.returncode == 1
    assert [line.split()[1] for line in lines(done)] == ["SITE_URL", "SECRET_KEY", "TRUSTED_PROXIES", "CACHE_URL"]


def test_no_fault_tells_a_secret():
    environment = {
        "DATABASE_URL": "mysql://somebody:hush@db.example/forum",
        "SECRET_KEY": "hush-hush",
        "EMAIL_URL": "x://hush",
    }

    done = start({**ELSEWHERE, **environment})

    assert done.returncode == 1
    assert "hush" not in done.stderr


@pytest.mark.parametrize("address", ["postgres", "postgresql"])
def test_a_database_elsewhere_is_taken(address: str):
    environment = {**ELSEWHERE, "DATABASE_URL": f"{address}://somebody:wo%20rd@db.example:5433/forum"}

    database = read(environment, "DATABASES", "LOCAL_MODE", "VOTES_PER_NETWORK")

    default = database["DATABASES"]["default"]
    assert (default["HOST"], default["PORT"], default["NAME"]) == ("db.example", 5433, "forum")
    assert (default["USER"], default["PASSWORD"]) == ("somebody", "wo rd")
    assert default["ENGINE"] == "django.db.backends.postgresql"
    assert default["OPTIONS"]["pool"]["timeout"] == 5
    assert default["CONN_HEALTH_CHECKS"] is True
    assert database["LOCAL_MODE"] is False
    assert database["VOTES_PER_NETWORK"] > 0


def test_without_a_database_the_site_is_local(tmp_path: Path):
    found = read(
        {**LOCAL, "VAR_DIR": str(tmp_path)}, "LOCAL_MODE", "ALLOWED_HOSTS", "VOTES_PER_NETWORK", "DEBUG", "SITE_URL"
    )

    assert found == {
        "LOCAL_MODE": True,
        "ALLOWED_HOSTS": ["127.0.0.1", "[::1]", "localhost"],
        "VOTES_PER_NETWORK": 0,
        "DEBUG": False,
        "SITE_URL": "http://localhost:8000",
    }


def test_the_local_key_is_made_once_and_is_the_owners_alone(tmp_path: Path):
    environment = {**LOCAL, "VAR_DIR": str(tmp_path / "var")}

    keys = [read(environment, "SECRET_KEY")["SECRET_KEY"] for _ in range(2)]

    path = tmp_path / "var" / "secret_key"
    assert keys[0] == keys[1] == path.read_text()
    assert len(keys[0]) >= 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret_key"]


def test_first_starts_at_once_end_with_the_same_key(tmp_path: Path):
    environment = {**LOCAL, "VAR_DIR": str(tmp_path)}
    script = "import qa_forum.settings as s; print(s.SECRET_KEY)"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script], cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]

    keys = {process.communicate(timeout=60)[0] for process in started}

    assert len(keys) == 1


def test_a_key_of_the_environment_comes_first_in_local_mode_too(tmp_path: Path):
    assert read({"VAR_DIR": str(tmp_path), "SECRET_KEY": KEY}, "SECRET_KEY") == {"SECRET_KEY": KEY}
    assert not (tmp_path / "secret_key").exists()


SAFE = (
    "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_SECURE",
    "SECURE_SSL_REDIRECT",
    "SECURE_HSTS_SECONDS",
)


def test_an_https_address_makes_everything_safe():
    found = read({**ELSEWHERE, "SITE_URL": "https://forum.example/"}, *SAFE, "ALLOWED_HOSTS", "SITE_URL")

    assert [found[name] for name in SAFE[:3]] == [True] * 3
    assert found["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert (found["ALLOWED_HOSTS"], found["SITE_URL"]) == (["forum.example"], "https://forum.example")


def test_a_plain_address_promises_nothing_that_it_cannot_keep():
    assert list(read({**ELSEWHERE, "SITE_URL": "http://forum.example"}, *SAFE).values()) == [False] * 3 + [0]


def test_sites_in_other_languages_are_named_by_language():
    sites = "de=https://de.forum.example/, fr-CA=https://ca.forum.example"

    found = read({**ELSEWHERE, "ALTERNATE_SITES": sites}, "ALTERNATE_SITES")["ALTERNATE_SITES"]

    assert found == {"de": "https://de.forum.example", "fr-CA": "https://ca.forum.example"}
    assert read(ELSEWHERE, "ALTERNATE_SITES")["ALTERNATE_SITES"] == {}


@pytest.mark.parametrize(("proxies", "header"), [("0", False), ("1", True)])
def test_a_header_says_https_only_where_a_proxy_of_ours_writes_it(proxies: str, header: bool):
    script = "import qa_forum.settings as s; print(hasattr(s, 'SECURE_PROXY_SSL_HEADER'))"

    assert start({**ELSEWHERE, "TRUSTED_PROXIES": proxies}, script).stdout.strip() == str(header)


def test_debugging_is_off_unless_asked_for_at_home(tmp_path: Path):
    assert read(ELSEWHERE, "DEBUG") == {"DEBUG": False}
    assert read({"VAR_DIR": str(tmp_path), "DEBUG": "on"}, "DEBUG") == {"DEBUG": True}


def test_scripts_never_read_a_session_and_no_log_holds_what_was_asked():
    names = (
        "SESSION_COOKIE_HTTPONLY",
        "CSRF_COOKIE_HTTPONLY",
        "X_FRAME_OPTIONS",
        "SECURE_REFERRER_POLICY",
        "LOGGING",
        "DEFAULT_EXCEPTION_REPORTER_FILTER",
    )
    found = {name: getattr(present, name) for name in names}

    assert found["SESSION_COOKIE_HTTPONLY"] is found["CSRF_COOKIE_HTTPONLY"] is True
    assert (found["X_FRAME_OPTIONS"], found["SECURE_REFERRER_POLICY"]) == ("DENY", "same-origin")
    handlers = {handler for logger in found["LOGGING"]["loggers"].values() for handler in logger["handlers"]}
    assert handlers == {"console"}
    assert found["LOGGING"]["loggers"]["django.request"]["level"] == "ERROR"


def test_private_files_lie_where_they_are_told_to():
    environment = {"DATABASE_URL": ELSEWHERE["DATABASE_URL"], "SECRET_KEY": KEY, "VAR_DIR": "/var/lib/forum"}

    assert read(environment, "PRIVATE_ROOT") == {"PRIVATE_ROOT": "/var/lib/forum/private"}
    assert read({**environment, "PRIVATE_ROOT": "/srv/private"}, "PRIVATE_ROOT") == {"PRIVATE_ROOT": "/srv/private"}


def test_limits_of_a_body_are_a_mebibyte():
    assert present.DATA_UPLOAD_MAX_MEMORY_SIZE == present.FILE_UPLOAD_MAX_MEMORY_SIZE == 1024**2


def test_https_is_demanded_of_every_page_but_the_health_pages(settings, db):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 1000

    fresh = Client()
    assert fresh.get("/questions/")["Location"] == "https://testserver/questions/"
    assert fresh.get("/healthz/live").status_code == 200
    assert fresh.get("/questions/", secure=True)["Strict-Transport-Security"].startswith("max-age=1000")
