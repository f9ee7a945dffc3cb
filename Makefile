# Two commands matter: `make run` and `make test`. The others are what they are made of.
SHELL := /bin/sh
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PARTS ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/ventspils-ict/parts
INFLUXD := $(PARTS)/influxd-2.9.1
TELEGRAF := $(PARTS)/telegraf-1.37.2
TOXIPROXY := $(PARTS)/toxiproxy-2.5.0
export VENTSPILS_PARTS := $(PARTS)

.PHONY: setup run test check bench pictures lock influxd telegraf toxiproxy debian-parts parts postgis clean

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

run: setup
	$(BIN)/ventspils demo

test: check
	$(BIN)/python -m pytest

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python -m bench.steady
	$(BIN)/python -m bench.history
	$(BIN)/python -m bench.people
	$(BIN)/python -m bench.matching
	$(BIN)/python -m bench.planner

pictures: setup
	$(BIN)/python docs/pictures/take.py

# Hash-pinned and without any registry address, so that a mirror serves as well.
lock:
	uv pip compile pyproject.toml --all-extras --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-header --no-annotate --python-version 3.11 --upgrade -o requirements.lock
	printf 'hatchling\n' | uv pip compile pyproject.toml - --extra centre --extra postgres --extra gis --extra dashboard -c requirements.lock \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --python-version 3.11 -o requirements-image.lock

# Real parts for tests and benchmarks. None is needed for `make run` or `make test`; what is absent is skipped and said.
parts: influxd telegraf toxiproxy debian-parts

influxd: $(INFLUXD)

$(INFLUXD): tests/influxd/go.mod
	mkdir -p $(PARTS)
	GOBIN=$(PARTS)/pkg-config go install github.com/influxdata/pkg-config@v0.3.0
	cd tests/influxd && PKG_CONFIG=$(PARTS)/pkg-config/pkg-config RUSTUP_TOOLCHAIN=stable go build \
	  -tags 'sqlite_foreign_keys,sqlite_json,noasm' -ldflags '-s -w' -o $@ github.com/influxdata/influxdb/v2/cmd/influxd

telegraf: $(TELEGRAF)

$(TELEGRAF):
	GOBIN=$(PARTS)/go-bin go install -tags 'custom,inputs.file,inputs.snmp,outputs.influxdb_v2,outputs.file,outputs.discard,serializers.influx,parsers.influx' \
	  github.com/influxdata/telegraf/cmd/telegraf@v1.37.2
	mv $(PARTS)/go-bin/telegraf $@

toxiproxy: $(TOXIPROXY)

$(TOXIPROXY):
	GOBIN=$(PARTS)/go-bin go install github.com/Shopify/toxiproxy/v2/cmd/server@v2.5.0
	mv $(PARTS)/go-bin/server $@

debian-parts:
	command -v snmpd >/dev/null 2>&1 && test -d /usr/lib/postgresql && command -v chromium >/dev/null 2>&1 || \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq snmpd snmp postgresql chromium; }

# For `bench.matching` alone.
postgis:
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql-15-postgis-3

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
