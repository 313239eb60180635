# `make serve` and `make test` are the two commands; both make their own environment.
.PHONY: serve test check types fast format bench pictures lock environment development browser proxy hledger
.DEFAULT_GOAL := serve

PY := .venv/bin/python
# Half as many again as there are processors: a test waits for its server, its browser or its program half the time.
WORKERS ?= $(shell expr \( $$(getconf _NPROCESSORS_ONLN) \* 3 + 1 \) / 2)
export PYTHON
# A hundred processes start in the tests: without kept bytecode each would compile every library anew.
unexport PYTHONDONTWRITEBYTECODE

serve: environment ## Serve the sample district on http://127.0.0.1:8000, or the next free port
	@.venv/bin/timebank serve --sample $(ARGS)

test: development browser proxy hledger ## All tests
	@$(PY) -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: development ## Format, lint, types, import contracts and the fast tests
	@$(PY) -m ruff format --check --quiet . || { echo "Run: make format"; exit 1; }
	@$(PY) -m ruff check --quiet .
	@$(MAKE) --no-print-directory -j 2 types fast

# Beside each other: one is a single process, the other waits for its workers to load.
types:
	@$(PY) -m mypy
	@.venv/bin/lint-imports --no-cache >.venv/contracts.txt || { cat .venv/contracts.txt; exit 1; }

fast:
	@$(PY) -m pytest -n auto --dist worksteal -m "not slow and not browser" $(ARGS)

format: development ## Put the code into its shape
	@$(PY) -m ruff check --fix --quiet . || true
	@$(PY) -m ruff format .

bench: development ## Figures of speed, in a table and in build/bench.json; ONLY=ledger for one part
	@$(PY) -m tests.benchmarks $(ONLY)

pictures: development browser ## Take the README's pictures anew
	@$(PY) -m pytest -q tests/sample/test_pictures.py
	@mkdir -p docs/pictures
	@for each in today month home; do cp build/screenshots/readme-$$each.png docs/pictures/$$each.png; done

lock: ## Pin the newest versions that requirements*.in allow (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv"; exit 1; }
	@for each in requirements requirements-dev; do \
		uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
			--no-header --upgrade --quiet $$each.in --output-file $$each.txt || exit 1; done

environment:
	@.ci/environment requirements.txt

development:
	@.ci/environment requirements-dev.txt

browser:
	@.ci/browser

proxy:
	@.ci/proxy

hledger:
	@.ci/hledger
