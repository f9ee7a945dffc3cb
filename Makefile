# Three commands matter: `make run`, `make quick` while writing, `make test` before handing on. The others are what they are made of.
SHELL := /bin/sh
# The first of these that runs and is 3.11 to 3.14; the locks are made for 3.11, so that comes first. Looked for only when `.venv` is made.
PYTHONS := python3.11 python3.12 python3.13 python3.14 python3
FITS := -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null
PYTHON ?= $(shell for name in $(PYTHONS); do if $$name $(FITS); then echo $$name; break; fi; done)
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"$$/\1/p' ventspils/__init__.py)
VENV := .venv
BIN := $(VENV)/bin
PARTS ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/ventspils-ict/parts
INFLUXD := $(PARTS)/influxd-2.9.1
TELEGRAF := $(PARTS)/telegraf-1.37.2
TOXIPROXY := $(PARTS)/toxiproxy-2.5.0
export VENTSPILS_PARTS := $(PARTS)
# Tests start hundreds of processes: what Python compiled is kept, whatever the environment says.
unexport PYTHONDONTWRITEBYTECODE PIP_USER

.PHONY: help setup run quick test soak check format lint types layers kernels bench pictures docs lock release influxd telegraf toxiproxy debian-parts parts postgis clean

help: ## List what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

setup: $(VENV)/.ready ## Make .venv with everything from requirements.lock and this tree
	@$(BIN)/python -c '' 2>/dev/null || { echo "The Python of $(VENV) is gone; say make clean, then again." >&2; exit 1; }

$(VENV)/.ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 to 3.14 is needed and none is on the path ($(PYTHONS)); name one: make PYTHON=/path/to/python" >&2; exit 1; }
	@"$(PYTHON)" $(FITS) || { echo "$(PYTHON) does not run or is not Python 3.11 to 3.14; name another: make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "Setting up $(VENV) from requirements.lock; this takes some minutes."
	"$(PYTHON)" -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python -m gis.planning --compile
	touch $@

run: setup ## Start the demo town with its centre, collector and pages
	$(BIN)/ventspils demo

# Tests of these kinds need other processes; see [tool.pytest.ini_options] in pyproject.toml. One worker for each core.
WORKERS ?= auto
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope

# Only to put its cases together, the fuzzing of the API takes as long as a third of these tests.
QUICK := -m "not process and not browser and not peer and not soak" -p no:schemathesis --ignore tests/ventspils/api/test_openapi.py

quick: check ## Run lint, types, layers and all tests that stay in one process; about a minute
	$(PYTEST) -q $(QUICK)

test: check ## Run lint, types, layers and all tests
	$(PYTEST)

soak: setup ## Try laws with many times the usual number of examples
	VENTSPILS_SOAK=1 $(PYTEST) -m soak

check: setup ## Run lint, types and layers
	@$(MAKE) --no-print-directory -j2 lint types layers kernels

format: setup ## Mend what ruff can mend by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lint: setup ## Run ruff: rules and layout
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## Run mypy
	$(BIN)/mypy

layers: setup ## Run import-linter
	$(BIN)/lint-imports

kernels: setup ## Compile the planner's kernels once, not in every process of the tests
	$(BIN)/python -m tests.kernels

bench: setup ## Measure speed; figures are in docs/decisions.md
	$(BIN)/python -m bench.steady
	$(BIN)/python -m bench.history
	$(BIN)/python -m bench.people
	$(BIN)/python -m bench.matching
	$(BIN)/python -m bench.planner

pictures: setup ## Take the pictures of docs/pictures from the demo town
	$(BIN)/python docs/pictures/take.py

docs: setup ## Write the tables of docs/operations.md that come from the code
	$(BIN)/python -m docs.generate

# Hash-pinned and without any registry address, so that a mirror serves as well.
lock: ## Make both locks anew with the newest versions (needs uv)
	uv pip compile pyproject.toml --all-extras --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-header --no-annotate --python-version 3.11 --upgrade -o requirements.lock
	printf 'hatchling\n' | uv pip compile pyproject.toml - --extra centre --extra postgres --extra gis --extra planner --extra dashboard -c requirements.lock \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --python-version 3.11 -o requirements-image.lock

# Tags only with TAG=1, and sends nothing anywhere.
release: ## Check tree, changelog and tests, then build wheel and sdist into dist/; TAG=1 tags as well
	@test -z "$$(git status --porcelain)" || { echo "The tree has changes that are not committed." >&2; exit 1; }
	@grep -q '^## $(VERSION)\( \|$$\)' CHANGELOG.md || { echo "CHANGELOG.md has no section '## $(VERSION)'; ventspils/__init__.py names the version." >&2; exit 1; }
	@! git rev-parse -q --verify refs/tags/v$(VERSION) >/dev/null || { echo "v$(VERSION) is tagged already; raise the version in ventspils/__init__.py." >&2; exit 1; }
	$(MAKE) --no-print-directory test
	rm -rf dist
	$(BIN)/python -m hatchling build -d dist
	@if [ -n "$(TAG)" ]; then git tag -a v$(VERSION) -m "Version $(VERSION)"; fi
	@echo "dist/ holds version $(VERSION). Next: git tag -a v$(VERSION) (unless done with TAG=1), push the tag, publish both files, and begin '## Unreleased' in CHANGELOG.md."

# Real parts for tests and benchmarks. None is needed for `make run` or `make test`; what is absent is skipped and said.
parts: influxd telegraf toxiproxy debian-parts ## Bring every real part that tests and benchmarks can use

influxd: $(INFLUXD) ## Build InfluxDB 2.9 (needs Go and Rust)

$(INFLUXD): | tests/influxd/go.mod
	mkdir -p $(PARTS)
	GOBIN=$(PARTS)/pkg-config go install github.com/influxdata/pkg-config@v0.3.0
	cd tests/influxd && PKG_CONFIG=$(PARTS)/pkg-config/pkg-config RUSTUP_TOOLCHAIN=stable go build \
	  -tags 'sqlite_foreign_keys,sqlite_json,noasm' -ldflags '-s -w' -o $@ github.com/influxdata/influxdb/v2/cmd/influxd

telegraf: $(TELEGRAF) ## Build Telegraf (needs Go)

$(TELEGRAF):
	GOBIN=$(PARTS)/go-bin go install -tags 'custom,inputs.file,inputs.snmp,outputs.influxdb_v2,outputs.file,outputs.discard,serializers.influx,parsers.influx' \
	  github.com/influxdata/telegraf/cmd/telegraf@v1.37.2
	mv $(PARTS)/go-bin/telegraf $@

toxiproxy: $(TOXIPROXY) ## Build toxiproxy (needs Go)

$(TOXIPROXY):
	GOBIN=$(PARTS)/go-bin go install github.com/Shopify/toxiproxy/v2/cmd/server@v2.5.0
	mv $(PARTS)/go-bin/server $@

debian-parts: ## Install net-snmp, PostgreSQL, nginx and Chromium from Debian (needs root)
	command -v snmpd >/dev/null 2>&1 && test -d /usr/lib/postgresql && test -x /usr/sbin/nginx && command -v chromium >/dev/null 2>&1 || \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq snmpd snmp postgresql nginx-light chromium; }

postgis: ## Install PostGIS from Debian, for bench.matching alone (needs root)
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql-15-postgis-3

clean: ## Remove .venv and what tools keep
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
