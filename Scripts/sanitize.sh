#!/bin/bash
# Builds the Swift tests with a sanitizer and runs them: address, thread, undefined, or all three.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=0
for sanitizer in "${@:-address thread undefined}"; do
    for name in $sanitizer; do
        echo "== $name"
        log=.build-$name/sanitize.log
        mkdir -p ".build-$name"
        # Threads that live as long as the program are no leak. A finding ends the program, and so fails the run; the tracer of crashes would only hold it up.
        export ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS=halt_on_error=1:report_thread_leaks=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
        export SWIFT_BACKTRACE=enable=no
        if swift test --sanitize="$name" --scratch-path ".build-$name" --skip PostgresDatabaseTests >"$log" 2>&1; then
            grep -E 'Test run with' "$log" | tail -n 1
        else
            grep -E 'Sanitizer|SUMMARY|✘|error:' "$log" | head -n 40
            echo "Not clean; see $log"
            failed=1
        fi
    done
done
exit $failed
