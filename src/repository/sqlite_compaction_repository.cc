#include "repository/sqlite_compaction_repository.h"

#include <fmt/format.h>

#include <utility>

#include "repository/sqlite_rows.h"

namespace dibs::repository {

using base::Failure;
using base::FailureKind;
using base::Instant;
using base::Result;
using base::to_microseconds;
using database::SqliteConnection;
using database::SqliteReset;
using database::SqliteStatement;
using domain::CouponId;
using domain::CouponInventory;
using domain::Sequence;

namespace {

constexpr std::string_view select_unfinished =
    "SELECT run, until, trigger, started_at, finished_at, is_frozen, events_in, events_out, steps"
    "  FROM inventory_compaction WHERE finished_at IS NULL";

constexpr std::string_view select_run =
    "SELECT run, until, trigger, started_at, finished_at, is_frozen, events_in, events_out, steps"
    "  FROM inventory_compaction WHERE run = ?1";

Result<std::optional<CompactionRun>> read_optional_run(SqliteStatement& statement) {
    const SqliteReset reset_at_the_end(statement);
    const auto row = statement.step();
    if (!row) return row.failure();
    if (!*row) return std::optional<CompactionRun>();
    auto run = read_run(statement);
    if (!run) return run.failure();
    return std::optional<CompactionRun>(*run);
}

/// Runs a statement that returns one integer a row, and adds them up.
Result<std::int64_t> sum_of_rows(SqliteStatement& statement) {
    const SqliteReset reset_at_the_end(statement);
    std::int64_t sum = 0;
    while (true) {
        const auto row = statement.step();
        if (!row) return row.failure();
        if (!*row) return sum;
        sum += statement.integer(0);
    }
}

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
    (*statement)
        ->bind(point.coupon_id.value, point.sequence.value,
               static_cast<std::int64_t>(count_max) + 1);
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

Result<void> insert_cumulative(SqliteConnection& connection, const CouponInventory& event) {
    const auto statement = connection.cached(
        "INSERT INTO coupon_inventory"
        "  (coupon_id, sequence, is_cumulative, kind, amount, stock_after, issued_after, "
        "created_at)"
        " VALUES (?1, ?2, 1, 'cumulative', ?3, ?4, ?5, ?6)");
    if (!statement) return statement.failure();
    (*statement)
        ->bind(event.coupon_id.value, event.sequence.value, event.amount, event.stock_after,
               event.issued_after, to_microseconds(event.created_at));
    return (*statement)->run();
}

/// Deletes what `cumulative` stands for; gives how many of them were not cumulative themselves.
Result<std::int64_t> delete_folded(SqliteConnection& connection,
                                   const CouponInventory& cumulative) {
    // By range of the key, not by a list of ids: one walk along one tree.
    const auto statement = connection.cached(
        "DELETE FROM coupon_inventory"
        " WHERE coupon_id = ?1 AND (sequence < ?2 OR sequence = ?2 AND is_cumulative = 0)"
        " RETURNING 1 - is_cumulative");
    if (!statement) return statement.failure();
    (*statement)->bind(cumulative.coupon_id.value, cumulative.sequence.value);
    return sum_of_rows(**statement);
}

/// Takes off the point that `cumulative` has reached; gives 1 if it has, else 0.
Result<std::int64_t> delete_reached_point(SqliteConnection& connection, std::int64_t run,
                                          const CouponInventory& cumulative) {
    const auto statement = connection.cached(
        "DELETE FROM inventory_compaction_point"
        " WHERE run = ?1 AND coupon_id = ?2 AND sequence <= ?3 RETURNING 1");
    if (!statement) return statement.failure();
    (*statement)->bind(run, cumulative.coupon_id.value, cumulative.sequence.value);
    return sum_of_rows(**statement);
}

Result<void> record_step(SqliteConnection& connection, std::int64_t run, std::int64_t events_in,
                         std::int64_t events_out) {
    const auto statement = connection.cached(
        "UPDATE inventory_compaction"
        "   SET events_in = events_in + ?2, events_out = events_out + ?3, steps = steps + 1"
        " WHERE run = ?1 AND finished_at IS NULL");
    if (!statement) return statement.failure();
    (*statement)->bind(run, events_in, events_out);
    return (*statement)->run();
}

}  // namespace

Result<CompactionRun> SqliteCompactionRepository::claim(Instant until, CompactionTrigger trigger,
                                                        Instant now) {
    auto session = writer_.begin();
    if (!session) return session.failure();
    SqliteConnection& connection = session->connection();
    const auto unfinished = connection.cached(select_unfinished);
    if (!unfinished) return unfinished.failure();
    auto found = read_optional_run(**unfinished);
    if (!found) return found.failure();
    if (*found) return **found;

    const auto statement = connection.cached(
        "INSERT INTO inventory_compaction (until, trigger, started_at) VALUES (?1, ?2, ?3)");
    if (!statement) return statement.failure();
    (*statement)->bind(to_microseconds(until), name_of(trigger), to_microseconds(now));
    if (auto done = (*statement)->run(); !done) return done.failure();
    auto claimed = read_optional_run(**unfinished);
    if (!claimed) return claimed.failure();
    base::ensure(claimed->has_value(), "a run that was inserted is there");
    if (auto done = session->commit(); !done) return done.failure();
    return **claimed;
}

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

Result<void> SqliteCompactionRepository::add_points(std::int64_t run,
                                                    const std::vector<CompactionPoint>& points) {
    auto session = writer_.begin();
    if (!session) return session.failure();
    const auto statement = session->connection().cached(
        "INSERT INTO inventory_compaction_point (run, coupon_id, sequence) VALUES (?1, ?2, ?3)"
        " ON CONFLICT DO NOTHING");
    if (!statement) return statement.failure();
    for (const CompactionPoint& point : points) {
        (*statement)->bind(run, point.coupon_id.value, point.sequence.value);
        if (auto done = (*statement)->run(); !done) return done.failure();
    }
    return session->commit();
}

Result<void> SqliteCompactionRepository::freeze(std::int64_t run) {
    auto session = writer_.begin();
    if (!session) return session.failure();
    const auto statement = session->connection().cached(
        "UPDATE inventory_compaction SET is_frozen = 1 WHERE run = ?1 AND finished_at IS NULL");
    if (!statement) return statement.failure();
    (*statement)->bind(run);
    if (auto done = (*statement)->run(); !done) return done.failure();
    return session->commit();
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

Result<void> SqliteCompactionRepository::replace(std::int64_t run,
                                                 const std::vector<CouponInventory>& cumulative,
                                                 std::int64_t event_count) {
    auto session = writer_.begin();
    if (!session) return session.failure();
    SqliteConnection& connection = session->connection();
    std::int64_t events_in = 0;
    std::int64_t events_out = 0;
    for (const CouponInventory& event : cumulative) {
        if (auto done = insert_cumulative(connection, event); !done) return done.failure();
        const auto deleted = delete_folded(connection, event);
        if (!deleted) return deleted.failure();
        events_in += *deleted;
        const auto reached = delete_reached_point(connection, run, event);
        if (!reached) return reached.failure();
        events_out += *reached;
    }
    if (events_in != event_count) {
        return Failure{FailureKind::refused,
                       fmt::format("compaction {}: {} events were folded and {} would go", run,
                                   event_count, events_in)};
    }
    if (auto done = record_step(connection, run, events_in, events_out); !done) {
        return done.failure();
    }
    return session->commit();
}

Result<CompactionRun> SqliteCompactionRepository::finish(std::int64_t run, Instant now) {
    auto session = writer_.begin();
    if (!session) return session.failure();
    SqliteConnection& connection = session->connection();
    const auto forget = connection.cached("DELETE FROM inventory_compaction_point WHERE run = ?1");
    if (!forget) return forget.failure();
    (*forget)->bind(run);
    if (auto done = (*forget)->run(); !done) return done.failure();

    const auto finish = connection.cached(
        "UPDATE inventory_compaction SET finished_at = ?2 WHERE run = ?1 AND finished_at IS NULL");
    if (!finish) return finish.failure();
    (*finish)->bind(run, to_microseconds(now));
    if (auto done = (*finish)->run(); !done) return done.failure();

    const auto statement = connection.cached(select_run);
    if (!statement) return statement.failure();
    (*statement)->bind(run);
    auto found = read_optional_run(**statement);
    if (!found) return found.failure();
    base::ensure(found->has_value(), "a run that is finished was recorded");
    if (auto done = session->commit(); !done) return done.failure();
    return **found;
}

Result<std::optional<CompactionRun>> SqliteCompactionRepository::find_run(std::int64_t run) {
    auto reader = readers_.lend();
    if (!reader) return reader.failure();
    const auto statement = (*reader)->cached(select_run);
    if (!statement) return statement.failure();
    (*statement)->bind(run);
    return read_optional_run(**statement);
}

Result<std::optional<CompactionRun>> SqliteCompactionRepository::find_unfinished() {
    auto reader = readers_.lend();
    if (!reader) return reader.failure();
    const auto statement = (*reader)->cached(select_unfinished);
    if (!statement) return statement.failure();
    return read_optional_run(**statement);
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
        "SELECT run, until, trigger, started_at, finished_at, is_frozen, events_in, events_out, "
        "steps"
        "  FROM inventory_compaction WHERE run < ?1 ORDER BY run DESC LIMIT ?2");
    if (!statement) return statement.failure();
    const SqliteReset reset_at_the_end(**statement);
    (*statement)->bind(before, static_cast<std::int64_t>(count_max) + 1);
    Page<CompactionRun> page;
    while (true) {
        const auto row = (*statement)->step();
        if (!row) return row.failure();
        if (!*row) return page;
        if (page.rows.size() == count_max) {
            page.has_more = true;
            return page;
        }
        auto run = read_run(**statement);
        if (!run) return run.failure();
        page.rows.push_back(*run);
    }
}

}  // namespace dibs::repository
