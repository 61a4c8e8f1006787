#!/usr/bin/env bash
# Holds every C++ file against .clang-format. To mend what it finds: clang-format -i FILE.
set -euo pipefail
cd "$(dirname "$0")/../.."
find src tests bench -name '*.h' -o -name '*.cc' | sort | xargs clang-format --dry-run -Werror
