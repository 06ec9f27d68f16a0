# Everything a person or a build machine does here. `make help` lists the targets.
# The machine needs python3 >= 3.11 and make; everything else is installed into .venv from the lock files.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
ARGS ?=
PYTHON ?=
WORKERS ?= 2
UV ?= uv
LOCK := $(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--extra companions --no-emit-index-url --no-annotate --no-header --quiet

.DEFAULT_GOAL := help
.PHONY: help run setup setup-dev test test-fast test-recipes check lint format types layers bench lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup ## Start the server: every region on one port; ARGS="--port 8001 --in-memory" passes options
	@exec $(BIN)/globaltables up $(ARGS)

setup: $(VENV)/.installed-run ## Create .venv with what the server needs

setup-dev: $(VENV)/.installed-dev ## Add what the tests and checks need

test: setup-dev ## Run every test; ARGS="tests/unit -k query" chooses
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

test-fast: setup-dev ## Run the tests that take less than ten seconds each and need no Node.js
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not slow and not needs_node" $(ARGS)

test-recipes: setup-dev ## Deploy, use and destroy every recipe; fetches CDK
	GLOBALTABLES_RECIPES=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile tests/recipes tests/scenarios/test_terraform.py $(ARGS)

check: lint types layers test ## Run every check, then every test: what has to pass before a push

lint: setup-dev ## Check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: setup-dev ## Format the code and apply the safe corrections
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

types: setup-dev ## Check the types
	$(BIN)/mypy

layers: setup-dev ## Check that packages import only downwards
	$(BIN)/lint-imports

bench: setup-dev ## Measure, beside other servers where they are installed, and keep the history
	$(BIN)/python -m benchmarks $(ARGS)

lock: ## Write the lock files anew from pyproject.toml (needs uv)
	$(LOCK) --upgrade --group build --output-file requirements/run.lock
	$(LOCK) --upgrade --group dev --constraints requirements/run.lock --output-file requirements/dev.lock

clean: ## Remove .venv and caches; data is left alone
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/.installed-run: requirements/run.lock pyproject.toml
	@PYTHON="$(PYTHON)" sh requirements/create-venv.sh $(VENV)
	@echo "installing what the server needs into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements/run.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements/dev.lock $(VENV)/.installed-run
	@echo "installing what the tests and checks need into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@
