# Two commands for a fresh machine: `make run` and `make test`. The rest is for those who work on Dibs.

JOBS ?= $(shell nproc)
ARGS ?=
STORE ?= sqlite

.PHONY: run test build setup setup-test unit sanitizers api tidy bench trials soak planted fuzz clean help

help:
	@echo 'make run          build, and watch a sale (ARGS=--exit ends after it)'
	@echo '                  STORE=postgresql: two nodes on a PostgreSQL of its own'
	@echo 'make test         every test, those in C++ under the sanitizers'
	@echo 'make build        the release binary, build/release/src/app/dibs'
	@echo 'make unit         unit and contract tests of the optimised build'
	@echo 'make sanitizers   the same under the address, undefined and thread sanitizers'
	@echo 'make api          black-box tests of the binary alone'
	@echo 'make tidy         clang-tidy over everything'
	@echo 'make trials       power cuts, faults, kills, failovers, histories, overload: the long form'
	@echo 'make soak         10,000 seeds of the simulation, and an hour of everything at once'
	@echo 'make planted      plant bugs, and see each one found'
	@echo 'make fuzz         ten million inputs for each parser'
	@echo 'make bench        measure the goals (an hour), and write bench/results/'
	@echo 'make clean        throw the builds away'

run: build
ifeq ($(STORE),postgresql)
	@scripts/setup.sh postgresql
	@scripts/local_postgres.sh run sh -c 'build/release/src/app/dibs demo --store "$$DIBS_LOCAL_POSTGRES" $(ARGS)'
else ifeq ($(STORE),sqlite)
	@build/release/src/app/dibs demo $(ARGS)
else
	@echo 'make run: STORE is sqlite or postgresql' >&2; exit 2
endif

build: setup
	@cmake --preset release -DBUILD_TESTING=OFF > /dev/null
	@cmake --build build/release --target dibs -- -j $(JOBS)

test: setup-test
	@scripts/test.sh

unit: setup-test
	@scripts/test.sh unit

sanitizers: setup-test
	@scripts/test.sh asan tsan

api: setup-test
	@scripts/test.sh api

# Long: two hundred power cuts, each call to the disk failed, each statement of a fold killed, each
# third byte of a store turned; then a thousand kills, twenty failovers of a PostgreSQL pair, a node
# that stands still for half a minute, two hundred broken wires, forty thousand operations of
# histories, slow clients and overload measured for minutes. `make test` has a short form of each.
# Those that measure run alone.
trials: setup-test
	@cmake --preset release -DBUILD_TESTING=ON > /dev/null
	@cmake --build build/release -- -j $(JOBS) dibs tests/crash/all
	@set -e; for trial in power_loss io_faults log_copy fold_kill corruption upgrade; do \
	    DIBS_POWER_CUTS=200 DIBS_EVERY_FAULT=1 DIBS_CORRUPTION_STRIDE=3 DIBS_LOG_COPIES=40 \
	        build/release/tests/crash/dibs_$$trial --gtest_brief=1; done
	@DIBS_KILL_CYCLES=1000 DIBS_FAILOVERS=20 DIBS_PAUSE_SECONDS=30 DIBS_CUTS=50 \
	    DIBS_HISTORIES=4 DIBS_HISTORY_OPERATIONS=10000 DIBS_RANDOM_HISTORIES=100000 \
	    tests/run-api.sh tests/crash/*_test.mjs tests/histories/*_test.mjs
	@for subject in slow_clients many_connections overload; do \
	    DIBS_BURDEN_SECONDS=5 tests/run-api.sh tests/api/$${subject}_test.mjs || exit 1; done

planted: setup-test
	@scripts/planted.py

fuzz: setup-test
	@scripts/fuzz.sh --runs 10000000

# The simulation takes ten minutes of a core, more or less: SEEDS=FIRST..LAST for others than
# 1..10000. Then an hour of the service, whose store grows by some gigabytes in /var/tmp.
soak: setup-test
	@scripts/soak.sh $(SEEDS)
	@cmake --build build/release --target dibs -- -j $(JOBS) > /dev/null
	@DIBS_SOAK_SECONDS=3600 tests/run-api.sh tests/crash/soak_test.mjs

tidy: setup-test
	@scripts/tidy.sh

bench: setup-test
	@bench/run.sh $(ARGS)

setup:
	@scripts/setup.sh build

setup-test:
	@scripts/setup.sh test

clean:
	@rm -rf build
