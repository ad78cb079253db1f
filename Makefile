# make demo · test · bench · sweep · fuzz · docs
#
# Each target installs what it needs on a bare Debian 12 with cargo; what is there is left alone.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)
RELEASE := $(TARGET)/release
DEPS := scripts/install-packages

.PHONY: help
help: ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: demo
demo: ## Walk a whole journey with the test issuers, checked through the C library at the end
	@$(DEPS) build-essential pkg-config libssl-dev xmlsec1
	@echo "==> building the command and the C library (release)"
	$(CARGO) build --release --locked -p eid-broker --bin eid-broker
	$(CARGO) build --release --locked -p eid-broker-ffi-check
	@echo "==> building the C example"
	@$(MAKE) -s -C examples/c TARGET=$(abspath $(RELEASE)) OUT=$(abspath $(RELEASE))/examples-c
	$(RELEASE)/eid-broker demo --c-check $(RELEASE)/examples-c/check --xmlsec1 xmlsec1

.PHONY: test
test: ## Run everything that CI runs
	@scripts/test

.PHONY: bench
bench: ## Measure against the crypto floor and a peer, one JSON line per bench
	@$(DEPS) build-essential pkg-config libssl-dev cmake
	@benches/run.sh

.PHONY: sweep
sweep: ## Change every bit and byte of a valid token, ask libxmlsec1; kill the command while it issues
	@$(DEPS) build-essential pkg-config libssl-dev xmlsec1 libxml2-utils
	$(CARGO) run --release --locked -p eid-broker-vectors -- sweep
	$(CARGO) run --release --locked -p eid-broker-vectors -- judge
	$(CARGO) build --release --locked -p eid-broker --bin eid-broker
	scripts/kill-sweep $(RELEASE)/eid-broker 200

.PHONY: fuzz
fuzz: ## Run each fuzz target a million times
	@$(DEPS) build-essential pkg-config libssl-dev clang
	@fuzz/run.sh $(or $(RUNS),1000000)

.PHONY: docs
docs: ## Write the generated documents and the API documentation
	$(CARGO) run --locked -p eid-broker --bin eid-broker -- refusals --markdown > docs/refusals.md
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps -p eid-broker
