#!/bin/bash
# Runs the Swift tests and the acceptance tests, both to the end, and adds them up.
set -uo pipefail
cd "$(dirname "$0")/.."

logs=.build/test-logs
mkdir -p "$logs"
passed=0
failed=0
untried=0

echo "== Swift tests"
WARNINGS_AS_ERRORS=1 swift build --traits TLS --build-tests || exit 1

# swift_tests NAME ARGUMENTS…: runs those tests, and adds up what passed and failed; `ran` is how many there were.
swift_tests() {
    local name=$1 log="$logs/swift-$1.log" status summary bad
    shift
    WARNINGS_AS_ERRORS=1 swift test --traits TLS --skip-build "$@" >"$log" 2>&1
    status=$?
    summary=$(grep -E 'Test run with [0-9]+ test' "$log" | tail -n 1)
    ran=$(sed -nE 's/.*Test run with ([0-9]+) test.*/\1/p' <<<"$summary")
    bad=$(grep -E '^✘ Test .* failed after' "$log" | grep -vcE '^✘ Test run with')
    if ((status != 0)); then
        grep -E '^✘|error:|[Ff]atal|[Cc]rash' "$log" | head -n 60
        # A crash leaves no count behind; it is one failure at least.
        ((bad == 0)) && bad=1
    fi
    # What was skipped was not run: where this machine does not allow it, that is said, and otherwise it is a failure.
    local skipped
    skipped=$(grep -cE '^➜ Test .* skipped: "Not tried: ' "$log")
    grep -E '^➜ Test .* skipped: "Not tried: ' "$log"
    untried=$((untried + skipped))
    bad=$((bad + $(grep -cE '^➜ Test .* skipped' "$log") - skipped))
    if [[ -z $ran || $ran == 0 ]]; then
        echo "The Swift tests ($name) did not run to their end; see $log"
        ran=0
        ((bad == 0)) && bad=1
    fi
    ran=$((ran - skipped))
    passed=$((passed + (ran > bad ? ran - bad : 0)))
    failed=$((failed + bad))
}

# The targets whose tests use a database run once on each of the two.
on_database='^(StorageTests|WebTests|AuthTests|AppTests)\.'
swift_tests others --skip "$on_database"
echo "Targets without a database: $ran tests"
# Each open database takes a key for values of threads, of which a process has a thousand.
swift_tests sqlite --experimental-maximum-parallelization-width 128 --filter "$on_database" --skip PostgresDatabaseTests
echo "Targets with a database, on SQLite: $ran tests"
server=$(mktemp -d)
trap 'Scripts/postgres.sh remove "$server"' EXIT
# Only these tests turn flushing off: they test PostgreSQL, not its disk. Each has a pool of its own.
if url=$(Scripts/postgres.sh start "$server" -c fsync=off -c max_connections=1000); then
    # Bounded, as a slow machine would otherwise run them all at once, and run out of connections.
    LATCHKEY_TEST_POSTGRES=$url swift_tests postgres --experimental-maximum-parallelization-width 64 \
        --filter "$on_database" --skip 'SQLite|ForeignDatabaseTests'
else
    ran=0 failed=$((failed + 1))
fi
echo "Targets with a database, on PostgreSQL: $ran tests"

echo "== Acceptance tests"
program="$(swift build -c release --static-swift-stdlib --traits TLS --show-bin-path)/latchkey"
# acceptance_tests NAME ARGUMENTS…: runs those tests, and adds up what passed and failed.
acceptance_tests() {
    local report="$logs/acceptance-$1.xml" status ran bad skipped
    shift
    LATCHKEY_BINARY=$program .build/acceptance-venv/bin/python -m pytest Tests/Acceptance -q --junit-xml="$report" "$@"
    status=$?
    read -r ran bad skipped < <(Scripts/count-tests.py "$report")
    ((ran == 0 || (status != 0 && bad == 0))) && bad=1
    passed=$((passed + (ran > bad ? ran - bad : 0)))
    failed=$((failed + bad))
    untried=$((untried + skipped))
}
# Three at a time, as they wait for half of their time; except for those that measure times.
acceptance_tests together -n 3 --dist loadfile --no-loadscope-reorder -m "not alone"
acceptance_tests alone -m alone

echo
# Where a container allows no mounts or networks, some tests say that they could not be tried; CI sets LATCHKEY_TRY_ALL
# and has none.
echo "$passed passed, $failed failed$( ((untried > 0)) && echo ", $untried not tried")"
((failed == 0))
