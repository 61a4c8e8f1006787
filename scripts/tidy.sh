#!/usr/bin/env bash
# Runs clang-tidy-19 over src/, or over the rooms of it that are named.
#
#   scripts/tidy.sh [BUILD-FOLDER [ROOM …]]      the folder holds compile_commands.json
set -euo pipefail
cd "$(dirname "$0")/.."

build=${1:-build/release}
shift || true
if [ ! -f "$build/compile_commands.json" ]; then
    cmake --preset release > /dev/null
fi
places=()
for room in "$@"; do places+=("src/$room/"); done
[ ${#places[@]} -gt 0 ] || places=(src/)

# clang does not know g++'s own warnings, and complains about what is inside g++'s library.
find "${places[@]}" -name '*.cc' | sort |
    xargs -P "$(nproc)" -n 1 clang-tidy-19 -p "$build" --quiet --extra-arg=-Wno-unknown-warning-option \
        --extra-arg=-Wno-deprecated-declarations
