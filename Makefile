# Everything a newcomer needs. `make demo` and `make test` set up what they need themselves.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.PHONY: setup demo test slow lint types contracts truth reading torture bench lock clean

setup: .venv/.ready

.venv/.ready: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the locked dependencies into .venv (the first time takes a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup            ## sandbox, first audit, dashboard; ARGS=--once stops after the summary
	@$(BIN)/auditor demo $(ARGS)

test: setup
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not slow" $(ARGS)

lint: setup
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup
	@$(BIN)/mypy

slow: setup            ## what takes too long for each change: all cases of all checks, every failure, large files
	@AUDITOR_THOROUGH=5 $(BIN)/python -m pytest -n 2 -m "slow or law" $(ARGS)

contracts: setup       ## against the official schemas; fails when the contracts folder is absent
	@AUDITOR_REQUIRE_CONTRACTS=1 $(BIN)/python -m pytest -m contract $(ARGS)

truth: setup           ## planted faults and look-alikes, several seeds: found, missed, false
	@$(BIN)/python -m tests.truth $(ARGS)

reading: setup         ## every channel through every calamity: rows missing, doubled, calls over the limit
	@$(BIN)/python -m tests.reading $(ARGS)

torture: setup         ## SIGKILL at random moments of an audit; prints how many ended alike
	@$(BIN)/python -m tests.torture $(ARGS)

bench: setup           ## ratios against DuckDB's floor and pandas; ARGS="--orders 1000000"
	@$(BIN)/python -m tests.benchmarks $(ARGS)

lock:                  ## renew requirements.lock from pyproject.toml; needs uv
	@uv pip compile pyproject.toml --group dev --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --universal --python-version 3.11 --custom-compile-command "make lock" -q -o requirements.lock

clean:
	rm -rf .venv var build dist .pytest_cache .mypy_cache .ruff_cache
