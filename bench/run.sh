#!/usr/bin/env bash
# Measures the goals and says what falls short; keeps the figures in bench/results/.
#
#   bench/run.sh                              all goals, about an hour
#   bench/run.sh P1 P10                       these goals
#   bench/run.sh G1                           whether our generator sees what wrk does
#   bench/run.sh P13 --rows 10000,1000000     growth on smaller stores; also of P14 and P18
#   bench/run.sh P14 P18 --events 100000      fewer events since the last fold
#   bench/run.sh P20 --long                   watches memory for an hour instead of a minute
#   bench/run.sh --short                      only whether everything runs and adds up; keeps nothing
#
# What else dibs_bench takes (--rounds, --seconds) may follow; with fewer or shorter ones than the
# usual five of five seconds, figures are kept as well, and say so. BUILD names another build
# directory than build/release. Stores lie below it, so it must be on a disk, with 10 GB free (40 GB
# for --long); what an interrupted run has left there goes when the next begins. Whatever else the machine does strikes the figures: see that it does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

build=${BUILD:-build/release}
cmake --preset release -B "$build" -DBUILD_TESTING=ON > /dev/null
cmake --build "$build" --target dibs dibs_bench count_calls rival_service -- -j "${JOBS:-$(nproc)}" > "$build/bench-build.log" 2>&1 ||
    { tail -50 "$build/bench-build.log"; exit 1; }

commit=$(git rev-parse --short HEAD 2> /dev/null || echo unknown)
git diff --quiet HEAD -- src bench ':!bench/results' 2> /dev/null || commit="$commit-changed"

keep=(--results bench/results)
for argument in "$@"; do
    [ "$argument" != --short ] || keep=()
done

"$build/bench/dibs_bench" --dibs "$build/src/app/dibs" --count-calls "$build/bench/libcount_calls.so" \
    --rival-service "$build/bench/rival_service" \
    --folder "$build/bench/stores" --commit "$commit" "${keep[@]}" "$@"
