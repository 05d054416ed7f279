# Every verb makes .venv first when it is missing or older than the lock. `make help` lists the verbs.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed
LOCK  := uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-header \
         --no-emit-index-url --no-emit-find-links pyproject.toml

# More words for a verb: make demo ARGS="--speed 120"   make test PYTEST="-k tariff -x"
ARGS ?=
PYTEST ?=

# Many tests wait for sockets, disks and other processes: three workers fill two cores.
WORKERS := -n 3

.PHONY: help install demo test coverage lint types format bench conformance docs lock clean

help: ## list the verbs (this text)
	@echo 'make VERB, where VERB is one of'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

install: $(STAMP) ## make .venv from the lock, with the package in it, editable

demo: $(STAMP) ## run a simulated site: charging server, API, dashboards (Ctrl-C stops all)
	@exec $(BIN)/python -c "$$FOREGROUND" $(BIN)/ampherd demo $(ARGS)

test: lint types ## everything that must be green: lint, types, tests (more words: PYTEST="-k plan")
	$(BIN)/python -m pytest $(WORKERS) --dist loadscope --no-loadscope-reorder $(PYTEST)

coverage: $(STAMP) ## the tests again, with the lines and branches that they reach: twice as slow
	$(BIN)/python -m pytest $(WORKERS) --dist loadscope --no-loadscope-reorder --cov --cov-report=term $(PYTEST)

lint: $(STAMP) ## ruff (rules and format) and the import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

types: $(STAMP) ## mypy --strict
	$(BIN)/mypy

format: $(STAMP) ## let ruff mend and format what it can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(STAMP) ## run one benchmark and keep its numbers: make bench NAME=plan
	@exec $(BIN)/python -m benchmarks $(NAME) $(ARGS)

conformance: $(STAMP) ## run the OCPP test procedures' cases and write their results into the docs
	AMPHERD_CONFORMANCE_RESULTS=docs/reference/conformance.json $(BIN)/python -m pytest $(WORKERS) --dist loadscope --no-loadscope-reorder tests/conformance $(PYTEST)
	$(BIN)/python -m docs.generate

docs: $(STAMP) ## write the generated reference pages again
	@if [ -f docs/generate.py ]; then exec $(BIN)/python -m docs.generate; \
	else echo 'nothing to generate yet: docs/generate.py does not exist' >&2; fi

lock: $(STAMP) ## resolve the newest versions into requirements/ (more words: ARGS="--upgrade")
	$(BIN)/$(LOCK) $(ARGS) --output-file requirements/runtime.txt
	$(BIN)/$(LOCK) $(ARGS) --group dev --constraint requirements/runtime.txt --output-file requirements/dev.txt

clean: ## remove .venv and every cache
	rm -rf $(VENV) .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A name on PATH proves nothing (pyenv leaves shims for versions that are not active here), so every candidate
# in every folder of PATH is run until one answers.
$(STAMP): requirements/dev.txt pyproject.toml
	@if ! $(BIN)/python -c "$$PROBE" 2>/dev/null; then \
	  found=; directories=$$PATH; \
	  if "$(PYTHON)" -c "$$PROBE" 2>/dev/null; then found="$(PYTHON)"; directories=; fi; \
	  for name in python3.13 python3.12 python3.14 python3 python; do \
	    IFS=:; for directory in $$directories; do \
	      if [ -z "$$found" ] && "$$directory/$$name" -c "$$PROBE" 2>/dev/null; then found=$$directory/$$name; fi; \
	    done; \
	  done; \
	  if [ -z "$$found" ]; then \
	    echo 'Ampherd needs Python 3.12 or newer with venv and pip (on Debian: python3-venv), and found none on PATH.' >&2; \
	    echo 'If it is installed somewhere else: make install PYTHON=/path/to/python3' >&2; \
	    exit 1; \
	  fi; \
	  echo "making $(VENV) with $$("$$found" --version)"; \
	  "$$found" -m venv --clear $(VENV) || exit 1; \
	fi
	@echo 'installing the locked packages (a minute or two the first time)'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

define PROBE
import ensurepip, sys, venv
sys.exit(sys.version_info < (3, 12))
endef
export PROBE

# make itself dies of a Ctrl-C, whatever its child answers. At a terminal the program therefore gets the terminal
# for itself: it alone hears Ctrl-C, and make passes on its exit code. Everywhere else it simply takes this process over.
define FOREGROUND
import os, signal, subprocess, sys
command = sys.argv[1:]
if not (os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp()):
    os.execv(command[0], command)
signal.signal(signal.SIGTSTP, signal.SIG_IGN)
program = subprocess.Popen(command, process_group=0)
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda received, frame: program.send_signal(received))
os.tcsetpgrp(0, program.pid)
code = program.wait()
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
os.tcsetpgrp(0, os.getpgrp())
sys.exit(code)
endef
export FOREGROUND
