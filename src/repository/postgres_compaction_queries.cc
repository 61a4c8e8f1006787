#include <algorithm>
#include <iterator>
#include <utility>

#include "repository/postgres_compaction_repository.h"
#include "repository/postgres_rows.h"

namespace dibs::repository {

using base::Instant;
using base::Result;
using domain::CouponId;
using domain::CouponInventory;
using domain::Sequence;

namespace {

/// What a portion holds of what was read: whole streams' beginnings, up to so many events.
CompactionPortion cut_portion(std::vector<CouponInventory> events, std::size_t event_count_max) {
    std::vector<CouponInventory> kept;
    std::size_t count = 0;
    for (auto first = events.begin(); first != events.end() && count < event_count_max;) {
        const CouponId coupon_id = first->coupon_id;
        const auto last = std::find_if(first, events.end(), [&](const CouponInventory& event) {
            return event.coupon_id != coupon_id;
        });
        std::vector<CouponInventory> of_coupon;
        std::size_t of_coupon_count = 0;
        for (auto event = first; event != last && count + of_coupon_count < event_count_max;
             ++event) {
            if (event->kind != domain::InventoryKind::cumulative) ++of_coupon_count;
            of_coupon.push_back(std::move(*event));
        }
        // A stream of which nothing is left to fold is no part of a step.
        if (of_coupon_count > 0) std::ranges::move(of_coupon, std::back_inserter(kept));
        count += of_coupon_count;
        first = last;
    }
    return {domain::PeriodCouponInventoryList(std::move(kept)), static_cast<std::int64_t>(count)};
}

}  // namespace

Result<std::vector<CompactionPoint>> PostgresCompactionRepository::find_points(
    Instant until, CouponId after, std::size_t count_max) {
    // The clock may have jumped back, so that an event before `until` stands after one at or past
    // it. What is folded is a beginning of the stream: it ends before the first event that is not
    // to be folded. (OFFSET 0 keeps the planner from looking once for the condition and once more
    // for the result; measured: with a million events to fold, that was half of the time.)
    const auto rows = readers_.read_one(
        {"SELECT c.id, point.end_at"
         "  FROM coupon AS c"
         " CROSS JOIN LATERAL (SELECT"
         "    coalesce("
         "      (SELECT sequence - 1 FROM coupon_inventory"
         "        WHERE coupon_id = c.id AND NOT is_cumulative AND created_at >= $1::bigint"
         "        ORDER BY sequence LIMIT 1),"
         "      (SELECT sequence FROM coupon_inventory"
         "        WHERE coupon_id = c.id ORDER BY sequence DESC LIMIT 1), 0) AS end_at,"
         "    coalesce("
         "      (SELECT sequence FROM coupon_inventory"
         "        WHERE coupon_id = c.id AND NOT is_cumulative"
         "        ORDER BY sequence LIMIT 1), 0) AS begin_at OFFSET 0) AS point"
         " WHERE c.id > $2::bigint AND point.begin_at > 0 AND point.begin_at <= point.end_at"
         " ORDER BY c.id LIMIT $3::bigint",
         {to_parameter(until), to_parameter(after),
          to_parameter(static_cast<std::int64_t>(count_max))}});
    if (!rows) return rows.failure();
    std::vector<CompactionPoint> points;
    for (std::size_t i = 0; i < rows->row_count(); ++i) {
        points.push_back({CouponId{rows->integer(i, 0)}, Sequence{rows->integer(i, 1)}});
    }
    return points;
}

Result<CompactionPortion> PostgresCompactionRepository::next_portion(std::int64_t run,
                                                                     std::size_t event_count_max) {
    // Twice as many rows: each stream may begin with a cumulative event that does not count, and
    // has at least one that does.
    const auto rows = readers_.read_one(
        {"SELECT e.coupon_id, e.sequence, e.kind, e.amount, e.stock_after, e.issued_after,"
         "       e.user_id, e.reason, e.created_at"
         "  FROM (SELECT coupon_id, sequence FROM inventory_compaction_point"
         "         WHERE run = $1::bigint ORDER BY coupon_id) AS point"
         " CROSS JOIN LATERAL (SELECT * FROM coupon_inventory"
         "                      WHERE coupon_id = point.coupon_id AND sequence <= point.sequence"
         "                      ORDER BY sequence, is_cumulative LIMIT $2::bigint) AS e"
         " ORDER BY point.coupon_id, e.sequence, e.is_cumulative LIMIT $2::bigint",
         {to_parameter(run), to_parameter(2 * static_cast<std::int64_t>(event_count_max) + 1)}});
    if (!rows) return rows.failure();
    auto events = read_all<CouponInventory>(*rows, read_event);
    if (!events) return events.failure();
    return cut_portion(*std::move(events), event_count_max);
}

Result<std::optional<Instant>> PostgresCompactionRepository::last_until() {
    const auto rows = readers_.read_one(
        {"SELECT max(until) FROM inventory_compaction WHERE under_way IS NULL", {}});
    if (!rows) return rows.failure();
    if (rows->is_null(0, 0)) return std::optional<Instant>();
    return std::optional<Instant>(base::from_microseconds(rows->integer(0, 0)));
}

Result<Page<CompactionRun>> PostgresCompactionRepository::list_runs(std::int64_t before,
                                                                    std::size_t count_max) {
    const auto rows = readers_.read_one(
        {"SELECT run, until, trigger, started_at, finished_at, is_frozen::int, events_in,"
         "       events_out, steps"
         "  FROM inventory_compaction WHERE run < $1::bigint ORDER BY run DESC LIMIT $2::bigint",
         {to_parameter(before), one_more_parameter(count_max)}});
    if (!rows) return rows.failure();
    return read_page<CompactionRun>(*rows, count_max, read_run);
}

}  // namespace dibs::repository
