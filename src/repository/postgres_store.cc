#include "repository/postgres_store.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <utility>

#include "repository/postgres_audit_snapshot.h"
#include "repository/postgres_durability.h"
#include "repository/postgres_migrations.h"
#include "repository/postgres_plans.h"
#include "repository/postgres_shard.h"
#include "repository/postgres_store_import.h"
#include "repository/postgres_stream_watch.h"

namespace dibs::repository {

using base::Failure;
using base::FailureKind;
using base::Result;
using base::SteadyInstant;
using database::PostgresConnection;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// choice: a server that is being started or promoted answers within this.
constexpr seconds connect_patience{10};

// choice: a migration of a large store may take its time.
constexpr seconds migration_patience{600};

SteadyInstant within(milliseconds patience) {
    return base::SystemClock().steady_now() + patience;
}

// choice: a step and a look at how it goes.
constexpr std::size_t fold_connections_max = 2;

// choice: one look for what is to be folded walks a day's events of a thousand coupons.
constexpr seconds fold_patience{60};

// choice: one who fills takes what is due on one and puts it on another.
constexpr std::size_t fill_connections_max = 2;

// choice: a portion takes a fraction of it, also at servers that are busy; and what is taken stays
// taken no longer when who took it is stopped. Only others who fill wait for it, and no reader.
constexpr seconds fill_patience{5};

constexpr std::string_view size_sql = "SELECT pg_database_size(current_database())";

std::int64_t newest_schema_number() {
    return postgres_migrations().back().number;
}

/// Different from every other process's, on this machine or another, now or later.
std::string name_of_this_process() {
    std::random_device chance;
    return fmt::format("{}-{:08x}{:08x}", getpid(), chance(), chance());
}

/// Whether the engine knows LISTEN; not all that speak PostgreSQL's protocol do.
bool can_listen(PostgresConnection& connection) {
    const auto is_known = [&](const std::string& statement) {
        return connection.execute(statement, within(connect_patience)).is_ok();
    };
    return is_known(fmt::format("LISTEN {}", stock_channel)) &&
           is_known(fmt::format("UNLISTEN {}", stock_channel));
}

PostgresPoolOptions pool_options(const std::string& url, std::size_t connections_max,
                                 milliseconds patience) {
    return {.url = url, .connections_max = connections_max, .patience = patience};
}

Failure about_the_store(const Failure& failure) {
    return {failure.kind, "the store: " + failure.what};
}

/// Refuses one server of several that is named as if it were the store.
Result<void> expect_it_is_alone(PostgresConnection& connection, ShardPlace place) {
    if (!place.is_alone()) return {};
    const auto state = read_shard(connection, within(connect_patience));
    if (!state) return about_the_store(state.failure());
    const auto alone = expect_alone(*state);
    if (!alone) return about_the_store(alone.failure());
    return {};
}

/// Refuses what a copy that was cut off has left.
Result<void> expect_it_is_whole(PostgresConnection& connection) {
    const auto least =
        connection.run({"SELECT min(number) FROM schema_migration", {}}, within(connect_patience));
    if (!least) return about_the_store(least.failure());
    if (least->integer(0, 0) == unfinished_copy_number) return about_the_store(unfinished_copy());
    return {};
}

/// A role that may not migrate is told who may.
Result<std::int64_t> migrate_if_behind(PostgresConnection& connection) {
    const SteadyInstant deadline = within(migration_patience);
    const auto number = schema_number(connection, deadline);
    if (!number || *number == newest_schema_number()) return number;
    auto migrated = migrate(connection, postgres_migrations(), base::SystemClock().now(), deadline);
    if (migrated || migrated.failure().kind != FailureKind::refused) return migrated;
    return Failure{FailureKind::invalid,
                   fmt::format("its schema is number {}, this binary needs {}, and this role may "
                               "not change it: run dibs migrate with the owner's URL ({})",
                               *number, newest_schema_number(), migrated.failure().what)};
}

/// A connection to a store that is only read, and whose schema is this binary's.
Result<PostgresConnection> connect_to_read(const std::string& url, ShardPlace place) {
    auto connection = PostgresConnection::open(url, within(connect_patience));
    if (!connection) return about_the_store(connection.failure());
    const auto number = schema_number(*connection, within(connect_patience));
    if (!number) return about_the_store(number.failure());
    if (*number != newest_schema_number()) {
        return about_the_store(other_schema(*number, newest_schema_number()));
    }
    if (auto alone = expect_it_is_alone(*connection, place); !alone) return alone.failure();
    return connection;
}

Result<std::unique_ptr<AuditSnapshot>> open_snapshot_on(PostgresConnection connection) {
    static const base::SystemClock clock;
    auto snapshot = PostgresAuditSnapshot::open(std::move(connection), clock);
    if (!snapshot) return about_the_store(snapshot.failure());
    return std::unique_ptr<AuditSnapshot>(*std::move(snapshot));
}

}  // namespace

Result<std::unique_ptr<PostgresStore>> PostgresStore::open(const std::string& url,
                                                           const StoreOptions& options,
                                                           ShardPlace place) {
    auto connection = PostgresConnection::open(url, within(connect_patience));
    if (!connection) return about_the_store(connection.failure());
    const auto durability = read_durability(*connection, within(connect_patience));
    if (!durability) return about_the_store(durability.failure());
    if (auto met = check_durability(*durability, options.allows_fsync_off); !met) {
        return about_the_store(met.failure());
    }
    if (auto migrated = migrate_if_behind(*connection); !migrated) {
        return about_the_store(migrated.failure());
    }
    if (auto alone = expect_it_is_alone(*connection, place); !alone) return alone.failure();
    if (auto whole = expect_it_is_whole(*connection); !whole) return whole.failure();
    const auto size = connection->run({size_sql, {}}, within(connect_patience));
    if (!size) return about_the_store(size.failure());
    Server server{.can_notify = can_listen(*connection),
                  .durability = describe(*durability),
                  .size_bytes = static_cast<std::uint64_t>(size->integer(0, 0))};
    return std::unique_ptr<PostgresStore>(
        new PostgresStore(url, options, std::move(server), place));
}

PostgresStore::PostgresStore(const std::string& url, const StoreOptions& options, Server server,
                             ShardPlace place)
    : url_(url),
      place_(place),
      can_notify_(server.can_notify),
      allows_fsync_off_(options.allows_fsync_off),
      durability_(std::move(server.durability)),
      size_bytes_(server.size_bytes),
      writers_(
          {.url = url,
           .connections_max = options.writers_max,
           .patience = options.patience,
           .inspect = [this](PostgresConnection& connection,
                             SteadyInstant deadline) { return inspect(connection, deadline); }},
          clock_),
      readers_(pool_options(url, options.readers_max, options.patience), clock_),
      folders_(pool_options(url, fold_connections_max,
                            std::max<milliseconds>(options.patience, fold_patience)),
               clock_),
      fillers_({.url = url,
                .connections_max = fill_connections_max,
                .patience = fill_patience,
                .silence_max = fill_patience},
               clock_),
      listing_(readers_, fillers_),
      coupons_(writers_, readers_, can_notify_, place),
      compactions_(folders_, folders_, name_of_this_process()) {}

Result<void> PostgresStore::inspect(PostgresConnection& connection, SteadyInstant deadline) {
    const auto durability = read_durability(connection, deadline);
    if (!durability) return durability.failure();
    durability_.with([&](std::string& text) { text = describe(*durability); });
    const auto met = check_durability(*durability, allows_fsync_off_);
    // For whoever asks for a coupon it is a store that can't be used now.
    if (!met) return Failure{FailureKind::unavailable, met.failure().what};
    return {};
}

std::vector<std::unique_ptr<StreamWatch>> PostgresStore::watch_streams() {
    std::vector<std::unique_ptr<StreamWatch>> watches;
    watches.push_back(std::make_unique<PostgresStreamWatch>(url_, can_notify_));
    return watches;
}

Result<std::unique_ptr<AuditSnapshot>> PostgresStore::open_snapshot() {
    return open_postgres_for_audit(url_, place_);
}

Result<void> PostgresStore::check() {
    // On a connection that writes: it is asked for with read-write, and says whether anything can
    // be issued now.
    const auto rows =
        writers_.read({{"SELECT max(number) FROM schema_migration", {}}, {size_sql, {}}});
    if (!rows) return rows.failure();
    size_bytes_.store(static_cast<std::uint64_t>((*rows)[1].integer(0, 0)));
    const std::int64_t number = (*rows)[0].integer(0, 0);
    if (number == newest_schema_number()) return {};
    return other_schema(number, newest_schema_number());
}

StoreFacts PostgresStore::facts() {
    return {.schema_number = newest_schema_number(),
            .size_bytes = size_bytes_.load(),
            .statement_count = writers_.statement_count() + readers_.statement_count() +
                               folders_.statement_count() + fillers_.statement_count(),
            .checkpoint_count = 0,
            .round_trip_count = writers_.round_trip_count() + readers_.round_trip_count() +
                                folders_.round_trip_count() + fillers_.round_trip_count(),
            .durability = durability_.with([](const std::string& text) { return text; })};
}

Result<std::unique_ptr<AuditSnapshot>> open_postgres_for_audit(const std::string& url,
                                                               ShardPlace place) {
    auto connection = connect_to_read(url, place);
    if (!connection) return connection.failure();
    return open_snapshot_on(*std::move(connection));
}

Result<std::unique_ptr<AuditSnapshot>> open_postgres_to_copy(const std::string& url,
                                                             ShardPlace place) {
    auto connection = connect_to_read(url, place);
    if (!connection) return connection.failure();
    if (auto whole = expect_it_is_whole(*connection); !whole) return whole.failure();
    return open_snapshot_on(*std::move(connection));
}

Result<std::unique_ptr<StoreImport>> open_postgres_to_import(const std::string& url,
                                                             ShardPlace place) {
    static const base::SystemClock clock;
    auto connection = PostgresConnection::open(url, within(connect_patience));
    if (!connection) return about_the_store(connection.failure());
    if (auto migrated = migrate_if_behind(*connection); !migrated) {
        return about_the_store(migrated.failure());
    }
    if (auto alone = expect_it_is_alone(*connection, place); !alone) return alone.failure();
    if (auto done = connection->execute(std::string(plan_settings_sql), within(connect_patience));
        !done) {
        return about_the_store(done.failure());
    }
    return std::unique_ptr<StoreImport>(
        std::make_unique<PostgresStoreImport>(url, *std::move(connection), clock, place));
}

Result<MigrationReport> migrate_postgres(const std::string& url) {
    auto connection = PostgresConnection::open(url, within(connect_patience));
    if (!connection) return about_the_store(connection.failure());
    const SteadyInstant deadline = within(migration_patience);
    const auto before = schema_number(*connection, deadline);
    if (!before) return about_the_store(before.failure());
    const auto after =
        migrate(*connection, postgres_migrations(), base::SystemClock().now(), deadline);
    if (!after) return about_the_store(after.failure());
    if (*before == *after) {
        // The service's role may have been made since. Who may not grant has nothing to.
        const auto granted = connection->execute(std::string(postgres_grants()), deadline);
        if (!granted && granted.failure().kind != FailureKind::refused) {
            return about_the_store(granted.failure());
        }
    }
    return MigrationReport{*before, *after};
}

}  // namespace dibs::repository
