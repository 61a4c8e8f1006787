#include "load/goal.h"

#include "load/alone.h"
#include "load/counted.h"
#include "load/hot_coupon.h"
#include "load/postgres_service.h"
#include "load/store_rivals.h"
#include "micro/store_group.h"

namespace dibs::bench {

const std::vector<Goal>& all_goals() {
    static const std::vector<Goal> goals = {
        {.id = "P1",
         .what = "Durable issues of a hot coupon over HTTP ÷ no-op requests, 256 connections",
         .bound = "",
         .measure = measure_against_no_op},
        {.id = "P2",
         .what = "Durable issues in groups ÷ in groups of one, 256 connections",
         .bound = "",
         .measure = measure_against_groups_of_one},
        {.id = "P3",
         .what = "Issues at the store in groups of 256 ÷ one by one",
         .bound = "",
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
         .bound = "",
         .measure = measure_against_textbook_service},
        {.id = "P8",
         .what = "Issues spread over 10,000 coupons ÷ of one hot coupon, 256 connections",
         .bound = "",
         .measure = measure_many_coupons},
        {.id = "P9",
         .what = "Syncs of the disk per issue, 256 or more waiting",
         .bound = "",
         .measure = count_syncs_of_issues},
        {.id = "P10",
         .what = "Refusals of a sold-out coupon ÷ no-op requests, and SQL statements per refusal",
         .bound = "",
         .measure = measure_refusals},
        {.id = "P11",
         .what = "One client alone: an issue ÷ (a no-op request + a one-row commit)",
         .bound = "",
         .measure = measure_one_alone},
        {.id = "P17",
         .what = "PostgreSQL: issues of a hot coupon by four nodes ÷ by one",
         .bound = "",
         .measure = measure_four_nodes},
    };
    return goals;
}

}  // namespace dibs::bench
