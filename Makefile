# Every target sets up .venv from nothing but Python and make.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check fix accuracy bench fleet torture lock clean

PYTHON ?= python3
BIN := .venv/bin
# the environment is made again when the lock or this project's metadata changes
STAMP := .venv/.installed

help: ## List these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(STAMP) ## Make .venv with the locked packages

$(STAMP): requirements.lock pyproject.toml setup.py
	@$(PYTHON) -c 'import sys; sys.exit("Leadpath needs Python 3.11 or newer; this is %s. Try: make PYTHON=python3.11" % sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## Sync five sandboxed vendors, publish, and say what to look at
	$(BIN)/leadpath demo

test: check ## Lint, types and all tests; ARGS="-k snapcall" narrows the tests
	$(BIN)/pytest -n 2 --dist worksteal $(ARGS)

check: setup ## Lint and types alone
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint sql
	$(BIN)/mypy

fix: setup ## Reformat Python and SQL in place
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/sqlfluff fix sql

accuracy: setup ## Hold the links of ten worlds against their truth: precision and recall
	$(BIN)/python -m benchmarks.accuracy $(ARGS)

bench: setup ## Measure all that is claimed of speed, into benchmarks/RESULTS.md; ARGS=--short takes minutes
	$(BIN)/python -m benchmarks.bench $(ARGS)

fleet: setup ## Play two hosts with 30 tenants over one Postgres, one of which dies; takes a quarter of an hour
	FLEET_TENANTS=$(or $(TENANTS),30) $(BIN)/pytest tests/pipelines/test_hosts.py

torture: setup ## Kill commands, move lists, read beside publications, at length: N=10000 SEED=1 PARTS=kills
	$(BIN)/python -m tests.torture --number $(or $(N),100) --seed $(or $(SEED),1) $(if $(PARTS),--parts $(PARTS))

lock: setup ## Resolve the dependencies again; the lock names no index host
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.8
	$(BIN)/uv pip compile --upgrade --python-version 3.11 --extra dev --generate-hashes \
		--no-emit-index-url --no-header pyproject.toml -o requirements.lock

clean: ## Remove .venv and caches; never touches data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
