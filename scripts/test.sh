#!/usr/bin/env bash
# Runs the tests, or those suites of them that are named: release, api, asan, tsan, fuzz, unit. Ends at
# the first suite that fails. The packages must be there (scripts/setup.sh test).
#
# With no name given all are run but unit: each of its tests is in asan and in tsan, too, and to build them
# a third time, optimised and file by file, would cost minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

jobs=${JOBS:-$(nproc)}
# Those that wait for servers and time-outs more than they compute.
waiting_jobs=$((jobs * 2))
suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(release api asan tsan fuzz)

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
        release)
            said 'What needs no sanitizer: tidy, simulation, simulated disk, several servers, benches'
            build release bench/all tests/simulation/all tests/crash/all contract_sharded_test
            ctest --preset release -j "$jobs" --no-tests=error --progress \
                -L 'tidy|bench|simulation|crash|servers'
            ;;
        unit)
            said 'Unit, contract and tidy tests'
            build release
            ctest --preset release -j "$jobs" --no-tests=error --progress
            ;;
        api)
            said 'Black-box tests of the binary'
            build release dibs
            export DIBS_BINARY="$PWD/build/release/src/app/dibs"
            tests/run-api.sh
            said 'What a store promises, on PostgreSQL'
            DIBS_TEST_STORE=postgresql tests/run-api.sh
            ;;
        asan)
            said 'Under the address and undefined-behaviour sanitizers'
            build asan
            ctest --preset asan -j "$waiting_jobs" --no-tests=error --progress -LE tidy
            ;;
        tsan)
            said 'Under the thread sanitizer'
            build tsan
            ctest --preset tsan -j "$waiting_jobs" --no-tests=error --progress -LE tidy
            ;;
        fuzz)
            said 'Each parser, fed for a minute with what libFuzzer makes up'
            JOBS=$jobs scripts/fuzz.sh --seconds 60 --build asan
            ;;
        *)
            echo "scripts/test.sh: no suite is named $suite; there are release, api, asan, tsan, fuzz, unit" >&2
            exit 2
            ;;
    esac
done
said 'All of it passed'
