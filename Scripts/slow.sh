#!/bin/bash
# A thousand slow connections, by slowhttptest: slow heads, slow bodies and slow readers, a minute each. Meanwhile
# another client asks for /ready every second and must be answered within five, and afterwards the memory is free again.
#   slow.sh PROGRAM [SECONDS]
set -euo pipefail
program=$1
length=${2:-60}
cd "$(dirname "$0")/.."

if ! command -v slowhttptest >/dev/null; then
    echo "slowhttptest is needed: apt-get install slowhttptest" >&2
    exit 1
fi

data=$(mktemp -d)
server=
prober=
cleanup() {
    [[ -n $prober ]] && kill "$prober" 2>/dev/null
    if [[ -n $server ]]; then
        kill "$server" 2>/dev/null
        wait "$server" 2>/dev/null
    fi
    rm -rf "$data"
}
trap cleanup EXIT

LOG_LEVEL=warning "$program" serve --port 0 --data "$data/data" >"$data/out" 2>"$data/log" &
server=$!
for _ in $(seq 100); do
    grep -q http "$data/out" && break
    sleep 0.1
done
site=$(grep -oE 'http://[^ ]+' "$data/out") || { cat "$data/log" >&2; exit 1; }

memory() { awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$server/status"; }

# One line for each second: how long /ready took, or "lost", and the memory in MiB.
probe() {
    while :; do
        took=$(curl -sSf -o /dev/null -m 5 -w '%{time_total}' "$site/ready" 2>/dev/null) || took=lost
        echo "$took $(memory)"
        sleep 1
    done
}

failed=0
run() {
    local name=$1
    shift
    local before
    before=$(memory)
    probe >"$data/probes" &
    prober=$!
    (cd "$data" && slowhttptest -c 1000 -r 200 -l "$length" -p 3 "$@" >"$data/$name.log" 2>&1) || true
    kill "$prober"
    wait "$prober" 2>/dev/null || true
    prober=
    sleep 3
    awk -v name="$name" -v before="$before" -v after="$(memory)" '
        $1 == "lost" { lost++; next }
        { answered++; if ($1 > slowest) slowest = $1; if ($2 > peak) peak = $2 }
        END {
            printf "%-8s %d probes answered, %d lost, the slowest in %.0f ms; memory %d MiB before, %d at most, %d after\n",
                name, answered, lost, slowest * 1000, before, peak, after
            exit lost > 0 || answered == 0
        }' "$data/probes" || failed=1
    grep -E 'service available' "$data/$name.log" | tail -n 1 | sed 's/\x1b\[[0-9;]*m//g; s/^/         slowhttptest: /' || true
}

run headers -H -i 10 -x 24 -t GET -u "$site/"
run body -B -i 10 -s 8192 -x 10 -t POST -u "$site/api/auth/signin"
run read -X -w 512 -y 1024 -n 5 -z 32 -k 3 -u "$site/app.css"
exit $failed
