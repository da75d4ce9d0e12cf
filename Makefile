# One target per habit. `make setup` is what the README's two commands, `make reproduce` and `make test`, share.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
STUDIES := $(sort $(wildcard analyses/*/study.yaml))
PRINTED := $(patsubst %/simulation.yaml,%,$(wildcard $(patsubst %/published.yaml,%/simulation.yaml,$(wildcard analyses/*/published.yaml))))
TWINS := $(filter-out __init__,$(basename $(notdir $(wildcard tests/oracle/twins/*.py))))
export UV_PYTHON_DOWNLOADS := never
# Empty: Python keeps what it compiled. Every process that compiles pandas and SciPy again loses three seconds.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup reproduce test test-system check format lock oracles oracles-report bench calibrate plausibility estimands reconstruct clean

help:  ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /	/'

setup: $(STAMP)  ## .venv with the locked packages and y90outcomes itself

$(STAMP): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

reproduce: setup  ## run every study under analyses/ and write reports/
	@for study in $(STUDIES); do $(BIN)/y90 run $$study || exit 1; done

test: setup  ## every test that needs nothing but the packages; nothing is skipped
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder  # the long files come first

test-system: setup  ## tests that need Debian packages: a browser, a PostgreSQL server
	$(BIN)/python -m pytest -n 2 tests/browser tests/postgres

check: setup  ## lint, format, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: setup  ## put the code in one format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup  ## resolve requirements.lock again for every supported Python
	$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --extra dev --extra db --no-header --no-annotate \
		--quiet pyproject.toml --output-file requirements.lock

oracles: setup  ## rewrite the reference values with R and the twins, and reports/oracles (needs Rscript, see tests/oracle)
	Rscript tests/oracle/r/all.R
	@for twin in $(TWINS); do $(BIN)/python -m tests.oracle.twins.$$twin || exit 1; done
	$(BIN)/python -m tests.oracle.report

oracles-report: setup  ## rewrite reports/oracles from the committed reference values; no R
	$(BIN)/python -m tests.oracle.report

calibrate: setup  ## draw 200,000 synthetic patients of each study with derived/calibration.json: printed beside achieved
	$(BIN)/python -m y90outcomes.simulate.calibrate $(patsubst %/derived/calibration.json,%,$(wildcard analyses/*/derived/calibration.json))

plausibility: setup  ## draw 200 cohorts of the paper's size of each synthetic study: percentiles of the printed numbers
	$(BIN)/python -m y90outcomes.cli.derived plausibility $(PRINTED)

estimands: setup  ## what each estimate of analyses/target estimates, on 2,000,000 synthetic patients
	$(BIN)/python -m y90outcomes.cli.derived estimands analyses/target

reconstruct: setup  ## event histories and whole numbers behind printed curves and percentages: what they allow
	$(BIN)/python -m y90outcomes.published.reconstruction.reconstruct $(patsubst %/reconstruction.yaml,%,$(sort $(wildcard analyses/*/reconstruction.yaml)))
	$(BIN)/python -m y90outcomes.published.denominator_table $(patsubst %/denominators.yaml,%,$(sort $(wildcard analyses/*/denominators.yaml)))

bench: setup  ## ratios of time, measured here
	$(BIN)/python -m pytest tests/benchmarks

clean:
	rm -rf .venv build dist
