# The front door. `make` alone shows what there is.

SHELL := /bin/bash
.DEFAULT_GOAL := help
RELEASE = -c release --static-swift-stdlib --product latchkey $(TRAITS)

# HTTPS doubles the time of the first build, so only those have it who ask for it: make run TRAITS="--traits TLS"
TRAITS =
test check lint slow: TRAITS = --traits TLS

.PHONY: help run build test lint format check smoke slow bench image clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## Install what is missing, build, and serve on http://localhost:8000
	@exec "$$(swift build $(RELEASE) --show-bin-path)/latchkey" serve

build:
	@Scripts/install.sh run
	swift build $(RELEASE)

test: build ## Run all tests, the acceptance tests in a real browser included
	@Scripts/install.sh test
	@Scripts/test.sh

lint: ## Check the format, and build with warnings as errors
	@Scripts/install.sh run
	swift format lint --strict --recursive Package.swift Sources Tests
	WARNINGS_AS_ERRORS=1 swift build --build-tests $(TRAITS)

format: ## Put all Swift files into the house format
	swift format --in-place --recursive Package.swift Sources Tests

check: lint test smoke ## What CI runs: lint, test, and a smoke test of the release build

smoke: build
	@Scripts/smoke.sh "$$(swift build $(RELEASE) --show-bin-path)/latchkey"

slow: build ## A thousand slow clients at a time, by slowhttptest, for three minutes
	@Scripts/install.sh slow
	@Scripts/slow.sh "$$(swift build $(RELEASE) --show-bin-path)/latchkey"

bench: ## (later) Measure against others
	@echo "There are no benchmarks yet." >&2; exit 1

image: ## Build the container image (needs Docker)
	docker build -t latchkey .

clean:
	rm -rf .build .build-*
