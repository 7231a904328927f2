#!/bin/bash
# Builds the Swift tests with a sanitizer and runs them: address, thread, undefined, or all that the compiler offers.
# (On Linux it does not offer the last one; overflows and bad indices stop a Swift program in any case.)
set -uo pipefail
cd "$(dirname "$0")/.."

# Left out: tests that need PostgreSQL, and those that measure processor time, which a sanitizer multiplies unevenly.
# A finding ends the program, and so fails the run; the tracer of crashes would only hold it up. Threads that live as
# long as the program are no leak.
# Foundation's Process, with which tests run commands, copies directory entries from beyond the end of their buffer.
suppressions=$(mktemp)
trap 'rm -f "$suppressions"' EXIT
echo 'interceptor_via_fun:*findMaximumOpenFromProcSelfFD*' >"$suppressions"
export ASAN_OPTIONS=detect_leaks=0:suppressions=$suppressions TSAN_OPTIONS=halt_on_error=1:report_thread_leaks=0
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 SWIFT_BACKTRACE=enable=no

# True if the thread sanitizer understands the ordering by a Mutex.
understands_mutex() {
    local directory
    directory=$(mktemp -d)
    cat >"$directory/main.swift" <<'PROGRAM'
import Glibc
import Synchronization

final class Box: Sendable { let values = Mutex([Int]()) }
let box = Box()
var threads: [pthread_t] = []
for _ in 0..<4 {
    var thread = pthread_t()
    pthread_create(&thread, nil, { _ in
        for number in 0..<20_000 { box.values.withLock { $0 = [number] } }
        return nil
    }, nil)
    threads.append(thread)
}
for thread in threads { pthread_join(thread, nil) }
PROGRAM
    swiftc -sanitize=thread "$directory/main.swift" -o "$directory/program" && "$directory/program" 2>/dev/null
    local status=$?
    rm -rf "$directory"
    return $status
}

chosen=("$@")
((${#chosen[@]})) || chosen=(address thread undefined)
failed=0
for name in "${chosen[@]}"; do
    if ! swiftc -sanitize="$name" -parse - <<<"" 2>/dev/null; then
        echo "== $name: not offered by this compiler on this system"
        continue
    fi
    if [[ $name == thread ]] && ! understands_mutex; then
        echo "== thread: not run. This compiler's sanitizer takes Synchronization.Mutex for a race: it reports two threads that do nothing but lock one."
        continue
    fi
    echo "== $name"
    log=.build-$name/sanitize.log
    mkdir -p ".build-$name"
    # Bounded: each database that is open takes one of the 1,024 keys of a process.
    if swift test --sanitize="$name" --scratch-path ".build-$name" --experimental-maximum-parallelization-width 64 \
        --skip "PostgresDatabaseTests|EqualWorkTests" >"$log" 2>&1; then
        grep -E 'Test run with' "$log" | tail -n 1
    else
        grep -E 'Sanitizer|SUMMARY|✘|error:' "$log" | head -n 40
        echo "Not clean; see $log"
        failed=1
    fi
done
exit $failed
