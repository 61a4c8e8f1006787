#include "load/own_postgres.h"

#include <fmt/format.h>

#include <exception>
#include <filesystem>
#include <utility>
#include <vector>

#include "base/number.h"

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

// All else is the server's default: fsync, synchronous_commit and full_page_writes are on.
// choice: half a gigabyte holds the tables and indexes of a bench on any machine that has the
// bench; the server's own default of 128 MB is for machines of another time.
const std::vector<std::string> settings = {"shared_buffers = 512MB", "max_connections = 200"};

/// The server is a test's, which stops its test by throwing; here that is a failure.
template <typename Value, typename Work>
Result<Value> without_exceptions(Work work) {
    try {
        return Result<Value>(work());
    } catch (const std::exception& thrown) {
        return Failure{FailureKind::unavailable, thrown.what()};
    }
}

}  // namespace

OwnPostgres::OwnPostgres(std::unique_ptr<test::PostgresServer> server)
    : server_(std::move(server)) {}

Result<OwnPostgres> OwnPostgres::start(const Workshop& workshop) {
    auto server = without_exceptions<std::unique_ptr<test::PostgresServer>>([&] {
        std::filesystem::create_directories(workshop.folder);
        return std::make_unique<test::PostgresServer>(test::PostgresServer::Disk::synced, settings,
                                                      std::filesystem::absolute(workshop.folder));
    });
    if (!server) return server.failure();
    return OwnPostgres(*std::move(server));
}

Result<std::string> OwnPostgres::ask(const std::string& sql) {
    return without_exceptions<std::string>([&] { return server_->psql(sql); });
}

Result<std::string> OwnPostgres::fresh_database() {
    return without_exceptions<std::string>([&] { return server_->fresh_database(); });
}

Result<void> OwnPostgres::drop_database(const std::string& url) {
    const std::string name = url.substr(url.rfind('/') + 1);
    auto dropped = ask(fmt::format("DROP DATABASE {} WITH (FORCE)", name));
    if (!dropped) return dropped.failure();
    return {};
}

Result<void> OwnPostgres::settle() {
    auto settled = ask("CHECKPOINT");
    if (!settled) return settled.failure();
    return {};
}

Result<std::uint64_t> OwnPostgres::log_bytes() {
    const auto text = ask("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint");
    if (!text) return text.failure();
    const auto bytes = base::parse_integer<std::uint64_t>(*text);
    if (bytes) return *bytes;
    return Failure{FailureKind::corrupted, fmt::format("no place in the log: {}", *text)};
}

}  // namespace dibs::bench
