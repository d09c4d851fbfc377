# relief-ledger: everything that people do with this checkout. `make` alone lists it.
#
# Two commands do everything on a fresh machine with Python 3.11 or later and make: `make demo` and
# `make test`. Both begin with `install`, which does nothing when nothing changed.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The first Python that is new enough; `make PYTHON=...` chooses another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
LOCKED := --quiet --require-hashes --no-deps --no-build-isolation
LOCKS := requirements/runtime.txt requirements/dev.txt requirements/oracle.txt

# Root of a machine with apt-get may add Debian's packages; others are told what is missing.
MAY_APT := [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null
APT := DEBIAN_FRONTEND=noninteractive apt-get -qq
APT_INSTALL = $(APT) update </dev/null && $(APT) install -y --no-install-recommends </dev/null >/dev/null

# ---- environment ---------------------------------------------------------------------------------

.PHONY: install
install: $(VENV)/.locked $(VENV)/.editable ## make .venv from the lock files, with this checkout in it

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "No Python 3.11 or later was found. Install one, or say which: make PYTHON=/path/to/python3"; \
		exit 1; \
	fi
	@if ! "$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null; then \
		if $(MAY_APT); then \
			echo "Installing Debian's python3-venv"; \
			$(APT_INSTALL) python3-venv; \
		else \
			echo "$(PYTHON) cannot make environments. On Debian: apt-get install python3-venv"; \
			exit 1; \
		fi; \
	fi
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@"$(PYTHON)" -m venv --clear $(VENV)

# Files with hashes and no addresses: pip takes nothing that is not listed. Tools that build the
# rest come first, because nothing here is built in an environment of its own.
$(VENV)/.locked: $(LOCKS) | $(BIN)/python
	@echo "Installing what requirements/*.txt lists (a minute or two)"
	@$(PIP) install $(LOCKED) -r requirements/runtime.txt -r requirements/dev.txt
	@$(PIP) install $(LOCKED) -r requirements/oracle.txt
	@touch $@

$(VENV)/.editable: pyproject.toml $(VENV)/.locked
	@$(PIP) install --quiet --no-deps --no-build-isolation --no-index --editable .
	@touch $@

.PHONY: debian
debian: # what the tests want from Debian: a PostgreSQL server
	@if command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then \
		:; \
	elif $(MAY_APT); then \
		echo "Installing Debian's postgresql for the tests of projections"; \
		{ $(APT_INSTALL) postgresql; } || \
			echo "SKIPPED: postgresql could not be installed; tests that need it will skip and say so"; \
	else \
		echo "SKIPPED: postgresql is not installed, and installing it needs root and apt-get;" \
			"tests that need it will skip and say so"; \
	fi

# Packages from npm: engines of another language that check ours, and what builds and types api/web.
# Hashes in the lock file, no addresses. Nothing of it is needed to run a node.
node_modules/.package-lock.json: package-lock.json
	@if command -v npm >/dev/null && npm ci --silent --no-audit --no-fund; then \
		touch $@; \
	else \
		echo "SKIPPED: npm could not install the packages of package.json;" \
			"tests that need them will skip and say so"; \
	fi

.PHONY: node
node: node_modules/.package-lock.json # what the tests want from npm

.PHONY: chromium
chromium: # what the tests want from Debian: a browser, and fonts with Chinese characters
	@if command -v chromium >/dev/null && fc-list :lang=zh 2>/dev/null | grep -q .; then \
		:; \
	elif $(MAY_APT); then \
		echo "Installing Debian's chromium and fonts-noto-cjk for the tests in a browser"; \
		{ $(APT_INSTALL) chromium fontconfig fonts-noto-cjk; } || \
			echo "SKIPPED: chromium could not be installed; tests that need it will skip and say so"; \
	else \
		echo "SKIPPED: chromium is not installed, and installing it needs root and apt-get;" \
			"tests that need it will skip and say so"; \
	fi

# ---- everyday ------------------------------------------------------------------------------------

.PHONY: format
format: install ## lay out the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix --quiet .

.PHONY: lint
lint: install ## ruff: layout and rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

.PHONY: types
types: install ## mypy, strict
	$(BIN)/mypy

.PHONY: layers
layers: install ## imports only look down
	$(BIN)/lint-imports

.PHONY: house
house: install ## the rules of the house, the docs and the packaging
	$(BIN)/pytest -q tests/test_house.py tests/test_docs.py tests/test_packaging.py

.PHONY: test
test: install debian node chromium ## all tests, with what they need from Debian and npm where it may be installed
	$(BIN)/pytest
	$(BIN)/pytest tests/e2e

.PHONY: e2e
e2e: install chromium ## the tests in a real browser alone
	$(BIN)/pytest tests/e2e

.PHONY: web
web: install node ## build api/static from api/web again, and check its types
	$(BIN)/python -c 'import json; from api.words import KINDS; print(json.dumps( \
		{kind: list(words) for kind, words in sorted(KINDS.items())}, ensure_ascii=False, indent=1))' \
		> api/web/kinds.json
	npm run --silent types
	npm run --silent build

.PHONY: parity
parity: install ## Python and browser on altered receipts (COUNT=10000)
	RELIEF_PARITY=$(or $(COUNT),10000) $(BIN)/pytest -q -s tests/api/web/test_parity.py

.PHONY: check
check: lint types layers house ## before handing over: everything but the long tests

# ---- runs ----------------------------------------------------------------------------------------

.PHONY: demo
demo: install ## one node with an invented county's relief, its page open
	$(BIN)/relief demo

.PHONY: bench
bench: install ## figures, with the hardware named
	$(BIN)/python -m tools.bench

.PHONY: wheel
wheel: install ## build, install into a clean environment, run
	rm -rf build dist
	$(BIN)/python -m build --no-isolation --wheel
	$(BIN)/pytest -q tests/test_packaging.py
	"$(PYTHON)" -m venv build/clean
	build/clean/bin/python -m pip --disable-pip-version-check install $(LOCKED) -r requirements/runtime.txt
	build/clean/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --no-index dist/*.whl
	build/clean/bin/relief --help

.PHONY: lock
lock: install ## refresh the lock files (make lock UPGRADE=--upgrade takes newer versions)
	for pair in runtime.txt:pyproject.toml dev.txt:requirements/dev.in; do \
		extra=; [ "$${pair%%:*}" = runtime.txt ] && extra="--extra postgres"; \
		CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes \
			--strip-extras --allow-unsafe --no-emit-index-url --no-emit-trusted-host \
			--no-emit-find-links --no-emit-options $$extra $(UPGRADE) \
			--output-file "requirements/$${pair%%:*}" "$${pair##*:}"; \
	done

.PHONY: clean
clean: ## remove .venv, builds and caches (no data)
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

.PHONY: help
help: ## this list
	@grep -hE '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## (.*)/  make \1\t\2/' | expand -t 18
