# `make` prints the targets. A fresh clone needs Python 3.11 or newer and make, nothing else.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
# Two more than there are processors: many tests wait for servers.
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); echo $$(( n < 4 ? n + 2 : 6 )))
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench build packages clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.demo ## run a demo company with live numbers; Ctrl-C stops it (ARGS="--help" for options)
	@exec $(BIN)/kpi demo $(ARGS)

test: packages check ## everything CI runs: make check, then all tests with coverage (ARGS="-k name" for some)
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup $(if $(ARGS),$(ARGS),--cov --cov-report=term)

check: $(VENV)/.dev ## style, types and the layers between the packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## let ruff rewrite what `make check` would complain about
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev ## measure against other exporters and print the ratios (ARGS="--help" for options)
	$(BIN)/python -m benchmarks $(ARGS)

build: $(VENV)/.dev ## build the wheel into dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

packages: ## on Debian as root: install the programs that the tests meet; elsewhere: say which are missing
	@.ci/packages

clean: ## remove what the other targets have made
	rm -rf $(VENV) dist build .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "make: $(PYTHON) is older than Python 3.11; name a newer one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || .ci/packages venv
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: requirements.txt requirements-demo.txt pyproject.toml | $(BIN)/python
	@echo "Installing the exporter and its demo database into $(VENV)"
	@$(INSTALL) -r requirements-demo.txt
	@$(INSTALL) --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.demo
	@echo "Installing the tools for tests and checks into $(VENV)"
	@$(INSTALL) -r requirements-dev.txt
	@touch $@
