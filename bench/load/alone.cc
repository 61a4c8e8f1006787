#include "load/alone.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/clock.h"
#include "load/announced_coupon.h"
#include "load/bare_store.h"
#include "load/in_turn.h"
#include "rehearsal/latency_histogram.h"
#include "repository/sqlite_writer.h"

namespace dibs::bench {

using base::Result;
using rehearsal::LatencyHistogram;
using std::chrono::nanoseconds;

namespace {

// choice: half a second each, in which one client sees some hundreds of answers.
constexpr int slices_each_round = 10;

double microseconds(nanoseconds duration) {
    return std::chrono::duration<double, std::micro>(duration).count();
}

/// The median of an issue's commit in a store with no service over it.
Result<double> commit_issues(BareStore& store, domain::CouponId coupon_id, nanoseconds duration) {
    LatencyHistogram latency;
    for (nanoseconds taken{0}; taken < duration;) {
        const auto group = store.issue_group(coupon_id, 1);
        if (!group) return group.failure();
        latency.record(*group);
        const auto tidied = store.tidy();
        if (!tidied) return tidied.failure();
        taken += *group + *tidied;
    }
    return microseconds(latency.percentile(50));
}

/// The median of a commit of one small row, by the same settings and in a table with no rules.
Result<double> commit_bare_rows(database::SqliteConnection& connection, nanoseconds duration) {
    const base::SystemClock clock;
    const auto insert = connection.cached("INSERT INTO bare (text) VALUES (?1)");
    if (!insert) return insert.failure();
    LatencyHistogram latency;
    for (nanoseconds taken{0}; taken < duration;) {
        const auto begun_at = clock.steady_now();
        (*insert)->bind("a row as small as an event");
        if (auto run = (*insert)->run(); !run) return run.failure();
        const nanoseconds one = clock.steady_now() - begun_at;
        latency.record(one);
        taken += one;
    }
    return microseconds(latency.percentile(50));
}

/// The four medians, in microseconds, round by round.
struct Medians {
    std::vector<double> issue;
    std::vector<double> no_op;
    std::vector<double> commit;
    std::vector<double> bare_commit;
};

/// Everything that is measured in turn.
struct Grounds {
    Shop& shop;
    BareStore& store;
    domain::CouponId coupon_in_store;
    database::SqliteConnection& bare;
};

Result<void> measure_slice(const Grounds& at, nanoseconds duration, Medians& medians) {
    const CrowdSize one{.connections = 1,
                        .duration = std::chrono::floor<std::chrono::milliseconds>(duration)};
    auto offer = announce(at.shop, 1, endless_stock);
    if (!offer) return offer.failure();
    const auto issues = sell(at.shop, *offer, one);
    if (!issues) return issues.failure();
    const auto no_ops = knock(at.shop, one);
    if (!no_ops) return no_ops.failure();
    const auto commit = commit_issues(at.store, at.coupon_in_store, duration);
    if (!commit) return commit.failure();
    const auto bare_commit = commit_bare_rows(at.bare, duration);
    if (!bare_commit) return bare_commit.failure();
    medians.issue.push_back(microseconds(issues->p50));
    medians.no_op.push_back(microseconds(no_ops->p50));
    medians.commit.push_back(*commit);
    medians.bare_commit.push_back(*bare_commit);
    return {};
}

/// A round: slices that take turns, because a disk's mood lasts for seconds, and would strike one
/// side and not the other; of each side the median of its slices.
Result<void> measure_round(const Grounds& at, const Form& form, Medians& medians) {
    const int count = form.is_short ? 1 : slices_each_round;
    Medians slices;
    for (int i = 0; i < count; ++i) {
        if (auto done = measure_slice(at, form.duration / count, slices); !done) return done;
    }
    medians.issue.push_back(median_of(slices.issue));
    medians.no_op.push_back(median_of(slices.no_op));
    medians.commit.push_back(median_of(slices.commit));
    medians.bare_commit.push_back(median_of(slices.bare_commit));
    return {};
}

std::vector<double> sums(const std::vector<double>& one, const std::vector<double>& other) {
    std::vector<double> added;
    for (std::size_t i = 0; i < one.size(); ++i) added.push_back(one[i] + other[i]);
    return added;
}

GoalResult to_result(const Medians& medians) {
    GoalResult result;
    result.figures = {
        {.name = "an issue ÷ (a no-op request + a one-row commit), p50",
         .unit = "",
         .rounds = ratios(medians.issue, sums(medians.no_op, medians.commit)),
         .target = Target{.side = Target::Side::at_most, .value = 1.3}},
        {.name = "the same with a bare row's commit",
         .unit = "",
         .rounds = ratios(medians.issue, sums(medians.no_op, medians.bare_commit))},
        {.name = "an issue, p50", .unit = "µs", .rounds = medians.issue},
        {.name = "a no-op request, p50", .unit = "µs", .rounds = medians.no_op},
        {.name = "the commit of one issue in a bare store, p50",
         .unit = "µs",
         .rounds = medians.commit},
        {.name = "the commit of a bare row, p50", .unit = "µs", .rounds = medians.bare_commit}};
    result.notes.emplace_back(
        "The commit is one issue's three rows, through the same code and on the same disk as the "
        "service's, with no thread or line between; a bare row's goes into a table with no rules. "
        "The four take turns every half second.");
    return result;
}

}  // namespace

Result<GoalResult> measure_one_alone(const Workshop& workshop) {
    auto shop = Shop::open(workshop);
    if (!shop) return shop.failure();
    auto store = BareStore::open(workshop);
    if (!store) return store.failure();
    const auto coupon = store->offer(endless_stock);
    if (!coupon) return coupon.failure();
    const auto folder = TemporaryFolder::make(workshop.folder);
    if (!folder) return folder.failure();
    auto bare = repository::SqliteWriter::open_connection((folder->path() / "bare.db").string());
    if (!bare) return bare.failure();
    auto made = bare->execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, text TEXT) STRICT");
    if (!made) return made.failure();

    Medians medians;
    for (std::size_t round = 0; round < workshop.form.rounds; ++round) {
        const Grounds grounds{*shop, *store, *coupon, *bare};
        auto done = measure_round(grounds, workshop.form, medians);
        if (!done) return done.failure();
    }
    if (auto closed = shop->close(); !closed) return closed.failure();
    if (auto verified = store->verify(); !verified) return verified.failure();
    return to_result(medians);
}

}  // namespace dibs::bench
