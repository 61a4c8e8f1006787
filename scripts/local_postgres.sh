#!/usr/bin/env bash
# A PostgreSQL of the project's own, for the demonstration and the tests: a data folder, a port on
# loopback, a role and a database that nobody else has. It never touches the system's cluster.
#
#   scripts/local_postgres.sh start             starts it, unless it runs, and prints its URL
#   scripts/local_postgres.sh run COMMAND…      starts it, runs the command with DIBS_LOCAL_POSTGRES set
#                                               to its URL, and stops it again; ends as the command does
#   scripts/local_postgres.sh url [--superuser] the URL of what runs
#   scripts/local_postgres.sh status            whether it runs; exit code 0 if so
#   scripts/local_postgres.sh stop              stops it and throws its data away
#
# For tests of what happens without it:
#
#   scripts/local_postgres.sh freeze | thaw     stops all its processes where they stand, lets them go on
#   scripts/local_postgres.sh crash | recover   ends it without a goodbye, starts it again, same data,
#                                               same port
#
# DIBS_LOCAL_POSTGRES_FOLDER   where it is noted (build/postgresql); another folder is another server
# DIBS_LOCAL_POSTGRES_OPTIONS  more words for the server's own command line: -c fsync=off
#
# PostgreSQL refuses to run as root. Root starts it as the user `postgres`, in a folder that this user
# can reach: below the noted one if that will do, else below /var/tmp.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${DIBS_LOCAL_POSTGRES_FOLDER:-$PWD/build/postgresql}
case $folder in /*) ;; *) folder=$PWD/$folder ;; esac
read -r -a more_options <<< "${DIBS_LOCAL_POSTGRES_OPTIONS:-}"

complain() {
    echo "local_postgres.sh: $*" >&2
    exit 1
}

# Whatever the server's own user has to do.
as_server() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=postgres --regid=postgres --clear-groups --no-new-privs env -C / "$@"
    else
        "$@"
    fi
}

# The newest PostgreSQL of 15 or later that is installed, Debian's way or on the path.
find_programs() {
    local newest
    newest=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2> /dev/null | sort -t / -k 5 -n | tail -1)
    if [ -n "$newest" ] && [ -x "$newest/initdb" ]; then
        programs=$newest
    elif command -v initdb > /dev/null; then
        programs=$(dirname "$(command -v initdb)")
    else
        complain 'PostgreSQL is not installed: scripts/setup.sh postgresql'
    fi
}

# Where the data lies: noted at the first start, because it is not always below the folder.
place_of_data() { cat "$folder/place" 2> /dev/null || true; }

is_running() {
    local place
    place=$(place_of_data)
    [ -n "$place" ] && [ -f "$place/data/postmaster.pid" ] &&
        as_server "$programs/pg_ctl" status -D "$place/data" > /dev/null 2>&1
}

choose_place() {
    local place=$folder
    if [ "$(id -u)" = 0 ] && ! as_server test -x "$folder" 2> /dev/null; then
        place=$(mktemp -d /var/tmp/dibs-postgresql-XXXXXX)
        echo "The user postgres can't enter $folder: the data is in $place" >&2
    fi
    echo "$place" > "$folder/place"
    mkdir -p "$place/data"
    if [ "$(id -u)" = 0 ]; then
        chmod 711 "$place"
        chown postgres "$place/data"
    fi
    chmod 700 "$place/data"
}

new_password() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }

initialise() {
    local place=$1 password=$2
    # What is thrown away when it stops need not be on the disk before it starts.
    (umask 077 && echo "$password" > "$place/first_password")
    [ "$(id -u)" != 0 ] || chown postgres "$place/first_password"
    as_server "$programs/initdb" --pgdata="$place/data" --username=postgres --auth=scram-sha-256 \
        --pwfile="$place/first_password" --encoding=UTF8 --locale=C.UTF-8 --no-sync \
        > "$folder/initdb.log" 2>&1 ||
        { cat "$folder/initdb.log" >&2; complain 'initdb failed'; }
    rm "$place/first_password"
}

start_server() { # place port
    as_server "$programs/pg_ctl" start --pgdata="$1/data" --wait --silent --log="$1/data/server.log" \
        --options="-c listen_addresses=127.0.0.1 -c port=$2 -c unix_socket_directories= \
        -c max_connections=200 ${more_options[*]}" > /dev/null 2>&1 < /dev/null
}

# A port is free until somebody else takes it, so the server's own start is the judge. Below 32768:
# the ports from there on go to connections that leave.
start_on_free_port() {
    local place=$1 try
    for try in 1 2 3 4 5 6 7 8 9 10; do
        port=$((20000 + (RANDOM % 12000)))
        if start_server "$place" "$port"; then
            echo "$port" > "$folder/port"
            return
        fi
        grep -q 'Address already in use' "$place/data/server.log" ||
            { tail -5 "$place/data/server.log" >&2; complain 'the server did not start'; }
        : > "$place/data/server.log"
    done
    complain "no free port was found in $try tries"
}

url_of() { # user database
    echo "postgresql://$1@127.0.0.1:$port/$2?passfile=$folder/passwords"
}

start() {
    mkdir -p "$folder"
    if is_running; then
        cat "$folder/url"
        return
    fi
    throw_away
    mkdir -p "$folder"
    # All of it goes at the end, so nothing else may be there.
    [ -z "$(ls -A "$folder")" ] || complain "$folder is not empty: name a folder of its own"
    choose_place
    local place superuser_password owner_password
    place=$(place_of_data)
    superuser_password=$(new_password)
    owner_password=$(new_password)
    initialise "$place" "$superuser_password"
    start_on_free_port "$place"
    # libpq reads a file of passwords only if nobody else can. So none is in a URL, where every user of
    # the machine would see it in the list of processes.
    (umask 077 && printf '127.0.0.1:%s:*:%s:%s\n' "$port" postgres "$superuser_password" \
        "$port" dibs "$owner_password" > "$folder/passwords")
    url_of postgres postgres > "$folder/superuser_url"
    url_of dibs dibs > "$folder/url"
    PGOPTIONS='' psql --quiet --no-psqlrc -v ON_ERROR_STOP=1 "$(cat "$folder/superuser_url")" <<- SQL
		CREATE ROLE dibs LOGIN CREATEDB PASSWORD '$owner_password';
		CREATE DATABASE dibs OWNER dibs;
	SQL
    cat "$folder/url"
}

throw_away() {
    local place
    place=$(place_of_data)
    case $place in
        "$folder") rm -rf "$folder" ;;
        /var/tmp/dibs-postgresql-*) rm -rf "$place" "$folder" ;;
    esac
}

stop() {
    if is_running; then
        signal_all CONT   # Who is frozen hears nothing.
        crash             # What is thrown away needs no last checkpoint.
    fi
    throw_away
}

# The postmaster and its children, which have process groups of their own.
signal_all() {
    local postmaster
    postmaster=$(head -1 "$(place_of_data)/data/postmaster.pid")
    # The parent first: it must not take the children's silence for a crash.
    kill "-$1" "$postmaster"
    pkill "-$1" --parent "$postmaster" || true
}

crash() {
    as_server "$programs/pg_ctl" stop -D "$(place_of_data)/data" --mode=immediate --wait --silent
}

recover() {
    start_server "$(place_of_data)" "$(cat "$folder/port")" || complain 'the server did not come back'
}

find_programs
case ${1:-} in
    start) start ;;
    stop) stop ;;
    status)
        if is_running; then echo "runs: $(cat "$folder/url")"; else echo 'does not run'; exit 1; fi
        ;;
    url)
        is_running || complain 'it does not run'
        if [ "${2:-}" = --superuser ]; then cat "$folder/superuser_url"; else cat "$folder/url"; fi
        ;;
    run)
        shift
        [ $# -gt 0 ] || complain 'run what?'
        DIBS_LOCAL_POSTGRES=$(start)
        export DIBS_LOCAL_POSTGRES
        trap stop EXIT
        # Ctrl-C reaches the command as well, which ends in its own time; the server goes after it.
        trap : INT TERM
        code=0
        "$@" || code=$?
        exit "$code"
        ;;
    freeze) signal_all STOP ;;
    thaw) signal_all CONT ;;
    crash) crash ;;
    recover) recover ;;
    *) complain 'start, run, url, status, stop, freeze, thaw, crash or recover?' ;;
esac
