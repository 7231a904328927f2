#!/bin/bash
# The release build, used once as by a new user: start, sign up, list tasks, stop.
#   smoke.sh PROGRAM
set -euo pipefail
program=$1
cd "$(dirname "$0")/.."

data=$(mktemp -d)
server=
cleanup() {
    [[ -n $server ]] && kill -9 "$server" 2>/dev/null
    rm -rf "$data"
}
trap cleanup EXIT

fail() {
    echo "Smoke test failed: $1" >&2
    cat "$data/log" >&2
    exit 1
}

"$program" serve --port 0 --data "$data/data" >"$data/out" 2>"$data/log" &
server=$!
for _ in $(seq 100); do
    grep -q http "$data/out" && break
    kill -0 "$server" 2>/dev/null || fail "the server ended"
    sleep 0.1
done
site=$(grep -oE 'http://[^ ]+' "$data/out") || fail "no address was printed"

answer=$(curl -sS --max-time 10 -X POST "$site/api/auth/signup" -H 'Content-Type: application/json' \
    -d '{"email":"smoke@example.com","password":"smoke-test-password"}') || fail "sign-up"
token=$(sed -nE 's/.*"access_token":"([^"]+)".*/\1/p' <<<"$answer")
[[ -n $token ]] || fail "no token in: $answer"
tasks=$(curl -sS --max-time 10 "$site/api/tasks" -H "Authorization: Bearer $token") || fail "the list"
[[ $tasks == "[]" ]] || fail "an empty list was due, not: $tasks"
PORT=${site##*:} "$program" health || fail "latchkey health"

kill -TERM "$server"
status=0
wait "$server" || status=$?
server=
((status == 0)) || fail "exit status $status after SIGTERM"
echo "Smoke test passed: signed up, listed tasks, stopped with status 0."
