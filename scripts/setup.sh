#!/usr/bin/env bash
# Installs what Dibs needs from Debian 12's packages, and only what is missing.
#
#   scripts/setup.sh build        what it takes to build and run
#   scripts/setup.sh test         the same, and what the tests use
#   scripts/setup.sh postgresql   a PostgreSQL server, for make run STORE=postgresql
set -euo pipefail

build_packages=(
    build-essential cmake ninja-build ccache git ca-certificates pkg-config tzdata
    libboost1.81-dev libboost-json1.81-dev      # HTTP, JSON
    libssl-dev                                  # tokens
    libsqlite3-dev                              # the embedded store
    libpq-dev                                   # PostgreSQL as the store
    libfmt-dev libspdlog-dev                    # text, logs
    libcli11-dev libtomlplusplus-dev            # command line, configuration
    libhowardhinnant-date-dev                   # time zones
    prometheus-cpp-dev                          # metrics
)
test_packages=(
    libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev mold
    libboost-context1.81-dev                    # fibres of the simulation
    librocksdb-dev                              # a rival of the embedded store, in the benches
    sqlite3 postgresql-15 postgresql-client-15 redis-server redis-tools procps libfaketime curl wrk python3 python3-yaml
    clang-format clang-tidy-19 clang-19 libclang-rt-19-dev
)

packages=("${build_packages[@]}")
if [ "${1:-build}" = postgresql ]; then
    packages=(postgresql-15 postgresql-client-15 procps)
elif [ "${1:-build}" = test ]; then
    packages+=("${test_packages[@]}")
    # Any Node from 18 on will do; Debian's is taken only if there is none.
    command -v node > /dev/null || packages+=(nodejs)
fi

missing=()
for package in "${packages[@]}"; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null || true)
    [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
echo "Installing: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" > /dev/null
