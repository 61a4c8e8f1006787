#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "base/result.h"
#include "database/sqlite_files.h"
#include "database/sqlite_statement.h"

namespace dibs::database {

/// What a connection and its statements share, and nobody else knows.
struct SqliteState {
    bool copies_beside_a_writer = false;
    std::unique_ptr<SqliteFiles> files;  // Outlives the handle. Null: SQLite's own.
    sqlite3* handle = nullptr;
    // Written by the thread that uses the connection, read by whoever draws the metrics.
    std::atomic<std::uint64_t> statement_count = 0;
    std::int64_t log_page_count = 0;
    std::unordered_map<const char*, SqliteStatement> cached;  // By the address of its text.

    ~SqliteState() {
        cached.clear();
        sqlite3_close_v2(handle);
    }

    void count_statement() {
        statement_count.store(statement_count.load(std::memory_order_relaxed) + 1,
                              std::memory_order_relaxed);
    }
};

/// What SQLite's code, and the handle's message if there is one, mean to who asked.
[[nodiscard]] base::Failure failure_of(sqlite3* handle, int code);

}  // namespace dibs::database
