#!/bin/sh
# Tests the real `dibs` from outside, over HTTP and from the command line (tests/api), kills it in
# the middle of things (tests/crash), and judges what was seen meanwhile (tests/histories). Needs Node 18 or later, sqlite3 and libfaketime.
#
#   DIBS_BINARY=build/dev/src/app/dibs tests/run-api.sh            everything
#   tests/run-api.sh tests/api/sale_test.mjs                       one file
#   DIBS_TEST_STORE=postgresql tests/run-api.sh                    what a store promises, on PostgreSQL
#   DIBS_KILL_CYCLES=1000 tests/run-api.sh tests/crash/kill_test.mjs
set -eu
cd "$(dirname "$0")/.."
export DIBS_BINARY="${DIBS_BINARY:-build/release/src/app/dibs}"

# In memory if there are half a GiB free: what a kill -9 leaves behind is the same there, and a slow
# disk's syncs would only make the tests wait.
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ]; then
    free_kib=$(df -Pk /dev/shm | awk 'NR == 2 { print $4 }')
    if [ "$free_kib" -gt 524288 ]; then export TMPDIR=/dev/shm; fi
fi

# What this version of Node knows: three files at once, as they wait a good part of the time, and the
# list of results that people read.
help=$(node --help)
options=""
set_option() {
    case $help in *"$1"*) options="$options $1=$2" ;; esac
}
set_option --test-concurrency 3
set_option --test-reporter spec

# On PostgreSQL, those that state what any store promises; the others are about the file, the command
# line or HTTP, and would say the same again.
if [ $# -eq 0 ] && [ "${DIBS_TEST_STORE:-sqlite}" = postgresql ]; then
    for subject in announcing books compaction daily_compaction health holdings idempotency issuing \
        offers registrations sale sold_out window; do
        set -- "$@" "tests/api/${subject}_test.mjs"
    done
elif [ $# -eq 0 ]; then  # The longest first.
    set -- tests/crash/*_test.mjs tests/api/*_test.mjs tests/histories/*_test.mjs
fi

# One server for all of them, each shop with a database of its own.
on_store=""
if [ "${DIBS_TEST_STORE:-sqlite}" = postgresql ]; then
    DIBS_LOCAL_POSTGRES_FOLDER=$(mktemp -d)/server
    export DIBS_LOCAL_POSTGRES_FOLDER
    chmod 711 "$(dirname "$DIBS_LOCAL_POSTGRES_FOLDER")"
    export DIBS_LOCAL_POSTGRES_OPTIONS='-c fsync=off -c full_page_writes=off'
    on_store="scripts/local_postgres.sh run"
fi
# shellcheck disable=SC2086  # Each option is a word.
exec $on_store node --test $options "$@"
