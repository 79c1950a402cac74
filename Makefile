PYTHON ?= python3.11
BIN := .venv/bin
KERNELS := $(addprefix tests/test_,$(addsuffix .py,kernels ctw order_k mixer lempel_ziv entropy trees coding_theorem structure template ans weight_codec_kernels prequential models_ngrams factored temporal reference_machine life_kernels elementary one_dimensional causal_kernels automata_gases sandpile randomness_kernels machines_kernels))

# What they ask of statistics and of other libraries asks nothing more of the kernels.
BESIDE := real_images or known_entropy or natively or best_of_all_trees or newick or brute_force or kraft_of or digits_by or portable_network or mitochondrial or long_copy or compiled_agents or page or documents or fresh_process or as_plain_python or to_itself or better_than or learn_more or rate_of_averages

# Real data sets, where a folder beside the checkout has them; tests and figures do without.
ifneq ($(wildcard ../shared/data),)
export COMPLEXODYNAMICS_DATA ?= $(abspath ../shared/data)
endif

# What one process has compiled to bytecode serves all that tests start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint kernels bench docs figures clean

.venv/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[agents,compressors,tables]'
	touch $@

.venv/.dev: .venv/.ready
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group dev
	touch $@

demo: .venv/.ready
	$(BIN)/cxd measure README.md
	$(BIN)/cxd coffee --model stirred --out runs/stirred
	$(BIN)/cxd coffee --published three-bucket --out runs/coffee

# One process a core, one thread each: small networks and kernels are fastest so.
test: .venv/.dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal

# The kernels once more with bounds checks, and once as plain Python.
kernels: .venv/.dev
	NUMBA_BOUNDSCHECK=1 NUMBA_CACHE_DIR=.venv/numba-bounds $(BIN)/python -m pytest -q -n auto --dist worksteal -k "not ($(BESIDE))" $(KERNELS)
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -q tests/test_kernels.py

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright

bench: .venv/.dev
	$(BIN)/python -m benchmarks.coffee --readme README.md
	for each in ctw mixer lempel_ziv entropy bdm template distances randomness histogram universal_codes networks agents aiq automata automata_1d hashlife; do $(BIN)/python -m benchmarks.$$each || exit 1; done

figures: .venv/.dev
	$(BIN)/python -m examples.coffee_story
	$(BIN)/python -m examples.structure
	$(BIN)/python -m examples.randomness_null
	$(BIN)/python -m examples.regret
	$(BIN)/python -m examples.consistency
	$(BIN)/python -m examples.hinton_van_camp
	$(BIN)/python -m examples.prequential_digits
	$(BIN)/python -m examples.epiplexity
	$(BIN)/python -m examples.describe_networks
	$(BIN)/python -m examples.papers
	$(BIN)/python -m examples.temporal_differences
	$(BIN)/python -m examples.learning_curves
	$(BIN)/python -m examples.aiq_table
	$(BIN)/python -m examples.automata_gallery
	$(BIN)/python -m examples.complexity_plane
	$(BIN)/python -m examples.benchmark_tables
	$(BIN)/python -m examples.two_curves
	test -z "$$COMPLEXODYNAMICS_DATA" || $(BIN)/python -m examples.mammals
	test -z "$$COMPLEXODYNAMICS_DATA" || $(BIN)/python -m examples.languages

clean:
	rm -rf .venv runs .pytest_cache .hypothesis .ruff_cache
