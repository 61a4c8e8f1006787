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
using domain::CouponInventory;

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

Result<void> insert_cumulative(SqliteConnection& connection, const CouponInventory& event) {
    const auto statement = connection.cached(
        "INSERT INTO coupon_inventory"
        "  (coupon_id, sequence, is_cumulative, kind, amount, stock_after, issued_after,"
        "   created_at)"
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

}  // namespace dibs::repository
