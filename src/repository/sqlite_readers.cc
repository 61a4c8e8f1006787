#include "repository/sqlite_readers.h"

#include <utility>

namespace dibs::repository {

using base::Result;
using database::SqliteConnection;

Result<SqliteReaders::Lease> SqliteReaders::lend() {
    auto connection = free_.with([](auto& free) -> std::unique_ptr<SqliteConnection> {
        if (free.empty()) return nullptr;
        auto last = std::move(free.back());
        free.pop_back();
        return last;
    });
    if (!connection) {
        auto opened = SqliteConnection::open(path_, SqliteConnection::Mode::read_only);
        if (!opened) return opened.failure();
        connection = std::make_unique<SqliteConnection>(*std::move(opened));
    }
    return Lease(*this, std::move(connection));
}

std::uint64_t SqliteReaders::statement_count() const {
    return statement_count_.load(std::memory_order_relaxed);
}

void SqliteReaders::take_back(std::unique_ptr<SqliteConnection> connection,
                              std::uint64_t statement_count_before) {
    statement_count_.fetch_add(connection->statement_count() - statement_count_before,
                               std::memory_order_relaxed);
    free_.with([&](auto& free) { free.push_back(std::move(connection)); });
}

}  // namespace dibs::repository
