#!/bin/bash
# A private PostgreSQL server on a free port of 127.0.0.1, for the tests. As root it runs as the user postgres.
#   postgres.sh start DIRECTORY [-c name=value …]    makes one in the directory if there is none; prints its URL
#   postgres.sh stop DIRECTORY [fast|immediate]
#   postgres.sh remove DIRECTORY                     stops it and deletes the directory
set -euo pipefail

action=${1:?start, stop or remove} directory=${2:?a directory}
shift 2

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
[[ -n $bin ]] && PATH=$bin:$PATH
if ! command -v pg_ctl >/dev/null; then
    echo "PostgreSQL's server programs are not installed (Debian's package postgresql)." >&2
    exit 1
fi

as_owner() {
    if ((EUID == 0)); then (cd / && setpriv --reuid=postgres --regid=postgres --init-groups env "PATH=$PATH" "$@"); else "$@"; fi
}

case $action in
    start)
        mkdir -p "$directory"
        ((EUID == 0)) && chown postgres: "$directory"
        if [[ ! -e $directory/data ]]; then
            as_owner initdb --pgdata "$directory/data" --username postgres --auth trust --encoding UTF8 \
                --locale C.UTF-8 --no-instructions >"$directory/initdb.log"
            python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' \
                >"$directory/port"
        fi
        port=$(<"$directory/port")
        as_owner pg_ctl start --silent --wait --pgdata "$directory/data" --log "$directory/data/server.log" --options \
            "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories= -c max_connections=400 $*" >/dev/null
        echo "postgresql://postgres@127.0.0.1:$port/postgres"
        ;;
    stop) as_owner pg_ctl stop --silent --wait --pgdata "$directory/data" --mode "${1:-fast}" >/dev/null ;;
    remove)
        as_owner pg_ctl stop --silent --wait --pgdata "$directory/data" --mode immediate >/dev/null 2>&1 || true
        rm -rf "$directory"
        ;;
    *) echo "postgres.sh start|stop|remove DIRECTORY" >&2; exit 2 ;;
esac
