# Tillsyn. `make run` and `make test` are all a newcomer needs; neither needs root or anything but Python and make.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
# Many processes start here; told to keep no bytecode, each would compile everything anew.
export PYTHONDONTWRITEBYTECODE :=
# universal: one lock for every Python from 3.11.0 on and every system.
LOCK := --quiet --generate-hashes --no-emit-index-url --universal --python-version 3.11

.PHONY: help run test e2e check crash figures failover mutants truth bench shots words lock install install-dev clean

help:  ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):[^#]*## /  make \1\t/' | expand -t 18

run: install  ## start everything with a demo merchant (DEMO=no: empty): http://localhost:8000/
	@exec $(BIN)/python manage.py up $(if $(filter no,$(DEMO)),,--demo) --port $(PORT)

test: install-dev  ## run the tests (real PostgreSQL, started by themselves)
	$(BIN)/pytest tests -n 4 --dist loadfile --no-loadscope-reorder

e2e: install-dev  ## run the browser tests (needs Chromium)
	$(BIN)/pytest tests -m browser

check: install-dev  ## format, lint, types, import contracts, migrations, templates
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/djlint templates --check --lint --quiet

# `make crash ARGS="--seeds 50"`: random cases; each names the seed that replays it (`--seed N`).
crash: install-dev  ## kill everything everywhere, and prove that no money went wrong
	$(BIN)/python -m tests.crash $(ARGS)

figures: install-dev  ## measure every figure of the guarantees (about 15 minutes)
	$(BIN)/python -m tests.figures

figure-%: install-dev  # one-key, last-unit, broker, unknown, postgres-killed, ledger-damage, faults
	$(BIN)/python -m tests.figures $*

failover: install-dev  ## 1,000 faults at the processor: nothing captured twice; writes var/failover.json
	TILLSYN_FAULTS=1000 TILLSYN_RESULT=var/failover.json $(BIN)/pytest tests/payments/routing/test_failover.py -k many_faults -s

# `make truth ARGS="--seeds 1 2 3 --payments 10000"`: each table says what was missed; `--dir` keeps the files.
truth: install-dev  ## reconcile 100,000 made-up payments whose truth is known, and judge; writes var/truth.json
	$(BIN)/python -m tests.truth $(ARGS)

mutants: install-dev  ## 2,000 hurt reports: refused or explained, never booked by half; writes var/mutants.json
	TILLSYN_MUTANTS=2000 TILLSYN_RESULT=var/mutants.json $(BIN)/pytest tests/payments/test_mutations.py -k hurt -s

bench: install-dev  ## measure against the physical limit and print ratios
	$(BIN)/python -m tests.bench

shots: install-dev  ## photograph every page into shots/
	$(BIN)/python -m tests.browser.preview

words: install  ## bring the catalogues of translations (locale/) up to date
	$(BIN)/python manage.py words

lock: install-dev  ## resolve requirements*.in into hash-locked requirements*.txt
	$(BIN)/python -m pip install --disable-pip-version-check --quiet uv
	$(BIN)/uv pip compile $(LOCK) requirements.in -o requirements.txt
	$(BIN)/uv pip compile $(LOCK) requirements.in requirements-dev.in -o requirements-dev.txt

install: $(BIN)/python
	@cmp -s requirements.txt .venv/requirements.txt || { \
	  echo "Installing the locked packages (once, about a minute) ..."; \
	  $(BIN)/python -m pip install --disable-pip-version-check --require-hashes --progress-bar on -r requirements.txt \
	  | { grep -v --line-buffered -E '^  |already satisfied' || true; }; \
	  cp requirements.txt .venv/requirements.txt; }

install-dev: install
	@cmp -s requirements-dev.txt .venv/requirements-dev.txt || { \
	  echo "Installing the tools for tests (once) ..."; \
	  $(BIN)/python -m pip install --disable-pip-version-check --require-hashes --progress-bar on -r requirements-dev.txt \
	  | { grep -v --line-buffered -E '^  |already satisfied' || true; }; \
	  cp requirements-dev.txt .venv/requirements-dev.txt; }

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Tillsyn needs Python 3.11 or newer. If you have one under another name: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
	  echo "Python cannot make a virtual environment. On Debian or Ubuntu: apt install python3-venv"; exit 1; }

clean:  ## remove what tests and tools left; never touches the data in var/pg
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis staticfiles shots var/test var/test-valkey
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
