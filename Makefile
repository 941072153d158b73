# Everything a fresh machine needs is made by these targets; `make demo` and `make test` are the
# two that a newcomer types.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Setuptools warns of every editable install; nothing in it is for the person who types `make`.
INSTALL := PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet

# Environments of packages that do not get on with ours: MediaPipe brings its own OpenCV, the last
# tflite-runtime needs Python 3.11 or older, NumPy 1 and with it OpenCV 4.
OLD_PYTHON ?= $(shell for p in python3.11 python3.10; do $$p -c '' 2>/dev/null && echo $$p && break; done)

# What waits or computes, at most four at a time, for TensorFlow takes a GiB in each; and what times
# something, by itself. $(1): the Python, $(2): the folders.
run-together = $(1) -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal -m "not alone" $(2)
run-alone = $(1) -m pytest -m alone $(2)

.PHONY: help demo test check lint format bench ratios peers-bench soak soak-short soak-selftest peers test-oldest test-oldest-together test-oldest-alone arm-check clean
help:
	@echo "make demo   render a clip, find the trucks in it with the shipped model, leave demo/"
	@echo "make test   run the tests"
	@echo "make check  make lint and make test"
	@echo "make lint   format, lint, types, import layers"
	@echo "make peers  bring MediaPipe and tflite-runtime, each in its own environment, for the tests"
	@echo "make arm-check   run the wheel in an emulated arm64 Debian (needs root, about ten minutes)"
	@echo "make bench  measure the shipped bundle on this machine: a table, and build/bench/bench.html"
	@echo "make ratios time the runtime against the plainest loop, and the other promises about speed"
	@echo "make peers-bench   hold it against MediaPipe, tflite-runtime, ONNX Runtime, OpenCV and Keras"
	@echo "make soak   an hour of failing cameras; make soak-short takes two minutes"

demo: $(VENV)/.demo
	$(BIN)/trucksight demo --out demo --overwrite

test: $(VENV)/.dev
	$(call run-together,$(BIN)/python,tests)
	$(call run-alone,$(BIN)/python,tests)

check: lint test

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	mkdir -p build/ns && ln -sfn ../.. build/ns/trucksight
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev
	$(BIN)/trucksight bench default --json build/bench/bench.json \
		--markdown build/bench/bench.md --html build/bench/bench.html

# Ratios against baselines in the same run: what this project promises about its own speed.
ratios: $(VENV)/.dev
	$(BIN)/python -m pytest benchmarks --benchmark-only --ignore benchmarks/test_suite.py

# On a machine that does nothing else. What `make peers` cannot bring here is listed as absent.
peers-bench: $(VENV)/.dev
	-$(MAKE) peers
	mkdir -p build
	$(BIN)/python -m trucksight.benchmarks.peers --json build/peers.json --markdown build/peers.md

soak: $(VENV)/.dev
	mkdir -p build
	$(BIN)/python -m trucksight.benchmarks.soak --json build/soak.json --plot build/soak.png

soak-short: $(VENV)/.dev
	$(BIN)/python -m trucksight.benchmarks.soak --minutes 2

# A leak of 1 KiB a frame, planted on purpose, has to be found.
soak-selftest: $(VENV)/.dev
	$(BIN)/python -m trucksight.benchmarks.soak --minutes 1 --only fast --plant-leak 1024; test $$? = 1

peers: .peers/mediapipe/.done .peers/tflite-runtime/.done

arm-check:
	PYTHON=$(PYTHON) scripts/arm_check.sh

# The runtime's tests where everything is as old as it may be.
test-oldest: test-oldest-together test-oldest-alone

test-oldest-together: .peers/tflite-runtime/.done
	$(call run-together,.peers/tflite-runtime/bin/python,tests/runtime)

test-oldest-alone: .peers/tflite-runtime/.done
	$(call run-alone,.peers/tflite-runtime/bin/python,tests/runtime)

clean:
	rm -rf $(VENV) .peers build demo

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

.peers/mediapipe/.done:
	$(PYTHON) -m venv .peers/mediapipe
	.peers/mediapipe/bin/python -m pip install --quiet 'mediapipe>=0.10'
	touch $@

.peers/tflite-runtime/.done: pyproject.toml
	@test -n '$(OLD_PYTHON)' || { echo "tflite-runtime needs Python 3.10 or 3.11"; exit 1; }
	$(OLD_PYTHON) -m venv .peers/tflite-runtime
	.peers/tflite-runtime/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	PYTHONWARNINGS=ignore .peers/tflite-runtime/bin/python -m pip install --quiet \
		--editable '.[tflite-runtime]' pytest pytest-benchmark pytest-xdist jsonschema
	touch $@
