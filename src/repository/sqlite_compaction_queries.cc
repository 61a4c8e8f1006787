#include <utility>

#include "repository/sqlite_compaction_repository.h"
#include "repository/sqlite_rows.h"

namespace dibs::repository {

using base::Instant;
using base::Result;
using base::to_microseconds;
using database::SqliteConnection;
using database::SqliteReset;
using domain::CouponId;
using domain::CouponInventory;
using domain::Sequence;

namespace {

/// Where the events of a stream that were created before `until` end, if there is one to fold.
Result<std::optional<CompactionPoint>> find_point(SqliteConnection& connection, CouponId coupon_id,
                                                  Instant until) {
    // The clock may have jumped back, so that an event before `until` stands after one at or past
    // it. What is folded is a beginning of the stream: it ends before the first event that is not
    // to be folded.
    const auto statement = connection.cached(
        "SELECT coalesce("
        "    (SELECT sequence - 1 FROM coupon_inventory"
        "      WHERE coupon_id = ?1 AND is_cumulative = 0 AND created_at >= ?2"
        "      ORDER BY sequence LIMIT 1),"
        "    (SELECT max(sequence) FROM coupon_inventory WHERE coupon_id = ?1), 0),"
        "  coalesce("
        "    (SELECT sequence FROM coupon_inventory WHERE coupon_id = ?1 AND is_cumulative = 0"
        "      ORDER BY sequence LIMIT 1), 0)");
    if (!statement) return statement.failure();
    const SqliteReset reset_at_the_end(**statement);
    (*statement)->bind(coupon_id.value, to_microseconds(until));
    const auto row = (*statement)->step();
    if (!row) return row.failure();
    const std::int64_t end = (*statement)->integer(0);
    const std::int64_t first_unfolded = (*statement)->integer(1);
    if (first_unfolded == 0 || first_unfolded > end) return std::optional<CompactionPoint>();
    return std::optional<CompactionPoint>(CompactionPoint{coupon_id, Sequence{end}});
}

/// Appends to `events` what is live of a stream up to `point`; gives how many were not cumulative.
Result<std::int64_t> read_up_to(SqliteConnection& connection, const CompactionPoint& point,
                                std::size_t count_max, std::vector<CouponInventory>& events) {
    const auto statement = connection.cached(
        "SELECT coupon_id, sequence, kind, amount, stock_after, issued_after, user_id, reason,"
        "       created_at"
        "  FROM coupon_inventory WHERE coupon_id = ?1 AND sequence <= ?2"
        " ORDER BY sequence, is_cumulative LIMIT ?3");
    if (!statement) return statement.failure();
    const SqliteReset reset_at_the_end(**statement);
    // One more for the cumulative event that the stream may begin with.
    (*statement)->bind(point.coupon_id.value, point.sequence.value, one_more(count_max));
    std::int64_t count = 0;
    while (std::cmp_less(count, count_max)) {
        const auto row = (*statement)->step();
        if (!row) return row.failure();
        if (!*row) return count;
        auto event = read_event(**statement);
        if (!event) return event.failure();
        if (event->kind != domain::InventoryKind::cumulative) ++count;
        events.push_back(*std::move(event));
    }
    return count;
}

}  // namespace

Result<std::vector<CompactionPoint>> SqliteCompactionRepository::find_points(
    Instant until, CouponId after, std::size_t count_max) {
    auto reader = readers_.lend();
    if (!reader) return reader.failure();
    const auto coupons = (*reader)->cached("SELECT id FROM coupon WHERE id > ?1 ORDER BY id");
    if (!coupons) return coupons.failure();
    const SqliteReset reset_at_the_end(**coupons);
    (*coupons)->bind(after.value);
    std::vector<CompactionPoint> points;
    while (points.size() < count_max) {
        const auto row = (*coupons)->step();
        if (!row) return row.failure();
        if (!*row) break;
        const auto point = find_point(**reader, CouponId{(*coupons)->integer(0)}, until);
        if (!point) return point.failure();
        if (*point) points.push_back(**point);
    }
    return points;
}

Result<CompactionPortion> SqliteCompactionRepository::next_portion(std::int64_t run,
                                                                   std::size_t event_count_max) {
    auto reader = readers_.lend();
    if (!reader) return reader.failure();
    const auto points = (*reader)->cached(
        "SELECT coupon_id, sequence FROM inventory_compaction_point WHERE run = ?1"
        " ORDER BY coupon_id");
    if (!points) return points.failure();
    const SqliteReset reset_at_the_end(**points);
    (*points)->bind(run);
    std::vector<CouponInventory> events;
    std::size_t count = 0;
    while (count < event_count_max) {
        const auto row = (*points)->step();
        if (!row) return row.failure();
        if (!*row) break;
        const CompactionPoint point{CouponId{(*points)->integer(0)},
                                    Sequence{(*points)->integer(1)}};
        const auto read = read_up_to(**reader, point, event_count_max - count, events);
        if (!read) return read.failure();
        // A stream of which nothing is left to fold is no part of a step.
        if (*read == 0)
            std::erase_if(events, [&](const CouponInventory& event) {
                return event.coupon_id == point.coupon_id;
            });
        count += static_cast<std::size_t>(*read);
    }
    return CompactionPortion{domain::PeriodCouponInventoryList(std::move(events)),
                             static_cast<std::int64_t>(count)};
}

Result<std::optional<Instant>> SqliteCompactionRepository::last_until() {
    auto reader = readers_.lend();
    if (!reader) return reader.failure();
    const auto statement = (*reader)->cached(
        "SELECT max(until) FROM inventory_compaction WHERE finished_at IS NOT NULL");
    if (!statement) return statement.failure();
    const SqliteReset reset_at_the_end(**statement);
    const auto row = (*statement)->step();
    if (!row) return row.failure();
    if (!*row || (*statement)->is_null(0)) return std::optional<Instant>();
    return std::optional<Instant>(base::from_microseconds((*statement)->integer(0)));
}

Result<Page<CompactionRun>> SqliteCompactionRepository::list_runs(std::int64_t before,
                                                                  std::size_t count_max) {
    auto reader = readers_.lend();
    if (!reader) return reader.failure();
    const auto statement = (*reader)->cached(
        "SELECT run, until, trigger, started_at, finished_at, is_frozen, events_in, events_out,"
        "       steps"
        "  FROM inventory_compaction WHERE run < ?1 ORDER BY run DESC LIMIT ?2");
    if (!statement) return statement.failure();
    (*statement)->bind(before, one_more(count_max));
    return read_page<CompactionRun>(**statement, count_max, read_run);
}

}  // namespace dibs::repository
