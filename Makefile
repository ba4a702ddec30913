# make run      the till in practice mode; without a display the same sale as a narrated demo
# make test     every test          make check   the fast gate (format, lint, types, imports)
# make drills   the long tests, docs/drills.md
# make pictures docs/pictures       make benchmarks  speed, as ratios
# make lock     requirements.lock   make clean

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help:
	@sed -n 's/^# //p' Makefile

.PHONY: help run test check drills pictures benchmarks lock setup clean
.DEFAULT_GOAL := check

setup: $(READY)

$(READY): requirements.lock pyproject.toml tools/system_packages.py
	@$(PYTHON) tools/system_packages.py
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing Python packages (about a minute the first time)"
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

run: setup
	@$(BIN)/python tools/run.py

check: setup
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo | tail -n 2

test: setup
	@$(BIN)/python tools/peer_setup.py
	@$(BIN)/python -m pytest -q

drills: setup
	@$(BIN)/python tools/peer_setup.py
	@$(BIN)/python tools/drills.py

pictures: setup
	@$(BIN)/python -m tools.pictures

benchmarks: setup
	@$(BIN)/python tools/peer_setup.py
	@$(BIN)/python -m benchmarks

lock:
	@$(PYTHON) -m venv build/uv && build/uv/bin/pip install --quiet uv
	@build/uv/bin/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --quiet --output-file requirements.lock

clean:
	rm -rf .venv .peer .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
