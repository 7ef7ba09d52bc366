# What can be done here. Every target prepares .venv first, once.

PYTHON ?= python3.11
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help check test docs oracle lint reports accept bench nightly clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1|/' | while IFS='|' read -r name text; \
	do printf '  make %-9s %s\n' "$$name" "$$text"; done

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

check: .venv/ready ## analyze the PDP-10 KA10 and the Pentium
	$(BIN)/vmmcheck check pdp10-ka10 x86-pentium

test: .venv/ready ## run all tests; ruff and mypy are among them
	$(BIN)/pytest

docs: .venv/ready ## build the documentation as a site: build/site/index.html
	$(BIN)/mkdocs build --strict --quiet

oracle: .venv/ready ## compare every instruction form with emulators; the PDP-10 needs Debian's simh
	$(BIN)/python -m tests.oracle --witnesses

lint: .venv/ready ## ruff, mypy, and the shipped machines' specifications
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/vmmcheck lint $$($(BIN)/vmmcheck list --names)

reports: .venv/ready ## regenerate reports/ and the schema of the JSON output
	$(BIN)/pytest --nightly --accept tests/report

accept: .venv/ready ## take what the analyzer says now as expected, in every test that compares with a file
	$(BIN)/pytest --accept

bench: .venv/ready ## measure time and memory against the targets
	$(BIN)/python benchmarks/bench.py
	$(BIN)/python benchmarks/simulate.py

nightly: .venv/ready ## all tests, those that take minutes among them, with many more random cases
	VMMCHECK_STATES=2000 $(BIN)/pytest --nightly --hypothesis-profile=nightly

clean: ## remove everything that is generated and not committed
	rm -rf .venv build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
