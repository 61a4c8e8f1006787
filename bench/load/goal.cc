#include "load/goal.h"

#include "load/against_redis.h"
#include "load/against_wrk.h"
#include "load/alone.h"
#include "load/counted.h"
#include "load/disk_use.h"
#include "load/fold_beside.h"
#include "load/growth.h"
#include "load/hot_coupon.h"
#include "load/listing.h"
#include "load/memory.h"
#include "load/overload.h"
#include "load/postgres_service.h"
#include "load/request_calls.h"
#include "load/restart.h"
#include "load/store_rivals.h"
#include "load/tail.h"
#include "micro/store_engines.h"
#include "micro/store_group.h"

namespace dibs::bench {

const std::vector<Goal>& all_goals() {
    static const std::vector<Goal> goals = {
        {.id = "P1",
         .what = "Durable issues of a hot coupon over HTTP ÷ no-op requests, 256 connections",
         .bound = "what a row costs: the tree by user, whose pages go into the log whole, and SQL; "
                  "on two cores shared with the generator",
         .measure = measure_against_no_op},
        {.id = "P2",
         .what = "Durable issues in groups ÷ in groups of one, 256 connections",
         .bound = "one sync for each issue below; above, what bounds P1",
         .measure = measure_against_groups_of_one},
        {.id = "P3",
         .what = "Issues at the store in groups of 256 ÷ one by one",
         .bound = "a sync on the one side, the three trees on the other: the faster the disk, the "
                  "less grouping gains",
         .measure = measure_store_groups},
        {.id = "P4",
         .what =
             "PostgreSQL: issues at the store in groups of 256 ÷ as textbooks have it, 32 clients",
         .bound = "the server's own time, of which the guards take a fifth, the three indexes a "
                  "fifth and "
                  "the rows a tenth",
         .measure = measure_against_rivals},
        {.id = "P5",
         .what = "PostgreSQL: issues over HTTP ÷ by the textbook's row lock behind the same HTTP "
                 "server, "
                 "64 connections",
         .bound = "with 64 connections a group has 64 at most: its round trips and its commit are "
                  "shared by few",
         .measure = measure_against_textbook_service},
        {.id = "P6",
         .what =
             "Durable issues over HTTP ÷ by Redis's script with `appendfsync always`, 64 clients",
         .bound = "Redis shares its syncs as well, and its requests cost the kernel less than "
                  "HTTP; ours keeps three tables for ever",
         .measure = measure_against_redis},
        {.id = "P7",
         .what = "Many more than can be served: throughput, p99 of the accepted, memory",
         .bound = "the wait is the length of the line ÷ the throughput, and nobody is refused "
                  "before the line is full",
         .measure = measure_overload},
        {.id = "P8",
         .what = "Issues spread over 10,000 coupons ÷ of one hot coupon, 256 connections",
         .bound = "each coupon is opened by itself, so a group of 256 opens 256",
         .measure = measure_many_coupons},
        {.id = "P9",
         .what = "Syncs of the disk per issue, 256 or more waiting",
         .bound = "one sync for each group, two for each copy of the log",
         .measure = count_syncs_of_issues},
        {.id = "P10",
         .what = "Refusals of a sold-out coupon ÷ no-op requests, and SQL statements per refusal",
         .bound = "a route, an identity, a look at the latch and a body",
         .measure = measure_refusals},
        {.id = "P11",
         .what = "One client alone: an issue ÷ (a no-op request + a one-row commit)",
         .bound = "two hand-overs, each a wake-up",
         .measure = measure_one_alone},
        {.id = "P12",
         .what = "The tail at 70 % of peak: p99 and p99.9 ÷ p50, open loop",
         .bound = "the end of a copy of the log, for which everybody waits; on two cores also "
                  "whoever takes "
                  "the committer's",
         .measure = measure_tail},
        {.id = "P13",
         .what = "Growth: issues with 10,000,000 rows ÷ with 10,000; decisions with 1,000,000 "
                 "events ÷ with 1,000",
         .bound = "the larger the tree by user, the fewer new rows share a page",
         .measure = measure_growth},
        {.id = "P14",
         .what = "During the fold of 1,000,000 events: throughput and p99 ÷ without",
         .bound = "a step of the fold is a transaction on the one connection that writes",
         .measure = measure_beside_fold},
        {.id = "P15",
         .what = "A quiet coupon's p99 during a flood on a hot one ÷ alone",
         .bound = "alone it is a commit of one; beside a flood it waits for a full group and goes "
                  "with the next",
         .measure = measure_beside_flood},
        {.id = "P16",
         .what = "GET /coupons/me ÷ no-op requests, alone and beside issuance",
         .bound = "processor time: a statement and JSON for each listing, by a reader",
         .measure = measure_listing},
        {.id = "P17",
         .what = "PostgreSQL: issues of a hot coupon by four nodes ÷ by one",
         .bound = "all nodes take turns at the lock of the hot coupon",
         .measure = measure_four_nodes},
        {.id = "P18",
         .what = "Restart to the first right answer with 1,000,000 events since the last fold ÷ "
                 "with none",
         .bound = "nothing is replayed; what is left is the start of a process",
         .measure = measure_restart},
        {.id = "P19",
         .what = "Bytes on the disk for each issue, by table and index",
         .bound = "history and live event carry the same columns, and the user's name stands in "
                  "three tables",
         .measure = measure_disk_use},
        {.id = "P20",
         .what = "Memory: at rest, for each idle connection, growth at peak",
         .bound = "a connection's coroutine and buffers; at rest the libraries",
         .measure = measure_memory},
        {.id = "S1",
         .what = "The embedded store: SQLite beside RocksDB",
         .bound = "SQLite: a page for each new user, into the log and into the database; RocksDB: "
                  "the sync, and later its compactions",
         .measure = measure_store_engines},
        {.id = "G1",
         .what = "Our generator against wrk: no-op requests, 256 connections",
         .bound = "both are one thread, and share the cores with the service",
         .measure = measure_against_wrk},
        {.id = "G2",
         .what = "What a request asks of the allocator and the kernel",
         .bound = "counted, not timed",
         .measure = count_calls_of_requests},
    };
    return goals;
}

}  // namespace dibs::bench
