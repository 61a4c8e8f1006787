#!/usr/bin/env bash
# Runs the tests, or those suites of them that are named: unit, api, asan, tsan. Ends at the first suite
# that fails. The packages must be there (scripts/setup.sh test).
set -euo pipefail
cd "$(dirname "$0")/.."

jobs=${JOBS:-$(nproc)}
suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(unit api asan tsan)

build() { # preset targets…
    local preset=$1
    shift
    mkdir -p build
    cmake --preset "$preset" -DBUILD_TESTING=ON > "build/$preset-configure.log" 2>&1 ||
        { cat "build/$preset-configure.log"; exit 1; }
    cmake --build "build/$preset" -- -j "$jobs" "$@" > "build/$preset-build.log" 2>&1 ||
        { grep -A 20 'FAILED:' "build/$preset-build.log" || tail -50 "build/$preset-build.log"; exit 1; }
}

said() { printf '\n== %s (%s s since the start)\n' "$1" "$SECONDS"; }

for suite in "${suites[@]}"; do
    case $suite in
        unit)
            said 'Unit, contract and tidy tests'
            build release
            ctest --preset release -j "$jobs" --no-tests=error --progress
            ;;
        api)
            said 'Black-box tests of the binary'
            build release dibs
            DIBS_BINARY="$PWD/build/release/src/app/dibs" tests/run-api.sh
            ;;
        asan)
            said 'Under the address and undefined-behaviour sanitizers'
            build asan
            ctest --preset asan -j "$jobs" --no-tests=error --progress -LE tidy
            ;;
        tsan)
            said 'Under the thread sanitizer'
            build tsan
            ctest --preset tsan -j "$jobs" --no-tests=error --progress -LE tidy
            ;;
        *)
            echo "scripts/test.sh: no suite is named $suite; there are unit, api, asan and tsan" >&2
            exit 2
            ;;
    esac
done
said 'All of it passed'
