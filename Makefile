# Three commands do everything on a fresh machine: make demo, make test, make docs.
PYTHON ?= python3
VENV   := .venv
READY  := $(VENV)/.ready
BIN    := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo test check bench docs lock clean

help:  ## what there is to make
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

setup: $(READY)  ## the virtual environment, from the pinned lock

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Upwell needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing from requirements.lock (once; some minutes)"
	@$(BIN)/pip install --quiet --requirement requirements.lock
	@$(BIN)/pip install --quiet --no-deps --editable .
	@touch $(READY)

demo: $(READY)  ## train the demo ladder, write out/demo/report.html
	@$(BIN)/upwell demo

test: check  ## lint, types and tests
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadgroup

check: $(READY)  ## lint and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --no-error-summary

bench: $(READY)  ## measure against peers; takes long
	@$(BIN)/python -m benchmarks

docs: $(VENV)/.docs  ## build the documentation into out/docs; fails on a broken link
	@$(BIN)/python docs/generate.py
	@$(BIN)/mkdocs build --quiet

$(VENV)/.docs: $(READY) requirements-docs.lock
	@$(BIN)/pip install --quiet --requirement requirements-docs.lock
	@touch $@

lock: $(READY)  ## pin what is installed now
	@{ sed -n '/^#/p' requirements.lock; $(BIN)/pip freeze --exclude-editable --exclude upwell | sed 's/+cpu$$//; s/ @ .*torch-\([0-9.]*\).*/==\1/'; } > requirements.lock.new
	@mv requirements.lock.new requirements.lock

clean:  ## remove the environment and what was made
	rm -rf $(VENV) out .mypy_cache .ruff_cache .pytest_cache
