#!/usr/bin/env bash
# Runs clang-tidy-19 over src/, or over the rooms of it that are named.
#
#   scripts/tidy.sh [BUILD-FOLDER [ROOM …]]      the folder holds compile_commands.json
#   scripts/tidy.sh --together ROOM …            each room as one unit
#
# Most of the time goes into reading the library's headers, which a unit for a whole room reads once.
# Then misc-unused-using-decls says nothing, since it looks at a unit's own file only.
set -euo pipefail
cd "$(dirname "$0")/.."

# clang does not know g++'s own warnings, and complains about what is inside g++'s library.
options=(--quiet --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-deprecated-declarations)

if [ "${1:-}" = --together ]; then
    shift
    mkdir -p build/tidy
    for room in "$@"; do
        printf '#include "%s"\n' "$PWD/src/$room"/*.cc > "build/tidy/$room.cc"
        echo "build/tidy/$room.cc"
    done | xargs -P "$(nproc)" -I{} clang-tidy-19 "${options[@]}" --header-filter='/src/.*\.(h|cc)$' \
            --checks=-bugprone-suspicious-include {} \
        -- -std=c++23 -Isrc -Wall -Wextra
    exit
fi

build=${1:-build/release}
shift || true
if [ ! -f "$build/compile_commands.json" ]; then
    cmake --preset release > /dev/null
fi
places=()
for room in "$@"; do places+=("src/$room/"); done
[ ${#places[@]} -gt 0 ] || places=(src/)

find "${places[@]}" -name '*.cc' | sort |
    xargs -P "$(nproc)" -n 1 clang-tidy-19 -p "$build" "${options[@]}"
