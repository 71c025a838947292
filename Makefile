# README.md says what each target is for.

PORT ?= 8000
BIND ?= 127.0.0.1:8000
WORKERS ?= 2
THREADS ?= 8
ENGINES ?= sqlite postgresql
PYTHONS = python3.13 python3.12 python3.14 python3 python

PYTHON = .venv/bin/python
PIP = $(PYTHON) -m pip install -qq --disable-pip-version-check --require-hashes --no-compile
GUNICORN = $(PYTHON) -m gunicorn config.wsgi --config python:config.server --threads $(THREADS)
TESTING = DJANGO_SETTINGS_MODULE=tests.settings TEST_ENGINE=sqlite

# The demo's settings are its own, whatever the shell has set.
DEMO = DEBUG=0 SECRET_KEY="$$(cat .secret-key)" DATABASE_URL=sqlite:///demo.sqlite3 MEDIA_ROOT=media \
	ALLOWED_HOSTS=localhost,127.0.0.1 SITE_URL=http://127.0.0.1:$(PORT) REQUIRE_SECOND_FACTOR= TRUSTED_PROXIES=0

.PHONY: env demo demo-passwords serve test test-browser bench lint words lock
.DELETE_ON_ERROR:
unexport PYTHONDONTWRITEBYTECODE  # set, each of many processes would compile all that it imports

env: .venv/.development

# The stamps in .venv make a second run instant, and a changed lock count.
.venv/.created:
	@for python in $(PYTHONS); do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then \
			echo "Creating .venv with $$($$python --version)"; \
			$$python -m venv --clear .venv && touch $@ && exit 0; \
			echo "$$python could not create it: on Debian and Ubuntu, install its -venv package." >&2; \
			exit 1; \
		fi; \
	done; \
	echo "Python 3.12 or newer is needed, and none of these is one: $(PYTHONS)" >&2; exit 1

.venv/.runtime: requirements.txt .venv/.created
	@echo "Installing requirements.txt into .venv"
	@$(PIP) -r requirements.txt
	@touch $@

.venv/.development: requirements-dev.txt .venv/.created
	@echo "Installing requirements-dev.txt into .venv"
	@$(PIP) -r requirements-dev.txt
	@touch $@ .venv/.runtime

.venv/.browser: requirements-browser.txt .venv/.development
	@echo "Installing requirements-browser.txt into .venv"
	@$(PIP) -r requirements-browser.txt
	@touch $@ .venv/.development .venv/.runtime

.secret-key: | .venv/.runtime
	@umask 077; $(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(48))' > $@

demo: .venv/.runtime .secret-key
	@$(PYTHON) -m config.port 127.0.0.1 $(PORT)
	@echo "Preparing the database demo.sqlite3"
	@$(DEMO) $(PYTHON) manage.py migrate --verbosity 0
	@$(DEMO) $(PYTHON) manage.py loadseeds
	@$(DEMO) $(PYTHON) manage.py demoaccounts
	@$(DEMO) $(PYTHON) manage.py demostory
	@$(DEMO) $(PYTHON) manage.py collectstatic --noinput --verbosity 0
	@echo
	@echo "Open http://127.0.0.1:$(PORT)/ (the desk is at http://127.0.0.1:$(PORT)/admin/). Ctrl-C stops it."
	@$(DEMO) exec $(GUNICORN) --bind 127.0.0.1:$(PORT) --workers 2 --log-level warning

demo-passwords: .venv/.runtime .secret-key
	@$(DEMO) $(PYTHON) manage.py demoaccounts --new-passwords --url ""  # no address: only who serves the demo knows its port

serve: .venv/.runtime
	@$(PYTHON) manage.py collectstatic --noinput --verbosity 0
	@exec $(GUNICORN) --bind $(BIND) --workers $(WORKERS) --access-logfile -

test: lint
	@$(PYTHON) -m tests.run

# npm brings the W3C's checker of markup, which is Java.
.venv/.checker: tests/browser/package-lock.json .venv/.created
	@command -v npm >/dev/null || { echo "npm is needed for the checker of markup (Debian: apt install npm)" >&2; exit 1; }
	@echo "Installing tests/browser/package-lock.json"
	@npm ci --prefix tests/browser --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

test-browser: .venv/.browser .venv/.checker
	@$(PYTHON) -m tests.browser.chromium
	@$(PYTHON) -m tests.run --shares $(if $(word 2,$(ENGINES)),1,2) --engines $(ENGINES) -- tests/browser

bench: env
	@$(PYTHON) -m bench $(SIZES)

lint: env
	@echo "ruff: style"
	@$(PYTHON) -m ruff check
	@$(PYTHON) -m ruff format --check
	@echo "mypy: types"
	@$(TESTING) $(PYTHON) -m mypy
	@echo "makemigrations: models and migrations agree"
	@$(TESTING) $(PYTHON) manage.py makemigrations --check --dry-run

# What is new is then to be translated in the .po file, and the target run again: the tests want all of it.
words: env
	@cd factcheck && $(TESTING) ../$(PYTHON) ../manage.py makemessages --locale uk --no-location --no-wrap --no-obsolete
	@cd factcheck && $(TESTING) ../$(PYTHON) ../manage.py compilemessages --locale uk

# On the oldest Python that pyproject.toml allows: what it needs beyond newer ones is then locked too.
lock: LOCK = CUSTOM_COMPILE_COMMAND="make lock" .venv/lock/bin/pip-compile --quiet --upgrade --generate-hashes \
	--strip-extras --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	--no-emit-options pyproject.toml
lock: .venv/.created
	@python3.12 -m venv --clear .venv/lock
	@.venv/lock/bin/python -m pip install -qq --disable-pip-version-check pip-tools
	@$(LOCK) --output-file requirements.txt
	@$(LOCK) --output-file requirements-dev.txt --extra dev --constraint requirements.txt
	@$(LOCK) --output-file requirements-browser.txt --extra browser --constraint requirements-dev.txt
	@rm -r .venv/lock
