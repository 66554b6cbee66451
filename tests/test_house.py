"""The laws of the house: who may know whom, what a template may hold, what a file may name."""

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import find
from django.core.management import call_command
from django.db import models
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.factories import AnswerFactory, DoctorReviewFactory
from tests.reading import Page

REPOSITORY = Path(settings.BASE_DIR)
ROOMS = ("voting", "questions", "doctors", "moderation", "accounts")
# What tools made, what is installed, and what holds data.
NOT_OURS = {".git", ".venv", "var", "__pycache__", ".hypothesis", "screenshots", "node_modules"}
TEMPLATES = sorted((REPOSITORY / "templates").rglob("*.html"))


def name_of(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def files() -> Iterator[Path]:
    """Yield every file of the repository that people write."""
    for path in sorted(REPOSITORY.rglob("*")):
        parts = path.relative_to(REPOSITORY).parts
        if path.is_file() and not NOT_OURS & set(parts) and not any(part.endswith("_cache") for part in parts):
            yield path


def our_models() -> list[type[models.Model]]:
    return [model for room in ROOMS for model in apps.get_app_config(room).get_models() if not model._meta.proxy]


# --- Rooms -----------------------------------------------------------------------------------------------


def test_each_room_knows_only_those_it_may_know():
    linter = Path(sys.executable).parent / "lint-imports"

    done = subprocess.run([linter, "--no-cache"], cwd=REPOSITORY, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    assert " 0 broken" in done.stdout


def test_no_room_is_called_a_drawer():
    drawers = {"common", "core", "utils", "helpers", "selectors", "signals", "misc", "lib"}

    assert not [name_of(path) for path in files() if path.suffix == ".py" and drawers & {path.stem, *path.parts}]


def test_no_model_hides_a_rule_in_save():
    """What is always true of a row is a constraint; what else must change is a service."""
    for model in our_models():
        assert "save" not in vars(model), model
        assert "delete" not in vars(model), model
        assert "clean" not in vars(model), model


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
def test_each_model_says_what_it_is(model: type[models.Model]):
    assert "__str__" in vars(model)
    assert (model.__doc__ or "").strip()
    assert not (model.__doc__ or "").startswith(f"{model.__name__}(")


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
def test_each_constraint_has_a_test_that_breaks_it(model: type[models.Model]):
    tests = "\n".join(path.read_text() for path in (REPOSITORY / "tests").rglob("test_*.py") if path != Path(__file__))

    assert not [each.name for each in model._meta.constraints if each.name not in tests]


@pytest.mark.django_db
def test_every_migration_is_made():
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


# --- Templates -------------------------------------------------------------------------------------------

each_template = pytest.mark.parametrize("path", TEMPLATES, ids=name_of)


@each_template
def test_a_template_says_first_what_it_takes(path: Path):
    first, second = [*path.read_text().split("\n"), ""][:2]

    says = first if path.name.startswith("_") else f"{first}\n{second}"
    assert re.search(r"\{# .*Takes: .*#\}", says), f"{name_of(path)} does not say what it takes."


@each_template
def test_a_template_brings_no_style_no_script_and_nothing_from_elsewhere(path: Path):
    text = re.sub(r"\{#.*?#\}", "", path.read_text())

    # A mail has no style sheet to turn to.
    is_mail = bool({"mail", "email"} & set(path.relative_to(REPOSITORY).parts))
    assert is_mail or not re.search(r"\sstyle\s*=", text)
    assert "<style" not in text
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", text)
    assert "javascript:" not in text
    for script in re.findall(r"<script\b[^>]*>", text):
        assert 'src="{% static ' in script or 'type="application/ld+json"' in script, script
    for tag in re.findall(r"<(?:link|script|img|iframe|source|video|audio|use|form|object)\b[^>]*>", text):
        assert not re.search(r"""(?:href|src|srcset|action|data|hx-\w+)\s*=\s*["']?(?:https?:)?//""", tag), tag


@each_template
def test_a_template_has_no_dead_end(path: Path):
    """A link leads somewhere, a button is a button, a picture has words."""
    text = path.read_text()

    assert not re.search(r'href="(?:#|)"', text.replace('class="closelink" href=""', ""))
    assert not re.search(r"<(?:div|span)[^>]*\s(?:onclick|role=\"button\")", text)
    assert not re.search(r"<img(?![^>]*\balt=)", text)
    # Only what was cleaned when it was written, and the help of our own forms, is taken for markup.
    assert "|safe" not in re.sub(r"(?:body_html|help_text)\|safe", "", text)


def test_an_include_that_shuts_the_context_out_holds_no_form():
    """``only`` drops the token."""
    for path in TEMPLATES:
        for included in re.findall(r'{% include "([^"]+)"[^%]* only %}', path.read_text()):
            assert "csrf_token" not in (REPOSITORY / "templates" / included).read_text()


def test_every_template_is_used():
    text = "\n".join(path.read_text() for path in files() if path.suffix in {".py", ".html", ".txt"})
    crispy = {
        "forms/" + path.relative_to(REPOSITORY / "templates/forms").as_posix()
        for path in (REPOSITORY / "templates/forms").rglob("*.html")
    }
    # A mail is asked for by its stem: beside its HTML stand subject and text.
    mails = {name_of(path).removeprefix("templates/") for path in TEMPLATES if path.parent.name in ("email", "mail")}
    by_status = {f"{status}.html" for status in (400, 403, 404, 405, 410, 413, 429, 500, 503)}
    about = {
        path.relative_to(REPOSITORY / "templates").as_posix()
        for path in (REPOSITORY / "templates/about").glob("*.html")
    }

    for path in TEMPLATES:
        name = path.relative_to(REPOSITORY / "templates").as_posix()
        assert name in crispy | by_status | about | mails or f'"{name}"' in text, f"Nobody uses {name}."


def test_every_static_file_that_a_template_names_is_there():
    named = {name for path in TEMPLATES for name in re.findall(r"""{% static ['"]([^'"]+)['"] %}""", path.read_text())}

    assert named
    assert not [name for name in named if not find(name)]


def test_every_icon_that_a_template_draws_is_in_the_sprite():
    sprite = set(re.findall(r'id="([\w-]+)"', (REPOSITORY / "static/icons.svg").read_text()))
    drawn = {name for path in TEMPLATES for name in re.findall(r'{% icon "([\w-]+)" %}', path.read_text())}
    drawn |= {name for path in TEMPLATES for name in re.findall(r"icons\.svg['\"] %}#([\w-]+)", path.read_text())}

    assert drawn <= sprite, drawn - sprite


def test_the_style_sheet_loads_nothing_from_elsewhere():
    style = (REPOSITORY / "static/site.css").read_text()

    assert not re.search(r"@import|url\(\s*['\"]?(?:https?:)?//", style)


# --- Addresses -------------------------------------------------------------------------------------------


def named(patterns: list | None = None, space: str = "") -> Iterator[tuple[str, dict]]:
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":
                yield from named(pattern.url_patterns, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield space + pattern.name, dict(pattern.pattern.converters)


@pytest.mark.parametrize(("name", "converters"), list(named()), ids=[name for name, _ in named()])
def test_each_named_address_is_one(name: str, converters: dict):
    examples = {"KeyConverter": 7, "UUIDConverter": UUID(int=7), "MonthConverter": date(2026, 11, 1)}
    values = {key: examples.get(type(converter).__name__, "x") for key, converter in converters.items()}

    assert reverse(name, kwargs=values).startswith("/")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["votes", "doctors", "rules", "numbers", "privacy", "accessibility", "contact"])
def test_every_page_about_the_house_links_only_to_what_is_there(client: Client, name: str):
    page = Page(client.get(f"/about/{name}/"))

    for link in {link.partition("#")[0] for link in page.links()} - {""}:
        if link.startswith("/"):
            assert client.get(link).status_code == 200, link
        else:
            assert link.startswith("mailto:"), link


@pytest.mark.django_db
def test_every_link_to_a_place_on_a_page_has_its_place(client: Client):
    answer = AnswerFactory(doctor__slug="ada")
    DoctorReviewFactory(doctor=answer.doctor)
    for address in (answer.question.get_absolute_url(), "/doctors/ada/", "/about/rules/", "/", "/doctors/"):
        page = Page(client.get(address))
        places = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
        assert not [place for place, count in Counter(places).items() if count > 1], address
        for link in page.links():
            if link.startswith("#"):
                assert link[1:] in places, f"{link} on {address}"


# --- Tests -----------------------------------------------------------------------------------------------


def test_every_module_of_tests_is_collected():
    """A module that pytest does not find proves nothing; two of one name hide one another."""
    modules = [path for path in (REPOSITORY / "tests").rglob("*.py") if "__pycache__" not in path.parts]
    holding = [path for path in modules if re.search(r"^(?:async )?def test_", path.read_text(), re.M)]

    assert not [name_of(path) for path in holding if not path.name.startswith("test_")]
    assert not [name for name, count in Counter(path.name for path in holding).items() if count > 1]
    assert not [name_of(path) for path in modules if path.name.startswith("test_") and path not in holding]


def test_no_two_tests_of_a_module_have_one_name():
    for path in (REPOSITORY / "tests").rglob("test_*.py"):
        names = [node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
        assert not [name for name, count in Counter(names).items() if count > 1], name_of(path)


# --- Files -----------------------------------------------------------------------------------------------

# Put together, so that this file does not name them either.
MACHINE_PATHS = ["/" + "work/", "/" + "root/", "/" + "home/", "C:" + "\\"]
PACKAGE_HOSTS = [
    "pypi" + ".org",
    "python" + "hosted",
    "npm" + "js.",
    "js" + "delivr",
    "unpkg" + ".com",
    "cdn" + "js",
    "google" + "apis",
]


def test_no_file_names_the_machine_it_was_written_on():
    found = [
        f"{name_of(path)}: {word}"
        for path in files()
        if path.suffix not in {".png", ".ico"}
        for word in MACHINE_PATHS
        if re.search(rf"(?<![\w.<>$}}/-]){re.escape(word)}", path.read_text(errors="replace"))
    ]

    assert found == []


def test_no_file_names_a_host_of_packages():
    found = [
        f"{name_of(path)}: {word}"
        for path in files()
        if path.suffix not in {".png", ".ico"}
        for word in PACKAGE_HOSTS
        if word in path.read_text(errors="replace")
    ]

    assert found == []


def test_no_file_is_huge_or_odd():
    for path in files():
        most = 1_500_000 if path.name == "emergency_weights.json" else 1_000_000
        assert path.stat().st_size < most, name_of(path)
        assert re.fullmatch(r"[A-Za-z0-9._/-]+", name_of(path)), name_of(path)


def test_each_python_file_says_what_it_is_for():
    silent = [
        name_of(path)
        for path in files()
        if path.suffix == ".py" and "migrations" not in path.parts and path.stem not in {"__init__", "urls", "apps"}
        if not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []
