#include "load/filled_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <numeric>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ensure.h"
#include "database/sqlite_connection.h"
#include "load/announced_coupon.h"
#include "repository/store.h"

// A coupon's issue n went to the user whose name has the number place(n) = (n - 1) *
// filled_name_step mod the issues, times a distance that spreads the names over all eight digits.
// So names come in no order by time, as in a sale, and still the issue of the p-th name can be
// computed: rows go into the tree by user in the order of its keys, in two passes, every second
// name each time. The second splits the full pages that the first left, so that the tree is about
// as loose as one that grew in no order.

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;
using database::SqliteConnection;

namespace {

// As those of the crowds' names: eight digits.
constexpr std::int64_t filled_names_max = 100'000'000;
// A prime, and so without a factor in common with any number of issues that it does not divide.
constexpr std::int64_t filled_name_step = 61'803'383;

// choice: issued long enough ago that no clock is in the way of a fold, within the coupon's window.
constexpr std::chrono::hours filled_ago{240};
/// x with x * number = 1 modulo `modulus`, which have no factor in common (Euclid's algorithm).
std::int64_t inverse_of(std::int64_t number, std::int64_t modulus) {
    std::int64_t remainder = modulus;
    std::int64_t next_remainder = number % modulus;
    std::int64_t factor = 0;
    std::int64_t next_factor = 1;
    while (next_remainder != 0) {
        const std::int64_t quotient = remainder / next_remainder;
        factor = std::exchange(next_factor, factor - quotient * next_factor);
        remainder = std::exchange(next_remainder, remainder - quotient * next_remainder);
    }
    return (factor % modulus + modulus) % modulus;
}

/// One coupon's rows.
struct CouponFilling {
    std::int64_t id = 0;
    std::int64_t issues = 0;
    std::int64_t begun_at = 0;  ///< Microseconds; the issue n is n later.
    std::int64_t opens_at = 0;
    std::int64_t closes_at = 0;
};

template <typename... Values>
Result<void> run(SqliteConnection& connection, std::string_view sql, const Values&... values) {
    auto statement = connection.prepare(sql);
    if (!statement) return statement.failure();
    statement->bind(values...);
    return statement->run();
}

Result<void> add_coupon(SqliteConnection& connection, const CouponFilling& coupon) {
    auto done = run(connection,
                    "INSERT INTO coupon"
                    "  (id, name, description, starts_at, ends_at, limit_per_user, created_at)"
                    " VALUES (?1, 'Black Friday 50%', 'Half off everything', ?2, ?3, 1, ?2)",
                    coupon.id, coupon.opens_at, coupon.closes_at);
    if (!done) return done;
    return run(connection,
               "INSERT INTO coupon_terms"
               "  (coupon_id, version, after_sequence, name, description, starts_at, ends_at,"
               "   limit_per_user, created_at)"
               " SELECT id, 1, 0, name, description, starts_at, ends_at, limit_per_user, created_at"
               "   FROM coupon WHERE id = ?1",
               coupon.id);
}

Result<void> add_history(SqliteConnection& connection, const CouponFilling& coupon) {
    auto done = run(connection,
                    "INSERT INTO coupon_inventory_history"
                    "  (coupon_id, sequence, kind, amount, stock_after, issued_after, created_at)"
                    " VALUES (?1, 1, 'stocked', ?2, ?2, 0, ?3)",
                    coupon.id, endless_stock, coupon.begun_at);
    if (!done || coupon.issues == 0) return done;
    return run(connection,
               "INSERT INTO coupon_inventory_history"
               "  (coupon_id, sequence, kind, amount, stock_after, issued_after, user_id,"
               "   created_at)"
               " WITH RECURSIVE issue (n) AS"
               "   (SELECT 1 UNION ALL SELECT n + 1 FROM issue WHERE n < ?4)"
               " SELECT ?1, n + 1, 'issued', -1, ?2 - n, n,"
               "        printf('%08d-%016d', (n - 1) * ?5 % ?4 * ?6, ?1), ?3 + n"
               "   FROM issue",
               coupon.id, endless_stock, coupon.begun_at, coupon.issues, filled_name_step,
               filled_names_max / coupon.issues);
}

Result<void> add_registered(SqliteConnection& connection, const CouponFilling& coupon,
                            std::int64_t first_place) {
    if (first_place >= coupon.issues) return {};
    return run(connection,
               "INSERT INTO registered_coupon"
               "  (user_id, coupon_id, nth, sequence, rank, registered_at, status)"
               " WITH RECURSIVE place (p) AS"
               "   (SELECT ?6 UNION ALL SELECT p + 2 FROM place WHERE p + 2 < ?3)"
               " SELECT printf('%08d-%016d', p * ?5, ?1), ?1, 1, p * ?4 % ?3 + 2, p * ?4 % ?3 + 1,"
               "        ?2 + p * ?4 % ?3 + 1, 'active'"
               "   FROM place",
               coupon.id, coupon.begun_at, coupon.issues,
               inverse_of(filled_name_step, coupon.issues), filled_names_max / coupon.issues,
               first_place);
}

Result<void> add_inventory(SqliteConnection& connection, std::int64_t coupon_id, bool is_live) {
    if (is_live) {
        return run(connection,
                   "INSERT INTO coupon_inventory"
                   "  (coupon_id, sequence, is_cumulative, kind, amount, stock_after, "
                   "issued_after, user_id,"
                   "   reason, created_at)"
                   " SELECT coupon_id, sequence, 0, kind, amount, stock_after, issued_after,"
                   "        user_id, reason, created_at"
                   "   FROM coupon_inventory_history WHERE coupon_id = ?1",
                   coupon_id);
    }
    return run(
        connection,
        "INSERT INTO coupon_inventory"
        "  (coupon_id, sequence, is_cumulative, kind, amount, stock_after, issued_after, user_id,"
        "   reason, created_at)"
        " SELECT coupon_id, sequence, 1, 'cumulative', stock_after, stock_after,"
        "        issued_after, NULL, '', created_at"
        "   FROM coupon_inventory_history WHERE coupon_id = ?1"
        "  ORDER BY sequence DESC LIMIT 1",
        coupon_id);
}

Result<void> add_rows(SqliteConnection& connection, const CouponFilling& coupon, bool is_live) {
    if (auto done = add_coupon(connection, coupon); !done) return done;
    if (auto done = add_history(connection, coupon); !done) return done;
    if (auto done = add_inventory(connection, coupon.id, is_live); !done) return done;
    if (auto done = add_registered(connection, coupon, 0); !done) return done;
    return add_registered(connection, coupon, 1);
}

Result<void> fill(const std::string& path, const CouponFilling& coupon, bool is_live,
                  const CouponFilling& before) {
    auto connection = SqliteConnection::open(path, SqliteConnection::Mode::write);
    if (!connection) return connection.failure();
    // Nobody needs half a store: a machine that stops now leaves none.
    auto done = connection->execute(
        "PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
        "PRAGMA cache_size = -64000; BEGIN");
    if (!done) return done;
    const auto guards = take_guards_down(*connection);
    if (!guards) return guards.failure();
    if (before.issues > 0) {
        if (auto added = add_rows(*connection, before, false); !added) return added;
    }
    if (auto added = add_rows(*connection, coupon, is_live); !added) return added;
    for (const std::string& guard : *guards) {
        if (auto up = connection->execute(guard); !up) return up;
    }
    return connection->execute("COMMIT");
}

/// So that whoever is measured on it doesn't wait for what the filling left to be written.
Result<void> write_out(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    const bool is_synced = file >= 0 && fsync(file) == 0;
    const int error = errno;
    if (file >= 0) ::close(file);
    if (is_synced) return {};
    return Failure{FailureKind::unavailable, fmt::format("{}: {}", path, std::strerror(error))};
}

}  // namespace

Result<std::vector<std::string>> take_guards_down(SqliteConnection& connection) {
    std::vector<std::pair<std::string, std::string>> guards;
    {
        auto statement =
            connection.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'");
        if (!statement) return statement.failure();
        while (true) {
            const auto row = statement->step();
            if (!row) return row.failure();
            if (!*row) break;
            guards.emplace_back(statement->text(0), statement->text(1));
        }
    }
    std::vector<std::string> again;
    for (const auto& [name, sql] : guards) {
        auto dropped = connection.execute(fmt::format("DROP TRIGGER {}", name));
        if (!dropped) return dropped.failure();
        again.push_back(sql);
    }
    return again;
}

Result<FilledStore> fill_store(const Workshop& workshop, const StoreFilling& filling) {
    for (const std::int64_t issues : {filling.issues, filling.issues_before}) {
        base::ensure(issues <= filled_names_max, "eight digits name all users of a coupon");
        base::ensure(std::gcd(issues, filled_name_step) == 1 || issues == 0,
                     "each user of a coupon has another name");
    }
    auto folder = TemporaryFolder::make(workshop.folder);
    if (!folder) return folder.failure();
    const std::string path = (folder->path() / "dibs.db").string();
    const std::string url = "sqlite:" + path;
    if (auto made = repository::migrate_store(url); !made) return made.failure();

    const base::Instant begun_at = base::SystemClock().now() - filled_ago;
    const CouponFilling coupon{
        .id = 1,
        .issues = filling.issues,
        .begun_at = base::to_microseconds(begun_at),
        .opens_at = base::to_microseconds(begun_at),
        .closes_at = base::to_microseconds(begun_at + filled_ago + window_half)};
    CouponFilling before = coupon;
    before.id = 2;
    before.issues = filling.issues_before;
    auto filled = fill(path, coupon, filling.is_live, before);
    if (!filled) return filled.failure();
    if (auto written = write_out(path); !written) return written.failure();
    return FilledStore{.folder = *std::move(folder),
                       .url = url,
                       .coupon_id = coupon.id,
                       .ended_at = begun_at + std::chrono::microseconds(filling.issues + 1)};
}

Result<FilledStore> copy_of(const Workshop& workshop, const FilledStore& store) {
    auto folder = TemporaryFolder::make(workshop.folder);
    if (!folder) return folder.failure();
    const std::filesystem::path path = folder->path() / "dibs.db";
    std::error_code error;
    std::filesystem::copy_file(store.folder.path() / "dibs.db", path, error);
    if (error) {
        return Failure{FailureKind::unavailable,
                       fmt::format("{}: {}", path.string(), error.message())};
    }
    if (auto written = write_out(path.string()); !written) return written.failure();
    return FilledStore{.folder = *std::move(folder),
                       .url = "sqlite:" + path.string(),
                       .coupon_id = store.coupon_id,
                       .ended_at = store.ended_at};
}

}  // namespace dibs::bench
