# All tasks of development. `make` alone lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
# A section for each function, so that the linker can place those that run beside each other (decision 117).
SECTIONS = -Xswiftc -Xfrontend -Xswiftc -function-sections
RELEASE = -c release --static-swift-stdlib --product latchkey $(SECTIONS) $(TRAITS)

# HTTPS doubles the time of the first build, so it is off by default: make run TRAITS="--traits TLS" turns it on.
TRAITS =
test check lint fuzz slow order bench dist install deb try-deb: TRAITS = --traits TLS

# The targets of `make install`, and of `make dist` and `make deb`.
PREFIX = /usr/local
DESTDIR =
DIST = .build/dist
PACKAGE = TRAITS="$(TRAITS)" Scripts/package.sh
PROGRAM = "$$(swift build $(RELEASE) --show-bin-path)/latchkey"

.PHONY: help run build test lint format check endure fuzz order sanitize pictures smoke slow bench image dist install deb try-deb clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## Install what is missing, build, and serve on http://localhost:8000
	@exec "$$(swift build $(RELEASE) --show-bin-path)/latchkey" serve

build:
	@Scripts/install.sh run
	@# These are no sources to Swift's build, which would not link again.
	@for file in order.txt sections.ld exports.map; do \
	    if [[ Sources/Latchkey/$$file -nt .build/release/latchkey ]]; then rm -f .build/release/latchkey; fi; \
	done
	swift build $(RELEASE)

test: build ## Run all tests, the acceptance tests in a real browser included
	@Scripts/install.sh test
	@Scripts/test.sh

lint: ## Check the format, the layout and the documents, and build with warnings as errors
	@Scripts/install.sh lint
	swift format lint --strict --recursive Package.swift Sources Tests
	Scripts/layout.py
	Scripts/check-docs.py
	Scripts/check-words.py
	WARNINGS_AS_ERRORS=1 swift build --build-tests $(TRAITS)

format: ## Format all Swift files
	swift format --in-place --recursive Package.swift Sources Tests

check: lint test smoke ## What CI runs: lint, test, and a smoke test of the release build

endure: build ## Kill the server 200 times, send 10,000 mails, try 10,000 repeats, follow changes for a minute, and do everything at once for 40 minutes
	@Scripts/install.sh test
	LATCHKEY_KILLS=200 LATCHKEY_BINARY="$$(swift build $(RELEASE) --show-bin-path)/latchkey" \
	    .build/acceptance-venv/bin/python -m pytest Tests/Acceptance/test_faults.py -k killed_at_any -q -rP -p no:cacheprovider
	LATCHKEY_MAILS=10000 LATCHKEY_BINARY="$$(swift build $(RELEASE) --show-bin-path)/latchkey" \
	    .build/acceptance-venv/bin/python -m pytest Tests/Acceptance/test_mail_load.py -q -rP -p no:cacheprovider
	LATCHKEY_RULES=10000 LATCHKEY_BINARY="$$(swift build $(RELEASE) --show-bin-path)/latchkey" \
	    .build/acceptance-venv/bin/python -m pytest Tests/Acceptance/test_repeats.py -q -rP -p no:cacheprovider
	LATCHKEY_SYNC_SECONDS=60 LATCHKEY_BINARY="$$(swift build $(RELEASE) --show-bin-path)/latchkey" \
	    .build/acceptance-venv/bin/python -m pytest Tests/Acceptance/test_changes.py -k whatever_happens -q -rP -p no:cacheprovider
	LATCHKEY_ENDURE_MINUTES=40 LATCHKEY_BINARY="$$(swift build $(RELEASE) --show-bin-path)/latchkey" \
	    .build/acceptance-venv/bin/python -m pytest Tests/Acceptance/endurance.py -q -rP -p no:cacheprovider

fuzz: build ## Run the random tests fifty times as long, and ask the API by ten times as many examples
	@Scripts/install.sh test
	LATCHKEY_FUZZ=50 WARNINGS_AS_ERRORS=1 swift test $(TRAITS) --filter 'FuzzTests|MutatedTokenTests|UndoTests'
	LATCHKEY_EXAMPLES=10 LATCHKEY_BINARY="$$(swift build $(RELEASE) --show-bin-path)/latchkey" \
	    .build/acceptance-venv/bin/python -m pytest Tests/Acceptance/test_openapi.py -q -p no:cacheprovider

order: build ## Regenerate the list of functions that the linker places side by side
	@Scripts/install.sh order
	@Scripts/order.py $(PROGRAM)
	@$(MAKE) --no-print-directory build TRAITS="$(TRAITS)"

sanitize: ## Run the Swift tests under the sanitizers that the compiler has: address and thread on Linux
	@Scripts/install.sh run
	@Scripts/sanitize.sh

pictures: build ## Take the pictures of docs/pages.md again
	@Scripts/install.sh test
	LATCHKEY_BINARY="$$(swift build $(RELEASE) --show-bin-path)/latchkey" \
	    .build/acceptance-venv/bin/python -m pytest Tests/Acceptance/pictures.py -q -n 2 -p no:cacheprovider

smoke: build
	@Scripts/smoke.sh "$$(swift build $(RELEASE) --show-bin-path)/latchkey"

slow: build ## Slow clients by slowhttptest for three minutes, every page in every look, long weeks of use, and backups under load
	@Scripts/install.sh slow
	@Scripts/slow.sh "$$(swift build $(RELEASE) --show-bin-path)/latchkey"
	@Scripts/install.sh test
	EVERY_LOOK=1 LATCHKEY_BINARY="$$(swift build $(RELEASE) --show-bin-path)/latchkey" \
	    .build/acceptance-venv/bin/python -m pytest Tests/Acceptance/test_accessibility.py Tests/Acceptance/test_contrast.py -q -p no:cacheprovider
	LATCHKEY_WEEK_SEED=$$RANDOM LATCHKEY_WEEK_ACTIONS=40 LATCHKEY_BINARY="$$(swift build $(RELEASE) --show-bin-path)/latchkey" \
	    .build/acceptance-venv/bin/python -m pytest Tests/Acceptance/week.py -q -p no:cacheprovider
	LATCHKEY_BACKUP_SECONDS=120 LATCHKEY_BINARY="$$(swift build $(RELEASE) --show-bin-path)/latchkey" \
	    .build/acceptance-venv/bin/python -m pytest Tests/Acceptance/backup_load.py -q -rP -p no:cacheprovider

bench: build ## Measure against other servers, in about 50 minutes (BENCH_QUICK=1: shorter)
	@Benchmarks/bench.py

image: ## Build the container image (needs Docker)
	docker build -t latchkey .

dist: build ## Make the archive of a release: program, pages, manual, completions, units, bill of materials
	@$(PACKAGE) dist $(PROGRAM) $(DIST)

install: build ## Install the same under PREFIX (/usr/local), below DESTDIR
	@$(PACKAGE) install $(PROGRAM) "$(DESTDIR)" "$(PREFIX)"

deb: build ## Make the Debian package
	@Scripts/install.sh deb
	@$(PACKAGE) deb $(PROGRAM) $(DIST)

try-deb: deb ## Install, update, remove and purge the Debian package in a fresh Debian 12 (needs root)
	@Scripts/install.sh try-deb
	LATCHKEY_BINARY=$(PROGRAM) .build/acceptance-venv/bin/python -m pytest Tests/Acceptance/debian_package.py -q -rP -p no:cacheprovider

clean:
	rm -rf .build .build-* Benchmarks/templates/.build
