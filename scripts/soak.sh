#!/usr/bin/env bash
# Runs many seeds of the simulation, a part of them on each core, and shows what each part came to.
#
#   scripts/soak.sh [FIRST..LAST]   1..10000 by default
#
# Ends with 1 if a seed failed. Its line, "dibs_simulation --seed N", is the command that shows it
# again; with --trace it shows all of it. The packages must be there (scripts/setup.sh test).
set -euo pipefail
cd "$(dirname "$0")/.."

seeds=${1:-1..10000}
jobs=${JOBS:-$(nproc)}
first=${seeds%..*}
last=${seeds#*..}

cmake --preset release -DBUILD_TESTING=ON > /dev/null
cmake --build build/release --target dibs_simulation -- -j "$jobs" > /dev/null
simulation=build/release/tests/simulation/dibs_simulation

parts=()
count=$(((last - first + jobs) / jobs))
for ((from = first; from <= last; from += count)); do
    to=$((from + count - 1 < last ? from + count - 1 : last))
    "$simulation" --seeds "$from..$to" &
    parts+=($!)
done
status=0
for part in "${parts[@]}"; do wait "$part" || status=1; done
exit $status
