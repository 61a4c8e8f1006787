#!/usr/bin/env bash
# Feeds every parser that reads what strangers send with inputs that libFuzzer makes up, under the
# address and undefined-behaviour sanitizers. The packages must be there (scripts/setup.sh test).
#
#   scripts/fuzz.sh                      a minute for each target
#   scripts/fuzz.sh --seconds 600        longer
#   scripts/fuzz.sh --runs 10000000      so many inputs for each
#   scripts/fuzz.sh --seconds 60 tokens  this target alone
#   scripts/fuzz.sh --build asan         with what the sanitizers' tests have built; it isn't optimised
#
# The seeds and whatever was found before (tests/fuzz/seeds, tests/fuzz/regressions) come first. What
# is learned stays in build/fuzz/corpus; an input that breaks something is kept in build/fuzz/findings,
# and belongs into tests/fuzz/regressions with the fix.
set -euo pipefail
cd "$(dirname "$0")/.."

limit=-max_total_time=60
preset=fuzz
targets=()
while [ $# -gt 0 ]; do
    case $1 in
        --seconds) limit=-max_total_time=$2; shift ;;
        --runs) limit=-runs=$2; shift ;;
        --build) preset=$2; shift ;;
        -*) echo "scripts/fuzz.sh: no option is named $1" >&2; exit 2 ;;
        *) targets+=("$1") ;;
    esac
    shift
done
[ ${#targets[@]} -gt 0 ] || targets=(http_requests json_bodies tokens names configurations)

jobs=${JOBS:-$(nproc)}
mkdir -p build
cmake --preset "$preset" > build/fuzz-configure.log 2>&1 || { cat build/fuzz-configure.log; exit 1; }
cmake --build "build/$preset" -- -j "$jobs" "${targets[@]/#/fuzz_}" > build/fuzz-build.log 2>&1 ||
    { grep -A 20 'FAILED:' build/fuzz-build.log || tail -50 build/fuzz-build.log; exit 1; }

feed() { # target: its seeds and regressions once, then new inputs
    local target=$1 program=build/$preset/tests/fuzz/fuzz_$1 log=build/fuzz/$1.log
    local corpus=build/fuzz/corpus/$1 findings=build/fuzz/findings/$1-
    local kept=(tests/fuzz/seeds/"$1" tests/fuzz/regressions/"$1")
    mkdir -p "$corpus" build/fuzz/findings
    # An input of more than a second, or a GiB for one, is a finding, too.
    if "$program" "$limit" -timeout=1 -rss_limit_mb=1024 -max_len=4096 -print_final_stats=1 \
        -use_value_profile=1 -artifact_prefix="$findings" "$corpus" "${kept[@]}" > "$log" 2>&1; then
        printf '%-15s %s inputs, nothing found\n' "$target" \
            "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
    else
        grep -E 'does not hold|ERROR|SUMMARY|Test unit written' "$log" || tail -20 "$log"
        printf '%-15s FOUND something: %s FILE repeats it, the whole of it is in %s\n' \
            "$target" "$program" "$log"
        return 1
    fi
}
export -f feed
export limit preset
# More at once than there are processors: of five on two first three, then two. With two at once the
# fifth would have the machine to itself, and half of it idle.
printf '%s\n' "${targets[@]}" | xargs -P $((jobs * 3 / 2)) -I{} bash -c 'feed {}'
