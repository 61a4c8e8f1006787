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

# While the tests of one suite run, which seldom keep every core busy, the suites after it are compiled
# with what is left over. Nothing comes of a build that fails here: it is made again, and told, when its
# turn comes.
build_ahead() { # suites…
    local preset
    local -a presets=()
    for preset in "$@"; do
        case $preset in asan | tsan) presets+=("$preset") ;; esac
    done
    [ -z "${ahead_pid:-}" ] && [ ${#presets[@]} -gt 0 ] || return 0
    set -m # A process group of its own, to end it by.
    coproc AHEAD {
        renice -n 19 "$BASHPID" > /dev/null
        for preset in "${presets[@]}"; do
            (build "$preset") > /dev/null 2>&1 || true
            echo "$preset"
        done
    }
    set +m
    ahead_pid=$AHEAD_PID
    exec {ahead}<&"${AHEAD[0]}"
    trap 'kill -- "-$ahead_pid" 2> /dev/null || true' EXIT
}

await() { # preset: until nobody builds it
    local preset
    [ -n "${ahead_pid:-}" ] || return 0
    while read -r preset <&"$ahead"; do
        [ "$preset" != "$1" ] || return 0
    done
}

said() { printf '\n== %s (%s s since the start)\n' "$1" "$SECONDS"; }

for number in "${!suites[@]}"; do
    suite=${suites[number]}
    after=("${suites[@]:number + 1}")
    case $suite in
        release)
            said 'What needs no sanitizer: tidy, simulation, simulated disk, several servers, benches'
            build release bench/all tests/simulation/all tests/crash/all contract_sharded_test
            build_ahead "${after[@]}"
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
            await asan
            build asan
            build_ahead "${after[@]}"
            ctest --preset asan -j "$waiting_jobs" --no-tests=error --progress -LE tidy
            ;;
        tsan)
            said 'Under the thread sanitizer'
            await tsan
            build tsan
            build_ahead "${after[@]}"
            ctest --preset tsan -j "$waiting_jobs" --no-tests=error --progress -LE tidy
            ;;
        fuzz)
            said 'Each parser, fed for a minute with what libFuzzer makes up'
            JOBS=$jobs scripts/fuzz.sh --seconds 60
            ;;
        *)
            echo "scripts/test.sh: no suite is named $suite; there are release, api, asan, tsan, fuzz, unit" >&2
            exit 2
            ;;
    esac
done
said 'All of it passed'
