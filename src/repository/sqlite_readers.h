#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "database/sqlite_connection.h"

namespace dibs::repository {

/// Read-only connections for whoever reads: a write never makes them wait, nor they it.
///
/// There are never more than the threads that read at once. Any thread may call.
class SqliteReaders {
public:
    /// A connection lent to one thread, given back when this goes.
    class Lease {
    public:
        Lease(SqliteReaders& readers, std::unique_ptr<database::SqliteConnection> connection)
            : readers_(&readers),
              connection_(std::move(connection)),
              statement_count_before_(connection_->statement_count()) {}
        ~Lease() {
            if (connection_) readers_->take_back(std::move(connection_), statement_count_before_);
        }
        Lease(Lease&&) noexcept = default;
        Lease& operator=(Lease&&) = delete;

        database::SqliteConnection* operator->() { return connection_.get(); }
        database::SqliteConnection& operator*() { return *connection_; }

    private:
        SqliteReaders* readers_;
        std::unique_ptr<database::SqliteConnection> connection_;
        std::uint64_t statement_count_before_;
    };

    explicit SqliteReaders(std::string path) : path_(std::move(path)) {}

    /// Fails: unavailable.
    [[nodiscard]] base::Result<Lease> lend();

    [[nodiscard]] std::uint64_t statement_count() const;

private:
    void take_back(std::unique_ptr<database::SqliteConnection> connection,
                   std::uint64_t statement_count_before);

    const std::string path_;
    base::Guarded<std::vector<std::unique_ptr<database::SqliteConnection>>> free_;
    std::atomic<std::uint64_t> statement_count_ = 0;
};

}  // namespace dibs::repository
