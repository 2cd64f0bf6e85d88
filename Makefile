# Commands for users and contributors. `make run` and `make test` only need Python 3.11 or later, git and make.

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help run build site check test test-all wheel bench storm export notebooks lock clean

help:
	@echo "make run        set up, serve MOVIES_SOURCE (default: the embedded table) on port $(PORT), build the report in the background"
	@echo "make build      set up, make a build with its report"
	@echo "make site       render the pages of the build again, with Quarto if it is on the path"
	@echo "make check      style, types, declared dependencies, workflows, notebooks in sync with their modules (20 seconds)"
	@echo "make test       set up, run the tests that need no browser, server process, cluster or second environment (6 minutes)"
	@echo "make test-all   set up, run all tests; those on the full table need MOVIES_REAL_DATA (20 minutes)"
	@echo "make wheel      build the wheel in dist, install it in an empty environment and query its API"
	@echo "make bench      measure performance against a coursework implementation and lower limits (needs wrk; BENCH=\"--only etl\" for one part)"
	@echo "make storm      run the robustness tests: hostile sources, kills, damaged files, load (STORM=\"--only strangers\" for one part)"
	@echo "make export     clean the notebooks and export the modules; run it after editing a notebook"
	@echo "make notebooks  run all notebooks on the embedded table and keep their outputs"
	@echo "make lock       pin the dependencies again; run it after editing them (needs uv; UPGRADE=--upgrade for newer versions)"
	@echo "make clean      remove everything that can be rebuilt"

# Two sets of packages: what running and the report need, and what tests and editing need besides.
.venv/installed: requirements-report.lock requirements-build.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "moviesmlops needs Python 3.11 or later, this is %d.%d; choose another one with: make PYTHON=python3.12" % sys.version_info[:2])'
	@echo "setting up .venv …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install -q --no-deps --require-hashes -r requirements-report.lock -r requirements-build.lock
	@$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

.venv/installed-dev: .venv/installed requirements.lock
	@echo "adding the packages for tests and editing …"
	@$(BIN)/pip install -q --no-deps --require-hashes -r requirements.lock
	@touch $@

build: .venv/installed
	$(BIN)/moviesmlops build

site: .venv/installed
	$(BIN)/moviesmlops report --site-only

run: .venv/installed
	$(BIN)/moviesmlops run --port $(PORT)

check: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/deptry .
	$(BIN)/zizmor -q --offline --pedantic .
	$(BIN)/pytest tests/unit/test_notebooks.py

# The report runs all notebooks except these two, which make builds and reports. All tests of a file run in the same worker,
# so that its fixtures are created once.
TEST := $(BIN)/nbdev_test --file_re "^3[45]_" && $(BIN)/pytest -n auto --dist loadfile --durations=10

test: .venv/installed-dev
	$(TEST) -m "not browser and not real" tests/unit tests/api tests/site

test-all: .venv/installed-dev
	$(TEST)

wheel: .venv/installed
	$(BIN)/moviesmlops build --source sample --no-report --out dist/build
	PYTHON=$(BIN)/python tests/packaging/wheel.sh dist/build dist

bench: .venv/installed-dev
	$(BIN)/python bench/run.py $(BENCH)

storm: .venv/installed-dev
	$(BIN)/python bench/storm.py $(STORM)

export: .venv/installed-dev
	$(BIN)/nbdev_clean
	$(BIN)/nbdev_export

notebooks: .venv/installed-dev
	$(BIN)/moviesmlops build --source table --out dist/notebooks
	$(BIN)/python -c 'from moviesmlops.report import copy_outputs_to_notebooks; copy_outputs_to_notebooks("dist/notebooks")'
	cd nbs && ../$(BIN)/jupyter nbconvert --log-level WARN --to notebook --execute --inplace --ExecutePreprocessor.kernel_name=python3 34_pipeline.ipynb 35_report.ipynb
	$(MAKE) export

PIN := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -q $(UPGRADE)
lock:
	$(PIN) pyproject.toml --extra dev -o requirements.lock
	$(PIN) pyproject.toml -c requirements.lock -o requirements-core.lock
	$(PIN) pyproject.toml -c requirements.lock --extra report -o requirements-report.lock
	echo setuptools | $(PIN) - -c requirements.lock -o requirements-build.lock

clean:
	rm -rf .venv build .build-* dist report _site .quarto theme/vega.js *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
