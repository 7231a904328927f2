#!/bin/bash
# Runs the Swift tests and the acceptance tests, both to the end, and adds them up.
set -uo pipefail
cd "$(dirname "$0")/.."

logs=.build/test-logs
mkdir -p "$logs"
passed=0
failed=0

echo "== Swift tests"
WARNINGS_AS_ERRORS=1 swift build --traits TLS --build-tests || exit 1
WARNINGS_AS_ERRORS=1 swift test --traits TLS --skip-build >"$logs/swift.log" 2>&1
swift_status=$?
summary=$(grep -E 'Test run with [0-9]+ test' "$logs/swift.log" | tail -n 1)
total=$(sed -nE 's/.*Test run with ([0-9]+) test.*/\1/p' <<<"$summary")
bad=$(grep -E '^✘ Test .* failed after' "$logs/swift.log" | grep -vcE '^✘ Test run with')
if ((swift_status != 0)); then
    grep -E '^✘|error:|[Ff]atal|[Cc]rash' "$logs/swift.log" | head -n 60
    # A crash leaves no count behind; it is one failure at least.
    ((bad == 0)) && bad=1
fi
if [[ -z $total || $total == 0 ]]; then
    echo "The Swift tests did not run to their end; see $logs/swift.log"
    total=0
    ((bad == 0)) && bad=1
fi
echo "${summary#* }"
passed=$((passed + (total > bad ? total - bad : 0)))
failed=$((failed + bad))

echo "== Acceptance tests"
LATCHKEY_BINARY="$(swift build -c release --static-swift-stdlib --traits TLS --show-bin-path)/latchkey" \
    .build/acceptance-venv/bin/python -m pytest Tests/Acceptance -q -p no:cacheprovider \
    --junit-xml="$logs/acceptance.xml"
acceptance_status=$?
read -r ran bad < <(python3 - "$logs/acceptance.xml" <<'PYTHON'
import sys, xml.etree.ElementTree as tree
try:
    suite = tree.parse(sys.argv[1]).getroot().find("testsuite").attrib
    # What was skipped did not pass.
    print(suite["tests"], int(suite["failures"]) + int(suite["errors"]) + int(suite["skipped"]))
except Exception:
    print(0, 1)
PYTHON
)
((ran == 0 || (acceptance_status != 0 && bad == 0))) && bad=1
passed=$((passed + (ran > bad ? ran - bad : 0)))
failed=$((failed + bad))

echo
echo "$passed passed, $failed failed"
((failed == 0))
