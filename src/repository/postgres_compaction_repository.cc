#include "repository/postgres_compaction_repository.h"

#include <fmt/format.h>

#include <utility>

#include "repository/postgres_rows.h"

namespace dibs::repository {

using base::Failure;
using base::FailureKind;
using base::Instant;
using base::Result;
using database::PostgresRows;
using database::PostgresStatement;
using database::to_array;
using domain::CouponInventory;

namespace {

constexpr std::string_view select_unfinished =
    "SELECT run, until, trigger, started_at, finished_at, is_frozen::int, events_in, events_out,"
    "       steps"
    "  FROM inventory_compaction WHERE under_way";

constexpr std::string_view select_run =
    "SELECT run, until, trigger, started_at, finished_at, is_frozen::int, events_in, events_out,"
    "       steps"
    "  FROM inventory_compaction WHERE run = $1::bigint";

// Holds the run's record until the transaction ends, so that nobody takes the lead in the middle of
// it; no row where another process has it already.
constexpr std::string_view lock_unless_led_by_another =
    "SELECT run FROM inventory_compaction"
    " WHERE run = $1::bigint AND (leader IS NULL OR leader = $2::text) FOR UPDATE";

// choice: each try that is lost means that another process's run began or ended meanwhile.
constexpr int claim_tries_max = 10;

Result<std::optional<CompactionRun>> read_optional_run(const PostgresRows& rows) {
    if (rows.row_count() == 0) return std::optional<CompactionRun>();
    auto run = read_run(PostgresRow(rows, 0));
    if (!run) return run.failure();
    return std::optional<CompactionRun>(*run);
}

PostgresStatement insert_cumulative(const CouponInventory& event) {
    return {
        "INSERT INTO coupon_inventory"
        "  (coupon_id, sequence, is_cumulative, kind, amount, stock_after, issued_after,"
        "   created_at)"
        " VALUES ($1::bigint, $2::bigint, true, 'cumulative', $3::bigint, $4::bigint, $5::bigint,"
        "         $6::bigint)",
        {to_parameter(event.coupon_id), to_parameter(event.sequence), to_parameter(event.amount),
         to_parameter(event.stock_after), to_parameter(event.issued_after),
         to_parameter(event.created_at)}};
}

// By range of the key, not by a list of ids: one walk along one tree.

PostgresStatement delete_older_cumulative(const CouponInventory& cumulative) {
    return {
        "DELETE FROM coupon_inventory"
        " WHERE coupon_id = $1::bigint AND sequence < $2::bigint AND is_cumulative",
        {to_parameter(cumulative.coupon_id), to_parameter(cumulative.sequence)}};
}

PostgresStatement delete_folded(const CouponInventory& cumulative) {
    return {
        "DELETE FROM coupon_inventory"
        " WHERE coupon_id = $1::bigint AND sequence <= $2::bigint AND NOT is_cumulative",
        {to_parameter(cumulative.coupon_id), to_parameter(cumulative.sequence)}};
}

PostgresStatement delete_reached_point(std::int64_t run, const CouponInventory& cumulative) {
    return {
        "DELETE FROM inventory_compaction_point"
        " WHERE run = $1::bigint AND coupon_id = $2::bigint AND sequence <= $3::bigint",
        {to_parameter(run), to_parameter(cumulative.coupon_id), to_parameter(cumulative.sequence)}};
}

constexpr std::size_t statements_per_coupon = 4;

}  // namespace

Result<std::vector<PostgresRows>> PostgresCompactionRepository::write(
    std::vector<PostgresStatement> statements) {
    auto begun = writers_.begin({});
    if (!begun) return begun.failure();
    return begun->lease.commit(statements);
}

// Whoever was stopped for so long that another has taken the lead and folded on is turned away
// here, before it writes anything, whatever it believed when it read.
Result<PostgresPool::Begun> PostgresCompactionRepository::begin_as_leader(std::int64_t run) {
    auto begun = writers_.begin({{lock_unless_led_by_another, {to_parameter(run), name_}}});
    if (!begun) return begun.failure();
    if (begun->rows.front().row_count() == 1) return begun;
    return Failure{FailureKind::conflict, fmt::format("another process leads compaction {}", run)};
}

Result<std::vector<PostgresRows>> PostgresCompactionRepository::write_as_leader(
    std::int64_t run, const std::vector<PostgresStatement>& statements) {
    auto begun = begin_as_leader(run);
    if (!begun) return begun.failure();
    return begun->lease.commit(statements);
}

// The run that is under way is the only one with `under_way` set, which the key allows once. So of
// those who start a run at once all but one are refused, and find that one's.
Result<CompactionRun> PostgresCompactionRepository::claim(Instant until, CompactionTrigger trigger,
                                                          Instant now) {
    for (int tried = 1;; ++tried) {
        auto unfinished = find_unfinished();
        if (!unfinished) return unfinished.failure();
        if (*unfinished) return **unfinished;
        const auto done =
            write({{"INSERT INTO inventory_compaction (run, until, trigger, started_at, under_way)"
                    " SELECT 1 + coalesce(max(run), 0), $1::bigint, $2::text, $3::bigint, true"
                    "   FROM inventory_compaction",
                    {to_parameter(until), std::string(name_of(trigger)), to_parameter(now)}},
                   {select_unfinished, {}}});
        if (done) {
            auto claimed = read_optional_run((*done)[1]);
            if (!claimed) return claimed.failure();
            base::ensure(claimed->has_value(), "a run that was inserted is there");
            return **claimed;
        }
        const auto kind = done.failure().kind;
        const bool was_somebody_quicker =
            kind == FailureKind::refused || kind == FailureKind::conflict;
        if (!was_somebody_quicker || tried == claim_tries_max) return done.failure();
    }
}

// No key is named: of several who take up a run at once, one may meet the other's row first at the
// key of `under_way`. So it is looked at what is on record then.
Result<void> PostgresCompactionRepository::take_up(const CompactionRun& run) {
    const auto done =
        write({{"INSERT INTO inventory_compaction (run, until, trigger, started_at, under_way)"
                " VALUES ($1::bigint, $2::bigint, $3::text, $4::bigint, true)"
                " ON CONFLICT DO NOTHING",
                {to_parameter(run.run), to_parameter(run.until), std::string(name_of(run.trigger)),
                 to_parameter(run.started_at)}},
               {select_run, {to_parameter(run.run)}}});
    if (!done) return done.failure();
    if (done->back().row_count() == 1) return {};
    return Failure{FailureKind::refused,
                   fmt::format("compaction {} is of another server, and one of this server's own "
                               "is under way",
                               run.run)};
}

Result<bool> PostgresCompactionRepository::lead(std::int64_t run) {
    // By the database's clock: the nodes' own need not agree. Whoever holds the record is in the
    // middle of a step and leads, so nobody waits for it.
    const auto done = write(
        {{"UPDATE inventory_compaction"
          "   SET leader = $2::text,"
          "       leads_until = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
          "                     + $3::bigint"
          " WHERE run = (SELECT run FROM inventory_compaction"
          "               WHERE run = $1::bigint AND under_way"
          "                 AND (leader IS NULL OR leader = $2::text"
          "                      OR leads_until"
          "                         < (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)"
          "               FOR UPDATE SKIP LOCKED)",
          {to_parameter(run), name_, to_parameter(std::chrono::microseconds(lead_time).count())}}});
    if (done) return done->front().changed_count() == 1;
    if (done.failure().kind == FailureKind::conflict) return false;
    return done.failure();
}

Result<void> PostgresCompactionRepository::add_points(std::int64_t run,
                                                      const std::vector<CompactionPoint>& points) {
    std::vector<std::int64_t> coupons;
    std::vector<std::int64_t> sequences;
    for (const CompactionPoint& point : points) {
        coupons.push_back(point.coupon_id.value);
        sequences.push_back(point.sequence.value);
    }
    const auto done = write_as_leader(
        run, {{"INSERT INTO inventory_compaction_point (run, coupon_id, sequence)"
               " SELECT $1::bigint, point.coupon_id, point.sequence"
               "   FROM unnest($2::bigint[], $3::bigint[]) AS point (coupon_id, sequence)"
               " ON CONFLICT DO NOTHING",
               {to_parameter(run), to_array(coupons), to_array(sequences)}}});
    if (!done) return done.failure();
    return {};
}

Result<void> PostgresCompactionRepository::freeze(std::int64_t run) {
    const auto done = write_as_leader(
        run,
        {{"UPDATE inventory_compaction SET is_frozen = true WHERE run = $1::bigint AND under_way",
          {to_parameter(run)}}});
    if (!done) return done.failure();
    return {};
}

Result<void> PostgresCompactionRepository::replace(std::int64_t run,
                                                   const std::vector<CouponInventory>& cumulative,
                                                   std::int64_t event_count) {
    std::vector<PostgresStatement> statements;
    for (const CouponInventory& event : cumulative) {
        statements.push_back(insert_cumulative(event));
        statements.push_back(delete_older_cumulative(event));
        statements.push_back(delete_folded(event));
        statements.push_back(delete_reached_point(run, event));
    }
    auto begun = begin_as_leader(run);
    if (!begun) return begun.failure();
    const auto written = begun->lease.exchange(statements);
    if (!written) return written.failure();
    std::int64_t events_in = 0;
    std::int64_t events_out = 0;
    for (std::size_t i = 0; i < written->size(); i += statements_per_coupon) {
        events_in += (*written)[i + 2].changed_count();
        events_out += (*written)[i + 3].changed_count();
    }
    if (events_in != event_count) {
        return Failure{FailureKind::refused,
                       fmt::format("compaction {}: {} events were folded and {} would go", run,
                                   event_count, events_in)};
    }
    const std::vector<PostgresStatement> progress = {
        {"UPDATE inventory_compaction"
         "   SET events_in = events_in + $2::bigint, events_out = events_out + $3::bigint,"
         "       steps = steps + 1"
         " WHERE run = $1::bigint AND under_way",
         {to_parameter(run), to_parameter(events_in), to_parameter(events_out)}}};
    const auto done = begun->lease.commit(progress);
    if (!done) return done.failure();
    return {};
}

Result<CompactionRun> PostgresCompactionRepository::finish(std::int64_t run, Instant now) {
    const auto done = write_as_leader(
        run,
        {{"DELETE FROM inventory_compaction_point WHERE run = $1::bigint", {to_parameter(run)}},
         {"UPDATE inventory_compaction SET finished_at = $2::bigint, under_way = NULL"
          " WHERE run = $1::bigint AND under_way",
          {to_parameter(run), to_parameter(now)}},
         {select_run, {to_parameter(run)}}});
    if (!done) return done.failure();
    auto found = read_optional_run((*done)[2]);
    if (!found) return found.failure();
    base::ensure(found->has_value(), "a run that is finished was recorded");
    return **found;
}

Result<std::optional<CompactionRun>> PostgresCompactionRepository::find_run(std::int64_t run) {
    const auto rows = readers_.read_one({select_run, {to_parameter(run)}});
    if (!rows) return rows.failure();
    return read_optional_run(*rows);
}

Result<std::optional<CompactionRun>> PostgresCompactionRepository::find_unfinished() {
    const auto rows = readers_.read_one({select_unfinished, {}});
    if (!rows) return rows.failure();
    return read_optional_run(*rows);
}

}  // namespace dibs::repository
