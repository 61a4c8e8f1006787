#include "repository/store.h"

#include <algorithm>
#include <array>
#include <vector>

#include "repository/postgres_store.h"
#include "repository/shard_list.h"
#include "repository/sharded_store.h"
#include "repository/sqlite_store.h"

// The one place that knows which kinds of store there are.

namespace dibs::repository {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

constexpr std::string_view sqlite_scheme = "sqlite:";
constexpr auto postgres_schemes = std::to_array<std::string_view>({"postgresql://", "postgres://"});

/// The servers that the URL names; none if it isn't all PostgreSQL's.
std::vector<std::string> postgres_servers(const std::string& url) {
    const auto is_postgres = [](const std::string& server) {
        return std::ranges::any_of(
            postgres_schemes, [&](std::string_view scheme) { return server.starts_with(scheme); });
    };
    auto servers = servers_of(url);
    return std::ranges::all_of(servers, is_postgres) ? servers : std::vector<std::string>();
}

/// Nothing if it isn't the URL of a SQLite store.
std::optional<std::string> sqlite_path(const std::string& url) {
    const auto path = file_of_store(url);
    return path && !path->empty() ? path : std::nullopt;
}

const Failure not_a_store{FailureKind::invalid,
                          "not a store that this binary can open: expected sqlite:PATH or "
                          "postgresql://USER@HOST/NAME"};

}  // namespace

Result<std::unique_ptr<Store>> open_store(const std::string& url, const StoreOwner& owner,
                                          const StoreOptions& options) {
    const auto servers = postgres_servers(url);
    if (servers.size() == 1) {
        auto store = PostgresStore::open(servers.front(), options);
        if (!store) return store.failure();
        return std::unique_ptr<Store>(*std::move(store));
    }
    if (!servers.empty()) {
        auto store = ShardedStore::open(servers, options);
        if (!store) return store.failure();
        return std::unique_ptr<Store>(*std::move(store));
    }
    const auto path = sqlite_path(url);
    if (!path) return not_a_store;
    auto store = SqliteStore::open(*path, owner, options.may_be_made);
    if (!store) return store.failure();
    return std::unique_ptr<Store>(*std::move(store));
}

Result<std::unique_ptr<AuditSnapshot>> open_store_for_audit(const std::string& url) {
    const auto servers = postgres_servers(url);
    if (servers.size() == 1) return open_postgres_for_audit(servers.front());
    if (!servers.empty()) return open_sharded_for_audit(servers);
    const auto path = sqlite_path(url);
    if (!path) return not_a_store;
    return open_sqlite_for_audit(*path);
}

Result<std::unique_ptr<AuditSnapshot>> open_store_to_copy(const std::string& url) {
    const auto servers = postgres_servers(url);
    if (servers.size() == 1) return open_postgres_to_copy(servers.front());
    if (!servers.empty()) return open_sharded_to_copy(servers);
    const auto path = sqlite_path(url);
    if (!path) return not_a_store;
    return open_sqlite_to_copy(*path);
}

Result<std::unique_ptr<StoreImport>> open_store_to_import(const std::string& url) {
    const auto servers = postgres_servers(url);
    if (servers.size() == 1) return open_postgres_to_import(servers.front());
    if (!servers.empty()) return open_sharded_to_import(servers);
    const auto path = sqlite_path(url);
    if (!path) return not_a_store;
    return open_sqlite_to_import(*path);
}

Result<MigrationReport> migrate_store(const std::string& url) {
    const auto servers = postgres_servers(url);
    if (servers.size() == 1) return migrate_postgres(servers.front());
    if (!servers.empty()) return migrate_sharded(servers);
    const auto path = sqlite_path(url);
    if (!path) return not_a_store;
    return migrate_sqlite(*path);
}

std::optional<std::string> file_of_store(const std::string& url) {
    if (!url.starts_with(sqlite_scheme)) return std::nullopt;
    return url.substr(sqlite_scheme.size());
}

}  // namespace dibs::repository
