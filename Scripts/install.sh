#!/bin/bash
# Installs the system packages that are missing, saying which and why.
#   install.sh run     packages for building and running
#   install.sh lint    further packages for make lint
#   install.sh test    further packages for the tests, Python packages included
#   install.sh slow    further packages for make slow
#   install.sh bench   further packages for make bench
#   install.sh order   further packages for make order
#   install.sh deb     further packages for make deb
#   install.sh try-deb further packages for make try-deb, besides those of the tests
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v swift >/dev/null; then
    echo "A Swift 6.3 toolchain is needed and not on the PATH. See https://www.swift.org/install/linux/" >&2
    exit 1
fi

# package | how to see that it is there | why
needs_run=(
    "libsqlite3-dev|test -e /usr/include/sqlite3.h|the database"
    "libssl-dev|test -e /usr/include/openssl/evp.h|signatures and random numbers"
    "libpq-dev|test -e /usr/include/postgresql/libpq-fe.h -o -e /usr/include/libpq-fe.h|the database, where that is PostgreSQL"
    "zlib1g-dev|test -e /usr/include/zlib.h|compressed answers"
    "libcurl4-openssl-dev|compgen -G '/usr/include/*/curl/curl.h' || test -e /usr/include/curl/curl.h|requests to other services, and mail"
    "tzdata|test -e /usr/share/zoneinfo/Europe/London|time zones of tasks"
    "libcrypt-dev|test -e /usr/include/crypt.h|password hashes"
)
needs_test=(
    "curl|command -v curl|requests as the documentation shows them"
    "python3|command -v python3|the acceptance tests"
    "python3-venv|python3 -c 'import ensurepip, venv'|the acceptance tests' own Python packages"
    "postgresql|compgen -G '/usr/lib/postgresql/*/bin/initdb' || command -v initdb|a private PostgreSQL server for the tests"
    "pgbouncer|test -x /usr/sbin/pgbouncer|a pooler in front of it, for the tests"
    "faketime|command -v faketime|a clock that can be turned"
    "john-data|test -e /usr/share/john/password.lst|a list of common passwords that ours was not made from"
    "strace|command -v strace|calls of the system that are counted, or made to fail"
    "openssl|command -v openssl|the certificates of the acceptance tests"
    "chromium|command -v chromium|a real browser for the acceptance tests"
    "chromium-headless-shell|command -v chromium-headless-shell|the same without windows, which most of them use"
    "firefox-esr|command -v firefox-esr|another one"
    "exim4-daemon-light|test -x /usr/sbin/exim4|a mail server that is no test program of ours"
    "dbconfig-sqlite3|command -v glewlwyd || dpkg -s dbconfig-sqlite3|what the next one is installed with"
    "glewlwyd|command -v glewlwyd|an OpenID provider that is no test program of ours"
    "iproute2|command -v ip|networks of the acceptance tests' own"
    "prometheus|command -v promtool|promtool, which checks the metrics and the alert rules"
    "systemd|command -v systemd-socket-activate|its units are checked, and its way to pass a port"
    "groff-base|command -v groff|the manual page is formatted"
    "binutils|command -v strip|the archive of a release is made"
)

needs_slow=(
    "curl|command -v curl|the requests in between"
    "slowhttptest|command -v slowhttptest|the slow clients"
)

needs_bench=(
    "wrk|command -v wrk|the load"
    "nghttp2-client|command -v h2load|the load over HTTP/2"
    "build-essential|command -v gcc|the C programs"
    "python3-venv|python3 -c 'import ensurepip, venv'|the Python servers' packages"
    "postgresql|compgen -G '/usr/lib/postgresql/*/bin/initdb' || command -v initdb|a private PostgreSQL server"
    "openssl|command -v openssl|the certificate of the servers"
)

needs_order=(
    "valgrind|command -v valgrind|it tells which functions run"
    "binutils|command -v nm|names of functions"
    "python3|command -v python3|the script itself"
)

needs_deb=(
    "dpkg-dev|command -v dpkg-shlibdeps|the packages that the program depends on"
    "binutils|command -v strip|a program without what only debuggers read"
    "python3|command -v python3|the manual page and the bill of materials"
)
needs_try_deb=("debootstrap|command -v debootstrap|a fresh Debian")

case "${1:-}" in
    run) needs=("${needs_run[@]}") ;;
    lint) needs=("${needs_run[@]}" "python3|command -v python3|the checks of the layout and the documents") ;;
    test) needs=("${needs_run[@]}" "${needs_test[@]}") ;;
    slow) needs=("${needs_run[@]}" "${needs_slow[@]}") ;;
    bench) needs=("${needs_run[@]}" "${needs_bench[@]}") ;;
    order) needs=("${needs_run[@]}" "${needs_order[@]}") ;;
    deb) needs=("${needs_run[@]}" "${needs_deb[@]}") ;;
    try-deb) needs=("${needs_run[@]}" "${needs_test[@]}" "${needs_try_deb[@]}") ;;
    *) echo "usage: install.sh run|lint|test|slow|bench|order|deb|try-deb" >&2; exit 2 ;;
esac

missing=()
for need in "${needs[@]}"; do
    # The middle may have an "or" of its own.
    package=${need%%|*} why=${need##*|} present=${need#*|} present=${present%|*}
    if ! bash -c "$present" >/dev/null 2>&1; then
        missing+=("$package")
        echo "Missing: $package ($why)"
    fi
done

if ((${#missing[@]})); then
    if ! command -v apt-get >/dev/null; then
        declare -A fedora=(
            [libsqlite3-dev]=sqlite-devel [libssl-dev]=openssl-devel [libpq-dev]=libpq-devel [zlib1g-dev]=zlib-devel
            [libcurl4-openssl-dev]=libcurl-devel [libcrypt-dev]=libxcrypt-devel)
        declare -A arch=(
            [libsqlite3-dev]=sqlite [libssl-dev]=openssl [libpq-dev]=postgresql-libs [zlib1g-dev]=zlib
            [libcurl4-openssl-dev]=curl [libcrypt-dev]=libxcrypt)
        # other_names MAP: the missing packages as another distribution names them.
        other_names() {
            local -n map=$1
            local package
            for package in "${missing[@]}"; do printf ' %s' "${map[$package]:-$package}"; done
        }
        {
            echo "This is neither Debian nor Ubuntu, where Latchkey is tested. Please install what corresponds to:"
            echo "  Debian: ${missing[*]}"
            echo "  Fedora: sudo dnf install$(other_names fedora)"
            echo "  Arch:   sudo pacman -S$(other_names arch)"
            echo "Or run the container (make image). On Alpine and other systems with musl there is no other way."
        } >&2
        exit 1
    fi
    root=()
    if ((EUID != 0)); then
        root=(sudo)
        if ! command -v sudo >/dev/null; then
            echo "Please run this as root: apt-get install -y ${missing[*]}" >&2
            exit 1
        fi
    fi
    echo "Installing: ${missing[*]}"
    "${root[@]}" apt-get update -qq
    # Some packages would start a service of the machine's own, or set one up; only their programs are wanted.
    policy=/usr/sbin/policy-rc.d
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee "$policy" >/dev/null
        "${root[@]}" chmod +x "$policy"
        trap '"${root[@]}" rm -f "$policy"' EXIT
    fi
    no_cluster=/etc/postgresql-common/createcluster.d/latchkey-tests.conf
    if [[ " ${missing[*]} " == *" postgresql "* ]]; then
        "${root[@]}" mkdir -p "${no_cluster%/*}"
        echo "create_main_cluster = false" | "${root[@]}" tee "$no_cluster" >/dev/null
    fi
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
    "${root[@]}" rm -f "$no_cluster"
fi

if [[ $1 == test || $1 == try-deb ]]; then
    venv=.build/acceptance-venv
    wanted=Tests/Acceptance/requirements.txt
    if ! cmp -s "$wanted" "$venv/installed.txt"; then
        echo "Installing the acceptance tests' Python packages into $venv"
        rm -rf "$venv"
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
        cp "$wanted" "$venv/installed.txt"
    fi
fi
