# Everything a fresh machine needs is made by these targets; `make demo` and `make test` are the
# two that a newcomer types.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Setuptools warns of every editable install; nothing in it is for the person who types `make`.
INSTALL := PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet

.PHONY: help demo test check format bench clean
help:
	@echo "make demo   render a clip, find the trucks in it with the shipped model, leave demo/"
	@echo "make test   run the tests"
	@echo "make check  format, lint, types, import layers, tests"
	@echo "make bench  time the runtime against the plainest loop"

demo: $(VENV)/.demo
	$(BIN)/trucksight demo --out demo --overwrite

test: $(VENV)/.dev
	$(BIN)/python -m pytest

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	mkdir -p build/ns && ln -sfn ../.. build/ns/trucksight
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev
	$(BIN)/python -m pytest benchmarks --benchmark-only

clean:
	rm -rf $(VENV) build demo

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' \
	|| { echo "trucksight needs Python 3.10 to 3.13; name one: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --upgrade 'pip>=25.1'

$(VENV)/.demo: pyproject.toml | $(VENV)/bin/python
	$(INSTALL) --editable '.[demo]'
	touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(INSTALL) --editable '.[all]' --group dev
	touch $@ $(VENV)/.demo
