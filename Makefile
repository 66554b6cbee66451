# The only doors a newcomer needs. Python 3.11 or newer and make suffice; PYTHON= names another interpreter.
#
#   make run     serve the site on http://localhost:8000/ (PORT=, HOST=)
#   make test    every test (ARGS="-k votes" goes to pytest)
#   make lint    all that can be said without running the site
#   make format  let the formatters have their way
#   make bench   measure the main paths (SIZE=1000000 questions)
#   make drill   the long drills: crash, storm, worlds
#   make lock    compile the locks from pyproject.toml (ARGS=--upgrade for newer packages)

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: run test lint format bench drill lock clean
.DELETE_ON_ERROR:

# `exec`: signals that reach make's child reach the site.
run: .venv/.run
	@exec $(BIN)/python -m qa_forum.serve

test: .venv/.dev
	$(BIN)/pytest -n auto $(ARGS)

# The deployment check sees a site as in production; it asks no database, and the one named here does not exist.
lint: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --quiet --lint templates
	@echo "manage.py check --deploy"
	@DATABASE_URL=postgres://nobody@127.0.0.1:1/none ALLOWED_HOSTS=forum.example SITE_URL=https://forum.example \
	SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
	$(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run

format: .venv/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/.dev
	$(BIN)/python -m bench $(if $(SIZE),--size $(SIZE))

# On a server of its own: the drills kill it.
drill: .venv/.dev
	VAR_DIR=$(CURDIR)/var/drill $(BIN)/pytest -m drill -n 0 -s $(ARGS)

# Hashes, and no host: whoever installs takes the packages from wherever their own pip is told to.
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11
lock: .venv/.dev
	$(LOCK) $(ARGS) pyproject.toml --output-file requirements.txt
	$(LOCK) $(ARGS) pyproject.toml --extra meaning --constraint requirements.txt --output-file requirements-meaning.txt
	$(LOCK) $(ARGS) pyproject.toml --extra meaning --group dev --constraint requirements-meaning.txt --output-file requirements-dev.txt
	@! grep -n '://' requirements.txt requirements-meaning.txt requirements-dev.txt

# What was installed and made by tools; never var/, which holds the data.
clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './var/*' -prune -exec rm -rf {} +

.venv/.run: requirements.txt
	@command -v $(PYTHON) >/dev/null || { echo "make: there is no $(PYTHON); install Python 3.11 or newer, or name one: make PYTHON=…"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit("make: this is Python %d.%d; 3.11 or newer is needed: make PYTHON=…" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(PIP) -r requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.run
	$(PIP) -r requirements-dev.txt
	@touch $@
