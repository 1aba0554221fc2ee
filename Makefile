# Every target sets up what it needs by itself, inside .venv; `make help` lists them.
PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
WORKSPACE ?= workspace
REFRESH_FLAGS := $(if $(FORCE),--force-refresh) $(if $(SOURCE),--source "$(SOURCE)") $(if $(RESET),--reset-graph)
.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/.uv:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python %d.%d found, 3.11 or later wanted: make PYTHON=/path/to/python3.11" % sys.version_info[:2])'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

.venv/.runtime: .venv/.uv requirements.txt pyproject.toml
	@# Compiled here, or every process of an account that keeps no bytecode compiles all it imports: 2 s in Dagster alone.
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

.venv/.bytecode: .venv/.runtime $(shell find src -name '*.py')
	@# uv compiles no package that is edited in place. What changes later is never run from old bytecode: Python holds the
	@# time and size of its source against those that were noted in it.
	@$(BIN)/python -m compileall -q src
	@touch $@

.venv/.dev: .venv/.runtime requirements-dev.txt | .venv/.bytecode
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@touch $@

.PHONY: setup
setup: .venv/.dev ## Set up the development environment in .venv

.PHONY: refresh
refresh: .venv/.runtime .venv/.bytecode ## Run the whole weekly refresh (FORCE=1, SOURCE=url|path|sample, RESET=1)
	@$(BIN)/sbir-etl refresh --workspace "$(WORKSPACE)" $(REFRESH_FLAGS)

.PHONY: check
check: .venv/.dev ## Format check, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: format
format: .venv/.dev ## Format the code and sort its imports
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only --select I .

.PHONY: test
test: .venv/.dev ## Run the tests with coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=90
	@# The packages that decide are covered completely.
	$(BIN)/coverage report --fail-under=100 --include='src/asl_engine/language/*,src/asl_engine/history/*,src/asl_engine/interpreter/*'

.PHONY: test-neo4j
test-neo4j: .venv/.dev ## Run the graph's tests with a real Neo4j (needs Java 17 or 21, and Maven)
	SBIR_ETL_REQUIRE_NEO4J=1 $(BIN)/pytest tests/sbir_etl/graph tests/e2e/test_neo4j.py

.PHONY: dagster
dagster: .venv/.dev ## Show the refresh in Dagster, over the same workspace
	@mkdir -p "$(WORKSPACE)/dagster"
	@printf 'telemetry:\n  enabled: false\n' > "$(WORKSPACE)/dagster/dagster.yaml"
	place=$$(cd "$(WORKSPACE)" && pwd) && DAGSTER_HOME="$$place/dagster" SBIR_ETL_STORAGE="$$place/storage" \
	SBIR_ETL_SCRATCH="$$place/scratch" SBIR_ETL_PULL_REQUESTS="$$place" SBIR_ETL_LOCAL_SOURCES=1 \
	$(BIN)/dagster dev -m sbir_etl.definitions

.PHONY: neo4j
neo4j: .venv/.dev ## Run a Neo4j server on port 7687 (needs Java 17 or 21, and Maven)
	$(BIN)/python infrastructure/neo4j/server.py --port 7687

.PHONY: package
package: .venv/.runtime ## Build the one zip of all Lambda functions (arm64) into build/
	@$(BIN)/python infrastructure/cdk/package.py

REPOSITORY ?= owner/sbir-etl
.PHONY: synth
synth: .venv/.dev ## Write the CloudFormation templates to build/cdk.out (no network, no account)
	@CDK_OUTDIR=build/cdk.out CDK_CONTEXT_JSON='{"repository": "$(REPOSITORY)", "placeholder_code": true}' $(BIN)/python infrastructure/cdk/app.py

build/cdk-tools/.installed: infrastructure/cdk/package.json
	@mkdir -p build/cdk-tools && cp infrastructure/cdk/package.json build/cdk-tools/
	@npm install --prefix build/cdk-tools --no-package-lock --no-audit --no-fund --silent
	@touch $@

ACTIONLINT := github.com/rhysd/actionlint/cmd/actionlint@v1.7.7
.PHONY: cdk-tools
cdk-tools: build/cdk-tools/.installed ## Install the CDK's command line and the linters of definition and workflows (needs npm; Go for actionlint)
	@if command -v go >/dev/null; then GOBIN=$(CURDIR)/build/cdk-tools/bin go install $(ACTIONLINT); else echo "no Go here: without actionlint its test is skipped"; fi

.PHONY: rehearse
rehearse: .venv/.dev build/cdk-tools/.installed ## Deploy to a simulated account, run what was deployed, update, roll back, take down (needs npm; minutes)
	SBIR_ETL_REHEARSE_DEPLOY=1 $(BIN)/pytest tests/infrastructure/cdk/test_rehearsal.py

.PHONY: deploy
deploy: .venv/.dev package build/cdk-tools/.installed ## Deploy to the AWS account of your credentials (CONTEXT="-c stage=...")
	@cd infrastructure/cdk && ../../build/cdk-tools/node_modules/.bin/cdk deploy --all $(CONTEXT)

.PHONY: bench-data
bench-data: .venv/.dev ## Measure every step of a refresh at full size (ROWS=n)
	$(BIN)/python benchmarks/data.py $(if $(ROWS),--rows $(ROWS))

build/bench-data/sample/award_data.csv: | .venv/.dev
	@$(BIN)/sbir-etl sample $(@D)

.PHONY: bench-damage
bench-damage: .venv/.dev build/bench-data/sample/award_data.csv ## Plant damage in a full-size file: all of it must be found, and no other row touched
	$(BIN)/python benchmarks/damage.py build/bench-data/sample/award_data.csv

.PHONY: bench-recall
bench-recall: .venv/.dev ## Measure what the search for similar names misses (RUN=folder of a run, such as workspace/storage/runs/...)
	$(BIN)/python benchmarks/recall.py $(RUN)/companies.parquet $(RUN)/catalogue.parquet

.PHONY: bench-neo4j
bench-neo4j: .venv/.dev ## Measure full-size loads into a real Neo4j (ROWS=n; needs Java 17 or 21, and Maven)
	$(BIN)/python benchmarks/neo4j_load.py $(if $(ROWS),--rows $(ROWS))

.PHONY: bench-functions
bench-functions: .venv/.dev ## Measure every Lambda function from the contents of the zip, and what a week then costs (ROWS=n)
	$(BIN)/python benchmarks/functions.py $(if $(ROWS),--rows $(ROWS))

.PHONY: bench-engine
bench-engine: .venv/.dev ## Measure the engine beside moto and ministack on the same work
	@$(BIN)/uv venv --quiet --allow-existing build/ministack
	@$(BIN)/uv pip install --quiet --python build/ministack/bin/python ministack==1.5.33
	$(BIN)/python benchmarks/engine.py --ministack build/ministack/bin/ministack

.PHONY: bench-memory
bench-memory: .venv/.dev ## Measure what 10,000 executions leave behind in memory and on disk
	$(BIN)/python benchmarks/memory.py
	$(BIN)/python benchmarks/memory.py --input-bytes 20000

ROUNDS ?= 50
.PHONY: kill-rounds
kill-rounds: .venv/.dev ## Kill the engine under load, again and again, and look for what was lost (ROUNDS=n)
	ASL_ENGINE_KILL_ROUNDS=$(ROUNDS) $(BIN)/pytest tests/faults/test_kill_under_load.py

.PHONY: lock
lock: .venv/.uv ## Resolve the dependencies anew into the two requirements files
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --python-version 3.11 pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --python-version 3.11 --group dev -c requirements.txt -o requirements-dev.txt

.PHONY: clean
clean: ## Remove the environment, caches and build results; the workspace stays
	rm -rf .venv build dist .mypy_cache .ruff_cache .coverage .coverage.* .hypothesis .import_linter_cache
